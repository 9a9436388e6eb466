"""Alerts by programs: own ones only, the same rules as the form, the ledger page by page."""

from typing import Any

import httpx
import pytest
import requesting
from keying import a_key
from people import make_member, make_person
from requesting import Board

from kervan.db import fetchval
from kervan.privacy.queries import has_consent

from .conftest import announce, make_alert, public

PATH = "/api/v1/alerts"


@pytest.fixture
async def board(client: httpx.AsyncClient) -> Board:
    return await requesting.make_board()


@pytest.fixture
async def ayse(board: Board) -> dict[str, str]:
    return await a_key(board.ayse.firm, board.ayse.person, "view", "orders")


def body(**changes: Any) -> dict[str, Any]:
    return {"name": "Towels", "conditions": {"codes": ["6302.60"], "value_from": "1000.50"}, **changes}


async def test_an_alert_is_made_read_changed_and_ended(
    client: httpx.AsyncClient, board: Board, ayse: dict[str, str]
) -> None:
    made = await client.post(PATH, json=body(), headers=ayse)
    assert made.status_code == 201, made.text
    alert = made.json()["data"]
    assert alert["conditions"]["codes"] == ["6302"]
    assert alert["conditions"]["value_from"] == "1000.50"
    assert (alert["frequency"], alert["channels"], alert["version"]) == ("AT_ONCE", ["IN_APP"], 1)
    assert alert["feed"].endswith(".atom")
    path = f"{PATH}/{alert['id']}"
    assert (await client.get(path, headers=ayse)).json()["data"] == alert
    assert [one["id"] for one in (await client.get(PATH, headers=ayse)).json()["data"]] == [alert["id"]]
    changed = await client.patch(path, json={"frequency": "WEEKLY", "version": 1}, headers=ayse)
    assert changed.status_code == 200
    assert (changed.json()["data"]["version"], changed.json()["data"]["conditions"]) == (
        2,
        alert["conditions"],
    )
    stale = await client.patch(path, json={"name": "x", "version": 1}, headers=ayse)
    assert stale.status_code == 409
    everything = await client.patch(path, json={"conditions": {}}, headers=ayse)
    assert everything.json()["data"]["conditions"]["codes"] == []
    ended = await client.delete(f"{path}?reason=TOO_MANY", headers=ayse)
    assert ended.status_code == 204
    assert await fetchval("SELECT end_reason FROM alert") == "TOO_MANY"
    assert (await client.get(path, headers=ayse)).json()["data"]["ended_at"] is not None
    assert (await client.get(PATH, headers=ayse)).json()["data"] == []
    for answer in (
        await client.patch(path, json={"name": "x"}, headers=ayse),
        await client.delete(path, headers=ayse),
    ):
        assert answer.status_code == 404


async def test_mails_need_consent(client: httpx.AsyncClient, board: Board, ayse: dict[str, str]) -> None:
    refused = await client.post(PATH, json=body(channels=["MAIL"]), headers=ayse)
    assert refused.status_code == 422
    assert [field["field"] for field in refused.json()["errors"]] == ["consent"]
    made = await client.post(PATH, json=body(channels=["MAIL"], consent=True), headers=ayse)
    assert made.status_code == 201
    assert await has_consent(board.ayse.person, "alerts")
    again = await client.post(PATH, json=body(channels=["MAIL"]), headers=ayse)
    assert again.status_code == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"conditions": {"countries": ["XX"]}}, "conditions.countries"),
        ({"conditions": {"quantity_from": 5}}, "conditions.unit"),
        ({"frequency": "HOURLY"}, "frequency"),
        ({"channels": ["PIGEON"]}, "channels"),
        ({"name": " "}, "name"),
    ],
)
async def test_what_is_wrong_is_named(
    client: httpx.AsyncClient, board: Board, ayse: dict[str, str], wrong: dict[str, Any], field: str
) -> None:
    answer = await client.post(PATH, json=body(**wrong), headers=ayse)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_the_ledger_is_paged(client: httpx.AsyncClient, board: Board, ayse: dict[str, str]) -> None:
    alert = await public(await make_alert(board.ayse))
    made = [await requesting.published(board, title=f"White towels {n}") for n in range(3)]
    await announce()
    first = await client.get(f"{PATH}/{alert}/deliveries?per_page=2", headers=ayse)
    assert first.status_code == 200
    assert [row["request"] for row in first.json()["data"]] == [made[2].public_id, made[1].public_id]
    assert (first.json()["total"], first.json()["pages"]) == (3, 2)
    second = await client.get(first.json()["links"]["next"], headers=ayse)
    assert [row["request"] for row in second.json()["data"]] == [made[0].public_id]
    assert second.json()["data"][0]["state"] == "QUEUED"


async def test_who_has_no_key_or_the_wrong_one_is_refused(client: httpx.AsyncClient, board: Board) -> None:
    assert (await client.get(PATH)).status_code == 401
    reader = await a_key(board.ayse.firm, board.ayse.person, "view")
    assert (await client.get(PATH, headers=reader)).status_code == 200
    assert (await client.post(PATH, json=body(), headers=reader)).status_code == 403
    buyer = await a_key(board.buyer.firm, board.buyer.person, "view", "buy")
    assert (await client.get(PATH, headers=buyer)).status_code == 403


async def test_nobody_reaches_anothers_alert(
    client: httpx.AsyncClient, board: Board, ayse: dict[str, str]
) -> None:
    theirs = await public(await make_alert(board.can))
    colleague = await make_person("Berk Ak")
    await make_member(board.ayse.firm, colleague, "OWNER")
    own = await public(await make_alert(board.ayse))
    for headers, alert in ((ayse, theirs), (await a_key(board.ayse.firm, colleague, "view", "orders"), own)):
        for answer in (
            await client.get(f"{PATH}/{alert}", headers=headers),
            await client.get(f"{PATH}/{alert}/deliveries", headers=headers),
            await client.patch(f"{PATH}/{alert}", json={"name": "x"}, headers=headers),
            await client.delete(f"{PATH}/{alert}", headers=headers),
        ):
            assert answer.status_code == 404
    assert await fetchval("SELECT count(*) FROM alert WHERE ended_at IS NULL") == 2
