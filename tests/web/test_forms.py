"""Reading what people type: one sentence a field, nothing that was typed gets lost."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.errors import Conflict, Invalid
from kervan.trade import identifiers
from kervan.trade.errors import N_
from kervan.web.forms import Form, _clean


def typed(language: str = "en", **fields: Any) -> Form:
    return Form(
        language, typed={name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    )


def test_a_page_that_is_opened_shows_what_is_stored() -> None:
    form = Form("en", {"name": "Ayşe", "sectors": ("a", "b"), "phone": None})
    assert (form.value("name"), form.values("sectors"), form.value("phone")) == ("Ayşe", ("a", "b"), "")


def test_what_was_typed_stands_before_what_is_stored() -> None:
    form = Form("en", {"name": "Ayşe", "terms": "1"}, {"name": ["Can"]})
    assert form.value("name") == "Can"
    assert form.value("terms") == "", "a box that was unticked sends nothing"


def test_a_missing_field_is_named_in_the_readers_language() -> None:
    for language, sentence in (("en", "Please fill this in."), ("tr", "Lütfen bu alanı doldurun.")):
        form = typed(language, name="   ")
        assert form.text("name") == ""
        assert form.errors == [("name", sentence)]


def test_spaces_and_control_signs_are_tidied() -> None:
    assert typed(name=_clean("  Ayşe\x00 \u202eYılmaz\r\n Ltd ")).text("name") == "Ayşe Yılmaz Ltd"
    assert _clean("a\x07b\ud800c") == "abc"


def test_ten_thousand_characters_are_refused_and_kept() -> None:
    form = typed(name="x" * 10_000)
    assert form.text("name", longest=120) == ""
    assert form.error("name") == "At most 120 characters; these are 10000."
    assert len(form.value("name")) == 10_000


def test_a_parsers_refusal_stands_beside_its_field() -> None:
    form = typed(vkn="1234567891")
    assert form.parsed("vkn", identifiers.vkn) is None
    assert form.error("vkn") == "This tax number (VKN) is not correct: check its digits."


def test_only_offered_values_can_be_chosen() -> None:
    form = typed(country="XX", sectors=["a", "z"])
    assert form.choice("country", {"DE"}) == ""
    assert form.several("sectors", {"a"}) == ()
    assert [name for name, _ in form.errors] == ["country", "sectors"]


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [("en", "12.50", "12.50"), ("tr", "12,50", "12.50"), ("tr", "1.234,5", "1234.5"), ("en", "1,234.5", "1234.5"),
     ("en", "١٢", "12"), ("tr", "12.5", "12.5")],
)  # fmt: skip
def test_numbers_are_read_as_the_reader_writes_them(language: str, text: str, number: str) -> None:
    form = typed(language, price=text)
    assert form.decimal("price", low=Decimal(0), high=Decimal(10_000)) == Decimal(number), form.errors


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e9999", "-1", "12.345", "abc", "1,2,3", "0x10"])
def test_no_number_is_refused_with_a_sentence(text: str) -> None:
    form = typed(price=text)
    assert form.decimal("price", low=Decimal(0), high=Decimal(100)) is None
    assert form.error("price")


@pytest.mark.parametrize("text", ["2026-11-22", "22.11.2026", "22/11/2026"])
def test_days_are_read_in_their_usual_shapes(text: str) -> None:
    assert typed(day=text).day("day") == date(2026, 11, 22)


@pytest.mark.parametrize("text", ["2026-02-30", "22.11.26", "yarın", "2026-11"])
def test_no_day_is_refused(text: str) -> None:
    form = typed(day=text)
    assert form.day("day") is None
    assert form.error("day") == "Enter a date such as 2026-11-22."


def test_days_outside_the_range_are_refused() -> None:
    form = typed(day="2020-01-01")
    assert form.day("day", first=date(2026, 1, 1)) is None
    assert form.error("day") == "Not before 1 January 2026."
    form = typed("tr", day="2020-01-01")
    form.day("day", first=date(2026, 1, 1))
    assert "1 Ocak 2026" in (form.error("day") or "")


def test_a_services_refusal_goes_beside_its_field_or_on_top() -> None:
    form = typed(vkn="1")
    form.take(Invalid(fields={"vkn": N_("A tax number (VKN) has 10 digits.")}))
    form.take(Conflict(N_("This exporter was changed in the meantime.")))
    assert form.errors == [("vkn", "A tax number (VKN) has 10 digits.")]
    assert form.message == "This exporter was changed in the meantime."
    assert not form.ok


@given(st.text(max_size=60))
def test_whatever_is_typed_no_field_fails(text: str) -> None:
    form = Form("tr", typed={"x": [_clean(text)]})
    form.whole("x", low=0, high=10)
    form.decimal("x", low=Decimal(0), high=Decimal(10))
    form.day("x")
    form.text("x", longest=10)
    form.value("x").encode()


@pytest.mark.parametrize(
    ("language", "typed", "found"),
    [
        ("tr", "1.500", 1500),
        ("en", "1,500", 1500),
        ("tr", "1.5", None),
        ("en", "1,5", None),
        ("en", "1.5", None),
        ("tr", "12.34.567", None),
        ("en", "1500", 1500),
    ],
)
def test_a_whole_number_is_grouped_in_threes_or_not_at_all(
    language: str, typed: str, found: int | None
) -> None:
    form = Form(language, {"n": typed})
    assert form.whole("n", low=0, high=10_000) == found
    assert form.ok == (found is not None)


@pytest.mark.parametrize(
    ("language", "typed", "found"),
    [("tr", "1.200", "1200"), ("tr", "12,50", "12.50"), ("tr", "12.5", "12.5"), ("en", "1.200", "1.200")],
)
def test_a_turkish_point_groups_thousands(language: str, typed: str, found: str) -> None:
    form = Form(language, {"n": typed})
    assert form.decimal("n", low=Decimal(0), high=Decimal(10_000), places=3) == Decimal(found)
