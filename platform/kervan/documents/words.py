"""Amounts in words, as papers of trade have them against added noughts: five hundred twelve EUR 30/100."""

from decimal import Decimal

from kervan.trade.money import exponent, quantize

_SMALL = {
    "en": [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ],
    "tr": ["sıfır", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz"],
}
_TENS = {
    "en": ["-", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
    "tr": ["-", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan"],
}
_HUNDRED = {"en": "hundred", "tr": "yüz"}
_GROUPS = {
    "en": ("", "thousand", "million", "billion", "trillion"),
    "tr": ("", "bin", "milyon", "milyar", "trilyon"),
}
MOST = 10**15


def in_words(language: str, amount: Decimal, currency: str) -> str:
    """The whole part in words, the currency's code, and the rest as a fraction of it; '' from 10^15 on or below 0.

    Languages without numerals here get English ones.
    """
    language = language if language in _SMALL else "en"
    amount = quantize(amount, currency)
    if not 0 <= amount < MOST:
        return ""
    digits = exponent(currency)
    whole = int(amount)
    rest = int((amount - whole).scaleb(digits))
    fraction = f" {rest:0{digits}}/{10**digits}" if digits else ""
    return f"{cardinal(language, whole)} {currency}{fraction}"


def cardinal(language: str, number: int) -> str:
    """A whole number from 0 to 10^15 - 1 in English or Turkish: one thousand, bin."""
    if number == 0:
        return _SMALL[language][0]
    words: list[str] = []
    for power in range(len(_GROUPS[language]) - 1, -1, -1):
        group = number // 1000**power % 1000
        if not group:
            continue
        # Turkish says bin, not bir bin, but bir milyon.
        if not (language == "tr" and power == 1 and group == 1):
            words += _group(language, group)
        words.append(_GROUPS[language][power])
    return " ".join(filter(None, words))


def _group(language: str, number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words: list[str] = []
    if hundreds:
        # Turkish says yüz, not bir yüz.
        words += [] if language == "tr" and hundreds == 1 else [_SMALL[language][hundreds]]
        words.append(_HUNDRED[language])
    if rest:
        words.append(_below_hundred(language, rest))
    return words


def _below_hundred(language: str, number: int) -> str:
    if number < len(_SMALL[language]):
        return _SMALL[language][number]
    tens, ones = divmod(number, 10)
    joint = "-" if language == "en" else " "
    return _TENS[language][tens] + (joint + _SMALL[language][ones] if ones else "")
