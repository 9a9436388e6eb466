"""What every way out of a cart comes to: an order, an inquiry, or the sentence that says why not."""

import asyncio
from decimal import Decimal

import httpx
import pytest
from carting import a_cart, buying, change_product, stored
from factories import make_product
from ordering import a_trade, an_order
from people import count

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict
from kervan.orders import carts, carts_queries, service
from kervan.trade import rates

pytestmark = pytest.mark.usefixtures("db")


async def test_sending_makes_one_order_and_empties_the_cart(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade(), note="For the spring season")
    answer = await shop.press("send", {"charges.FREIGHT": "80.00"})
    order = await fetch("SELECT public_id, invoice_total, note, idempotency_key FROM trade_order")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"/orders/{order[0]['public_id']}?said=order-sent")
    assert order[0]["invoice_total"] == Decimal("500.00")
    assert order[0]["note"] == "For the spring season"
    assert order[0]["idempotency_key"] == carts.key_of(shop.cart)
    assert await count("cart") == 0


async def test_invariant_14_a_double_click_makes_one_order(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    fields = await shop.fields()
    first = await client.post(shop.path, data={**fields, "do": "send"})
    again = await client.post(shop.path, data={**fields, "do": "send"})
    order = first.headers["location"].partition("?")[0]
    assert again.headers["location"] == f"{order}?said=order-sent-before"
    assert (await client.get(shop.path)).headers["location"] == f"{order}?said=order-sent-before"
    assert await count("trade_order") == 1


async def test_two_clicks_at_the_same_moment_make_one_order(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    fields = {**await shop.fields(), "do": "send"}
    answers = await asyncio.gather(*(client.post(shop.path, data=fields) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"].partition("?")[0] for answer in answers}) == 1
    assert await count("trade_order") == 1


async def test_the_last_free_place_is_not_refused_to_its_own_double_click() -> None:
    trade = await a_trade()
    await execute(
        "INSERT INTO exporter_limit (exporter, max_open_orders, valid_from) VALUES ($1, 1, now() - interval '1 day')",
        trade.exporter,
    )
    sent = await asyncio.gather(*(an_order(trade) for _ in range(4)))
    assert len({one.public_id for one in sent}) == 1
    assert await fetchval("SELECT open_orders FROM exporter_load") == 1


async def test_the_same_key_with_another_body_is_a_conflict(client: httpx.AsyncClient) -> None:
    """A second page of the same cart, left open with other quantities, sends nothing once the first was sent."""
    trade = await a_trade()
    shop = await buying(client, trade)
    stale = await shop.fields()
    await shop.press("send")
    answer = await client.post(shop.path, data={**stale, "do": "send", f"quantity.{trade.product}": "500"})
    assert answer.headers["location"].endswith("said=order-sent-before")
    assert await fetchval("SELECT max(quantity) FROM order_line") == 100
    cart = await a_cart(trade, 500)
    found = await carts_queries.one(trade.buyer.person, trade.importer, cart, "en")
    assert found is not None
    with pytest.raises(Conflict):
        await service.submit(
            trade.buyer, trade.buying, carts.wanted(found, carts.draft_of(found)), carts.key_of(shop.cart)
        )
    assert await count("trade_order") == 1


async def test_invariant_2_above_a_limit_nothing_is_ordered_and_everything_is_kept(
    client: httpx.AsyncClient,
) -> None:
    shop = await buying(client, await a_trade())
    field = f"quantity.{shop.trade.product}"
    answer = await shop.press("send", {field: "1400", "note": "Urgent"})
    assert answer.status_code == 422
    assert "This was not sent." in answer.text
    assert "The shipment weighs 637 kg gross; the law allows 600 kg in one shipment." in answer.text
    assert "37 kg" in answer.text
    assert "Turn this into an inquiry" in answer.text
    assert [await count(table) for table in ("trade_order", "exporter_load", "order_event", "mail")] == [
        0
    ] * 4
    assert (await shop.fields())[field] == "1400"
    assert await stored(shop.cart, "note") == "Urgent"


async def test_one_click_makes_an_inquiry_of_it(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade(), 1400, note="Urgent", charges='{"FREIGHT": "80.00"}')
    fields = await shop.fields()
    answer = await client.post(shop.path, data={**fields, "do": "inquire"})
    assert answer.status_code == 303, answer.text
    inquiry = (await fetch("SELECT id, public_id, text, destination, refused FROM inquiry"))[0]
    assert answer.headers["location"].endswith(f"/inquiries/{inquiry['public_id']}?said=cart-inquired")
    assert "Urgent" in inquiry["text"]
    assert "REGIME_GROSS_WEIGHT" in inquiry["refused"]
    assert await fetchval("SELECT quantity FROM inquiry_line") == 1400
    assert [await count(table) for table in ("trade_order", "cart")] == [0, 0]
    again = await client.post(shop.path, data={**fields, "do": "inquire"})
    assert again.headers["location"].endswith(f"{inquiry['public_id']}?said=inquiry-sent-before")
    assert await count("inquiry") == 1


async def test_invariant_8_free_samples_become_an_inquiry(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    look = await shop.look({"purpose": "SAMPLE"})
    assert look["level"] == "refused"
    assert look["refusals"] == [
        "Free samples cannot leave as an ETGB sale. Ask the exporter for them in an inquiry."
    ]
    assert (await shop.press("send", {"purpose": "SAMPLE"})).status_code == 422
    assert (await shop.press("inquire", {"purpose": "SAMPLE"})).status_code == 303
    assert await fetchval("SELECT purpose FROM inquiry") == "SAMPLE"
    assert await count("trade_order") == 0


async def test_an_unverified_firm_is_led_to_its_verification(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade(verified=False))
    assert (await shop.look())["unverified"] is False
    field = f"quantity.{shop.trade.product}"
    assert (await shop.look({field: "270"}))["unverified"] is False  # EUR 972.00
    look = await shop.look({field: "280"})
    assert (look["unverified"], look["value"]["source"]) == (True, "Kervan")
    answer = await shop.press("send", {field: "280"})
    assert answer.status_code == 422
    assert "Until your firm is verified you can order up to €1,000.00" in answer.text
    assert (
        f'<a href="/en/desk/{shop.trade.importer_firm.public_id}">Have your firm verified</a>' in answer.text
    )


async def test_another_price_is_shown_and_asked(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    await change_product(
        shop.trade, tiers=((50, Decimal("4.50")), (200, Decimal("3.60"))), gross_weight_g=460
    )
    page = (await shop.page()).text
    assert "Changed since you saw it" in page
    answer = await shop.press("send")
    assert answer.status_code == 409
    for part in ("€4.20", "€4.50", "455 g", "460 g", "Take the new prices and send"):
        assert part in answer.text
    assert await count("trade_order") == 0
    taken = await shop.press("take")
    assert taken.status_code == 303
    row = (await fetch("SELECT invoice_total, gross_weight_g FROM trade_order"))[0]
    assert (row["invoice_total"], row["gross_weight_g"]) == (Decimal("450.00"), 46_000)


async def test_a_price_that_moves_between_page_and_click_is_asked_again(client: httpx.AsyncClient) -> None:
    """Who takes the prices of a page takes those that it showed, not those of a moment later."""
    shop = await buying(client, await a_trade())
    await change_product(shop.trade, tiers=((50, Decimal("4.50")),))
    fields = await shop.fields()
    await change_product(shop.trade, tiers=((50, Decimal("9.90")),))
    answer = await client.post(shop.path, data={**fields, "do": "take"})
    assert answer.status_code == 409
    assert "€4.50" in answer.text
    assert "€9.90" in answer.text
    assert await count("trade_order") == 0


async def test_a_product_paused_between_cart_and_sending_is_named(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    await execute("UPDATE product SET state = 'PAUSED'")
    answer = await shop.press("send")
    assert answer.status_code == 422
    assert "This product is no longer offered. Take it out." in answer.text
    assert await count("trade_order") == 0
    assert "Combed cotton terry towel" in (await shop.page()).text


async def test_mixed_currencies_are_not_one_order(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    await make_product(trade.exporter, "HV-2", currency="USD")
    shop = await buying(client, trade)
    second = await fetchval("SELECT public_id FROM product WHERE sku = 'HV-2'")
    await carts.add(trade.buyer, trade.buying, second, 60)
    answer = await shop.press("send")
    assert answer.status_code == 422
    assert "These goods are priced in EUR, USD." in answer.text
    assert await count("trade_order") == 0


async def test_invariant_3_an_old_exchange_rate_is_named(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "is_stale", lambda *_: True)
    shop = await buying(client, await a_trade(currency="USD"))
    look = await shop.look()
    assert look["level"] == "refused"
    assert look["value"]["level"] == "unknown"
    assert "too old to trade on" in look["refusals"][0]
    answer = await shop.press("send")
    assert answer.status_code == 422
    assert "too old to trade on" in answer.text
    assert await count("trade_order") == 0


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE exporter SET verification = 'SUSPENDED'", "This exporter takes no orders at the moment."),
        ("UPDATE importer SET standing = 'SUSPENDED'", "Your firm cannot order at the moment."),
    ],
)
async def test_a_firm_that_may_not_trade_now_is_told(
    client: httpx.AsyncClient, statement: str, said: str
) -> None:
    shop = await buying(client, await a_trade())
    await execute(statement)
    assert said in (await shop.page()).text
    answer = await shop.press("send")
    assert answer.status_code == 409
    assert said in answer.text
    assert await count("trade_order") == 0


async def test_an_exporter_that_is_full_is_told_with_the_way_out(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    await execute(
        "INSERT INTO exporter_limit (exporter, max_open_orders, valid_from) VALUES ($1, 1, now() - interval '1 day')",
        trade.exporter,
    )
    await an_order(trade)
    shop = await buying(client, trade)
    answer = await shop.press("send")
    assert answer.status_code == 422
    assert "This exporter has as many open orders as it takes." in answer.text
    assert "Turn this into an inquiry" in answer.text
