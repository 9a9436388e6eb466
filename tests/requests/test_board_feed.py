"""Any search as an Atom feed: what a reader of feeds gets, by a parser of its own kind."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import httpx
import people
import pytest
import requesting
from litestar import Litestar
from requesting import Board, own

from kervan.db import execute, fetch
from kervan.discovery import indexing
from kervan.requests import board as boards
from kervan.requests import feed, service
from kervan.requests.structs import RequestCard
from kervan.requests.tables import RequestState

NS = {"a": "http://www.w3.org/2005/Atom"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def a_card(**changes: object) -> RequestCard:
    values: dict[str, object] = {
        "id": 1, "public_id": "r6k2m9q4t7bd", "number": "RQ26-7H4K-92XQ", "slug": "towels", "title": "Towels",
        "summary": "Wanted.", "language": "de", "hs_code": "630260", "sector": "home-textiles", "quantity": 1,
        "unit": "C62", "value_eur": None, "country": "DE", "deadline": boards.today(), "buyer_type": None,
        "source": "IMPORTER", "post_name": None, "buyer_verified": False, "certificates": (),
        "published_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC), "edited_at": None, "edition": 1,
        "state": RequestState.PUBLISHED, "answers": 0,
    }  # fmt: skip
    return RequestCard(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    """Open: towels (a week old, changed today), oil (of today). Closed: napkins."""
    made = await requesting.make_board()
    towels = await requesting.published(made)
    await execute("UPDATE trade_request SET published_at = now() - interval '7 days', edited_at = now()")
    await requesting.published(
        made, title="Olive oil in tins & drums", hs_code="150920", quantity=None, unit=None
    )
    gone = await requesting.published(made, title="Napkins of damask, white")
    await service.withdraw(made.buyer.caller, await own(made, gone), "Bought elsewhere.")
    assert towels.edition == 1
    ids = [row["id"] for row in await fetch("SELECT id FROM trade_request")]
    await indexing.index_requests(fresh_app.state.search, ids)
    return made


async def read(client: httpx.AsyncClient, query: str = "", language: str = "en") -> ElementTree.Element:
    answer = await client.get(f"/{language}/requests.atom{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


def titles(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.findall("a:entry/a:title", NS)]


async def test_the_feed_has_what_rfc_4287_asks_for(client: httpx.AsyncClient, board: Board) -> None:
    root = await read(client)
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert root.findtext("a:id", namespaces=NS) == "https://kervan.test/en/requests"
    links = {link.get("rel"): link.get("href") for link in root.findall("a:link", NS)}
    assert links == {
        "self": "https://kervan.test/en/requests.atom",
        "alternate": "https://kervan.test/en/requests",
    }
    entries = root.findall("a:entry", NS)
    assert titles(root) == ["Olive oil in tins & drums", "White cotton towels for hotels"]
    for entry in (root, *entries):
        assert [len(entry.findall(f"a:{name}", NS)) for name in ("id", "title", "updated")] == [1, 1, 1]
        moment = datetime.fromisoformat(entry.findtext("a:updated", "", NS))
        assert moment.tzinfo is not None
    assert root.find("a:author/a:name", NS) is not None
    assert len({entry.findtext("a:id", namespaces=NS) for entry in entries}) == 2
    towels = entries[1]
    published = datetime.fromisoformat(towels.findtext("a:published", "", NS))
    updated = datetime.fromisoformat(towels.findtext("a:updated", "", NS))
    assert (updated - published).days == 7
    assert root.findtext("a:updated", namespaces=NS) == max(
        entry.findtext("a:updated", "", NS) for entry in entries
    )
    assert "400 pieces · Germany · answers until" in towels.findtext("a:summary", "", NS)


async def test_a_feed_holds_what_its_search_finds(client: httpx.AsyncClient, board: Board) -> None:
    root = await read(client, "?q=olive+oil&country=DE&sort=closing&page=3&per_page=1")
    assert titles(root) == ["Olive oil in tins & drums"]
    assert root.findtext("a:title", namespaces=NS) == "Requests on Kervan: “olive oil”, Germany"
    self = next(link.get("href") for link in root.findall("a:link", NS) if link.get("rel") == "self")
    assert self == "https://kervan.test/en/requests.atom?q=olive+oil&country=DE"
    empty = await read(client, "?country=JP")
    assert (titles(empty), empty.findtext("a:updated", namespaces=NS)) == ([], "2026-01-01T00:00:00Z")


async def test_a_wrong_search_has_no_feed(client: httpx.AsyncClient, board: Board) -> None:
    for query in ("?country=Mars", "?value_from=5", "?sort=price"):
        assert (await client.get(f"/en/requests.atom{query}")).status_code == 422


async def test_a_reader_that_has_the_feed_is_not_sent_it_again(
    client: httpx.AsyncClient, board: Board
) -> None:
    first = await client.get("/en/requests.atom")
    assert first.headers["cache-control"] == "public, max-age=300"
    again = await client.get("/en/requests.atom", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await people.sign_in(client, board.ayse.person)
    own = await client.get("/en/requests.atom")
    assert "private" in own.headers["cache-control"]


def test_no_more_entries_than_a_reader_takes_and_signs_that_xml_cannot_hold() -> None:
    evil = "To\x00we\x0bls \ud800 \ufffe </title><script>alert(1)</script> & ]]> \u202e\U0001f600"
    text = feed.document("https://kervan.test", "en", evil, '?q="><x', [a_card(title=evil, summary=evil)])
    root = ElementTree.fromstring(text.encode())
    title = root.find("a:entry/a:title", NS)
    assert title is not None
    assert (title.text or "").startswith("To\ufffdwe\ufffdls \ufffd \ufffd </title><script>")
    assert title.get(LANG) == "de"
    assert len(root) == 7
    assert feed.MOST_ENTRIES == 50


async def test_the_feed_in_turkish_is_turkish(client: httpx.AsyncClient, board: Board) -> None:
    root = await read(client, language="tr")
    assert root.get(LANG) == "tr"
    assert "Almanya" in root.findtext("a:entry/a:summary", "", NS)
    href = root.find("a:entry/a:link", NS)
    assert href is not None
    assert (href.get("href") or "").startswith("https://kervan.test/tr/requests/")
