"""A form that comes after the session has ended: nothing is carried out, and what was typed is not lost."""

import re
from html import unescape
from typing import Any

import httpx
import pytest
from people import make_person, post_form, sign_in, token_of

from kervan.db import execute, fetchval
from kervan.web import again, csrf

FORM = "/en/account"
BROWSER = {"sec-fetch-site": "same-origin", "referer": "https://kervan.test/en/account?said=saved"}
TYPED = {"name": 'Ayşe "Işık" <Yılmaz>', "language": "tr", "time_zone": "Europe/Istanbul"}


async def signed_in(client: httpx.AsyncClient) -> str:
    """Somebody at the page of the account; the token of its form."""
    await sign_in(client, await make_person("Ayşe Yılmaz"))
    return await token_of(client, FORM)


async def end_sessions() -> None:
    await execute("UPDATE session SET expires_at = now()")


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of the form that sends everything again."""
    [form] = re.findall(rf'<form method="post"\s+action="{FORM}".*?</form>', page, re.S)
    return {name: unescape(value) for name, value in re.findall(r'name="([^"]+)"\s+value="([^"]*)"', form)}


async def send(client: httpx.AsyncClient, token: str, fields: Any = TYPED, **rest: Any) -> httpx.Response:
    return await client.post(FORM, data={csrf.FIELD: token, **fields}, headers=BROWSER, **rest)


async def test_what_was_typed_is_sent_again_after_signing_in_in_another_tab(
    client: httpx.AsyncClient,
) -> None:
    token = await signed_in(client)
    person = await fetchval("SELECT id FROM person")
    await end_sessions()
    answer = await send(client, token)
    assert answer.status_code == 403
    assert "Your session has ended" in answer.text
    assert "no-store" in answer.headers["cache-control"]
    assert re.search('href="/en/sign-in[?]next=(/|%2F)account"', answer.text)
    assert fields_of(answer.text).items() >= TYPED.items()
    assert await fetchval("SELECT name FROM person") == "Ayşe Yılmaz"
    # Too early: still nobody is signed in, and still nothing is lost.
    early = await client.post(FORM, data=fields_of(answer.text), headers=BROWSER)
    assert early.status_code == 403
    assert fields_of(early.text).items() >= TYPED.items()
    await sign_in(client, person)
    shown = await client.post(FORM, data=fields_of(early.text), headers=BROWSER)
    assert shown.status_code == 403, "the token is still that of a visitor"
    assert "/sign-in" not in re.search(r"<main.*</main>", shown.text, re.S)[0]  # type: ignore[index]  # every page has it
    done = await client.post(FORM, data=fields_of(shown.text), headers=BROWSER)
    assert done.status_code == 303
    assert await fetchval("SELECT name FROM person") == TYPED["name"]


async def test_a_visitor_with_a_good_token_keeps_what_was_typed_too(client: httpx.AsyncClient) -> None:
    token = await token_of(client, "/en/sign-in")
    answer = await send(client, token)
    assert answer.status_code == 403
    assert fields_of(answer.text).items() >= TYPED.items()


async def test_without_fields_there_is_nothing_to_keep_and_the_door_opens(client: httpx.AsyncClient) -> None:
    token = await token_of(client, "/en/sign-in")
    answer = await send(client, token, {})
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/sign-in")


@pytest.mark.parametrize(
    "secret", [{"password": "dokuma 47"}, {"old": "dokuma 47"}, {"code": "123456"}, {"offer": "sealed"}]
)
async def test_a_form_with_a_secret_is_never_shown_again(
    client: httpx.AsyncClient, secret: dict[str, str]
) -> None:
    token = await signed_in(client)
    await end_sessions()
    answer = await send(client, token, TYPED | secret)
    assert answer.status_code == 403
    assert "press Back" in answer.text
    assert "Işık" not in answer.text
    assert next(iter(secret.values())) not in answer.text


async def test_files_and_long_texts_stay_in_the_browser(client: httpx.AsyncClient) -> None:
    token = await signed_in(client)
    await end_sessions()
    for rest in ({"files": {"photo": ("a.jpg", b"x")}}, {"fields": {"about": "ş" * again.MOST_BYTES}}):
        answer = await send(client, token, rest.pop("fields", TYPED), **rest)
        assert answer.status_code == 403
        assert "press Back" in answer.text
        assert "Send it again" not in answer.text


@pytest.mark.parametrize("headers", [{}, {"origin": "null"}, {"sec-fetch-site": "none"}])
async def test_a_request_that_may_come_from_another_site_is_not_shown_again(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """Else a stranger could lay words of his own before somebody who has only to press a button."""
    await signed_in(client)
    answer = await client.post(FORM, data=TYPED, headers=headers)
    assert answer.status_code == 403
    assert "Send it again" not in answer.text


async def test_nothing_is_sent_again_by_itself(client: httpx.AsyncClient) -> None:
    await signed_in(client)
    answer = await client.post(FORM, data={**TYPED, csrf.FIELD: "forged"}, headers=BROWSER)
    assert answer.status_code == 403
    assert await fetchval("SELECT name FROM person") == "Ayşe Yılmaz"
    assert fields_of(answer.text)[csrf.FIELD] != "forged"


async def test_the_address_of_another_site_leads_nowhere(client: httpx.AsyncClient) -> None:
    token = await signed_in(client)
    await end_sessions()
    headers = {**BROWSER, "referer": "https://evil.example/en/account"}
    answer = await client.post(FORM, data={csrf.FIELD: token, **TYPED}, headers=headers)
    assert "evil.example" not in answer.text
    assert 'href="/en/sign-in"' in answer.text


async def test_a_session_that_lives_is_asked_nothing(client: httpx.AsyncClient) -> None:
    await signed_in(client)
    assert (await post_form(client, FORM, TYPED)).status_code == 303
