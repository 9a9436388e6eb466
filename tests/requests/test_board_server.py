"""The board on a real Meilisearch server: the same questions, the same true counts."""

import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requesting
from meili import meilisearch
from requesting import Board, own

from kervan.db import execute, fetch
from kervan.discovery import indexing
from kervan.discovery.engine import SPECS, synonyms
from kervan.discovery.requests import parse
from kervan.discovery.structs import Results
from kervan.requests import board as boards
from kervan.requests import service
from kervan_search.engine import Engine, open_engine

pytestmark = pytest.mark.server

TOWELS = "White cotton towels for hotels"
MARBLE: dict[str, Any] = {
    "title": "Bej mermer levha aranıyor",
    "summary": "Doha'da bir müteahhit İstanbul çıkışlı bej mermer levha arıyor.",
    "description": "Işıklı salon için cilalı. Havlu istenmez.",
    "language": "tr",
    "hs_code": "680291",
    "quantity": 900,
    "unit": "MTK",
    "country": "QA",
    "specs": (),
    "certificates": (),
    "buyer_type": "MANUFACTURER",
    "deadline": boards.today() + timedelta(days=95),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str | None]]:
    with meilisearch(tmp_path_factory.mktemp("meilisearch")) as found:
        yield found


@pytest.fixture
async def search(db: None, server: tuple[str, str | None]) -> AsyncIterator[Engine]:
    url, key = server
    engine = open_engine(
        specs=SPECS, synonyms=synonyms(), meili_url=url, meili_key=key, prefix=f"t{secrets.token_hex(4)}_"
    )
    await engine.open()
    yield engine
    await engine.close()


async def find(search: Engine, **params: str | list[str]) -> Results:
    query = {name: value if isinstance(value, list) else [value] for name, value in params.items()}
    return await boards.find(search, parse("requests", "en", query), None)


def titles(results: Results) -> list[str]:
    return [card.title for card in results.requests]


async def index(search: Engine) -> None:
    await indexing.index_requests(search, [row["id"] for row in await fetch("SELECT id FROM trade_request")])


async def test_the_board_asks_a_server_as_it_asks_the_engine_inside(search: Engine) -> None:
    """One test, for a server takes its time to make its indexes."""
    board: Board = await requesting.make_board()
    await requesting.several(
        board,
        [
            {},
            MARBLE,
            {"title": "Bathrobes with a hood", "hs_code": "620891", "country": "AT", "quantity": 90},
            {
                "title": "Kitchen towels of linen",
                "country": "AT",
                "deadline": boards.today() + timedelta(days=5),
            },
        ],
    )
    await execute(
        "UPDATE trade_request SET published_at = now() - interval '20 days' WHERE title = $1", TOWELS
    )
    await index(search)

    # Turkish letters in any way of typing them.
    for text in ("İSTANBUL MERMER", "istanbul mermer", "ISIKLI", "ışıklı"):
        assert titles(await find(search, q=text)) == [MARBLE["title"]], text
    # A better match above a newer request.
    assert titles(await find(search, q="white cotton towels"))[0] == TOWELS
    assert titles(await find(search, q="towels", sort="newest"))[-1] == TOWELS
    assert titles(await find(search, q="towels", sort="closing"))[0] == "Kitchen towels of linen"
    assert titles(await find(search, q="Nordlicht")) == []

    # Every count is what its choice finds.
    starts: list[dict[str, str | list[str]]] = [
        {}, {"country": ["AT", "DE"]}, {"q": "towels"}, {"deadline": ["-7", "90-"]}
    ]  # fmt: skip
    for start in starts:
        for facet in (await find(search, **start)).facets:
            for value in facet.values:
                clicked = await find(search, **{**start, facet.name: value.value})
                assert clicked.total == value.count == len(clicked.requests), (start, facet.name, value.value)

    # Days are counted from today, and what is over does not come.
    later = await boards.find(search, parse("requests", "en", {}), None, boards.today() + timedelta(days=6))
    assert "Kitchen towels of linen" not in titles(later)
    assert later.total == 3
    deep = await find(search, page="1000000")
    assert (deep.too_deep, deep.total) == (True, 4)

    # What is withdrawn leaves, what differs is seen.
    gone = await requesting.published(board, title="Napkins of damask, white")
    await index(search)
    assert await search.count("requests") == 5
    await service.withdraw(board.buyer.caller, await own(board, gone), "Bought elsewhere.")
    [difference] = [found for found in await indexing.compare(search) if found.index == "requests"]
    assert difference.surplus == [str(gone.id)]
    await indexing.repair(search, difference)
    assert await search.count("requests") == 4
