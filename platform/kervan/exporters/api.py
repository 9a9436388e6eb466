"""The exporter inventory as JSON: search with facets, one exporter."""

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.discovery.answers import FoundPage, search
from kervan.discovery.parameters import parameters
from kervan.exporters import queries
from kervan.exporters.structs import ExporterCard, ExporterDetail
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of


class ExporterPage(FoundPage, frozen=True, kw_only=True):
    """One page of found exporters."""

    data: tuple[ExporterCard, ...]


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
    found, envelope = await search(request, "exporters")
    return answer(request, ExporterPage(data=found.exporters, **envelope), found.request.language)


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
