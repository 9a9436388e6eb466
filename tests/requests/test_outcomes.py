"""Outcomes are asked of both sides after 90 days, once, by a link that nobody else can make."""

import re

import httpx
import pytest
import requesting
from asking import offered
from people import mails
from requesting import Board

from kervan.db import execute, fetchval
from kervan.errors import Conflict, Invalid, NotFound
from kervan.inquiries import access as inquiries
from kervan.inquiries import quotes
from kervan.requests import access, answering, outcomes
from kervan.requests.outcomes import Told


@pytest.fixture
async def board(db: None) -> Board:
    return await requesting.make_board()


async def answered(board: Board, **changes: object) -> str:
    """A request that Ayşe answered 91 days ago; its public id."""
    made = await requesting.published(board, **changes)
    firm = board.ayse
    recipient = await answering.begin(firm.caller, access.answering(firm.caller, firm.org), made.public_id)
    part = await inquiries.received(firm.caller, firm.org, recipient, act=True)
    await quotes.save(firm.caller, part, offered(board.towel), send=True)
    await execute("UPDATE inquiry_recipient SET answered_at = now() - interval '91 days'")
    return made.public_id


async def token_of(to: str) -> str:
    found = [mail for mail in await mails(to) if mail["template"] == "outcome_asked"]
    return re.sub(r"^/outcome/", "", found[-1]["context"]["go"])


async def test_both_sides_are_asked_once(board: Board) -> None:
    await answered(board)
    assert await outcomes.ask_due() == 2
    assert await outcomes.ask_due() == 0
    for firm in (board.ayse, board.buyer):
        assert [m["template"] for m in await mails(firm.caller.email)].count("outcome_asked") == 1


async def test_before_90_days_nobody_is_asked(board: Board) -> None:
    await answered(board)
    await execute("UPDATE inquiry_recipient SET answered_at = now() - interval '89 days'")
    assert await outcomes.ask_due() == 0


async def test_an_exporter_does_not_learn_who_a_hidden_buyer_is(board: Board) -> None:
    await answered(board)
    await outcomes.ask_due()
    asked = await outcomes.opened(await token_of(board.ayse.caller.email))
    assert (asked.side, asked.other, asked.country) == ("EXPORTER", None, "DE")
    other = await outcomes.opened(await token_of(board.buyer.caller.email))
    assert (other.side, other.other) == ("IMPORTER", "Ayşe Havlu")


async def test_it_is_told_by_link_and_corrected_for_30_days(board: Board) -> None:
    request = await answered(board)
    await outcomes.ask_due()
    token = await token_of(board.ayse.caller.email)
    with pytest.raises(Invalid):
        await outcomes.tell(token, Told(result="MAYBE"))
    await outcomes.tell(token, Told(result="TALKING"))
    await outcomes.tell(token, Told(result="WON", value_band="UP_TO_30K", why="PRICE"))
    asked = await outcomes.opened(token)
    assert (asked.result, asked.value_band, asked.why) == ("WON", "UP_TO_30K", None)
    [figures] = await outcomes.figures()
    assert (figures.asked, figures.told, figures.won) == (2, 1, 1)
    await execute("UPDATE request_outcome SET answered_at = now() - interval '31 days' WHERE result = 'WON'")
    with pytest.raises(Conflict):
        await outcomes.tell(token, Told(result="NOT_WON"))
    assert (
        await fetchval(
            "SELECT count(*) FROM audit_entry WHERE action = 'request.outcome' AND entity_id = $1", request
        )
        == 2
    )


async def test_a_link_that_we_did_not_write_opens_nothing(board: Board) -> None:
    await answered(board)
    await outcomes.ask_due()
    token = await token_of(board.ayse.caller.email)
    other = await token_of(board.buyer.caller.email)
    mixed = f"{token.partition('.')[0]}.{other.partition('.')[2]}"
    for wrong in ("", "x", token[:-1], token + "x", mixed, "…"):
        with pytest.raises(NotFound):
            await outcomes.opened(wrong)


async def test_one_reminder_after_two_weeks_and_none_when_it_was_told(board: Board) -> None:
    await answered(board)
    await outcomes.ask_due()
    await execute("UPDATE request_outcome SET asked_at = now() - interval '15 days'")
    await outcomes.tell(await token_of(board.ayse.caller.email), Told(result="NO_WORD"))
    assert await outcomes.remind_due() == 1
    assert await outcomes.remind_due() == 0


async def test_the_page_works_without_signing_in_and_keeps_what_was_typed(
    board: Board, client: httpx.AsyncClient
) -> None:
    await answered(board)
    await outcomes.ask_due()
    token = await token_of(board.ayse.caller.email)
    away = await client.get(f"/outcome/{token}", headers={"Accept-Language": "tr"})
    assert away.headers["location"] == f"/tr/outcome/{token}"
    shown = await client.get(f"/en/outcome/{token}")
    assert shown.status_code == 200
    assert "White cotton towels for hotels" in shown.text
    assert "Nordlicht" not in shown.text
    wrong = await client.post(f"/en/outcome/{token}", data={"result": "", "note": "Kept <b>text</b>"})
    assert wrong.status_code == 422
    assert "Kept &lt;b&gt;text&lt;/b&gt;" in wrong.text
    done = await client.post(f"/en/outcome/{token}", data={"result": "NOT_WON", "why": "PRICE"})
    assert (done.status_code, await fetchval("SELECT why FROM request_outcome WHERE side = 'EXPORTER'")) == (
        200,
        "PRICE",
    )
    assert (await client.get("/en/outcome/wrong.token")).status_code == 404
