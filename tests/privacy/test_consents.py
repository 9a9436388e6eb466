"""Consents: given and withdrawn with evidence, and ended by one click without cookies or account."""

import json
import re

import httpx
import msgspec
import pytest
from people import audited, make_person, post_form, sign_in

from kervan import vault
from kervan.db import execute, fetch, fetchval, transaction
from kervan.mail import sending
from kervan.mail.service import send
from kervan.privacy import consents, queries, texts
from kervan.settings import Settings, load
from kervan.web.templates import Templates


@pytest.fixture
async def person(db: None) -> int:
    id = await make_person("Jonas Petersen")
    async with transaction() as tx:
        await consents.give(tx.connection, id, ("events", "alerts"), "en", "registration")
    return id


async def unsubscribe_path(person: int, purpose: str) -> str:
    return "/unsubscribe/" + consents.token(
        await fetchval("SELECT public_id FROM person WHERE id = $1", person), purpose
    )


def test_every_version_has_every_purpose_in_every_language() -> None:
    for name, version in texts.consent_versions().items():
        assert version.version == name
        assert set(version.languages) == {"en", "tr"}
        for language in version.languages.values():
            for purpose in consents.PURPOSES:
                told = language.of(purpose)
                assert all((told.title, told.text, told.often))
                assert "Kervan" in told.text, "it says who sends"
    assert set(texts.notice().languages) == {"en", "tr"}


async def test_a_live_consent_is_one_that_is_not_withdrawn(person: int) -> None:
    assert await queries.has_consent(person, "events")
    assert not await queries.has_consent(person, "newsletter")
    async with transaction() as tx:
        assert await consents.withdraw(tx.connection, person, "events", "test")
        assert not await consents.withdraw(tx.connection, person, "events", "test")
    assert not await queries.has_consent(person, "events")


async def test_the_centre_gives_and_withdraws_with_evidence(client: httpx.AsyncClient, person: int) -> None:
    await sign_in(client, person)
    answer = await post_form(
        client,
        "/en/privacy/consents",
        {"agree": ["alerts", "newsletter"], "consent_version": "2026-11-22"},
        of="/en/privacy",
    )
    assert answer.headers["location"] == "/en/privacy?said=privacy-saved"
    rows = {row["purpose"]: row for row in await fetch("SELECT * FROM consent")}
    assert rows["events"]["withdrawn_at"] is not None
    withdrawal = json.loads(rows["events"]["withdrawal"])
    assert withdrawal["where"] == "privacy centre"
    assert withdrawal["request_id"]
    assert rows["alerts"]["withdrawn_at"] is None
    assert rows["newsletter"]["text_version"] == "2026-11-22"
    assert (f"user:{person}", "consent.withdrawn") in await audited(f"{person}.events")


async def test_given_anew_is_a_new_row(person: int) -> None:
    await consents.change(person, (), "en", "test")
    await consents.change(person, ("events",), "en", "test")
    assert await fetchval("SELECT count(*) FROM consent WHERE purpose = 'events'") == 2
    assert await queries.has_consent(person, "events")


async def test_opening_the_link_alone_ends_nothing(client: httpx.AsyncClient, person: int) -> None:
    path = await unsubscribe_path(person, "events")
    first = await client.get(path)
    assert first.headers["location"] == f"/en{path}"
    page = await client.get(first.headers["location"])
    assert page.status_code == 200
    assert page.text.count("No more of these mails</button>") == 1
    assert await queries.has_consent(person, "events")


async def test_one_click_of_a_mail_program_ends_the_mails(client: httpx.AsyncClient, person: int) -> None:
    path = await unsubscribe_path(person, "events")
    answer = await client.post(
        path,
        content="List-Unsubscribe=One-Click",
        headers={"content-type": "application/x-www-form-urlencoded", "origin": "https://mail.example"},
    )
    assert answer.status_code == 200
    assert not client.cookies
    assert not await queries.has_consent(person, "events")
    assert await queries.has_consent(person, "alerts")
    withdrawal = json.loads(await fetchval("SELECT withdrawal FROM consent WHERE purpose = 'events'"))
    assert withdrawal["where"] == "one click in the mail program"
    again = await client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert again.status_code == 200, "a mail program that asks twice gets the same answer"


async def test_a_multipart_one_click_works_too(client: httpx.AsyncClient, person: int) -> None:
    answer = await client.post(
        await unsubscribe_path(person, "events"), files={"List-Unsubscribe": (None, "One-Click")}
    )
    assert answer.status_code == 200
    assert not await queries.has_consent(person, "events")


async def test_the_button_works_without_a_session(client: httpx.AsyncClient, person: int) -> None:
    answer = await client.post(f"/tr{await unsubscribe_path(person, 'alerts')}", data={})
    assert answer.status_code == 200
    assert not await queries.has_consent(person, "alerts")


@pytest.mark.parametrize("change", ["purpose", "person", "cut", "nonsense"])
async def test_a_wrong_token_gets_a_neutral_page_and_ends_nothing(
    client: httpx.AsyncClient, person: int, change: str
) -> None:
    public_id = await fetchval("SELECT public_id FROM person WHERE id = $1", person)
    good = consents.token(public_id, "events")
    tokens = {
        "purpose": good.replace(".events.", ".alerts."),
        "person": good.replace(public_id, "abcdefghjkmn"),
        "cut": good[:-3],
        "nonsense": "x.y.z",
    }
    for answer in (
        await client.get(f"/en/unsubscribe/{tokens[change]}"),
        await client.post(f"/unsubscribe/{tokens[change]}", data={"List-Unsubscribe": "One-Click"}),
    ):
        assert answer.status_code == 404
        assert "This link is not complete" in answer.text
    assert await queries.has_consent(person, "events")
    assert await queries.has_consent(person, "alerts")


async def test_the_header_of_a_mail_opens_the_route(client: httpx.AsyncClient, person: int) -> None:
    """The address that the mail room writes is the one that the privacy room reads."""
    office = sending.Office(
        load_with("https://kervan.test"), queries.has_consent, Templates(load_with("https://kervan.test"))
    )
    async with transaction():
        await send(
            "importer_expired",
            "jonas.petersen@example.com",
            "en",
            person=person,
            purpose="events",
            organisation="X",
        )
    row = (await fetch(sending._CLAIM, await fetchval("SELECT id FROM mail")))[0]
    composed, letter = await sending._written(office, sending.Claimed(**row))
    stop = re.fullmatch(r"<https://kervan\.test(/unsubscribe/[^>]+)>", letter["List-Unsubscribe"])
    assert stop
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop[1] in composed.text
    assert (await client.post(stop[1], data={"List-Unsubscribe": "One-Click"})).status_code == 200
    assert not await queries.has_consent(person, "events")


def load_with(public_url: str) -> Settings:
    return msgspec.structs.replace(load(), public_url=public_url)


async def test_a_closed_account_can_still_be_unsubscribed(client: httpx.AsyncClient, person: int) -> None:
    path = await unsubscribe_path(person, "events")
    await execute("UPDATE person SET state = 'CLOSED'")
    assert (await client.post(path, data={"List-Unsubscribe": "One-Click"})).status_code == 200
    assert not await queries.has_consent(person, "events")


async def test_a_token_of_nobody_is_answered_like_any_other(client: httpx.AsyncClient, db: None) -> None:
    who = "abcdefghjkmn.events"
    token = f"{who}.{vault.sign(who, 'unsubscribe')}"
    assert (
        await client.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
    ).status_code == 200
