"""Who may open the admin desk: administrators of the Ministry; nobody else learns that it exists."""

from typing import Any

from litestar import Request

from kervan.accounts.callers import Caller, holder, signed_in
from kervan.organisations.roles import ADMINISTER


def administrator(request: Request[Any, Any, Any]) -> Caller:
    """Who asks. Raises SignInNeeded for visitors and NotFound for everybody who is no administrator."""
    caller = signed_in(request)
    holder(caller, ADMINISTER)
    return caller
