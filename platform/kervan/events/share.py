"""The picture that an event has where its link is shared: title, date and place in the colours of the house.

PNG, 1200 x 630 pixels, as the Open Graph protocol asks for. Letters of every script that the shipped fonts have are
shaped and run in their own direction.
"""

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import cos, pi, sin

import msgspec
from anyio import to_thread
from PIL import Image, ImageDraw, ImageFont

from kervan.resources import templates_dir

WIDTH, HEIGHT = 1200, 630
_MARGIN = 80
_BAND, _BAND_2 = (7, 63, 70), (10, 82, 91)
_WHITE, _SOFT, _SAFFRON, _INK = (255, 255, 255), (207, 227, 227), (240, 179, 90), (51, 33, 4)
_KEPT = 128
"""Pictures of some 40 kB that a process keeps."""
_LARGEST, _SMALLEST, _LINES = 68, 44, 3
"""Pixels of the title's letters, and its lines."""

_PLAIN, _STRONG = "SourceSans3-Regular.ttf", "SourceSans3-SemiBold.ttf"
# Whatever is no letter of these is drawn in the house's own font: Latin, Greek and Cyrillic.
_SCRIPTS: Sequence[tuple[re.Pattern[str], str]] = (
    (
        re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]"),
        "NotoSansArabic-Regular.ttf",
    ),
    (re.compile("[\u0590-\u05ff]"), "NotoSansHebrew-Regular.ttf"),
    (re.compile("[\u0900-\u097f]"), "NotoSansDevanagari-Regular.ttf"),
    (re.compile("[\u0980-\u09ff]"), "NotoSansBengali-Regular.ttf"),
    (re.compile("[\u0e00-\u0e7f]"), "NotoSansThai-Regular.ttf"),
    (re.compile("[\u0530-\u058f]"), "NotoSansArmenian-Regular.ttf"),
    (re.compile("[\u10a0-\u10ff\u1c90-\u1cbf]"), "NotoSansGeorgian-Regular.ttf"),
    (re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"), "NotoSansKR-Hangul.ttf"),
    (re.compile("[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"), "DroidSansFallbackFull.ttf"),
)


class Shown(msgspec.Struct, frozen=True):
    """What the picture says, each in one line but the title."""

    kind: str
    title: str
    when: str
    where: str
    note: str = ""
    """In red letters, so to say: Cancelled."""


async def picture(shown: Shown) -> bytes:
    """The picture as PNG; drawn in a thread, and kept by what it says."""
    return await to_thread.run_sync(_drawn, shown)


@lru_cache(maxsize=_KEPT)
def _drawn(shown: Shown) -> bytes:
    image = _ground()
    draw = ImageDraw.Draw(image)
    _chip(draw, shown.note or shown.kind, bool(shown.note))
    size, lines = _fitted(draw, shown.title)
    y = 146.0
    for line in lines:
        _write(draw, y, line, size, _STRONG, _WHITE)
        y += size * 1.2
    # A line is drawn: Pillow fails on a break in it.
    when, where = (" ".join(text.split()) for text in (shown.when, shown.where))
    _write(draw, 418, _shortened(draw, when, 40, _STRONG), 40, _STRONG, _WHITE)
    _write(draw, 472, _shortened(draw, where, 34, _PLAIN), 34, _PLAIN, _SOFT)
    _star(draw, _MARGIN + 16, 570, 16, _SAFFRON, 3)
    draw.text((_MARGIN + 44, 570), "Kervan", _WHITE, _font(_STRONG, 30), anchor="lm")
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _ground() -> Image.Image:
    """The band of the home page: its gradient, and its lattice of stars in strokes of 16 % white."""
    # Turned, and the middle of it taken: the corners of a turned picture are empty.
    image = Image.linear_gradient("L").resize((2000, 2000)).rotate(65)
    image = image.crop((400, 685, 400 + WIDTH, 685 + HEIGHT))
    image = Image.merge(
        "RGB",
        [
            image.point([round(a + (b - a) * n / 255) for n in range(256)])
            for a, b in zip(_BAND, _BAND_2, strict=True)
        ],
    )
    lattice = Image.new("RGBA", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(lattice)
    for column in range(4):
        for row in range(5):
            # Fading towards the words.
            _star(draw, 1170 - column * 124, 40 + row * 138, 62, (255, 255, 255, 41 - 10 * column), 2)
    image.paste(lattice, (0, 0), lattice)
    return image


def _star(
    draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: tuple[int, ...], width: int
) -> None:
    """An eight-pointed star: two squares over each other."""
    for turn in (0.0, pi / 4):
        corners = [
            (x + radius * cos(turn + n * pi / 2), y + radius * sin(turn + n * pi / 2)) for n in range(5)
        ]
        draw.line(corners, fill=colour, width=width, joint="curve")


def _chip(draw: ImageDraw.ImageDraw, text: str, warns: bool) -> None:
    wide = _width(draw, text, 28, _STRONG)
    ground, ink = ((168, 40, 28), _WHITE) if warns else (_SAFFRON, _INK)
    draw.rounded_rectangle((_MARGIN, 72, _MARGIN + wide + 40, 120), 24, fill=ground)
    _write(draw, 79, text, 28, _STRONG, ink, left=_MARGIN + 20, ltr=True)


def _fitted(draw: ImageDraw.ImageDraw, title: str) -> tuple[int, list[str]]:
    """The largest letters with which the title fits its lines; a title that never does ends in dots."""
    for size in range(_LARGEST, _SMALLEST - 1, -4):
        lines = list(_wrapped(draw, title, size))
        if len(lines) <= _LINES:
            return size, lines
    return _SMALLEST, [*lines[: _LINES - 1], _shortened(draw, f"{lines[_LINES - 1]} …", _SMALLEST, _STRONG)]


def _wrapped(draw: ImageDraw.ImageDraw, text: str, size: int) -> Iterator[str]:
    line = ""
    for word in _pieces(draw, text, size):
        longer = f"{line}{word}"
        if line and _width(draw, longer.rstrip(), size, _STRONG) > WIDTH - 2 * _MARGIN:
            yield line.rstrip()
            longer = word
        line = longer
    yield line.rstrip()


def _pieces(draw: ImageDraw.ImageDraw, text: str, size: int) -> Iterator[str]:
    """Words with the space behind them; scripts without spaces, and words that fit no line, by letter."""
    for word in text.split():
        if _width(draw, word, size, _STRONG) > WIDTH - 2 * _MARGIN:
            yield from word[:-1]
            yield f"{word[-1]} "
        else:
            yield f"{word} "


def _shortened(draw: ImageDraw.ImageDraw, text: str, size: int, font: str) -> str:
    if _width(draw, text, size, font) <= WIDTH - 2 * _MARGIN:
        return text
    while text and _width(draw, f"{text.rstrip()}…", size, font) > WIDTH - 2 * _MARGIN:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _write(
    draw: ImageDraw.ImageDraw,
    y: float,
    text: str,
    size: int,
    font: str,
    colour: tuple[int, int, int],
    *,
    left: float = _MARGIN,
    ltr: bool = False,
) -> None:
    """One line; one that runs from right to left ends at the right margin."""
    runs = list(_runs(text, font))
    if _is_rtl(text):
        runs.reverse()
        if not ltr:
            left = WIDTH - _MARGIN - _width(draw, text, size, font)
    base = y + _font(font, size).getmetrics()[0]
    for part, name in runs:
        used = _font(name, size)
        direction = "rtl" if _is_rtl(part) else "ltr"
        draw.text((left, base), part, colour, used, anchor="ls", direction=direction)
        left += draw.textlength(part, used, direction=direction)


def _width(draw: ImageDraw.ImageDraw, text: str, size: int, font: str) -> float:
    return sum(draw.textlength(part, _font(name, size)) for part, name in _runs(text, font))


def _runs(text: str, font: str) -> Iterator[tuple[str, str]]:
    """The text in parts of one font each; a space stays with what is before it."""
    part, name = "", ""
    for sign in text:
        own = (
            name
            if sign == " " and part
            else next((file for script, file in _SCRIPTS if script.match(sign)), font)
        )
        if part and own != name:
            yield part, name
            part = ""
        part, name = part + sign, own
    if part:
        yield part, name


def _is_rtl(text: str) -> bool:
    """Whether the first letter says that the text runs from right to left."""
    strong = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind in ("R", "AL") for kind in strong if kind in ("L", "R", "AL")), False)


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    path = templates_dir() / "documents" / "fonts" / name
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.RAQM)
