"""The page of the rules that hold now; nothing can be changed here."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, get
from litestar.types import ControllerRouterHandler

from kervan.staff import desk, policies
from kervan.staff.access import administrator
from kervan.trade.errors import N_
from kervan.web.templates import Page, page

_CERTAIN = {
    "PUBLISHED": (N_("official text"), "ok"),
    "REPORTED": (N_("reported"), "near"),
    "RECALLED": (N_("remembered"), "bad"),
}
_BASIS = {
    "GOODS": N_("goods"),
    "INVOICE_TOTAL": N_("whole invoice"),
    "BOTH": N_("goods and invoice"),
}


@get("/staff/policies")
async def rules(request: Request[Any, Any, Any]) -> Page:
    """The law's limits with their legal reference, the age of the rates, the platform's own rules."""
    caller = administrator(request)
    today = datetime.now(UTC).date()
    return page(
        request,
        "staff/admin/policies.html",
        **await desk.frame(request, caller, "policies"),
        law=[(limit, policies.in_force(limit, today)) for limit in policies.law()],
        certain=_CERTAIN,
        basis=_BASIS,
        rates=policies.exchange(today),
        groups=policies.platform(),
    )


ROUTES: list[ControllerRouterHandler] = [rules]
