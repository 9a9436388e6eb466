"""The verdict of the law about an order: its figures in EUR by the rate of the day, judged by the book in use."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_UP, Decimal

import msgspec

from kervan.orders.structs import PricedLine
from kervan.trade import law, rates
from kervan.trade.errors import N_, TradeError
from kervan.trade.law import ETGB
from kervan.trade.own_limits import OwnLimits
from kervan.trade.verdict import Refusal, Shipment, Verdict, judge

_EUR_DIGITS = Decimal("0.0001")


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """Who buys, as far as the law and the platform ask."""

    id: int
    organisation: int
    name: str
    country: str
    verified: bool

    @property
    def tier(self) -> law.Tier:
        return "VERIFIED" if self.verified else "UNVERIFIED"


class Fx(msgspec.Struct, frozen=True, kw_only=True):
    """The rate by which an order is compared in EUR: so many units of its currency for one euro."""

    eur_rate: Decimal
    date: date
    source: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict with the figures that it is about. EUR and `fx` are None where there is no rate to trade on."""

    verdict: Verdict
    goods_total: Decimal
    charges_total: Decimal
    total: Decimal
    goods_eur: Decimal | None
    total_eur: Decimal | None
    fx: Fx | None
    gross_g: int
    net_g: int
    on: date
    tier: law.Tier


def judge_goods(
    lines: Sequence[PricedLine],
    charges: Mapping[str, Decimal],
    currency: str,
    *,
    destination: str,
    buyer: Buyer,
    own: OwnLimits,
    on: date,
    purpose: str = "SALE",
    sale_type: str = "FINAL",
    excluded: Sequence[str] = (),
    fx: Fx | None = None,
) -> Judged:
    """What the law, the platform and the exporter say of these goods on this day; a frozen rate may be given."""
    problem: TradeError | None = None
    if fx is None:
        try:
            rate = rates.require_fresh(rates.rate_on(currency, on), on)
            fx = Fx(eur_rate=rate.eur_rate, date=rate.date, source=rate.source)
        except TradeError as error:
            problem = error
    goods = sum((line.amount for line in lines), Decimal(0))
    added = sum(charges.values(), Decimal(0))
    total = goods + added
    gross = sum(line.gross_g for line in lines)
    goods_eur = in_eur(goods, fx) if fx else None
    total_eur = in_eur(total, fx) if fx else None
    verdict = judge(
        Shipment(
            on=on,
            route=ETGB,
            purpose=purpose,
            sale_type=sale_type,
            destination=destination,
            buyer_country=buyer.country,
            tier=buyer.tier,
            currency=currency,
            goods_eur=goods_eur,
            total_eur=total_eur,
            gross_g=gross,
            codes=tuple(line.gtip or "" for line in lines),
            rate_problem=problem,
        ),
        law.current(),
        own,
    )
    verdict = _with(verdict, _own_refusals(lines, excluded))
    return Judged(
        verdict=verdict,
        goods_total=goods,
        charges_total=added,
        total=total,
        goods_eur=goods_eur,
        total_eur=total_eur,
        fx=fx,
        gross_g=gross,
        net_g=sum(line.net_g for line in lines),
        on=on,
        tier=buyer.tier,
    )


def in_eur(amount: Decimal, fx: Fx) -> Decimal:
    """The amount in EUR by this rate, four decimals, rounded up: the limits that it is compared with are upper ones."""
    return (amount / fx.eur_rate).quantize(_EUR_DIGITS, rounding=ROUND_UP)


def _own_refusals(lines: Sequence[PricedLine], excluded: Sequence[str]) -> tuple[Refusal, ...]:
    """What the listings themselves rule out."""
    found = [
        Refusal(
            code="NOT_BY_MICRO_EXPORT",
            message=N_("The exporter does not send {product} by micro-export."),
            params={"product": name},
        )
        for name in excluded
    ]
    found += [
        Refusal(
            code="NO_WEIGHT",
            message=N_("The gross weight of {product} is not known, so it cannot be declared."),
            params={"product": line.name},
        )
        for line in lines
        if line.gross_g == 0
    ]
    return tuple(found)


def _with(verdict: Verdict, more: tuple[Refusal, ...]) -> Verdict:
    if not more:
        return verdict
    return msgspec.structs.replace(verdict, allowed=False, refusals=(*verdict.refusals, *more))


def with_load(verdict: Verdict, full: str) -> Verdict:
    """The verdict when the exporter takes no more orders: `open` of them wait, or `day` is used up."""
    message = {
        "open": N_("This exporter has as many open orders as it takes. Ask it in an inquiry, or try later."),
        "day": N_("This exporter takes no more orders today. Ask it in an inquiry, or order tomorrow."),
    }[full]
    return _with(verdict, (Refusal(code=f"LOAD_{full.upper()}", message=message),))
