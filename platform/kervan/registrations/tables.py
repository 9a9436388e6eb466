"""Tables of registrations: a firm's place at an event, its people with tickets, guests, reminders, surveys."""

from enum import StrEnum

from piccolo.columns import JSONB, BigSerial, Boolean, ForeignKey, Integer, SmallInt, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.events.tables import TradeEvent
from kervan.organisations.tables import Organisation


class RegistrationState(StrEnum):
    """Where a registration stands (domain 4.6). OFFERED: a waiting firm was given a place, until it answers."""

    APPLIED = "APPLIED"
    CONFIRMED = "CONFIRMED"
    WAITLISTED = "WAITLISTED"
    OFFERED = "OFFERED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    ATTENDED = "ATTENDED"
    NO_SHOW = "NO_SHOW"


class Registration(Table, tablename="registration"):
    """A firm's registration for an event: one a firm and event; one that was cancelled can be taken up again."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    event = ForeignKey(TradeEvent, null=False, on_delete=OnDelete.restrict)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    # Who registered the firm; hears of every step.
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    # EXPORTER or IMPORTER
    side = Varchar(length=8, default=None, null=False)
    state = Varchar(length=10, default=RegistrationState.APPLIED, null=False, choices=RegistrationState)
    version = Integer(default=1, null=False)
    # FIFO: place in the queue is by this moment, then by id. A new application after a cancellation stands last.
    queued_at = Timestamptz(default=TimestamptzNow(), null=False)
    # OFFERED: until when the place is kept.
    offer_until = Timestamptz(default=None, null=True)
    # {"<event_question.id>": "text" | true | index | [index, ...]}
    answers = JSONB(default="{}", null=False)
    # Goods that it shows or looks for, in its own words.
    interest = Varchar(length=600, default="", null=False)
    # Wants to be part of meetings, where the event has some.
    wants_meetings = Boolean(default=False, null=False)
    # What the firm reads after REJECTED or CANCELLED.
    reason = Varchar(length=1000, default=None, null=True)
    confirmed_at = Timestamptz(default=None, null=True)
    cancelled_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)

    registration_unique = Unique(["event", "organisation"])
    registration_side = Check("side IN ('EXPORTER', 'IMPORTER')")
    registration_offer = Check("(state = 'OFFERED') = (offer_until IS NOT NULL)")


class RegistrationParticipant(Table, tablename="registration_participant"):
    """Somebody who comes for a registered firm, with a ticket of his own."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    registration = ForeignKey(Registration, null=False, on_delete=OnDelete.cascade, index=True)
    name = Varchar(length=120, default=None, null=False)
    job = Varchar(length=80, default="", null=False)
    # In the QR of the ticket; nobody can guess it.
    ticket = Varchar(length=32, default=None, null=False, unique=True)
    # First scan at the door, and by which device it came (offline scans arrive later, once).
    checked_in_at = Timestamptz(default=None, null=True)
    checked_in_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    scan = Varchar(length=40, default=None, null=True)
    removed_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    registration_participant_name_given = Check("name <> ''")


class RegistrationStep(Table, tablename="registration_step"):
    """The time line of a registration (append-only)."""

    id = BigSerial(primary_key=True)
    registration = ForeignKey(Registration, null=False, on_delete=OnDelete.cascade, index=True)
    action = Varchar(length=20, default=None, null=False)
    before = Varchar(length=10, default=None, null=True)
    after = Varchar(length=10, default=None, null=False)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    reason = Varchar(length=1000, default=None, null=True)
    at = Timestamptz(default=TimestamptzNow(), null=False)


class RegistrationReminder(Table, tablename="registration_reminder"):
    """A reminder that went out: once a stage and registration."""

    id = BigSerial(primary_key=True)
    registration = ForeignKey(Registration, null=False, on_delete=OnDelete.cascade)
    # 7D, 1D, 1H, SURVEY
    stage = Varchar(length=8, default=None, null=False)
    # The event's start that it told of: a moved event reminds anew.
    about = Timestamptz(default=None, null=False)
    at = Timestamptz(default=TimestamptzNow(), null=False)

    registration_reminder_unique = Unique(["registration", "stage", "about"])


class EventGuest(Table, tablename="event_guest"):
    """Somebody without an account who asks to be invited. Forgotten 24 months after the event (domain 4.10)."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    event = ForeignKey(TradeEvent, null=False, on_delete=OnDelete.cascade)
    name = Varchar(length=120, default=None, null=False)
    email = Varchar(length=320, default=None, null=False)
    email_key = Varchar(length=320, default=None, null=False)
    firm = Varchar(length=200, default="", null=False)
    country = Varchar(length=2, default=None, null=False)
    language = Varchar(length=3, default="en", null=False)
    note = Varchar(length=600, default="", null=False)
    # ASKED, INVITED, DECLINED, JOINED (registered with an account since)
    state = Varchar(length=8, default="ASKED", null=False)
    reason = Varchar(length=1000, default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    decided_at = Timestamptz(default=None, null=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)

    event_guest_unique = Unique(["event", "email_key"])
    event_guest_state = Check("state IN ('ASKED', 'INVITED', 'DECLINED', 'JOINED')")


class EventSurvey(Table, tablename="event_survey"):
    """What a firm that attended says afterwards; once a registration, changeable for 30 days."""

    id = BigSerial(primary_key=True)
    registration = ForeignKey(Registration, null=False, on_delete=OnDelete.cascade, unique=True)
    # 1 (poor) to 5 (very good)
    rating = SmallInt(default=None, null=False)
    # New contacts that may become business.
    contacts = Integer(default=None, null=True)
    # NONE, UNDER_10K, UNDER_100K, OVER_100K (EUR)
    expected = Varchar(length=12, default=None, null=True)
    again = Boolean(default=None, null=True)
    text = Varchar(length=1000, default="", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    changed_at = Timestamptz(default=TimestamptzNow(), null=False)

    event_survey_rating = Check("rating BETWEEN 1 AND 5")
    event_survey_contacts = Check("contacts IS NULL OR contacts BETWEEN 0 AND 10000")
