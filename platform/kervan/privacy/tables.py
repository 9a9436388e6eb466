"""Tables of privacy: consents by purpose with their evidence, and requests to be forgotten."""

from enum import StrEnum

from piccolo.columns import JSONB, BigSerial, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from kervan.accounts.tables import Person


class Purpose(StrEnum):
    """What mail a person may agree to."""

    EVENTS = "events"
    ALERTS = "alerts"
    NEWSLETTER = "newsletter"


class Consent(Table, tablename="consent"):
    """A consent that was given: to which text, how, and when it ended. Given anew is a new row.

    One live consent a person and purpose: consent_live_unique, a partial index of m0004.
    """

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    purpose = Varchar(length=16, default=None, null=False, choices=Purpose)
    # Names a text in fixtures/consents: what was read at that moment.
    text_version = Varchar(length=20, default=None, null=False)
    language = Varchar(length=3, default=None, null=False)
    given_at = Timestamptz(default=TimestamptzNow(), null=False)
    # {"where": "registration", "request_id": ...}: how it can be shown that it was given.
    evidence = JSONB(default="{}", null=False)
    withdrawn_at = Timestamptz(default=None, null=True)
    withdrawal = JSONB(default=None, null=True)


class Erasure(Table, tablename="erasure"):
    """A wish to be deleted: carried out at once, or deferred with the reason while something is open."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    asked_at = Timestamptz(default=TimestamptzNow(), null=False)
    deferred_for = Text(default=None, null=True)
    done_at = Timestamptz(default=None, null=True)
    withdrawn_at = Timestamptz(default=None, null=True)
