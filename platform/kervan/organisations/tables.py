"""Tables of organisations: firms, posts, associations and the Ministry; who belongs to them with which role."""

from enum import StrEnum

from piccolo.columns import Array, BigSerial, Bytea, Date, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table

from kervan.accounts.tables import Person


class Kind(StrEnum):
    """What an organisation is on the platform."""

    EXPORTER = "EXPORTER"
    IMPORTER = "IMPORTER"
    POST = "POST"
    ASSOCIATION = "ASSOCIATION"
    MINISTRY = "MINISTRY"


class Role(StrEnum):
    """What a person does in an organisation; organisations.roles says which kind has which and what each may."""

    OWNER = "OWNER"
    EDITOR = "EDITOR"
    ORDER_DESK = "ORDER_DESK"
    BUYER = "BUYER"
    VIEWER = "VIEWER"
    COUNSELLOR = "COUNSELLOR"
    ATTACHE = "ATTACHE"
    STAFF = "STAFF"
    ADMIN = "ADMIN"


class Organisation(Table, tablename="organisation"):
    """A party of the platform. Exporters and importers have a row of their own beside it."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    kind = Varchar(length=12, default=None, null=False, choices=Kind, index=True)
    name = Varchar(length=200, default=None, null=False)
    # A post's country of duty, an importer's country; TR for the others.
    country = Varchar(length=2, default=None, null=False)
    # An association's short name, as exporters write it (DENİB): its staff see these exporters only.
    association = Varchar(length=40, default=None, null=True, unique=True)
    closed_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    organisation_name_given = Check("name <> ''")
    organisation_association_has_name = Check("kind <> 'ASSOCIATION' OR association IS NOT NULL")


class Membership(Table, tablename="membership"):
    """A person's role in an organisation. A post's has a term; what has ended stays as history.

    One open role a person and organisation: membership_open_unique, a partial index of m0004.
    """

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    role = Varchar(length=12, default=None, null=False, choices=Role)
    valid_from = Date(default=None, null=False)
    # Last day on which the role holds; NULL: until it is ended.
    valid_to = Date(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    membership_term = Check("valid_to IS NULL OR valid_to >= valid_from")


class Invitation(Table, tablename="invitation"):
    """A place in an organisation that was offered by mail; open for 72 hours."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    token_hash = Bytea(default=None, null=False, unique=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    email = Varchar(length=320, default=None, null=False)
    email_key = Varchar(length=320, default=None, null=False)
    role = Varchar(length=12, default=None, null=False, choices=Role)
    valid_from = Date(default=None, null=True)
    valid_to = Date(default=None, null=True)
    invited_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    expires_at = Timestamptz(default=None, null=False)
    accepted_at = Timestamptz(default=None, null=True)
    withdrawn_at = Timestamptz(default=None, null=True)


class ApiKey(Table, tablename="api_key"):
    """A key with which an organisation's programs write to /api/v1; only its hash is kept."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    key_hash = Bytea(default=None, null=False, unique=True)
    # The first letters, so that its owner knows it again.
    begins = Varchar(length=12, default=None, null=False)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    name = Varchar(length=80, default=None, null=False)
    scopes = Array(base_column=Varchar(length=40), default=list, null=False)
    created_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    expires_at = Timestamptz(default=None, null=False)
    last_used_at = Timestamptz(default=None, null=True)
    revoked_at = Timestamptz(default=None, null=True)


class RightsProposal(Table, tablename="rights_proposal"):
    """An admin right that one admin wants to give or take; a second one decides (two-person rule)."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    # GIVE or TAKE.
    change = Varchar(length=4, default=None, null=False)
    reason = Varchar(length=1000, default=None, null=False)
    proposed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    proposed_at = Timestamptz(default=TimestamptzNow(), null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict)
    decided_at = Timestamptz(default=None, null=True)
    # APPROVED, REFUSED or LAPSED.
    outcome = Varchar(length=8, default=None, null=True)

    rights_proposal_change = Check("change IN ('GIVE', 'TAKE')")
    rights_proposal_two_people = Check(
        "decided_by IS NULL OR outcome <> 'APPROVED' OR decided_by <> proposed_by"
    )
    rights_proposal_reason_given = Check("reason <> ''")


class Task(Table, tablename="task"):
    """Open work of a post, an association or the Ministry: who has it, so that it can be handed over.

    One open task a subject: task_open_unique, a partial index of m0004.
    """

    id = BigSerial(primary_key=True)
    kind = Varchar(length=24, default=None, null=False)
    # What it is about: an exporter's, importer's or claim's id by `kind`.
    about = Varchar(length=20, default=None, null=False)
    organisation = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=True)
    assigned_to = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    assigned_at = Timestamptz(default=None, null=True)
    opened_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)
    due_at = Timestamptz(default=None, null=True)
    done_at = Timestamptz(default=None, null=True)
