"""Accounts in wrong hands: what was prepared before the owner came, and what stays behind after a thief was found."""

from datetime import UTC, datetime, timedelta

import httpx
from factories import make_exporter
from litestar import Litestar
from litestar.routes import HTTPRoute
from people import (
    PASSWORD,
    firm_of,
    mails,
    make_association,
    make_member,
    make_ministry,
    make_person,
    post_form,
    session_cookie_name,
    sign_in,
)

from kervan import vault
from kervan.accounts import service as accounts
from kervan.accounts import sessions
from kervan.accounts.callers import Caller
from kervan.db import execute, fetch, fetchval, transaction
from kervan.organisations import access, invitations, tasks
from kervan.trade import emails

VICTIM = "lena@hartwig.example"


def _reading(app: Litestar) -> list[str]:
    """Every page behind the sign-in that has no parameters."""
    return [
        route.path
        for route in app.routes
        if isinstance(route, HTTPRoute)
        and "GET" in route.methods
        and "{" not in route.path
        and route.path.startswith(
            ("/en/desk", "/en/staff", "/en/account", "/en/privacy", "/en/saved", "/api/v1/me")
        )
    ]


async def _caller_of(token: str) -> Caller:
    found = await sessions.find(token)
    assert found is not None
    return found.caller


async def test_what_a_stranger_registered_with_an_address_is_not_taken_over_by_its_owner(
    client: httpx.AsyncClient,
) -> None:
    """The owner gets a mail, does not know the password, chooses a new one - and is nobody's front."""
    thief = await make_person("Mallory", VICTIM, state="PENDING_EMAIL", email_confirmed_at=None)
    firm = await firm_of(await make_exporter())
    await make_member(firm, thief, "OWNER")
    await execute(
        "INSERT INTO consent (person, purpose, text_version, language, evidence)"
        " VALUES ($1, 'newsletter', '1', 'en', '{}')", thief,
    )  # fmt: skip
    await post_form(client, "/en/forgotten", {"email": VICTIM})
    token = (await mails(VICTIM))[-1]["context"]["token"]
    answer = await post_form(client, f"/en/reset/{token}", {"password": "dokuz sarı çaydanlık"})
    assert answer.headers["location"].startswith("/en/desk")
    caller = await _caller_of(client.cookies[session_cookie_name(client)])
    assert caller.memberships == ()
    assert await fetchval("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 0
    again = await post_form(
        client, "/en/sign-in", {"email": VICTIM, "password": PASSWORD}, of="/en/forgotten"
    )
    assert (again.status_code, "is not right" in again.text) == (422, True)


async def test_what_a_suspended_account_sent_lets_nobody_in(client: httpx.AsyncClient) -> None:
    firm = await firm_of(await make_exporter())
    stolen = await make_person("Stolen Account", "stolen@example.com")
    await make_member(firm, stolen, "OWNER")
    await make_member(firm, await make_person("Other Owner"), "OWNER")
    caller = await _caller_of(await sign_in(client, stolen))
    own = await access.managed(caller, firm.public_id)
    await invitations.invite(caller, own, emails.address("friend@example.com"), "OWNER", "en")
    token = (await mails("friend@example.com"))[0]["context"]["token"]
    admin = await make_person("Aslı Erdemir")
    await make_member(await make_ministry(), admin, "ADMIN")
    await accounts.suspend(
        await _caller_of(await sign_in(client, admin)),
        await fetchval("SELECT public_id FROM person WHERE id = $1", stolen),
        "The owner reports a theft.",
    )
    client.cookies.clear()
    page = await client.get(f"/en/invite/{token}")
    assert (page.status_code, "This invitation was withdrawn." in page.text) == (410, True)
    friend = await make_person("Friend", "friend@example.com")
    await sign_in(client, friend)
    answer = await post_form(client, f"/en/invite/{token}", of="/en/account")
    assert answer.status_code in (410, 422)
    assert await fetchval("SELECT count(*) FROM membership WHERE person = $1", friend) == 0


async def test_the_work_of_a_suspended_reviewer_goes_back_to_the_colleagues(
    client: httpx.AsyncClient,
) -> None:
    body = await make_association()
    reviewer = await make_person("Gülay Çınaroğlu")
    await make_member(body, reviewer, "STAFF")
    async with transaction() as tx:
        await tasks.open_task(tx.connection, tasks.EXPORTER_REVIEW, "about", body.id)
    await tasks.assign(
        await _caller_of(await sign_in(client, reviewer)), tasks.EXPORTER_REVIEW, "about", reviewer
    )
    admin = await make_person("Aslı Erdemir")
    await make_member(await make_ministry(), admin, "ADMIN")
    public_id = await fetchval("SELECT public_id FROM person WHERE id = $1", reviewer)
    await accounts.suspend(await _caller_of(await sign_in(client, admin)), public_id, "On leave, key lost.")
    assert await fetchval("SELECT assigned_to FROM task") is None


async def test_a_password_without_its_second_factor_opens_no_page(
    client: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    """Half sessions, and staff who have not set up a factor: every page leads away from itself, the API says 401."""
    person = await make_person(
        "Ayşe", totp_secret=vault.seal("JBSWY3DPEHPK3PXP", "totp"), totp_confirmed_at=datetime.now(UTC)
    )
    bare = await make_person("New Staff")
    await make_member(await make_ministry(), bare, "ADMIN")
    pages = _reading(fresh_app)
    assert len(pages) > 20
    async with transaction() as tx:
        half = await sessions.begin(tx.connection, person, whole=False, factor=False, device="", address="")
    whole = await sign_in(client, bare, factor=False)
    client.cookies.clear()
    shown = []
    for token in (half, whole):
        for path in pages:
            if token == whole and path.startswith("/en/account/second-factor"):
                continue  # where one is led to
            cookie = {"cookie": f"{session_cookie_name(client)}={token}"}
            answer = await client.get(path, headers=cookie)
            leads = answer.headers.get("location", "")
            away = leads.startswith(("/en/sign-in", "/en/account/second-factor", "/en/account/prove"))
            if not (answer.status_code == 401 or (answer.status_code == 303 and away)):
                shown.append(f"{path}: {answer.status_code} {leads}")
    # Typing the password once more, and asking for the codes, is how one gets on.
    known = {
        "/en/account/prove: 200 ",
        "/en/account/recovery-codes: 303 /en/account/second-factor",
        "/en/privacy/notice: 200 ",  # for everybody
    }
    assert set(shown) <= known


async def test_a_link_to_another_address_dies_with_the_password(client: httpx.AsyncClient) -> None:
    """A thief in the session asks for another address; the owner is told and changes the password: in vain for whom?"""
    person = await make_person("Ayşe Yılmaz", "ayse@example.com")
    await sign_in(client, person)
    await post_form(client, "/en/account/email", {"email": "mallory@evil.example"})
    token = (await mails("mallory@evil.example"))[0]["context"]["token"]
    warned = [mail["template"] for mail in await mails("ayse@example.com")]
    assert warned == ["email_change_asked"]
    fields = {"old": PASSWORD, "password": "dokuz sarı çaydanlık"}
    assert (await post_form(client, "/en/account/password", fields)).status_code == 303
    answer = await client.get(f"/en/email/{token}")
    assert answer.status_code == 410
    assert await fetchval("SELECT email FROM person") == "ayse@example.com"


async def test_a_session_ends_everywhere_with_a_new_password(client: httpx.AsyncClient) -> None:
    person = await make_person("Ayşe Yılmaz", "ayse@example.com")
    stolen = await sign_in(client, person)
    client.cookies.clear()
    await post_form(client, "/en/forgotten", {"email": "ayse@example.com"})
    token = (await mails("ayse@example.com"))[-1]["context"]["token"]
    await post_form(client, f"/en/reset/{token}", {"password": "dokuz sarı çaydanlık"})
    assert await sessions.find(stolen) is None
    assert len(await fetch("SELECT 1 FROM session")) == 1


async def test_a_former_post_keeps_nothing_by_an_open_session(client: httpx.AsyncClient) -> None:
    from people import make_post

    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    person = await make_person("Kerem Soylu")
    await make_member(await make_post("DE"), person, "ATTACHE", valid_to=yesterday)
    await sign_in(client, person)
    assert (await client.get("/en/staff/importers")).status_code == 404
    assert (await client.get("/en/staff")).status_code == 404


async def test_a_page_behind_a_mailed_link_tells_nobody_its_address(client: httpx.AsyncClient) -> None:
    """Not by a Referer either: of two policies browsers take the last."""
    for kind in ("confirm", "reset", "email", "invite", "claim", "unsubscribe"):
        answer = await client.get(f"/en/{kind}/{'x' * 43}")
        assert answer.headers.get_list("referrer-policy") == ["no-referrer"], kind
    assert (await client.get("/en/products")).headers["referrer-policy"] == "strict-origin-when-cross-origin"
