"""Bodies that are made to hurt: too many fields, too much text, marks without end, codecs that take hours."""

import time
import unicodedata

import httpx
import litestar._parsers
import pytest
from litestar import Litestar
from people import make_person, post_form, sign_in, token_of

from kervan.web import csrf
from kervan.web.forms import _clean

FORM = "/en/forgotten"


@pytest.fixture
async def visitor(client: httpx.AsyncClient) -> tuple[httpx.AsyncClient, str]:
    """A visitor with the token of a form."""
    return client, await token_of(client, FORM)


@pytest.mark.alone
async def test_a_form_of_a_million_fields_is_refused_at_once(visitor: tuple[httpx.AsyncClient, str]) -> None:
    client, token = visitor
    began = time.perf_counter()
    answer = await client.post(
        FORM,
        content=f"{csrf.FIELD}={token}&".encode() + b"a=&" * 600_000,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert (answer.status_code, "This form has too many fields." in answer.text) == (422, True)
    assert time.perf_counter() - began < 1.5, "it was counted, not read"


async def test_a_form_of_more_than_two_megabytes_of_text_is_refused(
    visitor: tuple[httpx.AsyncClient, str],
) -> None:
    client, token = visitor
    answer = await client.post(FORM, data={csrf.FIELD: token, "email": "x" * 2_000_001})
    assert (answer.status_code, "This is too much text for one form." in answer.text) == (422, True)


async def test_no_body_with_a_password_is_kept_in_memory(client: httpx.AsyncClient) -> None:
    """Litestar's parser keeps the last 1,024 bodies: passwords in clear, and as many megabytes as an attacker wants."""
    before = litestar._parsers.parse_url_encoded_form_data.cache_info()
    await post_form(client, "/en/sign-in", {"email": "a@example.com", "password": "yedi mavi kiremit 88"})
    assert litestar._parsers.parse_url_encoded_form_data.cache_info() == before


@pytest.mark.alone
async def test_a_field_in_a_codec_that_takes_hours_is_read_as_text(client: httpx.AsyncClient) -> None:
    """Punycode is decoded by moving everything behind each letter: of a megabyte that is ten minutes."""
    await sign_in(client, await make_person())
    token = await token_of(client, "/en/account")
    slow = b"a" * 700_000 + b"-" + b"aa" * 500_000
    parts = (
        b"--x\r\nContent-Disposition: form-data; name=" + name + b"\r\n" + kind + b"\r\n" + value + b"\r\n"
        for name, kind, value in (
            (b'"_token"', b"", token.encode()),
            (b'"name"', b"Content-Type: text/plain; charset=punycode\r\n", slow),
        )
    )
    began = time.perf_counter()
    answer = await client.post(
        "/en/account",
        content=b"".join(parts) + b"--x--\r\n",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert (answer.status_code, "At most 120 characters" in answer.text) == (422, True)
    assert time.perf_counter() - began < 3


async def test_files_of_visitors_are_not_even_read(visitor: tuple[httpx.AsyncClient, str]) -> None:
    client, token = visitor
    files = {"file": ("list.csv", b"x" * 3_000_000)}
    answer = await client.post(FORM, data={csrf.FIELD: token}, files=files)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"--x\r\nContent-Dis", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"anything", "multipart/form-data"),
        (b"anything", f"multipart/form-data; boundary={'x' * 5000}"),
        (b"", "multipart/form-data; boundary=x"),
    ],
)
async def test_a_broken_form_is_refused_and_breaks_nothing(
    client: httpx.AsyncClient, fresh_app: Litestar, content: bytes, kind: str
) -> None:
    await sign_in(client, await make_person())
    answer = await client.post("/en/account", content=content, headers={"content-type": kind})
    assert (answer.status_code, "Please check what you entered" in answer.text) == (422, True)


@pytest.mark.alone
def test_ten_thousand_marks_on_one_letter_are_thirty() -> None:
    """Each more would have to be sorted among all the others: twenty thousand stop the process for two seconds."""
    began = time.perf_counter()
    cleaned = _clean("a" + "\u0301\u0316" * 10_000)
    assert time.perf_counter() - began < 0.5
    assert len(unicodedata.normalize("NFD", cleaned)) == 31
    assert _clean("I\u0307stanbul şğ") == unicodedata.normalize("NFC", "İstanbul şğ")


def test_signs_that_turn_the_reading_order_are_taken_out() -> None:
    assert _clean("Ayşe\u202egnp.exe\u2066x\u2069") == "Ayşegnp.exex"
    assert _clean("می\u200cخواهم") == "می\u200cخواهم", "Persian needs its joiners"
