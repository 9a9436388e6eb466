"""The languages in which firms write and speak: ISO 639-1 codes, named by CLDR in every language."""

from functools import cache
from typing import Literal

from babel import Locale

from kervan.trade.collation import sort_key
from kervan.trade.errors import N_, TradeError, shown

# Official and trade languages of the countries that Türkiye exports to.
LANGUAGES = (
    "tr", "en", "de", "fr", "es", "it", "ru", "ar", "zh", "pt", "az", "be", "bg", "bn",
    "bs", "ca", "cs", "da", "el", "et", "fa", "fi", "he", "hi", "hr", "hu", "hy", "id",
    "ja", "ka", "kk", "ko", "ku", "ky", "lt", "lv", "mk", "ms", "nl", "no", "pl", "ro",
    "sk", "sl", "sq", "sr", "sv", "sw", "tg", "th", "tk", "uk", "ur", "uz", "vi",
)  # fmt: skip

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def is_language(code: str) -> bool:
    """Whether the two small letters are a language that the platform knows."""
    return code in LANGUAGES


def language_name(code: str, locale: str) -> str:
    """The language's name in the locale: Almanca, German, Deutsch. TradeError for an unknown code."""
    if not is_language(code):
        raise TradeError(N_("{code} is not a language code; write for example tr or en."), code=shown(code))
    return str(Locale.parse(locale, sep="-").languages[code])


def direction(code: str) -> Literal["ltr", "rtl"]:
    """How a text of this language runs, for the `dir` attribute of a page."""
    return "rtl" if code in _RIGHT_TO_LEFT else "ltr"


@cache
def languages(locale: str) -> tuple[tuple[str, str], ...]:
    """All languages as (code, name), in the locale's alphabetical order."""
    return tuple(
        sorted(
            ((code, language_name(code, locale)) for code in LANGUAGES),
            key=lambda pair: sort_key(pair[1], locale),
        )
    )
