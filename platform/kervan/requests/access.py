"""The only doors to a request: the buyer's people, the staff who look after it, exporters who may answer."""

import msgspec

from kervan.accounts.callers import Caller, Membership, holder, member
from kervan.db import fetch
from kervan.errors import Forbidden, NotFound
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.requests.states import Side
from kervan.requests.tables import Source
from kervan.trade.errors import N_

_ROW = """
SELECT q.id, q.importer, q.post, q.source, im.country, q.submitted_at, t.id IS NOT NULL AS waits,
    t.organisation AS reviewer
FROM trade_request q JOIN importer im ON im.id = q.importer
LEFT JOIN task t ON t.kind = 'REQUEST_REVIEW' AND t.about = q.public_id AND t.done_at IS NULL
WHERE q.public_id = $1
"""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's place at a request. `request` is trade_request.id, `importer` importer.id of the buyer."""

    membership: Membership
    side: Side
    request: int
    importer: int
    buyer_country: str
    may_act: bool


async def own(caller: Caller, org: str, request: str, *, act: bool = False) -> Seat:
    """The buyer's own people at its request, by public ids.

    Raises NotFound for everybody else, and with `act` Forbidden for colleagues who may only look.
    """
    membership = member(caller, org, roles.VIEW, Kind.IMPORTER)
    rows = await fetch(_ROW, request)
    if not rows or rows[0]["importer"] != membership.importer:
        raise NotFound()
    may_act = roles.BUY in membership.rights
    if act and not may_act:
        raise Forbidden(N_("Your role does not allow this. Ask an owner of {name}."), name=membership.name)
    return Seat(
        membership=membership, side=Side.IMPORTER, request=rows[0]["id"], importer=rows[0]["importer"],
        buyer_country=rows[0]["country"], may_act=may_act,
    )  # fmt: skip


async def handled(caller: Caller, request: str) -> Seat:
    """The staff who look after a request: the post of the buyer's country or that posted it, associations where no
    post does, the Ministry; and whoever reviews at the moment what another post wrote.

    Raises NotFound for everybody else, for an importer's draft that nobody has sent, and Forbidden for people of the
    buyer itself.
    """
    memberships = holder(caller, roles.REQUESTS)
    rows = await fetch(_ROW, request)
    if not rows:
        raise NotFound()
    row = rows[0]
    if row["source"] == Source.IMPORTER and row["submitted_at"] is None:
        raise NotFound()
    membership = covering(memberships, row["post"], row["country"])
    if membership is None and row["waits"]:
        membership = covering(memberships, row["reviewer"], row["country"])
    if membership is None:
        raise NotFound()
    if any(m.importer == row["importer"] for m in caller.memberships):
        raise Forbidden(N_("You belong to this firm. Somebody else reviews it."))
    return Seat(
        membership=membership, side=Side.POST if membership.kind == Kind.POST else Side.STAFF, request=row["id"],
        importer=row["importer"], buyer_country=row["country"], may_act=True,
    )  # fmt: skip


def covering(memberships: tuple[Membership, ...], post: int | None, country: str) -> Membership | None:
    """The membership in whose scope a request of this post (organisation.id) and buyer's country lies."""
    for membership in memberships:
        if membership.kind == Kind.POST and (
            membership.organisation == post or (post is None and membership.country == country)
        ):
            return membership
    for membership in memberships:
        if membership.kind == Kind.ASSOCIATION and post is None:
            return membership
    return next((m for m in memberships if m.kind == Kind.MINISTRY), None)


def answering(caller: Caller, org: str) -> Membership:
    """The caller's membership in a verified exporter for which it may answer requests.

    Raises NotFound for strangers, Forbidden without the right or while the firm is not verified.
    """
    membership = member(caller, org, roles.ORDERS, Kind.EXPORTER)
    if membership.standing != "VERIFIED":
        raise Forbidden(N_("Only verified exporters can read requests as a whole and answer them."))
    return membership


def sees_whole(caller: Caller | None, importer: int, post: int | None, country: str) -> bool:
    """Whether somebody may read more of a published request than its summary: people of verified exporters, of the
    buyer itself, and the staff who look after it."""
    if caller is None or caller.needs_factor:
        return False
    if any(m.kind == Kind.EXPORTER and m.standing == "VERIFIED" for m in caller.memberships):
        return True
    if any(m.importer == importer for m in caller.memberships):
        return True
    return covering(caller.may(roles.REQUESTS), post, country) is not None
