"""Invoices of random orders, written and judged, each job in a process of its own: `python bench/papers.py JOB ...`.

    speed COUNT       how many drafts, and how many printed pages, one core makes in a second
    judge FIRST COUNT what GİB's rules (efatura-kontrol) and our own say to the orders FIRST, FIRST + 1 ...

The same number is the same order. The last line of stdout is the answer in JSON.
"""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import inventory

from kervan.documents import readback, rules, ubl
from kervan.documents.structs import Address, Charge, FxNote, Kind, Line, Paper, Party
from kervan.exporters.inputs import ExporterInput
from kervan.products.inputs import ProductInput
from kervan.trade import countries, identifiers, money, units
from kervan.trade.provinces import province

_FIRMS = 40
_GOODS = 60
_RATES = {"EUR": "48.127543", "USD": "41.2031", "GBP": "55.01", "JPY": "0.275319"}
_CURRENCIES = ("EUR", "USD", "GBP", "JPY", "TRY")
_ODD = ("", "", "", " & <Co>", ' "İĞÜŞÖÇ"', " ومواد", " 🫖", " ]]>", " " + "ı" * 250)


@cache
def _sellers() -> list[tuple[ExporterInput, list[ProductInput]]]:
    firms = inventory.exporters(_FIRMS)
    return [(firm, list(inventory.products(at, firm.sectors, _GOODS))) for at, firm in enumerate(firms)]


def paper(number: int) -> Paper:
    """The invoice of the order of this number: any currency, destination, Incoterm, charges and discounts."""
    dice = random.Random(inventory.SEED * 1_000_000 + number)
    firm, goods = dice.choice(_sellers())
    currency = dice.choice(_CURRENCIES)
    issued = date(2026, 1, 5) + timedelta(days=dice.randrange(290))
    lines = tuple(
        _line(dice, at, product, currency)
        for at, product in enumerate(dice.sample(goods, dice.choice((1, 2, 3, 5, 12))), start=1)
    )
    kinds = dice.sample(sorted(rules.CHARGES), dice.randrange(5))
    charges = tuple(Charge(kind=kind, amount=_money(dice, currency, 300)) for kind in kinds)
    goods_total = sum((line.amount for line in lines), Decimal(0))
    charges_total = sum((charge.amount for charge in charges), Decimal(0))
    buyer = _abroad(dice, dice.random() < 0.2)
    net = sum(line.net_g for line in lines)
    return Paper(
        kind=Kind.INVOICE,
        number=f"KVB{issued.year}{number:09}",
        version=1,
        issued_on=issued,
        order_number=f"KV26-{number:08}",
        ordered_on=issued - timedelta(days=dice.randrange(5)),
        seller=_seller(firm),
        buyer=buyer,
        consignee=buyer if dice.random() < 0.8 else _abroad(dice, False),
        currency=currency,
        lines=lines,
        charges=charges,
        goods_total=goods_total,
        charges_total=charges_total,
        total=goods_total + charges_total,
        net_g=net,
        gross_g=sum(line.gross_g for line in lines) + dice.randrange(3000),
        packages=dice.choice((None, dice.randint(1, 40))),
        package_kind=dice.choice(sorted(rules.PACKAGE_KINDS)),
        incoterm=dice.choice(sorted(rules.INCOTERMS)),
        place=buyer.address.city,
        transport_mode=dice.choice(sorted(rules.TRANSPORT_MODES)),
        try_rate=_rate(currency, issued),
        proforma_number=f"PF-26-{number:06}",
        note=dice.choice(_ODD),
        code=f"B{number:019}",
    )


def _line(dice: random.Random, at: int, product: ProductInput, currency: str) -> Line:
    quantity = product.moq * dice.randint(1, 9)
    price = product.tiers[0][1] * dice.choice((Decimal(1), Decimal("0.95")))
    if currency == "JPY":
        # Half a yen is nothing; what is left of a sen still has to be rounded.
        price *= 100 + dice.randrange(50)
    worth = quantity * price
    share = dice.choice((0, 0, 5, 12)) * worth / 100
    discount = share.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Line(
        number=at,
        sku=product.sku,
        name_tr=product.texts["tr"].name + dice.choice(_ODD),
        name=product.texts["en"].name + dice.choice(_ODD),
        gtip=product.hs_code or "",
        origin=product.origin,
        quantity=quantity,
        unit=dice.choice(sorted(units.units())),
        unit_price=price,
        discount=discount,
        amount=money.quantize(worth - discount, currency),
        net_g=quantity * (product.net_weight_g or 1),
        gross_g=quantity * (product.gross_weight_g or 1),
        packages=dice.choice((None, dice.randint(1, 9))),
    )


def _money(dice: random.Random, currency: str, most: int) -> Decimal:
    return money.quantize(Decimal(dice.randint(100, most * 100)) / 100, currency)


def _rate(currency: str, day: date) -> FxNote | None:
    if currency == "TRY":
        return None
    return FxNote(currency=currency, to="TRY", rate=Decimal(_RATES[currency]), date=day, source="TCMB")


def _seller(firm: ExporterInput) -> Party:
    where = Address(
        street="Sanayi Cad. 1",
        city="Merkez",
        region=province(firm.province or "34").name,
        postcode="",
        country="TR",
    )
    # A few of the generated numbers have ten equal digits or another filler's look: those trade by another one.
    number = firm.vkn if firm.vkn and _is_vkn(firm.vkn) else "7341205869"
    return Party(name=firm.legal_name, address=where, vkn=number, tax_office="Merkez")


def _is_vkn(number: str) -> bool:
    try:
        return identifiers.vkn(number) == number
    except ValueError:
        return False


def _abroad(dice: random.Random, person: bool) -> Party:
    country = dice.choice(sorted(countries.country_codes() - {"TR"}))
    name = " ".join(dice.choices(inventory.BRANDS, k=2))
    address = Address(
        street=f"{dice.choice(inventory.BRANDS)} 7{dice.choice(_ODD)}", city=name, country=country
    )
    return Party(
        name=name + dice.choice(_ODD),
        address=address,
        number=f"{country}{dice.randrange(10**9):09}",
        is_person=person,
    )


def speed(count: str) -> dict[str, Any]:
    """Per second of one core: drafts (with the rules), reading them back, plain serialising, printed pages."""
    many = [paper(number) for number in range(int(count))]
    drafts = [ubl.earsiv(each) for each in many]
    trees = [ElementTree.fromstring(draft) for draft in drafts]
    return {
        "earsiv": _rate_of(ubl.earsiv, many),
        "check": _rate_of(rules.check, many),
        "read_back": _rate_of(readback.check_invoice, drafts),
        "serialise": _rate_of(ElementTree.tostring, trees),
        "bytes": sum(map(len, drafts)) / len(drafts),
        "lines": sum(len(each.lines) + len(each.charges) for each in many) / len(many),
        **_printed(many[: max(10, len(many) // 20)]),
    }


def _printed(many: list[Paper]) -> dict[str, Any]:
    import typst

    from kervan.documents import prints

    sizes = [len(prints.pdf(each, "tr", "https://kervan.example")) for each in many]
    return {
        "pdf": _rate_of(lambda each: prints.pdf(each, "tr", "https://kervan.example"), many),
        "typst": _rate_of(lambda text: typst.compile(text.encode()), [each.order_number for each in many]),
        "pdf_bytes": sum(sizes) / len(sizes),
    }


def _rate_of(work: Callable[[Any], object], inputs: list[Any]) -> float:
    started = time.perf_counter()
    for each in inputs:
        work(each)
    return len(inputs) / (time.perf_counter() - started)


def judge(first: str, count: str) -> dict[str, Any]:
    """How many errors and warnings GİB's rules find in the drafts and in their shadows for customs, by code."""
    from efatura_kontrol.kontrol import hazirla, kontrol_et

    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
    from documents.shadow import shadow_export

    hazirla()
    found: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    seconds = 0.0
    for number in range(int(first), int(first) + int(count)):
        order = paper(number)
        draft = ubl.earsiv(order)
        found["ours"] += len(readback.check_invoice(draft))
        for xml in (draft, shadow_export(order)):
            started = time.perf_counter()
            report = kontrol_et(xml)
            seconds += time.perf_counter() - started
            found["papers"] += 1
            for each in report.bulgular:
                found[each.seviye] += 1
                codes[each.kod] += each.seviye != "bilgi"
    return {**found, "codes": +codes, "seconds": seconds}


def main() -> None:
    job = {"speed": speed, "judge": judge}[sys.argv[1]]
    print(json.dumps(job(*sys.argv[2:])))


if __name__ == "__main__":
    main()
