"""The 81 provinces of Türkiye by plate code, with their ISO 3166-2 codes."""

from dataclasses import dataclass
from functools import cache

import pycountry

from kervan.trade.collation import sort_key
from kervan.trade.errors import N_, TradeError, ascii_digits, shown
from kervan_search.text import fold

# Former and everyday names, and the seats of the three provinces that are called otherwise.
_OTHER_NAMES = {
    "afyon": "03",
    "antep": "27",
    "antakya": "31",
    "icel": "33",
    "izmit": "41",
    "maras": "46",
    "adapazari": "54",
    "urfa": "63",
}


@dataclass(frozen=True, slots=True)
class Province:
    """A province: plate code '34', name İstanbul, ISO 3166-2 code TR-34, slug istanbul."""

    plate: str
    name: str
    iso: str
    slug: str


@cache
def provinces() -> tuple[Province, ...]:
    """All provinces in the Turkish alphabetical order of their names."""
    entries = (
        Province(entry.code.removeprefix("TR-"), entry.name, entry.code, fold(entry.name))
        for entry in pycountry.subdivisions
        if entry.country_code == "TR"
    )
    return tuple(sorted(entries, key=lambda entry: sort_key(entry.name, "tr")))


def province(plate: str) -> Province:
    """The province of this two-digit plate code; TradeError outside 01 to 81."""
    found = _by_plate().get(plate)
    if found is None:
        raise TradeError(N_("{text} is not a province of Türkiye."), text=shown(plate))
    return found


def find_province(text: str) -> Province:
    """The province for a name in any case or in ASCII letters, a plate or ISO code; TradeError otherwise."""
    key = " ".join(fold(ascii_digits(text)).split()) if len(text) <= 80 else ""
    plate = key.removeprefix("tr-").zfill(2)
    found = _by_slug().get(key) or _by_plate().get(plate) or _by_plate().get(_OTHER_NAMES.get(key, ""))
    if found is None:
        raise TradeError(N_("{text} is not a province of Türkiye."), text=shown(text))
    return found


@cache
def _by_plate() -> dict[str, Province]:
    return {entry.plate: entry for entry in provinces()}


@cache
def _by_slug() -> dict[str, Province]:
    return {entry.slug: entry for entry in provinces()}
