"""API keys: shown once, kept as a hash, never worth more than what their maker may do."""

import re

import httpx
import pytest
from people import mails, make_importer, make_member, make_person, post_form, sign_in, sign_out

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Invalid
from kervan.organisations import keys, members

from .conftest import Owned, caller, managed, public_id


async def make_key(owned: Owned, person: int | None = None, scopes: tuple[str, ...] = ("products",)) -> str:
    who = await caller(person or owned.owner)
    return await keys.create(who, who.memberships[0], "ERP", scopes, 30)


async def me(client: httpx.AsyncClient, key: str) -> httpx.Response:
    return await client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(client: httpx.AsyncClient, owned: Owned) -> None:
    await sign_in(client, owned.owner)
    root = f"/en/desk/{owned.firm.public_id}/keys"
    answer = await post_form(
        client, f"{root}/new", {"name": "ERP in the warehouse", "scopes": "products", "days": "90"}
    )
    assert answer.status_code == 200
    assert "no-store" in answer.headers["cache-control"]
    found = re.search(r'data-copy="(kervan_[\w-]{43})"', answer.text)
    assert found
    key = found[1]
    listed = await client.get(root)
    assert "ERP in the warehouse" in listed.text
    assert key not in listed.text
    assert key[:11] in listed.text
    [row] = await fetch("SELECT *, expires_at - created_at AS lives FROM api_key")
    assert len(row["key_hash"]) == 32
    assert row["lives"].days == 90
    # Nowhere in the database: neither in the audit trail nor in the mail that told the owner.
    for table in ("api_key", "audit_entry", "outbox"):
        assert key not in str([dict(line) for line in await fetch(f"SELECT * FROM {table}")]), table
    [mail] = await mails()
    assert mail["context"]["label"] == "ERP in the warehouse"
    assert key not in str(mail["context"])
    sign_out(client)
    assert (await me(client, key)).status_code == 200


async def test_me_says_whose_key_it_is_and_what_it_may(client: httpx.AsyncClient, owned: Owned) -> None:
    answer = await me(client, await make_key(owned))
    data = answer.json()["data"]
    assert data["name"] == "Zeynep Kaya"
    assert data["key"] == await fetchval("SELECT public_id FROM api_key")
    [place] = data["organisations"]
    assert place == {
        "id": owned.firm.public_id, "kind": "EXPORTER", "name": "Ayşe Havlu Sanayi A.Ş.", "country": "TR",
        "role": "OWNER", "rights": ["products", "view"], "valid_to": None, "standing": "VERIFIED",
        "exporter": "ayse-havlu",
    }  # fmt: skip
    assert "public" not in answer.headers["cache-control"]
    assert await fetchval("SELECT last_used_at FROM api_key") is not None


async def test_me_of_a_session_says_all_that_the_person_may(client: httpx.AsyncClient, owned: Owned) -> None:
    await sign_in(client, owned.owner)
    data = (await client.get("/api/v1/me")).json()["data"]
    assert data["key"] is None
    assert "members" in data["organisations"][0]["rights"]


async def test_nobody_is_a_401_in_problem_json(client: httpx.AsyncClient, owned: Owned) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer kervan_" + "x" * 43},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer ğ".encode()},
    ):
        answer = await client.get("/api/v1/me", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_key_opens_no_page_for_people(client: httpx.AsyncClient, owned: Owned) -> None:
    answer = await client.get(
        f"/en/desk/{owned.firm.public_id}/keys", headers={"Authorization": f"Bearer {await make_key(owned)}"}
    )
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["location"]


async def test_an_expired_key_is_worth_nothing(client: httpx.AsyncClient, owned: Owned) -> None:
    key = await make_key(owned)
    await execute("UPDATE api_key SET expires_at = now() - interval '1 second'")
    assert (await me(client, key)).status_code == 401
    await sign_in(client, owned.owner)
    assert "Expired" in (await client.get(f"/en/desk/{owned.firm.public_id}/keys")).text


async def test_a_revoked_key_is_worth_nothing(client: httpx.AsyncClient, owned: Owned) -> None:
    key = await make_key(owned)
    await sign_in(client, owned.owner)
    root = f"/en/desk/{owned.firm.public_id}/keys"
    id = await fetchval("SELECT public_id FROM api_key")
    answer = await post_form(client, f"{root}/{id}/revoke", of=root)
    assert answer.headers["location"].endswith("/keys?said=key-revoked")
    assert "Revoked" in (await client.get(root)).text
    sign_out(client)
    assert (await me(client, key)).status_code == 401


async def test_a_key_stops_when_its_maker_leaves_and_stays_stopped(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    second = await make_person("Can Öz")
    await make_member(owned.firm, second, "OWNER")
    key = await make_key(owned, second)
    who = await caller(second)
    await members.leave(who, who.memberships[0])
    assert (await me(client, key)).status_code == 401
    await make_member(owned.firm, second, "OWNER")
    assert (await me(client, key)).status_code == 401


async def test_a_key_stops_while_its_maker_is_suspended(client: httpx.AsyncClient, owned: Owned) -> None:
    key = await make_key(owned)
    await execute("UPDATE person SET state = 'SUSPENDED' WHERE id = $1", owned.owner)
    assert (await me(client, key)).status_code == 401


async def test_a_key_shrinks_with_the_role_of_its_maker(client: httpx.AsyncClient, owned: Owned) -> None:
    second = await make_person("Can Öz")
    await make_member(owned.firm, second, "OWNER")
    key = await make_key(owned, second, ("products", "profile"))
    await members.change_role(
        await caller(owned.owner), await managed(owned.firm), await public_id(second), "VIEWER"
    )
    assert (await me(client, key)).json()["data"]["organisations"][0]["rights"] == ["view"]


async def test_a_scope_keeps_a_key_from_everything_else(owned: Owned) -> None:
    found = await keys.find(await make_key(owned, scopes=("profile",)))
    assert found is not None
    assert found.memberships[0].rights == {"view", "profile"}
    assert found.may("products") == ()
    assert found.may("members") == ()


@pytest.mark.parametrize(
    ("name", "scopes", "days", "field"),
    [
        ("ERP", ("members",), 30, "scopes"),
        ("ERP", ("administer",), 30, "scopes"),
        ("ERP", (), 30, "scopes"),
        ("ERP", ("products",), 367, "days"),
        ("ERP", ("products",), 0, "days"),
        ("  ", ("products",), 30, "name"),
    ],
)
async def test_a_key_beyond_what_keys_may_is_refused(
    owned: Owned, name: str, scopes: tuple[str, ...], days: int, field: str
) -> None:
    who = await caller(owned.owner)
    with pytest.raises(Invalid) as refused:
        await keys.create(who, who.memberships[0], name, scopes, days)
    assert list(refused.value.fields) == [field]
    assert await fetchval("SELECT count(*) FROM api_key") == 0


async def test_an_importers_key_may_only_read(client: httpx.AsyncClient, db: None) -> None:
    importer, owner = await make_importer(), await make_person("Jonas Petersen")
    await make_member(importer, owner, "OWNER")
    await sign_in(client, owner)
    path = f"/en/desk/{importer.public_id}/keys/new"
    answer = await post_form(client, path, {"name": "Shop", "scopes": "products", "days": "30"})
    assert answer.status_code == 422
    answer = await post_form(client, path, {"name": "Shop", "scopes": "view", "days": "30"})
    assert answer.status_code == 200


async def test_there_are_never_more_than_twenty_living_keys(owned: Owned) -> None:
    for _ in range(keys.MOST_KEYS):
        await make_key(owned)
    with pytest.raises(Conflict):
        await make_key(owned)


async def test_a_key_needs_a_password_that_was_typed_a_moment_ago(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    """A key outlives the session: an unlocked browser must not be enough to make one."""
    await sign_in(client, owned.owner)
    page = f"/en/desk/{owned.firm.public_id}/keys/new"
    fields = {"name": "ERP", "scopes": "products", "days": "90"}
    assert (await client.get(page)).status_code == 200
    await execute("UPDATE session SET proved_at = now() - interval '1 hour'")
    asked = await client.get(page)
    assert (asked.status_code, "/en/account/prove?next=" in asked.headers["location"]) == (303, True)
    refused = await post_form(client, page, fields, of="/en/about")
    assert "/en/account/prove?next=" in refused.headers["location"]
    assert await fetchval("SELECT count(*) FROM api_key") == 0
