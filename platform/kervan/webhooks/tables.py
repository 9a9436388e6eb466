"""Tables of the webhooks: addresses that want to hear of events, and one delivery for each event and address."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    Array,
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
from kervan.organisations.tables import Organisation


class DeliveryState(StrEnum):
    """Where a delivery stands: waiting for its next try, taken by the receiver, or given up."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class Paused(StrEnum):
    """Why a webhook rests: a member wanted it, or its address failed too often."""

    BY_HAND = "BY_HAND"
    FAILING = "FAILING"


class Webhook(Table, tablename="webhook"):
    """An address of an organisation that is told of events, signed with a secret of its own."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    name = Varchar(length=80, default=None, null=False)
    url = Varchar(length=2000, default=None, null=False)
    # Sealed: signatures are made with it.
    secret = Text(default=None, null=True)
    # The secret before, which signs as well until the moment beside it.
    old_secret = Text(default=None, null=True)
    old_secret_until = Timestamptz(default=None, null=True)
    events = Array(base_column=Varchar(length=40), default=list, null=False)
    active = Boolean(default=True, null=False)
    paused_reason = Varchar(length=10, default=None, null=True, choices=Paused)
    # Deliveries in a row that were given up; 0 after each that was taken.
    failures = Integer(default=0, null=False)
    created_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    removed_at = Timestamptz(default=None, null=True)
    version = Integer(default=1, null=False)

    webhook_paused_says_why = Check("active = (paused_reason IS NULL)")
    webhook_removed_is_silent = Check("removed_at IS NULL OR NOT active")
    webhook_can_sign = Check("removed_at IS NOT NULL OR secret IS NOT NULL")
    webhook_name_given = Check("name <> ''")
    webhook_old_secret_ends = Check("(old_secret IS NULL) = (old_secret_until IS NULL)")


class WebhookDelivery(Table, tablename="webhook_delivery"):
    """One event for one webhook: what is sent, how often it was tried, and what the receiver said last."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    webhook = ForeignKey(Webhook, null=False, on_delete=OnDelete.cascade)
    event = Varchar(length=40, default=None, null=False)
    # The same for every webhook that hears of the event, and for every try.
    event_id = Varchar(length=64, default=None, null=False)
    payload = JSONB(default="{}", null=False)
    state = Varchar(length=6, default=DeliveryState.QUEUED, null=False, choices=DeliveryState)
    attempts = Integer(default=0, null=False)
    # While a process sends it this lies ahead as well: a lease that no other process breaks.
    next_try_at = Timestamptz(default=TimestamptzNow(), null=False)
    last_status = SmallInt(default=None, null=True)
    last_error = Varchar(length=500, default=None, null=True)
    last_answer = Varchar(length=500, default=None, null=True)
    duration_ms = Integer(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)
    delivered_at = Timestamptz(default=None, null=True)

    webhook_delivery_once = Unique(["webhook", "event_id"])
    webhook_delivery_state_known = Check("state IN ('QUEUED', 'SENT', 'FAILED')")
    webhook_delivery_sent_has_time = Check("(state = 'SENT') = (delivered_at IS NOT NULL)")
