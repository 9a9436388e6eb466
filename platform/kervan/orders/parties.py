"""Who trades with whom: both firms as they stand now, locked so that neither is suspended in between."""

import msgspec
from asyncpg import Connection

from kervan.errors import Conflict, NotFound
from kervan.importers.tables import Standing
from kervan.orders.judging import Buyer
from kervan.trade.errors import N_

_BUYER = """
SELECT id, organisation, legal_name, country, standing, verified_until >= current_date AS live
FROM importer WHERE id = $1 FOR SHARE
"""
_SELLER = """
SELECT e.id, e.organisation, e.legal_name, e.verification FROM exporter e WHERE e.id = $1 FOR SHARE
"""


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    """The exporter of an order."""

    id: int
    organisation: int
    name: str


async def buyer(conn: Connection, importer_id: int) -> Buyer:
    """The importer, when it may buy. Raises Conflict while it is not active."""
    row = await conn.fetchrow(_BUYER, importer_id)
    if row is None:
        raise NotFound()
    if row["standing"] not in (Standing.ACTIVE, Standing.VERIFIED):
        raise Conflict(N_("Your firm cannot order at the moment."))
    verified = row["standing"] == Standing.VERIFIED and row["live"] is not False
    return Buyer(
        id=row["id"],
        organisation=row["organisation"],
        name=row["legal_name"],
        country=row["country"],
        verified=verified,
    )


async def seller(conn: Connection, exporter_id: int) -> Seller:
    """The exporter, when it may sell. Raises Conflict while it is not verified."""
    row = await conn.fetchrow(_SELLER, exporter_id)
    if row is None:
        raise NotFound()
    if row["verification"] != "VERIFIED":
        raise Conflict(N_("This exporter takes no orders at the moment."))
    return Seller(id=row["id"], organisation=row["organisation"], name=row["legal_name"])
