"""The only door to an order: its exporter's and its importer's people; staff who watch over orders."""

import msgspec

from kervan.accounts.callers import Caller, Membership, holder, member
from kervan.db import fetch
from kervan.errors import Forbidden, NotFound
from kervan.orders.tables import Side
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's place in an order: for which firm, on which side, and whether its role lets it act."""

    membership: Membership
    side: Side
    order_id: int
    may_act: bool


def right_of(membership: Membership) -> str:
    """The right that answers orders in this kind of firm."""
    if membership.kind == Kind.POST:
        return roles.REQUESTS
    return roles.ORDERS if membership.kind == Kind.EXPORTER else roles.BUY


def trader(caller: Caller, org: str) -> Membership:
    """The caller's membership in a firm that trades. NotFound for strangers."""
    return member(caller, org, roles.VIEW, Kind.EXPORTER, Kind.IMPORTER)


def buyer(caller: Caller, org: str) -> Membership:
    """The caller's membership in an importer's firm for which it may buy. NotFound for strangers, Forbidden without
    the right."""
    return member(caller, org, roles.BUY, Kind.IMPORTER)


async def party(caller: Caller, org: str, order: str, *, act: bool = False) -> Party:
    """The caller's place in an order of the firm `org`, both by public id.

    Raises NotFound for everybody who is no party to it, and with `act` Forbidden for colleagues who may only look.
    """
    membership = trader(caller, org)
    column, firm = (
        ("exporter", membership.exporter)
        if membership.kind == Kind.EXPORTER
        else ("importer", membership.importer)
    )
    rows = await fetch(f"SELECT id FROM trade_order WHERE public_id = $1 AND {column} = $2", order, firm)
    if not rows:
        raise NotFound()
    may_act = right_of(membership) in membership.rights
    if act and not may_act:
        raise Forbidden(N_("Your role does not allow this. Ask an owner of {name}."), name=membership.name)
    side = Side.EXPORTER if membership.kind == Kind.EXPORTER else Side.IMPORTER
    return Party(membership=membership, side=side, order_id=rows[0]["id"], may_act=may_act)


async def watched(caller: Caller, order: str) -> int:
    """The order's id for an administrator. NotFound for everybody else."""
    holder(caller, roles.ADMINISTER)
    rows = await fetch("SELECT id FROM trade_order WHERE public_id = $1", order)
    if not rows:
        raise NotFound()
    order_id: int = rows[0]["id"]
    return order_id
