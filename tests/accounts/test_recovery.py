"""A forgotten password: nobody learns who has an account, the link works once, the second factor stays."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest
from people import PASSWORD, count, mails, make_person, post_form, session_cookie_name, sign_in

from kervan import vault
from kervan.accounts import factors, links, passwords, recovery, sessions, totp
from kervan.accounts.tables import LinkPurpose
from kervan.db import execute, fetchval, transaction
from kervan.errors import Conflict

NEW = "sekiz fındık kabuğu"


async def ayse(**fields: object) -> int:
    return await make_person("Ayşe Yılmaz", "ayse@example.com", **fields)


async def ask(client: httpx.AsyncClient, email: str = "ayse@example.com") -> httpx.Response:
    return await post_form(client, "/en/forgotten", {"email": email})


async def the_link() -> str:
    token = (await mails("ayse@example.com"))[-1]["context"]["token"]
    return f"/en/reset/{token}"


async def test_nobody_learns_who_has_an_account(client: httpx.AsyncClient, hashes: list[str]) -> None:
    await ayse()
    await make_person("Waiting", "waiting@example.com", state="PENDING_EMAIL")
    await make_person("Locked", "locked@example.com", state="SUSPENDED", state_reason="Tax plate forged")
    emails = ("ayse@example.com", "waiting@example.com", "locked@example.com", "nobody@example.com")
    answers = [await ask(client, email) for email in emails]
    assert {(answer.status_code, answer.headers["location"], answer.text) for answer in answers} == {
        (303, "/en/forgotten/sent", "")
    }
    assert hashes == []
    assert [(mail["to_address"], mail["template"]) for mail in await mails()] == list(
        zip(emails, ("reset_password", "reset_password", "account_suspended", "no_account"), strict=True)
    )


async def test_a_new_password_ends_every_session_and_signs_in(client: httpx.AsyncClient) -> None:
    person = await ayse()
    stolen = await sign_in(client, person)
    client.cookies.clear()
    await ask(client)
    path = await the_link()
    answer = await post_form(client, path, {"password": NEW})
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/desk?said=password-changed")
    assert await sessions.find(stolen) is None
    assert (await client.get("/en/account")).status_code == 200
    kept = await fetchval("SELECT password_hash FROM person")
    assert await passwords.verify(kept, NEW)
    assert not await passwords.verify(kept, PASSWORD)
    assert [mail["template"] for mail in await mails()] == ["reset_password", "password_changed"]
    assert (await client.get(path)).status_code == 410


async def test_a_new_password_does_not_skip_the_second_factor(client: httpx.AsyncClient) -> None:
    secret = vault.seal(totp.new_secret(), factors.SEALED_FOR)
    await ayse(totp_secret=secret, totp_confirmed_at=datetime.now(UTC))
    await ask(client)
    answer = await post_form(client, await the_link(), {"password": NEW})
    assert answer.headers["location"] == "/en/sign-in/second"
    assert (await client.get("/en/account")).status_code == 303
    assert await fetchval("SELECT totp_confirmed_at FROM person") is not None


async def test_the_link_shows_that_the_address_is_theirs(client: httpx.AsyncClient) -> None:
    """Somebody who never confirmed, or whose address a stranger registered, comes in this way."""
    await ayse(state="PENDING_EMAIL")
    await ask(client)
    assert (await post_form(client, await the_link(), {"password": NEW})).status_code == 303
    assert await fetchval("SELECT state FROM person") == "ACTIVE"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "A password needs at least 10 characters."),
        ("ayse-yilmaz-1", "Your password must not hold your name"),
        ("", "A password needs at least 10 characters."),
    ],
)
async def test_a_bad_password_is_refused_and_the_link_still_works(
    client: httpx.AsyncClient, password: str, sentence: str
) -> None:
    await ayse()
    await ask(client)
    path = await the_link()
    answer = await post_form(client, path, {"password": password})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert (await post_form(client, path, {"password": NEW})).status_code == 303


async def test_the_link_is_over_after_an_hour_and_ends_with_the_next_one(client: httpx.AsyncClient) -> None:
    await ayse()
    await ask(client)
    first = await the_link()
    await ask(client)
    assert (await client.get(first)).status_code == 410
    second = await the_link()
    assert links.RESET_FOR.total_seconds() == 3600
    await execute("UPDATE account_link SET expires_at = now()")
    assert (await client.get(second)).status_code == 410
    over = await post_form(client, second, {"password": NEW}, of="/en/forgotten")
    assert over.status_code == 410
    assert "/en/forgotten" in over.text


async def test_a_confirmation_link_sets_no_password(client: httpx.AsyncClient) -> None:
    person = await ayse()
    async with transaction() as tx:
        token = await links.new_link(tx.connection, person, LinkPurpose.CONFIRM_EMAIL, links.CONFIRM_FOR)
    answer = await post_form(client, f"/en/reset/{token}", {"password": NEW}, of="/en/forgotten")
    assert answer.status_code == 410
    assert await passwords.verify(await fetchval("SELECT password_hash FROM person"), PASSWORD)


async def test_of_two_windows_one_sets_the_password(client: httpx.AsyncClient) -> None:
    await ayse()
    await ask(client)
    token = (await the_link()).rpartition("/")[2]
    done = await asyncio.gather(
        recovery.reset(token, NEW), recovery.reset(token, "dokuz badem çekirdeği"), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "Person"]
    assert any(isinstance(one, Conflict) for one in done)


async def test_a_link_of_a_suspended_person_is_over(client: httpx.AsyncClient) -> None:
    await ayse()
    await ask(client)
    path = await the_link()
    await execute("UPDATE person SET state = 'SUSPENDED'")
    assert (await client.get(path)).status_code == 410
    assert (await post_form(client, path, {"password": NEW}, of="/en/forgotten")).status_code == 410
    assert session_cookie_name(client) not in client.cookies


async def test_a_mailbox_is_not_flooded(client: httpx.AsyncClient) -> None:
    statuses = [(await ask(client, "nobody@example.com")).status_code for _ in range(6)]
    assert statuses == [303] * 5 + [429]
    assert await count("mail") == 5
    # Another way to cause a mail to the same address is closed as well.
    other = await post_form(client, "/en/confirm", {"email": "nobody@example.com"})
    assert other.status_code == 429


async def test_the_log_holds_no_token_of_a_mailed_link(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    from kervan.web import logging

    await ayse()
    await ask(client)
    path = await the_link()
    await client.get(path)
    await post_form(client, path, {"password": NEW})
    logging.flush()
    written = capsys.readouterr().err
    assert "/en/reset/…" in written
    assert path.rpartition("/")[2] not in written
    assert "ayse@" not in written
