"""The registration: begun, left, resumed, refused with a sentence, handed in."""

import asyncio
import re

import httpx
import pytest
from people import audited, count, mails, make_person, post_form, sign_in, sign_out
from registering import (
    IDENTITY,
    OTHER_VKN,
    PDF,
    TCKN,
    VKN,
    begin,
    fill,
    hand_in,
    handed_in,
    save,
    state,
    upload,
)

from kervan.db import fetch, fetchval


async def test_a_firm_goes_from_nothing_to_handed_in(client: httpx.AsyncClient) -> None:
    org, owner = await handed_in(client)
    assert await state(org) == "SUBMITTED"
    [row] = await fetch("SELECT * FROM exporter")
    assert row["slug"] == "cig-isik", "Turkish letters are folded"
    assert (row["mersis"], row["phone"], row["website"]) == (
        "0765085994300015",
        "+902582111213",
        "https://cig-isik.com.tr",
    )
    assert row["export_countries"] == ["DE", "FR", "GB"]
    assert await fetchval("SELECT role FROM membership WHERE person = $1", owner) == "OWNER"
    assert await count("exporter_review") == 1
    assert await fetchval(
        "SELECT due_at > now() FROM task WHERE kind = 'EXPORTER_REVIEW' AND about = $1", org
    )
    assert [mail["template"] for mail in await mails()] == ["exporter_submitted"]
    actions = [action for _, action in await audited(row["id"])]
    assert actions[0] == "exporter.created"
    assert actions[-1] == "exporter.verification"


async def test_a_registration_is_resumed_where_it_was_left(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    assert (
        (await save(client, org, "company", leave="1"))
        .headers["location"]
        .startswith(f"/en/desk/{org}?said=")
    )
    answer = await client.get(f"/en/desk/{org}/registration")
    assert answer.headers["location"] == f"/en/desk/{org}/registration/address"
    again = await client.get(f"/en/desk/{org}/registration/company")
    assert 'value="Gökpınar"' in again.text, "going back keeps all"


async def test_two_tabs_with_different_steps_lose_nothing(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    answers = await asyncio.gather(
        save(client, org, "company"), save(client, org, "address"), save(client, org, "trade")
    )
    assert {answer.status_code for answer in answers} == {303}
    [row] = await fetch("SELECT tax_office, district, sectors, steps_done FROM exporter")
    assert (row["tax_office"], row["district"], row["sectors"]) == ("Gökpınar", "Honaz", ["home-textiles"])
    assert set(row["steps_done"]) == {"identity", "company", "address", "trade"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": "1234567891"}, "This tax number (VKN) is not correct"),
        ({"number": TCKN}, "Are you a sole trader?"),
        ({"kind": "SOLE_TRADER", "number": VKN}, "Is it really yours as a person?"),
        ({"kind": "SOLE_TRADER", "number": "11111111111"}, "This identity number (TCKN) is not correct"),
        ({"legal_name": ""}, "Please fill this in."),
        ({"legal_name": "x" * 10_000}, "At most 200 characters"),
    ],
)
async def test_an_identity_that_does_not_fit_is_asked_about(
    client: httpx.AsyncClient, changes: dict[str, str], sentence: str
) -> None:
    await sign_in(client, await make_person())
    answer = await post_form(client, "/en/desk/new-exporter", {**IDENTITY, **changes})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert TCKN not in answer.text
    assert await count("exporter") == 0
    assert await count("organisation") == 0, "nothing is left of a refused beginning"


async def test_a_sole_trader_may_have_a_tax_number(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    await begin(client, kind="SOLE_TRADER", own_number="1")
    assert await fetchval("SELECT vkn FROM exporter") == VKN


@pytest.mark.parametrize(
    ("step", "changes", "sentence"),
    [
        ("company", {"kep": "a@b.com"}, "KEP address looks like"),
        ("company", {"nace": "abc"}, "NACE code looks like"),
        ("company", {"association_no": "1"}, "Choose the association"),
        ("company", {"founded": "1203"}, "from 1850"),
        ("address", {"postcode": "34000"}, "Postcodes of Denizli begin with 20."),
        ("address", {"province": "99"}, "This cannot be chosen here."),
        ("trade", {"sectors": ["a", "b"]}, "This cannot be chosen here."),
        ("trade", {"export_countries": "Atlantis"}, "Atlantis is not a country"),
        ("contact", {"phone": "12"}, "telephone number"),
        ("contact", {"contact_email": "a@b@c"}, "not an e-mail address"),
        ("texts", {"about_en": "", "about_tr": ""}, "one of the two languages"),
        ("declarations", {"authority": ""}, "Please tick this"),
    ],
)
async def test_every_step_refuses_what_is_wrong_with_one_sentence(
    client: httpx.AsyncClient, step: str, changes: dict[str, str], sentence: str
) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    answer = await save(client, org, step, **changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await fetchval("SELECT steps_done FROM exporter") == ["identity"]


async def test_an_odd_mersis_number_is_pointed_out_once_and_kept(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    odd = f"0{OTHER_VKN}00015"
    answer = await save(client, org, "company", mersis=odd)
    assert answer.status_code == 200
    assert "usually holds its tax number" in answer.text
    assert await fetchval("SELECT mersis FROM exporter") == odd
    assert (await save(client, org, "company", mersis=odd, seen=odd)).status_code == 303


async def test_nothing_can_be_handed_in_half(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    page = await client.get(f"/en/desk/{org}/registration/review")
    for sentence in ("The tax plate is missing.", "The address is missing.", "The declarations are missing."):
        assert sentence in page.text
    assert (await hand_in(client, org)).status_code == 422
    assert await state(org) == "DRAFT"


async def test_what_was_handed_in_is_closed_to_changes(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    token = re.search(r'name="_token" value="([^"]+)"', (await client.get("/en/desk/new-exporter")).text)
    assert token
    answer = await client.post(
        f"/en/desk/{org}/registration/address",
        data={"_token": token[1], "province": "34", "district": "Fatih", "address": "Elsewhere 1"},
    )
    assert answer.status_code == 422
    assert "was handed in" in answer.text
    assert await fetchval("SELECT province FROM exporter") == "20"
    assert (await upload(client, org, "OTHER")).status_code in (422, 409)


async def test_handing_in_twice_is_one_review(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    await fill(client, org)
    answers = await asyncio.gather(hand_in(client, org), hand_in(client, org))
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert await count("exporter_review") == 1
    assert len(await mails()) == 1


async def test_a_number_that_is_held_makes_no_second_company(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    again = await post_form(client, "/en/desk/new-exporter", IDENTITY)
    assert again.headers["location"] == f"/en/desk/{org}/registration", "one's own firm is opened"
    sign_out(client)
    await sign_in(client, await make_person("Veli Kaya"))
    answer = await post_form(client, "/en/desk/new-exporter", IDENTITY)
    assert answer.status_code == 409
    assert "This number is registered already" in answer.text
    assert "Çığ" not in answer.text, "whose it is, is not said"
    assert await count("exporter") == 1


async def test_two_people_with_one_number_at_once_make_one_company(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    answers = await asyncio.gather(*(post_form(client, "/en/desk/new-exporter", IDENTITY) for _ in range(3)))
    assert await count("exporter") == 1
    assert sum("registration/company" in answer.headers.get("location", "") for answer in answers) == 1


async def test_firms_of_one_name_get_numbered_addresses(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    await begin(client)
    await begin(client, number=OTHER_VKN)
    await begin(client, number="1897605251")
    rows = await fetch("SELECT slug FROM exporter ORDER BY id")
    assert [row["slug"] for row in rows] == ["cig-isik", "cig-isik-2", "cig-isik-3"]


async def test_a_stranger_finds_no_registration_and_no_paper(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    paper = await fetchval("SELECT public_id FROM exporter_document LIMIT 1")
    mine = await client.get(f"/en/desk/{org}/documents/{paper}")
    assert mine.status_code == 200
    assert mine.headers["content-disposition"].startswith("attachment")
    assert mine.content == PDF
    sign_out(client)
    assert (await client.get(f"/en/desk/{org}/documents/{paper}")).status_code == 303, (
        "a visitor signs in first"
    )
    await sign_in(client, await make_person("Veli Kaya"))
    for path in (
        f"documents/{paper}",
        "registration",
        "registration/company",
        "profile",
        "registration/review",
    ):
        assert (await client.get(f"/en/desk/{org}/{path}")).status_code == 404, path


async def test_a_paper_is_what_its_content_says(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    answer = await upload(client, org, "TAX_PLATE", b"<svg onload=alert(1)>", "levha.pdf")
    assert answer.status_code == 422
    assert "Send PDF, JPEG or PNG." in answer.text
    assert await count("exporter_document") == 0


async def test_a_paper_can_be_taken_away_while_it_is_a_draft(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    org = await begin(client)
    await upload(client, org, "TAX_PLATE")
    paper = await fetchval("SELECT public_id FROM exporter_document")
    page = f"/en/desk/{org}/registration/documents"
    assert (await post_form(client, f"/en/desk/{org}/documents/{paper}/remove", of=page)).status_code == 303
    assert (await client.get(f"/en/desk/{org}/documents/{paper}")).status_code == 404
    assert await fetchval("SELECT removed_at IS NOT NULL FROM exporter_document")


async def test_an_identity_number_stands_nowhere(
    client: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    await sign_in(client, await make_person())
    org = await begin(client, kind="SOLE_TRADER", number=TCKN)
    await post_form(
        client, "/en/desk/new-exporter", {**IDENTITY, "kind": "SOLE_TRADER", "number": "10000000147"}
    )
    sign_out(client)
    await sign_in(client, await make_person("Veli Kaya"))
    held = await post_form(
        client, "/en/desk/new-exporter", {**IDENTITY, "kind": "SOLE_TRADER", "number": TCKN}
    )
    assert held.status_code == 409
    sign_out(client)
    rows = await fetch("SELECT p.id FROM person p JOIN membership m ON m.person = p.id")
    await sign_in(client, rows[0]["id"])
    page = await client.get(f"/en/desk/{org}/registration/review")
    for text in (held.text, page.text, (await client.get(f"/en/desk/{org}")).text):
        assert TCKN not in text
    assert "*" * 11 in page.text
    tables = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in tables:
        dump = await fetch(f'SELECT t::text AS row FROM "{table["tablename"]}" t')
        assert not any(TCKN in row["row"] for row in dump), table["tablename"]
    written = capfd.readouterr()
    assert TCKN not in written.out + written.err
    assert await fetchval("SELECT count(*) FROM exporter WHERE tckn_fingerprint IS NOT NULL") == 1
