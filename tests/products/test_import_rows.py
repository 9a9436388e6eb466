"""One row as a product: numbers, lists, dates and units as people write them, and what is wrong by field."""

from collections.abc import Mapping as AbstractMapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kervan.products.importing.mapping import Column, FileOptions, Mapping, fields, plan
from kervan.products.importing.rows import Parsed, reader
from kervan.products.importing.source import Row
from kervan.products.inputs import ProductInput, TextInput
from kervan.products.rules import check

TODAY = date(2026, 11, 22)
TARIFFS = {2025: {"630260000011"}, 2026: {"630260000011"}}


def _parse(cells: AbstractMapping[str, object], mapping: Mapping | None = None) -> Parsed:
    cells = {"sku": "A-1", "name_tr": "Havlu", **cells}
    return reader(plan(mapping or Mapping(), tuple(cells)), TARIFFS, TODAY)(Row(2, cells))


def _good(cells: AbstractMapping[str, object], mapping: Mapping | None = None) -> ProductInput:
    parsed = _parse(cells, mapping)
    assert parsed.issues == []
    assert parsed.product is not None
    return parsed.product


def _bad(cells: AbstractMapping[str, object], mapping: Mapping | None = None) -> dict[str, str]:
    parsed = _parse(cells, mapping)
    assert parsed.product is None
    return {issue.field: issue.sentence for issue in parsed.issues}


def test_two_cells_make_a_product() -> None:
    assert _good({}) == ProductInput(
        sku="A-1", texts={"tr": TextInput("Havlu")}, exclusion_reason="NOT_CLASSIFIED"
    )


def test_a_full_row_is_read_field_by_field() -> None:
    product = _good(
        {
            "gtin": " 8690-0000-00012 ",
            "brand": "Pamukova",
            "origin": "Türkiye",
            "gtip": "6302.60.00.00.11",
            "name_en": "Towel",
            "description_tr": " Birinci satır.\r\nİkinci. ",
            "unit": "Adet",
            "net_weight_g": "420",
            "gross_weight": "0,455 kg",
            "moq": "50",
            "step": "10",
            "currency": "eur",
            "price_1": "4,20",
            "from_2": "200",
            "price_2": "3.60",
            "lead_days": "14",
            "package_units": "40",
            "package_length_mm": "600",
            "package_width": "40 cm",
            "micro_export": "Evet",
            "keywords": "towel, bath linen; towel",
            "certificates": "ISO9001:2015|Yerel Belge",
            "published_at": "31.12.2025",
        }
    )
    assert product == ProductInput(
        sku="A-1",
        texts={"tr": TextInput("Havlu", "Birinci satır.\nİkinci."), "en": TextInput("Towel")},
        gtin="8690000000012",
        brand="Pamukova",
        hs_code="630260000011",
        tariff_year=2026,
        net_weight_g=420,
        gross_weight_g=455,
        moq=50,
        step=10,
        currency="EUR",
        tiers=((50, Decimal("4.20")), (200, Decimal("3.60"))),
        lead_days=14,
        package_units=40,
        package_length_mm=600,
        package_width_mm=400,
        micro_export_ok=True,
        keywords=("towel", "bath linen"),
        certificates=("ISO 9001", "Yerel Belge"),
        published_at=datetime(2025, 12, 31, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("text", "mark", "price"),
    [
        ("12,50", ",", "12.50"),
        ("1.234,50", ",", "1234.50"),
        ("1.234", ",", "1234.00"),
        ("12.50", ".", "12.50"),
        ("1,234.50", ".", "1234.50"),
        ("12,50", None, "12.50"),
        ("1.234,50", None, "1234.50"),
        ("1,234.50", None, "1234.50"),
        ("1234", None, "1234.00"),
        (1234, ",", "1234.00"),
        (Decimal("12.5"), ",", "12.50"),
    ],
)
def test_decimal_marks_are_read_as_declared_or_where_they_are_clear(
    text: object, mark: Any, price: str
) -> None:
    product = _good({"price": text, "currency": "EUR"}, Mapping(file=FileOptions(decimal=mark)))
    assert product.tiers == ((1, Decimal(price)),)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("1.234", None),
        ("1,234", None),
        ("12.50", ","),
        ("12,50", "."),
        ("=1+1", None),
        ("-5", None),
        ("1e3", None),
    ],
)
def test_numbers_that_mean_two_things_or_none_are_refused(text: str, mark: Any) -> None:
    wrong = _bad({"price": text, "currency": "EUR"}, Mapping(file=FileOptions(decimal=mark)))
    assert set(wrong) == {"price"}


@pytest.mark.parametrize(
    "value", [Decimal("1e999999999"), Decimal("1e-999999999"), 10**40, -1, True, [1], {"a": 1}, 1.5]
)
@pytest.mark.parametrize("field", ["price", "moq", "net_weight_g", "lead_days"])
def test_numbers_of_json_that_are_no_quantities_are_refused(field: str, value: object) -> None:
    if value == 1.5 and field in ("price", "net_weight_g"):
        assert _good({field: value, "currency": "EUR"})
    else:
        assert set(_bad({field: value, "currency": "EUR"})) == {field.removesuffix("_g")}


def test_prices_in_cents_become_whole_money() -> None:
    columns: dict[str, Any] = {
        "sku": "sku",
        "name_tr": "name_tr",
        "price": Column(column="cents", scale="0.01"),
        "currency": Column(constant="EUR"),
    }
    assert _good({"cents": 4995}, Mapping(columns=columns)).tiers == ((1, Decimal("49.95")),)
    assert _good({"cents": "500"}, Mapping(columns=columns)).tiers == ((1, Decimal("5.00")),)


def test_the_first_price_gives_the_moq_and_must_agree_with_it() -> None:
    assert _good({"price_1": "2", "from_1": "5", "currency": "EUR"}).moq == 5
    assert "price" in _bad({"price_1": "2", "from_1": "5", "moq": "6", "currency": "EUR"})


@pytest.mark.parametrize(
    "cells",
    [
        {"price": "2", "price_1": "2"},
        {"price_1": "2", "price_2": "1"},
        {"price_1": "2", "from_2": "10"},
        {"price_1": "2", "price_2": "3", "from_2": "10"},
    ],
)
def test_prices_that_make_no_list_are_refused(cells: dict[str, object]) -> None:
    assert set(_bad({**cells, "currency": "EUR"})) == {"price"}


def test_a_currency_without_a_price_is_a_price_on_request() -> None:
    assert _good({"price": "", "currency": "EUR"}).currency is None


def test_a_weight_without_a_unit_is_refused() -> None:
    assert set(_bad({"net_weight": "420"})) == {"net_weight"}
    assert _good({"net_weight_kg": "0.42"}).net_weight_g == 420


def test_every_fault_of_a_row_is_told_at_once_with_its_value() -> None:
    parsed = _parse({"gtin": "123", "unit": "parsek", "origin": "Atlantis", "moq": "viele"})
    assert {issue.field: issue.value for issue in parsed.issues} == {
        "gtin": "123",
        "unit": "parsek",
        "origin": "Atlantis",
        "moq": "viele",
    }
    assert {issue.row for issue in parsed.issues} == {2}


def test_a_gtip_that_the_loaded_tariff_lacks_is_refused() -> None:
    assert set(_bad({"gtip": "630260000012"})) == {"gtip"}
    assert _good({"gtip": "630260000012", "tariff_year": "2024"}).tariff_year == 2024
    assert _good({"gtip": "6302.60"}).tariff_year is None


def test_wrong_gtins_of_a_list_are_left_out_with_a_notice_and_a_single_one_is_an_error() -> None:
    parsed = _parse({"gtin": ["123", "8690000000012", "0095205603217"]})
    assert parsed.product is not None
    assert parsed.product.gtin == "8690000000012"
    assert [(notice.field, notice.value) for notice in parsed.notices] == [("gtin", "123")]
    assert set(_bad({"gtin": "123"})) == {"gtin"}
    only_wrong = _parse({"gtin": ["123"]})
    assert only_wrong.product is not None
    assert only_wrong.product.gtin is None


def test_formulas_are_data() -> None:
    product = _good({"name_tr": '=HYPERLINK("http://example.org")', "brand": "@brand", "keywords": "+1, -2"})
    assert product.texts["tr"].name.startswith("=HYPERLINK")
    assert (product.brand, product.keywords) == ("@brand", ("+1", "-2"))


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x85", "\u202e", "\ud800"])
@pytest.mark.parametrize("field", ["sku", "name_tr", "description_tr", "brand", "keywords", "unit", "gtin"])
def test_signs_that_cannot_be_shown_are_an_issue_of_their_field(field: str, sign: str) -> None:
    assert field in _bad({field: f"a{sign}b"})


def test_spaces_and_line_ends_in_names_become_one_space() -> None:
    assert (
        _good({"name_tr": " Pamuk\n\tbanyo \u2028 havlusu\ufeff "}).texts["tr"].name == "Pamuk banyo havlusu"
    )


def test_constants_and_defaults_fill_what_the_file_lacks() -> None:
    columns: dict[str, Any] = {
        "sku": "sku",
        "name_tr": "name_tr",
        "brand": Column(constant="Pamukova"),
        "unit": Column(column="birim", default="KGM"),
    }
    assert _good({"birim": " "}, Mapping(columns=columns)).unit == "KGM"
    product = _good({"birim": "kutu"}, Mapping(columns=columns))
    assert (product.brand, product.unit) == ("Pamukova", "BX")


def test_micro_export_is_switched_off_with_a_notice() -> None:
    parsed = _parse({"micro_export": "yes"})
    assert parsed.product is not None
    assert not parsed.product.micro_export_ok
    assert [notice.field for notice in parsed.notices] == ["micro_export"]


def test_a_row_that_could_not_be_read_is_an_issue_of_the_row() -> None:
    parsed = reader(plan(Mapping(), ("sku", "name_tr")), TARIFFS, TODAY)(Row(9, {}, "This row is broken."))
    assert [(issue.row, issue.field, issue.sentence) for issue in parsed.issues] == [
        (9, "", "This row is broken.")
    ]


_CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(),
    st.text(max_size=80),
    st.text(alphabet="0123456789.,- €kgEUR", max_size=12),
    st.lists(st.one_of(st.none(), st.text(max_size=20), st.integers()), max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
_ANY_ROW = st.dictionaries(st.sampled_from(fields()), _CELLS)


@settings(max_examples=600, deadline=None)
@given(cells=_ANY_ROW, decimal=st.sampled_from([None, ",", "."]))
def test_any_cells_are_a_product_that_keeps_the_rules_or_issues(
    cells: dict[str, object], decimal: Any
) -> None:
    parsed = reader(plan(Mapping(file=FileOptions(decimal=decimal)), fields()), TARIFFS, TODAY)(Row(2, cells))
    assert (parsed.product is None) == bool(parsed.issues)
    if parsed.product is not None:
        assert check(parsed.product, TARIFFS) == {}
    for issue in (*parsed.issues, *parsed.notices):
        assert issue.sentence
        (issue.field + issue.value + issue.sentence).encode("utf-8")
