"""The staff's page of alerts: the ledger in figures, the last audits, and each row that was missing or extra."""

from typing import Any

from litestar import Request, get
from litestar.types import ControllerRouterHandler

from kervan.alerts import auditing
from kervan.staff import desk
from kervan.staff.access import administrator
from kervan.web.templates import Page, page


@get("/staff/alerts")
async def audits(request: Request[Any, Any, Any]) -> Page:
    """The ledger and its audits."""
    caller = administrator(request)
    return page(
        request,
        "alerts/staff.html",
        **await desk.frame(request, caller, "alerts"),
        counts=await auditing.counts(),
        audits=await auditing.last(),
        late_minutes=auditing.LATE_MINUTES,
    )


ROUTES: list[ControllerRouterHandler] = [audits]
