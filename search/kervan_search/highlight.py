"""Which parts of a text to mark for a question: plain segments, no markup, so any template can escape them."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from kervan_search.engine import Term
from kervan_search.text import fold, spans, stems


def mark(text: str, terms: Sequence[Term]) -> list[tuple[str, bool]]:
    """The text cut into (segment, marked); the segments joined give the text again, whatever its letters.

    A word is marked when it is one of the terms, begins with one that is a prefix, shares its stem, or contains it as
    one of several parts read together (t-shirt for tshirt).
    """
    if not text or not terms:
        return [(text, False)] if text else []
    folded = fold(text)
    if len(folded) == len(text):
        marked = [(start, end) for start, end in _found(folded, terms)]
    else:
        ends = list(accumulate(len(fold(char)) for char in text))
        # The character that a folded position came from; characters that fold to nothing join the word before them.
        marked = [
            (bisect_right(ends, start), bisect_right(ends, end - 1) + 1)
            for start, end in _found(folded, terms)
        ]
    segments: list[tuple[str, bool]] = []
    last = 0
    for start, end in _merged(marked):
        while end < len(text) and not fold(text[end]):
            end += 1
        if start > last:
            segments.append((text[last:start], False))
        segments.append((text[max(start, last) : end], True))
        last = end
    if last < len(text):
        segments.append((text[last:], False))
    return segments


def _found(folded: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    exact = {term.text for term in terms}
    prefixes = tuple(term.text for term in terms if term.prefix)
    stemmed = {stem for term in terms if term.stem for stem in (term.text, *stems(term.text))}
    words = list(spans(folded))
    found = []
    for i, word in enumerate(words):
        if (
            word.text in exact
            or (prefixes and word.text.startswith(prefixes))
            or (stemmed and not stemmed.isdisjoint(stems(word.text)))
        ):
            found.append((word.start, word.end))
        elif i + 1 < len(words):
            # Up to three neighbours joined by one sign or space each: dv7-1211ea, t shirt, 12 v.
            together = word.text
            for j in range(i + 1, min(i + 4, len(words))):
                if words[j].start - words[j - 1].end != 1:
                    break
                together += words[j].text
                if together in exact:
                    found.append((word.start, words[j].end))
                    break
    return found


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
