"""The dated limits of micro-export."""

import datetime as dt
from decimal import Decimal

import pytest

from kervan.trade.errors import TradeError
from kervan.trade.limits import ETGB, headroom, history, regime_limit, units_within


@pytest.mark.parametrize(
    ("day", "grams", "eur"),
    [
        (dt.date(2015, 6, 1), 150_000, "7500"),
        (dt.date(2016, 12, 31), 150_000, "7500"),
        (dt.date(2017, 1, 1), 300_000, "15000"),
        (dt.date(2025, 11, 5), 300_000, "15000"),
        (dt.date(2025, 11, 6), 300_000, "15000"),
        (dt.date(2026, 1, 2), 300_000, "15000"),
        (dt.date(2026, 1, 3), 600_000, "30000"),
        (dt.date(2026, 11, 22), 600_000, "30000"),
    ],
)
def test_the_limit_is_that_of_its_day(day: dt.date, grams: int, eur: str) -> None:
    limit = regime_limit(ETGB, day)
    assert (limit.max_gross_g, limit.max_value_eur) == (grams, Decimal(eur))


def test_every_row_has_its_legal_reference_and_says_how_sure_it_is() -> None:
    rows = history(ETGB)
    assert [row.certainty for row in rows] == ["RECALLED", "RECALLED", "PUBLISHED", "REPORTED"]
    assert all(row.legal_ref and row.note and row.basis == "BOTH" for row in rows)
    assert regime_limit(ETGB, dt.date(2025, 12, 1)).legal_ref == "Resmî Gazete 33069, Seri No 4"


def test_the_rows_follow_each_other_without_gap_or_overlap() -> None:
    rows = history(ETGB)
    assert rows[0].valid_from is None
    assert rows[-1].valid_to is None
    for before, after in zip(rows, rows[1:], strict=False):
        assert before.valid_to is not None
        assert after.valid_from == before.valid_to + dt.timedelta(days=1)


def test_an_unknown_route_has_no_limit() -> None:
    assert history("DRONE") == ()
    with pytest.raises(TradeError, match="No limit is known for DRONE on 2026-01-03"):
        regime_limit("DRONE", dt.date(2026, 1, 3))


@pytest.mark.parametrize(
    ("day", "grams", "eur", "fits"),
    [
        (dt.date(2025, 12, 1), 300_000, "15000.00", True),
        (dt.date(2025, 12, 1), 300_001, "15000.00", False),
        (dt.date(2025, 12, 1), 300_000, "15000.01", False),
        (dt.date(2026, 1, 3), 600_000, "30000.00", True),
        (dt.date(2026, 1, 3), 600_001, "1", False),
        (dt.date(2026, 1, 3), 1, "30000.01", False),
    ],
)
def test_exactly_on_the_limit_fits_and_a_gram_or_cent_more_does_not(
    day: dt.date, grams: int, eur: str, fits: bool
) -> None:
    assert headroom(regime_limit(ETGB, day), grams, Decimal(eur)).fits is fits


def test_headroom_is_what_is_left() -> None:
    left = headroom(regime_limit(ETGB, dt.date(2026, 1, 3)), 150_500, Decimal("1200.25"))
    assert (left.gross_g, left.value_eur) == (449_500, Decimal("28799.75"))


@pytest.mark.parametrize(
    ("grams", "price", "units"),
    [(455, "2.50", 1318), (455, "100", 300), (600_000, "30000", 1), (600_001, "1", 0)],
)
def test_the_tighter_of_weight_and_value_tells_how_many_units_fit(grams: int, price: str, units: int) -> None:
    assert units_within(regime_limit(ETGB, dt.date(2026, 1, 3)), grams, Decimal(price)) == units
