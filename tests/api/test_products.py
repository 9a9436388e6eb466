"""GET /api/v1/products and /api/v1/products/{id}."""

from datetime import datetime
from typing import Any

import httpx
import pytest
from litestar import Litestar

from kervan.db import engine as database
from kervan_search.engine import EngineDown

pytestmark = pytest.mark.usefixtures("stock")

PATH = "/api/v1/products"


async def _found(api: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await api.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_word_finds_the_products_that_carry_it(api: httpx.AsyncClient) -> None:
    found = await _found(api, q="towel", heading="6302", lang="en")
    assert found["total"] == 25
    assert len(found["data"]) == found["per_page"] == 20
    assert all("towel" in card["name"] for card in found["data"])
    assert found["marks"]
    assert found["fallback"] is False


async def test_amounts_are_strings_and_times_are_utc(api: httpx.AsyncClient) -> None:
    card = (await _found(api, q="towel 7"))["data"][0]
    assert (card["price_min"], card["price_max"], card["currency"]) == ("3.1000", "4.2000", "EUR")
    assert datetime.fromisoformat(card["published_at"]).utcoffset().total_seconds() == 0  # type: ignore[union-attr]  # it is set


async def test_names_come_in_the_language_asked_for(api: httpx.AsyncClient) -> None:
    turkish = await api.get(PATH, params={"q": "havlu", "lang": "tr"}, headers={"accept-language": "en"})
    by_header = await api.get(PATH, params={"q": "havlu"}, headers={"accept-language": "tr"})
    assert turkish.headers["content-language"] == by_header.headers["content-language"] == "tr"
    assert all(card["name_language"] == "tr" for card in turkish.json()["data"])
    assert turkish.json()["data"] == by_header.json()["data"]


async def test_pages_are_linked_and_together_hold_everything_once(api: httpx.AsyncClient) -> None:
    seen, address = [], f"{PATH}?q=towel&heading=6302&per_page=10&lang=en"
    while address:
        page = (await api.get(address)).json()
        seen += [card["id"] for card in page["data"]]
        assert page["pages"] == 3
        assert (page["links"]["prev"] is None) == (page["page"] == 1)
        address = page["links"]["next"]
    assert len(seen) == len(set(seen)) == 25


async def test_facets_narrow_and_count(api: httpx.AsyncClient) -> None:
    found = await _found(api, province="10")
    assert [card["exporter"] for card in found["data"]] == ["can-zeytin"]
    provinces = next(facet for facet in found["facets"] if facet["name"] == "province")
    counts = {value["value"]: (value["count"], value["chosen"]) for value in provinces["values"]}
    assert counts == {"20": (26, False), "10": (1, True)}


async def test_two_values_of_a_facet_widen(api: httpx.AsyncClient) -> None:
    assert (await _found(api, province=["10", "20"]))["total"] == 27


async def test_products_of_a_suspended_exporter_are_not_there(api: httpx.AsyncClient) -> None:
    found = await _found(api, q="kapalı")
    assert found["data"] == []
    assert found["total"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"page": "0"}, "page"),
        ({"page": "1e9"}, "page"),
        ({"page": "999"}, "page"),
        ({"per_page": "101"}, "per_page"),
        ({"sort": "cheap"}, "sort"),
        ({"section": "22"}, "section"),
        ({"heading": "abcd"}, "heading"),
        ({"price_from": "abc"}, "price_from"),
        ({"q": "x" * 201}, "q"),
        ({"privince": "20"}, "privince"),
        ({"lang": "xx"}, "lang"),
    ],
)
async def test_a_wrong_parameter_is_named_in_a_problem(
    api: httpx.AsyncClient, query: dict[str, str], field: str
) -> None:
    answer = await api.get(PATH, params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [entry["field"] for entry in answer.json()["errors"]]


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%ff%fe",
        "q=%ED%A0%80",
        "q=%E2%80%AEevil",
        "q=%22unbalanced",
        "q=(((",
        "q=*",
        "q=&&&=;",
        "brand=%00",
    ],
)
async def test_odd_bytes_are_never_a_failure(api: httpx.AsyncClient, query: str) -> None:
    assert (await api.get(f"{PATH}?{query}")).status_code in (200, 422)


async def test_too_many_parameters_are_refused(api: httpx.AsyncClient) -> None:
    assert (await api.get(f"{PATH}?{'&'.join('a=1' for _ in range(300))}")).status_code == 422


async def test_an_unchanged_answer_is_not_sent_again(api: httpx.AsyncClient) -> None:
    first = await api.get(PATH, params={"q": "towel"})
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = await api.get(PATH, params={"q": "towel"}, headers={"if-none-match": known})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
    other = await api.get(PATH, params={"q": "olive"}, headers={"if-none-match": tag})
    assert other.status_code == 200


async def test_the_database_answers_while_the_engine_is_down(
    api: httpx.AsyncClient, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object, **__: object) -> None:
        raise EngineDown

    monkeypatch.setattr(app.state.search, "search", down)
    found = await _found(api, q="olive")
    assert found["fallback"] is True
    assert [card["name"] for card in found["data"]] == ["Extra virgin olive oil"]


async def test_the_number_of_queries_does_not_grow_with_the_results(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for per_page in (1, 20):
        asked = _count_queries(monkeypatch)
        await _found(api, q="towel", per_page=per_page)
        counts.append(len(asked))
    assert counts == [1, 1]


def _count_queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    import kervan.db

    asked: list[str] = []
    fetch = kervan.db.connection

    def counted() -> Any:
        asked.append("query")
        return fetch()

    assert database().pool is not None
    monkeypatch.setattr(kervan.db, "connection", counted)
    return asked


async def test_one_product_is_found_by_its_id(api: httpx.AsyncClient) -> None:
    card = (await _found(api, q="bathrobe", lang="en"))["data"][0]
    answer = await api.get(f"{PATH}/{card['id']}", params={"lang": "en"})
    document = answer.json()
    assert answer.status_code == 200
    assert document["data"]["card"] == card
    assert document["links"]["html"] == f"https://kervan.test/en/products/{card['slug']}-{card['id']}"
    assert (await api.get(document["links"]["exporter"])).status_code == 200
    again = await api.get(f"{PATH}/{card['id']}?lang=en", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("id", ["zzzzzzzzzzzz", "x", "%00", "%ff", "a" * 5000, "../../etc/passwd"])
async def test_an_unknown_product_is_404(api: httpx.AsyncClient, id: str) -> None:
    answer = await api.get(f"{PATH}/{id}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_product_can_only_be_read(api: httpx.AsyncClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await api.request(method, PATH)).status_code == 405
