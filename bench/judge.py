"""How good the answers are, in a process of its own: `python bench/judge.py CATALOGUE MEILI_PORT TYPESENSE_PORT`.

The real catalogue goes through the real import and the database into every engine: ours as it is, the peers with the
same documents and nothing tuned. A port of 0 leaves a peer out. The last line of stdout is the answer in JSON.
"""

import asyncio
import csv
import json
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import inventory
import peers
import tantivy
from processes import BENCH, MEILI_KEY, TYPESENSE_KEY, Server

from kervan.db import fetch, pool
from kervan.discovery import documents, indexing
from kervan.discovery.engine import open_search
from kervan.exporters import service as exporters
from kervan.migrate import migrate_async
from kervan.nomenclature import queries as nomenclature
from kervan.products.importing.mapping import load as load_mapping
from kervan.products.importing.run import run_import
from kervan.resources import fixtures_dir
from kervan.settings import load
from kervan_search.engine import Document, Engine, Query

sys.path.insert(0, str(BENCH.parent / "tests" / "search"))
from relevance import judgements, ndcg, shared_data  # tests/search: the one measure of the project

_FIELDS = ("titles", "keywords", "texts", "codes")
Find = Callable[[str, int], Awaitable[list[str]]]
"""Text and limit -> document ids, best first."""


def _row(document: Document) -> dict[str, Any]:
    values = (document.titles.values(), document.keywords, document.texts.values(), document.codes)
    return {"id": document.id, **{name: list(value) for name, value in zip(_FIELDS, values, strict=True)}}


def plain_bm25(rows: Sequence[dict[str, Any]]) -> Find:
    """tantivy as it comes: one field, default tokenizer, every word must be there."""
    schema = (
        tantivy.SchemaBuilder()
        .add_text_field("id", stored=True, tokenizer_name="raw")
        .add_text_field("all")
        .build()
    )
    index = tantivy.Index(schema)
    writer = index.writer()
    for row in rows:
        writer.add_document(
            tantivy.Document(id=row["id"], all=[text for name in _FIELDS for text in row[name]])
        )
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    async def find(text: str, limit: int) -> list[str]:
        query, _ = index.parse_query_lenient(text, ["all"], conjunction_by_default=True)
        hits = searcher.search(query, limit).hits
        return [str(searcher.doc(address).get_first("id")) for _, address in hits]

    return find


def meilisearch(port: int, name: str, rows: Sequence[dict[str, Any]]) -> Find:
    """Meilisearch with its default settings."""
    headers = {"Authorization": f"Bearer {MEILI_KEY}", "Content-Type": "application/json"}
    server = Server("Meilisearch", port, None, Path(), headers)  # type: ignore[arg-type]  # no process: it runs already
    for start in range(0, len(rows), 5000):
        body = json.dumps(rows[start : start + 5000]).encode()
        task = peers.call(server, "POST", f"/indexes/{name}/documents?primaryKey=id", body)["taskUid"]
        while (state := peers.call(server, "GET", f"/tasks/{task}"))["status"] in ("enqueued", "processing"):
            time.sleep(0.05)
        if state["status"] != "succeeded":
            raise RuntimeError(f"Meilisearch refused documents: {state['error']}")

    async def find(text: str, limit: int) -> list[str]:
        body = json.dumps({"q": text, "limit": limit, "attributesToRetrieve": ["id"]}).encode()
        return [hit["id"] for hit in peers.call(server, "POST", f"/indexes/{name}/search", body)["hits"]]

    return find


def typesense(port: int, name: str, rows: Sequence[dict[str, Any]]) -> Find:
    """Typesense with its default parameters."""
    headers = {"X-TYPESENSE-API-KEY": TYPESENSE_KEY, "Content-Type": "application/json"}
    server = Server("Typesense", port, None, Path(), headers)  # type: ignore[arg-type]  # no process: it runs already
    fields = [{"name": field, "type": "string[]"} for field in _FIELDS]
    peers.call(server, "POST", "/collections", json.dumps({"name": name, "fields": fields}).encode())
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    request = urllib.request.Request(
        f"{server.url}/collections/{name}/documents/import?action=create", data=lines, headers=headers
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        if any(not json.loads(line).get("success") for line in answer.read().splitlines()):
            raise RuntimeError("Typesense refused documents")

    async def find(text: str, limit: int) -> list[str]:
        params = urlencode(
            {"q": text, "query_by": ",".join(_FIELDS), "per_page": limit, "include_fields": "id"}
        )
        found = peers.call(server, "GET", f"/collections/{name}/documents/search?{params}")["hits"]
        return [hit["document"]["id"] for hit in found]

    return find


async def gain(find: Find, skus: dict[str, str]) -> float:
    """Mean nDCG@10 over the judged queries."""
    scores = [
        ndcg([skus[id] for id in await find(text, 10)], ratings) for text, ratings in judgements().items()
    ]
    return sum(scores) / len(scores)


def everyday_terms() -> list[tuple[str, str]]:
    """Everyday term and the heading it belongs to."""
    with (shared_data() / "search" / "uk_search_references_half.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        return [(row["term"][:200], row["code10"][:4]) for row in csv.DictReader(file)]


async def hits(find: Find, terms: Iterable[tuple[str, str]]) -> float:
    """Share of terms whose heading is among the first five."""
    found = [wanted in await find(term, 5) for term, wanted in terms]
    return sum(found) / len(found)


def ours(engine: Engine, index: str) -> Find:
    """The engine as the site asks it."""

    async def find(text: str, limit: int) -> list[str]:
        page = await engine.search(index, Query(text=text, limit=limit))
        return [hit.id for hit in page.hits]

    return find


def our_headings(engine: Engine) -> Find:
    """The nomenclature search of the site."""

    async def find(text: str, limit: int) -> list[str]:
        return [link.code for link in await nomenclature.search(engine, text, "en", limit)]

    return find


async def fill(catalogue: Path) -> None:
    """The catalogue goes in by the import with its committed mapping, faults and all."""
    exporter_id = await exporters.create(next(inventory.exporters(1)), "system:bench")
    report = await run_import(
        catalogue, exporter_id=exporter_id, mapping=load_mapping(fixtures_dir() / "imports" / "chorus-icecat.toml"),
        commit=True, actor="system:bench", on_progress=lambda *_: None, errors_to=None,
    )  # fmt: skip
    print(f"imported {report.created} of {report.rows} rows", file=sys.stderr)


async def main(catalogue: str, meili_port: str, typesense_port: str) -> None:
    await migrate_async()
    async with pool():
        await fill(Path(catalogue))
        engine = open_search(load())
        await engine.open()
        await indexing.reindex(engine)
        skus = {str(row["id"]): row["sku"] for row in await fetch("SELECT id, sku FROM product")}
        goods = [_row(document) async for batch in documents.all_products() for document in batch]
        headings = [_row(document) for document in documents.heading_documents()]
        terms = everyday_terms()
        finders: dict[str, tuple[Find, Find]] = {
            "Kervan": (ours(engine, "products"), our_headings(engine)),
            "tantivy, plain BM25, all words": (plain_bm25(goods), plain_bm25(headings)),
        }
        for name, start, port in (
            ("Meilisearch, untuned", meilisearch, int(meili_port)),
            ("Typesense, untuned", typesense, int(typesense_port)),
        ):
            if port:
                finders[name] = (start(port, "judged", goods), start(port, "headings_of_relevance", headings))
        scores = {
            name: {"ndcg": await gain(find, skus), "hit": await hits(find_heading, terms)}
            for name, (find, find_heading) in finders.items()
        }
        await engine.close()
    print(
        json.dumps(
            {"scores": scores, "products": len(goods), "queries": len(judgements()), "terms": len(terms)}
        )
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
