"""Tables of issued documents: every version with its content, its files and their hashes."""

from enum import StrEnum

from piccolo.columns import JSONB, BigSerial, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.column_types import Bytea
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.documents.structs import Kind
from kervan.exporters.tables import Exporter
from kervan.orders.tables import Order


class DocumentState(StrEnum):
    """Whether an issued document still counts."""

    ISSUED = "ISSUED"
    SUPERSEDED = "SUPERSEDED"
    VOID = "VOID"
    """Its order was cancelled or returned."""


class Document(Table, tablename="document"):
    """One issued version of a document. Only its state ever changes (trigger)."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    order = ForeignKey(Order, null=False, on_delete=OnDelete.restrict)
    kind = Varchar(length=12, default=None, null=False, choices=Kind)
    version = Integer(default=None, null=False)
    number = Varchar(length=24, default=None, null=False)
    state = Varchar(length=10, default=DocumentState.ISSUED, null=False, choices=DocumentState)
    # Revision of the order's terms that it says.
    terms = Integer(default=None, null=False)
    # Verification code: 20 letters and digits.
    code = Varchar(length=24, default=None, null=False, unique=True)
    # documents.structs.Paper as JSON: what was printed, for ever; a sole trader's TCKN is sealed in it.
    paper = JSONB(default=None, null=False)
    issued_at = Timestamptz(default=TimestamptzNow(), null=False)
    issued_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    superseded_at = Timestamptz(default=None, null=True)
    reason = Varchar(length=500, default=None, null=True)

    document_version_unique = Unique(["order", "kind", "version"])
    document_code_long = Check("length(code) >= 16")


class DocumentFile(Table, tablename="document_file"):
    """A file of a document: its print in one language, or the invoice's XML. Never changed (trigger)."""

    id = BigSerial(primary_key=True)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict)
    # pdf or xml
    format = Varchar(length=4, default=None, null=False)
    # tr, en ...; '' for XML
    language = Varchar(length=3, default="", null=False)
    path = Varchar(length=200, default=None, null=False)
    size = Integer(default=None, null=False)
    sha256 = Bytea(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    document_file_unique = Unique(["document", "format", "language"])


class InvoiceNumber(Table, tablename="invoice_number"):
    """e-Arşiv numbers that an exporter used: three signs, the year, nine digits. None is ever used twice."""

    id = BigSerial(primary_key=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict)
    number = Varchar(length=16, default=None, null=False)
    order = ForeignKey(Order, null=False, on_delete=OnDelete.restrict, index=True)

    invoice_number_unique = Unique(["exporter", "number"])
    invoice_number_shape = Check("number ~ '^[A-Z0-9]{3}20[0-9]{2}[0-9]{9}$'")
