"""E-mail addresses as people type them, and what their domain tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.trade import emails
from kervan.trade.errors import TradeError


@pytest.mark.parametrize(
    ("typed", "shown", "key"),
    [
        ("ayse@ornek.com.tr", "ayse@ornek.com.tr", "ayse@ornek.com.tr"),
        ("  Ayse.Yilmaz@ORNEK.com.tr\u00a0", "Ayse.Yilmaz@ornek.com.tr", "ayse.yilmaz@ornek.com.tr"),
        ("İnfo@ornek.com.tr", "info@ornek.com.tr", "info@ornek.com.tr"),
        ("ınfo@ornek.com.tr", "info@ornek.com.tr", "info@ornek.com.tr"),
        ("INFO@ÖRNEK.COM.TR", "info@örnek.com.tr", "info@xn--rnek-4qa.com.tr"),
        ("info@FI\u0307RMA.example", "info@firma.example", "info@firma.example"),
        ("info@FİRMA.example", "info@firma.example", "info@firma.example"),
        ("info@ısparta.com.tr", "info@ısparta.com.tr", "info@xn--sparta-o9a.com.tr"),
        ("info@xn--mller-kva.de", "info@müller.de", "info@xn--mller-kva.de"),
        ("info@mu\u0308ller.de", "info@müller.de", "info@xn--mller-kva.de"),
        ("o'neil+tr@ornek.ie", "o'neil+tr@ornek.ie", "o'neil+tr@ornek.ie"),
    ],
)
def test_an_address_has_one_form_to_show_and_one_to_compare(typed: str, shown: str, key: str) -> None:
    found = emails.address(typed)
    assert (found.shown, found.key) == (shown, key)
    assert found.domain == key.partition("@")[2]


def test_two_tags_are_two_addresses() -> None:
    assert emails.address("ayse+a@ornek.com").key != emails.address("ayse+b@ornek.com").key


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ayse",
        "ayse@",
        "@ornek.com",
        "ayse@ornek",
        "ayse@localhost",
        "ayse@ornek.local",
        "ayse@ornek.test",
        "ayse@[127.0.0.1]",
        "ayse@[IPv6:::1]",
        "ayse@127.0.0.1",
        '"ayse yilmaz"@ornek.com',
        "ayse yilmaz@ornek.com",
        "ayse@ornek.com, ali@ornek.com",
        "ayse@ornek.com;ali@ornek.com",
        "ayse@ornek.com ali@ornek.com",
        "Ayşe <ayse@ornek.com>",
        "<ayse@ornek.com>",
        "mailto:ayse@ornek.com",
        "ayse..y@ornek.com",
        ".ayse@ornek.com",
        "ayse.@ornek.com",
        "ayse@ornek..com",
        "ayse@-ornek.com",
        "ayse@or_nek.com",
        "şule@ornek.com",
        "аyse@ornek.com",
        "ayse(ev)@ornek.com",
    ],
)
def test_what_is_no_single_plain_address_is_refused(typed: str) -> None:
    with pytest.raises(TradeError):
        emails.address(typed)


@pytest.mark.parametrize(
    "between", ["\r\n", "\n", "\r", "\x00", "\t", "\x7f", "\u2028", "\u200b", "\u202e", "\ud800"]
)
@pytest.mark.parametrize(
    "typed", ["ay{}se@ornek.com", "ayse@or{}nek.com", "ayse@ornek.com{}Bcc: x", "ayse@ornek.com{}x"]
)
def test_a_control_character_never_reaches_a_mail_header(typed: str, between: str) -> None:
    with pytest.raises(TradeError):
        emails.address(typed.format(between))


def test_254_characters_are_the_longest_address() -> None:
    domain = ".".join(["d" * 61] * 3) + ".com"
    name = "a" * (254 - len(domain) - 1)
    assert len(emails.address(f"{name}@{domain}").shown) == 254
    with pytest.raises(TradeError, match="254"):
        emails.address(f"{name}a@{domain}")
    with pytest.raises(TradeError):
        emails.address("a" * 65 + "@ornek.com")


def test_the_sentence_does_not_repeat_the_address() -> None:
    with pytest.raises(TradeError) as caught:
        emails.address("ayse.yilmaz@localhost")
    assert "yilmaz" not in str(caught.value)


_NEARLY = st.text('aZİıi.+-_@ "<>,\r\n\u0307çß1[]:', max_size=30) | st.builds(
    "{}@{}".format, st.text(max_size=10), st.text(max_size=10).map(lambda label: f"{label}.com")
)


@given(_NEARLY)
def test_what_is_taken_is_one_line_and_taken_again_in_the_same_form(typed: str) -> None:
    try:
        found = emails.address(typed)
    except TradeError:
        return
    assert found.shown.isprintable()
    assert found.shown.count("@") == 1
    assert found.key.isascii()
    assert emails.address(found.shown) == found
    assert emails.address(found.key).key == found.key


def test_addresses_thrown_away_after_minutes_are_known_with_their_subdomains() -> None:
    assert emails.is_disposable("mailinator.com")
    assert emails.is_disposable("x.Mailinator.com")
    assert not emails.is_disposable("mailinator.com.ornek.de")
    assert not emails.is_disposable("gmail.com")
    assert not emails.is_disposable("ornek.com.tr")
    assert not emails.is_disposable("")


@pytest.mark.parametrize(
    "domain", ["gmail.com", "GMAIL.com", "hotmail.com.tr", "yahoo.co.jp", "yandex.com.tr", "qq.com", "web.de"]
)
def test_free_mail_is_known(domain: str) -> None:
    assert emails.is_free(domain)
    assert not emails.is_disposable(domain)


@pytest.mark.parametrize(
    "domain", ["ornek.com.tr", "gmail.com.ornek.de", "mygmail.com", "com.tr", "", "..", "xn--\x00"]
)
def test_a_firms_own_domain_is_not_free(domain: str) -> None:
    assert not emails.is_free(domain)


@pytest.mark.parametrize(
    ("domain", "website"),
    [
        ("ornek.com.tr", "https://www.ornek.com.tr/en?x=1"),
        ("mail.ornek.com.tr", "ornek.com.tr"),
        ("ornek.de", "http://shop.ornek.de:8080/a/b"),
        ("xn--mller-kva.de", "https://müller.de"),
        ("müller.de", "https://www.xn--mller-kva.de#top"),
        ("ORNEK.COM.TR", "HTTPS://ornek.com.tr."),
    ],
)
def test_mail_and_website_of_one_owner_are_one_company(domain: str, website: str) -> None:
    assert emails.same_company(domain, website)


@pytest.mark.parametrize(
    ("domain", "website"),
    [
        ("ornek.com.tr", "https://baska.com.tr"),
        ("com.tr", "https://com.tr"),
        ("ornek.com", "https://ornek.com.tr"),
        ("ornek.com", "https://evil.com/ornek.com"),
        ("ornek.com", "https://ornek.com@evil.com"),
        ("gmail.com", "https://gmail.com"),
        ("mailinator.com", "https://www.mailinator.com"),
        ("a.github.io", "https://b.github.io"),
        ("", ""),
        ("ornek.com", ""),
    ],
)
def test_other_owners_are_not(domain: str, website: str) -> None:
    assert not emails.same_company(domain, website)
