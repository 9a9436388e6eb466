"""GET /api/v1/exporters and /api/v1/exporters/{slug}."""

import httpx
import pytest

pytestmark = pytest.mark.usefixtures("stock")

PATH = "/api/v1/exporters"


async def test_an_exporter_is_found_by_name_and_province(api: httpx.AsyncClient) -> None:
    by_name = (await api.get(PATH, params={"q": "ayse"})).json()
    by_province = (await api.get(PATH, params={"province": "10"})).json()
    assert [card["slug"] for card in by_name["data"]] == ["ayse-havlu"]
    assert [card["slug"] for card in by_province["data"]] == ["can-zeytin"]
    assert by_name["data"][0]["products"] == 26


async def test_a_suspended_exporter_is_not_there(api: httpx.AsyncClient) -> None:
    assert (await api.get(f"{PATH}/kapali-havlu")).status_code == 404
    slugs = [card["slug"] for card in (await api.get(PATH)).json()["data"]]
    assert sorted(slugs) == ["ayse-havlu", "can-zeytin"]


async def test_one_exporter_with_its_links(api: httpx.AsyncClient) -> None:
    document = (await api.get(f"{PATH}/ayse-havlu?lang=tr")).json()
    assert document["data"]["card"]["about"] == "Denizli'de havlu dokur."
    assert document["links"]["html"] == "https://kervan.test/tr/exporters/ayse-havlu"
    assert (await api.get(document["links"]["products"])).json()["total"] == 26


async def test_nothing_personal_is_told(api: httpx.AsyncClient) -> None:
    text = (await api.get(f"{PATH}/ayse-havlu")).text
    for word in ("vkn", "tckn", "phone", "email", "kep"):
        assert word not in text


@pytest.mark.parametrize("query", ["chapter=61", "sort=price", "page=0", "lang=de", "unknown=1"])
async def test_a_wrong_parameter_is_a_problem(api: httpx.AsyncClient, query: str) -> None:
    answer = await api.get(f"{PATH}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize("slug", ["nobody", "%00", "%F0%9F%98%80", "a" * 3000])
async def test_an_unknown_exporter_is_404(api: httpx.AsyncClient, slug: str) -> None:
    assert (await api.get(f"{PATH}/{slug}")).status_code == 404
