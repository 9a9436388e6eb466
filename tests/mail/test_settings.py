"""Where mails are handed in: understood at the start, or refused in a sentence that holds no password."""

from pathlib import Path

import pytest

from kervan.errors import SettingsError
from kervan.settings import load, smtp_server

PRODUCTION = {
    "KERVAN_ENV": "production",
    "DATABASE_URL": "postgresql://nowhere/kervan",
    "KERVAN_SEARCH": "embedded",
    "KERVAN_SECRET": "x" * 32,
    "KERVAN_URL": "https://kervan.example",
}


@pytest.mark.parametrize(
    ("url", "port", "tls", "starttls"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp://mail.example:1025", 1025, False, False),
        ("smtp://mail.example?starttls", 587, False, True),
        ("smtps://mail.example/", 465, True, False),
    ],
)
def test_a_server_is_named_by_one_address(url: str, port: int, tls: bool, starttls: bool) -> None:
    server = smtp_server(url)
    assert (server.host, server.port, server.tls, server.starttls) == ("mail.example", port, tls, starttls)
    assert (server.user, server.password) == (None, None)


def test_user_and_password_may_hold_any_sign() -> None:
    server = smtp_server("smtps://post%40kervan.example:p%3A%2Fss@mail.example")
    assert (server.user, server.password) == ("post@kervan.example", "p:/ss")


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:25",
        "http://mail.example",
        "smtp://",
        "smtp://user@mail.example",
        "smtp://mail.example:port",
        "smtp://[mail",
        "smtp://mail.example/inbox",
        "smtp://mail.example?tls=no",
        "smtps://mail.example?starttls",
        "smtp://user:hush@mail.example:99999",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="SMTP_URL must look like") as refused:
        load({"SMTP_URL": url})
    assert "hush" not in str(refused.value)


def test_the_address_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "smtp").write_text("smtps://user:hush@mail.example\n")
    assert load({"SMTP_URL_FILE": str(tmp_path / "smtp")}).smtp_url == "smtps://user:hush@mail.example"


def test_production_needs_a_server_and_hides_the_password_on_the_way_to_it() -> None:
    with pytest.raises(SettingsError, match="SMTP_URL"):
        load(PRODUCTION)
    with pytest.raises(SettingsError, match="starttls"):
        load({**PRODUCTION, "SMTP_URL": "smtp://user:hush@mail.example"})
    assert (
        load({**PRODUCTION, "SMTP_URL": "smtp://mail.example"}).mail_from
        == "Kervan <no-reply@kervan.example>"
    )
    assert load({**PRODUCTION, "SMTP_URL": "smtp://user:hush@mail.example?starttls"}).smtp_url


def test_the_sender_is_given_or_follows_from_the_address_of_the_site() -> None:
    assert load({}).mail_from == "Kervan <no-reply@kervan.localhost>"
    assert load({"KERVAN_MAIL_FROM": "İhracat <post@gov.example>"}).mail_from == "İhracat <post@gov.example>"


@pytest.mark.parametrize(
    "sender",
    [
        "Kervan",
        "a@b.example, c@d.example",
        "Kervan <post@>",
        "Kervan <post@b.example>\nBcc: x",
        "ö@b.example",
    ],
)
def test_a_sender_that_is_none_is_refused(sender: str) -> None:
    with pytest.raises(SettingsError, match="KERVAN_MAIL_FROM"):
        load({"KERVAN_MAIL_FROM": sender})
