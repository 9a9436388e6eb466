"""The sender: hands the mails of announcements over, wave by wave, each at most once.

A wave is a few rows, one for each connection. One transaction writes what became of the last wave, picks the next one
and marks it HANDED; only then does a server hear of its letters. So a process that dies leaves only the letters that
were on the line, of which nobody knows whether they arrived: those rows become UNKNOWN, are shown to staff, and never
go again by themselves.

Consent, suppression and the wish for another frequency are read in the transaction that marks the row, after it is
locked: whoever withdrew before gets nothing (invariant 12).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic

import structlog
from asyncpg import Connection, Record

from kervan.announcements import claims, lettering, quiet
from kervan.announcements.alive import Alive
from kervan.announcements.letter import Reader, written
from kervan.announcements.lines import Lines, Outcome, Ready
from kervan.db import transaction
from kervan.errors import KervanError
from kervan.settings import Settings
from kervan.trade.errors import TradeError
from kervan.web.templates import Templates

log = structlog.get_logger(__name__)

WAVE = 6
"""Letters that are under way at a time, each on a connection of its own: what a dying process may leave as UNKNOWN.
More of them send faster (bench/announcing.py) and leave more in doubt."""
PAUSES = (5 * 60, 30 * 60, 2 * 3600)
"""Seconds before the second, third and fourth try of a letter that was refused for now; then it is FAILED."""
KEPT_OPEN_SECONDS = 20.0
AWAY_SECONDS = (5, 30, 120, 300)
"""How long nothing is tried while the mail server takes no letters; it costs none of a letter's tries."""

_WRITE = """
UPDATE event_delivery d SET state = CASE WHEN w.state = 'QUEUED' AND d.attempts > $6 THEN 'FAILED' ELSE w.state END,
    detail = w.detail,
    attempts = CASE WHEN w.away THEN d.attempts - 1 ELSE d.attempts END,
    handed_at = CASE WHEN w.away THEN NULL ELSE d.handed_at END,
    due_at = CASE WHEN w.state = 'QUEUED' AND NOT w.away
        THEN now() + ($7::int[])[least(d.attempts, $6)] * interval '1 second' ELSE d.due_at END,
    ended_at = CASE WHEN w.state = 'QUEUED' AND d.attempts <= $6 THEN NULL ELSE now() END
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bool[]) AS w (id, state, detail, away)
WHERE d.id = w.id AND d.worker = $5 AND d.state IN ('HANDED', 'UNKNOWN')
"""
_SUPPRESS = """
INSERT INTO suppression (address_key, reason)
SELECT p.email_key, w.reason FROM unnest($1::bigint[], $2::text[]) AS w (id, reason)
JOIN event_delivery d ON d.id = w.id JOIN person p ON p.id = d.person ON CONFLICT (address_key) DO NOTHING
"""


class Sender:
    """One process's sender; `alive` proves to the others that it lives, and is exchanged when the database was away."""

    def __init__(self, settings: Settings, alive: Alive, templates: Templates | None = None) -> None:
        self.settings, self.alive = settings, alive
        self.lines = Lines(settings, WAVE)
        self.letters = lettering.Letters(settings, templates or Templates(settings))
        self.domains = claims.Domains()
        self.done: list[Outcome] = []
        """What became of the last wave, until it is written."""
        self.done_as = alive.name
        """Under which name that wave was marked."""
        self.not_before = 0.0
        self.away = 0
        self.used = monotonic()

    async def step(self) -> bool:
        """Writes the last wave down and sends the next one; whether there was anything to do."""
        if monotonic() < self.not_before:
            await self.write()
            return False
        ready, busy = await self._next()
        if ready:
            self.done_as = self.alive.name
            self.done = await self.lines.carry(ready)
            self.used = monotonic()
            self._wait_for_server()
        elif monotonic() - self.used > KEPT_OPEN_SECONDS:
            await self.lines.close()
        return busy

    def _wait_for_server(self) -> None:
        if not all(outcome.away for outcome in self.done):
            self.away = 0
            return
        pause = AWAY_SECONDS[min(self.away, len(AWAY_SECONDS) - 1)]
        self.away, self.not_before = self.away + 1, monotonic() + pause
        log.warning("the mail server takes no letters", said=self.done[0].detail, retry_in=pause)

    async def write(self) -> None:
        """Writes down what became of the last wave."""
        if self.done:
            async with transaction() as tx:
                await self._write(tx.connection)
            self.done = []

    async def _next(self) -> tuple[list[Ready], bool]:
        """The next wave, marked and committed; and whether any row was touched."""
        now = datetime.now(UTC)
        hours = await quiet.night(now)
        async with transaction() as tx:
            conn = tx.connection
            await self._write(conn)
            claimed = await claims.claim(conn, self.domains, WAVE, self.alive.name, now, hours)
            ready = await self._ready(conn, claimed.rows)
        self.done = []
        return ready, claimed.busy

    async def _write(self, conn: Connection) -> None:
        if not self.done:
            return
        await conn.execute(
            _WRITE,
            [outcome.delivery for outcome in self.done],
            [str(outcome.state) for outcome in self.done],
            [outcome.detail for outcome in self.done],
            [outcome.away for outcome in self.done],
            self.done_as,
            len(PAUSES),
            list(PAUSES),
        )
        if bad := [outcome for outcome in self.done if outcome.bad_address]:
            await conn.execute(_SUPPRESS, [one.delivery for one in bad], [one.detail for one in bad])

    async def _ready(self, conn: Connection, rows: Sequence[Record]) -> list[Ready]:
        """The letters of claimed rows. What cannot be written is FAILED at once: it would be no better later."""
        ready, failed = list[Ready](), list[int]()
        for row in rows:
            try:
                letter = await self.letters.of(conn, row["announcement"], row["edition"], row["language"])
                reader = _reader(row)
                ready.append(Ready(row["id"], reader.address, written(letter, reader)))
            except (KervanError, TradeError, LookupError, UnicodeError) as error:
                log.error("letter cannot be written", delivery=row["id"], error=repr(error))
                failed.append(row["id"])
        if failed:
            await claims.fail(conn, failed, "the mail could not be written")
        return ready

    async def close(self) -> None:
        """Ends the connections; what is known is written down first."""
        await self.write()
        await self.lines.close()


def _reader(row: Record) -> Reader:
    return Reader(
        delivery=row["id"],
        person=row["public_id"],
        name=row["name"],
        address=f"{row['email'].rpartition('@')[0]}@{row['email_key'].rpartition('@')[2]}",
        counts=row["count_opens"],
    )
