"""What a match is made of: what a request asks, what an exporter offers. Nothing personal is in it."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from kervan.trade.own_limits import OwnLimits

# Grams of one, for units that weigh.
_GRAMS = {"GRM": 1, "KGM": 1000, "DTN": 100_000, "TNE": 1_000_000}


class Word(msgspec.Struct, frozen=True):
    """A word of a request's title as it was typed, and the stems under which it is found."""

    typed: str
    stems: frozenset[str]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks, or an importer looks for."""

    code: str
    """HS or GTIP, 2 to 12 digits."""
    country: str | None
    """Where the goods go; None where that is open."""
    words: tuple[Word, ...] = ()
    quantity: int | None = None
    unit: str | None = None
    value_eur: Decimal | None = None
    certificates: tuple[str, ...] = ()
    """Slugs of trade.certificates."""
    languages: tuple[str, ...] = ()
    """In which answers are taken; empty: in any."""
    provinces: frozenset[str] = frozenset()
    days_left: int | None = None
    """Until the last day on which answers are taken; None where there is none."""
    tier: str = "VERIFIED"
    """How far the platform knows the buyer (trade.law.Tier)."""


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """A published product. Weights are grams of one unit."""

    id: int
    code: str
    unit: str
    moq: int
    words: frozenset[str] = frozenset()
    """Stems of its names in every language, and of its keywords."""
    lead_days: int | None = None
    net_g: int | None = None
    gross_g: int | None = None
    certificates: frozenset[str] = frozenset()
    """Slugs, as the product names them; they count when the firm holds them."""

    def units(self, quantity: int, unit: str | None) -> int | None:
        """So much in units of this product, rounded down; None where the two cannot be compared."""
        if unit is None or unit == self.unit:
            return quantity
        if unit not in _GRAMS:
            return None
        grams = _GRAMS.get(self.unit) or self.net_g
        return quantity * _GRAMS[unit] // grams if grams else None


class Firm(msgspec.Struct, frozen=True, kw_only=True):
    """An exporter with those of its published products that may fit."""

    id: int
    verification: str
    province: str | None = None
    opted_out: bool = False
    goods: tuple[Goods, ...] = ()
    countries: frozenset[str] = frozenset()
    """Where it sells to, by its own word."""
    languages: frozenset[str] = frozenset()
    certificates: Mapping[str, dt.date | None] = {}
    """Slug to the last day of validity; None: without an end."""
    own: OwnLimits = OwnLimits()
    cases: int = 0
    answered: int = 0


class Reason(msgspec.Struct, frozen=True):
    """Why an exporter fits, or what is missing. sentences.say puts it in words.

    `points` are below zero only where something is taken away. Values of `params` are codes, figures as text, or days
    in ISO 8601.
    """

    code: str
    points: Decimal
    params: dict[str, str | int] = {}


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """How well an exporter fits: the sum of its reasons and of what is missing."""

    score: Decimal
    reasons: tuple[Reason, ...]
    missing: tuple[Reason, ...]
    goods: int
    """The product that fits best (product.id)."""


class Bar(msgspec.Struct, frozen=True):
    """The hard filter that keeps an exporter from being suggested."""

    code: str
    params: dict[str, str | int] = {}
