"""The topic "alerts.announce": an edition of a request is held against all alerts, and each that fits gets its row.

In one transaction the clock ticks, the alerts in memory are brought up to that tick, and every row is written. A crash
leaves nothing behind; who comes again finds either nothing or all of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog
from asyncpg import Connection, Record

from kervan.alerts import clock
from kervan.alerts.book import Book
from kervan.db import transaction
from kervan.discovery.documents_requests import request_document
from kervan.outbox import Handler, publish
from kervan.requests.structs import Content
from kervan_search.engine import Document

log = structlog.get_logger(__name__)

A_BATCH = 100
"""Deliveries that are told in one go."""

EDITION = """
SELECT n.id, n.tick, n.matched_at, n.request, n.edition, e.content, e.value_eur, e.published_at
FROM announcement n JOIN request_edition e ON e.request = n.request AND e.edition = n.edition
"""
# The join keeps out who was deleted meanwhile.
_WRITE = """
WITH made AS (
    INSERT INTO alert_delivery (alert, request, edition)
    SELECT v.alert, $2, $3 FROM unnest($1::bigint[]) AS fitting (alert)
    JOIN alert_version v ON v.alert = fitting.alert AND v.until IS NULL
    ORDER BY v.alert ON CONFLICT (alert, request, edition) DO NOTHING RETURNING id, alert
)
SELECT count(*) AS written, coalesce(array_agg(made.id ORDER BY made.id)
    FILTER (WHERE a.frequency = 'AT_ONCE' OR a.channels && ARRAY['IN_APP', 'WEBHOOK']::varchar[]), '{}') AS at_once
FROM made JOIN alert a ON a.id = made.alert
"""
_MATCHED = """
UPDATE announcement SET tick = $2, matched_at = now(), deliveries = $3 WHERE id = $1
"""


def handlers() -> Mapping[str, Handler]:
    """The topic that announces requests, with the alerts of this process behind it."""
    book = Book()

    async def announce(payloads: Sequence[Mapping[str, Any]]) -> None:
        for payload in payloads:
            await match(book, payload["request"], payload["edition"])

    return {"alerts.announce": announce}


async def match(book: Book, request: int, edition: int) -> int:
    """Writes the rows of every alert that the edition fits; returns how many. Nothing the second time.

    Raises LookupError for an edition that was never announced.
    """
    async with book.lock:
        await book.catch_up()
        async with transaction() as tx:
            conn = tx.connection
            row = await conn.fetchrow(
                f"{EDITION} WHERE n.request = $1 AND n.edition = $2 FOR UPDATE OF n", request, edition
            )
            if row is None:
                raise LookupError(f"edition {edition} of request {request} was never announced")
            if row["matched_at"] is not None:
                return 0
            return await _write(conn, book, row)


async def _write(conn: Connection, book: Book, row: Record) -> int:
    tick = await clock.tick(conn)
    await book.follow(conn, tick)
    fitting = book.fitting(document(row))
    made = await conn.fetchrow(_WRITE, fitting, row["request"], row["edition"])
    await conn.execute(_MATCHED, row["id"], tick, made["written"])
    at_once: Sequence[int] = made["at_once"]
    for start in range(0, len(at_once), A_BATCH):
        await publish("alerts.deliver", deliveries=list(at_once[start : start + A_BATCH]))
    log.info(
        "request announced",
        request=row["request"],
        edition=row["edition"],
        alerts=len(book),
        rows=made["written"],
    )
    return int(made["written"])


def document(row: Record) -> Document:
    """The edition of a row of EDITION as the board's index had it on that day."""
    content = msgspec.json.decode(row["content"], type=Content)
    return request_document(row["request"], row["edition"], content, row["value_eur"], row["published_at"])
