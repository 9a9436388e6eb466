"""The daily and the weekly mail of alerts: everything that still waits, however long, in one mail a person.

No window of time is asked for. A mail is due as soon as something waits that was there at the last appointed hour, so
days on which no worker ran are made up for with the next one.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from asyncpg import Connection, Record

from kervan.alerts.delivering import alert_said, mail_id, mark, path_of
from kervan.alerts.tables import Channel, Frequency
from kervan.db import fetch, transaction
from kervan.mail import service as mail
from kervan.privacy.queries import has_consent
from kervan.requests.queries import OPEN
from kervan.web import formats

log = structlog.get_logger(__name__)

AT = time(7, 30)
"""In the reader's time zone; of the weekly mail on Mondays."""
SHOWN = 20

_WAITING = """
SELECT a.person, a.frequency, p.time_zone, min(d.created_at) AS since
FROM alert_delivery d JOIN alert a ON a.id = d.alert JOIN person p ON p.id = a.person
WHERE d.state = 'QUEUED' AND a.frequency <> 'AT_ONCE' GROUP BY a.person, a.frequency, p.time_zone
ORDER BY a.person, a.frequency
"""
_PERSON = "SELECT id, name, email, language, state FROM person WHERE id = $1 FOR NO KEY UPDATE"
_ROWS = f"""
SELECT d.id, d.edition, a.id AS alert, a.public_id AS alert_public, a.name, a.channels,
    q.id AS request, q.public_id, q.title, q.country, q.deadline, {OPEN} AS open,
    a.ended_at IS NULL AND EXISTS (SELECT FROM membership m WHERE m.person = a.person
        AND m.organisation = a.organisation AND m.ended_at IS NULL
        AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date)) AS live
FROM alert_delivery d JOIN alert a ON a.id = d.alert JOIN trade_request q ON q.id = d.request
WHERE a.person = $1 AND a.frequency = $2 AND d.state = 'QUEUED' ORDER BY d.id FOR UPDATE OF d
"""
_UNTIL = "UPDATE alert SET digest_at = now() WHERE id = ANY($1::bigint[])"


def appointed(frequency: str, zone: str, now: datetime) -> datetime:
    """The last hour at which such a mail was to go out in the time zone, not after `now`."""
    local = now.astimezone(_zone(zone))
    day = local.date() - timedelta(days=local.weekday() if frequency == Frequency.WEEKLY else 0)
    found = datetime.combine(day, AT, local.tzinfo)
    if found > local:
        day -= timedelta(days=7 if frequency == Frequency.WEEKLY else 1)
        found = datetime.combine(day, AT, local.tzinfo)
    return found.astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Europe/Istanbul")


async def send_due(now: datetime | None = None) -> int:
    """Asks for every mail that is due; returns how many. For a round of a few minutes."""
    moment = now or datetime.now(UTC)
    done = 0
    for row in await fetch(_WAITING):
        if row["since"] <= appointed(row["frequency"], row["time_zone"], moment):
            done += await _collect(row["person"], row["frequency"])
    if done:
        log.info("collected alerts are told", mails=done)
    return done


async def _collect(person: int, frequency: str) -> int:
    async with transaction() as tx:
        conn = tx.connection
        reader = await conn.fetchrow(_PERSON, person)
        rows = await conn.fetch(_ROWS, person, frequency)
        agreed = reader["state"] == "ACTIVE" and await has_consent(person, "alerts")
        told = [
            row for row in rows if row["live"] and row["open"] and agreed and Channel.MAIL in row["channels"]
        ]
        await mark(conn, [row["id"] for row in rows if row not in told], "SKIPPED")
        if not told:
            return 0
        sent = await _mail(conn, reader, frequency, told)
        await mark(conn, [row["id"] for row in told], "TOLD", sent)
        await conn.execute(_UNTIL, [row["alert"] for row in told])
        return 1


async def _mail(conn: Connection, reader: Record, frequency: str, told: Sequence[Record]) -> int:
    # Of two editions the newer one is shown, and a request once however many alerts it fits; newest first.
    newest: Mapping[int, Record] = {row["request"]: row for row in told}
    requests = sorted(newest.values(), key=lambda row: row["id"], reverse=True)
    alerts = {row["alert_public"]: row["name"] for row in told}
    said: list[dict[str, Any]] = [
        {
            "title": row["title"],
            "country": row["country"],
            "path": path_of(row),
            "day": formats.day(reader["language"], row["deadline"]),
        }
        for row in requests[:SHOWN]
    ]
    only = next(iter(alerts)) if len(alerts) == 1 else None
    stop: dict[str, Any] = {"stop_path": alert_said(only, alerts[only])["stop"]} if only else {}
    sent = await mail.send(
        "request_digest",
        reader["email"],
        reader["language"],
        person=reader["id"],
        purpose="alerts",
        name=reader["name"],
        go=f"/alerts/{only}/deliveries" if only else "/alerts",
        frequency=frequency,
        count=len(requests),
        requests=said,
        more=len(requests) - len(said),
        alerts=[alert_said(public_id, name) for public_id, name in alerts.items()],
        **stop,
    )
    return await mail_id(conn, sent)
