"""Mails to the people of an exporter, and to whom a review goes."""

from collections.abc import Mapping
from typing import Any

from asyncpg import Connection

from kervan.notifications.letters import send

_OWNERS = """
SELECT p.id, p.name, p.email, p.language FROM membership m JOIN person p ON p.id = m.person
WHERE m.organisation = $1 AND m.role = 'OWNER' AND m.ended_at IS NULL AND p.state = 'ACTIVE'
    AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date)
ORDER BY p.id
"""


async def tell_owners(
    conn: Connection, firm: Mapping[str, Any], template: str, path: str = "", **context: Any
) -> int:
    """Writes to every owner of an exporter in the open transaction, in the owner's language; returns how many.

    `firm` needs `organisation`, `public_id` and `legal_name`; `path` is where the mail leads, behind the firm's desk.
    """
    owners = await conn.fetch(_OWNERS, firm["organisation"])
    for owner in owners:
        await send(
            template,
            owner["email"],
            owner["language"],
            person=owner["id"],
            of=firm["organisation"],
            name=owner["name"],
            organisation=firm["legal_name"],
            go=f"/desk/{firm['public_id']}{path}",
            **context,
        )
    return len(owners)


async def reviewing_organisation(conn: Connection, association: str | None) -> int | None:
    """Who reviews an exporter: its association when that is on the platform, else the Ministry (None: no such yet)."""
    found: int | None = await conn.fetchval(
        """SELECT id FROM organisation WHERE closed_at IS NULL
            AND ((kind = 'ASSOCIATION' AND association = $1) OR kind = 'MINISTRY')
        ORDER BY kind = 'ASSOCIATION' DESC, id LIMIT 1""",
        association,
    )
    return found
