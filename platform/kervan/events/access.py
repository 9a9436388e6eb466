"""The only doors to an event behind its public page: its organiser's staff, and the Ministry's administrators."""

import msgspec

from kervan.accounts.callers import Caller, Membership, holder, is_staff
from kervan.db import fetch
from kervan.errors import Forbidden, NotFound
from kervan.events.tables import OrganiserKind
from kervan.organisations.roles import ADMINISTER, EVENTS
from kervan.trade.errors import N_

_WHERE = "SELECT id, organiser, state FROM trade_event WHERE public_id = $1"


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A caller before an event that he looks after: its row id, in which membership, and whether for the Ministry."""

    id: int
    public_id: str
    organiser: int
    membership: Membership
    ministry: bool


async def organised(caller: Caller, public_id: str) -> Seat:
    """The event, for the staff of its organiser with the right EVENTS, and for the Ministry's administrators.

    Raises NotFound for everybody else, also for staff of other organisations: drafts are not announced.
    """
    holder(caller, EVENTS)
    rows = await fetch(_WHERE, public_id)
    if not rows:
        raise NotFound()
    row = rows[0]
    administrators = caller.may(ADMINISTER)
    own = [m for m in caller.may(EVENTS) if m.organisation == row["organiser"]]
    # The Ministry reads of others what was shown to it: not their drafts.
    if not own and (not administrators or row["state"] == "DRAFT"):
        raise NotFound()
    return Seat(
        id=row["id"],
        public_id=public_id,
        organiser=row["organiser"],
        membership=(own or list(administrators))[0],
        ministry=bool(administrators),
    )


def organiser(caller: Caller, organisation: str) -> Membership:
    """The caller's membership in an organisation (public id) for which he may make events. Raises NotFound."""
    for membership in holder(caller, EVENTS):
        if membership.public_id == organisation and is_staff(membership):
            return membership
    raise NotFound()


def organises_as(membership: Membership) -> OrganiserKind:
    """What the organisation of a membership of `organiser` organises as itself; each may also look after events of
    EXTERNAL ones."""
    return OrganiserKind(membership.kind)


def approver(seat: Seat) -> Seat:
    """The same seat, when the Ministry sits there. Raises Forbidden for the organiser's own staff."""
    if not seat.ministry:
        raise Forbidden(N_("Only the Ministry decides this."))
    return seat
