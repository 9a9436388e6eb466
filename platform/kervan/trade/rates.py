"""Euro reference rates of the European Central Bank, with date and source, and when they are too old.

The history comes inside the package currencyconverter; its last day ages with the package. Rates that administrators
imported (policies.rates puts them here with `use`) stand beside it: of two rates the later one is taken, of two of
the same day the European Central Bank's.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from importlib.metadata import version

from currency_converter import CurrencyConverter, RateNotFoundError

from kervan.trade import law
from kervan.trade.errors import N_, TradeError, shown

ECB, TCMB = "ECB", "TCMB"

_DAY = dt.timedelta(days=1)
_EUR_DIGITS = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Rate:
    """A published rate: `eur_rate` units of `currency` for one euro, on `date`.

    `business_days_old` counts the bank's business days from `date` to the day that was asked for.
    """

    currency: str
    date: dt.date
    eur_rate: Decimal
    source: str
    business_days_old: int


@dataclass(frozen=True, slots=True)
class Published:
    """A rate that was imported: `eur_rate` units of the currency for one euro, as `bank` (ECB or TCMB) gave it."""

    date: dt.date
    bank: str
    eur_rate: Decimal
    currency: str
    source: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """An amount in euro, to four decimals, and the rate that made it."""

    eur: Decimal
    rate: Rate


def currencies() -> frozenset[str]:
    """The currencies with at least one rate, EUR among them; also some that no longer exist."""
    return frozenset(_history().currencies) | _imported.keys()


def use(rates: Iterable[Published]) -> None:
    """From now on this process knows these imported rates beside the package's history, and no other ones."""
    _imported.clear()
    # The last one of a day is taken: the European Central Bank's.
    for rate in sorted(rates, key=lambda rate: (rate.date, rate.bank == ECB)):
        _imported.setdefault(rate.currency, []).append(rate)
    rate_on.cache_clear()


def last_published() -> dt.date:
    """The last day of the rates at hand."""
    last: dt.date = _history().bounds["USD"].last_date
    return max(last, *(rates[-1].date for rates in _imported.values())) if _imported else last


def in_package(currency: str, day: dt.date) -> Decimal | None:
    """What the package's history has for exactly this day; None when it has nothing."""
    try:
        rate: Decimal = _history().convert(Decimal(1), "EUR", currency, date=day)
    except (RateNotFoundError, ValueError):
        return None
    return rate


@lru_cache(maxsize=4096)
def rate_on(currency: str, day: dt.date) -> Rate:
    """The latest rate published at or before `day`, however old: see `require_fresh` before trading on it.

    TradeError for a currency that the bank does not list and for days before its first rate.
    """
    if currency == "EUR":
        return Rate("EUR", day, Decimal(1), "euro", 0)
    if currency not in currencies():
        raise TradeError(N_("There is no exchange rate for {currency}."), currency=shown(currency))
    found = _latest_imported(currency, day)
    bounds = _history().bounds.get(currency)
    if bounds is not None and day >= bounds.first_date:
        published, value = _published(currency, min(day, bounds.last_date))
        if found is None or found.date < published or (found.date == published and found.bank != ECB):
            return Rate(currency, published, value, _source(), business_days_between(published, day))
    if found is None:
        raise TradeError(
            N_("There is no exchange rate for {currency} on or before {date}."),
            currency=currency,
            date=day,
        )
    return Rate(currency, found.date, found.eur_rate, found.source, business_days_between(found.date, day))


def _latest_imported(currency: str, day: dt.date) -> Published | None:
    rates = _imported.get(currency)
    if not rates:
        return None
    place = bisect_right(rates, day, key=lambda rate: rate.date)
    return rates[place - 1] if place else None


def most_business_days(on: dt.date) -> int:
    """How many business days of the bank a rate may be old on this day: the platform's own rule, not the bank's."""
    return law.current().figure("RATE_BUSINESS_DAYS", on)


def is_stale(rate: Rate, on: dt.date) -> bool:
    """Whether too many business days of the bank lie between the rate and `on` for trade (most_business_days)."""
    return rate.currency != "EUR" and business_days_between(rate.date, on) > most_business_days(on)


def require_fresh(rate: Rate, on: dt.date) -> Rate:
    """The rate itself when it may be used for trade on this day; TradeError with its date when too old."""
    if is_stale(rate, on):
        raise TradeError(
            N_("The latest exchange rate for {currency} is of {date}; that is too old to trade on."),
            currency=rate.currency,
            date=rate.date,
        )
    return rate


def to_eur(amount: Decimal, currency: str, on: dt.date) -> Conversion:
    """The amount in euro by the latest rate at or before `on`, four decimals, halves away from zero.

    Good for showing and sorting whatever the rate's age; trade asks `require_fresh(conversion.rate, on)`
    first. TradeError as in `rate_on`.
    """
    rate = rate_on(currency, on)
    return Conversion((amount / rate.eur_rate).quantize(_EUR_DIGITS, rounding=ROUND_HALF_UP), rate)


def business_days_between(start: dt.date, end: dt.date) -> int:
    """How many business days of the bank follow `start` up to and with `end`; 0 when `end` is not later."""
    # Whole years pass for currencies that are gone, so closing days are subtracted instead of walking each
    # day.
    if end <= start:
        return 0
    days = (end - start).days
    weeks, rest = divmod(days, 7)
    count = weeks * 5 + sum((end - offset * _DAY).weekday() < 5 for offset in range(rest))
    closed = (day for year in range(start.year, end.year + 1) for day in closing_days(year))
    return count - sum(start < day <= end and day.weekday() < 5 for day in closed)


@cache
def closing_days(year: int) -> frozenset[dt.date]:
    """The six days beside weekends on which TARGET is closed and no rate is published.

    New Year, Good Friday, Easter Monday, 1 May, 25 and 26 December: the calendar that the ECB keeps since
    2002.
    """
    easter = _easter(year)
    return frozenset(
        {
            dt.date(year, 1, 1),
            easter - 2 * _DAY,
            easter + _DAY,
            dt.date(year, 5, 1),
            dt.date(year, 12, 25),
            dt.date(year, 12, 26),
        }
    )


def _easter(year: int) -> dt.date:
    # Western Easter Sunday by the Gregorian computus of Meeus, Jones and Butcher.
    century, of_century = divmod(year, 100)
    golden = year % 19
    leap_centuries, century_rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - correction + 15) % 30
    leaps, year_rest = divmod(of_century, 4)
    weekday = (32 + 2 * century_rest + 2 * leaps - epact - year_rest) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return dt.date(year, month, day + 1)


# By currency, oldest first; of one day TCMB before ECB.
_imported: dict[str, list[Published]] = {}


@cache
def _history() -> CurrencyConverter:
    return CurrencyConverter(decimal=True)


@cache
def _source() -> str:
    return f"ECB euro reference rate (currencyconverter {version('currencyconverter')})"


def _published(currency: str, day: dt.date) -> tuple[dt.date, Decimal]:
    # The first day of a currency's bounds always has a rate, so the walk back ends there at the latest.
    while True:
        try:
            return day, _history().convert(Decimal(1), "EUR", currency, date=day)
        except RateNotFoundError:
            day -= _DAY
