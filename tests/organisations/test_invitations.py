"""Invitations: mailed, bound to an address, taken once, within 72 hours."""

import re

import httpx
import pytest
from people import PASSWORD, audited, mails, make_member, make_person, post_form, sign_in, sign_out

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from kervan.organisations import invitations
from kervan.trade import emails

from .conftest import Owned, caller, invitation_token, managed, public_id, roles

MEHMET = "mehmet@ayse-havlu.example"


async def invite(owned: Owned, email: str = MEHMET, role: str = "EDITOR") -> str:
    await invitations.invite(
        await caller(owned.owner), await managed(owned.firm), emails.address(email), role, "tr"
    )
    return await invitation_token(email)


async def test_an_owner_invites_by_the_page_and_a_new_person_becomes_a_member(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    await sign_in(client, owned.owner)
    path = f"/en/desk/{owned.firm.public_id}/members/invite"
    answer = await post_form(client, path, {"email": "Mehmet@Ayse-Havlu.example", "role": "EDITOR"})
    assert answer.status_code == 303
    assert "said=invited" in answer.headers["location"]
    [mail] = await mails("Mehmet@ayse-havlu.example")
    assert mail["context"]["inviter"] == "Zeynep Kaya"
    assert mail["context"]["role"] == "Editor"
    sign_out(client)
    link = f"/tr/invite/{mail['context']['token']}"
    shown = await client.get(link)
    assert shown.status_code == 200
    assert "Ayşe Havlu Sanayi A.Ş." in shown.text
    assert "no-store" in shown.headers["cache-control"]
    answer = await post_form(client, link, {"name": "Mehmet Demir", "password": "yağmur sonrası toprak"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/tr/desk/{owned.firm.public_id}?said=joined"
    [row] = await fetch("SELECT * FROM person WHERE email_key = $1", MEHMET)
    assert (row["state"], row["language"]) == ("ACTIVE", "tr")
    assert row["email_confirmed_at"] is not None
    assert await roles(owned.firm) == {"Zeynep Kaya": "OWNER", "Mehmet Demir": "EDITOR"}
    # The answer signed him in.
    members = await client.get(f"/en/desk/{owned.firm.public_id}/members")
    assert "Mehmet Demir" in members.text
    assert ("user:" + str(row["id"]), "membership.given") in await audited(owned.firm.public_id)


async def test_only_the_hash_of_the_link_is_kept(owned: Owned) -> None:
    token = await invite(owned)
    [row] = await fetch("SELECT token_hash, expires_at - created_at AS open FROM invitation")
    assert len(row["token_hash"]) == 32
    assert row["open"].total_seconds() == 72 * 3600
    [mail] = await fetch("SELECT context FROM mail")
    assert token not in mail["context"]


@pytest.mark.parametrize(
    ("name", "password"),
    [("", "yağmur sonrası toprak"), ("Mehmet Demir", "kısa"), ("Mehmet Demir", "mehmet-demir-1")],
)
async def test_a_bad_name_or_password_does_not_use_the_link_up(
    client: httpx.AsyncClient, owned: Owned, name: str, password: str
) -> None:
    link = f"/en/invite/{await invite(owned)}"
    answer = await post_form(client, link, {"name": name, "password": password})
    assert answer.status_code == 422
    assert password not in answer.text
    assert await fetchval("SELECT count(*) FROM person WHERE email_key = $1", MEHMET) == 0
    answer = await post_form(client, link, {"name": "Mehmet Demir", "password": "yağmur sonrası toprak"})
    assert answer.status_code == 303


async def test_an_existing_account_signs_in_first_and_comes_back(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    person = await make_person("Mehmet Demir", MEHMET)
    token = await invite(owned)
    shown = await client.get(f"/en/invite/{token}")
    assert f"/en/sign-in?next=%2Finvite%2F{token}" in shown.text
    assert 'name="password"' not in shown.text
    await sign_in(client, person)
    answer = await post_form(client, f"/en/invite/{token}")
    assert answer.status_code == 303
    assert await roles(owned.firm) == {"Zeynep Kaya": "OWNER", "Mehmet Demir": "EDITOR"}


async def test_nobody_makes_an_account_over_one_that_exists(owned: Owned) -> None:
    await make_person("Mehmet Demir", MEHMET)
    token = await invite(owned)
    with pytest.raises(Conflict, match="Sign in to accept"):
        await invitations.accept_as_new(token, name="Eve", password_hash="x", language="en")
    assert await fetchval("SELECT count(*) FROM invitation WHERE accepted_at IS NULL") == 1


async def test_a_person_with_another_address_is_told_so_and_may_not_take_it(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    eve = await make_person("Eve Aydın")
    token = await invite(owned)
    await sign_in(client, eve)
    shown = await client.get(f"/en/invite/{token}")
    assert re.search(
        r"This invitation is for .*mehmet@ayse-havlu\.example.*eve\.aydin@example\.com", shown.text
    )
    assert "Accept the invitation" not in shown.text
    answer = await post_form(client, f"/en/invite/{token}")
    assert answer.status_code == 422
    assert "This invitation is for another address than yours." in answer.text
    with pytest.raises(Forbidden):
        await invitations.accept(await caller(eve), token)
    assert await roles(owned.firm) == {"Zeynep Kaya": "OWNER"}
    assert await fetchval("SELECT accepted_at FROM invitation") is None


async def test_an_address_with_another_tag_is_another_address(owned: Owned) -> None:
    person = await make_person("Mehmet Demir", "mehmet+work@ayse-havlu.example")
    with pytest.raises(Forbidden):
        await invitations.accept(await caller(person), await invite(owned))


async def test_a_link_works_once(client: httpx.AsyncClient, owned: Owned) -> None:
    person = await make_person("Mehmet Demir", MEHMET)
    token = await invite(owned)
    await invitations.accept(await caller(person), token)
    with pytest.raises(Conflict, match="accepted already"):
        await invitations.accept(await caller(person), token)
    shown = await client.get(f"/en/invite/{token}")
    assert shown.status_code == 410
    assert "This invitation was accepted already." in shown.text


async def test_a_link_that_was_used_does_not_let_a_removed_member_back_in(owned: Owned) -> None:
    person = await make_person("Mehmet Demir", MEHMET)
    token = await invite(owned)
    await invitations.accept(await caller(person), token)
    await execute("UPDATE membership SET ended_at = now() WHERE person = $1", person)
    with pytest.raises(Conflict):
        await invitations.accept(await caller(person), token)


async def test_an_invitation_is_over_after_72_hours(client: httpx.AsyncClient, owned: Owned) -> None:
    person = await make_person("Mehmet Demir", MEHMET)
    token = await invite(owned)
    await execute("UPDATE invitation SET expires_at = now() - interval '1 second'")
    with pytest.raises(Conflict, match="72 hours"):
        await invitations.accept(await caller(person), token)
    with pytest.raises(Conflict):
        await invitations.accept_as_new(token, name="Mehmet", password_hash="x", language="en")
    assert (await client.get(f"/en/invite/{token}")).status_code == 410
    assert await roles(owned.firm) == {"Zeynep Kaya": "OWNER"}


async def test_a_withdrawn_invitation_opens_nothing(client: httpx.AsyncClient, owned: Owned) -> None:
    token = await invite(owned)
    await sign_in(client, owned.owner)
    root = f"/en/desk/{owned.firm.public_id}/members"
    id = await fetchval("SELECT public_id FROM invitation")
    answer = await post_form(client, f"{root}/invitations/{id}/withdraw", of=root)
    assert answer.status_code == 303
    sign_out(client)
    shown = await client.get(f"/en/invite/{token}")
    assert shown.status_code == 410
    assert "was withdrawn" in shown.text


async def test_inviting_again_makes_the_first_link_worthless(owned: Owned) -> None:
    person = await make_person("Mehmet Demir", MEHMET)
    first = await invite(owned)
    second = await invite(owned, role="VIEWER")
    with pytest.raises(Conflict, match="withdrawn"):
        await invitations.accept(await caller(person), first)
    await invitations.accept(await caller(person), second)
    assert await roles(owned.firm) == {"Zeynep Kaya": "OWNER", "Mehmet Demir": "VIEWER"}


async def test_what_a_removed_owner_sent_opens_nothing(owned: Owned) -> None:
    second = await make_person("Can Öz", "can@ayse-havlu.example")
    await make_member(owned.firm, second, "OWNER")
    token = await invite(Owned(owned.firm, second))
    from kervan.organisations import members

    await members.remove(await caller(owned.owner), await managed(owned.firm), await public_id(second))
    with pytest.raises(Conflict, match="withdrawn"):
        await invitations.accept_as_new(token, name="Mehmet", password_hash="x", language="en")


async def test_somebody_who_registered_with_the_invited_address_gets_nothing_of_it(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    """The address was never confirmed: the one whom the mail reaches sets name and password anew."""
    pending = await make_person("Eve Aydın", MEHMET, state="PENDING_EMAIL", email_confirmed_at=None)
    await sign_in(client, pending)
    sign_out(client)
    link = f"/en/invite/{await invite(owned)}"
    answer = await post_form(client, link, {"name": "Mehmet Demir", "password": "yağmur sonrası toprak"})
    assert answer.status_code == 303
    [row] = await fetch("SELECT * FROM person WHERE id = $1", pending)
    assert (row["name"], row["state"]) == ("Mehmet Demir", "ACTIVE")
    from kervan.accounts import passwords

    assert not await passwords.verify(row["password_hash"], PASSWORD)
    # Only the session that the acceptance opened is left.
    assert await fetchval("SELECT count(*) FROM session WHERE person = $1", pending) == 1


async def test_a_member_is_not_invited_again(client: httpx.AsyncClient, owned: Owned) -> None:
    with pytest.raises(Invalid) as refused:
        await invite(owned, "zeynep@ayse-havlu.example")
    assert "email" in refused.value.fields
    await sign_in(client, owned.owner)
    path = f"/en/desk/{owned.firm.public_id}/members/invite"
    answer = await post_form(client, path, {"email": "ZEYNEP@ayse-havlu.example", "role": "VIEWER"})
    assert answer.status_code == 422
    assert "This person is a member already." in answer.text


@pytest.mark.parametrize("role", ["ADMIN", "COUNSELLOR", "BUYER", "owner", ""])
async def test_a_role_of_another_kind_of_organisation_cannot_be_given(
    client: httpx.AsyncClient, owned: Owned, role: str
) -> None:
    with pytest.raises(Invalid):
        await invite(owned, role=role)
    await sign_in(client, owned.owner)
    path = f"/en/desk/{owned.firm.public_id}/members/invite"
    answer = await post_form(client, path, {"email": MEHMET, "role": role})
    assert answer.status_code == 422
    assert await fetchval("SELECT count(*) FROM invitation") == 0


async def test_a_name_that_would_break_a_header_is_one_line_in_the_mail(
    client: httpx.AsyncClient, owned: Owned
) -> None:
    await sign_in(client, owned.owner)
    path = f"/en/desk/{owned.firm.public_id}/members/invite"
    answer = await post_form(
        client, path, {"email": "a@b.example\r\nBcc: eve@evil.example", "role": "EDITOR"}
    )
    assert answer.status_code == 422
    assert await mails() == []


async def test_nobody_sends_invitations_without_end(owned: Owned) -> None:
    for n in range(invitations.MOST_A_DAY):
        await invite(owned, f"p{n}@ayse-havlu.example")
    with pytest.raises(TooMany):
        await invite(owned, "one.more@ayse-havlu.example")


async def test_two_tabs_accept_at_once_and_one_membership_comes_of_it(owned: Owned) -> None:
    import asyncio

    person = await make_person("Mehmet Demir", MEHMET)
    token, who = await invite(owned), await caller(person)
    outcomes = await asyncio.gather(
        *(invitations.accept(who, token) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "str"]
    assert await fetchval("SELECT count(*) FROM membership WHERE person = $1", person) == 1


@pytest.mark.parametrize("attempt", range(5))
async def test_an_acceptance_and_the_removal_of_the_inviter_do_not_wait_for_each_other(
    owned: Owned, attempt: int
) -> None:
    import asyncio

    from kervan.organisations import members

    second = await make_person("Can Öz", "can@ayse-havlu.example")
    await make_member(owned.firm, second, "OWNER")
    person = await make_person("Mehmet Demir", MEHMET)
    token, who = await invite(Owned(owned.firm, second)), await caller(person)
    accepted, removed = await asyncio.gather(
        invitations.accept(who, token),
        members.remove(await caller(owned.owner), await managed(owned.firm), await public_id(second)),
        return_exceptions=True,
    )
    assert removed is None
    assert isinstance(accepted, str | Conflict)
    assert ("Mehmet Demir" in await roles(owned.firm)) is isinstance(accepted, str)


@pytest.mark.parametrize("token", ["x", "a" * 43, "ğ" * 43, "a" * 4000])
async def test_an_unknown_link_is_a_404(client: httpx.AsyncClient, token: str) -> None:
    assert (await client.get(f"/en/invite/{token}")).status_code == 404
    with pytest.raises(NotFound):
        await invitations.look(token)


async def test_addresses_of_old_invitations_are_forgotten_and_open_ones_are_not(owned: Owned) -> None:
    await invite(owned, "old@ayse-havlu.example")
    await execute("UPDATE invitation SET expires_at = now() - interval '31 days'")
    await invite(owned)
    await invitations.forget_old()
    assert [row["email"] for row in await fetch("SELECT email FROM invitation")] == [MEHMET]


async def test_the_rounds_of_the_worker_end_terms_and_forget_invitations() -> None:
    from kervan import rounds
    from kervan.organisations import terms

    assert {terms.end_due, terms.begin_due, invitations.forget_old} <= {work for _, work in rounds.ROUNDS}
