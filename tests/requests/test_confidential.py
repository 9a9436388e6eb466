"""Quotes are between an exporter, the requester and the post that looks after the request: nobody else reads one by id,
nor learns that it is there."""

from decimal import Decimal
from typing import NamedTuple

import httpx
import people
import pytest
import requesting
from asking import Side, offered
from keying import a_key
from litestar import Litestar
from pictures import pdf
from requesting import Board

from kervan.conversations import service as conversations
from kervan.conversations.files import kept
from kervan.conversations.parties import INQUIRY
from kervan.db import fetch, fetchval, transaction
from kervan.files.uploads import Upload
from kervan.inquiries import access as inquiries
from kervan.inquiries import quotes
from kervan.organisations import roles
from kervan.requests import access, answering, queries
from kervan.requests.service import Saved
from kervan.web import csrf

PDF = pdf("Price list")
SECRETS = ("3.77", "1,508", "Only for your eyes", "Can Zeytin", "Can Demir", "can-zeytin")


class Told(NamedTuple):
    """A request that Can has answered with a quote, a file and a message."""

    board: Board
    made: Saved
    inquiry: str
    recipient: str
    quote: str
    number: str
    file: str


@pytest.fixture
async def told(fresh_app: Litestar) -> Told:
    board = await requesting.make_board()
    made = await requesting.published(board)
    can = board.can
    recipient = await answering.begin(can.caller, access.answering(can.caller, can.org), made.public_id)
    part = await inquiries.received(can.caller, can.org, recipient, act=True)
    line = {"unit_price": Decimal("3.77"), "quantity": 400}
    async with kept([Upload("prices.pdf", PDF)]) as files:
        saved = await quotes.save(
            can.caller,
            part,
            offered(line=line, note="Only for your eyes", charges={}),
            send=True,
            files=files,
        )
    async with transaction() as tx:
        await conversations.write(
            tx.connection,
            INQUIRY,
            part.recipient or 0,
            part.side,
            can.caller,
            can.membership,
            "Only for your eyes",
        )
    shown = await queries.by_public_id(made.public_id)
    file = await fetchval("SELECT public_id FROM attachment")
    return Told(board, made, shown.inquiry_id or "", recipient, saved.public_id, saved.number, file)


def pages(told: Told, org: str) -> list[str]:
    """Every page on which a quote, its talk or its file could be read, as `org` would ask for it."""
    own = f"/en/desk/{org}/inquiries"
    return [
        f"{own}/{told.recipient}",
        f"{own}/{told.recipient}/quote",
        f"{own}/{told.inquiry}",
        f"{own}/{told.inquiry}/{told.recipient}",
        f"{own}/{told.inquiry}/{told.recipient}/accept",
        f"{own}/{told.quote}",
        f"/en/desk/{org}/attachments/{told.file}",
    ]


async def test_no_page_of_an_own_or_another_desk_shows_it_by_id(
    client: httpx.AsyncClient, told: Told
) -> None:
    board = told.board
    for who in (board.ayse, board.other_buyer, board.other_post):
        await people.sign_in(client, who.person)
        for org in (who.org, board.can.org, board.buyer.org, board.post.org):
            for path in pages(told, org):
                answer = await client.get(path)
                assert answer.status_code in (403, 404), (who.org, path)
                assert not [secret for secret in SECRETS if secret in answer.text], (who.org, path)


async def test_no_post_of_a_form_reaches_it(client: httpx.AsyncClient, told: Told) -> None:
    board = told.board
    await people.sign_in(client, board.ayse.person)
    token = await people.token_of(client, "/en/account")
    before = [dict(row) for row in await fetch("SELECT * FROM quote")]
    for org in (board.ayse.org, board.can.org, board.buyer.org):
        own = f"/en/desk/{org}/inquiries"
        for path in (
            f"{own}/{told.recipient}/quote",
            f"{own}/{told.recipient}/quote/withdraw",
            f"{own}/{told.recipient}/quote/discard",
            f"{own}/{told.recipient}/decline",
            f"{own}/{told.recipient}/messages",
            f"{own}/{told.inquiry}/{told.recipient}/decline",
            f"{own}/{told.inquiry}/{told.recipient}/irrelevant",
            f"{own}/{told.inquiry}/{told.recipient}/relevant",
            f"{own}/{told.inquiry}/{told.recipient}/shortlist",
            f"{own}/{told.inquiry}/{told.recipient}/accept",
            f"{own}/{told.inquiry}/{told.recipient}/messages",
        ):
            answer = await client.post(
                path, data={csrf.FIELD: token, "text": "Hello", "reason": "Because of that"}
            )
            assert answer.status_code in (403, 404), path
            assert not [secret for secret in SECRETS if secret in answer.text], path
    assert [dict(row) for row in await fetch("SELECT * FROM quote")] == before


async def test_no_program_of_another_firm_reads_or_writes_it(client: httpx.AsyncClient, told: Told) -> None:
    board = told.board
    for who, scopes in (
        (board.ayse, (roles.VIEW, roles.ORDERS)),
        (board.other_buyer, (roles.VIEW, roles.BUY)),
    ):
        key = {**await a_key(who.firm, who.person, *scopes), "Idempotency-Key": f"k-{who.org}"}
        for id in (told.recipient, told.inquiry, told.quote):
            answer = await client.get(f"/api/v1/inquiries/{id}", headers=key)
            assert answer.status_code == 404, id
        for path in (
            f"{told.recipient}/decline",
            f"{told.recipient}/quote/withdraw",
            f"{told.inquiry}/{told.recipient}/accept",
            f"{told.inquiry}/{told.recipient}/decline",
            f"{told.inquiry}/{told.recipient}/irrelevant",
            f"{told.inquiry}/{told.recipient}/messages",
            f"{told.recipient}/{told.recipient}/messages",
        ):
            body = {"reason": "Because of that", "text": "Hello", "revision": 1}
            fields = {"messages": ("text",), "accept": ("revision",)}.get(
                path.rsplit("/", 1)[-1], ("reason",)
            )
            wanted = {name: body[name] for name in fields}
            answer = await client.post(f"/api/v1/inquiries/{path}", json=wanted, headers=key)
            assert answer.status_code in (403, 404), path
            assert not [secret for secret in SECRETS if secret in answer.text], path
        listed = (await client.get("/api/v1/inquiries", headers=key)).json()
        assert listed["total"] == 0


async def test_others_learn_how_many_quotes_there_are_and_nothing_more(
    client: httpx.AsyncClient, told: Told
) -> None:
    board = told.board
    here = f"/en/desk/{board.ayse.org}/board"
    await people.sign_in(client, board.ayse.person)
    own = await answering.begin(
        board.ayse.caller, access.answering(board.ayse.caller, board.ayse.org), told.made.public_id
    )
    for path in (
        here,
        f"{here}?tab=answers",
        f"{here}/{told.made.public_id}",
        f"/en/requests/{told.made.public_id}",
        f"/en/desk/{board.ayse.org}/inquiries",
        f"/en/desk/{board.ayse.org}/inquiries.csv",
        f"/en/desk/{board.ayse.org}/inquiries/{own}",
        f"/en/desk/{board.ayse.org}/inquiries/{own}/quote",
    ):
        answer = await client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        for secret in (*SECRETS, told.recipient, told.quote, told.number, told.inquiry, told.file):
            assert secret not in answer.text, (path, secret)
    # Who has begun an answer is not told that others only began one, or asked.
    answer = await client.get(f"{here}/{told.made.public_id}")
    assert "2 exporters" not in answer.text
    people.sign_out(client)
    key = await a_key(board.ayse.firm, board.ayse.person, roles.VIEW)
    shown = await client.get(f"/api/v1/inquiries/{own}", headers=key)
    assert shown.status_code == 200
    # Neither its state nor its version moves with what others do.
    assert (shown.json()["data"]["state"], shown.json()["data"]["version"]) == ("OPEN", 1)
    for secret in (*SECRETS, told.recipient, told.quote, told.number, told.inquiry):
        assert secret not in shown.text, secret


async def test_the_requester_and_the_post_that_looks_after_it_read_it(
    client: httpx.AsyncClient, told: Told
) -> None:
    board = told.board
    for who in (board.buyer, board.post):
        own = f"/en/desk/{who.org}/inquiries/{told.inquiry}"
        await people.sign_in(client, who.person)
        for path in (own, f"{own}/{told.recipient}"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert "Can Zeytin" in answer.text
            assert "1,508" in answer.text
        assert (await client.get(f"/en/desk/{who.org}/attachments/{told.file}")).status_code == 200


async def test_a_post_that_does_not_speak_for_the_buyer_only_reads(
    client: httpx.AsyncClient, told: Told
) -> None:
    board = told.board
    own = f"/en/desk/{board.post.org}/inquiries/{told.inquiry}/{told.recipient}"
    await people.sign_in(client, board.post.person)
    token = await people.token_of(client, "/en/account")
    for name in ("shortlist", "decline", "irrelevant", "relevant", "accept", "messages"):
        answer = await client.post(f"{own}/{name}", data={csrf.FIELD: token, "reason": "Because of that"})
        assert answer.status_code == 403, name
    assert await fetchval("SELECT state FROM quote") == "SENT"


async def test_a_colleague_who_only_looks_reads_the_own_quote(client: httpx.AsyncClient, told: Told) -> None:
    viewer: Side = told.board.can
    await people.sign_in(client, viewer.person)
    answer = await client.get(f"/en/desk/{viewer.org}/inquiries/{told.recipient}")
    assert answer.status_code == 200
    assert "prices.pdf" in answer.text
