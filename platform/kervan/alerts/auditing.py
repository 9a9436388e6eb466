"""The nightly audit: what every announcement should have written is computed anew and compared with the ledger.

Nothing of the workers' memory is used: the versions of alerts that were in force at each tick are read again, in one
snapshot of the database. A row too few or too many is an error in the log and a line on the staff's page.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import structlog
from asyncpg import Connection, Record

from kervan.alerts.book import put
from kervan.alerts.ledger import EDITION, document
from kervan.db import connection, execute, fetch, fetchval
from kervan.discovery.engine import REQUESTS, synonyms
from kervan_search.percolate import Percolator

log = structlog.get_logger(__name__)

MOST_PROBLEMS = 1000
LATE_MINUTES = 10
"""After which an announcement that was not matched is a problem."""
_BATCH = 2000
_FIRST_HOUR = 3

_DONE = f"{EDITION} WHERE n.matched_at IS NOT NULL AND n.id > $1 ORDER BY n.tick"
_VERSIONS = """
SELECT id, alert, conditions, since, until FROM alert_version
WHERE since < $2 AND (until IS NULL OR until > $1) ORDER BY id
"""
_WRITTEN = "SELECT alert FROM alert_delivery WHERE request = $1 AND edition = $2 AND alert IS NOT NULL"
# Rows that no announcement explains.
_UNEXPLAINED = """
SELECT d.alert, d.request, d.edition FROM alert_delivery d
LEFT JOIN announcement n ON n.request = d.request AND n.edition = d.edition AND n.matched_at IS NOT NULL
WHERE d.alert IS NOT NULL AND n.id IS NULL ORDER BY d.id
"""
_LATE = f"""
SELECT count(*) FROM announcement
WHERE matched_at IS NULL AND announced_at < now() - interval '{LATE_MINUTES} minutes'
"""
# Before which everything was audited. matched_at is when a transaction began: it goes back an hour for those that were
# still open during the last audit.
_SEEN = """
SELECT coalesce(min(id), 9223372036854775807) - 1 FROM announcement WHERE matched_at IS NULL
    OR matched_at >= coalesce((SELECT max(began_at) FROM alert_audit) - interval '1 hour', '-infinity')
"""
_NOTE = """
INSERT INTO alert_audit (began_at, seconds, announcements, deliveries, missing, extra, problems)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an audit found."""

    began_at: datetime
    seconds: float
    announcements: int
    deliveries: int
    """Rows that there should be."""
    missing: int
    extra: int
    late: int
    """Announcements that wait for more than 10 minutes."""
    problems: tuple[dict[str, Any], ...]
    """At most 1,000: alert, request, edition (ids) and MISSING or EXTRA."""

    @property
    def clean(self) -> bool:
        """Whether there is nothing to look at."""
        return not (self.missing or self.extra or self.late)


class _Version(msgspec.Struct, frozen=True, gc=False):
    alert: int
    since: int
    until: int | None

    def held(self, tick: int) -> bool:
        return self.since < tick and (self.until is None or self.until > tick)


async def audit(everything: bool = False) -> Report:
    """Compares all announcements that were matched since the last audit, or all there are, and notes what it found."""
    began, clock = datetime.now(UTC), time.monotonic()
    after = 0 if everything else int(await fetchval(_SEEN))
    problems: list[dict[str, Any]] = []
    counted = {"MISSING": 0, "EXTRA": 0, "announcements": 0, "deliveries": 0}

    def note(problem: str, alert: int, row: Record) -> None:
        counted[problem] += 1
        if len(problems) < MOST_PROBLEMS:
            found = {"alert": alert, "request": row["request"], "edition": row["edition"], "problem": problem}
            problems.append(found)

    async with connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        announced = await conn.fetch(_DONE, after)
        versions, percolator = await _versions(conn, announced)
        for row in announced:
            fitting = percolator.matches(REQUESTS, document(row))
            wanted = {versions[id].alert for id in fitting if versions[id].held(row["tick"])}
            written = {one["alert"] for one in await conn.fetch(_WRITTEN, row["request"], row["edition"])}
            counted["announcements"] += 1
            counted["deliveries"] += len(wanted)
            for alert in sorted(wanted - written):
                note("MISSING", alert, row)
            for alert in sorted(written - wanted):
                note("EXTRA", alert, row)
            # Others want to work meanwhile.
            await asyncio.sleep(0)
        for row in await conn.fetch(_UNEXPLAINED):
            note("EXTRA", row["alert"], row)
        late = int(await conn.fetchval(_LATE))
    report = Report(
        began_at=began,
        seconds=time.monotonic() - clock,
        announcements=counted["announcements"],
        deliveries=counted["deliveries"],
        missing=counted["MISSING"],
        extra=counted["EXTRA"],
        late=late,
        problems=tuple(problems),
    )
    await _keep(report)
    return report


async def _versions(conn: Connection, announced: Sequence[Record]) -> tuple[dict[int, _Version], Percolator]:
    """Every version that was in force at the tick of one of the announcements, as a question of its own."""
    versions: dict[int, _Version] = {}
    percolator = Percolator(synonyms())
    if not announced:
        return versions, percolator

    def take(rows: Sequence[Record]) -> None:
        for row in rows:
            if put(percolator, row["id"], row["conditions"]):
                versions[row["id"]] = _Version(row["alert"], row["since"], row["until"])

    cursor = await conn.cursor(_VERSIONS, announced[0]["tick"], announced[-1]["tick"])
    while rows := await cursor.fetch(_BATCH):
        await asyncio.to_thread(take, rows)
    return versions, percolator


async def _keep(report: Report) -> None:
    await execute(
        _NOTE, report.began_at, round(report.seconds), report.announcements, report.deliveries, report.missing,
        report.extra, msgspec.json.encode(report.problems).decode(),
    )  # fmt: skip
    say = log.info if report.clean else log.error
    say(
        "ledger of alerts audited",
        announcements=report.announcements,
        deliveries=report.deliveries,
        missing=report.missing,
        extra=report.extra,
        late=report.late,
        seconds=round(report.seconds, 1),
    )


async def nightly() -> None:
    """One audit a night, after three in Türkiye, and every hour a word about announcements that wait."""
    now = datetime.now(ZoneInfo("Europe/Istanbul"))
    last = await fetchval("SELECT max(began_at) FROM alert_audit")
    if now.hour >= _FIRST_HOUR and (last is None or last.astimezone(now.tzinfo).date() < now.date()):
        await audit()
    elif late := await fetchval(_LATE):
        log.error("announcements were not matched", count=late, minutes=LATE_MINUTES)


# -------------------------------------------------------------------------------------------- the staff's page


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """An audit as the staff's page shows it."""

    began_at: datetime
    seconds: int
    announcements: int
    deliveries: int
    missing: int
    extra: int
    problems: tuple[dict[str, Any], ...]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger in figures."""

    alerts: int
    people: int
    announcements: int
    queued: int
    told: int
    skipped: int
    late: int
    unsure: int
    """Mails of which nobody knows whether they arrived."""


async def last(limit: int = 14) -> list[Audited]:
    """The newest audits."""
    rows = await fetch(
        """SELECT began_at, seconds, announcements, deliveries, missing, extra, problems FROM alert_audit
        ORDER BY id DESC LIMIT $1""",
        limit,
    )
    return [Audited(**{**dict(row), "problems": tuple(msgspec.json.decode(row["problems"]))}) for row in rows]


async def counts() -> Counts:
    """The ledger in figures, now."""
    [row] = await fetch(
        f"""SELECT (SELECT count(*) FROM alert WHERE ended_at IS NULL) AS alerts,
        (SELECT count(DISTINCT person) FROM alert WHERE ended_at IS NULL) AS people,
        (SELECT count(*) FROM announcement) AS announcements, ({_LATE}) AS late,
        count(*) FILTER (WHERE state = 'QUEUED') AS queued, count(*) FILTER (WHERE state = 'TOLD') AS told,
        count(*) FILTER (WHERE state = 'SKIPPED') AS skipped,
        (SELECT count(*) FROM mail WHERE state = 'FAILED' AND handed_at IS NOT NULL) AS unsure
        FROM alert_delivery"""
    )
    return Counts(**row)
