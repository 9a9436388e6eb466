"""(o) The board: its searches with facets, asked as those of the products are."""

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import demand
import questions
from inventory import zipf
from part_search import Asking
from questions import Params
from words import GOODS

from kervan.discovery import bands, requests
from kervan.requests import board

REQUESTS = 5000


async def _find(engine: Any, params: Params) -> object:
    """The engine's part of board.find: the page, and what closes when."""
    day = board.today()
    query = board._query(requests.parse("requests", "en", params), day)
    return await board._answers(lambda one: engine.search("requests", one), query, day)


def _path(params: Params) -> str:
    return "/api/v1/requests?" + urlencode({**params, "lang": "en"}, doseq=True)


ASKING = Asking("requests", _path, _find)


def _heading(dice: random.Random) -> str:
    return dice.choices(GOODS, zipf(len(GOODS), 0.8))[0][0]


def _country(dice: random.Random) -> str:
    return dice.choices(demand.COUNTRIES, zipf(len(demand.COUNTRIES)))[0]


def _filter(dice: random.Random) -> Iterator[Params]:
    """A country or a chapter with a smallest quantity: wide, and no two alike."""
    while True:
        chosen = {"country": [_country(dice)]} if dice.random() < 0.5 else {"chapter": [_heading(dice)[:2]]}
        yield {**chosen, "quantity_from": [str(dice.randrange(1, 1000))]}


def _disjunctive(dice: random.Random) -> Iterator[Params]:
    while True:
        countries = dict.fromkeys(_country(dice) for _ in range(4))
        closing = dice.sample([band.slug for band in bands.DEADLINE], 2)
        yield {
            "country": list(countries),
            "deadline": closing,
            "buyer_type": dice.sample([str(kind) for kind in demand.BUYERS], 2),
        }


def _sort(dice: random.Random) -> Iterator[Params]:
    for params in questions.CLASSES["one word"](dice):
        yield {**params, "sort": [dice.choice(("newest", "closing"))]}


CLASSES: questions.Classes = {
    **{name: questions.CLASSES[name] for name in ("one word", "typo", "two words", "prefix")},
    "filter + all facets": _filter,
    "disjunctive filters": _disjunctive,
    "sort": _sort,
    "browse all + facets": questions.CLASSES["browse all + facets"],
}
