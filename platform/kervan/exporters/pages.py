"""The page of an exporter."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import caller_of
from kervan.exporters import queries, statistics
from kervan.exporters.structs import ExporterDetail
from kervan.importers import saved
from kervan.products import queries as products
from kervan.web.i18n import language_of
from kervan.web.templates import Page, page

_SHOWN = 8


@get("/exporters/{slug:str}")
async def exporter(request: Request[Any, Any, Any], slug: FromPath[str]) -> Page:
    """A verified exporter: what it makes, where it sells, what it is certified for."""
    language = language_of(request)
    caller = caller_of(request)
    found = await queries.exporter(slug, language)
    statistics.visited(request, slug)
    return page(
        request,
        "exporters/exporter.html",
        canonical=f"/exporters/{found.card.slug}",
        exporter=found,
        products=await products.more_from(slug, language, _SHOWN, ""),
        linked_data=_linked_data(found, request.app.state.settings.public_url, language),
        kept=await saved.keeps_exporter(caller.person, found.card.slug) if caller else None,
    )


def _linked_data(exporter: ExporterDetail, public_url: str, language: str) -> dict[str, Any]:
    """JSON-LD of type Organization; facts that the inventory does not hold are left out."""
    card = exporter.card
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": f"{public_url}/{language}/exporters/{card.slug}",
        "url": exporter.website or f"{public_url}/{language}/exporters/{card.slug}",
        "name": card.name,
        "legalName": exporter.legal_name,
        "description": card.about,
        "logo": card.logo and f"{public_url}{card.logo}",
        "foundingDate": str(card.founded) if card.founded else None,
        "address": {"@type": "PostalAddress", "addressCountry": "TR", "addressLocality": exporter.district},
        "knowsLanguage": list(card.languages),
        "sameAs": [channel.url for channel in exporter.sales_channels if channel.url],
    }
    return {name: value for name, value in found.items() if value}


ROUTES: list[ControllerRouterHandler] = [exporter]
