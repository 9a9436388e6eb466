"""The tantivy schema of an index and the rows that go in it."""

import hashlib
import math
import time
from collections.abc import Iterable
from functools import lru_cache

import tantivy

from kervan_search import weights
from kervan_search.engine import Document, IndexSpec
from kervan_search.text import (
    code_forms,
    fold,
    joined_of,
    stem_english,
    stem_turkish,
    stems,
    tokens,
    words_of,
)

LAYOUT = "4"  # raised when rows are laid out differently: indexes of another layout start anew
SHORT_PREFIX = 3  # prefixes up to this many letters are words of their own in the index
_WHITE = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()

# Words by place (title, keywords, texts), their stems (…s), and everything together for matching without scoring.
SCORED = (("t", weights.TITLE), ("k", weights.KEYWORDS), ("x", weights.TEXTS))


def build_schema(spec: IndexSpec) -> tantivy.Schema:
    """The columns: id and version, words and stems, codes, f_<facet>, n_<number>, the static weight, the label."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("version", stored=True, fast=True)
    builder.add_text_field("label", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("t", "k", "x"):
        builder.add_text_field(name, tokenizer_name="white", index_option="position")
        builder.add_text_field(name + "s", tokenizer_name="white", index_option="freq")
    for name in ("all", "alls", "begin", "code", "labels"):
        builder.add_text_field(name, tokenizer_name="white", index_option="basic")
    for name in spec.facets:
        builder.add_text_field("f_" + name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in spec.numbers:
        builder.add_float_field("n_" + name, fast=True)
    builder.add_float_field("weight", fast=True)
    return builder.build()


def fingerprint(spec: IndexSpec) -> str:
    """Changes whenever stored rows would have to look different."""
    return hashlib.sha256(repr((LAYOUT, spec)).encode()).hexdigest()[:16]


def prepare(index: tantivy.Index) -> tantivy.Index:
    """The index with the tokenizer its schema names."""
    index.register_tokenizer("white", _WHITE)
    return index


def static_weight(document: Document, now: float) -> float:
    """What completeness and freshness add, in the form tantivy multiplies by: score * log2(2 + this)."""
    share = weights.QUALITY * min(max(document.quality, 0.0), 1.0)
    published = document.numbers.get("published_at")
    if published is not None:
        age_days = max(now - published, 0.0) / 86400
        share += weights.FRESHNESS * 0.5 ** (age_days / weights.FRESH_DAYS)
    # Equal scores would be ordered by the place on disk, which a merge changes; a trace of the id decides instead.
    share += (
        int.from_bytes(hashlib.blake2b(document.id.encode(), digest_size=2).digest(), "big") / 65536 * 1e-3
    )
    return math.exp2(1.0 + share) - 2.0


def _analysed(language: str | None, text: str) -> tuple[list[str], list[str], list[str]]:
    folded = fold(text)
    plain = words_of(folded)
    glued = joined_of(folded, plain)
    if language in ("en", "tr"):
        stemmed = list(map(stem_english if language == "en" else stem_turkish, plain))
    elif language is not None:
        stemmed = plain  # no rules for this language: words are their own stems
    else:
        stemmed = [stem for word in plain for stem in stems(word, language)]
    return plain, glued, [*stemmed, *(stem for word in glued for stem in stems(word))]


# Exporters, brands, names of headings and chapters come back in document after document.
_analysed_again = lru_cache(maxsize=20_000)(_analysed)
_OFTEN_AGAIN = 60  # letters; longer texts are rarely the same


@lru_cache(maxsize=100_000)
def _beginnings(word: str) -> tuple[str, ...]:
    return tuple(word[:length] for length in range(1, SHORT_PREFIX + 1))


def _words(texts: Iterable[tuple[str | None, str]]) -> tuple[list[str], list[str]]:
    plain: list[str] = []
    stemmed: list[str] = []
    together: list[str] = []
    for language, text in texts:
        again = len(text) <= _OFTEN_AGAIN
        words, glued, forms = (_analysed_again if again else _analysed)(language, text)
        plain += words
        stemmed += forms
        together += glued
    # Words read together go last so that phrases keep their distances.
    return plain + together, stemmed


def make_row(spec: IndexSpec, document: Document, now: float | None = None) -> tantivy.Document:
    """The document as tantivy keeps it."""
    row = tantivy.Document()
    row.add_text("id", document.id)
    row.add_integer("version", document.version)
    row.add_text("label", document.label)
    everything: dict[str, None] = {}
    all_stems: dict[str, None] = {}
    begins: dict[str, None] = {}
    for name, texts in (
        ("t", list(document.titles.items())),
        ("k", [(None, keyword) for keyword in document.keywords]),
        ("x", list(document.texts.items())),
    ):
        plain, stemmed = _words(texts)
        if not plain:
            continue
        row.add_text(name, " ".join(plain))
        row.add_text(name + "s", " ".join(stemmed))
        everything.update(dict.fromkeys(plain))
        # Words are their own stems here too, so that one list of documents answers for the word and its forms.
        all_stems.update(dict.fromkeys(plain))
        all_stems.update(dict.fromkeys(stemmed))
        if name != "x":
            for beginnings in map(_beginnings, plain):
                begins.update(dict.fromkeys(beginnings))
    row.add_text("all", " ".join(everything))
    row.add_text("alls", " ".join(all_stems))
    row.add_text("begin", " ".join(begins))
    row.add_text("code", " ".join({form: None for code in document.codes for form in code_forms(code)}))
    row.add_text("labels", " ".join(tokens(document.label)))
    for name, values in document.facets.items():
        for value in dict.fromkeys(values):
            row.add_text("f_" + name, value)
    for name, number in document.numbers.items():
        row.add_float("n_" + name, float(number))
    row.add_float("weight", static_weight(document, time.time() if now is None else now))
    return row
