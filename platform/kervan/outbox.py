"""The transactional outbox: what a change causes elsewhere is a row beside it, carried out by the worker.

A batch is claimed by a lease (`next_try_at` moves into the future under SKIP LOCKED), carried out without an
open transaction, and deleted. A crash in between lets the lease run out: handlers run again and so must be
idempotent ("make the index equal the row").
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from kervan.db import connection, current, fetch, fetchval

log = structlog.get_logger(__name__)

CHANNEL = "kervan_outbox"
LEASE_SECONDS = 60

Handler = Callable[[Sequence[Mapping[str, Any]]], Awaitable[None]]
"""Takes the payloads of one topic, oldest first."""

_CLAIM = f"""
UPDATE outbox SET attempts = attempts + 1, next_try_at = now() + interval '{LEASE_SECONDS} seconds'
WHERE id IN (
    SELECT id FROM outbox WHERE next_try_at <= now() AND topic <> ALL($2) ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING id, topic, payload, attempts
"""

# Doubling pause between tries: 2 s, 4 s, 8 s ... at most an hour. Nothing is ever given up or lost.
_POSTPONE = """
UPDATE outbox SET last_error = $2,
    next_try_at = now() + least(interval '1 hour', interval '1 second' * power(2, least(attempts, 12)))
WHERE id = ANY($1)
"""


async def publish(topic: str, **payload: object) -> None:
    """Adds a side effect to the open transaction. Raises RuntimeError when there is none."""
    if current() is None:
        raise RuntimeError("outbox.publish() needs an open transaction")
    async with connection() as conn:
        await conn.execute(
            "INSERT INTO outbox (topic, payload) VALUES ($1, $2)",
            topic,
            msgspec.json.encode(payload).decode(),
        )
        # Delivered at COMMIT; a worker that listens starts at once instead of at its next poll.
        await conn.execute("SELECT pg_notify($1, '')", CHANNEL)


async def drain(handlers: Mapping[str, Handler], limit: int = 200, leave: Collection[str] = ()) -> int:
    """Carries out up to `limit` due side effects; returns how many were claimed. Topics in `leave` are another's.

    Rows of a topic go to their handler together. If that fails they are tried one by one, so that one poison
    row does not hold up its neighbours; those that fail are postponed with the reason.
    """
    rows = sorted(await fetch(_CLAIM, limit, list(leave)), key=lambda row: row["id"])
    by_topic: dict[str, list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
    for row in rows:
        by_topic[row["topic"]].append((row["id"], msgspec.json.decode(row["payload"])))
    for topic, entries in by_topic.items():
        handler = handlers.get(topic)
        if handler is None:
            await _postpone([id for id, _ in entries], f"no handler for topic {topic}")
            continue
        try:
            await handler([payload for _, payload in entries])
        except Exception as error:
            log.warning("outbox batch failed", topic=topic, rows=len(entries), error=repr(error))
            await _one_by_one(handler, entries)
        else:
            await _done([id for id, _ in entries])
    return len(rows)


async def _one_by_one(handler: Handler, entries: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    for id, payload in entries:
        try:
            await handler([payload])
        except Exception as error:
            await _postpone([id], repr(error)[:2000])
        else:
            await _done([id])


async def _done(ids: list[int]) -> None:
    async with connection() as conn:
        await conn.execute("DELETE FROM outbox WHERE id = ANY($1)", ids)


async def _postpone(ids: list[int], reason: str) -> None:
    async with connection() as conn:
        await conn.execute(_POSTPONE, ids, reason)


async def lag_seconds() -> float:
    """Age in seconds of the oldest side effect still waiting; 0.0 when there is none."""
    value = await fetchval("SELECT extract(epoch FROM now() - min(created_at)) FROM outbox")
    return float(value or 0.0)


async def waiting() -> int:
    """How many side effects wait."""
    return int(await fetchval("SELECT count(*) FROM outbox"))
