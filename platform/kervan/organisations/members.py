"""What people do with memberships: give a colleague another role, remove one, leave."""

from kervan.accounts.callers import Caller, Membership
from kervan.db import transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.organisations import access, service
from kervan.organisations.access import Managed
from kervan.organisations.roles import MANAGER
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_


async def change_role(caller: Caller, organisation: Managed, person: str, role: str) -> None:
    """Gives a member (public id) another role; it holds from their next request on.

    Raises NotFound for somebody of another organisation, Invalid for a role that the kind does not have, Conflict
    when no owner would be left.
    """
    id = await access.colleague(organisation.id, person)
    async with transaction() as tx:
        await service.change_membership(tx.connection, organisation.id, id, role, actor=caller.actor)


async def remove(
    caller: Caller,
    organisation: Managed,
    person: str,
    *,
    successor: str | None = None,
    reason: str | None = None,
) -> None:
    """Ends the membership of a colleague (public id); `successor`, a colleague too, gets the open tasks.

    Raises NotFound for somebody of another organisation, Conflict for the last owner, Invalid beside `successor` for
    one who is no colleague or the person.
    """
    id = await access.colleague(organisation.id, person)
    heir = await _heir(organisation.id, successor) if successor else None
    if heir == id:
        raise Invalid(fields={"successor": N_("Nobody can take over from themselves.")})
    async with transaction() as tx:
        await service.end_membership(
            tx.connection, organisation.id, id, actor=caller.actor, reason=reason, successor=heir
        )


async def _heir(organisation: int, person: str) -> int:
    try:
        return await access.colleague(organisation, person)
    except NotFound as error:
        raise Invalid(
            fields={"successor": N_("This is no colleague any more. Choose another successor.")}
        ) from error


async def leave(caller: Caller, membership: Membership) -> None:
    """Ends the caller's own membership. Raises Conflict for the last owner, and for staff: admins end their posts."""
    if Kind(membership.kind) not in MANAGER:
        raise Conflict(N_("An administrator ends your post. Write to the Ministry."))
    async with transaction() as tx:
        await service.end_membership(
            tx.connection, membership.organisation, caller.person, actor=caller.actor
        )
