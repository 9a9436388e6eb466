"""The staff's desk for requests: who sees which, the queue by its clock, decisions, what a post does for its buyer."""

import csv
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
import requesting
from asking import Side, side
from litestar import Litestar
from people import make_association, make_importer, make_member, make_person, post_form, sign_in
from requesting import Board, content, handled

from kervan.db import execute, fetch, fetchval
from kervan.errors import NotFound
from kervan.orders.deadlines import today
from kervan.organisations import tasks, terms
from kervan.requests import access, queries, service, staff_queries
from kervan.requests.service import Maker, Saved
from kervan.requests.states import Side as At


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    return await requesting.make_board()


async def enter(client: httpx.AsyncClient, firm: Side) -> None:
    await sign_in(client, firm.person)


async def step(
    client: httpx.AsyncClient, request: Saved, name: str, fields: dict[str, Any] | None = None
) -> httpx.Response:
    """Presses a button of the request's page; the version is the one that stands in the database."""
    version = await fetchval("SELECT version FROM trade_request WHERE id = $1", request.id)
    here = f"/en/staff/requests/{request.public_id}"
    token_page = "/en/privacy"
    return await post_form(
        client, f"{here}/{name}", {"version": str(version), **(fields or {})}, of=token_page
    )


async def state(request: Saved) -> str:
    found: str = await fetchval("SELECT state FROM trade_request WHERE id = $1", request.id)
    return found


async def test_the_desk_is_closed_to_buyers_exporters_and_visitors(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.submitted(board)
    paths = ["", ".csv", f"/{made.public_id}", "/new", "/new/buyer", "/import", "/country"]
    assert (await client.get("/en/staff/requests")).status_code == 303
    for firm in (board.buyer, board.ayse, board.other_buyer):
        await enter(client, firm)
        for path in paths:
            assert (await client.get(f"/en/staff/requests{path}")).status_code == 404, path


async def test_a_request_of_another_country_is_not_there_for_a_post(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.submitted(board)
    await enter(client, board.other_post)
    assert (await client.get(f"/en/staff/requests/{made.public_id}")).status_code == 404
    for name in ("publish", "return", "reject", "withdraw", "take"):
        assert (await step(client, made, name, {"reason": "Not ours at all."})).status_code == 404, name
    assert "White cotton towels" not in (await client.get("/en/staff/requests?tab=all")).text
    assert await state(made) == "SUBMITTED"


async def test_the_queue_shows_the_next_due_first_and_marks_what_is_overdue_and_escalated(
    client: httpx.AsyncClient, board: Board
) -> None:
    late = await requesting.submitted(board, title="Olive oil in tins for a shop", hs_code="1509")
    early = await requesting.submitted(board)
    await execute(
        """UPDATE trade_request SET review_due_at = now() - interval '1 day', escalated_at = now()
        WHERE id = $1""",
        early.id,
    )
    await enter(client, board.post)
    page = (await client.get("/en/staff/requests")).text
    assert page.index(early.number) < page.index(late.number)
    assert "was due" in page
    assert "escalated" in page
    within = staff_queries.scope(board.post.caller)
    counts = await staff_queries.counts(within)
    assert (counts["review"], counts["overdue"], counts["published"]) == (2, 1, 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=towels", True),
        ("q=Nordlicht", True),
        ("q=olive", False),
        ("source=IMPORTER", True),
        ("source=TENDER", False),
        ("sector=home-textiles", True),
        ("sector=clothing", False),
        ("who=free", True),
        ("who=mine", False),
    ],
)
async def test_the_queue_is_filtered(
    client: httpx.AsyncClient, board: Board, query: str, found: bool
) -> None:
    made = await requesting.submitted(board)
    await enter(client, board.post)
    page = (await client.get(f"/en/staff/requests?{query}")).text
    assert (made.number in page) is found


async def test_the_tabs_hold_each_request_where_it_stands(client: httpx.AsyncClient, board: Board) -> None:
    waiting = await requesting.submitted(board)
    on_board = await requesting.posted(board, title="Olive oil in tins for a shop", hs_code="1509")
    closed = await requesting.posted(board, title="Carpets for a hotel hall", hs_code="5702")
    await service.withdraw(
        board.post.caller, await handled(board.post, closed), "The buyer bought elsewhere.", None
    )
    await requesting.drafted(board, title="A draft that nobody has sent")
    await enter(client, board.post)
    expected = {
        "review": {waiting}, "published": {on_board}, "closed": {closed}, "own": {on_board, closed},
        "all": {waiting, on_board, closed},
    }  # fmt: skip
    for tab, there in expected.items():
        page = (await client.get(f"/en/staff/requests?tab={tab}")).text
        for one in (waiting, on_board, closed):
            assert (one.number in page) is (one in there), (tab, one.number)
        assert "A draft that nobody has sent" not in page


async def test_the_file_holds_what_the_tab_shows_and_no_formula(
    client: httpx.AsyncClient, board: Board
) -> None:
    await requesting.submitted(board, title='=HYPERLINK("http://x.example")')
    await enter(client, board.post)
    answer = await client.get("/en/staff/requests.csv")
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["title"][:6] for row in rows] == ["'=HYPE"]
    assert rows[0]["buyer_country"] == "DE"


async def test_a_post_publishes_and_the_task_is_done(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.submitted(board)
    await enter(client, board.post)
    page = (await client.get(f"/en/staff/requests/{made.public_id}")).text
    assert "Nordlicht Handel GmbH" in page
    answer = await step(client, made, "publish")
    assert answer.status_code == 303, answer.text
    assert await state(made) == "PUBLISHED"
    assert await fetchval("SELECT count(*) FROM task WHERE done_at IS NULL") == 0


async def test_a_stale_page_publishes_nothing(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.submitted(board)
    await enter(client, board.post)
    answer = await step(client, made, "publish", {"version": "1"})
    assert answer.status_code == 409
    assert await state(made) == "SUBMITTED"


async def test_similar_open_requests_stop_the_first_try_only(client: httpx.AsyncClient, board: Board) -> None:
    first = await requesting.published(board)
    second = await requesting.submitted(board)
    await enter(client, board.post)
    answer = await step(client, second, "publish")
    assert answer.status_code == 409
    assert first.number in answer.text
    assert 'name="seen"' in answer.text
    assert await state(second) == "SUBMITTED"
    assert (await step(client, second, "publish", {"seen": "1"})).status_code == 303
    assert await state(second) == "PUBLISHED"


@pytest.mark.parametrize(("name", "after"), [("return", "RETURNED"), ("reject", "REJECTED")])
async def test_sending_back_and_rejecting_need_a_reason(
    client: httpx.AsyncClient, board: Board, name: str, after: str
) -> None:
    made = await requesting.submitted(board)
    await enter(client, board.post)
    answer = await step(client, made, name, {"reason": "  "})
    assert answer.status_code == 422
    assert "f-reason-error" in answer.text
    assert await state(made) == "SUBMITTED"
    answer = await step(client, made, name, {"reason": "Which size do the towels have?"})
    assert answer.status_code == 303
    row = (await fetch("SELECT state, reason FROM trade_request"))[0]
    assert (row["state"], row["reason"]) == (after, "Which size do the towels have?")


async def test_what_an_importer_took_back_or_has_to_mend_is_not_published(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.submitted(board)
    await service.take_back(board.buyer.caller, await requesting.own(board, made))
    await enter(client, board.post)
    assert (await step(client, made, "publish")).status_code == 409
    assert await state(made) == "DRAFT"
    assert (await client.get(f"/en/staff/requests/{made.public_id}/edit")).status_code == 303


async def test_a_post_changes_a_published_request_and_it_is_announced_anew(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.posted(board)
    await enter(client, board.post)
    here = f"/en/staff/requests/{made.public_id}/edit"
    shown = await queries.by_public_id(made.public_id)
    fields = {
        "title": shown.title, "summary": shown.summary, "description": shown.description, "language": "en",
        "hs_code": "6302.60", "quantity": "500", "unit": "C62", "country": "DE", "buyer_type": "HOSPITALITY",
        "deadline": str(shown.deadline), "visibility": "RELAY", "version": str(shown.version), "rows": "3",
    }  # fmt: skip
    answer = await post_form(client, here, fields)
    assert answer.status_code == 303, answer.text
    row = (
        await fetch("SELECT quantity, edition, visibility, consent IS NOT NULL AS agreed FROM trade_request")
    )[0]
    assert (row["quantity"], row["edition"], row["visibility"], row["agreed"]) == (500, 2, "RELAY", True)
    assert await fetchval("SELECT count(*) FROM announcement") == 2


async def test_colleagues_take_a_review_and_give_it_back(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.submitted(board)
    await enter(client, board.post)
    assert (await step(client, made, "take")).status_code == 303
    assert await fetchval("SELECT assigned_to FROM task") == board.post.person
    assert made.number in (await client.get("/en/staff/requests?who=mine")).text
    colleague = await make_person("Selin Er")
    await make_member(board.post.firm, colleague, "ATTACHE")
    await sign_in(client, colleague)
    assert (await step(client, made, "take")).status_code == 409
    await enter(client, board.post)
    assert (await step(client, made, "take", {"back": "1"})).status_code == 303
    assert await fetchval("SELECT assigned_to FROM task") is None


async def test_the_nav_counts_what_waits(client: httpx.AsyncClient, board: Board) -> None:
    await requesting.submitted(board)
    await enter(client, board.post)
    page = (await client.get("/en/staff/importers")).text
    entry = page[page.index('href="/en/staff/requests"') :].partition("</a>")[0]
    assert "desk-count-sign" in entry


async def test_an_association_reviews_only_where_no_post_is_in_office(
    client: httpx.AsyncClient, board: Board
) -> None:
    union = await side(await make_association(), "Ela Tunç", "STAFF")
    lonely = await side(await make_importer("Maison Bleue", "FR", standing="ACTIVE"), "Luc Petit", "OWNER")
    importer = lonely.membership.importer
    assert importer is not None
    made = await service.create(
        lonely.caller, Maker(side=At.IMPORTER, importer=importer), content(country="FR")
    )
    made = await service.submit(
        lonely.caller, await access.own(lonely.caller, lonely.org, made.public_id, act=True)
    )
    theirs = await requesting.submitted(board)
    await enter(client, union)
    page = (await client.get("/en/staff/requests")).text
    assert made.number in page
    assert theirs.number not in page
    assert (await client.get(f"/en/staff/requests/{theirs.public_id}")).status_code == 404
    assert (await client.get(f"/en/staff/requests/{made.public_id}")).status_code == 200
    assert "desk-count-sign" in page
    assert (await client.get("/en/staff/requests/country")).status_code == 404


async def test_the_ministry_sees_every_country_and_no_quotes(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    await enter(client, board.ministry)
    assert made.number in (await client.get("/en/staff/requests?tab=published")).text
    page = (await client.get(f"/en/staff/requests/{made.public_id}")).text
    assert "/inquiries/" not in page


async def test_what_a_post_wrote_for_a_buyer_abroad_is_reviewed_by_the_post_there(
    client: httpx.AsyncClient, board: Board
) -> None:
    maker = Maker(
        side=At.POST, importer=board.other_buyer.membership.importer or 0,
        post=board.post.membership.organisation,
    )  # fmt: skip
    made = await service.create(board.post.caller, maker, content(country="CH"), consent=requesting.CONSENT)
    await enter(client, board.post)
    answer = await step(client, made, "publish")
    assert answer.status_code == 403
    assert "own country only" in answer.text
    assert "Send for review" in answer.text
    assert (await step(client, made, "submit")).status_code == 303
    with pytest.raises(NotFound):
        await access.handled(board.ayse.caller, made.public_id)
    await enter(client, board.other_post)
    assert made.number in (await client.get("/en/staff/requests")).text
    assert (await step(client, made, "publish")).status_code == 303
    assert await state(made) == "PUBLISHED"
    # It stays the request of the post that wrote it.
    assert (await client.get(f"/en/staff/requests/{made.public_id}")).status_code == 404
    await enter(client, board.post)
    assert (await client.get(f"/en/staff/requests/{made.public_id}")).status_code == 200


async def test_prohibited_goods_are_named_with_their_rule(client: httpx.AsyncClient, board: Board) -> None:
    code = await _prohibited()
    made = await requesting.drafted(board, hs_code="6302.60")
    await execute("UPDATE trade_request SET hs_code = $1, state = 'SUBMITTED', submitted_at = now()", code)
    await execute("UPDATE trade_request SET post = $1", board.post.membership.organisation)
    await enter(client, board.post)
    page = (await client.get(f"/en/staff/requests/{made.public_id}")).text
    assert "may not be exported from Türkiye" in page
    assert (await step(client, made, "publish")).status_code == 422
    assert await state(made) == "SUBMITTED"


async def _prohibited() -> str:
    from kervan.trade import law, nomenclature

    for row in law.rows_of("restricted_goods.csv", law.RestrictedGoods):
        if row.kind == "PROHIBITED" and row.destination is None and row.holds(today()):
            code = row.prefix if len(row.prefix) >= 4 else nomenclature.children(row.prefix)[0]
            return code[:6] if len(code) > 4 else code
    raise AssertionError("the law book prohibits nothing")


async def test_the_end_of_a_term_leaves_the_requests_with_the_post(board: Board) -> None:
    made = await requesting.submitted(board)
    heir = await side(board.post.firm, "Selin Er", "ATTACHE")
    await tasks.assign(board.post.caller, tasks.REQUEST_REVIEW, made.public_id, board.post.person)
    await execute(
        "UPDATE membership SET valid_to = $2 WHERE person = $1",
        board.post.person,
        today() - timedelta(days=1),
    )
    assert await terms.end_due() == 1
    row = (await fetch("SELECT assigned_to, organisation FROM task WHERE done_at IS NULL"))[0]
    assert row["assigned_to"] == heir.person
    seat = await access.handled(heir.caller, made.public_id)
    assert seat.membership.organisation == board.post.membership.organisation
