"""A paper with everything on it, printed and read back."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import typst
from documents import papers
from PIL import Image
from pypdf import PdfReader

from kervan.documents import prints
from kervan.documents.structs import FxNote, Kind, LineKind, Paper, Party
from kervan.resources import templates_dir
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
