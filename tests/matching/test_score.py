"""The score by itself: hard filters, what each reason counts, and that better facts never count less."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.matching import words
from kervan.matching.facts import Asked, Firm, Goods, Match, Reason
from kervan.matching.score import bar, match
from kervan.matching.weights import ABOUT, Weights, shipped
from kervan.matching.weights_file import lines
from kervan.trade import law
from kervan.trade.own_limits import OwnLimits

DAY = dt.date(2026, 11, 22)
YEAR = dt.timedelta(days=365)


def asked(**changes: Any) -> Asked:
    """400 cotton towels to Germany for EUR 1,500, OEKO-TEX asked, answers for 30 days in English or German."""
    values: dict[str, Any] = {
        "code": "630260",
        "country": "DE",
        "words": words.of_title("Cotton bath towels", "en"),
        "quantity": 400,
        "unit": "C62",
        "value_eur": Decimal(1500),
        "certificates": ("oeko-tex-100", "iso-9001"),
        "languages": ("de", "en"),
        "days_left": 30,
    }
    return Asked(**{**values, **changes})


def goods(id: int = 1, **changes: Any) -> Goods:
    values: dict[str, Any] = {
        "id": id,
        "code": "630260000011",
        "unit": "C62",
        "moq": 100,
        "words": words.of_goods("Combed cotton terry towel"),
        "lead_days": 20,
        "net_g": 420,
        "gross_g": 455,
        "certificates": frozenset({"oeko-tex-100"}),
    }
    return Goods(**{**values, **changes})


def firm(*of: Goods, **changes: Any) -> Firm:
    values: dict[str, Any] = {
        "id": 7,
        "verification": "VERIFIED",
        "province": "20",
        "goods": of or (goods(),),
        "countries": frozenset({"DE"}),
        "languages": frozenset({"tr", "en"}),
        "certificates": {"oeko-tex-100": DAY + YEAR, "iso-9001": DAY - dt.timedelta(days=240)},
        "cases": 10,
        "answered": 8,
    }
    return Firm(**{**values, **changes})


def found(wish: Asked, of: Firm, weights: Weights | None = None) -> Match | None:
    return match(wish, of, law.shipped(), DAY, weights or shipped(), record_cases=5)


def matched(wish: Asked, of: Firm) -> Match:
    result = found(wish, of)
    assert result is not None
    return result


def codes(reasons: tuple[Reason, ...]) -> dict[str, Decimal]:
    return {reason.code: reason.points for reason in reasons}


def test_every_reason_counts_what_the_file_says() -> None:
    fits = matched(asked(), firm())
    # Two of three words; one of two certificates, for firm and product; 8 of 10 answered.
    assert codes(fits.reasons) == {
        "HS6": 6, "WORDS": Decimal(1), "QUANTITY": 1, "CERTIFICATE": 1, "CERTIFICATE_OF_PRODUCT": Decimal("0.5"),
        "LIMITS": Decimal("0.5"), "COUNTRY": 1, "LANGUAGE": 1, "ANSWERS": Decimal("0.8"),
    }  # fmt: skip
    assert [(one.code, one.params) for one in fits.missing] == [
        ("CERTIFICATE_EXPIRED", {"certificate": "iso-9001", "on": "2026-03-27"})
    ]
    assert fits.score == Decimal("12.8")
    assert fits.goods == 1


def test_the_score_is_the_sum_of_what_is_shown() -> None:
    late = firm(goods(lead_days=45, moq=1000), countries=frozenset(), languages=frozenset({"tr"}))
    fits = matched(asked(), late)
    assert fits.score == sum(one.points for one in (*fits.reasons, *fits.missing))
    assert codes(fits.missing) == {
        "MOQ": Decimal("0.4"), "LATE": Decimal(-1), "CERTIFICATE_EXPIRED": 0, "COUNTRY_NEW": 0, "LANGUAGE_LACKING": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "of", "code"),
    [
        (asked(), firm(verification="EXPIRED"), "NOT_VERIFIED"),
        (asked(), firm(verification="SUSPENDED"), "SUSPENDED"),
        (asked(), firm(opted_out=True), "OPTED_OUT"),
        (asked(), firm(own=OwnLimits(countries_blocked=("DE",))), "COUNTRY_NOT_SERVED"),
        (asked(), firm(own=OwnLimits(countries_allowed=("FR",))), "COUNTRY_NOT_SERVED"),
        (asked(), firm(goods(code="570110000000")), "NO_GOODS"),
        (asked(words=()), firm(goods(code="630130000000")), "NO_GOODS"),
        (asked(), firm(own=OwnLimits(codes_excluded=("6302",))), "CODE_EXCLUDED"),
        (
            asked(code="711319", country="KP"),
            firm(goods(code="711319000011"), countries=frozenset({"KP"})),
            "PROHIBITED",
        ),
    ],
)
def test_a_hard_filter_keeps_an_exporter_out_and_says_which(wish: Asked, of: Firm, code: str) -> None:
    barred = bar(wish, of, law.shipped(), DAY, shipped())
    assert barred is not None
    assert barred.code == code
    assert found(wish, of) is None


def test_an_exporter_without_published_products_is_kept_out() -> None:
    empty = msgspec.structs.replace(firm(), goods=())
    barred = bar(asked(), empty, law.shipped(), DAY, shipped())
    assert barred is not None
    assert barred.code == "NO_GOODS"
    assert found(asked(), empty) is None


def test_goods_that_need_a_licence_are_no_order_but_a_match() -> None:
    sugar = firm(goods(code="170199100000", certificates=frozenset()))
    fits = matched(asked(code="170199"), sugar)
    assert "LIMITS" not in codes(fits.reasons)
    assert "HS6" in codes(fits.reasons)


def test_the_chapter_alone_is_enough_only_with_the_same_words() -> None:
    near = goods(code="630130000000", words=words.of_goods("Cotton bath towel blanket"))
    assert codes(matched(asked(), firm(near)).reasons)["HS2"] == 1
    assert found(asked(), firm(msgspec.structs.replace(near, words=frozenset()))) is None


def test_a_heading_that_is_asked_is_met_by_a_heading() -> None:
    fits = matched(asked(code="6302"), firm())
    assert codes(fits.reasons)["HS4"] == 3
    assert "OTHER_CODE" not in codes(fits.missing)


def test_a_chapter_that_is_looked_for_is_met_by_a_chapter() -> None:
    wish = Asked(code="63", country="DE", provinces=frozenset({"20"}))
    fits = matched(wish, firm())
    assert codes(fits.reasons) == {"HS2": 1, "COUNTRY": 1, "PROVINCE": 1, "ANSWERS": Decimal("0.8")}


def test_the_product_that_fits_best_speaks_for_the_firm_and_the_lower_id_among_equals() -> None:
    far = goods(1, code="630291000000")
    assert matched(asked(), firm(far, goods(5), goods(3))).goods == 3


@pytest.mark.parametrize(
    ("unit", "of", "units"),
    [
        ("C62", goods(), 400),
        (None, goods(), 400),
        ("KGM", goods(), 952),
        ("TNE", goods(unit="KGM"), 400_000),
        ("KGM", goods(unit="TNE"), 0),
        ("SET", goods(), None),
        ("KGM", goods(net_g=None), None),
    ],
)
def test_quantities_are_compared_in_the_units_of_the_product(
    unit: str | None, of: Goods, units: int | None
) -> None:
    assert of.units(400, unit) == units


def test_units_that_cannot_be_compared_count_nothing_either_way() -> None:
    fits = matched(asked(unit="SET"), firm())
    assert not {"QUANTITY", "MOQ", "LIMITS"} & {one.code for one in (*fits.reasons, *fits.missing)}


def test_an_answer_rate_of_too_few_cases_counts_nothing() -> None:
    assert "ANSWERS" not in codes(matched(asked(), firm(cases=4, answered=4)).reasons)
    assert codes(matched(asked(), firm(cases=5, answered=5)).reasons)["ANSWERS"] == 1


def test_a_certificate_without_an_end_is_valid_and_the_last_day_counts() -> None:
    for until in (None, DAY):
        fits = matched(asked(), firm(certificates={"iso-9001": until, "oeko-tex-100": until}))
        assert codes(fits.reasons)["CERTIFICATE"] == 1
        assert not any(one.code.startswith("CERTIFICATE") for one in fits.missing)


def test_only_its_own_limits_are_missing_not_the_law() -> None:
    over = matched(asked(value_eur=Decimal(90_000)), firm())
    assert "LIMITS" not in codes(over.reasons)
    assert not any(one.code.startswith(("REGIME", "PLATFORM")) for one in over.missing)
    small = matched(asked(), firm(own=OwnLimits(min_order_eur=Decimal(2000))))
    assert "EXPORTER_MINIMUM" in codes(small.missing)


def test_an_unknown_lead_time_counts_as_late_as_can_be() -> None:
    unknown = matched(asked(days_left=0), firm(goods(lead_days=None)))
    assert codes(unknown.missing)["LEAD_UNKNOWN"] == -2


def test_the_file_of_weights_says_something_about_each() -> None:
    assert tuple(line.about for line in lines("matching")) == ABOUT
    assert shipped().hs6 == 6000
    with pytest.raises(ValueError, match="a nearer code counts less"):
        msgspec.structs.replace(shipped(), hs4=7000).__post_init__()


# ------------------------------------------------------------------------------------------- properties

CODES = ("630260000011", "630260000019", "630291000000", "630130900000", "570242000000")
SLUGS = ("oeko-tex-100", "iso-9001", "gots", "ce")
LANGUAGES = ("en", "de", "tr", "fr")
WORDS = ("cotton", "bath", "towel", "terry", "hotel")

some_goods = st.builds(
    goods,
    id=st.integers(1, 50),
    code=st.sampled_from(CODES),
    unit=st.sampled_from(("C62", "KGM", "SET")),
    moq=st.integers(1, 2000),
    words=st.frozensets(st.sampled_from(WORDS)),
    lead_days=st.none() | st.integers(0, 120),
    gross_g=st.none() | st.integers(1, 50_000),
    net_g=st.none() | st.integers(1, 40_000),
    certificates=st.frozensets(st.sampled_from(SLUGS)),
)
some_firm = st.builds(
    lambda of, **rest: firm(*of, **rest),
    of=st.lists(some_goods, min_size=1, max_size=4, unique_by=lambda one: one.id),
    countries=st.frozensets(st.sampled_from(("DE", "FR"))),
    languages=st.frozensets(st.sampled_from(LANGUAGES)),
    certificates=st.dictionaries(
        st.sampled_from(SLUGS), st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2028, 1, 1))
    ),
    cases=st.just(20),
    answered=st.integers(0, 20),
    own=st.builds(
        OwnLimits,
        min_order_eur=st.none() | st.decimals(1, 5000, places=2),
        max_gross_g=st.none() | st.integers(1, 1_000_000),
    ),
)
some_asked = st.builds(
    asked,
    code=st.sampled_from(("63", "6302", "630260", "630260000011", "630291")),
    words=st.lists(st.sampled_from(WORDS), max_size=4, unique=True).map(
        lambda typed: words.of_title(" ".join(typed), "en")
    ),
    quantity=st.none() | st.integers(1, 5000),
    unit=st.none() | st.sampled_from(("C62", "KGM")),
    value_eur=st.none() | st.decimals(1, 40_000, places=2),
    certificates=st.lists(st.sampled_from(SLUGS), max_size=4, unique=True).map(tuple),
    languages=st.lists(st.sampled_from(LANGUAGES), max_size=3, unique=True).map(tuple),
    days_left=st.none() | st.integers(-5, 180),
)


def not_lower(wish: Asked, before: Firm, after: Firm) -> None:
    first, second = found(wish, before), found(wish, after)
    if first is not None:
        assert second is not None
        assert second.score >= first.score


@given(some_asked, some_firm, st.sampled_from(SLUGS), st.booleans())
def test_a_further_certificate_never_lowers_the_score(
    wish: Asked, of: Firm, slug: str, on_product: bool
) -> None:
    better = msgspec.structs.replace(of, certificates={**of.certificates, slug: None})
    if on_product:
        first = of.goods[0]
        named = msgspec.structs.replace(first, certificates=first.certificates | {slug})
        better = msgspec.structs.replace(better, goods=(named, *of.goods[1:]))
    not_lower(wish, of, better)


@given(some_asked, some_firm, st.integers(0, 3))
def test_a_nearer_code_never_lowers_the_score(wish: Asked, of: Firm, which: int) -> None:
    one = of.goods[which % len(of.goods)]
    same = next((n for n in (6, 4, 2) if one.code[:n] == wish.code[:n]), 0)
    nearer = (wish.code + CODES[0][len(wish.code) :])[:12] if len(wish.code) > same else one.code
    moved = msgspec.structs.replace(one, code=nearer)
    rest = tuple(other for other in of.goods if other is not one)
    not_lower(wish, of, msgspec.structs.replace(of, goods=(moved, *rest)))


@given(some_asked, some_firm, st.integers(1, 2000), st.integers(0, 120))
def test_a_lower_moq_and_a_shorter_lead_time_never_lower_the_score(
    wish: Asked, of: Firm, moq: int, lead: int
) -> None:
    one = of.goods[0]
    easier = msgspec.structs.replace(
        one,
        moq=min(moq, one.moq),
        lead_days=None if one.lead_days is None else min(lead, one.lead_days),
    )
    not_lower(wish, of, msgspec.structs.replace(of, goods=(easier, *of.goods[1:])))


@given(some_asked, some_firm, st.sampled_from(LANGUAGES), st.sampled_from(("DE", "FR")))
def test_a_further_language_or_market_never_lowers_the_score(
    wish: Asked, of: Firm, language: str, country: str
) -> None:
    not_lower(wish, of, msgspec.structs.replace(of, languages=of.languages | {language}))
    not_lower(wish, of, msgspec.structs.replace(of, countries=of.countries | {country}))


@given(some_asked, some_firm, st.integers(0, 20), some_goods)
def test_a_better_answer_rate_or_another_product_never_lowers_the_score(
    wish: Asked, of: Firm, answered: int, another: Goods
) -> None:
    not_lower(wish, of, msgspec.structs.replace(of, answered=max(answered, of.answered)))
    fresh = msgspec.structs.replace(another, id=99)
    not_lower(wish, of, msgspec.structs.replace(of, goods=(*of.goods, fresh)))


@given(some_asked, some_firm)
def test_the_same_facts_give_the_same_answer_in_whatever_order(wish: Asked, of: Firm) -> None:
    turned = msgspec.structs.replace(of, goods=tuple(reversed(of.goods)))
    assert found(wish, of) == found(wish, turned)


@given(some_asked, some_firm, st.sampled_from(("VERIFIED", "EXPIRED")), st.booleans())
def test_there_is_a_match_exactly_when_nothing_bars_it(
    wish: Asked, of: Firm, verification: str, out: bool
) -> None:
    of = msgspec.structs.replace(of, verification=verification, opted_out=out)
    assert (bar(wish, of, law.shipped(), DAY, shipped()) is None) == (found(wish, of) is not None)
