"""GET /api/v1/nomenclature, /search and /{code}."""

import httpx
import pytest
from litestar import Litestar

from kervan.discovery.indexing import reindex

pytestmark = pytest.mark.usefixtures("stock")

PATH = "/api/v1/nomenclature"


async def test_the_tree_begins_with_21_sections(api: httpx.AsyncClient) -> None:
    sections = (await api.get(PATH, params={"lang": "tr"})).json()["data"]
    assert [section["number"] for section in sections] == list(range(1, 22))
    assert sum(len(section["chapters"]) for section in sections) == 96
    assert sections[10]["products"] == 26


@pytest.mark.parametrize("code", ["6302", "63.02", "63 02"])
async def test_a_code_is_understood_in_any_punctuation(api: httpx.AsyncClient, code: str) -> None:
    node = (await api.get(f"{PATH}/{code}", params={"lang": "en"})).json()["data"]
    assert (node["code"], node["level"], node["section"]) == ("6302", 4, 11)
    assert [parent["code"] for parent in node["parents"]] == ["63"]
    assert node["products"] == 25


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("9999", 422),
        ("630", 422),
        ("abcd", 422),
        ("7701", 422),
        ("6399", 404),
        ("%00", 422),
        ("1" * 500, 422),
    ],
)
async def test_what_is_no_code_is_refused_and_what_does_not_exist_is_404(
    api: httpx.AsyncClient, code: str, status: int
) -> None:
    answer = await api.get(f"{PATH}/{code}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_everyday_words_find_headings(api: httpx.AsyncClient, app: Litestar) -> None:
    await reindex(app.state.search)
    found = (await api.get(f"{PATH}/search", params={"q": "olive oil", "lang": "en"})).json()["data"]
    assert found[0]["code"] == "1509"
    assert len((await api.get(f"{PATH}/search", params={"q": "of", "limit": 3})).json()["data"]) <= 3


@pytest.mark.parametrize("query", ["limit=0", "limit=51", "limit=x", "q=" + "x" * 201, "lang=xx"])
async def test_a_wrong_parameter_is_a_problem(api: httpx.AsyncClient, query: str) -> None:
    assert (await api.get(f"{PATH}/search?{query}")).status_code == 422
