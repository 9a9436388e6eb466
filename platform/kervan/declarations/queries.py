"""Reads of shipments: one for the parties of its order, an exporter's list, those that a carrier is asked about."""

from collections.abc import Sequence
from datetime import date

import msgspec
from asyncpg import Connection, Record

from kervan.db import connection, fetch
from kervan.declarations.shipments import Shipment, ShippedLine, tracking

_SHIPMENT = """
SELECT d.id, d."order" AS order_id, o.public_id AS order, o.number AS order_number, o.state AS order_state,
    o.version AS order_version, o.exporter, i.legal_name AS importer_name, o.destination,
    c.code AS carrier_code, c.name AS carrier_name, c.tracking_url, d.waybill, d.handed_on, d.packages,
    d.gross_weight_g, d.etgb_number, d.registered_on, d.closed_on, d.delivered_on, d.source, d.version
FROM declaration d JOIN trade_order o ON o.id = d."order" JOIN importer i ON i.id = o.importer
JOIN carrier c ON c.id = d.carrier
"""
_LINES = """
SELECT l.number, l.name, l.unit, l.quantity AS ordered, s.quantity
FROM declaration d JOIN trade_order o ON o.id = d."order"
JOIN order_terms t ON t."order" = o.id AND t.revision = o.terms
JOIN order_line l ON l.terms = t.id JOIN shipped_line s ON s.declaration = d.id AND s.number = l.number
WHERE d.id = $1 ORDER BY l.number
"""

# What an exporter's list is narrowed to.
PHASES = ("waiting", "registered", "closed", "delivered")
_PHASE = {
    "waiting": "d.registered_on IS NULL",
    "registered": "d.registered_on IS NOT NULL AND d.closed_on IS NULL",
    "closed": "d.closed_on IS NOT NULL AND d.delivered_on IS NULL",
    "delivered": "d.delivered_on IS NOT NULL",
}
_OPEN = "o.state IN ('HANDED_TO_CARRIER', 'ETGB_REGISTERED', 'EXPORTED')"


class CarrierShown(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier that may make ETGB declarations on a day."""

    id: int
    code: str
    name: str


async def carriers(on: date, code: str | None = None) -> Sequence[CarrierShown]:
    """The carriers that are authorised on a day, by name; or the one with this code."""
    rows = await fetch(
        """SELECT id, code, name FROM carrier
        WHERE coalesce(valid_from <= $1, true) AND coalesce(valid_to >= $1, true) AND ($2::text IS NULL OR code = $2)
        ORDER BY name, valid_from DESC NULLS LAST""",
        on,
        code,
    )
    found: dict[str, CarrierShown] = {}
    for row in rows:
        found.setdefault(row["code"], CarrierShown(**dict(row)))
    return list(found.values())


async def carrier_codes() -> Sequence[tuple[str, str]]:
    """Code and name of every carrier that parcels were ever handed to, by name."""
    rows = await fetch(
        "SELECT DISTINCT c.code, c.name FROM carrier c JOIN declaration d ON d.carrier = c.id ORDER BY c.name"
    )
    return [(row["code"], row["name"]) for row in rows]


async def of_order(order_id: int) -> Shipment | None:
    """An order's shipment with its lines; None before the hand-over."""
    rows = await fetch(f'{_SHIPMENT} WHERE d."order" = $1', order_id)
    if not rows:
        return None
    lines = await fetch(_LINES, rows[0]["id"])
    return _shipment(rows[0], tuple(ShippedLine(**dict(line)) for line in lines))


async def locked(conn: Connection, order_id: int) -> Shipment | None:
    """An order's shipment without its lines, its rows locked to the end of the open transaction."""
    row = await conn.fetchrow(f'{_SHIPMENT} WHERE d."order" = $1 FOR UPDATE OF o, d', order_id)
    return _shipment(row) if row else None


async def by_waybill(carrier: str, number: str, exporter: int | None) -> Shipment | None:
    """The newest shipment of a carrier (by code) under a waybill; of one exporter only where one is given."""
    rows = await fetch(
        f"""{_SHIPMENT} WHERE c.code = $1 AND d.waybill = $2 AND ($3::bigint IS NULL OR o.exporter = $3)
        ORDER BY d.id DESC LIMIT 1""",
        carrier,
        number,
        exporter,
    )
    return _shipment(rows[0]) if rows else None


async def of_exporter(
    exporter: int, phase: str = "", q: str = "", page: int = 1, size: int = 50
) -> tuple[list[Shipment], int]:
    """An exporter's shipments, the newest first, and how many there are in all.

    `phase` is one of PHASES or empty; `q` a part of a waybill, an ETGB or an order number.
    """
    where = " AND ".join(
        part for part in ("o.exporter = $1", _PHASE.get(phase), f"({_MATCHES})" if q else None) if part
    )
    asked: list[object] = [exporter, *([_like(q)] if q else [])]
    async with connection() as conn:
        total = await conn.fetchval(
            f'SELECT count(*) FROM declaration d JOIN trade_order o ON o.id = d."order" WHERE {where}', *asked
        )
        rows = await conn.fetch(
            f"{_SHIPMENT} WHERE {where} ORDER BY d.handed_on DESC, d.id DESC"
            f" LIMIT {int(size)} OFFSET {(int(page) - 1) * int(size)}",
            *asked,
        )
    return [_shipment(row) for row in rows], total


_MATCHES = "d.waybill LIKE $2 OR d.etgb_number LIKE $2 OR o.number LIKE $2"


def _like(text: str) -> str:
    escaped = text.strip().upper()  # ascii: all three hold nothing else
    for sign in ("\\", "%", "_"):
        escaped = escaped.replace(sign, f"\\{sign}")
    return f"%{escaped}%"


async def under_way(limit: int) -> list[Shipment]:
    """Shipments of which the carrier has something left to say, those first that were asked about longest ago."""
    rows = await fetch(f"{_SHIPMENT} WHERE {_OPEN} ORDER BY d.updated_at, d.id LIMIT $1", limit)
    return [_shipment(row) for row in rows]


def _shipment(row: Record, lines: tuple[ShippedLine, ...] = ()) -> Shipment:
    values = dict(row)
    found = tracking(values.pop("tracking_url"), row["waybill"])
    return Shipment(**values, tracking=found, lines=lines)
