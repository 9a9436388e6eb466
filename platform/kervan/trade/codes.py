"""Tariff codes: HS 2, 4, 6 digits and the Turkish 12-digit GTIP, as digits inside and dotted for people."""

import re
import unicodedata

from kervan.trade.errors import N_, TradeError, ascii_digits, shown
from kervan_search.text import fold

LENGTHS = (2, 4, 6, 8, 10, 12)

# The last chapter of each section, I to XXI: HS 2022 (WCO), the same since the HS began in 1988.
_LAST_CHAPTERS = (5, 14, 15, 24, 27, 38, 40, 43, 46, 49, 63, 67, 70, 71, 83, 85, 89, 92, 93, 96, 97)

_LONGEST_INPUT = 64
_SPOKEN_PREFIX = re.compile(r"^(?:hs ?code|hs|gtip(?: ?(?:no|kodu))?|taric|cn)\s*[:.]?\s*(?=\d)")
# 6109 10 00, 6109.10, 61.09, 610910: pairs after a heading; a two-digit start needs dots, so that "20 30"
# is no code.
_CODE_SHAPE = re.compile(r"^(?:\d{4}(?:[ .\-/]?\d{2}){0,4}|\d{2}(?:\.\d{2}){0,5})$")


def parse_code(text: str) -> str:
    """The digits of a tariff code written in any way: dots, spaces, dashes, full-width digits.

    2, 4, 6, 8, 10 or 12 digits of a chapter that the HS uses (01-97 without 77); whether the code is in the
    nomenclature is asked of `nomenclature.exists`. TradeError for anything else.
    """
    if len(text) > _LONGEST_INPUT:
        raise TradeError(N_("A tariff code has at most 12 digits."))
    digits = _only_digits(text)
    if not digits:
        raise TradeError(N_("Enter a tariff code, for example 6109.10."))
    if len(digits) not in LENGTHS:
        raise TradeError(
            N_("A tariff code has 2, 4, 6, 8, 10 or 12 digits; {code} has {count}. Do not drop a leading 0."),
            code=shown(text),
            count=len(digits),
        )
    if not _chapter_in_use(digits[:2]):
        raise TradeError(
            N_("{code} is not a tariff code: there is no chapter {chapter}."),
            code=shown(text),
            chapter=digits[:2],
        )
    return digits


def parse_gtip(text: str) -> str:
    """The 12 digits of a full Turkish GTIP: 6 of the HS, 2 of the CN, 2 national, 2 statistical.

    TradeError for a shorter code or whatever `parse_code` refuses.
    """
    digits = parse_code(text)
    if len(digits) != 12:
        raise TradeError(
            N_("A GTIP has 12 digits, for example 6109.10.00.00.11; {code} has {count}."),
            code=shown(text),
            count=len(digits),
        )
    return digits


def format_gtip(code: str) -> str:
    """The code with dots as customs prints it: 6109.10.00.00.11, 6109.10, 61. Takes digits only."""
    return ".".join((code[:4], *(code[start : start + 2] for start in range(4, len(code), 2))))


def chapter_of(code: str) -> str:
    """The two digits of the code's chapter."""
    return code[:2]


def heading_of(code: str) -> str | None:
    """The four digits of the code's heading; None for a chapter."""
    return code[:4] if len(code) >= 4 else None


def hs6_of(code: str) -> str | None:
    """The six digits that all countries share; None when the code is shorter."""
    return code[:6] if len(code) >= 6 else None


def section_of(code: str) -> int:
    """The number, 1 to 21, of the section that holds the code's chapter; TradeError outside 01-97."""
    chapter = int(code[:2]) if code[:2].isdecimal() else 0
    for number, last in enumerate(_LAST_CHAPTERS, start=1):
        if 1 <= chapter <= last:
            return number
    raise TradeError(
        N_("{code} is not a tariff code: there is no chapter {chapter}."),
        code=shown(code),
        chapter=shown(code[:2]),
    )


def prefixes(code: str) -> list[str]:
    """The code and all that contain it, widest first: ['61', '6109', '610910', ...]."""
    return [code[:length] for length in LENGTHS if length <= len(code)]


def looks_like_code(text: str) -> str | None:
    """The digits of a search query that is shaped like a tariff code (6109.10, GTIP 6109 10), else None.

    Only the shape and the chapter are judged: "2024" is shaped like a code too, so ask `nomenclature.exists`.
    """
    if len(text) > _LONGEST_INPUT:
        return None
    query = _SPOKEN_PREFIX.sub("", fold(ascii_digits(text)).strip()).rstrip(" .-/")
    if not _CODE_SHAPE.match(query):
        return None
    digits = re.sub(r"\D", "", query)
    return digits if _chapter_in_use(digits[:2]) else None


def _only_digits(text: str) -> str:
    digits = []
    for char in ascii_digits(text):
        if char.isdecimal():
            digits.append(char)
        elif not (char.isspace() or unicodedata.category(char) in _IGNORED):
            raise TradeError(N_("{code} is not a tariff code: write digits only."), code=shown(text))
    return "".join(digits)


# Punctuation, spaces, and the invisible marks that come along when a code is copied from a PDF.
_IGNORED = frozenset({"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Zs", "Zl", "Zp", "Cf"})


def _chapter_in_use(chapter: str) -> bool:
    return "01" <= chapter <= "97" and chapter != "77"
