"""Carts: what goes in, what is kept of what was typed, and what every way out of a cart comes to."""

import asyncio
import re
from decimal import Decimal

import httpx
import pytest
from carting import (
    Buying,
    a_cart,
    add_from_page,
    buying,
    change_product,
    fields_of,
    lines_of,
    stored,
)
from factories import make_exporter, make_product
from ordering import a_trade, an_order, caller_of
from people import count, firm_of, make_importer, make_member, make_person, sign_in

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Invalid, NotFound
from kervan.orders import carts, carts_forms, carts_queries, service
from kervan.orders.incoterms import MEANINGS
from kervan.orders.rules import INCOTERMS
from kervan.trade import rates

pytestmark = pytest.mark.usefixtures("db")


# What goes in


async def test_a_new_cart_knows_the_firms_country_and_the_buyers_name() -> None:
    trade = await a_trade()
    await execute("UPDATE importer SET city = 'Hamburg', phone = '+494012345'")
    cart = await carts.add(trade.buyer, trade.buying, trade.product, 100)
    found = await carts_queries.one(trade.buyer.person, trade.importer, cart, "en")
    assert found is not None
    assert (found.destination, found.incoterm, found.place, found.purpose) == ("DE", "DAP", "Hamburg", "SALE")
    assert found.delivery.name == "Nordlicht Handel GmbH"
    assert (found.delivery.city, found.delivery.contact, found.delivery.phone) == (
        "Hamburg",
        "Jan Petersen",
        "+494012345",
    )
    assert [(line.quantity, line.seen_version, line.seen_price) for line in found.lines] == [
        (100, 1, Decimal("4.2000"))
    ]


async def test_without_a_town_the_term_names_the_exporters() -> None:
    trade = await a_trade()
    cart = await carts.add(trade.buyer, trade.buying, trade.product, 100)
    assert (await stored(cart, "incoterm"), await stored(cart, "place")) == ("EXW", "Denizli")


async def test_the_delivery_is_that_of_the_persons_last_order_there() -> None:
    trade = await a_trade()
    await an_order(trade)
    cart = await carts.add(trade.buyer, trade.buying, trade.product, 100)
    found = await carts_queries.one(trade.buyer.person, trade.importer, cart, "en")
    assert found is not None
    assert (found.delivery.street, found.delivery.city) == ("Speicherstraße 4", "Hamburg")


async def test_the_same_product_twice_is_one_line_with_the_last_quantity() -> None:
    trade = await a_trade()
    first = await carts.add(trade.buyer, trade.buying, trade.product, 100)
    again = await carts.add(trade.buyer, trade.buying, trade.product, 200)
    assert first == again
    assert await lines_of(first) == [(200, 1, "3.6000")]


async def test_each_exporter_has_a_cart_of_its_own() -> None:
    trade = await a_trade()
    other = await make_product(await make_exporter("bursa-ipek"), "IP-1")
    silk = await fetchval("SELECT public_id FROM product WHERE id = $1", other)
    one = await carts.add(trade.buyer, trade.buying, trade.product, 100)
    two = await carts.add(trade.buyer, trade.buying, silk, 100)
    assert one != two
    assert await carts_queries.count(trade.buyer.person, trade.importer) == 2


@pytest.mark.parametrize("quantity", [0, -1, 10**12])
async def test_a_quantity_that_no_order_can_have_is_refused(quantity: int) -> None:
    trade = await a_trade()
    with pytest.raises(Invalid):
        await carts.add(trade.buyer, trade.buying, trade.product, quantity)
    assert await count("cart") == 0


@pytest.mark.parametrize(
    "statement", ["UPDATE product SET state = 'PAUSED'", "UPDATE exporter SET verification = 'SUSPENDED'"]
)
async def test_what_visitors_cannot_see_cannot_be_put_in(statement: str) -> None:
    trade = await a_trade()
    await execute(statement)
    with pytest.raises(NotFound):
        await carts.add(trade.buyer, trade.buying, trade.product, 100)


async def test_a_version_that_never_was_counts_as_the_one_of_now() -> None:
    trade = await a_trade()
    cart = await carts.add(trade.buyer, trade.buying, trade.product, 100, seen_version=99)
    assert await lines_of(cart) == [(100, 1, "4.2000")]


async def test_there_are_at_most_fifty_carts_and_sixty_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (carts.MOST_CARTS, carts.MOST_LINES) == (50, 60)
    trade = await a_trade()
    for n in range(3):
        await make_product(trade.exporter, f"MORE-{n}")
    more = [row["public_id"] for row in await fetch("SELECT public_id FROM product WHERE sku LIKE 'MORE%'")]
    monkeypatch.setattr(carts, "MOST_LINES", 2)
    cart = await carts.add(trade.buyer, trade.buying, more[0], 100)
    await carts.add(trade.buyer, trade.buying, more[1], 100)
    with pytest.raises(Conflict):
        await carts.add(trade.buyer, trade.buying, more[2], 100)
    assert len(await lines_of(cart)) == 2
    monkeypatch.setattr(carts, "MOST_CARTS", 1)
    other = await make_product(await make_exporter("bursa-ipek"), "IP-1")
    with pytest.raises(Conflict):
        await carts.add(
            trade.buyer,
            trade.buying,
            await fetchval("SELECT public_id FROM product WHERE id = $1", other),
            100,
        )
    assert await count("cart") == 1


async def test_all_eleven_incoterms_have_their_sentence() -> None:
    assert len(INCOTERMS) == 11
    assert set(MEANINGS) == set(INCOTERMS)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("400", "en", 400),
        (" 1 200 ", "en", 1200),
        ("1,200", "en", 1200),
        ("1.200", "tr", 1200),
        ("１２", "en", 12),
        ("٤٠", "en", 40),
        ("1.5", "en", 0),
        ("1,5", "tr", 0),
        ("1.5", "tr", 0),
        ("1,5", "en", 0),
        ("0", "en", 0),
        ("-4", "en", 0),
        ("NaN", "en", 0),
        ("1e3", "en", 0),
        ("1000000000000", "en", 0),
        ("", "en", 0),
        ("four", "en", 0),
        ("²", "en", 0),
    ],
)
async def test_a_quantity_is_a_whole_number_or_none(text: str, language: str, expected: int) -> None:
    assert carts_forms.quantity(text, language) == expected


# From the product's page


async def test_a_visitors_button_leads_over_the_sign_in_back_to_the_product(
    client: httpx.AsyncClient,
) -> None:
    trade = await a_trade()
    page = await client.get(f"/en/products/{trade.product}", follow_redirects=True)
    assert "Add to order" in page.text
    assert "_token" not in page.text
    answer = await client.get(f"{page.url.path}/order?quantity=400")
    assert answer.status_code == 303
    to = httpx.URL(answer.headers["location"])
    assert to.path == "/en/sign-in"
    assert to.params["next"] == f"{page.url.path[3:]}/order?quantity=400"
    await sign_in(client, trade.buyer.person)
    back = await client.get(f"/en{to.params['next']}")
    assert back.headers["location"] == f"{page.url.path}?quantity=400"


async def test_the_button_puts_the_quantity_into_the_cart(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    await sign_in(client, trade.buyer.person)
    answer = await add_from_page(client, trade.product, {"quantity": "400"}, version="1")
    assert answer.status_code == 303
    assert f"/desk/{trade.importer_firm.public_id}/carts/" in answer.headers["location"]
    shown = await client.get(answer.headers["location"])
    assert shown.status_code == 200
    for part in (
        "It is in your cart",
        "Combed cotton terry towel",
        "€1,440.00",
        "182 kg",
        "6302.60.00.00.11",
    ):
        assert part in shown.text
    assert "€3.60" in shown.text


async def test_a_token_never_stands_in_an_address(client: httpx.AsyncClient) -> None:
    """The form of the quantity is sent with GET when it only calculates."""
    trade = await a_trade()
    await sign_in(client, trade.buyer.person)
    page = await client.get(f"/en/products/{trade.product}", follow_redirects=True)
    form = page.text[page.text.index('id="panel"') :]
    assert "_token" not in form[: form.index("</form>")]
    button = page.text[page.text.index('formmethod="post"') :]
    assert button.startswith('formmethod="post" name="_token"')


@pytest.mark.parametrize("typed", ["0", "7", "55", "1.5", "NaN", "１２", "1000000000000", ""])
async def test_an_impossible_quantity_leads_back_with_its_sentence(
    client: httpx.AsyncClient, typed: str
) -> None:
    trade = await a_trade()
    await sign_in(client, trade.buyer.person)
    answer = await add_from_page(client, trade.product, {"quantity": typed})
    assert answer.status_code == 303
    shown = await client.get(answer.headers["location"])
    if typed:
        assert await count("cart") == 0
        assert shown.status_code == 422
        assert 'aria-invalid="true"' in shown.text


async def test_who_buys_for_several_firms_is_asked_for_which(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    second = await make_importer("Kap Trading Ltd", "ZA")
    await make_member(second, trade.buyer.person, "BUYER")
    await sign_in(client, trade.buyer.person)
    asked = await add_from_page(client, trade.product, {"quantity": "400"})
    assert asked.status_code == 200
    assert "For which firm?" in asked.text
    assert "Kap Trading Ltd" in asked.text
    assert 'name="quantity" value="400"' in asked.text
    assert await count("cart") == 0
    answer = await add_from_page(client, trade.product, {"quantity": "400", "org": second.public_id})
    assert f"/desk/{second.public_id}/carts/" in answer.headers["location"]
    assert await fetchval("SELECT importer FROM cart") == second.entity


async def test_a_foreign_firm_cannot_be_chosen(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    stranger = await make_importer("Kap Trading Ltd", "ZA")
    await sign_in(client, trade.buyer.person)
    answer = await add_from_page(client, trade.product, {"quantity": "400", "org": stranger.public_id})
    assert answer.status_code == 404
    assert await count("cart") == 0


async def test_exporters_and_onlookers_are_told_why_there_is_no_button(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    await sign_in(client, trade.seller.person)
    page = await client.get(f"/en/products/{trade.product}", follow_redirects=True)
    assert "Add to order" not in page.text
    assert "Only firms abroad order here." in page.text
    viewer = await make_person("Lena Brandt")
    await make_member(trade.importer_firm, viewer, "VIEWER")
    await sign_in(client, viewer)
    page = await client.get(f"/en/products/{trade.product}", follow_redirects=True)
    assert "Add to order" not in page.text
    assert "Your role does not allow ordering." in page.text
    refused = await add_from_page(client, trade.product, {"quantity": "400"})
    assert refused.status_code == 403
    assert await count("cart") == 0


async def test_the_question_goes_to_the_desk_with_product_and_quantity(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    await sign_in(client, trade.buyer.person)
    answer = await client.get(f"/en/products/{trade.product}/ask?quantity=400")
    org = trade.importer_firm.public_id
    assert answer.headers["location"] == f"/en/desk/{org}/inquiries/new?product={trade.product}&quantity=400"


async def test_a_full_cart_says_so(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    trade = await a_trade()
    monkeypatch.setattr(carts, "MOST_CARTS", 0)
    await sign_in(client, trade.buyer.person)
    answer = await add_from_page(client, trade.product, {"quantity": "400"})
    assert answer.status_code == 409
    assert "You have 0 carts already." in answer.text


# The page


async def test_the_list_shows_the_carts_and_the_desk_counts_them(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    shop = await buying(client, trade)
    org = trade.importer_firm.public_id
    page = await client.get(f"/en/desk/{org}/carts")
    assert "Ayşe Havlu" in page.text
    assert f"/en/desk/{org}/carts/{shop.cart}" in page.text
    assert "desk-count-sign" in page.text
    assert (await client.get("/en/carts")).headers["location"] == f"/en/desk/{org}/carts"


async def test_the_empty_list_leads_to_products(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    await sign_in(client, trade.buyer.person)
    assert "No carts yet" in (await client.get(f"/en/desk/{trade.importer_firm.public_id}/carts")).text


async def test_the_gauge_names_the_rule_that_binds_with_its_law(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    await execute(
        "INSERT INTO exporter_limit (exporter, max_gross_g, valid_from) VALUES ($1, 100000, now() - interval '1 day')",
        trade.exporter,
    )
    shop = await buying(client, trade)
    look = await shop.look()
    assert (look["weight"]["used"], look["weight"]["limit"], look["weight"]["left"]) == (
        "45.5 kg",
        "100 kg",
        "54.5 kg",
    )
    assert (look["weight"]["source"], look["weight"]["first"]) == ("The exporter", True)
    assert (look["value"]["source"], look["value"]["limit"]) == ("The law", "€30,000.00")
    assert look["value"]["legal"]
    assert look["level"] == "ok"
    page = (await shop.page()).text
    assert "54.5 kg" in page
    assert look["value"]["legal"].replace("'", "&#39;") in page


@pytest.mark.parametrize(
    ("quantity", "level", "kind"), [(100, "ok", "ok"), (1100, "near", "near"), (1400, "refused", "over")]
)
async def test_the_gauge_turns_from_ok_to_near_to_over(
    client: httpx.AsyncClient, quantity: int, level: str, kind: str
) -> None:
    shop = await buying(client, await a_trade(), quantity)
    look = await shop.look()
    assert (look["level"], look["weight"]["level"]) == (level, kind)
    page = (await shop.page()).text
    assert re.search(rf'data-gauge="weight"\s+data-level="{kind}"', page)


@pytest.mark.parametrize("quantity", [60, 100, 300, 1300, 5000])
async def test_the_live_figures_are_the_pages_figures(client: httpx.AsyncClient, quantity: int) -> None:
    shop = await buying(client, await a_trade())
    field = f"quantity.{shop.trade.product}"
    look = await shop.look({field: str(quantity), "charges.FREIGHT": "120.50"})
    assert (
        await shop.press("update", {field: str(quantity), "charges.FREIGHT": "120.50"})
    ).status_code == 303
    page = (await shop.page()).text
    for name in ("goods", "charges", "total", "kilos"):
        assert look[name]
        assert look[name] in page
    for kind in ("weight", "value"):
        for name in ("used", "limit", "left"):
            assert look[kind][name] in page
    for refusal in look["refusals"]:
        assert refusal in page
    assert look == await shop.look()


async def test_what_the_gauge_says_is_what_sending_says(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    for quantity in (1310, 1320):
        shop = await buying(client, trade, quantity)
        look = await shop.look()
        sent = await shop.press("send")
        assert (look["level"] == "refused") == (sent.status_code == 422)
        for refusal in look["refusals"]:
            assert refusal in sent.text


async def test_every_field_is_kept_by_the_live_endpoint(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    typed = {
        f"quantity.{shop.trade.product}": "250",
        "destination": "NL",
        "incoterm": "FCA",
        "place": "Denizli",
        "delivery.name": "Lager Nord",
        "delivery.street": "Kade 1",
        "delivery.city": "Rotterdam",
        "charges.FREIGHT": "80",
        "charges.PACKAGING": "12.50",
        "purpose": "SALE",
        "note": "Please pack in cartons of 24.",
    }
    await shop.look(typed)
    again = await shop.fields()
    assert {name: again[name] for name in typed} == typed


async def test_turkish_amounts_are_written_and_read_the_turkish_way(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade(), charges='{"FREIGHT": "1200.50"}')
    page = await client.get(shop.path.replace("/en/", "/tr/"))
    assert 'value="1200,50"' in page.text
    fields = await shop.fields()
    answer = await client.post(
        shop.path.replace("/en/", "/tr/"), data={**fields, "do": "update", "charges.FREIGHT": "1.200,75"}
    )
    assert answer.status_code == 303
    assert (await shop.fields())["charges.FREIGHT"] == "1200.75"


@pytest.mark.parametrize("typed", ["0", "1.5", "NaN", "1000000000000", "", "twelve", "55", "-3"])
async def test_a_wrong_quantity_is_said_and_kept_in_the_field(client: httpx.AsyncClient, typed: str) -> None:
    shop = await buying(client, await a_trade())
    field = f"quantity.{shop.trade.product}"
    for button in ("update", "send"):
        answer = await shop.press(button, {field: typed})
        assert answer.status_code == 422
        assert f'id="f-{field}-error"' in answer.text
        assert fields_of(answer.text)[field] == typed
    look = await shop.look({field: typed})
    assert look["problems"][field]
    assert look["level"] == "unknown"
    assert await count("trade_order") == 0


async def test_full_width_digits_are_a_number(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    look = await shop.look({f"quantity.{shop.trade.product}": "１２０"})
    assert look["goods"] == "€504.00"


async def test_invariant_5_a_forbidden_charge_posted_by_hand_is_refused(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    for button in ("update", "send"):
        answer = await shop.press(button, {"charges.CUSTOMS_CLEARANCE": "75"})
        assert answer.status_code == 422
        assert "CUSTOMS_CLEARANCE cannot be charged" in answer.text
    assert await stored(shop.cart, "charges") == "{}"
    assert await count("trade_order") == 0


@pytest.mark.parametrize("typed", ["-5", "NaN", "1e3", "12.345", "0", "10000001", "abc"])
async def test_a_wrong_amount_is_said_and_kept_in_the_field(client: httpx.AsyncClient, typed: str) -> None:
    shop = await buying(client, await a_trade())
    answer = await shop.press("send", {"charges.FREIGHT": typed})
    assert answer.status_code == 422
    assert 'id="f-charges.FREIGHT-error"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert await count("trade_order") == 0


async def test_invariant_9_goods_do_not_go_to_turkiye(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    answer = await shop.press("send", {"destination": "TR"})
    assert answer.status_code == 422
    assert "Orders go abroad." in answer.text
    assert await stored(shop.cart, "destination") == "DE"
    assert await count("trade_order") == 0


async def test_what_is_missing_is_asked_for_at_sending_only(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade(), delivery="{}")
    assert (await shop.press("update")).status_code == 303
    answer = await shop.press("send")
    assert answer.status_code == 422
    for name in ("name", "street", "city"):
        assert f'id="f-delivery.{name}-error"' in answer.text


async def test_scripts_in_note_and_place_are_text(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    evil = '"><script>alert(1)</script>'
    await shop.press("update", {"note": f"</textarea>{evil}", "place": evil, "delivery.name": evil})
    page = (await shop.page()).text
    assert "<script>alert" not in page
    assert (await shop.fields())["place"] == evil


async def test_a_line_is_removed_and_the_rest_is_kept(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    await make_product(trade.exporter, "HV-2")
    second = await fetchval("SELECT public_id FROM product WHERE sku = 'HV-2'")
    shop = await buying(client, trade)
    await carts.add(trade.buyer, trade.buying, second, 60)
    answer = await shop.press("", {"remove": trade.product, "note": "Typed before the click"})
    assert answer.headers["location"].endswith("said=line-removed")
    assert len(await lines_of(shop.cart)) == 1
    assert await stored(shop.cart, "note") == "Typed before the click"
    await shop.press("", {"remove": second})
    assert "This cart is empty" in (await shop.page()).text


async def test_a_cart_is_removed(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    token = (await shop.fields())["_token"]
    answer = await client.post(f"{shop.path}/remove", data={"_token": token})
    assert answer.headers["location"].endswith("/carts?said=cart-removed")
    assert await count("cart") == 0


# What becomes of it


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


# Whose it is


async def others(shop: Buying) -> list[int]:
    """A colleague of the same firm, a buyer of another firm, the exporter's owner."""
    colleague = await make_person("Lena Brandt")
    await make_member(shop.trade.importer_firm, colleague, "BUYER")
    stranger = await make_person("Thabo Nkosi")
    await make_member(await make_importer("Kap Trading Ltd", "ZA"), stranger, "OWNER")
    return [colleague, stranger, shop.trade.seller.person]


async def test_invariant_13_nobody_else_sees_or_changes_a_cart(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade(), note="secret")
    for person in await others(shop):
        await sign_in(client, person)
        token = (await client.get("/en/account")).text.split('name="_token" value="')[1].split('"')[0]
        orgs = [m.public_id for m in (await caller_of(person)).memberships]
        for org in {shop.trade.importer_firm.public_id, *orgs}:
            path = f"/en/desk/{org}/carts/{shop.cart}"
            answers = [await client.get(path)]
            for way in ("", "/look", "/remove"):
                answers.append(
                    await client.post(path + way, data={"_token": token, "do": "send", "note": "mine"})
                )
            assert {answer.status_code for answer in answers} == {404}
            assert not any("secret" in answer.text for answer in answers)
    assert await stored(shop.cart, "note") == "secret"


async def test_a_cart_belongs_to_the_firm_it_was_made_for(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    second = await make_importer("Kap Trading Ltd", "ZA")
    await make_member(second, shop.trade.buyer.person, "OWNER")
    assert (await client.get(f"/en/desk/{second.public_id}/carts/{shop.cart}")).status_code == 404


async def test_who_only_looks_on_has_no_carts(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    viewer = await make_person("Lena Brandt")
    await make_member(trade.importer_firm, viewer, "VIEWER")
    await sign_in(client, viewer)
    assert (await client.get(f"/en/desk/{trade.importer_firm.public_id}/carts")).status_code == 403
    assert (await client.get("/en/carts")).status_code == 404


async def test_the_live_endpoint_wants_a_token(client: httpx.AsyncClient) -> None:
    shop = await buying(client, await a_trade())
    assert (await client.post(f"{shop.path}/look", data={"note": "x"})).status_code == 403


async def test_visitors_cost_nothing_and_sign_in_first(client: httpx.AsyncClient) -> None:
    firm = await firm_of(await make_exporter())
    answer = await client.get(f"/en/desk/{firm.public_id}/carts")
    assert answer.headers["location"].startswith("/en/sign-in?next=")
