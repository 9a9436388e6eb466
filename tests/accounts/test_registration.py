"""Registering and confirming: the same answer for everybody, links that work once and are not used up by looking."""

import httpx
import pytest
from people import (
    audited,
    count,
    mails,
    make_importer,
    make_member,
    make_person,
    post_form,
    session_cookie_name,
    sign_in,
)

from kervan.accounts import links
from kervan.accounts.tables import LinkPurpose
from kervan.db import execute, fetch, fetchval, transaction
from kervan.organisations import tasks

GOOD = {
    "name": "Nermin Kaplan",
    "email": "nermin@kaplan-tekstil.example",
    "password": "yedi ceviz dalı",
    "language": "tr",
    "time_zone": "Europe/Istanbul",
}


async def register(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await post_form(client, "/en/register/exporter", {**GOOD, **fields})


async def the_link(to: str = GOOD["email"]) -> str:
    """The path of the newest confirmation link to an address."""
    found = [mail for mail in await mails(to) if mail["template"] == "confirm_email"]
    return f"/en/confirm/{found[-1]['context']['token']}"


async def test_the_choice_leads_to_both_ways_in(client: httpx.AsyncClient) -> None:
    page = await client.get("/en/register")
    assert page.status_code == 200
    assert "/en/register/importer" in page.text
    assert "/en/register/exporter" in page.text


async def test_a_registered_person_is_mailed_a_link_and_may_not_come_in_yet(
    client: httpx.AsyncClient,
) -> None:
    answer = await register(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/register/sent")
    row = (await fetch("SELECT * FROM person"))[0]
    assert (row["state"], row["language"], row["time_zone"]) == ("PENDING_EMAIL", "tr", "Europe/Istanbul")
    assert [(mail["template"], mail["language"]) for mail in await mails()] == [("confirm_email", "tr")]
    assert await audited(row["id"]) == [(f"user:{row['id']}", "person.created")]
    refused = await post_form(
        client, "/en/sign-in", {"email": GOOD["email"], "password": GOOD["password"], "next": ""}
    )
    assert refused.status_code == 422


async def test_the_confirmed_exporter_is_led_to_the_new_firm(client: httpx.AsyncClient) -> None:
    await register(client)
    answer = await post_form(client, await the_link(), {"password": GOOD["password"]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/desk/new-exporter")
    assert session_cookie_name(client) in client.cookies
    assert await fetchval("SELECT state FROM person") == "ACTIVE"
    assert (await client.get("/en/account")).status_code == 200


async def test_looking_at_the_link_uses_nothing_up(client: httpx.AsyncClient) -> None:
    await register(client)
    path = await the_link()
    for _ in range(3):
        assert (await client.get(path)).status_code == 200
    assert await fetchval("SELECT state FROM person") == "PENDING_EMAIL"
    assert (await post_form(client, path, {"password": GOOD["password"]})).status_code == 303


async def test_a_link_works_once(client: httpx.AsyncClient) -> None:
    await register(client)
    path = await the_link()
    token = await post_form(client, path, {"password": GOOD["password"]})
    assert token.status_code == 303
    again = await client.get(path)
    assert again.status_code == 410
    assert "/en/confirm" in again.text


async def test_two_tabs_confirm_and_the_second_is_told(client: httpx.AsyncClient) -> None:
    await register(client)
    path = await the_link()
    first = await post_form(client, path, {"password": GOOD["password"]})
    second = await post_form(client, path, {"password": GOOD["password"]}, of="/en/confirm")
    assert (first.status_code, second.status_code) == (303, 410)


async def test_a_link_is_over_after_a_day(client: httpx.AsyncClient) -> None:
    await register(client)
    path = await the_link()
    assert links.CONFIRM_FOR.total_seconds() == 24 * 3600
    await execute("UPDATE account_link SET expires_at = now() - interval '1 second'")
    assert (await client.get(path)).status_code == 410
    refused = await post_form(client, path, {"password": GOOD["password"]}, of="/en/confirm")
    assert refused.status_code == 410
    assert await fetchval("SELECT state FROM person") == "PENDING_EMAIL"


@pytest.mark.parametrize("purpose", [LinkPurpose.RESET_PASSWORD, LinkPurpose.CHANGE_EMAIL])
async def test_a_link_for_something_else_confirms_nothing(
    client: httpx.AsyncClient, purpose: LinkPurpose
) -> None:
    await register(client)
    person = await fetchval("SELECT id FROM person")
    async with transaction() as tx:
        token = await links.new_link(tx.connection, person, purpose, links.CONFIRM_FOR, {"email": "x"})
    assert (await client.get(f"/en/confirm/{token}")).status_code == 410
    answer = await post_form(client, f"/en/confirm/{token}", {"password": GOOD["password"]}, of="/en/confirm")
    assert answer.status_code == 410
    assert await fetchval("SELECT state FROM person") == "PENDING_EMAIL"


async def test_a_wrong_password_confirms_nothing_and_keeps_the_link(client: httpx.AsyncClient) -> None:
    await register(client)
    path = await the_link()
    wrong = await post_form(client, path, {"password": "something else"})
    assert wrong.status_code == 422
    assert "This is not the password that you chose" in wrong.text
    assert (await post_form(client, path, {"password": GOOD["password"]})).status_code == 303


async def test_a_new_link_ends_the_earlier_one(client: httpx.AsyncClient) -> None:
    await register(client)
    old = await the_link()
    answer = await post_form(client, "/en/confirm", {"email": GOOD["email"]})
    assert answer.headers["location"] == "/en/register/sent"
    assert (await client.get(old)).status_code == 410
    assert (await client.get(await the_link())).status_code == 200


async def test_nobody_learns_by_registering_whether_an_address_is_taken(
    client: httpx.AsyncClient, hashes: list[str]
) -> None:
    await make_person(email="taken@example.com")
    free = await register(client, email="free@example.com")
    for_free = len(hashes)
    taken = await register(client, email="taken@example.com")
    assert (free.status_code, free.headers["location"], free.text) == (
        taken.status_code,
        taken.headers["location"],
        taken.text,
    )
    assert for_free == 1
    assert len(hashes) == 2
    assert [(mail["to_address"], mail["template"]) for mail in await mails()] == [
        ("free@example.com", "confirm_email"),
        ("taken@example.com", "already_registered"),
    ]
    assert await count("person") == 2


async def test_nobody_learns_by_asking_for_a_link_whether_an_address_waits(client: httpx.AsyncClient) -> None:
    await make_person(email="active@example.com")
    await make_person(email="waiting@example.com", state="PENDING_EMAIL")
    answers = [
        await post_form(client, "/en/confirm", {"email": email})
        for email in ("active@example.com", "waiting@example.com", "nobody@example.com")
    ]
    assert len({(answer.status_code, answer.headers["location"], answer.text) for answer in answers}) == 1
    assert [mail["template"] for mail in await mails()] == [
        "already_registered",
        "confirm_email",
        "no_account",
    ]


async def test_who_registers_again_before_confirming_begins_anew(client: httpx.AsyncClient) -> None:
    await register(client)
    old = await the_link()
    await register(client, name="Nermin K.", password="sekiz fındık kabuğu")
    assert (await client.get(old)).status_code == 410
    assert await count("person") == 1
    answer = await post_form(client, await the_link(), {"password": "sekiz fındık kabuğu"})
    assert answer.status_code == 303
    assert await fetchval("SELECT name FROM person") == "Nermin K."


async def test_a_strangers_registration_leaves_nothing_to_the_owner_of_the_address(
    client: httpx.AsyncClient,
) -> None:
    """Somebody registers a firm with another's address; its owner registers later and gets none of it."""
    await register(client)
    person = await fetchval("SELECT id FROM person")
    firm = await make_importer(standing="PENDING_EMAIL", phone="+49403232320", contact_role="Purchasing")
    await make_member(firm, person, "OWNER")
    importer = await fetchval("SELECT public_id FROM importer")
    async with transaction() as tx:
        await tasks.open_task(tx.connection, tasks.IMPORTER_REVIEW, importer)
    await register(client, password="sekiz fındık kabuğu")
    await post_form(client, await the_link(), {"password": "sekiz fındık kabuğu"})
    assert await fetchval("SELECT count(*) FROM membership WHERE ended_at IS NULL") == 0
    row = (await fetch("SELECT standing, contact_name, contact_role, phone FROM importer"))[0]
    assert tuple(row.values()) == ("CLOSED", "—", None, None)
    assert await fetchval("SELECT closed_at IS NOT NULL FROM organisation WHERE id = $1", firm.id)
    assert await fetchval("SELECT count(*) FROM task WHERE done_at IS NULL") == 0
    assert await audited(importer) == [(f"user:{person}", "importer.closed")]


async def test_confirming_opens_the_importers_that_the_person_owns(client: httpx.AsyncClient) -> None:
    await register(client)
    person = await fetchval("SELECT id FROM person")
    own = await make_importer("Nordlicht", standing="PENDING_EMAIL")
    other = await make_importer("Sunrise", standing="PENDING_EMAIL")
    await make_member(own, person, "OWNER")
    answer = await post_form(client, await the_link(), {"password": GOOD["password"]})
    assert answer.headers["location"] == "/en/desk"
    standings = {row["id"]: row["standing"] for row in await fetch("SELECT id, standing FROM importer")}
    assert standings == {own.entity: "ACTIVE", other.entity: "PENDING_EMAIL"}
    assert "importer_welcome" in [mail["template"] for mail in await mails()]
    opened = await fetchval("SELECT public_id FROM importer WHERE id = $1", own.entity)
    assert (f"user:{person}", "importer.standing") in await audited(opened), "the staff's history finds it"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Please fill this in."),
        ("name", "A" * 10_000, "At most 120 characters"),
        ("email", "kaplan", "This is not an e-mail address"),
        ("email", "a" * 10_000 + "@example.com", "At most 320 characters"),
        ("email", "a@mailinator.com", "This is a throw-away mailbox"),
        ("password", "short", "A password needs at least 10 characters."),
        ("password", "x" * 10_000, "A password has at most 200 characters."),
        ("password", "password123", "This password is among the first"),
        ("password", "nermin-kaplan-1", "Your password must not hold your name"),
        ("language", "xx", "This cannot be chosen here."),
    ],
)
async def test_a_field_that_is_wrong_is_named_and_the_rest_kept(
    client: httpx.AsyncClient, field: str, value: str, sentence: str
) -> None:
    answer = await register(client, **{field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert field == "email" or f'value="{GOOD["email"]}"' in answer.text
    assert GOOD["password"] not in answer.text
    assert await count("person") == 0


async def test_a_name_with_line_breaks_breaks_no_header(client: httpx.AsyncClient) -> None:
    answer = await register(client, name="Nermin\r\nBcc: all@example.com\x00\x1b")
    assert answer.status_code == 303
    assert await fetchval("SELECT name FROM person") == "Nermin Bcc: all@example.com"
    assert (await mails())[0]["context"]["name"] == "Nermin Bcc: all@example.com"


async def test_an_address_with_line_breaks_is_refused_or_one_line(client: httpx.AsyncClient) -> None:
    answer = await register(client, email="nermin@example.com\r\nBcc: all@example.com")
    assert answer.status_code == 422
    assert await count("mail") == 0


async def test_spellings_of_one_address_are_one_account(client: httpx.AsyncClient) -> None:
    for email in ("Nermin@Example.COM", "nermin@example.com", "NERMİN@example.com"):
        assert (await register(client, email=email)).status_code == 303
    assert await count("person") == 1
    await register(client, email="nermin+kervan@example.com")
    assert await count("person") == 2


async def test_a_domain_in_its_own_letters_and_in_ascii_is_one_account(client: httpx.AsyncClient) -> None:
    for email in ("a@çiçek.com.tr", f"a@{'çiçek'.encode('idna').decode()}.com.tr"):
        assert (await register(client, email=email)).status_code == 303
    assert await count("person") == 1
    assert await fetchval("SELECT email FROM person") == "a@çiçek.com.tr"


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "../../etc/passwd", "", "Europe/Istanbul\x00'; --", "A" * 5000]
)
async def test_a_nonsense_time_zone_of_the_browser_is_utc(client: httpx.AsyncClient, zone: str) -> None:
    assert (await register(client, time_zone=zone)).status_code == 303
    assert await fetchval("SELECT time_zone FROM person") == "UTC"


async def test_a_program_that_fills_every_field_gets_the_same_answer_and_no_account(
    client: httpx.AsyncClient,
) -> None:
    answer = await register(client, motto="buy my pills")
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/register/sent")
    assert await count("person") == 0


async def test_registering_needs_the_token_of_our_form(client: httpx.AsyncClient) -> None:
    assert (await client.post("/en/register/exporter", data=GOOD)).status_code == 403


async def test_the_address_never_stands_in_an_address_of_a_page(client: httpx.AsyncClient) -> None:
    answer = await register(client)
    assert "nermin" not in answer.headers["location"]


async def test_too_many_registrations_are_asked_to_wait(client: httpx.AsyncClient) -> None:
    answers = [await register(client) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "Those were too many tries" in answers[-1].text
    assert f'value="{GOOD["email"]}"' in answers[-1].text
    other = await register(client, email="other@example.com")
    assert other.status_code == 303


async def test_the_table_of_limits_is_no_list_of_addresses(client: httpx.AsyncClient) -> None:
    await register(client)
    keys = [row["key"] for row in await fetch("SELECT key FROM rate_bucket")]
    assert len(keys) == 2
    assert not any("nermin" in key for key in keys)


async def test_a_signed_in_person_is_led_on(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    answer = await client.get("/en/register/exporter")
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/desk/new-exporter")
