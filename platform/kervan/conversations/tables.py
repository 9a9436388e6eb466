"""Tables of messages and their attachments."""

from piccolo.columns import BigInt, BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.column_types import Bytea
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.organisations.tables import Organisation


class Message(Table, tablename="message"):
    """What one side wrote; never changed. `about` and `subject` name the order or the inquiry's recipient."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # ORDER: trade_order.id, INQUIRY: inquiry_recipient.id, RFQ: inquiry.id (what goes to every recipient).
    about = Varchar(length=8, default=None, null=False)
    subject = BigInt(default=None, null=False)
    side = Varchar(length=8, default=None, null=False)
    # NULL once the person was erased; the firm stays.
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    text = Text(default="", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    # When the other side opened the conversation after it came.
    read_at = Timestamptz(default=None, null=True)

    message_about = Check("about IN ('ORDER', 'INQUIRY', 'RFQ')")
    message_side = Check("side IN ('IMPORTER', 'EXPORTER', 'STAFF')")


class Attachment(Table, tablename="attachment"):
    """A file of a message: PDF, JPG or PNG by what it is, not by what it is called."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    message = ForeignKey(Message, null=False, on_delete=OnDelete.restrict, index=True)
    name = Varchar(length=200, default=None, null=False)
    content_type = Varchar(length=60, default=None, null=False)
    path = Varchar(length=200, default=None, null=False)
    size = Integer(default=None, null=False)
    sha256 = Bytea(default=None, null=False)
