"""What readers of the exporter inventory get. No TCKN, no personal contact, nothing of unverified firms."""

from datetime import date, datetime

import msgspec

from kervan.products.structs import HeldCertificate
from kervan.requests.records import Record


class ExporterCard(msgspec.Struct, frozen=True, kw_only=True):
    """One exporter in a list."""

    slug: str
    name: str
    """Trade name."""
    province: str
    """Plate code, two digits."""
    sectors: tuple[str, ...]
    business_model: str | None
    founded: int | None
    employees_band: str | None
    languages: tuple[str, ...]
    certificates: tuple[str, ...]
    products: int
    """Published products, counted."""
    about: str
    """In the reader's language, else English, else Turkish."""
    logo: str | None
    verified_at: datetime | None
    verified_by: str | None


class SalesChannel(msgspec.Struct, frozen=True):
    """Where the firm sells today: own site, marketplace, social, an intermediary."""

    kind: str
    name: str
    url: str | None = None


class ExporterDetail(msgspec.Struct, frozen=True, kw_only=True):
    """All that a visitor may know about a verified exporter."""

    card: ExporterCard
    legal_name: str
    kind: str
    association: str | None
    association_no: str | None
    district: str | None
    sales_channels: tuple[SalesChannel, ...]
    export_countries: tuple[str, ...]
    export_status: str | None
    capacity: str
    website: str | None
    certificates: tuple[HeldCertificate, ...]
    response: Record | None
    """How it answered inquiries and invitations in the last 12 months; null with fewer than five."""
    verified_until: date | None
    version: int
    updated_at: datetime
