"""Weights in grams and lengths in millimetres: read from text, shown in the unit that people expect."""

import re
from decimal import ROUND_CEILING, Decimal

from babel import Locale
from babel.units import format_unit

from kervan.trade.errors import N_, TradeError, ascii_digits, shown
from kervan.trade.money import DecimalMark, parse_amount
from kervan_search.text import fold

_GRAMS = {
    "mg": Decimal("0.001"),
    "g": Decimal(1),
    "gr": Decimal(1),
    "gram": Decimal(1),
    "grams": Decimal(1),
    "kg": Decimal(1000),
    "kilo": Decimal(1000),
    "kilogram": Decimal(1000),
    "kilograms": Decimal(1000),
    "t": Decimal(1_000_000),
    "ton": Decimal(1_000_000),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
_MILLIMETRES = {
    "mm": Decimal(1),
    "cm": Decimal(10),
    "m": Decimal(1000),
    "mt": Decimal(1000),
    "in": Decimal("25.4"),
    "ft": Decimal("304.8"),
}
_LARGEST = 2_000_000_000  # fits a PostgreSQL integer: 2,000 tonnes, 2,000 kilometres

_MEASURE = re.compile(r"(?P<number>[-0-9.,'’\s]+?)\s*(?P<unit>[a-z]*)\.?")


def format_weight(grams: int, locale: str) -> str:
    """A weight as the locale writes it: 455 g, from 1,000 g on in kilograms: 1.2 kg, in Turkish 1,2 kg."""
    if abs(grams) < 1000:
        return _format(Decimal(grams), "mass-gram", locale)
    return _format(Decimal(grams) / 1000, "mass-kilogram", locale)


def format_length(millimetres: int, locale: str) -> str:
    """A length as the locale writes it: 8 mm, from 10 mm on in centimetres, from 1,000 mm on in metres."""
    if abs(millimetres) < 10:
        return _format(Decimal(millimetres), "length-millimeter", locale)
    if abs(millimetres) < 1000:
        return _format(Decimal(millimetres) / 10, "length-centimeter", locale)
    return _format(Decimal(millimetres) / 1000, "length-meter", locale)


def parse_weight_g(text: str, decimal: DecimalMark | None = None, unit: str | None = None) -> int:
    """Whole grams of a weight such as "1,2 kg", "455 g" or "2 lb"; a part of a gram counts as a whole one.

    Rounding goes up because limits are upper limits. Without `decimal` either mark is taken, and "1,200 kg"
    is refused because it can be read in two ways. `unit` stands for a number without one. TradeError
    otherwise.
    """
    return _parse(
        text, decimal, unit, _GRAMS, N_("{text} is not a weight; write for example 455 g or 1.2 kg.")
    )


def parse_length_mm(text: str, decimal: DecimalMark | None = None, unit: str | None = None) -> int:
    """Whole millimetres of a length such as "30 cm" or "1,5 m", rounded up; the rest as for weights."""
    return _parse(text, decimal, unit, _MILLIMETRES, N_("{text} is not a length; write for example 30 cm."))


def _parse(
    text: str, decimal: DecimalMark | None, unit: str | None, sizes: dict[str, Decimal], sentence: str
) -> int:
    match = _MEASURE.fullmatch(fold(ascii_digits(text)).strip()) if len(text) <= 64 else None
    size = sizes.get(match["unit"] or unit or "") if match else None
    if match is None or size is None:
        raise TradeError(sentence, text=shown(text))
    number = match["number"].strip()
    value = parse_amount(number, decimal or _mark_of(number, text)) * size
    if value > _LARGEST:
        raise TradeError(N_("{text} is more than the platform can hold."), text=shown(text))
    return int(value.to_integral_value(rounding=ROUND_CEILING))


def _mark_of(number: str, text: str) -> DecimalMark:
    """The decimal mark of a number whose writer is unknown: the last one used; TradeError when unclear."""
    last: DecimalMark = "," if number.rfind(",") > number.rfind(".") else "."
    before, mark, after = number.rpartition(last)
    if mark and len(after) == 3 and not re.search(r"[.,]", before) and before.lstrip("0"):
        raise TradeError(
            N_("{text} can be read in two ways; write the number without a thousands mark."), text=shown(text)
        )
    if number.count(last) > 1:
        return "." if last == "," else ","
    return last


def _format(value: Decimal, unit: str, locale: str) -> str:
    return format_unit(value, unit, length="short", format="#,##0.###", locale=Locale.parse(locale, sep="-"))
