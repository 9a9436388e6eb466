"""Which of many questions find a document: the exact search the other way round, in memory, without an engine.

Equal conditions (a word with its forms, a choice in a facet) are kept once, however many questions have them. A
document first makes its true conditions known, by its keys; then each question is looked at that is filed under one of
them, its rarest-looking one. 100,000 questions cost a few milliseconds per document.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from kervan_search.certain import CODE, FACET, NUMBER, WORD, Need, certain, chosen, exactly, keys_of
from kervan_search.engine import Document, IndexSpec, Query, check_document
from kervan_search.query import Synonyms
from kervan_search.terms import Terms, terms_of

_ALWAYS = 0  # the number of the condition that every document meets
_NOTHING: tuple[int, ...] = ()

Range = tuple[str, float, float]


class _Rest(msgspec.Struct, frozen=True, gc=False):
    """What a question asks beyond conditions that must be true: none of `nots`, and numbers within `ranges`."""

    needs: tuple[int, ...]
    nots: tuple[int, ...]
    ranges: tuple[Range, ...]


class Percolator:
    """Questions by id, each as the exact question with its text, filters and ranges; paging and order do not matter.

    `synonyms` are those of the engine. Not for two threads at once.
    """

    def __init__(self, synonyms: Sequence[tuple[str, ...]] = ()) -> None:
        self._synonyms = Synonyms(synonyms)
        self._filed: dict[int, int] = {}  # question -> the condition it is filed under
        # Condition -> question -> what else must be true; those of the second kind ask for more than conditions.
        self._simple: dict[int, dict[int, tuple[int, ...]]] = {}
        self._more: dict[int, dict[int, _Rest]] = {}
        self._numbers: dict[Need, int] = {}
        self._needs: dict[int, Need] = {}
        self._users: Counter[int] = Counter()
        self._next = _ALWAYS + 1
        self._free: list[int] = []
        # Key -> conditions that are true with it, and those that may be.
        self._sure: dict[str, set[int]] = {}
        self._perhaps: dict[str, set[int]] = {}
        self._values: Counter[str] = Counter()  # facet -> how many of its values are asked for

    def __len__(self) -> int:
        return len(self._filed)

    @property
    def conditions(self) -> int:
        """How many different conditions the questions have: memory goes by these and by the questions."""
        return len(self._needs)

    def put(self, id: int, query: Query) -> None:
        """The question has this id from now on, no other one does. BadQuery when no engine would take its text."""
        wanted = certain(exactly(query.text), self._synonyms)
        ranges = _ranges(query)
        having = (Need((NUMBER + name,)) for name, _, _ in ranges)
        self.drop(id)
        needs = [self._use(need) for need in dict.fromkeys((*wanted.needs, *chosen(query).values(), *having))]
        nots = tuple([self._use(need) for need in wanted.nots])
        under = min(needs, key=self._share, default=_ALWAYS)
        rest = tuple([number for number in needs if number != under]) or _NOTHING
        if nots or ranges:
            self._more.setdefault(under, {})[id] = _Rest(rest, nots, ranges)
        else:
            self._simple.setdefault(under, {})[id] = rest
        self._filed[id] = under

    def drop(self, id: int) -> None:
        """The question is forgotten; an unknown id is fine."""
        under = self._filed.pop(id, None)
        if under is None:
            return
        simple = self._simple.get(under, {})
        if id in simple:
            used = simple.pop(id)
            if not simple:
                del self._simple[under]
        else:
            rest = self._more[under].pop(id)
            used = rest.needs + rest.nots
            if not self._more[under]:
                del self._more[under]
        for number in (under, *used):
            self._release(number)

    def matches(self, spec: IndexSpec, document: Document) -> list[int]:
        """The ids of all questions that find this document, in order. ValueError for one that `spec` does not take."""
        check_document(spec, document)
        true = self._true(document)
        meets = true.issuperset
        avoids = true.isdisjoint
        found: list[int] = []
        for number in true:
            simple = self._simple.get(number)
            if simple is not None:
                found += [id for id, rest in simple.items() if not rest or meets(rest)]
            more = self._more.get(number)
            if more is not None:
                found += [
                    id
                    for id, rest in more.items()
                    if meets(rest.needs) and avoids(rest.nots) and _within(rest.ranges, document.numbers)
                ]
        found.sort()
        return found

    def _true(self, document: Document) -> set[int]:
        """The conditions that the document meets."""
        terms = terms_of(document)
        held = keys_of(terms, document)
        true = {_ALWAYS}
        perhaps: set[int] = set()
        for key in held:
            if (sure := self._sure.get(key)) is not None:
                true |= sure
            if (some := self._perhaps.get(key)) is not None:
                perhaps |= some
        for number in perhaps - true:
            if _holds(self._needs[number], held, terms):
                true.add(number)
        return true

    # ------------------------------------------------------------------------------------ conditions

    def _use(self, need: Need) -> int:
        """The number of this condition, with one more question that has it."""
        number = self._numbers.get(need)
        if number is None:
            if self._free:
                number = self._free.pop()
            else:
                number = self._next
                self._next += 1
            need = _interned(need)
            self._numbers[need] = number
            self._needs[number] = need
            for kept, keys in ((self._sure, need.keys), (self._perhaps, _telling(need))):
                for key in keys:
                    if key not in kept:
                        kept[key] = set()
                        self._values[_facet(key)] += 1
                    kept[key].add(number)
        self._users[number] += 1
        return number

    def _release(self, number: int) -> None:
        if number == _ALWAYS:
            return
        self._users[number] -= 1
        if self._users[number]:
            return
        del self._users[number]
        need = self._needs.pop(number)
        del self._numbers[need]
        for kept, keys in ((self._sure, need.keys), (self._perhaps, _telling(need))):
            for key in keys:
                kept[key].discard(number)
                if not kept[key]:
                    del kept[key]
                    self._values[_facet(key)] -= 1
        self._free.append(number)

    def _share(self, number: int) -> float:
        """About which share of documents meets this condition: only for choosing, so a rough guess will do."""
        need = self._needs[number]
        if need.phrase:
            return 0.001
        first = need.keys[0]
        if first[0] == FACET:
            return len(need.keys) / max(self._values[_facet(first)], 1)
        if first[0] == NUMBER:
            return 0.9
        codes = sum(key[0] == CODE and key[1:].isdigit() for key in need.keys)
        return 0.002 * (len(need.keys) + len(need.runs)) + 0.01 * codes


def _facet(key: str) -> str:
    """The facet of a key, '' for keys of another kind."""
    return key[1 : key.index(":")] if key[0] == FACET else ""


def _interned(need: Need) -> Need:
    return Need(
        tuple(map(sys.intern, need.keys)),
        tuple(tuple(tuple(map(sys.intern, keys)) for keys in run) for run in need.runs),
        tuple(map(sys.intern, need.phrase)),
    )


def _telling(need: Need) -> Iterable[str]:
    """Keys of which a document has at least one when it meets the condition by a run or as a phrase."""
    found = dict.fromkeys(key for run in need.runs for key in max(run, key=lambda keys: len(keys[0])))
    if need.phrase:
        found[WORD + max(need.phrase, key=len)] = None
    return found


def _holds(need: Need, held: set[str], terms: Terms) -> bool:
    """Whether the document meets the condition by a run or as a phrase."""
    for run in need.runs:
        if all(not held.isdisjoint(keys) for keys in run):
            return True
    return bool(need.phrase) and any(need.stands_in(words) for words, _ in terms.places.values())


def _ranges(query: Query) -> tuple[Range, ...]:
    """The ranges that ask for anything, an open end as infinite."""
    return tuple(
        (sys.intern(name), float("-inf") if low is None else low, float("inf") if high is None else high)
        for name, (low, high) in query.ranges.items()
        if low is not None or high is not None
    )


def _within(ranges: tuple[Range, ...], numbers: dict[str, float]) -> bool:
    return all(low <= numbers[name] <= high for name, low, high in ranges)
