"""What people leave in orders: in their file, gone when they go, and nobody goes while an order needs them."""

import people
import pytest
from ordering import Trade, a_trade, an_order, side_of

from kervan.db import execute, fetchval
from kervan.orders import queries
from kervan.privacy import erasure
from kervan.privacy.export import everything
from kervan.privacy.open_matters import open_matters

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
async def trade() -> Trade:
    trade = await a_trade()
    await an_order(trade)
    return trade


async def test_the_file_of_a_person_holds_its_orders_and_steps(trade: Trade) -> None:
    found = await everything(trade.buyer.person)
    assert [order["delivery"]["city"] for order in found["orders"]] == ["Hamburg"]
    assert [step["action"] for step in found["order_steps"]] == ["submit"]
    assert [terms["revision"] for terms in found["order_terms"]] == [1]
    assert (await everything(trade.seller.person))["orders"] == []


async def test_invariant_17_deleting_waits_for_open_orders_and_says_so(trade: Trade) -> None:
    for person in (trade.buyer.person, trade.seller.person):
        assert any("1 order is open" in sentence for sentence in await open_matters(person))
    await execute("UPDATE trade_order SET state = 'COMPLETED'")
    assert not any("order" in sentence for sentence in await open_matters(trade.buyer.person))
    assert not any("open" in sentence for sentence in await open_matters(trade.seller.person))


async def test_a_colleague_who_answers_orders_frees_the_seller(trade: Trade) -> None:
    for role, freed in (("VIEWER", False), ("EDITOR", False), ("ORDER_DESK", True)):
        colleague = await people.make_person(f"Ali {role}")
        await people.make_member(trade.exporter_firm, colleague, role)
        held = any("1 order is open" in sentence for sentence in await open_matters(trade.seller.person))
        assert held is not freed, role


async def test_who_placed_an_open_order_stays_even_with_colleagues(trade: Trade) -> None:
    colleague = await people.make_person("Greta Hansen")
    await people.make_member(trade.importer_firm, colleague, "OWNER")
    assert any("1 order is open" in sentence for sentence in await open_matters(trade.buyer.person))
    assert not any("order" in sentence for sentence in await open_matters(colleague))


async def test_what_stays_of_an_erased_buyer_is_the_firm(trade: Trade) -> None:
    await execute(
        """UPDATE trade_order SET state = 'COMPLETED', delivery = delivery || '{"contact": "Jan Petersen"}'""",
    )
    colleague = await people.make_person("Greta Hansen")
    await people.make_member(trade.importer_firm, colleague, "OWNER")
    assert await erasure.ask(trade.buyer.person, people.PASSWORD)
    _, party = await side_of(trade, await fetchval("SELECT public_id FROM trade_order"), "EXPORTER")
    order = await queries.detail(party.order_id)
    assert (order.ordered_by, order.importer.email, order.delivery.contact) == (None, "", "")
    assert [event.by for event in await queries.timeline(party.order_id)] == [None]
    assert order.delivery.city == "Hamburg"


async def test_a_stranger_to_orders_is_held_by_none(trade: Trade) -> None:
    assert await open_matters(await people.make_person("Deniz Ak")) == []
    _, party = await side_of(trade, (await an_order(trade, "k-2")).public_id, "IMPORTER")
    assert party.may_act
