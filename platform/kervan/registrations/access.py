"""The only doors to a registration: the firm's own people, and the organiser's (events.access)."""

import msgspec

from kervan.accounts.callers import Caller, Membership, member
from kervan.db import fetch
from kervan.errors import Forbidden, NotFound
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.registrations.places import EXPORTER, IMPORTER
from kervan.trade.errors import N_

_OWN = "SELECT id, event FROM registration WHERE public_id = $1 AND organisation = $2"


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's place at a registration of his firm: registration.id, trade_event.id, and whether he may act."""

    membership: Membership
    registration: int
    event: int
    may_act: bool


def right_of(membership: Membership) -> str:
    """The right by which somebody registers this kind of firm."""
    return roles.ORDERS if membership.kind == Kind.EXPORTER else roles.BUY


def side_of(membership: Membership) -> str:
    """On which side of events a firm stands."""
    return EXPORTER if membership.kind == Kind.EXPORTER else IMPORTER


def may_register(membership: Membership) -> bool:
    """Whether the person may register this firm for events."""
    return membership.kind in (Kind.EXPORTER, Kind.IMPORTER) and right_of(membership) in membership.rights


def firm(caller: Caller, org: str) -> Membership:
    """The caller's membership in a firm that trades. NotFound for strangers."""
    return member(caller, org, roles.VIEW, Kind.EXPORTER, Kind.IMPORTER)


def registers(caller: Caller, org: str) -> Membership:
    """The caller's membership in a firm that he may register.

    Raises NotFound for strangers, Forbidden without the right and for firms that take no part at present.
    """
    membership = firm(caller, org)
    if not may_register(membership):
        raise Forbidden(N_("Your role does not allow this. Ask an owner of {name}."), name=membership.name)
    if membership.kind == Kind.EXPORTER and membership.standing != "VERIFIED":
        raise Forbidden(N_("Only verified exporters can register for events."))
    if membership.kind == Kind.IMPORTER and membership.standing not in ("ACTIVE", "VERIFIED"):
        raise Forbidden(N_("Your firm cannot register for events at present."))
    return membership


async def own(caller: Caller, org: str, registration: str, *, act: bool = False) -> Seat:
    """A registration of the caller's own firm, by public ids.

    Raises NotFound for everybody else, and with `act` Forbidden for colleagues who may only look.
    """
    membership = firm(caller, org)
    rows = await fetch(_OWN, registration, membership.organisation)
    if not rows:
        raise NotFound()
    may_act = right_of(membership) in membership.rights
    if act and not may_act:
        raise Forbidden(N_("Your role does not allow this. Ask an owner of {name}."), name=membership.name)
    return Seat(membership=membership, registration=rows[0]["id"], event=rows[0]["event"], may_act=may_act)
