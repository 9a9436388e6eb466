"""What the organiser's people do with registrations: confirm, reject, take off, correct who was there."""

from collections.abc import Sequence
from datetime import UTC, datetime

from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import transaction
from kervan.errors import Conflict, NotFound
from kervan.events import access
from kervan.policies import book
from kervan.registrations import moves, places
from kervan.registrations.states import Side
from kervan.registrations.structs import Registered
from kervan.registrations.tables import RegistrationState as S
from kervan.trade.errors import N_

ACTIONS = ("confirm", "reject", "reopen", "remove", "attend", "miss")
"""What can be done by hand."""
MOST_AT_ONCE = 200


async def decide(
    caller: Caller,
    event: str,
    registration: str,
    action: str,
    *,
    reason: str = "",
    version: int | None = None,
) -> Registered:
    """Takes one of ACTIONS with a registration, both by public ids; a confirmed firm waits where no place is free.

    Raises NotFound for who does not look after the event, Conflict for a step that cannot be taken, Invalid beside
    `reason` where the firm must read why.
    """
    seat = await access.organised(caller, event)
    await book.refresh()
    async with transaction() as tx:
        row = await places.locked(tx.connection, seat.id)
        return await _decide(tx.connection, caller, row, registration, action, reason, version)


async def decide_many(
    caller: Caller, event: str, registrations: Sequence[str], action: str, reason: str = ""
) -> tuple[int, int]:
    """Takes a step with several, whoever waited longest first; returns how many it was taken with, and how many not.

    Those in another state are passed over. Raises NotFound and Invalid as `decide`.
    """
    seat = await access.organised(caller, event)
    await book.refresh()
    done = refused = 0
    async with transaction() as tx:
        row = await places.locked(tx.connection, seat.id)
        wanted = await tx.connection.fetch(
            "SELECT public_id FROM registration WHERE event = $1 AND public_id = ANY($2::text[])"
            " ORDER BY queued_at, id",
            seat.id,
            list(registrations)[:MOST_AT_ONCE],
        )
        for found in wanted:
            try:
                await _decide(tx.connection, caller, row, found["public_id"], action, reason, None)
                done += 1
            except Conflict:
                refused += 1
    return done, refused


async def _decide(
    conn: Connection,
    caller: Caller,
    event: Record,
    registration: str,
    action: str,
    reason: str,
    version: int | None,
) -> Registered:
    if action not in ACTIONS:
        raise NotFound()
    row = await moves.of_event(conn, event["id"], registration)
    now = datetime.now(UTC)
    if action in ("attend", "miss") and event["starts_at"] > now:
        raise Conflict(N_("The event has not begun yet."))
    if action in ("confirm", "reopen") and (event["state"] != "PUBLISHED" or event["ends_at"] <= now):
        raise Conflict(N_("This event is over."))
    step = action
    if action == "confirm":
        if not await places.stands(conn, row["id"]):
            raise Conflict(N_("This firm cannot take part in events at present."))
        await moves.fill(conn, event)
        waiting = await places.first_waiting(conn, event["id"], row["side"]) is not None
        if waiting or not await places.is_free(conn, event, row["side"]):
            step = "hold"
    new = await moves.move(
        conn, event, row, step, side=Side.ORGANISER, caller=caller, version=version, reason=reason
    )
    if action in ("attend", "miss"):
        await _by_hand(conn, caller, new, action == "attend")
    if row["state"] in (S.CONFIRMED, S.OFFERED) and new["state"] == S.CANCELLED:
        await moves.fill(conn, event)
    return Registered(id=new["id"], public_id=new["public_id"], state=new["state"], version=new["version"])


async def _by_hand(conn: Connection, caller: Caller, row: Record, was_there: bool) -> None:
    """All of the firm's people were there, or none."""
    await conn.execute(
        """UPDATE registration_participant SET scan = NULL,
            checked_in_at = CASE WHEN $2 THEN coalesce(checked_in_at, now()) END,
            checked_in_by = CASE WHEN $2 THEN coalesce(checked_in_by, $3) END
        WHERE registration = $1 AND removed_at IS NULL""",
        row["id"],
        was_there,
        caller.person,
    )


async def move_in_queue(caller: Caller, event: str, registration: str, first: bool) -> None:
    """Puts a waiting firm before all others, or behind them; the step and who took it stand in the audit trail.

    Raises NotFound as `decide`, Conflict for a firm that does not wait.
    """
    seat = await access.organised(caller, event)
    await book.refresh()
    async with transaction() as tx:
        conn = tx.connection
        held = await places.locked(conn, seat.id)
        row = await moves.of_event(conn, seat.id, registration)
        if row["state"] != S.WAITLISTED:
            raise Conflict(N_("This firm is not on the waiting list."))
        edge = "min(queued_at) - interval '1 second'" if first else "max(queued_at) + interval '1 second'"
        await conn.execute(
            f"UPDATE registration SET version = version + 1, updated_at = now(), queued_at = (SELECT {edge} FROM"
            " registration WHERE event = $2 AND side = $3 AND state = 'WAITLISTED') WHERE id = $1",
            row["id"],
            seat.id,
            row["side"],
        )
        await audit.record(
            caller.actor, "registration.queue_moved", "registration", registration,
            after={"event": event, "first": first},
        )  # fmt: skip
        await moves.fill(conn, held)
