"""Identifiers and the traps of their check digits."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from kervan.trade import identifiers
from kervan.trade.errors import TradeError


def vkn_check_digit(first_nine: str) -> str:
    """The tenth digit by the published rule, written here a second time as a check on the package."""
    total = 0
    for place, digit in enumerate(first_nine, start=1):
        shifted = (int(digit) + 10 - place) % 10
        if shifted:
            total += shifted * 2 ** (10 - place) % 9 or 9
    return str((10 - total % 10) % 10)


@pytest.mark.parametrize(
    "text", ["1234567890", "0123456789", " 4540536920 ", "454 053 69 20", "１２３４５６７８９０"]
)
def test_a_tax_number_with_a_right_check_digit_is_taken(text: str) -> None:
    digits = identifiers.vkn(text)
    assert len(digits) == 10
    assert digits.isascii()


@pytest.mark.parametrize(
    "text",
    ["", "4540536921", "454053692", "45405369200", "454053692O", "2222222222", "0000000000", "-4540536920a"],
)
def test_a_wrong_tax_number_is_refused(text: str) -> None:
    with pytest.raises(TradeError):
        identifiers.vkn(text)


def test_ten_equal_digits_are_no_tax_number_though_4444444444_has_a_right_check_digit() -> None:
    assert vkn_check_digit("444444444") == "4"
    with pytest.raises(TradeError, match="VKN"):
        identifiers.vkn("4444444444")


@given(st.text("0123456789", min_size=9, max_size=9))
def test_exactly_one_check_digit_makes_a_tax_number(first_nine: str) -> None:
    right = first_nine + vkn_check_digit(first_nine)
    for last in "0123456789":
        candidate = first_nine + last
        if candidate == right and len(set(candidate)) > 1:
            assert identifiers.vkn(candidate) == candidate
        else:
            with pytest.raises(TradeError):
                identifiers.vkn(candidate)


@pytest.mark.parametrize("text", ["10000000146", "11111111110", "100 000 001 46", "１００００００01４６"])
def test_an_identity_number_with_right_check_digits_is_taken(text: str) -> None:
    assert len(identifiers.tckn(text)) == 11


@pytest.mark.parametrize(
    "text", ["11111111111", "00000000000", "01234567890", "1000000014", "10000000147", "abc"]
)
def test_a_wrong_identity_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(TradeError) as refused:
        identifiers.tckn(text)
    assert text not in str(refused.value)


def test_an_identity_number_is_never_shown() -> None:
    assert identifiers.mask_tckn("10000000146") == "***********"


def test_a_mersis_number_that_holds_the_tax_number_raises_no_warning() -> None:
    assert identifiers.mersis("0454 0536 9200 0015", vkn="4540536920") == ("0454053692000015", None)


def test_a_mersis_number_with_another_tax_number_is_taken_with_a_warning() -> None:
    digits, warning = identifiers.mersis("0454053692000015", vkn="1234567890")
    assert digits == "0454053692000015"
    assert warning is not None
    assert "VKN" in warning


def test_a_mersis_number_without_a_possible_tax_number_is_taken_with_a_warning() -> None:
    assert identifiers.mersis("0454053692100015")[1] is not None


def test_the_mersis_number_of_a_person_is_not_compared() -> None:
    assert identifiers.mersis("1000000014600015", vkn="4540536920") == ("1000000014600015", None)


@pytest.mark.parametrize(
    "text", ["", "045405369200001", "0" * 16, "04540536920000155", "0454-5369-2000-0X15"]
)
def test_a_mersis_number_has_sixteen_digits(text: str) -> None:
    with pytest.raises(TradeError):
        identifiers.mersis(text)


def test_a_kep_address_lies_under_kep_tr() -> None:
    assert identifiers.kep(" Kervan.Tekstil@HS01.kep.tr ") == "kervan.tekstil@hs01.kep.tr"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a@kep.tr",
        "a@example.com",
        "a@hs01.kep.tr.example.com",
        "@hs01.kep.tr",
        "a b@hs01.kep.tr",
        "ı@hs01.kep.tr",
    ],
)
def test_other_addresses_are_no_kep_addresses(text: str) -> None:
    with pytest.raises(TradeError):
        identifiers.kep(text)


@pytest.mark.parametrize(
    "text", ["4006381333931", "96385074", "036000291452", "10614141000415", "4006381-333931"]
)
def test_a_gtin_of_each_length_is_taken(text: str) -> None:
    assert len(identifiers.gtin(text)) in identifiers.GTIN_LENGTHS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4006381333932",
        "0000000000000",
        "00000000",
        "123456789",
        "400638133393",
        "=4006381333931",
        "4.00638E+12",
    ],
)
def test_a_wrong_gtin_is_refused(text: str) -> None:
    with pytest.raises(TradeError):
        identifiers.gtin(text)


@given(st.integers(min_value=1, max_value=9_999_999_999_999), st.sampled_from(identifiers.GTIN_LENGTHS))
def test_a_gtin_keeps_its_check_digit_in_the_long_form(number: int, length: int) -> None:
    body = str(number % 10 ** (length - 1) or 1).zfill(length - 1)
    digits = identifiers.gtin(body + ean.calc_check_digit(body))
    assert identifiers.gtin(identifiers.gtin14(digits)).endswith(digits)
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    with pytest.raises(TradeError):
        identifiers.gtin(wrong)


@given(st.text())
def test_any_text_is_taken_or_refused(text: str) -> None:
    for check in (identifiers.vkn, identifiers.tckn, identifiers.kep, identifiers.gtin, identifiers.mersis):
        with suppress(TradeError):
            check(text)
