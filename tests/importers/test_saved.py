"""What people keep: products, exporters and searches, their limits, and what is no longer public."""

import httpx
import pytest
from factories import make_exporter, make_product
from people import count, make_person, post_form, sign_in

from kervan.db import execute, fetch, fetchval
from kervan.discovery import requests
from kervan.errors import Conflict, Invalid, NotFound
from kervan.importers import saved


@pytest.fixture
async def reader(db: None) -> int:
    return await make_person("Jonas Petersen")


async def make() -> tuple[str, str]:
    """A product's public id and the address of its page."""
    product = await make_product(await make_exporter())
    id: str = await fetchval("SELECT public_id FROM product WHERE id = $1", product)
    return id, f"/en/products/combed-cotton-terry-towel-{id}"


async def test_a_visitor_is_led_to_sign_in_and_gets_no_cookie(client: httpx.AsyncClient) -> None:
    _, page = await make()
    answer = await client.get(page)
    assert f"/en/sign-in?next={page[3:].replace('/', '%2F')}" in answer.text
    assert "set-cookie" not in answer.headers
    assert "_token" not in answer.text


async def test_a_visitors_page_asks_nothing_about_what_is_kept(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> bool:
        raise AssertionError("a visitor's page asked what is kept")

    _, page = await make()
    monkeypatch.setattr(saved, "keeps_product", never)
    monkeypatch.setattr(saved, "keeps_exporter", never)
    assert (await client.get(page)).status_code == 200
    assert (await client.get("/en/exporters/ayse-havlu")).status_code == 200


async def test_keep_and_drop_lead_back_to_the_page(client: httpx.AsyncClient, reader: int) -> None:
    id, page = await make()
    await sign_in(client, reader)
    for said, shown, fields in (("kept", "Kept", {}), ("dropped", "Keep", {"drop": "1"})):
        answer = await post_form(client, f"/en/saved/products/{id}", {"from": page[3:], **fields}, of=page)
        assert answer.headers["location"] == f"{page}?said={said}"
        back = await client.get(answer.headers["location"])
        assert f"{shown}</button>" in back.text
    assert await count("saved_product") == 0


async def test_an_exporter_is_kept(client: httpx.AsyncClient, reader: int) -> None:
    await make()
    await sign_in(client, reader)
    page = "/en/exporters/ayse-havlu"
    answer = await post_form(
        client, "/en/saved/exporters/ayse-havlu", {"from": "/exporters/ayse-havlu"}, of=page
    )
    assert answer.headers["location"] == f"{page}?said=kept"
    assert "Ayşe Havlu" in (await client.get("/en/saved?kind=exporters")).text


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/products/..//evil", "/staff", "/products/a?b=c"]
)
async def test_the_way_back_never_leads_elsewhere(client: httpx.AsyncClient, reader: int, to: str) -> None:
    id, page = await make()
    await sign_in(client, reader)
    answer = await post_form(client, f"/en/saved/products/{id}", {"from": to}, of=page)
    assert answer.headers["location"] == "/en/saved?said=kept"


async def test_keeping_twice_is_keeping_once(reader: int) -> None:
    id, _ = await make()
    await saved.keep_product(reader, id)
    await saved.keep_product(reader, id)
    assert await count("saved_product") == 1


async def test_what_is_not_public_cannot_be_kept(reader: int) -> None:
    id, _ = await make()
    await execute("UPDATE product SET state = 'ARCHIVED'")
    with pytest.raises(NotFound):
        await saved.keep_product(reader, id)
    await execute("UPDATE exporter SET verification = 'SUSPENDED'")
    with pytest.raises(NotFound):
        await saved.keep_exporter(reader, "ayse-havlu")


async def test_what_is_no_longer_public_is_shown_as_such(client: httpx.AsyncClient, reader: int) -> None:
    id, _ = await make()
    await saved.keep_product(reader, id)
    await saved.keep_exporter(reader, "ayse-havlu")
    await execute("UPDATE exporter SET verification = 'SUSPENDED'")
    await sign_in(client, reader)
    for kind in ("products", "exporters"):
        page = await client.get(f"/en/saved?kind={kind}")
        assert page.status_code == 200
        assert "Not on the platform any more" in page.text
        assert "Remove" in page.text
    await post_form(client, f"/en/saved/products/{id}", {"drop": "1"}, of="/en/saved")
    assert await count("saved_product") == 0


async def test_nobody_sees_or_drops_what_others_keep(client: httpx.AsyncClient, reader: int) -> None:
    id, _ = await make()
    await saved.keep_product(reader, id)
    await saved.keep_search(reader, requests.parse("products", "en", {"q": ["towel"]}), "My towels")
    await sign_in(client, await make_person("Somebody Else"))
    assert "terry towel" not in (await client.get("/en/saved")).text
    assert "My towels" not in (await client.get("/en/saved?kind=searches")).text
    search = await fetchval("SELECT public_id FROM saved_search")
    answer = await post_form(client, f"/en/saved/searches/{search}", {"name": "Mine"}, of="/en/privacy")
    assert answer.status_code == 404
    await post_form(client, f"/en/saved/searches/{search}", {"drop": "1"}, of="/en/privacy")
    assert await fetchval("SELECT name FROM saved_search") == "My towels"


async def test_a_search_is_kept_from_the_results_repeated_renamed_and_dropped(
    client: httpx.AsyncClient, reader: int
) -> None:
    await make()
    await sign_in(client, reader)
    results = "/en/products?q=towel&province=20"
    page = (await client.get(results)).text
    assert "Keep this search" in page
    answer = await post_form(
        client,
        "/en/saved/searches",
        {"kind": "products", "query": "?q=towel&province=20", "name": "Towels of Denizli"},
        of=results,
    )
    assert answer.headers["location"] == "/en/saved?said=kept&kind=searches"
    row = (await fetch("SELECT * FROM saved_search"))[0]
    assert (row["kind"], row["query"], row["name"]) == (
        "products",
        "?q=towel&province=20",
        "Towels of Denizli",
    )
    listed = "/en/saved?kind=searches"
    assert 'href="/en/products?q=towel&amp;province=20"' in (await client.get(listed)).text
    await post_form(client, f"/en/saved/searches/{row['public_id']}", {"name": "Denizli"}, of=listed)
    assert await fetchval("SELECT name FROM saved_search") == "Denizli"
    empty = await post_form(client, f"/en/saved/searches/{row['public_id']}", {"name": " "}, of=listed)
    assert empty.status_code == 422
    await post_form(client, f"/en/saved/searches/{row['public_id']}", {"drop": "1"}, of=listed)
    assert await count("saved_search") == 0


async def test_visitors_keep_a_search_after_they_signed_in(client: httpx.AsyncClient) -> None:
    page = (await client.get("/en/products?q=towel")).text
    assert "/en/sign-in?next=%2Fproducts%3Fq%3Dtowel" in page


async def test_fifty_searches_and_not_one_more(client: httpx.AsyncClient, reader: int) -> None:
    for n in range(saved.MOST_SEARCHES):
        await saved.keep_search(
            reader, requests.parse("products", "en", {"q": [f"towel {n}"]}), f"Search {n}"
        )
    with pytest.raises(Conflict):
        await saved.keep_search(reader, requests.parse("products", "en", {"q": ["rug"]}), "One more")
    await saved.keep_search(reader, requests.parse("products", "en", {"q": ["towel 7"]}), "Seven")
    assert await count("saved_search") == 50
    await sign_in(client, reader)
    answer = await post_form(
        client,
        "/en/saved/searches",
        {"kind": "products", "query": "?q=rug", "name": "Rugs"},
        of="/en/privacy",
    )
    assert answer.status_code == 422
    assert "You keep 50 searches already." in answer.text


async def test_a_search_for_everything_is_not_kept(reader: int) -> None:
    with pytest.raises(Invalid):
        await saved.keep_search(reader, requests.parse("products", "en", {}), "All")


@pytest.mark.parametrize("query", ["?price_from=abc", "?" + "a=b&" * 300, "?chapter=xx"])
async def test_a_search_that_makes_no_sense_gets_a_sentence(
    client: httpx.AsyncClient, reader: int, query: str
) -> None:
    await sign_in(client, reader)
    answer = await post_form(
        client, "/en/saved/searches", {"kind": "products", "query": query, "name": "X"}, of="/en/privacy"
    )
    assert answer.status_code == 422
    assert "form-summary" in answer.text
    assert await count("saved_search") == 0


async def test_five_hundred_products_and_not_one_more(reader: int, monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = await make_exporter()
    monkeypatch.setattr(saved, "MOST_KEPT", 2)
    ids = [await make_product(exporter, f"HV-{n}") for n in range(3)]
    public = [await fetchval("SELECT public_id FROM product WHERE id = $1", id) for id in ids]
    for id in public[:2]:
        await saved.keep_product(reader, id)
    with pytest.raises(Conflict):
        await saved.keep_product(reader, public[2])
    assert await count("saved_product") == 2
