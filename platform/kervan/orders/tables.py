"""Tables of orders: the cart, the order with its terms, its time line, and how many an exporter has open."""

from decimal import Decimal
from enum import StrEnum

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.column_types import Bytea
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.exporters.tables import Exporter
from kervan.importers.tables import Importer
from kervan.organisations.tables import Organisation
from kervan.products.tables import Product, ProductVersion


class State(StrEnum):
    """Where an order stands; orders.states has the arrows. A cart is what the law's text calls a draft."""

    SUBMITTED = "SUBMITTED"
    COUNTERED = "COUNTERED"
    ACCEPTED = "ACCEPTED"
    PROFORMA_SENT = "PROFORMA_SENT"
    CONFIRMED = "CONFIRMED"
    INVOICED = "INVOICED"
    HANDED_TO_CARRIER = "HANDED_TO_CARRIER"
    ETGB_REGISTERED = "ETGB_REGISTERED"
    EXPORTED = "EXPORTED"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"
    DISPUTED = "DISPUTED"
    RESOLVED = "RESOLVED"


class Side(StrEnum):
    """Who did something to an order or an inquiry."""

    IMPORTER = "IMPORTER"
    EXPORTER = "EXPORTER"
    CARRIER = "CARRIER"
    STAFF = "STAFF"
    SYSTEM = "SYSTEM"


class Purpose(StrEnum):
    """What the goods are for; only SALE can leave as a micro-export order (domain 1.7)."""

    SALE = "SALE"
    SAMPLE = "SAMPLE"
    GIFT = "GIFT"
    REPAIR = "REPAIR"
    FAIR = "FAIR"
    RETURN = "RETURN"


class Cart(Table, tablename="cart"):
    """What somebody is about to order from one exporter. Gone when it was sent."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    importer = ForeignKey(Importer, null=False, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.cascade, index=True)
    purpose = Varchar(length=8, default=Purpose.SALE, null=False, choices=Purpose)
    # ISO 3166-1 alpha-2 of where the goods go; the rest of the address is asked at the end.
    destination = Varchar(length=2, default=None, null=True)
    incoterm = Varchar(length=3, default=None, null=True)
    place = Varchar(length=120, default="", null=False)
    # orders.structs.Delivery as JSON: who receives it where.
    delivery = JSONB(default="{}", null=False)
    # {"FREIGHT": "120.00"} in the lines' currency.
    charges = JSONB(default="{}", null=False)
    note = Varchar(length=2000, default="", null=False)
    # Sent with the order, so that a double click or a lost answer makes one order.
    idempotency_key = Varchar(length=64, default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)

    cart_of_person_unique = Unique(["importer", "person", "exporter"])
    cart_destination_abroad = Check("destination <> 'TR'")


class CartLine(Table, tablename="cart_line"):
    """A product in a cart, with the version and the price that the buyer saw last."""

    id = BigSerial(primary_key=True)
    cart = ForeignKey(Cart, null=False, on_delete=OnDelete.cascade)
    product = ForeignKey(Product, null=False, on_delete=OnDelete.cascade, index=True)
    quantity = Integer(default=None, null=False)
    seen_version = Integer(default=None, null=False)
    seen_price = Numeric(digits=(14, 4), default=None, null=True)
    added_at = Timestamptz(default=TimestamptzNow(), null=False)

    cart_line_product_unique = Unique(["cart", "product"])
    cart_line_quantity = Check("quantity >= 1")


class Order(Table, tablename="trade_order"):
    """An order of one importer from one exporter, within the limits of its day.

    What is ordered stands in its terms: `terms` is the revision in force, `offered` one that waits for an answer.
    The figures of the terms in force are repeated here for lists.
    """

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # What people call it: KV26-7H4K-92XQ. Random, so that it does not tell how many there are.
    number = Varchar(length=16, default=None, null=False, unique=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict)
    importer = ForeignKey(Importer, null=False, on_delete=OnDelete.restrict)
    # NULL once the person was erased.
    ordered_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    state = Varchar(length=20, default=None, null=False, choices=State)
    # Raised by every change; who changes must name the one that he saw.
    version = Integer(default=1, null=False)
    route = Varchar(length=8, default="ETGB", null=False)
    sale_type = Varchar(length=8, default="FINAL", null=False)
    purpose = Varchar(length=8, default=Purpose.SALE, null=False, choices=Purpose)
    destination = Varchar(length=2, default=None, null=False)
    # orders.structs.Delivery and the importer as it was, for the papers.
    delivery = JSONB(default=None, null=False)
    terms = Integer(default=1, null=False)
    offered = Integer(default=None, null=True)
    currency = Varchar(length=3, default=None, null=False)
    goods_total = Numeric(digits=(16, 4), default=None, null=False)
    invoice_total = Numeric(digits=(16, 4), default=None, null=False)
    total_eur = Numeric(digits=(16, 4), default=None, null=False)
    gross_weight_g = BigInt(default=None, null=False)
    line_count = Integer(default=None, null=False)
    first_name = Varchar(length=300, default=None, null=False)
    note = Varchar(length=2000, default="", null=False)
    payment_note = Varchar(length=500, default="", null=False)
    # Which quote it came from, if it did.
    quote = BigInt(default=None, null=True, index=True)
    submitted_at = Timestamptz(default=TimestamptzNow(), null=False)
    # The side that is waited for must answer by then (SUBMITTED: the exporter, COUNTERED: the importer).
    answer_by = Timestamptz(default=None, null=True)
    accepted_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    # Why it was declined, cancelled, returned or disputed, and which side did.
    reason = Varchar(length=1000, default=None, null=True)
    reason_by = Varchar(length=8, default=None, null=True, choices=Side)
    idempotency_key = Varchar(length=64, default=None, null=False)
    body_hash = Bytea(default=None, null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)

    order_key_unique = Unique(["importer", "idempotency_key"])
    order_is_micro_export_sale = Check("route <> 'ETGB' OR (sale_type = 'FINAL' AND purpose = 'SALE')")
    order_goes_abroad = Check("destination <> 'TR'")
    order_amounts = Check(
        "goods_total > 0 AND invoice_total >= goods_total AND total_eur > 0 AND gross_weight_g > 0"
    )


class OrderTerms(Table, tablename="order_terms"):
    """One revision of what is ordered: sent by the importer, countered by the exporter. Never changed (trigger)."""

    id = BigSerial(primary_key=True)
    order = ForeignKey(Order, null=False, on_delete=OnDelete.restrict)
    revision = Integer(default=None, null=False)
    side = Varchar(length=8, default=None, null=False, choices=Side)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    incoterm = Varchar(length=3, default=None, null=False)
    place = Varchar(length=120, default=None, null=False)
    lead_days = Integer(default=None, null=True)
    payment_terms = Varchar(length=300, default="", null=False)
    note = Varchar(length=2000, default="", null=False)
    currency = Varchar(length=3, default=None, null=False)
    goods_total = Numeric(digits=(16, 4), default=None, null=False)
    charges_total = Numeric(digits=(16, 4), default=None, null=False)
    discount_total = Numeric(digits=(16, 4), default=Decimal(0), null=False)
    invoice_total = Numeric(digits=(16, 4), default=None, null=False)
    net_weight_g = BigInt(default=None, null=False)
    gross_weight_g = BigInt(default=None, null=False)
    # In EUR by the frozen rate: eur_rate units of the currency for one euro.
    goods_eur = Numeric(digits=(16, 4), default=None, null=False)
    total_eur = Numeric(digits=(16, 4), default=None, null=False)
    eur_rate = Numeric(digits=(18, 8), default=None, null=False)
    rate_date = Date(default=None, null=False)
    rate_source = Varchar(length=120, default=None, null=False)
    # The law's day and the verdict with every rule that it used (trade.verdict as JSON).
    law_on = Date(default=None, null=False)
    verdict = JSONB(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    order_terms_revision_unique = Unique(["order", "revision"])
    order_terms_sums = Check("invoice_total = goods_total + charges_total")


class OrderLine(Table, tablename="order_line"):
    """Goods of one revision of the terms, with everything the papers need frozen in."""

    id = BigSerial(primary_key=True)
    terms = ForeignKey(OrderTerms, null=False, on_delete=OnDelete.restrict)
    number = Integer(default=None, null=False)
    product = ForeignKey(Product, null=False, on_delete=OnDelete.restrict, index=True)
    product_version = ForeignKey(ProductVersion, null=False, on_delete=OnDelete.restrict)
    sku = Varchar(length=64, default=None, null=False)
    gtin = Varchar(length=14, default=None, null=True)
    name_tr = Varchar(length=300, default=None, null=False)
    # In the importer's language, else English.
    name = Varchar(length=300, default=None, null=False)
    gtip = Varchar(length=12, default=None, null=False)
    origin = Varchar(length=2, default=None, null=False)
    quantity = Integer(default=None, null=False)
    unit = Varchar(length=3, default=None, null=False)
    unit_price = Numeric(digits=(14, 4), default=None, null=False)
    discount = Numeric(digits=(16, 4), default=Decimal(0), null=False)
    amount = Numeric(digits=(16, 4), default=None, null=False)
    net_weight_g = BigInt(default=None, null=False)
    gross_weight_g = BigInt(default=None, null=False)
    packages = Integer(default=None, null=True)

    order_line_number_unique = Unique(["terms", "number"])
    order_line_gtip_digits = Check("gtip ~ '^[0-9]{12}$'")
    order_line_origin = Check("origin ~ '^[A-Z]{2}$'")
    order_line_named = Check("name_tr <> ''")
    order_line_figures = Check(
        "quantity >= 1 AND unit_price > 0 AND discount >= 0 AND amount > 0"
        " AND net_weight_g > 0 AND gross_weight_g >= net_weight_g"
    )


class OrderCharge(Table, tablename="order_charge"):
    """What is added to the goods of a revision; customs clearance fees and the like cannot be."""

    id = BigSerial(primary_key=True)
    terms = ForeignKey(OrderTerms, null=False, on_delete=OnDelete.restrict)
    kind = Varchar(length=16, default=None, null=False)
    amount = Numeric(digits=(16, 4), default=None, null=False)

    order_charge_kind_unique = Unique(["terms", "kind"])
    order_charge_kind = Check("kind IN ('FREIGHT', 'INSURANCE', 'BANK_COMMISSION', 'PACKAGING')")
    order_charge_amount = Check("amount > 0")


class OrderEvent(Table, tablename="order_event"):
    """One step of an order's time line, as both sides read it. Append-only (trigger)."""

    id = BigSerial(primary_key=True)
    order = ForeignKey(Order, null=False, on_delete=OnDelete.restrict, index=True)
    at = Timestamptz(default=TimestamptzNow(), null=False)
    side = Varchar(length=8, default=None, null=False, choices=Side)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    # submit, accept, counter, agree, proforma ... : orders.states.ACTIONS, and document, correct, flag.
    action = Varchar(length=24, default=None, null=False)
    before = Varchar(length=20, default=None, null=True)
    after = Varchar(length=20, default=None, null=False)
    reason = Varchar(length=1000, default=None, null=True)
    data = JSONB(default="{}", null=False)


class ExporterLoad(Table, tablename="exporter_load"):
    """How many orders an exporter has open and got today: raised by a conditional UPDATE, so never passed.

    The ceilings are those of the moment of the last order; lowering one does not touch open orders.
    """

    exporter = ForeignKey(Exporter, primary_key=True, on_delete=OnDelete.restrict)
    open_orders = Integer(default=0, null=False)
    open_ceiling = Integer(default=None, null=False)
    # Calendar day in Türkiye.
    day = Date(default=None, null=False)
    day_orders = Integer(default=0, null=False)
    day_ceiling = Integer(default=None, null=False)

    exporter_load_open = Check("open_orders >= 0 AND open_orders <= open_ceiling")
    exporter_load_day = Check("day_orders >= 0 AND day_orders <= day_ceiling")


class SplitFlag(Table, tablename="split_flag"):
    """Orders between the same two firms to the same country within some days that together pass the law's limit.

    Not refused, the limit is per shipment (domain 4.7, 10): staff look at it.
    """

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # The order that passed the limit, and all that count.
    order = ForeignKey(Order, null=False, on_delete=OnDelete.restrict, unique=True)
    orders = Array(base_column=BigInt(), default=list, null=False)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict, index=True)
    importer = ForeignKey(Importer, null=False, on_delete=OnDelete.restrict)
    destination = Varchar(length=2, default=None, null=False)
    gross_weight_g = BigInt(default=None, null=False)
    total_eur = Numeric(digits=(16, 4), default=None, null=False)
    limit_g = BigInt(default=None, null=False)
    limit_eur = Numeric(digits=(16, 4), default=None, null=False)
    legal_ref = Varchar(length=300, default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    seen_at = Timestamptz(default=None, null=True)
    seen_by = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    note = Text(default=None, null=True)


class IdempotencyKey(Table, tablename="idempotency_key"):
    """The first answer to a request that may come twice: same key, same body, same answer."""

    id = BigSerial(primary_key=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.cascade)
    key = Varchar(length=64, default=None, null=False)
    # Which request: "POST /orders".
    what = Varchar(length=80, default=None, null=False)
    body_hash = Bytea(default=None, null=False)
    answer = JSONB(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)

    idempotency_key_unique = Unique(["organisation", "key"])
