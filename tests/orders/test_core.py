"""Orders from the moment they are sent: what is written, what is refused, and that nothing else is written then."""

from decimal import Decimal

import people
import pytest
from ordering import a_trade, an_order, side_of

from kervan.db import fetch, fetchval
from kervan.errors import Conflict, Invalid
from kervan.orders import offers, queries, steps
from kervan.orders.errors import Refused
from kervan.orders.offers import Offer, OfferedLine
from kervan.orders.tables import State

pytestmark = pytest.mark.usefixtures("db")


async def test_an_order_is_stored_with_its_terms_its_verdict_and_its_rate() -> None:
    trade = await a_trade()
    sent = await an_order(trade)
    order_id = await fetchval("SELECT id FROM trade_order WHERE public_id = $1", sent.public_id)
    order = await queries.detail(order_id)
    assert order.state == State.SUBMITTED
    assert order.number == sent.number
    assert order.terms.invoice_total == Decimal("420.00")
    assert order.terms.total_eur == Decimal("420.00")
    assert order.terms.gross_weight_g == 45_500
    assert order.terms.eur_rate == 1
    assert order.terms.verdict["allowed"] is True
    assert [line.gtip for line in order.terms.lines] == ["630260000011"]
    assert [event.action for event in await queries.timeline(order_id)] == ["submit"]
    assert ("order.submit", trade.buyer.actor) in [
        (row["action"], row["actor"]) for row in await fetch("SELECT action, actor FROM audit_entry")
    ]
    assert len(await people.mails("elif@ayse-havlu.example")) == 1


async def test_invariant_2_a_breach_writes_nothing() -> None:
    trade = await a_trade()
    with pytest.raises(Refused) as refused:
        await an_order(trade, quantity=20_000)
    assert [refusal.code for refusal in refused.value.verdict.refusals]
    assert await people.count("trade_order") == 0
    assert await fetchval("SELECT count(*) FROM exporter_load") == 0


async def test_invariant_14_the_same_key_returns_the_first_order_and_another_body_is_a_conflict() -> None:
    trade = await a_trade()
    first = await an_order(trade)
    again = await an_order(trade)
    assert (again.public_id, again.again) == (first.public_id, True)
    with pytest.raises(Conflict):
        await an_order(trade, quantity=200)
    assert await people.count("trade_order") == 1


async def test_an_offer_that_is_agreed_to_is_accepted_at_once() -> None:
    trade = await a_trade()
    sent = await an_order(trade)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    buyer, buying = await side_of(trade, sent.public_id, "IMPORTER")
    offer = Offer(
        lines=(OfferedLine(number=1, quantity=120, unit_price=Decimal("4.00"), discount=Decimal("10.00")),),
        incoterm="DAP",
        place="Hamburg",
        charges={"FREIGHT": Decimal("50.00")},
    )
    assert await offers.counter(seller, selling, 1, offer) == State.COUNTERED
    before = await queries.detail(selling.order_id)
    assert before.terms.invoice_total == Decimal("420.00")
    assert before.offered is not None
    assert before.offered.invoice_total == Decimal("520.00")
    assert await steps.take(buyer, buying, "agree", before.version) == State.ACCEPTED
    after = await queries.detail(selling.order_id)
    assert (after.terms.invoice_total, after.offered) == (Decimal("520.00"), None)
    assert [event.after for event in await queries.timeline(selling.order_id)] == [
        "SUBMITTED", "COUNTERED", "SUBMITTED", "ACCEPTED",
    ]  # fmt: skip


async def test_an_incoterm_names_a_place_on_orders_and_offers() -> None:
    trade = await a_trade()
    with pytest.raises(Invalid) as refused:
        await an_order(trade, place=" ")
    assert "FCA Denizli" in str(refused.value.fields["place"])
    sent = await an_order(trade)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    lines = (OfferedLine(number=1, quantity=90, unit_price=Decimal("4.20")),)
    with pytest.raises(Invalid) as refused:
        await offers.counter(seller, selling, 1, Offer(lines=lines, incoterm="FCA"))
    assert set(refused.value.fields) == {"place"}
    await offers.counter(seller, selling, 1, Offer(lines=lines, incoterm="DAP"))
    offered = (await queries.detail(selling.order_id)).offered
    assert offered is not None
    assert offered.place == "Hamburg"


async def test_invariant_1_an_offer_cannot_break_a_limit() -> None:
    trade = await a_trade()
    sent = await an_order(trade)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    offer = Offer(
        lines=(OfferedLine(number=1, quantity=100, unit_price=Decimal("4.20")),),
        incoterm="DAP",
        charges={"FREIGHT": Decimal("29600.00")},
    )
    with pytest.raises(Refused):
        await offers.counter(seller, selling, 1, offer)
    assert (await queries.detail(selling.order_id)).state == State.SUBMITTED
