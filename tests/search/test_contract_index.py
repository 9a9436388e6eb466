"""What every engine has to keep, replace and forget, run against each of them."""

import asyncio
import time

import pytest
from goods import first, goods, ids

from kervan_search.engine import Document, Engine, EngineDown, IndexSpec, Query, open_engine


async def test_an_older_version_is_ignored_and_the_same_or_a_newer_one_replaces(filled: Engine) -> None:
    await filled.upsert("products", [Document("towel", 5, {"en": "Linen napkin"})])
    await filled.upsert("products", [Document("towel", 4, {"en": "Silk scarf"})])
    assert await ids(filled, "napkin") == ["towel"]
    assert await ids(filled, '"silk"') == []
    assert await filled.count("products") == len(goods())
    assert (await filled.versions("products"))["towel"] == 5
    await filled.upsert("products", [Document("towel", 5, {"en": "Linen tablecloth"})])
    assert await ids(filled, "tablecloth") == ["towel"]
    rows = [Document("twice", 2, {"en": "Second brass"}), Document("twice", 1, {"en": "First brass"})]
    await filled.upsert("products", rows)
    assert (await filled.versions("products"))["twice"] == 2


async def test_deleted_things_are_gone_and_unknown_ids_do_no_harm(filled: Engine) -> None:
    await filled.delete("products", ["towel", "never-there"])
    assert "towel" not in await ids(filled, "towel")
    assert await filled.count("products") == len(goods()) - 1
    await filled.delete("products", [])


async def test_versions_list_everything(shelf: Engine) -> None:
    assert await shelf.versions("products") == {row.id: 1 for row in goods()}


async def test_a_rebuild_replaces_everything_at_once(filled: Engine) -> None:
    async with filled.rebuild("products") as rebuild:
        await rebuild.add([Document("bowl", 1, {"en": "Copper bowl"})])
        assert await first(filled, "towel") == "towel"
        assert await ids(filled, "copper") == []
    assert await filled.versions("products") == {"bowl": 1}
    assert await ids(filled, "copper") == ["bowl"]
    assert await ids(filled, "towel") == []


async def interrupted(engine: Engine) -> None:
    async with engine.rebuild("products") as rebuild:
        await rebuild.add([Document("bowl", 1, {"en": "Copper bowl"})])
        raise RuntimeError("half-way")


async def test_a_failed_rebuild_leaves_the_live_index(filled: Engine) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        await interrupted(filled)
    assert await filled.count("products") == len(goods())
    assert await first(filled, "towel") == "towel"
    async with filled.rebuild("products") as rebuild:
        await rebuild.add(goods()[:2])
    assert await filled.count("products") == 2


async def test_changes_made_during_a_rebuild_are_kept(filled: Engine) -> None:
    async with filled.rebuild("products") as rebuild:
        await rebuild.add(goods())
        await filled.upsert("products", [Document("towel", 9, {"en": "Linen napkin"})])
        await filled.upsert("products", [Document("late", 1, {"en": "Latecomer lamp"})])
        await filled.delete("products", ["oil"])
    versions = await filled.versions("products")
    assert versions["towel"] == 9
    assert "late" in versions
    assert "oil" not in versions
    assert await ids(filled, "napkin") == ["towel"]


async def test_a_document_of_another_shape_is_refused_whole(filled: Engine) -> None:
    for bad in (
        Document("a b", 1),
        Document("", 1),
        Document("x", 1, facets={"colour": ("red",)}),
        Document("x", 1, numbers={"n": 1}),
    ):
        with pytest.raises(ValueError, match="id|facet"):
            await filled.upsert("products", [Document("good", 1, {"en": "Good"}), bad])
    assert "good" not in await filled.versions("products")


async def test_it_is_healthy_and_counts(shelf: Engine) -> None:
    assert await shelf.healthy()
    assert await shelf.count("products") == len(goods())


async def test_many_questions_at_once(shelf: Engine) -> None:
    pages = await asyncio.gather(
        *(shelf.search("products", Query("towel", facets=("chapter",))) for _ in range(40))
    )
    assert {page.hits[0].id for page in pages} == {"towel"}


@pytest.mark.alone
async def test_an_absent_server_is_engine_down_and_quick() -> None:
    engine = open_engine(
        specs=[IndexSpec("products", (), ())], meili_url="http://127.0.0.1:9", meili_key="k", prefix="x_"
    )
    began = time.monotonic()
    with pytest.raises(EngineDown):
        await engine.open()
    with pytest.raises(EngineDown):
        await engine.search("products", Query("towel"))
    assert not await engine.healthy()
    await engine.close()
    assert time.monotonic() - began < 2.5
