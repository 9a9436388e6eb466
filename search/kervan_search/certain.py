"""What a document certainly holds and what an exact question needs, as keys that can be compared without an engine.

A key is a letter for its kind and the thing itself: `wtowel` a word, `stowel` a word or stem, `c6302` a form of a
code, `fchapter:63` a value of a facet, `nprice_eur` a number that is there.
"""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from kervan_search.engine import Document, Query
from kervan_search.query import Parsed, Synonyms, Word, compounds, must_stand, parse
from kervan_search.terms import Terms
from kervan_search.text import stems

_T = TypeVar("_T")

WORD, FORM, CODE, FACET, NUMBER = "w", "s", "c", "f", "n"

Run = tuple[tuple[str, ...], ...]
"""Several sets of keys: each of them has to give one."""


class Need(msgspec.Struct, frozen=True):
    """What a document must hold: any one of `keys`, or a key of every set of one of `runs`, or the `phrase`.

    A phrase has two words at least, which stand side by side in the titles, the keywords or the texts.
    """

    keys: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    phrase: tuple[str, ...] = ()

    def stands_in(self, words: list[str]) -> bool:
        """Whether the phrase stands in these words, in its order and with nothing between."""
        length, at = len(self.phrase), -1
        for _ in range(words.count(self.phrase[0])):
            at = words.index(self.phrase[0], at + 1)
            if tuple(words[at : at + length]) == self.phrase:
                return True
        return False


class Certain(msgspec.Struct, frozen=True):
    """The text of an exact question: all of `needs` and none of `nots`; nothing of either is everything."""

    needs: tuple[Need, ...] = ()
    nots: tuple[Need, ...] = ()


def exactly(text: str) -> Parsed:
    """The question taken apart, its last word a whole word as the others are. BadQuery when it is too long."""
    parsed = parse(text)
    words = tuple(msgspec.structs.replace(word, last=False) for word in parsed.words)
    return msgspec.structs.replace(parsed, words=words)


def certain(parsed: Parsed, synonyms: Synonyms) -> Certain:
    """What the words, phrases and exclusions of a question come to."""
    keys = [_keys(word) for word in parsed.words]
    runs = [_runs(word) for word in parsed.words]
    for span in (*synonyms.of(parsed.words), *compounds(parsed.words)):
        for place in range(span.start, span.end):
            if len(span.words) == 1:
                keys[place] += _forms(span.words[0])
            else:
                runs[place].append(tuple(_forms(word) for word in span.words))
    if parsed.code:
        # The whole question read as one code answers for every word of it.
        for own in keys:
            own.append(CODE + parsed.code)
    needs = [
        Need(_unique(own), _unique(several))
        for own, several, need in zip(keys, runs, must_stand(parsed.words), strict=True)
        if need
    ]
    return Certain(
        _unique([*needs, *(quoted(words) for words in parsed.phrases)]),
        _unique(exclusion(words) for words in parsed.excluded),
    )


def quoted(words: tuple[str, ...]) -> Need:
    """The words as they are, side by side."""
    return Need(phrase=words) if len(words) > 1 else Need((WORD + words[0],))


def exclusion(words: tuple[str, ...]) -> Need:
    """What a document must not hold when these words are excluded: a word with its endings, several side by side."""
    if len(words) > 1:
        return Need(phrase=words)
    return Need(_unique([WORD + words[0], *(FORM + stem for stem in stems(words[0]))]))


def chosen(query: Query) -> dict[str, Need]:
    """The filters by facet, those without a value left out."""
    return {
        name: Need(_unique(f"{FACET}{name}:{value}" for value in values))
        for name, values in query.filters.items()
        if values
    }


def keys_of(terms: Terms, document: Document) -> set[str]:
    """Every key of a document."""
    keys = {WORD + word for word in terms.words}
    keys.update([FORM + form for form in terms.forms])
    keys.update([CODE + form for form in terms.codes])
    for name, values in document.facets.items():
        keys.update([f"{FACET}{name}:{value}" for value in values])
    keys.update([NUMBER + name for name in document.numbers])
    return keys


def _forms(word: str) -> tuple[str, ...]:
    return _unique([FORM + word, *(FORM + stem for stem in stems(word))])


def _codes(word: Word) -> tuple[str, ...]:
    return tuple(CODE + code for code in word.codes)


def _keys(word: Word) -> list[str]:
    # A code of one half alone would find whatever has that code: 12 V is not all of chapter 12.
    return [*(() if word.halves else _codes(word)), *_forms(word.whole)]


def _runs(word: Word) -> list[Run]:
    runs = [tuple(_forms(part) for part in word.parts)] if len(word.parts) > 1 else []
    if word.halves:
        halves = tuple(
            _codes(half) + (_forms(half.whole) if len(half.parts) == 1 else ()) for half in word.halves
        )
        if all(halves):
            runs.append(halves)
    return runs


def _unique(things: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(things))
