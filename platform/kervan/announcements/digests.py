"""The weekly mail of new events, for those who chose it and agreed to mails about events.

It tells of what was announced since the last one. `told_until` moves in the transaction that asks for the mail, so no
event is told twice and none is left out, however late a worker comes. Who agreed to a text that knew of no weekly mail
gets no more than that text promised: one every third week.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from asyncpg import Connection, Record

from kervan.alerts.digests import appointed
from kervan.announcements import queries
from kervan.announcements.concerns import FOR_EXPORTER, FOR_IMPORTER
from kervan.db import fetch, transaction
from kervan.mail.service import send
from kervan.organisations.queries import IN_TERM
from kervan.privacy import consents

log = structlog.get_logger(__name__)

SHOWN = 12
TEMPLATE, PURPOSE = "event_digest", "events"
APART = timedelta(days=20)
"""At least, between two mails to who agreed to at most two a month: every third Monday, also when clocks change."""

_WEEKLY = """
SELECT n.person, n.told_until, p.time_zone FROM event_news n JOIN person p ON p.id = n.person
WHERE n.frequency = 'WEEKLY' AND p.state = 'ACTIVE' AND n.told_until < $1 ORDER BY n.person
"""
_LOCK = """
SELECT n.told_until, p.id, p.name, p.email, p.language FROM event_news n JOIN person p ON p.id = n.person
WHERE n.person = $1 AND n.frequency = 'WEEKLY' AND p.state = 'ACTIVE' FOR NO KEY UPDATE OF n
"""
_EVENTS = f"""
SELECT e.id FROM trade_event e WHERE e.state = 'PUBLISHED' AND e.ends_at > $4 AND e.published_at > $2
    AND e.published_at <= $3
    AND EXISTS (SELECT FROM membership m JOIN organisation o ON o.id = m.organisation
        LEFT JOIN importer im ON im.organisation = o.id LEFT JOIN exporter ex ON ex.organisation = o.id
        WHERE m.person = $1 AND {IN_TERM} AND o.closed_at IS NULL
            AND ((im.id IS NOT NULL AND {FOR_IMPORTER}) OR (ex.id IS NOT NULL AND {FOR_EXPORTER})))
ORDER BY e.starts_at, e.id
"""
_TOLD = "UPDATE event_news SET told_until = $2 WHERE person = $1"


async def send_due(now: datetime | None = None) -> int:
    """Asks for every weekly mail that is due; returns how many. For a round of a few minutes."""
    moment = now or datetime.now(UTC)
    done = 0
    for row in await fetch(_WEEKLY, moment):
        until = appointed("WEEKLY", row["time_zone"], moment)
        if row["told_until"] < until:
            done += await _collect(row["person"], until, moment)
    if done:
        log.info("weekly mails of events are told", mails=done)
    return done


async def _collect(person: int, until: datetime, now: datetime) -> int:
    async with transaction() as tx:
        conn = tx.connection
        reader = await conn.fetchrow(_LOCK, person)
        # Another worker was faster, or the person chose otherwise.
        if reader is None or reader["told_until"] >= until:
            return 0
        agreed = await consents.text_of(conn, person, PURPOSE)
        if agreed and not agreed.weekly_events and until - reader["told_until"] < APART:
            return 0
        found = [row["id"] for row in await conn.fetch(_EVENTS, person, reader["told_until"], until, now)]
        await conn.execute(_TOLD, person, until)
        # Without consent nothing is mailed, and nothing of these weeks is told when it is given later.
        if not found or agreed is None:
            return 0
        await _mail(conn, reader, found)
        return 1


async def _mail(conn: Connection, reader: Record, events: list[int]) -> None:
    language = reader["language"]
    told: list[Mapping[str, Any]] = []
    for id in events[:SHOWN]:
        about = await queries.about(conn, id)
        told.append(
            {
                "title": about.title(language),
                "path": about.path,
                "when": about.when(language),
                "where": about.where(language),
            }
        )
    await send(
        TEMPLATE, reader["email"], language, person=reader["id"], purpose=PURPOSE, name=reader["name"],
        count=len(events), events=told, more=len(events) - len(told),
    )  # fmt: skip
