"""Rights that change while somebody is signed in: they hold at once, and the session gets a new token."""

import httpx
import pytest
from people import make_member, make_person, session_cookie_name, sign_in

from kervan.accounts import sessions
from kervan.db import execute, fetchval
from kervan.organisations import members

from .conftest import Owned, caller, managed, public_id


@pytest.fixture
async def second_owner(owned: Owned) -> int:
    person = await make_person("Can Öz", "can@ayse-havlu.example")
    await make_member(owned.firm, person, "OWNER")
    return person


async def test_rights_hold_from_the_next_request_on_and_the_token_is_exchanged(
    client: httpx.AsyncClient, owned: Owned, second_owner: int
) -> None:
    old = await sign_in(client, second_owner)
    keys = f"/en/desk/{owned.firm.public_id}/keys"
    assert (await client.get(keys)).status_code == 200
    await members.change_role(
        await caller(owned.owner), await managed(owned.firm), await public_id(second_owner), "VIEWER"
    )
    answer = await client.get(keys)
    assert answer.status_code == 403
    new = client.cookies[session_cookie_name(client)]
    assert new != old
    # Once is enough: the next answer brings no other.
    await client.get(keys)
    assert client.cookies[session_cookie_name(client)] == new


async def test_the_old_token_works_a_minute_for_what_was_under_way_and_then_no_more(
    client: httpx.AsyncClient, owned: Owned, second_owner: int
) -> None:
    old = await sign_in(client, second_owner)
    await members.change_role(
        await caller(owned.owner), await managed(owned.firm), await public_id(second_owner), "VIEWER"
    )
    await client.get("/en/desk")
    found = await sessions.find(old)
    assert found is not None
    # With the new rights, not with the old ones.
    assert [m.role for m in found.caller.memberships] == ["VIEWER"]
    await execute("UPDATE session SET turned_at = now() - interval '61 seconds'")
    assert await sessions.find(old) is None
    assert (await client.get(f"/en/desk/{owned.firm.public_id}/members")).status_code == 200


async def test_every_session_of_the_person_is_marked_and_nobody_elses(
    client: httpx.AsyncClient, owned: Owned, second_owner: int
) -> None:
    await sign_in(client, owned.owner)
    for _ in range(3):
        await sign_in(client, second_owner)
    await members.remove(await caller(owned.owner), await managed(owned.firm), await public_id(second_owner))
    assert await fetchval("SELECT count(*) FROM session WHERE turn_due") == 3
    assert await fetchval("SELECT count(*) FROM session WHERE turn_due AND person <> $1", second_owner) == 0


async def test_a_form_that_was_open_while_the_role_changed_is_refused_for_the_right_not_for_its_token(
    client: httpx.AsyncClient, owned: Owned, second_owner: int
) -> None:
    from people import token_of

    from kervan.web import csrf

    await sign_in(client, second_owner)
    path = f"/en/desk/{owned.firm.public_id}/keys/new"
    token = await token_of(client, path)
    await members.change_role(
        await caller(owned.owner), await managed(owned.firm), await public_id(second_owner), "VIEWER"
    )
    answer = await client.post(
        path, data={csrf.FIELD: token, "name": "ERP", "scopes": "products", "days": "30"}
    )
    assert answer.status_code == 403
    assert "Your role does not allow this." in answer.text
    assert await fetchval("SELECT count(*) FROM api_key") == 0
