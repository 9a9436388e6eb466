"""Tickets: what the QR leads to, and checking people in, online or hours later from a device that had no line."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.errors import NotFound
from kervan.events import access
from kervan.events.tables import EventState
from kervan.registrations import moves, places, states
from kervan.registrations.states import Side
from kervan.registrations.structs import Attendee, Ticket
from kervan.registrations.tables import RegistrationState as S
from kervan_search.text import fold

EARLY = timedelta(days=1)
"""The door opens so long before the event."""
MOST_SCANS = 500
_ID = re.compile(r"[a-z0-9]{12}")
_TOKEN = re.compile(r"[a-z0-9]{12}[A-Za-z0-9_-]{20}")
_SCAN = re.compile(r"[A-Za-z0-9-]{8,40}")

IN, BEFORE, UNKNOWN, OTHER_EVENT, NOT_VALID, TOO_EARLY = (
    "in", "before", "unknown", "other-event", "not-valid", "too-early",
)  # fmt: skip
"""What a scan comes to."""

_TICKET = """
SELECT p.public_id AS participant, p.name, p.job, o.name AS firm, p.ticket, r.state,
    p.removed_at IS NOT NULL AS removed, p.checked_in_at, r.event, e.public_id AS event_id
FROM registration_participant p JOIN registration r ON r.id = p.registration
JOIN organisation o ON o.id = r.organisation JOIN trade_event e ON e.id = r.event
WHERE p.ticket = $1
"""
_DOOR = """
SELECT p.public_id AS id, p.name, p.job, o.name AS firm, o.country, r.side, p.checked_in_at AS at
FROM registration_participant p JOIN registration r ON r.id = p.registration
JOIN organisation o ON o.id = r.organisation
WHERE r.event = $1 AND r.state IN ('CONFIRMED', 'ATTENDED', 'NO_SHOW') AND p.removed_at IS NULL AND p.name <> '—'
ORDER BY p.name, p.id
"""
_AT_DOOR = """
SELECT p.id, p.public_id, p.name, p.ticket, p.checked_in_at, p.scan, p.removed_at, r.event, r.id AS registration,
    o.name AS firm
FROM registration_participant p JOIN registration r ON r.id = p.registration
JOIN organisation o ON o.id = r.organisation WHERE p.public_id = $1
"""


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """One scan at the door: an id that the device made, what was read or typed, when by the device's clock."""

    id: str
    code: str
    at: datetime | None = None


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan came to. `at` is when the person was checked in first."""

    id: str
    result: str
    name: str = ""
    firm: str = ""
    at: datetime | None = None


async def opened(token: str) -> Ticket:
    """The ticket that a QR leads to, whatever became of it. Raises NotFound."""
    rows = await fetch(_TICKET, token) if _TOKEN.fullmatch(token) else []
    if not rows:
        raise NotFound()
    return Ticket(**rows[0])


def holds(ticket: Ticket) -> bool:
    """Whether it lets somebody in."""
    return not ticket.removed and ticket.state in (*states.COMING, S.NO_SHOW)


def code_of(text: str) -> tuple[str, str]:
    """What was scanned or typed, as (code of the participant, whole ticket or ''); ('', '') for what is neither."""
    found = text.strip()
    if "/" in found:
        # A QR holds the ticket's address; QRs of others hold all sorts of things.
        try:
            found = urlsplit(found).path.rstrip("/").rpartition("/")[2]
        except ValueError:
            return "", ""
    if _TOKEN.fullmatch(found):
        return found[:12], found
    typed = fold(found).replace(" ", "").replace("-", "")
    return (typed, "") if _ID.fullmatch(typed) else ("", "")


async def door_list(caller: Caller, event: str) -> list[Attendee]:
    """Who is expected, for the organiser's people at the door; no tickets, only their codes. Raises NotFound."""
    seat = await access.organised(caller, event)
    return [Attendee(**row) for row in await fetch(_DOOR, seat.id)]


async def check_in(caller: Caller, event: str, scans: Sequence[Scan]) -> list[Scanned]:
    """Checks people in; the same scan again comes to the same. The earliest scan of a ticket is the one that counts.

    The firm of whoever is checked in was there (ATTENDED). Raises NotFound for who does not look after the event.
    """
    seat = await access.organised(caller, event)
    done: list[Scanned] = []
    # A device sends hundreds at once: each is a transaction of its own, so the queue of the event moves on between.
    for scan in scans[:MOST_SCANS]:
        async with transaction() as tx:
            done.append(await _check_in(tx.connection, caller, seat.id, scan))
    return done


async def _check_in(conn: Connection, caller: Caller, event: int, scan: Scan) -> Scanned:
    code, ticket = code_of(scan.code)
    if not code or not _SCAN.fullmatch(scan.id):
        return Scanned(id=scan.id[:40], result=UNKNOWN)
    held = await places.locked(conn, event)
    row = await conn.fetchrow(_AT_DOOR, code)
    if row is None or (ticket and ticket != row["ticket"]):
        return Scanned(id=scan.id, result=UNKNOWN)
    if row["event"] != event:
        return Scanned(id=scan.id, result=OTHER_EVENT)
    registration = await conn.fetchrow("SELECT * FROM registration WHERE id = $1", row["registration"])
    valid = row["removed_at"] is None and registration["state"] in (S.CONFIRMED, S.ATTENDED, S.NO_SHOW)
    # What was called off has no door, also before those who registered have been told.
    if not valid or held["state"] != EventState.PUBLISHED:
        return Scanned(id=scan.id, result=NOT_VALID, name=row["name"], firm=row["firm"])
    now = datetime.now(UTC)
    opens = held["starts_at"] - EARLY
    if now < opens:
        return Scanned(id=scan.id, result=TOO_EARLY, name=row["name"], firm=row["firm"])
    # A device's clock may be wrong: nobody came before the door opened or comes in the future.
    at = min(max(scan.at or now, opens), now)
    if row["checked_in_at"] is not None and row["scan"] != scan.id and at >= row["checked_in_at"]:
        return _scanned(scan, BEFORE, row, row["checked_in_at"])
    if row["scan"] == scan.id:
        return _scanned(scan, IN, row, row["checked_in_at"])
    await conn.execute(
        "UPDATE registration_participant SET checked_in_at = $2, checked_in_by = $3, scan = $4 WHERE id = $1",
        row["id"],
        at,
        caller.person,
        scan.id,
    )
    await audit.record(
        caller.actor, "registration.checked_in", "registration", registration["public_id"],
        after={"participant": row["public_id"], "at": at},
    )  # fmt: skip
    if registration["state"] != S.ATTENDED:
        await moves.move(conn, held, registration, "attend", side=Side.ORGANISER, caller=caller)
    return _scanned(scan, IN, row, at)


def _scanned(scan: Scan, result: str, row: Record, at: datetime) -> Scanned:
    return Scanned(id=scan.id, result=result, name=row["name"], firm=row["firm"], at=at)
