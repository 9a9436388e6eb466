"""The only doors to an announcement: the staff of its event's organiser, and the Ministry's administrators."""

from collections.abc import Sequence

import msgspec

from kervan.accounts.callers import Caller, Membership, holder
from kervan.announcements import queries
from kervan.announcements.structs import About
from kervan.db import fetch
from kervan.errors import Conflict, NotFound
from kervan.organisations.roles import ADMINISTER, EVENTS
from kervan.trade.errors import N_

_ROW = "SELECT id, organisation FROM event_announcement WHERE public_id = $1"


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A caller before an announcement that he looks after; `id` is event_announcement.id."""

    id: int
    public_id: str
    organisation: int
    membership: Membership
    ministry: bool


def scope(caller: Caller) -> Sequence[int] | None:
    """organisation.id of those whose announcements the caller looks after; None: all of them.

    Raises NotFound for everybody without the right: desks are not announced.
    """
    found = holder(caller, EVENTS)
    return None if caller.may(ADMINISTER) else [membership.organisation for membership in found]


def _seated(caller: Caller, organisation: int) -> Membership:
    own = [m for m in holder(caller, EVENTS) if m.organisation == organisation]
    found = own or [m for m in caller.may(ADMINISTER) if EVENTS in m.rights]
    if not found:
        raise NotFound()
    return found[0]


async def handled(caller: Caller, public_id: str) -> Seat:
    """The announcement, for its organiser's staff with the right EVENTS and for the Ministry. NotFound for others."""
    holder(caller, EVENTS)
    rows = await fetch(_ROW, public_id)
    if not rows:
        raise NotFound()
    membership = _seated(caller, rows[0]["organisation"])
    return Seat(
        id=rows[0]["id"],
        public_id=public_id,
        organisation=rows[0]["organisation"],
        membership=membership,
        ministry=bool(caller.may(ADMINISTER)),
    )


async def announceable(caller: Caller, event: str) -> About:
    """An event (public id) that the caller may announce: public, and his organisation's, or any for the Ministry.

    Raises NotFound for strangers, Conflict while the event has no public page.
    """
    holder(caller, EVENTS)
    about = await queries.about_public(event)
    _seated(caller, about.organiser)
    if about.state != "PUBLISHED":
        raise Conflict(N_("Publish the event first: an announcement leads to its page."))
    return about
