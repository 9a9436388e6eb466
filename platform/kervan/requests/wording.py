"""What the parts of a request are called, and how two contents differ: for people, in their language."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from kervan.inquiries.fields import typed
from kervan.requests.masking import MASK
from kervan.requests.states import BUYER_NAMES
from kervan.requests.structs import Content
from kervan.requests.tables import Visibility
from kervan.trade.errors import N_
from kervan.web import formats
from kervan.web.i18n import gettext

VISIBILITIES: Mapping[str, tuple[str, str]] = {
    Visibility.RELAY: (
        N_("Through Kervan"),
        N_(
            "Exporters see your country and whether you are verified. They write and quote here; your name stays"
            " hidden until you show it or take a quote."
        ),
    ),
    Visibility.OPEN: (
        N_("Openly"),
        N_(
            "Verified exporters see the firm's name and contact, and may also write or call outside the platform."
        ),
    ),
    Visibility.POST: (
        N_("Through the trade post"),
        N_(
            "Exporters answer to the trade counsellor's office of Türkiye in your country, which passes it on to you."
        ),
    ),
}
"""Name and plain explanation (msgids) of each way to reach the buyer."""

LABELS: Mapping[str, str] = {
    "title": N_("Title"),
    "summary": N_("In one sentence"),
    "description": N_("Description"),
    "language": N_("Language of your text"),
    "hs_code": N_("HS heading or GTIP"),
    "specs": N_("Properties"),
    "quantity": N_("Quantity"),
    "unit": N_("Unit"),
    "budget": N_("Budget for everything"),
    "target_price": N_("Target price of one unit"),
    "currency": N_("Currency"),
    "country": N_("Country of delivery"),
    "place": N_("Place or port"),
    "incoterm": N_("Incoterm 2020"),
    "deadline": N_("Answers until"),
    "certificates": N_("Certificates"),
    "sample_wanted": N_("Sample"),
    "buyer_type": N_("Kind of buyer"),
    "languages": N_("Languages of answers"),
    "visibility": N_("How exporters reach you"),
}
"""What a field is called, in the form and beside what changed in it (msgids)."""


def differences(before: Content, after: Content, language: str) -> list[tuple[str, str, str]]:
    """What differs between two contents: name of the field, then both as short texts."""
    found = []
    for name, label in LABELS.items():
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            found.append((gettext(language, label), shown(name, one, language), shown(name, other, language)))
    return found


def shown(name: str, value: Any, language: str) -> str:
    """A field's value as a short text."""
    if value is None or value in ("", ()):
        return ""
    if name == "specs":
        return "; ".join(f"{spec.name}: {spec.value}" for spec in value)
    if name in ("languages", "certificates"):
        one = formats.language_name if name == "languages" else formats.certificate
        return ", ".join(one(language, entry) for entry in value)
    if name == "country":
        return formats.country(language, value)
    if name == "language":
        return formats.language_name(language, value)
    if name == "unit":
        return formats.unit(language, value)
    if name == "hs_code":
        return formats.hs(language, value)
    if name == "buyer_type":
        return gettext(language, BUYER_NAMES[value])
    if name == "visibility":
        return gettext(language, VISIBILITIES[value][0])
    if name == "sample_wanted":
        return gettext(language, N_("wanted") if value else N_("not wanted"))
    if isinstance(value, Decimal):
        return typed(value, language)
    if isinstance(value, date):
        return formats.day(language, value)
    return str(value)


MASKED: Mapping[str, str] = {
    "email": N_("an e-mail address"),
    "phone": N_("a telephone number"),
    "web": N_("a web address"),
}
"""What was taken out of a text (msgids)."""


def kinds(masked: Sequence[str]) -> list[str]:
    """Which kinds of contact data were taken out: names of MASKED."""
    found = {
        "phone"
        if not any(char.isalpha() for char in text)
        else "email"
        if any(sign in text for sign in "@＠ ([{")
        else "web"
        for text in masked
    }
    return [kind for kind in MASKED if kind in found]


def masked_in(content: Content) -> list[str]:
    """The parts of a request out of which something was taken, by name of LABELS."""
    texts = {
        **{name: getattr(content, name) for name in ("title", "summary", "description", "place")},
        "specs": " ".join(f"{spec.name} {spec.value}" for spec in content.specs),
    }
    return [name for name in LABELS if MASK in texts.get(name, "")]
