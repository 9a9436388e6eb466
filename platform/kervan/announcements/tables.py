"""Tables of announcements: what is told of an event, to which audience, and to whom it was told."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    BigSerial,
    Boolean,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
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


class AnnouncementState(StrEnum):
    """Where an announcement stands (domain 4.6)."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    SENDING = "SENDING"
    PAUSED = "PAUSED"
    SENT = "SENT"
    ABORTED = "ABORTED"


class DeliveryState(StrEnum):
    """What became of one mail. UNKNOWN: a server had it when the answer was lost; it never goes again."""

    QUEUED = "QUEUED"
    HANDED = "HANDED"
    SENT = "SENT"
    BOUNCED = "BOUNCED"
    SUPPRESSED = "SUPPRESSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    ABORTED = "ABORTED"


class EventAnnouncement(Table, tablename="event_announcement"):
    """A mail about an event to everybody of an audience who agreed to such mails.

    `edition` counts what was approved to go out: a second edition (changed after it was sent) may go to the same
    people again, the same one never.
    """

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    event = ForeignKey(TradeEvent, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    # Who wrote it: never its approver.
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    # Of trade events.
    purpose = Varchar(length=16, default="events", null=False)
    name = Varchar(length=120, default=None, null=False)
    state = Varchar(length=10, default=AnnouncementState.DRAFT, null=False, choices=AnnouncementState)
    version = Integer(default=1, null=False)
    edition = Integer(default=1, null=False)
    # announcements.audience.Audience as JSON.
    audience = JSONB(default="{}", null=False)
    # How many the audience held when it was approved.
    expected = Integer(default=0, null=False)
    # NULL: as soon as it is approved.
    send_at = Timestamptz(default=None, null=True)
    submitted_at = Timestamptz(default=None, null=True)
    approved_at = Timestamptz(default=None, null=True)
    approved_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    began_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    # Why it was given back or aborted.
    reason = Varchar(length=1000, default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)

    event_announcement_approved = Check(
        "state NOT IN ('APPROVED', 'SCHEDULED', 'SENDING', 'PAUSED', 'SENT') OR approved_at IS NOT NULL"
    )
    event_announcement_edition = Check("edition >= 1 AND expected >= 0")


class AnnouncementText(Table, tablename="announcement_text"):
    """What the mail says in one language; who reads another gets the English one."""

    id = BigSerial(primary_key=True)
    announcement = ForeignKey(EventAnnouncement, null=False, on_delete=OnDelete.cascade)
    language = Varchar(length=3, default=None, null=False)
    subject = Varchar(length=150, default=None, null=False)
    text = Text(default=None, null=False)

    announcement_text_unique = Unique(["announcement", "language"])


class EventDelivery(Table, tablename="event_delivery"):
    """One person and one edition of an announcement: at most one mail, whatever happens."""

    id = BigSerial(primary_key=True)
    announcement = ForeignKey(EventAnnouncement, null=False, on_delete=OnDelete.restrict)
    edition = Integer(default=None, null=False)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)
    # As kervan.trade.emails compares it, and its domain: what throttles and suppressions go by.
    address_key = Varchar(length=320, default=None, null=False)
    domain = Varchar(length=255, default=None, null=False)
    language = Varchar(length=3, default=None, null=False)
    state = Varchar(length=10, default=DeliveryState.QUEUED, null=False, choices=DeliveryState)
    attempts = SmallInt(default=0, null=False)
    # Not before: quiet hours of the recipient's country, pauses after a soft refusal.
    due_at = Timestamptz(default=TimestamptzNow(), null=False)
    # Committed before a server hears of the letter.
    handed_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    # Only of people who agreed to be counted.
    opened_at = Timestamptz(default=None, null=True)
    # What the server said, or why it was withheld; without addresses.
    detail = Varchar(length=300, default=None, null=True)
    # Which process has it.
    worker = Varchar(length=24, default=None, null=True)

    event_delivery_unique = Unique(["announcement", "edition", "person"])
    event_delivery_state = Check(
        "state IN ('QUEUED', 'HANDED', 'SENT', 'BOUNCED', 'SUPPRESSED', 'FAILED', 'UNKNOWN', 'ABORTED')"
    )


class EventNews(Table, tablename="event_news"):
    """How a person wishes to hear of events inside the platform; without a row: in the bell, at once."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, unique=True)
    # AT_ONCE (bell and announcements), WEEKLY (one mail a week with what is new), NEVER
    frequency = Varchar(length=8, default="AT_ONCE", null=False)
    # Agrees to be counted when an announcement is opened; without it no mail holds anything that could tell.
    count_opens = Boolean(default=False, null=False)
    # Until when the last digest told (published_at of events).
    told_until = Timestamptz(default=TimestamptzNow(), null=False)

    event_news_frequency = Check("frequency IN ('AT_ONCE', 'WEEKLY', 'NEVER')")


class AnnouncementStep(Table, tablename="announcement_step"):
    """The time line of an announcement (append-only)."""

    id = BigSerial(primary_key=True)
    announcement = ForeignKey(EventAnnouncement, null=False, on_delete=OnDelete.cascade, index=True)
    action = Varchar(length=20, default=None, null=False)
    before = Varchar(length=10, default=None, null=True)
    after = Varchar(length=10, default=None, null=False)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    reason = Varchar(length=1000, default=None, null=True)
    # What was counted at that moment: {"sent": 12, ...}
    counts = JSONB(default="{}", null=False)
    at = Timestamptz(default=TimestamptzNow(), null=False)
