"""Sending an inquiry: what it needs, to whom it goes, what becomes of a cart; the same key gives the first one."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from asking import TEXT, World, ask, asked, recipient_of
from people import audited, count, mails

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.inquiries import queries, service
from kervan.inquiries.structs import AskedLine
from kervan.trade.verdict import Refusal


async def test_an_inquiry_reaches_every_exporter_with_a_talk_of_its_own(world: World) -> None:
    inquiry = await ask(world)
    row = (await fetch("SELECT * FROM inquiry"))[0]
    assert row["state"] == "OPEN"
    assert row["number"].startswith("RFQ")
    assert (row["expires_at"] - row["created_at"]).days in (89, 90)
    assert await recipient_of(inquiry, world.ayse) != await recipient_of(inquiry, world.can)
    assert [mail["template"] for mail in await mails("ayse.yilmaz@example.com")] == ["inquiry_received"]
    assert [mail["template"] for mail in await mails("can.demir@example.com")] == ["inquiry_received"]
    assert await mails("zeki.ak@example.com") == []
    assert [action for _, action in await audited(inquiry)] == ["inquiry.sent"]


async def test_i4_it_needs_goods_or_twenty_characters(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(world, lines=(), text="Towels, please")
    assert set(refused.value.fields) == {"text"}
    await ask(world, lines=(), text=TEXT)
    await ask(world, text="")
    assert await count("inquiry") == 2


BAD: list[tuple[dict[str, Any], str]] = [
    ({"exporters": ()}, "exporters"),
    ({"exporters": tuple(f"firm-{n}" for n in range(11))}, "exporters"),
    ({"exporters": ("nobody-here",)}, "exporters"),
    ({"destination": "TR"}, "destination"),
    ({"destination": "XX"}, "destination"),
    ({"incoterm": "ABC"}, "incoterm"),
    ({"currency": "ABC"}, "currency"),
    ({"currency": None}, "currency"),
    ({"lines": (AskedLine(name="Towel", quantity=0),)}, "lines.1.quantity"),
    ({"lines": (AskedLine(name="Towel", quantity=10**12),)}, "lines.1.quantity"),
    ({"lines": (AskedLine(name="Towel", target_price=Decimal("NaN")),)}, "lines.1.target_price"),
    ({"lines": (AskedLine(name="Towel", target_price=Decimal("-1")),)}, "lines.1.target_price"),
    ({"lines": (AskedLine(name=" "),)}, "lines.1.name"),
    ({"lines": (AskedLine(name="Towel", unit="QQQ"),)}, "lines.1.unit"),
    ({"lines": (AskedLine(name="Towel", hs_code="999999"),)}, "lines.1.hs_code"),
    ({"lines": (AskedLine(product="aaaaaaaaaaaa"),)}, "lines.1.product"),
    ({"text": "x" * 5001}, "text"),
]


@pytest.mark.parametrize(("changes", "field"), BAD)
async def test_what_is_wrong_is_said_beside_its_field(
    world: World, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(world, **changes)
    assert set(refused.value.fields) == {field}
    assert await count("inquiry") == 0


async def test_only_verified_exporters_are_asked(world: World) -> None:
    await execute("UPDATE exporter SET verification = 'SUSPENDED' WHERE slug = 'can-zeytin'")
    with pytest.raises(Invalid) as refused:
        await ask(world)
    assert "exporters" in refused.value.fields


@pytest.mark.parametrize("standing", ["PENDING_EMAIL", "SUSPENDED", "CLOSED"])
async def test_invariant_9_only_active_importers_ask(world: World, standing: str) -> None:
    await execute("UPDATE importer SET standing = $1", standing)
    with pytest.raises(Conflict):
        await ask(world)


async def test_invariant_14_the_same_key_gives_the_first_inquiry(world: World) -> None:
    buyer, key = world.buyer, new_public_id()
    first = await service.create(buyer.caller, buyer.membership, asked(world), key)
    again = await service.create(
        buyer.caller, buyer.membership, asked(world, text="Something else " * 3), key
    )
    assert (again.public_id, again.again) == (first.public_id, True)
    assert await count("inquiry") == 1


async def test_invariant_14_the_same_click_twice_at_once_makes_one_inquiry(world: World) -> None:
    buyer, key = world.buyer, new_public_id()
    made = await asyncio.gather(
        *(service.create(buyer.caller, buyer.membership, asked(world), key) for _ in range(4))
    )
    assert len({one.public_id for one in made}) == 1
    assert await count("inquiry") == 1
    assert await count("inquiry_recipient") == 2


async def _cart(world: World) -> str:
    public_id = new_public_id()
    cart = await fetchval(
        """INSERT INTO cart (public_id, importer, person, exporter, destination, incoterm, place, delivery, charges,
            note, idempotency_key) VALUES ($1, $2, $3, $4, 'DE', 'CIP', 'Hamburg',
            '{"name": "Nordlicht", "city": "Hamburg"}', '{"FREIGHT": "120.00"}', 'Pack in tens.', $5) RETURNING id""",
        public_id,
        world.buyer.firm.entity,
        world.buyer.person,
        world.ayse.firm.entity,
        new_public_id(),
    )
    await execute(
        """INSERT INTO cart_line (cart, product, quantity, seen_version)
        SELECT $1, id, 5000, 1 FROM product WHERE public_id = $2""",
        cart,
        world.towel,
    )
    return public_id


REFUSALS = (
    Refusal(code="REGIME_GROSS_WEIGHT", message="Too heavy: {used_g}.", params={"used_g": 2_275_000}),
)


async def test_invariant_2_a_cart_above_the_limits_becomes_an_inquiry_with_nothing_retyped(
    world: World,
) -> None:
    cart, key = await _cart(world), new_public_id()
    made = await service.from_cart(world.buyer.caller, world.buyer.membership, cart, REFUSALS, key)
    inquiry: int = await fetchval("SELECT id FROM inquiry WHERE public_id = $1", made.public_id)
    shown = await queries.inquiry(inquiry)
    assert [(line.product, line.quantity) for line in shown.lines] == [(world.towel, 5000)]
    assert (shown.destination, shown.incoterm, shown.place) == ("DE", "CIP", "Hamburg")
    assert shown.text.startswith("Pack in tens.")
    assert "120.00" in shown.text
    assert shown.delivery.city == "Hamburg"
    assert shown.refused[0]["code"] == "REGIME_GROSS_WEIGHT"
    assert await count("cart") == 0
    assert await count("trade_order") == 0
    again = await service.from_cart(world.buyer.caller, world.buyer.membership, cart, REFUSALS, key)
    assert again.public_id == made.public_id


async def test_a_cart_of_somebody_else_is_not_found(world: World) -> None:
    cart = await _cart(world)
    with pytest.raises(NotFound):
        await service.from_cart(
            world.other_buyer.caller, world.other_buyer.membership, cart, (), new_public_id()
        )
    assert await count("cart") == 1


async def test_goods_that_are_no_longer_offered_stay_as_words(world: World) -> None:
    cart = await _cart(world)
    await execute("UPDATE product SET state = 'PAUSED' WHERE public_id = $1", world.towel)
    made = await service.from_cart(
        world.buyer.caller, world.buyer.membership, cart, REFUSALS, new_public_id()
    )
    shown = await queries.inquiry(
        await fetchval("SELECT id FROM inquiry WHERE public_id = $1", made.public_id)
    )
    assert [(line.product, line.name) for line in shown.lines] == [(None, "Combed cotton terry towel")]
