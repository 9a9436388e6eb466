"""(f) Relevance: judged queries on the real catalogue, everyday words on the headings, everyone in the same run."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import database
import processes
from table import Aim, Row

_CATALOGUE = Path("catalogue") / "chorus_icecat_products.jsonl.gz"


def shared_data() -> Path:
    """Where the measuring data lies; the folder may be absent."""
    return Path(os.environ.get("KERVAN_SHARED_DATA") or processes.BENCH.parents[1] / "shared" / "data")


def run(
    address: str, folder: Path, skipped: list[str], say: Callable[[str], None]
) -> tuple[list[Row], list[Aim]]:
    """The lines of the table and the aims; nothing but a reason where the data is absent."""
    catalogue = shared_data() / _CATALOGUE
    if not catalogue.is_file():
        skipped.append(f"(f) relevance: the judged data is not here: {catalogue} (set KERVAN_SHARED_DATA)")
        return [], []
    data = folder / "relevance"
    data.mkdir(exist_ok=True)
    shared = {"KERVAN_SHARED_DATA": str(shared_data())}
    env = processes.environment(data, database.create(address, "bench_relevance"), **shared)
    say("relevance: importing and judging the real catalogue")
    with contextlib.ExitStack() as stack:
        ports = []
        for start, place in ((processes.meilisearch, "meilisearch"), (processes.typesense, "typesense")):
            starting = start(data / place)
            ports.append(stack.enter_context(starting).port if starting is not None else 0)
        command = [sys.executable, str(processes.BENCH / "judge.py"), str(catalogue), *map(str, ports)]
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)
    return _rows(json.loads(done.stdout.splitlines()[-1]))


def _rows(answer: dict[str, Any]) -> tuple[list[Row], list[Aim]]:
    scores: dict[str, dict[str, float]] = answer["scores"]
    rows = []
    for what, key in (
        (f"(f) nDCG@10, {answer['queries']} judged queries, {answer['products']:,} products", "ndcg"),
        (f"(f) hit@5, {answer['terms']:,} everyday words, HS headings", "hit"),
    ):
        ours = scores["Kervan"][key]
        for name, score in scores.items():
            ratio = "" if name == "Kervan" else f"{ours - score[key]:+.3f}"
            rows.append(Row(what, name, value=f"{score[key]:.3f}", ratio=ratio))
    best = max(score["ndcg"] for name, score in scores.items() if name != "Kervan")
    reached = scores["Kervan"]["ndcg"]
    wanted = max(best, 0.742)
    what = "(f) nDCG@10 above plain BM25, Meilisearch, Typesense"
    return rows, [Aim(what, f"> {wanted:.3f}", f"{reached:.3f}", reached > wanted)]
