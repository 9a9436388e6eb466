"""Steps of an order that leave its state as it is: a document more, a number corrected. Both read them."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan.accounts.callers import Caller
from kervan.errors import Conflict
from kervan.orders import moves
from kervan.orders.tables import Side, State
from kervan.trade.errors import N_

_TOUCH = """
UPDATE trade_order SET version = version + 1, updated_at = now() WHERE id = $1 AND version = $2 AND state = $3
RETURNING version
"""
_EVENT = """
INSERT INTO order_event ("order", side, person, action, before, after, reason, data)
VALUES ($1, $2, $3, $4, $5, $5, $6, $7)
"""


async def note(
    conn: Connection,
    order_id: int,
    action: str,
    *,
    states: Collection[State],
    version: int,
    side: Side,
    caller: Caller,
    data: Mapping[str, Any],
    reason: str | None = None,
) -> Record:
    """Writes a line of the time line in the open transaction and raises the order's version, so that whoever decides
    about it has seen this. Returns the order's row as it was.

    `action` is document or correct. Raises Conflict in other states, and when somebody was faster than `version`.
    """
    row = await moves.row_of(conn, order_id)
    if State(row["state"]) not in states:
        raise Conflict(N_("This cannot be done with an order in this state."))
    if row["version"] != version or await conn.fetchval(_TOUCH, order_id, version, row["state"]) is None:
        raise Conflict(N_("This order was changed in the meantime. Look at it again."))
    await conn.execute(
        _EVENT,
        order_id,
        side,
        caller.person,
        action,
        row["state"],
        reason,
        msgspec.json.encode(data).decode(),
    )
    return row
