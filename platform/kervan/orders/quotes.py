"""An order made of an accepted quote: its prices are the quote's, everything else is the inventory's and the law's."""

from decimal import Decimal
from hashlib import sha256

import msgspec
from asyncpg import Connection, Record

from kervan.accounts.callers import Caller
from kervan.errors import Conflict, Invalid
from kervan.orders import moves, parties, pricing, rules, service
from kervan.orders.judging import Buyer, Judged, judge_goods
from kervan.orders.storing import Head, Stored
from kervan.orders.structs import Delivery, PricedLine
from kervan.orders.tables import Side
from kervan.trade import law
from kervan.trade.errors import N_
from kervan.trade.own_limits import OwnLimits

_QUOTE = """
SELECT q.id, q.public_id, q.exporter, r.id AS revision, r.currency, r.incoterm, r.place, r.lead_days, r.payment_terms,
    r.note, r.charges, coalesce(r.destination, i.destination) AS destination, i.importer, i.delivery, i.purpose
FROM quote q JOIN quote_revision r ON r.quote = q.id AND r.revision = q.revision
JOIN inquiry i ON i.id = q.inquiry WHERE q.id = $1
"""
_LINES = """
SELECT l.number, l.quantity, l.unit, l.unit_price, l.amount, l.name, p.public_id AS product
FROM quote_line l LEFT JOIN product p ON p.id = l.product WHERE l.revision = $1 ORDER BY l.number
"""


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """The goods of a quote as an order would have them; `why_not` is a msgid when they cannot be one at all."""

    lines: tuple[PricedLine, ...]
    excluded: tuple[str, ...]
    charges: dict[str, Decimal]
    currency: str
    why_not: str | None


async def goods_of(conn: Connection, quote_id: int, language: str) -> Quoted:
    """What an accepted quote would order. Goods in words, or that are not listed any more, make it a deal instead."""
    quote = await conn.fetchrow(_QUOTE, quote_id)
    charges = {kind: Decimal(text) for kind, text in msgspec.json.decode(quote["charges"]).items()}
    rows = await conn.fetch(_LINES, quote["revision"])
    listed = {
        row["public_id"]: row
        for row in await conn.fetch(pricing.PRODUCTS, [row["product"] for row in rows if row["product"]])
    }
    lines: list[PricedLine] = []
    excluded: list[str] = []
    for row in rows:
        product = listed.get(row["product"])
        if product is None:
            return _nothing(charges, quote["currency"], N_("Some of the goods are described in words only."))
        if product["exporter"] != quote["exporter"] or product["state"] != "PUBLISHED":
            return _nothing(charges, quote["currency"], N_("Some of the goods are no longer offered."))
        if product["unit"] != row["unit"]:
            return _nothing(charges, quote["currency"], N_("Some of the goods are quoted in another unit."))
        line = pricing.priced(product, row["quantity"], row["unit_price"], quote["currency"], language)
        lines.append(line)
        if not product["micro_export_ok"]:
            excluded.append(line.name)
    if len({line.product for line in lines}) != len(lines):
        return _nothing(charges, quote["currency"], N_("One product comes twice. Put it in one line."))
    return Quoted(
        lines=tuple(lines),
        excluded=tuple(excluded),
        charges=charges,
        currency=quote["currency"],
        why_not=None,
    )


def _nothing(charges: dict[str, Decimal], currency: str, why_not: str) -> Quoted:
    return Quoted(lines=(), excluded=(), charges=charges, currency=currency, why_not=why_not)


def verdict_of(quoted: Quoted, destination: str, buyer: Buyer, own: OwnLimits) -> Judged:
    """What the law of today says of a quote's goods. ValueError for goods that cannot be an order at all."""
    if quoted.why_not is not None:
        raise ValueError(quoted.why_not)
    return judge_goods(
        quoted.lines,
        quoted.charges,
        quoted.currency,
        destination=destination,
        buyer=buyer,
        own=own,
        on=law.day_of(service.now()),
        excluded=quoted.excluded,
    )


async def order_of(conn: Connection, caller: Caller, quote_id: int, delivery: Delivery, key: str) -> Stored:
    """Makes the order of a quote that was just accepted, in the open transaction. It is accepted at once: these are the
    exporter's own terms.

    Raises Refused when the law, the platform or the exporter do not allow it, Conflict for goods that cannot be
    an order, Invalid for a delivery address that says too little.
    """
    quote: Record = await conn.fetchrow(_QUOTE, quote_id)
    quoted = await goods_of(conn, quote_id, caller.language)
    if quoted.why_not is not None:
        raise Conflict(quoted.why_not)
    if wrong := rules.check_delivery(delivery):
        raise Invalid(fields=wrong)
    stored = await service.place(
        conn,
        caller,
        await parties.seller(conn, quote["exporter"]),
        Head(
            exporter=quote["exporter"],
            buyer=await parties.buyer(conn, quote["importer"]),
            destination=quote["destination"],
            delivery=delivery,
            incoterm=quote["incoterm"],
            place=quote["place"],
            payment_terms=quote["payment_terms"],
            note="",
            lead_days=quote["lead_days"],
            key=key,
            body_hash=sha256(quote["public_id"].encode()).digest(),
            quote=quote_id,
        ),
        quoted.lines,
        quoted.charges,
        quoted.currency,
        purpose=quote["purpose"],
        excluded=quoted.excluded,
        quiet=True,
    )
    await moves.move(conn, stored.id, "accept", side=Side.SYSTEM, version=None)
    return stored
