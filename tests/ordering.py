"""Makers for tests of orders: two firms, a product, an order that was sent."""

from decimal import Decimal
from typing import Any

import msgspec
import people
from factories import make_exporter, make_product

from kervan.accounts import sessions
from kervan.accounts.callers import Caller, Membership
from kervan.db import fetchval, transaction
from kervan.orders import service
from kervan.orders.access import Party, party
from kervan.orders.service import Submitted
from kervan.orders.structs import Delivery, Wanted, WantedLine

DELIVERY = Delivery(name="Nordlicht Lager", street="Speicherstraße 4", city="Hamburg", postcode="20457")


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """An exporter with its order desk, an importer with its buyer, one product."""

    exporter: int
    exporter_firm: people.Firm
    seller: Caller
    importer: int
    importer_firm: people.Firm
    buyer: Caller
    product: str

    @property
    def buying(self) -> Membership:
        return next(m for m in self.buyer.memberships if m.kind == "IMPORTER")

    @property
    def selling(self) -> Membership:
        return next(m for m in self.seller.memberships if m.kind == "EXPORTER")


async def caller_of(person: int) -> Caller:
    """The caller that a signed-in person is, with the memberships of the database."""
    async with transaction() as tx:
        token = await sessions.begin(
            tx.connection, person, whole=True, factor=True, device="Tests", address="127.0.0.1"
        )
    found = await sessions.find(token)
    assert found is not None
    return found.caller


async def a_trade(slug: str = "ayse-havlu", *, verified: bool = True, **product: Any) -> Trade:
    """A verified exporter with a towel at EUR 4.20 (455 g) from 50, and an importer in Germany."""
    exporter = await make_exporter(slug)
    firm = await people.firm_of(exporter)
    seller = await people.make_person("Elif Kaya", f"elif@{slug}.example")
    await people.make_member(firm, seller, "OWNER")
    product_id = await make_product(exporter, **product)
    importer_firm = await people.make_importer(standing="VERIFIED" if verified else "ACTIVE")
    buyer = await people.make_person("Jan Petersen", f"jan-{slug}@nordlicht.example")
    await people.make_member(importer_firm, buyer, "OWNER")
    return Trade(
        exporter=exporter,
        exporter_firm=firm,
        seller=await caller_of(seller),
        importer=importer_firm.entity,
        importer_firm=importer_firm,
        buyer=await caller_of(buyer),
        product=await fetchval("SELECT public_id FROM product WHERE id = $1", product_id),
    )


def wanted(trade: Trade, quantity: int = 100, **fields: Any) -> Wanted:
    """100 towels to Hamburg."""
    values: dict[str, Any] = {
        "exporter": trade.exporter,
        "lines": (WantedLine(product=trade.product, quantity=quantity),),
        "destination": "DE",
        "incoterm": "DAP",
        "place": "Hamburg",
        "delivery": DELIVERY,
    }
    return Wanted(**{**values, **fields})


async def an_order(trade: Trade, key: str = "k-1", **fields: Any) -> Submitted:
    """An order that was sent."""
    return await service.submit(trade.buyer, trade.buying, wanted(trade, **fields), key)


async def side_of(trade: Trade, order: str, side: str, *, act: bool = True) -> tuple[Caller, Party]:
    """The caller and the place of one side in an order."""
    caller, firm = (
        (trade.seller, trade.exporter_firm) if side == "EXPORTER" else (trade.buyer, trade.importer_firm)
    )
    return caller, await party(caller, firm.public_id, order, act=act)


EUR_100_TOWELS = Decimal("420.00")
