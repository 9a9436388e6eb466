"""Saving products: create, update, versions, the outbox, the audit trail, conflicts."""

import asyncio
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec
import pytest
from factories import ACTOR, make_exporter, make_product, product_input

from kervan.db import connection, fetch, fetchval
from kervan.errors import Conflict, NotFound
from kervan.products.inputs import ProductInput, TextInput
from kervan.products.service import SaveCounts, change_state, new_public_id, save_many
from kervan.products.tables import Listing


async def _save(exporter: int, *products: ProductInput) -> SaveCounts:
    return await save_many(exporter, products, ACTOR)


async def _product(sku: str = "HV-1") -> dict[str, Any]:
    [row] = await fetch("SELECT * FROM product WHERE sku = $1", sku)
    return dict(row)


async def _versions() -> list[dict[str, Any]]:
    return [dict(row) for row in await fetch("SELECT * FROM product_version ORDER BY product, number")]


async def _changed() -> list[list[int]]:
    rows = await fetch("SELECT payload FROM outbox WHERE topic = 'products.changed' ORDER BY id")
    return [msgspec.json.decode(row["payload"])["ids"] for row in rows]


async def test_a_new_product_is_stored_whole(db: None) -> None:
    exporter = await make_exporter()
    product = product_input(
        gtin="8690000000012", keywords=("havlu",), certificates=("ISO 9001",), brand="Pamukova"
    )
    assert await _save(exporter, product) == SaveCounts(created=1)
    row = await _product()
    assert (row["exporter"], row["gtin"], row["brand"], row["origin"]) == (
        exporter,
        "8690000000012",
        "Pamukova",
        "TR",
    )
    assert (row["state"], row["version"], row["current_version"]) == ("PUBLISHED", 1, 1)
    assert (row["keywords"], row["certificates"]) == (["havlu"], ["ISO 9001"])
    assert row["published_at"] is not None
    assert row["completeness"] > 50
    assert "pamuk havlu" in row["search_text"]
    [version] = await _versions()
    assert (version["hs_code"], version["gross_weight_g"], version["moq"]) == ("630260000011", 455, 50)
    assert (version["price_min"], version["price_max"]) == (Decimal("3.10"), Decimal("4.20"))
    tiers = await fetch("SELECT from_quantity, unit_price FROM price_tier ORDER BY from_quantity")
    assert [tuple(tier) for tier in tiers] == list(product.tiers)
    texts = {row["language"]: row["name"] for row in await fetch("SELECT * FROM product_text")}
    assert texts == {language: text.name for language, text in product.texts.items()}


async def test_a_product_without_price_or_code_is_stored(db: None) -> None:
    exporter = await make_exporter()
    bare = ProductInput(sku="B-1", texts={"tr": TextInput("Ölçüye göre kalıp")}, state="DRAFT")
    assert await _save(exporter, bare) == SaveCounts(created=1)
    assert (await _product("B-1"))["published_at"] is None
    assert await _save(exporter, bare) == SaveCounts(unchanged=1)


async def test_saving_the_same_again_changes_nothing(db: None) -> None:
    exporter = await make_exporter()
    product = product_input(tiers=((50, Decimal("50.00")),))
    await _save(exporter, product)
    before = (await _product(), await _changed())
    assert await _save(exporter, product) == SaveCounts(unchanged=1)
    assert (await _product(), await _changed()) == before


@pytest.mark.parametrize(
    "change",
    [
        {"hs_code": "630260000019"},
        {"gross_weight_g": 500},
        {"moq": 40, "tiers": ((40, Decimal("4.20")),)},
        {"tiers": ((50, Decimal("4.19")),)},
        {"lead_days": None},
        {"currency": "USD"},
        {"micro_export_ok": False, "exclusion_reason": "RESTRICTED_GOODS"},
    ],
)
async def test_other_terms_make_a_new_version_and_keep_the_old(db: None, change: dict[str, Any]) -> None:
    exporter = await make_exporter()
    await _save(exporter, product_input())
    [first] = await _versions()
    changed = product_input(**change)
    assert await _save(exporter, changed) == SaveCounts(updated=1)
    kept, new = await _versions()
    assert kept == first
    assert new["number"] == 2
    assert all(new[name] == value for name, value in change.items() if name != "tiers")
    tiers = await fetch(
        "SELECT from_quantity, unit_price FROM price_tier WHERE version = $1 ORDER BY 1", new["id"]
    )
    assert [tuple(tier) for tier in tiers] == list(changed.tiers)
    row = await _product()
    assert (row["current_version"], row["version"]) == (2, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"texts": {"tr": TextInput("Bornoz")}},
        {"brand": "Kaplıca"},
        {"gtin": "8690000000012"},
        {"keywords": ("bornoz",)},
        {"certificates": ("gots",)},
    ],
)
async def test_other_words_make_no_new_version(db: None, change: dict[str, Any]) -> None:
    exporter = await make_exporter()
    await _save(exporter, product_input())
    assert await _save(exporter, product_input(**change)) == SaveCounts(updated=1)
    assert len(await _versions()) == 1
    row = await _product()
    assert (row["current_version"], row["version"]) == (1, 2)
    assert await _save(exporter, product_input(**change)) == SaveCounts(unchanged=1)


async def test_texts_that_are_gone_are_removed_and_leave_the_search_text(db: None) -> None:
    exporter = await make_exporter()
    await _save(exporter, product_input())
    await _save(exporter, product_input(texts={"tr": TextInput("Bornoz")}))
    assert [row["language"] for row in await fetch("SELECT language FROM product_text")] == ["tr"]
    text = (await _product())["search_text"]
    assert "bornoz" in text
    assert "towel" not in text


async def test_the_outbox_hears_once_of_each_save_and_only_of_what_changed(db: None) -> None:
    exporter = await make_exporter()
    await _save(exporter, product_input("A"), product_input("B"))
    await _save(exporter, product_input("A"), product_input("B", brand="Kaplıca"), product_input("C"))
    ids = {row["sku"]: row["id"] for row in await fetch("SELECT id, sku FROM product")}
    first, second = await _changed()
    assert sorted(first) == sorted([ids["A"], ids["B"]])
    assert sorted(second) == sorted([ids["B"], ids["C"]])


async def test_the_audit_trail_tells_who_made_and_changed_what(db: None) -> None:
    exporter = await make_exporter()
    id = await make_product(exporter)
    await save_many(exporter, [product_input(lead_days=20, brand="Kaplıca")], "user:7")
    rows = await fetch("SELECT * FROM audit_entry WHERE entity = 'product' ORDER BY id")
    assert [(row["action"], row["actor"], row["entity_id"]) for row in rows] == [
        ("product.created", ACTOR, str(id)),
        ("product.updated", "user:7", str(id)),
    ]
    before, after = (msgspec.json.decode(rows[1][side]) for side in ("before", "after"))
    assert (before["terms"]["lead_days"], after["terms"]["lead_days"]) == (10, 20)
    assert (before["plain"]["brand"], after["plain"]["brand"], after["version"]) == (None, "Kaplıca", 2)
    assert "texts" not in after


async def test_many_changed_products_each_get_their_own_version_and_texts(db: None) -> None:
    exporter = await make_exporter()
    await _save(exporter, *(product_input(f"S{n}") for n in range(30)))
    changed = [
        product_input(f"S{n}", gross_weight_g=500 + n, texts={"tr": TextInput(f"Havlu {n}")})
        for n in range(0, 30, 2)
    ]
    counts = await _save(exporter, *changed, *(product_input(f"S{n}") for n in range(1, 30, 2)))
    assert counts == SaveCounts(updated=15, unchanged=15)
    rows = await fetch(
        """SELECT p.sku, v.gross_weight_g, x.name FROM product p JOIN product_text x ON x.product = p.id
        JOIN product_version v ON v.product = p.id AND v.number = p.current_version
        WHERE p.current_version = 2 ORDER BY p.id"""
    )
    assert [tuple(row) for row in rows] == [(f"S{n}", 500 + n, f"Havlu {n}") for n in range(0, 30, 2)]


async def test_a_listing_keeps_its_state_when_it_is_saved_again(db: None) -> None:
    exporter = await make_exporter()
    id = await make_product(exporter)
    await change_state(id, Listing.PAUSED, ACTOR)
    await _save(exporter, product_input(brand="Kaplıca"))
    assert (await _product())["state"] == "PAUSED"


async def test_the_same_sku_of_two_exporters_are_two_products(db: None) -> None:
    one, other = await make_exporter(), await make_exporter("can-dokuma")
    assert await _save(one, product_input()) == SaveCounts(created=1)
    assert await _save(other, product_input()) == SaveCounts(created=1)


async def test_the_same_sku_twice_in_one_save_is_refused(db: None) -> None:
    exporter = await make_exporter()
    with pytest.raises(Conflict):
        await _save(exporter, product_input(), product_input(brand="Kaplıca"))
    assert await fetchval("SELECT count(*) FROM product") == 0


async def test_an_unknown_exporter_is_not_found(db: None) -> None:
    with pytest.raises(NotFound):
        await _save(4711, product_input())


async def test_saving_nothing_does_nothing(db: None) -> None:
    assert await _save(await make_exporter()) == SaveCounts()


async def test_one_product_that_the_database_refuses_saves_none(db: None) -> None:
    exporter = await make_exporter()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await _save(exporter, product_input("A"), product_input("B", gtin="12"))
    assert await fetchval("SELECT count(*) FROM product") == 0
    assert await _changed() == []


async def test_two_saves_of_the_same_product_at_once_make_one_product(db: None) -> None:
    exporter = await make_exporter()
    counts = await asyncio.gather(*(_save(exporter, product_input()) for _ in range(4)))
    assert sum(count.created for count in counts) == 1
    assert sum(count.unchanged for count in counts) == 3
    assert await fetchval("SELECT count(*) FROM product") == 1


async def test_versions_and_tiers_cannot_be_changed_afterwards(db: None) -> None:
    await make_product(await make_exporter())
    async with connection() as conn:
        for statement in ("UPDATE product_version SET moq = 1", "UPDATE price_tier SET unit_price = 1"):
            with pytest.raises(asyncpg.PostgresError):
                await conn.execute(statement)


def test_public_ids_are_twelve_signs_and_do_not_repeat() -> None:
    ids = {new_public_id() for _ in range(10_000)}
    assert len(ids) == 10_000
    assert {len(id) for id in ids} == {12}
    assert len(set("".join(ids))) == 32
