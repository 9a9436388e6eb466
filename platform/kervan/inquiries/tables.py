"""Tables of inquiries (RFQ): what is asked of whom, the quotes with their revisions, offline deals."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.exporters.tables import Exporter
from kervan.importers.tables import Importer
from kervan.products.tables import Product, ProductVersion
from kervan.requests.tables import TradeRequest


class InquiryState(StrEnum):
    """Where an inquiry stands (domain 4.6); inquiries.states has the arrows."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    CONVERTED = "CONVERTED"
    CLOSED = "CLOSED"
    EXPIRED = "EXPIRED"


class QuoteState(StrEnum):
    """Where a quote stands (domain 4.6)."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    REVISED = "REVISED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class Inquiry(Table, tablename="inquiry"):
    """A request for quotation of one importer, to one or several exporters."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # RFQ26-7H4K-92XQ
    number = Varchar(length=16, default=None, null=False, unique=True)
    importer = ForeignKey(Importer, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    # The request of the board whose answers it holds: recipients come by answering, not by being asked.
    request = ForeignKey(TradeRequest, null=True, on_delete=OnDelete.restrict, unique=True)
    state = Varchar(length=10, default=InquiryState.OPEN, null=False, choices=InquiryState)
    version = Integer(default=1, null=False)
    text = Text(default="", null=False)
    destination = Varchar(length=2, default=None, null=True)
    incoterm = Varchar(length=3, default=None, null=True)
    place = Varchar(length=120, default="", null=False)
    currency = Varchar(length=3, default=None, null=True)
    # The firm's name is kept from the exporters until it shows itself.
    anonymous = Boolean(default=False, null=False)
    revealed_at = Timestamptz(default=None, null=True)
    # Why it could not be an order: the refusals of the verdict, as JSON; NULL when it was written as an inquiry.
    refused = JSONB(default=None, null=True)
    # The delivery address of the cart that it came from, shown to nobody before an order is made of it.
    delivery = JSONB(default="{}", null=False)
    # "micro-export" rules do not bind an inquiry; what it is for is said all the same.
    purpose = Varchar(length=8, default="SALE", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    expires_at = Timestamptz(default=None, null=False)
    closed_at = Timestamptz(default=None, null=True)
    close_reason = Varchar(length=1000, default=None, null=True)
    idempotency_key = Varchar(length=64, default=None, null=False)

    inquiry_key_unique = Unique(["importer", "idempotency_key"])


class InquiryLine(Table, tablename="inquiry_line"):
    """What is asked for: a product of the inventory, or goods in words."""

    id = BigSerial(primary_key=True)
    inquiry = ForeignKey(Inquiry, null=False, on_delete=OnDelete.restrict)
    number = Integer(default=None, null=False)
    product = ForeignKey(Product, null=True, on_delete=OnDelete.set_null, index=True)
    product_version = ForeignKey(ProductVersion, null=True, on_delete=OnDelete.set_null)
    name = Varchar(length=300, default=None, null=False)
    hs_code = Varchar(length=12, default=None, null=True)
    quantity = Integer(default=None, null=True)
    unit = Varchar(length=3, default=None, null=True)
    target_price = Numeric(digits=(14, 4), default=None, null=True)
    certificates = Varchar(length=300, default="", null=False)

    inquiry_line_number_unique = Unique(["inquiry", "number"])
    inquiry_line_quantity = Check("quantity IS NULL OR quantity >= 1")
    inquiry_line_price = Check("target_price IS NULL OR target_price > 0")


class InquiryRecipient(Table, tablename="inquiry_recipient"):
    """An exporter that was asked; its conversation with the importer hangs here, apart from the others'."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    inquiry = ForeignKey(Inquiry, null=False, on_delete=OnDelete.restrict)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict, index=True)
    opened_at = Timestamptz(default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)
    declined_at = Timestamptz(default=None, null=True)
    decline_reason = Varchar(length=1000, default=None, null=True)
    # Of an answer to a request: the requester says that it does not fit, and why.
    irrelevant_at = Timestamptz(default=None, null=True)
    irrelevant_reason = Varchar(length=1000, default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    inquiry_recipient_unique = Unique(["inquiry", "exporter"])


class Quote(Table, tablename="quote"):
    """One exporter's answer to an inquiry, with revisions. Partial indexes of m0006: one live a recipient, one accepted
    an inquiry."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # Q26-7H4K-92XQ
    number = Varchar(length=16, default=None, null=False, unique=True)
    inquiry = ForeignKey(Inquiry, null=False, on_delete=OnDelete.restrict, index=True)
    recipient = ForeignKey(InquiryRecipient, null=False, on_delete=OnDelete.restrict, index=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict, index=True)
    state = Varchar(length=10, default=QuoteState.DRAFT, null=False, choices=QuoteState)
    version = Integer(default=1, null=False)
    revision = Integer(default=1, null=False)
    valid_until = Date(default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
    decline_reason = Varchar(length=1000, default=None, null=True)
    shortlisted = Boolean(default=False, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)


class QuoteRevision(Table, tablename="quote_revision"):
    """What a quote said at one time; never changed once it was sent (trigger)."""

    id = BigSerial(primary_key=True)
    quote = ForeignKey(Quote, null=False, on_delete=OnDelete.restrict)
    revision = Integer(default=None, null=False)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    currency = Varchar(length=3, default=None, null=False)
    incoterm = Varchar(length=3, default=None, null=False)
    place = Varchar(length=120, default="", null=False)
    destination = Varchar(length=2, default=None, null=True)
    lead_days = Integer(default=None, null=True)
    valid_until = Date(default=None, null=False)
    payment_terms = Varchar(length=300, default="", null=False)
    note = Varchar(length=2000, default="", null=False)
    # Of the exporter's own that held when it was written, by the name of the standard.
    certificates = Array(base_column=Varchar(length=60), default=list, null=False)
    charges = JSONB(default="{}", null=False)
    goods_total = Numeric(digits=(16, 4), default=None, null=False)
    total = Numeric(digits=(16, 4), default=None, null=False)
    gross_weight_g = BigInt(default=None, null=True)
    # The verdict of the day on which it was sent, as JSON: fits as an order, or why not.
    verdict = JSONB(default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    quote_revision_unique = Unique(["quote", "revision"])
    quote_revision_totals = Check("goods_total > 0 AND total >= goods_total")


class QuoteLine(Table, tablename="quote_line"):
    """Goods of a revision: of the own inventory, so that an order can be made, or in words."""

    id = BigSerial(primary_key=True)
    revision = ForeignKey(QuoteRevision, null=False, on_delete=OnDelete.cascade)
    number = Integer(default=None, null=False)
    # The line of the inquiry that it answers.
    asked = ForeignKey(InquiryLine, null=True, on_delete=OnDelete.set_null)
    product = ForeignKey(Product, null=True, on_delete=OnDelete.set_null, index=True)
    product_version = ForeignKey(ProductVersion, null=True, on_delete=OnDelete.set_null)
    name = Varchar(length=300, default=None, null=False)
    quantity = Integer(default=None, null=False)
    unit = Varchar(length=3, default=None, null=False)
    unit_price = Numeric(digits=(14, 4), default=None, null=False)
    amount = Numeric(digits=(16, 4), default=None, null=False)

    quote_line_number_unique = Unique(["revision", "number"])
    quote_line_figures = Check("quantity >= 1 AND unit_price > 0 AND amount > 0")


class Deal(Table, tablename="deal"):
    """An accepted quote that cannot be a micro-export order: goes on outside, by the classic export's checklist."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    number = Varchar(length=16, default=None, null=False, unique=True)
    quote = ForeignKey(Quote, null=False, on_delete=OnDelete.restrict, unique=True)
    inquiry = ForeignKey(Inquiry, null=False, on_delete=OnDelete.restrict, unique=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict, index=True)
    importer = ForeignKey(Importer, null=False, on_delete=OnDelete.restrict, index=True)
    # {"contract": "2026-11-22T10:00:00Z"}: steps of inquiries.checklist that were ticked off.
    steps = JSONB(default="{}", null=False)
    # OPEN, DONE or LOST
    state = Varchar(length=6, default="OPEN", null=False)
    version = Integer(default=1, null=False)
    refused = JSONB(default="[]", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    ended_at = Timestamptz(default=None, null=True)

    deal_state = Check("state IN ('OPEN', 'DONE', 'LOST')")
