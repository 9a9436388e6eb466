"""A step of an event inside an open transaction: state, version, time line, audit, and who has to hear of it."""

from collections.abc import Mapping
from typing import Any

from asyncpg import Connection, Record

from kervan import audit, outbox, reasons
from kervan.accounts.callers import Caller
from kervan.errors import Conflict, NotFound
from kervan.events import states, telling
from kervan.trade.errors import N_

CHANGED = N_("This event was changed in the meantime. Look at it again.")

_ROW = """
SELECT e.*, o.public_id AS organiser_id, o.name AS organisation_name FROM trade_event e
JOIN organisation o ON o.id = e.organiser WHERE e.id = $1 FOR UPDATE OF e
"""
_STAMPS = {
    "submit": "submitted_at = now()",
    "approve": "approved_at = now()",
    "publish": "published_at = now(), changed_at = now()",
    "cancel": "cancelled_at = now(), changed_at = now(), sequence = sequence + 1",
}


async def locked(conn: Connection, event: int) -> Record:
    """The event's row, locked until the transaction ends. Raises NotFound."""
    row = await conn.fetchrow(_ROW, event)
    if row is None:
        raise NotFound()
    return row


async def move(
    conn: Connection,
    row: Mapping[str, Any],
    action: str,
    caller: Caller,
    *,
    version: int | None = None,
    reason: str = "",
) -> str:
    """Takes a step with a row of `locked`; returns the new state.

    Raises Conflict for a step that is not allowed here or when somebody changed the event since `version`; Invalid
    beside `reason` for steps that need one.
    """
    if version is not None and version != row["version"]:
        raise Conflict(CHANGED)
    approval = states.needs_approval(row["kind"], row["organiser_kind"])
    after = states.check(action, row["state"], approval=approval)
    why = reasons.needed(reason) if states.ACTIONS[action].reason else reasons.optional(reason)
    stamp = _STAMPS.get(action)
    await conn.execute(
        f"UPDATE trade_event SET state = $2, reason = $3, {stamp + ', ' if stamp else ''}"
        "approved_by = CASE WHEN $4 THEN $5::bigint ELSE approved_by END,"
        " version = version + 1, updated_at = now() WHERE id = $1",
        row["id"],
        str(after),
        why,
        action == "approve",
        caller.person,
    )
    await step(conn, row["id"], action, row["state"], str(after), caller, why)
    await audit.record(
        caller.actor,
        f"event.{action}",
        "event",
        row["public_id"],
        {"state": row["state"]},
        {"state": str(after)},
        why,
    )
    await telling.step(conn, row, action, caller, why or "")
    await outbox.publish("events.changed", ids=[row["id"]])
    return str(after)


async def step(
    conn: Connection,
    event: int,
    action: str,
    before: str | None,
    after: str,
    caller: Caller,
    reason: str | None = None,
) -> None:
    """A line of the time line."""
    await conn.execute(
        "INSERT INTO event_step (event, action, before, after, person, reason) VALUES ($1, $2, $3, $4, $5, $6)",
        event,
        action,
        before,
        after,
        caller.person,
        reason,
    )
