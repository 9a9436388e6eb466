"""A step of a registration in an open transaction, under its event's lock: state, time line, audit, telling."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from asyncpg import Connection, Record

from kervan import audit, reasons
from kervan.accounts.callers import Caller
from kervan.errors import Conflict, NotFound
from kervan.registrations import places, states, telling
from kervan.registrations.states import Side
from kervan.trade import law
from kervan.trade.errors import N_

CHANGED = N_("This registration was changed in the meantime. Look at it again.")

_MOVE = """
UPDATE registration SET state = $2::text, offer_until = $3, reason = $4, version = version + 1, updated_at = now(),
    confirmed_at = CASE WHEN $2::text = 'CONFIRMED' THEN now() ELSE confirmed_at END,
    cancelled_at = CASE WHEN $2::text = 'CANCELLED' THEN now() END
WHERE id = $1 RETURNING *
"""


async def of_event(conn: Connection, event: int, public_id: str) -> Record:
    """A registration of an event whose row is locked. Raises NotFound for one of another event."""
    row = await conn.fetchrow(
        "SELECT * FROM registration WHERE event = $1 AND public_id = $2", event, public_id
    )
    if row is None:
        raise NotFound()
    return row


async def move(
    conn: Connection,
    event: Mapping[str, Any],
    row: Mapping[str, Any],
    action: str,
    *,
    side: str,
    caller: Caller | None = None,
    version: int | None = None,
    reason: str = "",
    offer_until: datetime | None = None,
) -> Record:
    """Takes a step with a registration of an event whose row is locked (places.locked); returns the new row.

    Raises Conflict for a step that is not allowed here or when somebody changed the registration since `version`;
    Invalid beside `reason` for steps that need one.
    """
    after = states.check(action, row["state"], side)
    if version is not None and version != row["version"]:
        raise Conflict(CHANGED)
    why = reasons.needed(reason) if states.ACTIONS[action].reason else reasons.optional(reason)
    new = await conn.fetchrow(_MOVE, row["id"], str(after), offer_until, why)
    await written(conn, event, new, action, before=row["state"], side=side, caller=caller, reason=why)
    return new


async def written(
    conn: Connection,
    event: Mapping[str, Any],
    new: Mapping[str, Any],
    action: str,
    *,
    before: str | None,
    side: str,
    caller: Caller | None,
    reason: str | None = None,
) -> None:
    """Time line, audit and telling of a step that is written in the row already."""
    await conn.execute(
        "INSERT INTO registration_step (registration, action, before, after, person, reason)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        new["id"],
        action,
        before,
        new["state"],
        caller.person if caller and caller.key is None else None,
        reason,
    )
    await audit.record(
        caller.actor if caller else "system:registrations",
        f"registration.{action}",
        "registration",
        new["public_id"],
        {"state": before} if before else None,
        {"state": new["state"], "event": event["public_id"], "side": side},
        reason,
    )
    await telling.step(conn, event, before, new, action, side, reason or "")


async def fill(conn: Connection, event: Mapping[str, Any]) -> int:
    """Gives free places of an event whose row is locked to who waits longest; returns how many.

    A place is offered for EVENT_OFFER_HOURS. Where the event begins sooner there is no time to ask: who waits is
    confirmed. The law book must be fresh.
    """
    now = datetime.now(UTC)
    if event["state"] != "PUBLISHED" or event["starts_at"] <= now:
        return 0
    hours = law.current().figure("EVENT_OFFER_HOURS", law.day_of(now))
    until = now + timedelta(hours=hours)
    given = 0
    for side in places.SIDES:
        while await places.is_free(conn, event, side):
            first = await places.first_waiting(conn, event["id"], side)
            if first is None:
                break
            row = await conn.fetchrow("SELECT * FROM registration WHERE id = $1", first)
            if until <= event["starts_at"]:
                await move(conn, event, row, "offer", side=Side.SYSTEM, offer_until=until)
            else:
                await move(conn, event, row, "promote", side=Side.SYSTEM)
            given += 1
    return given
