"""What readers of orders get, and what writers hand in: shapes shared by pages, the API and the papers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Who receives the goods where. The country is the order's destination."""

    name: str = ""
    street: str = ""
    city: str = ""
    postcode: str = ""
    region: str = ""
    contact: str = ""
    phone: str = ""


class WantedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that somebody wants to order: product by public id, whole units."""

    product: str
    quantity: int
    seen_version: int | None = None
    """Number of the product's version that the buyer saw; None: whatever holds now is taken."""
    seen_price: Decimal | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A whole order as it is sent: from a cart, through the API, or from an accepted quote."""

    exporter: int
    """exporter.id"""
    lines: tuple[WantedLine, ...]
    destination: str
    incoterm: str
    place: str = ""
    delivery: Delivery = Delivery()
    charges: dict[str, Decimal] = {}
    """By kind: FREIGHT, INSURANCE, BANK_COMMISSION, PACKAGING."""
    purpose: str = "SALE"
    sale_type: str = "FINAL"
    note: str = ""
    payment_terms: str = ""
    currency: str | None = None
    """What the buyer believes the prices to be in; another one is refused."""


class PricedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as the server prices and weighs it now. Weights in grams for the whole line."""

    product_id: int
    version_id: int
    product: str
    """Public id."""
    version: int
    sku: str
    gtin: str | None
    name_tr: str
    name: str
    gtip: str | None
    """12 digits, fewer, or None where the listing is not classified."""
    origin: str
    quantity: int
    unit: str
    unit_price: Decimal
    discount: Decimal
    amount: Decimal
    net_g: int
    gross_g: int
    packages: int | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of what is ordered, as stored."""

    revision: int
    side: str
    by: str | None
    at: datetime
    incoterm: str
    place: str
    lead_days: int | None
    payment_terms: str
    note: str
    currency: str
    goods_total: Decimal
    charges_total: Decimal
    discount_total: Decimal
    invoice_total: Decimal
    net_weight_g: int
    gross_weight_g: int
    goods_eur: Decimal
    total_eur: Decimal
    eur_rate: Decimal
    rate_date: date
    rate_source: str
    law_on: date
    verdict: dict[str, Any]
    """trade.verdict.Verdict as JSON."""
    lines: tuple["TermsLine", ...]
    charges: dict[str, Decimal]


class TermsLine(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of a revision."""

    number: int
    product: str
    """Public id of the listing."""
    product_id: int
    version_id: int
    sku: str
    gtin: str | None
    name_tr: str
    name: str
    gtip: str
    origin: str
    quantity: int
    unit: str
    unit_price: Decimal
    discount: Decimal
    amount: Decimal
    net_g: int
    gross_g: int
    packages: int | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the time line."""

    at: datetime
    side: str
    by: str | None
    """Name of the person; None for the system and for people who were erased."""
    action: str
    before: str | None
    after: str
    reason: str | None
    data: dict[str, Any]


class Firm(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two parties of an order, as far as the papers and the other side need it."""

    id: int
    """exporter.id or importer.id"""
    organisation: int
    org: str
    """Public id of the organisation."""
    name: str
    country: str
    city: str = ""
    slug: str = ""
    verified: bool = False
    contact: str = ""
    email: str = ""
    phone: str = ""


class OrderDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One order for its parties and for staff."""

    id: int
    public_id: str
    number: str
    state: str
    version: int
    exporter: Firm
    importer: Firm
    purpose: str
    destination: str
    delivery: Delivery
    terms: Terms
    """In force."""
    offered: Terms | None
    """Waits for an answer."""
    note: str
    payment_note: str
    submitted_at: datetime
    answer_by: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    reason_by: str | None
    updated_at: datetime
    ordered_by: str | None
    flagged: bool = False
    """Staff look at it: together with others it passes the law's limit."""


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order in a list."""

    public_id: str
    number: str
    state: str
    version: int
    other: str
    """Name of the other party."""
    other_country: str
    destination: str
    first_name: str
    line_count: int
    currency: str
    invoice_total: Decimal
    total_eur: Decimal
    gross_weight_g: int
    submitted_at: datetime
    answer_by: datetime | None
    updated_at: datetime
    unread: int = 0
    """Messages of the other side that nobody here has read."""
