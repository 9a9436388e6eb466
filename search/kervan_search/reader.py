"""Answers from one opened tantivy generation: plans, hits, facet counts, suggestions. No locks, no writing."""

import os
import time
from collections import OrderedDict
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import tantivy

from kervan_search import weights
from kervan_search.engine import MAX_HITS, Hit, Page, Query, Suggestion
from kervan_search.plan import MUST, SHOULD, Q, any_of
from kervan_search.planning import Plan, Plans, count, counted, forget_oldest, touch
from kervan_search.query import Synonyms
from kervan_search.store import Store
from kervan_search.text import clean_query, tokens
from kervan_search.vocabulary import Vocabulary

_COUNTS = 512
_SPARE = (
    50  # values a segment reports beyond those asked for, so that counts at the end of a long list stay right
)


class Reader:
    """One generation at one commit. Made anew (cheaply) for every commit; caches live and die with it."""

    def __init__(
        self,
        store: Store,
        generation: Path,
        index: tantivy.Index,
        stamp: tuple[object, ...],
        synonyms: Synonyms,
        vocabulary: Vocabulary | None,
    ) -> None:
        self.generation = generation
        self.index = index
        self.stamp = stamp
        self.searcher = index.searcher()
        self.damaged = (generation / "DAMAGED").exists()
        self._store = store
        self._schema = store.schema
        self._synonyms = synonyms
        self._complete_numbers: dict[str, bool] = {}
        self._front: list[Hit] | None = None
        self._facets: OrderedDict[object, dict[str, dict[str, int]]] = OrderedDict()
        self.vocabulary_seconds = 0.0
        self.vocabulary = vocabulary or self.read_vocabulary()
        self.use(self.vocabulary)

    def read_vocabulary(self) -> Vocabulary:
        """The words of this commit; takes up to a second for 100,000 words."""
        began = time.perf_counter()
        vocabulary = Vocabulary(self.searcher.terms_with_prefix("all", ""))
        self.vocabulary_seconds = time.perf_counter() - began
        return vocabulary

    def use(self, vocabulary: Vocabulary) -> None:
        """Spelling and prefixes go by these words from now on."""
        self.vocabulary = vocabulary
        self._plans = Plans(self._schema, self.searcher, vocabulary, self._synonyms)

    def plan(self, query: Query) -> Plan:
        """The question as queries over this commit."""
        return self._plans.of(query.text, query.exact)

    # ------------------------------------------------------------------------------------ search

    def _restrictions(self, query: Query, without: str = "") -> list[tuple[tantivy.Occur, tantivy.Query]]:
        clauses = []
        for name, values in query.filters.items():
            if name == without or not values:
                continue
            field = "f_" + name
            chosen = [Q.term_query(self._schema, field, value) for value in dict.fromkeys(values)]
            clauses.append((MUST, Q.const_score_query(any_of(chosen), 0.0)))
        for name, (low, high) in query.ranges.items():
            if low is None and high is None:
                continue
            within = Q.range_query(
                self._schema,
                "n_" + name,
                tantivy.FieldType.Float,
                None if low is None else float(low) + 0.0,  # -0.0 would stand before 0.0
                None if high is None else float(high) + 0.0,
            )
            clauses.append((MUST, Q.const_score_query(within, 0.0)))
        return clauses

    @staticmethod
    def _with(
        base: tantivy.Query | None, clauses: list[tuple[tantivy.Occur, tantivy.Query]]
    ) -> tantivy.Query:
        if not clauses:
            return Q.all_query() if base is None else base
        return Q.boolean_query([(MUST, base), *clauses] if base is not None else clauses)

    def costly(self, query: Query, bound: int) -> bool:
        """Whether answering walks through more than `bound` documents: such work is better done off the event loop."""
        if self.plan(query).spread <= bound:
            return False
        return bool(query.sort) or (bool(query.facets) and self._facet_key(query) not in self._facets)

    def search(self, query: Query) -> Page:
        """The page for this question."""
        plan = self.plan(query)
        restrictions = self._restrictions(query)
        limit = min(query.limit, max(MAX_HITS - query.offset, 0))
        hits: list[Hit]
        if not limit:
            hits, total = [], self._number(self._with(plan.match, restrictions))
        elif query.sort:
            hits, total = self._sorted(query, self._with(plan.match, restrictions), limit)
        elif plan.score is None and not restrictions:
            hits, total = self._front_page()[query.offset : query.offset + limit], self.searcher.num_docs
        elif plan.score is None:
            hits, total = self._ranked(self._with(None, restrictions), query.offset, limit)
        else:
            hits, total = self._ranked(self._with(plan.score, restrictions), query.offset, limit)
        return Page(
            hits=hits,
            total=total,
            facets=self.count_facets(query, plan) if query.facets else {},
            terms=plan.terms,
            corrected=plan.corrected,
            used_synonyms=plan.synonyms,
            dropped=plan.dropped,
            complete=total
            if plan.complete is None
            else self._number(self._with(plan.complete[0], restrictions)),
        )

    def _hit(self, address: tantivy.DocAddress, score: float) -> Hit:
        stored = self.searcher.doc(address)
        return Hit(str(stored.get_first("id")), score, int(stored.get_first("version") or 0))

    def _ranked(self, query: tantivy.Query, offset: int, limit: int) -> tuple[list[Hit], int]:
        found = self.searcher.search(query, limit, offset=offset, weight_by_field="weight")
        hits = [self._hit(address, score) for score, address in found.hits]
        return hits, counted(found)

    def _sorted(self, query: Query, match: tantivy.Query, limit: int) -> tuple[list[Hit], int]:
        """By a number, equal numbers by id, documents without the number last."""
        field = "n_" + query.sort.removeprefix("-")
        order = tantivy.Order.Desc if query.sort.startswith("-") else tantivy.Order.Asc
        wanted = query.offset + limit
        everywhere = self._everywhere(field)
        having = match if everywhere else Q.boolean_query([(MUST, match), (MUST, Q.exists_query(field))])
        found = self.searcher.search(having, wanted + 1, order_by_field=field, order=order)
        rows = [(value, address) for value, address in found.hits[:wanted]]
        total = counted(found)
        if rows and len(found.hits) > wanted and found.hits[wanted][0] == rows[-1][0]:
            # The last value goes on beyond this window: take its documents in the order of their ids instead.
            edge = rows[-1][0]
            rows = [row for row in rows if row[0] != edge]
            equal = Q.range_query(self._schema, field, tantivy.FieldType.Float, edge, edge)
            tied = Q.boolean_query([(MUST, match), (MUST, equal)])
            rows += [(edge, address) for address in self._by_id(tied, wanted - len(rows))]
        hits: list[Hit] = []
        for _, group in groupby(rows, key=itemgetter(0)):
            hits += sorted((self._hit(address, 0.0) for _, address in group), key=lambda hit: hit.id)
        if not everywhere:
            lacking = Q.boolean_query([(MUST, match), (tantivy.Occur.MustNot, Q.exists_query(field))])
            total += self._number(lacking)
            if len(hits) < wanted < total or len(hits) < total <= wanted:
                hits += [self._hit(address, 0.0) for address in self._by_id(lacking, wanted - len(hits))]
        return hits[query.offset : wanted], total

    def _by_id(self, match: tantivy.Query, limit: int) -> list[tantivy.DocAddress]:
        found = self.searcher.search(match, limit, count=False, order_by_field="id", order=tantivy.Order.Asc)
        return [address for _, address in found.hits]

    def _everywhere(self, field: str) -> bool:
        """Whether every document has this number."""
        known = self._complete_numbers.get(field)
        if known is None:
            known = self._complete_numbers[field] = (
                self._number(Q.exists_query(field)) == self.searcher.num_docs
            )
        return known

    def _number(self, match: tantivy.Query) -> int:
        return count(self.searcher, match)

    def _front_page(self) -> list[Hit]:
        """The first MAX_HITS of everything, found once per commit."""
        if self._front is None:
            found = self.searcher.search(Q.all_query(), MAX_HITS, count=False, weight_by_field="weight")
            self._front = [self._hit(address, score) for score, address in found.hits]
        return self._front

    @staticmethod
    def _facet_key(query: Query) -> tuple[object, ...]:
        chosen = tuple(
            sorted((name, tuple(sorted(set(values)))) for name, values in query.filters.items() if values)
        )
        return (
            query.text,
            query.exact,
            chosen,
            tuple(sorted(query.ranges.items())),
            query.facets,
            query.facet_limit,
        )

    def count_facets(self, query: Query, plan: Plan) -> dict[str, dict[str, int]]:
        """Value -> documents for each asked facet, each without its own choice; remembered until the next commit."""
        key = self._facet_key(query)
        known = self._facets.get(key)
        if known is not None:
            touch(self._facets, key)
            return known
        counts: dict[str, dict[str, int]] = {}
        narrowed = {name for name, values in query.filters.items() if values}
        plain = [name for name in query.facets if name not in narrowed]
        if plain:
            counts.update(
                self._aggregate(self._with(plan.match, self._restrictions(query)), plain, query.facet_limit)
            )
        for name in query.facets:
            if name in narrowed:
                others = self._with(plan.match, self._restrictions(query, without=name))
                counts.update(self._aggregate(others, [name], query.facet_limit))
        ordered = {name: counts[name] for name in query.facets}
        self._facets[key] = ordered
        if len(self._facets) > _COUNTS:
            forget_oldest(self._facets)
        return ordered

    def _aggregate(self, query: tantivy.Query, names: Sequence[str], limit: int) -> dict[str, dict[str, int]]:
        if not limit:
            return {name: {} for name in names}
        request: dict[str, Any] = {
            name: {"terms": {"field": "f_" + name, "size": limit, "segment_size": limit + _SPARE}}
            for name in names
        }
        answer = self.searcher.aggregate(query, request)
        return {
            name: {bucket["key"]: int(bucket["doc_count"]) for bucket in answer[name]["buckets"]}
            for name in names
        }

    # ------------------------------------------------------------------------------------ the rest

    def suggest(self, text: str, limit: int) -> list[Suggestion]:
        """Labels in which every typed word begins a word; near spellings when there is none."""
        words = tokens(clean_query(text))
        if not words or limit <= 0:
            return []
        found = self._labels(words, limit, fuzzy=False)
        return found or self._labels(words, limit, fuzzy=True)

    def _labels(self, words: Sequence[str], limit: int, fuzzy: bool) -> list[Suggestion]:
        clauses = []
        for i, word in enumerate(words):
            last = i == len(words) - 1
            distance = 0
            if fuzzy and len(word) >= weights.ONE_TYPO_FROM:
                distance = 1
            begins = Q.fuzzy_term_query(self._schema, "labels", word, distance=distance, prefix=True)
            readings = [Q.const_score_query(begins, 1.0 if last else 0.7)]
            readings.append(Q.const_score_query(Q.term_query(self._schema, "labels", word), 1.5))
            readings += [Q.const_score_query(Q.term_query(self._schema, "t", word), 1.2)]
            clauses.append(
                (MUST, Q.boolean_query([(MUST, begins), *((SHOULD, reading) for reading in readings)]))
            )
        found = self.searcher.search(
            Q.boolean_query(clauses), limit * 4, count=False, weight_by_field="weight"
        )
        seen: dict[str, Suggestion] = {}
        for score, address in found.hits:
            stored = self.searcher.doc(address)
            label = str(stored.get_first("label") or "")
            if label and label not in seen:
                seen[label] = Suggestion(str(stored.get_first("id")), label, score)
        return list(seen.values())[:limit]

    def version(self, document_id: str) -> int | None:
        """The stored version of one id, None when it is not there."""
        if not self.searcher.doc_freq("id", document_id):
            return None
        found = self.searcher.search(Q.term_query(self._schema, "id", document_id), 1, count=False).hits
        if not found:
            return None
        return int(self.searcher.fast_field_values("version", [found[0][1]])[0] or 0)

    def versions(self) -> dict[str, int]:
        """id -> version of every row."""
        total = self.searcher.num_docs
        if not total:
            return {}
        found = self.searcher.search(
            Q.all_query(), total, count=False, order_by_field="id", order=tantivy.Order.Asc
        )
        numbers = self.searcher.fast_field_values("version", [address for _, address in found.hits])
        return {str(name): int(number or 0) for (name, _), number in zip(found.hits, numbers, strict=True)}


def stamp_of(store: Store) -> tuple[object, ...]:
    """Changes with every commit and every swap; two small reads of the disk."""
    live = store.live()
    if live is None:
        return ()
    meta = os.stat(live / "meta.json")
    return (live.name, meta.st_mtime_ns, meta.st_ino, meta.st_size)
