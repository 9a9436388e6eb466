"""The tantivy schema of an index and the rows that go in it."""

import hashlib
import math
import time
from functools import lru_cache

import tantivy

from kervan_search import weights
from kervan_search.engine import Document, IndexSpec
from kervan_search.terms import terms_of
from kervan_search.text import tokens

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


@lru_cache(maxsize=100_000)
def _beginnings(word: str) -> tuple[str, ...]:
    return tuple(word[:length] for length in range(1, SHORT_PREFIX + 1))


def make_row(spec: IndexSpec, document: Document, now: float | None = None) -> tantivy.Document:
    """The document as tantivy keeps it."""
    row = tantivy.Document()
    row.add_text("id", document.id)
    row.add_integer("version", document.version)
    row.add_text("label", document.label)
    terms = terms_of(document)
    begins: dict[str, None] = {}
    for name, (plain, stemmed) in terms.places.items():
        row.add_text(name, " ".join(plain))
        row.add_text(name + "s", " ".join(stemmed))
        if name != "x":
            for beginnings in map(_beginnings, plain):
                begins.update(dict.fromkeys(beginnings))
    row.add_text("all", " ".join(terms.words))
    row.add_text("alls", " ".join(terms.forms))
    row.add_text("begin", " ".join(begins))
    row.add_text("code", " ".join(terms.codes))
    row.add_text("labels", " ".join(tokens(document.label)))
    for name, values in document.facets.items():
        for value in dict.fromkeys(values):
            row.add_text("f_" + name, value)
    for name, number in document.numbers.items():
        row.add_float("n_" + name, float(number) + 0.0)  # -0.0 would stand before 0.0
    row.add_float("weight", static_weight(document, time.time() if now is None else now))
    return row
