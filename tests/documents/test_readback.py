"""The rules of the finished XML by name, spoilt by hand as in domain 5.2, beside what GİB says to it."""

import pytest
from documents.gib import opinion
from documents.papers import paper
from documents.shadow import shadow_export

from kervan.documents import ubl
from kervan.documents.readback import check_invoice
from kervan.documents.rules import Rule

GOOD = ubl.earsiv(paper())
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
