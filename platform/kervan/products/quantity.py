"""What a quantity of a product costs and weighs, and how far it fits into one micro-export shipment."""

import datetime as dt
from decimal import ROUND_UP, Decimal

import msgspec

from kervan.products.structs import ProductDetail, Tier
from kervan.trade.errors import N_, TradeError
from kervan.trade.law import ETGB, RegimeLimit, current
from kervan.trade.rates import is_stale, rate_on

MOST = 999_999_999
# From this share of a limit on the page warns; a matter of display, not of law.
_NEAR_PERCENT = 80
_CENT = Decimal("0.01")


class Refusal(msgspec.Struct, frozen=True):
    """Why a quantity cannot be ordered: a msgid and what fills its {placeholders}."""

    message: str
    params: dict[str, int] = {}


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """The micro-export limit in force, and the rate that makes the product's prices comparable with it.

    `eur_rate` is units of the product's currency for one euro; None when there is none, or it is too old.
    """

    limit: RegimeLimit
    eur_rate: Decimal | None = None
    rate_date: dt.date | None = None
    """None where no conversion is needed (EUR) or possible."""
    rate_stale: bool = False
    rate_unknown: bool = False


class Gauge(msgspec.Struct, frozen=True):
    """How full a limit is: whole percent from 0 to 100, and `ok`, `near` (from 80 % on) or `over`."""

    percent: int
    level: str


class Calculation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the price panel shows for one quantity. None where the listing does not tell enough."""

    quantity: int
    refusal: Refusal | None
    tier: Tier | None
    total: Decimal | None
    gross_weight_g: int | None
    rule: Rule | None
    total_eur: Decimal | None
    weight: Gauge | None
    value: Gauge | None
    most: int | None
    """The largest quantity that keeps the limits that can be checked, in the product's steps; 0 when none does."""

    @property
    def binding(self) -> str | None:
        """Which limit is fuller: `weight` or `value`; None when neither can be checked."""
        if self.rule is None:
            return None
        limit = self.rule.limit
        known: dict[str, Decimal] = {}
        if self.gross_weight_g is not None:
            known["weight"] = Decimal(self.gross_weight_g) / limit.max_gross_g
        if self.total_eur is not None:
            known["value"] = self.total_eur / limit.max_value_eur
        return max(known, key=lambda name: known[name]) if known else None

    @property
    def weight_left(self) -> int:
        """Grams left under the limit; below zero when it is passed."""
        return self.rule.limit.max_gross_g - (self.gross_weight_g or 0) if self.rule else 0

    @property
    def value_left(self) -> Decimal:
        """EUR left under the limit; below zero when it is passed."""
        return self.rule.limit.max_value_eur - (self.total_eur or Decimal(0)) if self.rule else Decimal(0)


def calculate(product: ProductDetail, quantity: int, on: dt.date) -> Calculation:
    """What `quantity` of the product means on this day. A quantity that cannot be ordered is calculated and refused."""
    tier = _tier(product.tiers, quantity)
    total = tier.unit_price * quantity if tier else None
    gross = product.gross_weight_g * quantity if product.gross_weight_g else None
    rule = rule_for(product, on)
    total_eur = _in_eur(total, rule) if total is not None and rule else None
    return Calculation(
        quantity=quantity,
        refusal=_refusal(product, quantity),
        tier=tier,
        total=total,
        gross_weight_g=gross,
        rule=rule,
        total_eur=total_eur,
        weight=_gauge(gross, rule.limit.max_gross_g) if rule and gross is not None else None,
        value=_gauge(total_eur, rule.limit.max_value_eur) if rule and total_eur is not None else None,
        most=_most(product, rule) if rule else None,
    )


def read_quantity(product: ProductDetail, text: str | None) -> tuple[int, Refusal | None]:
    """The quantity that was typed, else the smallest order; with a refusal when what was typed is no quantity."""
    plain = (text or "").strip().replace(" ", "")
    if not plain:
        return product.card.moq, None
    if plain.isascii() and plain.isdigit() and len(plain) <= len(str(MOST)) and int(plain) > 0:
        return int(plain), None
    return product.card.moq, Refusal(N_("Enter a whole number from 1 to {most}."), {"most": MOST})


def rule_for(product: ProductDetail, on: dt.date) -> Rule | None:
    """The limit in force and the rate of the product's currency; None when no limit is known for this day."""
    try:
        limit = current().regime_limit(ETGB, on)
    except TradeError:
        return None
    currency = product.card.currency
    if currency is None:
        return Rule(limit=limit)
    if currency == "EUR":
        return Rule(limit=limit, eur_rate=Decimal(1))
    try:
        rate = rate_on(currency, on)
    except TradeError:
        return Rule(limit=limit, rate_unknown=True)
    if is_stale(rate, on):
        return Rule(limit=limit, rate_date=rate.date, rate_stale=True)
    return Rule(limit=limit, eur_rate=rate.eur_rate, rate_date=rate.date)


def _in_eur(total: Decimal, rule: Rule) -> Decimal | None:
    # Whole cents, rounded up because the limit is an upper one.
    return (total / rule.eur_rate).quantize(_CENT, rounding=ROUND_UP) if rule.eur_rate else None


def _tier(tiers: tuple[Tier, ...], quantity: int) -> Tier | None:
    # Below the first tier its price stands, so that the panel can say what the smallest order costs.
    fitting = [tier for tier in tiers if tier.from_quantity <= quantity]
    return fitting[-1] if fitting else next(iter(tiers), None)


def _refusal(product: ProductDetail, quantity: int) -> Refusal | None:
    moq, step = product.card.moq, product.step
    if quantity < moq:
        return Refusal(N_("The smallest order is {moq}."), {"moq": moq})
    if rest := (quantity - moq) % step:
        lower = quantity - rest
        return Refusal(
            N_("Order in steps of {step}: {lower} or {upper}."),
            {"step": step, "lower": lower, "upper": lower + step},
        )
    return None


def _gauge(used: int | Decimal, limit: int | Decimal) -> Gauge:
    percent = Decimal(used) / Decimal(limit) * 100
    level = "over" if percent > 100 else "near" if percent >= _NEAR_PERCENT else "ok"
    return Gauge(percent=min(100, int(percent)), level=level)


def _most(product: ProductDetail, rule: Rule) -> int | None:
    by_weight = rule.limit.max_gross_g // product.gross_weight_g if product.gross_weight_g else None
    if not rule.eur_rate or not product.tiers:
        return None if by_weight is None else _orderable(product, by_weight, 1)
    # A later tier is cheaper, so more pieces can be worth less: each tier is asked for its own largest quantity.
    value = rule.limit.max_value_eur * rule.eur_rate
    found = 0
    for tier in product.tiers:
        bounds = (int(value / tier.unit_price), tier.to_quantity, by_weight)
        most = min(bound for bound in bounds if bound is not None)
        found = max(found, _orderable(product, most, tier.from_quantity))
    return found


def _orderable(product: ProductDetail, most: int, least: int) -> int:
    """The largest quantity up to `most` in the product's steps; 0 when it is below `least` or the smallest order."""
    moq = product.card.moq
    stepped = most - (most - moq) % product.step
    return stepped if stepped >= max(moq, least) else 0
