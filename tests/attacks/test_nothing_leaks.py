"""One whole story of an exporter, told with every log on: no secret and no personal number stands anywhere after it.

Grepped are the logs at every level (JSON and text), every row of every table, the documents of the search index and
the addresses that were asked.
"""

import logging as standard
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pyotp
import pytest
import structlog
from litestar import Litestar
from people import mails, post_form, session_cookie_name, token_of
from registering import IDENTITY, PDF, TCKN

from kervan import worker
from kervan.accounts import totp
from kervan.db import execute, fetch, fetchval
from kervan.discovery import documents
from kervan.outbox import drain
from kervan.web import csrf, logging

EMAIL, OTHER_EMAIL, COLLEAGUE = (
    "feride.akcay@cinar-dokuma.example",
    "feride@cinar.example",
    "umut@cinar.example",
)
PASSWORD, NEW_PASSWORD, WRONG = "yedi mavi kiremit 88", "dokuz sarı çaydanlık", "unutulan eski parola"
# What the test itself asks of the application; a real client is no part of the platform.
_CLIENT_LOGGERS = ("httpx", "httpcore", "asyncio")


class Story:
    """What happened: secrets by name, and all addresses that were asked."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.asked: list[str] = []


@pytest.fixture
def loud(fresh_app: Litestar, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Every line that any logger writes, from DEBUG on."""
    written: list[str] = []

    class Keeping(standard.Handler):
        def emit(self, record: standard.LogRecord) -> None:
            written.append(f"{record.getMessage()} {record.args} {record.exc_text}")

    settings = msgspec.structs.replace(fresh_app.state.settings, log_json=request.param == "json")
    logging.setup(settings)
    lines = logging._LINES
    original = lines.warning

    def keep(line: str) -> None:
        written.append(line)
        original(line)

    for name in ("debug", "msg", "info", "warning", "error", "critical", "exception", "fatal", "warn"):
        setattr(lines, name, keep)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(standard.NOTSET))
    keeping, root = Keeping(standard.DEBUG), standard.getLogger()
    root.addHandler(keeping)
    root.setLevel(standard.DEBUG)
    before = {name: standard.getLogger(name).level for name in _CLIENT_LOGGERS}
    for name in before:
        standard.getLogger(name).setLevel(standard.WARNING)
    yield written
    for name, level in before.items():
        standard.getLogger(name).setLevel(level)
    root.removeHandler(keeping)
    for name in ("debug", "msg", "info", "warning", "error", "critical", "exception", "fatal", "warn"):
        delattr(lines, name)
    logging.setup(fresh_app.state.settings)


@pytest.mark.parametrize("loud", ["json", "text"], indirect=True)
async def test_no_secret_and_no_personal_number_in_logs_tables_index_or_addresses(
    client: httpx.AsyncClient, fresh_app: Litestar, loud: list[str]
) -> None:
    story = Story()

    async def note(request: httpx.Request) -> None:
        story.asked.append(str(request.url))

    client.event_hooks["request"].append(note)
    await _register_and_come_in(client, story)
    await _forget_the_password(client, story)
    await _set_up_a_second_factor(client, story)
    org = await _register_a_firm(client, story)
    await _make_a_key_and_invite(client, story, org)
    await _change_the_address(client, story)
    await drain(worker.handlers(fresh_app.state.search, fresh_app.state.settings))
    logging.flush()

    log = re.sub(r"\.\d{6}", "", "\n".join(loud))
    assert len(loud) > 60, "the story was not heard"
    assert '"request"' in log or " request " in log
    for name, secret in story.secrets.items():
        lines = [line for line in log.splitlines() if _holds(line, secret)]
        assert lines == [], f"{name} stands in the log"
    for address in (EMAIL, OTHER_EMAIL, COLLEAGUE):
        assert address not in log, "an e-mail address stands in the log"
    await _grep_tables(story)
    await _grep_index(story, org)
    for name, secret in story.secrets.items():
        if not name.startswith("link"):
            assert not any(_holds(asked, secret) for asked in story.asked), f"{name} stands in an address"
    assert not any("@" in asked or "%40" in asked for asked in story.asked), "an e-mail address was asked for"


def _holds(text: str, secret: str) -> bool:
    """Whether the secret stands there; six digits only where they are not a part of a longer word."""
    if secret.isdigit() and len(secret) == 6:
        return re.search(rf"(?<![0-9a-zA-Z_-]){secret}(?![0-9a-zA-Z_-])", text) is not None
    return secret in text


async def _link(to: str, template: str) -> str:
    return str([mail for mail in await mails(to) if mail["template"] == template][-1]["context"]["token"])


async def _register_and_come_in(client: httpx.AsyncClient, story: Story) -> None:
    fields = {"name": "Feride Akçay", "email": EMAIL, "password": PASSWORD, "language": "en"}
    story.secrets |= {"password": PASSWORD, "wrong password": WRONG, "new password": NEW_PASSWORD}
    assert (await post_form(client, "/en/register/exporter", fields)).status_code == 303
    token = story.secrets["link to confirm"] = await _link(EMAIL, "confirm_email")
    assert (await post_form(client, f"/en/confirm/{token}", {"password": WRONG})).status_code == 422
    assert (await post_form(client, f"/en/confirm/{token}", {"password": PASSWORD})).status_code == 303
    story.secrets["session"] = client.cookies[session_cookie_name(client)]
    await post_form(client, "/en/sign-out", of="/en/account")
    for password, status in ((WRONG, 422), (PASSWORD, 303)):
        answer = await post_form(client, "/en/sign-in", {"email": EMAIL, "password": password})
        assert answer.status_code == status
    await post_form(client, "/en/sign-out", of="/en/account")


async def _forget_the_password(client: httpx.AsyncClient, story: Story) -> None:
    for address in (EMAIL, "nobody@cinar-dokuma.example"):
        assert (await post_form(client, "/en/forgotten", {"email": address})).status_code == 303
    token = story.secrets["link for a password"] = await _link(EMAIL, "reset_password")
    answer = await post_form(client, f"/en/reset/{token}", {"password": "kısa"})
    assert answer.status_code == 422
    answer = await post_form(client, f"/en/reset/{token}", {"password": NEW_PASSWORD})
    assert answer.status_code == 303
    assert (await client.get(f"/en/reset/{token}")).status_code == 410


async def _set_up_a_second_factor(client: httpx.AsyncClient, story: Story) -> None:
    path = "/en/account/second-factor/set-up"
    page = await client.get(path)
    shown = re.search(r'class="set-up-key"[^>]*>([A-Z2-7 ]+)<', page.text)
    offer = re.search(r'name="offer"\s+value="([^"]+)"', page.text)
    assert shown
    assert offer
    secret = story.secrets["secret of the factor"] = shown[1].replace(" ", "")
    code = story.secrets["code"] = pyotp.TOTP(secret).at(datetime.now(UTC))
    answer = await post_form(client, path, {"offer": offer[1], "code": code})
    codes = re.findall(r"<li>(\w{4}-\w{4}-\w{4})</li>", answer.text)
    assert len(codes) == 10
    story.secrets |= {f"recovery code {n}": code for n, code in enumerate(codes)}
    await post_form(client, "/en/sign-out", of="/en/account")
    await post_form(client, "/en/sign-in", {"email": EMAIL, "password": NEW_PASSWORD})
    assert (await post_form(client, "/en/sign-in/second", {"code": code})).status_code == 422, "used already"
    assert (await post_form(client, "/en/sign-in/second", {"code": codes[0]})).status_code == 303
    story.secrets["whole session"] = client.cookies[session_cookie_name(client)]


async def _register_a_firm(client: httpx.AsyncClient, story: Story) -> str:
    story.secrets |= {"identity number": TCKN, "identity number, mistyped": "10000000147"}
    for number, status in (("10000000147", 422), (TCKN, 303)):
        answer = await post_form(
            client, "/en/desk/new-exporter", {**IDENTITY, "kind": "SOLE_TRADER", "number": number}
        )
        assert answer.status_code == status
        assert number not in answer.text
    org = str(await fetchval("SELECT public_id FROM organisation WHERE kind = 'EXPORTER'"))
    again = await post_form(
        client, "/en/claim-company", {"number": TCKN, "message": "This firm is mine since 2011."}
    )
    assert TCKN not in again.text
    page = await client.get(f"/en/desk/{org}/registration/identity")
    assert TCKN not in page.text
    answer = await client.post(
        f"/en/desk/{org}/documents",
        data={
            csrf.FIELD: await token_of(client, f"/en/desk/{org}/registration/documents"),
            "kind": "TAX_PLATE",
        },
        files={"file": (f"{TCKN}.pdf", PDF, "application/pdf")},
    )
    assert answer.status_code == 303
    return org


async def _make_a_key_and_invite(client: httpx.AsyncClient, story: Story, org: str) -> None:
    fields = {"name": "ERP", "scopes": "products", "days": "30"}
    answer = await post_form(client, f"/en/desk/{org}/keys/new", fields)
    found = re.search(r'data-copy="(kervan_[\w-]{43})"', answer.text)
    assert found
    key = story.secrets["API key"] = found[1]
    program = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=client._transport, base_url=client.base_url) as stranger:
        assert (await stranger.get("/api/v1/me", headers=program)).status_code == 200
        wrong = {"Authorization": f"Bearer {key[:-1]}"}
        assert (await stranger.get("/api/v1/me", headers=wrong)).status_code == 401
    answer = await post_form(client, f"/en/desk/{org}/members/invite", {"email": COLLEAGUE, "role": "EDITOR"})
    assert answer.status_code == 303
    token = story.secrets["link of the invitation"] = await _link(COLLEAGUE, "invitation")
    assert (await client.get(f"/en/invite/{token}")).status_code == 200


async def _change_the_address(client: httpx.AsyncClient, story: Story) -> None:
    assert (await post_form(client, "/en/account/email", {"email": OTHER_EMAIL})).status_code == 303
    token = story.secrets["link to another address"] = await _link(OTHER_EMAIL, "email_change_confirm")
    assert (await post_form(client, f"/en/email/{token}")).status_code == 303


async def _grep_tables(story: Story) -> None:
    """Not one secret in any row, bytes included; and the trail, the outbox and the limits hold no address."""
    for table in await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        name = table["tablename"]
        rows = await fetch(f'SELECT row_to_json(t)::text AS row FROM "{name}" t')
        text = re.sub(r"\.\d{6}", "", "\n".join(row["row"] for row in rows))
        for what, secret in story.secrets.items():
            assert not _holds(text, secret), f"{what} stands in {name}"
            assert secret.encode().hex() not in text, f"{what} stands in {name} as bytes"
        if name in ("audit_entry", "outbox", "rate_bucket", "session", "seen_device", "task"):
            assert "@" not in text, f"{name} holds an address"


async def _grep_index(story: Story, org: str) -> None:
    """As if the firm were verified: what the search engine would get."""
    await execute(
        """UPDATE exporter SET verification = 'VERIFIED', verified_at = now(), verified_until = current_date + 300,
            province = '20', sectors = '{home-textiles}', export_status = 'EXPORTS'"""
    )
    exporter = await fetchval("SELECT e.id FROM exporter e JOIN organisation o ON o.id = e.organisation")
    found: list[Any] = await documents.exporters_by_id([exporter])
    assert len(found) == 1
    text = repr(found)
    for what, secret in story.secrets.items():
        assert not _holds(text, secret), f"{what} stands in the index"
    assert "@" not in text


def test_a_recovery_code_is_no_word_that_a_page_could_hold_by_chance() -> None:
    """So that the greps above mean something."""
    assert all(len(code) == 14 for code in totp.recovery_codes())
