"""Questions as plans: which words must match, which may be misspelt, what is left out when they find too little."""

import contextlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec
import tantivy

from kervan_search import weights
from kervan_search.certain import certain, exactly
from kervan_search.engine import Term
from kervan_search.plan import MUST, NOT, SHOULD, Clause, Planner, Q, any_of, excluded, matching
from kervan_search.query import Parsed, Synonyms, must_stand, parse, taken_apart, terms
from kervan_search.vocabulary import Vocabulary

_PLANS = 512


class Plan(msgspec.Struct):
    """A question ready to run: `score` ranks, `match` finds the same without ranking, None means everything."""

    score: tantivy.Query | None
    match: tantivy.Query | None
    terms: tuple[Term, ...] = ()
    corrected: str | None = None
    synonyms: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    spread: int = 0
    complete: tuple[tantivy.Query, ...] | None = None  # matches every word, when `match` no longer does


class Plans:
    """The plans of the questions asked lately, over one opened index and the words it is known to hold."""

    def __init__(
        self, schema: tantivy.Schema, searcher: tantivy.Searcher, vocabulary: Vocabulary, synonyms: Synonyms
    ) -> None:
        self._schema = schema
        self._searcher = searcher
        self._synonyms = synonyms
        self._planner = Planner(schema, searcher, vocabulary, synonyms)
        self._known: OrderedDict[tuple[str, bool], Plan] = OrderedDict()

    def of(self, text: str, exact: bool = False) -> Plan:
        """The question as queries; decides on typos and dropped words by the text alone, so filters never widen it."""
        key = (text, exact)
        cached = self._known.get(key)
        if cached is None:
            cached = self._known[key] = self._exact(text) if exact else self._make(text)
            if len(self._known) > _PLANS:
                forget_oldest(self._known)
        else:
            touch(self._known, key)
        return cached

    def _exact(self, text: str) -> Plan:
        """What is found depends on nothing but the document; only the order goes by what else is in the index."""
        parsed = exactly(text)
        if parsed.empty:
            return Plan(None, None, spread=self._searcher.num_docs)
        wanted = certain(parsed, self._synonyms)
        held = [(MUST, matching(self._schema, need)) for need in wanted.needs] or [(MUST, Q.all_query())]
        match = Q.boolean_query(held + [(NOT, matching(self._schema, need)) for need in wanted.nots])
        clauses, _, synonyms, _ = self._planner.clauses(parsed, spelling=None)
        ranked = [Q.disjunction_max_query(clause.score, weights.TIE) for clause in clauses if clause.score]
        ranked += [self._planner.phrase(words)[0] for words in parsed.phrases]
        return Plan(
            Q.boolean_query(
                [(MUST, Q.const_score_query(match, 0.0)), *((SHOULD, score) for score in ranked)]
            ),
            match,
            terms(parsed, [part for synonym in synonyms for part in synonym.split()]),
            synonyms=tuple(synonyms),
            spread=count(self._searcher, match),
        )

    def _make(self, text: str) -> Plan:
        parsed = parse(text)
        if parsed.empty:
            return Plan(None, None, spread=self._searcher.num_docs)
        clauses, expansions, synonyms, nearest = self._planner.clauses(parsed, spelling=False)
        total = self._strict(parsed, clauses)
        if total < weights.FEW and parsed.words:
            if not total and any(len(word.parts) > 1 for word in parsed.words):
                parsed = taken_apart(parsed)
            clauses, expansions, synonyms, nearest = self._planner.clauses(parsed, spelling=True)
            total = self._strict(parsed, clauses)
        coded = parsed.code if parsed.code and self._searcher.doc_freq("code", parsed.code) else ""
        if coded and not total:
            exact = Q.term_query(self._schema, "code", coded)
            found = count(self._searcher, exact)
            return Plan(Q.const_score_query(exact, weights.CODE), exact, terms(parsed), spread=found)
        # Words that no document has are left out; little words (of, ve) help to rank but need not be there.
        needed = [bool(clause.match) and not clause.word.little for clause in clauses]
        if not any(needed):
            needed = [bool(clause.match) for clause in clauses]
        if clauses and not any(needed) and not parsed.phrases:
            none = Q.empty_query()
            return Plan(none, none, terms(parsed), _spelled(parsed, nearest))
        matched = sum(needed)
        least = matched
        if not all(clause.match for clause in clauses):
            total = self._total(parsed, clauses, needed, least)
        if total < weights.FEW and matched > 1:
            least = max(1, int(matched * weights.SOME_WORDS))
            total = self._total(parsed, clauses, needed, least)
            while total < weights.FEW and least > 1:
                least -= 1
                total = self._total(parsed, clauses, needed, least)
        score, match = self._compose(parsed, clauses, needed, least)
        dropped = tuple(
            " ".join(clause.word.parts)
            for clause, need in zip(clauses, needed, strict=True)
            if not clause.match or (need and least < matched)
        )
        complete = None
        if dropped:
            every = all(clause.match for clause in clauses)
            complete = (self._compose(parsed, clauses, needed, matched)[1] if every else Q.empty_query(),)
        extra = [*expansions, *(part for synonym in synonyms for part in synonym.split())]
        return Plan(
            score,
            match,
            terms(parsed, extra),
            _spelled(parsed, nearest),
            tuple(synonyms),
            dropped,
            total,
            complete,
        )

    def _compose(
        self, parsed: Parsed, clauses: Sequence[Clause], needed: Sequence[bool], least: int
    ) -> tuple[tantivy.Query, tantivy.Query]:
        """The scoring and the matching query: at least `least` of the needed words, every phrase, nothing excluded."""
        scores: list[tuple[tantivy.Occur, tantivy.Query]] = []
        matches: list[tuple[tantivy.Occur, tantivy.Query]] = []
        optional: list[tuple[tantivy.Occur, tantivy.Query]] = []
        strict = least == sum(needed)
        for clause, need in zip(clauses, needed, strict=True):
            if clause.match:
                ranked = Q.disjunction_max_query(clause.score, weights.TIE)
                if need:
                    scores.append((MUST if strict else SHOULD, ranked))
                    matches.append((MUST if strict else SHOULD, any_of(clause.match)))
                else:
                    optional.append((SHOULD, ranked))
        if not strict:
            scores = [(MUST, Q.boolean_query(scores, minimum_number_should_match=least))]
            matches = [(MUST, Q.boolean_query(matches, minimum_number_should_match=least))]
        for phrase in parsed.phrases:
            ranked, found = self._planner.phrase(phrase)
            scores.append((MUST, ranked))
            matches.append((MUST, found))
        if len(parsed.words) > 1:
            together = self._planner.side_by_side(parsed.words)
            if together is not None:
                optional.append((SHOULD, together))
        without = excluded(self._schema, parsed.excluded)
        if not scores:
            scores.append((MUST, Q.all_query()))
            matches.append((MUST, Q.all_query()))
        score = Q.boolean_query(scores + optional + without)
        match = Q.boolean_query(matches + without)
        if parsed.code and self._searcher.doc_freq("code", parsed.code):
            exact = Q.term_query(self._schema, "code", parsed.code)
            score = Q.disjunction_max_query([score, Q.const_score_query(exact, weights.CODE * 2)])
            match = any_of([match, exact])
        return score, match

    def _strict(self, parsed: Parsed, clauses: Sequence[Clause]) -> int:
        if (
            len(clauses) == 1
            and not parsed.phrases
            and not parsed.excluded
            and clauses[0].spread >= weights.FEW
        ):
            return clauses[0].spread
        needed = must_stand(parsed.words)
        if not all(clause.match for clause, need in zip(clauses, needed, strict=True) if need):
            return 0
        return self._total(parsed, clauses, needed, sum(needed))

    def _total(self, parsed: Parsed, clauses: Sequence[Clause], needed: Sequence[bool], least: int) -> int:
        return count(self._searcher, self._compose(parsed, clauses, needed, least)[1])


def count(searcher: tantivy.Searcher, match: tantivy.Query) -> int:
    """How many documents match."""
    return counted(searcher.search(match, 1))


def touch(memory: OrderedDict[Any, Any], key: object) -> None:
    """The key becomes the youngest of a bounded memory."""
    # Another thread may have forgotten the key in between; then there is nothing to keep.
    with contextlib.suppress(KeyError):
        memory.move_to_end(key)


def forget_oldest(memory: OrderedDict[Any, Any]) -> None:
    """The oldest entry of a bounded memory goes."""
    with contextlib.suppress(KeyError):
        memory.popitem(last=False)


def counted(found: tantivy.SearchResult) -> int:
    """How many documents an answer counted."""
    return int(found.count)  # type: ignore[attr-defined]  # the stubs leave it out


def _spelled(parsed: Parsed, nearest: Sequence[str | None]) -> str | None:
    if not any(nearest):
        return None
    return " ".join(near or " ".join(word.parts) for near, word in zip(nearest, parsed.words, strict=True))
