"""Keeping the index equal to the database: by the outbox, by rebuilding, by comparing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from kervan.db import connection, fetch, fetchval
from kervan.discovery import documents, documents_events, documents_requests
from kervan.events.queries import PUBLIC_STATE
from kervan.outbox import Handler
from kervan.products.queries import FINDABLE
from kervan.requests.queries import OPEN
from kervan_search.engine import Document, Engine

log = structlog.get_logger(__name__)

BATCH = 4000

Progress = Callable[[str, int, int], None]
"""Called with (index, documents done, documents in all)."""


def handlers(search: Engine) -> Mapping[str, Handler]:
    """The outbox topics that the index listens to."""

    async def products_changed(payloads: Sequence[Mapping[str, Any]]) -> None:
        await index_products(search, _ids(payloads))

    async def exporters_changed(payloads: Sequence[Mapping[str, Any]]) -> None:
        await index_exporters(search, _ids(payloads))

    async def requests_changed(payloads: Sequence[Mapping[str, Any]]) -> None:
        await index_requests(search, _ids(payloads))

    async def events_changed(payloads: Sequence[Mapping[str, Any]]) -> None:
        await index_events(search, _ids(payloads))

    return {
        "products.changed": products_changed,
        "exporters.changed": exporters_changed,
        "requests.changed": requests_changed,
        "events.changed": events_changed,
    }


def _ids(payloads: Iterable[Mapping[str, Any]]) -> list[int]:
    return sorted({id for payload in payloads for id in payload["ids"]})


async def index_products(search: Engine, ids: Sequence[int]) -> None:
    """Makes the index equal to the rows of these products: findable ones are put in, others taken out.

    Their exporters follow, whose document counts them. Safe to repeat.
    """
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        await _make_equal(search, "products", part, await documents.products_by_id(part))
    rows = await fetch("SELECT DISTINCT exporter FROM product WHERE id = ANY($1::bigint[])", list(ids))
    exporters = [row["exporter"] for row in rows]
    await _make_equal(search, "exporters", exporters, await documents.exporters_by_id(exporters))


async def index_exporters(search: Engine, ids: Sequence[int]) -> None:
    """Makes the index equal to these exporters and all their products. Safe to repeat."""
    await _make_equal(search, "exporters", ids, await documents.exporters_by_id(ids))
    last = 0
    while True:
        rows = await fetch(
            "SELECT id FROM product WHERE exporter = ANY($1::bigint[]) AND id > $2 ORDER BY id LIMIT $3",
            list(ids),
            last,
            BATCH,
        )
        if not rows:
            return
        part = [row["id"] for row in rows]
        last = part[-1]
        await _make_equal(search, "products", part, await documents.products_by_id(part))


async def index_requests(search: Engine, ids: Sequence[int]) -> None:
    """Makes the index equal to these requests: open ones are put in, others taken out. Safe to repeat."""
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        await _make_equal(search, "requests", part, await documents_requests.requests_by_id(part))


async def index_events(search: Engine, ids: Sequence[int]) -> None:
    """Makes the index equal to these events: those with a public page are put in, others taken out. Safe to repeat."""
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        await _make_equal(search, "events", part, await documents_events.events_by_id(part))


async def _make_equal(search: Engine, index: str, ids: Sequence[int], found: Sequence[Document]) -> None:
    if found:
        await search.upsert(index, found)
    if gone := {str(id) for id in ids} - {document.id for document in found}:
        await search.delete(index, sorted(gone))


async def reindex(search: Engine, on_progress: Progress = lambda *_: None) -> dict[str, int]:
    """Builds every index anew beside the live one and swaps; returns documents per index.

    What changes while it runs is in the outbox and is applied again afterwards: the ids written since the
    start are indexed once more when the swap is done, so no change of the meantime is lost.
    """
    started = await fetchval("SELECT now()")
    counts = {}
    for index, batches in _sources().items():
        total = await _expected(index)
        done = 0
        async with search.rebuild(index) as new:
            async for batch in batches():
                await new.add(batch)
                done += len(batch)
                on_progress(index, done, max(total, done))
        counts[index] = done
        on_progress(index, done, done)
    await _catch_up(search, started)
    return counts


async def _catch_up(search: Engine, since: object) -> None:
    exporters = await fetch("SELECT id FROM exporter WHERE updated_at >= $1::timestamptz", since)
    if exporters:
        await index_exporters(search, [row["id"] for row in exporters])
    products = await fetch("SELECT id FROM product WHERE updated_at >= $1::timestamptz", since)
    if products:
        await index_products(search, [row["id"] for row in products])
    requests = await fetch("SELECT id FROM trade_request WHERE updated_at >= $1::timestamptz", since)
    if requests:
        await index_requests(search, [row["id"] for row in requests])
    events = await fetch("SELECT id FROM trade_event WHERE updated_at >= $1::timestamptz", since)
    if events:
        await index_events(search, [row["id"] for row in events])


async def _headings() -> AsyncIterator[list[Document]]:
    yield list(documents.heading_documents())


def _sources() -> dict[str, Callable[[], AsyncIterator[list[Document]]]]:
    return {
        "headings": _headings,
        "exporters": documents.all_exporters,
        "products": documents.all_products,
        "requests": documents_requests.all_requests,
        "events": documents_events.all_events,
    }


_COUNTS = {
    "products": f"SELECT count(*) FROM product p JOIN exporter e ON e.id = p.exporter WHERE {FINDABLE}",
    "exporters": "SELECT count(*) FROM exporter WHERE verification = 'VERIFIED'",
    "requests": f"SELECT count(*) FROM trade_request q WHERE {OPEN}",
    "events": f"SELECT count(*) FROM trade_event e WHERE {PUBLIC_STATE}",
}

_VERSIONS = {
    "products": f"""SELECT p.id, p.version + e.version AS version
        FROM product p JOIN exporter e ON e.id = p.exporter WHERE {FINDABLE}""",
    "exporters": "SELECT id, version FROM exporter WHERE verification = 'VERIFIED'",
    "requests": f"SELECT q.id, q.version FROM trade_request q WHERE {OPEN}",
    "events": f"SELECT e.id, e.version FROM trade_event e WHERE {PUBLIC_STATE}",
}

_BY_ID: Mapping[str, Callable[[Sequence[int]], Awaitable[list[Document]]]] = {
    "products": documents.products_by_id,
    "exporters": documents.exporters_by_id,
    "requests": documents_requests.requests_by_id,
    "events": documents_events.events_by_id,
}


async def _expected(index: str) -> int:
    if index == "headings":
        return len(documents.heading_documents())
    return int(await fetchval(_COUNTS[index]))


class Difference(msgspec.Struct):
    """What an index and the database disagree on, as document ids."""

    index: str
    missing: list[str]
    stale: list[str]
    surplus: list[str]

    @property
    def total(self) -> int:
        return len(self.missing) + len(self.stale) + len(self.surplus)


async def compare(search: Engine) -> list[Difference]:
    """Ids and versions of every index against the database, from one snapshot each."""
    return [await _compare(search, index) for index in _sources()]


async def _compare(search: Engine, index: str) -> Difference:
    stored = await search.versions(index)
    if index == "headings":
        wanted = {document.id: document.version for document in documents.heading_documents()}
    else:
        async with connection() as conn, conn.transaction():
            wanted = {
                str(row["id"]): row["version"] async for row in conn.cursor(_VERSIONS[index], prefetch=5000)
            }
    return Difference(
        index=index,
        missing=sorted(wanted.keys() - stored.keys()),
        stale=sorted(id for id, version in wanted.items() if id in stored and stored[id] != version),
        surplus=sorted(stored.keys() - wanted.keys()),
    )


async def repair(search: Engine, difference: Difference) -> None:
    """Makes the index equal to the database for what compare() found."""
    if difference.index == "headings":
        found = {document.id: document for document in documents.heading_documents()}
        await search.delete("headings", difference.surplus)
        await search.upsert("headings", [found[id] for id in (*difference.missing, *difference.stale)])
        return
    # A stored version that is ahead of the database (a restored backup) would refuse the right one: delete first.
    ids = [int(id) for id in (*difference.missing, *difference.stale, *difference.surplus)]
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        await search.delete(difference.index, [str(id) for id in part])
        await _make_equal(search, difference.index, part, await _BY_ID[difference.index](part))
    log.info("index repaired", index=difference.index, documents=len(ids))


async def ensure_ready(search: Engine) -> bool:
    """Fills an installation whose indexes are empty while the database is not (a new server, a lost folder)."""
    # Of those as different as these one at least is new with an upgrade, or empty in a copy.
    for index in ("headings", "products", "requests", "events"):
        if not await search.count(index) and await _expected(index):
            await reindex(search)
            return True
    return False
