"""A verdict in words: what the user reads, in their language, with figures as the language writes them."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from kervan.trade.errors import N_
from kervan.trade.verdict import Refusal, RuleUsed, Verdict
from kervan.web import formats
from kervan.web.i18n import gettext, translate

_CENT = Decimal("0.01")
# What the shipped limits say in English of where they stand written; every other reference is shown as it is.
_SHIPPED = (
    N_("Not found; five times a base of 30 kg and EUR 1,500"),
    N_("Not found; ten times a base of 30 kg and EUR 1,500"),
    N_("Resmî Gazete of 3 January 2026, amending communiqué"),
    N_("Platform decision: small orders need no verification"),
)


def say(verdict: Verdict, language: str) -> str:
    """The whole verdict: why the shipment cannot be ordered, or what is left under which limit."""
    if verdict.refusals:
        return " ".join(refusal(one, language) for one in verdict.refusals)
    if verdict.binding is None or verdict.left_g is None or verdict.left_eur is None:
        return gettext(language, N_("This order is within the limits."))
    return translate(
        language,
        N_(
            "This order is within the limits: {left_g} and {left_eur} are left. You reach this one first: {rule}."
        ),
        left_g=formats.weight(language, verdict.left_g),
        left_eur=eur(verdict.left_eur, language, down=True),
        rule=gettext(language, verdict.binding.name),
    )


def reference(legal_ref: str, language: str) -> str:
    """Where a rule stands written, in the language where we know it."""
    return gettext(language, legal_ref) if legal_ref in _SHIPPED else legal_ref


def refusal(refusal: Refusal, language: str) -> str:
    """Why a shipment cannot be ordered, one sentence."""
    return translate(language, refusal.message, **_filled(refusal.params, language))


def rule(rule: RuleUsed, language: str) -> str:
    """A rule with its figures: what is used of the limit, what is left, and where the limit stands written."""
    sentence = N_("{name}: not compared, because the value is not known. The limit is {limit}.")
    if rule.used is not None and rule.left is not None:
        sentence = N_("{name}: {used} of {limit}, {left} left.")
        if rule.dimension == "MINIMUM":
            sentence = N_("{name}: {limit}; this is {used}.")
        elif not rule.fits:
            sentence = N_("{name}: {used} of {limit}, {left} too much.")
    left: int | Decimal | None = rule.left
    if left is not None and left < 0:
        left = -left
    said = translate(
        language,
        sentence,
        name=gettext(language, rule.name),
        limit=amount(rule, rule.limit, language),
        used=amount(rule, rule.used, language),
        left=amount(rule, left, language, down=rule.fits),
    )
    if not rule.legal_ref:
        return said
    written = reference(rule.legal_ref, language)
    if rule.valid_from is None:
        return f"{said} ({written})"
    since = translate(language, N_("since {date}"), date=formats.day(language, rule.valid_from))
    return f"{said} ({written}; {since})"


def amount(rule: RuleUsed, figure: int | Decimal | None, language: str, *, down: bool = False) -> str:
    """A figure of a rule: a weight or an amount in EUR. `down` for what is left: never more than there is."""
    if figure is None:
        return ""
    if isinstance(figure, int):
        return formats.weight(language, figure)
    return eur(figure, language, down=down)


def eur(value: Decimal, language: str, *, down: bool = False) -> str:
    """An amount of EUR in whole cents: what is used is rounded up, what is left down."""
    return formats.money(language, value.quantize(_CENT, ROUND_DOWN if down else ROUND_UP), "EUR")


def _filled(params: Mapping[str, str | int], language: str) -> dict[str, str]:
    filled: dict[str, str] = {}
    for name, value in params.items():
        if name.endswith("_g"):
            filled[name] = formats.weight(language, int(value))
        elif name.endswith("_eur"):
            filled[name] = eur(Decimal(value), language)
        elif name == "country":
            filled[name] = formats.country(language, str(value))
        elif name == "code":
            filled[name] = formats.hs(language, str(value)) if str(value).isdigit() else str(value)
        elif name in ("on", "date"):
            filled[name] = formats.day(language, date.fromisoformat(str(value)))
        else:
            filled[name] = str(value)
    # Goods are called as the law calls them; it is written in Turkish, the other name is ours.
    if language == "tr" and params.get("name_tr"):
        filled["name"] = str(params["name_tr"])
    return filled
