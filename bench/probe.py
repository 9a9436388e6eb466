"""The engine in process, without HTTP and database: a child that answers jobs, a JSON line each way.

A job is an index, a file of questions (each a list of queries that are sent together) and how many are asked at once;
the answer has the times in ms and the wall seconds.
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


async def _ask(
    engine: Engine, index: str, asked: list[list[Query]], at_once: int, seconds: float
) -> dict[str, object]:
    times: list[float] = []
    found = 0
    waiting = iter(asked)
    start = time.perf_counter()
    end = start + seconds

    async def one_after_the_other() -> None:
        nonlocal found
        for query, *others in waiting:
            begin = time.perf_counter()
            if begin > end:
                return
            page, *_ = await asyncio.gather(
                engine.search(index, query), *(engine.search(index, other) for other in others)
            )
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
        asked = msgspec.json.decode(Path(job["queries"]).read_bytes(), type=list[list[Query]])
        done = await _ask(engine, job["index"], asked, job["connections"], job["seconds"])
        print(json.dumps(done), flush=True)
    await engine.close()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
