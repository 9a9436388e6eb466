"""The rules by name: on the paper before anything is written, on the finished XML, and between two papers."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from documents.gib import listed, opinion
from documents.papers import BUYER, SELLER, at, line, paper, rate
from documents.shadow import shadow_export
from documents.strategies import papers
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from kervan.documents import rules, ubl
from kervan.documents.differences import Difference, differences
from kervan.documents.readback import check_invoice
from kervan.documents.rules import Rule, check
from kervan.documents.structs import Charge, Kind, LineKind, Paper
from kervan.errors import Invalid
from kervan.orders import rules as orders
from kervan.trade import units

GOOD = ubl.earsiv(paper())


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
    clearance = Charge(kind="CUSTOMS_CLEARANCE", amount=Decimal(35))  # type: ignore[arg-type]
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
    assert listed("DeliveryTermCodeList") >= rules.INCOTERMS
    assert listed("PackageTypeCodeList") >= rules.PACKAGE_KINDS
    assert {str(mode) for mode in rules.TRANSPORT_MODES} <= listed("TransportModeCodeList")
    assert ubl.REASON_CODE in listed("istisnaTaxExemptionReasonCodeType")
    assert ubl.PROFILE in listed("ProfileIDTypeEarchive")
    assert ubl.INVOICE_TYPE in listed("InvoiceTypeCodeList")
    assert ubl.VAT_CODE in listed("TaxType")


def test_orders_and_papers_know_the_same_incoterms() -> None:
    assert set(orders.INCOTERMS) == rules.INCOTERMS


# The finished XML, spoilt by hand as in domain 5.2: what GİB says to it, and the rule that we name.
_REASON = b"<cbc:TaxExemptionReasonCode>301</cbc:TaxExemptionReasonCode>"
_REASON_TEXT = "<cbc:TaxExemptionReason>11/1-a Mal ihracatı</cbc:TaxExemptionReason>".encode()
_GTIP = b"<cbc:RequiredCustomsID>630260000011</cbc:RequiredCustomsID>"


def between(xml: bytes, start: bytes, end: bytes) -> bytes:
    """The first stretch from start to end, both included."""
    first = xml.index(start)
    return xml[first : xml.index(end, first) + len(end)]


def without(start: bytes, end: bytes) -> bytes:
    return GOOD.replace(between(GOOD, start, end), b"")


def swapped(old: bytes, new: bytes) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new)


BUYER_PLACE = between(
    GOOD[GOOD.index(b"<cac:AccountingCustomerParty>") :], b"<cac:PostalAddress>", b"</cac:PostalAddress>"
)

SPOILT: list[tuple[str, bytes, list[str], list[str]]] = [
    (
        "no exchange rate",
        without(b"<cac:PricingExchangeRate>", b"</cac:PricingExchangeRate>"),
        ["sch-CurrencyCodeCheck-6"],
        ["EXCHANGE_RATE"],
    ),
    (
        "no exemption reason",
        swapped(_REASON + _REASON_TEXT, b""),
        ["sch-TaxExemptionReasonCheck-1"],
        ["EXEMPTION_REASON"],
    ),
    (
        "type SATIS",
        swapped(b">ISTISNA<", b">SATIS<"),
        ["sch-TaxExemptionReasonCodeCheck-3"],
        ["INVOICE_TYPE"],
    ),
    ("code 701", swapped(b">301<", b">701<"), ["sch-TaxExemptionReasonCodeCheck-5"], ["EXEMPTION_REASON"]),
    (
        "type IHRACAT",
        swapped(b">ISTISNA<", b">IHRACAT<"),
        ["sch-InvoiceTypeCodeCheck-1", "sch-TaxExemptionReasonCodeCheck-3"],
        ["INVOICE_TYPE"],
    ),
    ("Incoterm XXX", swapped(b">CIP<", b">XXX<"), ["sch-DeliveryCodeCheck-1"] * 2, ["INCOTERM"]),
    (
        "mode 99",
        swapped(b"<cbc:TransportModeCode>4<", b"<cbc:TransportModeCode>99<"),
        ["sch-DeliveryCodeCheck-3"] * 2,
        ["TRANSPORT_MODE"],
    ),
    (
        "unit ADET",
        swapped(b'InvoicedQuantity unitCode="C62"', b'InvoicedQuantity unitCode="ADET"'),
        ["sch-GeneralUnitCodeCheck-1"] * 3,
        ["UNIT"],
    ),
    (
        "no country at all",
        swapped(
            BUYER_PLACE, BUYER_PLACE.replace(between(BUYER_PLACE, b"<cac:Country>", b"</cac:Country>"), b"")
        ),
        ["xsd"],
        ["COUNTRY_NAME"],
    ),
    ("no signature", without(b"<cac:Signature>", b"</cac:Signature>"), ["xsd"], ["SIGNATURE"]),
    ("empty GTIP", swapped(_GTIP, b"<cbc:RequiredCustomsID/>"), [], ["GTIP"]),
    ("GTIP of 8 digits", swapped(b">630260000011<", b">63026000<"), [], ["GTIP"]),
    ("dotted GTIP", swapped(b">630260000011<", b">6302.60.00.00.11<"), [], ["GTIP"]),
    ("no origin", without(b"<cac:OriginCountry>", b"</cac:OriginCountry>"), [], ["ORIGIN"]),
    ("VKN with a wrong check digit", swapped(b">7341205869<", b">7341205868<"), [], ["SELLER_NUMBER"]),
    ("reason 302", swapped(b">301<", b">302<"), [], ["EXEMPTION_REASON"]),
    (
        "line total wrong",
        swapped(
            b'<cbc:LineExtensionAmount currencyID="EUR">42.00<',
            b'<cbc:LineExtensionAmount currencyID="EUR">43.00<',
        ),
        ["hesap-satir", "hesap-dip-satir"],
        ["ARITHMETIC"],
    ),
    (
        "KDV of 20 percent and nothing",
        swapped(b"<cbc:Percent>0<", b"<cbc:Percent>20<"),
        ["hesap-vergi"] * 4,
        ["NO_VAT"],
    ),
    (
        "two currencies",
        swapped(b'<cbc:PriceAmount currencyID="EUR">35.00<', b'<cbc:PriceAmount currencyID="USD">35.00<'),
        ["hesap-para-birimi"],
        ["CURRENCY"],
    ),
    (
        "a person without a name",
        swapped(
            b'<cbc:ID schemeID="VKN">2222222222</cbc:ID>', b'<cbc:ID schemeID="TCKN">11111111111</cbc:ID>'
        ),
        ["sch-PartyIdentificationPartyNamePersonCheck-5"],
        ["BUYER_PERSON"],
    ),
    (
        "customs clearance as a line",
        swapped(b">Navlun<", ">Gümrükleme hizmet bedeli<".encode()),
        [],
        ["LINE_KIND"],
    ),
    (
        "a Turkish name left out",
        swapped("<cbc:Name>Taraklı pamuk havlu<".encode(), b"<cbc:Name> <"),
        [],
        ["TURKISH_NAME"],
    ),
    ("an old Incoterm", swapped(b">CIP<", b">DDU<"), [], ["INCOTERM"]),
]


@pytest.mark.parametrize(
    ("xml", "gib", "ours"), [case[1:] for case in SPOILT], ids=[case[0] for case in SPOILT]
)
def test_a_spoilt_draft_is_named_where_gib_refuses_it_and_where_it_does_not(
    xml: bytes, gib: list[str], ours: list[str]
) -> None:
    said = opinion(xml)
    if gib == ["xsd"]:
        assert any(code.startswith("xsd-") for code in said)
    else:
        assert sorted(said) == sorted(gib)
    assert sorted({each.rule.value for each in check_invoice(xml)}) == ours


def test_invariant_6_the_scenario_of_an_e_fatura_is_refused() -> None:
    shadow = shadow_export(paper())
    assert opinion(shadow) == []
    assert Rule.PROFILE in {each.rule for each in check_invoice(shadow)}


def test_the_shadow_makes_gib_look_at_the_gtip() -> None:
    shadow = shadow_export(paper())
    assert "sch-LineDeliveryCheck-4" in opinion(shadow.replace(b">630260000011<", b"><"))


@pytest.mark.parametrize(
    "xml",
    [
        *(b"", b"<", b"\xff\xfe", b"<Invoice/>", b"<html><body/></html>"),
        GOOD.replace(b"<Invoice", b'<!DOCTYPE x [<!ENTITY a "b">]><Invoice'),
        GOOD[:-20],
        GOOD.replace(b"UTF-8", b"no-such-code"),
    ],
)
def test_what_is_no_invoice_is_named_so(xml: bytes) -> None:
    assert [each.rule for each in check_invoice(xml)] == [Rule.FORM]


def test_a_draft_with_its_contents_taken_out_breaks_rules_and_nothing_fails() -> None:
    start = GOOD.index(b"<ext:UBLExtensions>")
    assert len(check_invoice(GOOD[:start] + b"</Invoice>")) > 8


# Proforma and invoice.


def proforma(**fields: Any) -> Paper:
    return paper(kind=Kind.PROFORMA, number="PF-26-000031", proforma_number="", try_rate=None, **fields)


def differing(**fields: Any) -> list[tuple[str, str, str]]:
    return [(each.field, each.proforma, each.invoice) for each in differences(proforma(), paper(**fields))]


@given(papers())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_invariant_7_every_invoice_made_from_its_proforma_agrees_with_it(found: Paper) -> None:
    offer = replace(
        found, kind=Kind.PROFORMA, number=found.proforma_number, proforma_number="", try_rate=None
    )
    assert differences(offer, found) == []


def test_invariant_7_what_belongs_to_the_invoice_alone_may_differ() -> None:
    assert differing() == []
    assert (
        differing(issued_on=date(2026, 9, 20), number="KVN2026000000018", waybill="W1", note="Teşekkürler")
        == []
    )


def test_invariant_7_the_same_number_written_otherwise_agrees() -> None:
    assert differing(lines=[line(1, unit_price=Decimal("4.2000")), line(2, discount=Decimal(2))]) == []


def test_invariant_7_a_changed_price_shows_with_what_follows_from_it() -> None:
    found = differing(lines=[line(1, unit_price=Decimal("4.30")), line(2, discount=Decimal("2.00"))])
    assert found == [
        ("lines[HV-1].unit_price", "4.20 EUR", "4.30 EUR"),
        ("lines[HV-1].amount", "42.00 EUR", "43.00 EUR"),
        ("goods_total", "82.00 EUR", "83.00 EUR"),
        ("total", "117.00 EUR", "118.00 EUR"),
    ]


def test_invariant_7_a_line_that_is_missing_shows_as_one_line() -> None:
    fields = {field for field, _, _ in differing(lines=[line(1, sku="HV-2", discount=Decimal("2.00"))])}
    assert {field.split(".")[0] for field in fields} == {"lines[HV-1]", "goods_total", "total"}


@pytest.mark.parametrize(
    ("fields", "field", "before", "after"),
    [
        ({"incoterm": "DAP"}, "incoterm", "CIP", "DAP"),
        ({"place": "Bremen"}, "place", "Hamburg", "Bremen"),
        ({"buyer": replace(BUYER, name="Südlicht GmbH")}, "buyer.name", BUYER.name, "Südlicht GmbH"),
        ({"seller": replace(SELLER, vkn="0123456789")}, "seller.number", "7341205869", "0123456789"),
        ({"seller": replace(SELLER, tckn="27193465096")}, "seller.tckn", "", "***********"),
        ({"order_number": "KV26-0000-0000"}, "order_number", "KV26-7H4K-92XQ", "KV26-0000-0000"),
        ({"proforma_number": "PF-26-000032"}, "proforma_number", "PF-26-000031", "PF-26-000032"),
    ],
)
def test_invariant_7_parties_terms_and_numbers_are_compared(
    fields: dict[str, Any], field: str, before: str, after: str
) -> None:
    assert differing(**fields) == [(field, before, after)]


def test_invariant_7_another_place_of_delivery_shows_its_address() -> None:
    (found,) = differences(proforma(), paper(consignee=at(BUYER, city="Bremen")))
    assert found == Difference(
        "consignee.address",
        "Place of delivery",
        "Beispielweg 7, 20095, Hamburg, DE",
        "Beispielweg 7, 20095, Bremen, DE",
    )


def test_invariant_7_another_currency_shows_everywhere() -> None:
    fields = {field for field, _, _ in differing(currency="USD", try_rate=rate("USD"))}
    assert {"currency", "total", "lines[HV-1].unit_price", "charges[FREIGHT]"} <= fields


def test_invariant_7_another_charge_shows() -> None:
    found = differing(charges={LineKind.INSURANCE: Decimal("35.00")})
    assert found == [("charges[FREIGHT]", "35.00 EUR", ""), ("charges[INSURANCE]", "", "35.00 EUR")]
