"""Links that are mailed to a person: each opens one thing, once, for a while."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from asyncpg import Connection

from kervan import vault
from kervan.accounts.tables import LinkPurpose
from kervan.db import fetch

# Rules of the platform: a confirmation may wait for the next morning, a new password is asked for now.
CONFIRM_FOR = timedelta(hours=24)
RESET_FOR = timedelta(hours=1)
CHANGE_FOR = timedelta(hours=24)

_OPEN = """
SELECT l.person, l.payload, p.name, p.email, p.language, p.state, p.password_hash
FROM account_link l JOIN person p ON p.id = l.person
WHERE l.token_hash = $1 AND l.purpose = $2 AND l.used_at IS NULL AND l.expires_at > now()
    AND p.state IN ('PENDING_EMAIL', 'ACTIVE')
"""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A link that still works, and whose it is."""

    person: int
    payload: Mapping[str, Any]
    name: str
    email: str
    language: str
    state: str
    password_hash: str | None


async def new_link(
    conn: Connection,
    person: int,
    purpose: LinkPurpose | str,
    lifetime: timedelta,
    payload: Mapping[str, Any] | None = None,
) -> str:
    """The token of a new link, inside a transaction; the person's earlier links of this purpose end."""
    await void(conn, person, purpose)
    token = vault.new_token()
    await conn.execute(
        """INSERT INTO account_link (token_hash, person, purpose, payload, expires_at)
        VALUES ($1, $2, $3, $4, now() + $5::interval)""",
        vault.token_hash(token),
        person,
        LinkPurpose(purpose),
        msgspec.json.encode(payload or {}).decode(),
        lifetime,
    )
    return token


async def void(conn: Connection, person: int, *purposes: LinkPurpose | str) -> None:
    """Ends the person's open links of the purposes; of all purposes when none is named."""
    await conn.execute(
        """UPDATE account_link SET used_at = now()
        WHERE person = $1 AND used_at IS NULL AND (cardinality($2::text[]) = 0 OR purpose = ANY($2))""",
        person,
        [LinkPurpose(purpose).value for purpose in purposes],
    )


async def look(token: str, purpose: LinkPurpose) -> Opened | None:
    """What a link opens, without using it up; None when it is unknown, used, too old or for something else."""
    if not 20 <= len(token) <= 100 or not token.isascii():
        return None
    rows = await fetch(_OPEN, vault.token_hash(token), purpose)
    return Opened(**{**dict(rows[0]), "payload": msgspec.json.decode(rows[0]["payload"])}) if rows else None


async def use(conn: Connection, token: str, purpose: LinkPurpose) -> bool:
    """Uses the link up, inside a transaction; False when somebody was faster or its time is over."""
    found = await conn.fetchval(
        """UPDATE account_link SET used_at = now()
        WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now() RETURNING person""",
        vault.token_hash(token),
        purpose,
    )
    return found is not None
