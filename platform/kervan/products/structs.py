"""What readers of the product inventory get: cards for lists, the whole product for its page and the API."""

from datetime import date, datetime
from decimal import Decimal

import msgspec


class ProductCard(msgspec.Struct, frozen=True, kw_only=True):
    """One product in a list. Prices are per `unit` in `currency`; weights are not needed to choose."""

    id: str
    """Public id: 12 random letters and digits."""
    slug: str
    """The name as part of an address; never needed to find the product."""
    name: str
    """In the reader's language, else English, else Turkish."""
    name_language: str
    exporter: str
    """The exporter's slug."""
    exporter_name: str
    province: str
    """Plate code, two digits."""
    brand: str | None
    hs_code: str | None
    """12 digits (GTIP), 6 (HS), or None while not classified."""
    certificates: tuple[str, ...]
    micro_export_ok: bool
    price_min: Decimal | None
    price_max: Decimal | None
    currency: str | None
    unit: str
    """UNECE Rec 20 code."""
    moq: int
    lead_days: int | None
    picture: str
    """Slug of the drawn picture."""
    tint: str
    image: str | None
    """Address of the first photograph, at most 800 pixels wide and high, if there is one."""
    image_small: str | None
    """The same, at most 320 pixels."""
    published_at: datetime | None


class Tier(msgspec.Struct, frozen=True):
    """Unit price from `from_quantity` on; `to_quantity` is None for the last tier."""

    from_quantity: int
    to_quantity: int | None
    unit_price: Decimal


class TextOf(msgspec.Struct, frozen=True):
    """Name and description of a product in one language."""

    language: str
    name: str
    description: str


class HeldCertificate(msgspec.Struct, frozen=True):
    """A certificate the exporter holds today."""

    standard: str
    issuer: str
    number: str | None
    valid_until: date | None


class Package(msgspec.Struct, frozen=True):
    """One shipping unit: how many pieces, its size in millimetres, its gross weight in grams."""

    units: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    gross_weight_g: int | None


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """One photograph of a product in three sizes; `width` and `height` in pixels are those of the largest."""

    large: str
    medium: str
    small: str
    width: int
    height: int
    alt: str
    """What it shows, in the exporter's words; may be empty."""


class ProductDetail(msgspec.Struct, frozen=True, kw_only=True):
    """All that a visitor may know about a published product of a verified exporter."""

    card: ProductCard
    sku: str
    gtin: str | None
    origin: str
    """ISO 3166-1 alpha-2."""
    tariff_year: int | None
    net_weight_g: int | None
    gross_weight_g: int | None
    step: int
    tiers: tuple[Tier, ...]
    package: Package
    texts: tuple[TextOf, ...]
    """Every language there is; the reader's first."""
    certificates: tuple[HeldCertificate, ...]
    exclusion_reason: str | None
    keywords: tuple[str, ...]
    images: tuple[Photo, ...]
    """In the exporter's order; the first one stands on cards."""
    version: int
    version_number: int
    updated_at: datetime
