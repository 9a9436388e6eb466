"""A cart's page: the gauge, the live figures, and what is kept of what was typed."""

import re

import httpx
import pytest
from carting import buying, fields_of, lines_of, stored
from factories import make_product
from ordering import a_trade
from people import count, sign_in

from kervan.db import execute, fetchval
from kervan.orders import carts

pytestmark = pytest.mark.usefixtures("db")


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
