"""Jobs of a run that need the database, each in a process of its own: `python bench/steps.py NAME ...`.

The last line of stdout is the answer in JSON; progress goes to stderr.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import holding
import inventory
import people
import posting
import tantivy

from kervan.db import connection, execute, fetch, fetchval, pool
from kervan.discovery import documents, documents_requests, indexing
from kervan.discovery.engine import EXPORTERS, PRODUCTS, REQUESTS, open_search
from kervan.exporters import service as exporters
from kervan.migrate import migrate_async
from kervan.products import service as products
from kervan.products.importing.mapping import Mapping
from kervan.products.importing.run import run_import
from kervan.settings import load
from kervan_search.engine import Document

_ACTOR = "system:bench"
_CHUNK = 1000


async def fill(total: str) -> dict[str, Any]:
    """The generated inventory goes in by the services that everybody uses."""
    started = time.perf_counter()
    done = 0
    sizes = inventory.sizes(int(total))
    for number, (firm, size) in enumerate(zip(inventory.exporters(), sizes, strict=True)):
        exporter_id = await exporters.create(firm, _ACTOR)
        goods = list(inventory.products(number, firm.sectors, size))
        for start in range(0, len(goods), _CHUNK):
            done += (await products.save_many(exporter_id, goods[start : start + _CHUNK], _ACTOR)).created
        _show(done, int(total))
    seconds = time.perf_counter() - started
    # The rebuild that follows reads everything from the tables; what waits in the outbox would only repeat it.
    await execute("DELETE FROM outbox")
    await execute("VACUUM ANALYZE")
    return {"products": done, "seconds": seconds}


async def reindex() -> dict[str, Any]:
    """Every index is built anew, as `kervan reindex` does it."""
    search = open_search(load())
    await search.open()
    started = time.perf_counter()
    counts = await indexing.reindex(search, lambda _, done, total: _show(done, total))
    seconds = time.perf_counter() - started
    await search.close()
    return {"documents": sum(counts.values()), "seconds": seconds}


async def _all_documents() -> AsyncIterator[tuple[str, list[Document]]]:
    async for batch in documents.all_exporters():
        yield EXPORTERS.name, batch
    async for batch in documents.all_products():
        yield PRODUCTS.name, batch
    async for batch in documents_requests.all_requests():
        yield REQUESTS.name, batch


async def raw_tantivy() -> dict[str, Any]:
    """The same documents in a plain tantivy schema with its default tokenizer; only the writing is timed."""
    builder = tantivy.SchemaBuilder().add_text_field("id", stored=True, tokenizer_name="raw")
    for name in ("titles", "keywords", "texts", "codes"):
        builder.add_text_field(name)
    for name in {*PRODUCTS.facets, *EXPORTERS.facets, *REQUESTS.facets}:
        builder.add_text_field(f"f_{name}", fast=True, tokenizer_name="raw")
    for name in {*PRODUCTS.numbers, *EXPORTERS.numbers, *REQUESTS.numbers}:
        builder.add_float_field(f"n_{name}", fast=True)
    count, writing, reading = 0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        index = tantivy.Index(builder.build(), path=folder)
        writer = index.writer(200_000_000)
        begin = time.perf_counter()
        async for _, batch in _all_documents():
            reading += time.perf_counter() - begin
            begin = time.perf_counter()
            for document in batch:
                writer.add_document(_plain_row(document))
            writing += time.perf_counter() - begin
            count += len(batch)
            _show(count, 0)
            begin = time.perf_counter()
        writer.commit()
        writer.wait_merging_threads()
        writing += time.perf_counter() - begin
    return {"documents": count, "writing": writing, "reading": reading}


def _plain_row(document: Document) -> tantivy.Document:
    row = tantivy.Document(
        id=document.id,
        titles=list(document.titles.values()),
        keywords=list(document.keywords),
        texts=list(document.texts.values()),
        codes=list(document.codes),
    )
    for name, values in document.facets.items():
        for value in values:
            row.add_text(f"f_{name}", value)
    for name, number in document.numbers.items():
        row.add_float(f"n_{name}", number)
    return row


async def typesense(port: str) -> dict[str, Any]:
    """The same documents go to Typesense; only its work is timed."""
    import peers
    from processes import TYPESENSE_KEY, Server

    headers = {"X-TYPESENSE-API-KEY": TYPESENSE_KEY, "Content-Type": "application/json"}
    server = Server("Typesense", int(port), None, Path(), headers)  # type: ignore[arg-type]  # no process: it runs already
    for spec in (EXPORTERS, PRODUCTS, REQUESTS):
        peers.call(server, "POST", "/collections", json.dumps(peers.typesense_schema(spec)).encode())
    count, writing = 0, 0.0
    async for index, batch in _all_documents():
        begin = time.perf_counter()
        peers.typesense_load(server, index, batch)
        writing += time.perf_counter() - begin
        count += len(batch)
        _show(count, 0)
    return {"documents": count, "seconds": writing}


async def write_file(path: str, total: str) -> dict[str, Any]:
    """An import file of generated products, and an exporter to take them."""
    firm = next(inventory.exporters(1))
    exporter_id = await exporters.create(firm, _ACTOR)
    lines = (
        json.dumps(inventory.row(p), ensure_ascii=False)
        for p in inventory.products(0, firm.sectors, int(total))
    )
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"exporter": exporter_id}


async def import_file(path: str, exporter_id: str) -> dict[str, Any]:
    """The file goes in; done when the worker beside has emptied the outbox, so that everything can be found."""
    started = time.perf_counter()
    report = await run_import(
        Path(path),
        exporter_id=int(exporter_id),
        mapping=Mapping(),
        commit=True,
        actor=_ACTOR,
        on_progress=lambda _, rows: _show(rows, 0),
        errors_to=None,
    )
    stored = time.perf_counter() - started
    while await fetchval("SELECT count(*) FROM outbox"):  # noqa: ASYNC110  # the worker is another process
        await asyncio.sleep(0.05)
    searchable = time.perf_counter() - started
    search = open_search(load())
    await search.open()
    found = await search.count("products")
    await search.close()
    return {
        "rows": report.rows, "created": report.created, "failed": report.failed, "stored": stored,
        "searchable": searchable, "found": found, "issues": [issue.sentence for issue in report.first_issues[:3]],
    }  # fmt: skip


async def raw_copy() -> dict[str, Any]:
    """The rows that an import made, copied into equal tables (indexes and checks included) by PostgreSQL's COPY."""
    tables = ("product", "product_text", "product_version", "price_tier", "audit_entry")
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        async with connection() as conn:
            for table in tables:
                path = f"{folder}/{table}"
                await conn.copy_from_table(table, output=path, format="binary")
                await conn.execute(f"CREATE TABLE copy_of_{table} (LIKE {table} INCLUDING ALL)")
                started = time.perf_counter()
                await conn.copy_to_table(f"copy_of_{table}", source=path, format="binary")
                seconds += time.perf_counter() - started
            count = await conn.fetchval("SELECT count(*) FROM copy_of_product")
    return {"products": count, "seconds": seconds}


async def sizes() -> dict[str, Any]:
    """Megabytes of the database, and how many products it holds."""
    rows = await fetch(
        "SELECT pg_database_size(current_database()) / 1e6 AS mb, (SELECT count(*) FROM product) AS n"
    )
    return {"megabytes": float(rows[0]["mb"]), "products": rows[0]["n"]}


_shown = [0.0]


def _show(done: int, total: int) -> None:
    now = time.monotonic()
    if sys.stderr.isatty() and now - _shown[0] > 0.5:
        _shown[0] = now
        print(f"\r  {done:,}{f' of {total:,}' if total else ''}   ", end="\r", file=sys.stderr, flush=True)


STEPS: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
    step.__name__: step
    for step in (
        *(fill, reindex, raw_tantivy, typesense, write_file, import_file, raw_copy, sizes),
        *(people.sign_ins, people.session_cost, posting.fill_board, holding.fill_events),
    )
}


async def main(name: str, *arguments: str) -> None:
    await migrate_async()
    async with pool():
        print(json.dumps(await STEPS[name](*arguments)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
