"""The demo's accounts: of every kind, good for signing in, and never in production."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import msgspec
import pytest
from anyio import to_thread
from litestar import Litestar
from people import make_person, post_form
from serving import free_port

from kervan.accounts import passwords
from kervan.db import engine, fetch, fetchval, transaction
from kervan.demo import accounts, house
from kervan.demo import load as demo
from kervan.demo.accounts import DEMO_ACCOUNTS, PASSWORD
from kervan.errors import CommandError, KervanError
from kervan.settings import Settings, load
from kervan.staff import commands, rights


def production() -> Settings:
    return msgspec.structs.replace(load(), env="production")


def test_the_password_is_one_that_real_people_could_choose() -> None:
    for account in DEMO_ACCOUNTS:
        passwords.check(PASSWORD, about=(account.email, account.name))


async def test_codes_exist_for_staff_only(db: None) -> None:
    for account in DEMO_ACCOUNTS:
        code = await accounts.demo_code(account.email)
        assert (code is not None and len(code) == 6 and code.isdigit()) if account.staff else code is None
    assert await accounts.demo_code("nobody@kervan.example") is None


def test_addresses_of_the_demo_are_known() -> None:
    assert accounts.is_demo("Admin@KERVAN.example")
    assert not accounts.is_demo("admin@kervan.example.com")
    assert not accounts.is_demo("kervan.example@gmail.com")


async def test_the_demo_is_not_made_in_production(db: None) -> None:
    with pytest.raises(CommandError):
        await house.settle(production())
    assert await fetchval("SELECT count(*) FROM person") == 0


async def test_production_does_not_start_on_demo_accounts(db: None) -> None:
    await accounts.refuse_to_start(production())
    await make_person("Aslı", email="somebody.else@kervan.example")
    await accounts.refuse_to_start(load())
    with pytest.raises(CommandError, match="demo accounts"):
        await accounts.refuse_to_start(production())


async def test_the_demo_stays_away_from_real_people(db: None) -> None:
    await make_person("Ayşe Yılmaz")
    assert not await house.settle(load())
    assert await accounts.listed() == []


async def test_every_kind_of_account_signs_in_through_the_pages(fresh_app: Litestar) -> None:
    """The whole demo, made as `kervan demo` makes it; twice changes nothing."""
    await demo.load()
    settings = fresh_app.state.settings
    assert await house.settle(settings)
    tables = (
        "person",
        "membership",
        "organisation",
        "importer",
        "exporter_review",
        "enrolment",
        "task",
        "mail",
    )
    before = [await fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    assert not await house.settle(settings)
    # As after a crash just before the end: what is there is left as it is.
    async with transaction() as tx:
        await tx.connection.execute("SET LOCAL session_replication_role = replica")
        await tx.connection.execute("DELETE FROM audit_entry WHERE action = 'demo.settled'")
    assert await house.settle(settings)
    assert [await fetchval(f"SELECT count(*) FROM {table}") for table in tables] == before
    # As after a release that knew no events: only those are made.
    async with transaction() as tx:
        await tx.connection.execute("SET LOCAL session_replication_role = replica")
        await tx.connection.execute(
            "DELETE FROM audit_entry WHERE action = 'demo.settled' AND entity_id = 'events'"
        )
        await tx.connection.execute("DELETE FROM event_text WHERE title = 'Afyon marble days'")
    assert await house.settle(settings)
    assert await fetchval("SELECT count(*) FROM event_text WHERE title = 'Afyon marble days'") == 1
    assert not await house.settle(settings)
    assert [account.email for account in await accounts.listed()] == [
        account.email for account in DEMO_ACCOUNTS
    ]
    for account in DEMO_ACCOUNTS:
        transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as browser:
            answer = await post_form(browser, "/en/sign-in", {"email": account.email, "password": PASSWORD})
            assert answer.status_code == 303, account.kind
            if account.staff:
                assert "/sign-in/second" in answer.headers["location"]
                code = await accounts.demo_code(account.email)
                answer = await post_form(browser, "/en/sign-in/second", {"code": code})
                assert answer.status_code == 303, account.kind
            desk = await browser.get("/en/desk" if not account.staff else "/en/staff", follow_redirects=True)
            assert desk.status_code == 200, (account.kind, desk.url)


async def test_the_first_administrator_is_made_by_the_command_and_only_the_first(db: None) -> None:
    made = await commands.create("ilk@ornek.example", "İlk Yönetici", "tr", second=False)
    assert made.token is not None
    with pytest.raises(CommandError, match="--second"):
        await commands.create("iki@ornek.example", "İkinci", "tr", second=False)
    await commands.create("iki@ornek.example", "İkinci", "tr", second=True)
    with pytest.raises(CommandError, match="two administrators"):
        await commands.create("uc@ornek.example", "Üçüncü", "tr", second=True)
    rows = await fetch("SELECT DISTINCT actor FROM audit_entry WHERE action = 'membership.given'")
    assert [row["actor"] for row in rows] == ["system:cli"]


@pytest.mark.parametrize(
    ("email", "name"), [("nobody", "Ad"), ("a@b.example", ""), ("a@b.example", "x\ny" * 60)]
)
async def test_a_mistyped_administrator_is_one_sentence(db: None, email: str, name: str) -> None:
    with pytest.raises(KervanError):
        await commands.create(email, name, "tr", second=False)
    with pytest.raises(CommandError):
        await commands.create("admin@kervan.example", "Ad", "tr", second=False, production=True)
    assert await fetchval("SELECT count(*) FROM person") == 0


def kervan(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kervan.cli", *words],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=120,
    )


PRODUCTION = {
    "KERVAN_ENV": "production",
    "KERVAN_SEARCH": "embedded",
    "KERVAN_SECRET": "s" * 40,
    "KERVAN_URL": "https://kervan.test",
    "SMTP_URL": "smtp://127.0.0.1:9",
}


async def test_the_server_does_not_start_in_production_on_demo_accounts(db: None, tmp_path: Path) -> None:
    await make_person("Aslı", email="somebody.else@kervan.example")
    environ = {
        **PRODUCTION,
        "DATABASE_URL": str(engine().config["dsn"]),
        "KERVAN_DATA": str(tmp_path),
        "PORT": str(free_port()),
    }
    done = await to_thread.run_sync(lambda: kervan("serve", **environ))
    assert done.returncode == 1
    assert "holds demo accounts" in done.stderr
    assert "Traceback" not in done.stderr


async def test_the_command_prints_a_link_that_sets_the_password(db: None, client: httpx.AsyncClient) -> None:
    words = ("admin", "create", "--email", "ilk@ornek.example", "--name", "İlk Yönetici", "--language", "en")
    environ = {"DATABASE_URL": str(engine().config["dsn"]), "KERVAN_URL": "https://kervan.test"}
    done = await to_thread.run_sync(lambda: kervan(*words, **environ))
    assert done.returncode == 0, done.stderr
    path = done.stdout.split("https://kervan.test")[1].strip()
    answer = await post_form(client, path, {"password": "simit-ve-cay-19", "again": "simit-ve-cay-19"})
    assert answer.status_code == 303, answer.text[-2000:]
    # The link signs in, the right is still there, and the page asks for the second factor first.
    desk = await client.get("/en/staff/people")
    assert "/en/account/second-factor" in desk.headers["location"]
    assert [admin.email for admin in await rights.admins()] == ["ilk@ornek.example"]
    again = await to_thread.run_sync(lambda: kervan(*words, **environ))
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)


def test_the_demo_prints_its_accounts_and_is_refused_in_production(tmp_path: Path) -> None:
    environ = {"KERVAN_DATA": str(tmp_path), "DATABASE_URL": "", "MEILI_URL": "", "SMTP_URL": ""}
    for _ in range(2):  # the second run finds them
        done = kervan("demo", "--no-serve", **environ)
        assert done.returncode == 0, done.stderr
        assert f"password {PASSWORD}" in done.stderr
        for account in DEMO_ACCOUNTS:
            assert account.email in done.stderr
            assert (accounts.demo_secret(account.email) in done.stderr) == account.staff
    refused = kervan(
        "demo", "--no-serve", **{**PRODUCTION, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    )
    assert refused.returncode == 1
    assert "does not go into production" in refused.stderr
