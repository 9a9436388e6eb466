"""A product as somebody wants it to be: checked values, not yet stored."""

from datetime import datetime
from decimal import Decimal

import msgspec

from kervan.products.tables import Listing


class TextInput(msgspec.Struct, frozen=True):
    """Name (1-300 characters) and description in one language; plain text."""

    name: str
    description: str = ""


class ProductInput(msgspec.Struct, frozen=True, kw_only=True):
    """Every value has passed products.rules; weights are grams, sizes millimetres, prices per `unit`.

    `tiers` are (from quantity, unit price), quantities strictly rising and prices strictly falling; the first
    quantity is the MOQ. No tiers and no currency: price on request.
    """

    sku: str
    texts: dict[str, TextInput]
    """Language -> text; `tr` is always there."""
    origin: str = "TR"
    gtin: str | None = None
    brand: str | None = None
    hs_code: str | None = None
    tariff_year: int | None = None
    unit: str = "C62"
    net_weight_g: int | None = None
    gross_weight_g: int | None = None
    moq: int = 1
    step: int = 1
    currency: str | None = None
    tiers: tuple[tuple[int, Decimal], ...] = ()
    lead_days: int | None = None
    package_units: int | None = None
    package_length_mm: int | None = None
    package_width_mm: int | None = None
    package_height_mm: int | None = None
    package_gross_g: int | None = None
    micro_export_ok: bool = False
    exclusion_reason: str | None = None
    keywords: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    picture: str | None = None
    tint: str | None = None
    published_at: datetime | None = None
    """When it was first published elsewhere; None means now, if it is published."""
    state: str = Listing.PUBLISHED


def completeness(product: ProductInput) -> int:
    """0-100: how much of what a foreign buyer asks for is filled in. Ranks listings and guides their owners."""
    text = product.texts.get("en")
    points = (
        (20, bool(text and text.name)),
        (15, bool(text and len(text.description) >= 80)),
        (15, bool(product.tiers)),
        (15, bool(product.hs_code and len(product.hs_code) == 12)),
        (10, product.gross_weight_g is not None),
        (5, product.net_weight_g is not None),
        (5, product.gtin is not None),
        (5, product.lead_days is not None),
        (5, product.package_units is not None),
        (5, bool(product.certificates)),
    )
    return sum(weight for weight, there in points if there)
