"""A cart as its buyer sees it: figures, both gauges and sentences, worked out as at sending, in the reader's language.

The page and its live endpoint show the same Look; orders.service.submit prices and judges by the same functions.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_UP, Decimal

import msgspec

from kervan.db import connection
from kervan.errors import Conflict, KervanError
from kervan.exporters import limits
from kervan.orders import parties, pricing, rules
from kervan.orders.carts import Draft, wanted
from kervan.orders.carts_queries import Cart, CartLine
from kervan.orders.errors import Difference
from kervan.orders.judging import Buyer, Judged, judge_goods
from kervan.orders.pricing import Priced
from kervan.orders.structs import PricedLine
from kervan.policies import book, rates, sentences
from kervan.trade import law
from kervan.trade.errors import N_
from kervan.trade.verdict import RuleUsed, Verdict
from kervan.web import formats, i18n

_NEAR_PERCENT = 80
"""From this share of a limit on a gauge warns; a matter of display, not of law."""

_SOURCES: Mapping[str, str] = {
    "REGIME": N_("The law"),
    "PLATFORM": N_("Kervan"),
    "EXPORTER": N_("The exporter"),
}
_FIELDS: Mapping[str, str] = {
    "price": N_("Price"),
    "weight": N_("Gross weight of one"),
    "code": N_("Tariff code"),
    "currency": N_("Currency"),
}


class LineLook(msgspec.Struct, frozen=True, kw_only=True):
    """One line as it is shown: what one costs at this quantity, the whole amount and weight; '' where not known."""

    product: str
    price: str
    more: str
    """From which quantity on one costs less."""
    amount: str
    weight: str
    problem: str
    seen: int
    """Number of the version that is shown: what the buyer agrees to."""


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """How full the tightest limit of a kind is. `level` is ok, near (from 80 %), over or unknown."""

    used: str
    limit: str
    left: str
    """What is left, or what is too much."""
    percent: int
    level: str
    source: str
    rule: str
    legal: str
    """Where the limit stands written and since when; '' for an exporter's own."""
    first: bool = False
    """This limit is reached before the other one."""


class RuleLook(msgspec.Struct, frozen=True, kw_only=True):
    """One limit that was looked at."""

    name: str
    used: str
    limit: str
    left: str
    fits: bool
    legal: str
    binds: bool
    """The tightest of its kind."""


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """Something that moved since the buyer saw it."""

    product: str
    name: str
    field: str
    before: str
    now: str


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A cart with everything that is said about it."""

    lines: tuple[LineLook, ...]
    goods: str = ""
    charges: str = ""
    """'' where there are none."""
    total: str = ""
    euro: str = ""
    """The total in EUR where the goods are priced in another currency."""
    rate: str = ""
    """By which rate it was compared."""
    weight: Gauge | None = None
    value: Gauge | None = None
    kilos: str = ""
    level: str = "unknown"
    """ok, near, refused, or unknown while something must be put right first."""
    verdict: str = ""
    legal: str = ""
    """Where the limit that is reached first stands written."""
    refusals: tuple[str, ...] = ()
    unverified: bool = False
    """What keeps it from being an order would go with a verification of the firm."""
    rules: tuple[RuleLook, ...] = ()
    changes: tuple[Shift, ...] = ()
    problems: dict[str, str] = {}
    """By field."""
    blocked: str = ""
    """Why nothing can be ordered between these two firms now."""


async def look(
    importer: int, cart: Cart, draft: Draft, language: str, refused: Verdict | None = None
) -> tuple[Look, Verdict | None]:
    """The cart with what its form holds, priced and judged as of now, and the verdict.

    `refused` is the verdict of a sending that was just refused: it knows more, such as how busy the exporter is.
    """
    await book.refresh()
    await rates.refresh()
    now = datetime.now(UTC)
    asked = wanted(cart, draft)
    buyer: Buyer | None = None
    blocked = ""
    async with connection() as conn:
        try:
            buyer = await parties.buyer(conn, importer)
            await parties.seller(conn, cart.exporter)
        except Conflict as error:
            blocked = i18n.sentence(language, error)
        priced = await pricing.price(conn, cart.exporter, asked.lines, language)
    wrong_charges = rules.check_charges(asked.charges, priced.currency)
    charges = {
        kind: amount for kind, amount in asked.charges.items() if f"charges.{kind}" not in wrong_charges
    }
    judged = None
    if buyer is not None and priced.currency is not None:
        judged = judge_goods(
            priced.lines,
            charges,
            priced.currency,
            destination=asked.destination or buyer.country,
            buyer=buyer,
            own=await limits.of(cart.exporter, now),
            on=law.day_of(now),
            purpose=asked.purpose,
            sale_type=asked.sale_type,
            excluded=priced.excluded,
        )
    verdict = refused or (judged.verdict if judged else None)
    shown = _shown(cart, priced, judged, verdict, language)
    problems = _said({**priced.problems, **wrong_charges}, language)
    return msgspec.structs.replace(shown, problems=problems, blocked=blocked), verdict


def with_problems(look: Look, problems: dict[str, str]) -> Look:
    """The look with these sentences by field: beside its own those of what was typed."""
    return msgspec.structs.replace(look, problems=problems)


def _said(problems: Mapping[str, KervanError], language: str) -> dict[str, str]:
    return {field: _sentence(problem, language) for field, problem in problems.items()}


def _sentence(problem: KervanError, language: str) -> str:
    """With its figures as the language writes them."""
    params = {
        name: i18n.figure(value, language) if isinstance(value, int) else value
        for name, value in problem.params.items()
    }
    return i18n.sentence(language, KervanError(problem.message, **params))


def _shown(cart: Cart, priced: Priced, judged: Judged | None, verdict: Verdict | None, language: str) -> Look:
    by_product = {line.product: line for line in priced.lines}
    lines = tuple(
        _line(
            line,
            by_product.get(line.product),
            priced.problems.get(f"quantity.{line.product}"),
            language,
        )
        for line in cart.lines
    )
    changes = tuple(shifts(priced.differences, cart, language))
    if judged is None or verdict is None or priced.currency is None:
        return Look(lines=lines, changes=changes)
    weight = _gauge(verdict, ("GROSS_WEIGHT",), language)
    value = _gauge(verdict, ("GOODS_VALUE", "TOTAL_VALUE"), language)
    near = any(gauge is not None and gauge.level == "near" for gauge in (weight, value))
    currency = priced.currency
    return Look(
        lines=lines,
        goods=formats.money(language, judged.goods_total, currency),
        charges=formats.money(language, judged.charges_total, currency) if judged.charges_total else "",
        total=formats.money(language, judged.total, currency),
        euro=_euro(judged, currency, language),
        rate=_rate(judged, currency, language),
        weight=weight,
        value=value,
        kilos=formats.weight(language, judged.gross_g),
        level="ok" if verdict.allowed and not near else "near" if verdict.allowed else "refused",
        verdict=sentences.say(verdict, language) if verdict.allowed else "",
        legal=_legal(verdict.binding, language) if verdict.binding else "",
        refusals=tuple(dict.fromkeys(sentences.refusal(one, language) for one in verdict.refusals)),
        unverified=judged.tier == "UNVERIFIED"
        and any(one.code.startswith("PLATFORM_") for one in verdict.refusals),
        rules=tuple(_rule(one, one in _tightest(verdict), language) for one in verdict.rules),
        changes=changes,
    )


def _line(line: CartLine, priced: PricedLine | None, problem: KervanError | None, language: str) -> LineLook:
    if priced is None or line.currency is None:
        said = _sentence(problem, language) if problem else ""
        return LineLook(
            product=line.product, price="", more="", amount="", weight="", problem=said, seen=line.version
        )
    return LineLook(
        product=line.product,
        price=formats.money(language, priced.unit_price, line.currency),
        more=_cheaper(line, priced, language),
        amount=formats.money(language, priced.amount, line.currency),
        weight=formats.weight(language, priced.gross_g) if priced.gross_g else "",
        problem="",
        seen=priced.version,
    )


def _cheaper(line: CartLine, priced: PricedLine, language: str) -> str:
    """The next tier, where one piece costs less."""
    for start, price in line.tiers:
        if start > priced.quantity and price < priced.unit_price:
            return i18n.translate(
                language,
                N_("from {quantity}: {price}"),
                quantity=i18n.figure(start, language),
                price=formats.money(language, price, line.currency),
            )
    return ""


def _euro(judged: Judged, currency: str, language: str) -> str:
    if currency == "EUR" or judged.total_eur is None:
        return ""
    return sentences.eur(judged.total_eur, language)


def _rate(judged: Judged, currency: str, language: str) -> str:
    if currency == "EUR" or judged.fx is None:
        return ""
    return i18n.translate(
        language,
        N_("1 EUR = {rate} {currency}, {source}, {date}."),
        rate=formats.number(language, judged.fx.eur_rate),
        currency=currency,
        source=judged.fx.source,
        date=formats.day(language, judged.fx.date),
    )


def _tightest(verdict: Verdict) -> list[RuleUsed]:
    """Of the weights and of the values the one with the least left, when it is known."""
    found = []
    for kinds in (("GROSS_WEIGHT",), ("GOODS_VALUE", "TOTAL_VALUE")):
        known = [rule for rule in verdict.rules if rule.dimension in kinds]
        if known:
            # Of two alike the law's stands first: its row is the older duty.
            found.append(min(known, key=lambda rule: rule.limit if rule.left is None else rule.left))
    return found


def _gauge(verdict: Verdict, kinds: Sequence[str], language: str) -> Gauge | None:
    rule = next((one for one in _tightest(verdict) if one.dimension in kinds), None)
    if rule is None:
        return None
    limit = sentences.amount(rule, rule.limit, language)
    level, percent, left = "unknown", 0, ""
    if rule.used is not None and rule.left is not None:
        share = Decimal(rule.used) / Decimal(rule.limit) * 100
        level = "over" if not rule.fits else "near" if share >= _NEAR_PERCENT else "ok"
        # A little of something is seen as a little, not as nothing.
        percent = min(100, int(share.to_integral_value(ROUND_UP)))
        left = sentences.amount(rule, _size(rule.left), language, down=rule.fits)
    return Gauge(
        used=sentences.amount(rule, rule.used, language),
        limit=limit,
        left=left,
        percent=percent,
        level=level,
        source=i18n.gettext(language, _SOURCES[rule.source]),
        rule=i18n.gettext(language, rule.name),
        legal=_legal(rule, language),
        first=rule == verdict.binding,
    )


def _rule(rule: RuleUsed, binds: bool, language: str) -> RuleLook:
    return RuleLook(
        name=i18n.gettext(language, rule.name),
        used=sentences.amount(rule, rule.used, language),
        limit=sentences.amount(rule, rule.limit, language),
        left=_left(rule, language),
        fits=rule.fits,
        legal=_legal(rule, language),
        binds=binds,
    )


def _left(rule: RuleUsed, language: str) -> str:
    if rule.left is None:
        return i18n.gettext(language, N_("not known"))
    amount = sentences.amount(rule, _size(rule.left), language, down=rule.fits)
    if rule.dimension == "MINIMUM":
        sentence = N_("reached") if rule.fits else N_("{amount} missing")
    else:
        sentence = N_("{amount} left") if rule.fits else N_("{amount} too much")
    return i18n.translate(language, sentence, amount=amount)


def _size(left: int | Decimal) -> int | Decimal:
    return -left if left < 0 else left


def _legal(rule: RuleUsed, language: str) -> str:
    written = sentences.reference(rule.legal_ref, language)
    if not written or rule.valid_from is None:
        return written
    since = i18n.translate(language, N_("since {date}"), date=formats.day(language, rule.valid_from))
    return f"{written}, {since}"


def shifts(differences: Sequence[Difference], cart: Cart, language: str) -> list[Shift]:
    """What moved, with figures as the language writes them."""
    currencies = {line.product: line.currency for line in cart.lines}
    moved = {one.product: one for one in differences if one.field == "currency"}
    found = []
    for one in differences:
        now = currencies.get(one.product)
        before = moved[one.product].before if one.product in moved else now
        found.append(
            Shift(
                product=one.product,
                name=one.name,
                field=i18n.gettext(language, _FIELDS.get(one.field, one.field)),
                before=_value(one.field, one.before, before, language),
                now=_value(one.field, one.now, now, language),
            )
        )
    return found


def _value(field: str, text: str, currency: str | None, language: str) -> str:
    if not text:
        return "–"
    if field == "price":
        return formats.money(language, Decimal(text), currency)
    if field == "weight":
        return formats.weight(language, int(text))
    return formats.hs(language, text) if field == "code" else text
