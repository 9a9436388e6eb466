"""What only the engine in process has to withstand: other processes, crashes, broken folders."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import kervan_search
from kervan_search.engine import Document, Engine, IndexSpec, Query, open_engine

SPEC = IndexSpec("products", ("chapter",), ("price_eur",))
SOURCE = Path(kervan_search.__file__).parents[1]


async def opened(folder: Path) -> Engine:
    engine = open_engine(specs=[SPEC], synonyms=[], data_dir=folder)
    await engine.open()
    return engine


@contextlib.contextmanager
def in_another_process(folder: Path, body: str) -> Iterator[subprocess.Popen[str]]:
    program = f"""
import asyncio, sys
from pathlib import Path
from kervan_search.engine import Document, IndexSpec, Query, open_engine
async def main():
    spec = IndexSpec("products", ("chapter",), ("price_eur",))
    engine = open_engine(specs=[spec], synonyms=[], data_dir=Path({str(folder)!r}))
    await engine.open()
{textwrap.indent(textwrap.dedent(body), "    ")}
    await engine.close()
asyncio.run(main())
"""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, text=True, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


async def until_line(process: subprocess.Popen[str], start: str) -> str:
    assert process.stdout is not None
    while True:
        line = await asyncio.to_thread(process.stdout.readline)
        assert line, "the other process ended early"
        if line.startswith(start):
            return line.strip()


async def test_readers_see_the_writes_of_another_process(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    with in_another_process(
        tmp_path,
        """
        for i in range(30):
            await engine.upsert("products", [Document(f"a{i}", 1, {"en": f"Other towel {i}"})])
        print("done", flush=True)
        """,
    ) as other:
        for i in range(30):
            await engine.upsert("products", [Document(f"b{i}", 1, {"en": f"Own towel {i}"})])
            assert f"b{i}" in (await engine.versions("products"))
            page = await engine.search("products", Query("towel"))
            assert page.total >= i + 1
        await until_line(other, "done")
        other.wait(20)
        assert other.returncode == 0
        await asyncio.sleep(0.3)
        assert (await engine.search("products", Query("towel"))).total == 60
        assert await engine.count("products") == 60
        await engine.close()


async def test_a_rebuild_swaps_under_a_reader_in_another_process(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await engine.upsert("products", [Document("old", 1, {"en": "Old towel"})])
    with in_another_process(
        tmp_path,
        """
        seen = set()
        for _ in range(1000):
            page = await engine.search("products", Query("towel"))
            found = tuple(sorted(hit.id for hit in page.hits))
            if found not in seen:
                seen.add(found)
                print("saw", *found, flush=True)
            if found == ("new1", "new2"):
                break
            await asyncio.sleep(0.01)
        """,
    ) as other:
        assert await until_line(other, "saw") == "saw old"
        async with engine.rebuild("products") as rebuild:
            await rebuild.add([Document("new1", 1, {"en": "New towel"})])
            await asyncio.sleep(0.3)
            await rebuild.add([Document("new2", 1, {"en": "New towel"})])
        assert await until_line(other, "saw") == "saw new1 new2"
        assert other.wait(20) == 0
        assert len(list((tmp_path / "products").glob("gen-*"))) == 1
        await engine.close()


async def test_changes_of_another_process_during_a_rebuild_are_kept(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await engine.upsert(
        "products", [Document("gone", 1, {"en": "Towel"}), Document("kept", 1, {"en": "Towel"})]
    )
    async with engine.rebuild("products") as rebuild:
        await rebuild.add([Document("gone", 1, {"en": "Towel"}), Document("kept", 1, {"en": "Towel"})])
        with in_another_process(
            tmp_path,
            """
            await engine.upsert("products", [Document("kept", 7, {"en": "Napkin"})])
            await engine.upsert("products", [Document("late", 1, {"en": "Lamp"})])
            await engine.delete("products", ["gone"])
            """,
        ) as other:
            assert await asyncio.to_thread(other.wait, 20) == 0
    assert await engine.versions("products") == {"kept": 7, "late": 1}
    await engine.close()


@pytest.mark.parametrize("seed", range(4))
async def test_killed_in_the_middle_of_writing_nothing_is_broken(tmp_path: Path, seed: int) -> None:
    with in_another_process(
        tmp_path,
        """
        for batch in range(1000):
            titles = [f"Towel number {i} " + "word " * 50 for i in range(50)]
            rows = [Document(f"d{batch}-{i}", batch, {"en": title}) for i, title in enumerate(titles)]
            await engine.upsert("products", rows)
            print("batch", batch, flush=True)
        """,
    ) as other:
        await until_line(other, "batch 2")
        await asyncio.sleep(random.Random(seed).random() * 0.1)
        other.send_signal(signal.SIGKILL)
        other.wait(10)
        assert other.stdout is not None
        written = 3 + sum(line.startswith("batch") for line in other.stdout.read().splitlines())
        engine = await opened(tmp_path)
        assert await engine.healthy()
        count = await engine.count("products")
        # Whole batches: those reported and perhaps the one that was committed but not yet reported.
        assert count % 50 == 0
        assert written * 50 <= count <= (written + 1) * 50
        await engine.upsert("products", [Document("after", 1, {"en": "Towel after"})])
        assert await engine.count("products") == count + 1
        await engine.close()


async def test_killed_in_the_middle_of_a_rebuild_the_old_index_lives(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await engine.upsert("products", [Document("old", 1, {"en": "Old towel"})])
    with in_another_process(
        tmp_path,
        """
        async with engine.rebuild("products") as rebuild:
            for i in range(100000):
                await rebuild.add([Document(f"n{i}", 1, {"en": "New towel"})])
                if i == 100:
                    print("building", flush=True)
        """,
    ) as other:
        await until_line(other, "building")
        other.send_signal(signal.SIGKILL)
        other.wait(10)
        await engine.upsert("products", [Document("later", 1, {"en": "Later towel"})])
        assert await engine.versions("products") == {"old": 1, "later": 1}
        async with engine.rebuild("products") as rebuild:
            await rebuild.add([Document("fresh", 1, {"en": "Fresh towel"})])
        assert await engine.versions("products") == {"fresh": 1}
        await engine.close()


@pytest.mark.parametrize("harm", ["meta", "segments", "pointer", "everything", "layout"])
async def test_a_broken_index_opens_empty_says_so_and_is_whole_after_a_rebuild(
    tmp_path: Path, harm: str
) -> None:
    engine = await opened(tmp_path)
    await engine.upsert("products", [Document("a", 1, {"en": "Towel"})])
    await engine.close()
    folder = tmp_path / "products"
    generation = next(folder.glob("gen-*"))
    if harm == "meta":
        (generation / "meta.json").write_text("{not json")
    elif harm == "segments":
        for file in generation.glob("*.*"):
            if file.name != "meta.json":
                file.unlink()
    elif harm == "pointer":
        (folder / "CURRENT").write_text("gen-99")
    elif harm == "everything":
        shutil.rmtree(folder)
    else:
        (generation / "FINGERPRINT").write_text("of an older release")
    engine = await opened(tmp_path)
    assert await engine.count("products") == 0
    assert await engine.healthy() is (harm == "everything")
    assert (await engine.search("products", Query("towel"))).total == 0
    async with engine.rebuild("products") as rebuild:
        await rebuild.add([Document("a", 1, {"en": "Towel"})])
    assert await engine.healthy()
    assert await engine.count("products") == 1
    await engine.close()


async def test_a_change_of_the_facets_starts_a_new_layout(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await engine.upsert("products", [Document("a", 1, {"en": "Towel"})])
    await engine.close()
    wider = open_engine(
        specs=[IndexSpec("products", ("chapter", "brand"), ())], synonyms=[], data_dir=tmp_path
    )
    await wider.open()
    assert await wider.count("products") == 0
    assert not await wider.healthy()
    await wider.close()


@pytest.mark.alone
async def test_counts_of_everything_are_remembered_until_the_next_commit(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    rows = [Document(f"p{i}", 1, {"en": "Plate"}, facets={"chapter": (f"{i % 90:02}",)}) for i in range(3000)]
    await engine.upsert("products", rows)
    query = Query("", facets=("chapter",))
    first = await engine.search("products", query)
    began = time.perf_counter()
    for _ in range(20):
        assert await engine.search("products", query) == first
    assert (time.perf_counter() - began) / 20 < 0.005
    await engine.delete("products", ["p0"])
    after = await engine.search("products", query)
    assert after.total == 2999
    assert after.facets["chapter"]["00"] == first.facets["chapter"]["00"] - 1
    await engine.close()
