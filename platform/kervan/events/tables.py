"""Tables of events: what, where and when; texts in several languages, programme, files, questions, imports."""

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
from kervan.organisations.tables import Organisation


class EventKind(StrEnum):
    """What is held: a fair, exporters going abroad, buyers coming to Türkiye, both meeting online, or a training."""

    FAIR = "FAIR"
    TRADE_MISSION = "TRADE_MISSION"
    BUYING_MISSION = "BUYING_MISSION"
    VIRTUAL_MISSION = "VIRTUAL_MISSION"
    TRAINING = "TRAINING"


class EventState(StrEnum):
    """Where an event stands by what people decided (domain 4.6); events.phases adds what the clock says."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    PUBLISHED = "PUBLISHED"
    CANCELLED = "CANCELLED"


class OrganiserKind(StrEnum):
    """Who holds it. EXTERNAL: somebody without a desk here; `organiser` looks after the entry."""

    ASSOCIATION = "ASSOCIATION"
    POST = "POST"
    MINISTRY = "MINISTRY"
    EXTERNAL = "EXTERNAL"


class Format(StrEnum):
    """Where people meet."""

    ONSITE = "ONSITE"
    ONLINE = "ONLINE"
    HYBRID = "HYBRID"


class RegistrationBy(StrEnum):
    """Where one registers: not at all, on the platform, or at the organiser's own address."""

    NONE = "NONE"
    PLATFORM = "PLATFORM"
    EXTERNAL = "EXTERNAL"


class TradeEvent(Table, tablename="trade_event"):
    """An event as it is announced. `version` counts every change (optimistic locking); `sequence` those of time,
    place, title or state, for calendars that hold it already (iCalendar SEQUENCE).
    """

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    kind = Varchar(length=16, default=None, null=False, choices=EventKind)
    # Whose staff looks after it.
    organiser = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    organiser_kind = Varchar(length=12, default=None, null=False, choices=OrganiserKind)
    # As the public reads it, also of an external one.
    organiser_name = Varchar(length=200, default="", null=False)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    state = Varchar(length=10, default=EventState.DRAFT, null=False, choices=EventState, index=True)
    version = Integer(default=1, null=False)
    sequence = Integer(default=0, null=False)

    format = Varchar(length=6, default=Format.ONSITE, null=False, choices=Format)
    # ISO 3166-1 alpha-2; NULL for what is online only.
    country = Varchar(length=2, default=None, null=True)
    # Plate code of the province, in Türkiye only.
    province = Varchar(length=2, default=None, null=True)
    city = Varchar(length=80, default="", null=False)
    venue = Varchar(length=160, default="", null=False)
    address = Varchar(length=300, default="", null=False)
    # Where an online event is held: told to those who are registered and confirmed only.
    online_url = Varchar(length=500, default="", null=False)
    # IANA name of the venue's clock.
    zone = Varchar(length=64, default="Europe/Istanbul", null=False)
    starts_at = Timestamptz(default=None, null=True, index=True)
    # Exclusive where whole_days: midnight after the last day, by the venue's clock.
    ends_at = Timestamptz(default=None, null=True)
    # Days without times, as fairs are announced.
    whole_days = Boolean(default=False, null=False)

    # Slugs of fixtures/sectors.csv, headings of 4 digits (or chapters of 2), countries whose importers it is for.
    sectors = Array(base_column=Varchar(length=40), default=list, null=False)
    headings = Array(base_column=Varchar(length=4), default=list, null=False)
    target_countries = Array(base_column=Varchar(length=2), default=list, null=False)
    # In which it is held (ISO 639-1).
    languages = Array(base_column=Varchar(length=3), default=list, null=False)

    # Firms of each side; NULL: as many as come. 0: this side cannot register.
    capacity_exporters = Integer(default=None, null=True)
    capacity_importers = Integer(default=None, null=True)
    # People of one firm.
    people_per_firm = Integer(default=2, null=False)
    # Per firm; NULL: nothing said; 0: free.
    fee_exporters = Numeric(digits=(12, 2), default=None, null=True)
    fee_importers = Numeric(digits=(12, 2), default=None, null=True)
    fee_currency = Varchar(length=3, default=None, null=True)
    registration = Varchar(length=8, default=RegistrationBy.NONE, null=False, choices=RegistrationBy)
    registration_url = Varchar(length=500, default="", null=False)
    registration_opens_at = Timestamptz(default=None, null=True)
    registration_closes_at = Timestamptz(default=None, null=True)
    # The organiser confirms each registration; else a place is confirmed at once.
    reviewed = Boolean(default=False, null=False)
    # The support programme that pays for a part of it, as the legislation calls it.
    support_reference = Varchar(length=300, default="", null=False)
    contact_name = Varchar(length=120, default="", null=False)
    contact_email = Varchar(length=320, default="", null=False)
    contact_phone = Varchar(length=30, default="", null=False)
    external_url = Varchar(length=500, default="", null=False)
    # Typed here, or read from a file: what it was called there.
    source = Varchar(length=8, default="TYPED", null=False)
    source_ref = Varchar(length=120, default=None, null=True)
    source_url = Varchar(length=500, default=None, null=True)

    submitted_at = Timestamptz(default=None, null=True)
    approved_at = Timestamptz(default=None, null=True)
    approved_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    published_at = Timestamptz(default=None, null=True)
    # When time, place, title or state changed last: LAST-MODIFIED of calendars.
    changed_at = Timestamptz(default=TimestamptzNow(), null=False)
    cancelled_at = Timestamptz(default=None, null=True)
    # What its organiser reads after RETURNED, what everybody reads after CANCELLED.
    reason = Varchar(length=1000, default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)
    idempotency_key = Varchar(length=64, default=None, null=True)

    trade_event_key_unique = Unique(["organiser", "idempotency_key"])
    trade_event_source_unique = Unique(["organiser", "source_ref"])
    trade_event_times = Check("starts_at IS NULL OR ends_at IS NULL OR ends_at > starts_at")
    trade_event_window = Check(
        "registration_opens_at IS NULL OR registration_closes_at IS NULL"
        " OR registration_closes_at > registration_opens_at"
    )
    trade_event_capacity = Check(
        "(capacity_exporters IS NULL OR capacity_exporters >= 0)"
        " AND (capacity_importers IS NULL OR capacity_importers >= 0)"
        " AND people_per_firm BETWEEN 1 AND 20"
    )
    trade_event_fees = Check(
        "(fee_exporters IS NULL OR fee_exporters >= 0) AND (fee_importers IS NULL OR fee_importers >= 0)"
    )
    trade_event_published = Check(
        "state NOT IN ('SUBMITTED', 'APPROVED', 'PUBLISHED') OR (starts_at IS NOT NULL AND ends_at IS NOT NULL)"
    )
    trade_event_state = Check(
        "state IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'APPROVED', 'PUBLISHED', 'CANCELLED')"
    )


class EventText(Table, tablename="event_text"):
    """What an event is called and says in one language."""

    id = BigSerial(primary_key=True)
    event = ForeignKey(TradeEvent, null=False, on_delete=OnDelete.cascade)
    language = Varchar(length=3, default=None, null=False)
    title = Varchar(length=160, default=None, null=False)
    summary = Varchar(length=300, default="", null=False)
    text = Text(default="", null=False)

    event_text_unique = Unique(["event", "language"])
    event_text_title_given = Check("title <> ''")


class EventSession(Table, tablename="event_session"):
    """A point of an event's programme."""

    id = BigSerial(primary_key=True)
    event = ForeignKey(TradeEvent, null=False, on_delete=OnDelete.cascade, index=True)
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    title = Varchar(length=160, default=None, null=False)
    # One a line: name, role, firm as its organiser typed them.
    speakers = Varchar(length=600, default="", null=False)
    place = Varchar(length=120, default="", null=False)
    language = Varchar(length=3, default=None, null=True)

    event_session_times = Check("ends_at > starts_at")


class EventFile(Table, tablename="event_file"):
    """A document for visitors (PDF, JPG, PNG by what it is), or the picture of the event."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    event = ForeignKey(TradeEvent, null=False, on_delete=OnDelete.cascade, index=True)
    # DOCUMENT or PICTURE
    use = Varchar(length=8, default="DOCUMENT", null=False)
    name = Varchar(length=200, default=None, null=False)
    content_type = Varchar(length=60, default=None, null=False)
    path = Varchar(length=200, default=None, null=False)
    size = Integer(default=None, null=False)
    sha256 = Bytea(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    removed_at = Timestamptz(default=None, null=True)

    event_file_use = Check("use IN ('DOCUMENT', 'PICTURE')")


class EventQuestion(Table, tablename="event_question"):
    """What the organiser asks everybody who registers. Answers name it by id, so it is retired, never deleted."""

    id = BigSerial(primary_key=True)
    event = ForeignKey(TradeEvent, null=False, on_delete=OnDelete.cascade, index=True)
    position = Integer(default=0, null=False)
    # EXPORTER, IMPORTER or BOTH
    side = Varchar(length=8, default="BOTH", null=False)
    # TEXT, YES_NO, ONE_OF, SOME_OF
    kind = Varchar(length=8, default="TEXT", null=False)
    # {"en": "...", "tr": "..."}
    label = JSONB(default="{}", null=False)
    # [{"en": "...", "tr": "..."}, ...]; an answer is the index.
    options = JSONB(default="[]", null=False)
    required = Boolean(default=False, null=False)
    retired_at = Timestamptz(default=None, null=True)

    event_question_kind = Check("kind IN ('TEXT', 'YES_NO', 'ONE_OF', 'SOME_OF')")
    event_question_side = Check("side IN ('EXPORTER', 'IMPORTER', 'BOTH')")


class EventStep(Table, tablename="event_step"):
    """The time line of an event: every step with who and why (append-only)."""

    id = BigSerial(primary_key=True)
    event = ForeignKey(TradeEvent, null=False, on_delete=OnDelete.cascade, index=True)
    action = Varchar(length=20, default=None, null=False)
    before = Varchar(length=10, default=None, null=True)
    after = Varchar(length=10, default=None, null=False)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    reason = Varchar(length=1000, default=None, null=True)
    at = Timestamptz(default=TimestamptzNow(), null=False)


class EventImport(Table, tablename="event_import"):
    """A file of events that was read into the drafts of an organiser."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    name = Varchar(length=200, default=None, null=False)
    sha256 = Bytea(default=None, null=False)
    # Rows read, drafted, known already, alike, refused; and the report by row.
    counts = JSONB(default="{}", null=False)
    report = JSONB(default="[]", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)


class EventView(Table, tablename="event_view"):
    """How often an event's page was read, by day."""

    id = BigSerial(primary_key=True)
    event = ForeignKey(TradeEvent, null=False, on_delete=OnDelete.cascade)
    day = Date(default=None, null=False)
    views = BigInt(default=0, null=False)

    event_view_unique = Unique(["event", "day"])
