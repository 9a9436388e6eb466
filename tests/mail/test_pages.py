"""/dev/mail shows what a machine without a mail server would have sent, and nothing in it can do harm."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from html import unescape

import httpx
import msgspec
import pytest
from litestar import Litestar
from mailing import CONTEXT

from kervan.app import create_app
from kervan.mail import pages
from kervan.mail.compose import compose, message
from kervan.mail.delivery import keep
from kervan.settings import Settings
from kervan.web.templates import Templates


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(settings, with_worker=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://kervan.test") as found:
        yield found


def letter(templates: Templates, to: str, public_id: str) -> EmailMessage:
    composed = compose(templates, "en", "confirm_email", {"token": CONTEXT["token"], "name": "<b>Ayşe</b>"})
    made = message(
        composed,
        sender="Kervan <post@kervan.example>",
        to=to,
        message_id=f"<{public_id}@kervan.example>",
        at=datetime.now(UTC),
        language="en",
    )
    made["X-Kervan-Mail"] = "confirm_email"
    return made


@pytest.fixture
def names(settings: Settings, templates: Templates) -> list[str]:
    """Two mails in the box, the newer one first."""
    keep(settings.data / "mail", letter(templates, "can@example.com", "aaaaaaaaaaaa"))
    keep(settings.data / "mail", letter(templates, "ayse@example.com", "bbbbbbbbbbbb"))
    return sorted((path.stem for path in (settings.data / "mail").iterdir()), reverse=True)


async def test_an_empty_box_says_so(client: httpx.AsyncClient) -> None:
    assert "Nothing has been sent lately." in (await client.get("/en/dev/mail")).text


async def test_the_newest_mail_stands_first(client: httpx.AsyncClient, names: list[str]) -> None:
    text = (await client.get("/en/dev/mail")).text
    assert 0 < text.index(names[0]) < text.index(names[1])
    assert "bbbbbbbbbbbb" in names[0]


async def test_the_mails_to_one_receiver_are_found(client: httpx.AsyncClient, names: list[str]) -> None:
    text = (await client.get("/en/dev/mail", params={"to": "CAN@"})).text
    assert names[1] in text
    assert names[0] not in text
    odd = await client.get("/en/dev/mail", params={"to": '"><script>'})
    assert "<script>" not in odd.text
    assert "Nothing has been sent to" in odd.text


async def test_older_mails_are_one_link_away(
    client: httpx.AsyncClient, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_SHOWN", 1)
    newest = await client.get("/en/dev/mail", params={"to": "example"})
    assert names[0] in newest.text
    onward = re.search(r'rel="next"\s+href="([^"]+)"', newest.text)
    assert onward
    older = await client.get(unescape(onward[1]))
    assert names[1] in older.text
    assert f"/mail/{names[0]}" not in older.text
    assert 'rel="next"' not in older.text
    assert 'value="example"' in older.text


async def test_a_mail_shows_its_headers_and_links_to_follow(
    client: httpx.AsyncClient, names: list[str]
) -> None:
    answer = await client.get(f"/en/dev/mail/{names[0]}")
    link = f"https://kervan.example/en/confirm/{CONTEXT['token']}"
    assert f'<a href="{link}">{link}</a>' in answer.text
    assert "Auto-Submitted" in answer.text
    assert "&lt;b&gt;Ayşe&lt;/b&gt;" in answer.text
    assert f'src="/en/dev/mail/{names[0]}/html"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "frame-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


async def test_the_html_part_has_a_policy_of_its_own(client: httpx.AsyncClient, names: list[str]) -> None:
    answer = await client.get(f"/en/dev/mail/{names[0]}/html")
    [policy] = answer.headers.get_list("content-security-policy")
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "allow-scripts" not in policy
    assert '<base target="_blank">' in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_every_other_answer_keeps_the_strict_policy(client: httpx.AsyncClient) -> None:
    for path in ("/en/about", "/en/dev/mail", "/no/such/page"):
        [policy] = (await client.get(path)).headers.get_list("content-security-policy")
        assert "unsafe" not in policy
        assert "frame-src" not in policy


@pytest.mark.parametrize(
    "name", ["none", "..%2F..%2Fsecret", "20260101T000000000000-aaaaaaaaaaaa-no_account", "%00"]
)
async def test_no_other_file_is_shown(client: httpx.AsyncClient, settings: Settings, name: str) -> None:
    (settings.data / "secret").write_text("hush")
    for tail in ("", "/html"):
        assert (await client.get(f"/en/dev/mail/{name}{tail}")).status_code == 404


async def test_a_short_address_leads_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/dev/mail")
    assert (answer.status_code, answer.headers["location"]) == (302, "/en/dev/mail")


async def test_in_production_there_is_no_such_page(settings: Settings, names: list[str]) -> None:
    production = msgspec.structs.replace(settings, env="production", smtp_url="smtp://mail.example")
    transport = httpx.ASGITransport(app=create_app(production, with_worker=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://kervan.test") as client:
        for path in (
            "/dev/mail",
            "/en/dev/mail",
            f"/en/dev/mail/{names[0]}",
            f"/tr/dev/mail/{names[0]}/html",
        ):
            assert (await client.get(path)).status_code == 404, path


async def test_nobody_reads_mails_over_the_network(fresh_app: Litestar) -> None:
    """They hold links for new passwords; a development machine may listen on every address."""
    for peer, forwarded in (("203.0.113.9", None), ("127.0.0.1", "203.0.113.9")):
        transport = httpx.ASGITransport(app=fresh_app, client=(peer, 1))
        headers = {"x-forwarded-for": forwarded} if forwarded else {}
        async with httpx.AsyncClient(
            transport=transport, base_url="https://kervan.test", headers=headers
        ) as other:
            assert (await other.get("/en/dev/mail")).status_code == 404
            assert (await other.get("/dev/mail")).status_code == 404
