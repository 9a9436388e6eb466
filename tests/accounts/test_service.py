"""Administrators suspend, let in again and close accounts; the hourly rounds of the worker."""

import asyncio

import httpx
import pytest
from people import (
    audited,
    count,
    mails,
    make_importer,
    make_member,
    make_ministry,
    make_person,
    sign_in,
)

from kervan import rounds
from kervan.accounts import devices, people, queries, service, sessions, states
from kervan.accounts.callers import Caller
from kervan.accounts.tables import PersonState
from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.trade import emails


async def caller(person: int, client: httpx.AsyncClient) -> Caller:
    found = await sessions.find(await sign_in(client, person))
    assert found is not None
    return found.caller


@pytest.fixture
async def admin(client: httpx.AsyncClient) -> Caller:
    person = await make_person("Zeynep Admin")
    await make_member(await make_ministry(), person, "ADMIN")
    return await caller(person, client)


async def public_id(person: int) -> str:
    return str(await fetchval("SELECT public_id FROM person WHERE id = $1", person))


async def test_a_suspended_person_is_out_at_once_and_told_why(
    client: httpx.AsyncClient, admin: Caller
) -> None:
    person = await make_person()
    token = await sign_in(client, person)
    await service.suspend(admin, await public_id(person), "Tax plate forged")
    assert await sessions.find(token) is None
    assert (await client.get("/en/account")).status_code == 303
    mail = (await mails())[-1]
    assert (mail["template"], mail["context"]["reason"]) == ("account_suspended", "Tax plate forged")
    assert await audited(person) == [(admin.actor, "person.suspended")]
    await service.reinstate(admin, await public_id(person), "It was real")
    assert await fetchval("SELECT state FROM person WHERE id = $1", person) == "ACTIVE"
    assert (await mails())[-1]["template"] == "account_reinstated"
    await sign_in(client, person)
    assert (await client.get("/en/account")).status_code == 200


async def test_a_closed_account_keeps_no_name_and_no_address(
    client: httpx.AsyncClient, admin: Caller
) -> None:
    person = await make_person("Ayşe Yılmaz", "ayse@example.com")
    firm = await make_importer()
    await make_member(firm, person, "BUYER")
    token = await sign_in(client, person)
    await service.close(admin, await public_id(person), "Asked for it")
    row = (await fetch("SELECT * FROM person WHERE id = $1", person))[0]
    assert "Ayşe" not in str(dict(row))
    assert "ayse@" not in str(dict(row))
    assert (row["state"], row["password_hash"]) == ("CLOSED", None)
    assert await sessions.find(token) is None
    assert (
        await fetchval("SELECT count(*) FROM membership WHERE person = $1 AND ended_at IS NULL", person) == 0
    )
    assert [mail["template"] for mail in await mails("ayse@example.com")] == ["account_closed"]
    # The address is free again.
    async with transaction() as tx:
        made = await people.create(
            tx.connection,
            name="Ayşe",
            email=emails.address("ayse@example.com"),
            password_hash=None,
            language="tr",
            state="ACTIVE",
        )
    assert made != person


async def test_the_last_owner_of_a_firm_is_not_closed(client: httpx.AsyncClient, admin: Caller) -> None:
    person = await make_person()
    await make_member(await make_importer(), person, "OWNER")
    with pytest.raises(Conflict):
        await service.close(admin, await public_id(person), "Asked for it")
    assert await fetchval("SELECT state FROM person WHERE id = $1", person) == "ACTIVE"


async def test_nobody_else_may_do_this(client: httpx.AsyncClient) -> None:
    stranger = await caller(await make_person("Can"), client)
    victim = await make_person()
    for act in (service.suspend, service.reinstate, service.close):
        with pytest.raises(NotFound):
            await act(stranger, await public_id(victim), "Because")
    assert await fetchval("SELECT state FROM person WHERE id = $1", victim) == "ACTIVE"


async def test_nobody_does_it_to_the_own_account(admin: Caller) -> None:
    for act in (service.suspend, service.close):
        with pytest.raises(Conflict):
            await act(admin, admin.public_id, "Tired")


async def test_a_reason_is_asked_for(admin: Caller) -> None:
    person = await make_person()
    for reason in ("", "   ", "x" * 10_000):
        with pytest.raises(Invalid):
            await service.suspend(admin, await public_id(person), reason)
    with pytest.raises(NotFound):
        await service.suspend(admin, "nobodyhere12", "Because")


async def test_what_is_not_an_arrow_is_refused(admin: Caller) -> None:
    person = await make_person()
    with pytest.raises(Conflict):
        await service.reinstate(admin, await public_id(person), "Why not")
    await service.suspend(admin, await public_id(person), "Because")
    with pytest.raises(Conflict):
        await service.suspend(admin, await public_id(person), "Once more")


def test_the_arrows_of_an_account() -> None:
    allowed = {(before, after) for before in PersonState for after in PersonState if _goes(before, after)}
    assert allowed == {
        ("PENDING_EMAIL", "ACTIVE"),
        ("PENDING_EMAIL", "CLOSED"),
        ("ACTIVE", "SUSPENDED"),
        ("ACTIVE", "CLOSED"),
        ("SUSPENDED", "ACTIVE"),
        ("SUSPENDED", "CLOSED"),
    }


def _goes(before: str, after: str) -> bool:
    try:
        states.check(before, after)
    except Conflict:
        return False
    return True


async def test_of_two_who_take_an_address_one_gets_it(db: None) -> None:
    async def create() -> int:
        async with transaction() as tx:
            return await people.create(
                tx.connection,
                name="Ayşe",
                email=emails.address("ayse@example.com"),
                password_hash=None,
                language="tr",
            )

    done = await asyncio.gather(create(), create(), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "int"]
    assert await count("person") == 1


async def test_a_person_is_found_by_id_key_and_public_id(db: None) -> None:
    id = await make_person("Ayşe Yılmaz", "Ayse@example.com")
    by_id = await queries.person(id)
    assert by_id is not None
    assert by_id == await queries.person_by_key("ayse@example.com")
    assert by_id == await queries.person_by_public_id(by_id.public_id)
    assert await queries.person(id + 1) is None


async def test_devices_are_forgotten_after_a_year(db: None) -> None:
    person = await make_person()
    async with transaction() as tx:
        await devices.note(tx.connection, person, "Firefox, Linux", "127.0.0.1")
    await devices.forget_old()
    assert await count("seen_device") == 1
    await execute("UPDATE seen_device SET last_seen_at = now() - interval '401 days'")
    await devices.forget_old()
    assert await count("seen_device") == 0


async def test_rounds_go_on_when_one_fails_and_two_workers_do_not_work_at_once(db: None) -> None:
    stop = asyncio.Event()
    at_work, most, done = 0, 0, 0

    async def work() -> None:
        nonlocal at_work, most, done
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.02)
        at_work -= 1
        done += 1
        if done >= 5:
            stop.set()

    async def broken() -> None:
        raise ValueError("broken on purpose")

    table = ((0.01, broken), (0.01, work))
    await asyncio.wait_for(
        asyncio.gather(rounds.run(stop, table, 0.0), rounds.run(stop, table, 0.0)), timeout=30
    )
    assert done >= 5
    assert most == 1


async def test_the_hourly_round_forgets_old_sessions(db: None) -> None:
    person = await make_person()
    async with transaction() as tx:
        await sessions.begin(tx.connection, person, whole=True, factor=False, device="", address="")
    await execute("UPDATE session SET expires_at = now() - interval '1 day'")
    stop = asyncio.Event()

    async def finish() -> None:
        stop.set()

    await asyncio.wait_for(rounds.run(stop, (*rounds.ROUNDS, (rounds.HOUR, finish)), 0.0), timeout=30)
    assert await count("session") == 0
