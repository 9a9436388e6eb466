"""The engine in process: tantivy. Many processes read, one at a time writes, a rebuild is swapped in under both.

A write or a swap by another process is seen within 0.2 s, one's own at once. An upsert whose version is older than
the stored one is ignored.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import tantivy

from kervan_search.engine import (
    Document,
    IndexSpec,
    Page,
    Query,
    Rebuild,
    Suggestion,
    check_document,
    check_query,
)
from kervan_search.query import Synonyms
from kervan_search.reader import Reader, stamp_of
from kervan_search.schema import make_row
from kervan_search.store import Store
from kervan_search.vocabulary import Vocabulary

LOOK_EVERY = 0.2  # seconds between looks at the disk for a commit of another process
_SMALL_HEAP, _LARGE_HEAP = (
    30_000_000,
    500_000_000,
)  # a large heap makes one segment: facets count a third faster
_QUICK = 2000  # documents whose words are read at once, so that a new word is known with its document
_COSTLY = 40_000  # documents to walk through beyond which a search leaves the event loop


class _Change(msgspec.Struct):
    """A line of the journal that a running rebuild applies before it goes live."""

    documents: list[Document] = []
    deleted: list[str] = []


class _Live:
    """One index as this process sees it: its folder and the current reader."""

    def __init__(self, spec: IndexSpec, folder: Path, synonyms: Synonyms, pool: ThreadPoolExecutor) -> None:
        self.pool = pool
        self.spec = spec
        self.store = Store(spec, folder)
        self.synonyms = synonyms
        self.reader: Reader | None = None
        self.looked = 0.0
        self.broken = False
        self._lock = threading.Lock()
        self._vocabulary_seconds = 0.0
        self._words_behind = False
        self._words_due = 0.0
        self._reading_words = threading.Lock()

    def current(self) -> Reader:
        """The reader of the newest commit, at most LOOK_EVERY behind another process."""
        now = time.monotonic()
        if self.reader is None or now - self.looked > LOOK_EVERY:
            self.refresh()
        if self._words_behind and now > self._words_due and self._reading_words.acquire(blocking=False):
            self._words_behind = False
            self.pool.submit(self._catch_up)
        assert self.reader is not None
        return self.reader

    def refresh(self, patient: bool = False) -> None:
        """The newest commit becomes the reader's; an index that vanished or broke is replaced by an empty one.

        A patient caller waits for the words of a large index too, others get them a moment later.
        """
        with self._lock:
            try:
                self._refresh(patient)
            except (OSError, ValueError):
                # A swap or a merge may have removed files between two looks; once more, then it is really broken.
                try:
                    self._refresh(patient)
                except (OSError, ValueError):
                    if self.reader is None:
                        self.store.ensure()
                        self._refresh(patient)
                    self.broken = True
            self.looked = time.monotonic()

    def _refresh(self, patient: bool) -> None:
        stamp = stamp_of(self.store)
        if not stamp:
            self.store.ensure()
            stamp = stamp_of(self.store)
        old = self.reader
        if old is not None and old.stamp == stamp:
            return
        generation = self.store.live()
        assert generation is not None
        if old is not None and old.generation == generation:
            index = old.index
            index.reload()
        else:
            index = self.store.open(generation)
        # The words of a large index change little from one commit to the next: they are read anew beside the searches.
        keep = old is not None and not patient and index.searcher().num_docs > _QUICK
        self.reader = Reader(
            self.store, generation, index, stamp, self.synonyms, old.vocabulary if keep and old else None
        )
        if keep:
            self._words_behind = True
        else:
            self._words_behind = False
            self._vocabulary_seconds = self.reader.vocabulary_seconds
        self.broken = False

    def _catch_up(self) -> None:
        # A tenth of one core at most goes into reading words, however often there are commits.
        try:
            reader = self.reader
            if reader is not None:
                reader.use(reader.read_vocabulary())
                self._vocabulary_seconds = reader.vocabulary_seconds
        finally:
            self._words_due = time.monotonic() + 10 * self._vocabulary_seconds
            self._reading_words.release()


class EmbeddedEngine:
    """kervan_search.engine.Engine on tantivy in one folder per index."""

    def __init__(
        self, *, specs: Sequence[IndexSpec], synonyms: Sequence[tuple[str, ...]], data_dir: Path
    ) -> None:
        known = Synonyms(synonyms)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="search")
        self._live = {spec.name: _Live(spec, data_dir / spec.name, known, self._pool) for spec in specs}
        self._writing = {spec.name: asyncio.Lock() for spec in specs}

    async def open(self) -> None:
        for live in self._live.values():
            await asyncio.to_thread(live.store.ensure)
            await asyncio.to_thread(live.refresh)

    async def close(self) -> None:
        for lock in self._writing.values():
            async with lock:
                pass
        self._pool.shutdown()
        for live in self._live.values():
            live.reader = None

    async def search(self, index: str, query: Query) -> Page:
        live = self._live[index]
        check_query(live.spec, query)
        reader = live.current()
        if reader.costly(query, _COSTLY):
            return await asyncio.get_running_loop().run_in_executor(self._pool, reader.search, query)
        return reader.search(query)

    async def suggest(self, index: str, text: str, limit: int = 8) -> list[Suggestion]:
        return self._live[index].current().suggest(text, limit)

    async def count(self, index: str) -> int:
        return int(self._live[index].current().searcher.num_docs)

    async def versions(self, index: str) -> dict[str, int]:
        live = self._live[index]
        await asyncio.to_thread(live.refresh)
        return await asyncio.to_thread(live.current().versions)

    async def healthy(self) -> bool:
        return not any(live.broken or live.current().damaged for live in self._live.values())

    async def upsert(self, index: str, documents: Sequence[Document]) -> None:
        if documents:
            for document in documents:
                check_document(self._live[index].spec, document)
            await self._change(index, _Change(documents=list(documents)))

    async def delete(self, index: str, ids: Sequence[str]) -> None:
        if ids:
            await self._change(index, _Change(deleted=list(ids)))

    async def _change(self, index: str, change: _Change) -> None:
        live = self._live[index]
        async with self._writing[index]:
            await asyncio.to_thread(_write, live, change)

    @contextlib.asynccontextmanager
    async def rebuild(self, index: str) -> AsyncIterator[Rebuild]:
        live = self._live[index]
        builder = await asyncio.to_thread(_Builder, live)
        try:
            yield builder
            async with self._writing[index]:
                await asyncio.to_thread(builder.finish)
        finally:
            await asyncio.to_thread(builder.end)


def _write(live: _Live, change: _Change) -> None:
    """The change is committed and this process reads it; held up only by other writers."""
    with live.store.locked():
        live.refresh()
        reader = live.current()
        if live.store.building():
            with open(live.store.journal, "ab") as journal:
                journal.write(msgspec.json.encode(change) + b"\n")
        rows, gone = prepare(live.spec, reader, change)
        commit(reader.index, rows, gone, live.refresh)
        live.refresh()


def prepare(spec: IndexSpec, reader: Reader, change: _Change) -> tuple[list[tantivy.Document], list[str]]:
    """The rows to add and the ids to remove first.

    Documents older than what `reader` holds are left out; of two with the same id the newer one goes in.
    """
    rows: list[tantivy.Document] = []
    gone = list(change.deleted)
    newest: dict[str, Document] = {}
    for document in change.documents:
        known = newest.get(document.id)
        if known is None or known.version <= document.version:
            newest[document.id] = document
    for document in newest.values():
        stored = reader.version(document.id)
        if stored is not None:
            if stored > document.version:
                continue
            gone.append(document.id)
        rows.append(make_row(spec, document))
    return rows, gone


def commit(
    index: tantivy.Index,
    rows: list[tantivy.Document],
    gone: list[str],
    visible: Callable[[], None] | None = None,
) -> None:
    """The rows are on disk and the ids gone; `visible` is called before the merging that may follow."""
    writer = index.writer(_SMALL_HEAP, 1)
    try:
        for document_id in gone:
            writer.delete_documents_by_term("id", document_id)
        for row in rows:
            writer.add_document(row)
        writer.commit()
        if visible is not None:
            visible()
        writer.wait_merging_threads()
    finally:
        # tantivy's own lock lives as long as this object, which a traceback would keep.
        del writer


class _Builder:
    """The next generation while it is being filled."""

    def __init__(self, live: _Live) -> None:
        self._live = live
        self._store = live.store
        self._held = contextlib.ExitStack()
        self._held.enter_context(self._store.locked("build.lock"))
        with self._store.locked():
            self._store.journal.unlink(missing_ok=True)
            self._generation = self._store.new_generation()
        self._index = self._store.open(self._generation)
        self._writer: tantivy.IndexWriter | None = self._index.writer(_LARGE_HEAP, 1)
        self._versions: dict[str, int] = {}
        self._done = False

    async def add(self, documents: Sequence[Document]) -> None:
        await asyncio.to_thread(self._add, documents)

    def _add(self, documents: Iterable[Document]) -> None:
        assert self._writer is not None
        for document in documents:
            check_document(self._live.spec, document)
            known = self._versions.get(document.id)
            if known is not None:
                if known > document.version:
                    continue
                self._writer.delete_documents_by_term("id", document.id)
            self._versions[document.id] = document.version
            self._writer.add_document(make_row(self._live.spec, document))

    def finish(self) -> None:
        """Committed, brought up to date with the changes made meanwhile, and live."""
        assert self._writer is not None
        self._writer.commit()
        self._writer.wait_merging_threads()
        self._writer = None
        with self._store.locked():
            if self._store.journal.exists():
                for line in self._store.journal.read_bytes().splitlines():
                    self._replay(msgspec.json.decode(line, type=_Change))
            self._store.point_to(self._generation)
            self._store.journal.unlink(missing_ok=True)
        self._done = True
        self._live.refresh(patient=True)

    def _replay(self, change: _Change) -> None:
        self._index.reload()
        reader = Reader(self._store, self._generation, self._index, (), Synonyms(()), Vocabulary([]))
        commit(self._index, *prepare(self._live.spec, reader, change))

    def end(self) -> None:
        """Whatever happened, nothing half-built stays behind."""
        if self._writer is not None:
            self._writer.rollback()
            self._writer = None
        if not self._done:
            self._store.discard(self._generation)
        self._held.close()
