"""The exporter inventory as JSON: search with facets, one exporter."""

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.discovery import queries as discovery
from kervan.discovery import requests
from kervan.discovery.parameters import parameters
from kervan.discovery.structs import Facet
from kervan.exporters import queries
from kervan.exporters.structs import ExporterCard, ExporterDetail
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of
from kervan.web.paging import PageLinks, links, refuse_blank_numbers, refuse_too_deep
from kervan_search.engine import Term


class ExporterPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of found exporters."""

    data: tuple[ExporterCard, ...]
    total: int
    total_exact: bool
    """False when `total` is an estimate."""
    page: int
    pages: int
    """Pages that can be opened: at most 1,000 results."""
    per_page: int
    facets: tuple[Facet, ...]
    marks: tuple[Term, ...]
    corrected: str | None
    synonyms: tuple[str, ...]
    dropped: tuple[str, ...]
    fallback: bool
    """True while the search engine is away and the database answers."""
    links: PageLinks


class ExporterLinks(msgspec.Struct, frozen=True):
    """Addresses that belong to an exporter."""

    self: str
    html: str
    """The page for people, in the language of the answer."""
    products: str


class ExporterDocument(msgspec.Struct, frozen=True):
    """One exporter."""

    data: ExporterDetail
    links: ExporterLinks


@get(
    "/exporters",
    tags=["Exporters"],
    summary="Search exporters",
    operation_id="searchExporters",
    operation_class=openapi.described(*parameters("exporters")),
    responses=openapi.responses(ExporterPage),
)
async def search_exporters(request: Request[Any, Any, Any]) -> Response[ExporterPage]:
    """Verified exporters. Values of one facet widen the answer, facets narrow each other."""
    query = query_of(request)
    language = api_language(request, query)
    asked = requests.parse("exporters", language, query, strict=True)
    refuse_blank_numbers(query)
    found = await discovery.find(request.app.state.search, asked)
    refuse_too_deep(found.too_deep)
    page = ExporterPage(
        data=found.exporters,
        total=found.total,
        total_exact=found.total_exact,
        page=asked.page,
        pages=found.reachable_pages,
        per_page=asked.per_page,
        facets=found.facets,
        marks=found.marks,
        corrected=found.corrected,
        synonyms=found.synonyms,
        dropped=found.dropped,
        fallback=found.fallback,
        links=links("/api/v1/exporters", query, asked.page, found.reachable_pages),
    )
    return answer(request, page, language)


@get(
    "/exporters/{slug:str}",
    tags=["Exporters"],
    summary="One exporter",
    operation_id="getExporter",
    operation_class=openapi.described(
        openapi.in_path(
            "slug", "The name in the exporter's address.", "ornek-tekstil", "^[a-z0-9]+(-[a-z0-9]+)*$"
        ),
    ),
    responses=openapi.responses(ExporterDocument, None, 404),
)
async def get_exporter(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[ExporterDocument]:
    """All that is public about an exporter, by the name in its address."""
    language = api_language(request, query_of(request))
    exporter = await queries.exporter(slug, language)
    site = request.app.state.settings.public_url
    slug = exporter.card.slug
    document = ExporterDocument(
        exporter,
        ExporterLinks(
            self=f"/api/v1/exporters/{slug}",
            html=f"{site}/{language}/exporters/{slug}",
            products=f"/api/v1/products?exporter={slug}",
        ),
    )
    return answer(request, document, language)


ROUTES: list[ControllerRouterHandler] = [search_exporters, get_exporter]
