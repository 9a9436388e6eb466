"""The engine in process, without HTTP and database: a child that answers jobs, a JSON line each way.

A job is a file of queries and how many are asked at once; the answer has the times in ms and the wall seconds.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import msgspec

from kervan.discovery.engine import open_search
from kervan.settings import load
from kervan_search.engine import Engine, Query


async def _ask(engine: Engine, queries: list[Query], at_once: int, seconds: float) -> dict[str, object]:
    times: list[float] = []
    found = 0
    waiting = iter(queries)
    start = time.perf_counter()
    end = start + seconds

    async def one_after_the_other() -> None:
        nonlocal found
        for query in waiting:
            begin = time.perf_counter()
            if begin > end:
                return
            page = await engine.search("products", query)
            times.append((time.perf_counter() - begin) * 1000)
            found += page.total

    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    return {
        "ms": times,
        "wall": time.perf_counter() - start,
        "total": found / max(len(times), 1),
        "failed": 0,
    }


async def main() -> None:
    engine = open_search(load())
    await engine.open()
    await engine.search("products", Query(text="warm up", facets=("province",)))
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        queries = msgspec.json.decode(Path(job["queries"]).read_bytes(), type=list[Query])
        print(json.dumps(await _ask(engine, queries, job["connections"], job["seconds"])), flush=True)
    await engine.close()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
