"""The law's limits for one micro-export shipment, as dated rows: weight and value by route and day.

The rows are fixtures/law/regime_limits.csv; fixtures/law/README.md tells where each comes from and how sure
it is.
"""

import csv
import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from functools import cache
from typing import Literal

import msgspec

from kervan.resources import fixtures_dir
from kervan.trade.errors import N_, TradeError, shown

ETGB = "ETGB"

Basis = Literal["GOODS", "INVOICE_TOTAL", "BOTH"]
Certainty = Literal["PUBLISHED", "REPORTED", "RECALLED"]


@dataclass(frozen=True, slots=True)
class RegimeLimit:
    """What one shipment by this route may weigh (gross, grams) and be worth (EUR), both inclusive.

    In force from `valid_from` (None: since before the table begins) through `valid_to` (None: until changed).
    `basis` says which value is compared, `certainty` how well the row is known.
    """

    route: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    max_gross_g: int
    max_value_eur: Decimal
    basis: Basis
    legal_ref: str
    certainty: Certainty
    note: str


@dataclass(frozen=True, slots=True)
class Headroom:
    """What is left under a limit, grams and EUR; below zero where the shipment is over it."""

    gross_g: int
    value_eur: Decimal

    @property
    def fits(self) -> bool:
        """Whether the shipment keeps both limits; exactly on the limit is within it."""
        return self.gross_g >= 0 and self.value_eur >= 0


def regime_limit(route: str, on: dt.date) -> RegimeLimit:
    """The limit of the route that is in force on this day; TradeError when the table has none."""
    for limit in history(route):
        if (limit.valid_from is None or limit.valid_from <= on) and (
            limit.valid_to is None or on <= limit.valid_to
        ):
            return limit
    raise TradeError(N_("No limit is known for {route} on {date}."), route=shown(route), date=on.isoformat())


def history(route: str) -> tuple[RegimeLimit, ...]:
    """All limits of the route, oldest first; empty for an unknown route."""
    return tuple(limit for limit in _limits() if limit.route == route)


def headroom(limit: RegimeLimit, gross_g: int, value_eur: Decimal) -> Headroom:
    """What a shipment of this gross weight and value leaves of the limit."""
    return Headroom(limit.max_gross_g - gross_g, limit.max_value_eur - value_eur)


def units_within(limit: RegimeLimit, unit_gross_g: int, unit_value_eur: Decimal) -> int:
    """How many units of this gross weight and price one shipment can hold. Both must be above zero."""
    by_weight = limit.max_gross_g // unit_gross_g
    by_value = int((limit.max_value_eur / unit_value_eur).to_integral_value(rounding=ROUND_FLOOR))
    return min(by_weight, by_value)


@cache
def _limits() -> tuple[RegimeLimit, ...]:
    with (fixtures_dir() / "law" / "regime_limits.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row | {"valid_from": row["valid_from"] or None, "valid_to": row["valid_to"] or None}
            for row in csv.DictReader(file)
        ]
    found = msgspec.convert(rows, list[RegimeLimit], strict=False)
    return tuple(sorted(found, key=lambda limit: (limit.route, limit.valid_from or dt.date.min)))
