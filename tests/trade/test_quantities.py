"""Weights and lengths as people write and read them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.trade.errors import TradeError
from kervan.trade.money import DecimalMark
from kervan.trade.quantities import format_length, format_weight, parse_length_mm, parse_weight_g


@pytest.mark.parametrize(
    ("grams", "locale", "shown"),
    [
        (455, "tr", "455 g"), (999, "en", "999 g"), (1200, "en", "1.2 kg"), (1200, "tr", "1,2 kg"),
        (600_000, "tr", "600 kg"), (1_234_567, "tr", "1.234,567 kg"), (0, "en", "0 g"),
        (1200, "ru", "1,2 кг"),
    ],
)  # fmt: skip
def test_a_weight_is_shown_in_grams_or_kilograms(grams: int, locale: str, shown: str) -> None:
    assert format_weight(grams, locale).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("millimetres", "shown"), [(8, "8 mm"), (305, "30,5 cm"), (2000, "2 m"), (1555, "1,555 m")]
)
def test_a_length_is_shown_in_the_fitting_unit(millimetres: int, shown: str) -> None:
    assert format_length(millimetres, "tr").replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("1,2 kg", 1200), ("1.2kg", 1200), ("455 g", 455), ("455 gr.", 455), ("2 KG", 2000),
        ("0,250 kg", 250),
        ("1.234,5 kg", 1_234_500), ("1,234.5 kg", 1_234_500), ("0.4 g", 1), ("1 lb", 454), ("250 mg", 1),
        ("0 g", 0),
        ("１２ kg", 12_000), ("1 234 g", 1234), ("1.234.567 g", 1_234_567),
    ],
)  # fmt: skip
def test_a_weight_is_read_to_whole_grams_upwards(text: str, grams: int) -> None:
    assert parse_weight_g(text) == grams


@pytest.mark.parametrize(("mark", "grams"), [(",", 1200), (".", 1_200_000)])
def test_a_weight_with_two_readings_needs_the_decimal_mark(mark: DecimalMark, grams: int) -> None:
    with pytest.raises(TradeError, match="two ways"):
        parse_weight_g("1,200 kg")
    assert parse_weight_g("1,200 kg", decimal=mark) == grams


def test_a_number_without_a_unit_takes_the_unit_of_its_column() -> None:
    assert parse_weight_g("1,5", unit="kg") == 1500
    assert parse_weight_g("20 g", unit="kg") == 20
    with pytest.raises(TradeError):
        parse_weight_g("1,5")


@pytest.mark.parametrize(
    ("text", "millimetres"), [("30 cm", 300), ("1,5 m", 1500), ("12 in", 305), ("8mm", 8)]
)
def test_a_length_is_read_to_whole_millimetres(text: str, millimetres: int) -> None:
    assert parse_length_mm(text) == millimetres


@pytest.mark.parametrize(
    "text", ["", "kg", "abc kg", "-1 kg", "1 parsec", "=1 kg", "1,2,3 kg", "NaN kg", "9999999 t", "1 kg 2"]
)
def test_what_is_no_weight_is_refused(text: str) -> None:
    with pytest.raises(TradeError):
        parse_weight_g(text)


@given(st.integers(min_value=0, max_value=2_000_000_000))
def test_a_shown_weight_is_read_back(grams: int) -> None:
    assert parse_weight_g(format_weight(grams, "tr"), decimal=",") == grams
    assert parse_weight_g(format_weight(grams, "en"), decimal=".") == grams


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_weight_g, parse_length_mm):
        for unit in (None, "m", "g"):
            with suppress(TradeError):
                assert parse(text, unit=unit) >= 0
