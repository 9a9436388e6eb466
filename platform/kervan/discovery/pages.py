"""Pages of discovery: home, and the results of products and of exporters."""

from typing import Any

import msgspec
from litestar import Request, get
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import caller_of
from kervan.discovery import queries, requests
from kervan.discovery.structs import Chip, HomeNumbers, Results
from kervan.discovery.structs import Request as Search
from kervan.errors import Invalid
from kervan.events import public_queries as events
from kervan.exporters import queries as exporters
from kervan.exporters import statistics
from kervan.nomenclature import queries as codes
from kervan.nomenclature.structs import NodeLink
from kervan.products import queries as products
from kervan.requests import board
from kervan.trade import nomenclature
from kervan.trade.errors import N_
from kervan.web.http import query_of
from kervan.web.i18n import gettext, language_of, sentence
from kervan.web.templates import Page, address, page

_SECTORS_SHOWN = 12
_REQUESTS_SHOWN = 4
_EVENTS_SHOWN = 3
_TINTS = ("teal", "clay", "olive", "saffron", "plum", "slate")

# Asked often by importers of the goods that are listed; both languages find the same.
EXAMPLES = {
    "en": ("bath towels", "olive oil", "dried apricots", "6907"),
    "tr": ("havlu", "zeytinyağı", "kuru kayısı", "6907"),
}

SORT_NAMES = {
    "relevance": N_("Best match"),
    "newest": N_("Newest"),
    "price": N_("Lowest price"),
    "-price": N_("Highest price"),
    "moq": N_("Smallest order"),
    "products": N_("Most products"),
}

# What buyers narrow by first stands on top; the first ones are shown open.
FACET_ORDER = (
    "sector", "heading", "province", "certificate", "micro", "price", "moq", "lead", "business_model",
    "employees", "country", "brand", "language", "chapter", "section",
)  # fmt: skip


class SectorTile(msgspec.Struct, frozen=True):
    """A sector on the home page, with its drawn picture and what it holds."""

    slug: str
    picture: str
    tint: str
    products: int
    exporters: int


@get("/")
async def home(request: Request[Any, Any, Any]) -> Page:
    """The first page: search, numbers, sectors, what is wanted and what is new."""
    language = language_of(request)
    numbers = await queries.home_numbers(request.app.state.search)
    return page(
        request,
        "discovery/home.html",
        numbers=numbers,
        sectors=sector_tiles(numbers)[:_SECTORS_SHOWN],
        examples=EXAMPLES[language],
        newest=await products.newest(language, 8),
        exporters=await exporters.newest(language, 6),
        wanted=await board.newest(_REQUESTS_SHOWN, caller_of(request)),
        coming=await events.coming(_EVENTS_SHOWN, language),
        today=board.today(),
        linked_data=_site(request.app.state.settings.public_url, language),
    )


@get("/products")
async def product_results(request: Request[Any, Any, Any]) -> Page:
    """Products that a search finds."""
    return await _results(request, "products")


@get("/exporters")
async def exporter_results(request: Request[Any, Any, Any]) -> Page:
    """Exporters that a search finds."""
    return await _results(request, "exporters")


async def _results(request: Request[Any, Any, Any], kind: str) -> Page:
    language = language_of(request)
    search, problems, typed = _asked(request, kind, language)
    results = await queries.find(request.app.state.search, search)
    statistics.appeared(request, ((card.id, card.exporter) for card in results.products))
    return page(
        request,
        "discovery/results.html",
        status_code=422 if problems else 200,
        results=results,
        facets=sorted(results.facets, key=lambda facet: FACET_ORDER.index(facet.name)),
        problems=problems,
        typed=typed,
        headings=await _headings(request, results),
        **_links(results),
    )


def _asked(
    request: Request[Any, Any, Any], kind: str, language: str
) -> tuple[Search, dict[str, str], dict[str, str]]:
    """The search, the sentences about parameters that are wrong, and what was typed in them.

    Wrong parameters are left out of the search, so that the page still helps.
    """
    query = query_of(request)
    try:
        return requests.parse(kind, language, query), {}, {}
    except Invalid as refused:
        problems = {name: sentence(language, why) for name, why in refused.fields.items()}
    good = {name: values for name, values in query.items() if name not in problems}
    typed = {name: query[name][-1][:200] for name in problems if query.get(name)}
    return requests.parse(kind, language, good), problems, typed


async def _headings(request: Request[Any, Any, Any], results: Results) -> list[NodeLink]:
    """Headings that the words of a search without results may mean."""
    search = results.request
    if results.total or not search.text:
        return []
    return await codes.search(request.app.state.search, search.text, search.language, 3)


def _links(results: Results) -> dict[str, Any]:
    """Where the results page leads: other pages, the same without a choice, the nearest spelling."""
    search = results.request
    here = address(search.language, f"/{search.kind}")

    def link(**changes: object) -> str:
        return here + requests.address(search, **changes)

    def without(chip: Chip) -> str:
        return here + requests.without_choice(search, chip.name, chip.value)

    return {
        "action": here,
        "link": link,
        "without": without,
        "searched": requests.address(search),
        "cleared": link(filters={}, price_from="", price_to=""),
        "corrected": link(text=results.corrected) if results.corrected else "",
        "sorts": [(key, gettext(search.language, SORT_NAMES[key])) for key in results.sorts],
    }


def sector_tiles(numbers: HomeNumbers) -> list[SectorTile]:
    """The sectors that hold something, in the order of the numbers, each always in the same tint."""
    known = {sector.slug: (n, sector) for n, sector in enumerate(nomenclature.sectors())}
    return [
        SectorTile(slug, known[slug][1].picture, _TINTS[known[slug][0] % len(_TINTS)], listed, firms)
        for slug, listed, firms in numbers.sectors
        if slug in known
    ]


def _site(public_url: str, language: str) -> dict[str, Any]:
    """What search engines are told of the site: its name and its search."""
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": "Kervan",
        "url": f"{public_url}/{language}",
        "inLanguage": language,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{public_url}/{language}/products?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
    }


ROUTES: list[ControllerRouterHandler] = [home, product_results, exporter_results]
