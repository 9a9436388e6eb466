"""How an index looks on a Meilisearch server: its settings, its rows, its filters."""

from collections.abc import Sequence
from typing import Any

from meilisearch_python_sdk.models.settings import (
    Faceting,
    MeilisearchSettings,
    MinWordSizeForTypos,
    Pagination,
    TypoTolerance,
)

from kervan_search import meili_exact, weights
from kervan_search.engine import MAX_FACETS, MAX_HITS, Document, IndexSpec, Query
from kervan_search.schema import static_weight
from kervan_search.text import code_forms, fold, joined, stems, tokens

# The order says where a word counts most; the last two exist for matching, not for ranking.
SEARCHED = ("titles", "keywords", "codes", "texts", "glued", "stems")


def settings(spec: IndexSpec, synonyms: Sequence[tuple[str, ...]]) -> MeilisearchSettings:
    """Everything the server has to know about an index."""
    equivalents: dict[str, list[str]] = {}
    for group in synonyms:
        members = list(dict.fromkeys(" ".join(tokens(member)) for member in group))
        for member in members:
            others = equivalents.setdefault(member, [])
            others += [other for other in members if other != member and other not in others]
    return MeilisearchSettings(
        searchable_attributes=[*SEARCHED, "label_words"],
        filterable_attributes=[
            "id",
            "codes",
            *([meili_exact.FIELD] if spec.exact else []),
            *(f"f_{name}" for name in spec.facets),
            *(f"n_{name}" for name in spec.numbers),
        ],
        sortable_attributes=["id", *(f"n_{name}" for name in spec.numbers)],
        displayed_attributes=["*"],
        ranking_rules=[
            "sort",
            "words",
            "typo",
            "attribute",
            "exactness",
            "proximity",
            "weight:desc",
            "id:asc",
        ],
        typo_tolerance=TypoTolerance(
            enabled=True,
            disable_on_attributes=["codes"],
            min_word_size_for_typos=MinWordSizeForTypos(
                one_typo=weights.ONE_TYPO_FROM, two_typos=weights.TWO_TYPOS_FROM
            ),
        ),
        synonyms=equivalents,
        faceting=Faceting(max_values_per_facet=MAX_FACETS, sort_facet_values_by={"*": "count"}),
        pagination=Pagination(max_total_hits=MAX_HITS),
    )


def make_row(spec: IndexSpec, document: Document, now: float) -> dict[str, Any]:
    """The document as the server keeps it: folded texts, so that both engines see the same letters."""
    titles = [fold(title) for title in document.titles.values()]
    keywords = [fold(keyword) for keyword in document.keywords]
    stemmed = {
        stem: None
        for language, text in [*document.titles.items(), *((None, keyword) for keyword in document.keywords)]
        for word in tokens(text)
        for stem in stems(word, language)
    }
    row: dict[str, Any] = {
        "id": document.id,
        "version": document.version,
        "label": document.label,
        "label_words": fold(document.label),
        "titles": titles,
        "keywords": keywords,
        "texts": [fold(text) for text in document.texts.values()],
        "codes": list({form: None for code in document.codes for form in code_forms(code)}),
        "glued": list({word: None for text in (*titles, *keywords) for word in joined(text)}),
        "stems": " ".join(stemmed),
        "weight": static_weight(document, now),
    }
    if spec.exact:
        row[meili_exact.FIELD] = meili_exact.values(document)
    row.update({f"f_{name}": list(dict.fromkeys(values)) for name, values in document.facets.items()})
    row.update({f"n_{name}": float(number) + 0.0 for name, number in document.numbers.items()})
    return row


def quoted(value: str) -> str:
    """The value as a literal of the filter language."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def filters(query: Query, without: str = "") -> list[str]:
    """The conditions of the question, all of which must hold; `without` leaves one facet open."""
    return [
        f"f_{name} IN [{', '.join(quoted(value) for value in values)}]"
        for name, values in query.filters.items()
        if values and name != without
    ] + meili_exact.ranges(query)
