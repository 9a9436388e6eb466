"""Files of events attacked: bombs of parts and pixels, PDFs that act, two kinds in one, names that lead elsewhere."""

import struct
import time
import zlib
from io import BytesIO
from typing import Any

import httpx
import pytest
from eventing import drafted, make_fair
from litestar import Litestar
from people import count, sign_in, sign_out, token_of
from pictures import photo, writer
from PIL import Image
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from storming import forget_limits

from kervan.db import fetch, fetchval
from kervan.web import csrf

pytestmark = pytest.mark.usefixtures("db")

PNG = photo(60, 40, format="PNG")
SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"


async def _desk(client: httpx.AsyncClient) -> tuple[str, str]:
    """The files page of a draft, opened by its organiser, and the form's token."""
    fair = await make_fair()
    draft = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    path = f"/en/staff/events/{draft.public_id}/files"
    return path, await token_of(client, path)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, *more: bytes, scan: bytes = b"\0" * 1000) -> bytes:
    """A PNG that claims a size, with other chunks before its pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), *more, _chunk(b"IDAT", zlib.compress(scan)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _moving(format: str) -> bytes:
    out = BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    frames[0].save(out, format, save_all=True, append_images=frames[1:], duration=50)
    return out.getvalue()


def _webp_of(width: int, height: int) -> bytes:
    """The head of a WebP that claims a size, with nothing behind it."""
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0"
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


NO_PICTURES: dict[str, bytes] = {
    "SVG": SCRIPT,
    "SVG behind a PNG's first bytes": b"\x89PNG\r\n\x1a\n" + SCRIPT,
    "a PNG of 40,000 by 40,000": _png(40_000, 40_000),
    "a PNG of two thousand million by one": _png(2**31 - 1, 1),
    "a PNG whose comment unpacks to 200 MB": _png(
        8, 8, _chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 200_000_000, 9)), scan=b"\0" * 72
    ),
    "a PNG whose profile unpacks to 200 MB": _png(
        8, 8, _chunk(b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 200_000_000, 9)), scan=b"\0" * 72
    ),
    "a PNG that is cut": PNG[:-30],
    "a WebP of 16,000 by 16,000": _webp_of(16_000, 16_000),
    "a WebP that moves": _moving("WEBP"),
    "a PNG that moves": _moving("PNG"),
    "a GIF": _moving("GIF"),
    "a BMP": photo(8, 8, format="BMP"),
    "a PDF": b"%PDF-1.7\n%%EOF",
    "a page": b"<!doctype html><script>alert(1)</script>",
}


@pytest.mark.alone
@pytest.mark.parametrize("name", NO_PICTURES)
async def test_what_is_no_still_picture_is_refused_beside_its_field(
    client: httpx.AsyncClient, name: str
) -> None:
    path, token = await _desk(client)
    began = time.perf_counter()
    answer = await client.post(
        path, data={csrf.FIELD: token}, files={"picture": ("a.png", NO_PICTURES[name], "image/png")}
    )
    took = time.perf_counter() - began
    if answer.status_code == 303:
        # Its pixels may be harmless: what is kept is not what was sent.
        kept = await fetchval("SELECT size FROM event_file")
        assert kept < 5_000, name
    else:
        assert answer.status_code == 422, name
        assert 'id="f-picture-error"' in answer.text, name
        assert await count("event_file") == 0
    assert took < 4, name


async def test_a_picture_that_is_a_page_as_well_keeps_its_pixels_alone(client: httpx.AsyncClient) -> None:
    path, token = await _desk(client)
    for data in (PNG + SCRIPT, PNG + b"PK\x03\x04" + b"x" * 500, photo(60, 40, with_place=True) + SCRIPT):
        await forget_limits()
        answer = await client.post(
            path, data={csrf.FIELD: token}, files={"picture": ("a.svg", data, "image/svg+xml")}
        )
        assert answer.status_code == 303, answer.text[:200]
    for row in await fetch("SELECT public_id, name, content_type FROM event_file WHERE removed_at IS NULL"):
        shown = await client.get(f"{path}/{row['public_id']}")
        assert shown.headers["content-type"] == "image/webp"
        assert b"script" not in shown.content
        assert "sandbox" in shown.headers["content-security-policy"]
        assert row["name"].endswith(".webp")


def _acting(kind: str) -> bytes:
    made, out = writer("Invitation"), BytesIO()
    if kind == "script":
        action = {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
        made.root_object[NameObject("/OpenAction")] = made._add_object(DictionaryObject(action))
    elif kind == "carrier":
        made.add_attachment("a.exe", b"MZ" * 100)
    else:
        made.encrypt("secret")
    made.write(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["script", "carrier", "locked"])
async def test_a_document_that_acts_carries_or_is_locked_is_refused(
    client: httpx.AsyncClient, kind: str
) -> None:
    path, token = await _desk(client)
    answer = await client.post(
        path, data={csrf.FIELD: token}, files={"files": ("a.pdf", _acting(kind), "application/pdf")}
    )
    assert answer.status_code == 422
    assert 'id="f-files-error"' in answer.text
    assert await count("event_file") == 0


NAMES = (
    "..\\..\\windows\\a.pdf",
    "/etc/passwd",
    "a\u202efdp.exe",
    "x" * 900,
    "=cmd|' /C calc'!A0",
    '"><script>alert(1)</script>.pdf',
    "a%0d%0aSet-Cookie: x=1.pdf",
    ".pdf",
)


async def test_names_of_files_lead_nowhere(client: httpx.AsyncClient) -> None:
    path, token = await _desk(client)
    out = BytesIO()
    writer("Invitation").write(out)
    for sent in NAMES:
        await forget_limits()
        answer = await client.post(
            path, data={csrf.FIELD: token}, files={"files": (sent, out.getvalue(), "text/html")}
        )
        assert answer.status_code == 303, sent
    rows = await fetch("SELECT public_id, name, path FROM event_file ORDER BY id")
    assert len(rows) == len(NAMES)
    for row in rows:
        assert "/" not in row["name"]
        assert len(row["name"]) <= 100
        assert row["name"].endswith(".pdf")
        assert row["path"].startswith(("messages/", "events/"))
        answer = await client.get(f"{path}/{row['public_id']}")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert "x=1" not in answer.headers.get("set-cookie", "")
    page = await client.get(path)
    assert "<script>alert(1)" not in page.text
    assert "\u202e" not in page.text


def _part(name: str, filename: str | None, data: bytes, more: str = "") -> bytes:
    told = f'; filename="{filename}"' if filename is not None else ""
    return (
        f'--B\r\nContent-Disposition: form-data; name="{name}"{told}{more}\r\n\r\n'.encode() + data + b"\r\n"
    )


@pytest.mark.alone
async def test_a_body_that_is_a_bomb_is_refused_at_once(client: httpx.AsyncClient) -> None:
    path, token = await _desk(client)
    own = _part(csrf.FIELD, None, token.encode())
    bombs = {
        "5,000 files": own + _part("files", "a.pdf", b"%PDF-1.7") * 5000 + b"--B--\r\n",
        "100,000 fields": own + _part("x", None, b"1") * 100_000 + b"--B--\r\n",
        "a head of 10 MB": own + _part("files", "a.pdf", b"x", "\r\nX-A: " + "a" * 10_000_000) + b"--B--\r\n",
        "100,000 heads": own + _part("files", "a.pdf", b"x", "\r\nX-A: a" * 100_000) + b"--B--\r\n",
        "a name of 5 MB": own + _part("a" * 5_000_000, None, b"x") + b"--B--\r\n",
        "a field of 20 MB": own + _part("x", None, b"1" * 20_000_000) + b"--B--\r\n",
        "no end": own + _part("files", "a.pdf", b"%PDF-1.7"),
        "an end and 20 MB behind it": own + b"--B--\r\n" + b"x" * 20_000_000,
        "a part without a name": own + b"--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--\r\n",
        "NUL in a name": own + _part("files", "a\x00.pdf", b"%PDF-1.7\n%%EOF") + b"--B--\r\n",
        "parts of one byte": own + _part("files", "a.pdf", b"\r\n-" * 500_000) + b"--B--\r\n",
    }
    headers = {"content-type": "multipart/form-data; boundary=B"}
    for name, body in bombs.items():
        await forget_limits()
        began = time.perf_counter()
        answer = await client.post(path, content=body, headers=headers)
        took = time.perf_counter() - began
        assert answer.status_code in (400, 403, 413, 422), (name, answer.status_code)
        assert took < 4, (name, took)
    for boundary in ("", "x" * 5000, '"', "B; boundary=C", "\u2028"):
        kind = f"multipart/form-data; boundary={boundary}".encode()
        answer = await client.post(path, content=own, headers=[(b"content-type", kind)])
        assert answer.status_code in (400, 403, 413, 422), boundary
    assert await count("event_file") == 0


async def test_more_than_ten_documents_are_refused_and_none_of_them_stays(client: httpx.AsyncClient) -> None:
    path, token = await _desk(client)
    out = BytesIO()
    writer("Invitation").write(out)
    for number in range(2):
        files = [("files", (f"{number}-{n}.pdf", out.getvalue(), "application/pdf")) for n in range(5)]
        answer = await client.post(path, data={csrf.FIELD: token}, files=files)
        assert answer.status_code == 303
    answer = await client.post(
        path, data={csrf.FIELD: token}, files={"files": ("a.pdf", out.getvalue()), "picture": ("a.png", PNG)}
    )
    assert answer.status_code == 422
    assert 'id="f-files-error"' in answer.text
    assert await count("event_file") == 10
    ids = [row["public_id"] for row in await fetch("SELECT public_id FROM event_file")]
    sign_out(client)
    for public_id in ids[:2]:
        for address in (f"{path}/{public_id}", f"/en/events/x-{path.split('/')[4]}/files/{public_id}"):
            assert (await client.get(address)).status_code in (302, 303, 404), address


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=B"])
async def test_a_body_that_breaks_off_is_no_failure_of_ours(
    fresh_app: Litestar, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    sent: list[dict[str, Any]] = []
    messages = [
        {"type": "http.request", "body": b"--B\r\nname=No", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    # A form that is read before anything is asked: who has the link needs no cookie.
    path = "/en/survey/x"
    headers = [(b"host", b"kervan.test"), (b"content-type", kind.encode()), (b"content-length", b"5000")]
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "https",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("kervan.test", 443), "state": {},
    }  # fmt: skip
    await fresh_app(scope, receive, send)
    assert [one["status"] for one in sent if one["type"] == "http.response.start"] == [400]
    assert "request failed" not in caplog.text + capsys.readouterr().err
