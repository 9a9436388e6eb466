"""The form of a quote: filled from what is asked or from the last revision, and read."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from kervan.inquiries import fields, rules
from kervan.inquiries.queries_own import OwnPrice
from kervan.inquiries.structs import CHARGES, InquiryShown, Offered, OfferedLine, RevisionShown
from kervan.orders.incoterms import AT_SELLER, INCOTERMS
from kervan.orders.rules import MOST_CHARGE
from kervan.trade import countries, money, units
from kervan.trade.errors import N_, TradeError
from kervan.web.forms import Form

USUAL_DAYS = 30
"""Validity that a new quote begins with."""


def of_inquiry(
    inquiry: InquiryShown, own: Mapping[int, OwnPrice], town: str, today: date, language: str
) -> dict[str, str]:
    """Initial values of a first quote: what is asked for, at the listed prices of the own products, at the own `town`
    where the buyer names no place and the term holds at the exporter's."""
    listed = next((price.currency for price in own.values() if price.currency), None)
    currency = listed or inquiry.currency or "EUR"
    incoterm = inquiry.incoterm or "FCA"
    values = {
        "currency": currency,
        "incoterm": incoterm,
        "place": inquiry.place or (town if incoterm in AT_SELLER else ""),
        "destination": inquiry.destination or "",
        "valid_until": (today + timedelta(days=USUAL_DAYS)).isoformat(),
    }
    days = [price.lead_days for price in own.values() if price.lead_days is not None]
    if days:
        values["lead_days"] = str(max(days))
    for n, line in enumerate(inquiry.lines, start=1):
        price = own.get(line.number)
        values[f"asked_{n}"] = str(line.number)
        values[f"name_{n}"] = line.name
        values[f"sku_{n}"] = price.sku if price else ""
        values[f"quantity_{n}"] = str(line.quantity or "")
        values[f"unit_{n}"] = line.unit or "C62"
        if price and price.unit_price is not None and price.currency == currency:
            values[f"price_{n}"] = fields.typed(price.unit_price, language)
    return values


def of_revision(revision: RevisionShown, today: date, language: str) -> dict[str, str | list[str]]:
    """Initial values of a change: what the last revision says."""
    last = today + timedelta(days=rules.MOST_VALID_DAYS)
    valid = (
        revision.valid_until if today <= revision.valid_until <= last else today + timedelta(days=USUAL_DAYS)
    )
    values: dict[str, str | list[str]] = {
        "currency": revision.currency,
        "incoterm": revision.incoterm,
        "place": revision.place,
        "destination": revision.destination or "",
        "lead_days": "" if revision.lead_days is None else str(revision.lead_days),
        "valid_until": valid.isoformat(),
        "payment_terms": revision.payment_terms,
        "note": revision.note,
        "certificates": list(revision.certificates),
    }
    for kind, amount in revision.charges.items():
        values[f"charges_{kind}"] = fields.typed(amount, language)
    for n, line in enumerate(revision.lines, start=1):
        values[f"asked_{n}"] = "" if line.asked is None else str(line.asked)
        values[f"name_{n}"] = line.name
        values[f"sku_{n}"] = line.sku or ""
        values[f"quantity_{n}"] = str(line.quantity)
        values[f"unit_{n}"] = line.unit
        values[f"price_{n}"] = fields.typed(line.unit_price, language)
    return values


def skus(form: Form) -> list[str]:
    """The SKUs that were typed."""
    return [sku for n in fields.used(form) if (sku := form.value(f"sku_{n}").strip())]


def read(
    form: Form, products: Mapping[str, str], held: Sequence[str], today: date
) -> tuple[Offered | None, Sequence[int]]:
    """The quote of a form, None when it is refused, and for each line the number of its fields.

    `products` are the public ids of the firm's own products by SKU, `held` its certificates.
    """
    numbers = fields.used(form)
    lines = [_line(form, n, products) for n in numbers]
    currency = form.choice("currency", money.currencies())
    incoterm = form.choice("incoterm", INCOTERMS)
    valid = form.day("valid_until", first=today, last=today + timedelta(days=rules.MOST_VALID_DAYS))
    lead = form.whole("lead_days", low=0, high=rules.MOST_LEAD_DAYS, required=False)
    charges = {
        kind: amount
        for kind in CHARGES
        if (
            amount := form.decimal(
                f"charges_{kind}", low=Decimal(0), high=MOST_CHARGE, places=4, required=False
            )
        )
    }
    destination = form.choice("destination", countries.country_codes(), required=False)
    place = form.text("place", longest=120)
    payment_terms = form.text("payment_terms", required=False, longest=300)
    note = form.lines("note", required=False, longest=2000)
    certificates = form.several("certificates", held)
    if not numbers:
        form.refuse("name_1", N_("Offer at least one kind of goods."))
    if not form.ok or valid is None:
        return None, numbers
    return (
        Offered(
            lines=tuple(line for line in lines if line is not None),
            currency=currency,
            incoterm=incoterm,
            valid_until=valid,
            place=place,
            destination=destination or None,
            lead_days=lead,
            payment_terms=payment_terms,
            note=note,
            certificates=tuple(certificates),
            charges=charges,
        ),
        numbers,
    )


def _line(form: Form, n: int, products: Mapping[str, str]) -> OfferedLine | None:
    sku = form.text(f"sku_{n}", required=False, longest=64)
    if sku and sku not in products:
        form.refuse(f"sku_{n}", TradeError(N_("You have no product with the SKU {sku}."), sku=sku))
    name = form.text(f"name_{n}", required=not sku, longest=300)
    quantity = form.whole(f"quantity_{n}", low=1, high=rules.MOST)
    unit = form.choice(f"unit_{n}", units.units()) or "C62"
    price = form.decimal(f"price_{n}", low=Decimal("0.0001"), high=rules.MOST_PRICE, places=4)
    asked = form.whole(f"asked_{n}", low=1, high=rules.MOST_LINES, required=False)
    if quantity is None or price is None:
        return None
    return OfferedLine(
        name=name, product=products.get(sku), asked=asked, quantity=quantity, unit=unit, unit_price=price
    )
