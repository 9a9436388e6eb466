"""Tables of alerts and their ledger: what was wished when, what was announced, what was told to whom."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    ForeignKey,
    Integer,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.matching.tables import RequestInvitation
from kervan.organisations.tables import Organisation
from kervan.requests.tables import TradeRequest


class Frequency(StrEnum):
    """When an alert tells: for each request, or together once a day or week."""

    AT_ONCE = "AT_ONCE"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"


class Channel(StrEnum):
    """How an alert tells. Its Atom feed is there in any case, behind its own token."""

    MAIL = "MAIL"
    IN_APP = "IN_APP"
    WEBHOOK = "WEBHOOK"


class Alert(Table, tablename="alert"):
    """A wish of a person, for a firm or staff unit, to hear of new requests. What it asks for: alert_version."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.cascade, index=True)
    name = Varchar(length=120, default=None, null=False)
    frequency = Varchar(length=8, default=Frequency.AT_ONCE, null=False, choices=Frequency)
    channels = Array(base_column=Varchar(length=8), default=list, null=False)
    # In Atom readers: nobody can guess it, and it can be changed.
    feed_token = Varchar(length=32, default=None, null=False, unique=True)
    # Made by a click on "suggested from your products".
    suggested = Boolean(default=False, null=False)
    # The last number of alert_version; optimistic locking.
    version = Integer(default=1, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    # NULL while it is on.
    ended_at = Timestamptz(default=None, null=True)
    end_reason = Varchar(length=24, default=None, null=True)
    end_note = Varchar(length=500, default="", null=False)
    # Until when the last digest told.
    digest_at = Timestamptz(default=None, null=True)


class AlertVersion(Table, tablename="alert_version"):
    """What an alert asked for between two ticks of the clock: [since, until). `until` is NULL for what holds now.

    Rows are kept, so that the nightly audit can say what an alert wanted when a request was announced.
    """

    id = BigSerial(primary_key=True)
    alert = ForeignKey(Alert, null=False, on_delete=OnDelete.cascade)
    number = Integer(default=None, null=False)
    # alerts.conditions.Conditions as JSON.
    conditions = JSONB(default=None, null=False)
    since = BigInt(default=None, null=False, index=True)
    until = BigInt(default=None, null=True)

    alert_version_unique = Unique(["alert", "number"])
    alert_version_span = Check("until IS NULL OR until >= since")


class AlertClock(Table, tablename="alert_clock"):
    """One row: ticks with every change of an alert and with every announcement, in the order of their commits."""

    id = Integer(primary_key=True, default=1)
    tick = BigInt(default=0, null=False)

    alert_clock_single = Check("id = 1")


class Announcement(Table, tablename="announcement"):
    """An edition of a request that was matched against all alerts, at one tick of the clock."""

    id = BigSerial(primary_key=True)
    request = ForeignKey(TradeRequest, null=False, on_delete=OnDelete.restrict)
    edition = Integer(default=None, null=False)
    # NULL until it was matched.
    tick = BigInt(default=None, null=True)
    deliveries = Integer(default=0, null=False)
    announced_at = Timestamptz(default=TimestamptzNow(), null=False)
    matched_at = Timestamptz(default=None, null=True)

    announcement_unique = Unique(["request", "edition"])


class AlertDelivery(Table, tablename="alert_delivery"):
    """The ledger: exactly one row for an alert (or an invitation) and an edition of a request that it fits."""

    id = BigSerial(primary_key=True)
    alert = ForeignKey(Alert, null=True, on_delete=OnDelete.cascade)
    invitation = ForeignKey(RequestInvitation, null=True, on_delete=OnDelete.restrict, unique=True)
    request = ForeignKey(TradeRequest, null=False, on_delete=OnDelete.restrict, index=True)
    edition = Integer(default=None, null=False)
    # QUEUED (waits for its moment), TOLD, or SKIPPED (the alert ended or the request closed before).
    state = Varchar(length=8, default="QUEUED", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    told_at = Timestamptz(default=None, null=True)
    # mail_message.id of the mail that told it, also of a digest; NULL without mail.
    mail = BigInt(default=None, null=True)

    alert_delivery_unique = Unique(["alert", "request", "edition"])
    alert_delivery_of_one = Check("(alert IS NULL) <> (invitation IS NULL)")
    alert_delivery_state = Check("state IN ('QUEUED', 'TOLD', 'SKIPPED')")


class AlertAudit(Table, tablename="alert_audit"):
    """A nightly look at the ledger: what was counted anew, and every row that is missing or too many."""

    id = BigSerial(primary_key=True)
    began_at = Timestamptz(default=TimestamptzNow(), null=False)
    seconds = Integer(default=0, null=False)
    announcements = Integer(default=0, null=False)
    deliveries = Integer(default=0, null=False)
    missing = Integer(default=0, null=False)
    extra = Integer(default=0, null=False)
    # At most 1,000: [{"alert": ..., "request": ..., "edition": 1, "problem": "MISSING"}]
    problems = JSONB(default="[]", null=False)
