"""Printed documents, read back from the PDF: what must stand on them stands there, in both languages."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import typst
import zxingcpp
from documents import papers
from msgspec.structs import replace
from PIL import Image
from pypdf import PdfReader

from kervan.documents import prints
from kervan.documents.sheets import sheet
from kervan.documents.structs import FxNote, Kind, LineKind, Paper, Party
from kervan.documents.words import in_words
from kervan.resources import templates_dir
from kervan.trade.codes import format_gtip
from kervan.web import i18n

SITE = "https://kervan.test"
KINDS = list(Kind)
LANGUAGES = ["tr", "en"]
WAREHOUSE = Party(name="Elbe Lagerhaus KG", address=papers.at(papers.BUYER, city="Cuxhaven").address)


def paper(kind: Kind = Kind.INVOICE, **fields: Any) -> Paper:
    """With everything filled that such a document can say."""
    goods = fields.pop("lines", None) or (
        papers.line(1, unit_price=Decimal("1250.4000"), packages=3),
        papers.line(2, name="Hammam towel", name_tr="Işıltılı peştamal, şık örgü", discount=Decimal("2.10")),
    )
    values: dict[str, Any] = {
        "kind": kind,
        "number": {Kind.INVOICE: "KVN2026000000017"}.get(kind, f"{kind[:2]}-26-000031"),
        "version": 3,
        "payment_terms": "Net 30 days",
        "carrier": "Anka Hızlı Kargo",
        "waybill": "AHK-5550-77",
        "etgb_number": "26341200EX00012345",
        "note": "Mark every carton.",
        "eur_rate": FxNote(
            currency="EUR", to="USD", rate=Decimal("1.0812"), date=date(2026, 9, 14), source="ECB"
        ),
        "consignee": WAREHOUSE,
    }
    if kind is Kind.PROFORMA:
        values |= {"valid_until": date(2026, 10, 15), "lead_days": 12, "proforma_number": ""}
    if kind in (Kind.PACKING_LIST, Kind.EXPORT_FORM):
        values |= {"invoice_number": "KVN2026000000017", "invoice_date": date(2026, 9, 15)}
    charges = {
        LineKind.FREIGHT: Decimal("35.00"),
        LineKind.INSURANCE: Decimal("4.50"),
        LineKind.BANK_COMMISSION: Decimal("7.25"),
        LineKind.PACKAGING: Decimal("11.00"),
    }
    return papers.paper(goods, charges, **{**values, **fields})


def pages(found: Paper, language: str = "en") -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(prints.pdf(found, language, SITE))).pages]


def text(found: Paper, language: str = "en") -> str:
    """Everything on the pages without spaces and line ends: a long name wraps wherever it must."""
    return close("".join(pages(found, language)))


def close(words: str) -> str:
    return "".join(words.split())


def drawn(found: Paper, language: str) -> list[Image.Image]:
    """The pages as pictures."""
    made = typst.compile(
        prints.template(found.kind),
        root=templates_dir(),
        font_paths=[templates_dir() / "documents" / "fonts"],
        ignore_system_fonts=True,
        sys_inputs=prints.inputs(found, language, SITE),
        format="png",
        ppi=110,
    )
    return [Image.open(io.BytesIO(page)) for page in (made if isinstance(made, list) else [made])]


def say(language: str, msgid: str) -> str:
    return i18n.gettext(language, msgid)


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


HOSTILE = [
    '#panic("in")',
    '#{read("/base.html")}',
    '"; #set page(fill: red)',
    "$ x^2 $ *bold* _it_ `raw` <label> @ref // gone /* gone */ \\ ~ = head",
    "{page} {pages} {carrier} %s {0}",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("attack", HOSTILE)
def test_code_in_a_name_is_printed_as_text(attack: str) -> None:
    firm = replace(papers.BUYER, name=attack, contact=attack)
    goods = (papers.line(name=attack, name_tr=attack, sku=attack[:20]),)
    found = paper(Kind.EXPORT_FORM, lines=goods, buyer=firm, carrier=attack, note=attack, place=attack)
    for language in LANGUAGES:
        # Customers, contacts, goods, carrier (also in a sentence), place and note.
        assert text(found, language).count(close(attack)) >= 6


def test_a_hundred_lines_repeat_the_head_of_the_table_and_count_the_pages() -> None:
    goods = tuple(
        papers.line(number, name="Combed cotton towel, 500 gsm, hemmed, with a hanger, in a gift box")
        for number in range(1, 101)
    )
    found = pages(paper(Kind.INVOICE, lines=goods))
    assert 4 <= len(found) <= 6
    for number, page in enumerate(found, start=1):
        assert f"Page {number} of {len(found)}" in page
        assert "KVN2026000000017" in page
    tables = [page for page in found if "6302.60.00.00.11" in page]
    assert len(tables) >= 3
    assert all("Description of goods" in page for page in tables)
    rows = [line for page in tables for line in page.split("\n") if line.startswith("HV-")]
    assert len(rows) == 100
    assert sum("Signature and stamp" in page for page in found) == 1


def test_the_same_paper_gives_the_same_bytes_in_any_thread() -> None:
    found = paper()
    first = prints.pdf(found, "tr", SITE)
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(lambda _: prints.pdf(found, "tr", SITE), range(12))) == {first}
    assert prints.pdf(replace(found, note="Another."), "tr", SITE) != first


def test_the_file_is_archival_tagged_titled_and_dated_by_its_issue() -> None:
    file = PdfReader(io.BytesIO(prints.pdf(paper(), "tr", SITE)))
    assert file.metadata is not None
    assert file.metadata.title == "Ticari fatura KVN2026000000017"
    assert file.metadata.author == papers.SELLER.name
    assert file.metadata["/CreationDate"].startswith("D:20260915000000")
    root = file.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == "tr"
    assert b"pdfaid:part" in root["/Metadata"].get_data()
    assert all(page.mediabox.width == pytest.approx(595.28, abs=0.1) for page in file.pages)


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


NAMES = {
    "Turkish": "ŞIĞIRCI ÖĞÜTÇÜ İPLİK",
    "Greek": "Υφάσματα Αιγαίου ΑΕ",
    "Cyrillic": "ООО «Северный текстиль» Ґалаґан Қазақ",
    "Azerbaijani": "Xəzər Ticarət Evi",
    "Vietnamese": "Công ty Dệt Hà Nội",
    "Arabic": "شركة النور للتجارة",
    "Persian": "بازرگانی گلچین پارسیان",
    "Hebrew": "טקסטיל הצפון",
    "Georgian": "ქართული ქსოვილი",
    "Armenian": "Հայկական Տեքստիլ",
    "Thai": "บริษัท ผ้าไทย",
    "Hindi": "भारत वस्त्र",
    "Bengali": "ঢাকা বস্ত্র",
    "Chinese": "上海锦绣纺织品有限公司",
    "Japanese": "株式会社さくら商事",
    "Korean": "주식회사 한빛무역",
}


@pytest.mark.parametrize("script", NAMES)
def test_names_in_the_scripts_of_buyers_are_drawn_by_our_own_fonts(script: str) -> None:
    firm = replace(papers.BUYER, name=NAMES[script], contact=NAMES[script])
    made = prints.pdf(paper(Kind.PROFORMA, buyer=firm, consignee=firm), "en", SITE)
    # PDF/A is refused when a sign has no glyph.
    assert b"pdfaid:part" in PdfReader(io.BytesIO(made)).trailer["/Root"]["/Metadata"].get_data()


def test_a_sign_that_no_font_has_does_not_stop_the_document() -> None:
    firm = replace(papers.BUYER, name="Nordlicht \ue123 \U000f1234")
    assert close("Nordlicht") in text(paper(buyer=firm))


@pytest.mark.parametrize("kind", KINDS)
def test_words_without_spaces_and_huge_figures_stay_inside_the_margins(kind: Kind) -> None:
    endless = "ÇOKUZUNBİRÜRÜNADI" * 6
    goods = (
        papers.line(name=endless, name_tr=endless, sku="S" * 60, unit="LPA", quantity=9_999_999),
        papers.line(2, unit_price=Decimal("123456789.1234"), discount=Decimal("98765432.10"), net_g=10**9),
    )
    mail = replace(papers.SELLER, email=f"{'satis' * 8}@{'golgeli' * 8}.example", name=endless)
    found = paper(
        kind, lines=goods, seller=mail, buyer=mail, place=endless, carrier=endless, waybill="7" * 40
    )
    for language in LANGUAGES:
        said = text(found, language)
        assert said.count(endless) >= 4
        for picture in drawn(found, language):
            width, height = picture.size
            margin = picture.convert("L").crop((int(width * 193 / 210), height // 10, width, height))
            assert margin.getextrema() == (255, 255)


@pytest.mark.parametrize(
    ("amount", "english", "turkish"),
    [
        ("0.05", "zero EUR 05/100", "sıfır EUR 05/100"),
        ("1", "one EUR 00/100", "bir EUR 00/100"),
        ("100", "one hundred EUR 00/100", "yüz EUR 00/100"),
        ("1000", "one thousand EUR 00/100", "bin EUR 00/100"),
        ("1001.10", "one thousand one EUR 10/100", "bin bir EUR 10/100"),
        (
            "21119.99",
            "twenty-one thousand one hundred nineteen EUR 99/100",
            "yirmi bir bin yüz on dokuz EUR 99/100",
        ),
        ("1000000", "one million EUR 00/100", "bir milyon EUR 00/100"),
        ("340000", "three hundred forty thousand EUR 00/100", "üç yüz kırk bin EUR 00/100"),
        ("1000000000000000", "", ""),
    ],
)
def test_an_amount_in_words(amount: str, english: str, turkish: str) -> None:
    assert in_words("en", Decimal(amount), "EUR") == english
    assert in_words("tr", Decimal(amount), "EUR") == turkish


def test_an_amount_in_words_has_the_digits_of_its_currency() -> None:
    assert in_words("en", Decimal(1450), "JPY") == "one thousand four hundred fifty JPY"
    assert in_words("tr", Decimal("2.5"), "KWD") == "iki KWD 500/1000"


def test_every_font_that_is_shipped_has_its_licence_beside_it() -> None:
    folder = templates_dir() / "documents" / "fonts"
    licences = (folder / "LICENSES.txt").read_text()
    fonts = [path.name for path in folder.iterdir() if path.suffix == ".ttf"]
    assert len(fonts) >= 11
    assert [name for name in fonts if name not in licences] == []


def test_a_gtip_is_dotted() -> None:
    found = paper(lines=(papers.line(gtip="610910000011"),))
    assert format_gtip("610910000011") in text(found)
    assert "610910000011" not in text(found)
