"""Table of the bell: one line for one person about one thing that happened."""

from piccolo.columns import JSONB, BigSerial, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.organisations.tables import Organisation


class Notification(Table, tablename="notification"):
    """Something that a person hears of inside the platform, until it is read and forgotten."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # Unread ones of a person: a partial index, with the raw guards.
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade)
    # For whom the person heard of it; NULL when it concerns the person alone.
    organisation = ForeignKey(Organisation, default=None, null=True, on_delete=OnDelete.cascade, index=True)
    kind = Varchar(length=40, default=None, null=False)
    # What the sentence of the kind names; the sentence itself is made in the reader's language.
    data = JSONB(default="{}", null=False)
    # Where it leads, without language.
    path = Varchar(length=300, default=None, null=False)
    # What caused it: a handler that runs twice tells once.
    source = Varchar(length=80, default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)
    read_at = Timestamptz(default=None, null=True)

    notification_once = Unique(["person", "source"])
    notification_kind_given = Check("kind <> ''")
    notification_source_given = Check("source <> ''")
    notification_path_is_ours = Check("path LIKE '/%' AND path NOT LIKE '//%'")
