"""A buyer changes a request at its desk: similar ones, stale versions, what is announced anew, who may not."""

import httpx
import pytest
import requesting
from asking import side
from desk import flat
from people import count, post_form, sign_in, sign_out
from request_typing import typed
from requesting import Board

from kervan.db import fetchval
from kervan.requests import queries, service
from kervan.web import csrf


@pytest.fixture
async def board(db: None) -> Board:
    return await requesting.make_board()


def at(board: Board, rest: str = "") -> str:
    return f"/en/desk/{board.buyer.org}/requests{rest}"


async def test_similar_requests_are_shown_before_it_is_sent(client: httpx.AsyncClient, board: Board) -> None:
    other = await requesting.published(board)
    await sign_in(client, board.buyer.person)
    answer = await post_form(client, at(board, "/new"), typed(then="submit"))
    assert answer.status_code == 409
    page = flat(answer)
    assert "Is it one of these?" in page
    assert f'href="/en/desk/{board.buyer.org}/requests/{other.public_id}"' in page
    assert "Your own" in page
    new = await fetchval("SELECT public_id FROM trade_request WHERE state = 'DRAFT'")
    sent = await post_form(
        client, at(board, f"/{new}/submit"), {"seen": "1", "version": "1"}, of=at(board, f"/{new}")
    )
    assert sent.status_code == 303
    assert await fetchval("SELECT state FROM trade_request WHERE public_id = $1", new) == "SUBMITTED"


async def test_a_form_that_comes_after_a_colleagues_change_is_shown_beside_it(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.drafted(board)
    seat = await requesting.own(board, made)
    await service.change(board.buyer.caller, seat, requesting.content(quantity=700))
    await sign_in(client, board.buyer.person)
    path = at(board, f"/{made.public_id}/edit")
    stale = await post_form(client, path, typed(version="1", quantity="900"))
    assert stale.status_code == 409
    page = flat(stale)
    assert (
        '<td data-label="Stored now"><bdi>700</bdi></td><td data-label="You typed"><bdi>900</bdi></td>'
        in page.replace("> <", "><")
    )
    assert 'value="900"' in page
    assert 'name="version" value="2"' in page
    assert await fetchval("SELECT quantity FROM trade_request") == 700
    assert (await post_form(client, path, typed(version="2", quantity="900"))).status_code == 303
    assert await fetchval("SELECT quantity FROM trade_request") == 900


async def test_a_refused_form_does_not_forget_which_version_it_began_from(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.drafted(board)
    await service.change(
        board.buyer.caller, await requesting.own(board, made), requesting.content(quantity=700)
    )
    await sign_in(client, board.buyer.person)
    refused = await post_form(client, at(board, f"/{made.public_id}/edit"), typed(version="1", quantity="-1"))
    assert refused.status_code == 422
    assert 'name="version" value="1"' in flat(refused)


async def test_a_change_of_what_is_asked_for_is_announced_anew_and_a_correction_is_not(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await sign_in(client, board.buyer.person)
    path = at(board, f"/{made.public_id}/edit")
    assert "this would be number 2" in flat(await client.get(path))
    version = str(made.version)
    same = dict(
        spec_value_2="50 x 100 cm", description="Terry towels, double stitched hems. Delivery in two parts."
    )
    corrected = await post_form(client, path, typed(version=version, **{**same, "description": "Terry."}))
    assert corrected.headers["location"].endswith("said=request-corrected")
    version = str(await fetchval("SELECT version FROM trade_request"))
    announced = await post_form(client, path, typed(version=version, description="Terry.", quantity="600"))
    assert announced.headers["location"].endswith("said=request-announced")
    page = flat(await client.get(at(board, f"/{made.public_id}")))
    assert "Announcement 2" in page
    assert "<del><bdi>400</bdi></del> <ins><bdi>600</bdi></ins>" in page
    assert (await queries.by_public_id(made.public_id)).edition == 2


async def test_the_form_says_that_other_goods_are_reviewed_again_and_they_are(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await sign_in(client, board.buyer.person)
    path = at(board, f"/{made.public_id}/edit")
    assert "the request leaves the board and is reviewed again" in flat(await client.get(path))
    answer = await post_form(client, path, typed(version=str(made.version), hs_code="1509.20"))
    assert answer.headers["location"].endswith("said=request-again")
    page = flat(await client.get(answer.headers["location"]))
    assert "off the board until it is reviewed again" in page
    assert "Other goods: sent for review again" in page


async def test_a_request_under_review_is_not_changed_by_its_form(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.drafted(board)
    await sign_in(client, board.buyer.person)
    path = at(board, f"/{made.public_id}/edit")
    token_page = await client.get(path)
    await service.submit(board.buyer.caller, await requesting.own(board, made), seen=True)
    assert (await client.get(path)).status_code == 303
    token = token_page.text.split(f'name="{csrf.FIELD}" value="')[1].split('"')[0]
    answer = await client.post(path, data={csrf.FIELD: token, **typed(version="2", quantity="900")})
    assert answer.status_code == 409
    assert 'value="900"' in answer.text
    assert await fetchval("SELECT quantity FROM trade_request") == 400


async def test_a_form_without_files_that_comes_after_the_session_keeps_what_was_typed(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    page = await client.get(at(board, "/new"))
    token = page.text.split(f'name="{csrf.FIELD}" value="')[1].split('"')[0]
    sign_out(client)
    headers = {"sec-fetch-site": "same-origin"}
    # As browsers send a form for files in which none was chosen.
    parts = [(name, (None, value)) for name, value in typed(certificates="gots", languages="en").items()]
    answer = await client.post(
        at(board, "/new"), files=[(csrf.FIELD, (None, token)), *parts, ("files", ("", b""))], headers=headers
    )
    assert answer.status_code in (401, 403)
    assert "What you typed is still here." in answer.text
    assert "double stitched hems." in answer.text
    assert await count("trade_request") == 0


async def test_who_only_looks_on_does_not_write(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.drafted(board)
    looker = await side(board.buyer.firm, "Lena Voss", "VIEWER")
    await sign_in(client, looker.person)
    assert (await client.get(at(board))).status_code == 200
    page = await client.get(at(board, f"/{made.public_id}"))
    assert page.status_code == 200
    assert "Send for review" not in page.text
    for path in ("/new", f"/{made.public_id}/edit"):
        assert (await client.get(at(board, path))).status_code == 403
    for path in (
        "/new",
        f"/{made.public_id}/edit",
        f"/{made.public_id}/submit",
        f"/{made.public_id}/discard",
    ):
        answer = await post_form(client, at(board, path), typed(), of="/en/account")
        assert answer.status_code == 403, path
    assert await fetchval("SELECT state FROM trade_request") == "DRAFT"


async def test_strangers_get_404(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.drafted(board)
    paths = ("", ".csv", "/new", f"/{made.public_id}", f"/{made.public_id}/edit")
    for stranger in (board.other_buyer, board.ayse, board.post):
        await sign_in(client, stranger.person)
        for path in paths:
            assert (await client.get(at(board, path))).status_code == 404, (stranger, path)
    await sign_in(client, board.other_buyer.person)
    own = f"/en/desk/{board.other_buyer.org}/requests/{made.public_id}"
    assert (await client.get(own)).status_code == 404
    assert (await client.get(f"{own}/edit")).status_code == 404
