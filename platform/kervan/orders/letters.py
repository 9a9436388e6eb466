"""Whom an order's step is told to: the people of the other side who deal with orders, each in their language."""

from collections.abc import Sequence
from typing import Any

from asyncpg import Connection

from kervan.notifications.letters import send
from kervan.organisations.roles import BUY, ORDERS, REQUESTS, RIGHTS
from kervan.organisations.tables import Kind

_PEOPLE = """
SELECT p.id, p.name, p.email, p.language, o.public_id AS org, o.kind FROM membership m
JOIN person p ON p.id = m.person JOIN organisation o ON o.id = m.organisation
WHERE m.organisation = $1 AND m.role = ANY($2::text[]) AND m.ended_at IS NULL AND p.state = 'ACTIVE'
    AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date)
ORDER BY p.id LIMIT 50
"""

_ROLES: Sequence[str] = tuple(
    {
        str(role)
        for (kind, role), rights in RIGHTS.items()
        if kind in (Kind.EXPORTER, Kind.IMPORTER, Kind.POST) and rights & {ORDERS, BUY, REQUESTS}
    }
)


async def tell(
    conn: Connection,
    organisation: int,
    template: str,
    path: str,
    *,
    source: str | None = None,
    **context: Any,
) -> int:
    """Writes to everybody of the firm who may answer orders, by mail and under the bell; returns how many.

    `path` is behind the firm's desk; `source` as notifications.letters.send has it.
    """
    people = await conn.fetch(_PEOPLE, organisation, _ROLES)
    for person in people:
        await send(
            template,
            person["email"],
            person["language"],
            person=person["id"],
            of=organisation,
            source=source,
            name=person["name"],
            go=f"/desk/{person['org']}{path}",
            **context,
        )
    return len(people)
