"""The words on printed documents, and figures as the field writes them in columns: 1,234.56 or 1.234,56."""

from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_decimal

from kervan.documents.structs import FxNote, Kind, LineKind, Party
from kervan.trade.errors import N_
from kervan.trade.firm_numbers import OTHER, schemes
from kervan.trade.money import exponent
from kervan.web import formats, i18n

TITLES = {
    Kind.PROFORMA: N_("Proforma invoice"),
    Kind.INVOICE: N_("Commercial invoice"),
    Kind.PACKING_LIST: N_("Packing list"),
    Kind.EXPORT_FORM: N_("Export information form"),
}
CHARGES = {
    LineKind.FREIGHT: N_("Freight"),
    LineKind.INSURANCE: N_("Insurance"),
    LineKind.BANK_COMMISSION: N_("Bank commission"),
    LineKind.PACKAGING: N_("Packaging"),
}
# UNECE Recommendation 19.
MODES = {
    1: N_("Sea"),
    2: N_("Rail"),
    3: N_("Road"),
    4: N_("Air"),
    5: N_("Postal service"),
    6: N_("Multimodal"),
    7: N_("Fixed installation"),
    8: N_("Inland water"),
}
OTHER_NUMBER = N_("Company number")


def label_language(language: str) -> str:
    """The language of the words on a print for somebody who reads `language`; English where we have none of theirs."""
    return language if language in i18n.BY_CODE else i18n.DEFAULT


@lru_cache(maxsize=4096)
def figure(language: str, value: Decimal, least: int, most: int) -> str:
    """A number with at least and at most so many decimals: 1,234.50."""
    locale = i18n.BY_CODE[language].locale
    pattern = f"#,##0{'.' if most else ''}{'0' * least}{'#' * (most - least)}"
    return format_decimal(value, format=pattern, locale=locale, group_separator=True)


def amount(language: str, value: Decimal, currency: str) -> str:
    """An amount with the currency's digits and without its sign: the head of the column says the currency."""
    digits = exponent(currency)
    return figure(language, value, digits, digits)


def price(language: str, value: Decimal, digits: int) -> str:
    """A unit price with so many decimals."""
    return figure(language, value, digits, digits)


def kilograms(language: str, grams: int) -> str:
    """A weight for a column that says kg: three decimals, one a gram."""
    return figure(language, Decimal(grams) / 1000, 3, 3)


def quantity(language: str, count: int, unit: str) -> tuple[str, str]:
    """How many, and the unit's name beside it: ("1,200", "pieces")."""
    number, _, name = formats.unit_count(language, count, unit).partition(" ")
    return number, name


def share(language: str, part: Decimal, whole: Decimal) -> str:
    """A discount as percent of what it was taken off, two decimals at most; '' of nothing."""
    if not whole:
        return ""
    percent = figure(language, part / whole * 100, 0, 2)
    return f"%{percent}" if language == "tr" else f"{percent}%"


def number_name(language: str, party: Party) -> str:
    """What a foreign firm's number is called: EU VAT number, EORI number; "Company number" for an unknown kind."""
    code = (party.number_scheme or "").casefold()
    known = {scheme.code: scheme.name for scheme in schemes(party.address.country) if scheme.code != OTHER}
    return i18n.gettext(language, known.get(code, OTHER_NUMBER))


def rate(language: str, note: FxNote) -> str:
    """A frozen exchange rate in one sentence."""
    return i18n.translate(
        language,
        N_("1 {currency} = {rate} {to} ({source}, {date})"),
        currency=note.currency,
        rate=figure(language, note.rate, 4, 6),
        to=note.to,
        source=note.source,
        date=formats.day(language, note.date),
    )
