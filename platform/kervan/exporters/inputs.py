"""An exporter as somebody wants it to be: checked values, not yet stored."""

from datetime import date, datetime

import msgspec

from kervan.exporters.structs import SalesChannel


class CertificateInput(msgspec.Struct, frozen=True):
    """A certificate and its period; None means that the paper names no date."""

    standard: str
    issuer: str
    number: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class ExporterInput(msgspec.Struct, frozen=True, kw_only=True):
    """Every identifier is normalised (trade.identifiers); `about` and `capacity` are language -> plain text."""

    slug: str
    kind: str
    legal_name: str
    trade_name: str
    province: str
    vkn: str | None = None
    tax_office: str | None = None
    mersis: str | None = None
    kep: str | None = None
    association: str | None = None
    association_no: str | None = None
    nace: tuple[str, ...] = ()
    export_status: str | None = None
    district: str | None = None
    address: str | None = None
    postcode: str | None = None
    sectors: tuple[str, ...] = ()
    business_model: str | None = None
    sales_channels: tuple[SalesChannel, ...] = ()
    export_countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    founded: int | None = None
    employees_band: str | None = None
    website: str | None = None
    contact_email: str | None = None
    phone: str | None = None
    about: dict[str, str] = {}
    capacity: dict[str, str] = {}
    certificates: tuple[CertificateInput, ...] = ()
    verification: str = "DRAFT"
    """Only loaders set another state at once; everybody else goes through exporters.states."""
    verified_by: str | None = None
    verified_at: datetime | None = None
    verified_until: date | None = None
