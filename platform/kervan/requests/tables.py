"""Tables of the request board: requests with their editions, files and time line, outcomes, response records."""

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
from kervan.importers.tables import Importer
from kervan.organisations.tables import Organisation


class RequestState(StrEnum):
    """Where a request stands (domain 4.6); requests.states has the arrows."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    PUBLISHED = "PUBLISHED"
    CLOSED = "CLOSED"
    ARCHIVED = "ARCHIVED"
    REJECTED = "REJECTED"


class ClosedAs(StrEnum):
    """Why a published request ended."""

    AWARDED = "AWARDED"
    DEADLINE = "DEADLINE"
    WITHDRAWN = "WITHDRAWN"


class Source(StrEnum):
    """Who asks: the importer itself, a trade post for a buyer, or a public tender that a post announces."""

    IMPORTER = "IMPORTER"
    ATTACHE = "ATTACHE"
    TENDER = "TENDER"


class Visibility(StrEnum):
    """How exporters reach the buyer: openly, by the platform's relay without its name, or through the post."""

    OPEN = "OPEN"
    RELAY = "RELAY"
    POST = "POST"


class BuyerType(StrEnum):
    """What the buyer does with the goods."""

    IMPORTER = "IMPORTER"
    DISTRIBUTOR = "DISTRIBUTOR"
    RETAILER = "RETAILER"
    MANUFACTURER = "MANUFACTURER"
    HOSPITALITY = "HOSPITALITY"
    ECOMMERCE = "ECOMMERCE"
    PUBLIC = "PUBLIC"
    OTHER = "OTHER"


class TradeRequest(Table, tablename="trade_request"):
    """What a buyer abroad looks for. The row holds the newest text; request_edition what was announced.

    `version` counts every change (optimistic locking), `edition` the material ones after publication: each edition is
    announced once to each alert that it fits.
    """

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # RQ26-7H4K-92XQ
    number = Varchar(length=16, default=None, null=False, unique=True)
    importer = ForeignKey(Importer, null=False, on_delete=OnDelete.restrict, index=True)
    # Who wrote it: somebody of the firm or of the post.
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    # The post that posted it on behalf of the buyer, or that looks after an importer's request; NULL: the Ministry.
    post = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=True)
    source = Varchar(length=8, default=Source.IMPORTER, null=False, choices=Source)
    # A tender's notice, or where the post has it from.
    source_url = Varchar(length=500, default=None, null=True)
    source_ref = Varchar(length=120, default=None, null=True)
    # Who of the buyer agreed, when and how: {"who": "...", "when": "2026-11-01", "how": "EMAIL", "note": "..."}.
    consent = JSONB(default=None, null=True)
    state = Varchar(length=10, default=RequestState.DRAFT, null=False, choices=RequestState)
    closed_as = Varchar(length=10, default=None, null=True, choices=ClosedAs)
    version = Integer(default=1, null=False)
    edition = Integer(default=0, null=False)

    # The language that title, summary and description are written in.
    language = Varchar(length=3, default="en", null=False)
    title = Varchar(length=120, default="", null=False)
    summary = Varchar(length=200, default="", null=False)
    description = Text(default="", null=False)
    # A heading (4 digits), HS6, or a GTIP (8 to 12 digits).
    hs_code = Varchar(length=12, default=None, null=True)
    # Slug of a sector (fixtures/sectors.csv).
    sector = Varchar(length=40, default=None, null=True)
    # [["Weight", "500 g/m²"], ...]
    specs = JSONB(default="[]", null=False)
    quantity = Integer(default=None, null=True)
    # UNECE Recommendation 20
    unit = Varchar(length=3, default=None, null=True)
    # For everything that is asked for.
    budget = Numeric(digits=(16, 2), default=None, null=True)
    # Per unit.
    target_price = Numeric(digits=(14, 4), default=None, null=True)
    currency = Varchar(length=3, default=None, null=True)
    # Budget (or target price times quantity) in EUR by the rate of value_on: renewed while the request is open.
    value_eur = Numeric(digits=(16, 2), default=None, null=True)
    value_on = Date(default=None, null=True)
    # Where the goods go (ISO 3166-1 alpha-2).
    country = Varchar(length=2, default=None, null=True)
    place = Varchar(length=120, default="", null=False)
    incoterm = Varchar(length=3, default=None, null=True)
    # Last day on which answers are taken.
    deadline = Date(default=None, null=True)
    # Slugs of trade.certificates.
    certificates = Array(base_column=Varchar(length=60), default=list, null=False)
    sample_wanted = Boolean(default=False, null=False)
    buyer_type = Varchar(length=12, default=None, null=True, choices=BuyerType)
    # In which answers may be written (ISO 639-1).
    languages = Array(base_column=Varchar(length=3), default=list, null=False)
    visibility = Varchar(length=5, default=Visibility.RELAY, null=False, choices=Visibility)

    submitted_at = Timestamptz(default=None, null=True)
    review_due_at = Timestamptz(default=None, null=True)
    reminded_at = Timestamptz(default=None, null=True)
    escalated_at = Timestamptz(default=None, null=True)
    reviewed_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    # What the requester reads after RETURNED, REJECTED, or being taken off the board by staff.
    reason = Varchar(length=1000, default=None, null=True)
    published_at = Timestamptz(default=None, null=True)
    edited_at = Timestamptz(default=None, null=True)
    closed_at = Timestamptz(default=None, null=True)
    archived_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)
    # What the quality gate of an import found: [{"field": "deadline", "problem": "..."}]; NULL for typed ones.
    gate = JSONB(default=None, null=True)
    idempotency_key = Varchar(length=64, default=None, null=True)

    trade_request_key_unique = Unique(["importer", "idempotency_key"])
    trade_request_quantity = Check("quantity IS NULL OR quantity >= 1")
    trade_request_amounts = Check(
        "(budget IS NULL OR budget > 0) AND (target_price IS NULL OR target_price > 0)"
    )
    trade_request_abroad = Check("country IS NULL OR country <> 'TR'")
    trade_request_published = Check(
        "state NOT IN ('PUBLISHED', 'CLOSED', 'ARCHIVED') OR (published_at IS NOT NULL AND edition >= 1"
        " AND title <> '' AND summary <> '' AND hs_code IS NOT NULL AND country IS NOT NULL"
        " AND deadline IS NOT NULL)"
    )
    trade_request_closed = Check("(state IN ('CLOSED', 'ARCHIVED')) = (closed_as IS NOT NULL)")


class RequestEdition(Table, tablename="request_edition"):
    """What was announced, word for word; never changed (trigger of m0011)."""

    id = BigSerial(primary_key=True)
    request = ForeignKey(TradeRequest, null=False, on_delete=OnDelete.restrict)
    edition = Integer(default=None, null=False)
    # requests.structs.Content as JSON.
    content = JSONB(default=None, null=False)
    value_eur = Numeric(digits=(16, 2), default=None, null=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    published_at = Timestamptz(default=TimestamptzNow(), null=False)

    request_edition_unique = Unique(["request", "edition"])


class RequestFile(Table, tablename="request_file"):
    """An attachment of a request: PDF, JPG or PNG by what it is."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    request = ForeignKey(TradeRequest, null=False, on_delete=OnDelete.restrict, index=True)
    name = Varchar(length=200, default=None, null=False)
    content_type = Varchar(length=60, default=None, null=False)
    path = Varchar(length=200, default=None, null=False)
    size = Integer(default=None, null=False)
    sha256 = Bytea(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    removed_at = Timestamptz(default=None, null=True)


class RequestEvent(Table, tablename="request_event"):
    """The time line of a request: every step with who and why (append-only)."""

    id = BigSerial(primary_key=True)
    request = ForeignKey(TradeRequest, null=False, on_delete=OnDelete.restrict, index=True)
    action = Varchar(length=20, default=None, null=False)
    before = Varchar(length=10, default=None, null=True)
    after = Varchar(length=10, default=None, null=False)
    # IMPORTER, POST, STAFF or SYSTEM.
    side = Varchar(length=8, default=None, null=False)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    reason = Varchar(length=1000, default=None, null=True)
    edition = Integer(default=0, null=False)
    at = Timestamptz(default=TimestamptzNow(), null=False)


class RequestOutcome(Table, tablename="request_outcome"):
    """What became of an answer, as one side tells it, asked after 90 days by a link that needs no login."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    request = ForeignKey(TradeRequest, null=False, on_delete=OnDelete.restrict)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict, index=True)
    # EXPORTER, or IMPORTER (the post where it asked on behalf).
    side = Varchar(length=8, default=None, null=False)
    asked_at = Timestamptz(default=TimestamptzNow(), null=False)
    reminded_at = Timestamptz(default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)
    # WON, NOT_WON, TALKING or NO_WORD
    result = Varchar(length=8, default=None, null=True)
    value_band = Varchar(length=12, default=None, null=True)
    why = Varchar(length=20, default=None, null=True)
    note = Varchar(length=1000, default="", null=False)

    request_outcome_unique = Unique(["request", "exporter", "side"])
    request_outcome_side = Check("side IN ('EXPORTER', 'IMPORTER')")
    request_outcome_result = Check("result IS NULL OR result IN ('WON', 'NOT_WON', 'TALKING', 'NO_WORD')")


class ResponseRecord(Table, tablename="response_record"):
    """How fast and how often a firm or post answers, over the last 12 months; counted anew every night."""

    id = BigSerial(primary_key=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, unique=True)
    # What it had to answer (inquiries and invitations, quotes and questions, requests to review), and answered.
    cases = Integer(default=0, null=False)
    answered = Integer(default=0, null=False)
    # Median hours to the first answer; NULL when nothing was answered.
    median_hours = Numeric(digits=(10, 2), default=None, null=True)
    counted_at = Timestamptz(default=TimestamptzNow(), null=False)


class RequestReminder(Table, tablename="request_reminder"):
    """A reminder or escalation that went out: once a stage and case."""

    id = BigSerial(primary_key=True)
    # What it is about: REVIEW, QUOTES, INVITATION, DEADLINE, OUTCOME; `about` is the row's public id.
    kind = Varchar(length=12, default=None, null=False)
    about = Varchar(length=20, default=None, null=False)
    # REMIND or ESCALATE
    stage = Varchar(length=8, default=None, null=False)
    at = Timestamptz(default=TimestamptzNow(), null=False)

    request_reminder_unique = Unique(["kind", "about", "stage"])


class TenderImport(Table, tablename="tender_import"):
    """A file of tender notices that was read into the review queue of a post."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # NULL: the Ministry's.
    post = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    name = Varchar(length=200, default=None, null=False)
    sha256 = Bytea(default=None, null=False)
    # Rows read, queued, known already, refused; and the report by row.
    counts = JSONB(default="{}", null=False)
    report = JSONB(default="[]", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)


class RequestView(Table, tablename="request_view"):
    """How often a request was read on the board, by day."""

    id = BigSerial(primary_key=True)
    request = ForeignKey(TradeRequest, null=False, on_delete=OnDelete.cascade)
    day = Date(default=None, null=False)
    views = BigInt(default=0, null=False)

    request_view_unique = Unique(["request", "day"])
