"""The forms of inquiries and quotes: filled, kept when they are refused, carried out."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from asking import HOME, TEXT, World, ask, quote, recipient_of, sent
from desk import a_photo, flat
from people import count, post_form, sign_in

from kervan.db import execute, fetch, fetchval
from kervan.inquiries import accepting
from kervan.orders.deadlines import today


def inquiry_fields(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "key": "0123456789abcdef",
        "product_1": world.towel,
        "name_1": "Combed cotton terry towel",
        "quantity_1": "400",
        "unit_1": "C62",
        "price_1": "3.50",
        "currency": "EUR",
        "text": "Washed once.",
        "exporters": ["ayse-havlu"],
        "destination": "DE",
        "incoterm": "DAP",
        "place": "Hamburg",
        **changes,
    }


async def test_from_a_product_the_form_is_filled(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, world.buyer.person)
    page = flat(
        await client.get(f"/en/desk/{world.buyer.org}/inquiries/new?product={world.towel}&quantity=400")
    )
    assert f'name="product_1" value="{world.towel}"' in page
    assert 'value="400"' in page
    assert 'value="ayse-havlu" checked' in page


async def test_from_an_exporter_one_comes_to_the_form(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, world.buyer.person)
    answer = await client.get("/en/ask?exporter=can-zeytin")
    assert answer.headers["location"] == f"/en/desk/{world.buyer.org}/inquiries/new?exporter=can-zeytin"
    await sign_in(client, world.ayse.person)
    page = await client.get("/en/ask?exporter=can-zeytin")
    assert (page.status_code, "Register your firm as a buyer" in page.text) == (200, True)


async def test_an_inquiry_is_sent_with_its_files(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, world.buyer.person)
    path = f"/en/desk/{world.buyer.org}/inquiries/new"
    files = [("files", ("drawing.jpg", a_photo(), "image/jpeg"))]
    answer = await post_form(client, path, inquiry_fields(world), files=files)
    assert answer.status_code == 303, answer.text
    again = await post_form(client, path, inquiry_fields(world), files=files)
    assert again.headers["location"] == answer.headers["location"]
    [row] = await fetch("SELECT * FROM inquiry")
    assert (row["destination"], row["incoterm"], row["text"]) == ("DE", "DAP", "Washed once.")
    page = (await client.get(answer.headers["location"])).text
    assert "drawing.jpg" in page


BAD = [
    ({"quantity_1": "0"}, "quantity_1"),
    ({"quantity_1": "1000000000000"}, "quantity_1"),
    ({"quantity_1": "1.5"}, "quantity_1"),
    ({"quantity_1": "NaN"}, "quantity_1"),
    ({"price_1": "NaN"}, "price_1"),
    ({"price_1": "cheap"}, "price_1"),
    ({"name_1": "", "product_1": ""}, "name_1"),
    ({"exporters": []}, "exporters"),
    ({"exporters": ["no-such-firm"]}, "exporters"),
    ({"product_1": "", "name_1": "", "quantity_1": "", "price_1": "", "text": "Towels"}, "text"),
    ({"destination": "TR"}, "destination"),
]


@pytest.mark.parametrize(("changes", "field"), BAD)
async def test_a_refused_inquiry_keeps_what_was_typed(
    client: httpx.AsyncClient, world: World, changes: dict[str, Any], field: str
) -> None:
    await sign_in(client, world.buyer.person)
    path = f"/en/desk/{world.buyer.org}/inquiries/new"
    answer = await post_form(client, path, inquiry_fields(world, **changes))
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}"' in answer.text
    assert 'value="Hamburg"' in answer.text
    assert await count("inquiry") == 0


async def test_a_file_that_is_not_what_it_says_is_refused_with_the_form_kept(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, world.buyer.person)
    answer = await post_form(
        client,
        f"/en/desk/{world.buyer.org}/inquiries/new",
        inquiry_fields(world),
        files=[("files", ("a.pdf", b"MZ this is a program", "application/pdf"))],
    )
    assert answer.status_code == 422
    assert 'href="#f-files"' in answer.text
    assert "Washed once." in answer.text
    assert await count("inquiry") == 0


async def test_an_exporter_is_found_and_added_without_scripts(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, world.buyer.person)
    path = f"/en/desk/{world.buyer.org}/inquiries/new"
    await execute("UPDATE exporter SET search_text = 'can zeytin' WHERE slug = 'can-zeytin'")
    answer = await post_form(client, path, inquiry_fields(world, find="1", find_exporter="Zeytın", text=TEXT))
    assert answer.status_code == 200
    assert 'value="can-zeytin"' in answer.text
    assert TEXT in answer.text
    assert await count("inquiry") == 0
    answer = await post_form(client, path, inquiry_fields(world, more="1", rows="2"))
    assert 'name="name_3"' in answer.text


async def quote_page(client: httpx.AsyncClient, world: World, **changes: Any) -> str:
    inquiry = await ask(world, **changes)
    await sign_in(client, world.ayse.person)
    return f"/en/desk/{world.ayse.org}/inquiries/{await recipient_of(inquiry, world.ayse)}/quote"


async def test_a_quote_at_the_exporters_side_begins_at_its_own_town(
    client: httpx.AsyncClient, world: World
) -> None:
    path = await quote_page(client, world, incoterm=None, place="")
    page = (await client.get(path)).text
    assert re.search(r'name="place"[^>]*value="Denizli"|value="Denizli"[^>]*name="place"', page)
    refused = await post_form(client, path, quote_fields(place=""))
    assert refused.status_code == 422
    assert 'id="f-place-error"' in refused.text


def quote_fields(**changes: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "asked_1": "1",
        "sku_1": "HV-1",
        "name_1": "Combed cotton terry towel",
        "quantity_1": "100",
        "unit_1": "C62",
        "price_1": "3.70",
        "currency": "EUR",
        "charges_FREIGHT": "40",
        "incoterm": "DAP",
        "place": "Hamburg",
        "lead_days": "14",
        "valid_until": (today() + timedelta(days=30)).isoformat(),
        "payment_terms": "In advance",
        "note": "Folded.",
        **changes,
    }


async def test_a_quote_begins_with_what_is_asked_at_listed_prices(
    client: httpx.AsyncClient, world: World
) -> None:
    page = flat(await client.get(await quote_page(client, world)))
    for value in ('value="HV-1"', 'value="100"', 'value="4.2"', 'value="Hamburg"', 'value="10"'):
        assert value in page, value


async def test_a_quote_is_sent_by_its_form_and_changed_by_it(client: httpx.AsyncClient, world: World) -> None:
    path = await quote_page(client, world)
    answer = await post_form(client, path, quote_fields())
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].endswith("?said=quote-sent")
    [line] = await fetch("SELECT * FROM quote_line")
    assert line["product"] is not None
    assert 'value="3.7"' in (await client.get(path)).text
    stale = await post_form(client, path, quote_fields(price_1="3.60"))
    assert stale.status_code == 409
    assert "in the meantime" in stale.text
    assert 'value="3.60"' in stale.text
    version = str(await fetchval("SELECT version FROM quote"))
    draft = await post_form(client, path, quote_fields(price_1="3.60", version=version, draft="1"))
    assert draft.headers["location"].endswith("?said=quote-saved")
    assert await fetchval("SELECT state FROM quote") == "REVISED"


BAD_QUOTES = [
    ({"quantity_1": "0"}, "quantity_1"),
    ({"quantity_1": "1000000000000"}, "quantity_1"),
    ({"quantity_1": "1.5"}, "quantity_1"),
    ({"price_1": "NaN"}, "price_1"),
    ({"price_1": "-3"}, "price_1"),
    ({"sku_1": "ZY-1"}, "sku_1"),
    ({"sku_1": "", "name_1": ""}, "name_1"),
    ({"charges_FREIGHT": "a lot"}, "charges_FREIGHT"),
    ({"charges_FREIGHT": "40.123"}, "charges_FREIGHT"),
    ({"valid_until": "2020-01-01"}, "valid_until"),
    ({"valid_until": (today() + timedelta(days=181)).isoformat()}, "valid_until"),
    ({"lead_days": "soon"}, "lead_days"),
    ({"currency": "ABC"}, "currency"),
]


@pytest.mark.parametrize(("changes", "field"), BAD_QUOTES)
async def test_a_refused_quote_keeps_what_was_typed(
    client: httpx.AsyncClient, world: World, changes: dict[str, Any], field: str
) -> None:
    path = await quote_page(client, world)
    answer = await post_form(client, path, quote_fields(**changes))
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}"' in answer.text
    assert "Folded." in answer.text
    assert await count("quote") == 0


async def test_a_second_acceptance_by_its_page_is_409(client: httpx.AsyncClient, world: World) -> None:
    inquiry = await ask(world)
    first = await quote(inquiry, world.ayse, world.towel)
    await quote(inquiry, world.can, world.oil)
    await sign_in(client, world.buyer.person)
    page = f"/en/desk/{world.buyer.org}/inquiries/{inquiry}/{await recipient_of(inquiry, world.can)}/accept"
    assert (await client.get(page)).status_code == 200
    await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), first.revision, HOME)
    delivery = {"delivery_name": "N", "delivery_street": "S", "delivery_city": "Hamburg"}
    answer = await post_form(client, page, {"revision": "1", **delivery}, of="/en/privacy")
    assert answer.status_code == 409
    assert "There can be only one" in answer.text


async def test_accepting_by_the_page_leads_to_the_order(client: httpx.AsyncClient, world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    await sign_in(client, world.buyer.person)
    page = f"/en/desk/{world.buyer.org}/inquiries/{inquiry}/{await recipient_of(inquiry, world.ayse)}/accept"
    # Nothing is typed that is known: the receiver is the firm itself until somebody says otherwise.
    receiver = await fetchval("SELECT legal_name FROM importer WHERE id = $1", world.buyer.firm.entity)
    assert f'value="{receiver}"' in (await client.get(page)).text
    missing = await post_form(client, page, {"revision": "1", "delivery_city": "Hamburg"})
    assert missing.status_code == 422
    assert 'href="#f-delivery_street"' in missing.text
    assert 'value="Hamburg"' in missing.text
    delivery = {"delivery_name": "N", "delivery_street": "S", "delivery_city": "Hamburg"}
    answer = await post_form(client, page, {"revision": "1", **delivery})
    assert answer.status_code == 303, answer.text
    assert f"/desk/{world.buyer.org}/orders/" in answer.headers["location"]


async def test_the_comparison_says_what_fits_and_what_is_cheapest(
    client: httpx.AsyncClient, world: World
) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    await quote(inquiry, world.can, lead_days=5)
    await sign_in(client, world.buyer.person)
    page = flat(await client.get(f"/en/desk/{world.buyer.org}/inquiries/{inquiry}"))
    assert "Can be an order" in page
    assert "Offline deal" in page
    assert "Some of the goods are described in words only." in page
    assert "quickest" in page
    assert "€410.00" in page


@pytest.mark.parametrize("whole", [True, False])
async def test_the_lowest_total_is_named_only_among_quotes_for_as_much(
    client: httpx.AsyncClient, world: World, whole: bool
) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    answers = 1 if whole else None
    await quote(inquiry, world.can, line={"unit_price": Decimal("1.00"), "asked": answers})
    await sign_in(client, world.buyer.person)
    page = flat(await client.get(f"/en/desk/{world.buyer.org}/inquiries/{inquiry}"))
    assert ("lowest" in page) is whole


async def test_lists_are_filtered_and_searched_by_number(client: httpx.AsyncClient, world: World) -> None:
    first, second = (
        await ask(world),
        await ask(world, lines=(), text="Olive oil in tins of five litres, please."),
    )
    number = await fetchval("SELECT number FROM inquiry WHERE public_id = $1", first)
    await sign_in(client, world.buyer.person)
    path = f"/en/desk/{world.buyer.org}/inquiries"
    page = (await client.get(f"{path}?q={number.casefold()}")).text
    assert first in page
    assert second not in page
    page = (await client.get(f"{path}?q=tins")).text
    assert (first in page, second in page) == (False, True)
    assert "Nothing fits this search" in (await client.get(f"{path}?state=CLOSED")).text
    rows = (await client.get(f"{path}.csv")).text.splitlines()
    assert len(rows) == 3
    assert number in rows[2]
