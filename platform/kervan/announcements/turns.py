"""What the sender's lane does by the clock: begins what is planned, ends what is through, stops what has no sense."""

import msgspec
import structlog
from asyncpg import Connection, Record

from kervan.announcements import moves
from kervan.announcements.alive import mark_left_behind
from kervan.announcements.audience import Audience
from kervan.announcements.enqueueing import enqueue
from kervan.announcements.lines import UNSURE
from kervan.db import execute, transaction
from kervan.trade.errors import N_

log = structlog.get_logger(__name__)

NOT_PUBLIC = N_("The event is not public any more.")
IS_OVER = N_("The event is over.")
NOBODY = N_("Nobody in the audience may be written to any more.")

_PLANNED = """
SELECT id FROM event_announcement WHERE state = 'SCHEDULED' AND send_at <= now() ORDER BY send_at, id
FOR NO KEY UPDATE SKIP LOCKED LIMIT 1
"""
_SENSELESS = """
SELECT a.id, e.state = 'PUBLISHED' AS public FROM event_announcement a JOIN trade_event e ON e.id = a.event
WHERE a.state IN ('SCHEDULED', 'SENDING', 'PAUSED') AND (e.state <> 'PUBLISHED' OR e.ends_at <= now())
ORDER BY a.id FOR NO KEY UPDATE OF a SKIP LOCKED LIMIT 1
"""
_THROUGH = """
SELECT a.id FROM event_announcement a WHERE a.state = 'SENDING' AND NOT EXISTS (SELECT FROM event_delivery d
    WHERE d.announcement = a.id AND d.edition = a.edition AND d.state IN ('QUEUED', 'HANDED'))
ORDER BY a.id FOR NO KEY UPDATE OF a SKIP LOCKED LIMIT 1
"""
_STOP_ROWS = """
UPDATE event_delivery SET state = 'ABORTED', ended_at = now()
WHERE announcement = $1 AND edition = $2 AND state = 'QUEUED'
"""
# A letter that was refused for now came back after its announcement had been stopped.
_LATE = """
UPDATE event_delivery d SET state = 'ABORTED', ended_at = now() FROM event_announcement a
WHERE a.id = d.announcement AND a.edition = d.edition AND a.state = 'ABORTED' AND a.ended_at > now() - interval '1 day'
    AND d.state = 'QUEUED'
"""
# The same, when the next edition is being written by then.
_OUTDATED = """
UPDATE event_delivery d SET state = 'ABORTED', ended_at = now()
FROM event_announcement a, generate_series(1, a.edition - 1) earlier
WHERE a.edition > 1 AND d.announcement = a.id AND d.edition = earlier AND d.state = 'QUEUED'
"""


async def turn() -> None:
    """Everything that is due now; harmless when another worker does the same at this moment."""
    if unknown := await mark_left_behind(UNSURE):
        log.error("mails of a sender that died: nobody knows whether they arrived", count=unknown)
    while await _stop_senseless():
        pass
    while await _begin():
        pass
    while await _end():
        pass
    await execute(_LATE)
    await execute(_OUTDATED)


async def _begin() -> bool:
    """Begins the first planned announcement whose time has come; False when there is none."""
    async with transaction() as tx:
        conn = tx.connection
        id = await conn.fetchval(_PLANNED)
        if id is None:
            return False
        row = await moves.locked(conn, id)
        audience = msgspec.json.decode(row["audience"], type=Audience)
        count = await enqueue(conn, id, row["event"], row["edition"], audience)
        await moves.move(
            conn, row, "begin", counts={"QUEUED": count}, began_at=await _now(conn), ended_at=None
        )
        log.info(
            "announcement begins", announcement=row["public_id"], edition=row["edition"], recipients=count
        )
        if not count:
            await stop(conn, await moves.locked(conn, id), NOBODY)
    return True


async def _end() -> bool:
    """Ends the first announcement of which every row is through; False when there is none."""
    async with transaction() as tx:
        conn = tx.connection
        id = await conn.fetchval(_THROUGH)
        if id is None:
            return False
        row = await moves.locked(conn, id)
        counts = await moves.counts(conn, id, row["edition"])
        await moves.move(conn, row, "end", counts=counts, ended_at=await _now(conn))
        log.info("announcement is through", announcement=row["public_id"], **counts)
    return True


async def _stop_senseless() -> bool:
    """Stops the first announcement whose event was cancelled or is over; False when there is none."""
    async with transaction() as tx:
        found = await tx.connection.fetchrow(_SENSELESS)
        if found is None:
            return False
        row = await moves.locked(tx.connection, found["id"])
        await stop(tx.connection, row, IS_OVER if found["public"] else NOT_PUBLIC)
    return True


async def stop(
    conn: Connection, row: Record, reason: str, *, person: int | None = None, actor: str = moves.SYSTEM
) -> None:
    """Stops an announcement (moves.locked) for good: what waits is not sent; what went out is counted."""
    await conn.execute(_STOP_ROWS, row["id"], row["edition"])
    counts = await moves.counts(conn, row["id"], row["edition"])
    await moves.move(
        conn,
        row,
        "abort",
        person=person,
        actor=actor,
        reason=reason,
        counts=counts,
        ended_at=await _now(conn),
    )


async def _now(conn: Connection) -> object:
    return await conn.fetchval("SELECT now()")
