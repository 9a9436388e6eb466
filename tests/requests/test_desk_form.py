"""A buyer writes a request at its desk: kept, refused, sent for review, changed; nothing that was typed is lost."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import requesting
from desk import a_photo, flat
from people import count, post_form, sign_in
from request_typing import typed
from requesting import Board

from kervan.db import execute, fetch, fetchval
from kervan.orders.deadlines import today


@pytest.fixture
async def board(db: None) -> Board:
    return await requesting.make_board()


def at(board: Board, rest: str = "") -> str:
    return f"/en/desk/{board.buyer.org}/requests{rest}"


async def test_the_form_begins_with_the_firms_country_and_both_ends_of_the_deadline(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    page = flat(await client.get(at(board, "/new")))
    assert '<option value="DE" selected>Germany</option>' in page
    assert f'min="{today() + timedelta(days=3)}"' in page
    assert f'max="{today() + timedelta(days=180)}"' in page
    assert "How to write a request that is answered" in page
    assert "Through the trade post" in page


async def test_answers_through_a_post_are_offered_only_where_one_is_in_office(
    client: httpx.AsyncClient, board: Board
) -> None:
    await execute("UPDATE importer SET country = 'PT' WHERE id = $1", board.importer)
    await execute("UPDATE organisation SET country = 'PT' WHERE id = $1", board.buyer.firm.id)
    await sign_in(client, board.buyer.person)
    assert "Through the trade post" not in (await client.get(at(board, "/new"))).text


async def test_a_draft_is_kept_with_its_files_and_the_same_form_sent_twice_makes_one(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    files = [("files", ("drawing.jpg", a_photo(), "image/jpeg"))]
    answer = await post_form(client, at(board, "/new"), typed(then="save"), files=files)
    assert answer.status_code == 303, answer.text
    again = await post_form(client, at(board, "/new"), typed(then="save"))
    assert again.headers["location"] == answer.headers["location"]
    [row] = await fetch("SELECT * FROM trade_request")
    assert (row["state"], row["hs_code"], row["sector"], row["source"]) == (
        "DRAFT",
        "630260",
        "home-textiles",
        "IMPORTER",
    )
    page = await client.get(answer.headers["location"])
    assert "Nobody else sees it until you send it." in page.text
    assert "drawing.jpg" in page.text
    file = await fetchval("SELECT public_id FROM request_file")
    download = await client.get(at(board, f"/{row['public_id']}/files/{file}"))
    assert download.headers["content-disposition"].startswith("attachment")


async def test_who_goes_back_and_changes_the_form_keeps_the_newer_text(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    await post_form(client, at(board, "/new"), typed(then="save"))
    answer = await post_form(client, at(board, "/new"), typed(then="save", quantity="900"))
    assert answer.status_code == 303
    [row] = await fetch("SELECT quantity, version FROM trade_request")
    assert tuple(row) == (900, 2)


async def test_a_form_that_was_sent_already_says_so_when_it_comes_with_other_words(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    sent = await post_form(client, at(board, "/new"), typed(then="submit"))
    same = await post_form(client, at(board, "/new"), typed(then="submit"))
    assert same.headers["location"] == sent.headers["location"].partition("?")[0]
    other = await post_form(client, at(board, "/new"), typed(then="submit", quantity="900"))
    assert other.status_code == 409
    assert "You have sent this form already, as request RQ" in other.text
    assert 'value="900"' in other.text
    assert [row["quantity"] for row in await fetch("SELECT quantity FROM trade_request")] == [400]


async def test_a_request_is_sent_for_review_to_the_post_of_the_country(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    answer = await post_form(client, at(board, "/new"), typed(then="submit"))
    assert answer.status_code == 303, answer.text
    assert "said=request-sent" in answer.headers["location"]
    [row] = await fetch("SELECT state, post, review_due_at FROM trade_request")
    assert (row["state"], row["post"]) == ("SUBMITTED", board.post.firm.id)
    page = flat(await client.get(answer.headers["location"]))
    assert "Trade counsellor&#39;s office DE</bdi> looks at it by" in page
    assert "Take back to edit" in page


BAD = [
    ({"title": ""}, "title", "Give the request a title."),
    ({"title": "T" * 121}, "title", "At most 120 characters"),
    ({"quantity": "-1"}, "quantity", "Enter a whole number from 1"),
    ({"unit": "XYZ"}, "unit", "Choose a unit from the list."),
    ({"deadline": (today() - timedelta(days=1)).isoformat()}, "deadline", "Choose a day from"),
    ({"deadline": (today() + timedelta(days=181)).isoformat()}, "deadline", "Choose a day from"),
    ({"hs_code": "6399"}, "hs_code", "not in the Harmonized System"),
    ({"hs_code": "carpets"}, "hs_code", "Choose one of the suggestions"),
    ({"country": "TR"}, "country", "Choose a country other than Türkiye."),
    ({"target_price": "0"}, "target_price", "Enter a number from"),
    ({"currency": "ABC"}, "currency", "ABC is not a currency code"),
    ({"spec_value_2": ""}, "spec_name_2", "Give a name and a value"),
    ({"certificates": ["made-up"]}, "certificates", "is not one of the choices"),
    ({"languages": ["xx"]}, "languages", "is not one of the choices"),
    ({"visibility": "NEVER"}, "visibility", "is not one of the choices"),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), BAD)
async def test_a_refused_request_keeps_what_was_typed(
    client: httpx.AsyncClient, board: Board, changes: dict[str, Any], field: str, sentence: str
) -> None:
    await sign_in(client, board.buyer.person)
    answer = await post_form(client, at(board, "/new"), typed(**changes))
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}"' in answer.text
    assert sentence in flat(answer)
    assert 'value="Hamburg"' in answer.text
    assert "double stitched hems." in answer.text
    assert 'value="500 g/m²"' in answer.text
    if isinstance(value := next(iter(changes.values())), str) and field in ("title", "quantity", "hs_code"):
        assert f'value="{value}"' in answer.text
    assert await count("trade_request") == 0


async def test_fifty_attachments_are_refused_and_the_text_is_kept(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    files = [("files", (f"{n}.pdf", b"%PDF-1.4", "application/pdf")) for n in range(50)]
    answer = await post_form(client, at(board, "/new"), typed(), files=files)
    assert answer.status_code == 422
    assert "These are too many files." in answer.text
    assert 'value="Hamburg"' in answer.text
    assert await count("trade_request") == 0


async def test_a_file_that_is_not_what_it_says_is_refused_beside_its_field(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    files = [("files", ("a.pdf", b"MZ this is a program", "application/pdf"))]
    answer = await post_form(client, at(board, "/new"), typed(), files=files)
    assert answer.status_code == 422
    assert 'href="#f-files"' in answer.text
    assert await count("trade_request") == 0


async def test_files_beside_a_refused_field_have_to_be_chosen_again(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    files = [("files", ("drawing.jpg", a_photo(), "image/jpeg"))]
    answer = await post_form(client, at(board, "/new"), typed(quantity="-1"), files=files)
    assert "Choose the files again: a browser does not keep them." in answer.text


async def test_no_more_than_ten_files_are_kept_and_each_can_be_taken_away(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.drafted(board)
    await sign_in(client, board.buyer.person)
    path = at(board, f"/{made.public_id}/edit")
    for first in (0, 5):
        files = [("files", (f"{n}.jpg", a_photo(), "image/jpeg")) for n in range(first, first + 5)]
        version = str(await fetchval("SELECT version FROM trade_request"))
        answer = await post_form(client, path, typed(version=version), files=files)
        assert answer.status_code == 303, answer.text
    version = str(await fetchval("SELECT version FROM trade_request"))
    one_more = [("files", ("11.jpg", a_photo(), "image/jpeg"))]
    answer = await post_form(client, path, typed(version=version), files=one_more)
    assert (answer.status_code, "The most at once: 10." in answer.text) == (422, True)
    first_file = await fetchval("SELECT public_id FROM request_file ORDER BY id LIMIT 1")
    answer = await post_form(client, path, typed(version=version, removed=[first_file]), files=one_more)
    assert answer.status_code == 303
    names = [
        row["name"]
        for row in await fetch("SELECT name FROM request_file WHERE removed_at IS NULL ORDER BY id")
    ]
    assert names == [*(f"{n}.jpg" for n in range(1, 10)), "11.jpg"]
    assert (await client.get(at(board, f"/{made.public_id}/files/{first_file}"))).status_code == 404


async def test_markup_and_signs_that_turn_the_reading_order_in_a_title_do_nothing(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    title = "<script>alert(1)</script> towels \u202efdp.exe\u202c <b>now</b>"
    answer = await post_form(client, at(board, "/new"), typed(title=title, then="save"))
    page = (await client.get(answer.headers["location"])).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; towels fdp.exe &lt;b&gt;now&lt;/b&gt;" in page
    assert "\u202e" not in page


async def test_contact_data_is_taken_out_and_the_buyer_is_told_from_where(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    said = typed(description="Write to jonas@nordlicht.example or call +49 40 1234567.", then="submit")
    answer = await post_form(client, at(board, "/new"), said)
    page = flat(await client.get(answer.headers["location"]))
    assert (
        "We took out an e-mail address and a telephone number (Description): exporters reach you as chosen below."
        in page
    )
    assert "jonas@nordlicht" not in page
    assert await fetchval("SELECT description FROM trade_request") == "Write to ••• or call •••."


async def test_words_of_an_address_show_no_sentence_of_others(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.drafted(board)
    await sign_in(client, board.buyer.person)
    page = await client.get(at(board, f"/{made.public_id}?masked=your+password&masked=<b>"))
    assert "We took out" not in page.text


async def test_codes_are_suggested_by_a_button_without_scripts(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    answer = await post_form(client, at(board, "/new"), typed(hs_code="", find="1"))
    assert answer.status_code == 200
    assert 'name="hs_pick" value="6302"' in flat(answer)
    assert "double stitched hems." in answer.text
    assert await count("trade_request") == 0
    picked = typed(hs_code="", hs_offered="6302 5802", hs_pick="6302", then="save")
    assert (await post_form(client, at(board, "/new"), picked)).status_code == 303
    assert await fetchval("SELECT hs_code FROM trade_request") == "6302"


async def test_another_property_comes_by_a_button_without_scripts(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    answer = await post_form(client, at(board, "/new"), typed(more="1"))
    assert answer.status_code == 200
    assert 'name="spec_name_4"' in answer.text
    assert 'name="rows" value="4"' in flat(answer)


async def test_what_is_missing_before_sending_is_marked_and_the_draft_is_kept(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.buyer.person)
    answer = await post_form(
        client, at(board, "/new"), typed(then="submit", summary="", deadline="", buyer_type="")
    )
    assert answer.status_code == 422
    assert "Saved as a draft. What is marked below is still missing before it can be sent." in answer.text
    for field in ("summary", "deadline", "buyer_type"):
        assert f'href="#f-{field}"' in answer.text
    [row] = await fetch("SELECT public_id, state, version FROM trade_request")
    assert row["state"] == "DRAFT"
    path = f"/requests/{row['public_id']}/edit"
    assert f'action="/en/desk/{board.buyer.org}{path}"' in answer.text
    done = await post_form(
        client, at(board, path[len("/requests") :]), typed(then="submit", version=str(row["version"]))
    )
    assert done.status_code == 303
    assert await fetchval("SELECT state FROM trade_request") == "SUBMITTED"


async def test_banned_goods_are_refused_with_their_rule(client: httpx.AsyncClient, board: Board) -> None:
    await sign_in(client, board.buyer.person)
    answer = await post_form(client, at(board, "/new"), typed(then="submit", hs_code="9706"))
    assert answer.status_code == 422
    assert (
        "These goods may not be exported from Türkiye: Antiques more than 100 years old (Export 96/31 communiqué"
        in answer.text
    )
