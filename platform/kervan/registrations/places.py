"""Places of an event: how many there are, who has one, who waits. All under the lock of the event's row."""

from collections.abc import Mapping
from typing import Any

from asyncpg import Connection, Record

from kervan.errors import NotFound
from kervan.registrations.states import PLACES

EXPORTER, IMPORTER = "EXPORTER", "IMPORTER"
SIDES = (EXPORTER, IMPORTER)
_CAPACITY = {EXPORTER: "capacity_exporters", IMPORTER: "capacity_importers"}

EVENT = """
SELECT e.*, o.public_id AS organiser_id,
    (SELECT coalesce(jsonb_object_agg(t.language, t.title), '{}') FROM event_text t WHERE t.event = e.id) AS titles
FROM trade_event e JOIN organisation o ON o.id = e.organiser
"""

# Every move of a registration waits here for the one before, so a place is never given twice. NO KEY: rows that only
# point at the event (views, files) need not wait.
_LOCK = "FOR NO KEY UPDATE OF e"

ELIGIBLE = """
(o.closed_at IS NULL AND (x.verification = 'VERIFIED' OR im.standing IN ('ACTIVE', 'VERIFIED')))
"""
"""Who may take a place: verified exporters, importers that are not suspended (`o`, `x`, `im` as in JOINS)."""
JOINS = """
JOIN organisation o ON o.id = r.organisation
LEFT JOIN exporter x ON x.organisation = o.id AND r.side = 'EXPORTER'
LEFT JOIN importer im ON im.organisation = o.id AND r.side = 'IMPORTER'
"""
_FIRST = f"""
SELECT r.id FROM registration r {JOINS}
WHERE r.event = $1 AND r.side = $2 AND r.state = 'WAITLISTED' AND {ELIGIBLE}
ORDER BY r.queued_at, r.id LIMIT 1
"""


async def locked(conn: Connection, event: int) -> Record:
    """The event's row, locked until the transaction ends. Raises NotFound."""
    return _found(await conn.fetchrow(f"{EVENT} WHERE e.id = $1 {_LOCK}", event))


async def locked_by_public_id(conn: Connection, public_id: str) -> Record:
    """The same by the event's public id."""
    return _found(await conn.fetchrow(f"{EVENT} WHERE e.public_id = $1 {_LOCK}", public_id))


def _found(row: Record | None) -> Record:
    if row is None:
        raise NotFound()
    return row


def capacity(event: Mapping[str, Any], side: str) -> int | None:
    """Firms of a side that fit; None: as many as come."""
    found: int | None = event[_CAPACITY[side]]
    return found


async def taken(conn: Connection, event: int, side: str) -> int:
    """Firms of a side that have a place, or are offered one."""
    found: int = await conn.fetchval(
        "SELECT count(*) FROM registration WHERE event = $1 AND side = $2 AND state = ANY($3::text[])",
        event,
        side,
        list(PLACES),
    )
    return found


async def is_free(conn: Connection, event: Mapping[str, Any], side: str) -> bool:
    """Whether one more firm of the side fits."""
    most = capacity(event, side)
    return most is None or await taken(conn, event["id"], side) < most


async def stands(conn: Connection, registration: int) -> bool:
    """Whether the firm of a registration (registration.id) may take a place at present."""
    found: bool = await conn.fetchval(
        f"SELECT EXISTS (SELECT FROM registration r {JOINS} WHERE r.id = $1 AND {ELIGIBLE})", registration
    )
    return found


async def first_waiting(conn: Connection, event: int, side: str) -> int | None:
    """registration.id of whoever has waited longest and may still come."""
    found: int | None = await conn.fetchval(_FIRST, event, side)
    return found
