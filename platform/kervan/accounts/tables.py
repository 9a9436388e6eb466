"""Tables of people: who may sign in, their sessions, one-time links and recovery codes."""

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, Bytea, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class PersonState(StrEnum):
    """Whether a person may sign in; the arrows are in accounts.states."""

    PENDING_EMAIL = "PENDING_EMAIL"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class LinkPurpose(StrEnum):
    """What a link in a mail is for."""

    CONFIRM_EMAIL = "CONFIRM_EMAIL"
    RESET_PASSWORD = "RESET_PASSWORD"
    CHANGE_EMAIL = "CHANGE_EMAIL"


class Person(Table, tablename="person"):
    """Somebody with an account. A closed account keeps its id; name and address are taken out."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    name = Varchar(length=120, default=None, null=False)
    # As typed, for mails; `email_key` says whether two addresses are one (trade.emails).
    email = Varchar(length=320, default=None, null=False)
    email_key = Varchar(length=320, default=None, null=False, unique=True)
    email_confirmed_at = Timestamptz(default=None, null=True)
    # argon2id in PHC form; NULL for a person who was invited and has not chosen one.
    password_hash = Varchar(length=200, default=None, null=True)
    language = Varchar(length=3, default=None, null=False)
    time_zone = Varchar(length=64, default="UTC", null=False)
    state = Varchar(length=16, default=None, null=False, choices=PersonState, index=True)
    state_reason = Text(default=None, null=True)
    # Sealed by kervan.vault; confirmed when a code of it was typed.
    totp_secret = Text(default=None, null=True)
    totp_confirmed_at = Timestamptz(default=None, null=True)
    # The last 30-second step that was used: a code works once.
    totp_step = BigInt(default=0, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)
    seen_at = Timestamptz(default=None, null=True)

    person_email_key_given = Check("email_key <> ''")
    person_name_given = Check("name <> ''")


class Session(Table, tablename="session"):
    """One signed-in browser. The cookie holds a random token, this row only its hash."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    token_hash = Bytea(default=None, null=False, unique=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)
    # After a change of rights: exchange the token at the next request; the old one still works for a minute.
    turn_due = Boolean(default=False, null=False)
    previous_hash = Bytea(default=None, null=True, index=True)
    turned_at = Timestamptz(default=None, null=True)
    # False between the password and the second factor: such a session opens nothing else.
    whole = Boolean(default=None, null=False)
    # When a second factor was given in this session; staff rights need it.
    second_factor_at = Timestamptz(default=None, null=True)
    # When the password was typed last: changes of e-mail, password and factors ask for it again after a while.
    proved_at = Timestamptz(default=TimestamptzNow(), null=False)
    device = Varchar(length=120, default="", null=False)
    address = Varchar(length=64, default="", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    seen_at = Timestamptz(default=TimestamptzNow(), null=False)
    expires_at = Timestamptz(default=None, null=False, index=True)


class Link(Table, tablename="account_link"):
    """A single-use link that was mailed to a person."""

    id = BigSerial(primary_key=True)
    token_hash = Bytea(default=None, null=False, unique=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)
    purpose = Varchar(length=20, default=None, null=False, choices=LinkPurpose)
    # The new address of CHANGE_EMAIL: {"email": ..., "email_key": ...}.
    payload = JSONB(default="{}", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    expires_at = Timestamptz(default=None, null=False, index=True)
    used_at = Timestamptz(default=None, null=True)


class RecoveryCode(Table, tablename="recovery_code"):
    """Stands in for the second factor once; only the hash is kept."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)
    code_hash = Bytea(default=None, null=False)
    used_at = Timestamptz(default=None, null=True)


class SeenDevice(Table, tablename="seen_device"):
    """A device at an address from which a person has signed in: another one is told by mail."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade)
    # vault.fingerprint of device and address: enough to know it again, nothing to read.
    fingerprint = Varchar(length=64, default=None, null=False)
    first_seen_at = Timestamptz(default=TimestamptzNow(), null=False)
    last_seen_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)

    seen_device_unique = Unique(["person", "fingerprint"])
