"""What an order's page shows of it: the way that it has gone, what happened, its limits, and terms side by side."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from kervan.documents.labels import TITLES, figure
from kervan.documents.structs import Kind
from kervan.orders import rules
from kervan.orders.desk_queries import share
from kervan.orders.now import DONE, SIDES
from kervan.orders.states import ACTIONS, CHAIN, ENDED, NAMES
from kervan.orders.structs import Event, OrderDetail, Terms
from kervan.orders.tables import Side, State
from kervan.policies import sentences
from kervan.trade.errors import N_
from kervan.trade.verdict import RuleUsed, Verdict
from kervan.web import formats
from kervan.web.i18n import gettext, translate

_NEAR_PERCENT = 80
"""From this share of a limit on a meter warns; a matter of display."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A state on the order's way; `kind` is done, current, coming or bad."""

    name: str
    kind: str
    at: datetime | None


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the time line in words."""

    at: datetime
    who: str
    what: str
    why: str
    detail: str


class RuleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that the order was compared with on its day."""

    name: str
    used: str
    limit: str
    left: str
    legal: str
    percent: int
    tone: str
    binds: bool
    weighs: bool
    """It limits grams, not an amount."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of the terms in force beside the same of those that are offered."""

    name: str
    before: str
    after: str
    differs: bool
    group: str = ""
    """The goods that it is about."""


def way(order: OrderDetail, events: Sequence[Event], language: str) -> list[Stop]:
    """The states that the order went through, the one where it stands, and those to come while it goes well."""
    since: dict[str, datetime] = {}
    for event in events:
        if event.before != event.after:
            since[event.after] = event.at
    state = State(order.state)
    stops = [
        Stop(name=gettext(language, NAMES[one]), kind="done", at=since[one])
        for one in CHAIN
        if one in since and one != state
    ]
    ends_badly = state in ENDED and state not in (State.COMPLETED, State.RESOLVED)
    kind = "bad" if ends_badly or state is State.DISPUTED else "done" if state in ENDED else "current"
    if state is State.COUNTERED:
        stops = stops[:1]
    stops.append(Stop(name=gettext(language, NAMES[state]), kind=kind, at=since.get(state)))
    if state in ENDED or state is State.DISPUTED:
        return stops
    place = CHAIN.index(state) if state in CHAIN else 0
    stops += [Stop(name=gettext(language, NAMES[one]), kind="coming", at=None) for one in CHAIN[place + 1 :]]
    return stops


def happenings(order: OrderDetail, events: Sequence[Event], language: str) -> list[Happening]:
    """Everything that happened, the newest first."""
    return [_happening(order, event, language) for event in reversed(events)]


def _happening(order: OrderDetail, event: Event, language: str) -> Happening:
    arrow = ACTIONS.get(event.action)
    return Happening(
        at=event.at,
        who=_who(order, event, language),
        what=gettext(language, arrow.done if arrow else DONE.get(event.action, event.action)),
        # The system's own reasons are sentences of ours; people's are theirs.
        why=gettext(language, event.reason) if event.reason and event.side == Side.SYSTEM else event.reason or "",
        detail=_detail(event, language),
    )  # fmt: skip


def _who(order: OrderDetail, event: Event, language: str) -> str:
    if event.side in SIDES:
        return gettext(language, SIDES[event.side])
    firm = order.exporter.name if event.side == Side.EXPORTER else order.importer.name
    return f"{event.by}, {firm}" if event.by else firm


def _detail(event: Event, language: str) -> str:
    data = event.data
    if event.action == "payment":
        return str(data.get("note", ""))
    if event.action in ("submit", "counter") and "total" in data:
        return formats.money(language, Decimal(data["total"]), data["currency"])
    if event.action == "document" and data.get("kind") in tuple(Kind):
        return f"{gettext(language, TITLES[Kind(data['kind'])])} {data.get('document', '')}".strip()
    if number := data.get("document") or data.get("proforma") or data.get("etgb_number"):
        return number if isinstance(number, str) else ""
    if waybill := data.get("waybill"):
        return str(waybill)
    return ""


def verdict_of(terms: Terms) -> Verdict:
    """The verdict that the terms froze."""
    return msgspec.convert(terms.verdict, Verdict)


def limits(terms: Terms, language: str) -> list[RuleShown]:
    """Every limit of the order's day with what it used of it; the tightest by weight and by value are marked."""
    verdict = verdict_of(terms)
    tight = _tightest(verdict)
    return [_rule(rule, rule in tight, language) for rule in verdict.rules]


def ceilings(verdict: Verdict) -> tuple[int | None, Decimal | None]:
    """The smallest limits by weight (grams) and by value (EUR); None where nothing limits."""
    weights = [one.limit for one in verdict.rules if one.dimension == "GROSS_WEIGHT"]
    values = [one.limit for one in verdict.rules if one.dimension in ("GOODS_VALUE", "TOTAL_VALUE")]
    return min(map(int, weights), default=None), min(map(Decimal, values), default=None)


def _tightest(verdict: Verdict) -> list[RuleUsed]:
    found = []
    for kinds in (("GROSS_WEIGHT",), ("GOODS_VALUE", "TOTAL_VALUE")):
        if known := [one for one in verdict.rules if one.dimension in kinds and one.left is not None]:
            found.append(min(known, key=lambda rule: rule.left or 0))
    return found


def _rule(rule: RuleUsed, binds: bool, language: str) -> RuleShown:
    percent = share(rule.used, rule.limit)
    legal = sentences.reference(rule.legal_ref, language)
    if legal and rule.valid_from is not None:
        since = translate(language, N_("since {date}"), date=formats.day(language, rule.valid_from))
        legal = f"{legal}, {since}"
    least = rule.dimension == "MINIMUM"
    left: int | Decimal | None = None
    if rule.left is not None and not least:
        left = rule.left if rule.left >= 0 else -rule.left
    return RuleShown(
        name=gettext(language, rule.name),
        used=sentences.amount(rule, rule.used, language),
        limit=sentences.amount(rule, rule.limit, language),
        left=sentences.amount(rule, left, language, down=True),
        legal=legal,
        percent=100 if least else percent,
        tone="" if least else tone(percent),
        binds=binds,
        weighs=rule.dimension == "GROSS_WEIGHT",
    )


def tone(percent: int) -> str:
    """How a meter is coloured."""
    return "bad" if percent > 100 else "near" if percent >= _NEAR_PERCENT else ""


def comparison(now: Terms, offered: Terms, language: str) -> list[Compared]:
    """The terms in force beside those that are offered, figure by figure."""
    rows: list[Compared] = []

    def put(name: str, before: str, after: str, group: str = "") -> None:
        rows.append(
            Compared(
                name=gettext(language, name), before=before, after=after, differs=before != after, group=group
            )
        )

    # A line keeps its product and price list; it may be gone, and those behind it move up.
    after = {line.version_id: line for line in offered.lines}
    for line in now.lines:
        goods = line.name_tr or line.name if language == "tr" else line.name
        new = after.get(line.version_id)
        put(
            N_("Quantity"),
            formats.unit_count(language, line.quantity, line.unit),
            formats.unit_count(language, new.quantity, new.unit) if new else gettext(language, N_("taken out")),
            goods,
        )  # fmt: skip
        if new is None:
            continue
        put(N_("Price of one"), *_pair(language, line.unit_price, new.unit_price, now.currency), goods)
        if line.discount or new.discount:
            put(N_("Discount"), *_pair(language, line.discount, new.discount, now.currency), goods)
    for kind, name in rules.CHARGES.items():
        if kind in now.charges or kind in offered.charges:
            put(name, *(_amount(language, one.charges.get(kind), one.currency) for one in (now, offered)))
    put(N_("Terms of delivery"), *(f"{one.incoterm} {one.place}".strip() for one in (now, offered)))
    put(N_("Ready after"), *(_days(language, one.lead_days) for one in (now, offered)))
    put(N_("Terms of payment"), now.payment_terms or "–", offered.payment_terms or "–")
    put(N_("Gross weight"), *(formats.weight(language, one.gross_weight_g) for one in (now, offered)))
    put(N_("Total"), *_pair(language, now.invoice_total, offered.invoice_total, now.currency))
    return rows


def _pair(language: str, before: Decimal, after: Decimal, currency: str) -> tuple[str, str]:
    return formats.money(language, before, currency), formats.money(language, after, currency)


def _amount(language: str, amount: Decimal | None, currency: str) -> str:
    return "–" if amount is None else formats.money(language, amount, currency)


def _days(language: str, count: int | None) -> str:
    return "–" if count is None else formats.days(language, count)


def rate_sentence(terms: Terms, language: str) -> str:
    """By which rate the order was compared in EUR; '' for one in EUR."""
    if terms.currency == "EUR":
        return ""
    return translate(
        language,
        N_("1 EUR = {rate} {currency}, {source}, {date}."),
        rate=figure(language, terms.eur_rate, 2, 6),
        currency=terms.currency,
        source=terms.rate_source,
        date=formats.day(language, terms.rate_date),
    )


def typed(order: OrderDetail, language: str) -> dict[str, Any]:
    """The terms in force as the form of other terms begins with them."""
    terms = order.terms
    values: dict[str, Any] = {
        "incoterm": terms.incoterm,
        "place": terms.place,
        "lead_days": "" if terms.lead_days is None else str(terms.lead_days),
        "payment_terms": terms.payment_terms,
    }
    for line in terms.lines:
        values[f"quantity.{line.number}"] = str(line.quantity)
        values[f"price.{line.number}"] = plain(line.unit_price, language)
        values[f"discount.{line.number}"] = plain(line.discount, language) if line.discount else ""
    for kind, amount in terms.charges.items():
        values[f"charges.{kind}"] = plain(amount, language)
    return values


def plain(amount: Decimal, language: str) -> str:
    """An amount as somebody types it: no groups, two decimals at least, the mark of the language."""
    digits = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{digits}f}".replace(".", "," if language == "tr" else ".")
