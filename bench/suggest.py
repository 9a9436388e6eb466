"""How well exporters are suggested, in a process of its own: `python bench/suggest.py`.

The demo inventory goes into an empty database; the 40 judged requests of fixtures/matching are asked of the score, of
their heading alone, and of the search box. The last line of stdout is the answer in JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from processes import BENCH

from kervan.db import fetch, pool
from kervan.demo import load as demo
from kervan.discovery import indexing
from kervan.discovery.engine import open_search
from kervan.matching import queries
from kervan.migrate import migrate_async
from kervan.requests.structs import Content
from kervan.resources import fixtures_dir
from kervan.settings import load
from kervan.trade import law
from kervan_search.engine import Engine, Query

sys.path.insert(0, str(BENCH.parent / "tests" / "search"))
from relevance import ndcg  # tests/search: the one measure of the project

_DEPTH = 10
_FIRST = 5
_ROUNDS = 5
_BY_HEADING = """
SELECT DISTINCT e.id, e.slug FROM exporter e JOIN product p ON p.exporter = e.id
JOIN product_version v ON v.product = p.id AND v.number = p.current_version
WHERE e.verification = 'VERIFIED' AND p.state = 'PUBLISHED' AND left(v.hs_code, 4) = left($1, 4)
ORDER BY e.id LIMIT 10
"""


def content(row: dict[str, Any]) -> Content:
    """A judged request as it would stand on the board today."""
    today = law.day_of(datetime.now(UTC))
    return Content(
        title=row["title"],
        language=row["language"],
        hs_code=row["hs_code"],
        quantity=row["quantity"],
        unit=row["unit"],
        country=row["country"],
        certificates=tuple(row["certificates"]),
        languages=tuple(row["languages"]),
        deadline=today + timedelta(days=row["days"]),
    )


async def scored(row: dict[str, Any]) -> list[str]:
    """The slugs that matching suggests."""
    found = await queries.for_content(content(row), limit=_DEPTH, value_eur=Decimal(row["value_eur"]))
    return [one.slug for one in found]


async def by_heading(row: dict[str, Any]) -> list[str]:
    """Who offers anything of the heading, the oldest first."""
    return [found["slug"] for found in await fetch(_BY_HEADING, row["hs_code"])]


async def by_text(engine: Engine, firms: dict[str, str], row: dict[str, Any]) -> list[str]:
    """The exporters of the products that the search box finds for the title."""
    page = await engine.search("products", Query(text=row["title"], limit=60))
    return list(dict.fromkeys(firms[hit.id] for hit in page.hits))[:_DEPTH]


def measures(rows: Sequence[dict[str, Any]], found: Sequence[Sequence[str]]) -> dict[str, float]:
    """nDCG@10, and the share of the first five suggestions that somebody graded above 0."""
    gains = [ndcg(slugs, row["grades"]) for row, slugs in zip(rows, found, strict=True)]
    shares = [
        sum(slug in row["grades"] for slug in slugs[:_FIRST]) / max(1, len(slugs[:_FIRST]))
        for row, slugs in zip(rows, found, strict=True)
    ]
    return {"ndcg": sum(gains) / len(gains), "precision": sum(shares) / len(shares)}


async def main() -> None:
    rows = json.loads((fixtures_dir() / "matching" / "judged.json").read_text(encoding="utf-8"))
    await migrate_async()
    async with pool():
        await demo.load()
        engine = open_search(load())
        await engine.open()
        await indexing.reindex(engine)
        firms = {
            str(row["id"]): row["slug"]
            for row in await fetch("SELECT p.id, e.slug FROM product p JOIN exporter e ON e.id = p.exporter")
        }
        scores = {
            "Kervan": measures(rows, [await scored(row) for row in rows]),
            "the heading alone": measures(rows, [await by_heading(row) for row in rows]),
            "the search box": measures(rows, [await by_text(engine, firms, row) for row in rows]),
        }
        times: dict[str, list[float]] = {"Kervan": [], "the heading alone": []}
        for _ in range(_ROUNDS):
            for row in rows:
                for name, find in (("Kervan", scored), ("the heading alone", by_heading)):
                    started = time.perf_counter()
                    await find(row)
                    times[name].append((time.perf_counter() - started) * 1000)
        await engine.close()
    firms_there = len(set(firms.values()))
    print(json.dumps({"scores": scores, "times": times, "requests": len(rows), "exporters": firms_there}))


if __name__ == "__main__":
    asyncio.run(main())
