"""Tables of the house itself: the outbox, the audit trail, rate limits."""

from piccolo.columns import JSONB, BigSerial, DoublePrecision, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Outbox(Table, tablename="outbox"):
    """A side effect that still has to happen; written in the transaction of the change that causes it."""

    id = BigSerial(primary_key=True)
    topic = Varchar(length=80, default=None, null=False)
    payload = JSONB(default="{}", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    attempts = Integer(default=0, null=False)
    next_try_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)
    last_error = Text(default=None, null=True)


class AuditEntry(Table, tablename="audit_entry"):
    """Who changed what, when, from what to what, and why. Append-only: a trigger refuses UPDATE and DELETE."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(default=TimestamptzNow(), null=False, index=True)
    actor = Varchar(length=120, default=None, null=False)
    action = Varchar(length=80, default=None, null=False)
    entity = Varchar(length=40, default=None, null=False)
    entity_id = Varchar(length=64, default=None, null=False, index=True)
    before = JSONB(default=None, null=True)
    after = JSONB(default=None, null=True)
    reason = Text(default=None, null=True)
    request_id = Varchar(length=64, default=None, null=True)


class RateBucket(Table, tablename="rate_bucket"):
    """Tokens left of one limit for one caller; shared by every process."""

    key = Varchar(length=120, primary_key=True)
    tokens = DoublePrecision(default=None, null=False)
    refilled_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)
