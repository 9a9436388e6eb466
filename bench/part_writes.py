"""(c) importing, (d) reindexing, (e) memory and disk."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import database
import processes
from table import Aim, Row, number

Say = Callable[[str], None]


@contextlib.contextmanager
def _worker(env: dict[str, str]) -> Iterator[None]:
    """`kervan worker`, as it runs beside an import."""
    with open(Path(env["KERVAN_DATA"]) / "worker.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "kervan.cli", "worker"], env=env, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


def importing(address: str, folder: Path, count: int, say: Say) -> tuple[list[Row], list[Aim]]:
    """A JSONL file through the real import with the worker beside it, until every product can be found."""
    data = folder / "import"
    data.mkdir(parents=True, exist_ok=True)
    env = processes.environment(data, database.create(address, "bench_import"))
    path = data / "products.jsonl"
    made = processes.step("write_file", env, path, count)
    say(f"importing {count:,} rows")
    with _worker(env):
        done = processes.step("import_file", env, path, made["exporter"])
    if done["created"] != count or done["found"] != count:
        raise RuntimeError(f"the import lost products: {done}")
    copied = processes.step("raw_copy", env)
    whole, stored = count / done["searchable"], count / done["stored"]
    raw = copied["products"] / copied["seconds"]
    what = f"(c) import of {count:,} rows"
    rows = [
        Row(what, "Kervan: validated, stored, searchable", rate=number(whole)),
        _against(Row(what, "Kervan: validated and stored, index still behind"), stored, whole),
        _against(Row(what, "COPY of the same rows in PostgreSQL"), raw, whole),
    ]
    rows[-1].note = "five tables with their indexes; nothing read, checked or indexed for search"
    return rows, [
        Aim("(c) imported products per second, searchable", ">= 3,000", number(whole), whole >= 3000)
    ]


def _against(row: Row, rate: float, ours: float) -> Row:
    row.rate, row.ratio = number(rate), f"{number(ours / rate)} x the rate"
    return row


def reindexing(steps: dict[str, dict[str, Any]]) -> list[Row]:
    """What building the indexes took; `steps` are the answers of bench/steps.py by name."""
    raw = steps["raw_tantivy"]
    plain = raw["documents"] / raw["writing"]
    reading = raw["documents"] / raw["reading"]
    ours = steps["reindex"]["documents"] / steps["reindex"]["seconds"]
    what = f"(d) reindex of {steps['reindex']['documents']:,} documents"
    rows = [
        Row(what, "Kervan, embedded engine", rate=number(ours), value=f"{steps['reindex']['seconds']:.0f} s"),
        _against(Row(what, "reading the documents from PostgreSQL alone"), reading, ours),
        _against(Row(what, "plain tantivy writing the same documents"), plain, ours),
    ]
    rows[-1].note = "default tokenizer, no folding, stems or codes"
    for name, who in (
        ("meilisearch", "Kervan, into Meilisearch"),
        ("typesense", "Typesense, its own import"),
    ):
        if name in steps:
            rate = steps[name]["documents"] / steps[name]["seconds"]
            rows.append(_against(Row(what, who), rate, ours))
    if "fill" in steps:
        rate = steps["fill"]["products"] / steps["fill"]["seconds"]
        rows.append(Row("(d) filling the database", "Kervan, save_many", rate=number(rate)))
    return rows


def memory(
    servers: dict[str, processes.Server], folders: dict[str, Path], products: int, megabytes: float
) -> tuple[list[Row], list[Aim]]:
    """Memory of each server after it answered everything, and what its index takes on disk."""
    what = f"(e) memory and index at {products:,}"
    rows = []
    ours = 0.0
    for name, server in servers.items():
        used, disk = processes.memory(server.process.pid), processes.size(folders[name])
        total = used["pss"] + disk
        row = Row(what, name, value=f"{used['pss']:.0f} MB memory + {disk:.0f} MB disk")
        row.note = f"{used['anonymous']:.0f} MB of the memory is not backed by files"
        if not ours:
            ours = total
        else:
            row.ratio = f"{number(ours / total)} x the size"
        rows.append(row)
    rows.append(Row(what, "PostgreSQL, the truth behind it", value=f"{megabytes:.0f} MB disk"))
    return rows, [Aim(f"(e) app and index at {products:,}", "<= 600 MB", f"{ours:.0f} MB", ours <= 600)]
