"""The table of imports that were begun in the browser."""

from enum import StrEnum

from piccolo.columns import JSONB, BigSerial, Boolean, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.exporters.tables import Exporter


class JobState(StrEnum):
    """How far an import is: the file is here, waits for the worker, is worked on, was checked, or is over."""

    UPLOADED = "UPLOADED"
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    CHECKED = "CHECKED"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ImportJob(Table, tablename="import_job"):
    """One file of products. It is read twice: checked first, then saved when its owner says so."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.cascade, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    # Who the audit trail names.
    actor = Varchar(length=60, default=None, null=False)
    # Of the sentences in the report.
    language = Varchar(length=3, default=None, null=False)
    state = Varchar(length=12, default=JobState.UPLOADED, null=False, choices=JobState, index=True)
    # False while it is only checked.
    saves = Boolean(default=False, null=False)
    file_name = Varchar(length=120, default=None, null=False)
    size = Integer(default=None, null=False)
    # Under the uploads folder; NULL once the import is over.
    path = Varchar(length=200, default=None, null=True)
    errors_path = Varchar(length=200, default=None, null=True)
    # Names of the columns, and the first rows by column: what the mapping page shows.
    header = JSONB(default="[]", null=False)
    sample = JSONB(default="[]", null=False)
    # products.importing.mapping.Mapping as it was chosen.
    mapping = JSONB(default="{}", null=False)
    # New products are published at once.
    publishes = Boolean(default=False, null=False)
    # Raised by every worker that takes the job: who holds an older number writes nothing any more.
    claim = Integer(default=0, null=False)
    heartbeat_at = Timestamptz(default=None, null=True)
    # Of the file, in thousandths.
    share = Integer(default=0, null=False)
    rows = Integer(default=0, null=False)
    cancel_asked = Boolean(default=False, null=False)
    # products.importing.report.Report of the last reading.
    report = JSONB(default=None, null=True)
    failure = Text(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    finished_at = Timestamptz(default=None, null=True)
