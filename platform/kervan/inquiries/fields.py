"""The form of an inquiry: its lines as numbered fields, its exporters as boxes; read, filled, refused."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from kervan.errors import Invalid, KervanError
from kervan.inquiries import rules
from kervan.inquiries.structs import Asked, AskedLine
from kervan.orders.incoterms import INCOTERMS
from kervan.orders.structs import Delivery
from kervan.trade import countries, money, units
from kervan.web.forms import Form

LEAST_ROWS = 2
_FIRST_CURRENCIES = ("EUR", "USD", "TRY", "GBP")
_LINE_FIELD = re.compile(r"lines\.(\d+)\.(\w+)")
_NAMES = {"unit_price": "price", "target_price": "price", "product": "name"}
_ROW_FIELDS = ("name", "product", "sku", "quantity", "price", "certificates")
DELIVERY = ("name", "street", "city", "postcode", "region", "contact", "phone")


def currencies() -> list[str]:
    """ISO codes for a choice: the four that most trade here is in, then the others."""
    return [*_FIRST_CURRENCIES, *sorted(money.currencies() - set(_FIRST_CURRENCIES))]


def rows(form: Form, least: int = LEAST_ROWS) -> list[int]:
    """The numbers of the lines that a form shows: as many as before, those that hold something, one to go on."""
    shown = form.value("rows")
    before = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 4 else 0
    wanted = max(least, before + bool(form.value("more")), max(used(form), default=0) + (least > 1))
    return list(range(1, min(wanted, rules.MOST_LINES) + 1))


def _is_used(form: Form, number: int) -> bool:
    return any(form.value(f"{field}_{number}").strip() for field in _ROW_FIELDS)


def used(form: Form) -> list[int]:
    """The numbers of the lines that hold something."""
    return [n for n in range(1, rules.MOST_LINES + 1) if _is_used(form, n)]


def read(form: Form) -> tuple[Asked, list[int]]:
    """The inquiry of a form, and for each line the number of its fields; what is wrong is noted in the form."""
    text = form.lines("text", required=False, longest=rules.LONGEST_TEXT)
    numbers = used(form)
    lines = []
    for n in numbers:
        product = form.text(f"product_{n}", required=False, longest=12)
        lines.append(
            AskedLine(
                product=product or None,
                name=form.text(f"name_{n}", required=not product, longest=300),
                quantity=form.whole(f"quantity_{n}", low=1, high=rules.MOST, required=False),
                unit=form.choice(f"unit_{n}", units.units(), required=False) or None,
                target_price=form.decimal(
                    f"price_{n}", low=Decimal("0.0001"), high=rules.MOST_PRICE, places=4, required=False
                ),
                certificates=form.text(f"certificates_{n}", required=False, longest=300),
            )
        )
    asked = Asked(
        exporters=form.several("exporters", most=rules.MOST_RECIPIENTS),
        lines=tuple(lines),
        text=text,
        destination=form.choice("destination", countries.country_codes(), required=False) or None,
        incoterm=form.choice("incoterm", INCOTERMS, required=False) or None,
        place=form.text("place", required=False, longest=120),
        currency=form.choice("currency", money.currencies(), required=False) or None,
        anonymous=form.ticked("anonymous"),
    )
    return asked, numbers


def take(form: Form, error: KervanError, numbers: Sequence[int] = ()) -> None:
    """Notes a service's refusal beside the fields of the form: `lines.2.quantity` is the second of `numbers`."""
    if not isinstance(error, Invalid) or not error.fields:
        form.take(error)
        return
    for name, why in error.fields.items():
        form.refuse(_field(name, numbers), why)


def _field(name: str, numbers: Sequence[int]) -> str:
    if found := _LINE_FIELD.fullmatch(name):
        position = int(found[1])
        number = numbers[position - 1] if position <= len(numbers) else position
        return f"{_NAMES.get(found[2], found[2])}_{number}"
    if name == "lines":
        return f"name_{numbers[0] if numbers else 1}"
    return name.replace(".", "_")


def delivery(form: Form) -> Delivery:
    """Where the goods go, of the fields `delivery_*`."""
    return Delivery(**{name: form.text(f"delivery_{name}", required=False, longest=200) for name in DELIVERY})


def delivery_initial(given: Delivery) -> Mapping[str, str]:
    """The same as initial values."""
    return {f"delivery_{name}": getattr(given, name) for name in DELIVERY}


def typed(amount: Decimal | None, language: str) -> str:
    """An amount as the reader's language writes it into a field."""
    if amount is None:
        return ""
    plain = f"{amount.normalize():f}"
    return plain.replace(".", ",") if language == "tr" else plain
