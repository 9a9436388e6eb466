"""What the price panel says of a quantity: tier, total, weight, and how far a micro-export shipment goes."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from kervan.products.quantity import MOST, calculate, read_quantity
from kervan.products.structs import Package, ProductCard, ProductDetail, Tier

DAY = dt.date(2026, 9, 1)
"""A day on which one shipment may weigh 600 kg and be worth EUR 30,000."""


def make_product(
    *,
    tiers: tuple[Tier, ...] = (Tier(50, 199, Decimal("4.20")), Tier(200, None, Decimal("3.60"))),
    currency: str | None = "EUR",
    gross_weight_g: int | None = 455,
    moq: int = 50,
    step: int = 10,
) -> ProductDetail:
    card = ProductCard(
        id="abcdefghjkmn",
        slug="terry-towel",
        name="Terry towel",
        name_language="en",
        exporter="pamukova",
        exporter_name="Pamukova",
        province="20",
        brand=None,
        hs_code="630260000011",
        certificates=(),
        micro_export_ok=True,
        price_min=tiers[-1].unit_price if tiers else None,
        price_max=tiers[0].unit_price if tiers else None,
        currency=currency if tiers else None,
        unit="C62",
        moq=moq,
        lead_days=None,
        picture="towel",
        tint="teal",
        image=None,
        image_small=None,
        published_at=None,
    )
    return ProductDetail(
        card=card,
        sku="T-1",
        gtin=None,
        origin="TR",
        tariff_year=2026,
        net_weight_g=None,
        gross_weight_g=gross_weight_g,
        step=step,
        tiers=tiers,
        package=Package(None, None, None, None, None),
        texts=(),
        certificates=(),
        exclusion_reason=None,
        keywords=(),
        images=(),
        version=1,
        version_number=1,
        updated_at=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
    )


def test_the_tier_of_the_quantity_makes_the_total() -> None:
    found = calculate(make_product(), 400, DAY)
    assert (found.total, found.gross_weight_g, found.refusal) == (Decimal("1440.00"), 182_000, None)
    assert found.tier is not None
    assert found.tier.from_quantity == 200


def test_the_fuller_limit_binds_and_says_what_is_left() -> None:
    found = calculate(make_product(), 400, DAY)
    assert found.binding == "weight"
    assert found.weight_left == 418_000
    dear = calculate(make_product(gross_weight_g=10), 400, DAY)
    assert dear.binding == "value"
    assert dear.value_left == Decimal("28560.00")


@pytest.mark.parametrize(
    ("quantity", "level"), [(1050, "ok"), (1060, "near"), (1310, "near"), (1320, "over")]
)
def test_a_gauge_warns_from_80_percent_on_and_exactly_the_limit_is_within(quantity: int, level: str) -> None:
    found = calculate(make_product(), quantity, DAY)
    assert found.weight is not None
    assert found.weight.level == level
    on_the_limit = calculate(make_product(gross_weight_g=6_000, moq=1, step=1), 100, DAY)
    assert on_the_limit.weight is not None
    assert (on_the_limit.weight.level, on_the_limit.weight_left) == ("near", 0)


def test_the_largest_order_keeps_both_limits_and_the_steps() -> None:
    assert calculate(make_product(), 50, DAY).most == 1310
    # 30,000 / 99.50 = 301 pieces, in steps of 10 from 50 on: 300.
    dear = make_product(tiers=(Tier(50, None, Decimal("99.50")),), gross_weight_g=100)
    assert calculate(dear, 50, DAY).most == 300


def test_a_cheaper_tier_can_hold_the_largest_order() -> None:
    # 100 EUR up to 399 pieces allows 300; 70 EUR from 400 on allows 428.
    product = make_product(
        tiers=(Tier(1, 399, Decimal(100)), Tier(400, None, Decimal(70))), gross_weight_g=10, moq=1, step=1
    )
    assert calculate(product, 1, DAY).most == 428
    # With 350 pieces by weight the cheaper tier is out of reach.
    heavy = msgspec.structs.replace(product, gross_weight_g=1_700)
    assert calculate(heavy, 1, DAY).most == 300


def test_nothing_fits_when_the_smallest_order_is_too_heavy() -> None:
    assert calculate(make_product(gross_weight_g=20_000), 50, DAY).most == 0


def test_an_old_rate_is_not_used_to_judge_the_value() -> None:
    found = calculate(make_product(currency="USD"), 400, dt.date(2035, 9, 3))
    assert found.rule is not None
    assert found.rule.rate_stale
    assert found.value is None
    assert found.binding == "weight"


def test_without_a_weight_only_the_value_is_judged() -> None:
    found = calculate(make_product(gross_weight_g=None), 400, DAY)
    assert found.weight is None
    assert found.binding == "value"


def test_a_price_on_request_still_has_a_weight() -> None:
    found = calculate(make_product(tiers=()), 400, DAY)
    assert (found.total, found.binding) == (None, "weight")


@pytest.mark.parametrize(
    ("quantity", "params"), [(49, {"moq": 50}), (55, {"step": 10, "lower": 50, "upper": 60}), (60, None)]
)
def test_quantities_below_the_smallest_order_or_between_steps_are_refused(
    quantity: int, params: dict[str, int] | None
) -> None:
    refusal = calculate(make_product(), quantity, DAY).refusal
    assert (refusal.params if refusal else None) == params


@pytest.mark.parametrize("text", ["abc", "-5", "0", "1.5", "1e3", "९", str(MOST * 100), "\x00"])
def test_what_is_no_quantity_is_refused_and_the_smallest_order_shown(text: str) -> None:
    quantity, refusal = read_quantity(make_product(), text)
    assert quantity == 50
    assert refusal is not None


def test_no_quantity_means_the_smallest_order() -> None:
    assert read_quantity(make_product(), None) == (50, None)
    assert read_quantity(make_product(), " 1 200 ") == (1200, None)
