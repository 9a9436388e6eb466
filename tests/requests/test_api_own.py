"""The API of a buyer's own requests: written, sent, changed and withdrawn by programs; the same request twice."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import requesting
from keying import a_key
from people import count
from requesting import Board

from kervan.db import fetchval
from kervan.orders.deadlines import today
from kervan.requests import service

PATH = "/api/v1/requests"
OWN = "/api/v1/own-requests"


@pytest.fixture
async def board(db: None) -> Board:
    return await requesting.make_board()


async def keyed(board: Board, key: str = "k-1", *scopes: str) -> dict[str, str]:
    headers = await a_key(board.buyer.firm, board.buyer.person, *(scopes or ("view", "buy")))
    return {**headers, "Idempotency-Key": key}


def body(**changes: Any) -> dict[str, Any]:
    return {
        "title": "White cotton towels for hotels",
        "summary": "A hotel group in Hamburg looks for white cotton towels, washed once.",
        "description": "Terry towels, double stitched hems.",
        "language": "en",
        "hs_code": "6302.60",
        "specs": [{"name": "Weight", "value": "500 g/m²"}],
        "quantity": 400,
        "unit": "C62",
        "target_price": "3.80",
        "currency": "EUR",
        "country": "DE",
        "place": "Hamburg",
        "incoterm": "DAP",
        "deadline": (today() + timedelta(days=30)).isoformat(),
        "certificates": ["oeko-tex-100"],
        "buyer_type": "HOSPITALITY",
        "languages": ["en", "de"],
        **changes,
    }


async def test_a_request_from_draft_to_withdrawal_by_programs(
    client: httpx.AsyncClient, board: Board
) -> None:
    headers = await keyed(board)
    made = await client.post(PATH, json=body(), headers=headers)
    assert made.status_code == 201, made.text
    first = made.json()
    assert (first["state"], first["version"], first["edition"]) == ("DRAFT", 1, 0)
    here = f"{PATH}/{first['id']}"
    changed = await client.put(
        here, json=body(quantity=500, version=1), headers={**headers, "Idempotency-Key": "k-2"}
    )
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    sent = await client.post(
        f"{here}/submit", json={"version": 2}, headers={**headers, "Idempotency-Key": "k-3"}
    )
    assert (sent.status_code, sent.json()["state"]) == (200, "SUBMITTED"), sent.text
    back = await client.post(f"{here}/take-back", json={}, headers={**headers, "Idempotency-Key": "k-4"})
    assert back.json()["state"] == "DRAFT"
    await client.post(f"{here}/submit", json={}, headers={**headers, "Idempotency-Key": "k-5"})
    seat = await requesting.access.handled(board.post.caller, first["id"])
    await service.publish(board.post.caller, seat, seen=True)
    shown = (await client.get(f"{OWN}/{first['id']}", headers=headers)).json()["data"]
    assert (shown["state"], shown["edition"], shown["quantity"], shown["target_price"]) == (
        "PUBLISHED",
        1,
        500,
        "3.8000",
    )
    assert [step["action"] for step in shown["steps"]] == ["submit", "take-back", "submit", "publish"]
    assert shown["inquiry"] == await fetchval("SELECT public_id FROM inquiry")
    again = await client.put(here, json=body(quantity=700), headers={**headers, "Idempotency-Key": "k-6"})
    assert again.json()["edition"] == 2
    gone = await client.post(
        f"{here}/withdraw",
        json={"reason": "We found them elsewhere."},
        headers={**headers, "Idempotency-Key": "k-7"},
    )
    assert (gone.status_code, gone.json()["state"]) == (200, "CLOSED")


async def test_the_same_request_twice_begins_one(client: httpx.AsyncClient, board: Board) -> None:
    headers = await keyed(board)
    first = await client.post(PATH, json=body(), headers=headers)
    second = await client.post(PATH, json=body(), headers=headers)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert await count("trade_request") == 1
    other = await client.post(PATH, json=body(quantity=9), headers=headers)
    assert other.status_code == 409
    del headers["Idempotency-Key"]
    assert (await client.post(PATH, json=body(), headers=headers)).status_code == 422


async def test_contact_data_is_masked_and_told(client: httpx.AsyncClient, board: Board) -> None:
    made = await client.post(
        PATH, json=body(description="Write to jonas@nordlicht.example."), headers=await keyed(board)
    )
    assert made.json()["masked"] == ["jonas@nordlicht.example"]
    assert await fetchval("SELECT description FROM trade_request") == "Write to •••."


BAD = [
    ({"title": ""}, "title"),
    ({"title": "Towels \u202egnp.exe"}, "title"),
    ({"quantity": -1}, "quantity"),
    ({"unit": "XYZ"}, "unit"),
    ({"hs_code": "6399"}, "hs_code"),
    ({"country": "TR"}, "country"),
    ({"currency": "ABC"}, "currency"),
    ({"target_price": "0"}, "target_price"),
    ({"target_price": "NaN"}, "target_price"),
    ({"specs": [{"name": "Weight", "value": ""}]}, "specs.1"),
    ({"certificates": ["made-up"]}, "certificates"),
    ({"visibility": "NEVER"}, "visibility"),
    ({"deadline": "yesterday"}, "deadline"),
    ({"source": "TENDER"}, "source"),
]


@pytest.mark.parametrize(("changes", "field"), BAD)
async def test_what_is_wrong_is_told_by_field(
    client: httpx.AsyncClient, board: Board, changes: dict[str, Any], field: str
) -> None:
    refused = await client.post(PATH, json=body(**changes), headers=await keyed(board))
    assert refused.status_code in (400, 422), refused.text
    assert field in refused.text
    assert await count("trade_request") == 0


@pytest.mark.parametrize("days", [-1, 2, 181])
async def test_a_deadline_out_of_bounds_is_refused_when_it_is_sent(
    client: httpx.AsyncClient, board: Board, days: int
) -> None:
    headers = await keyed(board)
    deadline = (today() + timedelta(days=days)).isoformat()
    made = (await client.post(PATH, json=body(deadline=deadline), headers=headers)).json()
    sent = await client.post(
        f"{PATH}/{made['id']}/submit", json={}, headers={**headers, "Idempotency-Key": "k-2"}
    )
    assert sent.status_code == 422
    assert [one["field"] for one in sent.json()["errors"]] == ["deadline"]


async def test_similar_requests_are_told_until_they_were_seen(
    client: httpx.AsyncClient, board: Board
) -> None:
    other = await requesting.published(board)
    headers = await keyed(board)
    made = (await client.post(PATH, json=body(), headers=headers)).json()
    here = f"{PATH}/{made['id']}/submit"
    refused = await client.post(here, json={}, headers={**headers, "Idempotency-Key": "k-2"})
    assert refused.status_code == 409
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert refused.json()["code"] == "similar"
    assert [one["id"] for one in refused.json()["similar"]] == [other.public_id]
    sent = await client.post(here, json={"seen": True}, headers={**headers, "Idempotency-Key": "k-2"})
    assert sent.json()["state"] == "SUBMITTED"


async def test_a_stale_version_is_409_and_changes_nothing(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.drafted(board)
    await service.change(
        board.buyer.caller, await requesting.own(board, made), requesting.content(quantity=7)
    )
    headers = await keyed(board)
    stale = await client.put(f"{PATH}/{made.public_id}", json=body(version=1), headers=headers)
    assert stale.status_code == 409
    assert await fetchval("SELECT quantity FROM trade_request") == 7


async def test_the_own_list_is_filtered_and_paged(client: httpx.AsyncClient, board: Board) -> None:
    draft = await requesting.drafted(board, title="Olive oil in tins", hs_code="1509")
    open_ = await requesting.published(board)
    headers = await keyed(board)
    everything = (await client.get(OWN, headers=headers)).json()
    assert ([one["id"] for one in everything["data"]], everything["total"]) == (
        [open_.public_id, draft.public_id],
        2,
    )
    drafts = (await client.get(f"{OWN}?tab=drafts", headers=headers)).json()
    assert [one["id"] for one in drafts["data"]] == [draft.public_id]
    found = (await client.get(f"{OWN}?q=olive", headers=headers)).json()
    assert [one["id"] for one in found["data"]] == [draft.public_id]
    second = (await client.get(f"{OWN}?per_page=1&page=2", headers=headers)).json()
    assert ([one["id"] for one in second["data"]], second["pages"]) == ([draft.public_id], 2)
    assert (await client.get(f"{OWN}?tab=everything", headers=headers)).status_code == 422


async def test_a_key_that_only_looks_writes_nothing_and_strangers_find_nothing(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.drafted(board)
    looking = await keyed(board, "k-1", "view")
    assert (await client.get(f"{OWN}/{made.public_id}", headers=looking)).status_code == 200
    assert (await client.post(PATH, json=body(), headers=looking)).status_code == 403
    assert (await client.put(f"{PATH}/{made.public_id}", json=body(), headers=looking)).status_code == 403
    stranger = await a_key(board.other_buyer.firm, board.other_buyer.person, "view", "buy")
    stranger["Idempotency-Key"] = "k-1"
    assert (await client.get(f"{OWN}/{made.public_id}", headers=stranger)).status_code == 404
    assert (await client.put(f"{PATH}/{made.public_id}", json=body(), headers=stranger)).status_code == 404
    exporter = await a_key(board.ayse.firm, board.ayse.person, "view", "orders")
    exporter["Idempotency-Key"] = "k-1"
    assert (await client.get(OWN, headers=exporter)).status_code == 403
    assert (await client.post(PATH, json=body(), headers=exporter)).status_code == 403
    assert (await client.get(OWN)).status_code == 401
    assert (await client.post(PATH, json=body(), headers={"Idempotency-Key": "k"})).status_code == 401
