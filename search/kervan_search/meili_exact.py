"""Exact questions to a Meilisearch server: our own keys of every document, asked for by filters alone.

What is typed into the server's search is open to its own reading: the last word is the beginning of one, words are
misspelt, synonyms are applied, and both prefixes and typos are settings of a whole index or of none. A filter compares
whole values and nothing else, so `exact` holds the keys of certain.py and, for phrases, every pair of neighbours.
"""

import hashlib
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from kervan_search.certain import Certain, Need, chosen, keys_of
from kervan_search.engine import Document, Query
from kervan_search.terms import place, terms_of

FIELD = "exact"
PLACES = ("titles", "keywords", "texts")
_PAIR, _ID = "p", "i"
_PLAIN = re.compile(r"[a-z0-9_:]{1,60}\Z")


def values(document: Document) -> list[str]:
    """What `exact` holds of a document."""
    terms = terms_of(document)
    keys = keys_of(terms, document)
    keys.add(_ID + document.id)
    keys.update(_pair(*two) for words, _ in terms.places.values() for two in pairwise(words))
    return sorted(map(_safe, keys))


def conditions(
    text: Certain, query: Query, holders: Mapping[Need, Sequence[str]], without: str = ""
) -> list[str]:
    """What the server has to filter by; `without` leaves one facet open, `holders` are the ids for long phrases."""
    facets = [need for name, need in chosen(query).items() if name != without]
    return [
        *(_condition(need, holders) for need in (*text.needs, *facets)),
        *(f"NOT ({_condition(need, holders)})" for need in text.nots),
        *ranges(query),
    ]


def long_phrases(text: Certain) -> Iterator[Need]:
    """Phrases whose pairs of neighbours may all stand in a text that does not have the phrase."""
    return (need for need in (*text.needs, *text.nots) if len(need.phrase) > 2)


def neighbours(need: Need) -> str:
    """Finds every document with the phrase, and perhaps some in which its words only meet in pairs."""
    return _all(_any([_pair(*two)]) for two in pairwise(need.phrase))


def has_phrase(row: Mapping[str, Any], need: Need) -> bool:
    """Whether a row of the server, with its titles, keywords and texts, really has the phrase."""
    for name in PLACES:
        words, _ = place((None, text) for text in row.get(name) or ())
        if need.stands_in(words):
            return True
    return False


def ranges(query: Query) -> list[str]:
    """The ranges of a question, both ends included."""
    wanted = []  # numbers in quotes: the server does not read 1e+16 without
    for name, (low, high) in query.ranges.items():
        for sign, bound in ((">=", low), ("<=", high)):
            if bound is None:
                continue
            if math.isfinite(bound):
                wanted.append(f'n_{name} {sign} "{float(bound) + 0.0!r}"')
            elif (bound > 0) == (sign == "<="):
                wanted.append(f"n_{name} EXISTS")
            else:  # beyond every number
                wanted.append(f'n_{name} {sign[0]} "{math.copysign(sys.float_info.max, bound)!r}"')
    return wanted


def _condition(need: Need, holders: Mapping[Need, Sequence[str]]) -> str:
    if len(need.phrase) > 2:
        return _any([_ID + name for name in holders[need]])
    if need.phrase:
        return _any([_pair(*need.phrase)])
    runs = [_all(map(_any, run)) for run in need.runs]
    return " OR ".join([_any(need.keys), *(f"({run})" for run in runs)])


def _any(keys: Sequence[str]) -> str:
    return FIELD + " IN [" + ", ".join(f'"{_safe(key)}"' for key in keys) + "]"


def _all(parts: Iterator[str]) -> str:
    return " AND ".join(parts)


def _pair(first: str, second: str) -> str:
    return f"{_PAIR}{first}:{second}"


def _safe(key: str) -> str:
    # The server takes capitals and accents of values for the same and cuts long ones.
    if _PLAIN.match(key):
        return key
    return "_" + hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=12).hexdigest()
