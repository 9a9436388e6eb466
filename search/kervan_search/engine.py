"""The port: what an index is, what goes in, what a question is, what comes back, and how an engine is opened."""

import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import msgspec

MAX_HITS = 1000  # how deep paging goes in every engine; the total says how many there are
MAX_FACETS = 100  # values counted per facet unless the question asks for another number

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


class EngineDown(Exception):
    """The engine cannot be reached or does not answer in time; ask the database instead."""


class BadQuery(ValueError):
    """The question itself is wrong (too long, unknown facet or sort, negative paging); the text says why."""


class IndexSpec(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """One index by name, with its facet names and its number columns (sortable, usable in ranges).

    Only an `exact` one answers exact questions: a server has to keep more of every document for them.
    """

    name: str
    facets: tuple[str, ...]
    numbers: tuple[str, ...]
    exact: bool = False


class Document(msgspec.Struct, frozen=True):
    """One findable thing. Texts are plain (no markup); `quality` and `numbers['published_at']` break near-ties."""

    id: str
    version: int
    titles: dict[str, str] = {}
    keywords: tuple[str, ...] = ()
    texts: dict[str, str] = {}
    codes: tuple[str, ...] = ()
    facets: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, float] = {}
    quality: float = 0.0
    label: str = ""


class Query(msgspec.Struct, frozen=True):
    """A question: filters are OR within a facet and AND between; a range is (from, to), both inclusive.

    `sort` is '' for relevance, a number column, or '-' and a number column; ties go by id.
    `facet_limit` bounds the values returned per facet (the most frequent ones).
    An `exact` question finds what certainly holds every word (as the word, a form of it, its parts read together, a
    code or a synonym; words of grammar such as `and` only when there is nothing else): nothing is taken for the
    beginning of a word or for a misspelling, no word is left out. kervan_search.percolate answers it the other way
    round: which questions find a document.
    """

    text: str = ""
    filters: dict[str, tuple[str, ...]] = {}
    ranges: dict[str, tuple[float | None, float | None]] = {}
    facets: tuple[str, ...] = ()
    sort: str = ""
    limit: int = 20
    offset: int = 0
    facet_limit: int = MAX_FACETS
    exact: bool = False


class Term(msgspec.Struct, frozen=True):
    """A folded word to mark in a text: as a whole word or, with `prefix`, as the start of one.

    A word whose stem equals the stem of `text` is marked too when `stem` is set.
    """

    text: str
    prefix: bool = False
    stem: bool = False


class Hit(msgspec.Struct, frozen=True):
    """A found document: its id, the score (only comparable within one page) and the version that was indexed."""

    id: str
    score: float
    version: int


class Page(msgspec.Struct, frozen=True):
    """The answer. `total` counts what matches, `total_exact` says whether it is an estimate.

    `facets`: per facet, value -> documents; a filtered facet ignores its own choice. `terms` go to highlight.mark.
    `corrected` is the query in its nearest known spelling, when a word of it is in no document.
    `dropped` are the words left out because all of them together found too little; `total` then counts the wider set
    and `complete` those that hold every word (they come first).
    """

    hits: list[Hit]
    total: int
    total_exact: bool = True
    facets: dict[str, dict[str, int]] = {}
    terms: tuple[Term, ...] = ()
    corrected: str | None = None
    used_synonyms: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    complete: int = 0


class Suggestion(msgspec.Struct, frozen=True):
    """One line under the search box."""

    id: str
    label: str
    score: float


class Rebuild(Protocol):
    """A new copy of an index under construction, beside the live one."""

    async def add(self, documents: Sequence[Document]) -> None:
        """Documents go into the new copy; nobody sees them until the rebuild ends cleanly."""
        ...


class Engine(Protocol):
    """What every engine does. Every method raises EngineDown when the engine is away, KeyError for an unknown index."""

    async def open(self) -> None:
        """Indexes exist and are ready; missing or broken ones start empty."""
        ...

    async def close(self) -> None:
        """Connections, threads and files are let go."""
        ...

    async def upsert(self, index: str, documents: Sequence[Document]) -> None:
        """The documents are findable on return. One with a version older than the stored one is ignored."""
        ...

    async def delete(self, index: str, ids: Sequence[str]) -> None:
        """The ids are gone on return; unknown ids are fine."""
        ...

    async def search(self, index: str, query: Query) -> Page:
        """The page of hits, the total, the facet counts. BadQuery says what is wrong with the question."""
        ...

    async def suggest(self, index: str, text: str, limit: int = 8) -> list[Suggestion]:
        """Labels whose words begin with what is typed, best first, each label once."""
        ...

    async def count(self, index: str) -> int:
        """How many documents the index holds."""
        ...

    async def versions(self, index: str) -> dict[str, int]:
        """id -> version of everything stored, for comparing with the database."""
        ...

    def rebuild(self, index: str) -> AbstractAsyncContextManager[Rebuild]:
        """A new copy that replaces the live index on a clean exit; on an exception the live one stays."""
        ...

    async def healthy(self) -> bool:
        """Whether questions are being answered from intact indexes."""
        ...


def open_engine(
    *,
    specs: Sequence[IndexSpec],
    synonyms: Sequence[tuple[str, ...]] = (),
    data_dir: Path | None = None,
    meili_url: str | None = None,
    meili_key: str | None = None,
    meili_search_key: str | None = None,
    prefix: str = "",
) -> Engine:
    """The engine for these settings, not yet opened: Meilisearch when `meili_url` is given, else tantivy in `data_dir`.

    Synonyms are groups of equivalent words or phrases. `prefix` goes before index names on a shared server.
    """
    for spec in specs:
        check_spec(spec)
    if meili_url:
        from kervan_search.meilisearch import MeiliEngine

        return MeiliEngine(
            specs=specs,
            synonyms=synonyms,
            url=meili_url,
            key=meili_key,
            search_key=meili_search_key,
            prefix=prefix,
        )
    if data_dir is None:
        raise ValueError("An embedded engine needs a folder.")
    from kervan_search.embedded import EmbeddedEngine

    return EmbeddedEngine(specs=specs, synonyms=synonyms, data_dir=data_dir)


def check_spec(spec: IndexSpec) -> None:
    """Nothing, or ValueError for a name no engine could take."""
    for name in (spec.name, *spec.facets, *spec.numbers):
        if not _NAME.match(name):
            raise ValueError(f"Not a usable name for an index, facet or number: {name!r}")


def check_document(spec: IndexSpec, document: Document) -> None:
    """Nothing, or ValueError: an id an engine would refuse, a facet or number the index does not have."""
    if not _ID.match(document.id):
        raise ValueError(f"Not a usable document id: {document.id!r}")
    unknown = (document.facets.keys() - set(spec.facets)) | (document.numbers.keys() - set(spec.numbers))
    if unknown:
        raise ValueError(f"Index {spec.name} has no facet or number called {sorted(unknown)}")


def check_query(spec: IndexSpec, query: Query) -> None:
    """Nothing, or BadQuery for what this index cannot answer."""
    if query.exact and not spec.exact:
        raise BadQuery(f"The index {spec.name} does not answer exact questions.")
    facets, numbers = set(spec.facets), set(spec.numbers)
    for name in (*query.filters, *query.facets):
        if name not in facets:
            raise BadQuery(f"There is no facet called {name[:60]!r}.")
    for name in (*query.ranges, *([query.sort.removeprefix("-")] if query.sort else [])):
        if name not in numbers:
            raise BadQuery(f"There is no number called {name[:60]!r}.")
    for low, high in query.ranges.values():
        if any(bound is not None and bound != bound for bound in (low, high)):
            raise BadQuery("A range needs numbers.")
    if query.limit < 0 or query.offset < 0 or query.facet_limit < 0:
        raise BadQuery("Limit and offset start at 0.")
