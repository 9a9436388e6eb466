"""Countries: ISO 3166-1 two-letter codes, named by CLDR in every language."""

from functools import cache

import pycountry
from babel import Locale

from kervan.trade.collation import sort_key
from kervan.trade.errors import N_, TradeError, ascii_digits, shown
from kervan_search.text import fold

TURKIYE = "TR"

# Kosovo has no ISO code; XK is in the country list of GİB's e-invoice rules and in CLDR, and goods are sent
# there.
_BESIDE_ISO = frozenset({"XK"})


@cache
def country_codes() -> frozenset[str]:
    """The codes that can stand in an address: ISO 3166-1 alpha-2 and XK."""
    return frozenset(entry.alpha_2 for entry in pycountry.countries) | _BESIDE_ISO


def is_country(code: str) -> bool:
    """Whether the two capital letters are a country's code."""
    return code in country_codes()


def country_name(code: str, locale: str) -> str:
    """The country's name in the locale, Türkiye in English too; TradeError for an unknown code."""
    if not is_country(code):
        raise TradeError(N_("{code} is not a country code; write for example DE."), code=shown(code))
    if code == TURKIYE and locale.startswith("en"):
        return "Türkiye"
    return str(Locale.parse(locale, sep="-").territories[code])


@cache
def countries(locale: str) -> tuple[tuple[str, str], ...]:
    """All countries as (code, name), in the locale's alphabetical order."""
    named = ((code, country_name(code, locale)) for code in country_codes())
    return tuple(sorted(named, key=lambda pair: (sort_key(pair[1], locale), pair[0])))


def find_country(text: str) -> str:
    """The code for a two- or three-letter code or a name in Turkish or English; TradeError when unknown."""
    found = _codes_by_word().get(_key(text)) if len(text) <= 80 else None
    if found is None:
        raise TradeError(
            N_("{text} is not a country; write its name or its two-letter code."), text=shown(text)
        )
    return found


def _key(text: str) -> str:
    return " ".join(fold(ascii_digits(text)).split())


@cache
def _codes_by_word() -> dict[str, str]:
    found = {_key(code): code for code in country_codes()}
    found |= {_key(entry.alpha_3): entry.alpha_2 for entry in pycountry.countries}
    found |= {"turkey": TURKIYE, "abd": "US", "usa": "US", "uk": "GB", "ingiltere": "GB", "holland": "NL"}
    for code in sorted(country_codes()):
        for locale in ("tr", "en"):
            found.setdefault(_key(country_name(code, locale)), code)
    return found
