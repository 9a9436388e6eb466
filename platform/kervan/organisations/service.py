"""Founding organisations, and the two changes that every right comes from: a membership begins, a membership ends.

Both work inside the caller's transaction and leave the same traces wherever they are called from: the audit trail,
a mail, new tokens for the person's sessions.
"""

from datetime import UTC, date, datetime

from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts import sessions
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.notifications.letters import send
from kervan.organisations import tasks
from kervan.organisations.queries import IN_TERM
from kervan.organisations.roles import MANAGER, MEMBERS, NAMES, STAFF_KINDS, rights, roles_of
from kervan.organisations.tables import Kind, Role
from kervan.trade.errors import N_

# Without one of them nobody could let the next one in.
KEEPERS = {**MANAGER, Kind.MINISTRY: Role.ADMIN}


async def found(
    conn: Connection,
    kind: str,
    name: str,
    country: str,
    *,
    owner: int | None = None,
    role: str | None = None,
    association: str | None = None,
    actor: str | None = None,
) -> tuple[int, str]:
    """Makes an organisation inside a transaction; returns its id and public id.

    `owner` becomes its first member with `role`, by default the one that manages members. Raises Conflict when the
    association's short name is taken.
    """
    public_id = new_public_id()
    id = await conn.fetchval(
        """INSERT INTO organisation (public_id, kind, name, country, association) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (association) DO NOTHING RETURNING id""",
        public_id,
        Kind(kind),
        name,
        country,
        association,
    )
    if id is None:
        raise Conflict(N_("There is an association with this short name already."))
    actor = actor or (f"user:{owner}" if owner is not None else "system:organisations")
    await audit.record(
        actor,
        "organisation.founded",
        "organisation",
        public_id,
        after={"kind": kind, "name": name, "country": country},
    )
    if owner is not None:
        await add_member(conn, id, owner, role or KEEPERS[Kind(kind)], actor=actor)
    return id, public_id


async def lock(conn: Connection, organisation: int) -> Record:
    """The organisation's row, locked until the transaction ends: changes of its members happen one after the other.

    Raises NotFound for one that is closed.
    """
    row = await conn.fetchrow(
        """SELECT id, public_id, kind, name, country FROM organisation
        WHERE id = $1 AND closed_at IS NULL FOR UPDATE""",
        organisation,
    )
    if row is None:
        raise NotFound()
    return row


async def add_member(
    conn: Connection,
    organisation: int,
    person: int,
    role: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
    *,
    actor: str | None = None,
) -> None:
    """Gives a person a role inside a transaction, from today or `valid_from` on until the end of `valid_to`.

    `actor` is who gives it; without one it is the person (founding, accepting), who then gets no mail about it.
    Raises Invalid for a role that the kind of organisation does not have, Conflict for somebody who is a member and for
    a term that is over.
    """
    row = await lock(conn, organisation)
    if role not in roles_of(row["kind"]):
        raise Invalid(fields={"role": N_("This cannot be chosen here.")})
    today = datetime.now(UTC).date()
    if valid_to is not None and valid_to < max(valid_from or today, today):
        raise Conflict(N_("This term is over already."))
    # A term that is over and that no round has ended yet.
    await conn.execute(
        """UPDATE membership SET ended_at = now()
        WHERE organisation = $1 AND person = $2 AND ended_at IS NULL AND valid_to < current_date""",
        organisation,
        person,
    )
    made = await conn.fetchval(
        """INSERT INTO membership (person, organisation, role, valid_from, valid_to)
        VALUES ($1, $2, $3, coalesce($4, current_date), $5)
        ON CONFLICT (person, organisation) WHERE ended_at IS NULL DO NOTHING RETURNING id""",
        person,
        organisation,
        role,
        valid_from,
        valid_to,
    )
    if made is None:
        raise Conflict(N_("This person is a member already."))
    await sessions.turn_all(conn, person)
    themselves = f"user:{person}"
    actor = actor or themselves
    await audit.record(
        actor, "membership.given", "organisation", row["public_id"],
        after={"person": person, "role": role, "from": valid_from, "to": valid_to},
    )  # fmt: skip
    if actor != themselves:
        await tell(conn, row, person, role)


async def end_membership(
    conn: Connection,
    organisation: int,
    person: int,
    *,
    actor: str | None = None,
    reason: str | None = None,
    successor: int | None = None,
    told: bool = False,
) -> int:
    """Ends a person's membership inside a transaction; returns how many open tasks changed hands.

    The tasks go to `successor` or back to all. The person's API keys and open invitations of this organisation end
    with it. `told` says that the caller writes a mail of its own. Raises NotFound for somebody who is no member,
    Conflict for the last owner or administrator.
    """
    row = await lock(conn, organisation)
    role = await conn.fetchval(
        """UPDATE membership SET ended_at = now() WHERE organisation = $1 AND person = $2 AND ended_at IS NULL
        RETURNING role""",
        organisation,
        person,
    )
    if role is None:
        raise NotFound(N_("This person is not a member."))
    if role == KEEPERS.get(Kind(row["kind"])):
        await _refuse_without_keeper(conn, row)
    await _take_back(conn, organisation, person, keys=True)
    moved = await tasks.hand_over(conn, person, successor)
    await sessions.turn_all(conn, person)
    themselves = f"user:{person}"
    actor = actor or themselves
    await audit.record(
        actor, "membership.ended", "organisation", row["public_id"],
        before={"person": person, "role": role}, after={"tasks": moved, "successor": successor}, reason=reason,
    )  # fmt: skip
    if actor != themselves and not told:
        await tell(conn, row, person, None)
    return moved


async def change_membership(
    conn: Connection, organisation: int, person: int, role: str, *, actor: str
) -> None:
    """Gives a member another role inside a transaction; rights change with the next request.

    Raises NotFound, Invalid and Conflict as the two above. A role that the member has already changes nothing.
    """
    row = await lock(conn, organisation)
    if role not in roles_of(row["kind"]):
        raise Invalid(fields={"role": N_("This cannot be chosen here.")})
    before = await conn.fetchval(
        "SELECT role FROM membership WHERE organisation = $1 AND person = $2 AND ended_at IS NULL",
        organisation,
        person,
    )
    if before is None:
        raise NotFound(N_("This person is not a member."))
    if before == role:
        return
    await conn.execute(
        "UPDATE membership SET role = $3 WHERE organisation = $1 AND person = $2 AND ended_at IS NULL",
        organisation,
        person,
        role,
    )
    if before == KEEPERS.get(Kind(row["kind"])):
        await _refuse_without_keeper(conn, row)
    if MEMBERS not in rights(row["kind"], role):
        await _take_back(conn, organisation, person, keys=False)
    await sessions.turn_all(conn, person)
    await audit.record(
        actor, "membership.changed", "organisation", row["public_id"],
        {"person": person, "role": before}, {"person": person, "role": role},
    )  # fmt: skip
    await tell(conn, row, person, role)


async def _refuse_without_keeper(conn: Connection, organisation: Record) -> None:
    keeper = KEEPERS[Kind(organisation["kind"])]
    left = await conn.fetchval(
        f"""SELECT count(*) FROM membership m JOIN person p ON p.id = m.person
        WHERE m.organisation = $1 AND m.role = $2 AND {IN_TERM} AND p.state = 'ACTIVE'""",
        organisation["id"],
        keeper,
    )
    if left:
        return
    if keeper == Role.ADMIN:
        raise Conflict(N_("The last administrator cannot go. Give somebody else the right first."))
    raise Conflict(N_("The last owner cannot go. Make somebody else an owner first."))


async def _take_back(conn: Connection, organisation: int, person: int, *, keys: bool) -> None:
    """What somebody handed out with rights that they no longer have."""
    await conn.execute(
        """UPDATE invitation SET withdrawn_at = now() WHERE organisation = $1 AND invited_by = $2
            AND accepted_at IS NULL AND withdrawn_at IS NULL""",
        organisation,
        person,
    )
    if keys:
        await conn.execute(
            """UPDATE api_key SET revoked_at = now()
            WHERE organisation = $1 AND created_by = $2 AND revoked_at IS NULL""",
            organisation,
            person,
        )


async def tell(conn: Connection, organisation: Record, person: int, role: str | None) -> None:
    """Writes to a person which role they have now; None: no longer any."""
    to = await conn.fetchrow(
        "SELECT name, email, language, state FROM person WHERE id = $1 AND state <> 'CLOSED'", person
    )
    if to is None:
        return
    desk = "/staff" if organisation["kind"] in STAFF_KINDS else f"/desk/{organisation['public_id']}"
    await send(
        "membership_changed", to["email"], to["language"], person=person, name=to["name"],
        of=organisation["id"] if role else None, organisation=organisation["name"],
        role=NAMES[Role(role)] if role else None, go=desk if role else "/desk",
    )  # fmt: skip
