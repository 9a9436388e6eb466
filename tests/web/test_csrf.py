"""Forged forms are refused, our own are taken."""

import re

import httpx
import pytest
from litestar import Litestar
from people import make_person, session_cookie_name, sign_in, token_of

from kervan.web import csrf

SIGN_OUT = "/en/sign-out"
FORM = "/en/sign-in"


async def test_a_form_without_token_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(FORM, data={"email": "a@example.com"})
    assert answer.status_code == 403
    assert "This form is too old" in answer.text


async def test_a_token_of_another_visitor_is_refused(client: httpx.AsyncClient, fresh_app: Litestar) -> None:
    transport = httpx.ASGITransport(app=fresh_app)
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as attacker:
        stolen = await token_of(attacker, FORM)
    await token_of(client, FORM)
    answer = await client.post(FORM, data={csrf.FIELD: stolen, "email": "a@example.com"})
    assert answer.status_code == 403


async def test_a_token_from_before_signing_in_is_refused_afterwards(client: httpx.AsyncClient) -> None:
    before = await token_of(client, FORM)
    await sign_in(client, await make_person())
    assert (await client.post(SIGN_OUT, data={csrf.FIELD: before})).status_code == 403


async def test_a_token_looks_different_in_every_page(client: httpx.AsyncClient) -> None:
    """So that what compresses well tells nothing about it (BREACH)."""
    assert await token_of(client, FORM) != await token_of(client, FORM)


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)
async def test_another_site_is_refused_even_with_a_token(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    token = await token_of(client, FORM)
    answer = await client.post(FORM, data={csrf.FIELD: token}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


async def test_scripts_may_send_the_token_as_a_header(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    token = await token_of(client, "/en/products")
    answer = await client.post(SIGN_OUT, headers={csrf.HEADER: token})
    assert answer.status_code == 303


async def test_pages_without_a_form_set_no_cookie(client: httpx.AsyncClient) -> None:
    answer = await client.get("/en/products")
    assert "set-cookie" not in answer.headers
    assert "no-store" not in answer.headers.get("cache-control", "")


async def test_a_page_with_a_form_is_kept_by_nobody(client: httpx.AsyncClient) -> None:
    answer = await client.get(FORM)
    assert answer.headers["cache-control"] == "private, no-store"
    cookie = answer.headers["set-cookie"]
    assert re.match(r"__Host-kervan-visitor=[\w-]{20,}; ", cookie)
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))


async def test_an_unsafe_request_of_a_session_to_the_api_needs_a_token_too(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    answer = await client.put("/api/v1/inventory/products/HV-1", json={})
    assert answer.status_code == 401


async def test_two_cookies_of_one_name_count_for_none(client: httpx.AsyncClient) -> None:
    """A neighbour host that sets a cookie beside ours signs nobody in."""
    token = await sign_in(client, await make_person())
    client.cookies.clear()
    name = session_cookie_name(client)
    answer = await client.get("/en/account", headers={"cookie": f"{name}={token}; {name}=other"})
    assert answer.status_code == 303
