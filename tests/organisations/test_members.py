"""Members: roles changed, people removed and leaving, and one owner always left."""

import asyncio

import httpx
import pytest
from people import Firm, audited, mails, make_member, make_ministry, make_person, post_form, sign_in

from kervan.db import execute, fetchval, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.organisations import members, service

from .conftest import Owned, caller, managed, public_id, roles


@pytest.fixture
async def editor(owned: Owned) -> int:
    person = await make_person("Mehmet Demir", "mehmet@ayse-havlu.example")
    await make_member(owned.firm, person, "EDITOR")
    return person


def page_of(firm: Firm) -> str:
    return f"/en/desk/{firm.public_id}/members"


async def test_an_owner_gives_a_colleague_another_role(
    client: httpx.AsyncClient, owned: Owned, editor: int
) -> None:
    await sign_in(client, owned.owner)
    path = f"{page_of(owned.firm)}/{await public_id(editor)}"
    assert "Keeps the profile and the products." in (await client.get(path)).text
    answer = await post_form(client, f"{path}/role", {"role": "VIEWER"}, of=path)
    assert answer.status_code == 303
    assert await roles(owned.firm) == {"Zeynep Kaya": "OWNER", "Mehmet Demir": "VIEWER"}
    [mail] = await mails("mehmet@ayse-havlu.example")
    assert (mail["template"], mail["context"]["role"]) == ("membership_changed", "Viewer")
    assert (f"user:{owned.owner}", "membership.changed") in await audited(owned.firm.public_id)


async def test_a_removed_colleague_sees_nothing_with_the_next_click(
    client: httpx.AsyncClient, owned: Owned, editor: int
) -> None:
    await sign_in(client, editor)
    assert (await client.get(page_of(owned.firm))).status_code == 200
    await members.remove(await caller(owned.owner), await managed(owned.firm), await public_id(editor))
    assert (await client.get(page_of(owned.firm))).status_code == 404
    [mail] = await mails("mehmet@ayse-havlu.example")
    assert (mail["template"], mail["context"]["role"]) == ("membership_changed", None)
    assert (f"user:{owned.owner}", "membership.ended") in await audited(owned.firm.public_id)


async def test_an_owner_removes_a_colleague_by_the_page(
    client: httpx.AsyncClient, owned: Owned, editor: int
) -> None:
    await sign_in(client, owned.owner)
    path = f"{page_of(owned.firm)}/{await public_id(editor)}"
    answer = await post_form(client, f"{path}/remove", of=path)
    assert answer.headers["location"].endswith("/members?said=member-removed")
    assert await roles(owned.firm) == {"Zeynep Kaya": "OWNER"}


async def test_a_member_leaves(client: httpx.AsyncClient, owned: Owned, editor: int) -> None:
    await sign_in(client, editor)
    answer = await post_form(client, f"{page_of(owned.firm)}/leave", of=page_of(owned.firm))
    assert answer.headers["location"] == "/en/desk?said=left"
    assert "You have left the organisation." in (await client.get("/en/desk?said=left")).text
    assert await roles(owned.firm) == {"Zeynep Kaya": "OWNER"}
    # Who goes by themselves needs no mail about it.
    assert await mails("mehmet@ayse-havlu.example") == []


async def test_the_last_owner_can_neither_leave_nor_become_less(
    client: httpx.AsyncClient, owned: Owned, editor: int
) -> None:
    await sign_in(client, owned.owner)
    answer = await post_form(client, f"{page_of(owned.firm)}/leave", of=page_of(owned.firm))
    assert answer.status_code == 422
    assert "The last owner cannot go." in answer.text
    mine = f"{page_of(owned.firm)}/{await public_id(owned.owner)}"
    answer = await post_form(client, f"{mine}/role", {"role": "VIEWER"}, of=mine)
    assert answer.status_code == 422
    assert await roles(owned.firm) == {"Zeynep Kaya": "OWNER", "Mehmet Demir": "EDITOR"}


async def test_an_owner_who_was_suspended_does_not_count(owned: Owned) -> None:
    other = await make_person("Can Öz", state="SUSPENDED")
    await make_member(owned.firm, other, "OWNER")
    with pytest.raises(Conflict, match="last owner"):
        await members.leave(await caller(owned.owner), (await caller(owned.owner)).memberships[0])


async def test_an_editor_leaves_a_firm_that_has_no_owner(owned: Owned, editor: int) -> None:
    """The firm is claimed anew; nobody is held back by it."""
    await execute("UPDATE person SET state = 'SUSPENDED' WHERE id = $1", owned.owner)
    await members.leave(await caller(editor), (await caller(editor)).memberships[0])
    assert "Mehmet Demir" not in await roles(owned.firm)


@pytest.mark.parametrize("attempt", range(5))
async def test_of_two_owners_who_leave_at_once_one_stays(owned: Owned, attempt: int) -> None:
    other = await make_person("Can Öz")
    await make_member(owned.firm, other, "OWNER")
    people = [await caller(owned.owner), await caller(other)]
    outcomes = await asyncio.gather(
        *(members.leave(person, person.memberships[0]) for person in people), return_exceptions=True
    )
    assert [type(one) for one in outcomes if one is not None] == [Conflict]
    assert len(await roles(owned.firm)) == 1


async def test_the_second_of_two_connections_waits_for_the_first(owned: Owned) -> None:
    """The race as it is: the first transaction is open while the second asks."""
    other = await make_person("Can Öz")
    await make_member(owned.firm, other, "OWNER")
    second = await caller(other)
    async with transaction() as tx:
        await service.end_membership(tx.connection, owned.firm.id, owned.owner)
        # A task of its own has no part in this transaction: another connection of the pool.
        waiting = asyncio.create_task(_apart(members.leave(second, second.memberships[0])))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    with pytest.raises(Conflict, match="last owner"):
        await waiting
    assert await roles(owned.firm) == {"Can Öz": "OWNER"}


async def _apart(leaving: object) -> None:
    from kervan.db import engine

    engine().current_transaction.set(None)
    await leaving  # type: ignore[misc]  # a coroutine


async def test_two_owners_make_each_other_less_and_one_owner_stays(owned: Owned) -> None:
    other = await make_person("Can Öz")
    await make_member(owned.firm, other, "OWNER")
    firm = await managed(owned.firm)
    outcomes = await asyncio.gather(
        members.change_role(await caller(owned.owner), firm, await public_id(other), "VIEWER"),
        members.change_role(await caller(other), firm, await public_id(owned.owner), "VIEWER"),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes if one is not None] == [Conflict]
    assert sorted((await roles(owned.firm)).values()) == ["OWNER", "VIEWER"]


async def test_the_last_administrator_cannot_be_ended(db: None) -> None:
    ministry, admin = await make_ministry(), await make_person("Zoe Admin")
    await make_member(ministry, admin, "ADMIN")
    with pytest.raises(Conflict, match="last administrator"):
        async with transaction() as tx:
            await service.end_membership(tx.connection, ministry.id, admin, actor="system:test")
    assert await roles(ministry) == {"Zoe Admin": "ADMIN"}


async def test_a_role_that_the_kind_does_not_have_is_refused(owned: Owned, editor: int) -> None:
    for role in ("ADMIN", "COUNSELLOR", "BUYER", "nonsense"):
        with pytest.raises(Invalid):
            await members.change_role(
                await caller(owned.owner), await managed(owned.firm), await public_id(editor), role
            )


async def test_the_same_role_again_changes_nothing_and_tells_nobody(owned: Owned, editor: int) -> None:
    await members.change_role(
        await caller(owned.owner), await managed(owned.firm), await public_id(editor), "EDITOR"
    )
    assert await mails() == []
    assert await audited(owned.firm.public_id) == []


async def test_who_joins_again_has_a_new_membership_and_the_old_one_as_history(
    owned: Owned, editor: int
) -> None:
    await members.remove(await caller(owned.owner), await managed(owned.firm), await public_id(editor))
    async with transaction() as tx:
        await service.add_member(tx.connection, owned.firm.id, editor, "VIEWER")
    assert await fetchval("SELECT count(*) FROM membership WHERE person = $1", editor) == 2
    assert (await roles(owned.firm))["Mehmet Demir"] == "VIEWER"


async def test_a_person_is_a_member_once(owned: Owned, editor: int) -> None:
    with pytest.raises(Conflict, match="member already"):
        async with transaction() as tx:
            await service.add_member(tx.connection, owned.firm.id, editor, "OWNER")


async def test_people_of_another_organisation_are_unknown_here(owned: Owned) -> None:
    stranger = await make_person("Eve Aydın")
    with pytest.raises(NotFound):
        await members.remove(await caller(owned.owner), await managed(owned.firm), await public_id(stranger))
    with pytest.raises(NotFound):
        await members.change_role(
            await caller(owned.owner), await managed(owned.firm), await public_id(stranger), "OWNER"
        )
