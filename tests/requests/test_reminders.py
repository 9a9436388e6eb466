"""Reminders before a term is missed, escalation after: once each, to the right people."""

import pytest
import requesting
from asking import offered, side
from people import mails
from requesting import Board

from kervan.db import execute
from kervan.inquiries import access as inquiries
from kervan.inquiries import quotes
from kervan.orders.deadlines import today
from kervan.requests import access, answering, records, reminders
from kervan.requests.service import Saved


@pytest.fixture
async def board(db: None) -> Board:
    return await requesting.make_board()


async def reminded(to: str, template: str = "request_reminder") -> list[str]:
    return [
        mail["context"].get("kind") or mail["context"]["action"]
        for mail in await mails(to)
        if mail["template"] == template
    ]


async def quoted(board: Board, request: Saved) -> None:
    firm = board.ayse
    recipient = await answering.begin(firm.caller, access.answering(firm.caller, firm.org), request.public_id)
    part = await inquiries.received(firm.caller, firm.org, recipient, act=True)
    await quotes.save(firm.caller, part, offered(board.towel), send=True)


async def test_a_post_is_reminded_before_and_the_ministry_hears_of_it_after(board: Board) -> None:
    made = await requesting.submitted(board)
    assert await reminders.send_due() == 0
    await execute(
        "UPDATE trade_request SET review_due_at = now() + interval '3 hours' WHERE id = $1", made.id
    )
    assert await reminders.send_due() == 1
    assert await reminders.send_due() == 0
    assert await reminded(board.post.caller.email, "request_step") == ["submit", "remind"]
    await execute("UPDATE trade_request SET review_due_at = now() - interval '1 hour' WHERE id = $1", made.id)
    assert await reminders.send_due() == 1
    assert await reminders.send_due() == 0
    assert await reminded(board.ministry.caller.email, "request_step") == ["escalate"]


async def test_a_requester_is_reminded_of_quotes_that_run_out_and_then_an_owner_is(board: Board) -> None:
    owner = await side(board.buyer.firm, "Olga Owner", "OWNER")
    await quoted(board, await requesting.published(board))
    assert await reminders.send_due() == 0
    await execute("UPDATE quote SET valid_until = $1", today())
    assert await reminders.send_due() == 1
    assert await reminders.send_due() == 0
    assert await reminded(board.buyer.caller.email) == ["QUOTES"]
    await execute("UPDATE request_reminder SET at = now() - interval '3 days'")
    assert await reminders.send_due() == 1
    assert await reminded(owner.caller.email) == ["QUOTES", "QUOTES"]
    assert await reminded(board.buyer.caller.email) == ["QUOTES"]


async def test_the_deadline_is_announced_to_the_requester(board: Board) -> None:
    made = await requesting.published(board)
    await execute(
        "UPDATE trade_request SET deadline = $2, published_at = now() - interval '9 days' WHERE id = $1",
        made.id,
        today(),
    )
    assert await reminders.send_due() == 1
    assert await reminders.send_due() == 0
    assert await reminded(board.buyer.caller.email) == ["DEADLINE"]


async def test_an_invited_exporter_is_reminded_after_three_working_days(board: Board) -> None:
    made = await requesting.published(board)
    await execute(
        """INSERT INTO request_invitation (public_id, request, exporter, organisation, edition)
        VALUES ('aaaaaaaaaaaa', $1, $2, $3, 1)""",
        made.id,
        board.ayse.membership.exporter,
        board.buyer.membership.organisation,
    )
    assert await reminders.send_due() == 0
    await execute("UPDATE request_invitation SET created_at = now() - interval '12 days'")
    assert await reminders.send_due() == 1
    assert await reminded(board.ayse.caller.email) == ["INVITATION"]


async def test_a_record_is_shown_from_five_cases_on(board: Board) -> None:
    made = await requesting.several(board, [{"title": f"White towels, lot number {n}"} for n in range(5)])
    for one in made:
        await quoted(board, one)
    await execute("UPDATE quote SET sent_at = now() - interval '4 days'")
    assert await records.count() >= 2
    post = await records.of(board.post.membership.organisation)
    assert post is not None
    assert (post.cases, post.answered) == (5, 5)
    buyer = await records.of(board.buyer.membership.organisation)
    assert buyer is not None
    assert (buyer.cases, buyer.answered, buyer.median_hours) == (5, 0, None)
    assert await records.of(board.ayse.membership.organisation) is None


async def test_an_exporters_record_counts_invitations(board: Board) -> None:
    made = await requesting.several(board, [{"title": f"White towels, lot number {n}"} for n in range(6)])
    for n, one in enumerate(made):
        await execute(
            """INSERT INTO request_invitation (public_id, request, exporter, organisation, edition, created_at)
            VALUES ($4, $1, $2, $3, 1, now() - interval '5 days')""",
            one.id,
            board.ayse.membership.exporter,
            board.buyer.membership.organisation,
            f"aaaaaaaaaaa{n}",
        )
    for one in made[:3]:
        await quoted(board, one)
    await records.count()
    found = await records.of(board.ayse.membership.organisation)
    assert found is not None
    assert (found.cases, found.answered) == (6, 3)
    assert found.median_hours is not None
    assert 119 < found.median_hours < 121
    assert found.rate == found.answered / found.cases
