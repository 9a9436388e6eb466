"""The rules of a product: what may be stored, and what the law takes from it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories import product_input

from kervan.products.inputs import TextInput
from kervan.products.rules import check, settle

TODAY = date(2026, 11, 22)
TARIFFS = {2026: {"630260000011"}}


def test_a_plain_product_keeps_every_rule() -> None:
    assert check(product_input(), TARIFFS) == {}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("sku", {"sku": ""}),
        ("sku", {"sku": "x" * 65}),
        ("sku", {"sku": "a\tb"}),
        ("name_tr", {"texts": {"en": TextInput("Towel")}}),
        ("name_tr", {"texts": {"tr": TextInput(" ")}}),
        ("name_tr", {"texts": {"tr": TextInput("x" * 301)}}),
        ("name_tr", {"texts": {"tr": TextInput("a\x00b")}}),
        ("name_tr", {"texts": {"tr": TextInput("abc\u202edef")}}),
        ("name_tr", {"texts": {"tr": TextInput("a\ud800")}}),
        ("name_xx", {"texts": {"tr": TextInput("Havlu"), "xx": TextInput("?")}}),
        ("name_en", {"texts": {"tr": TextInput("Havlu"), "en": TextInput("", "A towel.")}}),
        ("description_tr", {"texts": {"tr": TextInput("Havlu", "x" * 10_001)}}),
        ("description_tr", {"texts": {"tr": TextInput("Havlu", "a\x1bb")}}),
        ("gtin", {"gtin": "8690000000011"}),
        ("gtin", {"gtin": "869 0000 000012"}),
        ("brand", {"brand": "x" * 121}),
        ("origin", {"origin": "XX"}),
        ("unit", {"unit": "ADET"}),
        ("hs_code", {"hs_code": "63026"}),
        ("hs_code", {"hs_code": "63026000"}),
        ("hs_code", {"hs_code": "630250", "tariff_year": None}),
        ("hs_code", {"hs_code": "630260000012"}),
        ("tariff_year", {"tariff_year": 26}),
        ("net_weight_g", {"net_weight_g": 0}),
        ("gross_weight_g", {"gross_weight_g": 419}),
        ("gross_weight_g", {"gross_weight_g": 2**31}),
        ("moq", {"moq": 0, "tiers": (), "currency": None}),
        ("step", {"step": 0}),
        ("lead_days", {"lead_days": -1}),
        ("package_units", {"package_units": 0}),
        ("currency", {"currency": None}),
        ("currency", {"currency": "EURO"}),
        ("currency", {"tiers": ()}),
        ("price", {"tiers": ((50, Decimal(0)),)}),
        ("price", {"tiers": ((50, Decimal("NaN")),)}),
        ("price", {"tiers": ((50, Decimal(10) ** 10),)}),
        ("price", {"tiers": ((50, Decimal("1.005")),)}),
        ("price", {"tiers": ((50, Decimal("12.5")),), "currency": "JPY"}),
        ("price", {"tiers": ((1, Decimal(1)),)}),
        ("price", {"tiers": ((50, Decimal(2)), (50, Decimal(1)))}),
        ("price", {"tiers": ((50, Decimal(2)), (60, Decimal(2)))}),
        ("price", {"tiers": tuple((50 + n, Decimal(50 - n)) for n in range(11))}),
        ("keywords", {"keywords": ("x" * 61,)}),
        ("keywords", {"keywords": tuple(f"k{n}" for n in range(31))}),
        ("keywords", {"keywords": ("towel", "towel")}),
        ("certificates", {"certificates": ("ISO9001",)}),
        ("certificates", {"certificates": ("",)}),
        ("exclusion_reason", {"exclusion_reason": "LAZY"}),
        ("state", {"state": "ONLINE"}),
        ("published_at", {"published_at": datetime(2020, 1, 1)}),
        ("published_at", {"published_at": datetime.now(UTC) + timedelta(days=2)}),
    ],
)
def test_what_breaks_a_rule_is_named_by_its_field(field: str, values: dict[str, Any]) -> None:
    wrong = check(product_input(**values), TARIFFS)
    assert set(wrong) == {field}
    assert str(wrong[field]).endswith(".")


@pytest.mark.parametrize(
    "values",
    [
        {"hs_code": None, "tariff_year": None},
        {"hs_code": "630260", "tariff_year": None},
        {"hs_code": "630260999999", "tariff_year": 2025},  # a year that is not loaded is not checked
        {"currency": None, "tiers": ()},
        {"net_weight_g": None, "gross_weight_g": None},
        {"net_weight_g": 455},
        {"currency": "JPY", "tiers": ((50, Decimal("12.00")),)},
        {"currency": "KWD", "tiers": ((50, Decimal("1.125")),)},
        {"certificates": ("ISO 9001", "Denizli Tekstil Kalite Belgesi")},
        {"texts": {"tr": TextInput("Havlu", "Bir satır.\nBir satır daha.")}},
    ],
)
def test_what_may_be_left_open_is_no_fault(values: dict[str, Any]) -> None:
    assert check(product_input(**values), TARIFFS) == {}


def test_micro_export_stays_on_for_classified_and_weighed_goods() -> None:
    product, notices = settle(product_input(), TODAY)
    assert (product.micro_export_ok, product.exclusion_reason, notices) == (True, None, [])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"hs_code": None, "tariff_year": None}, "NOT_CLASSIFIED"),
        ({"hs_code": "630260", "tariff_year": None}, "NOT_CLASSIFIED"),
        ({"gross_weight_g": None}, "NOT_CLASSIFIED"),
        ({"gross_weight_g": 12_001}, "TOO_HEAVY"),
        ({"exclusion_reason": "RESTRICTED_GOODS"}, "RESTRICTED_GOODS"),
        ({"hs_code": "071340000013"}, "RESTRICTED_BY_LAW"),
    ],
)
def test_micro_export_is_switched_off_with_a_reason_and_a_notice(values: dict[str, Any], reason: str) -> None:
    product, notices = settle(product_input(**values), TODAY)
    assert (product.micro_export_ok, product.exclusion_reason) == (False, reason)
    assert len(notices) == 1


def test_goods_that_the_law_frees_again_may_leave_by_micro_export() -> None:
    stored = product_input(exclusion_reason="RESTRICTED_BY_LAW", micro_export_ok=True)
    product, notices = settle(stored, TODAY)
    assert (product.micro_export_ok, product.exclusion_reason, notices) == (True, None, [])


def test_the_weight_limit_is_that_of_the_day() -> None:
    heavy = product_input(gross_weight_g=12_000)  # 50 pieces: 600 kg
    assert settle(heavy, TODAY)[0].micro_export_ok
    assert not settle(heavy, date(2025, 6, 1))[0].micro_export_ok


def test_goods_nobody_called_eligible_are_settled_without_a_notice() -> None:
    product, notices = settle(product_input(micro_export_ok=False, hs_code=None), TODAY)
    assert (product.exclusion_reason, notices) == ("NOT_CLASSIFIED", [])


def test_a_reason_that_no_longer_holds_is_dropped() -> None:
    product, notices = settle(product_input(exclusion_reason="NOT_CLASSIFIED"), TODAY)
    assert (product.micro_export_ok, product.exclusion_reason, notices) == (True, None, [])
