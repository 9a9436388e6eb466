"""Answers to requests: within limits, while the request is open, marked when they do not fit."""

from datetime import timedelta

import anyio
import msgspec
import pytest
import requesting
from asking import HOME, offered, side
from people import mails, make_importer
from requesting import Board, handled, own

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Invalid, NotFound
from kervan.inquiries import accepting, quotes
from kervan.inquiries import access as inquiries
from kervan.inquiries import queries as inquiry_queries
from kervan.inquiries.access import Part
from kervan.orders.deadlines import today
from kervan.policies import sentences
from kervan.requests import access, answering, queries, service
from kervan.requests.service import Maker, Saved
from kervan.requests.states import Side
from kervan.trade.verdict import Refusal


@pytest.fixture
async def board(db: None) -> Board:
    return await requesting.make_board()


async def answer(board: Board, request: Saved, firm: requesting.Firm | None = None) -> Part:
    """An exporter's place in its answer to a request."""
    firm = firm or board.ayse
    recipient = await answering.begin(firm.caller, access.answering(firm.caller, firm.org), request.public_id)
    return await inquiries.received(firm.caller, firm.org, recipient, act=True)


async def buying(board: Board, request: Saved, firm: requesting.Firm | None = None) -> Part:
    """The requester's place in the answer of an exporter, Ayşe's unless another is named."""
    shown = await queries.by_public_id(request.public_id)
    exporter = (firm or board.ayse).membership.exporter
    recipient = await fetchval(
        "SELECT public_id FROM inquiry_recipient WHERE inquiry = $1 AND exporter = $2",
        shown.inquiry,
        exporter,
    )
    assert shown.inquiry_id is not None
    return await inquiries.asked(board.buyer.caller, board.buyer.org, shown.inquiry_id, recipient, act=True)


async def test_an_exporter_answers_with_a_quote_that_the_requester_accepts_and_the_request_is_awarded(
    board: Board,
) -> None:
    made = await requesting.published(board)
    part = await answer(board, made)
    await quotes.save(board.ayse.caller, part, offered(board.towel, destination="DE"), send=True)
    other = await answer(board, made, board.can)
    await quotes.save(board.can.caller, other, offered(), send=True)
    done = await accepting.accept(board.buyer.caller, await buying(board, made), 1, HOME)
    assert done.order is not None
    shown = await queries.by_public_id(made.public_id)
    assert (shown.state, shown.closed_as) == ("CLOSED", "AWARDED")
    assert await fetchval("SELECT state FROM quote WHERE recipient = $1", other.recipient) == "DECLINED"
    with pytest.raises(Conflict):
        await accepting.accept(board.buyer.caller, await buying(board, made, board.can), 1, HOME)


async def test_beginning_twice_is_the_same_answer(board: Board) -> None:
    made = await requesting.published(board)
    assert (await answer(board, made)).recipient == (await answer(board, made)).recipient


async def test_after_closing_nothing_is_answered_or_quoted(board: Board) -> None:
    made = await requesting.published(board)
    part = await answer(board, made)
    await execute(
        "UPDATE trade_request SET deadline = $2 WHERE id = $1", made.id, today() - timedelta(days=1)
    )
    with pytest.raises(Conflict):
        await quotes.save(board.ayse.caller, part, offered(board.towel), send=True)
    with pytest.raises(Conflict):
        await answer(board, made, board.can)


async def test_after_the_deadline_the_requester_still_accepts(board: Board) -> None:
    made = await requesting.published(board)
    part = await answer(board, made)
    await quotes.save(board.ayse.caller, part, offered(board.towel), send=True)
    await execute(
        "UPDATE trade_request SET deadline = $2 WHERE id = $1", made.id, today() - timedelta(days=1)
    )
    await accepting.accept(board.buyer.caller, await buying(board, made), 1, HOME)
    assert (await queries.by_public_id(made.public_id)).closed_as == "AWARDED"


async def test_a_quote_is_valid_for_30_days_after_the_deadline_at_most(board: Board) -> None:
    made = await requesting.published(board, deadline=today() + timedelta(days=10))
    part = await answer(board, made)
    with pytest.raises(Invalid) as refused:
        await quotes.save(
            board.ayse.caller, part, offered(board.towel, valid_until=today() + timedelta(days=41)), send=True
        )
    assert set(refused.value.fields) == {"valid_until"}
    await quotes.save(
        board.ayse.caller, part, offered(board.towel, valid_until=today() + timedelta(days=40)), send=True
    )


async def test_a_request_that_is_not_public_cannot_be_answered(board: Board) -> None:
    for made in (
        await requesting.drafted(board),
        await requesting.submitted(board, title="Bath robes, white"),
    ):
        with pytest.raises(NotFound):
            await answer(board, made)


async def test_ten_answers_a_day_and_no_more_unless_invited(board: Board) -> None:
    made = await requesting.several(board, [{"title": f"White towels, lot number {n}"} for n in range(12)])
    for one in made[:10]:
        await answer(board, one)
    assert (await answering.room(board.ayse.membership.exporter or 0)).left_today == 0
    with pytest.raises(Conflict):
        await answer(board, made[10])
    await execute(
        """INSERT INTO request_invitation (public_id, request, exporter, organisation, edition)
        VALUES ('aaaaaaaaaaaa', $1, $2, $3, 1)""",
        made[11].id,
        board.ayse.membership.exporter,
        board.buyer.membership.organisation,
    )
    await answer(board, made[11])
    # A new day begins.
    await execute("UPDATE inquiry_recipient SET created_at = now() - interval '2 days'")
    await answer(board, made[10])


async def test_an_answer_that_does_not_fit_is_marked_with_a_reason_that_the_exporter_reads(
    board: Board,
) -> None:
    made = await requesting.published(board)
    part = await answer(board, made, board.can)
    await quotes.save(board.can.caller, part, offered(), send=True)
    place = await buying(board, made, board.can)
    with pytest.raises(Invalid):
        await answering.mark_irrelevant(board.buyer.caller, place, " ")
    await answering.mark_irrelevant(board.buyer.caller, place, "We asked for towels, not for oil.")
    assert await fetchval("SELECT decline_reason FROM quote WHERE recipient = $1", part.recipient) == (
        "We asked for towels, not for oil."
    )
    assert [m["template"] for m in await mails(board.can.caller.email)][-1] == "answer_irrelevant"
    with pytest.raises(Conflict):
        await answering.mark_irrelevant(board.buyer.caller, place, "And once more.")
    with pytest.raises(Conflict):
        await quotes.save(board.can.caller, part, offered(), send=True)


async def test_marks_of_three_buyers_pause_an_exporter_for_a_week(board: Board) -> None:
    for name, country in (("Anton Auer", "AT"), ("Flore Faye", "FR"), ("Nina Nolde", "NL")):
        firm = await side(await make_importer(f"{name} BV", country), name, "BUYER")
        maker = Maker(side=Side.IMPORTER, importer=firm.membership.importer or 0)
        made = await service.create(firm.caller, maker, requesting.content(country=country))
        seat = await access.own(firm.caller, firm.org, made.public_id, act=True)
        await service.submit(firm.caller, seat, seen=True)
        await service.publish(board.ministry.caller, await handled(board.ministry, made), seen=True)
        part = await answer(board, made, board.can)
        shown = await queries.by_public_id(made.public_id)
        recipient = await fetchval("SELECT public_id FROM inquiry_recipient WHERE id = $1", part.recipient)
        place = await inquiries.asked(firm.caller, firm.org, shown.inquiry_id or "", recipient, act=True)
        await answering.mark_irrelevant(firm.caller, place, "This is not what we asked for.")
    last = await requesting.published(board)
    with pytest.raises(Conflict, match="not fitting"):
        await answer(board, last, board.can)
    await execute("UPDATE inquiry_recipient SET irrelevant_at = irrelevant_at - interval '8 days'")
    await answer(board, last, board.can)


async def test_a_post_that_speaks_for_the_buyer_sees_and_takes_quotes_as_a_deal(board: Board) -> None:
    made = await requesting.posted(board)
    part = await answer(board, made)
    await quotes.save(board.ayse.caller, part, offered(board.towel), send=True)
    shown = await queries.by_public_id(made.public_id)
    recipient = await fetchval("SELECT public_id FROM inquiry_recipient WHERE id = $1", part.recipient)
    place = await inquiries.asked(
        board.post.caller, board.post.org, shown.inquiry_id or "", recipient, act=True
    )
    assert [found.quote is not None for found in await inquiry_queries.recipients(place.inquiry)] == [True]
    done = await accepting.accept(board.post.caller, place, 1)
    assert done.deal is not None
    assert (await queries.by_public_id(made.public_id)).closed_as == "AWARDED"
    [deal] = await fetch("SELECT refused FROM deal")
    [why] = msgspec.json.decode(deal["refused"], type=list[Refusal])
    assert "A post decides for the buyer" in sentences.refusal(why, "en")
    [told] = [mail for mail in await mails("ayse.yilmaz@example.com") if mail["template"] == "quote_accepted"]
    assert told["context"]["by_post"] is True


async def test_no_quote_is_taken_while_other_goods_wait_for_their_review(board: Board) -> None:
    made = await requesting.published(board)
    await quotes.save(
        board.ayse.caller, await answer(board, made), offered(board.towel, destination="DE"), send=True
    )
    other = requesting.content(hs_code="1509.20")
    await service.change(board.buyer.caller, await own(board, made), other)
    with pytest.raises(Conflict, match="off the board while it is reviewed"):
        await accepting.accept(board.buyer.caller, await buying(board, made), 1, HOME)


async def test_nobody_else_sees_the_answers(board: Board) -> None:
    made = await requesting.published(board)
    part = await answer(board, made)
    shown = await queries.by_public_id(made.public_id)
    recipient = await fetchval("SELECT public_id FROM inquiry_recipient WHERE id = $1", part.recipient)
    for firm in (board.other_buyer, board.other_post):
        with pytest.raises(NotFound):
            await inquiries.asked(firm.caller, firm.org, shown.inquiry_id or "")
    for firm in (board.can, board.other_buyer):
        with pytest.raises(NotFound):
            await inquiries.received(firm.caller, firm.org, recipient)
    with pytest.raises(NotFound):
        await inquiries.received(board.can.caller, board.ayse.org, recipient)


async def test_the_limit_holds_for_two_tabs_at_once(board: Board) -> None:
    made = await requesting.several(board, [{"title": f"White towels, lot number {n}"} for n in range(12)])
    for one in made[:9]:
        await answer(board, one)
    done: list[bool] = []

    async def one_more(request: Saved) -> None:
        try:
            await answer(board, request)
            done.append(True)
        except Conflict:
            done.append(False)

    async with anyio.create_task_group() as tasks:
        for request in made[9:]:
            tasks.start_soon(one_more, request)
    assert sorted(done) == [False, False, True]


async def test_own_request_is_seen_by_its_post(board: Board) -> None:
    made = await requesting.published(board)
    assert (await own(board, made)).may_act
    assert (await handled(board.post, made)).side == Side.POST
