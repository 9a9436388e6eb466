"""Requests in the index: built by one pure function, kept equal to the database by the outbox."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
import requesting
from requesting import Board, content, own

from kervan.db import execute, fetch, fetchval
from kervan.discovery import documents_requests, indexing
from kervan.discovery.documents_requests import request_document
from kervan.discovery.engine import REQUESTS
from kervan.outbox import drain
from kervan.requests import rules, service
from kervan.requests.structs import Content
from kervan_search.engine import Engine, check_document

PUBLISHED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
async def board(search: Engine) -> Board:
    return await requesting.make_board()


async def settle(search: Engine) -> None:
    """The worker's part, of what concerns the index."""
    while await drain(indexing.handlers(search)):
        pass


async def versions(search: Engine) -> dict[str, int]:
    return await search.versions("requests")


def test_a_document_holds_what_is_searched_and_never_the_buyer_or_the_place() -> None:
    whole = rules.tidied(
        content(deadline=date(2026, 4, 1), source_url="https://t.example/7", source_ref="77-1")
    )
    document = request_document(7, 3, whole, Decimal("1520.00"), PUBLISHED)
    check_document(REQUESTS, document)
    assert (document.id, document.version, document.label) == ("7", 3, "White cotton towels for hotels")
    assert document.titles == {"en": "White cotton towels for hotels"}
    assert document.texts == {
        "en": "A hotel group in Hamburg looks for white cotton towels, washed once.\n"
        "Terry towels, double stitched hems. Delivery in two parts.\nWeight 500 g/m²\nSize 50 x 100 cm"
    }
    assert {"Germany", "Almanya", "Bed, bath and table linen"} <= set(document.keywords)
    assert document.facets == {
        "section": ("11",), "chapter": ("63",), "heading": ("6302",), "sector": ("home-textiles",),
        "country": ("DE",), "certificate": ("oeko-tex-100",), "buyer_type": ("HOSPITALITY",),
        "source": ("IMPORTER",), "language": ("en",), "unit": ("C62",), "quantity": ("C62.100-1000",),
        "deadline": ("2026-04-01",),
    }  # fmt: skip
    assert document.numbers == {
        "value_eur": 1520.0, "quantity": 400.0, "deadline": 20544.0, "published_at": PUBLISHED.timestamp()
    }  # fmt: skip
    assert date(1970, 1, 1) + timedelta(days=20544) == date(2026, 4, 1)
    said = str(document)
    assert [secret for secret in ("t.example", "77-1", "DAP", "3.80") if secret in said] == []


def test_a_document_of_a_request_that_leaves_things_open() -> None:
    bare = Content(title="Towels", summary="Wanted.", hs_code="63", country="DE", deadline=date(2026, 4, 1))
    document = request_document(1, 1, bare, None, PUBLISHED)
    check_document(REQUESTS, document)
    assert document.facets.keys() == {
        "section", "chapter", "sector", "country", "source", "language", "deadline"
    }  # fmt: skip
    assert document.numbers.keys() == {"deadline", "published_at"}


async def test_an_edition_and_its_row_give_the_same_document(search: Engine, board: Board) -> None:
    """What alerts are asked with and what the board finds is one and the same."""
    made = await requesting.published(board)
    [of_row] = await documents_requests.requests_by_id([made.id])
    row = (await fetch("SELECT content, value_eur, published_at FROM request_edition"))[0]
    frozen = msgspec.json.decode(row["content"], type=Content)
    published = await fetchval("SELECT published_at FROM trade_request WHERE id = $1", made.id)
    of_edition = request_document(made.id, made.version, frozen, row["value_eur"], published)
    assert of_edition == of_row


async def test_publication_and_closing_reach_the_index_by_the_outbox(search: Engine, board: Board) -> None:
    drafted = await requesting.drafted(board)
    sent = await requesting.submitted(board, title="Bathrobes with a hood")
    await settle(search)
    assert await versions(search) == {}
    made = await requesting.published(board, title="Kitchen towels of linen")
    await settle(search)
    assert await versions(search) == {str(made.id): made.version}
    assert {drafted.state, sent.state} == {"DRAFT", "SUBMITTED"}
    seat = await own(board, made)
    changed = await service.change(
        board.buyer.caller, seat, content(title="Tea towels of linen"), made.version
    )
    await settle(search)
    assert await versions(search) == {str(made.id): changed.version}
    await service.withdraw(board.buyer.caller, seat, "Bought elsewhere.")
    await settle(search)
    assert await versions(search) == {}


async def test_what_differs_is_found_and_repaired(search: Engine, board: Board) -> None:
    kept, gone, changed = [
        await requesting.published(board, title=f"Towels of cotton, lot {n}") for n in ("A", "B", "C")
    ]
    assert (await indexing.reindex(search))["requests"] == 3
    await search.delete("requests", [str(kept.id)])
    await execute("UPDATE trade_request SET deadline = current_date - 3 WHERE id = $1", gone.id)
    await execute("UPDATE trade_request SET version = version + 1 WHERE id = $1", changed.id)
    [difference] = [found for found in await indexing.compare(search) if found.index == "requests"]
    assert (difference.missing, difference.stale, difference.surplus) == (
        [str(kept.id)],
        [str(changed.id)],
        [str(gone.id)],
    )
    await indexing.repair(search, difference)
    assert all(difference.total == 0 for difference in await indexing.compare(search))


async def test_an_index_of_requests_that_an_upgrade_brought_empty_is_filled(
    search: Engine, board: Board
) -> None:
    await indexing.reindex(search)
    made = await requesting.published(board)
    assert await search.count("requests") == 0
    assert await indexing.ensure_ready(search) is True
    assert await versions(search) == {str(made.id): made.version}
    assert await indexing.ensure_ready(search) is False


async def test_what_changed_while_the_index_was_built_is_put_right(search: Engine, board: Board) -> None:
    made = await requesting.published(board)
    seat = await own(board, made)

    async def at_once(index: str) -> None:
        if index == "requests" and await fetchval("SELECT state FROM trade_request") == "PUBLISHED":
            await service.withdraw(board.buyer.caller, seat, "Bought elsewhere.")

    batches = documents_requests.all_requests

    async def meanwhile(batch: int = 2000):  # type: ignore[no-untyped-def]  # as the function it stands for
        async for documents in batches(batch):
            await at_once("requests")
            yield documents

    documents_requests.all_requests = meanwhile
    try:
        await indexing.reindex(search)
    finally:
        documents_requests.all_requests = batches
    assert await versions(search) == {}
