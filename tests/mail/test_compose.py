"""One source becomes a subject, a plain text and an HTML part that say the same."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import msgspec
import pytest
from justhtml import JustHTML
from mailing import CONTEXT

from kervan.errors import Invalid
from kervan.mail.compose import Composed, compose, message, one_line
from kervan.mail.letters import LETTERS
from kervan.resources import templates_dir
from kervan.trade.errors import TradeError
from kervan.web.templates import Templates

STOP = "https://kervan.example/unsubscribe/abc.alerts.signature"
EVERY = [(name, language) for name in LETTERS for language in ("en", "tr")]


def context(mail: str, /, **more: Any) -> dict[str, Any]:
    """Just what the mail says it needs, after the way through JSON that every context takes."""
    given = {key: CONTEXT[key] for key in LETTERS[mail]} | more
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(given))
    return found


def links(html: str) -> set[str]:
    return {unescape(found) for found in re.findall(r'href="([^"]+)"', html)}


def test_every_template_is_a_known_mail() -> None:
    files = {path.stem for path in (templates_dir() / "mail").glob("[a-z]*.html")}
    assert files == set(LETTERS)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_text_and_html_hold_the_same_links(templates: Templates, name: str, language: str) -> None:
    mail = compose(templates, language, name, context(name), STOP)
    found = links(mail.html)
    assert found == set(re.findall(r"https://\S+", mail.text))
    # The room of a meeting, and that of an online event, are where those who hold it say.
    found -= {STOP, CONTEXT["room"], CONTEXT["online"]}
    assert all(link.startswith(f"https://kervan.example/{language}") for link in found)
    if "token" in LETTERS[name]:
        assert any(link.endswith(f"/{CONTEXT['token']}") for link in found)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_mail_is_whole(templates: Templates, name: str, language: str) -> None:
    mail = compose(templates, language, name, context(name, name=CONTEXT["name"]))
    assert mail.subject
    assert mail.text.startswith(mail.subject), mail.text
    assert mail.html.startswith("<!DOCTYPE html>")
    assert f'<html lang="{language}" dir="ltr">' in mail.html
    assert CONTEXT["name"] in mail.text
    assert "Ayşe &lt;Işık&gt; &amp; Kızı" in mail.html
    assert "<Işık>" not in mail.html
    assert not re.search(r"[{}]|&(amp|lt|#)", mail.text), mail.text
    assert "None" not in mail.text
    assert len(mail.html) < 20_000, "Gmail cuts mails at 102 kB"
    page = JustHTML(mail.html, strict=True)
    assert page.query("h1")


@pytest.mark.parametrize(
    "name", ["second_factor_changed", "claim_decided", "membership_changed", "post_handed_over"]
)
def test_the_other_outcome_reads_otherwise(templates: Templates, name: str) -> None:
    other = {"on": False, "accepted": True, "role": None, "received": False}
    changed = {key: value for key, value in other.items() if key in LETTERS[name]}
    first = compose(templates, "en", name, context(name))
    second = compose(templates, "en", name, context(name, **changed))
    assert first.subject != second.subject
    assert first.text != second.text


def test_dates_are_written_as_the_language_does(templates: Templates) -> None:
    english = compose(templates, "en", "exporter_verified", context("exporter_verified")).text
    turkish = compose(templates, "tr", "exporter_verified", context("exporter_verified")).text
    assert "4 Mar 2027" in english
    assert "4 Mar 2027" in turkish
    assert "4 Mar 2026, 05:06 UTC" in compose(templates, "en", "new_sign_in", context("new_sign_in")).text


def test_a_reason_keeps_its_lines(templates: Templates) -> None:
    text = compose(templates, "en", "exporter_needs_info", context("exporter_needs_info")).text
    assert "> The tax plate is from 2019.\n> Please send this year's.\n" in text


def test_a_page_to_go_on_with_replaces_the_sign_in_page(templates: Templates) -> None:
    given = context("exporter_expired", go="/desk/verification")
    assert (
        "https://kervan.example/en/desk/verification"
        in compose(templates, "en", "exporter_expired", given).text
    )


def test_only_a_mail_that_was_agreed_to_says_how_to_stop_it(templates: Templates) -> None:
    needed = compose(templates, "en", "importer_welcome", context("importer_welcome"))
    agreed = compose(templates, "en", "importer_welcome", context("importer_welcome"), STOP)
    assert "unsubscribe" not in needed.text + needed.html
    assert STOP in agreed.text
    assert STOP in agreed.html


def test_a_name_that_is_no_mail_is_a_key_error(templates: Templates) -> None:
    with pytest.raises(KeyError):
        compose(templates, "en", "../base", {})


def written(to: str = "ayse@example.com", subject: str = "Merhaba İzmir", stop: str | None = None) -> Any:
    return message(
        Composed(subject, "Işık\n", "<p>Işık</p>"),
        sender="Kervan Dış Ticaret <post@kervan.example>",
        to=to,
        message_id="<0123456789ab@kervan.example>",
        at=datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
        language="tr",
        stop=stop,
    )


def test_a_mail_has_the_headers_that_servers_and_machines_want() -> None:
    mail = written()
    assert mail["Date"] == "Wed, 04 Mar 2026 05:06:00 +0000"
    assert mail["Message-ID"] == "<0123456789ab@kervan.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "tr"
    assert mail["List-Unsubscribe"] is None
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    raw = mail.as_bytes()
    assert raw.isascii(), "an old server takes it as well"
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_a_mail_that_was_agreed_to_can_be_stopped_by_one_click() -> None:
    mail = written(stop=STOP)
    assert mail["List-Unsubscribe"] == f"<{STOP}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("sign", ["\r\nBcc: all@example.com", "\n", "\r", "\x00", "\u2028", "\x85", "\ud800"])
def test_no_header_can_be_broken_out_of(sign: str) -> None:
    with pytest.raises((Invalid, TradeError)):
        written(to=f"ayse{sign}@example.com")
    with pytest.raises(Invalid):
        written(subject=f"Hello{sign}")
    with pytest.raises(Invalid):
        one_line(f"Kervan{sign}")


def test_a_name_of_ten_thousand_signs_makes_no_endless_subject(templates: Templates) -> None:
    mail = compose(templates, "en", "invitation", context("invitation", organisation="x" * 10_000))
    assert len(mail.subject) == 200


def test_a_new_password_says_which_keys_stopped_or_still_work(templates: Templates) -> None:
    plain = compose(templates, "en", "password_changed", context("password_changed")).text
    assert "API" not in plain
    for key, words in (("ended", "have stopped as well: "), ("living", "still work: ")):
        said = compose(templates, "en", "password_changed", {key: ["ERP (Pamukova)", "Shop"]})
        for part in (said.text, unescape(re.sub("<[^>]+>", "", said.html))):
            assert f"{words}ERP (Pamukova) and Shop." in " ".join(part.split())
    nothing = compose(templates, "en", "password_changed", {"ended": [], "living": []})
    assert nothing.text == plain


def test_a_deal_that_a_post_took_says_so_and_an_order_does_not(templates: Templates) -> None:
    deal = context("quote_accepted", order=False)
    why = "A post decides for the buyer"
    assert why in compose(templates, "en", "quote_accepted", {**deal, "by_post": True}).text
    assert why not in compose(templates, "en", "quote_accepted", deal).text
    del deal["by_post"]  # a mail that an earlier release has queued
    assert why not in compose(templates, "en", "quote_accepted", deal).text
