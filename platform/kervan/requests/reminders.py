"""Nobody is forgotten: a reminder before a term is missed, and somebody else is told when it was missed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from asyncpg import Connection, Record

from kervan import audit
from kervan.db import fetch, transaction
from kervan.mail.service import send
from kervan.notifications import service as notifications
from kervan.organisations.roles import MANAGER
from kervan.organisations.tables import Kind
from kervan.requests import moves, telling
from kervan.requests.queries import OPEN, TODAY
from kervan.trade import working_days

log = structlog.get_logger(__name__)

REVIEW_BEFORE = timedelta(hours=12)
"""Before a review is due its post is reminded: half a working day."""
QUOTES_DAYS = 3
"""Days before a quote runs out, or a request's deadline, on which the requester is reminded."""
INVITATION_DAYS = 3
"""Working days after which an invited exporter is reminded."""
ESCALATE_DAYS = 2
"""Days after a reminder on which a second contact is told."""

REVIEW, QUOTES, DEADLINE, INVITATION = "REVIEW", "QUOTES", "DEADLINE", "INVITATION"
REMIND, ESCALATE = "REMIND", "ESCALATE"

_ONCE = """
INSERT INTO request_reminder (kind, about, stage) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id
"""
_REVIEWS = """
SELECT id, public_id, review_due_at, review_due_at <= now() AS over FROM trade_request
WHERE state = 'SUBMITTED' AND review_due_at <= now() + $1::interval
    AND (escalated_at IS NULL AND review_due_at <= now() OR reminded_at IS NULL) ORDER BY review_due_at LIMIT 200
"""
_BUYERS = """
    CASE WHEN q.post IS NOT NULL AND (im.represented_by IS NOT NULL OR q.visibility = 'POST') THEN q.post
        ELSE im.organisation END
"""
# Quotes that the requester has not reacted to and that run out soon, by request: one reminder names them all.
_RUNNING_OUT = f"""
SELECT t.public_id AS quote, t.valid_until, q.public_id, q.number, q.title, q.deadline, i.public_id AS inquiry,
    {_BUYERS} AS organisation
FROM quote t JOIN inquiry i ON i.id = t.inquiry JOIN trade_request q ON q.id = i.request
JOIN importer im ON im.id = q.importer
WHERE t.state IN ('SENT', 'REVISED') AND NOT t.shortlisted AND i.state IN ('OPEN', 'ANSWERED')
    AND t.valid_until BETWEEN {TODAY} AND {TODAY} + $1::int
    AND NOT EXISTS (SELECT FROM message m WHERE m.about = 'INQUIRY' AND m.subject = t.recipient AND m.side = 'IMPORTER'
        AND m.created_at > t.sent_at)
    AND NOT EXISTS (SELECT FROM request_reminder r WHERE r.kind = 'QUOTES' AND r.about = t.public_id)
ORDER BY t.id LIMIT 500
"""
_ENDING = f"""
SELECT q.public_id, q.number, q.title, q.deadline, i.public_id AS inquiry, {_BUYERS} AS organisation,
    (SELECT count(*) FROM quote t WHERE t.inquiry = i.id AND t.state IN ('SENT', 'REVISED')) AS quotes
FROM trade_request q JOIN importer im ON im.id = q.importer JOIN inquiry i ON i.request = q.id
WHERE {OPEN} AND q.deadline <= {TODAY} + $1::int AND q.published_at < now() - interval '7 days'
    AND NOT EXISTS (SELECT FROM request_reminder r WHERE r.kind = 'DEADLINE' AND r.about = q.public_id)
ORDER BY q.id LIMIT 500
"""
# Quotes whose requester was reminded two days ago and has still not reacted: an owner who was not told yet is.
_UNHEARD = f"""
SELECT t.public_id AS quote, t.valid_until, q.public_id, q.number, q.title, q.deadline, i.public_id AS inquiry,
    {_BUYERS} AS organisation
FROM request_reminder r JOIN quote t ON t.public_id = r.about JOIN inquiry i ON i.id = t.inquiry
JOIN trade_request q ON q.id = i.request JOIN importer im ON im.id = q.importer
WHERE r.kind = 'QUOTES' AND r.stage = 'REMIND' AND r.at <= now() - make_interval(days => $1)
    AND t.state IN ('SENT', 'REVISED') AND NOT t.shortlisted AND i.state IN ('OPEN', 'ANSWERED')
    AND NOT EXISTS (SELECT FROM message m WHERE m.about = 'INQUIRY' AND m.subject = t.recipient AND m.side = 'IMPORTER'
        AND m.created_at > t.sent_at)
    AND NOT EXISTS (SELECT FROM request_reminder x WHERE x.kind = 'QUOTES' AND x.about = t.public_id
        AND x.stage = 'ESCALATE')
ORDER BY r.id LIMIT 500
"""
_INVITED = f"""
SELECT v.public_id, v.created_at, q.public_id AS request, q.number, q.title, q.deadline, e.organisation
FROM request_invitation v JOIN trade_request q ON q.id = v.request JOIN exporter e ON e.id = v.exporter
WHERE {OPEN} AND e.verification = 'VERIFIED' AND v.created_at > now() - interval '30 days'
    AND NOT EXISTS (SELECT FROM inquiry i JOIN inquiry_recipient r ON r.inquiry = i.id
        WHERE i.request = q.id AND r.exporter = v.exporter)
    AND NOT EXISTS (SELECT FROM request_reminder x WHERE x.kind = 'INVITATION' AND x.about = v.public_id)
ORDER BY v.id LIMIT 500
"""


async def send_due() -> int:
    """Sends every reminder and escalation that is due, each once; returns how many cases."""
    done = 0
    done += await _reviews()
    done += await _requesters(await fetch(_RUNNING_OUT, QUOTES_DAYS), QUOTES, REMIND)
    done += await _requesters(await fetch(_UNHEARD, ESCALATE_DAYS), QUOTES, ESCALATE)
    done += await _requesters(await fetch(_ENDING, QUOTES_DAYS), DEADLINE, REMIND)
    done += await _invitations()
    if done:
        log.info("reminders sent", cases=done)
    return done


async def _once(conn: Connection, kind: str, about: str, stage: str) -> bool:
    return await conn.fetchval(_ONCE, kind, about, stage) is not None


async def _reviews() -> int:
    """The post is reminded before a review is due; when it is over the Ministry's people hear of it."""
    done = 0
    for due in await fetch(_REVIEWS, REVIEW_BEFORE):
        stage = ESCALATE if due["over"] else REMIND
        async with transaction() as tx:
            conn = tx.connection
            row = await moves.locked(conn, due["id"])
            # A request that is sent again has another clock: the due time is part of what it is about.
            about = f"{row['public_id']}{due['review_due_at']:%d%H%M%S}"
            if row["state"] != "SUBMITTED" or not await _once(conn, REVIEW, about, stage):
                continue
            column = "escalated_at" if due["over"] else "reminded_at"
            await conn.execute(f"UPDATE trade_request SET {column} = now() WHERE id = $1", row["id"])
            told = await telling.reviewers(conn, None if due["over"] else row["post"])
            action = "escalate" if due["over"] else "remind"
            await telling.tell(
                conn, told, row, action, f"/staff/requests/{row['public_id']}", "", row["version"],
                None if due["over"] else row["post"],
            )  # fmt: skip
            await audit.record("system:requests", f"request.review_{action}d", "request", row["public_id"])
            done += 1
    return done


async def _requesters(rows: Sequence[Record], kind: str, stage: str) -> int:
    """One mail for a request, however many of its quotes run out."""
    by_request: dict[str, list[Record]] = {}
    for row in rows:
        by_request.setdefault(row["public_id"], []).append(row)
    done = 0
    for request, found in by_request.items():
        first = found[0]
        async with transaction() as tx:
            conn = tx.connection
            names = [row["quote"] for row in found] if kind == QUOTES else [request]
            new = [name for name in names if await _once(conn, kind, name, stage)]
            if not new:
                continue
            people = await _whom(conn, first["organisation"], stage)
            count = len(new) if kind == QUOTES else first["quotes"]
            until = min(row["valid_until"] for row in found) if kind == QUOTES else first["deadline"]
            await _write(
                conn, people, kind, {**dict(first), "count": count, "until": until},
                f"/inquiries/{first['inquiry']}", f"{kind}-{new[0]}-{stage}",
            )  # fmt: skip
            done += 1
    return done


async def _invitations() -> int:
    done = 0
    now = datetime.now(UTC)
    for row in await fetch(_INVITED):
        if working_days.deadline(row["created_at"], INVITATION_DAYS, "TR") > now:
            continue
        async with transaction() as tx:
            conn = tx.connection
            if not await _once(conn, INVITATION, row["public_id"], REMIND):
                continue
            people = await _whom(conn, row["organisation"], REMIND)
            await _write(
                conn, people, INVITATION, {**dict(row), "count": 1, "until": row["deadline"]},
                f"/board/{row['request']}", f"{INVITATION}-{row['public_id']}",
            )  # fmt: skip
            done += 1
    return done


async def _whom(conn: Connection, organisation: int, stage: str) -> Sequence[Record]:
    """Those who work on it; when it is escalated the owners, or everybody where there is no owner."""
    people = await telling.people(conn, organisation)
    if stage != ESCALATE:
        return people
    owners = await conn.fetch(
        """SELECT p.id, p.name, p.email, p.language FROM membership m JOIN person p ON p.id = m.person
        WHERE m.organisation = $1 AND m.role = $2 AND m.ended_at IS NULL AND p.state = 'ACTIVE' ORDER BY p.id""",
        organisation,
        MANAGER[Kind.IMPORTER],
    )
    return owners or people


async def _write(
    conn: Connection,
    people: Sequence[Record],
    kind: str,
    about: Mapping[str, Any],
    path: str,
    source: str,
) -> None:
    org = await conn.fetchval("SELECT public_id FROM organisation WHERE id = $1", about["organisation"])
    go = f"/desk/{org}{path}"
    told = {"kind": kind, "number": about["number"], "title": about["title"], "count": about["count"]}
    for person in people:
        await send(
            "request_reminder", person["email"], person["language"], person=person["id"], name=person["name"],
            go=go, until=about["until"], **told,
        )  # fmt: skip
    await notifications.tell(
        conn, [person["id"] for person in people], "request_reminder", told, go, source, about["organisation"]
    )
