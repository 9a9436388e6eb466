"""What is known of people: looked up by id or address, and the list of their sessions."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from kervan.accounts.sessions import IDLE
from kervan.db import fetch

_PERSON = """
SELECT id, public_id, name, email, email_key, language, time_zone, state, state_reason, password_hash,
    totp_confirmed_at IS NOT NULL AS has_factor, created_at, seen_at
FROM person
"""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person's row, without secrets but the password's hash."""

    id: int
    public_id: str
    name: str
    email: str
    email_key: str
    language: str
    time_zone: str
    state: str
    state_reason: str | None
    password_hash: str | None
    has_factor: bool
    created_at: datetime
    seen_at: datetime | None


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """One signed-in browser as its owner sees it."""

    id: int
    public_id: str
    device: str
    address: str
    created_at: datetime
    seen_at: datetime


async def person(id: int) -> Person | None:
    """The person of an id."""
    return await _one("WHERE id = $1", id)


async def person_by_key(email_key: str) -> Person | None:
    """The person of an e-mail address's key (trade.emails)."""
    return await _one("WHERE email_key = $1", email_key)


async def person_by_public_id(public_id: str) -> Person | None:
    """The person of a public id."""
    return await _one("WHERE public_id = $1", public_id)


async def _one(where: str, value: object) -> Person | None:
    rows = await fetch(_PERSON + where, value)
    return Person(**dict(rows[0])) if rows else None


async def sessions_of(person: int) -> Sequence[OpenSession]:
    """The open sessions of a person, the one that was used last first."""
    rows = await fetch(
        """SELECT id, public_id, device, address, created_at, seen_at FROM session
        WHERE person = $1 AND whole AND expires_at > now() AND seen_at > now() - $2::interval
        ORDER BY seen_at DESC, id DESC LIMIT 100""",
        person,
        IDLE,
    )
    return [OpenSession(**dict(row)) for row in rows]


async def recovery_codes_left(person: int) -> int:
    """How many recovery codes of the person are not used up."""
    rows = await fetch(
        "SELECT count(*) AS n FROM recovery_code WHERE person = $1 AND used_at IS NULL", person
    )
    return int(rows[0]["n"])


async def has_place(person: int) -> bool:
    """Whether the person belongs to any organisation today."""
    rows = await fetch(
        """SELECT FROM membership m JOIN organisation o ON o.id = m.organisation
        WHERE m.person = $1 AND m.ended_at IS NULL AND o.closed_at IS NULL LIMIT 1""",
        person,
    )
    return bool(rows)
