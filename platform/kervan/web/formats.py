"""Figures, dates, measures and names as a reader of one language expects them: the filters of the templates."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache, partial
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from kervan.trade import nomenclature, units
from kervan.trade.certificates import standards
from kervan.trade.codes import format_gtip
from kervan.trade.countries import country_name
from kervan.trade.errors import N_, NN_, TradeError
from kervan.trade.languages import language_name as name_of_language
from kervan.trade.money import format_money
from kervan.trade.provinces import province as province_of
from kervan.trade.quantities import format_length, format_weight
from kervan.web import i18n

_CACHED = 8192
_AROUND = re.compile(r"(\D*)\d.*?(\D*)\Z")
"""What stands before and after the figure of an amount."""
_SHAPE = re.compile(r"(\D*)2(\D*)222(?:(\D)(\d+))?(\D*)")


def _locale(language: str) -> str:
    return i18n.BY_CODE[language].locale


@lru_cache(maxsize=_CACHED)
def money(language: str, amount: Decimal | int | None, currency: str | None) -> str:
    """€3.10 or 3,10 €; '' without an amount."""
    if amount is None or currency is None:
        return ""
    amount = Decimal(amount)
    if not amount.is_finite() or amount < 0:
        return format_money(amount, currency, _locale_tag(language))
    # Babel reads its patterns anew for every amount: thirty times the work, for prices that are all different.
    before, group, mark, least, after = _money_shape(language, currency)
    whole, _, fraction = f"{amount.normalize():,f}".partition(".")
    fraction = fraction.ljust(least, "0")
    return f"{before}{whole.replace(',', group)}{mark if fraction else ''}{fraction}{after}"


@cache
def _money_shape(language: str, currency: str) -> tuple[str, str, str, int, str]:
    """What stands before an amount, its group and decimal marks, its least decimal places, and what stands after."""
    locale = _locale_tag(language)
    found = _SHAPE.fullmatch(format_money(Decimal("2222.5"), currency, locale))
    plain = _SHAPE.fullmatch(format_money(Decimal(2222), currency, locale))
    assert found is not None
    assert plain is not None
    before, group, mark, _, after = found.groups()
    return before, group, mark, len(plain[4] or ""), after


@lru_cache(maxsize=_CACHED)
def money_range(language: str, low: Decimal | None, high: Decimal | None, currency: str | None) -> str:
    """€3.10 – 4.20, the currency once; one price when both are equal, '' without a price."""
    first, last = money(language, low, currency), money(language, high, currency)
    if first == last or not last:
        return first
    before = _AROUND.match(first), _AROUND.match(last)
    if before[0] and before[1] and before[0].groups() == before[1].groups():
        sign_before, sign_after = before[0].groups()
        first, last = first.removesuffix(sign_after), last.removeprefix(sign_before)
    return f"{first} – {last}"


@lru_cache(maxsize=_CACHED)
def number(language: str, value: float | Decimal | None) -> str:
    """19,406 or 19.406."""
    return "" if value is None else format_decimal(value, locale=_locale(language))


@lru_cache(maxsize=_CACHED)
def percent(language: str, value: float | Decimal | None) -> str:
    """A share as percent: 0.18 is 18% or %18."""
    return "" if value is None else format_percent(value, format=None, locale=_locale(language))


@lru_cache(maxsize=_CACHED)
def _day(language: str, value: date) -> str:
    return format_date(value, format="d MMM y", locale=_locale(language))


def day(language: str, value: date | datetime | None) -> str:
    """3 Jan 2026 or 3 Oca 2026; a time counts by its day in UTC."""
    if value is None:
        return ""
    return _day(language, value.astimezone(UTC).date() if isinstance(value, datetime) else value)


def moment(language: str, value: datetime | None) -> str:
    """3 Jan 2026, 14:05 UTC."""
    if value is None:
        return ""
    return format_datetime(value.astimezone(UTC), format="d MMM y, HH:mm 'UTC'", locale=_locale(language))


@lru_cache(maxsize=_CACHED)
def month(language: str, value: date | None) -> str:
    """January 2026 or Ocak 2026."""
    return "" if value is None else format_date(value, format="MMMM y", locale=_locale(language))


@lru_cache(maxsize=_CACHED)
def short_month(language: str, value: date | None) -> str:
    """Jan 2026 or Oca 2026."""
    return "" if value is None else format_date(value, format="MMM y", locale=_locale(language))


@lru_cache(maxsize=_CACHED)
def day_month(language: str, value: date | None) -> str:
    """3 Jan or 3 Oca, where the year is clear."""
    return "" if value is None else format_date(value, format="d MMM", locale=_locale(language))


def relative(language: str, value: date | datetime | None, now: datetime | None = None) -> str:
    """How far away: 3 days ago, in 2 hours, today. Whole days for a date."""
    if value is None:
        return ""
    now = now or datetime.now(UTC)
    if isinstance(value, datetime):
        return format_timedelta(value - now, add_direction=True, locale=_locale(language))
    days = (value - now.date()).days
    if days == 0:
        return i18n.gettext(language, N_("today"))
    return format_timedelta(
        value - now.date(), granularity="day", add_direction=True, locale=_locale(language)
    )


@lru_cache(maxsize=_CACHED)
def weight(language: str, grams: int | None) -> str:
    """455 g, 1.2 kg or 1,2 kg."""
    return "" if grams is None else format_weight(grams, _locale_tag(language))


@lru_cache(maxsize=_CACHED)
def mm(language: str, millimetres: int | None) -> str:
    """8 mm, 38 cm, 1.2 m."""
    return "" if millimetres is None else format_length(millimetres, _locale_tag(language))


def _locale_tag(language: str) -> str:
    return _locale(language).replace("_", "-")


_DAYS = NN_("{n} day", "{n} days")


@lru_cache(maxsize=_CACHED)
def days(language: str, count: int | None) -> str:
    """5 days or 5 gün."""
    if count is None:
        return ""
    sentence = i18n.ngettext(language, *_DAYS, count)
    return i18n.fill(sentence, _DAYS[1], {"n": i18n.figure(count, language)})


def _named(look_up: Callable[[str, str], str], language: str, code: str | None) -> str:
    if not code:
        return ""
    try:
        return look_up(code, language)
    except TradeError:
        return code  # a code that left the vocabulary still says more than nothing


@lru_cache(maxsize=_CACHED)
def country(language: str, code: str | None) -> str:
    """DE is Germany or Almanya; an unknown code stays as it is."""
    return _named(country_name, language, code)


@lru_cache(maxsize=_CACHED)
def province(language: str, plate: str | None) -> str:
    """20 is Denizli; an unknown code stays as it is."""
    return _named(lambda code, _: province_of(code).name, language, plate)


@lru_cache(maxsize=_CACHED)
def unit(language: str, code: str | None) -> str:
    """C62 is piece or adet; an unknown code stays as it is."""
    return _named(lambda code, language: _unit_name(code, 1, language), language, code)


@lru_cache(maxsize=_CACHED)
def unit_count(language: str, count: int | None, code: str) -> str:
    """So many of the unit: 5 pieces or 5 adet."""
    if count is None:
        return ""
    name = _named(lambda code, language: _unit_name(code, count, language), language, code)
    return f"{i18n.figure(count, language)} {name}"


def _unit_name(code: str, count: int, language: str) -> str:
    return units.unit_name(code, count, partial(i18n.ngettext, language))


@lru_cache(maxsize=_CACHED)
def language_name(language: str, code: str | None) -> str:
    """tr is Turkish or Türkçe; an unknown code stays as it is."""
    return _named(name_of_language, language, code)


@lru_cache(maxsize=_CACHED)
def hs(language: str, code: str | None) -> str:
    """Digits with the dots of customs: 6109.10.00.00.11."""
    return format_gtip(code) if code else ""


@lru_cache(maxsize=_CACHED)
def hs_name(language: str, code: str | None) -> str:
    """The everyday name of the nearest code that has one (heading, else chapter); '' for no or an unknown code."""
    if not code:
        return ""
    for known in (code[:4], code[:2]):
        try:
            names = (
                nomenclature.chapter(known).names if len(known) == 2 else nomenclature.heading(known).names
            )
        except TradeError:
            continue
        if name := names.get(language) or names.get("en"):
            return name
    return ""


@lru_cache(maxsize=_CACHED)
def sector(language: str, slug: str | None) -> str:
    """The name of a sector by its slug; an unknown slug stays as it is."""
    return _named(lambda slug, language: nomenclature.sector(slug).names[language], language, slug)


@lru_cache(maxsize=_CACHED)
def certificate(language: str, slug: str | None) -> str:
    """The proper name of a known certificate, the same in every language; other texts stay as they are."""
    if not slug:
        return ""
    known = standards().get(slug)
    return slug if known is None else known.label


def list_of(language: str, items: Iterable[object]) -> str:
    """a, b and c, as the language joins a list."""
    return format_list([str(item) for item in items], locale=_locale(language))


def filters(language: str) -> dict[str, Callable[..., Any]]:
    """The filters by the names they have in templates, bound to the language."""
    named: dict[str, Callable[..., str]] = {
        "money": money,
        "money_range": money_range,
        "number": number,
        "percent": percent,
        "date": day,
        "datetime": moment,
        "month": month,
        "short_month": short_month,
        "day_month": day_month,
        "relative": relative,
        "weight": weight,
        "mm": mm,
        "days": days,
        "country": country,
        "province": province,
        "unit": unit,
        "unit_count": unit_count,
        "language_name": language_name,
        "hs": hs,
        "hs_name": hs_name,
        "sector": sector,
        "certificate": certificate,
        "list_of": list_of,
    }
    return {name: partial(function, language) for name, function in named.items()}
