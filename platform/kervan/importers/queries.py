"""Reads of importers: one with all that is known, the verifiers' list, firms that look alike."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from asyncpg import Record

from kervan.db import fetch, fetchval
from kervan.importers.structs import Alike, Importer, Step, Waiting
from kervan.importers.tables import Standing

PER_PAGE = 25

_ONE = """
SELECT i.id, i.public_id, i.organisation, o.public_id AS organisation_id, i.legal_name, i.country, i.city,
    i.contact_name, i.contact_role, i.phone, i.website, i.domain_matches, i.disposable_mail, i.number_scheme,
    i.number, i.number_checked, i.headings, i.sectors, i.provinces, i.languages, i.standing, i.verified_at,
    i.verified_until, i.verified_by, i.looked_at, i.evidence, i.standing_before, i.standing_reason, i.version,
    i.created_at, i.updated_at, t.opened_at AS review_asked_at, t.assigned_to AS reviewer_id, p.name AS reviewer
FROM importer i JOIN organisation o ON o.id = i.organisation
LEFT JOIN task t ON t.kind = 'IMPORTER_REVIEW' AND t.about = i.public_id AND t.done_at IS NULL
LEFT JOIN person p ON p.id = t.assigned_to
"""

_LISTED = """
FROM importer i
LEFT JOIN task t ON t.kind = 'IMPORTER_REVIEW' AND t.about = i.public_id AND t.done_at IS NULL
LEFT JOIN person p ON p.id = t.assigned_to
WHERE ($1::text[] IS NULL OR i.country = ANY($1)) AND ($2 = '' OR i.standing = $2)
    AND (NOT $3 OR t.id IS NOT NULL) AND ($4 = '' OR i.country = $4)
    AND ($5 = '' OR i.legal_name ILIKE $5 OR i.number ILIKE $5 OR i.website ILIKE $5)
"""

_ALIKE = """
WITH looked_at AS (SELECT id, legal_name, number FROM importer WHERE id = $1)
SELECT i.public_id, i.legal_name, i.country, i.standing,
    regexp_replace(lower(i.legal_name), '[^[:alnum:]]', '', 'g')
        = regexp_replace(lower(l.legal_name), '[^[:alnum:]]', '', 'g') AS same_name,
    coalesce(i.number = l.number, false) AS same_number
FROM importer i, looked_at l
WHERE i.id <> l.id AND i.standing <> 'CLOSED' AND (i.number = l.number
    OR regexp_replace(lower(i.legal_name), '[^[:alnum:]]', '', 'g')
        = regexp_replace(lower(l.legal_name), '[^[:alnum:]]', '', 'g'))
ORDER BY i.id LIMIT 20
"""

# A post that can work: somebody's term covers today.
_REVIEWERS = """
SELECT o.id FROM organisation o JOIN membership m ON m.organisation = o.id
WHERE o.kind = 'POST' AND o.country = $1 AND o.closed_at IS NULL AND m.ended_at IS NULL
    AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date)
ORDER BY o.id LIMIT 1
"""


def importer_of(row: Record) -> Importer:
    """The row of _ONE as a struct."""
    values: dict[str, Any] = dict(row)
    for name in ("headings", "sectors", "provinces", "languages", "looked_at"):
        values[name] = tuple(values[name])
    return msgspec.convert(values, Importer, strict=False)


async def by_public_id(public_id: str) -> Importer | None:
    """The importer of a public id."""
    rows = await fetch(f"{_ONE} WHERE i.public_id = $1", public_id)
    return importer_of(rows[0]) if rows else None


async def by_id(id: int) -> Importer | None:
    """The importer of an id."""
    rows = await fetch(f"{_ONE} WHERE i.id = $1", id)
    return importer_of(rows[0]) if rows else None


async def listed(
    countries: Collection[str] | None,
    *,
    waiting: bool,
    standing: str = "",
    country: str = "",
    text: str = "",
    page: int,
) -> tuple[int, Sequence[Waiting]]:
    """How many importers there are, and those of one page; `countries` None means all.

    `waiting` keeps those with an open task, the oldest first; without it the newest registration comes first.
    """
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" if text else ""
    chosen = standing if standing in tuple(Standing) else ""
    parameters = (None if countries is None else list(countries), chosen, waiting, country, pattern)
    total = await fetchval(f"SELECT count(*) {_LISTED}", *parameters)
    order = "t.opened_at, i.id" if waiting else "i.created_at DESC, i.id DESC"
    rows = await fetch(
        f"""SELECT i.public_id, i.legal_name, i.country, i.standing, i.verified_until, i.disposable_mail,
            i.domain_matches, i.created_at, t.opened_at AS review_asked_at, p.name AS reviewer
        {_LISTED} ORDER BY {order} LIMIT {PER_PAGE} OFFSET {max(0, page - 1) * PER_PAGE}""",
        *parameters,
    )
    return total, [Waiting(**row) for row in rows]


async def alike(id: int) -> Sequence[Alike]:
    """Other importers that are open and have the same name (signs and capitals aside) or the same number."""
    return [Alike(**row) for row in await fetch(_ALIKE, id)]


async def reviewing_post(country: str) -> int | None:
    """The post that verifies importers of the country: organisation.id; None when nobody is in office there."""
    found: int | None = await fetchval(_REVIEWERS, country)
    return found


async def owner_addresses(organisation: int) -> Sequence[Record]:
    """Who is told what becomes of a firm: id, name, email and language of its owners."""
    return await fetch(
        """SELECT p.id, p.name, p.email, p.language FROM membership m JOIN person p ON p.id = m.person
        WHERE m.organisation = $1 AND m.role = 'OWNER' AND m.ended_at IS NULL AND p.state IN ('ACTIVE', 'PENDING_EMAIL')
        ORDER BY m.id""",
        organisation,
    )


async def steps(public_id: str) -> Sequence[Step]:
    """What was done with an importer, the newest first; who of the platform's people did it is named."""
    rows = await fetch(
        """SELECT a.at, a.action, a.reason, coalesce(p.name, a.actor) AS who
        FROM audit_entry a LEFT JOIN person p ON a.actor = 'user:' || p.id
        WHERE a.entity = 'importer' AND a.entity_id = $1 ORDER BY a.id DESC LIMIT 100""",
        public_id,
    )
    return [Step(**row) for row in rows]
