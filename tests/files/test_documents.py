"""Documents: taken by what they are, refused when they act, hide or cannot be opened."""

import hashlib
import zipfile
import zlib
from io import BytesIO

import pytest
from pictures import pdf, photo, writer, written
from PIL import Image
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from kervan.files import documents
from kervan.files import pdf as pdf_check
from kervan.files.documents import LARGEST_DOCUMENT, accept, safe_name
from kervan.files.pdf import look
from kervan.trade.errors import TradeError

SCRIPT = b"<</S /JavaScript /JS (app.alert\\(1\\))>>"


def object_stream_pdf(inner: dict[int, bytes]) -> bytes:
    """A PDF 1.5 all of whose objects but one lie in a compressed object stream; object 1 is the catalogue."""
    bodies = list(inner.items())
    heads, offset = [], 0
    for number, body in bodies:
        heads.append(b"%d %d" % (number, offset))
        offset += len(body) + 1
    head = b" ".join(heads) + b" "
    packed = zlib.compress(head + b"\n".join(body for _, body in bodies))
    stream, table = max(inner) + 1, max(inner) + 2
    out = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    stream_at = len(out)
    out += b"%d 0 obj\n<</Type /ObjStm /N %d /First %d /Length %d /Filter /FlateDecode>>\nstream\n" % (
        stream,
        len(bodies),
        len(head),
        len(packed),
    )
    out += packed + b"\nendstream\nendobj\n"
    table_at = len(out)
    places = {number: (2, stream, index) for index, (number, _) in enumerate(bodies)}
    places |= {0: (0, 0, 65535), stream: (1, stream_at, 0), table: (1, table_at, 0)}
    rows = zlib.compress(
        b"".join(
            bytes([kind]) + first.to_bytes(4, "big") + second.to_bytes(2, "big")
            for _, (kind, first, second) in sorted(places.items())
        )
    )
    out += (
        b"%d 0 obj\n<</Type /XRef /Size %d /W [1 4 2] /Root 1 0 R /Length %d /Filter /FlateDecode>>\nstream\n"
        % (
            table,
            table + 1,
            len(rows),
        )
    )
    out += rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % table_at
    return bytes(out)


def packed(opening: bytes = b"", more: dict[int, bytes] | None = None) -> bytes:
    return object_stream_pdf(
        {
            1: b"<</Type /Catalog /Pages 2 0 R " + opening + b">>",
            2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
            3: b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>",
            **(more or {}),
        }
    )


def locked(**options: str) -> bytes:
    made = writer("secret")
    made.encrypt(algorithm="AES-256", **options)
    return written(made)


def with_file() -> bytes:
    made = writer("invoice")
    made.add_attachment("factur-x.xml", b"<xml/>")
    return written(made)


def with_script() -> bytes:
    return opening_with(
        DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
        )
    )


def opening_with(action: DictionaryObject) -> bytes:
    made = writer("invoice")
    made.root_object[NameObject("/OpenAction")] = made._add_object(action)
    return written(made)


def program() -> bytes:
    return opening_with(
        DictionaryObject(
            {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("calc.exe")}
        )
    )


@pytest.mark.parametrize(
    "sent", [pdf("Kayıt belgesi (2026)"), packed(), pdf("x").replace(b"%PDF-1.3", b"%PDF-1.7")]
)
async def test_a_plain_pdf_is_kept_as_it_is(sent: bytes) -> None:
    found = await accept(sent, "Faaliyet belgesi.PDF")
    assert (found.kind, found.content_type, found.extension) == ("PDF", "application/pdf", "pdf")
    assert found.name == "Faaliyet belgesi.pdf"
    assert found.data == sent
    assert found.sha256 == hashlib.sha256(sent).hexdigest()


async def test_a_pdf_that_opens_at_a_page_is_no_script() -> None:
    assert await look(packed(b"/OpenAction [3 0 R /Fit]")) == "harmless"


async def test_fonts_may_be_called_as_scripts_and_files_are() -> None:
    fonts = b"/Extra <</Font <</JS <</Type /Font>> /EF <</Type /Font>>>>>>"
    assert await look(packed(fonts)) == "harmless"


ACTIVE = {
    "script": with_script(),
    "program": program(),
    "script in an object stream": packed(b"/OpenAction 4 0 R", {4: SCRIPT}),
    "script behind escapes in an object stream": packed(
        b"/OpenAction 4 0 R", {4: b"<</S /J#61vaScr#69pt /JS (app.alert\\(1\\))>>"}
    ),
    "script without its type": packed(b"/AA <</WC <</#4aS (x)>>>>"),
    "script without its type elsewhere": packed(b"/AA <</WC <</JS 4 0 R>>>>", {4: b"(app.alert\\(1\\))"}),
    "script that nothing points at": packed(b"", {4: SCRIPT}),
    "script on a page": packed(b"", {3: b"<</Type /Page /Parent 2 0 R /AA <</O " + SCRIPT + b">>>>"}),
    "form that computes": packed(b"/AcroForm <</XFA (x)>>"),
    "film": packed(b"/Extra <</Subtype /RichMedia>>"),
    "script outside the table of objects": pdf("x").replace(
        b"startxref", b"99 0 obj\n<</S /J#61vaScript>>\nendobj\nstartxref"
    ),
}


@pytest.mark.parametrize("kind", ACTIVE)
async def test_a_pdf_that_acts_is_refused(kind: str) -> None:
    with pytest.raises(TradeError, match="holds a script or starts a program"):
        await accept(ACTIVE[kind], "invoice.pdf")


def test_the_packed_scripts_are_not_to_be_seen_in_the_bytes() -> None:
    sent = ACTIVE["script in an object stream"]
    assert b"/J" not in sent
    assert b"OpenAction" not in sent


CARRIERS = {
    "attachment": with_file(),
    "file without its type": packed(b"/Extra <</Type /Filespec /EF <</F 4 0 R>>>>", {4: b"<<>>"}),
    "file without its type elsewhere": packed(b"/Extra <</EF 4 0 R>>", {4: b"<</UF 5 0 R>>", 5: b"<<>>"}),
    "escapes": packed(b"/Names <</Embedded#46iles <</Names []>>>>"),
}


@pytest.mark.parametrize("kind", CARRIERS)
async def test_a_pdf_with_files_inside_is_refused(kind: str) -> None:
    with pytest.raises(TradeError, match="holds other files"):
        await accept(CARRIERS[kind], "invoice.pdf")


@pytest.mark.parametrize(
    "sent",
    [locked(user_password="kervan"), locked(user_password="", owner_password="kervan")],
    ids=["user", "owner only"],
)
async def test_a_protected_pdf_is_refused(sent: bytes) -> None:
    with pytest.raises(TradeError, match="protected by a password"):
        await accept(sent, "invoice.pdf")


def zipped() -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("evil.html", "<script>alert(1)</script>" * 100)
    return archive.getvalue()


BROKEN = {
    "html in front": b"<html><script>alert(1)</script></html>\n" + pdf("x"),
    "line in front": b"\n" + pdf("x"),
    "archive behind": pdf("x") + zipped(),
    "only a head": b"%PDF-1.7\n",
    "other version": pdf("x").replace(b"%PDF-1.", b"%PDF-9."),
    "cut": pdf("x" * 3000)[:1500],
    "no page": object_stream_pdf({1: b"<</Type /Catalog>>"}),
    "noise": b"%PDF-1.4\n" + bytes(range(256)) * 20 + b"\n%%EOF",
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_pdf_that_cannot_be_read_plainly_is_refused(kind: str) -> None:
    with pytest.raises(TradeError, match="cannot read this PDF"):
        await accept(BROKEN[kind], "invoice.pdf")


async def test_a_pdf_that_is_too_much_for_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays in arrays without end; a stream of 60 MB in a file of some kilobytes; too little time."""
    assert await look(packed(b"/Extra " + b"[" * 50_000 + b"]" * 50_000)) == "broken"
    large = packed(b"/Extra [" + b"<</A /B>>" * 6_000_000 + b"]")
    assert len(large) < 400_000
    assert await look(large) == "broken"
    assert await look(packed()) == "harmless"
    monkeypatch.setattr(pdf_check, "_SECONDS", 0.001)
    assert await look(packed()) == "broken"


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
async def test_a_scanned_document_is_encoded_anew(format: str) -> None:
    sent = photo(800, 1200, format=format, with_place=True, orientation=6)
    found = await accept(sent + zipped(), "scan.exe")
    assert (found.kind, found.name) == (format, f"scan.exe.{found.extension}")
    assert (found.extension, found.content_type) == {
        "JPEG": ("jpg", "image/jpeg"),
        "PNG": ("png", "image/png"),
    }[format]
    image = Image.open(BytesIO(found.data))
    image.load()
    assert (image.format, image.size, dict(image.getexif())) == (format, (1200, 800), {})
    assert not {"exif", "comment", "icc_profile", "xmp"} & image.info.keys()
    for trace in (b"secret camera", b"Exif", b"eXIf", b"evil", b"PK\x03\x04"):
        assert trace not in found.data
    assert found.sha256 == hashlib.sha256(found.data).hexdigest()


async def test_the_name_of_a_file_does_not_say_what_it_is() -> None:
    assert (await accept(pdf("x"), "photo.png")).name == "photo.pdf"
    for sent in (
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ" + bytes(500),
        zipped(),
        photo(50, 50, format="WEBP"),
        photo(50, 50, format="GIF"),
        b"",
    ):
        with pytest.raises(TradeError, match="Send PDF, JPEG or PNG"):
            await accept(sent, "belge.png")


async def test_a_broken_scan_and_a_heic_say_what_to_do() -> None:
    with pytest.raises(TradeError, match="broken or not complete"):
        await accept(photo(300, 300)[:700], "scan.jpg")
    with pytest.raises(TradeError, match="Save the picture as JPEG"):
        await accept(b"\0\0\0\x24ftypmif1" + bytes(100), "scan.heic")


async def test_a_document_above_ten_megabytes_is_refused() -> None:
    with pytest.raises(TradeError, match="larger than 10 MB"):
        await accept(b"%PDF-1.7" + bytes(LARGEST_DOCUMENT), "large.pdf")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("../../etc/passwd\x00.pdf", "passwd.pdf"),
        ("C:\\Users\\Ayşe\\Sicil Gazetesi.pdf", "Sicil Gazetesi.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe.pdf"),
        ("fa\u2066tura\u2069\u200f\ufeff.pdf", "fatura.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie x=1.pdf"),
        ("\ud800\ue000x.pdf", "x.pdf"),
        ("I\u0307hracat belgesi.PDF", "İhracat belgesi.pdf"),
        ("证书 №1.pdf", "证书 №1.pdf"),
        ('a"b<c>|d?*.pdf', "a b c d.pdf"),
        ("rapor v1.2", "rapor v1.2.pdf"),
        ("belge.pdf.pdf", "belge.pdf.pdf"),
        (".pdf", "document.pdf"),
        ("", "document.pdf"),
        ("...", "document.pdf"),
        ("/", "document.pdf"),
        (".htaccess", "htaccess.pdf"),
    ],
)
def test_a_typed_name_is_made_fit_to_be_shown(typed: str, shown: str) -> None:
    assert safe_name(typed, "pdf") == shown


def test_a_long_name_is_cut_and_keeps_its_extension() -> None:
    name = safe_name("ş" * 5000 + ".pdf", "pdf")
    assert len(name) == documents.LONGEST_NAME
    assert name.endswith("ş.pdf")
