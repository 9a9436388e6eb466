"""Telephone numbers that can be dialled and websites that can be linked to."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.trade.errors import TradeError
from kervan.trade.phones import phone
from kervan.trade.websites import website


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("0532 123 45 67", "TR", "+905321234567"),
        ("+90 (0) 532 123 45 67", "TR", "+905321234567"),
        ("00905321234567", "TR", "+905321234567"),
        ("(0212) 555 01 01", "TR", "+902125550101"),
        ("٠٥٣٢ ١٢٣ ٤٥ ٦٧", "TR", "+905321234567"),
        ("＋90 532 123 45 67", "DE", "+905321234567"),
        ("+49 30 123456", "TR", "+4930123456"),
        ("030 123456", "DE", "+4930123456"),
        ("212 555 0123", "US", "+12125550123"),
        ("+383 44 123 456", "XK", "+38344123456"),
        ("06 1234 5678", "IT", "+390612345678"),
    ],
)
def test_a_number_is_kept_in_the_form_that_dials_from_everywhere(
    typed: str, country: str, number: str
) -> None:
    assert phone(typed, country) == number
    assert phone(number, country) == number


@pytest.mark.parametrize(
    "typed",
    ["", "123", "+90 532 123 45 6", "0800 FLOWERS", "0532 123 45 67 ext 4", "call 0532 123 45 67", "+999 123 456 789",
     "1" * 41, "0532-123-45-67;ext=3", "+", "\x00"],
)  # fmt: skip
def test_what_cannot_be_dialled_is_refused(typed: str) -> None:
    with pytest.raises(TradeError):
        phone(typed)


def test_more_digits_than_the_world_dials_are_refused_though_germany_has_them() -> None:
    with pytest.raises(TradeError):
        phone("30000000000000", "DE")


def test_without_a_country_that_has_a_plan_the_number_must_begin_with_plus() -> None:
    with pytest.raises(TradeError, match="Begin"):
        phone("532 123 45 67", "AQ")


@given(
    st.text(max_size=45) | st.text("0123456789+() -/", max_size=20), st.sampled_from(["TR", "DE", "US", "ZZ"])
)
def test_every_text_is_a_number_or_refused_without_repeating_it(typed: str, country: str) -> None:
    try:
        number = phone(typed, country)
    except TradeError as refusal:
        assert len(typed) < 6 or typed not in str(refusal)
    else:
        assert re.fullmatch(r"\+[0-9]{7,15}", number)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("ornek.com.tr", "https://ornek.com.tr"),
        (" www.Ornek.com.tr/ ", "https://www.ornek.com.tr"),
        ("//ornek.com/a", "https://ornek.com/a"),
        ("HTTP://ORNEK.COM/Katalog?id=1#top", "http://ornek.com/Katalog?id=1"),
        ("https://FİRMA.com.tr", "https://firma.com.tr"),
        ("https://xn--mller-kva.de/über-uns", "https://müller.de/über-uns"),
        ("müller.de", "https://müller.de"),
        ("ornek.com:443", "https://ornek.com"),
        ("ornek.com:8443/x", "https://ornek.com:8443/x"),
        ("ornek.com.", "https://ornek.com"),
        ("ornek。com。", "https://ornek.com"),
        ("ornek.example", "https://ornek.example"),
    ],
)
def test_a_website_is_kept_in_one_readable_form(typed: str, address: str) -> None:
    assert website(typed) == address
    assert website(address) == address


@pytest.mark.parametrize(
    "typed",
    ["", "ornek", "localhost", "https://localhost:8000", "http://127.0.0.1", "http://2130706433/", "http://0x7f.1",
     "http://[::1]/", "http://[::1", "https://a:b@ornek.com", "https://ornek.com@evil.com", "javascript:alert(1)",
     "JavaScript:alert(1)", "data:text/html,x", "ftp://ornek.com", "mailto:a@ornek.com", "https://", "https:///x",
     "https://intern.local", "https://x.internal", "https://ornek.com/a b", "https://ornek.com/\r\nx",
     'https://ornek.com/"onclick', "https://ornek.com\\@evil.com", "https://ornek.com:99999", "https://com.tr",
     "https://-a.com", "https://a..com", "https://ornek.com/" + "x" * 200, "https://１２７.0.0.1", "https://①.②.③.④",
     "https://ornek.com\u202e", "127.0.0.1。", "http://1.0x7f", "https://ornek.com..", "https://ornek.c0m"],
)  # fmt: skip
def test_what_is_not_safe_to_link_to_is_refused(typed: str) -> None:
    with pytest.raises(TradeError):
        website(typed)


_PARTS = st.sampled_from(
    ["http", "https", "javascript", ":", "//", "/", "@", "ornek.com", "127.0.0.1", "İ", "ß", "xn--", "?", "#", "..",
     "\\", " ", ":80", "[", "]", "。", "％", "%0d", "www."]
)  # fmt: skip


@given(st.text(max_size=60) | st.lists(_PARTS, max_size=8).map("".join))
def test_every_text_is_a_web_address_or_refused(typed: str) -> None:
    try:
        found = website(typed)
    except TradeError:
        return
    parts = urlsplit(found)
    assert parts.scheme in ("http", "https")
    assert "@" not in parts.netloc
    assert "." in (parts.hostname or "")
    assert found.isprintable()
    assert len(found) <= 200
    assert website(found) == found
