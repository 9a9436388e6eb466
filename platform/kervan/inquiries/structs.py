"""What readers of inquiries and quotes get, and what writers hand in: shapes shared by pages and the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from kervan.orders.structs import Delivery

CHARGES = ("FREIGHT", "INSURANCE", "BANK_COMMISSION", "PACKAGING")
"""What may be added to goods (domain 4.7, 5)."""


class AskedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that are asked for: a product by public id, or words."""

    name: str = ""
    """May be empty for a product: its own name is taken then."""
    product: str | None = None
    hs_code: str | None = None
    quantity: int | None = None
    unit: str | None = None
    target_price: Decimal | None = None
    """Per unit, in the inquiry's currency."""
    certificates: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A whole inquiry as it is sent."""

    exporters: tuple[str, ...]
    """Slugs."""
    lines: tuple[AskedLine, ...] = ()
    text: str = ""
    destination: str | None = None
    incoterm: str | None = None
    place: str = ""
    currency: str | None = None
    anonymous: bool = False
    purpose: str = "SALE"
    delivery: Delivery = Delivery()
    refused: tuple[dict[str, Any], ...] | None = None
    """Refusals of the verdict (trade.verdict.Refusal as JSON) that kept it from being an order."""


class LineShown(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that are asked for, as one of the sides reads them."""

    number: int
    name: str
    product: str | None
    """Public id; for an exporter only where the product is its own."""
    slug: str | None
    sku: str | None
    hs_code: str | None
    quantity: int | None
    unit: str | None
    target_price: Decimal | None
    certificates: str


class BuyerShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, as an exporter may know it: without name, city and person while it is anonymous."""

    country: str
    verified: bool
    since: datetime
    name: str | None = None
    city: str | None = None
    website: str | None = None
    person: str | None = None


class InquiryShown(msgspec.Struct, frozen=True, kw_only=True):
    """One inquiry without its recipients."""

    id: int
    public_id: str
    number: str
    importer: int
    state: str
    """EXPIRED as soon as its days are over."""
    version: int
    text: str
    destination: str | None
    incoterm: str | None
    place: str
    currency: str | None
    anonymous: bool
    revealed_at: datetime | None
    refused: tuple[dict[str, Any], ...]
    delivery: Delivery
    purpose: str
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    close_reason: str | None
    lines: tuple[LineShown, ...]


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What a quote says, or said before."""

    revision: int
    currency: str
    incoterm: str
    place: str
    destination: str | None
    lead_days: int | None
    valid_until: date
    payment_terms: str
    note: str
    certificates: tuple[str, ...]
    """Names of standards, as the exporter holds them."""
    charges: dict[str, Decimal]
    goods_total: Decimal
    total: Decimal
    gross_weight_g: int | None
    sent_at: datetime | None
    lines: tuple["QuoteLineShown", ...]


class RevisionShown(Revision, frozen=True, kw_only=True):
    """The same for the two firms, with who wrote it."""

    by: str | None


class QuoteLineShown(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of a revision."""

    number: int
    asked: int | None
    """Number of the inquiry's line that it answers."""
    product: str | None
    sku: str | None
    name: str
    quantity: int
    unit: str
    unit_price: Decimal
    amount: Decimal


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a quote could be an order today, and why not. EUR is None where there is no rate to trade on."""

    allowed: bool
    why: tuple[str, ...]
    """Sentences in the reader's language; empty when it is allowed."""
    total_eur: Decimal | None
    gross_g: int | None


QuoteState = Literal["DRAFT", "SENT", "REVISED", "ACCEPTED", "DECLINED", "EXPIRED", "WITHDRAWN"]
"""inquiries.tables.QuoteState, as it is read and as programs are told it."""


class QuoteShown(msgspec.Struct, frozen=True, kw_only=True):
    """A quote in its present state. `terms` is the revision in force, `draft` one that was not sent yet."""

    id: int
    public_id: str
    number: str
    recipient: str
    exporter: int
    state: QuoteState
    """EXPIRED as soon as the last day of its validity is over."""
    version: int
    revision: int
    shortlisted: bool
    sent_at: datetime | None
    decided_at: datetime | None
    decline_reason: str | None
    terms: RevisionShown | None
    draft: RevisionShown | None
    earlier: tuple[RevisionShown, ...]
    """Sent before the one in force, newest first."""


class RecipientShown(msgspec.Struct, frozen=True, kw_only=True):
    """An exporter that was asked, for the importer."""

    id: int
    public_id: str
    exporter: int
    slug: str
    name: str
    province: str
    verified: bool
    opened_at: datetime | None
    answered_at: datetime | None
    declined_at: datetime | None
    decline_reason: str | None
    irrelevant_at: datetime | None
    """The requester said that this answer does not fit its request."""
    irrelevant_reason: str | None
    unread: int
    quote: QuoteShown | None
    """The newest that was sent."""


class InquiryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One inquiry in a list: of the importer (with all its recipients), or of one exporter (its own part)."""

    public_id: str
    """Of the inquiry for importers, of the recipient for exporters."""
    number: str
    state: str
    quote_state: str | None
    what: str
    """The first goods, or the beginning of the text."""
    line_count: int
    other: str | None
    """The exporter's name when there is one; the buyer's name, None while it is hidden."""
    country: str
    """Of the buyer."""
    recipients: int
    quotes: int
    """That may be taken now."""
    best: Decimal | None
    """The lowest total when all quotes are in one currency."""
    currency: str | None
    destination: str | None
    created_at: datetime
    expires_at: datetime
    unread: int
    request: str | None
    """Number of the request on the board to which it holds the answers."""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A quote as its exporter writes it."""

    lines: tuple["OfferedLine", ...]
    currency: str
    incoterm: str
    valid_until: date
    place: str = ""
    destination: str | None = None
    lead_days: int | None = None
    payment_terms: str = ""
    note: str = ""
    certificates: tuple[str, ...] = ()
    """Names of standards that the exporter holds."""
    charges: dict[str, Decimal] = {}


class OfferedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that are offered: one of the own products (public id), or words."""

    name: str = ""
    product: str | None = None
    asked: int | None = None
    """Number of the inquiry's line."""
    quantity: int
    unit: str = "C62"
    unit_price: Decimal
    currency: str | None = None
    """None, or the quote's own: another one is refused."""


class DealShown(msgspec.Struct, frozen=True, kw_only=True):
    """An offline deal with its checklist."""

    id: int
    public_id: str
    number: str
    state: str
    version: int
    inquiry: str
    inquiry_number: str
    recipient: str
    quote: QuoteShown
    exporter_name: str
    exporter_slug: str
    importer_name: str
    importer_country: str
    contact: str | None
    steps: dict[str, datetime]
    refused: tuple[dict[str, Any], ...]
    created_at: datetime
    ended_at: datetime | None
