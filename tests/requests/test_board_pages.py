"""The board's pages: who reads what of a request, what closed ones say, and that nothing else gets out."""

import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import httpx
import msgspec
import people
import pytest
import requesting
from asking import Side
from litestar import Litestar
from pictures import pdf
from requesting import Board, content, own

from kervan.db import execute, fetch, fetchval
from kervan.discovery import indexing
from kervan.files.uploads import Upload
from kervan.requests import board as boards
from kervan.requests import service, views
from kervan.requests.service import Saved

PDF = pdf("Drawing of a towel")
ATOM = "{http://www.w3.org/2005/Atom}"
SECRETS = (
    "Nordlicht", "Petersen", "+49 40 5550 1234", "nordlicht.example", "double stitched", "500 g/m²", "Hamburg-Altona",
    "3.80", "1,520",
)  # fmt: skip


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    made = await requesting.make_board()
    await execute("UPDATE importer SET phone = '+49 40 5550 1234', website = 'https://nordlicht.example'")
    return made


async def wanted(app: Litestar, board: Board, **changes: Any) -> Saved:
    made = await requesting.published(board, place="Hamburg-Altona", **changes)
    await index(app)
    return made


async def index(app: Litestar) -> None:
    ids = [row["id"] for row in await fetch("SELECT id FROM trade_request")]
    await indexing.index_requests(app.state.search, ids)


def path(made: Saved, slug: str = "white-cotton-towels-for-hotels") -> str:
    return f"/en/requests/{slug}-{made.public_id}"


async def read(client: httpx.AsyncClient, address: str, who: Side | None = None, status: int = 200) -> str:
    if who is None:
        people.sign_out(client)
    else:
        await people.sign_in(client, who.person)
    answer = await client.get(address)
    assert answer.status_code == status, answer.text[:500]
    return " ".join(answer.text.split())


async def test_a_visitor_reads_the_summary_and_the_facts_and_is_asked_to_sign_in(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board)
    page = await read(client, path(made))
    for said in (
        "White cotton towels for hotels", "A hotel group in Hamburg looks for white cotton towels", "400 pieces",
        "6302.60", "Germany", "30 days left", "OEKO-TEX", "Hotel or restaurant", "Verified buyer",
        "Sign in to read everything and answer", "office DE",
    ):  # fmt: skip
        assert said in page, said
    assert f"/en/sign-in?next={path(made).removeprefix('/en').replace('/', '%2F')}" in page


@pytest.mark.parametrize("visibility", ["OPEN", "RELAY", "POST"])
async def test_nothing_but_the_public_part_reaches_a_visitor_anywhere(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar, visibility: str
) -> None:
    made = await wanted(fresh_app, board, visibility=visibility)
    for address in (
        path(made), "/en/requests", "/en", "/en/requests?q=towels", "/en/requests.atom", "/api/v1/requests",
        f"/api/v1/requests/{made.public_id}", "/tr/requests", "/sitemaps/requests-1.xml",
    ):  # fmt: skip
        for who in (None, board.other_buyer, board.other_post):
            said = await read(client, address, who)
            assert made.public_id in said or address == "/en"
            assert [secret for secret in SECRETS if secret in said] == [], (address, who)


async def test_a_verified_exporter_reads_everything_and_gets_the_button(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board, visibility="OPEN")
    page = await read(client, path(made), board.ayse)
    assert [secret for secret in SECRETS[:-1] if secret not in page] == []
    assert f'href="/en/desk/{board.ayse.org}/board/{made.public_id}/answer"' in page
    listed = await read(client, "/en/requests", board.ayse)
    assert "about €<bdi>1,520</bdi>" in listed or "about €1,520" in re.sub("</?bdi>", "", listed)


async def test_a_buyer_behind_the_relay_is_named_to_its_own_people_and_staff_alone(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board, visibility="RELAY")
    page = await read(client, path(made), board.ayse)
    assert "double stitched" in page
    assert not [secret for secret in SECRETS[:4] if secret in page]
    assert "stays hidden" in page
    for who, desk in (
        (board.buyer, f"/en/desk/{board.buyer.org}/requests/{made.public_id}"),
        (board.post, f"/en/staff/requests/{made.public_id}"),
        (board.ministry, f"/en/staff/requests/{made.public_id}"),
    ):
        page = await read(client, path(made), who)
        assert "Nordlicht" in page
        assert f'href="{desk}"' in page
        assert "/answer" not in page


async def test_a_request_through_the_post_names_the_post(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board, visibility="POST")
    page = await read(client, path(made), board.ayse)
    assert "Answers go through" in page
    assert not [secret for secret in SECRETS[:4] if secret in page]


async def test_an_exporter_that_is_not_verified_reads_what_visitors_read(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board, visibility="OPEN")
    await execute("UPDATE exporter SET verification = 'SUSPENDED' WHERE slug = 'can-zeytin'")
    page = await read(client, path(made), board.can)
    assert not [secret for secret in SECRETS if secret in page]
    assert "Only verified exporters can read requests as a whole and answer them." in page


@pytest.mark.parametrize("state", ["DRAFT", "SUBMITTED", "RETURNED", "REJECTED"])
async def test_what_is_not_published_is_there_for_its_own_people_and_staff_alone(
    client: httpx.AsyncClient, board: Board, state: str
) -> None:
    made = await (requesting.drafted if state == "DRAFT" else requesting.submitted)(board)
    if state in ("RETURNED", "REJECTED"):
        action = "return" if state == "RETURNED" else "reject"
        seat = await requesting.handled(board.post, made)
        await service.give_back(board.post.caller, seat, action, "Say how heavy the towels are.")
    for who in (None, board.ayse, board.other_buyer, board.other_post):
        await read(client, path(made), who, 404)
        await read(client, f"/api/v1/requests/{made.public_id}", who, 404)
    await people.sign_in(client, board.buyer.person)
    answer = await client.get(path(made))
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/en/desk/{board.buyer.org}/requests/{made.public_id}",
    )
    await people.sign_in(client, board.post.person)
    answer = await client.get(path(made))
    if state == "DRAFT":
        assert answer.status_code == 404
    else:
        assert answer.headers["location"] == f"/en/staff/requests/{made.public_id}"


async def test_a_closed_request_says_so_and_keeps_its_address(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board)
    other = await wanted(fresh_app, board, title="Bathrobes of cotton with a hood")
    await service.withdraw(board.buyer.caller, await own(board, made), "Bought elsewhere.")
    page = await read(client, path(made))
    assert "The request was withdrawn. No more answers are taken." in page
    assert '<meta name="robots" content="noindex">' in page
    assert "application/ld+json" not in page
    assert other.public_id in page
    assert "Bought elsewhere" not in page
    assert "/answer" not in await read(client, path(made), board.ayse)
    listed = (await client.get("/api/v1/requests")).json()
    assert [card["id"] for card in listed["data"]] == [other.public_id]


async def test_a_deadline_closes_before_the_round_does(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board)
    await execute("UPDATE trade_request SET deadline = $1", boards.today() - timedelta(days=1))
    assert "The deadline is over." in await read(client, path(made))
    shown = (await client.get(f"/api/v1/requests/{made.public_id}")).json()["data"]
    assert (shown["state"], shown["closed_as"]) == ("CLOSED", "DEADLINE")
    assert made.public_id not in await read(client, "/en/requests")


async def test_an_archived_request_is_gone_for_strangers(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board)
    await service.withdraw(board.buyer.caller, await own(board, made), "Bought elsewhere.")
    await execute("UPDATE trade_request SET state = 'ARCHIVED', archived_at = now()")
    page = await read(client, path(made), status=410)
    assert "This request is over" in page
    assert "White cotton towels" not in page
    await read(client, f"/api/v1/requests/{made.public_id}", status=404)


async def test_an_old_title_leads_to_the_right_address(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board)
    answer = await client.get(path(made, "brown-towels") + "?from=mail")
    assert (answer.status_code, answer.headers["location"]) == (301, f"{path(made)}?from=mail")
    for unknown in (
        "/en/requests/x",
        "/en/requests/towels-aaaaaaaaaaaa",
        "/en/requests/%00",
        "/en/requests/' OR 1=1",
    ):
        assert (await client.get(unknown)).status_code == 404


async def test_typed_texts_keep_their_language_and_direction(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(
        fresh_app, board, title="سجاد يدوي للفنادق", summary="تبحث شركة عن سجاد صوفي للفنادق.", language="ar"
    )
    page = await read(client, path(made, "request"))
    assert re.search(r'<h1[^>]*lang="ar"[^>]*dir="auto"[^>]*>سجاد', page)
    assert "Written in Arabic" in page


async def test_markup_in_a_request_is_text_everywhere(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    evil = "<script>alert(1)</script> & towels</title>"
    made = await wanted(
        fresh_app, board, title=evil, summary=f"{evil} ]]> for hotels", description=f"{evil}\n{evil}"
    )
    slug = (await client.get(f"/api/v1/requests/{made.public_id}")).json()["data"]["slug"]
    for address in (path(made, slug), "/en/requests?q=alert", "/en"):
        page = await read(client, address, board.ayse)
        assert "<script>alert" not in page
        assert "towels</title>" not in page
    feed = ElementTree.fromstring((await client.get("/en/requests.atom")).content)
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == evil


async def test_wrong_parameters_are_told_and_the_page_still_helps(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board)
    page = await read(client, "/en/requests?country=Mars&page=0&value_from=5&utm_source=x", status=422)
    assert "“Mars” is not one of the choices." in page
    assert "Only verified exporters can search by value." in page
    assert made.public_id in page
    deep = await read(client, "/en/requests?page=1000000")
    assert "Only the first 1,000 results can be opened." in deep
    hostile = "%22%3E%3Cscript%3E%E2%80%AE%00"
    page = await read(client, f"/en/requests?q={hostile}")
    assert "<script>\u202e" not in page


async def test_the_page_offers_alert_feed_json_and_links_without_trackers(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board)
    page = await read(client, "/en/requests?q=towels&country=DE")
    assert 'href="/en/alerts/new?q=towels&amp;country=DE"' in page
    assert 'href="/en/requests.atom?q=towels&amp;country=DE"' in page
    assert 'href="/api/v1/requests?q=towels&amp;country=DE&amp;lang=en"' in page
    page = await read(client, path(made))
    assert 'href="mailto:?subject=White%20cotton%20towels' in page
    assert not [
        host for host in re.findall(r'(?:src|href)="https?://([^/"]+)', page) if host != "kervan.test"
    ]


async def test_the_way_to_post_a_request_leads_to_the_right_desk(
    client: httpx.AsyncClient, board: Board
) -> None:
    people.sign_out(client)
    assert "/en/sign-in" in (await client.get("/en/requests/new")).headers["location"]
    for who, to in (
        (board.buyer, f"/en/desk/{board.buyer.org}/requests/new"),
        (board.post, "/en/staff/requests/new"),
    ):
        await people.sign_in(client, who.person)
        assert (await client.get("/en/requests/new")).headers["location"] == to
    await people.sign_in(client, board.ayse.person)
    assert (await client.get("/en/requests/new")).status_code == 403


async def test_attachments_are_for_those_who_read_the_whole(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await service.create(
        board.buyer.caller,
        requesting.by_buyer(board),
        content(),
        uploads=[Upload(name="Çizim.pdf", data=PDF)],
    )
    made = await service.submit(board.buyer.caller, await own(board, made), seen=True)
    file = await fetchval("SELECT public_id FROM request_file")
    address = f"/en/requests/{made.public_id}/files/{file}"
    await read(client, address, board.ayse, 404)
    seat = await requesting.handled(board.post, made)
    await service.publish(board.post.caller, seat, seen=True)
    people.sign_out(client)
    assert "/en/sign-in" in (await client.get(address)).headers["location"]
    await read(client, address, board.other_buyer, 404)
    await read(client, f"/api/v1/requests/{made.public_id}/files/{file}", board.other_buyer, 404)
    assert "Çizim.pdf" in await read(client, path(made), board.ayse)
    for who in (board.ayse, board.buyer, board.post):
        await people.sign_in(client, who.person)
        answer = await client.get(address)
        assert (answer.status_code, answer.content) == (200, PDF)
        assert answer.headers["content-disposition"].startswith("attachment;")
    assert (await client.get(f"/en/requests/{made.public_id}/files/aaaaaaaaaaaa")).status_code == 404


async def test_readers_are_counted_but_not_the_buyer_and_no_programs(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    views.forget()
    made = await wanted(fresh_app, board)
    client.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"
    for who in (None, None, board.ayse, board.buyer, board.post):
        await read(client, path(made), who)
    client.headers["user-agent"] = "Googlebot/2.1"
    await read(client, path(made))
    assert await views.flush() == 1
    assert await views.flush() == 0
    client.headers["user-agent"] = "Mozilla/5.0 Firefox/130.0"
    await read(client, path(made))
    await views.flush()
    rows = await fetch("SELECT request, views FROM request_view")
    assert [tuple(row) for row in rows] == [(made.id, 4)]


async def test_search_engines_are_told_of_open_requests(
    client: httpx.AsyncClient, board: Board, fresh_app: Litestar
) -> None:
    made = await wanted(fresh_app, board)
    closed = await wanted(fresh_app, board, title="Bathrobes of cotton with a hood")
    await service.withdraw(board.buyer.caller, await own(board, closed), "Bought elsewhere.")
    assert "/sitemaps/requests-1.xml" in await read(client, "/sitemap.xml")
    said = await read(client, "/sitemaps/requests-1.xml")
    assert f"https://kervan.test{path(made)}" in said
    assert f"https://kervan.test/tr{path(made).removeprefix('/en')}" in said
    assert closed.public_id not in said
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', await read(client, path(made)))
    assert found is not None
    data = msgspec.json.decode(found[1])
    assert (data["@type"], data["name"]) == ("Demand", "White cotton towels for hotels")
    assert data["eligibleQuantity"] == {"@type": "QuantitativeValue", "value": 400, "unitCode": "C62"}
