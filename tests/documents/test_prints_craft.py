"""Printed documents as files: whatever stands on them, they are drawn whole, safe, archival and the same again."""

import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from documents import papers
from documents.printed import KINDS, LANGUAGES, SITE, close, drawn, pages, paper, text
from msgspec.structs import replace
from pypdf import PdfReader

from kervan.documents import prints
from kervan.documents.structs import Kind
from kervan.documents.words import in_words
from kervan.resources import templates_dir

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
