"""Languages of the pages: which there are, which one a request wants, and the sentences of each."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, lru_cache
from gettext import c2py
from pathlib import Path
from typing import Any

import msgspec
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from litestar.connection import ASGIConnection

from kervan.errors import KervanError
from kervan.trade.errors import TradeError
from kervan.trade.languages import direction


class Language(msgspec.Struct, frozen=True):
    """A language of the pages: code in addresses, its name in itself, direction, and the CLDR locale of its figures."""

    code: str
    name: str
    locale: str
    dir: str


def _language(code: str, name: str, locale: str) -> Language:
    return Language(code=code, name=name, locale=locale, dir=direction(code))


# A new language is one line here and one catalogue under locale/. English dates and figures are the British ones.
LANGUAGES: tuple[Language, ...] = (
    _language("en", "English", "en_GB"),
    _language("tr", "Türkçe", "tr_TR"),
)
BY_CODE: Mapping[str, Language] = {language.code: language for language in LANGUAGES}
DEFAULT = "en"

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"


class Catalogue(msgspec.Struct, frozen=True):
    """The sentences of one language by msgid; a counted one has its forms and the rule that picks one."""

    messages: Mapping[str, str]
    counted: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]


@cache
def catalogue(language: str) -> Catalogue:
    """What locale/<language>/LC_MESSAGES/kervan.po says; untranslated and fuzzy entries are left out."""
    path = LOCALE_DIR / language / "LC_MESSAGES" / "kervan.po"
    if not path.is_file():
        return Catalogue({}, {}, c2py("n != 1"))
    with path.open("rb") as file:
        entries = read_po(file, locale=language)
    messages: dict[str, str] = {}
    counted: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if not entry.id or entry.fuzzy:
            continue
        if isinstance(entry.id, tuple | list):
            forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
            if forms and all(forms):
                counted[entry.id[0]] = forms
        elif entry.string:
            messages[entry.id] = str(entry.string)
    return Catalogue(messages, counted, c2py(entries.plural_expr))


def gettext(language: str, msgid: str) -> str:
    """The sentence in the language, placeholders unfilled; the English msgid where it is not translated."""
    return catalogue(language).messages.get(msgid, msgid)


def ngettext(language: str, singular: str, plural: str, count: int) -> str:
    """The form of a counted sentence that `count` needs, placeholders unfilled."""
    found = catalogue(language)
    forms = found.counted.get(singular)
    if forms is None:
        return singular if count == 1 else plural
    return forms[min(found.form(count), len(forms) - 1)]


def translate(language: str, msgid: str, **params: object) -> str:
    """The sentence in the language, its {placeholders} filled; a translation with a wrong placeholder is not used."""
    return fill(gettext(language, msgid), msgid, params)


def fill(sentence: str, msgid: str, params: Mapping[str, object]) -> str:
    """The sentence with its {placeholders} filled, or the msgid's, or the bare msgid: showing an error never fails."""
    if not params:
        return sentence
    for text in (sentence, msgid):
        try:
            return text.format_map(params)
        except (KeyError, IndexError, ValueError, AttributeError):
            continue
    return msgid


def sentence(language: str, error: KervanError | TradeError | str) -> str:
    """What the user reads of an error or of a bare msgid; days among its parameters as the language writes them."""
    if isinstance(error, str):
        return gettext(language, error)
    params = {name: _of_reader(language, value) for name, value in error.params.items()}
    return translate(language, error.message, **params)


def _of_reader(language: str, value: object) -> object:
    if type(value) is not date:
        return value
    return format_date(value, "d MMMM y", locale=BY_CODE[language].locale)


@lru_cache(maxsize=4096)
def figure(number: int, language: str) -> str:
    """A whole number as the language writes it: 19,406 or 19.406."""
    return format_decimal(number, locale=BY_CODE[language].locale)


def split_path(path: str) -> tuple[str | None, str]:
    """The language that a path begins with (None when none) and the path behind it, at least '/'."""
    code, _, rest = path[1:].partition("/")
    return (code, "/" + rest) if code in BY_CODE else (None, path)


def language_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The language of an answer: the address says it, else Accept-Language."""
    language, _ = split_path(connection.scope["path"])
    return language or preferred(connection.headers.get("accept-language", ""))


@lru_cache(maxsize=1024)
def preferred(header: str) -> str:
    """The language that an Accept-Language header wants most among ours; English when it wants none of them."""
    best, best_quality = DEFAULT, 0.0
    for part in header[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        code = tag.strip().partition("-")[0].casefold()
        quality = _quality(parameters)
        if code in BY_CODE and quality > best_quality:
            best, best_quality = code, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
