"""A cart's form: what was typed, read strictly, and how it stands in the fields when the page is opened."""

import re
from decimal import Decimal
from typing import Any

from kervan.orders import rules
from kervan.orders.carts import Draft
from kervan.orders.carts_queries import Cart
from kervan.orders.incoterms import BY_SEA, INCOTERMS, MEANINGS
from kervan.orders.pricing import MOST
from kervan.orders.structs import Delivery
from kervan.trade import countries
from kervan.trade.errors import TradeError, ascii_digits
from kervan.trade.money import DecimalMark, parse_amount
from kervan.web.forms import Form
from kervan.web.i18n import BY_CODE, gettext

_LONGEST = 1000
"""Of a field that is kept although it is too long, so that it can be put right."""
_MOST_CHARGES = 10
_SPACES = re.compile(r"[\s\u00a0\u202f]+")


def initial(cart: Cart, language: str) -> dict[str, str]:
    """The fields as they are kept."""
    fields = {f"quantity.{line.product}": str(line.quantity) for line in cart.lines}
    fields |= {f"delivery.{name}": getattr(cart.delivery, name) for name in Delivery.__struct_fields__}
    fields |= {
        f"charges.{kind}": _written(cart.charges[kind], language)
        for kind in rules.CHARGES
        if kind in cart.charges
    }
    return fields | {
        "destination": cart.destination or "",
        "incoterm": cart.incoterm or "",
        "place": cart.place,
        "purpose": cart.purpose,
        "note": cart.note,
    }


def read(form: Form, cart: Cart) -> Draft:
    """What was typed. Amounts that are none are refused in the form; everything else is judged by pricing and rules."""
    quantities = {
        line.product: quantity(form.value(f"quantity.{line.product}"), form.language) for line in cart.lines
    }
    charges: dict[str, Decimal] = {}
    for name in [*(f"charges.{kind}" for kind in rules.CHARGES), *_other_charges(form)]:
        if text := form.value(name).strip():
            try:
                charges[name.removeprefix("charges.")] = parse_amount(text, _mark(form.language))
            except TradeError as error:
                form.refuse(name, error)
    return Draft(
        quantities=quantities,
        destination=form.value("destination").strip(),
        incoterm=form.value("incoterm").strip(),
        place=_line(form, "place"),
        delivery=Delivery(**{name: _line(form, f"delivery.{name}") for name in Delivery.__struct_fields__}),
        charges=charges,
        purpose=form.value("purpose").strip() or cart.purpose,
        note=form.value("note").strip(),
    )


def _other_charges(form: Form) -> list[str]:
    """Kinds that no page of ours offers; rules.check_charges says so."""
    known = {f"charges.{kind}" for kind in rules.CHARGES}
    posted = [name for name in form.typed or {} if name.startswith("charges.") and name not in known]
    return posted[:_MOST_CHARGES]


def _line(form: Form, name: str) -> str:
    return " ".join(form.value(name).split())[:_LONGEST]


def quantity(text: str, language: str) -> int:
    """A whole number of units in digits of any script, grouped as the language does; 0 for anything else.

    1.5 is no quantity, and never read as 15: groups have three digits.
    """
    plain = _SPACES.sub("", ascii_digits(text[:40]).strip())
    group = "." if _mark(language) == "," else ","
    if re.fullmatch(rf"[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})+", plain):
        plain = plain.replace(group, "")
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 15:
        return 0
    return int(plain) if int(plain) <= MOST else 0


def versions(form: Form, cart: Cart) -> dict[str, int]:
    """Which version of each product the page showed."""
    found = {line.product: form.value(f"seen.{line.product}") for line in cart.lines}
    return {
        product: int(text)
        for product, text in found.items()
        if text.isascii() and text.isdigit() and len(text) < 10
    }


def choices(language: str) -> dict[str, Any]:
    """What can be chosen: countries, terms with their sentences, purposes, charges."""
    locale = BY_CODE[language].locale.replace("_", "-")
    return {
        "countries": [pair for pair in countries.countries(locale) if pair[0] != countries.TURKIYE],
        "incoterms": [
            (code, f"{code} · {gettext(language, name)}", gettext(language, MEANINGS[code]), code in BY_SEA)
            for code, name in INCOTERMS.items()
        ],
        "charge_kinds": [(str(kind), gettext(language, name)) for kind, name in rules.CHARGES.items()],
        "purposes": [(str(purpose), gettext(language, name)) for purpose, name in rules.PURPOSES.items()],
    }


def _written(amount: Decimal, language: str) -> str:
    """As it would be typed: 120.50 or 120,50."""
    return f"{amount:f}".replace(".", _mark(language))


def _mark(language: str) -> DecimalMark:
    return "," if language == "tr" else "."
