"""Requests that are changed on the board: a new edition announced anew, a correction, or other goods and a review."""

import pytest
import requesting
from people import mails
from requesting import Board, content, handled, own, topics

from kervan.db import execute, fetchval
from kervan.errors import Conflict
from kervan.organisations.queries import staff_work
from kervan.requests import queries, service


@pytest.fixture
async def board(db: None) -> Board:
    return await requesting.make_board()


async def test_a_material_edit_is_announced_anew_and_a_correction_is_not(board: Board) -> None:
    made = await requesting.published(board)
    seat = await own(board, made)
    corrected = await service.change(
        board.buyer.caller,
        seat,
        content(summary="A hotel group near Hamburg looks for towels."),
        made.version,
    )
    assert corrected.edition == 1
    edited = await service.change(board.buyer.caller, seat, content(quantity=900), corrected.version)
    assert edited.edition == 2
    assert (await queries.edition(made.id, 1)).quantity == 400
    assert (await queries.edition(made.id, 2)).quantity == 900
    announced = [payload["edition"] for topic, payload in await topics() if topic == "alerts.announce"]
    assert announced == [1, 2]
    line = await fetchval(
        "SELECT l.quantity FROM inquiry_line l JOIN inquiry i ON i.id = l.inquiry WHERE i.request = $1",
        made.id,
    )
    assert line == 900
    with pytest.raises(Conflict):
        await service.change(board.buyer.caller, seat, content(quantity=901), corrected.version)


async def test_other_goods_leave_the_board_until_the_post_has_seen_them(board: Board) -> None:
    made = await requesting.published(board)
    seat = await own(board, made)
    same_heading = await service.change(board.buyer.caller, seat, content(hs_code="6302.91"), made.version)
    assert (same_heading.state, same_heading.edition) == ("PUBLISHED", 2)
    first = await fetchval("SELECT published_at FROM trade_request WHERE id = $1", made.id)
    oil = content(hs_code="1509.20", title="Olive oil for hotels")
    saved = await service.change(board.buyer.caller, seat, oil, same_heading.version)
    assert (saved.state, saved.edition) == ("SUBMITTED", 2)
    shown = await queries.shown(made.id)
    assert (shown.is_open, shown.content.hs_code) == (False, "150920")
    assert shown.review_due_at is not None
    assert (await staff_work(board.post.caller))["requests"] == 1
    [told] = [
        mail["context"]
        for mail in await mails("defne.aksoy@example.com")
        if mail["template"] == "request_step" and mail["context"]["action"] == "review-again"
    ]
    assert told["title"] == "Olive oil for hotels"
    line = "SELECT l.hs_code FROM inquiry_line l JOIN inquiry i ON i.id = l.inquiry WHERE i.request = $1"
    assert await fetchval(line, made.id) == "630291", "exporters see the goods that were reviewed"
    await execute("UPDATE inquiry SET state = 'EXPIRED', closed_at = now()")
    again = await service.publish(board.post.caller, await handled(board.post, saved), seen=True)
    assert (again.state, again.edition) == ("PUBLISHED", 3)
    assert await fetchval(line, made.id) == "150920"
    assert await fetchval("SELECT state FROM inquiry WHERE request = $1", made.id) == "OPEN"
    assert await fetchval("SELECT published_at FROM trade_request WHERE id = $1", made.id) == first
    announced = [payload["edition"] for topic, payload in await topics() if topic == "alerts.announce"]
    assert announced == [1, 2, 3]


async def test_what_a_post_edits_itself_stays_on_the_board(board: Board) -> None:
    made = await requesting.published(board)
    seat = await handled(board.post, made)
    saved = await service.change(board.post.caller, seat, content(hs_code="1509.20"), made.version)
    assert (saved.state, saved.edition) == ("PUBLISHED", 2)


async def test_other_goods_that_are_rejected_end_the_answers(board: Board) -> None:
    made = await requesting.published(board)
    await service.change(board.buyer.caller, await own(board, made), content(hs_code="1509.20"))
    seat = await handled(board.post, made)
    await service.give_back(board.post.caller, seat, "reject", "These goods are not for the board.")
    assert await fetchval("SELECT state FROM inquiry WHERE request = $1", made.id) == "CLOSED"


async def test_a_request_is_announced_five_times_at_most(board: Board) -> None:
    made = await requesting.published(board)
    seat = await own(board, made)
    for quantity in range(401, 405):
        await service.change(board.buyer.caller, seat, content(quantity=quantity))
    with pytest.raises(Conflict):
        await service.change(board.buyer.caller, seat, content(quantity=500))


async def test_an_unchanged_edit_changes_nothing(board: Board) -> None:
    made = await requesting.published(board)
    saved = await service.change(board.buyer.caller, await own(board, made), content(), made.version)
    assert (saved.version, saved.edition) == (made.version, 1)
