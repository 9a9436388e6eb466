"""Bad input of the request board: whatever a program or a form says in any field, the answer is a sentence."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hostile import refused_all, sendable
from keying import a_key
from litestar import Litestar
from people import count, post_form, sign_in, token_of
from request_typing import typed
from requesting import Board, drafted, make_board, published

from kervan.db import execute, fetchval
from kervan.orders.deadlines import today
from kervan.requests import access, answering
from kervan.web import csrf

pytestmark = pytest.mark.usefixtures("db")
API = "/api/v1"


@pytest.fixture
async def program(fresh_app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies: where a session comes along, a key is not looked at."""
    transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as made:
        yield made


def a_body(**changes: Any) -> dict[str, Any]:
    return {
        "title": "White cotton towels for hotels",
        "summary": "A hotel group in Hamburg looks for white cotton towels, washed once.",
        "description": "Terry towels, double stitched hems.",
        "language": "en",
        "hs_code": "6302.60",
        "specs": [{"name": "Weight", "value": "500 g/m²"}],
        "quantity": 400,
        "unit": "C62",
        "budget": "1520.00",
        "target_price": "3.80",
        "currency": "EUR",
        "country": "DE",
        "place": "Hamburg",
        "incoterm": "DAP",
        "deadline": (today() + timedelta(days=30)).isoformat(),
        "certificates": ["oeko-tex-100"],
        "sample_wanted": False,
        "buyer_type": "HOSPITALITY",
        "languages": ["en"],
        "visibility": "RELAY",
        **changes,
    }


async def _buying(board: Board) -> dict[str, str]:
    return await a_key(board.buyer.firm, board.buyer.person, "view", "buy")


async def _selling(board: Board) -> dict[str, str]:
    return await a_key(board.ayse.firm, board.ayse.person, "view", "orders")


async def test_no_field_of_a_request_makes_a_failure(program: httpx.AsyncClient) -> None:
    board = await make_board()
    key = await _buying(board)
    await refused_all(program, "POST", f"{API}/requests", a_body(), key)
    made = (
        await program.post(f"{API}/requests", json=a_body(), headers={**key, "idempotency-key": "one"})
    ).json()
    path = f"{API}/requests/{made['id']}"
    await refused_all(program, "PUT", path, a_body(version=1), key)
    await refused_all(program, "POST", f"{path}/submit", {"version": 1, "seen": True}, key)
    await refused_all(program, "POST", f"{path}/take-back", {"version": 1}, key)
    open_one = await published(board, title="Bath robes for a spa, white")
    path = f"{API}/requests/{open_one.public_id}"
    await refused_all(program, "PUT", path, a_body(version=3), key)
    await refused_all(program, "POST", f"{path}/withdraw", {"version": 99, "reason": "No need"}, key)
    await refused_all(program, "POST", f"{path}/invitations", {"exporters": ["ayse-havlu"]}, key)


async def test_no_field_of_an_alert_or_an_answer_makes_a_failure(program: httpx.AsyncClient) -> None:
    board = await make_board()
    selling, buying = await _selling(board), await _buying(board)
    wish = {
        "name": "Towels",
        "conditions": {
            "text": "towel -oil", "codes": ["6302"], "countries": ["DE"], "sectors": ["home-textiles"],
            "sources": ["IMPORTER"], "buyer_types": ["HOSPITALITY"], "certificates": ["oeko-tex-100"],
            "languages": ["en"], "value_from": "10.00", "value_to": "1000000.00", "quantity_from": 1,
            "quantity_to": 9000, "unit": "C62",
        },
        "frequency": "DAILY",
        "channels": ["IN_APP"],
    }  # fmt: skip
    await refused_all(program, "POST", f"{API}/alerts", wish, selling)
    await execute("UPDATE alert SET ended_at = now(), end_reason = 'OTHER' WHERE ended_at IS NULL")
    answer = await program.post(f"{API}/alerts", json=wish, headers=selling)
    assert answer.status_code == 201, answer.text
    alert = answer.json()["data"]["id"]
    await refused_all(program, "PATCH", f"{API}/alerts/{alert}", wish, selling)
    await refused_all(program, "POST", f"{API}/notifications/read", {"ids": ["abcabcabcabc"]}, selling)
    request = await published(board)
    recipient = await answering.begin(
        board.ayse.caller, access.answering(board.ayse.caller, board.ayse.org), request.public_id
    )
    inquiry = await fetchval("SELECT public_id FROM inquiry")
    path = f"{API}/inquiries/{inquiry}/{recipient}/irrelevant"
    await refused_all(program, "POST", path, {"reason": "These are other goods"}, buying)


async def test_huge_and_deep_bodies_are_refused_at_once(program: httpx.AsyncClient) -> None:
    board = await make_board()
    key = await _buying(board)
    long = "a" * 1_000_000
    bodies: list[bytes] = [
        sendable(a_body(**{field: long}))
        for field in ("title", "summary", "description", "place", "hs_code", "unit")
    ]
    bodies += [
        sendable(a_body(description="+49 40 123 " * 90_000)),
        sendable(a_body(description="a\u0301" * 200_000)),
        sendable(a_body(specs=[{"name": "n", "value": "v"}] * 30_000)),
        sendable(a_body(specs=[{"name": long, "value": long[:100]}])),
        sendable(a_body(certificates=["oeko-tex-100"] * 30_000 + [f"c{n}" for n in range(30_000)])),
        sendable(a_body(languages=[f"{n}" for n in range(60_000)])),
        b'{"title": ' + b"[" * 400_000 + b"]" * 400_000 + b"}",
        b'{"x": ' * 100_000 + b"1" + b"}" * 100_000,
        b'{"title": "White towels for us", "budget": 1e999999}',
        b'{"title": "White towels for us", "budget": NaN}',
        b'{"title": "White towels for us", "quantity": 1e999}',
    ]
    for number, body in enumerate(bodies):
        # Of this process: how busy the machine is otherwise does not count.
        began = time.process_time()
        answer = await program.post(
            f"{API}/requests",
            content=body,
            headers={**key, "content-type": "application/json", "idempotency-key": f"huge-{number}"},
        )
        took = time.process_time() - began
        assert answer.status_code in (400, 413, 422), (body[:60], answer.status_code)
        assert took < 1.5, (body[:60], took)
    assert await count("trade_request") == 0


FORM_VALUES = (
    "a\x00b", "x" * 100_000, "\u202egnp.exe", "<script>alert(1)</script>", "-1", "0", "NaN", "1e999", "1" * 5000,
    "１２",
    "0001-01-01", "2026-02-30", "FURLONG", "",
)  # fmt: skip


async def test_no_field_of_a_form_makes_a_failure(client: httpx.AsyncClient) -> None:
    board = await make_board()
    made = await drafted(board)
    await sign_in(client, board.buyer.person)
    path = f"/en/desk/{board.buyer.org}/requests/{made.public_id}/edit"
    token = await token_of(client, path)
    whole = typed(then="save", version="1")
    for field in whole:
        for value in FORM_VALUES:
            began = time.process_time()
            answer = await client.post(path, data={**whole, csrf.FIELD: token, field: value})
            took = time.process_time() - began
            assert answer.status_code < 500, (field, value[:20])
            assert took < 2, (field, value[:20], took)
            if answer.status_code == 422:
                assert 'role="alert"' in answer.text or "error" in answer.text, (field, value[:20])


async def test_what_is_wrong_in_the_form_is_told_beside_its_field(client: httpx.AsyncClient) -> None:
    board = await make_board()
    await sign_in(client, board.buyer.person)
    path = f"/en/desk/{board.buyer.org}/requests/new"
    for field, value in (
        ("deadline", (today() - timedelta(days=1)).isoformat()),
        ("quantity", "-1"),
        ("unit", "FURLONG"),
    ):
        answer = await post_form(client, path, typed(then="submit", **{field: value}))
        assert answer.status_code == 422, field
        assert f'id="f-{field}-error"' in answer.text, field
    assert await fetchval("SELECT count(*) FROM trade_request WHERE state <> 'DRAFT'") == 0


async def test_hostile_searches_of_the_board_are_answered_or_refused_quickly(
    client: httpx.AsyncClient,
) -> None:
    board = await make_board()
    await published(board)
    queries: tuple[tuple[str, str], ...] = (
        ("page", "1000000"), ("page", "-1"), ("page", "1e9"), ("per_page", "100000"), ("q", "a" * 5000),
        ("q", '"' * 200),
        ("q", "- - -"), ("q", "-" * 200), ("q", "(" * 200), ("q", "\x00"), ("q", "* OR 1=1 --"), ("q", "\u202e"),
        ("country", "XX"), ("sector", "<script>"), ("heading", "9" * 300), ("deadline", "yesterday"),
        ("quantity", "-1"),
        ("quantity_from", "1e999"), ("quantity_from", "NaN"), ("sort", "'; DROP TABLE trade_request"),
        ("lang", "../.."),
    )  # fmt: skip
    for field, value in queries:
        for path in ("/en/requests", "/en/requests.atom", f"{API}/requests"):
            began = time.process_time()
            answer = await client.get(path, params={field: value})
            assert answer.status_code in (200, 400, 422), (path, field, value[:20], answer.status_code)
            assert "<script>alert" not in answer.text
            assert time.process_time() - began < 2, (path, field, value[:20])
    many = "&".join(f"heading={n:04}" for n in range(1500))
    for path in ("/en/requests", f"{API}/requests", "/en/requests.atom"):
        assert (await client.get(f"{path}?{many}")).status_code in (200, 400, 414, 422), path
