"""Tables of the way out: the hand-over to a carrier with its declaration, and the steps of the VAT refund."""

from piccolo.columns import BigInt, BigSerial, Date, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.orders.tables import Order
from kervan.policies.tables import Carrier


class Declaration(Table, tablename="declaration"):
    """One order's shipment: who carries it, and the customs declaration (ETGB) that the carrier made."""

    id = BigSerial(primary_key=True)
    order = ForeignKey(Order, null=False, on_delete=OnDelete.restrict, unique=True)
    carrier = ForeignKey(Carrier, null=False, on_delete=OnDelete.restrict, index=True)
    waybill = Varchar(length=40, default=None, null=False)
    handed_on = Date(default=None, null=False)
    packages = Integer(default=None, null=False)
    gross_weight_g = BigInt(default=None, null=False)
    # Number of the declaration, day of registration and of closing (intaç).
    etgb_number = Varchar(length=40, default=None, null=True)
    registered_on = Date(default=None, null=True)
    closed_on = Date(default=None, null=True)
    delivered_on = Date(default=None, null=True)
    # TYPED by the exporter, CSV or API of the carrier: who said it last.
    source = Varchar(length=6, default="TYPED", null=False)
    version = Integer(default=1, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)

    declaration_waybill_unique = Unique(["carrier", "waybill"])
    declaration_source = Check("source IN ('TYPED', 'CSV', 'API')")
    declaration_figures = Check("packages >= 1 AND gross_weight_g > 0")
    declaration_days = Check(
        "(registered_on IS NULL OR etgb_number IS NOT NULL) AND (registered_on IS NULL OR registered_on >= handed_on)"
        " AND (closed_on IS NULL OR (registered_on IS NOT NULL AND closed_on >= registered_on))"
    )


class ShippedLine(Table, tablename="shipped_line"):
    """How much of an order's line was handed over; never more than was ordered."""

    id = BigSerial(primary_key=True)
    declaration = ForeignKey(Declaration, null=False, on_delete=OnDelete.restrict)
    number = Integer(default=None, null=False)
    quantity = Integer(default=None, null=False)

    shipped_line_unique = Unique(["declaration", "number"])
    shipped_line_quantity = Check("quantity >= 0")


class VatStep(Table, tablename="vat_step"):
    """A step of the VAT refund's checklist that an exporter ticked off (domain 1.7, S2:47)."""

    id = BigSerial(primary_key=True)
    order = ForeignKey(Order, null=False, on_delete=OnDelete.restrict)
    # declarations.vat.STEPS
    step = Varchar(length=20, default=None, null=False)
    done_on = Date(default=None, null=False)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    vat_step_unique = Unique(["order", "step"])
