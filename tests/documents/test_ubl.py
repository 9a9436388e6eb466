"""The e-Arşiv draft: what stands in it, and what GİB's rules say to it and to its shadow for customs."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest
from documents.gib import opinion
from documents.papers import BUYER, SELLER, at, line, paper, rate
from documents.shadow import CAC, CBC, find, shadow_export
from documents.strategies import NASTY, papers
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from kervan.documents import readback, rules, ubl
from kervan.documents.markup import clean
from kervan.documents.structs import Kind, LineKind, Paper
from kervan.errors import Invalid
from kervan.orders.incoterms import INCOTERMS
from kervan.trade import countries, money, units

ALL_CHARGES = {
    LineKind.FREIGHT: Decimal("35.00"),
    LineKind.INSURANCE: Decimal("4.10"),
    LineKind.BANK_COMMISSION: Decimal("7.00"),
    LineKind.PACKAGING: Decimal("12.50"),
}


def accepted(found: Paper) -> None:
    """Neither GİB nor we have anything to say, to the draft and to its shadow."""
    assert rules.check(found) == []
    draft = ubl.earsiv(found)
    assert opinion(draft) == []
    assert readback.check_invoice(draft) == []
    assert opinion(shadow_export(found)) == []


def tree(found: Paper) -> ElementTree.Element:
    return ElementTree.fromstring(ubl.earsiv(found))


def texts(node: ElementTree.Element, name: str) -> list[str]:
    return [each.text or "" for each in node.iter(f"{CBC}{name}")]


@given(papers())
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_gib_takes_every_order_as_a_draft_and_as_its_shadow(found: Paper) -> None:
    accepted(found)


@pytest.mark.parametrize("incoterm", sorted(INCOTERMS))
def test_gib_takes_every_incoterm_of_2020(incoterm: str) -> None:
    accepted(paper(incoterm=incoterm))


def test_gib_takes_every_unit_in_which_goods_are_sold() -> None:
    accepted(paper([line(number, unit=code) for number, code in enumerate(units.units(), start=1)]))


def test_gib_takes_every_country() -> None:
    abroad = sorted(countries.country_codes() - {"TR"})
    accepted(paper([line(number, origin=code) for number, code in enumerate(abroad, start=1)]))
    for code in abroad:
        found = paper(buyer=at(BUYER, country=code), consignee=at(BUYER, country=code))
        assert countries.country_name(code, "tr") in texts(tree(found), "Name")


@pytest.mark.parametrize("currency", ["EUR", "USD", "GBP", "JPY", "TRY"])
def test_gib_takes_every_currency(currency: str) -> None:
    amount = money.quantize(Decimal("41.58"), currency)
    accepted(
        paper(
            [line(1, unit_price=Decimal("4.1575"), amount=amount)],
            {LineKind.FREIGHT: Decimal(35)},
            currency=currency,
            try_rate=rate(currency) if currency != "TRY" else None,
        )
    )


def test_yen_are_rounded_and_the_line_says_by_how_much() -> None:
    found = paper(
        [line(1, quantity=3, unit_price=Decimal("0.5"), amount=Decimal(2))],
        {},
        currency="JPY",
        try_rate=rate("JPY", "0.275319"),
    )
    accepted(found)
    root = tree(found)
    assert texts(root, "AllowanceChargeReason") == ["Yuvarlama"]
    assert texts(root, "ChargeIndicator") == ["true"]
    assert texts(root, "Amount") == ["0.50"]


def test_a_discount_stands_on_its_line_with_rate_amount_and_base() -> None:
    root = tree(paper([line(1, discount=Decimal("4.20"))], {}))
    assert texts(root, "AllowanceChargeReason") == ["İskonto"]
    assert texts(root, "MultiplierFactorNumeric") == ["0.100000"]
    assert (texts(root, "Amount"), texts(root, "BaseAmount")) == (["4.20"], ["42.00"])
    assert texts(root, "PayableAmount") == ["37.80"]


def test_invariant_5_every_goods_line_tells_gtip_origin_turkish_name_and_delivery() -> None:
    found = paper(charges=ALL_CHARGES)
    root = tree(found)
    goods = [each for each in root.findall(f"{CAC}InvoiceLine") if each.find(f"{CAC}Delivery") is not None]
    assert len(goods) == len(found.lines)
    for written, meant in zip(goods, found.lines, strict=True):
        assert texts(written, "RequiredCustomsID") == [meant.gtip]
        assert find(written, "cac:Item/cac:OriginCountry/cbc:IdentificationCode").text == "TR"
        assert find(written, "cac:Item/cbc:Name").text == meant.name_tr
        assert find(written, "cac:Item/cac:SellersItemIdentification/cbc:ID").text == meant.sku
        delivery = find(written, "cac:Delivery")
        assert find(delivery, "cac:DeliveryAddress/cac:Country/cbc:Name").text == "Almanya"
        assert find(delivery, "cac:DeliveryTerms/cbc:ID").attrib == {"schemeID": "INCOTERMS"}
        assert texts(delivery, "SpecialTerms") == ["Hamburg"]
        assert texts(delivery, "TransportModeCode") == ["4"]
        assert texts(delivery, "PackagingTypeCode") == ["CT"]
        assert set(texts(delivery, "GrossWeightMeasure")) == {"4.550"}
        assert set(texts(delivery, "NetWeightMeasure")) == {"4.200"}


def test_invariant_5_each_charge_is_a_line_of_its_own() -> None:
    found = paper(charges=ALL_CHARGES)
    accepted(found)
    lines = tree(found).findall(f"{CAC}InvoiceLine")
    said = [
        (find(each, "cac:Item/cbc:Name").text, find(each, "cac:Price/cbc:PriceAmount").text)
        for each in lines[2:]
    ]
    assert said == [
        ("Navlun", "35.00"),
        ("Sigorta", "4.10"),
        ("Banka komisyonu", "7.00"),
        ("Paketleme", "12.50"),
    ]


def test_invariant_6_what_the_law_fixes_is_fixed() -> None:
    root = tree(paper(charges=ALL_CHARGES))
    assert texts(root, "ProfileID") == ["EARSIVFATURA"]
    assert texts(root, "InvoiceTypeCode") == ["ISTISNA"]
    assert set(texts(root, "TaxExemptionReasonCode")) == {"301"}
    assert set(texts(root, "TaxAmount")) == {"0.00"}
    assert set(texts(root, "Percent")) == {"0"}
    assert set(texts(root, "TaxTypeCode")) == {"0015"}
    for party in ("AccountingSupplierParty", "AccountingCustomerParty"):
        assert find(root, f"cac:{party}/cac:Party/cac:PostalAddress/cac:Country/cbc:Name").text


@given(papers())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_invariant_7_lines_and_charges_make_what_is_payable(found: Paper) -> None:
    root = tree(found)
    lines = sum(
        Decimal(find(each, "cbc:LineExtensionAmount").text or "")
        for each in root.findall(f"{CAC}InvoiceLine")
    )
    assert lines == Decimal(texts(root, "PayableAmount")[0]) == found.total


def test_the_exchange_rate_is_written_for_foreign_money_and_left_out_for_lira() -> None:
    assert texts(tree(paper()), "CalculationRate") == ["48.1275"]
    assert texts(tree(paper(currency="TRY")), "CalculationRate") == []


def test_a_foreign_firm_gets_the_filler_of_ten_digits_and_keeps_its_own_number() -> None:
    buyer = find(tree(paper()), "cac:AccountingCustomerParty/cac:Party")
    identification = find(buyer, "cac:PartyIdentification/cbc:ID")
    assert (identification.text, identification.attrib) == ("2222222222", {"schemeID": "VKN"})
    assert find(buyer, "cac:PartyLegalEntity/cbc:CompanyID").text == "DE000000017"


@pytest.mark.parametrize(
    ("name", "first", "family"),
    [
        ("Ada María Núñez", "Ada María", "Núñez"),
        ("Sukarno", "-", "Sukarno"),
        (" Bo  Ek ", "Bo", "Ek"),
        ("Bo \x00", "-", "Bo"),
    ],
)
def test_a_foreign_person_gets_the_filler_of_eleven_digits_and_a_name(
    name: str, first: str, family: str
) -> None:
    person = replace(BUYER, name=name, is_person=True)
    found = paper(buyer=person, consignee=person)
    accepted(found)
    buyer = find(tree(found), "cac:AccountingCustomerParty/cac:Party")
    identification = find(buyer, "cac:PartyIdentification/cbc:ID")
    assert (identification.text, identification.attrib) == ("11111111111", {"schemeID": "TCKN"})
    assert find(buyer, "cac:Person/cbc:FirstName").text == first
    assert find(buyer, "cac:Person/cbc:FamilyName").text == family


def test_a_sole_trader_sells_by_the_identity_number() -> None:
    trader = replace(SELLER, name="Derya Kumru", vkn=None, tckn="27193465096", mersis=None)
    found = paper(seller=trader)
    accepted(found)
    seller = find(tree(found), "cac:AccountingSupplierParty/cac:Party")
    assert find(seller, "cac:PartyIdentification/cbc:ID").attrib == {"schemeID": "TCKN"}
    assert find(seller, "cac:Person/cbc:FamilyName").text == "Kumru"


def test_the_province_is_the_city_of_a_turkish_address() -> None:
    address = find(tree(paper()), "cac:AccountingSupplierParty/cac:Party/cac:PostalAddress")
    assert find(address, "cbc:CityName").text == "Denizli"
    assert find(address, "cbc:CitySubdivisionName").text == "Merkezefendi"


def test_the_notes_name_order_proforma_weight_and_declaration() -> None:
    notes = texts(tree(paper(etgb_number="26341300BG00012345")), "Note")
    assert notes[0] == "Mikro ihracat: ETGB ile çıkış; ETGB no: 26341300BG00012345"
    assert "Sipariş no: KV26-7H4K-92XQ" in notes
    assert "Proforma fatura no: PF-26-000031" in notes
    assert "Sevkiyat: brüt 9,500 kg, net 8,400 kg, 2 kap" in notes
    assert "Kur: 1 EUR = 48,1275 TRY, 15.09.2026, TCMB" in notes


def test_the_same_version_is_the_same_bytes_and_another_version_another_document() -> None:
    assert ubl.earsiv(paper()) == ubl.earsiv(paper())
    first, second = tree(paper()), tree(paper(version=2))
    assert texts(first, "UUID") != texts(second, "UUID")


@pytest.mark.parametrize("text", NASTY)
def test_no_text_breaks_the_draft_or_passes_as_markup(text: str) -> None:
    party = replace(at(BUYER, street=text, city=text, region=text), name=text)
    found = paper(
        [line(1, name_tr=text, name=text, sku=text)], buyer=party, consignee=party, note=text, place=text
    )
    accepted(found)
    assert texts(tree(found), "SpecialTerms") == [clean(text)]
    assert b"\x00" not in ubl.earsiv(found)


def test_numbers_are_written_in_the_digits_0_to_9() -> None:
    party = replace(at(BUYER, postcode="１０１"), phone="٠١٢", number="Ｎ１")
    root = tree(paper(buyer=party, consignee=party))
    assert "101" in texts(root, "PostalZone")
    assert "012" in texts(root, "Telephone")


def test_only_an_invoice_becomes_a_draft() -> None:
    with pytest.raises(Invalid, match="Only an invoice"):
        ubl.earsiv(paper(kind=Kind.PROFORMA, number="PF-26-000031"))
