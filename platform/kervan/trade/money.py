"""Money: exact decimal amounts with an ISO 4217 currency, read strictly from text and shown by locale."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Literal

import pycountry
from babel import Locale
from babel.numbers import format_currency, get_currency_name, get_currency_precision, get_currency_symbol

from kervan.trade.errors import N_, TradeError, ascii_digits, shown

DecimalMark = Literal[",", "."]

_LONGEST_INPUT = 64
_MOST_INTEGER_DIGITS = 15
_MOST_FRACTION_DIGITS = 6
# Grouping by the other mark, a space (plain, no-break, narrow no-break, thin) or an apostrophe, always in
# threes.
_SPACES = " \u00a0\u202f\u2009"
# These signs mean one currency only; a bare $ or ¥ is spelled out as the ISO code.
_CLEAR_SIGNS = {"EUR": "€", "TRY": "₺", "GBP": "£"}


@dataclass(frozen=True, slots=True)
class Money:
    """An exact, finite amount in an ISO 4217 currency; TradeError when it is neither."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise TradeError(N_("An amount must be a number."))
        require_currency(self.currency)


@cache
def currencies() -> frozenset[str]:
    """The alphabetic codes of ISO 4217 (pycountry), without the codes for tests and for no currency."""
    return frozenset(entry.alpha_3 for entry in pycountry.currencies) - {"XTS", "XXX"}


def require_currency(code: str) -> str:
    """The code itself when ISO 4217 lists it; TradeError otherwise."""
    if code not in currencies():
        raise TradeError(N_("{code} is not a currency code; write for example EUR or USD."), code=shown(code))
    return code


def currency_name(code: str, locale: str) -> str:
    """The name of the currency in the locale, in the singular: euro, ABD doları."""
    return get_currency_name(require_currency(code), count=1, locale=Locale.parse(locale, sep="-"))


def exponent(currency: str) -> int:
    """How many digits the currency has after the decimal mark (CLDR): EUR 2, JPY 0, KWD 3."""
    return get_currency_precision(require_currency(currency))


def places(amount: Decimal) -> int:
    """How many digits a finite amount has after the decimal mark, noughts at the end left out: 1.50 has one.

    Exact for every amount; Decimal.normalize() makes a nought of the smallest and rounds the longest.
    """
    _, digits, exponent = amount.as_tuple()
    noughts = next((n for n, digit in enumerate(reversed(digits)) if digit), None)
    return 0 if noughts is None else max(0, -int(exponent) - noughts)


def quantize(amount: Decimal, currency: str) -> Decimal:
    """The amount rounded to the currency's digits, halves away from zero."""
    return amount.quantize(Decimal(1).scaleb(-exponent(currency)), rounding=ROUND_HALF_UP)


def parse_amount(text: str, decimal: DecimalMark, negative: bool = False) -> Decimal:
    """The exact number that a person or a spreadsheet wrote with this decimal mark.

    "1.234,56" and "1 234,56" with ",", "1,234.56" with "."; full-width digits too. Groups must be of three
    digits, so a number written with the wrong mark is refused rather than read as a hundredfold. Up to 15
    digits before and 6 after the mark; below zero only where `negative` allows it. TradeError for
    everything else, among it formulas, exponents, NaN and Infinity.
    """
    number = ascii_digits(text).strip() if len(text) <= _LONGEST_INPUT else ""
    if not number and len(text) <= _LONGEST_INPUT:
        raise TradeError(N_("Enter an amount."))
    match = _pattern(decimal).fullmatch(number)
    if match is None:
        raise TradeError(
            N_("{text} is not an amount; write it like {example}."),
            text=shown(text),
            example="1.234,56" if decimal == "," else "1,234.56",
        )
    if match["sign"] and not negative:
        raise TradeError(N_("An amount cannot be below zero."))
    whole = re.sub(r"\D", "", match["whole"])
    fraction = match["fraction"] or ""
    if len(whole.lstrip("0")) > _MOST_INTEGER_DIGITS or len(fraction.rstrip("0")) > _MOST_FRACTION_DIGITS:
        raise TradeError(N_("{text} has too many digits for an amount."), text=shown(text))
    return (
        Decimal(f"{match['sign']}{whole}.{fraction or '0'}") if fraction else Decimal(match["sign"] + whole)
    )


def format_money(amount: Decimal, currency: str, locale: str) -> str:
    """The amount as the locale writes it: €12,50 in Turkish, €12.50 in English, USD 12.50.

    A sign that several currencies share is replaced by the ISO code. An amount finer than the currency's
    digits (a unit price of 0.0125 EUR) keeps all of them.
    """
    where = Locale.parse(locale, sep="-")
    clear = _CLEAR_SIGNS.get(require_currency(currency)) == get_currency_symbol(currency, locale=where)
    pattern = where.currency_formats["standard"].pattern
    if not clear:
        pattern = re.sub(
            r"(?<=[#0])¤¤", "\u00a0¤¤", re.sub(r"¤¤(?=[#0])", "¤¤\u00a0", pattern.replace("¤", "¤¤"))
        )
    return format_currency(amount, currency, format=pattern, locale=where, decimal_quantization=False)


@cache
def _pattern(decimal: DecimalMark) -> re.Pattern[str]:
    other = "." if decimal == "," else ","
    # One kind of group mark through the whole number.
    grouped = "|".join(
        rf"[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+" for mark in (other, "'", "’", *_SPACES)
    )
    return re.compile(
        rf"(?P<sign>-?)(?P<whole>[0-9]+|{grouped})(?:{re.escape(decimal)}(?P<fraction>[0-9]+))?"
    )
