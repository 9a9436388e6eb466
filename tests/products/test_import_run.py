"""The import as a whole: dry run, commit, repeats, refused rows, broken runs, memory, the real catalogue."""

import asyncio
import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from factories import ACTOR, make_exporter

from kervan.db import engine, fetch, fetchval
from kervan.errors import CommandError
from kervan.products.importing import run
from kervan.products.importing.mapping import Mapping, load
from kervan.products.importing.report import Report
from kervan.products.inputs import ProductInput
from kervan.products.service import SaveCounts, save_many
from kervan.resources import fixtures_dir


async def _import(path: Path, exporter: int, commit: bool = True, **options: Any) -> Report:
    values: dict[str, Any] = {
        "mapping": Mapping(),
        "actor": ACTOR,
        "on_progress": lambda *_: None,
        "errors_to": None,
    }
    return await run.run_import(path, exporter_id=exporter, commit=commit, **{**values, **options})


def _csv(
    path: Path,
    rows: Sequence[Sequence[object]],
    header: Sequence[str] = ("sku", "name_tr", "price", "currency"),
) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def _row(number: int) -> tuple[str, str, str, str]:
    return (f"S-{number}", f"Havlu {number}", f"{number % 90 + 1}.50", "EUR")


def _counts(report: Report) -> tuple[int, ...]:
    return (report.rows, report.ok, report.failed, report.created, report.updated, report.unchanged)


async def _stored() -> int:
    count: int = await fetchval("SELECT count(*) FROM product")
    return count


async def test_a_dry_run_checks_everything_and_writes_nothing(db: None, tmp_path: Path) -> None:
    path = _csv(tmp_path / "a.csv", [_row(1), ("S-2", "", "x", "EUR"), _row(3)])
    report = await _import(path, await make_exporter(), commit=False)
    assert _counts(report) == (3, 2, 1, 0, 0, 0)
    assert not report.committed
    assert {(issue.row, issue.field) for issue in report.first_issues} == {(3, "price")}
    assert await _stored() == 0
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE entity = 'product'") == 0


async def test_a_commit_saves_the_good_rows_and_a_second_run_changes_nothing(
    db: None, tmp_path: Path
) -> None:
    path = _csv(tmp_path / "a.csv", [_row(n) for n in range(2500)])
    exporter = await make_exporter()
    assert _counts(await _import(path, exporter)) == (2500, 2500, 0, 2500, 0, 0)
    assert await _stored() == 2500
    assert _counts(await _import(path, exporter)) == (2500, 2500, 0, 0, 0, 2500)
    assert await fetchval("SELECT count(*) FROM outbox WHERE topic = 'products.changed'") == 3


async def test_a_known_sku_is_updated(db: None, tmp_path: Path) -> None:
    exporter = await make_exporter()
    await _import(_csv(tmp_path / "a.csv", [_row(1), _row(2)]), exporter)
    changed = _csv(tmp_path / "b.csv", [_row(1), ("S-2", "Bornoz", "9.00", "EUR"), _row(3)])
    assert _counts(await _import(changed, exporter)) == (3, 3, 0, 1, 1, 1)


@pytest.mark.parametrize("apart", [0, 1500])
async def test_an_sku_that_comes_again_is_noticed_and_its_last_row_counts(
    db: None, tmp_path: Path, apart: int
) -> None:
    between = [_row(n) for n in range(10, 10 + apart)]
    rows = [("A", "Havlu", "1.00", "EUR"), *between, ("A", "Bornoz", "2.00", "EUR")]
    report = await _import(_csv(tmp_path / "a.csv", rows), await make_exporter())
    assert (report.ok, report.repeated) == (apart + 2, 1)
    assert report.first_notices[0].row == apart + 3
    assert "row 2" in report.first_notices[0].sentence
    assert await _stored() == apart + 1
    name = "SELECT x.name FROM product_text x JOIN product p ON p.id = x.product WHERE p.sku = 'A'"
    assert await fetchval(name) == "Bornoz"


async def test_refused_rows_go_to_a_file_that_can_be_mended_and_imported(db: None, tmp_path: Path) -> None:
    header = ("sku", "name_tr", "price", "currency", "note")
    rows = [
        ("A", "Havlu", "1", "EUR", "=1+1"),
        ("B", "=SUM(A1)", "bir", "EURO", '=HYPERLINK("x")'),
        ("C", "", "1", "EUR", "-"),
    ]
    errors = tmp_path / "errors.csv"
    exporter = await make_exporter()
    report = await _import(_csv(tmp_path / "a.csv", rows, header), exporter, errors_to=errors)
    assert (report.ok, report.failed, report.errors_file) == (1, 2, errors)
    text = errors.read_text(encoding="utf-8-sig")
    found = list(csv.DictReader(text.splitlines()))
    assert [row["error_row"] for row in found] == ["3", "4"]
    assert found[0]["error_field"] == "price, currency"
    assert "bir" in found[0]["error_reason"]
    assert (found[0]["sku"], found[0]["name_tr"], found[0]["note"]) == ("B", "'=SUM(A1)", '\'=HYPERLINK("x")')
    mended = text.replace("bir,EURO", "1,EUR").replace("C,,", "C,Kilim,")
    errors.write_text(mended, encoding="utf-8")
    assert _counts(await _import(errors, exporter)) == (2, 2, 0, 2, 0, 0)


async def test_an_errors_file_of_an_earlier_run_does_not_outlive_a_clean_one(
    db: None, tmp_path: Path
) -> None:
    errors = tmp_path / "errors.csv"
    exporter = await make_exporter()
    await _import(_csv(tmp_path / "a.csv", [("A", "", "1", "EUR")]), exporter, errors_to=errors)
    assert errors.exists()
    report = await _import(_csv(tmp_path / "a.csv", [_row(1)]), exporter, errors_to=errors)
    assert report.errors_file is None
    assert not errors.exists()


async def test_the_file_that_is_read_is_never_the_errors_file(db: None, tmp_path: Path) -> None:
    path = _csv(tmp_path / "a.csv", [_row(1)])
    with pytest.raises(CommandError):
        await _import(path, 1, errors_to=path)
    assert path.stat().st_size > 0


async def test_an_errors_file_that_cannot_be_written_is_a_sentence(db: None, tmp_path: Path) -> None:
    path = _csv(tmp_path / "a.csv", [("A", "", "1", "EUR")])
    with pytest.raises(CommandError, match="cannot be written"):
        await _import(path, await make_exporter(), errors_to=tmp_path / "none" / "errors.csv")


async def test_a_wrong_encoding_far_down_the_file_writes_nothing(db: None, tmp_path: Path) -> None:
    lines = [f"S-{n},Işık {n}\n" for n in range(3000)]
    path = tmp_path / "a.csv"
    path.write_bytes(b"sku,name_tr\n" + "".join(lines).encode() + b"S-X,\xfe\n")
    with pytest.raises(CommandError, match="Line 3002"):
        await _import(path, await make_exporter())
    assert await _stored() == 0


async def test_progress_is_told_and_ends_at_the_end(db: None, tmp_path: Path) -> None:
    seen: list[tuple[float, int]] = []
    path = _csv(tmp_path / "a.csv", [_row(n) for n in range(2100)])
    await _import(
        path, await make_exporter(), commit=False, on_progress=lambda share, rows: seen.append((share, rows))
    )
    assert [rows for _, rows in seen] == [1000, 2000, 2100]
    assert all(0 <= share <= 1 for share, _ in seen)
    assert seen[-1][0] == 1


async def test_a_chunk_that_the_database_refuses_is_halved_until_the_row_is_found(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A row that the rules let through and the database does not: the trigger stands for a rule nobody knew.
    async def strict(exporter: int, products: Sequence[ProductInput], actor: str) -> SaveCounts:
        if any(product.sku == "S-33" for product in products):
            raise asyncpg.CheckViolationError("new row violates product_colour_known")
        return await save_many(exporter, products, actor)

    monkeypatch.setattr(run, "save_many", strict)
    errors = tmp_path / "errors.csv"
    path = _csv(tmp_path / "a.csv", [_row(n) for n in range(100)])
    report = await _import(path, await make_exporter(), errors_to=errors)
    assert _counts(report) == (100, 99, 1, 99, 0, 0)
    assert report.first_issues[0].row == 35
    assert "product_colour_known" in report.first_issues[0].sentence
    assert await _stored() == 99


async def test_a_database_that_goes_away_is_a_sentence_and_keeps_whole_chunks(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    async def shaky(exporter: int, products: Sequence[ProductInput], actor: str) -> SaveCounts:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise asyncpg.ConnectionDoesNotExistError("connection was closed")
        return await save_many(exporter, products, actor)

    monkeypatch.setattr(run, "save_many", shaky)
    path = _csv(tmp_path / "a.csv", [_row(n) for n in range(5000)])
    with pytest.raises(CommandError, match="after 2000 rows"):
        await _import(path, await make_exporter())
    assert await _stored() == 2000


async def test_breaking_off_leaves_whole_chunks(db: None, tmp_path: Path) -> None:
    path = _csv(tmp_path / "a.csv", [_row(n) for n in range(6000)])
    exporter = await make_exporter()
    some = asyncio.Event()
    task = asyncio.create_task(_import(path, exporter, on_progress=lambda *_: some.set()))
    await some.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    stored = await _stored()
    assert 0 < stored < 6000
    assert stored % 1000 == 0
    report = await _import(path, exporter)
    assert (report.created, report.unchanged) == (6000 - stored, stored)


async def test_killed_half_way_it_can_be_run_again_without_duplicates(db: None, tmp_path: Path) -> None:
    total = 15_000
    path = _csv(tmp_path / "a.csv", [_row(n) for n in range(total)])
    exporter = await make_exporter()
    command = [
        sys.executable,
        "-m",
        "kervan.cli",
        "import",
        "products",
        str(path),
        "--exporter",
        "ayse-havlu",
        "--commit",
    ]
    environ = os.environ | {"DATABASE_URL": str(engine().config["dsn"])}
    child = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220  # killed below
    deadline = time.monotonic() + 60
    while await _stored() < 2000 and time.monotonic() < deadline:  # noqa: ASYNC110 - another process does it
        await asyncio.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    await asyncio.sleep(0.3)  # the server may still finish the transaction that it was given whole
    stored = await _stored()
    assert 2000 <= stored < total
    assert stored % 1000 == 0
    report = await _import(path, exporter)
    assert _counts(report) == (total, total, 0, total - stored, 0, stored)
    assert await _stored() == total


_MEASURE = """
import asyncio, sys
from pathlib import Path
from kervan.db import pool
from kervan.products.importing.mapping import Mapping
from kervan.products.importing.run import run_import
async def main():
    async with pool():
        report = await run_import(Path(sys.argv[1]), exporter_id=1, mapping=Mapping(), commit=False,
            actor="system:test", on_progress=lambda *_: None, errors_to=None)
    # Not ru_maxrss: after fork and exec that starts with the parent's size.
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(report.rows, report.ok, int(status["VmHWM"].split()[0]) // 1024)
asyncio.run(main())
"""


def _measured(path: Path, url: str) -> tuple[int, int, int]:
    """Rows, good rows and the most memory in MB of a dry run in a process of its own."""
    environ = os.environ | {"DATABASE_URL": url}
    out = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path)], env=environ, capture_output=True, check=True
    )
    rows, ok, megabytes = (int(word) for word in out.stdout.split())
    return rows, ok, megabytes


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured by Linux's /proc")
async def test_ten_times_the_rows_do_not_need_more_memory(db: None, tmp_path: Path) -> None:
    url = str(engine().config["dsn"])
    small = _csv(tmp_path / "small.csv", [_row(n) for n in range(20_000)])
    large = _csv(tmp_path / "large.csv", [_row(n) for n in range(200_000)])
    first = await asyncio.to_thread(_measured, small, url)
    second = await asyncio.to_thread(_measured, large, url)
    assert (first[:2], second[:2]) == ((20_000, 20_000), (200_000, 200_000))
    assert second[2] < first[2] + 25
    assert second[2] < 150


async def test_the_skus_of_a_file_are_remembered_over_chunks() -> None:
    with closing(run._Seen()) as seen:
        assert seen.add([("A", 2), ("B", 3), ("A", 4)]) == [("A", 4, 2)]
        assert seen.add([("B", 5), ("C", 6), ("A", 7)]) == [("B", 5, 3), ("A", 7, 4)]


async def test_the_real_catalogue_is_imported_whole(db: None, shared_data: Path) -> None:
    path = shared_data / "catalogue" / "chorus_icecat_products.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"the catalogue is not here: {path}")
    mapping = load(fixtures_dir() / "imports" / "chorus-icecat.toml")
    exporter = await make_exporter()
    report = await _import(path, exporter, mapping=mapping)
    assert _counts(report) == (19_406, 19_406, 0, 19_406, 0, 0)
    [toner] = await fetch(
        """SELECT p.gtin, p.brand, p.origin, p.state, p.published_at::date::text AS day, v.hs_code, v.currency,
            v.price_min, v.exclusion_reason, x.name FROM product p
        JOIN product_version v ON v.product = p.id JOIN product_text x ON x.product = p.id AND x.language = 'en'
        WHERE p.sku = '3920564'"""
    )
    assert (toner["gtin"], toner["brand"], toner["state"]) == ("0095205603217", "Xerox", "PUBLISHED")
    assert (str(toner["price_min"]), toner["currency"], toner["day"]) == ("49.9500", "EUR", "2009-12-10")
    assert (toner["hs_code"], toner["exclusion_reason"]) == (None, "NOT_CLASSIFIED")
    assert toner["name"].startswith("Xerox 006R90321")
    # One EAN of the 19,406 products has 11 digits; its product is there without it.
    assert [(notice.field, notice.value) for notice in report.first_notices] == [("gtin", "85896333746")]
    assert await fetchval("SELECT count(*) FROM product WHERE gtin IS NULL") <= 1
