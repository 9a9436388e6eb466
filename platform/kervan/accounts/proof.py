"""The password once more, inside the very form that only the owner of the account may send."""

from typing import Any

from litestar import Request

from kervan.accounts import signing_in
from kervan.accounts.callers import Caller
from kervan.errors import Invalid, TooMany
from kervan.web.forms import REQUIRED, Form

FIELD = "password"


async def asked(request: Request[Any, Any, Any], caller: Caller, form: Form) -> None:
    """Refuses the form unless the person typed the password a short while ago, or types it in the form's own field.

    To be called when the other fields were read: tries are counted only for a form that is good otherwise. It holds
    for this one form; the session is as it was.
    """
    if caller.proved:
        return
    if not form.raw(FIELD):
        form.refuse(FIELD, REQUIRED)
    elif form.ok:
        try:
            await signing_in.check_password(request, caller, form.raw(FIELD))
        except (Invalid, TooMany) as error:
            form.take(error)
