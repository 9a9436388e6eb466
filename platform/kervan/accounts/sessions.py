"""Sessions: begun at sign-in, found by the cookie's token, turned over when rights change, ended when left or idle."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import vault
from kervan.accounts.callers import PROVED_FOR as PROVED_FOR
from kervan.accounts.callers import Caller, Membership, is_staff
from kervan.db import connection, execute, fetch, fetchval
from kervan.ids import new_public_id
from kervan.notifications.queries import UNREAD_OF_P
from kervan.organisations.roles import rights

# Rules of the platform, not of a law: long for firms, a working day for those who verify and administer.
ABSOLUTE, IDLE = timedelta(days=30), timedelta(days=7)
ABSOLUTE_STAFF, IDLE_STAFF = timedelta(hours=12), timedelta(hours=1)

_TOUCH = timedelta(minutes=2)
"""A session's last sight is written at most this often: a page costs one read, no write."""

_FIND = f"""
SELECT s.id, s.public_id AS session_id, s.whole, s.turn_due, s.second_factor_at, s.proved_at, s.seen_at,
    s.created_at, s.expires_at,
    p.id AS person, p.public_id, p.name, p.email, p.language, p.time_zone, p.totp_confirmed_at,
    {UNREAD_OF_P} AS unread,
    (SELECT json_agg(json_build_object(
        'organisation', o.id, 'public_id', o.public_id, 'kind', o.kind, 'name', o.name, 'country', o.country,
        'association', o.association, 'role', m.role, 'valid_to', m.valid_to, 'exporter', e.id,
        'exporter_slug', e.slug, 'importer', i.id, 'standing', coalesce(e.verification, i.standing)
        ) ORDER BY m.id)
     FROM membership m JOIN organisation o ON o.id = m.organisation
     LEFT JOIN exporter e ON e.organisation = o.id LEFT JOIN importer i ON i.organisation = o.id
     WHERE m.person = p.id AND m.ended_at IS NULL AND o.closed_at IS NULL
        AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date)) AS memberships
FROM session s JOIN person p ON p.id = s.person
WHERE (s.token_hash = $1 OR (s.previous_hash = $1 AND s.turned_at > now() - interval '1 minute'))
    AND s.expires_at > now() AND p.state = 'ACTIVE'
"""

_STILL_OPEN = """
SELECT EXISTS (SELECT FROM session s JOIN person p ON p.id = s.person
    WHERE s.id = $1 AND s.whole AND s.expires_at > now() AND p.state = 'ACTIVE'
        AND s.seen_at > now() - $2::interval AND s.created_at > now() - $3::interval)
"""


class Found(msgspec.Struct, frozen=True):
    """An open session: whose it is, and whether its second factor is still owed."""

    caller: Caller
    whole: bool
    turn_due: bool
    """The person's rights changed: the next answer brings a new token."""


async def begin(
    conn: Connection, person: int, *, whole: bool, factor: bool, device: str, address: str
) -> str:
    """Opens a session inside a transaction; returns the token for the cookie, which nobody keeps."""
    token = vault.new_token()
    await conn.execute(
        """INSERT INTO session (public_id, token_hash, person, whole, second_factor_at, device, address, expires_at)
        VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN now() END, $6, $7, now() + $8::interval)""",
        new_public_id(), vault.token_hash(token), person, whole, factor, device[:120], address[:64],
        ABSOLUTE if whole else timedelta(minutes=15),
    )  # fmt: skip
    return token


async def find(token: str, *, touch: bool = True) -> Found | None:
    """The open session of a token, with the rights that its person has now; None when it is over.

    Without `touch` it is not seen to be in use: for what a page asks by itself while nobody is at the screen.
    """
    if not 20 <= len(token) <= 100 or not token.isascii():
        return None
    rows = await fetch(_FIND, vault.token_hash(token))
    if not rows:
        return None
    row = rows[0]
    caller = _caller(row)
    now = datetime.now(UTC)
    idle, absolute = _spans(caller)
    if now - row["seen_at"] > idle or now - row["created_at"] > absolute:
        return None
    if touch and now - row["seen_at"] > _TOUCH:
        await execute("UPDATE session SET seen_at = now() WHERE id = $1", row["id"])
        await execute("UPDATE person SET seen_at = now() WHERE id = $1", row["person"])
    return Found(caller, row["whole"], row["turn_due"])


async def still_open(caller: Caller) -> bool:
    """Whether the caller's session goes on; asking does not keep it from falling idle."""
    return bool(await fetchval(_STILL_OPEN, caller.session, *_spans(caller)))


def _spans(caller: Caller) -> tuple[timedelta, timedelta]:
    """How long the person's session may lie idle, and how long it lasts at most."""
    staff = any(is_staff(membership) for membership in caller.memberships)
    return (IDLE_STAFF, ABSOLUTE_STAFF) if staff else (IDLE, ABSOLUTE)


def _caller(row: Record) -> Caller:
    raw: list[Mapping[str, Any]] = msgspec.json.decode(row["memberships"] or "[]")
    memberships = (Membership(**entry, rights=rights(entry["kind"], entry["role"])) for entry in raw)
    return Caller(
        person=row["person"],
        public_id=row["public_id"],
        name=row["name"],
        email=row["email"],
        language=row["language"],
        time_zone=row["time_zone"],
        memberships=tuple(memberships),
        session=row["id"],
        session_id=row["session_id"],
        proved_at=row["proved_at"],
        has_factor=row["totp_confirmed_at"] is not None,
        factor_given=row["second_factor_at"] is not None,
        unread=row["unread"],
    )


async def turn_over(conn: Connection, session: int, *, factor: bool = False, proved: bool = False) -> str:
    """A new token for a session, inside a transaction: after a second factor, a proof, or new rights.

    The old token is worth nothing from then on. A half session becomes whole by its factor.
    """
    token = vault.new_token()
    await conn.execute(
        """UPDATE session SET token_hash = $2, seen_at = now(), previous_hash = NULL, turn_due = false,
            second_factor_at = CASE WHEN $3 THEN now() ELSE second_factor_at END,
            proved_at = CASE WHEN $4 THEN now() ELSE proved_at END,
            expires_at = CASE WHEN $3 AND NOT whole THEN now() + $5::interval ELSE expires_at END,
            created_at = CASE WHEN $3 AND NOT whole THEN now() ELSE created_at END,
            whole = whole OR $3
        WHERE id = $1""",
        session,
        vault.token_hash(token),
        factor,
        proved,
        ABSOLUTE,
    )
    return token


async def exchange(caller: Caller) -> str | None:
    """A new token for a session whose person got other rights; None when another request was faster and brings it.

    The old one works for another minute: requests that were under way with it shall not be signed out.
    """
    token = vault.new_token()
    # The condition: of two requests at once one exchanges, or the browser could keep the token that ends.
    done = await execute(
        """UPDATE session SET previous_hash = token_hash, token_hash = $2, turned_at = now(), turn_due = false
        WHERE id = $1 AND turn_due""",
        caller.session,
        vault.token_hash(token),
    )
    return None if done == "UPDATE 0" else token


async def turn_all(conn: Connection, person: int) -> None:
    """Marks a person's sessions for a new token, inside the transaction that changes the person's rights."""
    await conn.execute("UPDATE session SET turn_due = true WHERE person = $1", person)


async def end(token: str) -> None:
    """Ends the session of a token, if it is open."""
    await execute("DELETE FROM session WHERE token_hash = $1", vault.token_hash(token))


async def end_all(conn: Connection, person: int, but: int | None = None) -> int:
    """Ends every session of a person, inside a transaction, `but` this one; returns how many."""
    tag: str = await conn.execute(
        "DELETE FROM session WHERE person = $1 AND id IS DISTINCT FROM $2", person, but
    )
    return int(tag.rpartition(" ")[2])


async def forget_old() -> None:
    """Deletes sessions and links that are over; called by the worker's hourly round."""
    async with connection() as conn:
        await conn.execute(
            "DELETE FROM session WHERE expires_at < now() OR seen_at < now() - $1::interval", IDLE
        )
        await conn.execute("DELETE FROM account_link WHERE expires_at < now() - interval '30 days'")
