"""The database is the truth: the index follows by the outbox, can be rebuilt, compared and repaired."""

import pytest
from factories import ACTOR, make_exporter, make_product

from kervan.db import execute
from kervan.discovery import indexing
from kervan.discovery.queries import find, home_numbers, suggest
from kervan.discovery.requests import parse
from kervan.exporters import service as exporters
from kervan.exporters.tables import Verification
from kervan.outbox import drain, waiting
from kervan.products import service as products
from kervan.products.tables import Listing
from kervan_search.engine import Engine, EngineDown, Query


async def settle(search: Engine) -> None:
    """The worker's part."""
    while await drain(indexing.handlers(search)):
        pass


async def names(search: Engine, text: str = "towel") -> list[str]:
    results = await find(search, parse("products", "en", {"q": [text]}))
    assert results.total == len(results.products)
    return [card.name for card in results.products]


async def test_a_new_product_becomes_findable(search: Engine) -> None:
    await make_product(await make_exporter())
    assert await names(search) == []
    await settle(search)
    assert await names(search) == ["Combed cotton terry towel"]
    assert await waiting() == 0


async def test_a_product_of_an_unverified_exporter_is_never_findable(search: Engine) -> None:
    await make_product(await make_exporter(verification="SUBMITTED", verified_by=None))
    await settle(search)
    assert await names(search) == []


async def test_a_draft_is_never_findable(search: Engine) -> None:
    await make_product(await make_exporter(), state=Listing.DRAFT)
    await settle(search)
    assert await names(search) == []


async def test_a_paused_listing_leaves_the_index(search: Engine) -> None:
    id = await make_product(await make_exporter())
    await settle(search)
    await products.change_state(id, Listing.PAUSED, ACTOR)
    await settle(search)
    assert await search.count("products") == 0


async def test_suspension_hides_listings_at_once_even_before_the_index_knows(search: Engine) -> None:
    exporter = await make_exporter()
    await make_product(exporter)
    await settle(search)
    await exporters.change_verification(exporter, Verification.SUSPENDED, ACTOR, reason="complaint")
    results = await find(search, parse("products", "en", {"q": ["towel"]}))
    assert results.products == ()
    await settle(search)
    assert await search.count("products") == await search.count("exporters") == 0


async def test_a_verified_exporter_appears_with_all_its_products(search: Engine) -> None:
    exporter = await make_exporter(verification="UNDER_REVIEW", verified_by=None)
    for number in range(3):
        await make_product(exporter, f"HV-{number}")
    await exporters.verify(exporter, "DENİB", ACTOR)
    await settle(search)
    assert len(await names(search)) == 3


async def test_reindex_builds_everything_from_the_tables(search: Engine) -> None:
    await make_product(await make_exporter())
    await execute("DELETE FROM outbox")
    counts = await indexing.reindex(search)
    assert (counts["products"], counts["exporters"]) == (1, 1)
    assert counts["headings"] > 1200
    assert len(await names(search)) == 1
    assert all(difference.total == 0 for difference in await indexing.compare(search))


async def test_what_differs_is_found_and_repaired(search: Engine) -> None:
    exporter = await make_exporter()
    kept, gone, changed = [await make_product(exporter, sku) for sku in ("A", "B", "C")]
    await indexing.reindex(search)
    await search.delete("products", [str(kept)])
    await execute("UPDATE product SET state = 'PAUSED' WHERE id = $1", gone)
    await execute("UPDATE product SET version = version + 1 WHERE id = $1", changed)
    [difference] = [found for found in await indexing.compare(search) if found.index == "products"]
    assert (difference.missing, difference.stale, difference.surplus) == (
        [str(kept)],
        [str(changed)],
        [str(gone)],
    )
    await indexing.repair(search, difference)
    assert all(difference.total == 0 for difference in await indexing.compare(search))


async def test_an_older_version_never_overwrites_a_newer_one(search: Engine) -> None:
    from kervan.discovery.documents import products_by_id

    id = await make_product(await make_exporter())
    [old] = await products_by_id([id])
    await execute("UPDATE product SET version = version + 5 WHERE id = $1", id)
    [new] = await products_by_id([id])
    await search.upsert("products", [new])
    await search.upsert("products", [old])
    assert (await search.versions("products"))[str(id)] == new.version


async def test_an_empty_index_beside_a_full_database_is_filled(search: Engine) -> None:
    await make_product(await make_exporter())
    assert await indexing.ensure_ready(search) is True
    assert await indexing.ensure_ready(search) is False
    assert len(await names(search)) == 1


class Down:
    """An engine whose server went away."""

    async def search(self, index: str, query: Query) -> None:
        raise EngineDown("connection refused")

    async def suggest(self, index: str, text: str, limit: int = 8) -> None:
        raise EngineDown("connection refused")


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"q": ["towel"]}, 1),
        ({"q": ["HAVLU pamuk"]}, 1),
        ({"q": ["6302.60"]}, 1),
        ({"q": ["carpet"]}, 0),
        ({"q": ["100%"]}, 0),
        ({"heading": ["6302"], "province": ["20"], "micro": ["yes"]}, 1),
        ({"chapter": ["57"]}, 0),
        ({"section": ["11"], "sector": ["home-textiles"], "language": ["en"]}, 1),
        ({"price": ["1-5"], "moq": ["10-50"], "lead": ["7-14"]}, 1),
        ({"price_from": ["3"], "price_to": ["4"]}, 1),
        ({"price_from": ["4"]}, 0),
        ({"exporter": ["ayse-havlu"], "sort": ["price"]}, 1),
        ({"brand": ["Nobody"]}, 0),
        ({"certificate": ["iso-9001"]}, 0),
    ],
)
async def test_postgresql_answers_while_the_engine_is_down(
    db: None, params: dict[str, list[str]], found: int
) -> None:
    await make_product(await make_exporter())
    results = await find(Down(), parse("products", "en", params))  # type: ignore[arg-type]  # a part of the port
    assert (results.fallback, results.total, len(results.products)) == (True, found, found)


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"q": ["ayse"]}, 1),
        ({"sector": ["home-textiles"], "province": ["20"], "language": ["en"]}, 1),
        ({"country": ["DE"]}, 0),
        ({"business_model": ["TRADER"], "employees": ["1-9"], "certificate": ["gots"]}, 0),
        ({"sort": ["products"]}, 1),
    ],
)
async def test_exporters_are_found_by_postgresql_too(
    db: None, params: dict[str, list[str]], found: int
) -> None:
    await make_exporter()
    results = await find(Down(), parse("exporters", "en", params))  # type: ignore[arg-type]  # a part of the port
    assert (results.fallback, results.total, len(results.exporters)) == (True, found, found)


async def test_no_suggestions_while_the_engine_is_down(db: None) -> None:
    suggestions = await suggest(Down(), "tow", "en")  # type: ignore[arg-type]  # a part of the port
    assert suggestions.products == ()


async def test_the_numbers_of_the_home_page_are_counted(search: Engine) -> None:
    from kervan.discovery.queries import forget_numbers

    exporter = await make_exporter()
    await make_product(exporter)
    await make_product(exporter, "HV-2", state=Listing.DRAFT)
    await settle(search)
    forget_numbers()
    numbers = await home_numbers(search)
    assert (numbers.products, numbers.exporters, numbers.provinces) == (1, 1, 1)
    assert numbers.sectors == (("home-textiles", 1, 1),)
    forget_numbers()
