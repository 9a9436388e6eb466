"""Printed documents: a Paper as PDF in one language, by typst. The same paper gives the same bytes.

The templates (templates/documents/*.typ) get every text as JSON and place it as text: what a firm typed is never
read as markup. Fonts lie beside them and are embedded; the machine's own fonts are asked only for signs that those
do not have (rare scripts), and a sign that nobody has is drawn as an empty box.
"""

import io
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import segno
import typst

from kervan.documents.sheets import sheet
from kervan.documents.structs import Kind, Paper
from kervan.resources import templates_dir

if TYPE_CHECKING:
    from typst import PDFStandard

ARCHIVAL: Sequence["PDFStandard"] = ("a-2a",)
"""PDF/A-2a (ISO 19005-2): tagged, fonts embedded, readable when the ten years of keeping it are over."""

_OWN = threading.local()
"""A compiler keeps the parsed templates and fonts, and serves one thread at a time."""


def pdf(paper: Paper, language: str, public_url: str) -> bytes:
    """The paper as PDF/A, in Turkish ("tr") or for readers of another language: English where we have none of theirs.

    30 to 150 ms of one core: call it in a thread. Its creation date is the day of issue.
    """
    given = inputs(paper, language, public_url)
    try:
        return _compiled(paper, given, ARCHIVAL)
    except typst.TypstError as error:
        # PDF/A refuses a sign that no font has.
        if "could not be displayed" not in error.message:
            raise
        return _compiled(paper, given, ())


def verification_address(code: str, public_url: str) -> str:
    """Where the QR of a document leads: its verification page, in the language that the reader's browser asks for."""
    return f"{public_url}/verify/{code}"


def qr(address: str) -> str:
    """The address as a QR picture (SVG), with a quarter of it restorable from dirt and stamps."""
    drawn = io.BytesIO()
    segno.make(address, error="q", micro=False).save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()


def template(kind: Kind) -> Path:
    """What a kind of document is laid out by."""
    return templates_dir() / "documents" / ("export_form.typ" if kind is Kind.EXPORT_FORM else "paper.typ")


def inputs(paper: Paper, language: str, public_url: str) -> dict[str, str]:
    """What the template gets: the texts as JSON and the QR as SVG."""
    address = verification_address(paper.code, public_url)
    data = msgspec.json.encode(sheet(paper, language, address))
    return {"data": data.decode(), "qr": qr(address)}


def _compiled(paper: Paper, given: dict[str, str], standards: Sequence["PDFStandard"]) -> bytes:
    found = _compiler(with_system_fonts=not standards).compile(
        template(paper.kind),
        format="pdf",
        sys_inputs=given,
        pdf_standards=list(standards),
        timestamp=datetime.combine(paper.issued_on, time(), UTC),
    )
    assert isinstance(found, bytes)
    return found


def _compiler(with_system_fonts: bool) -> typst.Compiler:
    name = "wide" if with_system_fonts else "own"
    compiler: typst.Compiler | None = getattr(_OWN, name, None)
    if compiler is None:
        compiler = typst.Compiler(root=templates_dir(), font_paths=_fonts(with_system_fonts))
        setattr(_OWN, name, compiler)
    return compiler


@cache
def _fonts(with_system_fonts: bool) -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=with_system_fonts,
        include_embedded_fonts=False,
        font_paths=[templates_dir() / "documents" / "fonts"],
    )
