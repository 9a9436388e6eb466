"""Files that are sent by the pages of the platform: each is refused with a sentence, or kept so that it cannot act."""

import httpx
import pytest
from people import make_person, sign_in
from pictures import photo
from registering import PDF, TCKN, begin, upload

from kervan.db import fetch, fetchval
from kervan.files.documents import safe_name

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(document.cookie)</script></svg>'
)
HTML = b"<!doctype html><script>alert(1)</script>"
WRONG_KIND = "We do not take this kind of file here. Send PDF, JPEG or PNG."
BROKEN = "We cannot read this PDF. Print it to a new PDF, then send that."


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (SVG, "logo.svg", WRONG_KIND),
        (SVG, "logo.png", WRONG_KIND),
        (HTML, "levha.pdf", WRONG_KIND),
        (HTML + PDF, "levha.pdf", BROKEN),
        (PDF + b"PK\x03\x04" + b"x" * 4000, "levha.pdf", BROKEN),
        (b"GIF89a" + HTML, "levha.gif", WRONG_KIND),
        (b"MZ" + b"\0" * 500, "levha.pdf.exe", WRONG_KIND),
        (b"#!/bin/sh\nrm -rf /\n", "levha.pdf", WRONG_KIND),
    ],
    ids=[
        "svg",
        "svg called png",
        "html called pdf",
        "html and pdf",
        "pdf and zip",
        "gif and html",
        "exe",
        "script",
    ],
)
async def test_a_paper_that_is_something_else_is_refused_with_a_sentence(
    client: httpx.AsyncClient, data: bytes, name: str, sentence: str
) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    answer = await upload(client, org, "TAX_PLATE", data, name)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await fetchval("SELECT count(*) FROM exporter_document") == 0


async def test_a_picture_that_is_a_page_as_well_is_kept_as_a_picture_only(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    answer = await upload(client, org, "TAX_PLATE", photo(60, 40) + HTML + SVG, "levha.jpg")
    assert answer.status_code == 303
    paper = await fetchval("SELECT public_id FROM exporter_document")
    kept = await client.get(f"/en/desk/{org}/documents/{paper}")
    assert b"script" not in kept.content
    assert kept.headers["content-disposition"].startswith("attachment; ")
    assert kept.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert kept.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\system32\\levha.pdf", "levha.pdf"),
        ("levha\r\nContent-Type: text/html.pdf", "levha Content-Type text html.pdf"),
        ("C:\\vergi\\levha.pdf", "levha.pdf"),
        ("levha\u202efdp.exe", "levhafdp.exe.pdf"),
        (f"{TCKN}_vergi_levhası.pdf", "xxxxxxxxxxx_vergi_levhası.pdf"),
    ],
)
async def test_a_path_in_a_name_is_only_a_name(client: httpx.AsyncClient, sent: str, kept: str) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    answer = await upload(client, org, "TAX_PLATE", PDF, sent)
    assert answer.status_code == 303
    [row] = await fetch("SELECT name, path FROM exporter_document")
    assert row["path"].startswith("documents/")
    assert row["path"].count("/") == 2
    assert TCKN not in row["name"]
    # What a browser makes of a line break in a name differs; nothing of it is ever a path or a second header.
    assert row["name"] == kept or ("\r" in sent and "\n" not in row["name"] and "/" not in row["name"])
    page = await client.get(f"/en/desk/{org}/registration/documents")
    assert row["name"].partition("_")[0] in page.text


def test_eleven_digits_that_are_no_identity_number_stay_in_a_name() -> None:
    assert safe_name("12345678901 taranan.pdf", "pdf") == "12345678901 taranan.pdf"
    assert safe_name(f"a{TCKN}b {TCKN}9.pdf", "pdf") == f"axxxxxxxxxxxb {TCKN}9.pdf"
