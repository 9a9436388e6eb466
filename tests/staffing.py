"""What the tests of the admin desk share: a Ministry with three administrators, and people as callers."""

from typing import NamedTuple

from people import Firm

from kervan.accounts import sessions
from kervan.accounts.callers import Caller
from kervan.db import fetchval, transaction


class Admins(NamedTuple):
    """The Ministry and its people, by person.id."""

    ministry: Firm
    aylin: int
    bora: int
    ceren: int


async def caller_of(person: int) -> Caller:
    """The person as a caller with a second factor."""
    async with transaction() as tx:
        token = await sessions.begin(
            tx.connection, person, whole=True, factor=True, device="Tests", address=""
        )
    found = await sessions.find(token)
    assert found is not None
    return found.caller


async def public_id(person: int) -> str:
    found: str = await fetchval("SELECT public_id FROM person WHERE id = $1", person)
    return found
