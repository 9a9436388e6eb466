"""A firm abroad registers: numbers by country, interests, consents, and nobody learns who has an account."""

from typing import Any

import httpx
import msgspec
import pytest
from importers_parts import registration
from people import count, mails, make_person, post_form

from kervan.db import fetch, fetchval

PATH = "/en/register/importer"


async def register(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await post_form(client, PATH, dict(registration(**changes)))


async def importer() -> Any:
    return (await fetch("SELECT * FROM importer"))[0]


async def test_a_firm_registers_and_waits_for_its_mail(client: httpx.AsyncClient) -> None:
    answer = await register(client, website="nordlicht-handel.de", phone="040 3232320")
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/register/sent")
    row = await importer()
    assert row["standing"] == "PENDING_EMAIL"
    assert (row["domain_matches"], row["disposable_mail"], row["phone"]) == (True, False, "+49403232320")
    assert [mail["template"] for mail in await mails("jonas@nordlicht-handel.de")] == ["confirm_email"]
    assert await fetchval("SELECT role FROM membership") == "OWNER"
    assert await fetchval("SELECT time_zone FROM person") == "Europe/Berlin"


async def test_the_answer_does_not_tell_who_has_an_account(client: httpx.AsyncClient) -> None:
    await make_person("Somebody Else", "jonas@nordlicht-handel.de")
    answer = await register(client, agree=["events"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/register/sent")
    assert await count("importer") == 0
    assert await count("consent") == 0
    assert [mail["template"] for mail in await mails("jonas@nordlicht-handel.de")] == ["already_registered"]


@pytest.mark.parametrize("country", ["TR", "Türkiye", "turkey"])
async def test_a_firm_in_turkiye_is_led_to_the_exporters(client: httpx.AsyncClient, country: str) -> None:
    answer = await register(client, country=country)
    assert answer.status_code == 422
    assert "Firms in Türkiye register as exporters." in answer.text
    assert 'href="/en/register/exporter"' in answer.text
    assert await count("importer") == 0
    assert await count("person") == 0


async def test_turkiye_is_no_choice_of_the_list(client: httpx.AsyncClient) -> None:
    page = (await client.get(PATH)).text
    assert '<option value="DE"' in page
    assert '<option value="TR"' not in page


@pytest.mark.parametrize(
    ("country", "scheme", "typed", "kept", "checked"),
    [
        ("DE", "eu_vat", "DE 136 695 976", "DE136695976", True),
        ("GB", "lei", "213800 KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15", True),
        ("DE", "other", "HRB 4711 Hamburg", "HRB 4711 Hamburg", False),
    ],
)
async def test_numbers_are_checked_by_the_rule_of_their_country(
    client: httpx.AsyncClient, country: str, scheme: str, typed: str, kept: str, checked: bool
) -> None:
    answer = await register(client, country=country, number_scheme=scheme, number=typed)
    assert answer.status_code == 303, answer.text
    row = await importer()
    assert (row["number"], row["number_checked"]) == (kept, checked)


async def test_a_number_with_a_slip_is_refused_beside_its_field(client: httpx.AsyncClient) -> None:
    answer = await register(client, number_scheme="eu_vat", number="DE136695977")
    assert answer.status_code == 422
    assert 'id="f-number-error"' in answer.text


async def test_a_kind_of_number_of_another_country_is_refused(client: httpx.AsyncClient) -> None:
    answer = await register(client, country="US", number_scheme="eu_vat", number="DE136695976")
    assert answer.status_code == 422
    assert 'id="f-number_scheme-error"' in answer.text


async def test_a_throw_away_mailbox_is_not_refused_but_looked_at(client: httpx.AsyncClient) -> None:
    answer = await register(client, email="buyer@mailinator.com")
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/register/sent")
    row = await importer()
    assert row["disposable_mail"]
    task = (await fetch("SELECT kind, about FROM task"))[0]
    assert (task["kind"], task["about"]) == ("IMPORTER_REVIEW", row["public_id"])


async def test_free_mail_is_fine_and_matches_no_website(client: httpx.AsyncClient) -> None:
    assert (await register(client, email="jonas.p@gmail.com", website="https://gmail.com")).status_code == 303
    row = await importer()
    assert (row["domain_matches"], row["disposable_mail"]) == (False, False)
    assert await count("task") == 0


async def test_nothing_is_ticked_before_somebody_ticks_it(client: httpx.AsyncClient) -> None:
    page = (await client.get(PATH)).text
    boxes = [part.split(">")[0] for part in page.split('name="agree"')[1:]]
    assert len(boxes) == 3
    assert not any("checked" in box for box in boxes)


async def test_a_consent_is_kept_with_its_evidence(client: httpx.AsyncClient) -> None:
    await register(client, agree=["events", "newsletter"], language="tr")
    rows = await fetch("SELECT * FROM consent ORDER BY purpose")
    assert [row["purpose"] for row in rows] == ["events", "newsletter"]
    assert {row["text_version"] for row in rows} == {"2026-11-22"}
    evidence = msgspec.json.decode(rows[0]["evidence"])
    assert evidence["where"] == "registration"
    assert evidence["request_id"]


async def test_a_consent_to_a_text_that_nobody_wrote_is_refused(client: httpx.AsyncClient) -> None:
    answer = await register(client, agree=["events"], consent_version="1999-01-01")
    assert answer.status_code == 422
    assert await count("consent") == 0


async def test_no_tick_no_consent(client: httpx.AsyncClient) -> None:
    await register(client)
    assert await count("consent") == 0


async def test_codes_are_taken_as_headings_without_scripts(client: httpx.AsyncClient) -> None:
    answer = await register(
        client, heading_words="6302, 1509.20", sectors=["home-textiles"], provinces=["20"]
    )
    assert answer.status_code == 303, answer.text
    row = await importer()
    assert row["headings"] == ["6302", "150920"]
    assert (row["sectors"], row["provinces"]) == (["home-textiles"], ["20"])


async def test_words_come_back_as_headings_to_tick(client: httpx.AsyncClient) -> None:
    answer = await register(client, heading_words="towel")
    assert answer.status_code == 422
    assert 'name="headings" value="6302"' in " ".join(answer.text.split())
    assert await count("importer") == 0


async def test_find_looks_words_up_and_judges_nothing_else(client: httpx.AsyncClient) -> None:
    answer = await register(client, heading_words="towel", find="1", legal_name="", password="")
    assert answer.status_code == 200
    assert 'name="headings" value="6302"' in " ".join(answer.text.split())
    assert "form-summary" not in answer.text


@pytest.mark.parametrize("code", ["9999", "63", "abcd"])
async def test_a_heading_that_does_not_exist_is_refused(client: httpx.AsyncClient, code: str) -> None:
    assert (await register(client, headings=[code])).status_code == 422
    assert await count("importer") == 0


async def test_a_weak_password_and_one_with_the_firms_name_are_refused(client: httpx.AsyncClient) -> None:
    for password in ("password123", "nordlicht 2026 handel"):
        answer = await register(client, password=password)
        assert answer.status_code == 422
        assert 'id="f-password-error"' in answer.text
        assert password not in answer.text


async def test_a_program_that_fills_the_trap_registers_nothing(client: httpx.AsyncClient) -> None:
    answer = await register(client, motto="buy now")
    assert answer.status_code == 303
    assert await count("person") == 0


async def test_a_line_break_in_a_name_goes_no_further(client: httpx.AsyncClient) -> None:
    await register(
        client, legal_name="Nordlicht\r\nBcc: all@example.com", contact_name="Jo\x00nas\r\nPetersen"
    )
    row = await importer()
    assert row["legal_name"] == "Nordlicht Bcc: all@example.com"
    assert row["contact_name"] == "Jonas Petersen"


async def test_ten_thousand_characters_are_refused_with_a_sentence(client: httpx.AsyncClient) -> None:
    answer = await register(client, legal_name="N" * 10_000)
    assert answer.status_code == 422
    assert "At most 200 characters" in answer.text
