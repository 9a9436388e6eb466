"""Whether a shipment may be ordered as a micro-export: every rule that was looked at, and what is left under each.

One pure function; the cart, the order's steps, the API and the tests all ask it. What it returns is what an order
freezes (`msgspec.to_builtins`), and policies.sentences says it in the reader's language.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import msgspec

from kervan.trade.errors import N_, TradeError, shown
from kervan.trade.law import LawBook, PlatformLimit, RegimeLimit
from kervan.trade.own_limits import OwnLimits

Source = Literal["REGIME", "PLATFORM", "EXPORTER"]
Dimension = Literal["GROSS_WEIGHT", "GOODS_VALUE", "TOTAL_VALUE", "MINIMUM"]

TURKIYE = "TR"
SALE, FINAL = "SALE", "FINAL"
_GTIP_DIGITS = 12


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged: one parcel of one exporter to one importer.

    `on` is the law's day (trade.law.day_of). Values are in EUR by the rate of that day, None when there is no rate that
    may be used; `rate_problem` then says why. `codes` are the GTIPs of the goods, an empty one where the code is
    missing; `destination` and `buyer_country` are ISO 3166-1 alpha-2.
    """

    on: dt.date
    route: str
    purpose: str
    sale_type: str
    destination: str
    buyer_country: str
    tier: str
    currency: str
    goods_eur: Decimal | None
    total_eur: Decimal | None
    gross_g: int
    codes: tuple[str, ...]
    rate_problem: TradeError | None = None


class RuleUsed(msgspec.Struct, frozen=True, gc=False):
    """A limit that the shipment was compared with: grams for GROSS_WEIGHT, EUR for the others.

    `used` and `left` are None where the value is unknown; `left` is below zero where the limit is broken. MINIMUM is a
    lower limit: `left` is what is above it. `name` is a msgid.
    """

    source: Source
    dimension: Dimension
    limit: int | Decimal
    used: int | Decimal | None
    left: int | Decimal | None
    fits: bool
    legal_ref: str
    valid_from: dt.date | None
    name: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why the shipment cannot be ordered: a code for programs, a msgid and what fills its {placeholders}.

    Placeholders that end with `_g` are grams, with `_eur` EUR; `country` is ISO 3166-1 alpha-2, `on` and `date` are
    days.
    """

    code: str
    message: str
    params: dict[str, str | int] = {}


class Verdict(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The answer. `left_g` and `left_eur` are the smallest headroom of all rules; None where nothing limits or the
    value is unknown. `binding` is the limit that is the fullest, or the most broken."""

    allowed: bool
    rules: tuple[RuleUsed, ...]
    refusals: tuple[Refusal, ...]
    left_g: int | None
    left_eur: Decimal | None
    binding: RuleUsed | None


_PURPOSES = {
    "SAMPLE": N_("Free samples cannot leave as an ETGB sale. Ask the exporter for them in an inquiry."),
    "GIFT": N_("Gifts cannot leave as an ETGB sale. Ask the exporter in an inquiry."),
    "REPAIR": N_("Goods for repair cannot leave as an ETGB sale. Ask the exporter in an inquiry."),
    "FAIR": N_("Goods for a fair cannot leave as an ETGB sale. Ask the exporter in an inquiry."),
    "RETURN": N_("Returned goods cannot leave as an ETGB sale. Ask the exporter in an inquiry."),
}
_RESTRICTED = {
    "PROHIBITED": N_("{name} ({code}) may not be exported from Türkiye."),
    "LICENCE": N_("{name} ({code}) needs an export licence first, so it cannot leave by ETGB."),
    "CONTROLLED": N_("{name} ({code}) is controlled and needs a permit first, so it cannot leave by ETGB."),
    "REGISTERED": N_(
        "{name} ({code}) must be registered with an exporters' association first, so it cannot leave by ETGB."
    ),
}
_RESTRICTED_TO = {
    "PROHIBITED": N_("{name} ({code}) may not be exported to {country}."),
    "LICENCE": N_("{name} ({code}) needs an export licence for {country} first, so it cannot leave by ETGB."),
    "CONTROLLED": N_(
        "{name} ({code}) is controlled for {country} and needs a permit first, so it cannot leave by ETGB."
    ),
    "REGISTERED": N_(
        "{name} ({code}) must be registered for {country} with an exporters' association first,"
        " so it cannot leave by ETGB."
    ),
}
NAMES: dict[tuple[str, str], str] = {
    ("REGIME", "GROSS_WEIGHT"): N_("The law: gross weight of one shipment"),
    ("REGIME", "GOODS_VALUE"): N_("The law: value of the goods"),
    ("REGIME", "TOTAL_VALUE"): N_("The law: total of the invoice"),
    ("PLATFORM", "GROSS_WEIGHT"): N_("Kervan: gross weight of one order"),
    ("PLATFORM", "GOODS_VALUE"): N_("Kervan: value of the goods"),
    ("PLATFORM", "TOTAL_VALUE"): N_("Kervan: total of the invoice"),
    ("EXPORTER", "GROSS_WEIGHT"): N_("The exporter: gross weight of one order"),
    ("EXPORTER", "GOODS_VALUE"): N_("The exporter: value of the goods"),
    ("EXPORTER", "TOTAL_VALUE"): N_("The exporter: total of the invoice"),
    ("EXPORTER", "MINIMUM"): N_("The exporter: smallest order"),
}
"""What each rule is called (msgids)."""

_BROKEN: dict[tuple[str, str], str] = {
    ("REGIME", "GROSS_WEIGHT"): N_(
        "The shipment weighs {used_g} gross; the law allows {limit_g} in one shipment."
    ),
    ("REGIME", "GOODS_VALUE"): N_(
        "The goods are worth {used_eur}; the law allows {limit_eur} in one shipment."
    ),
    ("REGIME", "TOTAL_VALUE"): N_(
        "With its charges the invoice comes to {used_eur}; the law allows {limit_eur} in one shipment."
    ),
    ("PLATFORM", "GROSS_WEIGHT"): N_("The order weighs {used_g} gross; Kervan allows you {limit_g}."),
    ("PLATFORM", "GOODS_VALUE"): N_("The goods are worth {used_eur}; Kervan allows you {limit_eur}."),
    ("PLATFORM", "TOTAL_VALUE"): N_(
        "With its charges the order comes to {used_eur}; Kervan allows you {limit_eur}."
    ),
    ("EXPORTER", "GROSS_WEIGHT"): N_(
        "The order weighs {used_g} gross; this exporter takes orders up to {limit_g}."
    ),
    ("EXPORTER", "GOODS_VALUE"): N_(
        "The goods are worth {used_eur}; this exporter takes orders up to {limit_eur}."
    ),
    ("EXPORTER", "TOTAL_VALUE"): N_(
        "With its charges the order comes to {used_eur}; this exporter takes orders up to {limit_eur}."
    ),
    ("EXPORTER", "MINIMUM"): N_("The goods come to {used_eur}; this exporter takes orders from {limit_eur}."),
}
_UNVERIFIED = {
    "GROSS_WEIGHT": N_("Until your firm is verified you can order up to {limit_g}; this order weighs {used_g}."),
    "GOODS_VALUE": N_("Until your firm is verified you can order up to {limit_eur}; these goods are worth {used_eur}."),
    "TOTAL_VALUE": N_(
        "Until your firm is verified you can order up to {limit_eur}; with its charges this order comes to {used_eur}."
    ),
}  # fmt: skip


def judge(shipment: Shipment, book: LawBook, own: OwnLimits | None = None) -> Verdict:
    """The verdict on a shipment by this book and the exporter's own limits; exactly on a limit is within it.

    Never raises for what a user can send: a limit that the book lacks, or a value that is no number, is a refusal.
    """
    refusals: list[Refusal] = []
    _check_parties(shipment, refusals)
    _check_goods(shipment, book, own, refusals)
    rules: list[RuleUsed] = []
    try:
        regime = book.regime_limit(shipment.route, shipment.on)
    except TradeError as error:
        refusals.append(_of_error("NO_LIMIT_KNOWN", error))
    else:
        _compare_regime(shipment, regime, rules)
    if platform := book.platform_limit(shipment.tier, shipment.on):
        _compare_platform(shipment, platform, rules)
    if own is not None:
        _compare_own(shipment, own, rules)
    _check_rules(shipment, rules, refusals)
    left_g, left_eur, binding = _headroom(rules)
    return Verdict(
        allowed=not refusals,
        rules=tuple(rules),
        refusals=tuple(refusals),
        left_g=left_g,
        left_eur=left_eur,
        binding=binding,
    )


def _check_parties(shipment: Shipment, refusals: list[Refusal]) -> None:
    if shipment.destination == TURKIYE or shipment.buyer_country == TURKIYE:
        refusals.append(
            Refusal(
                code="DOMESTIC", message=N_("Orders go abroad only: neither the buyer nor the goods end in Türkiye.")
            )
        )  # fmt: skip
    if shipment.purpose != SALE:
        refusals.append(
            Refusal(
                code="PURPOSE",
                message=_PURPOSES.get(shipment.purpose) or N_("Only goods that are sold can leave by ETGB."),
            )
        )
    if shipment.sale_type != FINAL:
        refusals.append(
            Refusal(code="SALE_TYPE", message=N_("Only a final sale can be ordered here: no consignment."))
        )


def _check_goods(shipment: Shipment, book: LawBook, own: OwnLimits | None, refusals: list[Refusal]) -> None:
    destination, on = shipment.destination, shipment.on
    if own is not None and not own.takes_country(destination):
        refusals.append(
            Refusal(
                code="COUNTRY_NOT_SERVED",
                message=N_("This exporter takes no orders to {country}."),
                params={"country": destination},
            )
        )
    if not shipment.codes:
        refusals.append(Refusal(code="NO_GOODS", message=N_("There are no goods in this order.")))
    for code in dict.fromkeys(shipment.codes):
        if not (len(code) == _GTIP_DIGITS and code.isascii() and code.isdigit()):
            refusals.append(
                Refusal(
                    code="NO_GTIP",
                    message=N_("{code} is no 12-digit GTIP, and goods without one cannot leave by ETGB.")
                    if code
                    else N_("Goods without a 12-digit GTIP cannot leave by ETGB."),
                    params={"code": shown(code)} if code else {},
                )
            )
            continue
        if restricted := book.restricted_goods(code, destination, on):
            sentences = _RESTRICTED if restricted.destination is None else _RESTRICTED_TO
            refusals.append(
                Refusal(
                    code=f"RESTRICTED_{restricted.kind}",
                    message=sentences[restricted.kind],
                    params={
                        "name": restricted.name,
                        "name_tr": restricted.name_tr,
                        "code": code,
                        "country": destination,
                        "legal_ref": restricted.legal_ref,
                    },
                )
            )
        if own is not None and own.codes_excluded and not own.takes_code(code):
            refusals.append(
                Refusal(
                    code="CODE_EXCLUDED",
                    message=N_("This exporter takes no orders for goods of the code {code}."),
                    params={"code": code},
                )
            )


def _compare_regime(shipment: Shipment, limit: RegimeLimit, rules: list[RuleUsed]) -> None:
    ref, since = limit.legal_ref, limit.valid_from
    rules.append(_most_grams("REGIME", limit.max_gross_g, shipment, ref, since))
    if limit.basis != "INVOICE_TOTAL":
        rules.append(_most_eur("REGIME", "GOODS_VALUE", limit.max_value_eur, shipment.goods_eur, ref, since))
    if limit.basis != "GOODS":
        rules.append(_most_eur("REGIME", "TOTAL_VALUE", limit.max_value_eur, shipment.total_eur, ref, since))


def _compare_platform(shipment: Shipment, limit: PlatformLimit, rules: list[RuleUsed]) -> None:
    ref, since, most = limit.legal_ref, limit.valid_from, limit.max_value_eur
    if limit.max_gross_g is not None:
        rules.append(_most_grams("PLATFORM", limit.max_gross_g, shipment, ref, since))
    if most is not None:
        rules.append(_most_eur("PLATFORM", "GOODS_VALUE", most, shipment.goods_eur, ref, since))
        rules.append(_most_eur("PLATFORM", "TOTAL_VALUE", most, shipment.total_eur, ref, since))


def _compare_own(shipment: Shipment, own: OwnLimits, rules: list[RuleUsed]) -> None:
    if own.max_gross_g is not None:
        rules.append(_most_grams("EXPORTER", own.max_gross_g, shipment, "", None))
    if (most := own.max_order_eur) is not None:
        rules.append(_most_eur("EXPORTER", "GOODS_VALUE", most, shipment.goods_eur, "", None))
        rules.append(_most_eur("EXPORTER", "TOTAL_VALUE", most, shipment.total_eur, "", None))
    if own.min_order_eur is not None:
        rules.append(_least_eur(own.min_order_eur, shipment.goods_eur))


def _least_eur(limit: Decimal, value: Decimal | None) -> RuleUsed:
    name = NAMES["EXPORTER", "MINIMUM"]
    if value is None or not value.is_finite():
        return RuleUsed("EXPORTER", "MINIMUM", limit, None, None, False, "", None, name)
    return RuleUsed("EXPORTER", "MINIMUM", limit, value, value - limit, value >= limit, "", None, name)


def _most_grams(
    source: Source, limit: int, shipment: Shipment, legal_ref: str, since: dt.date | None
) -> RuleUsed:
    used = shipment.gross_g
    name = NAMES[source, "GROSS_WEIGHT"]
    return RuleUsed(source, "GROSS_WEIGHT", limit, used, limit - used, used <= limit, legal_ref, since, name)


def _most_eur(
    source: Source,
    dimension: Dimension,
    limit: Decimal,
    value: Decimal | None,
    legal_ref: str,
    since: dt.date | None,
) -> RuleUsed:
    name = NAMES[source, dimension]
    if value is None or not value.is_finite():
        return RuleUsed(source, dimension, limit, None, None, False, legal_ref, since, name)
    return RuleUsed(source, dimension, limit, value, limit - value, value <= limit, legal_ref, since, name)


def _number(value: Decimal | None) -> Decimal | None:
    return value if value is not None and value.is_finite() else None


def _check_rules(shipment: Shipment, rules: Iterable[RuleUsed], refusals: list[Refusal]) -> None:
    if shipment.gross_g <= 0:
        refusals.append(
            Refusal(code="NO_WEIGHT", message=N_("The gross weight of the shipment is not known."))
        )
    if shipment.rate_problem is not None:
        refusals.append(_of_error("RATE", shipment.rate_problem))
    else:
        for value in (shipment.goods_eur, shipment.total_eur):
            number = _number(value)
            if number is None or number < 0:
                refusals.append(
                    Refusal(code="NO_VALUE", message=N_("The value of the shipment in EUR is not known."))
                )
                break
    told: set[Source] = set()
    for rule in rules:
        if rule.fits or rule.used is None:
            continue
        # When the goods alone are worth too much, that the invoice is too says nothing new.
        if rule.dimension == "TOTAL_VALUE" and rule.source in told:
            continue
        if rule.dimension == "GOODS_VALUE":
            told.add(rule.source)
        refusals.append(_broken(rule, shipment.tier))


def _broken(rule: RuleUsed, tier: str) -> Refusal:
    unit = "g" if rule.dimension == "GROSS_WEIGHT" else "eur"
    message = _BROKEN[rule.source, rule.dimension]
    if rule.source == "PLATFORM" and tier == "UNVERIFIED":
        message = _UNVERIFIED[rule.dimension]
    return Refusal(
        code=f"{rule.source}_{rule.dimension}",
        message=message,
        params={f"used_{unit}": _plain(rule.used), f"limit_{unit}": _plain(rule.limit)},
    )


def _plain(figure: int | Decimal | None) -> str | int:
    return figure if isinstance(figure, int) else str(figure)


def _of_error(code: str, error: TradeError) -> Refusal:
    params = {name: value if isinstance(value, int) else str(value) for name, value in error.params.items()}
    return Refusal(code=code, message=error.message, params=params)


def _headroom(rules: Iterable[RuleUsed]) -> tuple[int | None, Decimal | None, RuleUsed | None]:
    """The least that is left by weight and by value, and the limit that is the fullest."""
    left_g: int | None = None
    left_eur: Decimal | None = None
    fullest: RuleUsed | None = None
    share = -1.0
    for rule in rules:
        left = rule.left
        if left is None or rule.dimension == "MINIMUM":
            continue
        if isinstance(left, int):
            if left_g is None or left < left_g:
                left_g = left
        elif left_eur is None or left < left_eur:
            left_eur = left
        full = float(rule.used or 0) / float(rule.limit)
        # An empty cart fills no limit: then the tighter one of two is told.
        if full > share or (fullest is not None and full == share and rule.limit < fullest.limit):
            fullest, share = rule, full
    return left_g, left_eur, fullest
