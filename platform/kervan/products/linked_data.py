"""A product as schema.org describes it, for search engines."""

from typing import Any

from kervan.products.structs import ProductDetail
from kervan.trade.codes import format_gtip
from kervan.trade.countries import country_name


def linked_data(product: ProductDetail, public_url: str, language: str) -> dict[str, Any]:
    """JSON-LD of type Product; facts that the listing does not hold are left out."""
    card = product.card
    here = f"{public_url}/{language}/products/{card.slug}-{card.id}"
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": here,
        "url": here,
        "name": card.name,
        "sku": product.sku,
        "gtin": product.gtin,
        "description": product.texts[0].description if product.texts else None,
        "brand": {"@type": "Brand", "name": card.brand} if card.brand else None,
        "image": [f"{public_url}{photo.large}" for photo in product.images],
        "countryOfOrigin": {"@type": "Country", "name": country_name(product.origin, language)},
        "weight": _weight(product),
        "additionalProperty": _codes(product),
        "manufacturer": {
            "@type": "Organization",
            "name": card.exporter_name,
            "url": f"{public_url}/{language}/exporters/{card.exporter}",
        },
        "offers": _offers(product, here),
    }
    return {name: value for name, value in found.items() if value}


def _weight(product: ProductDetail) -> dict[str, Any] | None:
    if not product.net_weight_g:
        return None
    return {"@type": "QuantitativeValue", "value": product.net_weight_g, "unitCode": "GRM"}


def _codes(product: ProductDetail) -> list[dict[str, Any]]:
    code = product.card.hs_code
    if not code:
        return []
    name = "GTIP" if len(code) == 12 else "HS"
    return [{"@type": "PropertyValue", "name": name, "value": format_gtip(code)}]


def _offers(product: ProductDetail, here: str) -> dict[str, Any] | None:
    card = product.card
    if card.price_min is None or card.price_max is None:
        return None
    return {
        "@type": "AggregateOffer",
        "url": here,
        "priceCurrency": card.currency,
        "lowPrice": str(card.price_min),
        "highPrice": str(card.price_max),
        "offerCount": max(1, len(product.tiers)),
        "availability": "https://schema.org/InStock",
        "eligibleQuantity": {"@type": "QuantitativeValue", "minValue": card.moq, "unitCode": card.unit},
    }
