"""ECB rates: dated, sourced, and refused for trade when old."""

import datetime as dt
from decimal import Decimal

import pytest
from currency_converter import CurrencyConverter
from hypothesis import given
from hypothesis import strategies as st

from kervan.trade import rates
from kervan.trade.errors import TradeError

FRIDAY = dt.date(2026, 10, 30)


def test_a_rate_is_the_published_one_with_its_date_and_source() -> None:
    rate = rates.rate_on("USD", FRIDAY)
    assert (rate.date, rate.eur_rate, rate.business_days_old) == (FRIDAY, Decimal("1.1172"), 0)
    assert rate.source.startswith("ECB euro reference rate (currencyconverter 0.")


def test_on_a_weekend_the_rate_of_friday_holds_and_is_no_business_day_old() -> None:
    rate = rates.rate_on("USD", dt.date(2026, 5, 24))
    assert rate.date == dt.date(2026, 5, 22)
    assert rate.business_days_old == 0


def test_over_easter_the_rate_of_maundy_thursday_holds() -> None:
    rate = rates.rate_on("USD", dt.date(2026, 4, 6))
    assert rate.date == dt.date(2026, 4, 2)
    assert rate.business_days_old == 0


@pytest.mark.parametrize(
    ("day", "stale"), [(dt.date(2026, 11, 4), False), (dt.date(2026, 11, 5), True), (FRIDAY, False)]
)
def test_a_rate_is_stale_after_three_business_days(day: dt.date, stale: bool) -> None:
    assert rates.is_stale(rates.rate_on("USD", FRIDAY), day) is stale


def test_a_stale_rate_may_be_shown_but_not_traded_on() -> None:
    day = dt.date(2026, 11, 22)
    conversion = rates.to_eur(Decimal("111.72"), "USD", day)
    assert (conversion.eur, conversion.rate.date) == (Decimal("100.0000"), rates.last_published())
    with pytest.raises(TradeError, match="USD is of 2026-10-30"):
        rates.require_fresh(conversion.rate, day)
    assert rates.require_fresh(conversion.rate, FRIDAY) is conversion.rate


def test_the_euro_is_always_fresh() -> None:
    rate = rates.rate_on("EUR", dt.date(2030, 1, 1))
    assert rate.eur_rate == 1
    assert not rates.is_stale(rate, dt.date(2031, 1, 1))
    assert rates.to_eur(Decimal("15000.01"), "EUR", FRIDAY).eur == Decimal("15000.0100")


def test_a_currency_that_is_no_longer_published_keeps_its_last_date() -> None:
    rate = rates.rate_on("RUB", FRIDAY)
    assert rate.date == dt.date(2022, 3, 1)
    assert rates.is_stale(rate, FRIDAY)


def test_a_long_gap_in_a_series_is_bridged_by_the_rate_before_it() -> None:
    assert rates.rate_on("ISK", dt.date(2015, 6, 1)).date < dt.date(2009, 1, 1)


@pytest.mark.parametrize(
    ("currency", "day"), [("AED", FRIDAY), ("", FRIDAY), ("usd", FRIDAY), ("TRY", dt.date(1998, 1, 1))]
)
def test_without_a_rate_there_is_a_sentence(currency: str, day: dt.date) -> None:
    with pytest.raises(TradeError, match="no exchange rate"):
        rates.rate_on(currency, day)


def test_the_bank_published_on_every_business_day_of_our_calendar_and_on_no_other() -> None:
    # The package's history itself is the oracle: every weekday without a rate since 2002 is a closing day.
    history = CurrencyConverter(decimal=True)
    published = {day for day, value in history._rates["USD"].items() if value is not None}
    day = dt.date(2002, 1, 1)
    while day <= rates.last_published():
        expected = day.weekday() < 5 and day not in rates.closing_days(day.year)
        assert (day in published) is expected, day
        day += dt.timedelta(days=1)


@given(st.dates(dt.date(2002, 1, 1), dt.date(2040, 12, 31)), st.integers(min_value=-10, max_value=800))
def test_business_days_are_counted_as_a_walk_over_the_calendar_does(start: dt.date, length: int) -> None:
    end = start + dt.timedelta(days=length)
    walked = [start + dt.timedelta(days=offset) for offset in range(1, length + 1)]
    expected = sum(day.weekday() < 5 and day not in rates.closing_days(day.year) for day in walked)
    assert rates.business_days_between(start, end) == expected
