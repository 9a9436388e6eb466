"""The admin desk's pages: nobody else finds them; people, firms, posts, the trail and the queues through them."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from factories import make_exporter
from litestar import Litestar
from people import (
    Firm,
    audited,
    count,
    firm_of,
    mails,
    make_association,
    make_importer,
    make_member,
    make_person,
    make_post,
    post_form,
    sign_in,
    sign_out,
)
from staffing import Admins, caller_of, public_id

from kervan import audit as house_audit
from kervan.db import execute, fetchval, transaction
from kervan.errors import Conflict
from kervan.mail import service as mail
from kervan.staff import audit, people, search
from kervan.staff.pages import ROUTES
from kervan_search.text import fold

SECRETS = {"totp_secret": "sealed", "totp_confirmed_at": datetime(2026, 1, 1, tzinfo=UTC)}
PAGES = (
    "people",
    "organisations",
    "organisations/new",
    "posts",
    "rights",
    "audit",
    "law",
    "rates",
    "policies",
    "queues",
)


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_every_page_answers_an_administrator(desk: httpx.AsyncClient, language: str) -> None:
    for name in PAGES:
        answer = await desk.get(f"/{language}/staff/{name}")
        assert answer.status_code == 200, (name, answer.text[:500])


async def test_nobody_else_learns_that_the_pages_exist(
    fresh_app: Litestar, admins: Admins, client: httpx.AsyncClient
) -> None:
    """Association staff, an attaché and an exporter's owner get 404 from every route; a visitor is led to sign in."""
    firm = await firm_of(await make_exporter(association="DENİB"))
    places: list[tuple[Firm, str]] = [
        (await make_association(), "STAFF"), (await make_post(), "ATTACHE"), (firm, "OWNER"),
    ]  # fmt: skip
    target = await public_id(admins.bora)
    names = {"person": target, "organisation": firm.public_id, "proposal": "x", "decision": "approve"}
    names |= {"invitation": "x", "entry": "1", "mail_id": "x"}
    routes = [(method, path) for route in ROUTES for path in route.paths for method in route.http_methods]  # type: ignore[union-attr]  # handlers only
    assert len(routes) > 20
    for n, (place, role) in enumerate(places):
        person = await make_person(f"Somebody {chr(65 + n)}", **SECRETS)
        await make_member(place, person, role)
        await sign_in(client, person)
        for method, path in routes:
            shown = path
            for name, value in names.items():
                for kind in ("str", "int"):
                    shown = shown.replace(f"{{{name}:{kind}}}", value)
            if method == "GET":
                assert (await client.get(f"/en{shown}")).status_code == 404, (role, path)
            elif method == "POST":
                answer = await post_form(client, f"/en{shown}", {"reason": "x"}, of="/en/account")
                assert answer.status_code == 404, (role, path)
    sign_out(client)
    answer = await client.get("/en/staff/people")
    assert answer.status_code == 303
    assert "/en/sign-in" in answer.headers["location"]


@pytest.mark.parametrize("name", ["Çağrı Işık", "İpek ŞAHİN", "Łukasz Øster", "Weiß Straße", "Æbele Ünal"])
async def test_people_are_found_as_everything_else_is_searched(desk: httpx.AsyncClient, name: str) -> None:
    await make_person(name, email=f"n{abs(hash(name))}@example.com")
    assert await fetchval(f"SELECT {search.folded('$1::text')}", name) == fold(name)
    total, rows = await people.listed(fold(name).split()[0])
    assert (total, rows[0].name) == (1, name)
    page = await desk.get("/en/staff/people", params={"q": fold(name).split()[1]})
    assert name in page.text


async def test_a_person_is_suspended_and_let_in_again(
    desk: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    deniz = await make_person("Deniz Er")
    path = f"/en/staff/people/{await public_id(deniz)}"
    missing = await post_form(desk, path, {"action": "suspend", "reason": " "})
    assert missing.status_code == 422
    assert (await post_form(desk, path, {"action": "suspend", "reason": "Stolen laptop."})).status_code == 303
    assert await fetchval("SELECT state FROM person WHERE id = $1", deniz) == "SUSPENDED"
    assert (await post_form(desk, path, {"action": "reinstate", "reason": "It is back."})).status_code == 303
    assert await fetchval("SELECT state FROM person WHERE id = $1", deniz) == "ACTIVE"
    assert "Stolen laptop." in (await desk.get("/en/staff/audit", params={"text": "stolen"})).text


async def test_a_lost_factor_is_taken_away_with_all_sessions(desk: httpx.AsyncClient, admins: Admins) -> None:
    deniz = await make_person("Deniz Er", **SECRETS)
    await caller_of(deniz)
    answer = await post_form(
        desk, f"/en/staff/people/{await public_id(deniz)}", {"action": "factor", "reason": "Called back."}
    )
    assert answer.status_code == 303
    assert await fetchval(
        "SELECT totp_secret IS NULL AND totp_confirmed_at IS NULL FROM person WHERE id = $1", deniz
    )
    assert await fetchval("SELECT count(*) FROM session WHERE person = $1", deniz) == 0
    [told] = await mails("deniz.er@example.com")
    assert (told["template"], told["context"]["on"]) == ("second_factor_changed", False)
    assert (f"user:{admins.aylin}", "person.factor_reset") in await audited(deniz)


async def test_an_administrator_alone_neither_closes_another_nor_leaves_one_alone(admins: Admins) -> None:
    aylin = await caller_of(admins.aylin)
    with pytest.raises(Conflict):
        await people.close(aylin, await public_id(admins.bora), "I do not like this person.")
    await people.suspend(aylin, await public_id(admins.bora), "The account was stolen.")
    with pytest.raises(Conflict):
        await people.suspend(aylin, await public_id(admins.ceren), "This one too.")


async def test_firms_are_suspended_with_a_reason_from_their_page(desk: httpx.AsyncClient) -> None:
    exporter = await firm_of(await make_exporter())
    importer = await make_importer()
    for firm, table, column in ((exporter, "exporter", "verification"), (importer, "importer", "standing")):
        path = f"/en/staff/organisations/{firm.public_id}"
        assert (await post_form(desk, path, {"action": "suspend", "reason": ""})).status_code == 422
        assert (
            await post_form(desk, path, {"action": "suspend", "reason": "Fake papers."})
        ).status_code == 303
        assert await fetchval(f"SELECT {column} FROM {table} WHERE id = $1", firm.entity) == "SUSPENDED"
        assert (
            await post_form(desk, path, {"action": "reinstate", "reason": "They were real."})
        ).status_code == 303
        assert await fetchval(f"SELECT {column} FROM {table} WHERE id = $1", firm.entity) != "SUSPENDED"


async def test_a_post_is_founded_manned_extended_and_ended(desk: httpx.AsyncClient, admins: Admins) -> None:
    made = await post_form(
        desk,
        "/en/staff/organisations/new",
        {"kind": "POST", "name": "Ticaret Müşavirliği Oslo", "country": "NO"},
    )
    assert made.status_code == 303
    post = await fetchval("SELECT public_id FROM organisation WHERE country = 'NO'")
    twice = await post_form(
        desk,
        "/en/staff/organisations/new",
        {"kind": "POST", "name": "Ticaret Müşavirliği Oslo", "country": "NO"},
    )
    assert twice.status_code == 422
    path = f"/en/staff/posts/{post}"
    today = datetime.now(UTC).date()
    term = {"valid_from": today.isoformat(), "valid_to": (today + timedelta(days=900)).isoformat()}
    sent = await post_form(
        desk, path, {"email": "ege@example.com", "role": "ATTACHE", "language": "tr", **term}
    )
    assert sent.status_code == 303
    assert [letter["template"] for letter in await mails("ege@example.com")] == ["invitation"]
    id = await fetchval("SELECT id FROM organisation WHERE public_id = $1", post)
    ege, nil = await make_person("Ege Su"), await make_person("Nil Su")
    for person in (ege, nil):
        await make_member(id, person, "ATTACHE", valid_to=today + timedelta(days=10))
    await execute(
        "INSERT INTO task (kind, about, organisation, assigned_to) VALUES ('IMPORTER_REVIEW', 'abc', $1, $2)",
        id,
        ege,
    )
    longer = today + timedelta(days=400)
    at = f"{path}/{await public_id(ege)}"
    assert (await post_form(desk, f"{at}/term", {"valid_to": longer.isoformat()}, of=path)).status_code == 303
    assert await fetchval("SELECT valid_to FROM membership WHERE person = $1", ege) == longer
    past = await post_form(desk, f"{at}/term", {"valid_to": "2020-01-01"}, of=path)
    assert past.status_code == 422
    ended = await post_form(
        desk, f"{at}/end", {"reason": "Called home.", "successor": await public_id(nil)}, of=path
    )
    assert ended.status_code == 303
    assert await fetchval("SELECT assigned_to FROM task WHERE about = 'abc'") == nil


async def test_the_trail_is_found_by_who_what_and_why(admins: Admins) -> None:
    async with transaction():
        await house_audit.record(
            f"user:{admins.bora}", "exporter.suspended", "exporter", 7, reason="Sahte belge"
        )
        await house_audit.record("system:cli", "index.repaired", "index", "products")
    for ask, found in (
        (audit.Ask(actor="bora.kaya@example.com"), "exporter.suspended"),
        (audit.Ask(actor="system:cli"), "index.repaired"),
        (audit.Ask(action="exporter."), "exporter.suspended"),
        (audit.Ask(entity="index", id="products"), "index.repaired"),
        (audit.Ask(text="SAHTE"), "exporter.suspended"),
    ):
        total, rows = await audit.entries(ask)
        assert (total, rows[0].action) == (1, found), ask
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert await audit.entries(audit.Ask(last=yesterday)) == (0, [])


async def test_the_export_neutralises_formulas_and_is_in_the_trail_itself(
    desk: httpx.AsyncClient, admins: Admins
) -> None:
    async with transaction():
        for reason in ('=HYPERLINK("http://evil.example")', "+1", "@SUM(A1)", "fine"):
            await house_audit.record("system:test", "test.done", "test", 1, after={"a": 1}, reason=reason)
    answer = await post_form(desk, "/en/staff/audit.csv", {"action": "test."}, of="/en/staff/audit")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["reason"] for row in rows] == [
        "fine",
        "'@SUM(A1)",
        "'+1",
        '\'=HYPERLINK("http://evil.example")',
    ]
    assert (f"user:{admins.aylin}", "audit.exported") in await audited("csv")


async def test_the_export_reads_on_over_its_batches(admins: Admins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_BATCH", 7)
    async with transaction():
        for n in range(20):
            await house_audit.record("system:test", "test.done", "test", n)
    pieces: AsyncIterator[bytes] = await audit.export(await caller_of(admins.aylin), audit.Ask(entity="test"))
    text = b"".join([piece async for piece in pieces]).decode("utf-8-sig")
    assert [row["entity_id"] for row in csv.DictReader(io.StringIO(text))] == [
        str(n) for n in reversed(range(20))
    ]


async def test_a_failed_side_effect_is_tried_now(desk: httpx.AsyncClient, admins: Admins) -> None:
    id = await fetchval(
        """INSERT INTO outbox (topic, payload, attempts, last_error, next_try_at)
        VALUES ('products.changed', '{"ids": [1]}', 3, 'EngineDown()', now() + interval '1 hour') RETURNING id"""
    )
    page = await desk.get("/en/staff/queues")
    assert "EngineDown()" in page.text
    answer = await post_form(desk, f"/en/staff/queues/outbox/{id}/retry", of="/en/staff/queues")
    assert answer.status_code == 303
    assert await fetchval("SELECT next_try_at <= now() FROM outbox WHERE id = $1", id)
    assert await audited(id) == [(f"user:{admins.aylin}", "outbox.retried")]
    await execute("DELETE FROM outbox")
    gone = await post_form(desk, f"/en/staff/queues/outbox/{id}/retry", of="/en/staff/organisations/new")
    assert gone.status_code == 409


async def test_a_mail_that_was_given_up_is_queued_again(desk: httpx.AsyncClient) -> None:
    async with transaction():
        sent = await mail.send("account_closed", "deniz@example.com", "en")
    await execute("UPDATE mail SET state = 'FAILED', last_error = 'Connection refused', attempts = 9")
    page = await desk.get("/en/staff/queues")
    assert "d***@example.com" in page.text
    assert "deniz@example.com" not in page.text
    assert (
        await post_form(desk, f"/en/staff/queues/mails/{sent}/retry", of="/en/staff/queues")
    ).status_code == 303
    assert await fetchval("SELECT state FROM mail WHERE public_id = $1", sent) == "QUEUED"
    again = await post_form(desk, f"/en/staff/queues/mails/{sent}/retry", of="/en/staff/organisations/new")
    assert again.status_code == 409


async def test_a_refused_address_gets_mail_again_with_a_reason(desk: httpx.AsyncClient) -> None:
    await mail.suppress("deniz@example.com", "550 no such user")
    page = await desk.get("/en/staff/queues")
    assert "d***@example.com" in page.text
    assert "deniz@example.com" not in page.text
    sealed = page.text.partition('name="address" value="')[2].partition('"')[0]
    path, of = "/en/staff/queues/refused", "/en/staff/queues"
    assert (
        await post_form(desk, path, {"address": sealed, "reason": ""}, of="/en/staff/queues")
    ).status_code == 422
    assert (
        await post_form(desk, path, {"address": "made up", "reason": "x"}, of="/en/staff/queues")
    ).status_code == 422
    assert await count("suppression") == 1
    assert (await post_form(desk, path, {"address": sealed, "reason": "Mended."}, of=of)).status_code == 303
    assert await count("suppression") == 0


async def test_the_rules_page_shows_the_rules_of_the_program(desk: httpx.AsyncClient) -> None:
    page = await desk.get("/en/staff/policies")
    assert "12 hours" in page.text
    assert "accounts.sessions" in page.text
