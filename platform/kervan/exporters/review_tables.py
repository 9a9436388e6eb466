"""Tables of an exporter's verification: documents, reviews, claims, and lists of an association's members."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
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
from kervan.organisations.tables import Organisation


class DocumentKind(StrEnum):
    """Papers that prove who a firm is."""

    TAX_PLATE = "TAX_PLATE"
    SIGNATURE_CIRCULAR = "SIGNATURE_CIRCULAR"
    CAPACITY_REPORT = "CAPACITY_REPORT"
    OTHER = "OTHER"


class ExporterDocument(Table, tablename="exporter_document"):
    """A paper that was handed in; the file lies in the uploads folder and is only ever downloaded."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(length=20, default=None, null=False, choices=DocumentKind)
    name = Varchar(length=120, default=None, null=False)
    content_type = Varchar(length=60, default=None, null=False)
    size = Integer(default=None, null=False)
    sha256 = Varchar(length=64, default=None, null=False)
    path = Varchar(length=200, default=None, null=False)
    expires_on = Date(default=None, null=True)
    uploaded_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    uploaded_at = Timestamptz(default=TimestamptzNow(), null=False)
    # Taken away by its owner before a review saw it, or replaced; the file is deleted by the worker.
    removed_at = Timestamptz(default=None, null=True)


class Review(Table, tablename="exporter_review"):
    """One passage of an exporter through the queue, from its submission to the decision.

    One open review an exporter: exporter_review_open_unique, a partial index of m0004.
    """

    id = BigSerial(primary_key=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict, index=True)
    opened_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)
    # Checks of the list (exporters.review.CHECKLIST) -> true, with who ticked it in the audit trail.
    checklist = JSONB(default="{}", null=False)
    note = Text(default="", null=False)
    # A rejection is proposed by one reviewer and decided by another.
    rejection_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    rejection_reason = Text(default=None, null=True)
    rejection_at = Timestamptz(default=None, null=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    decided_at = Timestamptz(default=None, null=True)
    # VERIFIED, REJECTED, NEEDS_INFO or CLOSED.
    outcome = Varchar(length=16, default=None, null=True)
    reason = Text(default=None, null=True)

    exporter_review_two_people = Check(
        "outcome IS DISTINCT FROM 'REJECTED' OR decided_by IS DISTINCT FROM rejection_by"
    )


class Claim(Table, tablename="exporter_claim"):
    """Somebody says that a firm which is on the platform already is theirs; staff decide."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    message = Varchar(length=1000, default=None, null=False)
    # A paper that shows it, in the uploads folder; optional.
    document_path = Varchar(length=200, default=None, null=True)
    document_name = Varchar(length=120, default=None, null=True)
    document_type = Varchar(length=60, default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    decided_at = Timestamptz(default=None, null=True)
    accepted = Boolean(default=None, null=True)
    reason = Varchar(length=1000, default=None, null=True)


class Enrolment(Table, tablename="enrolment"):
    """A member that an association vouches for; the mailed link makes its receiver the owner."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    association = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    vkn = Varchar(length=10, default=None, null=False)
    legal_name = Varchar(length=200, default=None, null=False)
    kind = Varchar(length=20, default=None, null=False)
    province = Varchar(length=2, default=None, null=False)
    association_no = Varchar(length=40, default=None, null=True)
    email = Varchar(length=320, default=None, null=False)
    email_key = Varchar(length=320, default=None, null=False)
    language = Varchar(length=3, default="tr", null=False)
    token_hash = Bytea(default=None, null=True, unique=True)
    created_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    sent_at = Timestamptz(default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    claimed_at = Timestamptz(default=None, null=True)
    withdrawn_at = Timestamptz(default=None, null=True)
    exporter = ForeignKey(Exporter, null=True, on_delete=OnDelete.restrict)

    enrolment_vkn_digits = Check("vkn ~ '^[0-9]{10}$'")


class ExporterLimit(Table, tablename="exporter_limit"):
    """What an exporter takes orders for (E5). Append-only: a change is a new row, the newest one holds."""

    id = BigSerial(primary_key=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict, index=True)
    valid_from = Timestamptz(default=TimestamptzNow(), null=False)
    min_order_eur = Numeric(digits=(12, 2), default=None, null=True)
    max_order_eur = Numeric(digits=(12, 2), default=None, null=True)
    max_gross_g = Integer(default=None, null=True)
    max_open_orders = Integer(default=None, null=True)
    max_orders_a_day = Integer(default=None, null=True)
    # ISO 3166-1 alpha-2; an empty list of allowed ones means: everywhere but the blocked.
    countries_allowed = Array(base_column=Varchar(length=2), default=list, null=False)
    countries_blocked = Array(base_column=Varchar(length=2), default=list, null=False)
    # HS or GTIP prefixes, 2 to 12 digits, that this exporter takes no orders for.
    codes_excluded = Array(base_column=Varchar(length=12), default=list, null=False)
    created_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)

    exporter_limit_positive = Check(
        "coalesce(min_order_eur, 0) >= 0 AND coalesce(max_order_eur, 1) > 0 AND coalesce(max_gross_g, 1) > 0"
        " AND coalesce(max_open_orders, 1) > 0 AND coalesce(min_order_eur, 0) <= coalesce(max_order_eur, 1e9)"
    )
    exporter_limit_daily_positive = Check("coalesce(max_orders_a_day, 1) > 0")


class Holiday(Table, tablename="exporter_holiday"):
    """Days on which an exporter does not answer; both ends count."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.cascade, index=True)
    first_day = Date(default=None, null=False)
    last_day = Date(default=None, null=False)
    note = Varchar(length=120, default="", null=False)

    exporter_holiday_order = Check("last_day >= first_day")


class DailyCount(Table, tablename="daily_count"):
    """How often a product was looked at and shown in results on one day (UTC)."""

    id = BigSerial(primary_key=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.cascade)
    # product.id; no foreign key, since products.tables stands on exporters.tables. 0 is the exporter's own page.
    product = BigInt(default=0, null=False)
    day = Date(default=None, null=False)
    views = Integer(default=0, null=False)
    appearances = Integer(default=0, null=False)

    daily_count_unique = Unique(["exporter", "product", "day"])
