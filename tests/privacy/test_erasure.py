"""Deleting an account: nothing of the person stays readable, firms are not left alone, and what is open comes first."""

from datetime import UTC, datetime

import httpx
import pytest
from factories import make_exporter, make_product
from people import (
    PASSWORD,
    count,
    firm_of,
    mails,
    make_association,
    make_importer,
    make_member,
    make_ministry,
    make_person,
    post_form,
    sign_in,
)
from staffing import caller_of

from kervan.accounts import service as accounts
from kervan.db import execute, fetch, fetchval, transaction
from kervan.discovery import requests
from kervan.errors import Invalid
from kervan.ids import new_public_id
from kervan.importers import saved, service
from kervan.importers.structs import Company
from kervan.mail.service import send, suppress
from kervan.organisations import tasks
from kervan.privacy import consents, erasure
from kervan.privacy.open_matters import open_matters
from kervan.trade import emails

NAME, EMAIL, PHONE = "Jonas Petersen", "jonas.petersen@nordlicht-handel.de", "+49403232320"


async def in_the_database(*words: str) -> list[str]:
    """Where one of the words stands, in any column of text or JSON of any table."""
    columns = await fetch(
        """SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'migration'
            AND (data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY'))"""
    )
    found = []
    for row in columns:
        for word in words:
            n = await fetchval(
                f'SELECT count(*) FROM "{row["table_name"]}" WHERE "{row["column_name"]}"::text ILIKE $1',
                f"%{word}%",
            )
            if n:
                found.append(f"{row['table_name']}.{row['column_name']}: {word}")
    return found


async def registered() -> int:
    """An importer's only person, who used everything that there is."""
    person = await make_person(NAME, EMAIL)
    company = Company(
        legal_name="Nordlicht Handel GmbH",
        country="DE",
        contact_name=NAME,
        contact_role="Purchasing",
        phone=PHONE,
    )
    async with transaction() as tx:
        await service.create(tx.connection, person, company, emails.address(EMAIL), "ACTIVE")
        await consents.give(tx.connection, person, ("events", "alerts"), "en", "registration")
        await consents.withdraw(tx.connection, person, "alerts", "test")
        await send("password_changed", EMAIL, "en", person=person, name=NAME)
        await send("reset_password", EMAIL, "en", person=person, name=NAME, token="t" * 43)
        await suppress(EMAIL, "mailbox full")
    await execute(
        """UPDATE mail SET state = 'SENT', sent_at = now(), context = NULL, subject = $1
        WHERE id = (SELECT min(id) FROM mail)""",
        f"Hello {NAME}",
    )
    product = await make_product(await make_exporter())
    await saved.keep_product(person, await fetchval("SELECT public_id FROM product WHERE id = $1", product))
    await saved.keep_search(person, requests.parse("products", "en", {"q": ["rug"]}), f"Rugs for {NAME}")
    inviting = await make_importer("Südwind GmbH", contact_name="Greta Hansen")
    await execute(
        """INSERT INTO invitation (public_id, token_hash, organisation, email, email_key, role, invited_by, expires_at)
        VALUES ('abcdefghjkmn', '\\x00', $1, $2, $2, 'BUYER', $3, now() + interval '3 days')""",
        inviting.id,
        EMAIL,
        await make_person("Greta Hansen"),
    )
    return person


async def test_nothing_of_the_person_stays_readable(client: httpx.AsyncClient) -> None:
    person = await registered()
    assert await in_the_database(NAME), "the search finds what is there"
    await sign_in(client, person)
    answer = await post_form(client, "/en/privacy/delete", {"password": PASSWORD, "sure": "1"})
    assert answer.headers["location"] == "/en?said=account-deleted"
    assert 'kervan-session=""' in answer.headers["set-cookie"] or "Max-Age=0" in answer.headers["set-cookie"]
    goodbye = [row for row in await mails(EMAIL) if row["state"] == "QUEUED"]
    assert [row["template"] for row in goodbye] == ["account_closed"]
    await execute("UPDATE mail SET state = 'SENT', sent_at = now(), context = NULL WHERE state = 'QUEUED'")
    await erasure.carry_out_deferred()
    assert await in_the_database(NAME, EMAIL, "petersen", PHONE) == []
    for table in (
        "session",
        "saved_product",
        "saved_exporter",
        "saved_search",
        "account_link",
        "suppression",
    ):
        assert await count(table) == 0, table
    assert (
        await fetchval("SELECT standing FROM importer WHERE legal_name = 'Nordlicht Handel GmbH'") == "CLOSED"
    )
    assert await fetchval("SELECT count(*) FROM membership WHERE ended_at IS NULL") == 0
    assert (await client.get("/en/account")).status_code == 303


async def test_what_was_done_stays_under_a_number_and_consents_say_that_they_ended(
    client: httpx.AsyncClient,
) -> None:
    person = await registered()
    before = await fetchval("SELECT count(*) FROM audit_entry WHERE actor = $1", f"user:{person}")
    assert before
    assert await erasure.ask(person, PASSWORD)
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE actor = $1", f"user:{person}") > before
    rows = await fetch("SELECT purpose, withdrawn_at, evidence, withdrawal FROM consent ORDER BY purpose")
    assert [row["purpose"] for row in rows] == ["alerts", "events"]
    assert all(row["withdrawn_at"] for row in rows)
    assert {row["evidence"] for row in rows} == {'{"where": "registration"}'}
    assert [row["withdrawal"] for row in rows] == ['{"where": "test"}', '{"where": "deletion"}']


async def test_the_address_is_free_again(client: httpx.AsyncClient) -> None:
    person = await registered()
    await erasure.ask(person, PASSWORD)
    assert await make_person("Another Person", EMAIL) != person


async def test_an_account_that_an_administrator_closes_keeps_no_more(db: None) -> None:
    person = await registered()
    firm = await fetchval("SELECT organisation FROM importer WHERE legal_name = 'Nordlicht Handel GmbH'")
    colleague, admin = await make_person("Frieda Voss"), await make_person("Elif Arslan")
    await make_member(firm, colleague, "OWNER")
    await make_member(await make_ministry(), admin, "ADMIN")
    claim = await _open_claim(person)
    await accounts.close(
        await caller_of(admin), await fetchval("SELECT public_id FROM person WHERE id = $1", person), "Spam."
    )
    assert [row["template"] for row in await mails(EMAIL) if row["state"] == "QUEUED"] == ["account_closed"]
    await execute("UPDATE mail SET state = 'SENT', sent_at = now(), context = NULL WHERE state = 'QUEUED'")
    await erasure.carry_out_deferred()
    assert await in_the_database(NAME, EMAIL, "petersen", PHONE) == []
    for table in ("saved_product", "saved_search", "suppression"):
        assert await count(table) == 0, table
    assert await fetchval("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 0
    assert await fetchval("SELECT contact_name FROM importer WHERE organisation = $1", firm) == "Frieda Voss"
    row = (await fetch("SELECT standing FROM importer WHERE organisation = $1", firm))[0]
    assert row["standing"] == "ACTIVE", "the firm goes on"
    assert not await fetchval("SELECT accepted FROM exporter_claim WHERE public_id = $1", claim)
    assert await fetchval("SELECT done_at IS NOT NULL FROM task WHERE about = $1", claim)


async def _open_claim(person: int) -> str:
    claim = new_public_id()
    await execute(
        "INSERT INTO exporter_claim (public_id, exporter, person, message) VALUES ($1, $2, $3, $4)",
        claim,
        await fetchval("SELECT min(id) FROM exporter"),
        person,
        f"I am {NAME}, and the firm is mine.",
    )
    async with transaction() as tx:
        await tasks.open_task(tx.connection, tasks.EXPORTER_CLAIM, claim)
    return claim


async def test_a_wrong_password_deletes_nobody(client: httpx.AsyncClient) -> None:
    person = await make_person(NAME, EMAIL)
    await sign_in(client, person)
    answer = await post_form(client, "/en/privacy/delete", {"password": "wrong", "sure": "1"})
    assert answer.status_code == 422
    assert "This is not your password." in answer.text
    unsure = await post_form(client, "/en/privacy/delete", {"password": PASSWORD})
    assert unsure.status_code == 422
    assert await fetchval("SELECT state FROM person WHERE id = $1", person) == "ACTIVE"
    with pytest.raises(Invalid):
        await erasure.ask(person, "")


async def test_a_colleague_becomes_the_contact(db: None) -> None:
    firm = await make_importer(contact_name=NAME, phone=PHONE)
    person, other = await make_person(NAME, EMAIL), await make_person("Greta Hansen")
    await make_member(firm, person, "OWNER")
    await make_member(firm, other, "OWNER")
    assert await erasure.ask(person, PASSWORD)
    row = (await fetch("SELECT standing, contact_name, phone FROM importer"))[0]
    assert (row["standing"], row["contact_name"], row["phone"]) == ("ACTIVE", "Greta Hansen", None)
    assert await in_the_database("petersen", PHONE) == [
        "mail.to_address: petersen",
        "mail.address_key: petersen",
    ]


async def test_the_last_owner_with_colleagues_waits_and_goes_by_itself_later(
    client: httpx.AsyncClient,
) -> None:
    firm = await make_importer()
    person, buyer = await make_person(NAME, EMAIL), await make_person("Greta Hansen")
    await make_member(firm, person, "OWNER")
    await make_member(firm, buyer, "BUYER")
    await sign_in(client, person)
    page = await client.get("/en/privacy/delete")
    assert "You are the last owner of Nordlicht Handel GmbH" in page.text
    answer = await post_form(client, "/en/privacy/delete", {"password": PASSWORD, "sure": "1"})
    assert answer.headers["location"] == "/en/privacy?said=deletion-deferred"
    assert [row["template"] for row in await mails(EMAIL)] == ["deletion_deferred"]
    assert "Your account will be deleted" in (await client.get("/en/privacy")).text
    assert await erasure.carry_out_deferred() == 0
    await execute("UPDATE membership SET role = 'OWNER' WHERE person = $1", buyer)
    assert await erasure.carry_out_deferred() == 1
    assert await erasure.carry_out_deferred() == 0
    assert await fetchval("SELECT state FROM person WHERE id = $1", person) == "CLOSED"
    assert await fetchval("SELECT count(*) FROM erasure WHERE done_at IS NOT NULL") == 1


async def test_the_wish_can_be_taken_back(client: httpx.AsyncClient) -> None:
    exporter = await firm_of(await make_exporter())
    person = await make_person(NAME, EMAIL)
    await make_member(exporter, person, "OWNER")
    await sign_in(client, person)
    await post_form(client, "/en/privacy/delete", {"password": PASSWORD, "sure": "1"})
    await post_form(client, "/en/privacy/stay", of="/en/privacy")
    await execute("UPDATE exporter SET verification = 'EXPIRED'")
    assert await erasure.carry_out_deferred() == 0
    assert await fetchval("SELECT state FROM person WHERE id = $1", person) == "ACTIVE"


@pytest.mark.parametrize(
    ("verification", "words"),
    [
        ("VERIFIED", "is a verified exporter and you are its last owner"),
        ("SUSPENDED", "is a verified exporter and you are its last owner"),
        ("UNDER_REVIEW", "The review of Ayşe Havlu Sanayi A.Ş. is in progress"),
        ("NEEDS_INFO", "The review of Ayşe Havlu Sanayi A.Ş. is in progress"),
        ("EXPIRED", None),
        ("REJECTED", None),
    ],
)
async def test_a_firm_on_the_market_or_in_review_comes_first(
    db: None, verification: str, words: str | None
) -> None:
    exporter = await firm_of(await make_exporter())
    person = await make_person(NAME, EMAIL)
    await make_member(exporter, person, "OWNER")
    await execute("UPDATE exporter SET verification = $1", verification)
    found = await open_matters(person)
    assert found == [] if words is None else words in found[0]


async def test_open_work_of_staff_comes_first(db: None) -> None:
    association = await make_association()
    person = await make_person(NAME, EMAIL)
    await make_member(association, person, "STAFF")
    assert await open_matters(person) == []
    async with transaction() as tx:
        await tasks.open_task(tx.connection, tasks.EXPORTER_REVIEW, "abcdefghjkmn", association.id)
    await execute("UPDATE task SET assigned_to = $1, assigned_at = $2", person, datetime.now(UTC))
    assert await open_matters(person) == ["You have 1 open task. Give it to a colleague or finish it."]
    assert len(await open_matters(person, "tr")) == 1


async def test_the_last_administrator_stays(db: None) -> None:
    ministry = await make_ministry()
    person = await make_person(NAME, EMAIL)
    await make_member(ministry, person, "ADMIN")
    assert "last administrator" in (await open_matters(person))[0]
    other = await make_person("Elif Arslan")
    await make_member(ministry, other, "ADMIN")
    assert await open_matters(person) == []


async def test_a_sole_traders_identity_goes_with_them(db: None) -> None:
    exporter = await firm_of(await make_exporter(kind="SOLE_TRADER", legal_name=NAME, verification="EXPIRED"))
    person = await make_person(NAME, EMAIL)
    await make_member(exporter, person, "OWNER")
    await execute(
        """UPDATE exporter SET tckn_sealed = 'sealed', tckn_fingerprint = 'f', contact_name = $1, contact_email = $2,
        phone = $3, address = 'Kordon 1'""",
        NAME,
        EMAIL,
        PHONE,
    )
    assert await erasure.ask(person, PASSWORD)
    row = (await fetch("SELECT * FROM exporter"))[0]
    assert row["verification"] == "CLOSED"
    assert [row[name] for name in ("tckn_sealed", "tckn_fingerprint", "vkn", "address", "phone")] == [
        None
    ] * 5
    await execute("UPDATE mail SET state = 'SENT', sent_at = now(), context = NULL WHERE state = 'QUEUED'")
    await erasure.carry_out_deferred()
    assert await in_the_database("petersen", PHONE) == []
