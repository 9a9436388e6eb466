"""Figures, dates and names as readers of each language expect them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kervan.web import formats

EN, TR = formats.filters("en"), formats.filters("tr")
DAY = date(2026, 1, 3)


@pytest.mark.parametrize(
    ("name", "arguments", "english", "turkish"),
    [
        ("money", (Decimal("3.1"), "EUR"), "€3.10", "€3,10"),
        ("money_range", (Decimal("3.10"), Decimal("4.20"), "EUR"), "€3.10 – 4.20", "€3,10 – 4,20"),
        ("money_range", (Decimal("3.10"), Decimal("3.1"), "EUR"), "€3.10", "€3,10"),
        ("number", (19406,), "19,406", "19.406"),
        ("percent", (0.18,), "18%", "%18"),
        ("date", (DAY,), "3 Jan 2026", "3 Oca 2026"),
        (
            "datetime",
            (datetime(2026, 1, 3, 14, 5, tzinfo=UTC),),
            "3 Jan 2026, 14:05 UTC",
            "3 Oca 2026, 14:05 UTC",
        ),
        ("month", (DAY,), "January 2026", "Ocak 2026"),
        ("weight", (455,), "455 g", "455 g"),
        ("weight", (1200,), "1.2 kg", "1,2 kg"),
        ("mm", (380,), "38 cm", "38 cm"),
        ("country", ("DE",), "Germany", "Almanya"),
        ("country", ("TR",), "Türkiye", "Türkiye"),
        ("province", ("20",), "Denizli", "Denizli"),
        ("language_name", ("tr",), "Turkish", "Türkçe"),
        ("hs", ("610910000011",), "6109.10.00.00.11", "6109.10.00.00.11"),
        ("sector", ("home-textiles",), "Home textiles", "Ev tekstili"),
        ("list_of", (["a", "b", "c"],), "a, b and c", "a, b ve c"),
    ],
)
def test_each_language_writes_it_its_own_way(
    name: str, arguments: tuple[object, ...], english: str, turkish: str
) -> None:
    shown = [filters[name](*arguments).replace("\xa0", " ") for filters in (EN, TR)]
    assert shown == [english, turkish]


@pytest.mark.parametrize("name", sorted(set(EN) - {"list_of", "unit_count", "money", "money_range"}))
def test_nothing_is_shown_for_nothing(name: str) -> None:
    assert EN[name](None) == ""


def test_a_price_on_request_shows_no_figure() -> None:
    assert EN["money"](None, None) == ""
    assert EN["money_range"](None, None, None) == ""


@pytest.mark.parametrize(
    ("name", "code"), [("country", "QQ"), ("province", "99"), ("unit", "ZZZ"), ("sector", "x")]
)
def test_an_unknown_code_stays_as_it_is(name: str, code: str) -> None:
    assert EN[name](code) == code


def test_so_many_of_a_unit() -> None:
    assert EN["unit_count"](1, "C62").startswith("1 ")
    assert EN["unit_count"](1200, "C62").startswith("1,200 ")
    assert EN["unit_count"](1, "C62") != EN["unit_count"](2, "C62").replace("2", "1")


def test_distance_in_time() -> None:
    now = datetime(2026, 1, 10, 12, tzinfo=UTC)
    assert formats.relative("en", now - timedelta(hours=3), now) == "3 hours ago"
    assert formats.relative("en", DAY, now) == "1 week ago"
    assert formats.relative("tr", date(2026, 1, 12), now) == "2 gün sonra"
    assert formats.relative("en", now.date(), now) == "today"


def test_a_code_is_named_by_its_nearest_everyday_name() -> None:
    assert EN["hs_name"]("630260000000") == EN["hs_name"]("6302") != ""
    assert TR["hs_name"]("6302") != EN["hs_name"]("6302")
    assert EN["hs_name"]("7700") == EN["hs_name"]("77")
