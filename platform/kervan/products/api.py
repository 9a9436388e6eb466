"""The product inventory as JSON: search with facets, one product."""

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.discovery import queries as discovery
from kervan.discovery import requests
from kervan.discovery.parameters import parameters
from kervan.discovery.structs import Facet
from kervan.products import queries
from kervan.products.structs import ProductCard, ProductDetail
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of
from kervan.web.paging import PageLinks, links, refuse_blank_numbers, refuse_too_deep
from kervan_search.engine import Term


class ProductPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of found products."""

    data: tuple[ProductCard, ...]
    total: int
    total_exact: bool
    """False when `total` is an estimate."""
    page: int
    pages: int
    """Pages that can be opened: at most 1,000 results."""
    per_page: int
    facets: tuple[Facet, ...]
    """Choices with counts; a facet's own choice does not narrow its counts."""
    marks: tuple[Term, ...]
    """Folded words to mark in the names."""
    corrected: str | None
    """The nearest known spelling of the query, when a word of it is unknown."""
    synonyms: tuple[str, ...]
    """What else was searched."""
    dropped: tuple[str, ...]
    """Words left out because all of them together found too little."""
    fallback: bool
    """True while the search engine is away and the database answers, without facets and typo tolerance."""
    links: PageLinks


class ProductLinks(msgspec.Struct, frozen=True):
    """Addresses that belong to a product."""

    self: str
    html: str
    """The page for people, in the language of the answer."""
    exporter: str


class ProductDocument(msgspec.Struct, frozen=True):
    """One product."""

    data: ProductDetail
    links: ProductLinks


_EXAMPLE_CARD = {
    "id": "k7m2q9x4t1bd",
    "slug": "cotton-bath-towel",
    "name": "Cotton bath towel 70x140",
    "name_language": "en",
    "exporter": "ornek-tekstil",
    "exporter_name": "Örnek Tekstil",
    "province": "20",
    "brand": None,
    "hs_code": "630260000000",
    "certificates": ["OEKO-TEX Standard 100"],
    "micro_export_ok": True,
    "price_min": "3.10",
    "price_max": "4.20",
    "currency": "EUR",
    "unit": "C62",
    "moq": 100,
    "lead_days": 14,
    "picture": "towel",
    "tint": "teal",
    "image": None,
    "published_at": "2026-01-03T09:30:00Z",
}
_EXAMPLE = {
    "data": [_EXAMPLE_CARD],
    "total": 37,
    "total_exact": True,
    "page": 1,
    "pages": 2,
    "per_page": 20,
    "facets": [
        {
            "name": "province",
            "title": "Province",
            "values": [{"value": "20", "label": "Denizli", "count": 21, "chosen": False}],
        }
    ],
    "marks": [{"text": "towel", "prefix": True, "stem": True}],
    "corrected": None,
    "synonyms": ["bath linen"],
    "dropped": [],
    "fallback": False,
    "links": {
        "self": "/api/v1/products?q=towel",
        "next": "/api/v1/products?q=towel&page=2",
        "prev": None,
    },
}


@get(
    "/products",
    tags=["Products"],
    summary="Search products",
    operation_id="searchProducts",
    operation_class=openapi.described(*parameters("products")),
    responses=openapi.responses(ProductPage, _EXAMPLE),
)
async def search_products(request: Request[Any, Any, Any]) -> Response[ProductPage]:
    """Published products of verified exporters. Values of one facet widen the answer, facets narrow each other."""
    query = query_of(request)
    language = api_language(request, query)
    asked = requests.parse("products", language, query, strict=True)
    refuse_blank_numbers(query)
    found = await discovery.find(request.app.state.search, asked)
    refuse_too_deep(found.too_deep)
    page = ProductPage(
        data=found.products,
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
        links=links("/api/v1/products", query, asked.page, found.reachable_pages),
    )
    return answer(request, page, language)


@get(
    "/products/{id:str}",
    tags=["Products"],
    summary="One product",
    operation_id="getProduct",
    operation_class=openapi.described(
        openapi.in_path("id", "The product's id.", "k7m2q9x4t1bd", "^[a-z0-9]{12}$"),
    ),
    responses=openapi.responses(ProductDocument, None, 404),
)
async def get_product(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[ProductDocument]:
    """All that is public about a product. Its id is the last 12 characters of its page's address."""
    language = api_language(request, query_of(request))
    product = await queries.product(id, language)
    card = product.card
    site = request.app.state.settings.public_url
    document = ProductDocument(
        product,
        ProductLinks(
            self=f"/api/v1/products/{card.id}",
            html=f"{site}/{language}/products/{card.slug}-{card.id}",
            exporter=f"/api/v1/exporters/{card.exporter}",
        ),
    )
    return answer(request, document, language)


ROUTES: list[ControllerRouterHandler] = [search_products, get_product]
