"""The only doors to inquiries, quotes and deals: the importer that asked, and each exporter to its own part of it."""

import msgspec

from kervan.accounts.callers import Caller, Membership, member
from kervan.db import fetch
from kervan.errors import Forbidden, NotFound
from kervan.orders.access import right_of
from kervan.orders.tables import Side
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's place in an inquiry. Row ids; `recipient` is None where the importer looks at the whole."""

    membership: Membership
    side: Side
    inquiry: int
    recipient: int | None
    may_act: bool


def buyer(caller: Caller, org: str) -> Membership:
    """The caller's membership in an importer's firm that may ask. Raises NotFound, or Forbidden without the right."""
    return member(caller, org, roles.BUY, Kind.IMPORTER)


async def asked(caller: Caller, org: str, inquiry: str, recipient: str = "", *, act: bool = False) -> Part:
    """The importer's place in its own inquiry, or in its talk with one of the exporters.

    A post has the same place in the answers to the requests that it looks after: it acts where it asked on behalf of
    the buyer or exporters answer through it, and looks at the others. Raises NotFound for everybody else, and with
    `act` Forbidden for those who may only look.
    """
    membership = member(caller, org, roles.VIEW, Kind.IMPORTER, Kind.POST)
    rows = await fetch(
        """SELECT i.id, r.id AS recipient, i.importer,
            q.source <> 'IMPORTER' OR q.visibility = 'POST' OR im.represented_by IS NOT NULL AS speaks
        FROM inquiry i JOIN importer im ON im.id = i.importer LEFT JOIN trade_request q ON q.id = i.request
        LEFT JOIN inquiry_recipient r ON r.inquiry = i.id AND r.public_id = $4
        WHERE i.public_id = $1 AND (i.importer = $2 OR (q.post = $3 AND $5))""",
        inquiry,
        membership.importer,
        membership.organisation,
        recipient,
        membership.kind == Kind.POST,
    )
    if not rows or (recipient and rows[0]["recipient"] is None):
        raise NotFound()
    row = rows[0]
    speaks = membership.kind != Kind.POST or bool(row["speaks"])
    return _part(membership, Side.IMPORTER, row["id"], row["recipient"], act, speaks)


async def received(caller: Caller, org: str, recipient: str, *, act: bool = False) -> Part:
    """The exporter's place in an inquiry that was sent to it. Raises as `asked`."""
    membership = member(caller, org, roles.VIEW, Kind.EXPORTER)
    rows = await fetch(
        "SELECT id, inquiry FROM inquiry_recipient WHERE public_id = $1 AND exporter = $2",
        recipient,
        membership.exporter,
    )
    if not rows:
        raise NotFound()
    return _part(membership, Side.EXPORTER, rows[0]["inquiry"], rows[0]["id"], act)


async def deal(caller: Caller, org: str, public_id: str, *, act: bool = False) -> tuple[Part, int]:
    """A firm's place in an offline deal, and deal.id. Raises as `asked`."""
    membership = member(caller, org, roles.VIEW, Kind.EXPORTER, Kind.IMPORTER, Kind.POST)
    rows = await fetch(
        """SELECT d.id, d.inquiry, q.recipient FROM deal d JOIN quote q ON q.id = d.quote
        JOIN inquiry i ON i.id = d.inquiry LEFT JOIN trade_request t ON t.id = i.request
        WHERE d.public_id = $1 AND (d.exporter = $2 OR d.importer = $3 OR (t.post = $4 AND $5))""",
        public_id,
        membership.exporter,
        membership.importer,
        membership.organisation,
        membership.kind == Kind.POST,
    )
    if not rows:
        raise NotFound()
    side = Side.EXPORTER if membership.kind == Kind.EXPORTER else Side.IMPORTER
    row = rows[0]
    return _part(membership, side, row["inquiry"], row["recipient"], act), row["id"]


def _part(
    membership: Membership, side: Side, inquiry: int, recipient: int | None, act: bool, speaks: bool = True
) -> Part:
    may_act = right_of(membership) in membership.rights and speaks
    if act and not may_act:
        raise Forbidden(N_("Your role does not allow this. Ask an owner of {name}."), name=membership.name)
    return Part(membership=membership, side=side, inquiry=inquiry, recipient=recipient, may_act=may_act)
