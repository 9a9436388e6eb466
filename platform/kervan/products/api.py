"""The product inventory as JSON: search with facets, one product."""

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.discovery.answers import FoundPage, search
from kervan.discovery.parameters import parameters
from kervan.products import queries
from kervan.products.structs import ProductCard, ProductDetail
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of


class ProductPage(FoundPage, frozen=True, kw_only=True):
    """One page of found products."""

    data: tuple[ProductCard, ...]


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
    "image_small": None,
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
    found, envelope = await search(request, "products")
    return answer(request, ProductPage(data=found.products, **envelope), found.request.language)


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
