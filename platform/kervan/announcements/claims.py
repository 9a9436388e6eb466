"""Which rows a sender may take: of announcements that are being sent, due, not at night, not too many a domain.

Rows of somebody who agreed no more are withheld here, in the transaction that would have marked them HANDED.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import NamedTuple

from asyncpg import Connection, Record

from kervan.announcements import quiet
from kervan.announcements.audience import RECENT
from kervan.announcements.quiet import Night
from kervan.organisations.queries import IN_TERM
from kervan.policies import book
from kervan.trade import law
from kervan.trade.errors import N_

FRESH_SECONDS = 0.5
"""How old the count of other senders' letters may be. Two senders can exceed a domain's minute by what they send in
this time."""

WITHHELD: Mapping[str, str] = {
    "consent": N_("The consent was withdrawn"),
    "address": N_("The address takes no mail of ours"),
    "news": N_("Wishes the weekly mail, or none"),
    "often": N_("Had as many announcements this month as the consent allows"),
    "account": N_("The account is not open any more"),
    "firm": N_("Belongs to no importer any more"),
}
"""Why a mail was withheld, as staff read it (msgids), by what stands in the row's detail."""

# Whoever pauses or stops an announcement waits for this lock, and nothing more of it is taken afterwards.
_OPEN = """
SELECT a.id FROM event_announcement a JOIN trade_event e ON e.id = a.event
WHERE a.state = 'SENDING' AND e.state = 'PUBLISHED' ORDER BY a.began_at, a.id FOR SHARE OF a SKIP LOCKED
"""
# Of the edition that is being sent: a letter of an earlier one that was put off would be a second one to its reader.
_DUE = """
SELECT d.id FROM event_delivery d JOIN event_announcement a ON a.id = d.announcement AND a.edition = d.edition
WHERE d.state = 'QUEUED' AND d.due_at <= now() AND d.announcement = ANY($1::bigint[]) AND d.domain <> ALL($2::text[])
ORDER BY d.due_at, d.id LIMIT $3 FOR UPDATE OF d SKIP LOCKED
"""
# One row of a person at a time, of all senders: else each would count the mails of a month without the other's.
_MINE = f"""
SELECT x.id, pg_try_advisory_xact_lock({0x6D6F6E74}, (x.person % 2147483647)::int) AS mine
FROM (SELECT DISTINCT ON (d.person) d.id, d.person FROM event_delivery d WHERE d.id = ANY($1::bigint[])
    ORDER BY d.person, d.due_at, d.id) x
"""
# Read after the rows are locked, by a statement of its own: it sees what was committed until now.
_FACTS = f"""
SELECT d.id, d.announcement, d.edition, d.language, p.public_id, p.name, p.email, p.email_key, p.state AS account,
    split_part(p.email_key, '@', 2) AS domain, CASE WHEN p.time_zone = 'UTC' THEN '' ELSE p.time_zone END AS zone,
    (SELECT im.country FROM membership m JOIN importer im ON im.organisation = m.organisation
        WHERE m.person = p.id AND {IN_TERM} AND im.standing IN ('ACTIVE', 'VERIFIED')
        ORDER BY im.id LIMIT 1) AS country,
    EXISTS (SELECT FROM consent c
        WHERE c.person = p.id AND c.purpose = a.purpose AND c.withdrawn_at IS NULL) AS consent,
    EXISTS (SELECT FROM suppression s WHERE s.address_key = p.email_key) AS suppressed,
    {RECENT} AS recent, coalesce(n.frequency, 'AT_ONCE') AS frequency, coalesce(n.count_opens, false) AS count_opens
FROM event_delivery d JOIN event_announcement a ON a.id = d.announcement JOIN person p ON p.id = d.person
LEFT JOIN event_news n ON n.person = p.id
WHERE d.id = ANY($1::bigint[]) ORDER BY d.due_at, d.id
"""
_HAND = """
UPDATE event_delivery SET state = 'HANDED', handed_at = now(), attempts = attempts + 1, worker = $2
WHERE id = ANY($1::bigint[])
"""
_WITHHOLD = """
UPDATE event_delivery d SET state = 'SUPPRESSED', ended_at = now(), detail = w.detail
FROM unnest($1::bigint[], $2::text[]) AS w (id, detail) WHERE d.id = w.id
"""
_POSTPONE = """
UPDATE event_delivery d SET due_at = w.due_at FROM unnest($1::bigint[], $2::timestamptz[]) AS w (id, due_at)
WHERE d.id = w.id
"""
_FAIL = """
UPDATE event_delivery SET state = 'FAILED', ended_at = now(), detail = $2, worker = NULL WHERE id = ANY($1::bigint[])
"""
_OF_DOMAINS = """
SELECT domain, count(*) AS n FROM event_delivery WHERE handed_at > now() - interval '1 minute' GROUP BY domain
"""


class Domains:
    """How many letters went to each mail domain within a minute, of all senders."""

    def __init__(self) -> None:
        self.most = 0
        self.taken: Counter[str] = Counter()
        self._read_at = float("-inf")

    async def refresh(self, conn: Connection) -> None:
        """Counts anew, where the last count is too old."""
        if monotonic() - self._read_at < FRESH_SECONDS:
            return
        self.most = (await book.refresh()).figure("DOMAIN_A_MINUTE", law.day_of(datetime.now(UTC)))
        self.taken = Counter({row["domain"]: row["n"] for row in await conn.fetch(_OF_DOMAINS)})
        self._read_at = monotonic()

    @property
    def full(self) -> list[str]:
        """Domains that get nothing more for the moment."""
        return [domain for domain, count in self.taken.items() if count >= self.most]

    def take(self, domain: str) -> bool:
        """Whether one more may go there; if so it is counted."""
        if self.taken[domain] >= self.most:
            return False
        self.taken[domain] += 1
        return True


class Claimed(NamedTuple):
    """The rows to send now, and whether any row was touched at all."""

    rows: Sequence[Record]
    busy: bool


async def claim(
    conn: Connection, domains: Domains, limit: int, worker: str, now: datetime, hours: Night
) -> Claimed:
    """Marks up to `limit` rows as HANDED to this worker, in the open transaction; withholds and postpones others."""
    await domains.refresh(conn)
    running = [row["id"] for row in await conn.fetch(_OPEN)]
    due = [row["id"] for row in await conn.fetch(_DUE, running, domains.full, limit)] if running else []
    if not due:
        return Claimed((), False)
    most = await quiet.most_a_month(now)
    mine = [row["id"] for row in await conn.fetch(_MINE, due) if row["mine"]]
    taken, withheld, later = list[Record](), dict[int, str](), dict[int, datetime]()
    for row in await conn.fetch(_FACTS, mine):
        if (reason := _withheld(row, most)) is not None:
            withheld[row["id"]] = reason
        elif (at := quiet.due(quiet.zone_of(row["zone"], row["country"]), now, hours)) > now:
            later[row["id"]] = at
        elif domains.take(row["domain"]):
            taken.append(row)
    if withheld:
        await conn.execute(_WITHHOLD, list(withheld), list(withheld.values()))
    if later:
        await conn.execute(_POSTPONE, list(later), list(later.values()))
    if taken:
        await conn.execute(_HAND, [row["id"] for row in taken], worker)
    return Claimed(taken, bool(taken or withheld or later or len(mine) < len(due)))


def _withheld(row: Record, most: int) -> str | None:
    if row["account"] != "ACTIVE":
        return "account"
    if not row["consent"]:
        return "consent"
    if row["suppressed"]:
        return "address"
    if row["frequency"] != "AT_ONCE":
        return "news"
    if row["recent"] >= most:
        return "often"
    return None if row["country"] else "firm"


async def fail(conn: Connection, ids: Sequence[int], detail: str) -> None:
    """Rows whose letter cannot be written at all."""
    await conn.execute(_FAIL, list(ids), detail)
