"""The verdict on a shipment: limits of law, platform and exporter, goods, parties and rates."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.policies import sentences
from kervan.trade import law
from kervan.trade.errors import TradeError
from kervan.trade.law import ETGB, PlatformLimit, RegimeLimit
from kervan.trade.own_limits import OwnLimits
from kervan.trade.verdict import NAMES, Refusal, Shipment, Verdict, judge

BOOK = law.shipped()
LAW_OF_2025, LAW_OF_2026 = dt.date(2025, 12, 31), dt.date(2026, 1, 3)
OPEN = OwnLimits()
LENTILS, TOWEL = "071340000013", "630260000000"


def shipment(**values: Any) -> Shipment:
    """A harmless shipment of towels to Germany by a verified importer."""
    plain: dict[str, Any] = {
        "on": dt.date(2026, 11, 22),
        "route": ETGB,
        "purpose": "SALE",
        "sale_type": "FINAL",
        "destination": "DE",
        "buyer_country": "DE",
        "tier": "VERIFIED",
        "currency": "EUR",
        "goods_eur": Decimal("900"),
        "total_eur": Decimal("1000"),
        "gross_g": 100_000,
        "codes": (TOWEL,),
    }
    return Shipment(**{**plain, **values})


def codes(verdict: Verdict) -> list[str]:
    return [refusal.code for refusal in verdict.refusals]


def said(verdict: Verdict, language: str = "en") -> str:
    return sentences.say(verdict, language)


@pytest.mark.parametrize(
    ("day", "grams", "eur", "refused"),
    [
        (LAW_OF_2025, 300_000, "15000.00", []),
        (LAW_OF_2025, 300_001, "15000.00", ["REGIME_GROSS_WEIGHT"]),
        (LAW_OF_2025, 300_000, "15000.01", ["REGIME_GOODS_VALUE"]),
        (LAW_OF_2025, 300_001, "15000.01", ["REGIME_GROSS_WEIGHT", "REGIME_GOODS_VALUE"]),
        (LAW_OF_2026, 300_001, "15000.01", []),
        (LAW_OF_2026, 600_000, "30000.00", []),
        (LAW_OF_2026, 600_001, "30000.00", ["REGIME_GROSS_WEIGHT"]),
        (LAW_OF_2026, 600_000, "30000.01", ["REGIME_GOODS_VALUE"]),
        (dt.date(2015, 6, 1), 150_000, "7500.00", []),
        (dt.date(2015, 6, 1), 150_001, "7500.01", ["REGIME_GROSS_WEIGHT", "REGIME_GOODS_VALUE"]),
    ],
)
def test_invariant_1_exactly_on_the_limit_passes_and_the_least_above_it_fails(
    day: dt.date, grams: int, eur: str, refused: list[str]
) -> None:
    verdict = judge(
        shipment(on=day, gross_g=grams, goods_eur=Decimal(eur), total_eur=Decimal(eur)), BOOK, OPEN
    )
    assert (verdict.allowed, codes(verdict)) == (not refused, refused)


def test_invariant_1_the_value_is_compared_as_goods_and_as_invoice_total() -> None:
    over = judge(
        shipment(on=LAW_OF_2025, goods_eur=Decimal("14999"), total_eur=Decimal("15000.01")), BOOK, OPEN
    )
    assert codes(over) == ["REGIME_TOTAL_VALUE"]
    assert said(over) == (
        "With its charges the invoice comes to €15,000.01; the law allows €15,000.00 in one shipment."
    )
    discounted = judge(
        shipment(on=LAW_OF_2025, goods_eur=Decimal("15000.01"), total_eur=Decimal("14000")), BOOK, OPEN
    )
    assert codes(discounted) == ["REGIME_GOODS_VALUE"]


@pytest.mark.parametrize(
    ("basis", "goods", "total", "allowed"),
    [
        ("GOODS", "100", "101", True),
        ("GOODS", "101", "101", False),
        ("INVOICE_TOTAL", "99", "101", False),
        ("INVOICE_TOTAL", "101", "100", True),
        ("BOTH", "100", "101", False),
        ("BOTH", "100", "100", True),
    ],
)
def test_the_basis_of_a_row_says_which_value_counts(
    basis: Any, goods: str, total: str, allowed: bool
) -> None:
    row = RegimeLimit(
        route=ETGB, max_gross_g=10**6, max_value_eur=Decimal(100), basis=basis, legal_ref="x", certainty="RECALLED"
    )  # fmt: skip
    book = msgspec.structs.replace(BOOK, regime=(row,))
    assert judge(shipment(goods_eur=Decimal(goods), total_eur=Decimal(total)), book).allowed is allowed


def test_the_smallest_limit_of_each_dimension_decides_and_all_are_kept_with_their_headroom() -> None:
    own = OwnLimits(max_gross_g=250_000, max_order_eur=Decimal(5000), min_order_eur=Decimal(100))
    verdict = judge(
        shipment(tier="UNVERIFIED", gross_g=200_000, goods_eur=Decimal(800), total_eur=Decimal(950)),
        BOOK,
        own,
    )
    assert verdict.allowed
    assert (verdict.left_g, verdict.left_eur) == (50_000, Decimal(50))
    assert verdict.binding is not None
    assert (verdict.binding.source, verdict.binding.dimension) == ("PLATFORM", "TOTAL_VALUE")
    assert [(rule.source, rule.dimension, rule.left) for rule in verdict.rules] == [
        ("REGIME", "GROSS_WEIGHT", 400_000),
        ("REGIME", "GOODS_VALUE", Decimal(29_200)),
        ("REGIME", "TOTAL_VALUE", Decimal(29_050)),
        ("PLATFORM", "GOODS_VALUE", Decimal(200)),
        ("PLATFORM", "TOTAL_VALUE", Decimal(50)),
        ("EXPORTER", "GROSS_WEIGHT", 50_000),
        ("EXPORTER", "GOODS_VALUE", Decimal(4200)),
        ("EXPORTER", "TOTAL_VALUE", Decimal(4050)),
        ("EXPORTER", "MINIMUM", Decimal(700)),
    ]
    assert all(rule.fits and rule.name == NAMES[rule.source, rule.dimension] for rule in verdict.rules)


def test_an_unverified_importer_orders_up_to_a_thousand_euros() -> None:
    at = {"goods_eur": Decimal(1000), "total_eur": Decimal(1000)}
    assert judge(shipment(tier="UNVERIFIED", **at), BOOK, OPEN).allowed
    above = {"goods_eur": Decimal("1000.01"), "total_eur": Decimal("1000.01")}
    verdict = judge(shipment(tier="UNVERIFIED", **above), BOOK, OPEN)
    assert codes(verdict) == ["PLATFORM_GOODS_VALUE"]
    assert said(verdict).startswith("Until your firm is verified you can order up to €1,000.00")
    assert judge(shipment(tier="VERIFIED", **above), BOOK, OPEN).allowed


def test_the_platform_can_limit_verified_importers_and_weights_too() -> None:
    row = PlatformLimit(
        tier="VERIFIED", max_gross_g=50_000, max_value_eur=Decimal(500), legal_ref="x", certainty="DECIDED"
    )
    verdict = judge(shipment(), msgspec.structs.replace(BOOK, platform=(row,)))
    assert codes(verdict) == ["PLATFORM_GROSS_WEIGHT", "PLATFORM_GOODS_VALUE"]


@pytest.mark.parametrize(
    ("own", "refused", "sentence"),
    [
        (OwnLimits(max_gross_g=99_999), "EXPORTER_GROSS_WEIGHT", "takes orders up to 99.999 kg"),
        (OwnLimits(max_order_eur=Decimal(899)), "EXPORTER_GOODS_VALUE", "takes orders up to €899.00"),
        (OwnLimits(max_order_eur=Decimal(950)), "EXPORTER_TOTAL_VALUE", "comes to €1,000.00"),
        (OwnLimits(min_order_eur=Decimal("900.01")), "EXPORTER_MINIMUM", "takes orders from €900.01"),
        (OwnLimits(countries_blocked=("DE",)), "COUNTRY_NOT_SERVED", "takes no orders to Germany"),
        (OwnLimits(countries_allowed=("FR",)), "COUNTRY_NOT_SERVED", "takes no orders to Germany"),
        (OwnLimits(codes_excluded=("6302",)), "CODE_EXCLUDED", "of the code 6302.60.00.00.00"),
    ],
)
def test_the_exporters_own_limits_hold(own: OwnLimits, refused: str, sentence: str) -> None:
    verdict = judge(shipment(), BOOK, own)
    assert codes(verdict) == [refused]
    assert sentence in said(verdict)


def test_the_exporters_limits_hold_exactly() -> None:
    own = OwnLimits(max_gross_g=100_000, max_order_eur=Decimal(1000), min_order_eur=Decimal(900))
    assert judge(shipment(), BOOK, own).allowed


@pytest.mark.parametrize("purpose", ["SAMPLE", "GIFT", "REPAIR", "FAIR", "RETURN", "LOAN", ""])
def test_invariant_8_only_a_sale_leaves_by_etgb(purpose: str) -> None:
    verdict = judge(shipment(purpose=purpose), BOOK, OPEN)
    assert codes(verdict) == ["PURPOSE"]
    assert "ETGB" in said(verdict)


def test_invariant_8_only_a_final_sale_leaves_by_etgb() -> None:
    assert codes(judge(shipment(sale_type="CONSIGNMENT"), BOOK, OPEN)) == ["SALE_TYPE"]


def test_invariant_8_one_restricted_line_stops_the_whole_order() -> None:
    verdict = judge(shipment(codes=(TOWEL, LENTILS, TOWEL)), BOOK, OPEN)
    assert codes(verdict) == ["RESTRICTED_REGISTERED"]
    assert said(verdict).startswith("Red lentils (0713.40.00.00.13) must be registered")
    assert said(verdict, "tr").startswith("Kırmızı mercimek (0713.40.00.00.13)")
    assert "6 Jun 2006" in str(verdict.refusals[0].params["legal_ref"])


def test_invariant_8_goods_are_free_before_their_restriction_began() -> None:
    assert judge(shipment(on=dt.date(2023, 3, 24), codes=(LENTILS,)), BOOK, OPEN).allowed
    assert not judge(shipment(on=dt.date(2023, 3, 25), codes=(LENTILS,)), BOOK, OPEN).allowed


def test_goods_can_be_restricted_to_one_destination() -> None:
    jewels = "711319000000"
    assert judge(shipment(codes=(jewels,)), BOOK, OPEN).allowed
    verdict = judge(shipment(codes=(jewels,), destination="KP", buyer_country="KP"), BOOK, OPEN)
    assert codes(verdict) == ["RESTRICTED_PROHIBITED"]
    assert "may not be exported to North Korea" in said(verdict)


@pytest.mark.parametrize(
    "code", ["", "6302", "63026000", "6302.60.00.00", "６３０２６０００００００", "63026000000x"]
)
def test_goods_without_a_12_digit_gtip_are_refused(code: str) -> None:
    assert codes(judge(shipment(codes=(TOWEL, code)), BOOK, OPEN)) == ["NO_GTIP"]


def test_an_order_has_goods_with_a_weight() -> None:
    assert codes(judge(shipment(codes=()), BOOK, OPEN)) == ["NO_GOODS"]
    assert codes(judge(shipment(gross_g=0), BOOK, OPEN)) == ["NO_WEIGHT"]
    assert codes(judge(shipment(gross_g=-5), BOOK, OPEN)) == ["NO_WEIGHT"]


def test_invariant_3_without_a_usable_rate_nothing_is_ordered_and_the_reason_is_said() -> None:
    problem = TradeError(
        "The latest exchange rate for {currency} is of {date}; that is too old to trade on.",
        currency="USD",
        date="2026-10-30",
    )
    verdict = judge(
        shipment(currency="USD", goods_eur=None, total_eur=None, rate_problem=problem), BOOK, OPEN
    )
    assert codes(verdict) == ["RATE"]
    assert said(verdict) == "The latest exchange rate for USD is of 30 Oct 2026; that is too old to trade on."
    unknown = [rule for rule in verdict.rules if rule.used is None]
    assert {rule.dimension for rule in unknown} == {"GOODS_VALUE", "TOTAL_VALUE"}
    assert verdict.left_eur is None
    assert verdict.left_g == 500_000


@pytest.mark.parametrize("value", [None, Decimal("NaN"), Decimal("Infinity"), Decimal("-1"), Decimal("sNaN")])
def test_invariant_3_a_value_that_is_no_amount_is_refused_never_an_error(value: Decimal | None) -> None:
    assert codes(judge(shipment(goods_eur=value, total_eur=value), BOOK, OPEN)) == ["NO_VALUE"]


def test_invariant_3_values_are_decimals_and_weights_whole_grams() -> None:
    verdict = judge(shipment(), BOOK, OwnLimits(max_gross_g=200_000, max_order_eur=Decimal(2000)))
    for rule in verdict.rules:
        kinds = (int,) if rule.dimension == "GROSS_WEIGHT" else (Decimal,)
        assert all(isinstance(figure, kinds) for figure in (rule.limit, rule.used, rule.left)), rule


def test_invariant_9_neither_the_buyer_nor_the_goods_are_in_türkiye() -> None:
    assert codes(judge(shipment(destination="TR"), BOOK, OPEN)) == ["DOMESTIC"]
    assert codes(judge(shipment(buyer_country="TR"), BOOK, OPEN)) == ["DOMESTIC"]


def test_a_route_without_a_law_is_refused() -> None:
    verdict = judge(shipment(route="DRONE"), BOOK, OPEN)
    assert codes(verdict) == ["NO_LIMIT_KNOWN"]
    assert "No limit is known for DRONE" in said(verdict)


def test_invariant_4_a_frozen_verdict_reads_back_as_it_was_whatever_the_law_says_later() -> None:
    verdict = judge(
        shipment(on=LAW_OF_2025, gross_g=300_001, codes=(LENTILS,)),
        BOOK,
        OwnLimits(max_order_eur=Decimal(9000)),
    )
    frozen = msgspec.json.encode(msgspec.to_builtins(verdict))
    assert msgspec.json.decode(frozen, type=Verdict) == verdict
    assert [rule.limit for rule in verdict.rules][:1] == [300_000]


def test_invariant_4_the_same_shipment_is_judged_by_the_law_of_each_action() -> None:
    sent = shipment(on=LAW_OF_2025, gross_g=400_000)
    countered = msgspec.structs.replace(sent, on=LAW_OF_2026)
    assert [judge(one, BOOK).allowed for one in (sent, countered)] == [False, True]


def test_all_reasons_are_told_at_once() -> None:
    verdict = judge(
        shipment(
            purpose="GIFT", codes=(LENTILS, ""), gross_g=10**9, goods_eur=Decimal(10**9), total_eur=Decimal(10**9)
        ),
        BOOK,
        OwnLimits(countries_blocked=("DE",)),
    )  # fmt: skip
    assert codes(verdict) == [
        "PURPOSE",
        "COUNTRY_NOT_SERVED",
        "RESTRICTED_REGISTERED",
        "NO_GTIP",
        "REGIME_GROSS_WEIGHT",
        "REGIME_GOODS_VALUE",
    ]


def test_what_is_left_is_said_with_the_limit_that_is_reached_first() -> None:
    verdict = judge(shipment(gross_g=590_000), BOOK, OPEN)
    assert said(verdict) == (
        "This order is within the limits: 10 kg and €29,000.00 are left."
        " You reach this one first: The law: gross weight of one shipment."
    )


def test_a_rule_is_told_with_its_figures_and_its_source() -> None:
    verdict = judge(shipment(gross_g=600_001), BOOK, OwnLimits(min_order_eur=Decimal(50)))
    told = [sentences.rule(rule, "en") for rule in verdict.rules]
    assert told[0].startswith("The law: gross weight of one shipment: 600.001 kg of 600 kg, 1 g too much.")
    assert "since 3 Jan 2026" in told[0]
    assert told[-1] == "The exporter: smallest order: €50.00; this is €900.00."


def test_what_is_used_is_rounded_up_and_what_is_left_down() -> None:
    over = judge(shipment(goods_eur=Decimal("29999"), total_eur=Decimal("30000.0001")), BOOK, OPEN)
    assert "€30,000.01" in said(over)
    under = judge(shipment(goods_eur=Decimal("1"), total_eur=Decimal("29999.9999")), BOOK, OPEN)
    assert "€0.00 are left" in said(under)


def test_every_refusal_is_a_sentence_in_both_languages() -> None:
    refusal = Refusal(code="X", message="{code} is no 12-digit GTIP.", params={"code": "61<b>"})
    assert sentences.refusal(refusal, "tr") == "61<b> is no 12-digit GTIP."


money = st.decimals(Decimal("0.01"), Decimal("60000"), places=2)
days = st.dates(dt.date(2015, 1, 1), dt.date(2027, 12, 31))


@given(
    days,
    st.integers(1, 900_000),
    st.integers(0, 300_000),
    money,
    money,
    money,
    st.sampled_from(["VERIFIED", "UNVERIFIED"]),
    st.none() | st.integers(1, 700_000),
    st.none() | money,
)
def test_invariant_1_a_heavier_or_dearer_shipment_never_becomes_allowed(
    on: dt.date,
    grams: int,
    heavier: int,
    goods: Decimal,
    charges: Decimal,
    dearer: Decimal,
    tier: str,
    own_g: int | None,
    own_eur: Decimal | None,
) -> None:
    own = OwnLimits(max_gross_g=own_g, max_order_eur=own_eur)
    small = shipment(on=on, tier=tier, gross_g=grams, goods_eur=goods, total_eur=goods + charges)
    large = msgspec.structs.replace(
        small, gross_g=grams + heavier, goods_eur=goods + dearer, total_eur=goods + charges + dearer
    )
    before, after = judge(small, BOOK, own), judge(large, BOOK, own)
    assert before.allowed or not after.allowed
    assert set(codes(before)) <= {
        # Of goods and total only the first that is broken is told, so a source stands for both.
        *codes(after),
        *(code.replace("GOODS", "TOTAL") for code in codes(after)),
    }
    for was, now in zip(before.rules, after.rules, strict=True):
        assert was.left is not None
        assert now.left is not None
        assert now.left <= was.left


@given(days, st.integers(1, 900_000), money, st.none() | st.integers(1, 700_000), st.none() | money)
def test_an_allowed_shipment_keeps_the_smallest_limit_of_each_dimension(
    on: dt.date, grams: int, value: Decimal, own_g: int | None, own_eur: Decimal | None
) -> None:
    # Written anew from the rule itself: the smallest of all limits, per dimension, on that day.
    regime = BOOK.regime_limit(ETGB, on)
    most_g = min(regime.max_gross_g, own_g or regime.max_gross_g)
    most_eur = min(regime.max_value_eur, own_eur or regime.max_value_eur)
    verdict = judge(
        shipment(on=on, gross_g=grams, goods_eur=value, total_eur=value),
        BOOK,
        OwnLimits(max_gross_g=own_g, max_order_eur=own_eur),
    )
    assert verdict.allowed is (grams <= most_g and value <= most_eur)
    assert (verdict.left_g, verdict.left_eur) == (most_g - grams, most_eur - value)
