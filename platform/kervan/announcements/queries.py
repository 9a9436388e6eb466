"""Reads of announcements: one whole, lists, whom an audience reaches, what came of the mails."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection

from kervan.announcements import audience as audiences
from kervan.announcements import quiet
from kervan.announcements.audience import Audience
from kervan.announcements.concerns import WROTE
from kervan.announcements.structs import About, Announcement, Numbers, Reach, Row, Words
from kervan.db import connection, fetch
from kervan.errors import NotFound

PER_PAGE = 25
TABS = {
    "open": ("DRAFT", "SUBMITTED", "APPROVED", "SCHEDULED", "SENDING", "PAUSED"),
    "approve": ("SUBMITTED",),
    "sending": ("SCHEDULED", "SENDING", "PAUSED"),
    "done": ("SENT", "ABORTED"),
}
"""States by the tab of the list that shows them."""

_ABOUT = """
SELECT e.id, e.public_id, e.organiser, coalesce(nullif(e.organiser_name, ''), o.name) AS organiser_name, e.state,
    (SELECT json_object_agg(t.language, t.title)::text FROM event_text t WHERE t.event = e.id) AS titles,
    e.kind, e.format, e.country, e.province, e.city, e.venue, e.zone, e.starts_at, e.ends_at, e.whole_days,
    e.registration_closes_at
FROM trade_event e JOIN organisation o ON o.id = e.organiser WHERE e.starts_at IS NOT NULL AND {where}
"""
_ONE = """
SELECT a.id, a.public_id, a.name, a.state, a.version, a.edition, a.event, a.audience, a.expected, a.organisation,
    CASE WHEN p.state <> 'CLOSED' THEN p.name END AS writer, CASE WHEN q.state <> 'CLOSED' THEN q.name END AS approver,
    a.reason, a.send_at, a.submitted_at, a.approved_at, a.began_at, a.ended_at, a.created_at
FROM event_announcement a LEFT JOIN person p ON p.id = a.person LEFT JOIN person q ON q.id = a.approved_by
WHERE a.id = $1
"""
_LISTED = """
SELECT a.public_id, a.name, a.state, a.edition, o.name AS organisation, a.expected, a.send_at, a.began_at, a.ended_at,
    a.updated_at, (SELECT x.title FROM event_text x WHERE x.event = a.event
        ORDER BY x.language = $2 DESC, x.language = 'en' DESC, x.id LIMIT 1) AS event,
    coalesce(d.sent, 0) AS sent, coalesce(d.rows, 0) AS rows, count(*) OVER () AS total
FROM event_announcement a JOIN organisation o ON o.id = a.organisation
LEFT JOIN LATERAL (SELECT count(*) AS rows, count(*) FILTER (WHERE state IN ('SENT', 'BOUNCED')) AS sent
    FROM event_delivery d WHERE d.announcement = a.id AND d.edition = a.edition) d ON true
WHERE ($1::bigint[] IS NULL OR a.organisation = ANY($1)) AND a.state = ANY($3::text[])
    AND ($7 = '' OR a.event = (SELECT e.id FROM trade_event e WHERE e.public_id = $7))
    AND ($4 = '' OR a.name ILIKE $4 OR EXISTS (SELECT FROM event_text x WHERE x.event = a.event AND x.title ILIKE $4))
ORDER BY a.updated_at DESC, a.id DESC LIMIT $5 OFFSET $6
"""
_COUNTS = """
SELECT a.state, count(*) AS n FROM event_announcement a WHERE ($1::bigint[] IS NULL OR a.organisation = ANY($1))
    AND ($2 = '' OR a.event = (SELECT e.id FROM trade_event e WHERE e.public_id = $2)) GROUP BY a.state
"""
_NUMBERS = """
SELECT count(*) AS total, count(*) FILTER (WHERE d.state = 'QUEUED') AS queued,
    count(*) FILTER (WHERE d.state = 'HANDED') AS handed, count(*) FILTER (WHERE d.state = 'SENT') AS sent,
    count(*) FILTER (WHERE d.state = 'BOUNCED') AS bounced,
    count(*) FILTER (WHERE d.state = 'SUPPRESSED') AS suppressed,
    count(*) FILTER (WHERE d.state = 'FAILED') AS failed, count(*) FILTER (WHERE d.state = 'UNKNOWN') AS unknown,
    count(*) FILTER (WHERE d.state = 'ABORTED') AS aborted, count(d.opened_at) AS opened
FROM event_delivery d WHERE d.announcement = $1 AND d.edition = $2
"""
_COUNTABLE = """
SELECT count(*) FROM event_delivery d JOIN event_news n ON n.person = d.person AND n.count_opens
WHERE d.announcement = $1 AND d.edition = $2 AND d.state = 'SENT'
"""
# Firms that registered after one of their people had got the mail.
_REGISTERED = """
SELECT count(DISTINCT r.id) FROM registration r JOIN membership m ON m.organisation = r.organisation
JOIN event_delivery d ON d.person = m.person
WHERE r.event = $3 AND d.announcement = $1 AND d.edition = $2 AND d.state IN ('SENT', 'UNKNOWN')
    AND r.created_at > d.handed_at AND r.state NOT IN ('REJECTED', 'CANCELLED')
"""
_WHY = """
SELECT state, coalesce(detail, '') AS detail, count(*) AS n FROM event_delivery
WHERE announcement = $1 AND edition = $2 AND state IN ('SUPPRESSED', 'FAILED', 'BOUNCED', 'UNKNOWN')
GROUP BY state, detail ORDER BY n DESC, state, detail LIMIT 12
"""
_STEPS = """
SELECT v.action, v.before, v.after, CASE WHEN p.state <> 'CLOSED' THEN p.name END AS by, v.reason, v.counts, v.at
FROM announcement_step v LEFT JOIN person p ON p.id = v.person WHERE v.announcement = $1 ORDER BY v.id DESC LIMIT 200
"""
_EVENTS = """
SELECT e.public_id, (SELECT x.title FROM event_text x WHERE x.event = e.id
    ORDER BY x.language = $2 DESC, x.language = 'en' DESC, x.id LIMIT 1) AS title, e.starts_at, e.zone
FROM trade_event e WHERE e.state = 'PUBLISHED' AND e.ends_at > now() AND ($1::bigint[] IS NULL OR e.organiser = ANY($1))
ORDER BY e.starts_at, e.id LIMIT 200
"""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the time line."""

    action: str
    before: str | None
    after: str
    by: str | None
    reason: str | None
    counts: dict[str, int]
    at: datetime


class Why(msgspec.Struct, frozen=True):
    """How many mails ended so, and what the server or the sender said of it."""

    state: str
    detail: str
    n: int


async def about(conn: Connection, event: int) -> About:
    """An event as announcements name it, by trade_event.id. Raises NotFound for one without a time."""
    return _about(await conn.fetch(_ABOUT.format(where="e.id = $1"), event))


async def about_public(public_id: str) -> About:
    """The same by public id."""
    return _about(await fetch(_ABOUT.format(where="e.public_id = $1"), public_id))


def _about(rows: Sequence[Any]) -> About:
    if not rows:
        raise NotFound()
    row = dict(rows[0])
    titles = msgspec.json.decode(row.pop("titles") or "{}", type=dict[str, str])
    return About(titles=titles, **row)


async def one(id: int) -> Announcement:
    """A whole announcement by event_announcement.id. Raises NotFound."""
    async with connection() as conn:
        found = await conn.fetchrow(_ONE, id)
        if found is None:
            raise NotFound()
        row = dict(found)
        texts = await conn.fetch(
            "SELECT language, subject, text FROM announcement_text WHERE announcement = $1 ORDER BY id", id
        )
        event = await about(conn, row.pop("event"))
    chosen = msgspec.json.decode(row.pop("audience"), type=Audience)
    return Announcement(about=event, audience=chosen, texts=tuple(Words(**each) for each in texts), **row)


async def reach(audience: Audience, announcement: int, event: int, edition: int) -> Reach:
    """Whom the audience holds now; ids are rows, `announcement` 0 for one that is not written yet."""
    most = await quiet.most_a_month(datetime.now(UTC))
    sql, values = audiences.people(audience, announcement, event, edition, most)
    [row] = await fetch(audiences.COUNT.format(people=sql), *values)
    return Reach(**row)


async def numbers(announcement: int, event: int, edition: int) -> Numbers:
    """What became of an edition's mails, and of those who got one."""
    async with connection() as conn:
        row = await conn.fetchrow(_NUMBERS, announcement, edition)
        return Numbers(
            **row,
            countable=await conn.fetchval(_COUNTABLE, announcement, edition),
            registered=await conn.fetchval(_REGISTERED, announcement, edition, event),
        )


async def progress(announcement: int, edition: int) -> Numbers:
    """The same without what has to be looked up elsewhere: cheap enough to be asked every few seconds."""
    return Numbers(**(await fetch(_NUMBERS, announcement, edition))[0])


async def why(announcement: int, edition: int) -> list[Why]:
    """What was said of mails that did not go out or came back, the most frequent first."""
    return [Why(**row) for row in await fetch(_WHY, announcement, edition)]


async def timeline(announcement: int) -> list[Step]:
    """What was done, newest first."""
    return [
        Step(**{**dict(row), "counts": msgspec.json.decode(row["counts"])})
        for row in await fetch(_STEPS, announcement)
    ]


async def listed(
    organisations: Sequence[int] | None, tab: str, text: str, event: str, page: int, language: str
) -> tuple[list[Row], int]:
    """A page of the announcements of these organisations (None: all), and how many there are in all.

    `event` is the public id of the only event that is wanted, or ''.
    """
    like = f"%{_escaped(text)}%" if text else ""
    rows = await fetch(
        _LISTED, organisations, language, list(TABS[tab]), like, PER_PAGE, (page - 1) * PER_PAGE, event
    )
    total = rows[0]["total"] if rows else 0
    return [Row(**{k: v for k, v in row.items() if k != "total"}) for row in rows], total


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def counts(organisations: Sequence[int] | None, event: str = "") -> dict[str, int]:
    """How many announcements each tab of the list holds."""
    by_state = {row["state"]: row["n"] for row in await fetch(_COUNTS, organisations, event)}
    return {tab: sum(by_state.get(state, 0) for state in states) for tab, states in TABS.items()}


async def events(organisations: Sequence[int] | None, language: str) -> list[tuple[str, str]]:
    """(public id, title) of the events that can be announced: public, and not over."""
    return [(row["public_id"], row["title"] or "–") for row in await fetch(_EVENTS, organisations, language)]


async def writers(announcement: int) -> frozenset[int]:
    """person.id of everybody who wrote at the present edition: none of them approves it."""
    return frozenset(row["person"] for row in await fetch(_WRITERS, announcement))


_WRITERS = f"SELECT DISTINCT v.person FROM announcement_step v WHERE v.announcement = $1 AND {WROTE}"
