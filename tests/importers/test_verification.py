"""Verifiers: whom they see, what a verification needs, and every arrow of an importer's standing."""

from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import httpx
import pytest
from importers_parts import Owned, caller
from people import audited, mails, make_importer, post_form, sign_in

from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid
from kervan.importers import access, service, states, verification
from kervan.importers.tables import Standing

EVIDENCE = "Spoke with Ms Hansen; HRB 4711 is in the register of Hamburg."


async def public_id() -> str:
    found: str = await fetchval("SELECT public_id FROM importer ORDER BY id LIMIT 1")
    return found


async def asked() -> str:
    id = await public_id()
    async with transaction() as tx:
        await service.open_review(tx.connection, id, "DE")
    return id


async def test_the_queue_is_closed_to_everybody_else(client: httpx.AsyncClient, buyer: Owned) -> None:
    await sign_in(client, buyer.person)
    assert (await client.get("/en/staff/importers")).status_code == 404
    assert (await client.get(f"/en/staff/importers/{await public_id()}")).status_code == 404


async def test_a_post_sees_its_own_country_only(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned, post_fr: Owned
) -> None:
    await make_importer("Boutique Lumière SARL", "FR")
    id = await asked()
    for post, seen, hidden in ((post_de, "Nordlicht", "Lumière"), (post_fr, "Lumière", "Nordlicht")):
        await sign_in(client, post.person)
        page = (await client.get("/en/staff/importers?list=all&country=")).text
        assert seen in page
        assert hidden not in page
    for path in (f"/en/staff/importers/{id}",):
        assert (await client.get(path)).status_code == 404
    for action in ("verify", "refuse", "suspend", "reinstate", "take"):
        answer = await post_form(
            client, f"/en/staff/importers/{id}/{action}", {"reason": "x"}, of="/en/privacy"
        )
        assert answer.status_code == 404, action
    assert "Nordlicht" not in (await client.get("/en/staff/importers?list=all&country=DE")).text


async def test_the_ministry_sees_every_country(
    client: httpx.AsyncClient, buyer: Owned, ministry: Owned
) -> None:
    await make_importer("Boutique Lumière SARL", "FR")
    await sign_in(client, ministry.person)
    page = (await client.get("/en/staff/importers?list=all")).text
    assert "Nordlicht" in page
    assert "Lumière" in page


async def test_a_post_verifies_for_24_months(client: httpx.AsyncClient, buyer: Owned, post_de: Owned) -> None:
    id = await asked()
    await sign_in(client, post_de.person)
    page = f"/en/staff/importers/{id}"
    answer = await post_form(
        client,
        f"{page}/verify",
        {"looked_at": ["website", "register"], "evidence": EVIDENCE, "version": "1"},
        of=page,
    )
    assert answer.status_code == 303, answer.text
    row = (await fetch("SELECT * FROM importer"))[0]
    assert row["standing"] == "VERIFIED"
    assert row["verified_until"] == verification.until(datetime.now(UTC).date())
    assert (row["verified_by"], row["evidence"]) == ("Trade counsellor's office DE", EVIDENCE)
    assert row["looked_at"] == ["register", "website"]
    assert await fetchval("SELECT count(*) FROM task WHERE done_at IS NULL") == 0
    assert [m["template"] for m in await mails("jonas@nordlicht-handel.de")] == ["importer_verified"]
    assert await audited(id) == [(f"user:{post_de.person}", "importer.verified")]
    shown = (await client.get(page)).text
    assert "HRB 4711" in shown


@pytest.mark.parametrize("missing", ["looked_at", "evidence"])
async def test_without_evidence_nobody_is_verified(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned, missing: str
) -> None:
    id = await asked()
    await sign_in(client, post_de.person)
    fields: dict[str, Any] = {"looked_at": ["website"], "evidence": EVIDENCE, "version": "1"}
    del fields[missing]
    answer = await post_form(
        client, f"/en/staff/importers/{id}/verify", fields, of=f"/en/staff/importers/{id}"
    )
    assert answer.status_code == 422
    assert f'href="#f-{missing}"' in answer.text
    assert await fetchval("SELECT standing FROM importer") == "ACTIVE"


async def test_the_service_asks_for_evidence_too(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned
) -> None:
    verifier = await caller(client, post_de.person)
    by, importer = await access.for_verifier(verifier, await public_id())
    with pytest.raises(Invalid):
        await verification.verify(verifier, by, importer, ("website",), "  ", 1)
    with pytest.raises(Invalid):
        await verification.verify(verifier, by, importer, ("crystal ball",), EVIDENCE, 1)


async def test_a_firm_that_changed_meanwhile_is_not_verified(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned
) -> None:
    verifier = await caller(client, post_de.person)
    by, importer = await access.for_verifier(verifier, await public_id())
    await execute("UPDATE importer SET version = version + 1, legal_name = 'Another GmbH'")
    with pytest.raises(Conflict):
        await verification.verify(verifier, by, importer, ("website",), EVIDENCE, 1)
    assert await fetchval("SELECT standing FROM importer") == "ACTIVE"


async def test_a_refusal_is_told_and_asked_for_again(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned
) -> None:
    id = await asked()
    await sign_in(client, post_de.person)
    page = f"/en/staff/importers/{id}"
    answer = await post_form(client, f"{page}/refuse", {"reason": "The website is empty."}, of=page)
    assert answer.status_code == 303
    assert [m["template"] for m in await mails("jonas@nordlicht-handel.de")] == ["importer_not_verified"]
    assert await fetchval("SELECT count(*) FROM task WHERE done_at IS NULL") == 0
    await sign_in(client, buyer.person)
    desk = (await client.get(f"/en/desk/{buyer.firm.public_id}")).text
    assert "The website is empty." in desk
    assert "Ask to be verified" in desk


@pytest.mark.parametrize("action", ["refuse", "suspend", "reinstate"])
async def test_every_decision_needs_its_reason(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned, action: str
) -> None:
    id = await public_id()
    await sign_in(client, post_de.person)
    answer = await post_form(
        client, f"/en/staff/importers/{id}/{action}", {"reason": "  "}, of=f"/en/staff/importers/{id}"
    )
    assert answer.status_code == 422
    assert await fetchval("SELECT standing FROM importer") == "ACTIVE"


@pytest.mark.parametrize(
    ("before", "until", "after"),
    [
        ("ACTIVE", None, "ACTIVE"),
        ("VERIFIED", date(2099, 1, 1), "VERIFIED"),
        ("VERIFIED", date(2020, 1, 1), "ACTIVE"),
    ],
)
async def test_a_suspension_ends_where_it_began(
    client: httpx.AsyncClient, buyer: Owned, ministry: Owned, before: str, until: date | None, after: str
) -> None:
    await execute("UPDATE importer SET standing = $1, verified_until = $2", before, until)
    admin = await caller(client, ministry.person)
    _, importer = await access.for_verifier(admin, await public_id())
    await verification.suspend(admin, importer, "Complaints of three exporters.")
    assert await fetchval("SELECT standing FROM importer") == "SUSPENDED"
    _, importer = await access.for_verifier(admin, importer.public_id)
    with pytest.raises(Conflict):
        await verification.suspend(admin, importer, "Once more.")
    await verification.reinstate(admin, importer, "They were settled.")
    assert await fetchval("SELECT standing FROM importer") == after
    assert [m["template"] for m in await mails("jonas@nordlicht-handel.de")] == [
        "importer_suspended",
        "importer_reinstated",
    ]
    with pytest.raises(Conflict):
        await verification.reinstate(admin, importer, "Once more.")


async def test_a_verification_ends_after_its_last_day(buyer: Owned) -> None:
    await execute(
        "UPDATE importer SET standing = 'VERIFIED', verified_until = current_date, verified_by = 'Office'"
    )
    assert await verification.expire_verifications() == 0
    await execute("UPDATE importer SET verified_until = current_date - 1")
    assert await verification.expire_verifications() == 1
    assert await verification.expire_verifications() == 0
    row = (await fetch("SELECT * FROM importer"))[0]
    assert (row["standing"], row["verified_until"]) == ("ACTIVE", None)
    assert [m["template"] for m in await mails("jonas@nordlicht-handel.de")] == ["importer_expired"]
    assert await audited(row["public_id"]) == [("system:round", "importer.verification_ended")]


def test_24_months_later() -> None:
    assert verification.until(date(2026, 11, 22)) == date(2028, 11, 22)
    assert verification.until(date(2024, 2, 29)) == date(2026, 2, 28)
    assert verification.until(date(2026, 12, 31)) == date(2028, 12, 31)


@pytest.mark.parametrize(("before", "after"), list(product(Standing, Standing)))
def test_standing_moves_along_its_arrows_only(before: Standing, after: Standing) -> None:
    allowed = {
        ("PENDING_EMAIL", "ACTIVE"), ("PENDING_EMAIL", "SUSPENDED"), ("PENDING_EMAIL", "CLOSED"),
        ("ACTIVE", "VERIFIED"), ("ACTIVE", "SUSPENDED"), ("ACTIVE", "CLOSED"),
        ("VERIFIED", "ACTIVE"), ("VERIFIED", "SUSPENDED"), ("VERIFIED", "CLOSED"),
        ("SUSPENDED", "PENDING_EMAIL"), ("SUSPENDED", "ACTIVE"), ("SUSPENDED", "VERIFIED"), ("SUSPENDED", "CLOSED"),
    }  # fmt: skip
    if (before.value, after.value) in allowed:
        states.check(before, after)
    else:
        with pytest.raises(Conflict):
            states.check(before, after)


async def test_a_suspended_firm_is_neither_verified_nor_changed(
    client: httpx.AsyncClient, buyer: Owned, ministry: Owned
) -> None:
    await execute("UPDATE importer SET standing = 'SUSPENDED', standing_before = 'ACTIVE'")
    admin = await caller(client, ministry.person)
    by, importer = await access.for_verifier(admin, await public_id())
    with pytest.raises(Conflict):
        await verification.verify(admin, by, importer, ("website",), EVIDENCE, importer.version)
    owner = await caller(client, buyer.person)
    _, importer = await access.own(owner, buyer.firm.public_id)
    with pytest.raises(Conflict):
        await service.change(owner, importer, importer, importer.version)
    with pytest.raises(Conflict):
        await service.ask_verification(owner, importer)


async def test_a_task_is_taken_once_and_given_back(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned
) -> None:
    id = await public_id()
    async with transaction() as tx:
        await service.open_review(tx.connection, id, "DE")
    await sign_in(client, post_de.person)
    page = f"/en/staff/importers/{id}"
    assert (await post_form(client, f"{page}/take", of=page)).status_code == 303
    assert await fetchval("SELECT assigned_to FROM task") == post_de.person
    assert "Give it back" in (await client.get(page)).text
    await post_form(client, f"{page}/take", {"back": "1"}, of=page)
    assert await fetchval("SELECT assigned_to FROM task") is None


async def test_firms_that_look_alike_are_shown_but_not_those_of_another_country_by_name(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned
) -> None:
    await execute("UPDATE importer SET number = 'DE136695976'")
    await make_importer("NORDLICHT Handel GmbH.", "DE")
    await make_importer("Secret Paris SARL", "FR", number="DE136695976")
    await sign_in(client, post_de.person)
    page = (await client.get(f"/en/staff/importers/{await public_id()}")).text
    assert "NORDLICHT Handel GmbH." in page
    assert "same number" in page
    assert "Secret Paris" not in page


async def test_a_verifier_whose_term_is_over_sees_nothing(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned
) -> None:
    await sign_in(client, post_de.person)
    assert (await client.get("/en/staff/importers")).status_code == 200
    await execute("UPDATE membership SET valid_to = current_date - 1 WHERE person = $1", post_de.person)
    assert (await client.get("/en/staff/importers")).status_code == 404
