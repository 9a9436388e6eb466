"""Admin rights: proposed by one administrator, decided by another, and never fewer than two left (domain M2)."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg
import msgspec
from asyncpg import Connection, Record

from kervan import audit, reasons
from kervan.accounts.callers import Caller, holder
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.notifications.letters import send
from kervan.organisations import service as organisations
from kervan.organisations.queries import IN_TERM
from kervan.organisations.roles import ADMINISTER
from kervan.organisations.tables import Kind, Role
from kervan.trade.errors import N_

GIVE, TAKE = "GIVE", "TAKE"
FEWEST = 2
"""Administrators who must be left: one alone could decide nothing any more."""

RIGHT = {GIVE: N_("Give admin rights"), TAKE: N_("Take admin rights away")}

_ADMINS = f"""
SELECT p.id, p.public_id, p.name, p.email, p.language, p.seen_at, p.totp_confirmed_at IS NOT NULL AS has_factor,
    m.valid_from
FROM membership m JOIN organisation o ON o.id = m.organisation JOIN person p ON p.id = m.person
WHERE o.kind = 'MINISTRY' AND o.closed_at IS NULL AND m.role = 'ADMIN' AND {IN_TERM} AND p.state = 'ACTIVE'
ORDER BY m.id
"""
_PROPOSALS = """
SELECT r.public_id, r.change, r.reason, r.proposed_at, r.decided_at, r.outcome, p.name AS person, p.email,
    p.public_id AS person_id, r.person AS person_key, r.proposed_by, a.name AS proposer, d.name AS decider
FROM rights_proposal r JOIN person p ON p.id = r.person JOIN person a ON a.id = r.proposed_by
LEFT JOIN person d ON d.id = r.decided_by
"""


class Admin(msgspec.Struct, frozen=True, kw_only=True):
    """One administrator who can sign in today."""

    id: int
    public_id: str
    name: str
    email: str
    language: str
    seen_at: datetime | None
    has_factor: bool
    valid_from: date


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A change of admin rights that somebody proposed."""

    public_id: str
    change: str
    reason: str
    proposed_at: datetime
    decided_at: datetime | None
    outcome: str | None
    """APPROVED, REFUSED or LAPSED (withdrawn); None while it is open."""
    person: str
    email: str
    person_id: str
    person_key: int
    proposed_by: int
    proposer: str
    decider: str | None

    def may_decide(self, caller: Caller) -> bool:
        """Neither who proposed it nor whom it is about decides."""
        return self.decided_at is None and caller.person not in (self.proposed_by, self.person_key)


async def admins() -> Sequence[Admin]:
    """The administrators who can sign in today, the longest in office first."""
    return [Admin(**row) for row in await fetch(_ADMINS)]


async def proposals(*, decided: bool, page: int = 1, size: int = 25) -> Sequence[Proposal]:
    """Open proposals, the oldest first, or decided ones, the newest first."""
    rows = await fetch(
        f"""{_PROPOSALS} WHERE (r.decided_at IS NOT NULL) = $1
        ORDER BY {"r.decided_at DESC, r.id DESC" if decided else "r.id"} LIMIT $2 OFFSET $3""",
        decided,
        size,
        (page - 1) * size,
    )
    return [Proposal(**row) for row in rows]


async def propose(caller: Caller, person_public_id: str, change: str, reason: str) -> str:
    """Notes a proposal and tells the other administrators; returns its public id.

    Raises NotFound for nobody, Invalid without a reason, Conflict when it would change nothing, when it is proposed
    already, or when fewer than two administrators would be left.
    """
    holder(caller, ADMINISTER)
    reason = reasons.audited(reason)
    if change not in RIGHT:
        raise Invalid(fields={"change": N_("This cannot be chosen here.")})
    public_id = new_public_id()
    try:
        async with transaction() as tx:
            conn = tx.connection
            ministry = await lock_ministry(conn)
            person = await conn.fetchrow(
                "SELECT id, name, state FROM person WHERE public_id = $1", person_public_id
            )
            if person is None:
                raise NotFound(N_("There is no such person."))
            await _check(conn, person, change)
            await conn.execute(
                """INSERT INTO rights_proposal (public_id, person, organisation, change, reason, proposed_by)
                VALUES ($1, $2, $3, $4, $5, $6)""",
                public_id, person["id"], ministry, change, reason, caller.person,
            )  # fmt: skip
            await audit.record(
                caller.actor, "rights.proposed", "rights_proposal", public_id,
                after={"person": person["id"], "change": change}, reason=reason,
            )  # fmt: skip
            for admin in await conn.fetch(_ADMINS):
                if admin["id"] not in (caller.person, person["id"]):
                    await send(
                        "rights_proposed", admin["email"], admin["language"], person=admin["id"], name=admin["name"],
                        by=caller.name, who=person["name"], right=RIGHT[change], go="/staff/rights",
                        source=f"rights_proposed {public_id}",
                    )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Conflict(N_("This is proposed already. Decide about it below.")) from error
    return public_id


async def approve(caller: Caller, public_id: str) -> None:
    """Carries a proposal out. Raises NotFound, and Conflict for who proposed it or whom it is about, when it is decided
    already, when it does not fit any more, or when fewer than two administrators would be left."""
    async with transaction() as tx:
        conn = tx.connection
        # Locks the Ministry first: of two approvals at the same time the second sees what the first has done.
        ministry = await lock_ministry(conn)
        row = await _decided(conn, caller, public_id, "APPROVED")
        if row["proposed_by"] not in {admin["id"] for admin in await conn.fetch(_ADMINS)}:
            raise Conflict(
                N_("Who proposed this is no administrator any more. Refuse it and propose it yourself.")
            )
        person = await conn.fetchrow("SELECT id, name, state FROM person WHERE id = $1", row["person"])
        await _check(conn, person, row["change"])
        if row["change"] == GIVE:
            await organisations.add_member(conn, ministry, row["person"], Role.ADMIN, actor=caller.actor)
        else:
            await organisations.end_membership(
                conn, ministry, row["person"], actor=caller.actor, reason=row["reason"]
            )


async def refuse(caller: Caller, public_id: str, reason: str) -> None:
    """Turns a proposal down. Raises as approve()."""
    reason = reasons.audited(reason)
    async with transaction() as tx:
        await _decided(tx.connection, caller, public_id, "REFUSED", reason)


async def withdraw(caller: Caller, public_id: str) -> None:
    """Takes one's own proposal back. Raises NotFound for one of somebody else, Conflict when it is decided already."""
    holder(caller, ADMINISTER)
    async with transaction() as tx:
        row = await tx.connection.fetchrow(
            """UPDATE rights_proposal SET decided_by = $2, decided_at = now(), outcome = 'LAPSED'
            WHERE public_id = $1 AND proposed_by = $2 AND decided_at IS NULL RETURNING id""",
            public_id,
            caller.person,
        )
        if row is None:
            if await tx.connection.fetchval(
                "SELECT 1 FROM rights_proposal WHERE public_id = $1 AND proposed_by = $2",
                public_id,
                caller.person,
            ):
                raise Conflict(_DECIDED)
            raise NotFound()
        await audit.record(caller.actor, "rights.withdrawn", "rights_proposal", public_id)


_DECIDED = N_("This was decided in the meantime.")


async def _decided(
    conn: Connection, caller: Caller, public_id: str, outcome: str, reason: str | None = None
) -> Record:
    holder(caller, ADMINISTER)
    row = await conn.fetchrow(
        """UPDATE rights_proposal SET decided_by = $2, decided_at = now(), outcome = $3
        WHERE public_id = $1 AND decided_at IS NULL AND proposed_by <> $2 AND person <> $2
        RETURNING person, change, reason, proposed_by""",
        public_id,
        caller.person,
        outcome,
    )
    if row is None:
        await _say_why(conn, caller, public_id)
    await audit.record(
        caller.actor, f"rights.{outcome.lower()}", "rights_proposal", public_id,  # ascii
        after={"person": row["person"], "change": row["change"]}, reason=reason,
    )  # fmt: skip
    return row


async def _say_why(conn: Connection, caller: Caller, public_id: str) -> None:
    found = await conn.fetchrow(
        "SELECT decided_at, proposed_by FROM rights_proposal WHERE public_id = $1", public_id
    )
    if found is None:
        raise NotFound()
    if found["decided_at"] is not None:
        raise Conflict(_DECIDED)
    if found["proposed_by"] == caller.person:
        raise Conflict(N_("You proposed this yourself: another administrator decides."))
    raise Conflict(N_("This is about yourself: another administrator decides."))


async def lock_ministry(conn: Connection) -> int:
    """organisation.id of the Ministry, locked until the transaction ends: administrators change one by one."""
    id: int | None = await conn.fetchval(
        "SELECT id FROM organisation WHERE kind = $1 AND closed_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE",
        Kind.MINISTRY,
    )
    if id is None:
        raise NotFound()
    return id


async def _check(conn: Connection, person: Record, change: str) -> None:
    ids = {admin["id"] for admin in await conn.fetch(_ADMINS)}
    if change == GIVE:
        if person["id"] in ids:
            raise Conflict(N_("{name} is an administrator already."), name=person["name"])
        if person["state"] != "ACTIVE":
            raise Conflict(N_("Only an account that is open can get admin rights."))
        return
    if person["id"] not in ids:
        raise Conflict(N_("{name} is no administrator."), name=person["name"])
    if len(ids) <= FEWEST:
        raise Conflict(N_("The last two administrators stay. Make somebody else an administrator first."))
