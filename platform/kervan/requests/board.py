"""The public board's answers to searches: open requests, best match first, with counts that are true today."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
import structlog

from kervan.accounts.callers import Caller
from kervan.db import fetch
from kervan.discovery import bands, labels
from kervan.discovery.documents_requests import day_number
from kervan.discovery.engine import REQUESTS, written_synonyms
from kervan.discovery.queries import SHOWN_VALUES, chips_of, facets_of
from kervan.discovery.requests import MAX_REACHABLE, SORTS
from kervan.discovery.structs import Facet, FacetValue, Results
from kervan.discovery.structs import Request as Search
from kervan.errors import Invalid
from kervan.organisations.tables import Kind
from kervan.requests import board_fallback, queries
from kervan.requests.queries import OPEN
from kervan.requests.structs import RequestCard, RequestShown
from kervan.requests.tables import RequestState
from kervan.trade import law
from kervan.trade.errors import N_
from kervan_search.engine import Engine, EngineDown, Page, Query

log = structlog.get_logger(__name__)

Ask = Callable[[Query], Awaitable[Page]]

_FURTHEST = 400
"""Days: no deadline lies further away (the figure REQUEST_MAX_DAYS is 180)."""
_COUNTED = tuple(name for name in REQUESTS.facets if name != "deadline")
_SORT_FIELDS = {"relevance": "", "newest": "-published_at", "closing": "deadline"}
_SIMILAR = 4


def today() -> date:
    """The day by which requests open and close: that of Türkiye."""
    return law.day_of(datetime.now(UTC))


def sees_values(caller: Caller | None) -> bool:
    """Whether somebody reads in lists what requests are worth: people and programs of verified exporters."""
    return (
        caller is not None
        and not caller.needs_factor
        and any(m.kind == Kind.EXPORTER and m.standing == "VERIFIED" for m in caller.memberships)
    )


async def find(search: Engine, asked: Search, caller: Caller | None, day: date | None = None) -> Results:
    """One page of the board. When the engine is down the database answers, and `fallback` says so.

    Raises Invalid for bounds of the value by somebody who may not know values: by halves they would tell it.
    """
    if not sees_values(caller) and (wrong := [name for name in _VALUES if getattr(asked, name)]):
        raise Invalid(fields={name: Invalid(_NO_VALUES) for name in wrong})
    offset = (asked.page - 1) * asked.per_page
    too_deep = offset >= MAX_REACHABLE
    query = _query(asked, day or today())
    query = msgspec.structs.replace(
        query,
        limit=0 if too_deep else min(asked.per_page, MAX_REACHABLE - offset),
        offset=0 if too_deep else offset,
    )
    is_fallback = False
    try:
        page, closing = await _answers(
            lambda query: search.search(REQUESTS.name, query), query, day or today()
        )
    except EngineDown as error:
        log.warning("search engine is down, PostgreSQL answers", error=repr(error))
        is_fallback = True
        page, closing = await _answers(board_fallback.search, query, day or today())
    cards = await queries.cards([int(hit.id) for hit in page.hits])
    return Results(
        request=asked,
        total=page.total,
        total_exact=page.total_exact,
        requests=tuple(_as_read(card, caller) for card in cards if card.state == RequestState.PUBLISHED),
        facets=(*_deadlines(asked, closing), *facets_of(asked, _COUNTED, page.facets)),
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


_VALUES = ("value_from", "value_to")
_NO_VALUES = N_("Only verified exporters can search by value. Sign in as one.")


def _query(asked: Search, day: date) -> Query:
    filters = dict(asked.filters)
    if chosen := filters.get("deadline"):
        filters["deadline"] = _days(chosen, day)
    ranges: dict[str, tuple[float | None, float | None]] = {"deadline": (day_number(day), None)}
    for name, column in (("value", "value_eur"), ("quantity", "quantity")):
        low, high = getattr(asked, f"{name}_from"), getattr(asked, f"{name}_to")
        if low or high:
            ranges[column] = (float(low) if low else None, float(high) if high else None)
    return Query(
        text=asked.text,
        filters=filters,
        ranges=ranges,
        facets=_COUNTED,
        # Without words nothing is more relevant than another: what is new is what people come for.
        sort=_SORT_FIELDS[asked.sort] if asked.text or asked.sort != "relevance" else _SORT_FIELDS["newest"],
        facet_limit=SHOWN_VALUES,
    )


def _span(band: bands.Band) -> tuple[int, int | None]:
    """From how many days away to how many, both inclusive; the last one is open."""
    return int(band.low or 0), None if band.high is None else int(band.high)


def _days(chosen: Sequence[str], day: date) -> tuple[str, ...]:
    """Every day of the chosen bands, counted from `day`, as the index writes it."""
    found: list[str] = []
    for band in bands.DEADLINE:
        if band.slug in chosen:
            first, last = _span(band)
            last = _FURTHEST if last is None else last
            found += [(day + timedelta(days=n)).isoformat() for n in range(first, last + 1)]
    return tuple(found)


async def _answers(ask: Ask, query: Query, day: date) -> tuple[Page, Mapping[str, int]]:
    """The page, and how many close in each band of days whatever band was chosen."""
    others = {name: values for name, values in query.filters.items() if name != "deadline"}
    spans = []
    for band in bands.DEADLINE:
        first, last = _span(band)
        closing = (
            day_number(day + timedelta(days=first)),
            None if last is None else day_number(day + timedelta(days=last)),
        )
        ranges = {**query.ranges, "deadline": closing}
        spans.append(Query(text=query.text, filters=others, ranges=ranges, limit=1))
    page, *counted = await asyncio.gather(ask(query), *(ask(span) for span in spans))
    return page, {band.slug: found.total for band, found in zip(bands.DEADLINE, counted, strict=True)}


def _deadlines(asked: Search, closing: Mapping[str, int]) -> tuple[Facet, ...]:
    """The bands in their order, not by how many there are."""
    chosen = asked.filters.get("deadline", ())
    values = tuple(
        FacetValue(slug, labels.label("deadline", slug, asked.language), count, slug in chosen)
        for slug, count in closing.items()
        if count or slug in chosen
    )
    return (Facet("deadline", labels.title("deadline", asked.language), values),) if values else ()


def _as_read(card: RequestCard, caller: Caller | None) -> RequestCard:
    return card if sees_values(caller) else msgspec.structs.replace(card, value_eur=None)


async def newest(limit: int, caller: Caller | None) -> list[RequestCard]:
    """The open requests that were published last."""
    rows = await fetch(
        f"SELECT q.id FROM trade_request q WHERE {OPEN} ORDER BY q.published_at DESC, q.id LIMIT $1", limit
    )
    return [_as_read(card, caller) for card in await queries.cards([row["id"] for row in rows])]


async def open_like(request: RequestShown, caller: Caller | None) -> list[RequestCard]:
    """Open requests for the same goods: of the same heading first, then of the same chapter, the newest first."""
    rows = await fetch(
        f"""SELECT q.id FROM trade_request q WHERE {OPEN} AND q.id <> $1 AND left(q.hs_code, 2) = left($2, 2)
        ORDER BY left(q.hs_code, 4) = left($2, 4) DESC, q.published_at DESC, q.id LIMIT {_SIMILAR}""",
        request.id,
        request.hs_code or "",
    )
    return [_as_read(card, caller) for card in await queries.cards([row["id"] for row in rows])]
