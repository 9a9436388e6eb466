"""The second factor: set up by a code, asked for at sign-in, each code once, recovery codes once."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pyotp
import pytest
from people import (
    PASSWORD,
    audited,
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
from kervan.accounts import factors, sessions, totp
from kervan.db import execute, fetch, fetchval, transaction
from kervan.web import csrf

SET_UP = "/en/account/second-factor/set-up"
STEP = timedelta(seconds=totp.STEP_SECONDS)


async def person_with_factor(secret: str, **fields: object) -> int:
    return await make_person(
        "Ayşe Yılmaz",
        "ayse@example.com",
        totp_secret=vault.seal(secret, factors.SEALED_FOR),
        totp_confirmed_at=datetime.now(UTC),
        **fields,
    )


def code_of(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(datetime.now(UTC) + steps * STEP)


async def first_step(client: httpx.AsyncClient, **more: str) -> httpx.Response:
    return await post_form(client, "/en/sign-in", {"email": "ayse@example.com", "password": PASSWORD, **more})


async def second_step(client: httpx.AsyncClient, code: str, **more: str) -> httpx.Response:
    return await post_form(client, "/en/sign-in/second", {"code": code, **more})


async def set_up(client: httpx.AsyncClient) -> tuple[str, list[str], httpx.Response]:
    """Goes through the page as a person does: secret, recovery codes, answer."""
    page = await client.get(SET_UP)
    shown = re.search(r'class="set-up-key"[^>]*>([A-Z2-7 ]+)<', page.text)
    offer = re.search(r'name="offer"\s+value="([^"]+)"', page.text)
    assert shown
    assert offer
    secret = shown[1].replace(" ", "")
    answer = await post_form(client, SET_UP, {"offer": offer[1], "code": code_of(secret)})
    return secret, re.findall(r"<li>(\w{4}-\w{4}-\w{4})</li>", answer.text), answer


async def test_the_factor_is_set_up_by_a_code_and_ends_other_sessions(client: httpx.AsyncClient) -> None:
    person = await make_person("Ayşe Yılmaz", "ayse@example.com")
    elsewhere = await sign_in(client, person, factor=False)
    before = await sign_in(client, person, factor=False)
    secret, codes, answer = await set_up(client)
    assert answer.status_code == 200
    assert len(set(codes)) == 10
    assert "no-store" in answer.headers["cache-control"]
    after = client.cookies[session_cookie_name(client)]
    assert after != before
    assert await sessions.find(before) is None
    assert await sessions.find(elsewhere) is None
    found = await sessions.find(after)
    assert found is not None
    assert found.caller.factor_given
    row = (await fetch("SELECT * FROM person"))[0]
    assert secret not in str(dict(row))
    assert not any(
        code in str(dict(kept)) for kept in await fetch("SELECT * FROM recovery_code") for code in codes
    )
    assert [mail["template"] for mail in await mails()] == ["second_factor_changed"]
    assert (f"user:{person}", "person.factor_on") in await audited(person)


async def test_a_wrong_code_sets_nothing_up_and_keeps_the_picture(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person(), factor=False)
    page = await client.get(SET_UP)
    offer = re.search(r'name="offer"\s+value="([^"]+)"', page.text)
    key = re.search(r'class="set-up-key"[^>]*>([^<]+)<', page.text)
    assert offer
    assert key
    answer = await post_form(client, SET_UP, {"offer": offer[1], "code": "12345"})
    assert answer.status_code == 422
    assert key[1] in answer.text
    assert await fetchval("SELECT totp_confirmed_at FROM person") is None


async def test_a_picture_made_for_somebody_else_is_not_taken(client: httpx.AsyncClient) -> None:
    attacker = await sign_in(client, await make_person("Attacker"), factor=False)
    found = await sessions.find(attacker)
    assert found is not None
    offer = factors.offer(found.caller)
    secret = factors.offered(found.caller, offer)
    assert secret
    await sign_in(client, await make_person("Ayşe"), factor=False)
    answer = await post_form(client, SET_UP, {"offer": offer, "code": code_of(secret)})
    assert answer.status_code == 303
    assert await fetchval("SELECT count(*) FROM person WHERE totp_confirmed_at IS NOT NULL") == 0


async def test_the_password_alone_opens_nothing(client: httpx.AsyncClient) -> None:
    await person_with_factor(totp.new_secret())
    answer = await first_step(client, next="/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/sign-in/second?next=%2Faccount")
    assert (await client.get("/en/account")).status_code == 303
    for path in (SET_UP, "/en/account/second-factor", "/en/account/prove"):
        assert "/en/sign-in" in (await client.get(path)).headers["location"]
    assert await fetchval("SELECT whole FROM session") is False


async def test_the_code_makes_the_session_whole_with_a_new_token(client: httpx.AsyncClient) -> None:
    secret = totp.new_secret()
    await person_with_factor(secret)
    await first_step(client)
    half = client.cookies[session_cookie_name(client)]
    answer = await second_step(client, code_of(secret), next="/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/account")
    whole = client.cookies[session_cookie_name(client)]
    assert whole != half
    assert await sessions.find(half) is None
    assert (await client.get("/en/account")).status_code == 200


async def test_a_code_works_once(client: httpx.AsyncClient) -> None:
    secret = totp.new_secret()
    await person_with_factor(secret)
    code = code_of(secret)
    await first_step(client)
    assert (await second_step(client, code)).status_code == 303
    client.cookies.clear()
    await first_step(client)
    replayed = await second_step(client, code)
    assert replayed.status_code == 422
    assert "This code is not right, or it was used already" in replayed.text
    assert (await client.get("/en/account")).status_code == 303
    assert (await second_step(client, code_of(secret, 1))).status_code == 303


async def test_the_code_that_set_the_factor_up_cannot_be_used_to_sign_in(client: httpx.AsyncClient) -> None:
    person = await make_person("Ayşe Yılmaz", "ayse@example.com")
    await sign_in(client, person, factor=False)
    secret, _, _ = await set_up(client)
    step = await fetchval("SELECT totp_step FROM person")
    client.cookies.clear()
    await first_step(client)
    assert (await second_step(client, pyotp.TOTP(secret).generate_otp(step))).status_code == 422


async def test_a_recovery_code_works_once_however_it_is_typed(client: httpx.AsyncClient) -> None:
    person = await make_person("Ayşe Yılmaz", "ayse@example.com")
    await sign_in(client, person, factor=False)
    _, codes, _ = await set_up(client)
    client.cookies.clear()
    await first_step(client)
    answer = await second_step(client, f" {codes[0].upper().replace('-', ' ')} ")
    assert answer.headers["location"] == "/en/desk?said=recovery-used"
    assert (f"user:{person}", "person.recovery_code_used") in await audited(person)
    client.cookies.clear()
    await first_step(client)
    assert (await second_step(client, codes[0])).status_code == 422
    assert (await second_step(client, codes[1])).status_code == 303


async def test_new_recovery_codes_end_the_old_ones(client: httpx.AsyncClient) -> None:
    person = await make_person("Ayşe Yılmaz", "ayse@example.com")
    await sign_in(client, person, factor=False)
    _, old, _ = await set_up(client)
    answer = await post_form(client, "/en/account/recovery-codes", of="/en/account/second-factor")
    new = re.findall(r"<li>(\w{4}-\w{4}-\w{4})</li>", answer.text)
    assert len(set(new) | set(old)) == 20
    async with transaction() as tx:
        assert await factors.accept(tx.connection, person, old[0]) is None
        assert await factors.accept(tx.connection, person, new[0]) == "recovery"


async def test_ten_wrong_codes_lock_the_second_step_for_the_person(client: httpx.AsyncClient) -> None:
    secret = totp.new_secret()
    await person_with_factor(secret)
    await first_step(client)
    statuses = [(await second_step(client, "000000x")).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    # Signing in once more brings no new tries.
    client.cookies.clear()
    await first_step(client)
    assert (await second_step(client, code_of(secret))).status_code == 429


async def test_two_people_cannot_swap_half_sessions(client: httpx.AsyncClient) -> None:
    """A code of one person does not complete the session of another."""
    mine, other = totp.new_secret(), totp.new_secret()
    await person_with_factor(mine)
    await make_person(
        "Can",
        "can@example.com",
        totp_secret=vault.seal(other, factors.SEALED_FOR),
        totp_confirmed_at=datetime.now(UTC),
    )
    await first_step(client)
    assert (await second_step(client, code_of(other))).status_code == 422


async def test_one_may_give_up_at_the_second_step(client: httpx.AsyncClient) -> None:
    await person_with_factor(totp.new_secret())
    await first_step(client)
    answer = await post_form(client, "/en/sign-out", of="/en/sign-in/second")
    assert answer.status_code == 303
    assert await fetchval("SELECT count(*) FROM session") == 0


async def test_the_factor_is_switched_off_with_a_mail(client: httpx.AsyncClient) -> None:
    person = await person_with_factor(totp.new_secret())
    await sign_in(client, person)
    answer = await post_form(client, "/en/account/second-factor/off", of="/en/account/second-factor")
    assert answer.headers["location"] == "/en/account/second-factor?said=factor-off"
    row = (await fetch("SELECT totp_secret, totp_confirmed_at FROM person"))[0]
    assert tuple(row) == (None, None)
    assert [mail["context"]["on"] for mail in await mails()] == [False]


async def test_staff_cannot_switch_their_factor_off(client: httpx.AsyncClient) -> None:
    person = await person_with_factor(totp.new_secret())
    await make_member(await make_association(), person, "STAFF")
    await sign_in(client, person)
    page = await client.get("/en/account/second-factor")
    assert "/second-factor/off" not in page.text
    answer = await post_form(client, "/en/account/second-factor/off", of="/en/account/second-factor")
    assert answer.status_code == 409
    assert await fetchval("SELECT totp_confirmed_at FROM person") is not None


async def test_a_session_without_the_factor_cannot_switch_it_off(client: httpx.AsyncClient) -> None:
    """Somebody who got in before the factor existed, or by an old session, gives a code first."""
    person = await person_with_factor(totp.new_secret())
    await sign_in(client, person, factor=False)
    token = await token_of(client, "/en/account")
    for path in ("/en/account/second-factor/off", "/en/account/recovery-codes"):
        answer = await client.post(path, data={csrf.FIELD: token})
        assert answer.status_code == 303
    assert await fetchval("SELECT totp_confirmed_at FROM person") is not None
    led = await client.get("/en/account/second-factor")
    assert led.headers["location"].startswith("/en/sign-in/second")


async def test_who_became_staff_gives_the_code_of_the_factor_they_have(client: httpx.AsyncClient) -> None:
    secret = totp.new_secret()
    person = await person_with_factor(secret)
    await make_member(await make_association(), person, "STAFF")
    await sign_in(client, person, factor=False)
    led = await client.get("/en/account")
    assert led.headers["location"].startswith("/en/account/second-factor")
    step = await client.get(led.headers["location"])
    assert step.headers["location"].startswith("/en/sign-in/second")
    answer = await post_form(client, step.headers["location"], {"code": code_of(secret), "next": "/account"})
    assert answer.headers["location"] == "/en/account"
    assert (await client.get("/en/account")).status_code == 200


@pytest.mark.parametrize(
    ("path", "then"),
    [
        (SET_UP, "/account/second-factor/set-up"),
        ("/en/account/email", "/account/email"),
    ],
)
async def test_what_guards_the_account_asks_for_the_password_again(
    client: httpx.AsyncClient, path: str, then: str
) -> None:
    await sign_in(client, await make_person(), factor=False)
    assert (await client.get(path)).status_code == 200
    await execute("UPDATE session SET proved_at = now() - $1::interval", sessions.PROVED_FOR)
    asked = await client.get(path)
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/en/account/prove?next=")
    wrong = await post_form(client, asked.headers["location"], {"password": "wrong", "next": then})
    assert wrong.status_code == 422
    before = client.cookies[session_cookie_name(client)]
    right = await post_form(client, asked.headers["location"], {"password": PASSWORD, "next": then})
    assert right.headers["location"] == path
    assert client.cookies[session_cookie_name(client)] != before
    assert (await client.get(path)).status_code == 200


async def test_nothing_is_changed_without_the_proof(client: httpx.AsyncClient) -> None:
    person = await person_with_factor(totp.new_secret())
    await sign_in(client, person)
    await execute("UPDATE session SET proved_at = now() - $1::interval", sessions.PROVED_FOR)
    token = await token_of(client, "/en/account")
    for path in ("/en/account/second-factor/off", "/en/account/recovery-codes", "/en/account/email"):
        answer = await client.post(path, data={csrf.FIELD: token, "email": "new@example.com"})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/en/account/prove")
    assert await fetchval("SELECT totp_confirmed_at FROM person") is not None
    assert await fetchval("SELECT count(*) FROM recovery_code") == 0
    assert await mails() == []
