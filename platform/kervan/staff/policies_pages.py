"""The page of the rules that hold now; nothing can be changed here."""

from typing import Any

from litestar import Request, get
from litestar.types import ControllerRouterHandler

from kervan.staff import desk, policies
from kervan.staff.access import administrator
from kervan.web.templates import Page, page


@get("/staff/policies")
async def rules(request: Request[Any, Any, Any]) -> Page:
    """The rules that stand in the program; those of the law are on pages of their own."""
    caller = administrator(request)
    return page(
        request,
        "staff/admin/policies.html",
        **await desk.frame(request, caller, "policies"),
        groups=policies.platform(),
    )


ROUTES: list[ControllerRouterHandler] = [rules]
