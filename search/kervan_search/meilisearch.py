"""The engine as a Meilisearch server, by its Python SDK: the same documents, questions and answers as in process.

An upsert reads the stored versions first and leaves older documents out; two processes that write the same id within
the same second may still end with the older one, which the comparison with the database repairs.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from meilisearch_python_sdk import AsyncClient
from meilisearch_python_sdk.errors import MeilisearchApiError, MeilisearchError
from meilisearch_python_sdk.index import AsyncIndex
from meilisearch_python_sdk.models.client import KeyCreate
from meilisearch_python_sdk.models.search import SearchParams, SearchResultsWithUID

from kervan_search import weights
from kervan_search.engine import (
    MAX_HITS,
    Document,
    EngineDown,
    Hit,
    IndexSpec,
    Page,
    Query,
    Rebuild,
    Suggestion,
    check_document,
    check_query,
)
from kervan_search.hindsight import lacking_words, spelling, used_synonyms
from kervan_search.meili_layout import SEARCHED, filters, make_row, quoted, settings
from kervan_search.query import Parsed, Synonyms, code_readings, parse, plain, terms
from kervan_search.text import clean_query, stems, tokens

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
        self._reading: AsyncClient | None = None

    def _client(self, key: str | None, seconds: int) -> AsyncClient:
        # Compressed answers of a server near by stall for 40 ms (Nagle against delayed acknowledgement).
        return AsyncClient(self._url, key, timeout=seconds, custom_headers={"Accept-Encoding": "identity"})

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
            self._admin = self._client(self._key, WRITE_SECONDS)
        with _answering():
            existing = {index.uid for index in await self._admin.get_indexes(limit=1000) or []}
            for name in self._specs:
                if self._uid(name) not in existing:
                    await self._create(self._uid(name))
                await self._configure(name, self._uid(name))
            if self._reading is None:
                self._reading = self._client(
                    self._search_key or await self._make_search_key(), SEARCH_SECONDS
                )

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
        for client in (self._admin, self._reading):
            if client is not None:
                await client.aclose()
        self._admin = self._reading = None

    # ---------------------------------------------------------------------------------------- search

    async def search(self, index: str, query: Query) -> Page:
        spec = self._specs[index]
        check_query(spec, query)
        parsed = parse(query.text)
        text = plain(query.text)
        if query.text and not text and not parsed.empty:
            return Page([], 0)
        codes = code_readings(parsed)
        count = SearchParams(
            index_uid=self._uid(index),
            q=text,
            limit=0,
            hits_per_page=1,
            page=1,
            matching_strategy="all",
            attributes_to_retrieve=["id"],
            attributes_to_search_on=list(SEARCHED),
        )
        asked = [*self._asked(index, query, text, "all")]
        width = len(asked)
        if text:
            asked.append(count)
        if codes:
            coded = f"codes IN [{', '.join(quoted(code) for code in codes)}]"
            asked += self._asked(index, query, "", "all", [coded])
        answers = await self._ask(asked)
        if codes and answers[width + 1].total_hits:
            return self._page(query, parsed, answers[width + 1 :])
        complete = answers[width].total_hits or 0 if text else None
        if text and (complete or 0) < weights.FEW:
            best = list(answers[:width])
            widened = False
            for other, strategy in self._wider(parsed, text):
                wider = await self._ask(self._asked(index, query, other, strategy))
                if (wider[0].total_hits or 0) > (best[0].total_hits or 0):
                    best = wider
                    widened = strategy != "all"
                if (best[0].total_hits or 0) >= weights.FEW:
                    break
            return self._page(query, parsed, best, complete, widened)
        return self._page(query, parsed, answers[:width], complete)

    def _wider(self, parsed: Parsed, text: str) -> Iterator[tuple[str, str]]:
        """What to ask when all words together find little: their stems, then fewer words, the commonest left out."""
        if not parsed.phrases and not parsed.excluded:
            for choice in (0, -1):
                stemmed = " ".join(stems(part)[choice] for word in parsed.words for part in word.parts)
                if stemmed != text:
                    yield stemmed, "all"
        if len(parsed.words) > 1:
            yield text, "frequency"

    def _asked(
        self, index: str, query: Query, text: str, strategy: Any, extra: Sequence[str] = ()
    ) -> list[SearchParams]:
        """The hits with the plain facets, then one countless question per facet that has a choice of its own."""
        uid = self._uid(index)
        sort = None
        if query.sort:
            direction = "desc" if query.sort.startswith("-") else "asc"
            sort = [f"n_{query.sort.removeprefix('-')}:{direction}", "id:asc"]
        chosen = {name for name, values in query.filters.items() if values}
        limit = min(query.limit, max(MAX_HITS - query.offset, 0))
        paged = limit > 0 and query.offset % limit == 0
        hits = SearchParams(
            index_uid=uid,
            q=text,
            filter=[*filters(query), *extra] or None,
            facets=[f"f_{name}" for name in query.facets if name not in chosen] or None,
            sort=sort,
            matching_strategy=strategy,
            attributes_to_search_on=list(SEARCHED) if text else None,
            attributes_to_retrieve=["id", "version", "titles", "keywords"] if text else ["id", "version"],
            show_ranking_score=bool(text),
            page=query.offset // limit + 1 if paged else 1,
            hits_per_page=limit if paged else min(query.offset + limit, MAX_HITS),
        )
        others = [
            SearchParams(
                index_uid=uid,
                q=text,
                filter=[*filters(query, without=name), *extra] or None,
                facets=[f"f_{name}"],
                matching_strategy=strategy,
                attributes_to_search_on=list(SEARCHED) if text else None,
                attributes_to_retrieve=["id"],
                limit=0,
            )
            for name in query.facets
            if name in chosen
        ]
        return [hits, *others]

    async def _ask(self, asked: list[SearchParams]) -> list[SearchResultsWithUID[Any]]:
        if self._reading is None:
            raise EngineDown("The engine is not open.")
        with _answering():
            answers = await self._reading.multi_search(asked)
        assert isinstance(answers, list)
        return answers

    def _page(
        self,
        query: Query,
        parsed: Parsed,
        answers: Sequence[SearchResultsWithUID[Any]],
        complete: int | None = None,
        widened: bool = False,
    ) -> Page:
        first = answers[0]
        limit = min(query.limit, max(MAX_HITS - query.offset, 0))
        rows = (
            first.hits
            if limit and query.offset % limit == 0
            else first.hits[query.offset : query.offset + limit]
        )
        counted: dict[str, dict[str, int]] = {}
        for answer in answers:
            for field, values in (answer.facet_distribution or {}).items():
                best = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))[: query.facet_limit]
                counted[field.removeprefix("f_")] = dict(best)
        nearest, expansions = spelling(parsed, first.hits)
        used = used_synonyms(self._known_synonyms, parsed, first.hits)
        corrected = None
        if nearest:
            corrected = " ".join(nearest.get(part, part) for word in parsed.words for part in word.parts)
        total = first.total_hits or 0
        dropped = lacking_words(parsed, first.hits, nearest) if widened else ()
        return Page(
            hits=[
                Hit(row["id"], float(row.get("_rankingScore") or 0.0), int(row["version"])) for row in rows
            ],
            total=total,
            facets={name: counted.get(name, {}) for name in query.facets},
            terms=terms(parsed, [*expansions, *(part for phrase in used for part in phrase.split())]),
            corrected=corrected,
            used_synonyms=used,
            dropped=dropped,
            complete=total if complete is None or not widened else min(complete, total),
        )

    async def suggest(self, index: str, text: str, limit: int = 8) -> list[Suggestion]:
        typed = " ".join(tokens(clean_query(text)))
        if not typed or limit <= 0:
            self._uid(index)
            return []
        asked = SearchParams(
            index_uid=self._uid(index),
            q=typed,
            limit=limit * 4,
            matching_strategy="all",
            attributes_to_search_on=["label_words"],
            attributes_to_retrieve=["id", "label"],
            show_ranking_score=True,
        )
        [answer] = await self._ask([asked])
        seen: dict[str, Suggestion] = {}
        for row in answer.hits:
            if row["label"] and row["label"] not in seen:
                seen[row["label"]] = Suggestion(
                    row["id"], row["label"], float(row.get("_rankingScore") or 0.0)
                )
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
                rows = [make_row(newest[i], now) for i in some if older.get(i, -1) <= newest[i].version]
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
            self._rows.append(make_row(document, now))
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
