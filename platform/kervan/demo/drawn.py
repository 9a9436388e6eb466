"""Papers that the people of the demo attach to what they write: drawn here, and saying that they are a demo."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from kervan.files.uploads import Upload

_INK, _PAPER, _LINE = "#1d2733", "#fffdf8", "#b9c2cc"


def label(name: str, lines: Sequence[str]) -> Upload:
    """A care label as a PNG picture, with these lines."""
    sheet = Image.new("RGB", (760, 460), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.rounded_rectangle((24, 24, 736, 436), radius=18, outline=_INK, width=4)
    pen.line((24, 120, 736, 120), fill=_LINE, width=3)
    _lines(pen, lines, 56, 52, 54, 30)
    for place in range(4):
        left = 56 + place * 90
        pen.rectangle((left, 350, left + 60, 410), outline=_INK, width=4)
        pen.line((left, 350 + 12 * place, left + 60, 410 - 12 * place), fill=_INK, width=3)
    return Upload(name, _saved(sheet, "PNG"))


def plan(name: str, title: str, lines: Sequence[str]) -> Upload:
    """A sheet with a title, lines, and boxes stacked on a pallet, as a PDF of one page."""
    sheet = Image.new("RGB", (1000, 1414), "white")
    pen = ImageDraw.Draw(sheet)
    pen.text((80, 80), title, fill=_INK, font_size=40)
    pen.line((80, 145, 920, 145), fill=_LINE, width=3)
    _lines(pen, lines, 80, 180, 48, 26)
    for row in range(4):
        for column in range(5):
            left, top = 150 + column * 140, 760 + row * 110
            pen.rectangle((left, top, left + 136, top + 106), outline=_INK, width=3)
            pen.line((left + 50, top, left + 50, top + 106), fill=_LINE, width=2)
    pen.rectangle((130, 1204, 870, 1236), outline=_INK, width=3)
    pen.text((80, 1330), "DEMO / GEÇERSİZDİR", fill=_LINE, font_size=24)
    return Upload(name, _saved(sheet, "PDF"))


def _lines(pen: ImageDraw.ImageDraw, lines: Sequence[str], left: int, top: int, step: int, size: int) -> None:
    for row, line in enumerate(lines):
        pen.text((left, top + row * step), line, fill=_INK, font_size=size)


def _saved(sheet: Image.Image, form: str) -> bytes:
    kept = io.BytesIO()
    sheet.save(kept, form)
    return kept.getvalue()
