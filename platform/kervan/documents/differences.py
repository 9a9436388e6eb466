"""Where a proforma and the invoice made from it say different things: they must agree in value and content."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec

from kervan.documents.labels import CHARGES
from kervan.documents.markup import clean
from kervan.documents.structs import Line, Paper, Party
from kervan.trade.codes import format_gtip
from kervan.trade.errors import N_
from kervan.trade.identifiers import mask_tckn


class Difference(msgspec.Struct, frozen=True):
    """One thing that differs: `field` for programs, `label` (a msgid with its params) and both values for people.

    A value is empty where one paper does not have it at all.
    """

    field: str
    label: str
    proforma: str
    invoice: str
    params: Mapping[str, object] = {}


Said = tuple[str, str, Mapping[str, object]]
"""A label, its value, the params of the label."""


def differences(proforma: Paper, invoice: Paper) -> list[Difference]:
    """What differs between the two, in the order of the papers; empty when they agree (domain 4.7, invariant 7).

    Numbers are compared by value, texts as they would be printed. What belongs to one paper only (its number, dates,
    exchange rate, notes, waybill) and the weights, which are taken again when the goods are packed, may differ.
    """
    before, after = dict(_said(proforma)), dict(_said(invoice))
    found = []
    for field in dict.fromkeys((*before, *after)):
        label, _, params = before.get(field) or after[field]
        old, new = before[field][1] if field in before else "", after[field][1] if field in after else ""
        if old != new:
            found.append(Difference(field, label, old, new, params))
    if proforma.seller.tckn != invoice.seller.tckn:
        # It is personal: that it differs may be said, the number may not.
        numbers = (proforma.seller.tckn, invoice.seller.tckn)
        old, new = (mask_tckn(number) if number else "" for number in numbers)
        found.append(Difference("seller.tckn", N_("Exporter"), old, new))
    if invoice.proforma_number and invoice.proforma_number != proforma.number:
        label = N_("Proforma number")
        found.append(Difference("proforma_number", label, proforma.number, invoice.proforma_number))
    return found


def _said(paper: Paper) -> Iterator[tuple[str, Said]]:
    """Every statement of the paper that both must make, by its field."""
    for field, label, value in (
        ("order_number", N_("Order number"), paper.order_number),
        ("currency", N_("Currency"), paper.currency),
        ("incoterm", N_("Incoterm"), paper.incoterm),
        ("place", N_("Named place"), clean(paper.place)),
    ):
        yield field, (label, value, {})
    yield from _party("seller", N_("Exporter"), paper.seller)
    yield from _party("buyer", N_("Importer"), paper.buyer)
    yield from _party("consignee", N_("Place of delivery"), paper.consignee)
    seen: Counter[str] = Counter()
    for line in paper.lines:
        seen[line.sku] += 1
        yield from _line(line, seen[line.sku], paper.currency)
    for charge in paper.charges:
        label = CHARGES.get(charge.kind, charge.kind)
        yield f"charges[{charge.kind}]", (label, _money(charge.amount, paper.currency), {})
    for field, label, amount in (
        ("goods_total", N_("Total of goods"), paper.goods_total),
        ("charges_total", N_("Total of charges"), paper.charges_total),
        ("total", N_("Total payable"), paper.total),
    ):
        yield field, (label, _money(amount, paper.currency), {})


def _party(field: str, label: str, party: Party) -> Iterator[tuple[str, Said]]:
    address = party.address
    where = (address.street, address.postcode, address.city, address.region, address.country)
    yield f"{field}.name", (label, clean(party.name), {})
    yield f"{field}.address", (label, ", ".join(filter(None, map(clean, where))), {})
    yield f"{field}.number", (label, " ".join(filter(None, (party.vkn, party.number))), {})


def _line(line: Line, nth: int, currency: str) -> Iterator[tuple[str, Said]]:
    # Lines belong together by the product's code, so that a line that was taken out shows as one and not as many.
    field = f"lines[{line.sku}]" if nth == 1 else f"lines[{line.sku}#{nth}]"
    for name, label, value in (
        ("name_tr", N_("{sku}: Turkish name"), clean(line.name_tr)),
        ("name", N_("{sku}: name"), clean(line.name)),
        ("gtip", N_("{sku}: GTIP"), format_gtip(line.gtip)),
        ("origin", N_("{sku}: origin"), line.origin),
        ("quantity", N_("{sku}: quantity"), f"{line.quantity} {line.unit}"),
        ("unit_price", N_("{sku}: price"), _money(line.unit_price, currency)),
        ("discount", N_("{sku}: discount"), _money(line.discount, currency)),
        ("amount", N_("{sku}: amount"), _money(line.amount, currency)),
    ):
        yield f"{field}.{name}", (label, value, {"sku": clean(line.sku)})


def _money(amount: Decimal, currency: str) -> str:
    """25.00 EUR: at least two decimals, more where they say something; 25 and 25.0000 look the same."""
    digits = max(2, -int(amount.normalize().as_tuple().exponent)) if amount.is_finite() else 0
    return f"{amount:.{digits}f} {currency}"
