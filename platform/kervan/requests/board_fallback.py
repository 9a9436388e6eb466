"""The board from PostgreSQL while the engine is down: every word as a part of the text, filters and counts.

Open requests are few beside products (hundreds, not hundreds of thousands): they are kept in memory as the very
documents that the index would hold, and asked there. Each search looks first which of them changed.
"""

from collections import Counter
from decimal import Decimal

import msgspec

from kervan.db import fetch
from kervan.discovery.documents_requests import requests_by_id
from kervan.requests.queries import OPEN
from kervan_search.engine import Document, Hit, Page, Query, Term
from kervan_search.text import fold, tokens

_MAX_WORDS = 8


class _Kept(msgspec.Struct, frozen=True):
    """A document as it was read, with its title and all its words folded."""

    state: tuple[int, Decimal | None]
    document: Document
    title: str
    words: str


_kept: dict[int, _Kept] = {}


async def search(query: Query) -> Page:
    """Hits with most words in the title first, or by the asked sort; the newest first where that decides nothing."""
    words = [word for chunk in query.text.split() for word in _words(chunk)][:_MAX_WORDS]
    said = [kept for kept in await _open() if all(word in kept.words for word in words)]
    said = [kept for kept in said if _within(kept.document, query)]
    found = [kept for kept in said if _chosen(kept.document, query)]
    found.sort(key=lambda kept: _rank(kept, query.sort, words))
    return Page(
        hits=[Hit(kept.document.id, 0.0, kept.document.version) for kept in found][query.offset :][
            : query.limit
        ],
        total=len(found),
        facets={name: _counts(said, name, query) for name in query.facets},
        terms=tuple(Term(word) for word in words),
    )


async def _open() -> list[_Kept]:
    rows = await fetch(f"SELECT q.id, q.version, q.value_eur FROM trade_request q WHERE {OPEN} ORDER BY q.id")
    states = {row["id"]: (row["version"], row["value_eur"]) for row in rows}
    changed = [id for id, state in states.items() if id not in _kept or _kept[id].state != state]
    for document in await requests_by_id(changed):
        title = fold(" ".join(document.titles.values()))
        words = fold(" ".join((*document.keywords, *document.texts.values(), *document.codes)))
        id = int(document.id)
        _kept[id] = _Kept(states[id], document, title, f"{title} {words}")
    for id in _kept.keys() - states.keys():
        _kept.pop(id, None)
    return [_kept[id] for id in states if id in _kept]


def _within(document: Document, query: Query) -> bool:
    for name, (low, high) in query.ranges.items():
        number = document.numbers.get(name)
        if number is None or (low is not None and number < low) or (high is not None and number > high):
            return False
    return True


def _chosen(document: Document, query: Query, without: str = "") -> bool:
    return all(
        not values or name == without or not set(values).isdisjoint(document.facets.get(name, ()))
        for name, values in query.filters.items()
    )


def _rank(kept: _Kept, sort: str, words: list[str]) -> tuple[float, float, int]:
    numbers = kept.document.numbers
    id = int(kept.document.id)
    if not sort:
        return -sum(word in kept.title for word in words), -numbers["published_at"], id
    number = numbers.get(sort.removeprefix("-"), float("inf"))
    return (-number if sort.startswith("-") else number), 0.0, id


def _counts(said: list[_Kept], name: str, query: Query) -> dict[str, int]:
    """Value -> requests, the most frequent first; without the facet's own choice, as an engine counts."""
    counted = Counter(
        value
        for kept in said
        if _chosen(kept.document, query, without=name)
        for value in kept.document.facets.get(name, ())
    )
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[: query.facet_limit])


def _words(chunk: str) -> list[str]:
    """The words of what stands between two spaces; 6109.10 is written 610910."""
    digits = chunk.replace(".", "")
    return [digits] if digits.isdigit() else tokens(chunk)
