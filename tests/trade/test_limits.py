"""What fits under a limit of micro-export."""

import datetime as dt
from decimal import Decimal

import pytest

from kervan.trade.law import ETGB, shipped
from kervan.trade.limits import headroom, units_within

regime_limit = shipped().regime_limit


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
