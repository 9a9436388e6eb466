"""Reasons in words: each as the exporter reads it about itself, and as the requester reads it about the exporter."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from kervan.matching.facts import Match, Reason
from kervan.policies import sentences as of_law
from kervan.trade.certificates import standards
from kervan.trade.errors import N_
from kervan.trade.verdict import Refusal
from kervan.web import formats
from kervan.web.i18n import translate

Reader = Literal["EXPORTER", "REQUESTER"]

_EXPORTER: Mapping[str, str] = {
    "HS6": N_("You offer exactly this code, {code}."),
    "HS4": N_("You offer goods of the same heading, {code}."),
    "HS2": N_("You offer goods of the same chapter, {code}."),
    "WORDS": N_("The name of your product says: {words}."),
    "COUNTRY": N_("You already sell in this market: {country}."),
    "QUANTITY": N_("{quantity} asked, your smallest order is {moq}."),
    "CERTIFICATE": N_("{certificate} asked, you hold it."),
    "CERTIFICATE_OF_PRODUCT": N_("Your product itself is certified as asked, too."),
    "LIMITS": N_("It can be a micro-export order."),
    "LANGUAGE": N_("You work in {spoken}."),
    "ANSWERS": N_("You answer {percent} of what you are asked."),
    "PROVINCE": N_("You are in {province}."),
    "OTHER_CODE": N_("{asked} asked, your goods are {code}."),
    "MOQ": N_("{quantity} asked, your smallest order is {moq}."),
    "CERTIFICATE_EXPIRED": N_("{certificate} asked, yours expired in {month}."),
    "CERTIFICATE_LACKING": N_("{certificate} asked, you name none."),
    "COUNTRY_NEW": N_("Not among your markets: {country}."),
    "LANGUAGE_LACKING": N_("Answers are wanted in {languages}."),
    "LATE": N_("You need {lead}, the request ends in {left}."),
    "LEAD_UNKNOWN": N_("You do not say how long you need."),
}
_REQUESTER: Mapping[str, str] = {
    "HS6": N_("Offers exactly this code, {code}."),
    "HS4": N_("Offers goods of the same heading, {code}."),
    "HS2": N_("Offers goods of the same chapter, {code}."),
    "WORDS": N_("The name of the product says: {words}."),
    "COUNTRY": N_("Already sells in this market: {country}."),
    "QUANTITY": N_("{quantity} asked, its smallest order is {moq}."),
    "CERTIFICATE": N_("{certificate} asked, it holds it."),
    "CERTIFICATE_OF_PRODUCT": N_("The product itself is certified as asked, too."),
    "LIMITS": N_("It can be a micro-export order."),
    "LANGUAGE": N_("Works in {spoken}."),
    "ANSWERS": N_("Answers {percent} of what it is asked."),
    "PROVINCE": N_("Is in {province}."),
    "OTHER_CODE": N_("{asked} asked, its goods are {code}."),
    "MOQ": N_("{quantity} asked, its smallest order is {moq}."),
    "CERTIFICATE_EXPIRED": N_("{certificate} asked, its own expired in {month}."),
    "CERTIFICATE_LACKING": N_("{certificate} asked, it names none."),
    "COUNTRY_NEW": N_("Not among its markets: {country}."),
    "LANGUAGE_LACKING": N_("Works in none of these languages: {languages}."),
    "LATE": N_("Needs {lead}, the request ends in {left}."),
    "LEAD_UNKNOWN": N_("Does not say how long it needs."),
}
# Of its own limits: the verdict's words speak of an order that is being made.
_LIMITS: Mapping[str, tuple[str, str]] = {
    "EXPORTER_GROSS_WEIGHT": (
        N_("It weighs {used_g}; you take orders up to {limit_g}."),
        N_("It weighs {used_g}; the exporter takes orders up to {limit_g}."),
    ),
    "EXPORTER_GOODS_VALUE": (
        N_("It is worth {used_eur}; you take orders up to {limit_eur}."),
        N_("It is worth {used_eur}; the exporter takes orders up to {limit_eur}."),
    ),
    "EXPORTER_TOTAL_VALUE": (
        N_("It is worth {used_eur}; you take orders up to {limit_eur}."),
        N_("It is worth {used_eur}; the exporter takes orders up to {limit_eur}."),
    ),
    "EXPORTER_MINIMUM": (
        N_("It is worth {used_eur}; you take orders from {limit_eur}."),
        N_("It is worth {used_eur}; the exporter takes orders from {limit_eur}."),
    ),
}


def say(reason: Reason, language: str, reader: Reader) -> str:
    """A reason, or what is missing, in one sentence."""
    if reason.code in _LIMITS:
        message = _LIMITS[reason.code][0 if reader == "EXPORTER" else 1]
        return of_law.refusal(Refusal(code=reason.code, message=message, params=reason.params), language)
    messages = _EXPORTER if reader == "EXPORTER" else _REQUESTER
    return translate(language, messages[reason.code], **_filled(reason.params, language))


class Said(msgspec.Struct, frozen=True):
    """A reason in words with what it counts."""

    text: str
    points: Decimal


def of_match(found: Match, language: str, reader: Reader) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """The sentences of a match: what speaks for it, and what is missing."""
    good, lacking = (
        tuple(Said(say(one, language, reader), one.points) for one in reasons)
        for reasons in (found.reasons, found.missing)
    )
    return good, lacking


def _filled(params: Mapping[str, str | int], language: str) -> dict[str, str]:
    filled: dict[str, str] = {}
    for name, value in params.items():
        if name in ("code", "asked"):
            filled[name] = formats.hs(language, str(value))
        elif name == "country":
            filled[name] = formats.country(language, str(value))
        elif name == "province":
            filled[name] = formats.province(language, str(value))
        elif name == "language":
            filled["spoken"] = formats.language_name(language, str(value))
        elif name == "languages":
            names = [formats.language_name(language, code) for code in str(value).split(",")]
            filled[name] = formats.list_of(language, names)
        elif name == "certificate":
            known = standards().get(str(value))
            filled[name] = known.label if known else str(value)
        elif name in ("moq", "quantity"):
            filled[name] = formats.unit_count(language, int(value), str(params["unit"]))
        elif name in ("lead", "left"):
            filled[name] = formats.days(language, int(value))
        elif name == "percent":
            filled[name] = formats.percent(language, int(value) / 100)
        elif name == "on":
            filled["month"] = formats.month(language, date.fromisoformat(str(value)))
        else:
            filled[name] = str(value)
    return filled
