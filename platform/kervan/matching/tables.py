"""Tables of matching: who was invited to quote, and who does not want to be suggested."""

from piccolo.columns import JSONB, BigSerial, ForeignKey, Integer, Numeric, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.exporters.tables import Exporter
from kervan.organisations.tables import Organisation
from kervan.requests.tables import TradeRequest


class RequestInvitation(Table, tablename="request_invitation"):
    """An exporter that the requester or its post asked to quote; one a request and exporter."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    request = ForeignKey(TradeRequest, null=False, on_delete=OnDelete.restrict)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict, index=True)
    # Whose people invited: the importer's or the post's organisation.
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    edition = Integer(default=None, null=False)
    # The score and its reasons as they were shown when it was invited.
    score = Numeric(digits=(8, 3), default=None, null=True)
    reasons = JSONB(default="[]", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    request_invitation_unique = Unique(["request", "exporter"])


class MatchingOptOut(Table, tablename="matching_opt_out"):
    """An exporter that does not want to be suggested to requesters."""

    id = BigSerial(primary_key=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.cascade, unique=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    reason = Varchar(length=300, default="", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
