"""Tariff codes as people write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.trade import codes
from kervan.trade.errors import TradeError

VALID_CHAPTERS = [f"{number:02}" for number in range(1, 98) if number != 77]
VALID_CODES = st.builds(
    lambda chapter, rest, length: (chapter + rest)[:length],
    st.sampled_from(VALID_CHAPTERS),
    st.text("0123456789", min_size=10, max_size=10),
    st.sampled_from(codes.LENGTHS),
)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("6109.10.00.00.11", "610910000011"),
        ("6109 10 00", "61091000"),
        ("61.09", "6109"),
        ("6109-10/00", "61091000"),
        ("  610910 ", "610910"),
        ("'0101", "0101"),
        ("６１０９．１０", "610910"),
        ("٦١٠٩", "6109"),
        ("6109\u00a010\u200b", "610910"),
        ("61", "61"),
    ],
)
def test_a_code_is_read_in_any_punctuation(written: str, digits: str) -> None:
    assert codes.parse_code(written) == digits


@pytest.mark.parametrize(
    "written",
    [
        "",
        "  ",
        "...",
        "610",
        "61091",
        "6109100",
        "6109100000111",
        "=6109",
        "6109a",
        "610²",
        "6109\x00",
        "\ud800",
        "1" * 500,
    ],
)
def test_what_is_no_code_is_refused(written: str) -> None:
    with pytest.raises(TradeError):
        codes.parse_code(written)


@pytest.mark.parametrize("written", ["00", "0012", "7701", "98", "9999.99"])
def test_a_chapter_that_the_hs_does_not_use_is_refused(written: str) -> None:
    with pytest.raises(TradeError, match="there is no chapter"):
        codes.parse_code(written)


def test_a_lost_leading_zero_is_explained() -> None:
    with pytest.raises(TradeError, match=r"10121 has 5\. Do not drop a leading 0"):
        codes.parse_code("10121")


def test_a_gtip_has_twelve_digits() -> None:
    assert codes.parse_gtip("6109.10.00.00.11") == "610910000011"
    with pytest.raises(TradeError, match=r"6109\.10 has 6"):
        codes.parse_gtip("6109.10")


@pytest.mark.parametrize(
    ("digits", "printed"),
    [
        ("610910000011", "6109.10.00.00.11"),
        ("6109100000", "6109.10.00.00"),
        ("61091000", "6109.10.00"),
        ("610910", "6109.10"),
        ("6109", "6109"),
        ("61", "61"),
    ],
)
def test_a_code_is_printed_with_dots(digits: str, printed: str) -> None:
    assert codes.format_gtip(digits) == printed


def test_the_parts_of_a_code() -> None:
    assert codes.chapter_of("610910000011") == "61"
    assert codes.heading_of("610910000011") == "6109"
    assert codes.heading_of("61") is None
    assert codes.hs6_of("610910000011") == "610910"
    assert codes.hs6_of("6109") is None
    assert codes.prefixes("610910000011") == [
        "61",
        "6109",
        "610910",
        "61091000",
        "6109100000",
        "610910000011",
    ]


@pytest.mark.parametrize(
    ("code", "section"), [("01", 1), ("0504", 1), ("0601", 2), ("15", 3), ("610910", 11), ("97", 21)]
)
def test_a_code_lies_in_its_section(code: str, section: int) -> None:
    assert codes.section_of(code) == section


@pytest.mark.parametrize("code", ["", "0", "00", "98", "ab"])
def test_a_code_outside_the_hs_has_no_section(code: str) -> None:
    with pytest.raises(TradeError):
        codes.section_of(code)


@pytest.mark.parametrize(
    ("query", "digits"),
    [
        ("6109", "6109"),
        ("6109.10", "610910"),
        ("6109 10 00", "61091000"),
        ("6109.", "6109"),
        ("61.09", "6109"),
        ("61", "61"),
        ("GTİP: 6109.10.00.00.11", "610910000011"),
        ("hs code 6302", "6302"),
        ("HS6302", "6302"),
        ("６１０９", "6109"),
    ],
)
def test_a_query_shaped_like_a_code_is_recognised(query: str, digits: str) -> None:
    assert codes.looks_like_code(query) == digits


@pytest.mark.parametrize(
    "query",
    [
        "",
        "2024 model",
        "towel 6302",
        "610",
        "20 30",
        "10-12",
        "0532 123 45 67",
        "8690000000012",
        "7701",
        "100%",
        "gtip",
        "6109,10,1",
    ],
)
def test_a_query_of_another_shape_is_not_a_code(query: str) -> None:
    assert codes.looks_like_code(query) is None


@given(VALID_CODES)
def test_what_is_printed_is_read_back(code: str) -> None:
    assert codes.parse_code(codes.format_gtip(code)) == code
    assert codes.looks_like_code(codes.format_gtip(code)) == code
    assert codes.prefixes(code)[-1] == code


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(TradeError):
        digits = codes.parse_code(text)
        assert len(digits) in codes.LENGTHS
        assert digits.isascii()
        assert digits.isdecimal()


@given(st.text())
def test_no_query_breaks_the_recognition(text: str) -> None:
    found = codes.looks_like_code(text)
    assert found is None or codes.parse_code(found) == found
