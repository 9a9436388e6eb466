"""One step of an order: the only place where its state changes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import audit, reasons
from kervan.accounts.callers import Caller
from kervan.errors import Conflict, NotFound
from kervan.orders import deadlines, letters, load
from kervan.orders.states import ENDED, check
from kervan.orders.tables import Side, State
from kervan.outbox import publish
from kervan.trade.errors import N_
from kervan.webhooks import service as webhooks

# What is too late once the clock has run out, also in the minutes before the worker ends the order.
_ANSWERS = ("accept", "counter", "agree")

_ROW = """
SELECT o.id, o.public_id, o.number, o.state, o.version, o.exporter, o.importer, o.answer_by, o.terms, o.offered,
    o.currency, o.invoice_total, o.total_eur, o.gross_weight_g, o.destination,
    e.organisation AS exporter_organisation, e.legal_name AS exporter_name,
    i.organisation AS importer_organisation, i.legal_name AS importer_name
FROM trade_order o JOIN exporter e ON e.id = o.exporter JOIN importer i ON i.id = o.importer WHERE o.id = $1
"""

_MOVE = """
UPDATE trade_order SET state = $4::varchar, version = version + 1, updated_at = $9, answer_by = $5,
    accepted_at = CASE WHEN $4::varchar = 'ACCEPTED' THEN coalesce(accepted_at, $9) ELSE accepted_at END,
    ended_at = CASE WHEN $6 THEN $9 END,
    reason = coalesce($7::varchar, reason), reason_by = CASE WHEN $7::varchar IS NULL THEN reason_by ELSE $8 END
WHERE id = $1 AND version = $2 AND state = $3 RETURNING version
"""

_EVENT = """
INSERT INTO order_event ("order", side, person, action, before, after, reason, data, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

# What the other side's programs and people are told of; the rest is between the platform and itself.
_EVENT_NAMES: Mapping[State, str] = {
    State.SUBMITTED: "order.submitted",
    State.COUNTERED: "order.countered",
    State.ACCEPTED: "order.accepted",
    State.PROFORMA_SENT: "order.proforma_sent",
    State.CONFIRMED: "order.confirmed",
    State.INVOICED: "order.invoiced",
    State.HANDED_TO_CARRIER: "order.handed_to_carrier",
    State.ETGB_REGISTERED: "order.etgb_registered",
    State.EXPORTED: "order.exported",
    State.DELIVERED: "order.delivered",
    State.COMPLETED: "order.completed",
    State.DECLINED: "order.declined",
    State.EXPIRED: "order.expired",
    State.WITHDRAWN: "order.withdrawn",
    State.CANCELLED: "order.cancelled",
    State.RETURNED: "order.returned",
    State.DISPUTED: "order.disputed",
    State.RESOLVED: "order.resolved",
}


async def row_of(conn: Connection, order_id: int) -> Record:
    """An order's row with its two firms. Raises NotFound."""
    row = await conn.fetchrow(_ROW, order_id)
    if row is None:
        raise NotFound()
    return row


async def move(
    conn: Connection,
    order_id: int,
    action: str,
    *,
    side: Side,
    version: int | None,
    caller: Caller | None = None,
    reason: str | None = None,
    data: Mapping[str, Any] | None = None,
    quiet: bool = False,
) -> State:
    """Takes a step of an order in the open transaction and returns the state after it.

    `version` is the one that the caller saw (None: whatever it is now, for the system and for programs of carriers).
    Writes the time line and the audit trail, tells the other side by mail and both by webhook, and gives the
    exporter's place back at the end. `quiet` leaves the mails out, where the next step follows at once.

    Raises Conflict for a step that does not lead away from here or when somebody was faster, Invalid without the
    reason that the step needs.
    """
    row = await row_of(conn, order_id)
    if version is not None and row["version"] != version:
        raise Conflict(N_("This order was changed in the meantime. Look at it again."))
    arrow = check(action, row["state"], side)
    asked = arrow.reason and side is not Side.SYSTEM
    reason = reasons.needed(reason or "") if asked else reasons.optional(reason or "")
    now = datetime.now(UTC)
    late = row["answer_by"] is not None and row["answer_by"] < now
    if late and action in _ANSWERS and side in (Side.EXPORTER, Side.IMPORTER):
        raise Conflict(N_("The time to answer this order is over."))
    after = State(arrow.after)
    answer_by = await deadlines.answer_by(conn, row["exporter"], after, now)
    moved = await conn.fetchval(
        _MOVE,
        order_id,
        row["version"],
        row["state"],
        after,
        answer_by,
        after in ENDED,
        reason,
        side,
        now,
    )
    if moved is None:
        raise Conflict(N_("This order was changed in the meantime. Look at it again."))
    await conn.execute(
        _EVENT,
        order_id,
        side,
        caller.person if caller else None,
        action,
        row["state"],
        after,
        reason,
        msgspec.json.encode(data or {}).decode(),
        # The clock of orders.service.place, not the transaction's: steps of one order stand in their order.
        now,
    )
    actor = caller.actor if caller else f"system:orders.{action}"
    await audit.record(
        actor, f"order.{action}", "order", row["public_id"],
        {"state": row["state"], "version": row["version"]}, {"state": after, "version": moved, **(data or {})}, reason,
    )  # fmt: skip
    if after in ENDED:
        await load.give_back(conn, row["exporter"])
    if after in (State.CANCELLED, State.RETURNED):
        await publish("order.void-documents", order=order_id)
    if not quiet:
        # Terms that are only offered have a total of their own.
        total = str((data or {}).get("total", f"{row['invoice_total']:f}"))
        await _tell(conn, row, action, after, side, reason, total, answer_by)
    await webhooks.tell(
        (row["exporter_organisation"], row["importer_organisation"]),
        _EVENT_NAMES[after],
        told(row, after, moved, reason),
        event_id=f"{row['public_id']}-{moved}",
    )
    return after


async def note(
    conn: Connection, order_id: int, action: str, side: Side, caller: Caller | None, data: Mapping[str, Any]
) -> None:
    """Puts something on the time line that does not change the state: a corrected paper, a note of payment."""
    row = await row_of(conn, order_id)
    await conn.execute(
        _EVENT,
        order_id,
        side,
        caller.person if caller else None,
        action,
        row["state"],
        row["state"],
        None,
        msgspec.json.encode(data).decode(),
        datetime.now(UTC),
    )
    actor = caller.actor if caller else f"system:orders.{action}"
    await audit.record(actor, f"order.{action}", "order", row["public_id"], after=dict(data))


def told(row: Mapping[str, Any], state: str, version: int, reason: str | None) -> dict[str, Any]:
    """What a webhook says of an order: enough to fetch the rest, nothing about people."""
    return {
        "id": row["public_id"],
        "number": row["number"],
        "state": state,
        "version": version,
        "reason": reason,
        "destination": row["destination"],
        "currency": row["currency"],
        "invoice_total": f"{row['invoice_total']:f}",
        "total_eur": f"{row['total_eur']:f}",
        "gross_weight_g": row["gross_weight_g"],
    }


async def _tell(
    conn: Connection,
    row: Record,
    action: str,
    after: State,
    side: Side,
    reason: str | None,
    total: str,
    answer_by: datetime | None,
) -> None:
    """Mails to the side that did not take the step; to both for what the clock, staff or a carrier did."""
    sides = {
        Side.EXPORTER: (Side.IMPORTER,),
        Side.IMPORTER: (Side.EXPORTER,),
    }.get(side, (Side.EXPORTER, Side.IMPORTER))
    for receiver in sides:
        mine, other = ("exporter", "importer") if receiver is Side.EXPORTER else ("importer", "exporter")
        await letters.tell(
            conn,
            row[f"{mine}_organisation"],
            "order_step",
            f"/orders/{row['public_id']}",
            action=action,
            state=str(after),
            number=row["number"],
            other=row[f"{other}_name"],
            reason=reason or "",
            total=total,
            currency=row["currency"],
            answer_by=answer_by.isoformat() if answer_by else None,
        )
