"""The exporter's desk for requests: what fits, where the answer stands, how one is begun, what a quote carries."""

from datetime import timedelta

import httpx
import people
import pytest
import requesting
from asking import Side, offered, side
from litestar import Litestar
from pictures import pdf
from requesting import Board

from kervan.db import execute, fetch, fetchval
from kervan.inquiries import access as inquiries
from kervan.inquiries import quotes
from kervan.inquiries.access import Part
from kervan.orders.deadlines import today
from kervan.requests import access, answering, exporter_queries, queries, service
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


async def test_the_list_shows_what_fits_with_reasons_and_what_is_missing(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    page = await read(client, board.ayse, here(board.ayse))
    for said in ("White cotton towels for hotels", "You offer", "OEKO-TEX", "you name none", "points"):
        assert said in page, said
    assert f'href="{here(board.ayse, made)}"' in page
    assert "You can begin 10 more answers today. 0 of 40 are open." in page
    # Oil does not fit towels.
    assert "White cotton towels" not in await read(client, board.can, here(board.can))


async def test_the_counts_of_the_tabs_are_those_of_their_lists(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.several(board, [{"title": f"White towels, lot number {n}"} for n in range(3)])
    exporter = board.ayse.membership.exporter or 0
    await invite(board, board.ayse, made[0])
    await begun(board.ayse, made[1])
    assert await exporter_queries.counts(exporter) == {"invited": 1, "answers": 1}
    assert await exporter_queries.work(exporter) == 1
    page = await read(client, board.ayse, f"{here(board.ayse)}?tab=invited")
    assert "White towels, lot number 0" in page
    assert "Invited on" in page
    assert "White towels, lot number 1" not in page
    page = await read(client, board.ayse, f"{here(board.ayse)}?tab=answers")
    assert "White towels, lot number 1" in page
    assert "Begun, no quote yet" in page
    # An invitation that is answered waits no longer.
    await begun(board.ayse, made[0])
    assert await exporter_queries.work(exporter) == 0


async def test_odd_queries_of_the_list_find_its_first_page(client: httpx.AsyncClient, board: Board) -> None:
    await requesting.published(board)
    for query in ("?tab=nothing", "?page=0", "?page=-1", "?page=x", "?page=99999999999999999999"):
        assert "White cotton towels" in await read(client, board.ayse, here(board.ayse) + query)
    assert "There is nothing on this page" in await read(client, board.ayse, f"{here(board.ayse)}?page=7")


async def test_one_request_shows_all_of_it_the_fit_and_the_two_ways(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    page = await read(client, board.ayse, here(board.ayse, made))
    for said in (
        "double stitched", "500 g/m²", "€3.80", "How you fit", "Send a quote", "Ask a question", "30 days left",
        "stays hidden",
    ):  # fmt: skip
        assert said in page, said
    assert "Nordlicht" not in page
    assert "None of your published products" in await read(client, board.can, here(board.can, made))


async def test_a_quote_and_a_question_lead_to_the_answer(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    answer = await send(client, board.ayse, made)
    [row] = await fetch("SELECT public_id FROM inquiry_recipient")
    part = f"/en/desk/{board.ayse.org}/inquiries/{row['public_id']}"
    assert (answer.status_code, answer.headers["location"]) == (303, f"{part}/quote")
    answer = await send(client, board.ayse, made, "question")
    assert answer.headers["location"] == f"{part}#messages"
    page = await read(client, board.ayse, here(board.ayse, made))
    assert "Open your answer" in page
    assert "Send a quote" not in page


async def test_the_public_board_leads_to_the_desk(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    await people.sign_in(client, board.ayse.person)
    answer = await client.get(f"{here(board.ayse, made)}/answer")
    assert (answer.status_code, answer.headers["location"]) == (303, here(board.ayse, made))


async def test_an_exporter_that_is_not_verified_reads_why_and_not_the_whole(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await execute("UPDATE exporter SET verification = 'UNDER_REVIEW' WHERE slug = 'ayse-havlu'")
    page = await read(client, board.ayse, here(board.ayse))
    assert "Your firm is not verified at present." in page
    page = await read(client, board.ayse, here(board.ayse, made))
    assert "A hotel group in Hamburg" in page
    assert "There is more to this request" in page
    for secret in ("double stitched", "500 g/m²", "3.80", "1,520", "Send a quote"):
        assert secret not in page, secret
    answer = await send(client, board.ayse, made)
    assert answer.status_code == 403
    assert "Only verified exporters" in answer.text
    assert not await fetch("SELECT FROM inquiry_recipient")


async def test_a_viewer_looks_and_does_not_answer(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    viewer = await side(board.ayse.firm, "Veli Bakan", "VIEWER")
    page = await read(client, viewer, here(viewer, made))
    assert "Ask an owner of your firm." in page
    assert "Send a quote" not in page
    answer = await send(client, viewer, made)
    assert answer.status_code == 403
    assert not await fetch("SELECT FROM inquiry_recipient")


async def test_strangers_and_other_kinds_of_firms_find_nothing(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    for who in (board.can, board.buyer, board.post, board.ministry):
        await read(client, who, here(board.ayse), 404)
        await read(client, who, here(board.ayse, made), 404)
        await read(client, who, f"{here(board.ayse, made)}/answer", 404)
    drafted = await requesting.drafted(board, title="Bath robes, white")
    await read(client, board.ayse, here(board.ayse, drafted), 404)
    await read(client, board.ayse, f"{here(board.ayse)}/nothing-here", 404)


async def test_after_closing_an_answer_is_refused_with_a_sentence(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await service.withdraw(board.buyer.caller, await requesting.own(board, made), "Bought elsewhere.")
    answer = await send(client, board.ayse, made)
    assert answer.status_code == 409
    assert "This request is closed: it takes no answers any more." in answer.text
    assert "The request was withdrawn." in answer.text
    assert not await fetch("SELECT FROM inquiry_recipient")


async def test_the_limits_and_the_pause_are_said_in_place_of_the_ways(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.several(board, [{"title": f"White towels, lot number {n}"} for n in range(11)])
    for one in made[:10]:
        await begun(board.ayse, one)
    page = await read(client, board.ayse, here(board.ayse, made[10]))
    assert "You have begun 10 answers today" in page
    assert "Send a quote" not in page
    assert (await send(client, board.ayse, made[10])).status_code == 409
    await invite(board, board.ayse, made[10])
    page = await read(client, board.ayse, here(board.ayse, made[10]))
    assert "does not count against your limits" in page
    assert (await send(client, board.ayse, made[10])).status_code == 303


async def test_the_answer_speaks_of_the_request(client: httpx.AsyncClient, board: Board) -> None:
    made = await requesting.published(board)
    part = await begun(board.ayse, made)
    recipient = await fetchval("SELECT public_id FROM inquiry_recipient WHERE id = $1", part.recipient)
    shown = await queries.by_public_id(made.public_id)
    path = f"/en/desk/{board.ayse.org}/inquiries/{recipient}"
    for page in (await read(client, board.ayse, path), await read(client, board.ayse, f"{path}/quote")):
        assert shown.number in page
        assert "White cotton towels for hotels" in page
        assert f'href="{here(board.ayse, made)}"' in page
        assert "30 days left" in page
        assert "RFQ" not in page
    assert f'max="{(today() + timedelta(days=60)).isoformat()}"' in page


async def test_a_mark_is_shown_with_its_reason_where_the_answer_stands(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await quotes.save(board.can.caller, await begun(board.can, made), offered(), send=True)
    part, _, recipient = await place_of(board.can, board, made)
    await answering.mark_irrelevant(board.buyer.caller, part, "We asked for towels, not for oil.")
    for path in (
        here(board.can, made),
        f"{here(board.can)}?tab=answers",
        f"/en/desk/{board.can.org}/inquiries/{recipient}",
    ):
        page = await read(client, board.can, path)
        assert "We asked for towels, not for oil." in page
        assert "as not fitting" in page
    assert "Write a quote" not in page


async def test_files_of_a_quote_become_a_message_that_the_requester_alone_reads(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await begun(board.ayse, made)
    _, inquiry, recipient = await place_of(board.ayse, board, made)
    path = f"/en/desk/{board.ayse.org}/inquiries/{recipient}"
    await people.sign_in(client, board.ayse.person)
    token = await people.token_of(client, f"{path}/quote")
    answer = await client.post(
        f"{path}/quote",
        data={**form_of(), csrf.FIELD: token},
        files={"files": ("list.pdf", PDF, "application/pdf")},
    )
    assert answer.status_code == 303, answer.text[:2000]
    [file] = await fetch("SELECT public_id, name FROM attachment")
    assert file["name"] == "list.pdf"
    number = await fetchval("SELECT number FROM quote")
    assert await fetchval("SELECT text FROM message") == number
    # One mail says both.
    assert [mail["template"] for mail in await people.mails(board.buyer.caller.email)][-1] == "quote_sent"
    talk = await read(client, board.buyer, f"/en/desk/{board.buyer.org}/inquiries/{inquiry}/{recipient}")
    assert "list.pdf" in talk
    for who, status in ((board.buyer, 200), (board.post, 200), (board.ayse, 200), (board.can, 404)):
        await people.sign_in(client, who.person)
        answer = await client.get(f"/en/desk/{who.org}/attachments/{file['public_id']}")
        assert answer.status_code == status, who.org


async def test_files_that_cannot_go_out_are_said_and_nothing_typed_is_lost(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await begun(board.ayse, made)
    _, _, recipient = await place_of(board.ayse, board, made)
    path = f"/en/desk/{board.ayse.org}/inquiries/{recipient}/quote"
    await people.sign_in(client, board.ayse.person)
    token = await people.token_of(client, path)
    good = ("list.pdf", PDF, "application/pdf")
    for fields, file, said in (
        (form_of(draft="1"), good, "Files go out with the quote."),
        (form_of(price_1="x"), good, "Choose the files again"),
        (form_of(), ("list.pdf", b"MZ\x90\x00 no paper", "application/pdf"), "f-files-error"),
        (form_of(more="1"), good, "Choose the files again"),
    ):
        answer = await client.post(path, data={**fields, csrf.FIELD: token}, files={"files": file})
        assert answer.status_code == 422
        assert said in answer.text
        assert "White towel, 50 x 100" in answer.text
    assert not await fetch("SELECT FROM attachment")
    assert not await fetch("SELECT FROM quote")


async def test_a_quote_after_the_deadline_is_refused_and_what_was_typed_stays(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.published(board)
    await begun(board.ayse, made)
    _, _, recipient = await place_of(board.ayse, board, made)
    path = f"/en/desk/{board.ayse.org}/inquiries/{recipient}/quote"
    await people.sign_in(client, board.ayse.person)
    token = await people.token_of(client, path)
    await execute("UPDATE trade_request SET deadline = $1", today() - timedelta(days=1))
    answer = await client.post(path, data={**form_of(), csrf.FIELD: token})
    assert answer.status_code == 409
    assert "This request is closed: it takes no answers any more." in answer.text
    assert "White towel, 50 x 100" in answer.text
