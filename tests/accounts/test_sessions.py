"""Sessions: found by the cookie, over when idle, old, ended or of a closed account; rights are read anew each time."""

from datetime import UTC, date, datetime, timedelta

import httpx
from people import (
    make_association,
    make_member,
    make_person,
    make_post,
    session_cookie_name,
    sign_in,
)

from kervan import vault
from kervan.accounts import sessions
from kervan.db import execute, fetch, fetchval, transaction


async def begin(person: int, *, whole: bool = True) -> str:
    async with transaction() as tx:
        return await sessions.begin(tx.connection, person, whole=whole, factor=False, device="", address="")


async def test_the_database_holds_no_token(db: None) -> None:
    token = await begin(await make_person())
    row = dict((await fetch("SELECT * FROM session"))[0])
    assert token not in str(row)
    assert row["token_hash"] == vault.token_hash(token)


async def test_an_idle_session_is_over(db: None) -> None:
    token = await begin(await make_person())
    assert await sessions.find(token) is not None
    await execute("UPDATE session SET seen_at = now() - $1::interval", sessions.IDLE + timedelta(minutes=1))
    assert await sessions.find(token) is None


async def test_a_session_that_is_used_every_day_is_over_after_its_limit(db: None) -> None:
    token = await begin(await make_person())
    await execute("UPDATE session SET expires_at = now() - interval '1 second'")
    assert await sessions.find(token) is None


async def test_staff_are_signed_out_after_an_hour(db: None) -> None:
    person = await make_person()
    await make_member(await make_association(), person, "STAFF")
    token = await begin(person)
    await execute("UPDATE session SET seen_at = now() - interval '61 minutes'")
    assert await sessions.find(token) is None


async def test_a_suspended_person_has_no_session(db: None) -> None:
    person = await make_person()
    token = await begin(person)
    await execute("UPDATE person SET state = 'SUSPENDED'")
    assert await sessions.find(token) is None


async def test_a_posts_rights_end_with_its_term(db: None) -> None:
    person = await make_person()
    await make_member(await make_post("DE"), person, "ATTACHE", valid_to=datetime.now(UTC).date())
    token = await begin(person)
    found = await sessions.find(token)
    assert found is not None
    assert [m.country for m in found.caller.memberships] == ["DE"]
    await execute("UPDATE membership SET valid_to = $1", date(2026, 1, 1))
    found = await sessions.find(token)
    assert found is not None
    assert found.caller.memberships == ()


async def test_a_change_of_rights_brings_a_new_token(client: httpx.AsyncClient) -> None:
    person = await make_person()
    old = await sign_in(client, person)
    async with transaction() as tx:
        await sessions.turn_all(tx.connection, person)
    answer = await client.get("/en/account")
    assert answer.status_code == 200
    new = client.cookies[session_cookie_name(client)]
    assert new != old
    # Requests that were under way with the old token are not signed out; a minute later it is worth nothing.
    assert await sessions.find(old) is not None
    await execute("UPDATE session SET turned_at = turned_at - interval '61 seconds'")
    assert await sessions.find(old) is None
    assert await sessions.find(new) is not None


async def test_no_shared_cache_keeps_an_answer_with_a_new_token(client: httpx.AsyncClient) -> None:
    person = await make_person()
    await sign_in(client, person)
    async with transaction() as tx:
        await sessions.turn_all(tx.connection, person)
    answer = await client.get("/api/v1/nomenclature/63")
    assert answer.status_code == 200
    assert session_cookie_name(client) in answer.headers["set-cookie"]
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_half_session_opens_nothing(client: httpx.AsyncClient) -> None:
    person = await make_person()
    client.cookies.set(session_cookie_name(client), await begin(person, whole=False))
    answer = await client.get("/en/account")
    assert answer.status_code == 303
    assert "/en/sign-in" in answer.headers["location"]


async def test_a_session_that_is_over_is_taken_from_the_browser(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    await execute("DELETE FROM session")
    answer = await client.get("/en/products")
    assert answer.status_code == 200
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_a_page_costs_one_question_more_than_for_a_visitor(client: httpx.AsyncClient) -> None:
    person = await make_person()
    token = await sign_in(client, person)
    asked: list[object] = []
    async with transaction() as tx:
        with tx.connection.query_logger(asked.append):
            assert await sessions.find(token) is not None
    assert len(asked) == 1


async def test_old_sessions_and_links_are_forgotten(db: None) -> None:
    token = await begin(await make_person())
    await execute("UPDATE session SET expires_at = now() - interval '1 day'")
    await sessions.forget_old()
    assert await fetchval("SELECT count(*) FROM session") == 0
    assert await sessions.find(token) is None
