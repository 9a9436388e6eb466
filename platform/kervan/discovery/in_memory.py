"""Few documents asked in memory while the engine is down: every word as a part of the text, filters and counts.

For what is counted in hundreds or thousands (requests, events), never for products. The very documents that the index
would hold are kept, and each search looks first which of them changed.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import msgspec

from kervan_search.engine import Document, Hit, Page, Query, Term
from kervan_search.text import fold, tokens

_MAX_WORDS = 8

Read = Callable[[Sequence[int]], Awaitable[list[Document]]]


class Kept(msgspec.Struct, frozen=True):
    """A document as it was read, with its title and all its words folded."""

    state: object
    document: Document
    title: str
    words: str


async def refreshed(shelf: dict[int, Kept], states: Mapping[int, object], read: Read) -> list[Kept]:
    """The documents of these rows, in their order: those whose state changed are read anew, others forgotten."""
    changed = [id for id, state in states.items() if id not in shelf or shelf[id].state != state]
    for document in await read(changed) if changed else ():
        id = int(document.id)
        title = fold(" ".join(document.titles.values()))
        words = fold(" ".join((*document.keywords, *document.texts.values(), *document.codes)))
        shelf[id] = Kept(states[id], document, title, f"{title} {words}")
    for id in shelf.keys() - states.keys():
        shelf.pop(id, None)
    return [shelf[id] for id in states if id in shelf]


def answer(kept: Iterable[Kept], query: Query) -> Page:
    """Hits with most words in the title first, or by the asked sort; the newest first where that decides nothing."""
    words = [word for chunk in query.text.split() for word in _words(chunk)][:_MAX_WORDS]
    said = [one for one in kept if all(word in one.words for word in words) and _within(one.document, query)]
    found = [one for one in said if _chosen(one.document, query)]
    found.sort(key=lambda one: _rank(one, query.sort, words))
    return Page(
        hits=[Hit(one.document.id, 0.0, one.document.version) for one in found][query.offset :][
            : query.limit
        ],
        total=len(found),
        facets={name: _counts(said, name, query) for name in query.facets},
        terms=tuple(Term(word) for word in words),
    )


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


def _rank(kept: Kept, sort: str, words: list[str]) -> tuple[float, float, int]:
    numbers = kept.document.numbers
    id = int(kept.document.id)
    if not sort:
        return -sum(word in kept.title for word in words), -numbers["published_at"], id
    number = numbers.get(sort.removeprefix("-"), float("inf"))
    return (-number if sort.startswith("-") else number), 0.0, id


def _counts(said: list[Kept], name: str, query: Query) -> dict[str, int]:
    """Value -> documents, the most frequent first; without the facet's own choice, as an engine counts."""
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
