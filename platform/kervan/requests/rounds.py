"""What happens to requests by the clock: their last day passes, they are archived, their value in EUR is renewed."""

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from asyncpg import Record

from kervan.db import fetch, transaction
from kervan.errors import Conflict
from kervan.outbox import publish
from kervan.policies import book
from kervan.requests import moves, queries, rules
from kervan.requests.queries import CONTENT, TODAY
from kervan.requests.states import Side
from kervan.requests.tables import RequestState
from kervan.trade import law

log = structlog.get_logger(__name__)

_OVER = (
    f"SELECT id FROM trade_request WHERE state = 'PUBLISHED' AND deadline < {TODAY} ORDER BY id LIMIT 1000"
)
_OLD = """
SELECT id FROM trade_request WHERE state = 'CLOSED' AND closed_at < now() - make_interval(days => $1)
ORDER BY id LIMIT 1000
"""
_VALUED = f"""
SELECT q.id, q.value_eur, {CONTENT} FROM trade_request q WHERE q.state = 'PUBLISHED' AND q.currency IS NOT NULL
"""


async def expire_due() -> int:
    """Closes requests whose last day is over; their answers can still be taken for 30 days. Returns how many."""
    return await _each("expire", await fetch(_OVER))


async def archive_old() -> int:
    """Archives requests that were closed ARCHIVE_DAYS ago; returns how many."""
    await book.refresh()
    days = law.current().figure("ARCHIVE_DAYS", law.day_of(datetime.now(UTC)))
    return await _each("archive", await fetch(_OLD, days))


async def _each(action: str, rows: Sequence[Record]) -> int:
    done = 0
    for found in rows:
        try:
            async with transaction() as tx:
                row = await moves.locked(tx.connection, found["id"])
                if action == "expire" and row["state"] != RequestState.PUBLISHED:
                    continue
                await moves.move(tx.connection, row, action, side=Side.SYSTEM)
                done += 1
        except Conflict:
            continue  # somebody closed it meanwhile
    if done:
        log.info("requests moved by the clock", action=action, requests=done)
    return done


async def renew_values() -> int:
    """Counts what open requests come to in EUR anew by the last rates; returns for how many it changed.

    Editions keep the value of their day: alerts were matched by it.
    """
    today = law.day_of(datetime.now(UTC))
    changed = []
    for row in await fetch(_VALUED):
        value = rules.value_in_eur(queries.content_of(row), today)
        if value != row["value_eur"]:
            changed.append((row["id"], value))
    for id, value in changed:
        async with transaction() as tx:
            await tx.connection.execute(
                "UPDATE trade_request SET value_eur = $2, value_on = $3, version = version + 1 WHERE id = $1",
                id,
                value,
                today,
            )
            await publish("requests.changed", ids=[id])
    return len(changed)
