"""The list of events: searches with facets, and the feeds of any search."""

from typing import Any

from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

from kervan.discovery import requests, result_pages
from kervan.discovery.structs import Results
from kervan.events import board, feeds
from kervan.trade.errors import N_
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, page

SORT_NAMES = {
    "relevance": N_("Best match"),
    "date": N_("By date"),
    "newest": N_("Announced last"),
}

# What visitors narrow by first stands on top; the first ones are shown open.
FACET_ORDER = ("phase", "kind", "month", "place", "sector", "free", "language", "format", "organiser")

EXAMPLES = {
    "en": ("home textiles", "buying mission", "Istanbul", "training"),
    "tr": ("ev tekstili", "alım heyeti", "İstanbul", "eğitim"),
}


@get("/events")
async def results(request: Request[Any, Any, Any]) -> Page:
    """Events that a search finds: by date, those that are over behind a switch."""
    language, search = language_of(request), request.app.state.search
    found, problems, typed = await result_pages.found(
        request, "events", lambda asked: board.find(search, asked)
    )
    return page(
        request,
        "events/list.html",
        status_code=422 if problems else 200,
        results=found,
        facets=sorted(found.facets, key=lambda facet: FACET_ORDER.index(facet.name)),
        problems=problems,
        typed=typed,
        examples=EXAMPLES[language],
        **_links(found),
    )


def _links(found: Results) -> dict[str, Any]:
    """Where the page leads: other pages, the same without a choice, what is over, the month, feeds."""
    search = found.request
    here = address(search.language, "/events")
    others = {name: values for name, values in search.filters.items() if name not in ("phase", "month")}
    without_month = requests.address(
        search, sort="relevance", filters={name: v for name, v in search.filters.items() if name != "month"}
    )
    phase = search.filters.get("phase", ())
    return {
        **result_pages.links(found, SORT_NAMES),
        "phase": phase[0] if phase else "",
        "past": here + requests.address(search, filters={**others, "phase": ("past",)}),
        "not_over": here + requests.address(search, filters=others),
        "calendar": _calendar(search.language, search.filters.get("month", ()), without_month),
        "atom": address(search.language, "/events.atom") + requests.address(search, sort="relevance"),
        "ics": address(search.language, "/events.ics") + requests.address(search, sort="relevance"),
        "json": result_pages.as_json(search),
    }


def _calendar(language: str, months: tuple[str, ...], query: str) -> str:
    """The first of the chosen months, else the present one."""
    return address(language, f"/events/calendar/{min(months)}" if months else "/events/calendar") + query


@get("/events.atom")
async def atom(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The events that a search finds, announced last first, for feed readers. Raises Invalid for wrong parameters."""
    return await feeds.atom_feed(request, requests.parse("events", language_of(request), query_of(request)))


@get("/events.ics")
async def calendar(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The events that a search finds, for calendar programs. Raises Invalid for wrong parameters."""
    return await feeds.calendar_feed(
        request, requests.parse("events", language_of(request), query_of(request))
    )


ROUTES: list[ControllerRouterHandler] = [results, atom, calendar]
