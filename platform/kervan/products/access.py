"""The only door to a product for those who keep it."""

from typing import Any

import msgspec
from litestar import Request

from kervan.accounts.callers import Caller, Membership, member, signed_in
from kervan.db import fetch
from kervan.errors import NotFound
from kervan.organisations import roles
from kervan.trade.errors import N_


class Own(msgspec.Struct, frozen=True):
    """A product of the caller's own firm: its row, its public id, its state."""

    id: int
    public_id: str
    state: str


def desk(
    request: Request[Any, Any, Any], org: str, right: str = roles.PRODUCTS
) -> tuple[Caller, Membership, int]:
    """Who asks, for which firm, and the firm's exporter.id. NotFound for strangers, Forbidden without the right.

    To look on, roles.VIEW is enough.
    """
    caller = signed_in(request)
    membership = member(caller, org, right, "EXPORTER")
    if membership.exporter is None:
        raise NotFound()
    return caller, membership, membership.exporter


async def product(exporter_id: int, public_id: str) -> Own:
    """A product of this exporter in any state. NotFound for those of others."""
    rows = await fetch(
        "SELECT id, public_id, state FROM product WHERE public_id = $1 AND exporter = $2",
        public_id,
        exporter_id,
    )
    if not rows:
        raise NotFound(N_("There is no such product."))
    return Own(**dict(rows[0]))
