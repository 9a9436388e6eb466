"""The page of a post's own country, and of all countries for the Ministry."""

from typing import Any

from litestar import Request, get
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import signed_in
from kervan.errors import NotFound
from kervan.requests import country
from kervan.staff.desk import frame
from kervan.trade import countries
from kervan.trade.errors import N_
from kervan.web.http import query_of
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, page

RESULTS = {
    "WON": N_("Sold"),
    "TALKING": N_("Still talking"),
    "NOT_WON": N_("Nothing came of it"),
    "NO_WORD": N_("Never heard again"),
    "": N_("Not answered yet"),
}


@get("/staff/requests/country")
async def glance(request: Request[Any, Any, Any]) -> Page:
    """What buyers of the country ask for and what comes of it; `country` chooses one for the Ministry."""
    caller = signed_in(request)
    reach = country.reach(caller)
    picked = query_of(request).get("country", [""])[-1]
    if picked and (not countries.is_country(picked) or (reach is not None and picked not in reach)):
        raise NotFound()
    shown = (picked,) if picked else reach
    language = language_of(request)
    found = await country.glance(shown)
    return page(
        request,
        "requests/staff_country.html",
        found=found,
        picked=picked,
        shown=shown,
        several=reach is None or len(reach) > 1,
        everywhere=reach is None and not picked,
        results=[(code, gettext(language, name)) for code, name in RESULTS.items()],
        most=max((row.open for row in found.sectors), default=0),
        most_there=max((row.open for row in found.countries), default=0),
        **await frame(request, caller, "requests"),
    )


ROUTES: list[ControllerRouterHandler] = [glance]
