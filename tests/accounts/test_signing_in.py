"""Signing in and out: one sentence for every refusal, a new session each time, and never to another site."""

import re
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
from litestar import Litestar
from people import (
    PASSWORD,
    count,
    mails,
    make_association,
    make_member,
    make_person,
    post_form,
    session_cookie_name,
    sign_in,
    token_of,
)

from kervan import vault
from kervan.accounts import devices, factors, passwords, signing_in
from kervan.accounts.returning import address, local
from kervan.db import execute, fetch, fetchval
from kervan.demo import accounts
from kervan.web import csrf

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


async def enter(
    client: httpx.AsyncClient, email: str = "ayse@example.com", password: str = PASSWORD, **more: str
) -> httpx.Response:
    return await post_form(client, "/en/sign-in", {"email": email, "password": password, **more})


async def ayse(**fields: object) -> int:
    return await make_person("Ayşe Yılmaz", "ayse@example.com", **fields)


async def test_a_person_signs_in_and_out(client: httpx.AsyncClient) -> None:
    await ayse()
    answer = await enter(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/desk")
    cookie = answer.headers["set-cookie"]
    for part in ("__Host-kervan-session=", "HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert part in cookie
    assert (await client.get("/en/account")).status_code == 200
    out = await post_form(client, "/en/sign-out", of="/en/account")
    assert out.status_code == 303
    assert await count("session") == 0
    assert (await client.get("/en/account")).status_code == 303


async def test_every_refusal_says_the_same_after_the_same_work(
    client: httpx.AsyncClient, hashes: list[str]
) -> None:
    await ayse()
    await make_person("Waiting", "waiting@example.com", state="PENDING_EMAIL")
    await make_person("Locked", "locked@example.com", state="SUSPENDED", state_reason="Tax plate forged")
    await make_person("Invited", "invited@example.com", password_hash=None)
    bodies, work = set(), []
    for email, password in (
        ("ayse@example.com", "not the password"),
        ("nobody@example.com", PASSWORD),
        ("waiting@example.com", PASSWORD),
        ("locked@example.com", PASSWORD),
        ("invited@example.com", PASSWORD),
        ("no address at all", PASSWORD),
    ):
        hashes.clear()
        answer = await enter(client, email, password)
        assert answer.status_code == 422
        assert session_cookie_name(client) not in client.cookies
        bodies.add(_without_what_was_typed(answer.text, email))
        work.append(len(hashes))
    assert len(bodies) == 1
    assert work == [1] * 6
    assert signing_in.REFUSED in bodies.pop()


def _without_what_was_typed(html: str, email: str) -> str:
    html = html.replace(email, "")
    html = re.sub(r'name="_token" value="[^"]+"', "", html)
    return re.sub(r"[0-9a-f]{8,}", "", html)


async def test_who_knew_the_password_but_may_not_come_in_is_told_by_mail(client: httpx.AsyncClient) -> None:
    await make_person("Waiting", "waiting@example.com", state="PENDING_EMAIL")
    await make_person("Locked", "locked@example.com", state="SUSPENDED", state_reason="Tax plate forged")
    await enter(client, "waiting@example.com", "wrong password")
    await enter(client, "locked@example.com", "wrong password")
    assert await mails() == []
    await enter(client, "waiting@example.com")
    await enter(client, "locked@example.com")
    assert [(mail["to_address"], mail["template"]) for mail in await mails()] == [
        ("waiting@example.com", "confirm_email"),
        ("locked@example.com", "account_suspended"),
    ]


async def test_the_address_may_be_typed_in_other_letters(client: httpx.AsyncClient) -> None:
    await ayse()
    assert (await enter(client, " AYSE@Example.com ")).status_code == 303


async def test_a_session_that_an_attacker_planted_is_not_adopted(client: httpx.AsyncClient) -> None:
    """The attacker signs in, puts the own cookie into the victim's browser and waits."""
    attacker = await make_person("Attacker", "attacker@example.com")
    person = await ayse()
    planted = await sign_in(client, attacker)
    # The victim signs in from the page that the planted session shows, and from a page without session.
    token = await token_of(client, "/en/account")
    answer = await client.post(
        "/en/sign-in", data={csrf.FIELD: token, "email": "ayse@example.com", "password": PASSWORD}
    )
    assert answer.status_code == 303
    got = client.cookies[session_cookie_name(client)]
    assert got != planted
    sessions = await fetch("SELECT person FROM session")
    assert [row["person"] for row in sessions] == [person]


async def test_a_made_up_cookie_becomes_no_session(client: httpx.AsyncClient) -> None:
    await ayse()
    made_up = "A" * 43
    client.cookies.set(session_cookie_name(client), made_up)
    assert (await client.get("/en/account")).status_code == 303
    client.cookies.clear()
    await enter(client)
    assert client.cookies[session_cookie_name(client)] != made_up


async def test_signing_in_twice_leaves_one_session_in_the_browser(client: httpx.AsyncClient) -> None:
    await ayse()
    await enter(client)
    await client.post(
        "/en/sign-in",
        data={
            csrf.FIELD: await token_of(client, "/en/account"),
            "email": "ayse@example.com",
            "password": PASSWORD,
        },
    )
    assert await count("session") == 1


async def test_two_tabs_the_second_form_is_too_old_and_says_so(client: httpx.AsyncClient) -> None:
    await ayse()
    fields = {
        csrf.FIELD: await token_of(client, "/en/sign-in"),
        "email": "ayse@example.com",
        "password": PASSWORD,
    }
    assert (await client.post("/en/sign-in", data=fields)).status_code == 303
    second = await client.post("/en/sign-in", data=fields)
    assert second.status_code == 403
    assert "This form is too old" in second.text


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/en//evil.example",
        "///evil.example",
        "/en/../../evil",
        "javascript:alert(1)",
        "/\r\nSet-Cookie: a=b",
        " //evil.example",
        "/" + "a" * 2000,
        "/sign-in",
    ],
)
async def test_signing_in_never_leads_to_another_site(client: httpx.AsyncClient, evil: str) -> None:
    await ayse()
    answer = await enter(client, next=evil)
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/desk")
    by_query = await client.get("/en/sign-in", params={"next": evil})
    assert by_query.headers["location"] == "/en/desk"


async def test_signing_in_leads_back_to_what_was_asked_for(client: httpx.AsyncClient) -> None:
    await ayse()
    asked = await client.get("/tr/account/password?x=%C3%A7&y=1")
    assert asked.status_code == 303
    page = await client.get(asked.headers["location"])
    assert 'value="/account/password?x=%C3%A7&amp;y=1"' in page.text
    answer = await post_form(
        client,
        asked.headers["location"],
        {"email": "ayse@example.com", "password": PASSWORD, "next": "/account/password?x=%C3%A7&y=1"},
    )
    assert answer.headers["location"] == "/tr/account/password?x=%C3%A7&y=1"


def test_an_address_of_this_site_is_rebuilt_letter_by_letter() -> None:
    assert address("tr", local("/en/products?q=çam&p=2#top")) == "/tr/products?q=%C3%A7am&p=2"
    assert address("en", local("/a b\"'<>")) == "/en/a%20b%22%27%3C%3E"
    assert address("en", local("/")) == "/en"


async def test_an_old_hash_is_made_anew_at_the_next_sign_in(client: httpx.AsyncClient) -> None:
    person = await ayse()
    before = await fetchval("SELECT password_hash FROM person WHERE id = $1", person)
    assert passwords.needs_rehash(before)
    await enter(client)
    after = await fetchval("SELECT password_hash FROM person WHERE id = $1", person)
    assert not passwords.needs_rehash(after)
    assert await passwords.verify(after, PASSWORD)


async def test_ten_wrong_tries_lock_an_account_for_a_while_and_keep_what_was_typed(
    client: httpx.AsyncClient,
) -> None:
    await ayse()
    await make_person("Can", "can@example.com")
    statuses = [(await enter(client, password="wrong")).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    locked = await enter(client)
    assert locked.status_code == 429
    assert 'value="ayse@example.com"' in locked.text
    assert int(locked.headers["retry-after"]) > 0
    assert (await enter(client, "can@example.com")).status_code == 303


async def test_an_address_without_account_is_locked_alike(client: httpx.AsyncClient) -> None:
    statuses = [(await enter(client, "nobody@example.com", "wrong")).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


async def test_the_right_password_gives_the_tries_back(client: httpx.AsyncClient) -> None:
    await ayse()
    for _ in range(3):
        for _ in range(6):
            assert (await enter(client, password="wrong")).status_code == 422
        assert (await enter(client)).status_code == 303
        client.cookies.clear()


async def test_sixty_tries_lock_an_address_whoever_is_tried(client: httpx.AsyncClient) -> None:
    token = await token_of(client, "/en/sign-in")
    statuses = []
    for number in range(62):
        data = {csrf.FIELD: token, "email": f"p{number}@example.com", "password": "x" * 900}
        statuses.append((await client.post("/en/sign-in", data=data)).status_code)
    assert statuses.count(429) == 2
    assert statuses[-2:] == [429, 429]


async def test_a_forwarded_address_counts_only_from_a_trusted_proxy(fresh_app: Litestar) -> None:
    transport = httpx.ASGITransport(app=fresh_app, client=("203.0.113.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as browser:
        await ayse()
        browser.headers["x-forwarded-for"] = "198.51.100.1"
        await enter(browser)
    assert await fetchval("SELECT address FROM session") == "203.0.113.7"


async def test_a_device_that_was_not_seen_before_is_told_by_mail(client: httpx.AsyncClient) -> None:
    await ayse()
    for agent in (FIREFOX, FIREFOX, CHROME, CHROME, FIREFOX):
        client.cookies.clear()
        client.headers["user-agent"] = agent
        assert (await enter(client)).status_code == 303
    told = await mails("ayse@example.com")
    assert [(mail["template"], mail["context"]["device"]) for mail in told] == [
        ("new_sign_in", "Chrome, Windows")
    ]
    assert {row["device"] for row in await fetch("SELECT device FROM session")} == {
        "Firefox, Linux",
        "Chrome, Windows",
    }


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (CHROME, "Chrome, Windows"),
        (CHROME + " Edg/140.0", "Edge, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.5.0", "curl"),
        ("", ""),
        ("<script>alert(1)</script>" * 900, "<script>alert"),
        ("\x00\x1b[31m", "[31m"),
    ],
)
def test_a_device_has_a_name_that_people_know(agent: str, name: str) -> None:
    assert devices.name(agent).strip() == name


async def test_staff_without_a_factor_are_led_to_set_it_up(client: httpx.AsyncClient) -> None:
    person = await ayse()
    await make_member(await make_association(), person, "STAFF")
    await enter(client)
    for path in ("/en/account", "/en/account/sessions", "/en/account/password"):
        answer = await client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/en/account/second-factor?next=")
    page = await client.get("/en/account/second-factor?next=%2Fstaff")
    assert page.headers["location"] == "/en/account/second-factor/set-up?next=%2Fstaff"
    assert (await client.get(page.headers["location"])).status_code == 200


async def test_a_closed_session_of_a_suspended_person_opens_nothing(client: httpx.AsyncClient) -> None:
    await ayse()
    await enter(client)
    await execute("UPDATE person SET state = 'SUSPENDED'")
    assert (await client.get("/en/account")).status_code == 303


async def test_the_door_shows_no_demo_accounts_where_there_is_no_demo(client: httpx.AsyncClient) -> None:
    page = await client.get("/en/sign-in")
    assert "data-demo" not in page.text


async def test_a_demo_shows_its_accounts_and_their_codes_but_never_in_production(
    client: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    admin = next(account for account in accounts.DEMO_ACCOUNTS if account.kind == "admin")
    await make_person(
        admin.name,
        admin.email,
        totp_secret=vault.seal(accounts.demo_secret(admin.email), factors.SEALED_FOR),
        totp_confirmed_at=datetime.now(UTC),
    )
    door = await client.get("/en/sign-in")
    assert re.findall(r'data-demo="([^"]+)"', door.text) == ["admin"]
    assert accounts.PASSWORD in door.text
    await enter(client, admin.email)
    step = await client.get("/en/sign-in/second")
    code = await accounts.demo_code(admin.email)
    assert code
    assert code in step.text
    entered = await post_form(client, "/en/sign-in/second", {"code": code})
    assert entered.status_code == 303
    # Whoever comes back within the same half minute is shown another one that works.
    client.cookies.clear()
    await enter(client, admin.email)
    again = await accounts.demo_code(admin.email)
    assert again
    assert again != code
    assert again in (await client.get("/en/sign-in/second")).text
    assert (await post_form(client, "/en/sign-in/second", {"code": again})).status_code == 303
    client.cookies.clear()
    await enter(client, admin.email)
    # Of an ordinary person nothing is shown.
    await execute("UPDATE person SET email = 'somebody@example.com', email_key = 'somebody@example.com'")
    assert "Demo:" not in (await client.get("/en/sign-in/second")).text
    await execute("UPDATE person SET email = $1, email_key = $1", admin.email)
    fresh_app.state.settings = msgspec.structs.replace(fresh_app.state.settings, env="production")
    assert "Demo:" not in (await client.get("/en/sign-in/second")).text
    client.cookies.clear()
    door = await client.get("/en/sign-in")
    assert "data-demo" not in door.text
    assert accounts.PASSWORD not in door.text
