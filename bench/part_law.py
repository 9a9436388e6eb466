"""(l) The law: verdicts per second of the one function that judges every cart and order, on one core."""

import datetime as dt
import random
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from table import Aim, Row, number

from kervan.policies import sentences
from kervan.trade import law
from kervan.trade.own_limits import OwnLimits
from kervan.trade.verdict import Shipment, judge

AIM = 50_000
_SEED = 20261122
_SHIPMENTS = 5_000
_GTIPS = (
    *("630260000000", "610910001000", "570242000000", "691110000000", "080620300000", "340111000000"),
    *("711319000000", "071340000013", "441990000000", "392410000000", "940360100000", "170490990000"),
)
_COUNTRIES = ("DE", "FR", "US", "GB", "NL", "AE", "KZ", "BR", "KP", "JP")


def run(seconds: float, say: Callable[[str], None]) -> tuple[list[Row], list[Aim]]:
    """The lines of the table, and the aim of 50,000 verdicts a second."""
    say("judging shipments")
    book, made = law.shipped(), shipments()
    rate = _rate(lambda pair: judge(pair[0], book, pair[1]), made, seconds)
    floor = _rate(lambda pair: _compared(pair[0], book, pair[1]), made, seconds)
    allowed = sum(judge(shipment, book, own).allowed for shipment, own in made)
    verdicts = [judge(shipment, book, own) for shipment, own in made]
    frozen = _rate(msgspec.json.encode, verdicts, seconds)
    said = _rate(lambda verdict: sentences.say(verdict, "tr"), verdicts, seconds)
    rules = sum(len(verdict.rules) for verdict in verdicts) / len(verdicts)
    rows = [
        Row(
            "(l) verdicts",
            "Kervan, every rule with its headroom",
            rate=number(rate),
            value=f"{rules:.1f} rules, {allowed * 100 // len(made)} % allowed",
            note=f"one core; frozen as JSON {number(frozen)}/s, said in Turkish {number(said)}/s",
        ),
        Row(
            "(l) verdicts",
            "the same figures compared, yes or no",
            rate=number(floor),
            ratio=f"{number(rate / floor)} x the rate",
            note="nothing is kept or told",
        ),
    ]
    aim = Aim("(l) verdicts per second, one core", f"at least {AIM:,}", number(rate), rate >= AIM)
    return rows, [aim]


def shipments() -> list[tuple[Shipment, OwnLimits]]:
    """Random shipments round the limits of three laws, with and without limits of the exporter's own."""
    chance = random.Random(_SEED)
    return [(_shipment(chance), _own(chance)) for _ in range(_SHIPMENTS)]


def _shipment(chance: random.Random) -> Shipment:
    goods = Decimal(chance.randrange(1_00, 40_000_00)) / 100
    country = chance.choice(_COUNTRIES)
    return Shipment(
        on=dt.date(2025, 6, 1) + dt.timedelta(days=chance.randrange(540)),
        route=law.ETGB,
        purpose="SALE" if chance.random() < 0.97 else "SAMPLE",
        sale_type="FINAL",
        destination=country,
        buyer_country=country,
        tier="VERIFIED" if chance.random() < 0.7 else "UNVERIFIED",
        currency="EUR",
        goods_eur=goods,
        total_eur=goods + Decimal(chance.randrange(400_00)) / 100,
        gross_g=chance.randrange(100, 700_000),
        codes=tuple(chance.choice(_GTIPS) for _ in range(chance.randrange(1, 9))),
    )


def _own(chance: random.Random) -> OwnLimits:
    if chance.random() < 0.5:
        return OwnLimits()
    return OwnLimits(
        min_order_eur=Decimal(chance.randrange(50, 500)),
        max_order_eur=Decimal(chance.randrange(5_000, 30_000)),
        max_gross_g=chance.randrange(50_000, 600_000),
        countries_blocked=("US",),
        codes_excluded=("9403",),
    )


def _compared(shipment: Shipment, book: law.LawBook, own: OwnLimits) -> bool:
    """The floor: the smallest limit of each dimension, and the goods, without any record of why."""
    regime = book.regime_limit(shipment.route, shipment.on)
    platform = book.platform_limit(shipment.tier, shipment.on)
    grams, euros = regime.max_gross_g, regime.max_value_eur
    if platform and platform.max_value_eur is not None:
        euros = min(euros, platform.max_value_eur)
    if own.max_gross_g is not None:
        grams = min(grams, own.max_gross_g)
    if own.max_order_eur is not None:
        euros = min(euros, own.max_order_eur)
    goods, total = shipment.goods_eur, shipment.total_eur
    return (
        shipment.purpose == "SALE"
        and shipment.gross_g <= grams
        and goods is not None
        and total is not None
        and goods <= euros
        and total <= euros
        and (own.min_order_eur is None or goods >= own.min_order_eur)
        and own.takes_country(shipment.destination)
        and all(own.takes_code(code) for code in shipment.codes)
        and not any(book.restricted_goods(code, shipment.destination, shipment.on) for code in shipment.codes)
    )


def _rate(work: Callable[[Any], object], given: Sequence[Any], seconds: float) -> float:
    """How often a second, after one round that fills what is kept."""
    for one in given:
        work(one)
    done, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < seconds:
        for one in given:
            work(one)
        done += len(given)
    return done / passed
