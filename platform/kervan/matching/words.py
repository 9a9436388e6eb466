"""Words of titles and of product names, as far as they tell goods apart."""

from functools import lru_cache

from kervan.matching.facts import Word
from kervan_search.text import stems, tokens

# Folded words that stand in any title and name no goods: those of the languages in which most requests are written.
_IN_ANY_TITLE = """
    the and for with our own your from under new of in to
    und fur mit der die das den von aus im am zum zur wir unsere
    et pour avec de des du la le les en sur nos notre
    para con el los las un una por per di del della da il lo gli
    ve icin ile bir для из на под من في مع
"""
_EMPTY = frozenset(_IN_ANY_TITLE.split())


def of_title(title: str, language: str | None) -> tuple[Word, ...]:
    """The words of a title that can tell goods apart, each once; single letters are left out."""
    found: dict[str, Word] = {}
    for typed in tokens(title):
        if len(typed) > 1 and typed not in _EMPTY:
            found.setdefault(typed, Word(typed, frozenset((typed, *stems(typed, language)))))
    return tuple(found.values())


@lru_cache(maxsize=50_000)
def of_goods(names: str) -> frozenset[str]:
    """The stems of a product's names and keywords, given as one text."""
    return frozenset(stem for word in tokens(names) for stem in (word, *stems(word)))
