"""Alerts in words: what they ask for as chips, when they tell and how, in the reader's language."""

from collections.abc import Mapping
from decimal import Decimal

from kervan.alerts.conditions import Conditions
from kervan.alerts.tables import Channel, Frequency
from kervan.discovery import labels
from kervan.requests.states import BUYER_NAMES, SOURCE_NAMES
from kervan.trade.errors import N_
from kervan.web import formats
from kervan.web.i18n import gettext, translate

FREQUENCIES: Mapping[str, tuple[str, str]] = {
    Frequency.AT_ONCE: (N_("At once"), N_("A mail for each request.")),
    Frequency.DAILY: (
        N_("Once a day"),
        N_("One mail at half past seven in the morning, when there is something."),
    ),
    Frequency.WEEKLY: (N_("Once a week"), N_("One mail on Monday morning, when there is something.")),
}
CHANNELS: Mapping[str, tuple[str, str]] = {
    Channel.MAIL: (N_("By mail"), N_("As often as you choose above.")),
    Channel.IN_APP: (N_("Under the bell"), N_("At once, on every page while you are signed in.")),
    Channel.WEBHOOK: (N_("By webhook"), N_("At once, to your firm's programs that hear of request.matched.")),
}
STATES: Mapping[str, tuple[str, str]] = {
    "QUEUED": (N_("In the next mail"), "near"),
    "TOLD": (N_("Told"), "ok"),
    "SKIPPED": (N_("Not told: it was over by then"), "quiet"),
}
"""Of a row of the ledger, with its tone."""
ENDED: Mapping[str, str] = {
    "NOT_WANTED": N_("not wanted any more"),
    "TOO_MANY": N_("too many requests"),
    "NOT_RELEVANT": N_("requests did not fit"),
    "NOT_SIGNED_UP": N_("never asked for"),
    "OTHER": N_("another reason"),
    "LEFT": N_("you left the organisation"),
    "ONE_CLICK": N_("by a click in the mail program"),
}
EVERYTHING = N_("Every request")

_FROM_TO = N_("{low} to {high}")
_FROM = N_("from {low}")
_UP_TO = N_("up to {high}")
_LONGEST_NAME = 80


def chips(asked: Conditions, language: str) -> list[str]:
    """What the alert asks for, piece by piece; `Every request` for one that asks for nothing."""
    found = [f"“{asked.text}”"] if asked.text else []
    for facet, values in (("heading", asked.codes), ("sector", asked.sectors), ("country", asked.countries)):
        found += [labels.label("chapter" if len(value) == 2 and facet == "heading" else facet, value, language)
                  for value in values]  # fmt: skip
    found += [gettext(language, SOURCE_NAMES[source]) for source in asked.sources]
    found += [gettext(language, BUYER_NAMES[kind]) for kind in asked.buyer_types]
    found += [labels.label("certificate", slug, language) for slug in asked.certificates]
    found += [labels.label("language", code, language) for code in asked.languages]
    if value := _range(asked.value_from, asked.value_to, language, "€"):
        found.append(value)
    if asked.unit:
        unit = formats.unit(language, asked.unit)
        amounts = _range(asked.quantity_from, asked.quantity_to, language)
        found.append(f"{amounts} {unit}" if amounts else unit)
    return found or [gettext(language, EVERYTHING)]


def _range(low: Decimal | int | None, high: Decimal | int | None, language: str, sign: str = "") -> str:
    bounds = {
        name: sign + formats.number(language, bound)
        for name, bound in (("low", low), ("high", high))
        if bound is not None
    }
    if not bounds:
        return ""
    return translate(
        language, _FROM_TO if len(bounds) == 2 else _FROM if "low" in bounds else _UP_TO, **bounds
    )


def name_for(asked: Conditions, language: str) -> str:
    """A name for an alert that has none yet."""
    name = ", ".join(chips(asked, language))
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip(' ,')}…"
