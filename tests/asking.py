"""Parts of tests about inquiries: two exporters and an importer with their people, an inquiry, quotes to it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from factories import make_exporter, make_product
from people import Firm, firm_of, make_importer, make_member, make_person, sign_in

from kervan.accounts import sessions
from kervan.accounts.callers import Caller, Membership
from kervan.db import fetchval, transaction
from kervan.ids import new_public_id
from kervan.inquiries import access, quotes, service
from kervan.inquiries.access import Part
from kervan.inquiries.quotes import Saved
from kervan.inquiries.structs import Asked, AskedLine, Offered, OfferedLine
from kervan.orders.deadlines import today
from kervan.orders.structs import Delivery

__all__ = ["sign_in"]

TEXT = "We look for 400 white towels, washed once."
HOME = Delivery(name="Nordlicht Handel GmbH", street="Kaiserkai 1", city="Hamburg", postcode="20457")


class Side(NamedTuple):
    """A firm with one person who may act for it."""

    firm: Firm
    person: int
    caller: Caller
    membership: Membership

    @property
    def org(self) -> str:
        return self.firm.public_id


class World(NamedTuple):
    """Who takes part: a buyer, two exporters that are asked, one that is not, and a stranger's firm."""

    buyer: Side
    ayse: Side
    can: Side
    other_exporter: Side
    other_buyer: Side
    towel: str
    """Public id of a product of Ayşe."""
    oil: str
    """Public id of a product of Can."""


async def caller_of(person: int) -> Caller:
    """The person as services see them now."""
    async with transaction() as tx:
        token = await sessions.begin(
            tx.connection, person, whole=True, factor=True, device="Tests", address="127.0.0.1"
        )
    found = await sessions.find(token)
    assert found is not None
    return found.caller


async def side(firm: Firm, name: str, role: str) -> Side:
    """Somebody new of the firm."""
    person = await make_person(name)
    await make_member(firm, person, role)
    caller = await caller_of(person)
    return Side(firm, person, caller, caller.memberships[0])


async def make_world() -> World:
    """All of them, with a product each."""
    ayse = await make_exporter()
    can = await make_exporter("can-zeytin", trade_name="Can Zeytin", legal_name="Can Zeytincilik Ltd. Şti.")
    other = await make_exporter("zeki-tekstil", trade_name="Zeki Tekstil", legal_name="Zeki Tekstil A.Ş.")
    towel = await make_product(ayse)
    oil = await make_product(can, "ZY-1", hs_code="150920000000")
    return World(
        buyer=await side(await make_importer(standing="VERIFIED"), "Jonas Petersen", "BUYER"),
        ayse=await side(await firm_of(ayse), "Ayşe Yılmaz", "ORDER_DESK"),
        can=await side(await firm_of(can), "Can Demir", "ORDER_DESK"),
        other_exporter=await side(await firm_of(other), "Zeki Ak", "OWNER"),
        other_buyer=await side(await make_importer("Blaue Stunde AG", "CH"), "Zoe Frey", "OWNER"),
        towel=await fetchval("SELECT public_id FROM product WHERE id = $1", towel),
        oil=await fetchval("SELECT public_id FROM product WHERE id = $1", oil),
    )


def asked(world: World, **changes: Any) -> Asked:
    """An inquiry of 100 towels to both exporters."""
    values: dict[str, Any] = {
        "exporters": ("ayse-havlu", "can-zeytin"),
        "lines": (AskedLine(product=world.towel, quantity=100, target_price=Decimal("3.80")),),
        "text": TEXT,
        "destination": "DE",
        "incoterm": "DAP",
        "place": "Hamburg",
        "currency": "EUR",
    }
    return Asked(**{**values, **changes})


async def ask(world: World, **changes: Any) -> str:
    """Sends it; returns the inquiry's public id."""
    made = await service.create(
        world.buyer.caller, world.buyer.membership, asked(world, **changes), new_public_id()
    )
    return made.public_id


async def recipient_of(inquiry: str, firm: Side) -> str:
    """Public id of an exporter's part of the inquiry."""
    found: str = await fetchval(
        """SELECT r.public_id FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry
        WHERE i.public_id = $1 AND r.exporter = $2""",
        inquiry,
        firm.firm.entity,
    )
    return found


async def received(inquiry: str, firm: Side) -> Part:
    """The exporter's place in it."""
    return await access.received(firm.caller, firm.org, await recipient_of(inquiry, firm), act=True)


async def sent(world: World, inquiry: str, firm: Side) -> Part:
    """The buyer's place in its talk with the exporter."""
    return await access.asked(
        world.buyer.caller, world.buyer.org, inquiry, await recipient_of(inquiry, firm), act=True
    )


def offered(product: str | None = None, **changes: Any) -> Offered:
    """100 pieces at EUR 3.70, valid for 30 days."""
    line: dict[str, Any] = {
        "product": product,
        "name": "" if product else "White towel, 50 x 90",
        "asked": 1,
        "quantity": 100,
        "unit_price": Decimal("3.70"),
    }
    values: dict[str, Any] = {
        "lines": (OfferedLine(**{**line, **changes.pop("line", {})}),),
        "currency": "EUR",
        "incoterm": "DAP",
        "place": "Hamburg",
        "valid_until": today() + timedelta(days=30),
        "lead_days": 14,
        "charges": {"FREIGHT": Decimal("40")},
    }
    return Offered(**{**values, **changes})


async def quote(
    inquiry: str, firm: Side, product: str | None = None, *, send: bool = True, **changes: Any
) -> Saved:
    """The exporter's quote to it."""
    return await quotes.save(
        firm.caller, await received(inquiry, firm), offered(product, **changes), send=send
    )
