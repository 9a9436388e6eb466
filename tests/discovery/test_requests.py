"""What may be asked of a result page, and what is said when it may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.discovery.requests import address, parse, with_choice, without_choice
from kervan.errors import Invalid


def fields(**params: list[str]) -> set[str]:
    with pytest.raises(Invalid) as refused:
        parse("products", "en", params)
    return set(refused.value.fields)


def test_nothing_asked_is_everything() -> None:
    request = parse("products", "en", {})
    assert (request.text, request.filters, request.sort, request.page, request.per_page) == (
        "",
        {},
        "relevance",
        1,
        20,
    )


def test_codes_are_understood_in_any_punctuation() -> None:
    assert parse("products", "en", {"heading": ["61.09"]}).filters == {"heading": ("6109",)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "-1"),
        ("page", "abc"),
        ("page", "٣"),
        ("page", "1000000001"),
        ("per_page", "101"),
        ("sort", "colour"),
        ("heading", "abcd"),
        ("heading", "61"),
        ("chapter", "6109"),
        ("section", "22"),
        ("section", "x"),
        ("price_from", "abc"),
        ("price_to", "1e999"),
        ("price_from", "-5"),
        ("micro", "maybe"),
        ("moq", "7-8"),
        ("q", "x" * 201),
        ("brand", "x" * 121),
        ("province", "\ud800"),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field(name: str, value: str) -> None:
    assert fields(**{name: [value]}) == {name}


def test_every_wrong_field_gets_its_own_sentence() -> None:
    assert fields(page=["0"], sort=["x"], price_from=["abc"]) == {"page", "sort", "price_from"}


def test_prices_are_read_with_either_decimal_mark() -> None:
    assert parse("products", "tr", {"price_from": ["12,50"]}).price_from == "12.5"
    assert parse("products", "en", {"price_from": ["12,50"]}).price_from == "12.5"
    assert parse("products", "en", {"price_from": ["12.50"]}).price_from == "12.5"


def test_the_highest_price_is_not_below_the_lowest() -> None:
    assert fields(price_from=["10"], price_to=["5"]) == {"price_to"}


def test_pages_ignore_tracking_parameters_and_the_api_refuses_typos() -> None:
    assert parse("products", "en", {"utm_source": ["mail"]}).filters == {}
    with pytest.raises(Invalid) as refused:
        parse("products", "en", {"privince": ["20"]}, strict=True)
    assert set(refused.value.fields) == {"privince"}


def test_control_and_bidi_characters_are_cleaned_from_the_words() -> None:
    assert parse("products", "en", {"q": ["to\x00wel\u202e"]}).text.replace(" ", "") == "towel"


def test_a_billionth_page_is_a_request_like_any_other() -> None:
    assert parse("products", "en", {"page": ["1000000000"]}).page == 10**9


def test_choices_can_be_added_and_taken_back() -> None:
    request = parse("products", "en", {"q": ["towel"], "province": ["20"], "page": ["3"]})
    assert with_choice(request, "province", "16") == "?q=towel&province=20&province=16"
    assert without_choice(request, "province", "20") == "?q=towel"
    assert address(request, page=2) == "?q=towel&province=20&page=2"


@given(
    st.dictionaries(
        st.sampled_from(["q", "heading", "page", "price_from", "sort", "brand", "moq"]), st.lists(st.text())
    )
)
def test_whatever_is_typed_is_answered_or_refused_politely(params: dict[str, list[str]]) -> None:
    try:
        request = parse("products", "tr", params)
    except Invalid as refused:
        assert refused.fields
    else:
        assert parse("products", "tr", _query(address(request))).text == request.text


def _query(address: str) -> dict[str, list[str]]:
    from urllib.parse import parse_qs

    return parse_qs(address.removeprefix("?"), keep_blank_values=True)
