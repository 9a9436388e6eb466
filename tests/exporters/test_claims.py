"""Claims: made by whoever meets a number that is held, decided by the reviewers, mailed and audited."""

import re

import httpx
from people import audited, count, mails, make_person, post_form, sign_in, sign_out, token_of
from registering import IDENTITY, OTHER_VKN, PDF, TCKN, VKN, handed_in, reviewer

from kervan.db import fetch, fetchval
from kervan.web import csrf

MESSAGE = "I am the manager; a colleague who left entered the firm."


async def _claim(client: httpx.AsyncClient, number: str = VKN, **files: tuple[str, bytes]) -> httpx.Response:
    token = await token_of(client, "/en/claim-company")
    return await client.post(
        "/en/claim-company",
        data={csrf.FIELD: token, "number": number, "message": MESSAGE},
        files=files or None,
    )


async def test_a_claim_is_accepted_and_its_person_becomes_an_owner(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    zoe, veli = await reviewer(), await make_person("Veli Kaya")
    sign_out(client)
    await sign_in(client, veli)
    held = await post_form(client, "/en/desk/new-exporter", IDENTITY)
    about = re.search(r'name="about" value="([^"]+)"', held.text)
    assert about
    answer = await post_form(
        client,
        "/en/claim-company",
        {"about": about[1], "message": MESSAGE},
        files={"file": ("sirkuler.pdf", PDF)},
    )
    assert answer.status_code == 303, answer.text
    [claim] = await fetch("SELECT * FROM exporter_claim")
    assert claim["document_name"] == "sirkuler.pdf"
    sign_out(client)
    await sign_in(client, zoe)
    page = f"/en/staff/claims/{claim['public_id']}"
    assert MESSAGE in (await client.get(page)).text
    paper = await client.get(f"{page}/document")
    assert paper.headers["content-disposition"].startswith("attachment")
    assert (await post_form(client, f"{page}/take", of=page)).status_code == 303
    assert (await post_form(client, f"{page}/accept", of=page)).status_code == 303
    assert (
        await fetchval("SELECT role FROM membership WHERE person = $1 AND ended_at IS NULL", veli) == "OWNER"
    )
    templates = [mail["template"] for mail in await mails("veli.kaya@example.com")]
    assert templates[0] == "claim_received"
    assert "claim_decided" in templates
    assert "claim_new_owner" not in templates, "that is for those who owned it before"
    [told] = [mail for mail in await mails() if mail["template"] == "claim_new_owner"]
    assert told["to_address"] == "ayse.yilmaz@example.com"
    assert (told["context"]["who"], told["context"]["organisation"]) == ("Veli Kaya", IDENTITY["legal_name"])
    assert told["context"]["go"] == f"/desk/{org}/members"
    exporter = await fetchval("SELECT id FROM exporter")
    actions = [action for _, action in await audited(exporter)]
    assert {"exporter.claimed", "exporter.claim_decided"} <= set(actions)
    assert (
        await post_form(client, f"{page}/refuse", {"reason": "x"}, of="/en/staff/enrolments")
    ).status_code == 422
    sign_out(client)
    await sign_in(client, veli)
    assert (await client.get(f"/en/desk/{org}")).status_code == 200


async def test_a_claim_is_refused_with_a_reason(client: httpx.AsyncClient) -> None:
    await handed_in(client)
    zoe, veli = await reviewer(), await make_person("Veli Kaya")
    sign_out(client)
    await sign_in(client, veli)
    assert (await _claim(client)).status_code == 303
    assert "with the reviewers already" in (await _claim(client)).text
    sign_out(client)
    await sign_in(client, zoe)
    page = f"/en/staff/claims/{await fetchval('SELECT public_id FROM exporter_claim')}"
    assert (await post_form(client, f"{page}/refuse", {"reason": ""}, of=page)).status_code == 422
    assert (await post_form(client, f"{page}/refuse", {"reason": "No paper."}, of=page)).status_code == 303
    assert await fetchval("SELECT count(*) FROM membership WHERE person = $1", veli) == 0
    [mail] = [mail for mail in await mails() if mail["template"] == "claim_decided"]
    assert (mail["context"]["accepted"], mail["context"]["reason"]) == (False, "No paper.")


async def test_a_claim_names_no_firm_and_keeps_no_identity_number(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    answer = await _claim(client, TCKN)
    assert "not registered yet" in answer.text
    assert TCKN not in answer.text
    assert "not registered yet" in (await _claim(client, OTHER_VKN)).text
    assert await count("exporter_claim") == 0


async def test_a_sealed_firm_of_somebody_else_is_worth_nothing(client: httpx.AsyncClient) -> None:
    await handed_in(client)
    sign_out(client)
    await sign_in(client, await make_person("Veli Kaya"))
    held = await post_form(client, "/en/desk/new-exporter", IDENTITY)
    about = re.search(r'name="about" value="([^"]+)"', held.text)
    assert about
    sign_out(client)
    await sign_in(client, await make_person("Oya Kaya"))
    answer = await post_form(client, "/en/claim-company", {"about": about[1], "message": MESSAGE})
    assert answer.status_code == 422
    assert await count("exporter_claim") == 0


async def test_claims_of_other_associations_are_not_found(client: httpx.AsyncClient) -> None:
    denib, eib = await reviewer("Zoe Ak", "DENİB"), await reviewer("Can Ak", "EİB")
    await handed_in(client, association="DENİB")
    sign_out(client)
    veli = await make_person("Veli Kaya")
    await sign_in(client, veli)
    await _claim(client)
    claim = await fetchval("SELECT public_id FROM exporter_claim")
    assert (await client.get(f"/en/staff/claims/{claim}")).status_code == 404
    for person, status in ((denib, 200), (eib, 404)):
        sign_out(client)
        await sign_in(client, person)
        assert (await client.get(f"/en/staff/claims/{claim}")).status_code == status


async def test_how_often_held_numbers_are_met_is_counted(client: httpx.AsyncClient) -> None:
    await handed_in(client)
    sign_out(client)
    await sign_in(client, await make_person("Veli Kaya"))
    codes = [(await post_form(client, "/en/desk/new-exporter", IDENTITY)).status_code for _ in range(7)]
    assert codes[0] == 409
    assert codes[-1] == 429
