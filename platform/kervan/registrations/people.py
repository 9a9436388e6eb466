"""Who comes for a firm: each with a ticket of his own."""

import secrets
from collections.abc import Sequence

from asyncpg import Connection

from kervan.ids import new_public_id
from kervan.registrations.structs import PersonWanted
from kervan_search.text import fold

_PRESENT = """
SELECT id, name FROM registration_participant WHERE registration = $1 AND removed_at IS NULL ORDER BY id
"""
_ADD = """
INSERT INTO registration_participant (public_id, registration, name, job, ticket) VALUES ($1, $2, $3, $4, $5)
"""


def new_ticket(public_id: str) -> str:
    """What the QR of a participant holds: the code that people can type, and 120 random bits behind it."""
    return public_id + secrets.token_urlsafe(15)


async def write_people(conn: Connection, registration: int, people: Sequence[PersonWanted]) -> None:
    """Makes the registration's people these, in the open transaction: who stays, by name, keeps the ticket."""
    present = {fold(row["name"]): row["id"] for row in await conn.fetch(_PRESENT, registration)}
    kept = []
    for person in people:
        if (id := present.get(fold(person.name))) is not None:
            kept.append(id)
            await conn.execute(
                "UPDATE registration_participant SET name = $2, job = $3 WHERE id = $1",
                id,
                person.name,
                person.job,
            )
        else:
            public_id = new_public_id()
            await conn.execute(_ADD, public_id, registration, person.name, person.job, new_ticket(public_id))
    gone = [id for id in present.values() if id not in kept]
    await conn.execute(
        "UPDATE registration_participant SET removed_at = now() WHERE id = ANY($1::bigint[])", gone
    )
