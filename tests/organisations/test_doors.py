"""Who may open what of an organisation, and that ids of another one lead nowhere."""

from typing import Any

import httpx
import pytest
from factories import make_exporter
from people import (
    Firm,
    firm_of,
    make_association,
    make_importer,
    make_member,
    make_ministry,
    make_person,
    make_post,
    post_form,
    sign_in,
    token_of,
)

from kervan.db import fetchval
from kervan.organisations import invitations, keys
from kervan.trade import emails
from kervan.web import csrf

from .conftest import Owned, caller, managed, public_id


@pytest.fixture
async def other(owned: Owned) -> Owned:
    """Another exporter with an owner, an invitation and a key of its own."""
    firm = await firm_of(await make_exporter("zoe-iplik", trade_name="Zoe İplik"))
    owner = await make_person("Eve Aydın")
    await make_member(firm, owner, "OWNER")
    who = await caller(owner)
    await invitations.invite(who, await managed(firm), emails.address("gul@zoe.example"), "EDITOR", "tr")
    await keys.create(who, who.memberships[0], "Theirs", ("products",), 30)
    return Owned(firm, owner)


async def send(client: httpx.AsyncClient, path: str, **fields: Any) -> int:
    """The status of a POST whose form token is right."""
    token = await token_of(client, "/en/account/password")
    return (await client.post(path, data={csrf.FIELD: token, **fields})).status_code


async def test_ids_of_another_organisation_are_a_404_below_ones_own(
    client: httpx.AsyncClient, owned: Owned, other: Owned
) -> None:
    await sign_in(client, owned.owner)
    mine = f"/en/desk/{owned.firm.public_id}"
    key = await fetchval("SELECT public_id FROM api_key")
    invitation = await fetchval("SELECT public_id FROM invitation")
    stranger = await public_id(other.owner)
    assert await send(client, f"{mine}/keys/{key}/revoke") == 404
    assert await send(client, f"{mine}/members/invitations/{invitation}/withdraw") == 404
    assert await send(client, f"{mine}/members/{stranger}/role", role="VIEWER") == 404
    assert await send(client, f"{mine}/members/{stranger}/remove") == 404
    assert (await client.get(f"{mine}/members/{stranger}")).status_code == 404
    assert await fetchval("SELECT revoked_at FROM api_key") is None
    assert await fetchval("SELECT withdrawn_at FROM invitation") is None
    assert await fetchval("SELECT count(*) FROM membership WHERE ended_at IS NULL") == 2


async def test_another_organisations_pages_are_a_404(
    client: httpx.AsyncClient, owned: Owned, other: Owned
) -> None:
    await sign_in(client, owned.owner)
    theirs = f"/en/desk/{other.firm.public_id}"
    stranger = await public_id(other.owner)
    for path in ("", "/members", f"/members/{stranger}", "/members/invite", "/keys", "/keys/new"):
        assert (await client.get(theirs + path)).status_code == 404, path
    for path in (
        "/members/invite",
        "/members/leave",
        f"/members/{stranger}/role",
        f"/members/{stranger}/remove",
        "/keys/new",
    ):
        assert await send(client, theirs + path, role="OWNER", email="a@b.example") == 404, path


@pytest.mark.parametrize("role", ["EDITOR", "ORDER_DESK", "VIEWER"])
async def test_colleagues_see_the_members_and_change_nothing(
    client: httpx.AsyncClient, owned: Owned, role: str
) -> None:
    person = await make_person("Mehmet Demir")
    await make_member(owned.firm, person, role)
    await sign_in(client, person)
    mine = f"/en/desk/{owned.firm.public_id}"
    shown = await client.get(f"{mine}/members")
    assert shown.status_code == 200
    assert "Zeynep Kaya" in shown.text
    assert "/members/invite" not in shown.text
    assert f"{mine}/keys" not in shown.text
    me = await public_id(person)
    for path in ("/members/invite", f"/members/{me}", "/keys", "/keys/new"):
        assert (await client.get(mine + path)).status_code == 403, path
    assert await send(client, f"{mine}/members/{me}/role", role="OWNER") == 403
    assert await send(client, f"{mine}/members/{await public_id(owned.owner)}/remove") == 403
    assert await send(client, f"{mine}/members/invite", email="a@b.example", role="OWNER") == 403
    assert await send(client, f"{mine}/keys/new", name="x", scopes="products", days="30") == 403


async def test_visitors_are_led_to_the_sign_in_and_back(client: httpx.AsyncClient, owned: Owned) -> None:
    for path in ("/desk", f"/desk/{owned.firm.public_id}", f"/desk/{owned.firm.public_id}/members"):
        answer = await client.get(f"/en{path}")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/en/sign-in?next={path.replace('/', '%2F')}"


async def test_a_forged_request_changes_nothing(client: httpx.AsyncClient, owned: Owned) -> None:
    person = await make_person("Mehmet Demir")
    await make_member(owned.firm, person, "OWNER")
    await sign_in(client, owned.owner)
    mine = f"/en/desk/{owned.firm.public_id}/members"
    for data in ({}, {csrf.FIELD: "forged"}):
        assert (await client.post(f"{mine}/leave", data=data)).status_code == 403
    assert await fetchval("SELECT count(*) FROM membership WHERE ended_at IS NULL") == 2


async def test_the_desk_of_somebody_new_shows_two_ways_on(client: httpx.AsyncClient, db: None) -> None:
    await sign_in(client, await make_person("Mehmet Demir", "mehmet@ayse-havlu.example"))
    shown = (await client.get("/en/desk")).text
    assert "/en/desk/new-exporter" in shown
    assert "Ask an owner of the firm to invite" in shown


async def test_who_was_invited_is_told_so_at_the_desk_without_the_link(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    person = await make_person("Mehmet Demir")
    await invitations.invite(
        await caller(owned.owner),
        await managed(owned.firm),
        emails.address("mehmet.demir@example.com"),
        "EDITOR",
        "tr",
    )
    await sign_in(client, person)
    shown = (await client.get("/en/desk")).text
    assert "invites you to" in shown
    assert "/invite/" not in shown


async def test_one_desk_is_opened_at_once_and_several_are_listed_with_their_work(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    from factories import make_product

    from kervan.db import execute

    await sign_in(client, owned.owner)
    assert (await client.get("/en/desk")).headers["location"] == f"/en/desk/{owned.firm.public_id}"
    importer = await make_importer()
    await make_member(importer, owned.owner, "BUYER")
    await make_product(owned.firm.entity)
    await execute("UPDATE product SET state = 'DRAFT'")
    shown = (await client.get("/en/desk")).text
    assert "Ayşe Havlu Sanayi A.Ş." in shown
    assert "Nordlicht Handel GmbH" in shown
    assert "1 open task" in shown


@pytest.mark.parametrize("kind", ["post", "association", "ministry"])
async def test_staff_work_at_their_own_desks(client: httpx.AsyncClient, db: None, kind: str) -> None:
    makers = {
        "post": (make_post, "ATTACHE"),
        "association": (make_association, "STAFF"),
        "ministry": (make_ministry, "ADMIN"),
    }
    make, role = makers[kind]
    firm: Firm = await make()
    person = await make_person("Deniz Arslan")
    await make_member(firm, person, role)
    await sign_in(client, person)
    assert (await client.get(f"/en/desk/{firm.public_id}")).headers["location"] == "/en/staff"
    for path in ("/members", "/keys", "/members/invite"):
        assert (await client.get(f"/en/desk/{firm.public_id}{path}")).status_code == 404, path
    await sign_in(client, person, factor=False)
    answer = await client.get("/en/desk")
    assert "/account/second-factor" in answer.headers["location"]


async def test_each_kind_of_firm_has_its_own_overview(client: httpx.AsyncClient, owned: Owned) -> None:
    importer = await make_importer(contact_role="Head of buying")
    await make_member(importer, owned.owner, "OWNER")
    await sign_in(client, owned.owner)
    for firm, only_here in ((owned.firm, "/registration"), (importer, "/company")):
        shown = await client.get(f"/en/desk/{firm.public_id}")
        assert shown.status_code == 200
        assert f"/en/desk/{firm.public_id}{only_here}" in shown.text


async def test_a_closed_organisation_has_no_desk(client: httpx.AsyncClient, owned: Owned) -> None:
    from kervan.db import execute

    await execute("UPDATE organisation SET closed_at = now()")
    await sign_in(client, owned.owner)
    assert (await client.get(f"/en/desk/{owned.firm.public_id}/members")).status_code == 404


async def test_a_list_of_many_members_has_pages(client: httpx.AsyncClient, owned: Owned) -> None:
    for n in range(30):
        await make_member(
            owned.firm,
            await make_person(f"Kişi {'abcdefghijklmnopqrstuvwxyzabcd'[n]}{n}", f"p{n}@example.com"),
            "VIEWER",
        )
    await sign_in(client, owned.owner)
    path = f"/en/desk/{owned.firm.public_id}/members"
    assert "p29@example.com" not in (await client.get(path)).text
    assert "p29@example.com" in (await client.get(f"{path}?page=2")).text
    for page in ("3", "0", "x", "999"):
        assert (await client.get(f"{path}?page={page}")).status_code == 422, page


async def test_the_same_form_sent_twice_leaves_one_open_invitation(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    await sign_in(client, owned.owner)
    path = f"/en/desk/{owned.firm.public_id}/members/invite"
    for _ in range(2):
        await post_form(client, path, {"email": "a@b.example", "role": "VIEWER"})
    assert await fetchval("SELECT count(*) FROM invitation WHERE withdrawn_at IS NULL") == 1
