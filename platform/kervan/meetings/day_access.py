"""The only doors to meeting days: the organiser's staff, the Ministry, and the firms that were asked to take part."""

import msgspec

from kervan.accounts.callers import Caller, Membership, holder, is_staff
from kervan.db import fetch
from kervan.errors import NotFound
from kervan.meetings import access
from kervan.organisations.roles import ADMINISTER, EVENTS


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A caller before a meeting day that he organises (meeting_day.id)."""

    id: int
    public_id: str
    membership: Membership


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A firm's place at a meeting day (meeting_day.id, day_participant.id)."""

    day: int
    public_id: str
    participant: int
    membership: Membership
    side: str
    may_act: bool


async def organised(caller: Caller, day: str) -> Desk:
    """The day (public id) for its organiser's staff, and for the Ministry once firms were asked.

    Raises NotFound for everybody else.
    """
    holder(caller, EVENTS)
    rows = await fetch("SELECT id, organiser, state FROM meeting_day WHERE public_id = $1", day)
    if not rows:
        raise NotFound()
    own = [m for m in caller.may(EVENTS) if m.organisation == rows[0]["organiser"]]
    ministry = [] if rows[0]["state"] == "DRAFT" else list(caller.may(ADMINISTER))
    if not own and not ministry:
        raise NotFound()
    return Desk(id=rows[0]["id"], public_id=day, membership=(own or ministry)[0])


def organisers(caller: Caller) -> list[Membership]:
    """For which organisations the caller may hold meeting days. Raises NotFound when for none."""
    return [m for m in holder(caller, EVENTS) if is_staff(m)]


async def invited(caller: Caller, org: str, day: str, *, act: bool = False) -> Place:
    """A firm's place at a day (public ids).

    Raises NotFound for strangers, for firms that were not asked and before anybody was; with `act` Forbidden for
    colleagues who may only look.
    """
    membership = access.firm(caller, org)
    rows = await fetch(
        """SELECT d.id AS day, p.id AS participant, p.side FROM meeting_day d JOIN day_participant p ON p.day = d.id
        WHERE d.public_id = $1 AND p.organisation = $2 AND d.state <> 'DRAFT'""",
        day,
        membership.organisation,
    )
    if not rows:
        raise NotFound()
    if act:
        access.firm(caller, org, act=True)
    return Place(
        public_id=day,
        membership=membership,
        may_act=access.right_of(membership) in membership.rights,
        **rows[0],
    )
