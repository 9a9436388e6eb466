"""Reads of announced events for everybody: what comes next, what is like an event, a month, dates of feeds, places."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from kervan.calendars.zones import local
from kervan.db import connection, fetch
from kervan.events import queries
from kervan.events.queries import PUBLIC_STATE
from kervan.events.structs import EventCard, EventShown
from kervan.registrations import places

_NEXT = """
SELECT e.id FROM trade_event e WHERE e.state = 'PUBLISHED' AND e.starts_at > now() ORDER BY e.starts_at, e.id LIMIT $1
"""
_LIKE = """
SELECT e.id FROM trade_event e WHERE e.state = 'PUBLISHED' AND e.ends_at > now() AND e.id <> $1
    AND (e.sectors && $2::varchar[] OR e.kind = $3)
ORDER BY cardinality(ARRAY(SELECT unnest(e.sectors) INTERSECT SELECT unnest($2::varchar[]))) DESC, e.kind = $3 DESC,
    e.country IS NOT DISTINCT FROM $4 DESC, e.starts_at, e.id LIMIT $5
"""
# By trade_event_span: at once, however long ago an event began and however long it goes on.
TOUCHES = "e.starts_at IS NOT NULL AND tstzrange(e.starts_at, e.ends_at) && tstzrange($1, $2)"
_SPAN = f"""
SELECT e.id, e.public_id, e.kind, e.state, e.starts_at, e.ends_at, e.zone, e.whole_days, e.city, e.country, t.title,
    t.language
FROM trade_event e
JOIN LATERAL (SELECT title, language FROM event_text x WHERE x.event = e.id
    ORDER BY x.language = $3 DESC, x.language = 'en' DESC, x.id LIMIT 1) t ON true
WHERE {PUBLIC_STATE} AND {TOUCHES}
    AND ($4::bigint[] IS NULL OR e.id = ANY($4))
    AND ($5::text[] IS NULL OR e.kind = ANY($5))
    AND ($6::text[] IS NULL OR e.format <> 'ONSITE' AND 'online' = ANY($6)
        OR e.format <> 'ONLINE' AND (e.country = ANY($6) OR e.country || '-' || e.province = ANY($6)))
    AND ($7::varchar[] IS NULL OR e.sectors && $7)
    AND ($8::text[] IS NULL OR e.format = ANY($8))
    AND ($9::varchar[] IS NULL OR e.languages && $9)
    AND ($10::text[] IS NULL OR e.organiser_kind = ANY($10))
    AND ($11::text[] IS NULL OR e.fee_importers = 0)
    AND CASE $12::text WHEN 'past' THEN e.ends_at <= now() WHEN 'coming' THEN e.starts_at > now()
        WHEN 'running' THEN e.starts_at <= now() AND e.ends_at > now()
        WHEN 'open' THEN e.registration <> 'NONE' AND coalesce(e.registration_opens_at, '-infinity') <= now()
            AND least(coalesce(e.registration_closes_at, e.starts_at), e.ends_at) > now()
        ELSE true END
    AND ($12::text IS NULL OR e.state = 'PUBLISHED')
ORDER BY e.starts_at, e.ends_at DESC, e.id
"""
_DATES = """
SELECT id, sequence, created_at, published_at, changed_at FROM trade_event WHERE id = ANY($1::bigint[])
"""
_FILTERS = ("kind", "place", "sector", "format", "language", "organiser", "free")
"""In the order of $5 to $11."""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """An event in a calendar."""

    id: int
    public_id: str
    kind: str
    state: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    whole_days: bool
    city: str
    country: str | None
    title: str
    language: str
    """Of the title."""

    @property
    def address(self) -> str:
        """The last part of its address: /events/{address}."""
        return queries.address_of(self.title, self.public_id)

    @property
    def clock(self) -> str:
        """When it begins by the venue's clock."""
        return f"{local(self.starts_at, self.zone):%H:%M}"


class Dates(msgspec.Struct, frozen=True, kw_only=True):
    """What feeds tell of an event besides its card."""

    id: int
    sequence: int
    created_at: datetime
    published_at: datetime
    changed_at: datetime
    """When time, place, title or state changed last."""


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """The places of one side."""

    side: str
    capacity: int | None
    """Firms; None: as many as come. 0: this side cannot register."""
    left: int | None


async def coming(limit: int, language: str) -> list[EventCard]:
    """The events that begin next."""
    return await queries.cards([row["id"] for row in await fetch(_NEXT, limit)], language)


async def like(event: EventShown, language: str, limit: int = 3) -> list[EventCard]:
    """Events that are not over and like this one: of its sectors first, then of its kind, the soonest first."""
    content = event.content
    rows = await fetch(_LIKE, event.id, list(content.sectors), content.kind, content.country, limit)
    return await queries.cards([row["id"] for row in rows], language)


async def between(
    first: datetime,
    until: datetime,
    language: str,
    filters: Mapping[str, Sequence[str]],
    phase: str | None = None,
    ids: Sequence[int] | None = None,
) -> list[Happening]:
    """Every public event that touches a span, by its beginning, the longest first: one query by an index.

    `filters` as discovery.requests has them for events, `ids` those that have the searched words (None: any).
    """
    chosen = [list(filters[name]) if filters.get(name) else None for name in _FILTERS]
    rows = await fetch(_SPAN, first, until, language, None if ids is None else list(ids), *chosen, phase)
    return [Happening(**dict(row)) for row in rows]


async def dates(ids: Sequence[int]) -> dict[int, Dates]:
    """Sequence and moments of events by trade_event.id."""
    return {row["id"]: Dates(**row) for row in await fetch(_DATES, list(ids))}


async def rooms(event: EventShown) -> tuple[Room, ...]:
    """The places of both sides, importers first."""
    content = event.content
    sides = ((places.IMPORTER, content.capacity_importers), (places.EXPORTER, content.capacity_exporters))
    async with connection() as conn:
        return tuple(
            [
                Room(
                    side=side,
                    capacity=capacity,
                    left=max(0, capacity - await places.taken(conn, event.id, side))
                    if capacity
                    else capacity,
                )
                for side, capacity in sides
            ]
        )
