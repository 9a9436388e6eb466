"""A post at the answers to its requests: it decides for buyers that it speaks for, and looks on at the others."""

import httpx
import pytest
import requesting
from asking import offered
from litestar import Litestar
from people import post_form, sign_in
from pictures import pdf
from requesting import Board

from kervan.db import fetch, fetchval
from kervan.inquiries import access as inquiries
from kervan.inquiries import quotes
from kervan.requests import access, answering, queries
from kervan.requests.service import Saved


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    return await requesting.make_board()


async def quoted(board: Board, request: Saved) -> str:
    """Ayşe's quote; the path of the talk behind the post's desk."""
    firm = board.ayse
    recipient = await answering.begin(firm.caller, access.answering(firm.caller, firm.org), request.public_id)
    part = await inquiries.received(firm.caller, firm.org, recipient, act=True)
    await quotes.save(firm.caller, part, offered(board.towel, destination="DE"), send=True)
    shown = await queries.by_public_id(request.public_id)
    return f"/en/desk/{board.post.org}/inquiries/{shown.inquiry_id}/{recipient}"


async def test_a_post_compares_talks_and_takes_a_quote_as_a_deal(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.posted(board)
    talk = await quoted(board, made)
    await sign_in(client, board.post.person)
    review = (await client.get(f"/en/staff/requests/{made.public_id}")).text
    compared = talk.rpartition("/")[0]
    assert f'href="{compared}"' in review
    page = (await client.get(compared)).text
    assert "Ayşe Havlu" in page
    assert 'href="/en/staff/requests"' in page
    assert (await client.get(talk)).status_code == 200
    assert (
        await post_form(client, f"{talk}/messages", {"text": "Is it bleached?"}, of=talk)
    ).status_code == 303
    assert (await post_form(client, f"{talk}/shortlist", {"on": "1"}, of=talk)).status_code == 303
    accept = (await client.get(f"{talk}/accept")).text
    assert "delivery_name" not in accept
    answer = await post_form(client, f"{talk}/accept", {"revision": "1"})
    assert answer.status_code == 303, answer.text
    assert "/deals/" in answer.headers["location"]
    deal = await client.get(answer.headers["location"])
    assert deal.status_code == 200
    assert await fetchval("SELECT count(*) FROM trade_order") == 0
    row = (await fetch("SELECT state, closed_as FROM trade_request"))[0]
    assert (row["state"], row["closed_as"]) == ("CLOSED", "AWARDED")


async def test_a_post_declines_with_a_reason(client: httpx.AsyncClient, board: Board) -> None:
    talk = await quoted(board, await requesting.posted(board))
    await sign_in(client, board.post.person)
    answer = await post_form(client, f"{talk}/decline", {"reason": "Too heavy for the buyer."}, of=talk)
    assert answer.status_code == 303
    row = (await fetch("SELECT state, decline_reason FROM quote"))[0]
    assert (row["state"], row["decline_reason"]) == ("DECLINED", "Too heavy for the buyer.")


async def test_where_the_buyer_has_people_the_post_only_looks(
    client: httpx.AsyncClient, board: Board
) -> None:
    talk = await quoted(board, await requesting.published(board))
    await sign_in(client, board.post.person)
    page = await client.get(talk)
    assert page.status_code == 200
    for word in ("/accept", "/decline", "/shortlist", "/messages"):
        assert f"{talk}{word}" not in page.text, word
    assert (await client.get(f"{talk}/accept")).status_code == 403
    answer = await post_form(client, f"{talk}/decline", {"reason": "Not ours."}, of="/en/privacy")
    assert answer.status_code == 403
    assert await fetchval("SELECT state FROM quote") == "SENT"


async def test_a_file_of_the_talk_opens_for_the_post_and_not_for_another(
    client: httpx.AsyncClient, board: Board
) -> None:
    talk = await quoted(board, await requesting.posted(board))
    await sign_in(client, board.post.person)
    sent = await post_form(
        client, f"{talk}/messages", {"text": "The drawing."}, of=talk,
        files={"files": ("drawing.pdf", pdf("A drawing"), "application/pdf")},
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    file = await fetchval("SELECT public_id FROM attachment")
    assert (await client.get(f"/en/desk/{board.post.org}/attachments/{file}")).status_code == 200
    await sign_in(client, board.other_post.person)
    assert (await client.get(f"/en/desk/{board.other_post.org}/attachments/{file}")).status_code == 404
    assert (await client.get(talk.replace(board.post.org, board.other_post.org))).status_code == 404
