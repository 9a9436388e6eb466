"""The only door to an organisation's members: who may look at them and who may change them."""

import msgspec

from kervan.accounts.callers import Caller, Membership, member
from kervan.db import fetch
from kervan.errors import NotFound
from kervan.organisations.roles import ADMINISTER, MANAGER, MEMBERS
from kervan.organisations.tables import Kind

# The Ministry's own people are given and taken by two administrators (staff.rights), never by one.
_BY_ADMINS = (Kind.POST, Kind.ASSOCIATION)


class Managed(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation whose members the caller may change."""

    id: int
    public_id: str
    kind: str
    name: str
    country: str


async def managed(caller: Caller, public_id: str) -> Managed:
    """The organisation, when the caller may invite, change and remove its members: its owners, and for posts and
    associations the administrators.

    Raises NotFound for strangers and for organisations that do not exist, Forbidden for colleagues without the right.
    """
    if caller.may(ADMINISTER):
        rows = await fetch(
            "SELECT id, public_id, kind, name, country FROM organisation"
            " WHERE public_id = $1 AND kind = ANY($2::text[]) AND closed_at IS NULL",
            public_id,
            list(_BY_ADMINS),
        )
        if rows:
            return Managed(**rows[0])
    return own(member(caller, public_id, MEMBERS, *MANAGER))


def own(membership: Membership) -> Managed:
    """The same of a membership that gives the right to change members."""
    return Managed(
        id=membership.organisation,
        public_id=membership.public_id,
        kind=membership.kind,
        name=membership.name,
        country=membership.country,
    )


async def colleague(organisation: int, public_id: str) -> int:
    """person.id of a member by public id. Raises NotFound for somebody who does not belong to the organisation."""
    rows = await fetch(
        """SELECT p.id FROM person p JOIN membership m ON m.person = p.id
        WHERE p.public_id = $1 AND m.organisation = $2 AND m.ended_at IS NULL""",
        public_id,
        organisation,
    )
    if not rows:
        raise NotFound()
    id: int = rows[0]["id"]
    return id
