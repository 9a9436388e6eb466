"""What a moved, cancelled or widened event means for those who registered: carried out by the worker."""

from collections.abc import Mapping, Sequence
from typing import Any

from kervan.db import fetch, transaction
from kervan.errors import Conflict
from kervan.outbox import Handler
from kervan.registrations import moves, places, service, states, telling
from kervan.registrations.states import Side

MOVED, WIDENED = "events.moved", "events.widened"

_STANDING = """
SELECT id FROM registration WHERE event = $1 AND state = ANY($2::text[]) ORDER BY id
"""
_TELL_ONCE = """
INSERT INTO registration_reminder (registration, stage, about) VALUES ($1, 'MOVED', $2)
ON CONFLICT DO NOTHING RETURNING id
"""


def handlers() -> Mapping[str, Handler]:
    """The topics that events.service publishes. Safe to repeat: who was told of a change is not told again."""

    async def moved(payloads: Sequence[Mapping[str, Any]]) -> None:
        for payload in payloads:
            if payload["what"] == "cancelled":
                await call_off(payload["id"])
            else:
                await tell_moved(payload["id"])

    async def widened(payloads: Sequence[Mapping[str, Any]]) -> None:
        for payload in payloads:
            await service.promote(payload["id"])

    return {MOVED: moved, WIDENED: widened}


async def call_off(event: int) -> int:
    """Cancels every registration of a cancelled event (trade_event.id), with the event's reason; returns how many."""
    done = 0
    for found in await fetch(_STANDING, event, list(states.STANDING)):
        # One each: a firm that cancels at the same moment shall not undo what the others were told.
        async with transaction() as tx:
            held = await places.locked(tx.connection, event)
            row = await tx.connection.fetchrow("SELECT * FROM registration WHERE id = $1", found["id"])
            try:
                await moves.move(
                    tx.connection, held, row, "call-off", side=Side.SYSTEM, reason=held["reason"] or ""
                )
                done += 1
            except Conflict:
                continue
    return done


async def tell_moved(event: int) -> int:
    """Tells every firm that stands on an event's lists of its new time or place, once a change; returns how many."""
    done = 0
    for found in await fetch(_STANDING, event, list(states.STANDING)):
        async with transaction() as tx:
            conn = tx.connection
            held = await places.locked(conn, event)
            row = await conn.fetchrow("SELECT * FROM registration WHERE id = $1", found["id"])
            if held["state"] != "PUBLISHED" or row["state"] not in states.STANDING:
                continue
            if await conn.fetchval(_TELL_ONCE, row["id"], held["changed_at"]) is None:
                continue
            # An offer never outlives the moment at which the event begins.
            row = await conn.fetchrow(
                """UPDATE registration SET updated_at = now(),
                    offer_until = CASE WHEN state = 'OFFERED' THEN least(offer_until, $2) END
                WHERE id = $1 RETURNING *""",
                row["id"],
                held["starts_at"],
            )
            await telling.moved(conn, held, row)
            done += 1
    return done
