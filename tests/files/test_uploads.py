"""Files come in by forms with limits, and go out so that they cannot act."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, Response, get, post
from pictures import photo

from kervan.errors import KervanError
from kervan.files import answers, routes, store, uploads
from kervan.files.images import three_sizes
from kervan.trade.errors import TradeError


def refused(_request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    return Response(str(error), status_code=error.status_code if isinstance(error, KervanError) else 422)


@post("/one")
async def one(request: Request[Any, Any, Any]) -> dict[str, object]:
    found = await uploads.one(request, "file", 2_000_000)
    return {"name": found.name, "size": len(found.data)}


@post("/two")
async def two(request: Request[Any, Any, Any]) -> list[str]:
    return [found.name for found in await uploads.several(request, "file", 2, 1000)]


@post("/import", request_max_body_size=51 * 1024 * 1024)
async def wide(request: Request[Any, Any, Any]) -> int:
    return len((await uploads.one(request, "file", 50 * 1024 * 1024)).data)


@get("/document", sync_to_thread=False)
def document() -> Response[bytes]:
    return answers.download(b"%PDF", 'Fatura "Ağ" 100%.pdf', "application/pdf")


@pytest.fixture
async def client(root: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(
        [one, two, wide, document, *routes.ROUTES],
        exception_handlers={KervanError: refused, TradeError: refused},
        request_max_body_size=12_000_000,
        openapi_config=None,
    )
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kervan.test") as found:
        yield found


async def test_a_chosen_file_comes_with_its_name_and_bytes(client: httpx.AsyncClient) -> None:
    answer = await client.post("/one", files={"file": ("Fiyat listesi.csv", b"x" * 1_999_999)})
    assert answer.json() == {"name": "Fiyat listesi.csv", "size": 1_999_999}


async def test_several_files_keep_their_order(client: httpx.AsyncClient) -> None:
    sent = [("file", ("b.png", b"1")), ("other", ("x.png", b"2")), ("file", ("a.png", b"3"))]
    assert (await client.post("/two", files=sent)).json() == ["b.png", "a.png"]


NO_FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--x--\r\n'
TEXT = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nhello\r\n--x--\r\n'
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (NO_FILE, MULTIPART),
        (TEXT, MULTIPART),
        (b"--x--\r\n", MULTIPART),
        (b"file=hello", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"", {}),
    ],
)
async def test_a_form_without_a_file_asks_for_one(
    client: httpx.AsyncClient, body: bytes, headers: dict[str, str]
) -> None:
    answer = await client.post("/one", content=body, headers=headers)
    assert (answer.status_code, answer.text) == (422, "Choose a file first.")


async def test_empty_large_and_too_many_files_are_refused_each_by_its_sentence(
    client: httpx.AsyncClient,
) -> None:
    empty = await client.post("/one", files={"file": ("a.png", b"")})
    large = await client.post("/one", files={"file": ("a.png", b"x" * 2_000_001)})
    many = await client.post("/two", files=[("file", (f"{n}.png", b"x")) for n in range(3)])
    twice = await client.post("/one", files=[("file", (f"{n}.png", b"x")) for n in range(2)])
    assert [empty.text, large.text, many.text, twice.text] == [
        "This file is empty. Choose another one.",
        "This file is larger than 1 MB. Send a smaller one.",
        "These are too many files. The most at once: 2.",
        "These are too many files. The most at once: 1.",
    ]


@pytest.mark.parametrize(
    "field",
    [
        b'Content-Disposition: form-data; name="note"\r\n\r\n\xff\xfe\xfa',
        b'Content-Disposition: form-data; name="note"\r\nContent-Type: text/plain; charset=klingon\r\n\r\nx',
    ],
)
async def test_a_form_in_no_charset_is_refused(client: httpx.AsyncClient, field: bytes) -> None:
    answer = await client.post("/one", content=b"--x\r\n" + field + b"\r\n--x--\r\n", headers=MULTIPART)
    assert answer.status_code == 422


async def test_only_the_route_of_imports_takes_fifty_megabytes(client: httpx.AsyncClient) -> None:
    sent = {"file": ("inventory.csv", b"x" * (50 * 1024 * 1024))}
    assert (await client.post("/import", files=sent)).text == str(50 * 1024 * 1024)
    assert (await client.post("/one", files=sent)).status_code == 413
    more = {"file": ("inventory.csv", b"x" * (50 * 1024 * 1024 + 1))}
    assert (
        await client.post("/import", files=more)
    ).text == "This file is larger than 50 MB. Send a smaller one."


async def test_a_photo_has_a_public_address_that_may_be_kept_for_ever(client: httpx.AsyncClient) -> None:
    data = (await three_sizes(photo(500, 300))).medium.data
    path = await store.put("photos", data, "webp")
    answer = await client.get(routes.address(path))
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.fixture
def secrets(root: Path) -> Iterator[Path]:
    """A document beside the photos, and a file above the root."""
    (root.parent / "secret.webp").write_bytes(b"secret")
    return root


async def test_no_other_file_has_a_public_address(client: httpx.AsyncClient, secrets: Path) -> None:
    document = await store.put("documents", b"secret", "webp")
    wrong_kind = await store.put("photos", b"secret", "pdf")
    for path in (
        "/photos/" + document.removeprefix("documents/"),
        "/photos/../" + document,
        "/photos/%2e%2e/" + document,
        "/photos/..%2f" + document.replace("/", "%2f"),
        "/photos//" + document,
        "/" + document,
        "/" + wrong_kind,
        "/photos/../../secret.webp",
        "/photos/%2e%2e/%2e%2e/secret.webp",
        "/photos/",
        "/photos/ab/ab" + "c" * 24 + ".webp",
        "/photos/ab/ab" + "c" * 24 + ".webp%00",
    ):
        answer = await client.get(path)
        assert answer.status_code == 404, path
        assert b"secret" not in answer.content, path


async def test_a_document_is_only_ever_a_download_that_cannot_act(client: httpx.AsyncClient) -> None:
    answer = await client.get("/document")
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Fatura _A__ 100_.pdf\"; filename*=UTF-8''Fatura%20%22A%C4%9F%22%20100%25.pdf"
    )
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/pdf"


async def test_a_name_cannot_add_a_header() -> None:
    headers = answers.download(b"", 'a"\r\nSet-Cookie: x=1; \ud800.pdf', "application/pdf").headers
    shown = headers["Content-Disposition"]
    assert "\r" not in shown
    assert "\n" not in shown
    assert shown.count('"') == 2
    shown.encode("latin-1")
