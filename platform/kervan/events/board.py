"""Answers to searches for events: what is not over, by date or by words, with counts that are true now."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog

from kervan.discovery import labels
from kervan.discovery.documents_events import ONLINE
from kervan.discovery.engine import EVENTS, written_synonyms
from kervan.discovery.queries import chips_of, facets_of
from kervan.discovery.requests import EVENT_FACETS, MAX_REACHABLE, PHASES, SORTS
from kervan.discovery.structs import Facet, FacetValue, Results
from kervan.discovery.structs import Request as Search
from kervan.events import fallback, queries
from kervan.events.tables import EventState
from kervan.trade.countries import TURKIYE
from kervan_search.engine import MAX_FACETS, Engine, EngineDown, Page, Query

log = structlog.get_logger(__name__)

Ask = Callable[[Query], Awaitable[Page]]
Range = tuple[float | None, float | None]

COUNTED = tuple(name for name in EVENT_FACETS if name != "phase")
STAYS = timedelta(days=90)
"""For so long after its end a calendar that follows a search still holds an event."""


async def find(
    search: Engine, asked: Search, now: datetime | None = None, *, for_calendars: bool = False
) -> Results:
    """One page of events. When the engine is down the database answers, and `fallback` says so.

    `for_calendars` finds cancelled events as well, and those that are over for less than STAYS.
    """
    now = now or datetime.now(UTC)
    offset = (asked.page - 1) * asked.per_page
    too_deep = offset >= MAX_REACHABLE
    query = _query(
        asked,
        now,
        limit=0 if too_deep else min(asked.per_page, MAX_REACHABLE - offset),
        offset=0 if too_deep else offset,
        for_calendars=for_calendars,
    )
    page, clock, is_fallback = await _answers(search, query, now)
    cards = await queries.cards([int(hit.id) for hit in page.hits], asked.language)
    shown = (EventState.PUBLISHED, EventState.CANCELLED) if for_calendars else (EventState.PUBLISHED,)
    return Results(
        request=asked,
        total=page.total,
        total_exact=page.total_exact,
        events=tuple(card for card in cards if card.state in shown),
        facets=(*_phases(asked, clock), *_facets(asked, page)),
        chips=await chips_of(asked),
        marks=page.terms,
        corrected=page.corrected,
        synonyms=written_synonyms(page.used_synonyms),
        dropped=page.dropped,
        complete=page.complete,
        sorts=SORTS[asked.kind],
        reachable_pages=max(1, -(-min(page.total, MAX_REACHABLE) // asked.per_page)),
        too_deep=too_deep,
        fallback=is_fallback,
    )


async def with_words(search: Engine, asked: Search, month: str) -> list[int]:
    """Public events (trade_event.id) of a month that have the searched words; 1,000 at most."""
    states = (EventState.PUBLISHED.value, EventState.CANCELLED.value)
    query = Query(
        text=asked.text, filters={"month": (month,), "state": states}, sort="starts_at", limit=MAX_REACHABLE
    )
    try:
        page = await search.search(EVENTS.name, query)
    except EngineDown as error:
        log.warning("search engine is down, PostgreSQL answers", error=repr(error))
        page = await fallback.search(query)
    return [int(hit.id) for hit in page.hits]


def _query(asked: Search, now: datetime, *, limit: int, offset: int, for_calendars: bool = False) -> Query:
    filters = {name: values for name, values in asked.filters.items() if name != "phase"}
    filters["state"] = (EventState.PUBLISHED.value,)
    if for_calendars:
        filters["state"] += (EventState.CANCELLED.value,)
    phase = next(iter(asked.filters.get("phase", ())), "")
    return Query(
        text=asked.text,
        filters=filters,
        ranges=ranges(phase, now - STAYS if for_calendars and not phase else now),
        facets=COUNTED,
        sort=_sort(asked, phase),
        limit=limit,
        offset=offset,
        facet_limit=MAX_FACETS,
    )


def ranges(phase: str, now: datetime) -> dict[str, Range]:
    """What the numbers of the index have to be for a phase; for '' of what is not over. Times have whole seconds."""
    second = float(int(now.timestamp()))
    until_now: Range = (None, second)
    from_now: Range = (second + 1, None)
    return {
        "": {"ends_at": from_now},
        "open": {"opens_at": until_now, "closes_at": from_now},
        "coming": {"starts_at": from_now},
        "running": {"starts_at": until_now, "ends_at": from_now},
        "past": {"ends_at": until_now},
    }[phase]


def _sort(asked: Search, phase: str) -> str:
    """By words where there are some; else by date, what is over with the latest first."""
    if asked.sort == "newest":
        return "-published_at"
    if asked.sort == "relevance" and asked.text:
        return ""
    return "-starts_at" if phase == "past" else "starts_at"


async def _answers(search: Engine, query: Query, now: datetime) -> tuple[Page, Mapping[str, int], bool]:
    """The page, how many there are in each phase whatever phase was chosen, and whether the database answered."""
    try:
        return *await asked_of(lambda one: search.search(EVENTS.name, one), query, now), False
    except EngineDown as error:
        log.warning("search engine is down, PostgreSQL answers", error=repr(error))
        return *await asked_of(fallback.search, query, now), True


async def asked_of(ask: Ask, query: Query, now: datetime) -> tuple[Page, Mapping[str, int]]:
    """The page, and how many events the search finds in each phase."""
    spans = [
        Query(text=query.text, filters=query.filters, ranges=ranges(phase, now), limit=1) for phase in PHASES
    ]
    page, *counted = await asyncio.gather(ask(query), *(ask(span) for span in spans))
    return page, {phase: found.total for phase, found in zip(PHASES, counted, strict=True)}


def _phases(asked: Search, counts: Mapping[str, int]) -> tuple[Facet, ...]:
    """In the order of time, not by how many there are."""
    chosen = asked.filters.get("phase", ())
    values = tuple(
        FacetValue(phase, labels.label("phase", phase, asked.language), counts[phase], phase in chosen)
        for phase in PHASES
        if counts[phase] or phase in chosen
    )
    return (Facet("phase", labels.title("phase", asked.language, asked.kind), values),) if values else ()


def _facets(asked: Search, page: Page) -> list[Facet]:
    """The counts of the engine; months in the order of time, places from near to far."""
    found = []
    past = asked.filters.get("phase") == ("past",)
    for facet in facets_of(asked, COUNTED, page.facets, MAX_FACETS):
        values = list(facet.values)
        if facet.name == "month":
            values.sort(key=lambda value: value.value, reverse=past)
        elif facet.name == "place":
            values.sort(key=lambda value: _near(value.value))
        found.append(Facet(facet.name, facet.title, tuple(values)))
    return found


def _near(place: str) -> int:
    """Online, Türkiye, its provinces, countries abroad."""
    if place == ONLINE:
        return 0
    if place == TURKIYE:
        return 1
    return 2 if place.startswith(f"{TURKIYE}-") else 3
