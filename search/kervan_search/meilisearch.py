"""The engine as a Meilisearch server: the same documents, questions and answers as in process.

Its Python SDK does everything but the questions, which have a way of their own (meili_wire).

An upsert reads the stored versions first and leaves older documents out; two processes that write the same id within
the same second may still end with the older one, which the comparison with the database repairs.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Any

from meilisearch_python_sdk import AsyncClient
from meilisearch_python_sdk.errors import MeilisearchApiError, MeilisearchError
from meilisearch_python_sdk.index import AsyncIndex
from meilisearch_python_sdk.models.client import KeyCreate

from kervan_search import meili_exact, weights
from kervan_search.certain import Need, certain, exactly
from kervan_search.engine import (
    Document,
    EngineDown,
    IndexSpec,
    Page,
    Query,
    Rebuild,
    Suggestion,
    check_document,
    check_query,
)
from kervan_search.meili_layout import make_row, settings
from kervan_search.meili_queries import (
    Answer,
    Question,
    asked,
    counting,
    decoded,
    encoded,
    labels,
    page_of,
    wider,
)
from kervan_search.meili_wire import Wire
from kervan_search.query import Parsed, Synonyms, code_readings, parse, plain
from kervan_search.text import clean_query, tokens

SEARCH_SECONDS = 2
WRITE_SECONDS = 60
TASK_SECONDS = 120
_BATCH = 2000  # documents per request
_AT_A_TIME = 4  # requests whose tasks may be waiting during a rebuild
_LISTED = 20_000  # ids and versions per request


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except MeilisearchError as error:
        raise EngineDown(f"Meilisearch does not answer: {error}") from error
    except OSError as error:
        raise EngineDown("Meilisearch cannot be reached.") from error


class MeiliEngine:
    """kervan_search.engine.Engine on a Meilisearch server."""

    def __init__(
        self,
        *,
        specs: Sequence[IndexSpec],
        synonyms: Sequence[tuple[str, ...]],
        url: str,
        key: str | None,
        search_key: str | None,
        prefix: str,
    ) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._synonyms = synonyms
        self._known_synonyms = Synonyms(synonyms)
        self._url, self._key, self._search_key = url, key, search_key
        self._prefix = prefix
        self._admin: AsyncClient | None = None
        self._reading: Wire | None = None

    def _writer(self) -> AsyncClient:
        if self._admin is None:
            raise EngineDown("The engine is not open.")
        return self._admin

    def _index(self, index: str, suffix: str = "") -> AsyncIndex:
        return self._writer().index(self._uid(index) + suffix)

    def _uid(self, index: str) -> str:
        return self._prefix + self._specs[index].name

    async def open(self) -> None:
        if self._admin is None:
            # Compressed answers of a server near by stall for 40 ms (Nagle against delayed acknowledgement).
            self._admin = AsyncClient(
                self._url, self._key, timeout=WRITE_SECONDS, custom_headers={"Accept-Encoding": "identity"}
            )
        with _answering():
            existing = {index.uid for index in await self._admin.get_indexes(limit=1000) or []}
            for name in self._specs:
                if self._uid(name) not in existing:
                    await self._create(self._uid(name))
                await self._configure(name, self._uid(name))
            if self._reading is None:
                key = self._search_key or await self._make_search_key()
                self._reading = Wire(self._url, "/multi-search", key, SEARCH_SECONDS)

    async def _make_search_key(self) -> str | None:
        """A key that can only search our indexes; our own when it may not make keys (or the server has none)."""
        if self._key is None:
            return None
        name = f"kervan search {self._prefix}".strip()
        uids = sorted(self._uid(index) for index in self._specs)
        try:
            for key in (await self._writer().get_keys(limit=1000)).results:
                if key.name == name and sorted(key.indexes) == uids and key.actions == ["search"]:
                    return key.key
            return (
                await self._writer().create_key(KeyCreate(name=name, actions=["search"], indexes=uids))
            ).key
        except MeilisearchApiError:
            return self._key

    async def _create(self, uid: str) -> None:
        client = self._writer()
        await client.create_index(uid, "id", wait=True, timeout_in_ms=TASK_SECONDS * 1000)

    async def _configure(self, index: str, uid: str) -> None:
        task = await self._writer().index(uid).update_settings(settings(self._specs[index], self._synonyms))
        await self._done(task.task_uid)

    async def _done(self, task: int) -> None:
        await self._writer().wait_for_task(
            task, timeout_in_ms=TASK_SECONDS * 1000, interval_in_ms=10, raise_for_status=True
        )

    async def close(self) -> None:
        if self._admin is not None:
            await self._admin.aclose()
        if self._reading is not None:
            await self._reading.close()
        self._admin = self._reading = None

    # ---------------------------------------------------------------------------------------- search

    async def search(self, index: str, query: Query) -> Page:
        uid = self._uid(index)
        check_query(self._specs[index], query)
        if query.exact:
            return await self._exact(index, query)
        parsed = parse(query.text)
        text = plain(query.text)
        if query.text and not text and not parsed.empty:
            return Page([], 0)
        # A code of letters alone is a word as well: it must not hide what else the word finds.
        codes = [code for code in code_readings(parsed) if any(char.isdigit() for char in code)]
        if codes:
            coded = await self._ask(asked(uid, query, "", codes=codes))
            if coded[0].total_hits:
                return self._page(query, parsed, coded)
        best = await self._ask(asked(uid, query, text))
        if not text or best[0].total_hits >= weights.FEW:
            return self._page(query, parsed, best)
        complete = best[0].total_hits
        if query.filters or query.ranges:
            # Few because of what was chosen, or few whatever is chosen: only then other words are tried.
            complete = (await self._ask([counting(uid, text)]))[0].total_hits
        if complete >= weights.FEW:
            return self._page(query, parsed, best)
        widened = False
        for other, strategy in wider(parsed, text):
            found = await self._ask(asked(uid, query, other, strategy))
            if found[0].total_hits > best[0].total_hits:
                best = found
                widened = strategy != "all"
            if best[0].total_hits >= weights.FEW:
                break
        return self._page(query, parsed, best, complete, widened)

    async def _exact(self, index: str, query: Query) -> Page:
        parsed = exactly(query.text)
        text = certain(parsed, self._known_synonyms)
        holders = {need: await self._holders(index, need) for need in meili_exact.long_phrases(text)}
        wanted = partial(meili_exact.conditions, text, query, holders)
        return self._page(query, parsed, await self._ask(asked(self._uid(index), query, "", wanted=wanted)))

    async def _holders(self, index: str, need: Need) -> list[str]:
        """The ids of the documents that have a phrase of three words or more."""
        found: list[str] = []
        offset = 0
        with _answering():
            while True:
                page = await self._index(index).get_documents(
                    fields=["id", *meili_exact.PLACES],
                    filter=meili_exact.neighbours(need),
                    limit=_BATCH,
                    offset=offset,
                )
                found += [str(row["id"]) for row in page.results if meili_exact.has_phrase(row, need)]
                offset += _BATCH
                if len(page.results) < _BATCH:
                    return found

    async def _ask(self, questions: Sequence[Question]) -> list[Answer]:
        if self._reading is None:
            raise EngineDown("The engine is not open.")
        # The first question takes longest; the others are answered beside it by another thread of the server.
        bodies = [encoded(part) for part in (questions[:1], questions[1:]) if part]
        try:
            if len(bodies) == 1:
                return decoded(await self._reading.post(bodies[0]))
            parts = await asyncio.gather(*(self._reading.post(body) for body in bodies))
            return [answer for part in parts for answer in decoded(part)]
        except ValueError as error:
            raise EngineDown(f"Meilisearch and we do not understand each other: {error}") from error

    def _page(
        self,
        query: Query,
        parsed: Parsed,
        answers: Sequence[Answer],
        complete: int | None = None,
        widened: bool = False,
    ) -> Page:
        return page_of(query, parsed, self._known_synonyms, answers, complete, widened)

    async def suggest(self, index: str, text: str, limit: int = 8) -> list[Suggestion]:
        uid = self._uid(index)
        typed = " ".join(tokens(clean_query(text)))
        if not typed or limit <= 0:
            return []
        [answer] = await self._ask([labels(uid, typed, limit * 4)])
        seen: dict[str, Suggestion] = {}
        for row in answer.hits:
            if row.label and row.label not in seen:
                seen[row.label] = Suggestion(row.id, row.label, row.score)
        return list(seen.values())[:limit]

    # ---------------------------------------------------------------------------------------- state and writes

    async def count(self, index: str) -> int:
        target = self._index(index)
        with _answering():
            return int((await target.get_stats()).number_of_documents)

    async def healthy(self) -> bool:
        if self._admin is None:
            return False
        try:
            with _answering():
                health = await asyncio.wait_for(self._admin.health(), SEARCH_SECONDS)
        except (EngineDown, TimeoutError):
            return False
        return health.status == "available"

    async def versions(self, index: str) -> dict[str, int]:
        with _answering():
            return await self._versions(self._index(index))

    async def _versions(self, target: AsyncIndex) -> dict[str, int]:
        found: dict[str, int] = {}
        offset = 0
        while True:
            page = await target.get_documents(fields=["id", "version"], limit=_LISTED, offset=offset)
            found.update({row["id"]: int(row["version"]) for row in page.results})
            offset += _LISTED
            if len(page.results) < _LISTED:
                return found

    async def upsert(self, index: str, documents: Sequence[Document]) -> None:
        spec, target = self._specs[index], self._index(index)
        newest: dict[str, Document] = {}
        for document in documents:
            check_document(spec, document)
            known = newest.get(document.id)
            if known is None or known.version <= document.version:
                newest[document.id] = document
        if not newest:
            return
        now = time.time()
        with _answering():
            ids = list(newest)
            for start in range(0, len(ids), _BATCH):
                some = ids[start : start + _BATCH]
                stored = await target.get_documents(ids=some, fields=["id", "version"], limit=len(some))
                older = {row["id"]: int(row["version"]) for row in stored.results}
                rows = [make_row(spec, newest[i], now) for i in some if older.get(i, -1) <= newest[i].version]
                if rows:
                    await self._done((await target.add_documents(rows)).task_uid)

    async def delete(self, index: str, ids: Sequence[str]) -> None:
        target = self._index(index)
        with _answering():
            if ids:
                await self._done((await target.delete_documents(list(ids))).task_uid)

    @contextlib.asynccontextmanager
    async def rebuild(self, index: str) -> AsyncIterator[Rebuild]:
        live, following = self._index(index), self._index(index, "_next")
        with _answering():
            await following.delete_if_exists()
            await self._create(following.uid)
            await self._configure(index, following.uid)
            before = await self._versions(live)
        try:
            builder = _Builder(self, self._specs[index], following)
            yield builder
            with _answering():
                await builder.settle()
                # What changed in the live index meanwhile goes into the new one; once more after the swap, for what
                # was still being written to the old one.
                at_swap = await self._carry(live, following, before)
                await self._done((await self._writer().swap_indexes([(live.uid, following.uid)])).task_uid)
                await self._carry(following, live, at_swap)
        finally:
            with _answering():
                await following.delete_if_exists()

    async def _carry(self, source: AsyncIndex, target: AsyncIndex, before: dict[str, int]) -> dict[str, int]:
        """Documents of `source` changed or deleted since `before` are so in `target` too; the versions seen now."""
        now = await self._versions(source)
        changed = [name for name, version in now.items() if before.get(name) != version]
        gone = [name for name in before if name not in now]
        for start in range(0, len(changed), _BATCH):
            some = changed[start : start + _BATCH]
            ours = await target.get_documents(ids=some, fields=["id", "version"], limit=len(some))
            newer = {row["id"] for row in ours.results if int(row["version"]) > now[row["id"]]}
            wanted = [name for name in some if name not in newer]
            if wanted:
                rows = (await source.get_documents(ids=wanted, limit=len(wanted))).results
                await self._done((await target.add_documents(rows)).task_uid)
        if gone:
            await self._done((await target.delete_documents(gone)).task_uid)
        return now


class _Builder:
    """The next index while it is being filled; a few tasks wait at a time so that memory stays bounded."""

    def __init__(self, engine: MeiliEngine, spec: IndexSpec, target: AsyncIndex) -> None:
        self._engine = engine
        self._spec = spec
        self._target = target
        self._tasks: list[int] = []
        self._rows: list[dict[str, Any]] = []

    async def add(self, documents: Sequence[Document]) -> None:
        now = time.time()
        for document in documents:
            check_document(self._spec, document)
            self._rows.append(make_row(self._spec, document, now))
            if len(self._rows) >= _BATCH:
                await self._send()

    async def _send(self) -> None:
        rows, self._rows = self._rows, []
        with _answering():
            while len(self._tasks) >= _AT_A_TIME:
                await self._engine._done(self._tasks.pop(0))
            self._tasks.append((await self._target.add_documents(rows)).task_uid)

    async def settle(self) -> None:
        """Everything added is in the index."""
        if self._rows:
            await self._send()
        for task in self._tasks:
            await self._engine._done(task)
        self._tasks = []
