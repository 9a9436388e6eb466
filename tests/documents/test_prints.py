"""Printed documents, read back from the PDF: what must stand on them stands there, in both languages."""

from decimal import Decimal
from typing import Any

import pytest
import zxingcpp
from documents import papers
from documents.printed import KINDS, LANGUAGES, SITE, close, drawn, pages, paper, say, text
from msgspec.structs import replace

from kervan.documents.sheets import sheet
from kervan.documents.structs import Kind, Party
from kervan.trade.codes import format_gtip
from kervan.web import i18n


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_document_says_who_what_and_where(kind: Kind, language: str) -> None:
    found = paper(kind)
    said = text(found, language)
    expected = [
        found.number,
        found.order_number,
        f"{'Sürüm' if language == 'tr' else 'Version'} 3",
        "15 Eyl 2026" if language == "tr" else "15 Sept 2026",
        *(found.seller.name, "Merkezefendi", "20010", "Denizli", "Türkiye"),
        *("7341205869", "Gökpınar", "0734120586900012", "Işıl Deniz", "+90 258 555 01 01"),
        *(found.buyer.name, "Beispielweg 7", "20095 Hamburg", "DE000000017", "Anke Petersen"),
        *("Elbe Lagerhaus KG", "20095 Cuxhaven", "Almanya" if language == "tr" else "Germany"),
        *("CIP Hamburg", "Incoterms® 2020"),
        *("Anka Hızlı Kargo", "AHK-5550-77", "26341200EX00012345"),
        *("6302.60.00.00.11", "HV-1", "HV-2", "Işıltılı peştamal, şık örgü"),
        "10" + ("adet" if language == "tr" else "pieces"),
        *(("8,400 kg", "9,500 kg", "2 koli") if language == "tr" else ("8.400 kg", "9.500 kg", "2 cartons")),
        "Mark every carton.",
    ]
    if kind is not Kind.PACKING_LIST:
        expected += ["EUR", "Net 30 days"]
    assert [words for words in expected if close(words) not in said] == []


@pytest.mark.parametrize("kind", [Kind.PROFORMA, Kind.INVOICE, Kind.EXPORT_FORM])
def test_amounts_are_written_as_the_reader_writes_them(kind: Kind) -> None:
    # 10 x 1,250.40 + 10 x 4.20 - 2.10 of goods; 57.75 of charges
    english, turkish = text(paper(kind)), text(paper(kind), "tr")
    for amount in ("12,504.00", "39.90", "12,543.90", "35.00", "4.50", "7.25", "11.00", "12,601.65EUR"):
        assert amount in english
        assert amount.translate(str.maketrans(",.", ".,")) in turkish
    for charge in ("Freight", "Insurance", "Bank commission", "Packaging"):
        assert close(charge) in english
        assert close(say("tr", charge)) in turkish
    assert "1EUR=48.1275TRY(TCMB,15Sept2026)" in english
    assert "1EUR=1,0812USD(ECB,14Eyl2026)" in turkish


@pytest.mark.parametrize("kind", [Kind.PROFORMA, Kind.INVOICE])
def test_prices_discounts_and_the_total_in_words_stand_on_what_is_paid_by(kind: Kind) -> None:
    english, turkish = text(paper(kind)), text(paper(kind), "tr")
    assert "1,250.40" in english
    assert "1.250,40" in turkish
    assert "2.10" in english
    assert "5%" in english
    assert "%5" in turkish
    assert close("twelve thousand six hundred one EUR 65/100") in english
    assert close("Yalnız on iki bin altı yüz bir EUR 65/100") in turkish


def test_an_invoice_says_301_and_no_vat_in_both_languages() -> None:
    english, turkish = text(paper()), text(paper(), "tr")
    assert close("VAT (KDV) 0% 0.00") in english
    assert "301" in english
    assert "ISTISNA" in english
    assert "PF-26-000031" in english
    assert close("KDV %0 0,00") in turkish
    assert close("301: Mal ihracatı") in turkish
    assert "11/1-a" in turkish
    assert close("kat'i satış") in turkish
    assert close("Menşe beyanı") in turkish


def test_only_a_proforma_is_valid_until_a_day_and_says_that_it_is_no_invoice() -> None:
    said = text(paper(Kind.PROFORMA), "tr")
    assert close("15 Eki 2026") in said
    assert close("12 gün") in said
    assert close("mali fatura yerine geçmez") in said
    assert "301" not in said.replace("30126", "")
    assert "VAT" not in text(paper(Kind.PROFORMA)).replace("VATnumber", "")


def test_a_packing_list_has_weights_and_packages_and_no_prices() -> None:
    said = text(paper(Kind.PACKING_LIST))
    assert "4.200" in said
    assert "4.550" in said
    for amount in ("1,250.40", "12,504.00", "12,601.65", "35.00"):
        assert amount not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_export_form_says_what_the_carrier_declares_from(language: str) -> None:
    said = text(paper(Kind.EXPORT_FORM), language)
    for msgid in (
        "Export information form",
        "Invoice number",
        "Mode of transport",
        "Air",
        "Net kg",
        "Gross kg",
        "Final sale of commercial goods (kat'i satış).",
        "We declare that everything stated on this form is true and agrees with the invoice.",
        "Signature and stamp",
    ):
        assert close(say(language, msgid)) in said, msgid
    authorised = i18n.translate(
        language,
        "We authorise {carrier} to declare these goods to customs as our indirect representative.",
        carrier="Anka Hızlı Kargo",
    )
    assert close(authorised) in said
    assert "KVN2026000000017" in said
    assert close("express carrier") in text(paper(Kind.EXPORT_FORM, carrier=""))


def test_the_turkish_print_is_turkish_and_the_other_one_says_both_names() -> None:
    found = paper()
    turkish, english = text(found, "tr"), text(found)
    for words in (
        "Mal cinsi",
        "GTİP",
        "Menşe",
        "Teslim şekli",
        "Ödeme şekli",
        "Brüt ağırlık",
        "Kap",
        "Alıcı",
    ):
        assert close(words) in turkish
    assert close("Hammam towel") not in turkish
    assert close("Hammam towel") in english
    assert close("Işıltılı peştamal, şık örgü") in english


@pytest.mark.parametrize("kind", KINDS)
def test_no_label_is_left_untranslated(kind: Kind) -> None:
    same_in_both = {"Net kg", "LEI"}
    english, turkish = (sheet(paper(kind), language, SITE) for language in ("en", "tr"))

    def labels(found: Any) -> list[str]:
        groups = [*found.meta, *found.terms, *found.shipment, *found.sums, *found.statements, *found.columns]
        blocks = [found.seller, *found.parties]
        numbers = [fact for block in blocks for fact in block.numbers]
        own = [found.title, found.signature, *found.sign_fields, found.sign_hint, found.verify, found.pages]
        return [each.label for each in (*groups, *blocks, *numbers)] + [*own, *found.headings.values()]

    pairs = zip(labels(english), labels(turkish), strict=True)
    assert [one for one, other in pairs if one == other and one not in same_in_both] == []


def test_a_language_without_words_of_ours_gets_english_labels() -> None:
    assert close("Commercial invoice") in text(paper(), "de")
    assert text(paper(), "de") == text(paper(), "en")


@pytest.mark.parametrize(
    ("currency", "total", "shown"), [("JPY", "145200", "145,200JPY"), ("KWD", "1452.375", "1,452.375KWD")]
)
def test_amounts_have_the_digits_of_their_currency(currency: str, total: str, shown: str) -> None:
    goods = (papers.line(unit_price=Decimal(total) / 10, amount=Decimal(total)),)
    found = replace(
        paper(Kind.PROFORMA, lines=goods),
        currency=currency,
        charges=(),
        charges_total=Decimal(0),
        goods_total=Decimal(total),
        total=Decimal(total),
    )
    said = text(found)
    assert shown in said
    assert f"{shown.removesuffix(currency)}." not in said


def test_the_qr_leads_to_the_verification_page_and_the_code_stands_beneath() -> None:
    for kind in KINDS:
        found = paper(kind)
        last = zxingcpp.read_barcodes(drawn(found, "en")[-1])
        assert [code.text for code in last] == [f"{SITE}/verify/{found.code}"]
        assert found.code in text(found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_known_leaves_nothing_behind(kind: Kind, language: str) -> None:
    firm = Party(name="Nord", address=papers.BUYER.address)
    found = papers.paper(
        (papers.line(packages=None),),
        {},
        kind=kind,
        buyer=firm,
        consignee=firm,
        seller=replace(firm, name="Süd"),
        packages=None,
        try_rate=None,
        proforma_number="",
    )
    said = " ".join(pages(found, language))
    for rest in ("None", "none", "null", "()", "{", "}"):
        assert rest not in said
    for msgid in (
        "Waybill",
        "ETGB number",
        "Exchange rate",
        "Tax office",
        "Valid until",
        "Packages",
        "Discount",
    ):
        labels = [line for line in said.split("\n") if line.startswith(say(language, msgid) + " ")]
        assert labels == [], msgid


def test_an_identity_number_is_printed_on_the_invoice_and_nowhere_else() -> None:
    trader = replace(papers.SELLER, vkn=None, tckn="10000000146")
    for kind in KINDS:
        assert ("10000000146" in text(paper(kind, seller=trader))) is (kind is Kind.INVOICE)


def test_a_gtip_is_dotted() -> None:
    found = paper(lines=(papers.line(gtip="610910000011"),))
    assert format_gtip("610910000011") in text(found)
    assert "610910000011" not in text(found)
