"""The questions asked of every engine, by class, as parameters of the API; no question of a class comes twice.

Engines remember counts and plans of what they were asked before. Distinct questions measure the work, not the memory;
only `browse all` repeats, because there is but one such question.
"""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode

import inventory
from words import COLOURS, GOODS, MATERIALS, TRAITS, USES

Params = dict[str, list[str]]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SORTS = ("price", "-price", "newest", "moq")
_MOQ = ("-10", "10-50", "50-100", "100-500", "500-")


def _weighted(dice: random.Random, items: dict[str, float]) -> list[str]:
    """All of them once, frequent ones tending to come first (sampling without putting back)."""
    return sorted(items, key=lambda item: -(dice.random() ** (1 / items[item])))


def _cased(dice: random.Random) -> Iterator[str]:
    """Every word of the inventory in three spellings that mean the same and are remembered apart."""
    words = inventory.words()
    spellings: tuple[Callable[[str], str], ...] = (str, str.capitalize, str.upper)
    for spelling in spellings:
        yield from (spelling(word) for word in _weighted(dice, words))


def _one_word(dice: random.Random) -> Iterator[Params]:
    return ({"q": [word]} for word in _cased(dice))


def _typo(dice: random.Random) -> Iterator[Params]:
    words = _weighted(dice, {word: weight for word, weight in inventory.words().items() if len(word) >= 5})
    for word in itertools.cycle(words):
        place = dice.randrange(1, len(word))
        kind = dice.randrange(4)
        if kind == 0:
            wrong = word[:place] + word[place + 1 :]
        elif kind == 1:
            wrong = word[:place] + dice.choice(_LETTERS) + word[place + 1 :]
        elif kind == 2:
            wrong = word[:place] + dice.choice(_LETTERS) + word[place:]
        else:
            wrong = word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :]
        if wrong != word:
            yield {"q": [wrong]}


def _two_words(dice: random.Random) -> Iterator[Params]:
    while True:
        language = dice.randrange(2)
        before = dice.choice((MATERIALS, TRAITS, COLOURS, USES))
        pair = dice.choices(before, inventory.zipf(len(before), 0.6))[0]
        good = _good(dice)[1 + language].split()[-1]
        yield {"q": [f"{pair[language].split()[0]} {good}"]}


def _good(dice: random.Random) -> tuple[str, ...]:
    return dice.choices(GOODS, inventory.zipf(len(GOODS), 0.8))[0]


def _prefix(dice: random.Random) -> Iterator[Params]:
    for word in _cased(dice):
        for length in dice.sample((2, 3, 4, 5), 2):
            if len(word) > length:
                yield {"q": [word[:length]]}


def _filter(dice: random.Random) -> Iterator[Params]:
    """A province or a chapter with a price from: wide, as a first click is, and still no two alike."""
    while True:
        if dice.random() < 0.5:
            chosen = {"province": [dice.choices(inventory.PROVINCES, inventory.zipf(81))[0]]}
        else:
            chosen = {"chapter": [_good(dice)[0][:2]]}
        yield {**chosen, "price_from": [f"{dice.uniform(0.1, 20):.2f}"]}


def _disjunctive(dice: random.Random) -> Iterator[Params]:
    while True:
        provinces = dict.fromkeys(dice.choices(inventory.PROVINCES, inventory.zipf(81), k=4))
        yield {
            "q": [_good(dice)[1 + dice.randrange(2)].split()[-1]],
            "province": list(provinces),
            "moq": dice.sample(_MOQ, 2),
        }


def _sort(dice: random.Random) -> Iterator[Params]:
    for word in _cased(dice):
        yield {"q": [word], "micro": ["yes"], "sort": [dice.choice(_SORTS)]}


def _browse(dice: random.Random) -> Iterator[Params]:
    pages = list(range(1, 51))
    while True:
        dice.shuffle(pages)
        yield from ({"page": [str(page)]} for page in pages)


Classes = Mapping[str, Callable[[random.Random], Iterator[Params]]]

CLASSES: Classes = {
    "one word": _one_word,
    "typo": _typo,
    "two words": _two_words,
    "prefix": _prefix,
    "filter + all facets": _filter,
    "disjunctive filters": _disjunctive,
    "sort": _sort,
    "browse all + facets": _browse,
}


def questions(name: str, count: int, classes: Classes = CLASSES) -> list[Params]:
    """The first `count` questions of a class, distinct except for `browse all`."""
    dice = random.Random(f"{name}/{inventory.SEED}")
    seen: set[str] = set()
    found: list[Params] = []
    for params in classes[name](dice):
        key = urlencode(params, doseq=True)
        if key not in seen or name.startswith("browse"):
            seen.add(key)
            found.append(params)
            if len(found) == count:
                break
    return found


def api_path(params: Params) -> str:
    """The address that asks our API this."""
    return "/api/v1/products?" + urlencode({**params, "lang": "en"}, doseq=True)


def page_path(params: Params, language: str) -> str:
    """The address of the results page that shows this."""
    return f"/{language}/products?" + urlencode(params, doseq=True)
