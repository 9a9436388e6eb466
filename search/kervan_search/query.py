"""What a question means before any engine sees it: words, phrases, exclusions, codes, synonyms."""

import re
from collections.abc import Sequence

import msgspec

from kervan_search.engine import Term
from kervan_search.text import (
    belong_together,
    clean_query,
    code,
    fold,
    number_code,
    stems,
    tokens,
)

MAX_WORDS = 16  # more words do not narrow any further; the rest is ignored


_LITTLE = frozenset(
    "a an and by for from in of on or other the to with bir icin ile ve veya de der die du et la le und".split()  # noqa: SIM905
)


class Word(msgspec.Struct, frozen=True):
    """One word of the question: its parts (t, shirt), the parts read together (tshirt), the codes it may be.

    `halves` are the two words it was made of when they were typed apart (12 V, 0901 tea).
    """

    parts: tuple[str, ...]
    whole: str
    codes: tuple[str, ...] = ()
    last: bool = False
    halves: tuple["Word", ...] = ()

    @property
    def little(self) -> bool:
        """Whether it is a word of grammar that a text about the same thing may well lack."""
        return self.whole in _LITTLE


class Span(msgspec.Struct, frozen=True):
    """Words start..end-1 of the question may be replaced by `words`."""

    start: int
    end: int
    words: tuple[str, ...]


class Parsed(msgspec.Struct, frozen=True):
    """A question taken apart. `code` is the whole question read as one code, '' when it cannot be one."""

    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    code: str = ""

    @property
    def empty(self) -> bool:
        return not (self.words or self.phrases or self.excluded)


_PIECE = re.compile(r'(-?)"([^"]*)"|(\S+)')
_DASH = re.compile("^[-\u2010-\u2015\u2212](?=\\w)")


def code_readings(parsed: Parsed) -> tuple[str, ...]:
    """Every code that the question as a whole may be, () when it is more than one code."""
    if parsed.phrases or parsed.excluded:
        return ()
    if len(parsed.words) == 1:
        return tuple(dict.fromkeys(parsed.words[0].codes))
    return _codes(parsed.code)


def _codes(chunk: str) -> tuple[str, ...]:
    digits = number_code(chunk)
    plain = digits or code(chunk)
    if len(plain) < 2:
        return ()
    if digits and 8 <= len(digits) <= 14:
        return (digits, "g" + digits.lstrip("0").rjust(8, "0"))
    return (plain,)


def _balanced(text: str) -> str:
    for quote in "\u201c\u201d\u201e\u00ab\u00bb\uff02":
        text = text.replace(quote, '"')
    if text.count('"') % 2:
        cut = text.rindex('"')
        text = text[:cut] + " " + text[cut + 1 :]
    return text


def parse(text: str) -> Parsed:
    """The question taken apart; quotes make phrases, a quote that never closes is ignored, -word excludes."""
    text = _balanced(clean_query(text))
    words: list[Word] = []
    phrases: list[tuple[str, ...]] = []
    excluded: list[tuple[str, ...]] = []
    open_end = False
    for match in _PIECE.finditer(text):
        minus, quoted, chunk = match.groups()
        open_end = False
        if chunk is None:
            found = tuple(tokens(quoted))
            if found:
                (excluded if minus else phrases).append(found)
            continue
        chunk = chunk.replace('"', " ")
        if _DASH.match(chunk):
            found = tuple(tokens(chunk))
            if found:
                excluded.append(found)
            continue
        found = tuple(tokens(chunk))
        if not found:
            continue
        words.append(Word(found, "".join(found), _codes(chunk)))
        open_end = True
    words = _paired(words[:MAX_WORDS])
    if words and open_end:
        words[-1] = msgspec.structs.replace(words[-1], last=True)
    whole = code(text) if words and not phrases and not excluded else ""
    return Parsed(tuple(words), tuple(phrases), tuple(excluded), whole if len(words) > 1 else "")


def _paired(words: list[Word]) -> list[Word]:
    paired: list[Word] = []
    i = 0
    while i < len(words):
        word = words[i]
        following = words[i + 1] if i + 1 < len(words) else None
        # A lone letter goes with the word after it (red t shirt) rather than with the one before.
        if (
            following
            and belong_together(word.whole, following.whole)
            and (len(following.whole) > 1 or i + 2 == len(words) or word.whole.isdigit())
        ):
            both = Word(
                word.parts + following.parts,
                word.whole + following.whole,
                word.codes + following.codes,
                halves=(word, following),
            )
            paired.append(both)
            i += 2
            continue
        paired.append(word)
        i += 1
    return paired


def must_stand(words: Sequence[Word]) -> list[bool]:
    """Which of the words a text has to hold: not those of grammar, unless there are no others."""
    found = [not word.little for word in words]
    return found if any(found) else [True] * len(found)


def compounds(words: Sequence[Word]) -> list[Span]:
    """Neighbours that may be written as one word: bath towel, bathtowel."""
    return [
        Span(i, i + 2, (words[i].whole + words[i + 1].whole,))
        for i in range(len(words) - 1)
        if len(words[i].whole + words[i + 1].whole) > 4
    ]


def taken_apart(parsed: Parsed) -> Parsed:
    """The question with every part (couch-grass: couch, grass) as a word of its own."""
    words: list[Word] = []
    for word in parsed.words:
        if len(word.parts) == 1:
            words.append(word)
        else:
            words += [Word((part,), part) for part in word.parts]
            words[-1] = msgspec.structs.replace(words[-1], last=word.last)
    return msgspec.structs.replace(parsed, words=tuple(words))


class Synonyms:
    """Groups of equivalents, found by the words of a question whatever their endings."""

    def __init__(self, groups: Sequence[tuple[str, ...]]) -> None:
        self._groups: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
        self._longest = 1
        for group in groups:
            members = {tuple(tokens(member)) for member in group} - {()}
            for member in members:
                for key in self._keys(member):
                    self._groups.setdefault(key, set()).update(members)
                self._longest = max(self._longest, len(member))

    @staticmethod
    def _keys(words: Sequence[str]) -> set[tuple[str, ...]]:
        english = tuple(stems(word, "en")[0] for word in words)
        turkish = tuple(stems(word, "tr")[0] for word in words)
        return {english, turkish, tuple(words)}

    def of(self, words: Sequence[Word]) -> list[Span]:
        """Every replacement that some run of these words has, the literal words left out."""
        spans: dict[Span, None] = {}
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + self._longest) + 1):
                literal = tuple(part for word in words[start:end] for part in word.parts)
                others: set[tuple[str, ...]] = set()
                keys = self._keys(literal)
                for key in keys:
                    others |= self._groups.get(key, set())
                for other in sorted(others):
                    if not keys & self._keys(other):
                        spans[Span(start, end, other)] = None
        return list(spans)


def terms(parsed: Parsed, extra: Sequence[str] = ()) -> tuple[Term, ...]:
    """What to mark in a text for this question; `extra` are the expansions (typos, synonyms) that took part."""
    found: dict[Term, None] = {}
    for word in parsed.words:
        for part in word.parts:
            found[Term(part, prefix=word.last and part == word.parts[-1], stem=True)] = None
        if len(word.parts) > 1:
            found[Term(word.whole)] = None
    for phrase in parsed.phrases:
        for part in phrase:
            found[Term(part)] = None
    for word_text in extra:
        found[Term(fold(word_text), stem=True)] = None
    return tuple(found)


def plain(text: str) -> str:
    """The question for an engine with a syntax of its own: cleaned, folded, codes of digits without punctuation.

    Quotes are balanced and -word is kept.
    """
    pieces = []
    for match in _PIECE.finditer(_balanced(clean_query(text))):
        minus, quoted, chunk = match.groups()
        if chunk is None:
            if tokens(quoted):
                pieces.append(f'{minus}"{" ".join(tokens(quoted))}"')
            continue
        dash = "-" if _DASH.match(chunk) else ""
        words = fold(chunk.replace('"', " ")).lstrip("-")
        if tokens(words):
            pieces.append(dash + (number_code(words) or words))
    return " ".join(pieces)
