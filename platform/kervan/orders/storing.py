"""Writing an order's rows: the order itself, its terms with lines and charges, the first step of its time line."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from asyncpg import Connection

from kervan.accounts.callers import Caller
from kervan.ids import new_public_id
from kervan.orders.judging import Buyer, Judged
from kervan.orders.numbers import new_number
from kervan.orders.structs import Delivery, PricedLine
from kervan.orders.tables import Side, State

_ORDER = """
INSERT INTO trade_order (public_id, number, exporter, importer, ordered_by, state, destination, delivery, currency,
    goods_total, invoice_total, total_eur, gross_weight_g, line_count, first_name, note, quote, submitted_at, answer_by,
    idempotency_key, body_hash, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $18)
RETURNING id
"""
_TERMS = """
INSERT INTO order_terms ("order", revision, side, person, incoterm, place, lead_days, payment_terms, note, currency,
    goods_total, charges_total, discount_total, invoice_total, net_weight_g, gross_weight_g, goods_eur, total_eur,
    eur_rate, rate_date, rate_source, law_on, verdict)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
RETURNING id
"""
_LINES = """
INSERT INTO order_line (terms, number, product, product_version, sku, gtin, name_tr, name, gtip, origin, quantity, unit,
    unit_price, discount, amount, net_weight_g, gross_weight_g, packages)
SELECT $1, l.number, l.product, l.version, l.sku, l.gtin, l.name_tr, l.name, l.gtip, l.origin, l.quantity, l.unit,
    l.unit_price, l.discount, l.amount, l.net_g, l.gross_g, l.packages
FROM unnest($2::int[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::int[], $12::text[], $13::numeric[], $14::numeric[], $15::numeric[], $16::bigint[], $17::bigint[],
    $18::int[]) AS l (number, product, version, sku, gtin, name_tr, name, gtip, origin, quantity, unit, unit_price,
    discount, amount, net_g, gross_g, packages)
"""
_CHARGES = """
INSERT INTO order_charge (terms, kind, amount) SELECT $1, c.kind, c.amount
FROM unnest($2::text[], $3::numeric[]) AS c (kind, amount)
"""
_FIELDS = (
    "product_id", "version_id", "sku", "gtin", "name_tr", "name", "gtip", "origin", "quantity", "unit", "unit_price",
    "discount", "amount", "net_g", "gross_g", "packages",
)  # fmt: skip


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What an order has beside its goods."""

    exporter: int
    buyer: Buyer
    destination: str
    delivery: Delivery
    incoterm: str
    place: str
    payment_terms: str
    note: str
    lead_days: int | None
    key: str
    body_hash: bytes
    quote: int | None = None


class Stored(msgspec.Struct, frozen=True):
    """Where an order was written."""

    id: int
    public_id: str
    number: str


async def order(
    conn: Connection,
    caller: Caller,
    head: Head,
    lines: Sequence[PricedLine],
    charges: Mapping[str, Decimal],
    currency: str,
    judged: Judged,
    at: datetime,
    answer_by: datetime | None,
) -> Stored:
    """Writes a new order that was allowed; the first revision of its terms is the importer's."""
    public_id, number = new_public_id(), new_number("KV", at)
    order_id = await conn.fetchval(
        _ORDER,
        public_id,
        number,
        head.exporter,
        head.buyer.id,
        caller.person,
        State.SUBMITTED,
        head.destination,
        msgspec.json.encode(head.delivery).decode(),
        currency,
        judged.goods_total,
        judged.total,
        judged.total_eur,
        judged.gross_g,
        len(lines),
        lines[0].name,
        head.note,
        head.quote,
        at,
        answer_by,
        head.key,
        head.body_hash,
    )
    await terms(
        conn,
        order_id,
        1,
        Side.IMPORTER,
        caller.person,
        lines,
        charges,
        currency,
        judged,
        incoterm=head.incoterm,
        place=head.place,
        lead_days=head.lead_days,
        payment_terms=head.payment_terms,
        note=head.note,
    )
    return Stored(order_id, public_id, number)


async def terms(
    conn: Connection,
    order_id: int,
    revision: int,
    side: Side,
    person: int | None,
    lines: Sequence[PricedLine],
    charges: Mapping[str, Decimal],
    currency: str,
    judged: Judged,
    *,
    incoterm: str,
    place: str,
    lead_days: int | None,
    payment_terms: str,
    note: str,
) -> None:
    """Writes one revision of an order's terms. `judged` must have its rate: what is refused is never stored."""
    if judged.fx is None or judged.goods_eur is None or judged.total_eur is None:
        raise ValueError("terms are stored with the rate by which they were judged")
    terms_id = await conn.fetchval(
        _TERMS,
        order_id,
        revision,
        side,
        person,
        incoterm,
        place,
        lead_days,
        payment_terms,
        note,
        currency,
        judged.goods_total,
        judged.charges_total,
        sum((line.discount for line in lines), Decimal(0)),
        judged.total,
        judged.net_g,
        judged.gross_g,
        judged.goods_eur,
        judged.total_eur,
        judged.fx.eur_rate,
        judged.fx.date,
        judged.fx.source,
        judged.on,
        msgspec.json.encode({"tier": judged.tier} | msgspec.to_builtins(judged.verdict)).decode(),
    )
    await conn.execute(
        _LINES,
        terms_id,
        list(range(1, len(lines) + 1)),
        *([getattr(line, field) for line in lines] for field in _FIELDS),
    )
    if charges:
        await conn.execute(_CHARGES, terms_id, list(charges), list(charges.values()))
