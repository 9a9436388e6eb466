"""The fields of each kind of row of the law: how they are called, read from a form, and shown."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from kervan.policies.tables import Kind
from kervan.trade import law
from kervan.trade.countries import find_country
from kervan.trade.errors import N_, TradeError
from kervan.trade.quantities import parse_weight_g
from kervan.web import formats
from kervan.web.forms import Form
from kervan.web.i18n import gettext

Typed = Literal["text", "area", "grams", "eur", "whole", "choice", "country", "day", "code"]

_MOST = 2_000_000_000
_MOST_EUR = Decimal(100_000_000)


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a row: `label` and `hint` are msgids, `options` pairs of a value and its msgid."""

    name: str
    label: str
    typed: Typed = "text"
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    optional: bool = False
    longest: int = 300
    fixed: bool = False
    """What rows are about the same thing by; the first column of the list."""


LEADS: Mapping[Kind, str] = {
    Kind.REGIME_LIMIT: N_("What one shipment may weigh and be worth when it leaves by ETGB."),
    Kind.PLATFORM_LIMIT: N_("What importers may order before and after their firm is verified."),
    Kind.RESTRICTED_GOODS: N_("Goods that cannot leave as a micro-export, by the beginning of their code."),
    Kind.PLATFORM_FIGURE: N_("Times and numbers that orders and inquiries work by."),
    Kind.PUBLIC_HOLIDAY: N_("Days on which no time to answer runs."),
    Kind.CARRIER: N_("Express carriers that are authorised to make the ETGB."),
}
FIGURES: Mapping[str, str] = {
    "ANSWER_HOURS": N_("Hours of business days to answer an order"),
    "COUNTER_HOURS": N_("Hours of business days to answer a counter-offer"),
    "SPLIT_DAYS": N_("Days in which orders of the same firms are added up"),
    "RATE_BUSINESS_DAYS": N_("Business days that an exchange rate may be old"),
    "INQUIRY_DAYS": N_("Days until an inquiry lapses"),
    "COMPLETE_DAYS": N_("Days until a delivered order is complete"),
}
CERTAINTIES = {
    "PUBLISHED": (N_("official text"), "ok"),
    "REPORTED": (N_("reported"), "near"),
    "RECALLED": (N_("remembered"), "bad"),
    "DECIDED": (N_("our decision"), "ok"),
}
"""How sure a row is: the word (msgid) and its tone."""
_BASES = (
    ("BOTH", N_("goods and invoice")),
    ("GOODS", N_("goods")),
    ("INVOICE_TOTAL", N_("whole invoice")),
)
_TIERS = (("UNVERIFIED", N_("not verified yet")), ("VERIFIED", N_("verified")))
_RESTRICTIONS = (
    ("PROHIBITED", N_("may not be exported")),
    ("LICENCE", N_("needs a licence")),
    ("CONTROLLED", N_("controlled")),
    ("REGISTERED", N_("must be registered")),
)
_DAYS = (
    ("CLOSED", N_("closed")),
    ("HALF", N_("closed from noon")),
    ("OPEN", N_("open after all")),
)
_WITH_UNIT = N_("In kg, or with its unit: 250 kg.")
_NO_LIMIT = N_("Empty: no limit of this kind.")

FIELDS: Mapping[Kind, Sequence[Field]] = {
    Kind.REGIME_LIMIT: (
        Field(name="route", label=N_("Route"), typed="choice", options=((law.ETGB, "ETGB"),), fixed=True),
        Field(name="max_gross_g", label=N_("Gross weight"), typed="grams", hint=_WITH_UNIT),
        Field(name="max_value_eur", label=N_("Value"), typed="eur"),
        Field(name="basis", label=N_("Compared with"), typed="choice", options=_BASES),
    ),
    Kind.PLATFORM_LIMIT: (
        Field(name="tier", label=N_("Importers"), typed="choice", options=_TIERS, fixed=True),
        Field(name="max_gross_g", label=N_("Gross weight"), typed="grams", hint=_NO_LIMIT, optional=True),
        Field(name="max_value_eur", label=N_("Value"), typed="eur", hint=_NO_LIMIT, optional=True),
        Field(
            name="max_open_orders", label=N_("Open orders of an exporter"), typed="whole", hint=_NO_LIMIT, optional=True
        ),
        Field(
            name="max_orders_a_day", label=N_("Orders of an exporter a day"), typed="whole", hint=_NO_LIMIT,
            optional=True,
        ),
    ),
    Kind.RESTRICTED_GOODS: (
        Field(
            name="prefix", label=N_("Code begins with"), typed="code", hint=N_("2 to 12 digits of HS or GTIP."),
            longest=20, fixed=True,
        ),
        Field(
            name="destination", label=N_("Only to"), typed="country", hint=N_("Empty: to every country."),
            optional=True,
        ),
        Field(name="kind", label=N_("Restriction"), typed="choice", options=_RESTRICTIONS),
        Field(name="name", label=N_("Name in English"), longest=120),
        Field(name="name_tr", label=N_("Name in Turkish"), longest=120),
    ),
    Kind.PLATFORM_FIGURE: (
        Field(name="name", label=N_("What"), typed="choice", options=tuple(FIGURES.items()), fixed=True),
        Field(name="figure", label=N_("Figure"), typed="whole"),
    ),
    Kind.PUBLIC_HOLIDAY: (
        Field(name="kind", label=N_("Day"), typed="choice", options=_DAYS),
        Field(name="name", label=N_("Name in English"), longest=120, fixed=True),
        Field(name="name_tr", label=N_("Name in Turkish"), longest=120, fixed=True),
    ),
    Kind.CARRIER: (
        Field(name="name", label=N_("Name"), longest=120, fixed=True),
        Field(name="code", label=N_("Short code"), typed="code", hint=N_("Capital letters and digits."), longest=20),
        Field(
            name="tracking_url", label=N_("Address to follow a parcel"),
            hint=N_("With {waybill} where the parcel's number stands."), optional=True,
        ),
        Field(name="contact", label=N_("Contact"), optional=True),
    ),
}  # fmt: skip
"""Beside its days, legal reference, certainty and note, which every row has."""

COMMON: Sequence[Field] = (
    Field(name="valid_from", label=N_("First day"), typed="day"),
    Field(name="valid_to", label=N_("Last day"), typed="day", optional=True),
    Field(name="legal_ref", label=N_("Legal reference")),
    Field(
        name="certainty",
        label=N_("How sure"),
        typed="choice",
        options=tuple((code, word) for code, (word, _) in CERTAINTIES.items()),
    ),
    Field(name="note", label=N_("Note"), typed="area", optional=True, longest=2000),
)


def fields_of(kind: Kind) -> Sequence[Field]:
    """Every field of a kind, in the order in which a form asks them."""
    return (*FIELDS[kind], *COMMON)


def read(form: Form, kind: Kind) -> dict[str, Any]:
    """What a form says of a row, as policies.service.propose() wants it; what is wrong stands in the form."""
    return {field.name: _read(form, field) for field in fields_of(kind)}


def _read(form: Form, field: Field) -> Any:
    required = not field.optional
    if field.typed == "grams":
        return form.parsed(
            field.name, lambda text: _grams(text, form.language), required=required, longest=40
        )
    if field.typed == "eur":
        return form.decimal(field.name, low=Decimal("0.01"), high=_MOST_EUR, required=required)
    if field.typed == "whole":
        return form.whole(field.name, low=0, high=_MOST, required=required)
    if field.typed == "choice":
        return form.choice(field.name, dict(field.options), required=required)
    if field.typed == "country":
        return form.parsed(field.name, find_country, required=required)
    if field.typed == "day":
        return form.day(field.name, required=required)
    if field.typed == "area":
        return form.lines(field.name, required=required, longest=field.longest)
    value = form.text(field.name, required=required, longest=field.longest)
    if field.name == "prefix":
        return value.replace(".", "").replace(" ", "")
    return value or (None if field.name == "tracking_url" else "")


def _grams(text: str, language: str) -> int:
    found = parse_weight_g(text, "," if language == "tr" else ".", "kg")
    if found < 1:
        raise TradeError(N_("The weight must be above zero."))
    return found


def initial(row: law.Row | None, kind: Kind, language: str) -> dict[str, str]:
    """A row as a form shows it, without its days, reference and note: those are of another row."""
    mark = "," if language == "tr" else "."
    values: dict[str, str] = {"certainty": "PUBLISHED"}
    for field in FIELDS[kind]:
        value = getattr(row, field.name) if row else None
        if value is None:
            values[field.name] = field.options[0][0] if field.typed == "choice" and row is None else ""
        elif field.typed == "grams":
            values[field.name] = formats.weight(language, value)
        elif field.typed == "eur":
            values[field.name] = f"{value:.2f}".removesuffix(".00").replace(".", mark)
        elif field.typed == "country":
            values[field.name] = formats.country(language, value)
        else:
            values[field.name] = str(value)
    return values


def shown(field: Field, value: Any, language: str) -> str:
    """A field's value as people read it; '–' where there is none."""
    if value is None or value == "":
        return "–"
    if field.typed == "grams":
        return formats.weight(language, value)
    if field.typed == "eur":
        return formats.money(language, value, "EUR")
    if field.typed == "whole":
        return formats.number(language, value)
    if field.typed == "choice":
        return gettext(language, dict(field.options).get(value, value))
    if field.typed == "country":
        return formats.country(language, value)
    if field.typed == "day":
        return formats.day(language, value)
    if field.name == "prefix":
        return formats.hs(language, value)
    return str(value)


def cells(kind: Kind, row: law.Row, language: str) -> Sequence[tuple[str, str, bool]]:
    """What a row says: name and value of each field that has one, and whether it is what the row is about.

    Of two names the one in the reader's language is taken.
    """
    other = "name" if language == "tr" else "name_tr"
    found = []
    for field in FIELDS[kind]:
        value = getattr(row, field.name)
        if value in (None, "") or (field.name == other and hasattr(row, "name_tr")):
            continue
        label = N_("Name") if field.name in ("name", "name_tr") and hasattr(row, "name_tr") else field.label
        found.append((gettext(language, label), shown(field, value, language), field.fixed))
    return found


def changes(
    kind: Kind, before: law.Row | None, after: law.Row, language: str
) -> Sequence[tuple[str, str, str]]:
    """What a new row changes: the field's name and its value before and after, in words; all fields of a first row."""
    found = []
    for field in fields_of(kind):
        old = getattr(before, field.name) if before else None
        new = getattr(after, field.name)
        # A note is about its own row: that the new one has none is no change.
        unsaid = new in (None, "") and (before is None or field.name == "note")
        if old != new and not unsaid:
            was = shown(field, old, language) if before else ""
            found.append((gettext(language, field.label), was, shown(field, new, language)))
    return found
