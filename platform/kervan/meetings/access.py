"""The only doors to meetings: the two firms that meet, each to its own side."""

import msgspec

from kervan.accounts.callers import Caller, Membership, member
from kervan.db import fetch
from kervan.errors import Forbidden, NotFound
from kervan.meetings.states import Side
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's place at a meeting (meeting.id)."""

    membership: Membership
    side: Side
    meeting: int
    may_act: bool


def firm(caller: Caller, org: str, *, act: bool = False) -> Membership:
    """The caller's membership in a firm that meets others.

    Raises NotFound for strangers and, with `act`, Forbidden for colleagues who may only look.
    """
    membership = member(caller, org, roles.VIEW, Kind.EXPORTER, Kind.IMPORTER)
    if act and right_of(membership) not in membership.rights:
        raise Forbidden(N_("Your role does not allow this. Ask an owner of {name}."), name=membership.name)
    return membership


def right_of(membership: Membership) -> str:
    """The right by which somebody of the firm asks for meetings and answers."""
    return roles.ORDERS if membership.kind == Kind.EXPORTER else roles.BUY


def side_of(membership: Membership) -> Side:
    """On which side the firm sits."""
    return Side.EXPORTER if membership.kind == Kind.EXPORTER else Side.IMPORTER


async def own(caller: Caller, org: str, meeting: str, *, act: bool = False) -> Seat:
    """A firm's place at a meeting, by public ids.

    Raises NotFound for everybody else and for what an organiser has only planned; with `act` Forbidden as `firm`.
    """
    membership = firm(caller, org)
    rows = await fetch(
        """SELECT id, exporter FROM meeting
        WHERE public_id = $1 AND $2 IN (exporter, importer) AND state <> 'PLANNED'""",
        meeting,
        membership.organisation,
    )
    if not rows:
        raise NotFound()
    if act:
        firm(caller, org, act=True)
    return Seat(
        membership=membership, side=side_of(membership), meeting=rows[0]["id"],
        may_act=right_of(membership) in membership.rights,
    )  # fmt: skip
