"""Requests from draft to board: reviewed by the right post, announced in editions, closed for a reason."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requesting
from asking import side
from people import audited, mails, make_importer, make_post
from requesting import Board, content, handled, own, topics

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.importers import access as importers
from kervan.importers import verification
from kervan.orders.deadlines import today
from kervan.requests import access, queries, rounds, rules, service
from kervan.requests.states import ACTIONS, Side
from kervan.requests.structs import Content, Spec
from kervan.trade import working_days


@pytest.fixture
async def board(db: None) -> Board:
    return await requesting.make_board()


async def test_a_draft_may_be_nearly_empty_and_says_nothing_to_others(board: Board) -> None:
    made = await service.create(board.buyer.caller, requesting.by_buyer(board), Content(title="Towels"))
    shown = await queries.by_public_id(made.public_id)
    assert (shown.state, shown.edition, shown.title, shown.source) == ("DRAFT", 0, "Towels", "IMPORTER")
    assert await topics() == []
    with pytest.raises(NotFound):
        await access.handled(board.post.caller, made.public_id)
    with pytest.raises(NotFound):
        await access.own(board.other_buyer.caller, board.other_buyer.org, made.public_id)


async def test_the_same_key_gives_the_first_request_again(board: Board) -> None:
    maker = requesting.by_buyer(board)
    first = await service.create(board.buyer.caller, maker, content(), key="k-1")
    again = await service.create(board.buyer.caller, maker, content(title="Something else now"), key="k-1")
    assert (first.public_id, first.number) == (again.public_id, again.number)
    assert await fetchval("SELECT count(*) FROM trade_request") == 1


async def test_what_is_missing_is_said_beside_each_field_when_it_is_sent(board: Board) -> None:
    made = await service.create(board.buyer.caller, requesting.by_buyer(board), Content(title="Towels"))
    with pytest.raises(Invalid) as refused:
        await service.submit(board.buyer.caller, await own(board, made))
    assert set(refused.value.fields) == {
        "title", "summary", "hs_code", "country", "deadline", "buyer_type"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("deadline", today() - timedelta(days=1)),
        ("deadline", today() + timedelta(days=2)),
        ("deadline", today() + timedelta(days=181)),
        ("quantity", -1),
        ("quantity", 0),
        ("unit", "ADET"),
        ("hs_code", "99"),
        ("hs_code", "0000"),
        ("hs_code", "towels"),
        ("currency", "EURO"),
        ("country", "TR"),
        ("country", "XX"),
        ("incoterm", "DDU"),
        ("budget", Decimal("-5")),
        ("budget", Decimal("NaN")),
        ("certificates", ("no-such",)),
        ("languages", ("xx-no",)),
        ("visibility", "SECRET"),
        ("buyer_type", "SPY"),
        ("title", "x" * 121),
        ("summary", "x" * 201),
    ],
)
async def test_a_wrong_value_is_refused_beside_its_field(board: Board, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        made = await service.create(board.buyer.caller, requesting.by_buyer(board), content(**{field: value}))
        await service.submit(board.buyer.caller, await own(board, made))
    assert set(refused.value.fields) == {field}


async def test_signs_that_turn_the_reading_order_are_taken_out_of_titles(board: Board) -> None:
    made = await requesting.drafted(board, title="White \u202etowels for\u2066 hotels")
    assert (await queries.by_public_id(made.public_id)).title == "White towels for hotels"


async def test_prohibited_goods_are_refused_with_the_rule(board: Board) -> None:
    made = await requesting.drafted(board, hs_code="9301")
    await execute(
        """INSERT INTO restricted_goods (public_id, source, prefix, kind, name, name_tr, legal_ref, certainty, note,
            valid_from) VALUES ('aaaaaaaaaaaa', 'test', '9301', 'PROHIBITED', 'Weapons of war', 'Savaş silahları',
            'Test 1', 'DECIDED', '', '2020-01-01')"""
    )
    with pytest.raises(Invalid) as refused:
        await service.submit(board.buyer.caller, await own(board, made))
    assert "Test 1" in str(refused.value.fields["hs_code"])


async def test_an_importers_request_goes_to_the_post_of_its_country_with_a_clock(board: Board) -> None:
    made = await requesting.submitted(board)
    shown = await queries.by_public_id(made.public_id)
    assert shown.post == board.post.membership.organisation
    assert shown.review_due_at is not None
    # The clock ran since submission: the service and this test may lie a second apart.
    due = working_days.deadline(datetime.now(UTC), 2, "DE")
    assert abs(due - shown.review_due_at) < timedelta(minutes=1)
    task = (await fetch("SELECT kind, organisation FROM task WHERE about = $1", made.public_id))[0]
    assert tuple(task) == ("REQUEST_REVIEW", board.post.membership.organisation)
    told = [mail["to_address"] for mail in await mails() if mail["template"] == "request_step"]
    assert told == [board.post.caller.email]


async def test_where_no_post_is_in_office_the_ministry_reviews(board: Board) -> None:
    firm = await side(await make_importer("Sol y Mar SL", "ES"), "Lucía Vega", "BUYER")
    maker = service.Maker(side=Side.IMPORTER, importer=firm.membership.importer or 0)
    made = await service.create(firm.caller, maker, content(country="ES"))
    seat = await access.own(firm.caller, firm.org, made.public_id, act=True)
    await service.submit(firm.caller, seat, seen=True)
    assert (await queries.by_public_id(made.public_id)).post is None
    with pytest.raises(NotFound):
        await access.handled(board.post.caller, made.public_id)
    done = await service.publish(board.ministry.caller, await handled(board.ministry, made), seen=True)
    assert done.state == "PUBLISHED"


async def test_publication_leaves_an_edition_an_announcement_and_an_inquiry_for_the_answers(
    board: Board,
) -> None:
    made = await requesting.published(board)
    shown = await queries.by_public_id(made.public_id)
    assert (shown.state, shown.edition, shown.is_open) == ("PUBLISHED", 1, True)
    assert await queries.edition(shown.id, 1) == shown.content
    assert shown.value_eur == Decimal("1520.00")
    assert ("alerts.announce", {"request": shown.id, "edition": 1}) in await topics()
    assert ("requests.changed", {"ids": [shown.id]}) in await topics()
    row = (await fetch("SELECT * FROM inquiry WHERE id = $1", shown.inquiry))[0]
    assert (row["importer"], row["anonymous"], row["destination"]) == (board.importer, True, "DE")
    line = (await fetch("SELECT * FROM inquiry_line WHERE inquiry = $1", shown.inquiry))[0]
    assert (line["name"], line["hs_code"], line["quantity"]) == (shown.title, "630260", 400)
    assert ("user:" + str(board.post.person), "request.publish") in await audited(made.public_id)
    assert await fetchval("SELECT count(*) FROM task WHERE done_at IS NULL") == 0
    assert [step.action for step in await queries.timeline(shown.id)] == ["submit", "publish"]


async def test_a_post_publishes_at_once_for_buyers_of_its_country_and_not_of_another(board: Board) -> None:
    made = await requesting.posted(board)
    assert made.state == "PUBLISHED"
    swiss = service.Maker(
        side=Side.POST,
        importer=board.other_buyer.membership.importer or 0,
        post=board.post.membership.organisation,
    )
    abroad = await service.create(
        board.post.caller, swiss, content(title="Sheets for a clinic", country="CH")
    )
    seat = await handled(board.post, abroad)
    with pytest.raises(Forbidden):
        await service.publish(board.post.caller, seat, seen=True)
    sent = await service.submit(board.post.caller, seat, seen=True)
    assert sent.state == "SUBMITTED"
    task = (await fetch("SELECT organisation FROM task WHERE about = $1", abroad.public_id))[0]
    assert task["organisation"] == board.other_post.membership.organisation


async def test_another_posts_request_does_not_exist(board: Board) -> None:
    made = await requesting.submitted(board)
    with pytest.raises(NotFound):
        await access.handled(board.other_post.caller, made.public_id)


async def test_what_was_sent_back_is_mended_and_sent_again(board: Board) -> None:
    made = await requesting.submitted(board)
    with pytest.raises(Invalid):
        await service.give_back(board.post.caller, await handled(board.post, made), "return", " ")
    back = await service.give_back(
        board.post.caller, await handled(board.post, made), "return", "Which quality of cotton?"
    )
    assert back.state == "RETURNED"
    assert (await queries.by_public_id(made.public_id)).reason == "Which quality of cotton?"
    await service.change(board.buyer.caller, await own(board, made), content(description="Combed cotton."))
    again = await service.submit(board.buyer.caller, await own(board, made), seen=True)
    assert again.state == "SUBMITTED"
    assert (await queries.by_public_id(made.public_id)).reason is None


async def test_a_similar_open_request_is_shown_before_another_is_sent(board: Board) -> None:
    first = await requesting.published(board)
    second = await requesting.drafted(board, title="White cotton towels for a hotel")
    with pytest.raises(rules.Duplicates) as asked:
        await service.submit(board.buyer.caller, await own(board, second))
    assert [one.public_id for one in asked.value.similar] == [first.public_id]
    done = await service.submit(board.buyer.caller, await own(board, second), seen=True)
    assert done.state == "SUBMITTED"


async def test_contact_data_in_the_text_is_masked_and_told(board: Board) -> None:
    made = await service.create(
        board.buyer.caller,
        requesting.by_buyer(board),
        content(
            description="Write to jonas@nordlicht.example or call +49 40 1234567, see www.nordlicht.example.",
            specs=(Spec("WhatsApp", "+49 151 23456789"), Spec("Weight", "500 g/m²")),
        ),
    )
    assert len(made.masked) == 4
    shown = await queries.by_public_id(made.public_id)
    for word in ("nordlicht", "1234567", "23456789"):
        assert word not in shown.description + "".join(spec.value for spec in shown.specs)
    assert shown.specs[1] == Spec("Weight", "500 g/m²")


async def test_withdrawing_closes_request_and_inquiry_with_the_reason(board: Board) -> None:
    made = await requesting.published(board)
    await service.withdraw(board.buyer.caller, await own(board, made), "We bought elsewhere.")
    shown = await queries.by_public_id(made.public_id)
    assert (shown.state, shown.closed_as) == ("CLOSED", "WITHDRAWN")
    assert await fetchval("SELECT state FROM inquiry WHERE id = $1", shown.inquiry) == "CLOSED"
    with pytest.raises(Conflict):
        await service.change(board.buyer.caller, await own(board, made), content(quantity=5))


async def test_the_last_day_counts_and_then_the_clock_closes(board: Board) -> None:
    made = await requesting.published(board)
    await execute("UPDATE trade_request SET deadline = $2 WHERE id = $1", made.id, today())
    assert await rounds.expire_due() == 0
    assert (await queries.shown(made.id)).is_open
    await execute(
        "UPDATE trade_request SET deadline = $2 WHERE id = $1", made.id, today() - timedelta(days=1)
    )
    assert (await queries.shown(made.id)).state == "CLOSED"
    assert await rounds.expire_due() == 1
    shown = await queries.shown(made.id)
    assert (shown.state, shown.closed_as) == ("CLOSED", "DEADLINE")
    # Its answers can still be taken.
    assert await fetchval("SELECT state FROM inquiry WHERE id = $1", shown.inquiry) == "OPEN"
    await execute("UPDATE trade_request SET closed_at = now() - interval '91 days' WHERE id = $1", made.id)
    assert await rounds.archive_old() == 1
    assert (await queries.shown(made.id)).state == "ARCHIVED"


async def test_editions_and_time_line_cannot_be_changed(board: Board) -> None:
    made = await requesting.published(board)
    for statement in (
        "UPDATE request_edition SET content = '{}' WHERE request = $1",
        "DELETE FROM request_edition WHERE request = $1",
        "UPDATE request_event SET action = 'x' WHERE request = $1",
        "DELETE FROM request_event WHERE request = $1",
    ):
        with pytest.raises(Exception, match="append-only"):
            await execute(statement, made.id)


async def test_a_draft_can_be_thrown_away_and_nothing_else(board: Board) -> None:
    made = await requesting.drafted(board)
    await service.discard(board.buyer.caller, await own(board, made))
    with pytest.raises(NotFound):
        await queries.by_public_id(made.public_id)
    sent = await requesting.submitted(board, title="Bath robes for hotels")
    with pytest.raises(Conflict):
        await service.discard(board.buyer.caller, await own(board, sent))


# Domain 4.6 written out by hand: what leads where. Everything else is refused.
MACHINE = {
    ("DRAFT", "submit"): "SUBMITTED",
    ("RETURNED", "submit"): "SUBMITTED",
    ("SUBMITTED", "take-back"): "DRAFT",
    ("SUBMITTED", "publish"): "PUBLISHED",
    ("DRAFT", "publish"): "PUBLISHED",
    ("RETURNED", "publish"): "PUBLISHED",
    ("SUBMITTED", "return"): "RETURNED",
    ("SUBMITTED", "reject"): "REJECTED",
    ("PUBLISHED", "correct"): "PUBLISHED",
    ("PUBLISHED", "edit"): "PUBLISHED",
    ("PUBLISHED", "review-again"): "SUBMITTED",
    ("PUBLISHED", "withdraw"): "CLOSED",
    ("PUBLISHED", "award"): "CLOSED",
    ("CLOSED", "award"): "CLOSED",
    ("PUBLISHED", "expire"): "CLOSED",
    ("CLOSED", "archive"): "ARCHIVED",
}


def test_the_arrows_are_those_of_the_domain() -> None:
    states = ("DRAFT", "SUBMITTED", "RETURNED", "PUBLISHED", "CLOSED", "ARCHIVED", "REJECTED")
    found = {
        (state, name): str(arrow.after or state)
        for name, arrow in ACTIONS.items()
        for state in states
        if state in arrow.before
    }
    assert found == MACHINE
    # Nobody but staff publishes or judges.
    for name in ("publish", "return", "reject"):
        assert Side.IMPORTER not in ACTIONS[name].sides
    for name in ("expire", "archive"):
        assert ACTIONS[name].sides == {Side.SYSTEM}


async def test_a_post_that_is_elsewhere_sees_nothing_of_a_published_request_of_others(board: Board) -> None:
    made = await requesting.published(board)
    stranger = await side(await make_post("FR"), "Deniz Er", "ATTACHE")
    with pytest.raises(NotFound):
        await access.handled(stranger.caller, made.public_id)
    assert not access.sees_whole(stranger.caller, board.importer, board.post.membership.organisation, "DE")
    assert access.sees_whole(board.ayse.caller, board.importer, board.post.membership.organisation, "DE")
    assert access.sees_whole(board.post.caller, board.importer, board.post.membership.organisation, "DE")
    assert not access.sees_whole(board.other_buyer.caller, board.importer, None, "DE")
    assert not access.sees_whole(None, board.importer, None, "DE")


async def test_requests_of_a_suspended_buyer_wait_unseen_and_come_back(board: Board) -> None:
    made = await requesting.published(board)
    _, importer = await importers.for_verifier(board.post.caller, await public_id_of(board))
    await verification.suspend(board.post.caller, importer, "The telephone number is somebody else's.")
    shown = await queries.shown(made.id)
    assert (shown.state, shown.is_open) == ("CLOSED", False)
    assert (await topics())[-1] == ("requests.changed", {"ids": [made.id]})
    _, importer = await importers.for_verifier(board.post.caller, await public_id_of(board))
    await verification.reinstate(board.post.caller, importer, "It was a slip of the pen.")
    assert (await queries.shown(made.id)).is_open


async def public_id_of(board: Board) -> str:
    found: str = await fetchval("SELECT public_id FROM importer WHERE id = $1", board.importer)
    return found
