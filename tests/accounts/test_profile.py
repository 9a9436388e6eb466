"""A person's own pages: name, language, time zone, password, e-mail address, sessions."""

import re

import httpx
import pytest
from people import (
    PASSWORD,
    audited,
    mails,
    make_person,
    post_form,
    session_cookie_name,
    sign_in,
    token_of,
)

from kervan.accounts import links, passwords, sessions
from kervan.accounts.tables import LinkPurpose
from kervan.db import execute, fetch, fetchval, transaction
from kervan.web import csrf

NEW = "sekiz fındık kabuğu"
PAGES = ("/account", "/account/email", "/account/password", "/account/sessions", "/account/second-factor")


async def me(client: httpx.AsyncClient, **fields: object) -> int:
    person = await make_person("Ayşe Yılmaz", "ayse@example.com", **fields)
    await sign_in(client, person, factor=False)
    return person


@pytest.mark.parametrize("path", [*PAGES, "/account/prove", "/account/second-factor/set-up"])
async def test_a_visitor_is_led_to_the_door(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/tr{path}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/tr/sign-in?next=%2Faccount")


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("path", PAGES)
async def test_the_pages_open_and_are_nobody_elses(
    client: httpx.AsyncClient, path: str, language: str
) -> None:
    await me(client)
    answer = await client.get(f"/{language}{path}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"


async def test_name_language_and_time_zone_are_changed(client: httpx.AsyncClient) -> None:
    person = await me(client)
    answer = await post_form(
        client, "/en/account", {"name": "Ayşe  Kaya", "language": "tr", "time_zone": "europe/berlin"}
    )
    assert answer.headers["location"] == "/tr/account?said=saved"
    row = (await fetch("SELECT name, language, time_zone FROM person"))[0]
    assert tuple(row) == ("Ayşe Kaya", "tr", "Europe/Berlin")
    assert await audited(person) == [(f"user:{person}", "person.changed")]
    trail = await fetchval("SELECT before::text || after::text FROM audit_entry")
    assert "Kaya" not in trail


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 10_000),
        ("language", "de"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "x" * 10_000),
        ("time_zone", ""),
    ],
)
async def test_nonsense_is_refused_and_nothing_changes(
    client: httpx.AsyncClient, field: str, value: str
) -> None:
    await me(client)
    fields = {"name": "Other", "language": "tr", "time_zone": "Europe/Berlin", field: value}
    answer = await post_form(client, "/en/account", fields)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert await fetchval("SELECT name FROM person") == "Ayşe Yılmaz"


async def test_a_new_password_ends_the_other_sessions_and_turns_this_one(client: httpx.AsyncClient) -> None:
    person = await me(client)
    other = client.cookies[session_cookie_name(client)]
    mine = await sign_in(client, person, factor=False)
    async with transaction() as tx:
        reset = await links.new_link(tx.connection, person, LinkPurpose.RESET_PASSWORD, links.RESET_FOR)
    answer = await post_form(client, "/en/account/password", {"old": PASSWORD, "password": NEW})
    assert answer.headers["location"] == "/en/account/password?said=password-changed"
    assert await sessions.find(other) is None
    assert await sessions.find(mine) is None
    assert (await client.get("/en/account")).status_code == 200
    assert await passwords.verify(await fetchval("SELECT password_hash FROM person"), NEW)
    assert [mail["template"] for mail in await mails()] == ["password_changed"]
    assert (await client.get(f"/en/reset/{reset}")).status_code == 410


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", NEW, "old"), (PASSWORD, "short", "password"), (PASSWORD, "ayse@example.com", "password")],
)
async def test_the_password_is_not_changed(client: httpx.AsyncClient, old: str, new: str, field: str) -> None:
    await me(client)
    answer = await post_form(client, "/en/account/password", {"old": old, "password": new})
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert await passwords.verify(await fetchval("SELECT password_hash FROM person"), PASSWORD)
    assert await mails() == []


async def test_guessing_the_password_at_an_open_screen_is_limited(client: httpx.AsyncClient) -> None:
    await me(client)
    statuses = [
        (await post_form(client, "/en/account/password", {"old": "wrong", "password": NEW})).status_code
        for _ in range(11)
    ]
    assert statuses == [422] * 10 + [429]


async def change_to(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await post_form(client, "/en/account/email", {"email": email})


async def test_the_address_changes_when_the_new_one_is_shown_to_be_theirs(client: httpx.AsyncClient) -> None:
    person = await me(client)
    assert (await change_to(client, "New@example.com")).headers["location"] == (
        "/en/account/email?said=email-asked"
    )
    asked = await mails()
    assert [(mail["to_address"], mail["template"]) for mail in asked] == [
        ("New@example.com", "email_change_confirm"),
        ("ayse@example.com", "email_change_asked"),
    ]
    assert await fetchval("SELECT email FROM person") == "ayse@example.com"
    path = f"/en/email/{asked[0]['context']['token']}"
    assert (await client.get(path)).status_code == 200
    assert await fetchval("SELECT email FROM person") == "ayse@example.com"
    async with transaction() as tx:
        old = await links.new_link(tx.connection, person, LinkPurpose.RESET_PASSWORD, links.RESET_FOR)
    answer = await post_form(client, path)
    assert answer.headers["location"] == "/en/account?said=email-changed"
    assert tuple((await fetch("SELECT email, email_key FROM person"))[0]) == (
        "New@example.com",
        "new@example.com",
    )
    assert [(mail["to_address"], mail["template"]) for mail in (await mails())[2:]] == [
        ("ayse@example.com", "email_changed"),
        ("New@example.com", "email_changed"),
    ]
    # What was mailed to the old address opens nothing any more.
    assert (await client.get(f"/en/reset/{old}")).status_code == 410
    assert (await client.get(path)).status_code == 410
    assert (await post_form(client, path, of="/en/account")).status_code == 410


async def test_asking_for_an_address_that_is_taken_tells_its_owner_only(client: httpx.AsyncClient) -> None:
    await me(client)
    await make_person("Can", "can@example.com")
    free = await change_to(client, "free@example.com")
    taken = await change_to(client, "can@example.com")
    assert (free.status_code, free.headers["location"]) == (taken.status_code, taken.headers["location"])
    assert [mail["template"] for mail in await mails("can@example.com")] == ["already_registered"]


async def test_an_address_that_was_taken_meanwhile_is_not_taken_away(client: httpx.AsyncClient) -> None:
    await me(client)
    await change_to(client, "new@example.com")
    path = f"/en/email/{(await mails('new@example.com'))[0]['context']['token']}"
    await make_person("Faster", "new@example.com")
    answer = await post_form(client, path)
    assert answer.status_code == 410
    assert "has an account of its own by now" in answer.text
    assert await fetchval("SELECT count(*) FROM person WHERE email_key = 'ayse@example.com'") == 1


@pytest.mark.parametrize(
    "email", ["ayse@example.com", "AYSE@example.com", "", "x", "a@b\r\nBcc: c@d.example"]
)
async def test_an_address_that_is_none_or_the_old_one_is_refused(
    client: httpx.AsyncClient, email: str
) -> None:
    await me(client)
    assert (await change_to(client, email)).status_code == 422
    assert await mails() == []


async def test_the_address_may_be_confirmed_in_another_browser(client: httpx.AsyncClient) -> None:
    await me(client)
    await change_to(client, "new@example.com")
    path = f"/en/email/{(await mails('new@example.com'))[0]['context']['token']}"
    client.cookies.clear()
    answer = await post_form(client, path)
    assert answer.headers["location"] == "/en/sign-in?said=email-changed"


async def test_sessions_are_listed_and_ended_one_by_one(client: httpx.AsyncClient) -> None:
    person = await me(client)
    other = client.cookies[session_cookie_name(client)]
    await execute("UPDATE session SET device = 'Chrome, Windows'")
    await sign_in(client, person, factor=False)
    page = await client.get("/en/account/sessions")
    assert "Chrome, Windows" in page.text
    ids = re.findall(r"/account/sessions/(\w{12})/end", page.text)
    assert len(ids) == 2
    found = await sessions.find(other)
    assert found is not None
    answer = await post_form(
        client, f"/en/account/sessions/{found.caller.session_id}/end", of="/en/account/sessions"
    )
    assert answer.headers["location"] == "/en/account/sessions?said=session-ended"
    assert await sessions.find(other) is None
    assert (await client.get("/en/account")).status_code == 200


async def test_all_other_sessions_are_ended_at_once(client: httpx.AsyncClient) -> None:
    person = await me(client)
    await sign_in(client, person, factor=False)
    await sign_in(client, person, factor=False)
    await post_form(client, "/en/account/sessions/others/end", of="/en/account/sessions")
    assert await fetchval("SELECT count(*) FROM session") == 1
    assert (await client.get("/en/account")).status_code == 200


async def test_nobody_ends_the_session_of_somebody_else(client: httpx.AsyncClient) -> None:
    await me(client)
    mine = await fetchval("SELECT public_id FROM session")
    await sign_in(client, await make_person("Can", "can@example.com"), factor=False)
    token = await token_of(client, "/en/account/sessions")
    answer = await client.post(f"/en/account/sessions/{mine}/end", data={csrf.FIELD: token})
    assert answer.status_code == 404
    assert await fetchval("SELECT count(*) FROM session") == 2


async def test_a_form_of_another_persons_session_is_refused(client: httpx.AsyncClient) -> None:
    await me(client)
    token = await token_of(client, "/en/account")
    await sign_in(client, await make_person("Can", "can@example.com"), factor=False)
    answer = await client.post(
        "/en/account", data={csrf.FIELD: token, "name": "Evil", "language": "en", "time_zone": "UTC"}
    )
    assert answer.status_code == 403
    assert await fetchval("SELECT count(*) FROM person WHERE name = 'Evil'") == 0
