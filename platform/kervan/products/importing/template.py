"""The empty standard file that exporters fill in, as XLSX or CSV."""

import asyncio
import csv
import tempfile
from pathlib import Path

import xlsxwriter

from kervan.errors import CommandError, NotFound
from kervan.products.importing.mapping import fields
from kervan.trade.errors import N_

# Column -> (what it is, in English and in Turkish; an example). The order is that of mapping.fields().
HELP = {
    "sku": ("Your own number of the product. Needed.", "Ürünün sizdeki kodu. Zorunlu.", "HVL-5090-W"),
    "gtin": ("GTIN or EAN, 8 to 14 digits.", "GTIN (barkod), 8-14 hane.", "8690000000012"),
    "brand": ("Brand.", "Marka.", "Pamukova"),
    "origin": ("Country of origin, as a code or name. TR if empty.", "Menşe ülke. Boşsa TR.", "TR"),
    "gtip": (
        "12-digit GTIP, or the 6 digits of the HS.",
        "12 haneli GTİP ya da 6 haneli HS kodu.",
        "6302.60.00.00.00",
    ),
    "tariff_year": (
        "Tariff year of the GTIP. The newest if empty.",
        "GTİP'in tarife yılı. Boşsa en yenisi.",
        "2026",
    ),
    "name_tr": (
        "Turkish name, for the invoice. Needed.",
        "Türkçe ad; faturada yer alır. Zorunlu.",
        "Pamuklu havlu",
    ),
    "name_en": ("English name.", "İngilizce ad.", "Cotton towel"),
    "description_tr": ("Turkish description.", "Türkçe açıklama.", "Yüzde yüz pamuk, 500 g/m²."),
    "description_en": ("English description.", "İngilizce açıklama.", "100 % cotton, 500 gsm."),
    "unit": ("Unit of sale. Piece if empty.", "Satış birimi. Boşsa adet.", "adet"),
    "net_weight_g": ("Net weight of one unit, grams.", "Bir birimin net ağırlığı, gram.", "455"),
    "gross_weight_g": ("Gross weight of one unit, grams.", "Bir birimin brüt ağırlığı, gram.", "480"),
    "moq": ("Smallest order. 1 if empty.", "En küçük sipariş. Boşsa 1.", "50"),
    "step": ("Orders rise by this number. 1 if empty.", "Sipariş kaçar kaçar artar. Boşsa 1.", "10"),
    "currency": ("Currency of the prices.", "Fiyatların para birimi.", "EUR"),
    "price_1": ("Price of one unit. On request if empty.", "Birim fiyat. Boşsa sorulur.", "12.50"),
    "from_1": (
        "Quantity from which price_1 holds; the MOQ.",
        "price_1 bu miktardan başlar; en küçük sipariş.",
        "50",
    ),
    "price_2": (
        "Lower price of a larger order; up to price_10.",
        "Büyük siparişin fiyatı; price_10'a kadar.",
        "11.90",
    ),
    "from_2": ("Quantity from which price_2 holds.", "price_2 bu miktardan başlar.", "200"),
    "price_3": ("Lower price of a still larger order.", "Daha büyük siparişin fiyatı.", "11.20"),
    "from_3": ("Quantity from which price_3 holds.", "price_3 bu miktardan başlar.", "1000"),
    "lead_days": ("Days until the goods are ready.", "Malın hazır olma süresi, gün.", "14"),
    "package_units": ("Units in one package.", "Bir kolideki birim sayısı.", "40"),
    "package_length_mm": ("Length of the package, mm.", "Kolinin boyu, mm.", "600"),
    "package_width_mm": ("Width of the package, mm.", "Kolinin eni, mm.", "400"),
    "package_height_mm": ("Height of the package, mm.", "Kolinin yüksekliği, mm.", "450"),
    "package_gross_weight_g": (
        "Gross weight of the package, grams.",
        "Kolinin brüt ağırlığı, gram.",
        "19800",
    ),
    "micro_export": (
        "May it leave by micro-export? yes or no.",
        "Mikro ihracata uygun mu? evet/hayır.",
        "evet",
    ),
    "exclusion_reason": (
        "Why not: RESTRICTED_GOODS, TEMPORARY_EXPORT, FREE_SAMPLE.",
        "Uygun değilse nedeni: RESTRICTED_GOODS, TEMPORARY_EXPORT, FREE_SAMPLE.",
        "",
    ),
    "keywords": ("Words that buyers search by.", "Alıcıların arayacağı sözcükler.", "towel, bath linen"),
    "certificates": ("Certificates.", "Belgeler.", "OEKO-TEX Standard 100, ISO 9001"),
    "published_at": ("Day of first publication.", "İlk yayın tarihi.", "2026-01-31"),
}


def write(path: Path) -> None:
    """Writes the template; its form is told by the name. Raises CommandError for another form or a file that
    is there already."""
    if path.exists():
        raise CommandError(N_("{file} is there already; it was left as it is."), file=path)
    writer = {".xlsx": _write_xlsx, ".csv": _write_csv}.get(path.suffix.casefold())
    if writer is None:
        raise CommandError(N_("Name the template .xlsx or .csv, not {file}."), file=path.name)
    try:
        writer(path)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise CommandError(N_("{file} cannot be written: {reason}."), file=path, reason=error) from error


_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def content_type(ending: str) -> str:
    """The media type of the template with this ending. Raises NotFound for another."""
    if ending not in _TYPES:
        raise NotFound()
    return _TYPES[ending]


async def made(ending: str) -> bytes:
    """The template as a file for the browser, `csv` or `xlsx`. Raises NotFound for another ending."""
    content_type(ending)

    def written() -> bytes:
        with tempfile.TemporaryDirectory(prefix="kervan-template-") as folder:
            path = Path(folder) / f"template.{ending}"
            write(path)
            return path.read_bytes()

    return await asyncio.to_thread(written)


def _write_csv(path: Path) -> None:
    # With the mark, spreadsheets open it as UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerow(fields())


def _write_xlsx(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        # Text, so that a spreadsheet keeps leading zeros and does not round a GTIN.
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("Products")
        sheet.freeze_panes(1, 1)
        for at, name in enumerate(fields()):
            sheet.set_column(
                at, at, max(12, len(name) + 2), text if name in ("sku", "gtin", "gtip") else None
            )
            sheet.write_string(0, at, name, bold)
        guide = book.add_worksheet("Help - Yardım")
        guide.set_column(0, 0, 26)
        guide.set_column(1, 3, 48, wrap)
        guide.write_row(0, 0, ("Column / Sütun", "English", "Türkçe", "Example / Örnek"), bold)
        for at, name in enumerate(fields(), start=1):
            guide.write_string(at, 0, name)
            for column, words in enumerate(HELP[name], start=1):
                guide.write_string(at, column, words, wrap)
