"""The request board attacked for what it must not tell: the buyer's name, what a request is worth, markup, formulas."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from xml.etree import ElementTree

import httpx
import pytest
from asking import Side, offered
from keying import a_key
from litestar import Litestar
from people import count, mails, post_form, sign_in, sign_out
from pictures import pdf
from request_typing import typed
from requesting import Board, make_board, own, published, submitted

from kervan.alerts import delivering, ledger, service
from kervan.alerts.conditions import Conditions
from kervan.alerts.structs import Wish
from kervan.db import execute, fetch, fetchval
from kervan.discovery import indexing
from kervan.inquiries import access as inquiries
from kervan.inquiries import quotes
from kervan.mail.compose import compose
from kervan.matching import service as matching
from kervan.outbox import drain
from kervan.requests import access, answering
from kervan.requests.service import Saved
from kervan.settings import load

API = "/api/v1"
EVIL = "<img src=x onerror=alert(1)>{{7*7}} towels"
FORMULA = '=HYPERLINK("http://evil.example","x") towels'


@pytest.fixture
async def program(fresh_app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies: where a session comes along, a key is not looked at."""
    transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as made:
        yield made


async def _announced(app: Litestar) -> None:
    """The index and all who wait hear of what was published."""
    ids = [row["id"] for row in await fetch("SELECT id FROM trade_request")]
    await indexing.index_requests(app.state.search, ids)
    known = {**ledger.handlers(), **delivering.handlers(load({}))}
    others = [row["topic"] for row in await fetch("SELECT DISTINCT topic FROM outbox")]
    while await drain(known, leave=[topic for topic in others if topic not in known]):
        pass


async def _heard(board: Board) -> str:
    """An alert of Ayşe for everything, by mail, bell and webhook; its feed."""
    await execute(
        """INSERT INTO webhook (public_id, organisation, name, url, secret, events, created_by)
        VALUES ('webhookaaaaa', $1, 'x', 'https://x.example/', 'x', '{request.matched}', $2)""",
        board.ayse.firm.id, board.ayse.person,
    )  # fmt: skip
    wish = Wish(
        name="All", conditions=Conditions(), frequency="AT_ONCE", channels=("MAIL", "IN_APP", "WEBHOOK")
    )
    await service.create(board.ayse.caller, board.ayse.membership, wish, language="en", agreed=True)
    found: str = await fetchval("SELECT feed_token FROM alert")
    return f"/en/alerts/feed/{found}.atom"


async def _quoted(firm: Side, request: Saved) -> str:
    """The exporter's part of the inquiry, with its quote."""
    recipient = await answering.begin(firm.caller, access.answering(firm.caller, firm.org), request.public_id)
    place = await inquiries.received(firm.caller, firm.org, recipient, act=True)
    await quotes.save(firm.caller, place, offered(line={"quantity": 400}), send=True)
    return recipient


async def _mails() -> str:
    return json.dumps([mail["context"] for mail in await mails()], default=str, ensure_ascii=False)


async def test_a_buyer_behind_the_relay_is_named_to_no_exporter_anywhere(
    client: httpx.AsyncClient, program: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    board = await make_board()
    await execute(
        "UPDATE importer SET website = 'https://nordlicht.example', city = 'Hamburg-Altona', phone = '+49 40 9'"
    )
    feed = await _heard(board)
    request = await published(board)
    await matching.invite(board.buyer.caller, await own(board, request), ["ayse-havlu"])
    await _announced(fresh_app)
    recipient = await _quoted(board.ayse, request)
    inquiry = await fetchval("SELECT public_id FROM inquiry")
    place = await inquiries.asked(board.buyer.caller, board.buyer.org, inquiry, recipient, act=True)
    await answering.mark_irrelevant(board.buyer.caller, place, "These are other goods")
    key = await a_key(board.ayse.firm, board.ayse.person, "view", "orders")
    await sign_in(client, board.ayse.person)
    desk = f"/en/desk/{board.ayse.org}"
    pages = [
        "/en/requests", "/en/requests.atom", f"/en/requests/x-{request.public_id}", feed, "/en/alerts",
        "/en/notifications",
        "/en/notifications/latest", f"{desk}/board", f"{desk}/board/{request.public_id}",
        f"{desk}/board/{request.public_id}/answer", f"{desk}/inquiries/{recipient}", f"{desk}/inquiries",
        f"{desk}/inquiries.csv", desk, "/en/privacy/data.json", "/en/requests?q=Nordlicht",
    ]  # fmt: skip
    api = [
        f"{API}/requests", f"{API}/requests/{request.public_id}", f"{API}/matches", f"{API}/notifications",
        f"{API}/inquiries", f"{API}/inquiries/{recipient}", f"{API}/alerts", f"{API}/requests?q=Nordlicht",
    ]  # fmt: skip
    found = {path: (await client.get(path, follow_redirects=True)).text for path in pages}
    found |= {path: (await program.get(path, headers=key)).text for path in api}
    found["bell"] = str(
        [
            tuple(row)
            for row in await fetch("SELECT data, path FROM notification WHERE person = $1", board.ayse.person)
        ]
    )
    found["webhooks"] = str([tuple(row) for row in await fetch("SELECT payload::text FROM webhook_delivery")])
    found["mails"] = json.dumps(
        [one["context"] for one in await mails() if one["person"] == board.ayse.person], ensure_ascii=False
    )
    assert all(
        title in found[where] for title in ("White cotton",) for where in ("mails", "bell", "webhooks")
    )
    public = await fetchval("SELECT public_id FROM importer WHERE id = $1", board.importer)
    email = await fetchval("SELECT email FROM person WHERE id = $1", board.buyer.person)
    # What was searched for is repeated by the page itself.
    found = {
        where: text.replace("q=Nordlicht", "").replace("“Nordlicht”", "") for where, text in found.items()
    }
    found = {where: re.sub(r'value="Nordlicht"', "", text) for where, text in found.items()}
    secrets = (
        "Nordlicht Handel",
        "nordlicht.example",
        "Petersen",
        "Altona",
        "+49 40 9",
        email,
        public,
        board.buyer.org,
    )
    assert [
        f"{where}: {secret}" for where, text in found.items() for secret in secrets if secret in text
    ] == []


async def test_a_visitor_does_not_find_out_what_a_request_is_worth(
    client: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    board = await make_board()
    request = await published(board, budget=Decimal("87654.00"))
    await _announced(fresh_app)
    plain = ["", "?sort=newest", "?sort=closing", "?q=towels", "?country=DE"]
    for who in (None, board.other_buyer):
        if who is not None:
            await sign_in(client, who.person)
        for query in plain:
            for path in ("/en/requests", "/en/requests.atom", f"{API}/requests"):
                answer = await client.get(f"{path}{query}")
                text = answer.text.replace("q=87654", "").replace("“87654", "").replace('value="87654', "")
                assert answer.status_code == 200, (path, query)
                assert not re.search(r"87[.,]?654", text), (path, query)
        for query in ("?value_from=1", "?value_to=1000000", "?value_from=90000&value_to=99999", "?sort=value",
                      "?sort=-value_eur", "?value_eur=87654", "?value=100k"):  # fmt: skip
            for path in ("/en/requests", "/en/requests.atom", f"{API}/requests"):
                answer = await client.get(f"{path}{query}")
                assert "87654" not in answer.text.replace("value_eur=87654", ""), (path, query)
                if path.startswith(API) or query.startswith("?value_from"):
                    assert answer.status_code == 422, (path, query)
        for path in (f"/en/requests/x-{request.public_id}", f"{API}/requests/{request.public_id}"):
            assert not re.search(r"87[.,]?654", (await client.get(path, follow_redirects=True)).text), path
    sign_out(client)


async def test_markup_in_a_request_is_text_wherever_it_comes_up(
    client: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    board = await make_board()
    feed = await _heard(board)
    request = await published(
        board,
        title=f"{EVIL} \u202egnp.exe",
        summary=f"{EVIL} ]]></title> for hotels",
        description=EVIL,
        place=EVIL,
    )
    assert "\u202e" not in await fetchval("SELECT title FROM trade_request"), (
        "nothing turns the reading order"
    )
    waiting = await submitted(
        board, title=f"{EVIL} of another kind", hs_code="5702.42", summary=f"{EVIL} for a house in Bonn"
    )
    await matching.invite(board.buyer.caller, await own(board, request), ["ayse-havlu"])
    await _announced(fresh_app)
    recipient = await _quoted(board.ayse, request)
    inquiry = await fetchval("SELECT public_id FROM inquiry")
    seen = 0
    visits = {
        board.ayse: [
            f"/desk/{board.ayse.org}/board", f"/desk/{board.ayse.org}/board/{request.public_id}", "/notifications",
            "/notifications/latest", f"/desk/{board.ayse.org}/inquiries/{recipient}", f"/desk/{board.ayse.org}",
            "/alerts",
        ],
        board.buyer: [
            f"/desk/{board.buyer.org}/requests", f"/desk/{board.buyer.org}/requests/{request.public_id}",
            f"/desk/{board.buyer.org}/requests/{request.public_id}/edit",
            f"/desk/{board.buyer.org}/inquiries/{inquiry}",
            f"/desk/{board.buyer.org}/requests/{request.public_id}/suggested", "/notifications",
        ],
        board.post: [
            "/staff/requests", f"/staff/requests/{request.public_id}", f"/staff/requests/{waiting.public_id}",
            "/staff/requests/country", "/notifications", f"/staff/requests/{request.public_id}/edit",
        ],
        None: ["/requests", f"/requests/x-{request.public_id}", "/requests?q=towels", ""],
    }  # fmt: skip
    for who, paths in visits.items():
        sign_out(client)
        if who is not None:
            await sign_in(client, who.person)
        for path in paths:
            answer = await client.get(f"/en{path}", follow_redirects=True)
            assert answer.status_code == 200, path
            assert "<img src=x" not in answer.text, path
            assert "]]></title>" not in answer.text, path
            assert ">49 towels" not in answer.text, path
            seen += "&lt;img src=x" in answer.text or "\\u003cimg" in answer.text
    assert seen > 12, "the title stands on too few pages for this to mean anything"
    for path in (feed, "/en/requests.atom"):
        ElementTree.fromstring((await client.get(path)).content)
    for mail in await mails():
        composed = compose(fresh_app.state.templates, "en", mail["template"], mail["context"])
        assert "<img src=x" not in composed.html, mail["template"]
        assert "\n" not in composed.subject
    assert "request_alert" in {mail["template"] for mail in await mails()}


async def test_no_cell_of_a_list_of_requests_begins_a_formula(client: httpx.AsyncClient) -> None:
    board = await make_board()
    request = await published(board, title=FORMULA, place="@SUM(1)")
    recipient = await _quoted(board.ayse, request)
    assert recipient
    for who, path in (
        (board.buyer, f"/en/desk/{board.buyer.org}/requests.csv"),
        (board.post, "/en/staff/requests.csv?tab=all"),
        (board.ayse, f"/en/desk/{board.ayse.org}/inquiries.csv"),
        (board.buyer, f"/en/desk/{board.buyer.org}/inquiries.csv"),
    ):
        await sign_in(client, who.person)
        answer = await client.get(path)
        assert answer.status_code == 200, path
        head = answer.text.partition("\n")[0]
        rows = list(
            csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";" if ";" in head else ",")
        )
        assert len(rows) > 1, path
        cells = [cell for row in rows[1:] for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == [], path


async def test_a_key_that_may_only_look_writes_nothing(program: httpx.AsyncClient) -> None:
    board = await make_board()
    request = await published(board)
    looks = await a_key(board.buyer.firm, board.buyer.person, "view")
    hears = await a_key(board.ayse.firm, board.ayse.person, "view")
    own_path = f"{API}/requests/{request.public_id}"
    tries = (
        ("POST", f"{API}/requests", looks), ("PUT", own_path, looks), ("POST", f"{own_path}/withdraw", looks),
        ("POST", f"{own_path}/submit", looks), ("POST", f"{own_path}/take-back", looks),
        ("POST", f"{own_path}/invitations", looks), ("POST", f"{own_path}/answers", hears),
        ("POST", f"{API}/alerts", hears),
    )  # fmt: skip
    body = {"title": "Bath robes for a spa", "reason": "No need", "exporters": ["ayse-havlu"], "name": "x"}
    before = await fetch("SELECT * FROM trade_request")
    for method, path, key in tries:
        answer = await program.request(method, path, json=body, headers={**key, "idempotency-key": "k"})
        assert answer.status_code == 403, (method, path, answer.text)
    assert await fetch("SELECT * FROM trade_request") == before
    assert await count("inquiry_recipient") == await count("alert") == await count("request_invitation") == 0


async def test_one_key_with_other_words_is_refused_and_with_the_same_is_one_request(
    program: httpx.AsyncClient,
) -> None:
    board = await make_board()
    key = {**await a_key(board.buyer.firm, board.buyer.person, "view", "buy"), "idempotency-key": "once"}
    body = {"title": "Bath robes for a spa"}
    first = await program.post(f"{API}/requests", json=body, headers=key)
    same = await program.post(f"{API}/requests", json=body, headers=key)
    other = await program.post(f"{API}/requests", json={"title": "Something else"}, headers=key)
    assert (first.status_code, same.status_code, other.status_code) == (201, 200, 409)
    assert first.json()["id"] == same.json()["id"]
    assert await count("trade_request") == 1
    # The key of another firm is another key.
    theirs = await a_key(board.other_buyer.firm, board.other_buyer.person, "view", "buy")
    made = await program.post(f"{API}/requests", json=body, headers={**theirs, "idempotency-key": "once"})
    assert made.status_code == 201
    assert made.json()["id"] != first.json()["id"]


async def test_fifty_attachments_and_one_that_lies_about_itself_are_refused_beside_the_field(
    client: httpx.AsyncClient,
) -> None:
    board = await make_board()
    await sign_in(client, board.buyer.person)
    path = f"/en/desk/{board.buyer.org}/requests/new"
    many = [("files", (f"{n}.pdf", pdf("Towels"), "application/pdf")) for n in range(50)]
    lies = [("files", ("drawing.pdf", b"<script>alert(1)</script>", "application/pdf"))]
    for files in (many, lies):
        answer = await post_form(client, path, typed(then="save"), files=files)
        assert answer.status_code == 422
        assert 'id="files-' in answer.text or "too many files" in answer.text or "PDF" in answer.text
    assert await count("request_file") == 0


async def test_a_file_name_does_not_say_how_to_reach_the_buyer(client: httpx.AsyncClient) -> None:
    board = await make_board()
    await sign_in(client, board.buyer.person)
    names = ("write jonas@nordlicht.example.pdf", "call +49 40 123 456 78.pdf", "drawing 2026-11.pdf")
    files = [("files", (name, pdf("Towels"), "application/pdf")) for name in names]
    answer = await post_form(
        client, f"/en/desk/{board.buyer.org}/requests/new", typed(then="save"), files=files
    )
    assert answer.status_code == 303, answer.text
    found = [row["name"] for row in await fetch("SELECT name FROM request_file ORDER BY id")]
    assert found[2] == "drawing 2026-11.pdf"
    assert all(name.endswith(".pdf") and "•••" in name for name in found[:2]), found
