"""The desk's page of statistics."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.exporters import statistics
from kervan.exporters.chart import chart
from kervan.orders.desk_queries import answered
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.products.access import desk
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, page

PERIODS = (30, 90)
_PER_PAGE = 25


@get("/desk/{org:str}/statistics")
async def show(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Views, appearances in results, orders and inquiries of the last 30 or 90 days, by day and by product."""
    _, membership, exporter_id = desk(request, org, roles.VIEW)
    query = query_of(request)
    days = 90 if query.get("days", [""])[-1] == "90" else 30
    number = query.get("page", ["1"])[-1]
    at = int(number) if number.isascii() and number.isdigit() and 0 < int(number[:6]) < 100_000 else 1
    today = datetime.now(UTC).date()
    by_day = await statistics.days(exporter_id, today, days)
    products, total = await statistics.products(exporter_id, language_of(request), today, days, at, _PER_PAGE)
    return page(
        request,
        "exporters/statistics.html",
        days=days,
        periods=PERIODS,
        by_day=by_day,
        chart=chart(by_day),
        views=sum(day.views for day in by_day),
        appearances=sum(day.appearances for day in by_day),
        trade=await answered(exporter_id, today, days),
        own_page=await statistics.page_views(exporter_id, today, days),
        products=products,
        at=at,
        last=max(1, -(-total // _PER_PAGE)),
        may_edit=roles.PRODUCTS in membership.rights,
        **await frame(request, membership, "statistics"),
    )


ROUTES: list[ControllerRouterHandler] = [show]
