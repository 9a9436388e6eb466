"""What cells of foreign lists mean: days in the forms that their authors write, the language of a text."""

import re
from datetime import date
from functools import cache
from typing import Literal

from babel import Locale

from kervan.trade.errors import ascii_digits
from kervan_search.text import fold, tokens

DayOrder = Literal["dmy", "mdy"]

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?![\d-])")
_PLAIN = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T|\s|$)")
_NUMBERS = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?!\d)")
_MONTH_INSIDE = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+([^\W\d_]+)\.?,?[\s-]+(\d{4})(?!\d)")
_MONTH_FIRST = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)")
_MONTH_LANGUAGES = ("en", "tr", "de", "fr", "es", "it", "pt", "nl")

# Words that nearly every sentence of a language holds and few of another one, folded.
_WORDS = {
    "en": "the and of to in is for with shall this will be are by that or from",
    "tr": "ve bir icin ile olan bu da de olarak alimi ihalesi tarafindan gore gibi",
    "de": "der die das und ist von mit fur des den ein eine wird zur im auf",
    "fr": "le la les et des du pour une dans est sur par aux cette avec",
    "es": "el los las y del para una con por que se al este suministro",
    "it": "il lo gli della per di che con un una sono dei nel alla fornitura",
    "pt": "o os as e do da para um uma com por que dos das fornecimento",
    "nl": "de het een en van voor met is op zijn aan wordt door levering",
}
_SCRIPTS = (
    (re.compile("[іїєґ]"), "uk"),
    (re.compile("[\u0400-\u04ff]"), "ru"),
    (re.compile("[پچژگ]"), "fa"),
    (re.compile("[\u0600-\u06ff]"), "ar"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u0590-\u05ff]"), "he"),
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\uac00-\ud7af]"), "ko"),
    (re.compile("[\u4e00-\u9fff]"), "zh"),
)
_LETTER = re.compile(r"[^\W\d_]")
_LEAST_WORDS = 2


def day(text: str, order: DayOrder = "dmy") -> date | None:
    """The day that a text begins with or holds, as it is written there; None when there is none.

    2013-09-27Z, 2015-07-16T15:04:41+00:00, 20140724, 24.07.2014 (`order` says which of the first two is the day),
    24 July 2014, July 24, 2014, each with or without an hour and a time zone behind it: the day is the author's.
    """
    plain = ascii_digits(text).strip()[:80]
    for pattern in (_ISO, _PLAIN):
        if found := pattern.match(plain):
            return _date(found[1], found[2], found[3])
    if found := _NUMBERS.search(plain):
        first, second = (found[1], found[2]) if order == "dmy" else (found[2], found[1])
        return _date(found[3], second, first)
    if found := _MONTH_INSIDE.search(plain):
        return _date(found[3], _month(found[2]), found[1])
    if found := _MONTH_FIRST.search(plain):
        return _date(found[3], _month(found[1]), found[2])
    return None


def _month(word: str) -> str:
    return str(_months().get(fold(word).rstrip("."), 0))


@cache
def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for code in _MONTH_LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in Locale(code).months["format"][width].items():
                found.setdefault(fold(name).rstrip("."), number)
    return found


def _date(year: str, month: str, number: str) -> date | None:
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        return None


def language_of(text: str) -> str | None:
    """The language of a text (ISO 639-1) by its script, for Latin letters by its small words; None when unsure.

    A language of which at least two small words stand in the text, and more than of any other, is taken.
    """
    letters = _LETTER.findall(text[:5000])
    for script, code in _SCRIPTS:
        if sum(bool(script.match(char)) for char in letters) > len(letters) / 3:
            return code
        # A few letters say which of the languages of one script it is.
        if code in ("uk", "fa") and script.search(text[:5000]) and _foreign(letters):
            return code
    words = frozenset(tokens(text[:5000]))
    counted = sorted(((len(words & known), code) for code, known in _small_words().items()), reverse=True)
    best, second = counted[0], counted[1]
    return best[1] if best[0] >= _LEAST_WORDS and best[0] > second[0] else None


def _foreign(letters: list[str]) -> bool:
    return sum(char > "\u0370" for char in letters) > len(letters) / 2


@cache
def _small_words() -> dict[str, frozenset[str]]:
    return {code: frozenset(words.split()) for code, words in _WORDS.items()}


def first_sentence(text: str, longest: int) -> str:
    """The first sentence of a text, cut behind a word where it is longer; '' for none."""
    plain = " ".join(text.split())
    found = re.match(r".{20,}?[.!?](?=\s|$)", plain)
    sentence = found[0] if found else plain
    return cut(sentence, longest)


def cut(text: str, longest: int) -> str:
    """The text with at most so many characters, cut behind a word with three dots."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 1].rstrip()
    whole, space, _ = kept.rpartition(" ")
    return (whole if space and len(whole) > longest // 2 else kept).rstrip(" ,;:") + "…"
