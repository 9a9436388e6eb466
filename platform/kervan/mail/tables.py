"""Tables of the mail room: mails on their way, and addresses that are never written to again."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class MailState(StrEnum):
    """Where a mail stands: waiting, with the server, given up, or not to be sent at all."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"
    SUPPRESSED = "SUPPRESSED"


class Mail(Table, tablename="mail"):
    """One mail to one address. What it says is sealed, and deleted once nobody needs it for sending."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False)
    template = Varchar(length=60, default=None, null=False)
    to_address = Varchar(length=320, default=None, null=False)
    # The address as trade.emails compares it: what suppressions and searches go by.
    address_key = Varchar(length=320, default=None, null=False, index=True)
    person = BigInt(default=None, null=True, index=True)
    language = Varchar(length=2, default=None, null=False)
    # The consent that the mail needs; None for what everybody with an account has to be told.
    purpose = Varchar(length=20, default=None, null=True)
    # Sealed JSON: it may hold tokens.
    context = Text(default=None, null=True)
    state = Varchar(length=10, default=MailState.QUEUED, null=False, choices=MailState, index=True)
    attempts = Integer(default=0, null=False)
    last_error = Text(default=None, null=True)
    subject = Varchar(length=300, default=None, null=True)
    message_id = Varchar(length=200, default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)
    # While a process sends the mail this lies ahead as well: a lease that no other process breaks.
    next_try_at = Timestamptz(default=TimestamptzNow(), null=False)
    sent_at = Timestamptz(default=None, null=True)
    # Only of mails that go at most once (mail.letters.ONCE): since when a server has it whose answer we do not know.
    handed_at = Timestamptz(default=None, null=True)

    mail_public_id_unique = Unique(["public_id"])
    mail_state_known = Check("state IN ('QUEUED', 'SENT', 'FAILED', 'SUPPRESSED')")
    mail_sent_has_time = Check("(state = 'SENT') = (sent_at IS NOT NULL)")
    mail_queued_has_context = Check("state <> 'QUEUED' OR context IS NOT NULL")
    mail_purpose_has_person = Check("purpose IS NULL OR person IS NOT NULL")


class Suppression(Table, tablename="suppression"):
    """An address that is never written to: its server refused it for good, or its owner complained."""

    address_key = Varchar(length=320, primary_key=True)
    reason = Text(default=None, null=False)
    at = Timestamptz(default=TimestamptzNow(), null=False)
