"""The board on a real Meilisearch server: the same questions, the same true counts."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requesting
from listing import asked, check_counts, difference, served_engine
from requesting import Board, own

from kervan.db import execute, fetch
from kervan.discovery import indexing
from kervan.discovery.structs import Results
from kervan.requests import board as boards
from kervan.requests import service
from kervan_search.engine import Engine

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


@pytest.fixture
async def search(db: None, tmp_path: Path) -> AsyncIterator[Engine]:
    async with served_engine(tmp_path) as engine:
        yield engine


async def find(search: Engine, **params: str | list[str]) -> Results:
    return await boards.find(search, asked("requests", **params), None)


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

    await check_counts(
        lambda params: find(search, **params),
        {}, {"country": ["AT", "DE"]}, {"q": ["towels"]}, {"deadline": ["-7", "90-"]},
    )  # fmt: skip

    # Days are counted from today, and what is over does not come.
    later = await boards.find(search, asked("requests"), None, boards.today() + timedelta(days=6))
    assert "Kitchen towels of linen" not in titles(later)
    assert later.total == 3
    deep = await find(search, page="1000000")
    assert (deep.too_deep, deep.total) == (True, 4)

    # What is withdrawn leaves, what differs is seen.
    gone = await requesting.published(board, title="Napkins of damask, white")
    await index(search)
    assert await search.count("requests") == 5
    await service.withdraw(board.buyer.caller, await own(board, gone), "Bought elsewhere.")
    found = await difference(search, "requests")
    assert found.surplus == [str(gone.id)]
    await indexing.repair(search, found)
    assert await search.count("requests") == 4
