"""Taking a quote: exactly one, an order within the limits, else a deal with its checklist; what the losers learn."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from asking import HOME, World, ask, quote, received, sent
from people import audited, count, mails

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid
from kervan.inquiries import accepting, access, deals, quotes, service
from kervan.inquiries.checklist import CODES
from kervan.orders.deadlines import today
from kervan.orders.structs import Delivery


async def test_a_quote_within_the_limits_becomes_an_order_that_both_have_agreed_to(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel)
    made = await accepting.accept(
        world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision, HOME
    )
    assert made.order is not None
    assert made.deal is None
    [order] = await fetch("SELECT * FROM trade_order")
    assert (order["state"], order["goods_total"], order["invoice_total"]) == (
        "ACCEPTED",
        Decimal("370.0000"),
        Decimal("410.0000"),
    )
    [line] = await fetch("SELECT * FROM order_line")
    assert (line["unit_price"], line["quantity"], line["gross_weight_g"]) == (Decimal("3.7000"), 100, 45_500)
    assert await fetchval("SELECT state FROM inquiry") == "CONVERTED"
    assert [action for _, action in await audited(saved.public_id)][-1] == "quote.accepted"
    assert "quote_accepted" in [mail["template"] for mail in await mails("ayse.yilmaz@example.com")]


async def test_an_order_needs_to_know_where_the_goods_go(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel)
    with pytest.raises(Invalid) as refused:
        await accepting.accept(
            world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision, Delivery()
        )
    assert "delivery.city" in refused.value.fields
    assert await fetchval("SELECT state FROM inquiry") == "ANSWERED"
    assert await fetchval("SELECT state FROM quote") == "SENT"


async def test_invariant_2_above_the_limits_it_becomes_a_deal_and_no_order(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel, line={"quantity": 50_000})
    made = await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision)
    assert made.order is None
    assert made.deal is not None
    assert await count("trade_order") == 0
    [deal] = await fetch("SELECT * FROM deal")
    assert (deal["state"], deal["steps"]) == ("OPEN", "{}")
    assert "REGIME_GROSS_WEIGHT" in deal["refused"]


async def test_goods_in_words_become_a_deal(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse)
    made = await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision)
    assert made.deal is not None


async def test_a_currency_without_a_rate_becomes_a_deal(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel, currency="XAF", charges={})
    made = await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision)
    assert made.deal is not None


async def test_i6_a_second_acceptance_is_a_conflict(world: World) -> None:
    inquiry = await ask(world)
    first = await quote(inquiry, world.ayse, world.towel)
    second = await quote(inquiry, world.can, world.oil)
    await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), first.revision, HOME)
    with pytest.raises(Conflict, match="only one"):
        await accepting.accept(
            world.buyer.caller, await sent(world, inquiry, world.can), second.revision, HOME
        )
    with pytest.raises(Conflict, match="only one"):
        await accepting.accept(
            world.buyer.caller, await sent(world, inquiry, world.ayse), first.revision, HOME
        )
    assert await count("trade_order") == 1


async def test_invariant_14_of_many_acceptances_at_once_exactly_one_counts(world: World) -> None:
    for _ in range(5):
        inquiry = await ask(world)
        first = await quote(inquiry, world.ayse, world.towel)
        second = await quote(inquiry, world.can, world.oil)
        parts = [await sent(world, inquiry, world.ayse), await sent(world, inquiry, world.can)]
        found = await asyncio.gather(
            accepting.accept(world.buyer.caller, parts[0], first.revision, HOME),
            accepting.accept(world.buyer.caller, parts[1], second.revision, HOME),
            accepting.accept(world.buyer.caller, parts[0], first.revision, HOME),
            return_exceptions=True,
        )
        assert [type(one) for one in found].count(Conflict) == 2, found
        accepted = await fetch(
            """SELECT q.id FROM quote q JOIN inquiry i ON i.id = q.inquiry
            WHERE i.public_id = $1 AND q.state = 'ACCEPTED'""",
            inquiry,
        )
        assert len(accepted) == 1


async def test_i6_an_expired_quote_cannot_be_accepted(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel)
    await execute("UPDATE quote SET valid_until = $1", today() - timedelta(days=1))
    with pytest.raises(Conflict, match="valid until"):
        await accepting.accept(
            world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision, HOME
        )
    assert await fetchval("SELECT state FROM inquiry") == "ANSWERED"


async def test_a_quote_is_valid_through_its_last_day(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel, valid_until=today())
    made = await accepting.accept(
        world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision, HOME
    )
    assert made.order is not None


async def test_invariant_14_another_revision_than_the_one_that_was_seen_is_not_taken(world: World) -> None:
    inquiry = await ask(world)
    first = await quote(inquiry, world.ayse, world.towel)
    await quote(inquiry, world.ayse, world.towel, line={"unit_price": Decimal("9.90")})
    with pytest.raises(Conflict, match="meantime"):
        await accepting.accept(
            world.buyer.caller, await sent(world, inquiry, world.ayse), first.revision, HOME
        )


async def test_a_quote_that_is_being_revised_stands_as_it_was_sent(world: World) -> None:
    inquiry = await ask(world)
    first = await quote(inquiry, world.ayse, world.towel)
    await quote(inquiry, world.ayse, world.towel, send=False, line={"unit_price": Decimal("9.90")})
    await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), first.revision, HOME)
    assert await fetchval("SELECT unit_price FROM order_line") == Decimal("3.7000")


async def test_a_withdrawn_quote_and_a_suspended_exporter_cannot_be_taken(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel)
    part = await sent(world, inquiry, world.ayse)
    await execute("UPDATE exporter SET verification = 'SUSPENDED' WHERE slug = 'ayse-havlu'")
    with pytest.raises(Conflict):
        await accepting.accept(world.buyer.caller, part, saved.revision, HOME)
    await execute("UPDATE exporter SET verification = 'VERIFIED' WHERE slug = 'ayse-havlu'")
    await quotes.withdraw(world.ayse.caller, await received(inquiry, world.ayse))
    with pytest.raises(Conflict):
        await accepting.accept(world.buyer.caller, part, saved.revision, HOME)


async def test_invariant_13_the_losers_are_told_without_names_and_prices(world: World) -> None:
    inquiry = await ask(world, exporters=("ayse-havlu", "can-zeytin", "zeki-tekstil"))
    first = await quote(inquiry, world.ayse, world.towel)
    await quote(inquiry, world.can, world.oil)
    await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), first.revision, HOME)
    lost = (await mails("can.demir@example.com"))[-1]
    assert lost["template"] == "quote_declined"
    silent = (await mails("zeki.ak@example.com"))[-1]
    assert (silent["template"], silent["context"]["cause"]) == ("inquiry_closed", "decided")
    for mail in (lost, silent):
        assert "Ayşe" not in str(mail["context"])
        assert "410" not in str(mail["context"])


async def test_an_anonymous_buyer_is_known_to_the_exporter_whose_quote_it_took(world: World) -> None:
    inquiry = await ask(world, anonymous=True)
    first = await quote(inquiry, world.ayse, world.towel)
    await quote(inquiry, world.can, world.oil)
    await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), first.revision, HOME)
    won = [m for m in await mails("ayse.yilmaz@example.com") if m["template"] == "quote_accepted"]
    assert won[0]["context"]["who"] == "Nordlicht Handel GmbH"
    assert "Nordlicht" not in str([m["context"] for m in await mails("can.demir@example.com")])


async def test_the_exporter_ticks_off_the_steps_of_a_deal_and_both_see_them(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse)
    made = await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision)
    assert made.deal is not None
    part, deal = await access.deal(world.ayse.caller, world.ayse.org, made.deal, act=True)
    await deals.tick(world.ayse.caller, part, deal, ["contract", "proforma"], 1)
    with pytest.raises(Conflict):
        await deals.tick(world.ayse.caller, part, deal, ["contract"], 1)
    with pytest.raises(Invalid):
        await deals.tick(world.ayse.caller, part, deal, ["nonsense"], 2)
    buyers, _ = await access.deal(world.buyer.caller, world.buyer.org, made.deal, act=True)
    with pytest.raises(Forbidden):
        await deals.tick(world.buyer.caller, buyers, deal, list(CODES), 2)
    await deals.end(world.ayse.caller, part, deal, "DONE", 2)
    with pytest.raises(Conflict):
        await deals.tick(world.ayse.caller, part, deal, [], 3)
    assert await fetchval("SELECT state FROM deal") == "DONE"


async def test_a_closed_inquiry_takes_no_acceptance(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel)
    part = await sent(world, inquiry, world.ayse)
    await service.close(world.buyer.caller, part)
    with pytest.raises(Conflict):
        await accepting.accept(world.buyer.caller, part, saved.revision, HOME)
