"""An invented order's papers: one that keeps every rule, and ways to change it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from kervan.documents.structs import Address, Charge, FxNote, Kind, Line, LineKind, Paper, Party
from kervan.trade.money import quantize

SELLER = Party(
    name="Gölgeli Bahçe Tekstil Ltd. Şti.",
    address=Address(
        street="Örnek Mah. 12. Sk. No: 4",
        city="Merkezefendi",
        region="Denizli",
        postcode="20010",
        country="TR",
    ),
    vkn="7341205869",
    tax_office="Gökpınar",
    mersis="0734120586900012",
    contact="Işıl Deniz",
    email="satis@golgelibahce.example",
    phone="+90 258 555 01 01",
    website="https://golgelibahce.example",
)
BUYER = Party(
    name="Nordlicht Haustextilien GmbH",
    address=Address(street="Beispielweg 7", city="Hamburg", postcode="20095", country="DE"),
    number_scheme="EU_VAT",
    number="DE000000017",
    contact="Anke Petersen",
    email="einkauf@nordlicht.example",
)


def line(number: int = 1, **fields: Any) -> Line:
    """Ten towels of 4.20 without a discount, 4.2 kg net; `amount` follows unless it is given."""
    values: dict[str, Any] = {
        "sku": f"HV-{number}",
        "name_tr": "Taraklı pamuk havlu",
        "name": "Combed cotton towel",
        "gtip": "630260000011",
        "origin": "TR",
        "quantity": 10,
        "unit": "C62",
        "unit_price": Decimal("4.20"),
        "discount": Decimal(0),
        "net_g": 4200,
        "gross_g": 4550,
        "packages": 1,
        **fields,
    }
    worth = values["quantity"] * values["unit_price"] - values["discount"]
    return Line(**{"number": number, "amount": quantize(worth, "EUR"), **values})


def paper(
    lines: Sequence[Line] | None = None, charges: dict[LineKind, Decimal] | None = None, **fields: Any
) -> Paper:
    """An invoice over the lines in EUR to Hamburg, by air, CIP; its totals are those of what it holds."""
    goods = tuple(lines if lines is not None else (line(1), line(2, discount=Decimal("2.00"))))
    added = tuple(
        Charge(kind=kind, amount=amount)
        for kind, amount in (charges if charges is not None else {LineKind.FREIGHT: Decimal("35.00")}).items()
    )
    goods_total = sum((each.amount for each in goods), Decimal(0))
    charges_total = sum((each.amount for each in added), Decimal(0))
    values: dict[str, Any] = {
        "kind": Kind.INVOICE,
        "number": "KVN2026000000017",
        "version": 1,
        "issued_on": date(2026, 9, 15),
        "order_number": "KV26-7H4K-92XQ",
        "ordered_on": date(2026, 9, 1),
        "seller": SELLER,
        "buyer": BUYER,
        "consignee": BUYER,
        "currency": "EUR",
        "lines": goods,
        "charges": added,
        "goods_total": goods_total,
        "charges_total": charges_total,
        "total": goods_total + charges_total,
        "net_g": sum(each.net_g for each in goods),
        "gross_g": sum(each.gross_g for each in goods) + 400,
        "packages": 2,
        "package_kind": "CT",
        "incoterm": "CIP",
        "place": "Hamburg",
        "try_rate": rate("EUR"),
        "proforma_number": "PF-26-000031",
        "code": "B7T2KX94MQ3ZW8RN5CVD",
    }
    return Paper(**{**values, **fields})


def rate(currency: str, value: str = "48.1275") -> FxNote:
    """So many TRY for one unit, of the day of issue."""
    return FxNote(currency=currency, to="TRY", rate=Decimal(value), date=date(2026, 9, 15), source="TCMB")


def at(found: Party, **fields: Any) -> Party:
    """The party with another address."""
    return replace(found, address=replace(found.address, **fields))
