"""Answers in the end: one acceptance of two, response records on profiles, what mails say."""

import asyncio
from datetime import timedelta

import httpx
import people
import pytest
import requesting
from asking import HOME, Side, offered
from litestar import Litestar
from pictures import pdf
from requesting import Board

from kervan.db import execute, fetch, fetchval
from kervan.inquiries import access as inquiries
from kervan.inquiries import quotes
from kervan.inquiries.access import Part
from kervan.mail.compose import compose
from kervan.orders.deadlines import today
from kervan.requests import access, answering, queries, records, service
from kervan.requests.service import Saved
from kervan.web import csrf

PDF = pdf("Price list")


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    return await requesting.make_board()


def here(firm: Side, request: Saved | None = None) -> str:
    return f"/en/desk/{firm.org}/board" + (f"/{request.public_id}" if request else "")


async def read(client: httpx.AsyncClient, who: Side, path: str, status: int = 200) -> str:
    await people.sign_in(client, who.person)
    answer = await client.get(path)
    assert answer.status_code == status, answer.text[:600]
    return " ".join(answer.text.split())


async def send(client: httpx.AsyncClient, who: Side, request: Saved, way: str = "quote") -> httpx.Response:
    await people.sign_in(client, who.person)
    return await people.post_form(client, f"{here(who, request)}/answer", {"with": way}, of="/en/account")


async def begun(firm: Side, request: Saved) -> Part:
    recipient = await answering.begin(firm.caller, access.answering(firm.caller, firm.org), request.public_id)
    return await inquiries.received(firm.caller, firm.org, recipient, act=True)


async def place_of(firm: Side, board: Board, request: Saved) -> tuple[Part, str, str]:
    """The requester's place in the answer of an exporter, the inquiry's id and the recipient's."""
    shown = await queries.by_public_id(request.public_id)
    recipient = await fetchval(
        "SELECT public_id FROM inquiry_recipient WHERE inquiry = $1 AND exporter = $2",
        shown.inquiry,
        firm.membership.exporter,
    )
    inquiry = shown.inquiry_id or ""
    part = await inquiries.asked(board.buyer.caller, board.buyer.org, inquiry, recipient, act=True)
    return part, inquiry, recipient


async def invite(board: Board, firm: Side, request: Saved) -> None:
    await execute(
        """INSERT INTO request_invitation (public_id, request, exporter, organisation, edition)
        VALUES ('aaaaaaaaaaaa', $1, $2, $3, 1)""",
        request.id,
        firm.membership.exporter,
        board.buyer.membership.organisation,
    )


def form_of(**changes: str) -> dict[str, str]:
    """A quote as the form sends it."""
    return {
        "version": "0",
        "rows": "1",
        "asked_1": "1",
        "sku_1": "",
        "name_1": "White towel, 50 x 100",
        "quantity_1": "400",
        "unit_1": "C62",
        "price_1": "3.70",
        "currency": "EUR",
        "incoterm": "DAP",
        "place": "Hamburg",
        "destination": "DE",
        "valid_until": (today() + timedelta(days=20)).isoformat(),
        **changes,
    }


async def test_of_two_acceptances_at_once_the_second_is_refused(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    for firm in (board.ayse, board.can):
        await quotes.save(
            firm.caller,
            await begun(firm, made),
            offered(board.towel if firm is board.ayse else None),
            send=True,
        )
    await people.sign_in(client, board.buyer.person)
    paths = []
    for firm in (board.ayse, board.can):
        _, inquiry, recipient = await place_of(firm, board, made)
        paths.append(f"/en/desk/{board.buyer.org}/inquiries/{inquiry}/{recipient}/accept")
    token = await people.token_of(client, paths[0])
    to = {f"delivery_{name}": getattr(HOME, name) for name in ("name", "street", "city")}
    fields = {"revision": "1", csrf.FIELD: token, **to}
    answers = await asyncio.gather(*(client.post(path, data=fields) for path in paths))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert await fetchval("SELECT count(*) FROM quote WHERE state = 'ACCEPTED'") == 1
    assert (await queries.by_public_id(made.public_id)).closed_as == "AWARDED"


async def test_response_records_stand_on_the_profile_and_beside_the_request(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    for firm, answered, hours in ((board.ayse, 22, "5.60"), (board.buyer, 7, "50")):
        await execute(
            """INSERT INTO response_record (organisation, cases, answered, median_hours)
            VALUES ($1, 24, $2, $3::text::numeric)""",
            firm.membership.organisation,
            answered,
            hours,
        )
    page = " ".join((await client.get("/en/exporters/ayse-havlu")).text.split())
    assert "Usually answers within 6 hours" in page
    assert "answered 22 of 24 in 12 months" in page
    shown = (await client.get("/api/v1/exporters/ayse-havlu")).json()["data"]["response"]
    assert (shown["cases"], shown["answered"], shown["median_hours"]) == (24, 22, "5.60")
    assert (await client.get("/api/v1/exporters/can-zeytin")).json()["data"]["response"] is None
    page = await read(client, board.ayse, here(board.ayse, made))
    assert "Usually answers within 3 days" in page
    assert "answered 7 of 24 in 12 months" in page


async def test_the_record_of_a_represented_buyer_is_that_of_its_post(board: Board) -> None:
    made = await requesting.published(board, visibility="POST")
    await execute(
        "INSERT INTO response_record (organisation, cases, answered, median_hours) VALUES ($1, 9, 8, 4)",
        board.post.membership.organisation,
    )
    found = await records.of_buyer(made.id)
    assert found is not None
    assert (found.cases, found.answered) == (9, 8)


async def test_mails_about_answers_speak_of_the_request(fresh_app: Litestar, board: Board) -> None:
    made = await requesting.published(board)
    await quotes.save(board.ayse.caller, await begun(board.ayse, made), offered(board.towel), send=True)
    await begun(board.can, made)
    await service.withdraw(board.buyer.caller, await requesting.own(board, made), "Bought elsewhere.")
    for who, template, subject, words in (
        (board.buyer, "quote_sent", f"A quote for your request {made.number}", "Ayşe Havlu"),
        (board.can, "inquiry_closed", f"Request {made.number} is over", "has withdrawn this request"),
    ):
        [mail] = [mail for mail in await people.mails(who.caller.email) if mail["template"] == template]
        written = compose(fresh_app.state.templates, "en", template, mail["context"])
        assert written.subject == subject
        assert words in written.text
        assert "inquiry" not in written.text.casefold()
    said = [row["data"] for row in await fetch("SELECT data FROM notification WHERE kind = 'inquiry_closed'")]
    assert all(made.number in data for data in said)
