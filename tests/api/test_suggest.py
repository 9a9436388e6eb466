"""GET /api/v1/suggest."""

import httpx
import pytest
from litestar import Litestar

from kervan.discovery.indexing import reindex

pytestmark = pytest.mark.usefixtures("stock")

PATH = "/api/v1/suggest"


async def test_what_is_typed_suggests_products_and_exporters(api: httpx.AsyncClient) -> None:
    answer = await api.get(PATH, params={"q": "cott", "lang": "en"})
    assert answer.status_code == 200
    assert all(product["name"].startswith("Cotton towel") for product in answer.json()["products"])
    assert answer.json()["products"]
    exporters = (await api.get(PATH, params={"q": "ayş"})).json()["exporters"]
    assert exporters == [{"slug": "ayse-havlu", "name": "Ayşe Havlu"}]


async def test_headings_are_suggested_with_their_code(api: httpx.AsyncClient, app: Litestar) -> None:
    await reindex(app.state.search)
    headings = (await api.get(PATH, params={"q": "bed linen", "lang": "en"})).json()["headings"]
    assert "6302" in [heading["code"] for heading in headings]


@pytest.mark.parametrize("text", ["", " ", "\x00", "ı", "\u202e", '"', "*", "zzzzzzzz"])
async def test_odd_or_unknown_text_suggests_nothing_and_fails_nothing(
    api: httpx.AsyncClient, text: str
) -> None:
    answer = await api.get(PATH, params={"q": text})
    assert answer.status_code == 200
    assert set(answer.json()) == {"products", "headings", "exporters"}


async def test_suggestions_may_be_kept_for_a_moment(api: httpx.AsyncClient) -> None:
    assert (await api.get(PATH, params={"q": "cott"})).headers["cache-control"] == "public, max-age=30"


async def test_too_long_a_text_is_a_problem(api: httpx.AsyncClient) -> None:
    answer = await api.get(PATH, params={"q": "x" * 201})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "q"
