"""The request board attacked by time: steps out of turn, races, deadlines, people and firms that may no longer."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from asking import HOME, caller_of, offered
from people import count, make_member, make_person, post_form, sign_in
from requesting import (
    Board,
    by_buyer,
    by_post,
    content,
    drafted,
    handled,
    make_board,
    own,
    posted,
    published,
    submitted,
)

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, KervanError, NotFound
from kervan.inquiries import accepting, quotes
from kervan.inquiries import access as inquiries
from kervan.inquiries.access import Part
from kervan.orders.deadlines import today
from kervan.requests import access, answering, on_behalf, service
from kervan.requests.service import Saved

pytestmark = pytest.mark.usefixtures("db")


async def _together(*work: Awaitable[object]) -> list[object]:
    """What each gave, or the refusal that it met; anything else is a failure."""
    found = await asyncio.gather(*work, return_exceptions=True)
    failures = [one for one in found if isinstance(one, BaseException) and not isinstance(one, KervanError)]
    assert failures == []
    return list(found)


async def _answer(board: Board, request: Saved, firm: Any) -> str:
    return await answering.begin(firm.caller, access.answering(firm.caller, firm.org), request.public_id)


async def _part(board: Board, request: Saved, recipient: str) -> Part:
    inquiry = await fetchval("SELECT public_id FROM inquiry WHERE request = $1", request.id)
    return await inquiries.asked(board.buyer.caller, board.buyer.org, inquiry, recipient, act=True)


async def _quoted(board: Board, request: Saved, firm: Any) -> tuple[Part, int]:
    """The buyer's place beside a quote of the exporter, and its revision."""
    recipient = await _answer(board, request, firm)
    place = await inquiries.received(firm.caller, firm.org, recipient, act=True)
    saved = await quotes.save(firm.caller, place, offered(line={"quantity": 400}), send=True)
    return await _part(board, request, recipient), saved.revision


async def test_of_two_acceptances_at_once_one_holds() -> None:
    board = await make_board()
    request = await published(board)
    first, second = await _quoted(board, request, board.ayse), await _quoted(board, request, board.can)
    found = await _together(
        *(accepting.accept(board.buyer.caller, *one, HOME) for one in (first, second, first, second))
    )
    assert sum(not isinstance(one, KervanError) for one in found) == 1
    assert await fetchval("SELECT count(*) FROM quote WHERE state = 'ACCEPTED'") == 1
    assert await count("trade_order") + await count("deal") == 1
    assert await fetchval("SELECT closed_as FROM trade_request") == "AWARDED"


async def test_withdrawing_editing_and_marking_while_a_quote_is_accepted_do_not_stop_each_other() -> None:
    board = await make_board()
    for number in range(6):
        request = await published(board, title=f"White cotton towels, lot number {number}")
        part, revision = await _quoted(board, request, board.ayse)
        seat = await own(board, request)
        changed = content(title=f"White cotton towels, lot number {number}", quantity=500)
        found = await _together(
            service.withdraw(board.buyer.caller, seat, "No need for it now"),
            accepting.accept(board.buyer.caller, part, revision, HOME),
            service.change(board.buyer.caller, seat, changed),
            answering.mark_irrelevant(board.buyer.caller, part, "These are other goods"),
            answering.begin(
                board.ayse.caller, access.answering(board.ayse.caller, board.ayse.org), request.public_id
            ),
        )
        row = (await fetch("SELECT state, closed_as FROM trade_request WHERE id = $1", request.id))[0]
        taken = await fetchval(
            """SELECT count(*) FROM quote q JOIN inquiry i ON i.id = q.inquiry
            WHERE i.request = $1 AND q.state = 'ACCEPTED'""",
            request.id,
        )
        assert (row["closed_as"] == "AWARDED") == (taken == 1), found
        assert row["state"] == "CLOSED"
        await execute("DELETE FROM request_invitation")


async def test_publishing_twice_at_once_announces_once() -> None:
    board = await make_board()
    request = await submitted(board)
    seat = await handled(board.post, request)
    await _together(*(service.publish(board.post.caller, seat, seen=True) for _ in range(5)))
    assert await count("announcement") == await count("inquiry") == await count("request_edition") == 1


async def test_what_is_edited_discarded_or_taken_back_meanwhile_is_published_whole_or_not() -> None:
    board = await make_board()
    for number in range(5):
        made = await submitted(board, title=f"White cotton towels, lot number {number}")
        buyers, posts = await own(board, made), await handled(board.post, made)
        changed = content(title="Something else altogether", summary="")
        await _together(
            service.publish(board.post.caller, posts, seen=True),
            service.take_back(board.buyer.caller, buyers),
            service.change(board.buyer.caller, buyers, changed),
            service.submit(board.buyer.caller, buyers, seen=True),
            service.discard(board.buyer.caller, buyers),
        )
        row = (await fetch("SELECT state, summary FROM trade_request WHERE id = $1", made.id))[0]
        assert row["state"] != "PUBLISHED" or row["summary"], "half a request is not announced"
    for number in range(5):
        made = await drafted(board, title=f"Bath robes for a spa, lot number {number}")
        seat = await own(board, made)
        gone, sent = await _together(
            service.discard(board.buyer.caller, seat), service.submit(board.buyer.caller, seat, seen=True)
        )
        assert isinstance(gone, KervanError) != isinstance(sent, KervanError)


async def test_what_a_buyer_took_back_or_got_back_is_published_by_nobody() -> None:
    board = await make_board()
    made = await submitted(board)
    await service.take_back(board.buyer.caller, await own(board, made))
    await service.change(board.buyer.caller, await own(board, made), content(title="Only half written now"))
    for staff in (board.post, board.ministry):
        with pytest.raises(Conflict, match="has not sent"):
            await service.publish(staff.caller, await handled(staff, made), seen=True)
    returned = await submitted(board, title="Table linen, damask, for a hotel")
    seat = await handled(board.post, returned)
    await service.give_back(board.post.caller, seat, "return", "Say which size you need")
    with pytest.raises(Conflict, match="has not sent"):
        await service.publish(board.post.caller, seat, seen=True)
    assert await count("announcement") == 0


async def test_no_post_publishes_for_another_country() -> None:
    board = await make_board()
    with pytest.raises(NotFound):
        await handled(board.other_post, await submitted(board))
    # On behalf of a buyer of another country: written, and sent for review, but not published.
    maker = by_post(board)
    assert maker.post is not None
    other = board.other_buyer.membership.importer
    assert other is not None
    made = await service.create(
        board.post.caller,
        service.Maker(side=maker.side, importer=other, post=maker.post),
        content(country="CH"),
    )
    with pytest.raises(Forbidden):
        await service.publish(board.post.caller, await handled(board.post, made), seen=True)
    # Nor by moving the buyer: the buyer's country is looked at when it is published.
    mine = await submitted(board, title="Bath robes for a spa, white")
    seat = await handled(board.post, mine)
    await execute("UPDATE importer SET country = 'CH' WHERE id = $1", board.importer)
    with pytest.raises(Forbidden):
        await service.publish(board.post.caller, seat, seen=True)
    assert await count("announcement") == 0


async def test_an_attache_whose_term_is_over_reaches_nothing(client: httpx.AsyncClient) -> None:
    board = await make_board()
    request = await submitted(board)
    person = await make_person("Cem Eski")
    await make_member(board.post.firm, person, "ATTACHE", today() - timedelta(days=1))
    former = await caller_of(person)
    with pytest.raises(NotFound):
        await access.handled(former, request.public_id)
    with pytest.raises(NotFound):
        on_behalf.posts(former)
    await sign_in(client, person)
    for path in ("", ".csv", f"/{request.public_id}", "/new", "/import", "/country"):
        assert (await client.get(f"/en/staff/requests{path}")).status_code in (403, 404), path


async def test_nobody_answers_after_the_end(client: httpx.AsyncClient) -> None:
    board = await make_board()
    request = await published(board)
    late, waiting = await _answer(board, request, board.ayse), board.can
    await execute(
        "UPDATE trade_request SET deadline = $1 WHERE id = $2", today() - timedelta(days=1), request.id
    )
    with pytest.raises(Conflict, match="closed"):
        await _answer(board, request, waiting)
    place = await inquiries.received(board.ayse.caller, board.ayse.org, late, act=True)
    with pytest.raises(Conflict):
        await quotes.save(board.ayse.caller, place, offered(line={"quantity": 400}), send=True)
    assert await count("quote") == 0
    await sign_in(client, waiting.person)
    page = f"/en/desk/{waiting.org}/board/{request.public_id}"
    answer = await post_form(client, f"{page}/answer", of="/en/account")
    assert (answer.status_code, "takes no answers any more" in answer.text) == (409, True)


async def test_a_suspended_exporter_answers_nothing() -> None:
    board = await make_board()
    request, other = await published(board), await published(board, title="Bath robes for a spa, white")
    before = board.ayse.membership
    recipient = await _answer(board, request, board.ayse)
    await execute("UPDATE exporter SET verification = 'SUSPENDED' WHERE id = $1", board.ayse.firm.entity)
    now = await caller_of(board.ayse.person)
    with pytest.raises((Forbidden, NotFound)):
        access.answering(now, board.ayse.org)
    with pytest.raises(Conflict):
        await answering.begin(board.ayse.caller, before, other.public_id)
    with pytest.raises(KervanError):
        place = await inquiries.received(now, board.ayse.org, recipient, act=True)
        await quotes.save(now, place, offered(line={"quantity": 400}), send=True)
    assert await count("quote") == 0


async def test_a_suspended_importer_puts_nothing_on_the_board() -> None:
    board = await make_board()
    draft, waiting = await drafted(board), await submitted(board, title="Bath robes for a spa, white")
    before = await own(board, draft)
    live = await posted(board, title="Table linen, damask, for a hotel")
    await execute("UPDATE importer SET standing = 'SUSPENDED' WHERE id = $1", board.importer)
    with pytest.raises(KervanError):
        await service.submit(board.buyer.caller, before, seen=True)
    with pytest.raises(KervanError):
        await service.create(board.buyer.caller, by_buyer(board), content())
    with pytest.raises(KervanError):
        await service.publish(board.post.caller, await handled(board.post, waiting), seen=True)
    with pytest.raises(KervanError):
        await _answer(board, live, board.ayse)
    assert await fetchval("SELECT count(*) FROM announcement") == 1


async def test_wrong_days_figures_and_units_are_told_beside_their_fields() -> None:
    board = await make_board()
    wrong: tuple[tuple[str, Any], ...] = (
        ("deadline", today() - timedelta(days=1)), ("deadline", today()), ("deadline", today() + timedelta(days=181)),
        ("quantity", -1), ("quantity", 0), ("unit", "FURLONG"), ("unit", "<b>"), ("currency", "XXX"), ("country", "TR"),
        ("hs_code", "0000"), ("incoterm", "FOO"), ("buyer_type", "KING"),
    )  # fmt: skip
    for field, value in wrong:
        with pytest.raises(Invalid) as refused:
            made = await drafted(board, **{field: value})
            await service.submit(board.buyer.caller, await own(board, made), seen=True)
        assert field in refused.value.fields, (field, value)


async def test_an_edit_on_the_board_cannot_make_nonsense_of_it() -> None:
    board = await make_board()
    request = await published(board)
    for changes in (
        {"deadline": today() - timedelta(days=1)},
        {"quantity": -1},
        {"country": "TR"},
        {"title": ""},
    ):
        with pytest.raises(Invalid):
            await service.change(board.buyer.caller, await own(board, request), content(**changes))
    assert await fetchval("SELECT edition FROM trade_request") == 1
