"""The rules of a paper by name, before anything is written."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from documents.gib import listed
from documents.papers import BUYER, SELLER, at, line, paper, rate
from msgspec.structs import replace

from kervan.documents import rules, ubl
from kervan.documents.rules import check
from kervan.documents.structs import Charge, Kind, LineKind, Paper
from kervan.errors import Invalid
from kervan.orders.incoterms import INCOTERMS
from kervan.trade import units


def broken(found: Paper) -> list[tuple[str, str]]:
    """Rule and field of everything that is broken; every sentence can be said."""
    assert all(str(each.error()) for each in check(found))
    return [(each.rule.value, each.field) for each in check(found)]


def with_line(**fields: Any) -> Paper:
    return paper([line(1, **fields)])


BAD_PAPERS: list[tuple[str, str, Callable[[], Paper]]] = [
    # What GİB refuses as well.
    ("EXCHANGE_RATE", "try_rate", lambda: paper(try_rate=None)),
    ("INCOTERM", "incoterm", lambda: paper(incoterm="XXX")),
    ("INCOTERM", "incoterm", lambda: paper(incoterm="DAF")),
    ("INCOTERM", "place", lambda: paper(place=" ")),
    ("TRANSPORT_MODE", "transport_mode", lambda: paper(transport_mode=99)),
    ("UNIT", "lines[0].unit", lambda: with_line(unit="ADET")),
    ("COUNTRY_NAME", "seller.address.country", lambda: paper(seller=at(SELLER, country=""))),
    ("COUNTRY_NAME", "buyer.address.country", lambda: paper(buyer=at(BUYER, country="ZZ"))),
    ("NUMBER", "number", lambda: paper(number="KV-17")),
    ("NUMBER", "number", lambda: paper(number="kvn2026000000017")),
    ("NUMBER", "number", lambda: paper(number="KVN２０２６000000017")),
    ("CURRENCY", "currency", lambda: paper(currency="KWD", try_rate=rate("KWD"))),
    ("CURRENCY", "currency", lambda: paper(currency="EURO", try_rate=rate("EURO"))),
    # What GİB lets pass.
    ("NUMBER", "number", lambda: paper(number="KVN2025000000017")),
    ("DATES", "issued_on", lambda: paper(ordered_on=date(2026, 9, 16))),
    ("GTIP", "lines[0].gtip", lambda: with_line(gtip="")),
    ("GTIP", "lines[0].gtip", lambda: with_line(gtip="63026000")),
    ("GTIP", "lines[0].gtip", lambda: with_line(gtip="6302.60.00.00.11")),
    ("GTIP", "lines[0].gtip", lambda: with_line(gtip="６３０２６００００011")),
    ("GTIP", "lines[0].gtip", lambda: with_line(gtip="770260000011")),
    ("ORIGIN", "lines[0].origin", lambda: with_line(origin="")),
    ("ORIGIN", "lines[0].origin", lambda: with_line(origin="Türkiye")),
    ("TURKISH_NAME", "lines[0].name_tr", lambda: with_line(name_tr="\x00 ")),
    ("NAME", "lines[0].sku", lambda: with_line(sku="")),
    ("NAME", "buyer.name", lambda: paper(buyer=replace(BUYER, name=""))),
    ("ADDRESS", "consignee.address.street", lambda: paper(consignee=at(BUYER, street=""))),
    ("ADDRESS", "buyer.address.city", lambda: paper(buyer=at(BUYER, city=""))),
    ("SELLER_NUMBER", "seller.vkn", lambda: paper(seller=replace(SELLER, vkn="7341205868"))),
    ("SELLER_NUMBER", "seller.vkn", lambda: paper(seller=replace(SELLER, vkn=None))),
    ("SELLER_NUMBER", "seller.vkn", lambda: paper(seller=replace(SELLER, vkn="7341 205 869"))),
    ("SELLER_NUMBER", "seller.vkn", lambda: paper(seller=replace(SELLER, vkn=ubl.FOREIGN_FIRM))),
    (
        "SELLER_NUMBER",
        "seller.tckn",
        lambda: paper(seller=replace(SELLER, vkn=None, tckn=ubl.FOREIGN_PERSON)),
    ),
    ("TAX_OFFICE", "seller.tax_office", lambda: paper(seller=replace(SELLER, tax_office=None))),
    ("ABROAD", "buyer.address.country", lambda: paper(buyer=at(BUYER, country="TR"))),
    ("ABROAD", "consignee.address.country", lambda: paper(consignee=at(BUYER, country="TR"))),
    ("ABROAD", "seller.address.country", lambda: paper(seller=at(SELLER, country="BG"))),
    ("LINE_KIND", "charges[0].kind", lambda: paper(charges={LineKind.GOODS: Decimal(5)})),
    ("GOODS", "lines", lambda: paper([line(2)])),
    ("PRICE", "lines[0].unit_price", lambda: with_line(unit_price=Decimal("4.20001"))),
    ("PRICE", "lines[0].unit_price", lambda: with_line(unit_price=Decimal("NaN"), amount=Decimal(42))),
    ("WEIGHT", "lines[0].gross_g", lambda: with_line(net_g=4200, gross_g=4199)),
    ("WEIGHT", "lines[0].gross_g", lambda: paper([line(1, net_g=0), line(2)])),
    ("WEIGHT", "gross_g", lambda: paper(gross_g=8399)),
    ("WEIGHT", "net_g", lambda: paper(net_g=8401)),
    ("PACKAGES", "package_kind", lambda: paper(package_kind="KOLİ")),
    ("PACKAGES", "packages", lambda: paper(packages=0)),
    ("EXCHANGE_RATE", "try_rate", lambda: paper(try_rate=rate("USD"))),
    ("EXCHANGE_RATE", "try_rate", lambda: paper(try_rate=rate("EUR", "48.1234567"))),
    ("EXCHANGE_RATE", "try_rate", lambda: paper(try_rate=rate("EUR", "0"))),
    ("EXCHANGE_RATE", "try_rate", lambda: paper(try_rate=replace(rate("EUR"), date=date(2026, 9, 16)))),
    ("AMOUNT", "lines[0].discount", lambda: with_line(discount=Decimal("-1.00"))),
    ("AMOUNT", "lines[0].discount", lambda: with_line(discount=Decimal("1.005"))),
    ("AMOUNT", "total", lambda: paper(total=Decimal("NaN"))),
    ("AMOUNT", "total", lambda: paper(total=Decimal("Infinity"))),
    ("ARITHMETIC", "lines[0].amount", lambda: with_line(amount=Decimal("42.01"))),
    ("ARITHMETIC", "goods_total", lambda: paper(goods_total=Decimal("82.01"), total=Decimal("117.01"))),
    ("ARITHMETIC", "total", lambda: paper(total=Decimal("116.99"))),
    ("ARITHMETIC", "charges_total", lambda: paper(charges_total=Decimal("34.00"), total=Decimal("116.00"))),
]


@pytest.mark.parametrize(
    ("rule", "field", "make"), BAD_PAPERS, ids=[f"{rule}-{at}" for at, (rule, _, _) in enumerate(BAD_PAPERS)]
)
def test_a_paper_that_breaks_one_rule_hears_its_name_and_no_draft_is_written(
    rule: str, field: str, make: Callable[[], Paper]
) -> None:
    found = make()
    assert broken(found) == [(rule, field)]
    with pytest.raises(Invalid) as refused:
        ubl.earsiv(found)
    assert list(refused.value.fields) == [field]


def test_a_good_paper_breaks_nothing() -> None:
    assert broken(paper()) == []


def test_a_proforma_needs_neither_a_rate_nor_an_invoice_number_nor_a_tax_office() -> None:
    found = paper(
        kind=Kind.PROFORMA,
        number="PF-26-000031",
        try_rate=None,
        seller=replace(SELLER, tax_office=None),
    )
    assert broken(found) == []
    assert broken(replace(found, number=" ")) == [("NUMBER", "number")]


def test_every_broken_rule_is_told_at_once() -> None:
    found = paper([line(1, gtip="", origin=""), line(2, unit="ADET")], incoterm="XXX", try_rate=None)
    assert [rule for rule, _ in broken(found)] == ["EXCHANGE_RATE", "GTIP", "ORIGIN", "UNIT", "INCOTERM"]


@pytest.mark.parametrize("worth", ["0.00", "1E+15", "1.001"])
def test_an_amount_that_no_invoice_can_hold_is_refused(worth: str) -> None:
    found = paper(charges={LineKind.FREIGHT: Decimal(worth)})
    assert ("AMOUNT", "charges[0].amount") in broken(found)


def test_a_quantity_of_nothing_is_refused() -> None:
    goods = replace(line(1), quantity=0)
    assert broken(paper([goods])) == [("QUANTITY", "lines[0].quantity"), ("ARITHMETIC", "lines[0].amount")]


def test_a_quantity_beyond_all_counting_is_refused_and_nothing_fails() -> None:
    goods = replace(line(1), quantity=10**27, unit_price=Decimal("1E+5"))
    assert broken(paper([goods])) == [("ARITHMETIC", "lines[0].amount")]


def test_invariant_5_only_the_four_charges_stand_beside_goods() -> None:
    assert {
        LineKind.FREIGHT,
        LineKind.INSURANCE,
        LineKind.BANK_COMMISSION,
        LineKind.PACKAGING,
    } == rules.CHARGES
    clearance = Charge(kind="CUSTOMS_CLEARANCE", amount=Decimal(35))  # type: ignore[arg-type]  # wrong on purpose
    found = replace(paper(), charges=(clearance,))
    assert broken(found) == [("LINE_KIND", "charges[0].kind")]
    twice = (
        Charge(kind=LineKind.FREIGHT, amount=Decimal(20)),
        Charge(kind=LineKind.FREIGHT, amount=Decimal(15)),
    )
    assert broken(replace(paper(), charges=twice)) == [("LINE_KIND", "charges[1].kind")]


def test_invariant_5_there_are_goods() -> None:
    found = paper([], net_g=8400, gross_g=9500)
    assert ("GOODS", "lines") in broken(found)


def test_our_lists_are_inside_those_of_gib() -> None:
    assert set(units.units()) <= listed("UnitCodeList")
    assert listed("DeliveryTermCodeList") >= set(INCOTERMS)
    assert listed("PackageTypeCodeList") >= rules.PACKAGE_KINDS
    assert {str(mode) for mode in rules.TRANSPORT_MODES} <= listed("TransportModeCodeList")
    assert ubl.REASON_CODE in listed("istisnaTaxExemptionReasonCodeType")
    assert ubl.PROFILE in listed("ProfileIDTypeEarchive")
    assert ubl.INVOICE_TYPE in listed("InvoiceTypeCodeList")
    assert ubl.VAT_CODE in listed("TaxType")


def test_papers_take_every_term_of_orders_and_none_of_the_older_ones_on_gibs_list() -> None:
    for term in INCOTERMS:
        assert broken(paper(incoterm=term)) == []
    for term in listed("DeliveryTermCodeList") - set(INCOTERMS):
        assert broken(paper(incoterm=term)) == [("INCOTERM", "incoterm")]
