"""From a parsed question to tantivy queries: one clause per word, each an OR of readings with their weights."""

import math
from collections.abc import Sequence

import msgspec
import tantivy

from kervan_search import weights
from kervan_search.certain import CODE, FORM, WORD, Need, exclusion, quoted
from kervan_search.query import Parsed, Span, Synonyms, Word, compounds
from kervan_search.schema import SCORED, SHORT_PREFIX
from kervan_search.text import stems
from kervan_search.vocabulary import Vocabulary

_EXPANSIONS = 24  # known words scored one by one for a prefix; the rest match with one common score
_REMEMBERED = 20_000  # frequencies kept between questions
_NEAR = 12  # spellings tried for a misspelt word

Q = tantivy.Query
MUST, SHOULD, NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


class Clause(msgspec.Struct):
    """One word's readings: `score` ranks, `match` finds the same documents without ranking, `spread` is how many."""

    word: Word
    score: list[tantivy.Query]
    match: list[tantivy.Query]
    spread: int
    titled: int


class Planner:
    """Builds the queries over one opened index."""

    def __init__(
        self, schema: tantivy.Schema, searcher: tantivy.Searcher, vocabulary: Vocabulary, synonyms: Synonyms
    ) -> None:
        self._schema = schema
        self._searcher = searcher
        self._vocabulary = vocabulary
        self._synonyms = synonyms
        self._total = max(searcher.num_docs, 1)
        self._counts: dict[tuple[str, str], int] = {}

    def _count(self, field: str, word: str) -> int:
        known = self._counts.get((field, word))
        if known is None:
            if len(self._counts) > _REMEMBERED:
                self._counts.clear()
            known = self._counts[field, word] = self._searcher.doc_freq(field, word)
        return known

    def _term(self, field: str, word: str) -> tantivy.Query:
        return Q.term_query(self._schema, field, word)

    def _idf(self, count: int) -> float:
        return math.log(1 + (self._total - count + 0.5) / (count + 0.5)) if count < self._total else 0.1

    def _scored(self, word: str, weight: float, common: int = 0, suffix: str = "") -> list[tantivy.Query]:
        """The word in each field; with `common` as if it were as frequent as that: one rarity for all readings."""
        found = []
        for field, field_weight in SCORED:
            count = self._count(field + suffix, word)
            if count:
                boost = weight * field_weight
                if common:
                    boost *= self._idf(max(common, count)) / self._idf(count)
                found.append(Q.boost_query(self._term(field + suffix, word), boost))
        return found

    def _both(self, clause: Clause, word: str, weight: float, common: int = 0) -> None:
        count = self._count("all", word)
        if count:
            clause.score += self._scored(word, weight, common or count)
            clause.match.append(self._term("alls", word))
            clause.spread += count
            clause.titled += self._count("t", word)

    def _stemmed(self, clause: Clause, word: str, weight: float) -> None:
        for stem in stems(word):
            count = self._count("alls", stem)
            if not count or (stem == word and count == self._count("all", word)):
                continue
            for field, field_weight in SCORED:
                forms = self._count(field + "s", stem)
                # As many documents as the word itself: no other form of it stands there.
                if forms and (stem != word or forms != self._count(field, word)):
                    score = weight * weights.STEM * field_weight
                    clause.score.append(Q.boost_query(self._term(field + "s", stem), score))
            if stem != word or not clause.match:
                clause.match.append(self._term("alls", stem))
            clause.spread += count

    def _sequence(self, clause: Clause, words: Sequence[str], weight: float, common: int = 0) -> bool:
        """Several words that together stand for one; whether all of them exist."""
        scores, matches = [], []
        for word in words:
            part = Clause(clause.word, [], [], 0, 0)
            self._both(part, word, weight / len(words), common)
            self._stemmed(part, word, weight / len(words))
            if not part.match:
                return False
            scores.append((MUST, Q.disjunction_max_query(part.score, weights.TIE)))
            matches.append((MUST, Q.boolean_query([(SHOULD, query) for query in part.match])))
        clause.score.append(Q.boolean_query(scores))
        clause.match.append(Q.boolean_query(matches))
        clause.spread += min(self._count("all", word) for word in words)
        return True

    def _prefixed(self, clause: Clause, word: str, weight: float) -> None:
        if len(word) <= SHORT_PREFIX:
            count = self._count("begin", word)
            if count:
                score = weight * weights.PREFIX * weights.KEYWORDS * self._idf(count)
                clause.score.append(Q.const_score_query(self._term("begin", word), score))
                clause.match.append(self._term("begin", word))
                clause.spread += count
            return
        longer, how_many, together = self._vocabulary.starting_with(word, _EXPANSIONS)
        if not how_many:
            return
        common = max(together, self._count("all", word))
        for other, _ in longer:
            clause.score += self._scored(other, weight * weights.PREFIX, common)
        if how_many > len(longer):
            rest = Q.fuzzy_term_query(self._schema, "all", word, distance=0, prefix=True)
            score = weight * weights.PREFIX * weights.TEXTS * 0.5 * self._idf(min(common, self._total))
            clause.score.append(Q.const_score_query(rest, score))
            clause.match.append(rest)
        else:
            clause.match.append(Q.term_set_query(self._schema, "all", [other for other, _ in longer]))
        clause.spread += together

    def _coded(self, clause: Clause, code: str) -> bool:
        if not self._count("code", code):
            return False
        clause.score.append(Q.const_score_query(self._term("code", code), weights.CODE))
        clause.match.append(self._term("code", code))
        clause.spread += self._count("code", code)
        return True

    def clauses(
        self, parsed: Parsed, spelling: bool | None
    ) -> tuple[list[Clause], list[str], list[str], list[str | None]]:
        """One clause per word; the expansions to highlight, the synonyms used, and a nearer spelling per word.

        Unknown words get near spellings at once, known ones only when `spelling` asks for it, none when it is None.
        """
        expansions: list[str] = []
        used: list[str] = []
        nearest: list[str | None] = []
        clauses = []
        for word in parsed.words:
            clause = Clause(word, [], [], 0, 0)
            nearest.append(None)
            for code in word.codes:
                self._coded(clause, code)
            if (
                len(word.whole) >= 3
                and word.codes
                and word.whole.isdigit()
                and word.last
                and not clause.match
            ):
                begun = Q.fuzzy_term_query(self._schema, "code", word.whole, distance=0, prefix=True)
                clause.score.append(Q.const_score_query(begun, weights.CODE / 2))
                clause.match.append(begun)
            self._both(clause, word.whole, 1.0)
            self._stemmed(clause, word.whole, 1.0)
            if len(word.parts) > 1:
                self._sequence(clause, word.parts, 1.0)
            known = clause.spread > 0
            if word.last:
                self._prefixed(clause, word.whole, 1.0)
            if spelling is not None and not word.whole.isdigit() and (spelling or not clause.spread):
                near = self._vocabulary.near(word.whole, _NEAR, prefix=word.last)
                common = sum(count for _, count, _ in near)
                for other, count, distance in near:
                    if known and count <= clause.spread:
                        continue
                    weight = weights.TYPO[distance]
                    if other[0] != word.whole[0]:
                        weight *= weights.OTHER_FIRST_LETTER
                    self._both(clause, other, weight, common)
                    self._stemmed(clause, other, weight)
                    expansions.append(other)
                if near and not known and not (word.last and other_begins(near, word.whole)):
                    nearest[-1] = best_spelling(word.whole, near)
                halves = None if known else self._vocabulary.split(word.whole)
                if halves and self._sequence(clause, halves, weights.STEM):
                    expansions += halves
                    if not near:
                        nearest[-1] = " ".join(halves)
            clauses.append(clause)
        for span in [*self._synonyms.of(parsed.words), *self._compounds(parsed.words)]:
            for clause in clauses[span.start : span.end]:
                share = weights.SYNONYM / (span.end - span.start) ** 0.5
                common = clause.spread
                if len(span.words) == 1:
                    before = len(clause.match)
                    self._both(clause, span.words[0], share, common)
                    self._stemmed(clause, span.words[0], share)
                    hit = len(clause.match) > before
                else:
                    hit = self._sequence(clause, span.words, share, common)
                if hit:
                    used.append(" ".join(span.words))
        return clauses, expansions, list(dict.fromkeys(used)), nearest

    def _compounds(self, words: Sequence[Word]) -> list[Span]:
        return [span for span in compounds(words) if self._count("all", span.words[0])]

    def phrase(self, words: tuple[str, ...]) -> tuple[tantivy.Query, tantivy.Query]:
        """The words side by side in one field, as a scoring and a matching query."""
        match = matching(self._schema, quoted(words))
        if len(words) == 1:
            score = Q.disjunction_max_query(self._scored(words[0], 1.0) or [Q.empty_query()], weights.TIE)
            return score, match
        fields = [
            Q.boost_query(Q.phrase_query(self._schema, field, list(words)), weight)
            for field, weight in SCORED
        ]
        return Q.disjunction_max_query(fields, weights.TIE), match

    def side_by_side(self, words: Sequence[Word]) -> tantivy.Query | None:
        """A bonus for titles that hold the question's words in its order."""
        parts = [part for word in words for part in word.parts]
        if len(parts) < 2 or not all(self._count("t", part) for part in parts):
            return None
        return Q.boost_query(
            Q.phrase_query(self._schema, "t", list(parts), slop=1), weights.PHRASE * weights.TITLE
        )


def other_begins(near: list[tuple[str, int, int]], word: str) -> bool:
    """Whether one of the spellings merely goes on after what is typed."""
    return any(other.startswith(word) for other, _, _ in near)


def best_spelling(word: str, near: list[tuple[str, int, int]]) -> str:
    """The likeliest intended word: the same first letter first, then the most frequent."""
    return max(near, key=lambda found: (found[0][0] == word[0], found[1]))[0]


def any_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    """What any of the queries finds."""
    return queries[0] if len(queries) == 1 else Q.boolean_query([(SHOULD, query) for query in queries])


_FIELDS = {WORD: "all", FORM: "alls", CODE: "code"}


def matching(schema: tantivy.Schema, need: Need) -> tantivy.Query:
    """What finds the documents that hold it, without ranking them."""

    def terms(keys: Sequence[str]) -> list[tantivy.Query]:
        return [Q.term_query(schema, _FIELDS[key[0]], key[1:]) for key in keys]

    found = terms(need.keys)
    found += [Q.boolean_query([(MUST, any_of(terms(keys))) for keys in run]) for run in need.runs]
    if need.phrase:
        found += [Q.phrase_query(schema, field, list(need.phrase)) for field, _ in SCORED]
    return any_of(found)


def excluded(
    schema: tantivy.Schema, groups: Sequence[tuple[str, ...]]
) -> list[tuple[tantivy.Occur, tantivy.Query]]:
    """Clauses that leave out documents holding these words (all words of a group, with their endings)."""
    return [(NOT, matching(schema, exclusion(words))) for words in groups]
