"""The topic "events.published": whom a new event concerns hears of it under the bell, and their programs by webhook.

Mails are another matter: announcements with their consent, and the weekly one (digests).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from asyncpg import Connection, Record

from kervan.announcements import queries
from kervan.announcements.concerns import FOR_EXPORTER, FOR_IMPORTER, ROLES
from kervan.announcements.structs import About
from kervan.db import fetch, transaction
from kervan.notifications.service import tell
from kervan.organisations.queries import IN_TERM
from kervan.outbox import Handler
from kervan.settings import Settings
from kervan.web.i18n import BY_CODE
from kervan.webhooks import service as webhooks

log = structlog.get_logger(__name__)

EVENT = "event.published"
CHUNK = 5000
"""People who are told in one transaction."""

_PEOPLE = f"""
SELECT DISTINCT p.id, p.language FROM trade_event e, membership m JOIN organisation o ON o.id = m.organisation
JOIN person p ON p.id = m.person LEFT JOIN event_news n ON n.person = p.id
LEFT JOIN importer im ON im.organisation = o.id LEFT JOIN exporter ex ON ex.organisation = o.id
WHERE e.id = $1 AND e.state = 'PUBLISHED' AND e.ends_at > now() AND {IN_TERM} AND {ROLES} AND o.closed_at IS NULL
    AND p.state = 'ACTIVE' AND coalesce(n.frequency, 'AT_ONCE') = 'AT_ONCE' AND p.id > $2
    AND ((im.id IS NOT NULL AND {FOR_IMPORTER}) OR (ex.id IS NOT NULL AND {FOR_EXPORTER}))
ORDER BY p.id LIMIT $3
"""
_FIRMS = f"""
SELECT DISTINCT o.id FROM trade_event e, webhook w JOIN organisation o ON o.id = w.organisation
LEFT JOIN importer im ON im.organisation = o.id LEFT JOIN exporter ex ON ex.organisation = o.id
WHERE e.id = $1 AND e.state = 'PUBLISHED' AND '{EVENT}' = ANY(w.events) AND w.removed_at IS NULL
    AND o.closed_at IS NULL
    AND ((im.id IS NOT NULL AND {FOR_IMPORTER}) OR (ex.id IS NOT NULL AND {FOR_EXPORTER}))
ORDER BY o.id
"""


def handlers(settings: Settings) -> Mapping[str, Handler]:
    """The topic that tells of a new event. Safe to repeat: who heard of an event is not told of it again."""

    async def published(payloads: Sequence[Mapping[str, Any]]) -> None:
        for payload in payloads:
            await tell_all(settings, payload["id"])

    return {"events.published": published}


async def tell_all(settings: Settings, event: int) -> int:
    """Tells everybody whom the event (trade_event.id) concerns; returns how many people had not heard of it."""
    told, last = 0, 0
    while rows := await fetch(_PEOPLE, event, last, CHUNK):
        async with transaction() as tx:
            told += await _tell(tx.connection, event, rows)
        last = rows[-1]["id"]
    async with transaction() as tx:
        about = await queries.about(tx.connection, event)
        firms = [row["id"] for row in await tx.connection.fetch(_FIRMS, event)]
        await webhooks.tell(
            firms, EVENT, _data(settings, about), event_id=f"event-{about.public_id}-published"
        )
    log.info("event told", about=about.public_id, people=told, firms=len(firms))
    return told


async def _tell(conn: Connection, event: int, rows: Sequence[Record]) -> int:
    about = await queries.about(conn, event)
    told = 0
    for language in BY_CODE:
        people = [row["id"] for row in rows if row["language"] == language]
        data = {"title": about.title(language), "when": about.when(language)}
        told += await tell(conn, people, "event_published", data, about.path, f"event {about.public_id}")
    return told


def _data(settings: Settings, about: About) -> dict[str, Any]:
    return {
        "id": about.public_id,
        "kind": about.kind,
        "titles": dict(about.titles),
        "format": about.format,
        "country": about.country,
        "city": about.city,
        "starts_at": about.starts_at,
        "ends_at": about.ends_at,
        "time_zone": about.zone,
        "whole_days": about.whole_days,
        "registration_closes_at": about.registration_closes_at,
        "url": f"{settings.public_url}/en{about.path}",
    }
