"""Answers to requests by programs: begun once, within the rules; marked and unmarked by the requester."""

import asyncio
from datetime import timedelta

import httpx
import pytest
import requesting
from asking import HOME, Side, offered
from keying import a_key
from litestar import Litestar
from requesting import Board

from kervan.db import execute, fetch, fetchval
from kervan.inquiries import access as inquiries
from kervan.inquiries import quotes
from kervan.orders.deadlines import today
from kervan.organisations import roles
from kervan.requests import access, answering, queries
from kervan.requests.service import Saved

PATH = "/api/v1"


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    return await requesting.make_board()


async def headers(firm: Side, *scopes: str, key: str = "k-1") -> dict[str, str]:
    return {**await a_key(firm.firm, firm.person, roles.VIEW, *scopes), "Idempotency-Key": key}


async def quoted(board: Board, firm: Side, made: Saved, product: str | None = None) -> str:
    """Sends a quote of an exporter; returns the public id of its part."""
    recipient = await answering.begin(firm.caller, access.answering(firm.caller, firm.org), made.public_id)
    part = await inquiries.received(firm.caller, firm.org, recipient, act=True)
    await quotes.save(firm.caller, part, offered(product), send=True)
    return recipient


async def test_an_exporter_begins_an_answer_and_sends_its_quote(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    key = await headers(board.ayse, roles.ORDERS)
    first = await client.post(f"{PATH}/requests/{made.public_id}/answers", headers=key)
    assert first.status_code == 201, first.text
    begun = first.json()
    assert (begun["request"], begun["number"]) == (made.public_id, made.number)
    again = await client.post(f"{PATH}/requests/{made.public_id}/answers", headers=key)
    assert (again.status_code, again.json()) == (200, begun)
    # With another key it is the same answer too: there is one to each request.
    other = {**key, "Idempotency-Key": "k-2"}
    assert (await client.post(f"{PATH}/requests/{made.public_id}/answers", headers=other)).json() == begun
    quote = {
        "lines": [{"product": board.towel, "asked": 1, "quantity": 400, "unit_price": "3.70"}],
        "currency": "EUR",
        "incoterm": "DAP",
        "place": "Hamburg",
        "valid_until": (today() + timedelta(days=20)).isoformat(),
    }
    sent = await client.put(
        f"{PATH}/inquiries/{begun['id']}/quote", json=quote, headers={**key, "Idempotency-Key": "q-1"}
    )
    assert sent.status_code == 200, sent.text
    assert sent.json()["state"] == "SENT"


async def test_without_a_key_of_ones_own_the_request_cannot_be_repeated(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    key = await a_key(board.ayse.firm, board.ayse.person, roles.VIEW, roles.ORDERS)
    answer = await client.post(f"{PATH}/requests/{made.public_id}/answers", headers=key)
    assert answer.status_code == 422
    assert not await fetch("SELECT FROM inquiry_recipient")


async def test_who_may_not_answer_is_refused(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    path = f"{PATH}/requests/{made.public_id}/answers"
    assert (await client.post(path)).status_code == 401
    assert (await client.post(path, headers=await headers(board.ayse, roles.VIEW))).status_code == 403
    assert (await client.post(path, headers=await headers(board.buyer, roles.BUY))).status_code == 403
    key = await headers(board.ayse, roles.ORDERS)
    drafted = await requesting.drafted(board, title="Bath robes, white")
    for unknown in (drafted.public_id, "aaaaaaaaaaaa"):
        answer = await client.post(f"{PATH}/requests/{unknown}/answers", headers=key)
        assert answer.status_code == 404
    await execute("UPDATE exporter SET verification = 'SUSPENDED' WHERE slug = 'ayse-havlu'")
    assert (await client.post(path, headers=key)).status_code == 403
    assert not await fetch("SELECT FROM inquiry_recipient")


async def test_after_closing_an_answer_and_a_quote_are_409(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    recipient = await quoted(board, board.ayse, made, board.towel)
    await execute("UPDATE trade_request SET deadline = $1", today() - timedelta(days=1))
    key = await headers(board.can, roles.ORDERS)
    answer = await client.post(f"{PATH}/requests/{made.public_id}/answers", headers=key)
    assert answer.status_code == 409
    assert "takes no answers any more" in answer.json()["detail"]
    quote = {
        "lines": [{"name": "Towel", "quantity": 400, "unit_price": "3.60"}],
        "currency": "EUR",
        "incoterm": "DAP",
        "place": "Hamburg",
        "valid_until": (today() + timedelta(days=20)).isoformat(),
    }
    seller = await headers(board.ayse, roles.ORDERS, key="q-1")
    answer = await client.put(f"{PATH}/inquiries/{recipient}/quote", json=quote, headers=seller)
    assert answer.status_code == 409


async def test_the_eleventh_answer_of_a_day_is_409(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.several(board, [{"title": f"White towels, lot number {n}"} for n in range(11)])
    key = await headers(board.ayse, roles.ORDERS)
    statuses = [
        (
            await client.post(
                f"{PATH}/requests/{one.public_id}/answers",
                headers={**key, "Idempotency-Key": one.public_id},
            )
        ).status_code
        for one in made
    ]
    assert statuses == [201] * 10 + [409]


async def test_of_two_acceptances_at_once_the_second_is_409(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    parts = [
        await quoted(board, board.ayse, made, board.towel),
        await quoted(board, board.can, made),
    ]
    inquiry = (await queries.by_public_id(made.public_id)).inquiry_id
    buyer = await headers(board.buyer, roles.BUY)
    body = {"revision": 1, "delivery": {"name": HOME.name, "street": HOME.street, "city": HOME.city}}
    answers = await asyncio.gather(
        *(
            client.post(
                f"{PATH}/inquiries/{inquiry}/{part}/accept",
                json=body,
                headers={**buyer, "Idempotency-Key": part},
            )
            for part in parts
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_an_answer_is_marked_with_a_reason_and_unmarked(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    recipient = await quoted(board, board.can, made)
    inquiry = (await queries.by_public_id(made.public_id)).inquiry_id
    buyer = await headers(board.buyer, roles.BUY)
    path = f"{PATH}/inquiries/{inquiry}/{recipient}"
    empty = await client.post(f"{path}/irrelevant", json={"reason": " "}, headers=buyer)
    assert empty.status_code == 422
    assert "reason" in {error["field"] for error in empty.json()["errors"]}
    body = {"reason": "We asked for towels, not for oil."}
    marked = await client.post(f"{path}/irrelevant", json=body, headers=buyer)
    assert (marked.status_code, marked.json()) == (200, {"id": recipient, "irrelevant": True})
    assert await fetchval("SELECT decline_reason FROM quote") == body["reason"]
    assert (await client.post(f"{path}/irrelevant", json=body, headers=buyer)).json() == marked.json()
    other = {**buyer, "Idempotency-Key": "k-2"}
    assert (await client.post(f"{path}/irrelevant", json=body, headers=other)).status_code == 409
    back = await client.post(f"{path}/relevant", headers={**buyer, "Idempotency-Key": "k-3"})
    assert (back.status_code, back.json()) == (200, {"id": recipient, "irrelevant": False})
    assert await fetchval("SELECT irrelevant_at FROM inquiry_recipient") is None


async def test_nobody_marks_what_is_not_theirs(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    recipient = await quoted(board, board.can, made)
    inquiry = (await queries.by_public_id(made.public_id)).inquiry_id
    body = {"reason": "We asked for towels, not for oil."}
    stranger = await headers(board.other_buyer, roles.BUY)
    seller = await headers(board.ayse, roles.ORDERS)
    for name in ("irrelevant", "relevant"):
        path = f"{PATH}/inquiries/{inquiry}/{recipient}/{name}"
        assert (await client.post(path, json=body, headers=stranger)).status_code == 404
        assert (await client.post(path, json=body, headers=seller)).status_code == 403
    assert await fetchval("SELECT irrelevant_at FROM inquiry_recipient") is None


async def test_the_record_of_the_buyer_is_told_to_verified_exporters(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await execute(
        "INSERT INTO response_record (organisation, cases, answered, median_hours) VALUES ($1, 9, 8, 4)",
        board.buyer.membership.organisation,
    )
    path = f"{PATH}/requests/{made.public_id}"
    whole = (await client.get(path, headers=await headers(board.ayse, roles.VIEW))).json()["data"]["whole"]
    assert (whole["response"]["cases"], whole["response"]["answered"]) == (9, 8)
    assert (await client.get(path)).json()["data"]["whole"] is None
