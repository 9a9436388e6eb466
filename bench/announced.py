"""What an announcement costs, in a process of its own: `python bench/announced.py ALERTS REQUESTS`.

Alerts go into an empty database, then requests are published one after the other, and what waits in the outbox is
carried out by the handler of the worker. The last line of stdout is the answer in JSON.
"""

import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import demand
import msgspec
import posting
import processes
import uvloop
from asyncpg import Record

from kervan.alerts import auditing, conditions, ledger
from kervan.alerts.book import Book
from kervan.alerts.conditions import Conditions
from kervan.db import connection, execute, fetch, fetchval, pool, transaction
from kervan.discovery.engine import REQUESTS, synonyms
from kervan.migrate import migrate_async
from kervan.organisations.service import found
from kervan.organisations.tables import Kind
from kervan.outbox import Handler, drain
from kervan.policies import book as law
from kervan.requests.structs import Content
from kervan_search.engine import Document, open_engine

SAMPLE = 1000
"""Alerts that are asked one by one."""
ALL_FIT = 3
"""Requests that fit every alert."""
_TOPIC = "alerts.announce"

_PLAIN = """
CREATE TABLE bench_wish (alert bigint, words text[], without text[], codes text[], countries text[], buyers text[],
    certificates text[], low numeric, high numeric)
"""
# What a database without a search engine would be asked: parts of words, no forms of them, no synonyms.
_SCAN = """
SELECT alert FROM bench_wish WHERE $1 ILIKE ALL (words) AND NOT $1 ILIKE ANY (without)
    AND (codes = '{}' OR codes && $2::text[]) AND (countries = '{}' OR $3 = ANY (countries))
    AND (buyers = '{}' OR $4 = ANY (buyers)) AND (certificates = '{}' OR certificates && $5::text[])
    AND (low IS NULL OR low <= $6) AND (high IS NULL OR high >= $6)
"""
_BARE = """
INSERT INTO alert_delivery (alert, request, edition) SELECT id, $1, 99 FROM alert WHERE id >= 0 ORDER BY id
"""


async def fill(count: int) -> Sequence[Conditions]:
    """So many alerts of people of one firm; what they ask for, in the order of their ids."""
    asked = list(demand.wishes(count))
    async with transaction() as tx:
        firm, _ = await found(tx.connection, Kind.EXPORTER, "Readers", "TR", actor=posting.ACTOR)
    await demand.save_alerts(firm, asked)
    await execute("DELETE FROM outbox")
    await execute("VACUUM ANALYZE")
    return asked


async def announce(desk: posting.Desk, handlers: Mapping[str, Handler], content: Content) -> dict[str, float]:
    """Seconds from the publication's begin to its commit, and from there until every row is written."""
    made = await posting.draft(desk, content)
    await execute("DELETE FROM outbox")
    started = time.perf_counter()
    await posting.publish(desk, made)
    published = time.perf_counter()
    others = [
        row["topic"] for row in await fetch("SELECT DISTINCT topic FROM outbox") if row["topic"] != _TOPIC
    ]
    while await drain(handlers, leave=[*others, "alerts.deliver"]):
        pass
    done = time.perf_counter()
    rows = await fetchval("SELECT deliveries FROM announcement WHERE request = $1", made.id)
    return {"publish": published - started, "write": done - published, "rows": rows, "request": made.id}


async def matching(asked: Sequence[Conditions], documents: Sequence[Document]) -> dict[str, Any]:
    """The alerts read into the memory of a worker, and the processor's milliseconds for each document."""
    before, started = _anonymous(), time.perf_counter()
    book = Book()
    await book.catch_up()
    reading, megabytes = time.perf_counter() - started, _anonymous() - before
    ms, fitting = [], []
    for document in documents:
        started = time.process_time()
        fitting.append(book.fitting(document))
        ms.append((time.process_time() - started) * 1000)
    return {
        "reading": reading,
        "megabytes": megabytes,
        "cpu_ms": ms,
        "naive_ms": await _one_by_one(asked, documents, fitting),
    }


def _anonymous() -> float:
    return processes.memory(os.getpid())["anonymous"]


async def _one_by_one(
    asked: Sequence[Conditions], documents: Sequence[Document], fitting: Sequence[Sequence[int]]
) -> list[float]:
    """Milliseconds of each search for a sample of alerts, on an index of the announced requests.

    Raises RuntimeError when they find anything else than the percolator.
    """
    first = await fetchval("SELECT min(id) FROM alert")
    step = max(1, len(asked) // SAMPLE)
    ms = []
    matched = [set(one) for one in fitting]
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(specs=(REQUESTS,), synonyms=synonyms(), data_dir=Path(folder))
        await engine.open()
        await engine.upsert(REQUESTS.name, documents)
        for number in range(0, len(asked), step):
            query = msgspec.structs.replace(conditions.query(asked[number]), limit=len(documents))
            started = time.perf_counter()
            page = await engine.search(REQUESTS.name, query)
            ms.append((time.perf_counter() - started) * 1000)
            hits = {hit.id for hit in page.hits}
            if hits != {one.id for one, ids in zip(documents, matched, strict=True) if first + number in ids}:
                raise RuntimeError(f"search and percolator disagree about {asked[number]}")
        await engine.close()
    return ms


async def scanned(asked: Sequence[Conditions], rows: Sequence[Record]) -> dict[str, Any]:
    """Milliseconds of one scan by PostgreSQL for each request, and how many alerts it finds."""
    await execute(_PLAIN)
    async with connection() as conn:
        first = await conn.fetchval("SELECT min(id) FROM alert")
        await conn.copy_records_to_table(
            "bench_wish", records=[(first + n, *_plain(one)) for n, one in enumerate(asked)]
        )
        await conn.execute("ANALYZE bench_wish")
        ms, finds = [], []
        for row in rows:
            content = msgspec.json.decode(row["content"], type=Content)
            code = content.hs_code or ""
            text = " ".join((content.title, content.summary, content.description))
            started = time.perf_counter()
            got = await conn.fetch(
                _SCAN, text, [code[:2], code[:4]], content.country, content.buyer_type, list(content.certificates),
                row["value_eur"],
            )  # fmt: skip
            ms.append((time.perf_counter() - started) * 1000)
            finds.append(len(got))
    return {"ms": ms, "finds": statistics.mean(finds)}


def _plain(asked: Conditions) -> tuple[object, ...]:
    parts = [
        (minus, phrase or word) for minus, phrase, word in re.findall(r'(-?)(?:"([^"]*)"|(\S+))', asked.text)
    ]
    words = [f"%{word}%" for minus, word in parts if not minus]
    without = [f"%{word}%" for minus, word in parts if minus]
    lists = (asked.codes, asked.countries, asked.buyer_types, asked.certificates)
    return (words, without, *(list(one) for one in lists), asked.value_from, asked.value_to)


async def everybody(desk: posting.Desk, contents: Sequence[Content]) -> dict[str, Any]:
    """Requests that every alert asks for, beside the same rows by one INSERT of PostgreSQL, in turns."""
    await execute("UPDATE alert_version SET conditions = '{}'")
    await execute("VACUUM ANALYZE alert_version")
    handlers = ledger.handlers()
    found: dict[str, list[float]] = {"seconds": [], "bare": []}
    for number, content in enumerate(contents):
        told = await announce(desk, handlers, content)
        started = time.perf_counter()
        await execute(_BARE, told["request"])
        bare = time.perf_counter() - started
        await execute("DELETE FROM alert_delivery WHERE edition = 99")
        await execute("VACUUM alert_delivery")
        if number:  # the first reads the alerts
            found["seconds"].append(told["publish"] + told["write"])
            found["bare"].append(bare)
    return {**found, "rows": told["rows"]}


async def main(count: str, requests: str) -> None:
    alerts, wanted = int(count), int(requests)
    await migrate_async()
    async with pool(3):
        await law.refresh()
        asked = await fill(alerts)
        desk = await posting.open_desk()
        contents = list(demand.requests(wanted + ALL_FIT + 2))
        handlers = ledger.handlers()
        await announce(desk, handlers, contents.pop())  # reads the alerts
        told = [await announce(desk, handlers, contents.pop()) for _ in range(wanted)]
        rows = await fetch(f"{ledger.EDITION} ORDER BY n.id")
        found = await matching(asked, [ledger.document(row) for row in rows])
        report = await auditing.audit(everything=True)
        if not report.clean:
            raise RuntimeError(f"the ledger is not right: {report}")
        answer = {
            **found,
            "alerts": alerts,
            "told": told,
            "scan": await scanned(asked, rows),
            "audit": {
                "seconds": report.seconds,
                "announcements": report.announcements,
                "rows": report.deliveries,
            },
            "everybody": await everybody(desk, contents),
        }
    print(json.dumps(answer))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
