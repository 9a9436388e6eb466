"""People as rows: made, looked up by their address, and emptied when an account is closed."""

from asyncpg import Connection

from kervan import audit
from kervan.accounts import sessions
from kervan.accounts.tables import PersonState
from kervan.errors import Conflict
from kervan.ids import new_public_id
from kervan.trade.emails import Email
from kervan.trade.errors import N_

NO_NAME = "—"
"""The name of a closed account."""

_INSERT = """
INSERT INTO person (public_id, name, email, email_key, email_confirmed_at, password_hash, language, time_zone, state)
VALUES ($1, $2, $3, $4, CASE WHEN $8 = 'ACTIVE' THEN now() END, $5, $6, $7, $8)
ON CONFLICT (email_key) DO NOTHING RETURNING id
"""
_ERASE = """
UPDATE person SET name = $2, email = public_id || '@closed.invalid', email_key = public_id || '@closed.invalid',
    email_confirmed_at = NULL, password_hash = NULL, totp_secret = NULL, totp_confirmed_at = NULL,
    state = 'CLOSED', state_reason = NULL, updated_at = now()
WHERE id = $1
"""


async def create(
    conn: Connection,
    *,
    name: str,
    email: Email,
    password_hash: str | None,
    language: str,
    time_zone: str = "UTC",
    state: str = "PENDING_EMAIL",
) -> int:
    """A new person inside a transaction; returns person.id. An ACTIVE one has shown that the address is theirs.

    Raises Conflict when the address is taken; the transaction can go on then.
    """
    person: int | None = await conn.fetchval(
        _INSERT,
        new_public_id(),
        name,
        email.shown,
        email.key,
        password_hash,
        language,
        time_zone,
        PersonState(state),
    )
    if person is None:
        raise Conflict(N_("There is an account with this address already."))
    await audit.record(f"user:{person}", "person.created", "person", person, after={"state": state})
    return person


async def erase(conn: Connection, person: int) -> None:
    """Takes name, address, password and factors out and closes the account, inside a transaction.

    Sessions and links end; what the law keeps stays under the person's id. Memberships are not touched.
    """
    await conn.execute(_ERASE, person, NO_NAME)
    await sessions.end_all(conn, person)
    for table in ("account_link", "recovery_code", "seen_device"):
        await conn.execute(f"DELETE FROM {table} WHERE person = $1", person)
