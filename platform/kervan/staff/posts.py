"""Posts and associations as administrators man them: who is there until when, and which posts stand empty."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from kervan.db import fetch
from kervan.organisations.queries import IN_TERM

ENDING_DAYS = 60
"""A term that ends within so many days is shown as ending."""

_UNITS = f"""
SELECT o.public_id, o.name, o.kind, o.country, o.association,
    count(m.id) FILTER (WHERE {IN_TERM}) AS people,
    count(m.id) FILTER (WHERE {IN_TERM} AND m.valid_to <= current_date + $2::int) AS ending,
    min(m.valid_to) FILTER (WHERE {IN_TERM}) AS first_end,
    array_agg(p.name ORDER BY m.id) FILTER (WHERE {IN_TERM}) AS names,
    (SELECT count(*) FROM invitation n WHERE n.organisation = o.id AND n.accepted_at IS NULL
        AND n.withdrawn_at IS NULL AND n.expires_at > now()) AS invited,
    (SELECT count(*) FROM task t WHERE t.organisation = o.id AND t.done_at IS NULL) AS tasks
FROM organisation o
LEFT JOIN membership m ON m.organisation = o.id AND m.ended_at IS NULL
LEFT JOIN person p ON p.id = m.person
WHERE o.kind = $1 AND o.closed_at IS NULL GROUP BY o.id ORDER BY o.country, o.name
"""
_TERMS = f"""
SELECT p.public_id, p.name, p.email, p.seen_at, p.state = 'SUSPENDED' AS suspended, m.role, m.valid_from, m.valid_to,
    {IN_TERM} AS now, m.valid_from > current_date AS coming,
    (SELECT count(*) FROM task t WHERE t.assigned_to = p.id AND t.done_at IS NULL AND t.organisation = o.id) AS tasks
FROM membership m JOIN organisation o ON o.id = m.organisation JOIN person p ON p.id = m.person
WHERE o.public_id = $1 AND m.ended_at IS NULL ORDER BY m.valid_from, m.id
"""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A post or an association in the list."""

    public_id: str
    name: str
    kind: str
    country: str
    association: str | None
    people: int
    """Those whose term covers today."""
    ending: int
    first_end: date | None
    names: Sequence[str] | None
    invited: int
    tasks: int


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's open term in a post, or membership in an association."""

    public_id: str
    name: str
    email: str
    seen_at: datetime | None
    suspended: bool
    role: str
    valid_from: date
    valid_to: date | None
    now: bool
    coming: bool
    tasks: int


async def units(kind: str) -> Sequence[Unit]:
    """Every post (by country) or association that is open."""
    return [Unit(**row) for row in await fetch(_UNITS, kind, ENDING_DAYS)]


async def terms(public_id: str) -> Sequence[Term]:
    """The open terms of an organisation, also those that have not begun or are over and were not ended yet."""
    return [Term(**row) for row in await fetch(_TERMS, public_id)]
