"""Photos and PDFs for tests and for the demo inventory, drawn on the spot."""

from io import BytesIO

from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

GPS = 0x8825


def photo(
    width: int,
    height: int,
    *,
    format: str = "JPEG",
    colour: str = "#c0703a",
    orientation: int | None = None,
    with_place: bool = False,
) -> bytes:
    """A picture of a dark ground whose upper left quarter has the colour.

    With `orientation` (1 to 8) and `with_place` (Denizli, and the sentence "secret camera") it tells so in its EXIF.
    """
    image = Image.new("RGB", (width, height), "#202830")
    ImageDraw.Draw(image).rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=colour)
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    if with_place:
        exif[0x010F] = "secret camera"
        exif[GPS] = {1: "N", 2: (37.0, 46.0, 26.4), 3: "E", 4: (29.0, 5.0, 11.0)}
    out = BytesIO()
    image.save(out, format, exif=exif)
    return out.getvalue()


def writer(text: str) -> PdfWriter:
    """A PDF of one A4 page with the text in Helvetica, not yet written: for tests that add something to it."""
    made = PdfWriter()
    page = made.add_blank_page(595, 842)
    letters = text.encode("cp1252", "replace")
    for sign in (b"\\", b"(", b")"):
        letters = letters.replace(sign, b"\\" + sign)
    content = DecodedStreamObject()
    content.set_data(b"BT /F1 12 Tf 72 770 Td (" + letters + b") Tj ET")
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): made._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    page[NameObject("/Contents")] = made._add_object(content)
    return made


def written(made: PdfWriter) -> bytes:
    """The bytes of a PDF."""
    out = BytesIO()
    made.write(out)
    return out.getvalue()


def pdf(text: str) -> bytes:
    """A PDF of one A4 page with the text in Helvetica."""
    return written(writer(text))
