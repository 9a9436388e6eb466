"""How far a shipment fits under a limit of the law: what is left, and how many units of something fit."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from kervan.trade.law import RegimeLimit


@dataclass(frozen=True, slots=True)
class Headroom:
    """What is left under a limit, grams and EUR; below zero where the shipment is over it."""

    gross_g: int
    value_eur: Decimal

    @property
    def fits(self) -> bool:
        """Whether the shipment keeps both limits; exactly on the limit is within it."""
        return self.gross_g >= 0 and self.value_eur >= 0


def headroom(limit: RegimeLimit, gross_g: int, value_eur: Decimal) -> Headroom:
    """What a shipment of this gross weight and value leaves of the limit."""
    return Headroom(limit.max_gross_g - gross_g, limit.max_value_eur - value_eur)


def units_within(limit: RegimeLimit, unit_gross_g: int, unit_value_eur: Decimal) -> int:
    """How many units of this gross weight and price one shipment can hold. Both must be above zero."""
    by_weight = limit.max_gross_g // unit_gross_g
    by_value = int((limit.max_value_eur / unit_value_eur).to_integral_value(rounding=ROUND_FLOOR))
    return min(by_weight, by_value)
