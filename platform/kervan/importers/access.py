"""The only door to an importer's row: its own people, the post of its country, the Ministry."""

from kervan.accounts.callers import Caller, Membership, holder, member
from kervan.errors import Forbidden, NotFound
from kervan.importers import queries
from kervan.importers.structs import Importer
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_


async def own(caller: Caller, organisation: str, right: str = roles.VIEW) -> tuple[Membership, Importer]:
    """The caller's membership and firm, by the organisation's public id.

    Raises NotFound for strangers and Forbidden for colleagues without the right.
    """
    membership = member(caller, organisation, right, Kind.IMPORTER)
    return membership, await of_membership(membership)


async def of_membership(membership: Membership) -> Importer:
    """The firm of a membership in an importer's organisation."""
    found = await queries.by_id(membership.importer) if membership.importer is not None else None
    if found is None:
        raise NotFound()
    return found


def countries(caller: Caller) -> frozenset[str] | None:
    """Of which countries the caller verifies importers: a post's own, None for all (the Ministry).

    Raises NotFound for everybody else.
    """
    memberships = holder(caller, roles.VERIFY_IMPORTERS)
    if any(membership.kind == Kind.MINISTRY for membership in memberships):
        return None
    return frozenset(membership.country for membership in memberships)


async def for_verifier(caller: Caller, public_id: str) -> tuple[Membership, Importer]:
    """An importer that the caller may verify, and the membership by which.

    Raises NotFound for any other, Forbidden for the own firm.
    """
    allowed = countries(caller)
    found = await queries.by_public_id(public_id)
    if found is None or (allowed is not None and found.country not in allowed):
        raise NotFound()
    if any(membership.importer == found.id for membership in caller.memberships):
        raise Forbidden(N_("You belong to this firm. Somebody else reviews it."))
    memberships = caller.may(roles.VERIFY_IMPORTERS)
    # The post of the country comes first: its name stands on the badge.
    own_post = [m for m in memberships if m.kind == Kind.POST and m.country == found.country]
    return (own_post or [m for m in memberships if m.kind == Kind.MINISTRY])[0], found
