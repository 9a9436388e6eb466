"""What time does to meetings: asks that nobody answered lapse, meetings that are over were held."""

import structlog

from kervan.db import fetch, transaction
from kervan.meetings import moves, outcomes, reminders
from kervan.meetings.states import Side
from kervan.meetings.tables import MeetingState

log = structlog.get_logger(__name__)

_ACTOR = "system:meetings"
ASKED_FOR_DAYS = 14
"""Nobody is asked about what lies further back, when the platform was away."""

_LAPSED = """
SELECT id FROM meeting WHERE state = 'PROPOSED' AND answer_by <= now() ORDER BY answer_by LIMIT 500
"""
_CLOSED = """
SELECT m.id FROM meeting m WHERE m.state IN ('PROPOSED', 'CONFIRMED') AND m.ends_at > now()
    AND EXISTS (SELECT FROM organisation o WHERE o.id IN (m.exporter, m.importer) AND o.closed_at IS NOT NULL)
ORDER BY m.id LIMIT 500
"""
_OVER = """
SELECT id, ends_at > now() - make_interval(days => $1) AS recent FROM meeting
WHERE state = 'CONFIRMED' AND ends_at <= now() ORDER BY ends_at LIMIT 500
"""


async def lapse_due() -> int:
    """Ends asks that were not answered in time and tells both sides; returns how many."""
    ended = 0
    for due in await fetch(_LAPSED):
        async with transaction() as tx:
            row = await moves.locked(tx.connection, due["id"])
            still = await tx.connection.fetchval(
                "SELECT answer_by <= now() FROM meeting WHERE id = $1 AND state = 'PROPOSED'", due["id"]
            )
            if not still:
                continue
            await moves.move(tx.connection, row, "lapse", side=Side.SYSTEM, actor=_ACTOR)
            ended += 1
    if ended:
        log.info("meetings were not answered", count=ended)
    return ended


async def hold_due() -> int:
    """Meetings whose time is over were held, as far as nobody says otherwise; both sides are asked what came of it."""
    held = 0
    for due in await fetch(_OVER, ASKED_FOR_DAYS):
        async with transaction() as tx:
            row = await moves.locked(tx.connection, due["id"])
            if row["state"] != MeetingState.CONFIRMED:
                continue
            fresh = await moves.move(tx.connection, row, "hold", side=Side.SYSTEM, actor=_ACTOR, quiet=True)
            if due["recent"]:
                await outcomes.ask(tx.connection, fresh)
            held += 1
    return held


async def call_off_closed() -> int:
    """Calls off what is open or to come with a firm that was closed since; returns how many meetings."""
    ended = 0
    for due in await fetch(_CLOSED):
        async with transaction() as tx:
            row = await moves.locked(tx.connection, due["id"])
            if row["state"] in (MeetingState.PROPOSED, MeetingState.CONFIRMED):
                await moves.move(tx.connection, row, "call-off", side=Side.SYSTEM, actor=_ACTOR)
                ended += 1
    return ended


async def all_due() -> None:
    """Everything that time does to meetings: called by the worker's round every few minutes."""
    await call_off_closed()
    await reminders.send_due()
    await lapse_due()
    await hold_due()
    await outcomes.follow_due()
