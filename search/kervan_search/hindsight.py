"""What the hits of a server tell about the question: spellings it took words for, synonyms, words it left out."""

from collections.abc import Iterable, Sequence
from typing import Any

from kervan_search import weights
from kervan_search.query import Parsed, Synonyms
from kervan_search.spelling import distance
from kervan_search.text import stems, tokens


def _words_of(rows: Iterable[dict[str, Any]]) -> list[set[str]]:
    return [
        {word for text in (*row.get("titles", ()), *row.get("keywords", ())) for word in tokens(text)}
        for row in rows
    ]


def spelling(parsed: Parsed, rows: Sequence[dict[str, Any]]) -> tuple[dict[str, str], list[str]]:
    """For each word that no hit has: what it was taken for, the commonest of these as its correction."""
    found = _words_of(rows)
    everything = {word for words in found for word in words}
    everything_stems = {stem for word in everything for stem in stems(word)}
    nearest: dict[str, str] = {}
    expansions: list[str] = []
    for asked in parsed.words:
        for part in asked.parts:
            known = part in everything or any(stem in everything_stems for stem in stems(part))
            begun = asked.last and any(word.startswith(part) for word in everything)
            most = 0 if len(part) < weights.ONE_TYPO_FROM else 1 if len(part) < weights.TWO_TYPOS_FROM else 2
            if known or begun or not most or part.isdigit():
                continue
            near: dict[str, int] = {}
            for words in found:
                for word in words:
                    if distance(part, word, most) <= most:
                        near[word] = near.get(word, 0) + 1
            if near:
                expansions += near
                nearest[part] = max(sorted(near), key=lambda word: (word[0] == part[0], near[word]))
    return nearest, expansions


def used_synonyms(synonyms: Synonyms, parsed: Parsed, rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """The replacements that some hit holds."""
    found = _words_of(rows)
    used = {
        " ".join(span.words): None
        for span in synonyms.of(parsed.words)
        if any(words.issuperset(span.words) for words in found)
    }
    return tuple(used)


def lacking_words(parsed: Parsed, rows: Sequence[dict[str, Any]], nearest: dict[str, str]) -> tuple[str, ...]:
    """The words that not every hit has, read from the hits themselves; the server does not say."""
    found = [{*words, *(stem for word in words for stem in stems(word))} for words in _words_of(rows)]
    lacking = []
    for word in parsed.words:
        readings = {*word.parts, word.whole, *(nearest.get(part, part) for part in word.parts)}
        readings |= {stem for part in word.parts for stem in stems(part)}
        if found and sum(readings.isdisjoint(words) for words in found) * 2 > len(found):
            lacking.append(" ".join(word.parts))
    return tuple(lacking)
