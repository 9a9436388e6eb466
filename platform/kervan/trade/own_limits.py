"""The limits that an exporter sets itself, for the orders it takes."""

from decimal import Decimal

import msgspec


class OwnLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What an exporter takes orders for; None and empty mean: no limit of this kind."""

    min_order_eur: Decimal | None = None
    max_order_eur: Decimal | None = None
    max_gross_g: int | None = None
    """Gross weight of one order, grams."""
    max_open_orders: int | None = None
    max_orders_a_day: int | None = None
    countries_allowed: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2; empty: everywhere but the blocked ones."""
    countries_blocked: tuple[str, ...] = ()
    codes_excluded: tuple[str, ...] = ()
    """HS or GTIP prefixes of 2 to 12 digits."""

    def takes_country(self, country: str) -> bool:
        """Whether orders to this country are taken."""
        return country not in self.countries_blocked and (
            not self.countries_allowed or country in self.countries_allowed
        )

    def takes_code(self, code: str) -> bool:
        """Whether orders of goods with this code are taken."""
        return not any(code.startswith(prefix) for prefix in self.codes_excluded)
