"""What administrators see of people and do to their accounts beside suspending and closing them (domain M2)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import audit, reasons
from kervan.accounts import service as accounts
from kervan.accounts import sessions
from kervan.accounts.callers import Caller, holder
from kervan.db import fetch, fetchval, transaction
from kervan.errors import Conflict, NotFound
from kervan.notifications.letters import send
from kervan.organisations.roles import ADMINISTER
from kervan.staff import rights
from kervan.staff.search import folded, patterns
from kervan.trade.errors import N_

_FOUND = f"""
FROM person p
WHERE ({folded("p.name")} || ' ' || lower(p.email)) LIKE ALL($1::text[])
    AND ($2 = '' OR p.state = $2)
    AND ($3 = '' OR EXISTS (SELECT FROM membership m JOIN organisation o ON o.id = m.organisation
        WHERE m.person = p.id AND m.ended_at IS NULL AND o.public_id = $3))
"""
_LISTED = f"""
SELECT p.public_id, p.name, p.email, p.state, p.seen_at, p.created_at, p.totp_confirmed_at IS NOT NULL AS has_factor,
    (SELECT array_agg(o.name ORDER BY m.id) FROM membership m JOIN organisation o ON o.id = m.organisation
     WHERE m.person = p.id AND m.ended_at IS NULL AND o.closed_at IS NULL) AS places
{_FOUND} ORDER BY p.name, p.id LIMIT $4 OFFSET $5
"""
_MEMBERSHIPS = """
SELECT o.public_id, o.name, o.kind, m.role, m.valid_from, m.valid_to, m.ended_at
FROM membership m JOIN organisation o ON o.id = m.organisation
WHERE m.person = $1 ORDER BY m.ended_at IS NOT NULL, m.id DESC LIMIT 50
"""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One person in the list."""

    public_id: str
    name: str
    email: str
    state: str
    seen_at: datetime | None
    created_at: datetime
    has_factor: bool
    places: Sequence[str] | None
    """Names of the organisations that the person belongs to."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A membership of a person, open or ended."""

    public_id: str
    name: str
    kind: str
    role: str
    valid_from: date
    valid_to: date | None
    ended_at: datetime | None


async def listed(
    text: str = "", state: str = "", organisation: str = "", page: int = 1, size: int = 25
) -> tuple[int, Sequence[Found]]:
    """How many people there are whose name or address holds all words, and those of one page, by name."""
    asked = (patterns(text), state, organisation)
    total = await fetchval(f"SELECT count(*) {_FOUND}", *asked)
    rows = await fetch(_LISTED, *asked, size, (page - 1) * size)
    return total, [Found(**row) for row in rows]


async def detail(public_id: str) -> Mapping[str, Any]:
    """A person with what an administrator may know: no secret, no number. Raises NotFound."""
    rows = await fetch(
        """SELECT p.id, p.public_id, p.name, p.email, p.state, p.state_reason, p.language, p.time_zone, p.created_at,
            p.seen_at, p.email_confirmed_at, p.totp_confirmed_at,
            (SELECT count(*) FROM session s WHERE s.person = p.id AND s.whole AND s.expires_at > now()) AS sessions,
            (SELECT count(*) FROM recovery_code r WHERE r.person = p.id AND r.used_at IS NULL) AS codes,
            (SELECT count(*) FROM task t WHERE t.assigned_to = p.id AND t.done_at IS NULL) AS tasks
        FROM person p WHERE p.public_id = $1""",
        public_id,
    )
    if not rows:
        raise NotFound()
    return dict(rows[0])


async def places(person: int) -> Sequence[Place]:
    """The memberships of a person, open ones first."""
    return [Place(**row) for row in await fetch(_MEMBERSHIPS, person)]


async def suspend(caller: Caller, public_id: str, reason: str) -> None:
    """Locks somebody out at once. Conflict when too few administrators would be left."""

    async def keep_two(conn: Connection) -> None:
        admins = await _admins_held(conn, caller)
        if public_id in admins and len(admins) <= rights.FEWEST:
            raise Conflict(N_("The last two administrators stay. Make somebody else an administrator first."))

    await accounts.suspend(caller, public_id, reason, keep_two)


async def close(caller: Caller, public_id: str, reason: str) -> None:
    """Closes an account for good; Conflict for an administrator, whose rights two people take."""

    async def no_admin(conn: Connection) -> None:
        if public_id in await _admins_held(conn, caller):
            raise Conflict(
                N_(
                    "This is an administrator. Propose to take the rights away; after that the account can be closed."
                )
            )

    await accounts.close(caller, public_id, reason, no_admin)


async def _admins_held(conn: Connection, caller: Caller) -> set[str]:
    """The administrators' public ids, and nobody changes who they are until the transaction ends.

    Raises NotFound for a caller whom a colleague made no administrator a moment ago.
    """
    holder(caller, ADMINISTER)
    await rights.lock_ministry(conn)
    admins = {admin.public_id for admin in await rights.admins()}
    if caller.public_id not in admins:
        raise NotFound()
    return admins


async def end_sessions(caller: Caller, public_id: str) -> int:
    """Signs somebody out everywhere; returns how many sessions that were."""
    holder(caller, ADMINISTER)
    async with transaction() as tx:
        person = await _locked(tx.connection, public_id)
        ended = await sessions.end_all(
            tx.connection, person["id"], but=caller.session if person["id"] == caller.person else None
        )
        await audit.record(
            caller.actor, "person.sessions_ended", "person", person["id"], after={"ended": ended}
        )
    return ended


async def reset_factor(caller: Caller, public_id: str, reason: str) -> None:
    """Takes the second factor and its recovery codes away: the telephone is lost. The person is told by mail.

    All sessions end; the password stays, and staff set up a new factor at their next sign-in. Raises NotFound, Invalid
    without a reason, Conflict for oneself and for somebody who has none.
    """
    holder(caller, ADMINISTER)
    reason = reasons.audited(reason)
    async with transaction() as tx:
        conn = tx.connection
        person = await _locked(conn, public_id)
        if person["id"] == caller.person:
            raise Conflict(N_("You cannot do this to your own account. Ask another administrator."))
        if person["totp_confirmed_at"] is None:
            raise Conflict(N_("This person has no second factor."))
        await conn.execute(
            "UPDATE person SET totp_secret = NULL, totp_confirmed_at = NULL, updated_at = now() WHERE id = $1",
            person["id"],
        )
        await conn.execute("DELETE FROM recovery_code WHERE person = $1", person["id"])
        await sessions.end_all(conn, person["id"])
        await audit.record(caller.actor, "person.factor_reset", "person", person["id"], reason=reason)
        await send(
            "second_factor_changed", person["email"], person["language"], person=person["id"], name=person["name"],
            on=False,
        )  # fmt: skip


async def _locked(conn: Connection, public_id: str) -> Record:
    row = await conn.fetchrow(
        """SELECT id, name, email, language, totp_confirmed_at FROM person
        WHERE public_id = $1 AND state <> 'CLOSED' FOR UPDATE""",
        public_id,
    )
    if row is None:
        raise NotFound()
    return row
