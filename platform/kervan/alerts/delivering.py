"""The topic "alerts.deliver": rows of the ledger become mails, lines under the bell and webhooks, each row once.

A row leaves QUEUED in the transaction that asks for its mail, so there is one mail or none. Who is told of a request at
once is told once: alerts of one person that fit the same edition share a mail and a line, digests included.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from asyncpg import Connection, Record

from kervan.alerts import service
from kervan.alerts.tables import Channel, Frequency
from kervan.db import fetch, transaction
from kervan.mail import service as mail
from kervan.notifications.service import tell
from kervan.organisations.roles import ORDERS, RIGHTS
from kervan.organisations.tables import Kind
from kervan.outbox import Handler
from kervan.privacy.queries import has_consent
from kervan.products.queries import slug_of
from kervan.requests.queries import OPEN
from kervan.settings import Settings
from kervan.webhooks import service as webhooks

log = structlog.get_logger(__name__)

EVENT = "request.matched"

_WANTED = """
SELECT d.id, d.invitation, d.request, d.edition, a.person FROM alert_delivery d LEFT JOIN alert a ON a.id = d.alert
WHERE d.id = ANY($1::bigint[]) AND d.state = 'QUEUED' ORDER BY d.id
"""
_PERSON = "SELECT id, name, email, language, state FROM person WHERE id = $1 FOR NO KEY UPDATE"
# Everything that this person has not heard of this edition yet, whichever of their alerts it fits.
_ROWS = """
SELECT d.id, a.public_id, a.name, a.frequency, a.channels, a.organisation,
    a.ended_at IS NULL AND EXISTS (SELECT FROM membership m WHERE m.person = a.person
        AND m.organisation = a.organisation AND m.ended_at IS NULL
        AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date)) AS live
FROM alert_delivery d JOIN alert a ON a.id = d.alert
WHERE a.person = $1 AND d.request = $2 AND d.edition = $3 AND d.state = 'QUEUED' ORDER BY d.id FOR UPDATE OF d
"""
_REQUEST = f"""
SELECT q.id, q.public_id, q.number, q.title, q.summary, q.country, q.deadline, q.hs_code, q.edition, {OPEN} AS open
FROM trade_request q WHERE q.id = $1
"""
_TOLD = """
UPDATE alert_delivery SET state = $2::text, told_at = CASE WHEN $2::text = 'TOLD' THEN now() END, mail = $3
WHERE id = ANY($1::bigint[]) AND state = 'QUEUED'
"""
_INVITED = """
SELECT d.id, d.request, d.edition, i.public_id, i.reasons, e.organisation, e.verification = 'VERIFIED' AS live,
    o.public_id AS org, b.name AS inviter, b.kind AS inviter_kind
FROM alert_delivery d JOIN request_invitation i ON i.id = d.invitation JOIN exporter e ON e.id = i.exporter
JOIN organisation o ON o.id = e.organisation JOIN organisation b ON b.id = i.organisation
WHERE d.id = $1 AND d.state = 'QUEUED' FOR UPDATE OF d
"""
_PEOPLE = """
SELECT p.id, p.name, p.email, p.language FROM membership m JOIN person p ON p.id = m.person
WHERE m.organisation = $1 AND m.role = ANY($2::text[]) AND m.ended_at IS NULL AND p.state = 'ACTIVE'
    AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date)
ORDER BY p.id LIMIT 50
"""
_ROLES: Sequence[str] = tuple(
    str(role) for (kind, role), rights in RIGHTS.items() if kind == Kind.EXPORTER and ORDERS in rights
)


def handlers(settings: Settings) -> Mapping[str, Handler]:
    """The topic that tells of what the ledger holds."""

    async def deliver(payloads: Sequence[Mapping[str, Any]]) -> None:
        await carry(settings, [id for payload in payloads for id in payload["deliveries"]])

    return {"alerts.deliver": deliver}


async def carry(settings: Settings, ids: Sequence[int]) -> None:
    """Tells of those of the rows that still wait. Safe to repeat, and to do twice at once."""
    rows = await fetch(_WANTED, list(ids))
    for person, request, edition in dict.fromkeys(
        (row["person"], row["request"], row["edition"]) for row in rows if row["invitation"] is None
    ):
        await _tell_person(settings, person, request, edition)
    for row in rows:
        if row["invitation"] is not None:
            await _invite(row["id"])


async def _tell_person(settings: Settings, person: int, request: int, edition: int) -> None:
    async with transaction() as tx:
        conn = tx.connection
        reader = await conn.fetchrow(_PERSON, person)
        rows = await conn.fetch(_ROWS, person, request, edition)
        if not rows:
            return
        about = await conn.fetchrow(_REQUEST, request)
        live = [row for row in rows if row["live"] and about["open"] and reader["state"] == "ACTIVE"]
        await mark(conn, [row["id"] for row in rows if row not in live], "SKIPPED")
        agreed = await has_consent(person, "alerts")
        heard = await _bell(conn, reader, about, edition, live) | await _programs(
            settings, about, edition, live
        )
        by_mail = [row for row in live if Channel.MAIL in row["channels"] and agreed]
        sent = None
        if any(row["frequency"] == Frequency.AT_ONCE for row in by_mail):
            sent = await _mail(conn, reader, about, by_mail)
        for row in live:
            if row in by_mail:
                if sent is not None:
                    await mark(conn, [row["id"]], "TOLD", sent)
            else:
                await mark(conn, [row["id"]], "TOLD" if row["id"] in heard else _without(row))


def _without(row: Record) -> str:
    """Of an alert that nobody is told of: its feed alone is enough to tell, mails without consent are not."""
    return "SKIPPED" if Channel.MAIL in row["channels"] else "TOLD"


async def mark(conn: Connection, ids: Sequence[int], state: str, sent: int | None = None) -> None:
    """The rows are through, told of in the mail `sent` (mail.id) or without one."""
    if ids:
        await conn.execute(_TOLD, list(ids), state, sent)


def path_of(about: Record) -> str:
    """The page of a request on the board, without language."""
    return f"/requests/{slug_of(about['title'])}-{about['public_id']}"


def _said(about: Record) -> dict[str, Any]:
    return {
        "number": about["number"],
        "title": about["title"],
        "country": about["country"],
        "until": about["deadline"],
    }


async def _bell(
    conn: Connection, reader: Record, about: Record, edition: int, live: Sequence[Record]
) -> set[int]:
    """The rows that the bell tells of: at once, however often the mails come."""
    wanted = [row for row in live if Channel.IN_APP in row["channels"]]
    if wanted:
        await tell(
            conn,
            [reader["id"]],
            "request_alert",
            _said(about),
            path_of(about),
            f"request {about['public_id']} {edition}",
            wanted[0]["organisation"],
        )
    return {row["id"] for row in wanted}


async def _programs(settings: Settings, about: Record, edition: int, live: Sequence[Record]) -> set[int]:
    """The rows that webhooks tell of: each firm's hear once of an edition, whoever of its people asked."""
    wanted = [row for row in live if Channel.WEBHOOK in row["channels"]]
    data = {
        "id": about["public_id"],
        "number": about["number"],
        "title": about["title"],
        "summary": about["summary"],
        "hs_code": about["hs_code"],
        "country": about["country"],
        "deadline": about["deadline"],
        "edition": edition,
        "url": f"{settings.public_url}/en{path_of(about)}",
    }
    for organisation in sorted({row["organisation"] for row in wanted}):
        await webhooks.tell(
            [organisation], EVENT, data, event_id=f"matched-{about['public_id']}-{edition}-{organisation}"
        )
    return {row["id"] for row in wanted}


async def _mail(conn: Connection, reader: Record, about: Record, rows: Sequence[Record]) -> int:
    alerts = [alert_said(row["public_id"], row["name"]) for row in rows]
    # The button of mail programs ends the one alert, or all mails of this kind where there are several.
    stop: dict[str, Any] = {"stop_path": alerts[0]["stop"]} if len(alerts) == 1 else {}
    sent = await mail.send(
        "request_alert",
        reader["email"],
        reader["language"],
        person=reader["id"],
        purpose="alerts",
        name=reader["name"],
        go=path_of(about),
        **_said(about),
        summary=about["summary"],
        code=about["hs_code"],
        changed=about["edition"] > 1,
        alerts=alerts,
        **stop,
    )
    return await mail_id(conn, sent)


def alert_said(public_id: str, name: str) -> dict[str, str]:
    """An alert as mails name it: its name, its page, and where it ends."""
    return {
        "name": name,
        "path": f"/alerts/{public_id}",
        "stop": f"/alerts/stop/{service.stop_token(public_id)}",
    }


async def mail_id(conn: Connection, public_id: str) -> int:
    """mail.id of a mail that was just asked for."""
    found: int = await conn.fetchval("SELECT id FROM mail WHERE public_id = $1", public_id)
    return found


async def _invite(id: int) -> None:
    """Tells the exporter's people who answer orders that they are asked to quote."""
    async with transaction() as tx:
        conn = tx.connection
        row = await conn.fetchrow(_INVITED, id)
        if row is None:
            return
        about = await conn.fetchrow(_REQUEST, row["request"])
        if not (row["live"] and about["open"]):
            await mark(conn, [id], "SKIPPED")
            return
        path = f"/desk/{row['org']}/board/{about['public_id']}/answer"
        people = await conn.fetch(_PEOPLE, row["organisation"], _ROLES)
        sent = [
            await mail.send(
                "request_invitation",
                person["email"],
                person["language"],
                person=person["id"],
                name=person["name"],
                go=path,
                **_said(about),
                summary=about["summary"],
                code=about["hs_code"],
                post=row["inviter"] if row["inviter_kind"] == Kind.POST else None,
            )
            for person in people
        ]
        await tell(
            conn,
            [person["id"] for person in people],
            "request_invitation",
            _said(about),
            path,
            f"invitation {row['public_id']}",
            row["organisation"],
        )
        await mark(conn, [id], "TOLD", await mail_id(conn, sent[0]) if sent else None)
