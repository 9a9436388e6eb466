"""Tables of meetings: days with slots and wishes, plans, and meetings one by one with their moves."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    Array,
    BigSerial,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    SmallInt,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.events.tables import TradeEvent
from kervan.organisations.tables import Organisation


class DayState(StrEnum):
    """Where a meeting day stands: prepared, open for wishes, being planned, planned, and told to everybody."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    PLANNED = "PLANNED"
    PUBLISHED = "PUBLISHED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class MeetingState(StrEnum):
    """Where a meeting stands; meetings.states has the arrows. PLANNED ones are the organiser's alone."""

    PLANNED = "PLANNED"
    PROPOSED = "PROPOSED"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    LAPSED = "LAPSED"
    CANCELLED = "CANCELLED"
    HELD = "HELD"
    NO_SHOW = "NO_SHOW"


class MeetingDay(Table, tablename="meeting_day"):
    """A day of meetings inside an event, or standing for itself (event NULL)."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    event = ForeignKey(TradeEvent, null=True, on_delete=OnDelete.restrict, index=True)
    organiser = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    name = Varchar(length=160, default=None, null=False)
    state = Varchar(length=10, default=DayState.DRAFT, null=False, choices=DayState)
    version = Integer(default=1, null=False)
    day = Date(default=None, null=False)
    # IANA name of the clock that the slots go by.
    zone = Varchar(length=64, default=None, null=False)
    # Wishes and availability can be changed until then.
    wishes_until = Timestamptz(default=None, null=False)
    # Meetings at the same time; NULL: as many as there are.
    tables = Integer(default=None, null=True)
    # {"ar": 2, "ru": 1}: interpreters between Turkish (or English) and the language at the same time.
    interpreters = JSONB(default="{}", null=False)
    # Of one participant in the day.
    most_meetings = SmallInt(default=24, null=False)
    # Online: meetings get a room each (meetings.rooms); else they are at tables.
    online = Boolean(default=False, null=False)
    place = Varchar(length=160, default="", null=False)
    seed = Integer(default=1, null=False)
    published_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)

    meeting_day_tables = Check("(tables IS NULL OR tables >= 1) AND most_meetings BETWEEN 1 AND 96")


class MeetingSlot(Table, tablename="meeting_slot"):
    """A time at which meetings of a day are held; the gaps between them are breaks."""

    id = BigSerial(primary_key=True)
    day = ForeignKey(MeetingDay, null=False, on_delete=OnDelete.cascade)
    number = SmallInt(default=None, null=False)
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)

    meeting_slot_unique = Unique(["day", "number"])
    meeting_slot_times = Check("ends_at > starts_at")


class DayParticipant(Table, tablename="day_participant"):
    """A firm that takes part in a meeting day, and when and how it can."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    day = ForeignKey(MeetingDay, null=False, on_delete=OnDelete.cascade)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    # Who speaks for it; hears of the agenda.
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    # EXPORTER or IMPORTER
    side = Varchar(length=8, default=None, null=False)
    # INVITED, READY (has said when and with whom), ABSENT (withdrew, or did not come)
    state = Varchar(length=8, default="INVITED", null=False)
    version = Integer(default=1, null=False)
    # Numbers of slots in which it is free.
    slots = Array(base_column=SmallInt(), default=list, null=False)
    languages = Array(base_column=Varchar(length=3), default=list, null=False)
    most_meetings = SmallInt(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)

    day_participant_unique = Unique(["day", "organisation"])
    day_participant_side = Check("side IN ('EXPORTER', 'IMPORTER')")
    day_participant_state = Check("state IN ('INVITED', 'READY', 'ABSENT')")


class MeetingWish(Table, tablename="meeting_wish"):
    """Whom a participant wants to meet, the dearest first (rank 1)."""

    id = BigSerial(primary_key=True)
    participant = ForeignKey(DayParticipant, null=False, on_delete=OnDelete.cascade)
    wanted = ForeignKey(DayParticipant, null=False, on_delete=OnDelete.cascade, index=True)
    rank = SmallInt(default=None, null=False)

    meeting_wish_unique = Unique(["participant", "wanted"])
    meeting_wish_rank_unique = Unique(["participant", "rank"])
    meeting_wish_rank = Check("rank BETWEEN 1 AND 20")
    meeting_wish_of_another = Check("participant <> wanted")


class MeetingPlan(Table, tablename="meeting_plan"):
    """A run of the planner: what went in, what came out, and why wishes were not met."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    day = ForeignKey(MeetingDay, null=False, on_delete=OnDelete.cascade, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    # WAITING, RUNNING, DONE, FAILED
    state = Varchar(length=8, default="WAITING", null=False)
    seed = Integer(default=1, null=False)
    # Whole seconds and percent so far, for the page.
    progress = SmallInt(default=0, null=False)
    # meetings.planner.Figures as JSON.
    figures = JSONB(default="{}", null=False)
    # [{"by": participant id, "wanted": participant id, "rank": 3, "why": "NO_COMMON_SLOT"}, ...]
    refused = JSONB(default="[]", null=False)
    problem = Varchar(length=300, default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    began_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)

    meeting_plan_state = Check("state IN ('WAITING', 'RUNNING', 'DONE', 'FAILED')")


class Meeting(Table, tablename="meeting"):
    """An exporter and an importer at one time. Contact data is shared once it is CONFIRMED.

    `sequence` is iCalendar's: it grows with every change of time, place or state that calendars have to hear of.
    """

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # Part of a day's agenda, or NULL: asked for directly.
    # Its index is one of the raw guards: Piccolo would call it meeting_day, like the table.
    day = ForeignKey(MeetingDay, null=True, on_delete=OnDelete.restrict)
    slot = ForeignKey(MeetingSlot, null=True, on_delete=OnDelete.restrict)
    event = ForeignKey(TradeEvent, null=True, on_delete=OnDelete.set_null, index=True)
    # organisation.id of both sides, and who sits there for them.
    exporter = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    importer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    exporter_person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    importer_person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    # EXPORTER or IMPORTER: who asked; PLAN for an agenda's.
    asked_by = Varchar(length=8, default=None, null=False)
    state = Varchar(length=10, default=MeetingState.PROPOSED, null=False, choices=MeetingState)
    version = Integer(default=1, null=False)
    sequence = Integer(default=0, null=False)
    # Whose turn it is while PROPOSED: EXPORTER or IMPORTER.
    turn = Varchar(length=8, default=None, null=True)
    # Of a proposal: it lapses then.
    answer_by = Timestamptz(default=None, null=True)
    # What is agreed, or of several proposed times the first.
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    zone = Varchar(length=64, default=None, null=False)
    topic = Varchar(length=200, default="", null=False)
    message = Varchar(length=1000, default="", null=False)
    # ISO 639-1; interpreter: between it and the other side's.
    language = Varchar(length=3, default=None, null=True)
    interpreter = Varchar(length=3, default=None, null=True)
    table_no = SmallInt(default=None, null=True)
    place = Varchar(length=160, default="", null=False)
    # An address that one side gave, or a room of our own (meetings.rooms); told to both sides once CONFIRMED.
    room_url = Varchar(length=500, default="", null=False)
    reason = Varchar(length=1000, default=None, null=True)
    # What came of it, each side for itself: {"EXPORTER": {"result": "SAMPLES", "note": "...", "at": "..."}, ...}
    outcome = JSONB(default="{}", null=False)
    # Public id of the inquiry or order that followed.
    followed_by = Varchar(length=12, default=None, null=True)
    confirmed_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    changed_at = Timestamptz(default=TimestamptzNow(), null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)
    idempotency_key = Varchar(length=64, default=None, null=True)

    meeting_key_unique = Unique(["exporter", "importer", "idempotency_key"])
    meeting_times = Check("ends_at > starts_at")
    meeting_of_two = Check("exporter <> importer")
    meeting_turn = Check("(state = 'PROPOSED') = (turn IS NOT NULL)")
    meeting_asked_by = Check("asked_by IN ('EXPORTER', 'IMPORTER', 'PLAN')")


class MeetingProposal(Table, tablename="meeting_proposal"):
    """A time that one side offered; the other takes one of them or offers others. Superseded ones stay as history."""

    id = BigSerial(primary_key=True)
    meeting = ForeignKey(Meeting, null=False, on_delete=OnDelete.cascade, index=True)
    # EXPORTER or IMPORTER
    side = Varchar(length=8, default=None, null=False)
    round = SmallInt(default=1, null=False)
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    meeting_proposal_times = Check("ends_at > starts_at")


class MeetingStep(Table, tablename="meeting_step"):
    """The time line of a meeting (append-only)."""

    id = BigSerial(primary_key=True)
    meeting = ForeignKey(Meeting, null=False, on_delete=OnDelete.cascade, index=True)
    action = Varchar(length=20, default=None, null=False)
    before = Varchar(length=10, default=None, null=True)
    after = Varchar(length=10, default=None, null=False)
    # EXPORTER, IMPORTER, STAFF or SYSTEM
    side = Varchar(length=8, default=None, null=False)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    reason = Varchar(length=1000, default=None, null=True)
    at = Timestamptz(default=TimestamptzNow(), null=False)


class MeetingReminder(Table, tablename="meeting_reminder"):
    """A reminder of a meeting that went out: once a stage and start."""

    id = BigSerial(primary_key=True)
    meeting = ForeignKey(Meeting, null=False, on_delete=OnDelete.cascade)
    # 1D, 1H, OUTCOME
    stage = Varchar(length=8, default=None, null=False)
    about = Timestamptz(default=None, null=False)
    at = Timestamptz(default=TimestamptzNow(), null=False)

    meeting_reminder_unique = Unique(["meeting", "stage", "about"])


class CalendarFeed(Table, tablename="calendar_feed"):
    """The address under which a person's calendar program reads the own agenda; who has it can read it."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, unique=True)
    token = Varchar(length=32, default=None, null=False, unique=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
