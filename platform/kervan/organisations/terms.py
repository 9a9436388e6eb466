"""Terms of posts: ended when their last day is over, their work handed over; extended by administrators."""

from datetime import UTC, date, datetime

import structlog
from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts import sessions
from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.notifications.letters import send
from kervan.organisations import access, service
from kervan.organisations.access import Managed
from kervan.organisations.invitations import LONGEST_TERM
from kervan.organisations.queries import IN_TERM
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_

log = structlog.get_logger(__name__)

ACTOR = "system:terms"

# Colleagues who may do the work now, and may sign in.
_COLLEAGUES = f"""
SELECT p.id, p.name, p.email, p.language FROM membership m JOIN person p ON p.id = m.person
WHERE m.organisation = $1 AND p.id <> $2 AND {IN_TERM} AND p.state = 'ACTIVE' ORDER BY m.id
"""


async def end_due() -> int:
    """Ends every membership whose last day is over, hands over its open tasks and tells the people; returns how many.

    The tasks go to the only colleague who is left in the organisation; where there are several or none, back to all.
    Called every hour by the worker; may run in several processes at once. Rights do not wait for it: sessions look
    at the dates themselves.
    """
    due = await fetch(
        """SELECT m.id, m.organisation FROM membership m JOIN organisation o ON o.id = m.organisation
        WHERE m.ended_at IS NULL AND m.valid_to < current_date AND o.closed_at IS NULL ORDER BY m.id"""
    )
    ended = 0
    for row in due:
        try:
            async with transaction() as tx:
                ended += await _end(tx.connection, row["id"], row["organisation"])
        except Conflict as error:  # the last administrator: the next round tries again
            log.warning("a term cannot be ended", membership=row["id"], reason=error.message)
    if ended:
        log.info("terms ended", memberships=ended)
    return ended


async def _end(conn: Connection, membership: int, organisation_id: int) -> bool:
    organisation = await service.lock(conn, organisation_id)
    term = await conn.fetchrow(
        """SELECT organisation, person, valid_to FROM membership
        WHERE id = $1 AND ended_at IS NULL AND valid_to < current_date""",
        membership,
    )
    if term is None:  # another process was faster, or the term was extended
        return False
    leaver = await conn.fetchrow(
        "SELECT id, name, email, language, state FROM person WHERE id = $1", term["person"]
    )
    colleagues = await conn.fetch(_COLLEAGUES, term["organisation"], term["person"])
    heir = colleagues[0] if len(colleagues) == 1 else None
    moved = await service.end_membership(
        conn, term["organisation"], term["person"], actor=ACTOR, reason="The term is over.",
        successor=heir["id"] if heir else None, told=True,
    )  # fmt: skip
    if organisation["kind"] != Kind.POST:
        await service.tell(conn, organisation, term["person"], None)
        return True
    if leaver["state"] != "CLOSED":
        await _tell(leaver, organisation["country"], term["valid_to"], moved, received=False)
    if heir and moved:
        await _tell(heir, organisation["country"], term["valid_to"], moved, received=True)
    return True


async def _tell(person: Record, country: str, until: date, count: int, *, received: bool) -> None:
    await send(
        "post_handed_over", person["email"], person["language"], person=person["id"], name=person["name"],
        country=country, until=until, count=count, received=received,
        go="/staff" if received else "/desk",
    )  # fmt: skip


async def begin_due() -> int:
    """New tokens for people whose term begins today: their rights grow though nobody did anything; returns how many."""
    async with transaction() as tx:
        tag: str = await tx.connection.execute(
            """UPDATE session s SET turn_due = true FROM membership m
            WHERE m.person = s.person AND m.ended_at IS NULL AND m.valid_from = current_date
                AND m.created_at < current_date AND NOT s.turn_due
                AND coalesce(s.turned_at, s.created_at) < current_date"""
        )
    return int(tag.rpartition(" ")[2])


async def extend(caller: Caller, organisation: Managed, person: str, valid_to: date) -> None:
    """Moves the last day of a member's term (public id), forwards or back; both ends count.

    Raises NotFound for somebody who is no member or has no term, Invalid for a day in the past or too far away.
    """
    id = await access.colleague(organisation.id, person)
    if valid_to < datetime.now(UTC).date():
        raise Invalid(fields={"valid_to": N_("This day is over. To end a term today, remove the person.")})
    async with transaction() as tx:
        conn = tx.connection
        row = await service.lock(conn, organisation.id)
        term = await conn.fetchrow(
            """SELECT id, role, valid_from, valid_to FROM membership
            WHERE organisation = $1 AND person = $2 AND ended_at IS NULL AND valid_to IS NOT NULL FOR UPDATE""",
            organisation.id,
            id,
        )
        if term is None:
            raise NotFound(N_("This person has no term here."))
        if valid_to < term["valid_from"]:
            raise Invalid(fields={"valid_to": N_("The term must end after it begins, and not in the past.")})
        if valid_to - max(term["valid_from"], datetime.now(UTC).date()) > LONGEST_TERM:
            raise Invalid(fields={"valid_to": N_("A term lasts at most six years.")})
        if valid_to == term["valid_to"]:
            return
        await conn.execute("UPDATE membership SET valid_to = $2 WHERE id = $1", term["id"], valid_to)
        await sessions.turn_all(conn, id)
        await audit.record(
            caller.actor, "membership.term_changed", "organisation", organisation.public_id,
            {"person": id, "to": term["valid_to"]}, {"person": id, "to": valid_to},
        )  # fmt: skip
        await service.tell(conn, row, id, term["role"])
