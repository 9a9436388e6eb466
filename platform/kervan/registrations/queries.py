"""Reads of registrations: one whole, the organiser's list, a firm's own, who is confirmed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from kervan.db import fetch, fetchval
from kervan.errors import NotFound
from kervan.registrations.states import PLACES
from kervan.registrations.structs import Participant, RegistrationShown, Row, Step
from kervan.trade import nomenclature

PER_PAGE = 50
MOST_IN_FILE = 20_000
_BATCH = 500

_SHOWN = """
SELECT r.id, r.public_id, r.event, e.public_id AS event_id, r.organisation, o.public_id AS organisation_id,
    o.name AS firm, o.country, r.side, r.state, r.version, r.queued_at, r.offer_until, r.answers, r.interest,
    r.wants_meetings, r.reason, r.confirmed_at, r.cancelled_at, r.created_at,
    CASE WHEN r.state = 'WAITLISTED' THEN (SELECT count(*) FROM registration w WHERE w.event = r.event
        AND w.side = r.side AND w.state = 'WAITLISTED' AND (w.queued_at, w.id) < (r.queued_at, r.id)) END AS ahead
FROM registration r JOIN trade_event e ON e.id = r.event JOIN organisation o ON o.id = r.organisation
"""
_PEOPLE = """
SELECT id, public_id, name, job, ticket, checked_in_at FROM registration_participant
WHERE registration = $1 AND removed_at IS NULL ORDER BY id
"""
_STEPS = """
SELECT s.action, s.at, s.reason, CASE WHEN p.state <> 'CLOSED' THEN p.name END AS by
FROM registration_step s LEFT JOIN person p ON p.id = s.person WHERE s.registration = $1 ORDER BY s.id
"""
_CONFIRMED = """
SELECT organisation, person FROM registration
WHERE event = $1 AND side = $2 AND state IN ('CONFIRMED', 'ATTENDED') AND (NOT $3 OR wants_meetings) ORDER BY id
"""
_ROWS = """
SELECT r.public_id, o.public_id AS organisation_id, o.name AS firm, o.country, r.side, r.state, r.queued_at,
    r.created_at, r.interest, r.wants_meetings, r.answers,
    coalesce((SELECT array_agg(p.name ORDER BY p.id) FROM registration_participant p
        WHERE p.registration = r.id AND p.removed_at IS NULL), '{}') AS people,
    coalesce((SELECT array_agg(p.job ORDER BY p.id) FROM registration_participant p
        WHERE p.registration = r.id AND p.removed_at IS NULL), '{}') AS jobs,
    (SELECT count(*) FROM registration_participant p
        WHERE p.registration = r.id AND p.removed_at IS NULL AND p.checked_in_at IS NOT NULL) AS came,
    CASE WHEN r.state = 'WAITLISTED' THEN 1 + (SELECT count(*) FROM registration w WHERE w.event = r.event
        AND w.side = r.side AND w.state = 'WAITLISTED' AND (w.queued_at, w.id) < (r.queued_at, r.id)) END AS place
FROM registration r JOIN organisation o ON o.id = r.organisation
WHERE r.event = $1 AND ($2 = '' OR r.state = $2) AND ($3 = '' OR r.side = $3)
    AND ($4 = '' OR o.name ILIKE $5 OR EXISTS (SELECT FROM registration_participant p
        WHERE p.registration = r.id AND p.removed_at IS NULL AND p.name ILIKE $5))
"""
_ORDER = "r.state = 'APPLIED' DESC, r.state = 'OFFERED' DESC, r.state = 'WAITLISTED' DESC, r.queued_at, r.id"
_MINE = """
SELECT r.public_id, r.event, r.state, r.offer_until, r.side FROM registration r JOIN trade_event e ON e.id = r.event
WHERE r.organisation = $1 AND (e.ends_at > now()) = $2
ORDER BY CASE WHEN $2 THEN e.starts_at END, e.starts_at DESC, r.id LIMIT 200
"""
# Events that a firm could register for and that name its sectors or headings; others come behind by day.
_FITTING = """
WITH firm AS (
    SELECT 'EXPORTER' AS side, o.country, x.sectors,
        (SELECT coalesce(array_agg(DISTINCT left(v.hs_code, 4)), '{}') FROM product p JOIN product_version v
            ON v.product = p.id AND v.number = p.current_version AND v.hs_code IS NOT NULL
            WHERE p.exporter = x.id AND p.state = 'PUBLISHED') AS headings
    FROM exporter x JOIN organisation o ON o.id = x.organisation WHERE o.id = $1
    UNION ALL
    SELECT 'IMPORTER', o.country, im.sectors,
        (SELECT coalesce(array_agg(DISTINCT left(h, 4)), '{}') FROM unnest(im.headings) AS h)
    FROM importer im JOIN organisation o ON o.id = im.organisation WHERE o.id = $1
)
SELECT e.id FROM trade_event e, firm f
WHERE e.state = 'PUBLISHED' AND e.starts_at > now() AND e.registration = 'PLATFORM'
    AND coalesce(e.registration_closes_at, e.starts_at) > now()
    AND coalesce(CASE f.side WHEN 'EXPORTER' THEN e.capacity_exporters ELSE e.capacity_importers END, 1) > 0
    AND (f.side = 'EXPORTER' OR e.target_countries = '{}' OR f.country = ANY(e.target_countries))
    AND NOT EXISTS (SELECT FROM registration r WHERE r.event = e.id AND r.organisation = $1 AND r.state <> 'CANCELLED')
ORDER BY (e.sectors && f.sectors OR e.headings && f.headings::varchar[]
    OR EXISTS (SELECT FROM unnest(f.headings) h WHERE left(h, 2) = ANY(e.headings))) DESC, e.starts_at, e.id LIMIT $2
"""
_COUNTS = "SELECT side, state, count(*) AS n FROM registration WHERE event = $1 GROUP BY side, state"


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """A firm's registration in its own list."""

    public_id: str
    event: int
    state: str
    offer_until: datetime | None
    side: str


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What the organiser's list shows."""

    text: str = ""
    state: str = ""
    side: str = ""
    page: int = 1


async def shown(id: int) -> RegistrationShown:
    """A whole registration by registration.id. Raises NotFound."""
    return await _read("r.id = $1", id)


async def of_event(event: int, public_id: str) -> RegistrationShown:
    """A whole registration of an event (trade_event.id). Raises NotFound for one of another event."""
    found = await _read("r.public_id = $1", public_id)
    if found.event != event:
        raise NotFound()
    return found


async def _read(condition: str, value: object) -> RegistrationShown:
    rows = await fetch(f"{_SHOWN} WHERE {condition}", value)
    if not rows:
        raise NotFound()
    row = dict(rows[0])
    row["answers"] = msgspec.json.decode(row["answers"])
    people = tuple(Participant(**each) for each in await fetch(_PEOPLE, row["id"]))
    steps = tuple(Step(**each) for each in await fetch(_STEPS, row["id"]))
    return RegistrationShown(people=people, steps=steps, **row)


async def confirmed_firms(
    event: int, side: str, *, wants_meetings: bool = False
) -> list[tuple[int, int | None]]:
    """(organisation.id, person.id who registered it) of the firms of a side that come; with `wants_meetings` only
    those that ticked it. `event` is trade_event.id."""
    return [
        (row["organisation"], row["person"]) for row in await fetch(_CONFIRMED, event, side, wants_meetings)
    ]


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _row(row: Record) -> Row:
    values = {name: row[name] for name in Row.__struct_fields__}
    return Row(**{**values, "people": tuple(row["people"])})


async def rows(event: int, filters: Filters) -> tuple[Sequence[Row], int]:
    """A page of the organiser's list, and how many there are on all of them; what waits for somebody stands first."""
    values = (event, filters.state, filters.side, filters.text, _like(filters.text))
    total = await fetchval(f"SELECT count(*) FROM ({_ROWS}) AS counted", *values)
    found = await fetch(
        f"{_ROWS} ORDER BY {_ORDER} LIMIT {PER_PAGE} OFFSET {(filters.page - 1) * PER_PAGE}", *values
    )
    return [_row(row) for row in found], total


async def in_file(event: int, filters: Filters) -> AsyncIterator[Mapping[str, Any]]:
    """Every row of the list for a file, with `jobs` and `answers`; read in parts so that memory stays small."""
    values = (event, filters.state, filters.side, filters.text, _like(filters.text))
    for start in range(0, MOST_IN_FILE, _BATCH):
        part = await fetch(f"{_ROWS} ORDER BY {_ORDER} LIMIT {_BATCH} OFFSET {start}", *values)
        for row in part:
            yield {**dict(row), "answers": msgspec.json.decode(row["answers"])}
        if len(part) < _BATCH:
            return


async def counts(event: int) -> dict[tuple[str, str], int]:
    """Firms by (side, state)."""
    return {(row["side"], row["state"]): row["n"] for row in await fetch(_COUNTS, event)}


async def mine(organisation: int, *, coming: bool = True) -> list[Mine]:
    """A firm's registrations: for what lies ahead the next first, else the last first."""
    return [Mine(**row) for row in await fetch(_MINE, organisation, coming)]


async def ids_of(organisation: int, page: int, size: int) -> tuple[list[int], int]:
    """A page of a firm's registrations (registration.id), the newest first, and how many there are."""
    rows = await fetch(
        "SELECT id FROM registration WHERE organisation = $1 ORDER BY id DESC LIMIT $2 OFFSET $3",
        organisation,
        size,
        (page - 1) * size,
    )
    total = await fetchval("SELECT count(*) FROM registration WHERE organisation = $1", organisation)
    return [row["id"] for row in rows], total


async def fitting(organisation: int, most: int = 6) -> list[int]:
    """trade_event.id of coming events that a firm could register for, those of its sectors and headings first."""
    return [row["id"] for row in await fetch(_FITTING, organisation, most)]


async def people_of(organisation: int) -> list[str]:
    """Names of the firm's members, for its form."""
    found = await fetch(
        """SELECT p.name FROM membership m JOIN person p ON p.id = m.person
        WHERE m.organisation = $1 AND m.ended_at IS NULL AND p.state = 'ACTIVE' ORDER BY p.name, p.id LIMIT 50""",
        organisation,
    )
    return [row["name"] for row in found]


async def interest_of(organisation: int, language: str) -> str:
    """What a firm makes or looks for, in a line, from its products or interests; the form begins with it."""
    rows = await fetch(
        """SELECT coalesce(
            (SELECT string_agg(n.name, ', ') FROM (SELECT t.name FROM product p
                JOIN exporter x ON x.id = p.exporter
                JOIN LATERAL (SELECT name FROM product_text t WHERE t.product = p.id
                    ORDER BY t.language = $2 DESC, t.language = 'en' DESC, t.id LIMIT 1) t ON true
                WHERE x.organisation = $1 AND p.state = 'PUBLISHED' ORDER BY p.id LIMIT 5) n), '') AS goods,
            coalesce((SELECT array_agg(h) FROM importer im, unnest(im.headings) h WHERE im.organisation = $1), '{}')
                AS headings""",
        organisation,
        language,
    )
    wanted = [nomenclature.name(code, language) for code in rows[0]["headings"] if nomenclature.exists(code)]
    return str(rows[0]["goods"] or ", ".join(wanted))[:600]


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """How full a side of an event is. `capacity` None: as many as come."""

    capacity: int | None
    taken: int
    waiting: int

    @property
    def left(self) -> int | None:
        """Places that a new firm could take: none while others wait."""
        if self.capacity is None:
            return None
        return 0 if self.waiting else max(0, self.capacity - self.taken)


async def room(event: int, side: str) -> Room:
    """How full a side of an event (trade_event.id) is."""
    [row] = await fetch(
        """SELECT CASE $2 WHEN 'EXPORTER' THEN e.capacity_exporters ELSE e.capacity_importers END AS capacity,
            (SELECT count(*) FROM registration r WHERE r.event = e.id AND r.side = $2
                AND r.state = ANY($3::text[])) AS taken,
            (SELECT count(*) FROM registration r WHERE r.event = e.id AND r.side = $2
                AND r.state = 'WAITLISTED') AS waiting
        FROM trade_event e WHERE e.id = $1""",
        event,
        side,
        list(PLACES),
    )
    return Room(**row)
