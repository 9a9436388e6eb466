"""Amounts: read strictly, rounded by currency, shown by locale."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.trade.errors import TradeError
from kervan.trade.money import (
    DecimalMark,
    Money,
    currencies,
    currency_name,
    exponent,
    format_money,
    parse_amount,
    quantize,
    require_currency,
)

AMOUNTS = st.decimals(min_value=0, max_value=10**14, places=4, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "mark", "amount"),
    [
        ("12,50", ",", "12.50"),
        ("1.234,56", ",", "1234.56"),
        ("1.234", ",", "1234"),
        ("1 234,5", ",", "1234.5"),
        ("1\u202f234\u202f567,5", ",", "1234567.5"),
        ("1,234.56", ".", "1234.56"),
        ("1'234.56", ".", "1234.56"),
        ("0.0125", ".", "0.0125"),
        (" 7 ", ".", "7"),
        ("１２．５０", ".", None),
        ("１２.５０", ".", "12.50"),
        ("007", ".", "7"),
    ],
)
def test_an_amount_is_read_with_the_given_mark(text: str, mark: DecimalMark, amount: str | None) -> None:
    if amount is None:
        with pytest.raises(TradeError):
            parse_amount(text, mark)
    else:
        assert parse_amount(text, mark) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1,2,3", "=1+1", "+5", "NaN", "Infinity", "-inf", "1e5", "12.50", "1.23",
     ",5", "5,", "1.2345,0",
     "1.234 567,0", "12,50 EUR", "€5", "-5", "--5", "0x10", "1_000", "²", "1" * 16, "0,1234567", "9" * 4000],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(TradeError):
        parse_amount(text, ",")


def test_an_amount_below_zero_is_read_only_where_allowed() -> None:
    assert parse_amount("-1.234,50", ",", negative=True) == Decimal("-1234.50")
    with pytest.raises(TradeError, match="below zero"):
        parse_amount("-1.234,50", ",")


@given(st.text(), st.sampled_from([",", "."]))
def test_any_text_is_read_or_refused(text: str, mark: DecimalMark) -> None:
    with suppress(TradeError):
        amount = parse_amount(text, mark, negative=True)
        assert amount.is_finite()


@given(st.text("0123456789.,-' ", max_size=24), st.sampled_from([",", "."]))
def test_any_run_of_digits_and_marks_is_read_or_refused(text: str, mark: DecimalMark) -> None:
    with suppress(TradeError):
        amount = parse_amount(text, mark)
        assert amount >= 0


@given(AMOUNTS)
def test_an_amount_written_with_groups_is_read_back(amount: Decimal) -> None:
    written = f"{amount:,}"
    assert parse_amount(written, ".") == amount
    turkish = written.translate(str.maketrans({",": ".", ".": ","}))
    assert parse_amount(turkish, ",") == amount


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("TRY", 2), ("JPY", 0), ("KWD", 3)])
def test_each_currency_has_its_digits(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("1.005", "EUR", "1.01"),
        ("2.5", "JPY", "3"),
        ("-2.5", "JPY", "-3"),
        ("1.2345", "KWD", "1.235"),
        ("1", "EUR", "1.00"),
    ],
)
def test_rounding_takes_halves_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert str(quantize(Decimal(amount), currency)) == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "shown"),
    [
        ("1234.5", "EUR", "en", "€1,234.50"),
        ("1234.5", "EUR", "tr", "€1.234,50"),
        ("1234.5", "TRY", "tr", "₺1.234,50"),
        ("1234.5", "TRY", "en", "TRY\u00a01,234.50"),
        ("1234.5", "USD", "en", "USD\u00a01,234.50"),
        ("1234.5", "USD", "tr", "USD\u00a01.234,50"),
        ("1234.5", "USD", "de", "1.234,50\u00a0USD"),
        ("1234", "JPY", "en", "JPY\u00a01,234"),
        ("0.0125", "EUR", "en", "€0.0125"),
        ("12", "EUR", "en", "€12.00"),
        ("1", "EUR", "zh-Hans", "€1.00"),
    ],
)
def test_an_amount_is_shown_as_the_locale_writes_it(
    amount: str, currency: str, locale: str, shown: str
) -> None:
    assert format_money(Decimal(amount), currency, locale) == shown


def test_money_is_finite_and_in_a_real_currency() -> None:
    assert Money(Decimal("1.5"), "EUR").amount == Decimal("1.5")
    with pytest.raises(TradeError, match="EURO is not a currency"):
        Money(Decimal(1), "EURO")
    with pytest.raises(TradeError, match="must be a number"):
        Money(Decimal("NaN"), "EUR")


@pytest.mark.parametrize("code", ["", "eur", "XXX", "XTS", "€"])
def test_what_is_no_currency_code_is_refused(code: str) -> None:
    with pytest.raises(TradeError):
        require_currency(code)


def test_currencies_have_names() -> None:
    assert currency_name("USD", "tr") == "ABD doları"
    assert {"EUR", "USD", "TRY", "GBP", "AED"} <= currencies()
