"""Forged requests: no route that writes can be reached from another site, whatever the browser sends along."""

import base64

import httpx
from litestar import Litestar
from litestar.routes import HTTPRoute
from people import firm_of, make_member, make_person, sign_in, token_of

from kervan.accounts import sessions
from kervan.db import execute, fetchval
from kervan.web import cookies, csrf

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# One-click unsubscribe (RFC 8058), the end of an alert, an outcome: the signed token in the address is the proof.
_WITHOUT_TOKEN = ("/unsubscribe/", "/alerts/stop/", "/outcome/", "/survey/", "/meeting-outcome/")


def _writing(app: Litestar) -> list[tuple[str, str]]:
    """(method, path) of every route that is not safe, its parameters filled with nonsense."""
    found = []
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            path = "/".join("1" if "{" in part else part for part in route.path.split("/"))
            found += [(method, path) for method in route.methods if method in UNSAFE]
    return found


async def test_no_writing_route_is_carried_out_without_a_token(
    client: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    await sign_in(client, await make_person())
    routes = _writing(fresh_app)
    assert len(routes) > 100
    open_to_all = []
    for method, path in routes:
        if any(part in path for part in _WITHOUT_TOKEN):
            continue
        answer = await client.request(method, path, data={"action": "x"})
        expected = 401 if path.startswith("/api/") else 403
        if answer.status_code != expected:
            open_to_all.append(f"{method} {path}: {answer.status_code}")
    assert open_to_all == []


async def test_a_visitors_cookie_cannot_speak_for_a_session(
    client: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    """Who knows the public id of somebody's session (it stands in the list of sessions) gets no token for it."""
    await sign_in(client, await make_person())
    session = await fetchval("SELECT public_id FROM session")
    visitor = cookies.name(cookies.VISITOR, True)
    transport = httpx.ASGITransport(app=fresh_app)
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as attacker:
        attacker.cookies.set(visitor, f"session {session}")
        forged = await token_of(attacker, "/en/sign-in")
    assert (await client.post("/en/sign-out", data={csrf.FIELD: forged})).status_code == 403


async def test_a_page_with_the_token_of_a_known_visitor_is_kept_by_nobody(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (await client.get("/en/sign-in")).headers["cache-control"] == "private, no-store"


async def test_an_authorization_of_the_browsers_own_does_not_replace_the_token(
    client: httpx.AsyncClient,
) -> None:
    """A link such as https://x:y@kervan/... makes some browsers send one, with the session's cookie beside it."""
    await sign_in(client, await make_person())
    for value in ("Basic " + base64.b64encode(b"x:y").decode(), "Bearer kervan_" + "x" * 43, "x"):
        for method, path in (("PUT", "/api/v1/products/A-1"), ("POST", "/api/v1/products/A-1/state")):
            answer = await client.request(method, path, json={}, headers={"authorization": value})
            assert answer.status_code in (401, 404, 405), f"{value}: {answer.status_code}"
    routes = [way for way in _writing(client._transport.app) if way[1].startswith("/api/")]  # type: ignore[attr-defined]  # the app itself
    assert routes
    for method, path in routes:
        answer = await client.request(method, path, json={}, headers={"authorization": "Basic eDp5"})
        assert answer.status_code == 401, f"{method} {path}"


async def test_no_header_turns_a_harmless_request_into_another(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    for header in ("x-http-method-override", "x-method-override", "x-http-method"):
        assert (await client.get("/en/account", headers={header: "POST"})).status_code == 200
        assert (await client.get("/en/sign-out", headers={header: "POST"})).status_code == 405
    assert (await client.get("/en/sign-out?_method=POST")).status_code == 405
    assert (await client.head("/en/sign-out")).status_code == 405
    assert await fetchval("SELECT count(*) FROM session") == 1


async def test_of_two_requests_at_once_one_exchanges_the_token(client: httpx.AsyncClient) -> None:
    """Else the browser may keep the token that ends a minute later, and its owner is signed out."""
    person = await make_person()
    token = await sign_in(client, person)
    await execute("UPDATE session SET turn_due = true")
    first, second = await sessions.find(token), await sessions.find(token)
    assert first is not None
    assert second is not None
    assert await sessions.exchange(first.caller) is not None
    assert await sessions.exchange(second.caller) is None, "nobody gets a third token"


async def test_a_key_with_a_session_beside_it_is_the_session(client: httpx.AsyncClient) -> None:
    """The rights of both are never added up."""
    from factories import make_exporter

    firm = await firm_of(await make_exporter())
    owner = await make_person("Ayşe")
    await make_member(firm, owner, "VIEWER")
    await sign_in(client, owner)
    me = (await client.get("/api/v1/me", headers={"authorization": "Bearer kervan_" + "x" * 43})).json()[
        "data"
    ]
    assert (me["key"], me["organisations"][0]["rights"]) == (None, ["view"])
