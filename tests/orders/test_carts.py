"""Carts: what goes in, from where, and whose they are."""

from decimal import Decimal

import httpx
import pytest
from carting import Buying, add_from_page, buying, lines_of, stored
from factories import make_exporter, make_product
from ordering import a_trade, an_order, caller_of
from people import count, firm_of, make_importer, make_member, make_person, sign_in

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Invalid, NotFound
from kervan.orders import carts, carts_forms, carts_queries
from kervan.orders.incoterms import INCOTERMS, MEANINGS

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
