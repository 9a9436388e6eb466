"""GET /api/v1/requests and /api/v1/requests/{public_id}: the board for programs."""

from typing import Any

import httpx
import pytest
import requesting
from keying import a_key
from litestar import Litestar
from requesting import Board

from kervan.db import execute, fetch
from kervan.discovery import indexing
from kervan.requests.service import Saved


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    return await requesting.make_board()


@pytest.fixture
async def made(fresh_app: Litestar, board: Board) -> Saved:
    """Towels to Hamburg, asked openly; oil to Lyon beside them."""
    towels = await requesting.published(board, visibility="OPEN")
    await requesting.published(
        board,
        title="Olive oil in tins of five litres",
        hs_code="150920",
        country="FR",
        quantity=900,
        unit="LTR",
    )
    ids = [row["id"] for row in await fetch("SELECT id FROM trade_request")]
    await indexing.index_requests(fresh_app.state.search, ids)
    return towels


async def get(client: httpx.AsyncClient, path: str, status: int = 200, **headers: str) -> Any:
    answer = await client.get(f"/api/v1{path}", headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_search_answers_like_the_page(client: httpx.AsyncClient, made: Saved) -> None:
    answer = await get(client, "/requests?q=towel&country=DE&sort=newest&lang=tr")
    [card] = answer["data"]
    assert (card["id"], card["title"], card["value_eur"], card["country"]) == (
        made.public_id,
        "White cotton towels for hotels",
        None,
        "DE",
    )
    assert card["html"] == f"https://kervan.test/tr/requests/white-cotton-towels-for-hotels-{made.public_id}"
    assert (answer["total"], answer["page"], answer["pages"]) == (1, 1, 1)
    country = next(facet for facet in answer["facets"] if facet["name"] == "country")
    assert {value["value"]: value["label"] for value in country["values"]} == {
        "DE": "Almanya",
        "FR": "Fransa",
    }
    assert answer["links"]["self"] == "/api/v1/requests?q=towel&country=DE&sort=newest&lang=tr"


async def test_no_row_id_and_nothing_of_the_buyer_is_in_an_answer(
    client: httpx.AsyncClient, made: Saved
) -> None:
    detail = (await get(client, f"/requests/{made.public_id}"))["data"]
    card = (await get(client, "/requests?q=towel"))["data"][0]
    assert detail.pop("whole") is None
    assert detail.pop("closed_as") is None
    assert detail == card
    assert not {"importer", "buyer_name", "inquiry", "person"} & card.keys()


async def test_a_verified_exporters_key_reads_the_whole(
    client: httpx.AsyncClient, board: Board, made: Saved
) -> None:
    key = await a_key(board.ayse.firm, board.ayse.person, "view")
    detail = (await get(client, f"/requests/{made.public_id}", **key))["data"]
    assert detail["value_eur"] == "1520.00"
    whole = detail["whole"]
    assert whole["contact"]["name"] == "Nordlicht Handel GmbH"
    assert whole["specs"][0] == {"name": "Weight", "value": "500 g/m²"}
    assert (whole["target_price"], whole["currency"], whole["place"]) == ("3.8000", "EUR", "Hamburg")
    found = await get(client, "/requests?value_from=1000&value_to=2000", **key)
    assert [card["id"] for card in found["data"]] == [made.public_id]
    await execute("UPDATE trade_request SET visibility = 'RELAY'")
    assert (await get(client, f"/requests/{made.public_id}", **key))["data"]["whole"]["contact"] is None
    await execute("UPDATE exporter SET verification = 'SUSPENDED'")
    answer = await client.get(f"/api/v1/requests/{made.public_id}", headers=key)
    assert answer.status_code in (200, 401, 403)
    assert "Nordlicht" not in answer.text
    assert "double stitched" not in answer.text


async def test_a_buyers_key_reads_its_own_request_in_any_state_and_no_other(
    client: httpx.AsyncClient, board: Board, made: Saved
) -> None:
    own = await a_key(board.buyer.firm, board.buyer.person, "view", "buy")
    other = await a_key(board.other_buyer.firm, board.other_buyer.person, "view", "buy")
    draft = await requesting.drafted(board)
    detail = (await get(client, f"/requests/{draft.public_id}", **own))["data"]
    assert (detail["state"], detail["whole"]["description"][:12]) == ("DRAFT", "Terry towels")
    await get(client, f"/requests/{draft.public_id}", 404, **other)
    await get(client, f"/requests/{draft.public_id}", 404)
    assert (await get(client, f"/requests/{made.public_id}", **other))["data"]["whole"] is None


async def test_answers_for_a_key_are_kept_by_no_proxy(
    client: httpx.AsyncClient, board: Board, made: Saved
) -> None:
    key = await a_key(board.ayse.firm, board.ayse.person, "view")
    for path in ("/requests", f"/requests/{made.public_id}"):
        answer = await client.get(f"/api/v1{path}", headers=key)
        assert "private" in answer.headers["cache-control"]
        assert "Authorization" in answer.headers["vary"]
        again = await client.get(f"/api/v1{path}", headers={**key, "If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("country=Mars", "country"),
        ("colour=white", "colour"),
        ("province=20", "province"),
        ("value_from=5", "value_from"),
        ("page=", "page"),
        ("page=1000000", "page"),
        ("page=999999999999", "page"),
        ("quantity_from=-1", "quantity_from"),
        ("deadline=soon", "deadline"),
        ("sort=price", "sort"),
        ("q=" + "x" * 201, "q"),
    ],
)
async def test_a_program_that_asks_wrongly_is_told_which_parameter(
    client: httpx.AsyncClient, made: Saved, query: str, field: str
) -> None:
    answer = await get(client, f"/requests?{query}", 422)
    assert [error["field"] for error in answer["errors"]] == [field]


async def test_the_next_page_goes_on_where_this_one_ends(client: httpx.AsyncClient, made: Saved) -> None:
    first = await get(client, "/requests?per_page=1&sort=newest")
    second = await get(client, first["links"]["next"].removeprefix("/api/v1"))
    assert (first["links"]["prev"], second["links"]["next"]) == (None, None)
    assert {first["data"][0]["country"], second["data"][0]["country"]} == {"DE", "FR"}
