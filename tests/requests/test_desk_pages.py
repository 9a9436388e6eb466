"""The buyer's pages of its requests: the list, one request in each of its states, its answers, the steps."""

import httpx
import pytest
import requesting
from asking import offered
from desk import flat
from people import post_form, sign_in
from requesting import Board

from kervan.db import execute, fetchval
from kervan.inquiries import access as inquiry_access
from kervan.inquiries import quotes
from kervan.requests import answering, service
from kervan.requests.service import Saved


@pytest.fixture
async def board(db: None) -> Board:
    return await requesting.make_board()


def at(board: Board, rest: str = "") -> str:
    return f"/en/desk/{board.buyer.org}/requests{rest}"


async def step(
    client: httpx.AsyncClient, board: Board, made: Saved, name: str, **fields: str
) -> httpx.Response:
    return await post_form(
        client, at(board, f"/{made.public_id}/{name}"), fields, of=at(board, f"/{made.public_id}")
    )


async def quoted(board: Board, made: Saved, firm: requesting.Firm, product: str) -> str:
    """A quote of the firm; returns its part's public id."""
    recipient = await answering.begin(firm.caller, firm.membership, made.public_id)
    part = await inquiry_access.received(firm.caller, firm.org, recipient, act=True)
    await quotes.save(firm.caller, part, offered(product), send=True)
    return recipient


async def inquiry_path(board: Board, made: Saved, org: str = "") -> str:
    inquiry = await fetchval(
        "SELECT i.public_id FROM inquiry i JOIN trade_request q ON q.id = i.request WHERE q.public_id = $1",
        made.public_id,
    )
    return f"/en/desk/{org or board.buyer.org}/inquiries/{inquiry}"


async def test_an_empty_list_says_what_a_request_is_for(client: httpx.AsyncClient, board: Board) -> None:
    await sign_in(client, board.buyer.person)
    page = flat(await client.get(at(board)))
    assert "No requests yet" in page
    assert f'href="{at(board, "/new")}"' in page
    assert f'href="{at(board)}"' in flat(await client.get(f"/en/desk/{board.buyer.org}"))


async def test_the_list_has_tabs_with_counts_a_search_and_a_next_step(
    client: httpx.AsyncClient, board: Board
) -> None:
    draft = await requesting.drafted(board, title="Olive oil in tins", hs_code="1509")
    waiting = await requesting.submitted(board, title="Marble slabs for a hotel lobby", hs_code="6802")
    open_ = await requesting.published(board)
    await quoted(board, open_, board.ayse, board.towel)
    await sign_in(client, board.buyer.person)
    page = flat(await client.get(at(board)))
    for made in (draft, waiting, open_):
        assert f'href="{at(board, f"/{made.public_id}")}"' in page
    for said in ("Finish it and send it for review", "Wait: it is being looked at", "Look at 1 quote"):
        assert said in page
    assert 'All <span class="num"><bdi>3</bdi></span>' in page
    assert 'Drafts <span class="num"><bdi>1</bdi></span>' in page
    drafts = (await client.get(at(board, "?tab=drafts"))).text
    assert "Olive oil in tins" in drafts
    assert "Marble slabs" not in drafts
    assert "Marble slabs" in (await client.get(at(board, "?q=marble"))).text
    by_number = (await client.get(at(board, f"?q={open_.number}"))).text
    assert "White cotton towels" in by_number
    assert "Marble slabs" not in by_number
    nothing = await client.get(at(board, "?q=100%25"))
    assert "Nothing fits this search" in nothing.text
    assert (await client.get(at(board, "?tab=made-up&sort=price&page=x"))).status_code == 200


async def test_the_file_of_the_list_holds_what_it_shows_and_runs_nothing(
    client: httpx.AsyncClient, board: Board
) -> None:
    await requesting.drafted(board, title='=HYPERLINK("x") towels')
    await requesting.published(board)
    await sign_in(client, board.buyer.person)
    answer = await client.get(at(board, ".csv?tab=drafts"))
    assert answer.headers["content-disposition"].startswith("attachment")
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert len(lines) == 2
    assert "'=HYPERLINK" in lines[1]


async def test_the_desk_says_how_many_requests_wait(client: httpx.AsyncClient, board: Board) -> None:
    async def waiting() -> bool:
        page = flat(await client.get(at(board)))
        return '<span>Requests</span><span class="desk-count-sign num"><bdi>1</bdi></span>' in page

    made = await requesting.submitted(board)
    await sign_in(client, board.buyer.person)
    assert not await waiting()
    seat = await requesting.handled(board.post, made)
    await service.give_back(board.post.caller, seat, "return", "Say which size the towels have.")
    assert await waiting()
    await service.submit(board.buyer.caller, await requesting.own(board, made), seen=True)
    assert not await waiting()
    await service.publish(board.post.caller, await requesting.handled(board.post, made), seen=True)
    await quoted(board, made, board.ayse, board.towel)
    assert await waiting()
    inquiries = flat(await client.get(f"/en/desk/{board.buyer.org}/inquiries"))
    assert "<span>Inquiries</span></a>" in inquiries


async def test_what_was_sent_back_says_why_and_is_sent_again(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.submitted(board)
    seat = await requesting.handled(board.post, made)
    await service.give_back(board.post.caller, seat, "return", "Say which size the towels have.")
    await sign_in(client, board.buyer.person)
    for path in (f"/{made.public_id}", f"/{made.public_id}/edit"):
        page = flat(await client.get(at(board, path)))
        assert "Why it was sent back:" in page
        assert "Say which size the towels have." in page
    assert (await step(client, board, made, "submit")).status_code == 303
    assert await fetchval("SELECT state FROM trade_request") == "SUBMITTED"


async def test_a_rejected_request_says_why_and_offers_no_step(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.submitted(board)
    seat = await requesting.handled(board.post, made)
    await service.give_back(board.post.caller, seat, "reject", "This is an advertisement.")
    await sign_in(client, board.buyer.person)
    page = flat(await client.get(at(board, f"/{made.public_id}")))
    assert "Why it was rejected:" in page
    assert "This is an advertisement." in page
    assert "/submit" not in page
    refused = await post_form(client, at(board, f"/{made.public_id}/submit"), {}, of="/en/account")
    assert refused.status_code == 409


async def test_a_review_that_is_late_says_that_somebody_else_is_asked(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.submitted(board)
    await execute("UPDATE trade_request SET review_due_at = now() - interval '1 hour'")
    await sign_in(client, board.buyer.person)
    assert "Somebody else is asked now" in (await client.get(at(board, f"/{made.public_id}"))).text


async def test_a_request_is_taken_back_from_review(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.submitted(board)
    await sign_in(client, board.buyer.person)
    answer = await step(client, board, made, "take-back", version=str(made.version))
    assert answer.headers["location"].endswith(f"{made.public_id}/edit?said=request-taken-back")
    assert await fetchval("SELECT state FROM trade_request") == "DRAFT"


async def test_a_step_with_an_old_version_is_409_and_says_so(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.drafted(board)
    await service.change(
        board.buyer.caller, await requesting.own(board, made), requesting.content(quantity=7)
    )
    await sign_in(client, board.buyer.person)
    answer = await step(client, board, made, "submit", version="1")
    assert answer.status_code == 409
    assert "This request was changed in the meantime." in answer.text
    assert await fetchval("SELECT state FROM trade_request") == "DRAFT"


async def test_an_open_request_is_withdrawn_with_a_reason(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    await sign_in(client, board.buyer.person)
    without = await step(client, board, made, "withdraw", reason="")
    assert without.status_code == 422
    assert "Say why, in a few words." in without.text
    assert await fetchval("SELECT state FROM trade_request") == "PUBLISHED"
    answer = await step(client, board, made, "withdraw", reason="We found them elsewhere.")
    assert answer.status_code == 303
    page = flat(await client.get(answer.headers["location"]))
    assert "Why it was withdrawn:" in page
    assert "We found them elsewhere." in page
    assert "Withdraw the request" not in page


async def test_a_draft_that_nobody_saw_is_thrown_away_and_no_other(
    client: httpx.AsyncClient, board: Board
) -> None:
    draft, waiting = await requesting.drafted(board), await requesting.submitted(board)
    await sign_in(client, board.buyer.person)
    assert (await step(client, board, draft, "discard")).status_code == 303
    assert (await client.get(at(board, f"/{draft.public_id}"))).status_code == 404
    refused = await step(client, board, waiting, "discard")
    assert refused.status_code == 409
    assert "Only a draft that was never sent can be thrown away." in refused.text


async def test_the_open_request_shows_what_came_in_and_leads_to_the_comparison(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await sign_in(client, board.buyer.person)
    before = flat(await client.get(at(board, f"/{made.public_id}")))
    assert "30 days left" in before
    assert "Exporters that fit" in before
    assert 'href="/en/exporters/ayse-havlu"' in before
    assert f'action="{at(board, f"/{made.public_id}/invite")}"' in before
    await quoted(board, made, board.ayse, board.towel)
    page = flat(await client.get(at(board, f"/{made.public_id}")))
    path = await inquiry_path(board, made)
    assert f'href="{path}"' in page
    assert "Look at 1 quote" in page


async def test_the_comparison_speaks_of_the_request_and_cannot_be_closed_by_itself(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    path = await inquiry_path(board, made)
    await sign_in(client, board.buyer.person)
    assert "Nobody has answered yet." in (await client.get(path)).text
    recipient = await quoted(board, made, board.ayse, board.towel)
    page = flat(await client.get(path))
    assert "Answers to your request" in page
    assert f'href="{at(board, f"/{made.public_id}")}"' in page
    assert "Who answers" in page
    assert "Who is asked" not in page
    assert f'action="{path}/close"' not in page
    talk = flat(await client.get(f"{path}/{recipient}"))
    assert "Answer to your request" in talk
    assert "This answer does not fit" in talk
    closing = await post_form(client, f"{path}/close", {"reason": "Enough."}, of=path)
    assert "Withdraw the request instead" in closing.text


async def test_the_list_of_inquiries_names_the_request(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    await sign_in(client, board.buyer.person)
    page = flat(await client.get(f"/en/desk/{board.buyer.org}/inquiries"))
    assert f"Request <bdi>{made.number}</bdi>" in page
    assert "nobody yet" in page
    assert "None" not in page
    await quoted(board, made, board.ayse, board.towel)
    assert "1 exporter has answered" in flat(await client.get(f"/en/desk/{board.buyer.org}/inquiries"))


async def test_an_answer_that_does_not_fit_is_marked_with_a_reason_and_unmarked(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    recipient = await quoted(board, made, board.can, board.oil)
    path = f"{await inquiry_path(board, made)}/{recipient}"
    await sign_in(client, board.buyer.person)
    without = await post_form(client, f"{path}/irrelevant", {"reason": ""}, of=path)
    assert without.status_code == 422
    marked = await post_form(
        client, f"{path}/irrelevant", {"reason": "We asked for towels, not oil."}, of=path
    )
    assert marked.headers["location"].endswith("said=answer-marked")
    assert "does not fit: <bdi>We asked for towels, not oil.</bdi>" in flat(
        await client.get(marked.headers["location"])
    )
    page = flat(await client.get(path))
    assert "You marked this answer as not fitting:" in page
    assert await fetchval("SELECT state FROM quote") == "DECLINED"
    twice = await post_form(client, f"{path}/irrelevant", {"reason": "Once more."}, of=path)
    assert "This answer is marked already." in twice.text
    back = await post_form(client, f"{path}/relevant", {}, of=path)
    assert back.headers["location"].endswith("said=answer-unmarked")
    assert await fetchval("SELECT irrelevant_at FROM inquiry_recipient") is None


async def test_the_name_is_shown_to_exporters_from_the_page_of_the_request(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await sign_in(client, board.buyer.person)
    page = at(board, f"/{made.public_id}")
    path = await inquiry_path(board, made)
    assert f'action="{path}/reveal"' in (await client.get(page)).text
    assert (await post_form(client, f"{path}/reveal", {}, of=page)).status_code == 303
    assert "You have shown your name" in (await client.get(page)).text


async def test_a_post_reads_the_answers_to_what_it_posted_on_its_own_desk(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.posted(board)
    recipient = await quoted(board, made, board.ayse, board.towel)
    path = await inquiry_path(board, made, board.post.org)
    await sign_in(client, board.post.person)
    page = flat(await client.get(path))
    assert f'href="/en/staff/requests/{made.public_id}"' in page
    assert "Exporters do not see the buyer&#39;s name" in page
    talk = await client.get(f"{path}/{recipient}")
    assert (talk.status_code, "Answer to the request" in talk.text) == (200, True)


async def test_the_way_from_the_board_leads_a_buyer_to_its_form(
    client: httpx.AsyncClient, board: Board
) -> None:
    visitor = await client.get("/en/requests/new")
    assert visitor.status_code in (302, 303)
    assert "/sign-in" in visitor.headers["location"]
    await sign_in(client, board.buyer.person)
    answer = await client.get("/en/requests/new")
    assert answer.headers["location"].endswith(at(board, "/new"))
    await sign_in(client, board.ayse.person)
    refused = await client.get("/en/requests/new")
    assert refused.status_code == 403
    assert "Requests are posted by importers and by trade posts." in refused.text


async def test_the_bell_leads_to_the_request(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    path = await fetchval(
        "SELECT path FROM notification WHERE person = $1 ORDER BY id DESC LIMIT 1", board.buyer.person
    )
    assert path == f"/desk/{board.buyer.org}/requests/{made.public_id}"
    await sign_in(client, board.buyer.person)
    assert (await client.get(f"/en{path}")).status_code == 200


async def test_the_first_page_of_the_desk_names_the_requests_that_wait(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    desk = f"/en/desk/{board.buyer.org}"
    assert "Let exporters come to you" in (await client.get(desk)).text
    made = await requesting.published(board)
    page = flat(await client.get(desk))
    assert "Let exporters come to you" not in page
    assert 'id="requests-waiting"' not in page
    await quoted(board, made, board.ayse, board.towel)
    page = flat(await client.get(desk))
    assert 'id="requests-waiting"' in page
    assert f'href="{at(board, f"/{made.public_id}")}"' in page
    assert "Look at 1 quote" in page
