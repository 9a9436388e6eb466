"""Answers to searches: hits from the engine, rows from the database, labels for the reader."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from itertools import islice

import msgspec
import structlog

from kervan.db import fetch, fetchval
from kervan.discovery import fallback, labels
from kervan.discovery.engine import PRODUCTS, written_synonyms
from kervan.discovery.requests import EXPORTER_FACETS, MAX_REACHABLE, PRODUCT_FACETS, SORTS, bounds_of
from kervan.discovery.structs import (
    Chip,
    Facet,
    FacetValue,
    HomeNumbers,
    Request,
    Results,
    SuggestedExporter,
    SuggestedHeading,
    SuggestedProduct,
    Suggestions,
)
from kervan.errors import Invalid
from kervan.exporters import queries as exporters
from kervan.nomenclature.queries import headings
from kervan.products import queries as products
from kervan.products.queries import FINDABLE, slug_of
from kervan.trade import nomenclature
from kervan_search.engine import BadQuery, Engine, EngineDown, Page, Query

log = structlog.get_logger(__name__)

SHOWN_VALUES = 30
"""Choices shown per facet; chosen ones always are."""

_SHOWN_FACETS = {"products": PRODUCT_FACETS, "exporters": EXPORTER_FACETS}
_SORT_FIELDS = {
    "relevance": "",
    "newest": "-published_at",
    "price": "price_eur",
    "-price": "-price_eur",
    "moq": "moq_units",
    "products": "-products",
}


async def find(search: Engine, request: Request) -> Results:
    """One page of results. When the engine is down PostgreSQL answers, more simply, and `fallback` says so."""
    offset = (request.page - 1) * request.per_page
    too_deep = offset >= MAX_REACHABLE
    query = Query(
        text=request.text,
        filters=request.filters,
        ranges=_ranges(request),
        facets=_SHOWN_FACETS[request.kind],
        sort=_SORT_FIELDS[request.sort],
        limit=0 if too_deep else min(request.per_page, MAX_REACHABLE - offset),
        offset=0 if too_deep else offset,
        facet_limit=SHOWN_VALUES,
    )
    try:
        page = await search.search(request.kind, query)
    except EngineDown as error:
        log.warning("search engine is down, PostgreSQL answers", error=repr(error))
        page = await fallback.search(request, query)
        return await _results(request, page, too_deep, is_fallback=True)
    return await _results(request, page, too_deep)


def _ranges(request: Request) -> dict[str, tuple[float | None, float | None]]:
    if not (request.price_from or request.price_to):
        return {}
    low = float(request.price_from) if request.price_from else None
    high = float(request.price_to) if request.price_to else None
    return {"price_eur": (low, high)}


async def _results(request: Request, page: Page, too_deep: bool, is_fallback: bool = False) -> Results:
    ids = [int(hit.id) for hit in page.hits]
    reachable = min(page.total, MAX_REACHABLE)
    return Results(
        request=request,
        total=page.total,
        total_exact=page.total_exact,
        products=tuple(await products.cards(ids, request.language)) if request.kind == "products" else (),
        exporters=tuple(await exporters.cards(ids, request.language)) if request.kind == "exporters" else (),
        facets=facets_of(request, _SHOWN_FACETS[request.kind], page.facets),
        chips=await chips_of(request),
        marks=page.terms,
        corrected=page.corrected,
        synonyms=written_synonyms(page.used_synonyms),
        dropped=page.dropped,
        complete=page.complete,
        sorts=SORTS[request.kind],
        reachable_pages=max(1, -(-reachable // request.per_page)),
        too_deep=too_deep,
        fallback=is_fallback,
    )


def facets_of(
    request: Request,
    facets_shown: Sequence[str],
    counts: Mapping[str, Mapping[str, int]],
    most: int = SHOWN_VALUES,
) -> tuple[Facet, ...]:
    """These facets with the counts of an engine, in its order, `most` values each; what was chosen is always there."""
    language = request.language
    facets = []
    for name in facets_shown:
        chosen = request.filters.get(name, ())
        found = counts.get(name, {})
        named = labels.names(name, language)
        values = [
            FacetValue(value, named[value], count, value in chosen)
            for value, count in islice(found.items(), most)
        ]
        if chosen:
            shown = {value.value for value in values}
            values += [
                FacetValue(value, labels.label(name, value, language), found.get(value, 0), True)
                for value in chosen
                if value not in shown
            ]
        if values:
            facets.append(Facet(name, labels.title(name, language, request.kind), tuple(values)))
    return tuple(facets)


async def chips_of(request: Request) -> tuple[Chip, ...]:
    """Every choice in force, as it can be taken back."""
    language = request.language
    chips = []
    for name, values in request.filters.items():
        names = await _exporter_names(values) if name == "exporter" else {}
        chips += [
            Chip(name, value, names.get(value) or labels.label(name, value, language)) for value in values
        ]
    for name in bounds_of(request.kind):
        if value := getattr(request, name):
            chips.append(Chip(name, value, labels.label(name, value, language)))
    return tuple(chips)


async def _exporter_names(slugs: Sequence[str]) -> dict[str, str]:
    rows = await fetch(
        "SELECT slug, trade_name FROM exporter WHERE slug = ANY($1) AND verification = 'VERIFIED'",
        list(slugs),
    )
    return {row["slug"]: row["trade_name"] for row in rows}


async def suggest(search: Engine, text: str, language: str) -> Suggestions:
    """Products, headings and exporters that what is typed may mean; empty when the engine is down or the text odd."""
    try:
        found_products, found_exporters, found_headings = await asyncio.gather(
            search.suggest("products", text, 5),
            search.suggest("exporters", text, 3),
            headings(search, text, 4),
        )
    except (EngineDown, BadQuery, Invalid):
        return Suggestions()
    names = await products.names([int(found.id) for found in found_products], language)
    slugs = await exporters.names([int(found.id) for found in found_exporters])
    return Suggestions(
        products=tuple(SuggestedProduct(id, slug_of(name), name) for id, name in names),
        headings=tuple(
            SuggestedHeading(code, nomenclature.name(code, language))
            for code in (found_headings if text.strip() else ())
        ),
        exporters=tuple(SuggestedExporter(slug, name) for slug, name in slugs),
    )


class _Counted(msgspec.Struct):
    at: float
    numbers: HomeNumbers


_home: list[_Counted] = []
_HOME_SECONDS = 60.0


async def home_numbers(search: Engine) -> HomeNumbers:
    """What the inventory holds now, counted at most once a minute and process."""
    now = time.monotonic()
    if not _home or now - _home[0].at > _HOME_SECONDS:
        _home[:] = [_Counted(now, await _count(search))]
    return _home[0].numbers


def forget_numbers() -> None:
    """Counts anew at the next call: for loaders and tests."""
    _home.clear()


async def _count(search: Engine) -> HomeNumbers:
    total = await fetchval(
        f"SELECT count(*) FROM product p JOIN exporter e ON e.id = p.exporter WHERE {FINDABLE}"
    )
    firms, provinces = (
        await fetch("SELECT count(*), count(DISTINCT province) FROM exporter WHERE verification = 'VERIFIED'")
    )[0]
    by_exporter = await fetch(
        """SELECT sector, count(*) AS exporters FROM exporter, unnest(sectors) AS sector
        WHERE verification = 'VERIFIED' GROUP BY sector"""
    )
    exporters_of = {row["sector"]: row["exporters"] for row in by_exporter}
    try:
        page = await search.search(PRODUCTS.name, Query(facets=("sector",), limit=0))
        products_of: Mapping[str, int] = page.facets.get("sector", {})
    except EngineDown:
        products_of = {}
    sectors = sorted(
        ((slug, products_of.get(slug, 0), count) for slug, count in exporters_of.items()),
        key=lambda entry: (-entry[1], entry[0]),
    )
    return HomeNumbers(products=total, exporters=firms, provinces=provinces, sectors=tuple(sectors))
