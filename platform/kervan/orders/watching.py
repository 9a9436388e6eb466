"""What staff watch over: shipments that look split, complaints, and open orders of firms that are suspended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.orders.numbers import tidied
from kervan.orders.states import ENDED
from kervan.orders.tables import State
from kervan.trade.errors import N_

LONGEST_NOTE = 1000
SHORTEST_NOTE = 5
MOST_SHOWN = 100

_ROW = """
SELECT o.public_id, o.number, o.state, e.legal_name AS exporter, i.legal_name AS importer, i.country, o.destination,
    o.currency, o.invoice_total, o.total_eur, o.gross_weight_g, o.submitted_at, o.updated_at, o.reason,
    e.verification = 'SUSPENDED' AS exporter_suspended, i.standing = 'SUSPENDED' AS importer_suspended
FROM trade_order o JOIN exporter e ON e.id = o.exporter JOIN importer i ON i.id = o.importer
"""
_SUSPENDED = """
NOT o.state = ANY($1::text[]) AND (e.verification = 'SUSPENDED' OR i.standing = 'SUSPENDED')
"""
# Each order that comes on top flags its forerunners again: the last of such a row says everything.
_NEWEST = """
NOT EXISTS (SELECT FROM split_flag g WHERE g.id > f.id AND g.seen_at IS NOT DISTINCT FROM f.seen_at
    AND g.orders @> f.orders)
"""
_FLAGS = f"""
SELECT f.public_id, f.orders, f.destination, f.gross_weight_g, f.total_eur, f.limit_g, f.limit_eur, f.legal_ref,
    f.created_at, f.seen_at, p.name AS seen_by, f.note, e.legal_name AS exporter, i.legal_name AS importer
FROM split_flag f JOIN exporter e ON e.id = f.exporter JOIN importer i ON i.id = f.importer
LEFT JOIN person p ON p.id = f.seen_by
WHERE (f.seen_at IS NULL) = $1 AND {_NEWEST} ORDER BY f.id DESC LIMIT $2
"""


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list of staff's."""

    public_id: str
    number: str
    state: str
    exporter: str
    importer: str
    country: str
    """Of the importer."""
    destination: str
    currency: str
    invoice_total: Decimal
    total_eur: Decimal
    gross_weight_g: int
    submitted_at: datetime
    updated_at: datetime
    reason: str | None
    exporter_suspended: bool
    importer_suspended: bool


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """Orders of the same two firms that together pass the law's limit of one shipment; weights in grams."""

    public_id: str
    destination: str
    gross_weight_g: int
    total_eur: Decimal
    limit_g: int
    limit_eur: Decimal
    legal_ref: str
    created_at: datetime
    seen_at: datetime | None
    seen_by: str | None
    note: str | None
    exporter: str
    importer: str
    orders: tuple[Watched, ...]


async def work() -> int:
    """How much waits for staff: flags that nobody has looked at, and complaints."""
    found: int = await fetchval(
        f"""SELECT (SELECT count(*) FROM split_flag f WHERE f.seen_at IS NULL AND {_NEWEST})
            + (SELECT count(*) FROM trade_order WHERE state = 'DISPUTED')"""
    )
    return found


async def flags(*, seen: bool) -> Sequence[Flag]:
    """The flags that were looked at, or those that were not, the newest first, with their orders."""
    rows = await fetch(_FLAGS, not seen, MOST_SHOWN)
    ids = sorted({order for row in rows for order in row["orders"]})
    orders = {
        row["id"]: _watched(row)
        for row in await fetch(_ROW.replace("SELECT", "SELECT o.id,", 1) + "WHERE o.id = ANY($1::bigint[])", ids)
    }  # fmt: skip
    return [
        Flag(
            **{name: row[name] for name in Flag.__struct_fields__ if name != "orders"},
            orders=tuple(orders[order] for order in row["orders"] if order in orders),
        )
        for row in rows
    ]


def _watched(row: Mapping[str, Any]) -> Watched:
    return Watched(**{name: row[name] for name in Watched.__struct_fields__})


async def flag_counts() -> tuple[int, int]:
    """How many flags wait, and how many were looked at."""
    row = (await fetch(f"SELECT count(*) AS n, count(f.seen_at) AS seen FROM split_flag f WHERE {_NEWEST}"))[
        0
    ]
    return row["n"] - row["seen"], row["seen"]


async def disputes() -> Sequence[Watched]:
    """The orders about which an importer complains, the oldest complaint first."""
    rows = await fetch(
        f"{_ROW} WHERE o.state = $1 ORDER BY o.updated_at LIMIT $2", State.DISPUTED, MOST_SHOWN
    )
    return [_watched(row) for row in rows]


async def of_suspended() -> Sequence[Watched]:
    """Open orders of which one of the two firms is suspended: they go on, and staff watch (domain 4.7, 11)."""
    rows = await fetch(f"{_ROW} WHERE {_SUSPENDED} ORDER BY o.updated_at LIMIT $2", list(ENDED), MOST_SHOWN)
    return [_watched(row) for row in rows]


async def by_number(text: str) -> Sequence[Watched]:
    """The orders whose number holds what was typed, however it was typed; at most twenty."""
    number = tidied(text).strip("-")
    if len(number) < 4:
        return []
    rows = await fetch(f"{_ROW} WHERE strpos(o.number, $1) > 0 ORDER BY o.id DESC LIMIT 20", number)
    return [_watched(row) for row in rows]


async def note_seen(caller: Caller, flag: str, note: str) -> None:
    """Notes that staff looked at a flag and at those that it holds whole, and what they found.

    Raises Invalid without a note, NotFound, and Conflict when a colleague did it already.
    """
    note = note.strip()
    if len(note) < SHORTEST_NOTE:
        raise Invalid(fields={"note": Invalid(N_("Say in a few words what you found."))})
    if len(note) > LONGEST_NOTE:
        raise Invalid(fields={"note": Invalid(N_("At most {n} characters."), n=LONGEST_NOTE)})
    async with transaction() as tx:
        conn = tx.connection
        known = await conn.fetchrow("SELECT seen_at FROM split_flag WHERE public_id = $1 FOR UPDATE", flag)
        if known is None:
            raise NotFound()
        if known["seen_at"] is not None:
            raise Conflict(N_("A colleague has looked at this in the meantime."))
        await conn.execute(
            """UPDATE split_flag SET seen_at = now(), seen_by = $2, note = $3
            WHERE seen_at IS NULL AND orders <@ (SELECT orders FROM split_flag WHERE public_id = $1)""",
            flag,
            caller.person,
            note,
        )
        await audit.record(caller.actor, "order.split_seen", "split_flag", flag, reason=note)
