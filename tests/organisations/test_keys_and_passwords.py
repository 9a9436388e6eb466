"""A password that is chosen anew by a mailed link ends the keys of its person; one that is changed names them."""

import httpx
from factories import make_exporter
from people import PASSWORD, audited, firm_of, mails, make_member, make_person, post_form, sign_in

from kervan.db import execute, fetchval
from kervan.organisations import keys

from .conftest import Owned, caller

NEW = "sekiz fındık kabuğu"
COLLEAGUE = "mehmet@ayse-havlu.example"


async def make_key(person: int, label: str, place: int = 0) -> str:
    who = await caller(person)
    return await keys.create(who, who.memberships[place], label, ("products",), 30)


async def reset(client: httpx.AsyncClient, email: str) -> None:
    await post_form(client, "/en/forgotten", {"email": email})
    token = (await mails(email))[-1]["context"]["token"]
    answer = await post_form(client, f"/en/reset/{token}", {"password": NEW})
    assert answer.status_code == 303, answer.text


async def test_a_mailed_link_ends_the_keys_and_tells_who_is_concerned(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    """Whoever made them may have been the one against whom the password is chosen anew."""
    colleague = await make_person("Mehmet Demir", COLLEAGUE)
    await make_member(owned.firm, colleague, "OWNER")
    second = await firm_of(await make_exporter("zoe-iplik", trade_name="Zoe İplik"))
    await make_member(second, owned.owner, "OWNER")
    erp, shop = await make_key(owned.owner, "ERP"), await make_key(owned.owner, "Web shop", 1)
    over = await make_key(owned.owner, "Old")
    await execute("UPDATE api_key SET expires_at = now() - interval '1 day' WHERE name = 'Old'")
    his = await make_key(colleague, "Warehouse")
    await reset(client, "zeynep@ayse-havlu.example")
    assert [await keys.find(key) for key in (erp, shop, over)] == [None] * 3
    assert await keys.find(his) is not None, "a colleague's key is none of it"
    assert await fetchval("SELECT revoked_at FROM api_key WHERE name = 'Old'") is None, "it was over already"
    mail = (await mails("zeynep@ayse-havlu.example"))[-1]
    assert mail["template"] == "password_changed"
    names = [
        await fetchval("SELECT name FROM organisation WHERE id = $1", id) for id in (owned.firm.id, second.id)
    ]
    assert mail["context"]["ended"] == [f"ERP ({names[0]})", f"Web shop ({names[1]})"]
    told = [mail["context"] for mail in await mails(COLLEAGUE) if mail["template"] == "api_keys_ended"]
    assert [(one["labels"], one["organisation"], one["who"]) for one in told] == [
        (["ERP"], names[0], "Zeynep Kaya")
    ]
    assert told[0]["go"] == f"/desk/{owned.firm.public_id}/keys"
    ended = await fetchval("SELECT public_id FROM api_key WHERE name = 'ERP'")
    assert (f"user:{owned.owner}", "key.revoked") in await audited(ended)


async def test_a_password_that_is_changed_by_its_owner_leaves_the_keys_and_names_them(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    await sign_in(client, owned.owner)
    key = await make_key(owned.owner, "ERP")
    fields = {"old": PASSWORD, "password": NEW}
    answer = await post_form(client, "/en/account/password", fields)
    assert answer.status_code == 303, answer.text
    assert await keys.find(key) is not None
    [mail] = [
        mail for mail in await mails("zeynep@ayse-havlu.example") if mail["template"] == "password_changed"
    ]
    name = await fetchval("SELECT name FROM organisation WHERE id = $1", owned.firm.id)
    assert mail["context"]["living"] == [f"ERP ({name})"]


async def test_without_keys_nobody_else_is_written_to(client: httpx.AsyncClient, owned: Owned) -> None:
    await make_member(owned.firm, await make_person("Mehmet Demir", COLLEAGUE), "OWNER")
    await reset(client, "zeynep@ayse-havlu.example")
    assert await mails(COLLEAGUE) == []
    assert (await mails("zeynep@ayse-havlu.example"))[-1]["context"]["ended"] == []
