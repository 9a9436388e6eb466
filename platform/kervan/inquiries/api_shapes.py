"""What the API of inquiries and quotes takes and gives: without row ids, and without what others sent."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from kervan.inquiries.structs import (
    Asked,
    AskedLine,
    BuyerShown,
    InquiryRow,
    InquiryShown,
    LineShown,
    Offered,
    OfferedLine,
    QuoteShown,
    QuoteState,
    RecipientShown,
    Revision,
    RevisionShown,
)
from kervan.orders.structs import Delivery
from kervan.web import openapi
from kervan.web.paging import PageLinks

ID = openapi.in_path(
    "inquiry", "The inquiry's id; for exporters that of their part.", "t4k7m2p9q3rs", "^[a-z0-9]{12}$"
)
RECIPIENT = openapi.in_path(
    "recipient", "The id of one exporter's part of the inquiry.", "a8d3f6h2j5kx", "^[a-z0-9]{12}$"
)


class LineWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods that are asked for: a product's id, or a name."""

    product: str | None = None
    name: str = ""
    hs_code: str | None = None
    quantity: int | None = None
    unit: str | None = None
    """UNECE Recommendation 20."""
    target_price: Decimal | None = None
    certificates: str = ""


class InquiryWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An inquiry to 1 to 10 exporters: at least one line, or a text of 20 characters."""

    exporters: tuple[str, ...]
    """Their names in addresses (`slug`)."""
    lines: tuple[LineWanted, ...] = ()
    text: str = ""
    destination: str | None = None
    incoterm: str | None = None
    place: str = ""
    currency: str | None = None
    """Of the target prices, ISO 4217."""
    anonymous: bool = False
    """Exporters see the country and whether the firm is verified, until a quote is accepted or the name is shown."""

    def asked(self) -> Asked:
        """The same as the room takes it."""
        return Asked(
            exporters=self.exporters,
            lines=tuple(AskedLine(**msgspec.structs.asdict(line)) for line in self.lines),
            text=self.text,
            destination=self.destination,
            incoterm=self.incoterm,
            place=self.place,
            currency=self.currency,
            anonymous=self.anonymous,
        )


class QuoteLineWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods that are offered: one of the own products (id), so that it can become an order, or a name."""

    product: str | None = None
    name: str = ""
    asked: int | None = None
    """Number of the inquiry's line that it answers."""
    quantity: int
    unit: str = "C62"
    unit_price: Decimal
    currency: str | None = None
    """May repeat the quote's; another one is refused."""


class QuoteWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quote, or a new revision of one. With `draft` it is kept and not sent."""

    lines: tuple[QuoteLineWanted, ...]
    currency: str
    incoterm: str
    valid_until: date
    place: str = ""
    destination: str | None = None
    lead_days: int | None = None
    payment_terms: str = ""
    note: str = ""
    certificates: tuple[str, ...] = ()
    """Names of standards that your firm holds at present."""
    charges: dict[str, Decimal] = {}
    """FREIGHT, INSURANCE, BANK_COMMISSION, PACKAGING."""
    draft: bool = False
    version: int | None = None
    """Of the quote that was seen; another one is refused (409). None: whatever it is."""

    def offered(self) -> Offered:
        """The same as the room takes it."""
        values = msgspec.structs.asdict(self)
        del values["draft"], values["version"]
        values["lines"] = tuple(OfferedLine(**msgspec.structs.asdict(line)) for line in self.lines)
        return Offered(**values)


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason that the other side reads."""

    reason: str = ""


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The revision that is taken, and where the goods go when it becomes an order."""

    revision: int
    delivery: Delivery = Delivery()


class MessageWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message to the other side."""

    text: str


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """What was made; `again` when the same key had made it before."""

    id: str
    number: str
    again: bool = False


class MessageMade(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was sent."""

    id: str


class QuoteMade(msgspec.Struct, frozen=True, kw_only=True):
    """A quote after it was written."""

    id: str
    number: str
    state: str
    version: int
    revision: int


class Became(msgspec.Struct, frozen=True, kw_only=True):
    """What an accepted quote has become: an order, or a deal outside; the other is null."""

    order: str | None
    deal: str | None
    number: str


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote; drafts are shown to their exporter only."""

    id: str
    number: str
    state: QuoteState
    version: int
    revision: int
    sent_at: datetime | None
    decided_at: datetime | None
    decline_reason: str | None
    terms: Revision | None
    draft: Revision | None
    earlier: tuple[Revision, ...]


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """An exporter that was asked, for the importer."""

    id: str
    exporter: str
    name: str
    opened_at: datetime | None
    answered_at: datetime | None
    declined_at: datetime | None
    decline_reason: str | None
    unread: int
    quote: Quote | None


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """One inquiry. Importers get `recipients` with their quotes; an exporter gets `buyer` and its own `quotes`."""

    id: str
    """Of an exporter's part it is the part's own id."""
    number: str
    state: str
    version: int
    text: str
    destination: str | None
    incoterm: str | None
    place: str
    currency: str | None
    anonymous: bool
    created_at: datetime
    expires_at: datetime
    lines: tuple[LineShown, ...]
    recipients: tuple[Recipient, ...] | None = None
    buyer: BuyerShown | None = None
    quotes: tuple[Quote, ...] | None = None


class InquiryDocument(msgspec.Struct, frozen=True):
    """One inquiry."""

    data: Inquiry


class InquiryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the firm's inquiries, the newest first."""

    data: tuple[InquiryRow, ...]
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks


def _revision(shown: RevisionShown) -> Revision:
    values = msgspec.structs.asdict(shown)
    del values["by"]
    return Revision(**values)


def quote_of(shown: QuoteShown) -> Quote:
    """A quote as programs read it."""
    return Quote(
        id=shown.public_id,
        number=shown.number,
        state=shown.state,
        version=shown.version,
        revision=shown.revision,
        sent_at=shown.sent_at,
        decided_at=shown.decided_at,
        decline_reason=shown.decline_reason,
        terms=_revision(shown.terms) if shown.terms else None,
        draft=_revision(shown.draft) if shown.draft else None,
        earlier=tuple(_revision(one) for one in shown.earlier),
    )


def recipient_of(shown: RecipientShown) -> Recipient:
    """An exporter that was asked, with its quote."""
    return Recipient(
        id=shown.public_id,
        exporter=shown.slug,
        name=shown.name,
        opened_at=shown.opened_at,
        answered_at=shown.answered_at,
        declined_at=shown.declined_at,
        decline_reason=shown.decline_reason,
        unread=shown.unread,
        quote=quote_of(shown.quote) if shown.quote else None,
    )


def inquiry_of(shown: InquiryShown, id: str) -> Inquiry:
    """An inquiry without its quotes."""
    names = (
        "number", "state", "version", "text", "destination", "incoterm", "place", "currency", "anonymous",
        "created_at", "expires_at", "lines",
    )  # fmt: skip
    return Inquiry(id=id, **{name: getattr(shown, name) for name in names})
