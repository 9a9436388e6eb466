"""What a document is found by: its words in order, their stems, its codes; for every engine and the percolator."""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from kervan_search.engine import Document
from kervan_search.text import code_forms, fold, joined_of, stem_english, stem_turkish, stems, words_of


class Terms(msgspec.Struct, frozen=True):
    """A document taken apart.

    `places` are titles (t), keywords (k) and texts (x), each with its words in order and their stems; empty ones are
    left out. `words` are those of all places, `forms` the words and their stems, `codes` every form of every code.
    """

    places: dict[str, tuple[list[str], list[str]]]
    words: dict[str, None]
    forms: dict[str, None]
    codes: dict[str, None]


def terms_of(document: Document) -> Terms:
    """The document taken apart."""
    places: dict[str, tuple[list[str], list[str]]] = {}
    words: dict[str, None] = {}
    forms: dict[str, None] = {}
    for name, texts in (
        ("t", list(document.titles.items())),
        ("k", [(None, keyword) for keyword in document.keywords]),
        ("x", list(document.texts.items())),
    ):
        plain, stemmed = place(texts)
        if not plain:
            continue
        places[name] = (plain, stemmed)
        words.update(dict.fromkeys(plain))
        # Words are their own stems here too, so that one list of documents answers for the word and its forms.
        forms.update(dict.fromkeys(plain))
        forms.update(dict.fromkeys(stemmed))
    codes = {form: None for code in document.codes for form in code_forms(code)}
    return Terms(places, words, forms, codes)


def place(texts: Iterable[tuple[str | None, str]]) -> tuple[list[str], list[str]]:
    """The words of (language, text) pairs in order, and their stems; the language decides only on the stems."""
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
