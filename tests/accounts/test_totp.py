"""The second factor: RFC 6238's own values, one use per code, and the codes on paper."""

import base64
import datetime as dt
import re
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from kervan.accounts import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""The secret of RFC 6238, appendix B."""


def at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_values_of_the_standard_match(seconds: int, code: str) -> None:
    """The appendix prints 8 digits; the last 6 are what 6 digits give."""
    assert totp.matching_step(SECRET, code, None, at(seconds)) == seconds // 30


@pytest.mark.parametrize(
    ("drift", "matches"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_half_a_minute_off(drift: int, matches: bool) -> None:
    step = totp.matching_step(SECRET, "005924", None, at(1234567890 + drift))
    assert (step == 1234567890 // 30) is matches


def test_a_code_works_once_and_never_an_earlier_one_after_it() -> None:
    now = at(1234567890)
    step = totp.matching_step(SECRET, "005924", None, now)
    assert step is not None
    assert totp.matching_step(SECRET, "005924", step, now) is None
    assert totp.matching_step(SECRET, "005924", step + 1, now) is None
    assert totp.matching_step(SECRET, "005924", step - 1, now) == step


@pytest.mark.parametrize("code", ["005 924", " 005924 ", "００５９２４", "٠٠٥٩٢٤"])
def test_digits_of_every_script_and_spaces_are_taken(code: str) -> None:
    assert totp.matching_step(SECRET, code, None, at(1234567890)) is not None


@pytest.mark.parametrize(
    "code", ["", "5924", "0005924", "005925", "OO5924", "²²²²²²", "0" * 1000000, "\ud800"]
)
def test_anything_else_is_no_code(code: str) -> None:
    assert totp.matching_step(SECRET, code, None, at(1234567890)) is None


def test_a_new_secret_has_160_bits_and_is_new() -> None:
    secrets = {totp.new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


def test_the_address_in_the_picture_names_the_site_and_the_person() -> None:
    parts = urlsplit(totp.uri(SECRET, "ayse+x@ornek.example"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/Kervan:ayse%2Bx%40ornek.example"
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["Kervan"]}


def test_the_picture_is_black_on_white_with_a_title_and_without_styles() -> None:
    svg = totp.qr_svg(totp.uri(SECRET, "ayse@ornek.example"), title='Kare kod <"&')
    root = ElementTree.fromstring(svg)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.get("viewBox")
    assert [child.text for child in root.iter("title")] == ['Kare kod <"&']
    assert all(child.get("style") is None for child in root.iter())
    assert [child.get("fill") or child.get("stroke") for child in root.iter("path")] == ["#fff", "#000"]
    assert "<style" not in svg
    assert svg.__html__() == svg


def test_recovery_codes_are_ten_different_ones_that_can_be_read_from_paper() -> None:
    codes = totp.recovery_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"(?:[0-9a-hjkmnp-tv-z]{4}-){2}[0-9a-hjkmnp-tv-z]{4}", code) for code in codes)
    assert not set(codes) & set(totp.recovery_codes())


@pytest.mark.parametrize(
    "typed",
    [
        "ab10-cd11-ef00",
        "AB10-CD11-EF00",
        "ab10cd11ef00",
        " ab10 cd11 ef00 ",
        "ablo-cdil-efoo",
        "ABIO-CDİL-EFOO",
        "ab10‑cdı1‑ef00",
    ],
)
def test_a_recovery_code_is_found_however_it_was_typed(typed: str) -> None:
    assert totp.code_hash(typed) == totp.code_hash("ab10-cd11-ef00")


def test_other_recovery_codes_have_other_hashes() -> None:
    hashes = {totp.code_hash(code) for code in totp.recovery_codes()}
    assert len(hashes) == 10
    assert {len(found) for found in hashes} == {32}
