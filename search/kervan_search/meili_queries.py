"""What a Meilisearch server is asked, and what its answers say."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec

from kervan_search.engine import MAX_HITS, Hit, Page, Query
from kervan_search.hindsight import lacking_words, spelling, used_synonyms
from kervan_search.meili_layout import SEARCHED, filters, quoted
from kervan_search.query import Parsed, Synonyms, terms
from kervan_search.text import stems

Question = dict[str, Any]
"""One search as the server takes it."""


class Row(msgspec.Struct):
    """A hit of the server, with the fields that were asked for."""

    id: str
    version: int = 0
    label: str = ""
    titles: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    score: float = msgspec.field(name="_rankingScore", default=0.0)


class Answer(msgspec.Struct, rename="camel"):
    """The answer to one question. `total_hits` is exact; 0 when no page was asked for."""

    hits: tuple[Row, ...] = ()
    total_hits: int = 0
    facet_distribution: dict[str, dict[str, int]] | None = None


class _Answers(msgspec.Struct):
    results: list[Answer]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Answers).decode


def encoded(questions: Sequence[Question]) -> bytes:
    """The questions as one request to /multi-search."""
    return _encode({"queries": questions})


def decoded(body: bytes) -> list[Answer]:
    """The answers in the order of the questions."""
    return _decode(body).results


def asked(
    uid: str,
    query: Query,
    text: str,
    strategy: str = "all",
    codes: Sequence[str] = (),
    wanted: Callable[[str], list[str]] | None = None,
) -> list[Question]:
    """The hits with the plain facets, then one countless question per facet that has a choice of its own.

    `wanted` gives the conditions without those of one facet, the filters and ranges of the query unless told.
    """
    wanted = wanted or partial(filters, query)
    common: Question = {"indexUid": uid, "q": text, "matchingStrategy": strategy}
    if text:
        common["attributesToSearchOn"] = SEARCHED
    coded = [f"codes IN [{', '.join(quoted(code) for code in codes)}]"] if codes else []
    chosen = [name for name in query.facets if query.filters.get(name)]
    limit = min(query.limit, max(MAX_HITS - query.offset, 0))
    paged = _paged(query.offset, limit)
    hits = {
        **common,
        "filter": [*wanted(""), *coded],
        "facets": [f"f_{name}" for name in query.facets if name not in chosen],
        "attributesToRetrieve": ["id", "version", *(["titles", "keywords"] if text or query.exact else [])],
        "showRankingScore": bool(text),
        "page": query.offset // limit + 1 if paged else 1,
        "hitsPerPage": limit if paged else min(query.offset + limit, MAX_HITS),
    }
    if query.sort:
        direction = "desc" if query.sort.startswith("-") else "asc"
        hits["sort"] = [f"n_{query.sort.removeprefix('-')}:{direction}", "id:asc"]
    others = [
        {
            **common,
            "filter": [*wanted(name), *coded],
            "facets": [f"f_{name}"],
            "attributesToRetrieve": ["id"],
            "limit": 0,
        }
        for name in chosen
    ]
    return [hits, *others]


def counting(uid: str, text: str) -> Question:
    """How many documents hold every word, whatever was chosen."""
    return {
        "indexUid": uid,
        "q": text,
        "matchingStrategy": "all",
        "attributesToSearchOn": SEARCHED,
        "attributesToRetrieve": ["id"],
        "page": 1,
        "hitsPerPage": 1,
    }


def labels(uid: str, typed: str, limit: int) -> Question:
    """Documents with a label whose words begin with what is typed."""
    return {
        "indexUid": uid,
        "q": typed,
        "matchingStrategy": "all",
        "attributesToSearchOn": ["label_words"],
        "attributesToRetrieve": ["id", "label"],
        "showRankingScore": True,
        "limit": limit,
    }


def wider(parsed: Parsed, text: str) -> Iterator[tuple[str, str]]:
    """What to ask when all words together find little: their stems, then fewer words, the commonest left out."""
    if not parsed.phrases and not parsed.excluded:
        for choice in (0, -1):
            stemmed = " ".join(stems(part)[choice] for word in parsed.words for part in word.parts)
            if stemmed != text:
                yield stemmed, "all"
    if len(parsed.words) > 1:
        yield text, "frequency"


def _paged(offset: int, limit: int) -> bool:
    return limit > 0 and offset % limit == 0


def page_of(
    query: Query,
    parsed: Parsed,
    synonyms: Synonyms,
    answers: Sequence[Answer],
    complete: int | None = None,
    widened: bool = False,
) -> Page:
    """The page that the answers to `asked` make; `complete` counts all words where the answers hold only some."""
    first = answers[0]
    limit = min(query.limit, max(MAX_HITS - query.offset, 0))
    rows = first.hits if _paged(query.offset, limit) else first.hits[query.offset : query.offset + limit]
    counted: dict[str, dict[str, int]] = {}
    for answer in answers:
        for field, values in (answer.facet_distribution or {}).items():
            best = sorted(sorted(values), key=values.__getitem__, reverse=True)[: query.facet_limit]
            counted[field.removeprefix("f_")] = {value: values[value] for value in best}
    texts = [" ".join((*row.titles, *row.keywords)) for row in first.hits]
    nearest, expansions = ({}, []) if query.exact else spelling(parsed, texts)
    used = used_synonyms(synonyms, parsed, texts)
    corrected = None
    if nearest:
        corrected = " ".join(nearest.get(part, part) for word in parsed.words for part in word.parts)
    total = first.total_hits
    return Page(
        hits=[Hit(row.id, row.score, row.version) for row in rows],
        total=total,
        facets={name: counted.get(name, {}) for name in query.facets},
        terms=terms(parsed, [*expansions, *(part for phrase in used for part in phrase.split())]),
        corrected=corrected,
        used_synonyms=used,
        dropped=lacking_words(parsed, texts, nearest) if widened else (),
        complete=total if complete is None or not widened else min(complete, total),
    )
