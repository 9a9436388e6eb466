"""Admin rights: one proposes, another decides, and two are always left."""

import asyncio
import contextvars

import httpx
import pytest
from people import audited, mails, make_person, post_form
from staffing import Admins, caller_of, public_id

from kervan.db import execute, fetchval, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.staff import people, rights


async def is_admin(person: int) -> bool:
    return person in {admin.id for admin in await rights.admins()}


async def proposal(by: int, about: int, change: str = rights.GIVE) -> str:
    return await rights.propose(await caller_of(by), await public_id(about), change, "Needed in Ankara.")


async def test_a_second_administrator_gives_the_right(admins: Admins) -> None:
    deniz = await make_person("Deniz Er")
    made = await proposal(admins.aylin, deniz)
    assert not await is_admin(deniz)
    await rights.approve(await caller_of(admins.bora), made)
    assert await is_admin(deniz)
    assert [action for _, action in await audited(made)] == ["rights.proposed", "rights.approved"]
    assert [mail["template"] for mail in await mails("deniz.er@example.com")] == ["membership_changed"]


async def test_the_other_administrators_are_asked_by_mail(admins: Admins) -> None:
    await proposal(admins.aylin, await make_person("Deniz Er"))
    asked = sorted(mail["to_address"] for mail in await mails() if mail["template"] == "rights_proposed")
    assert asked == ["bora.kaya@example.com", "ceren.ak@example.com"]


async def test_who_proposes_cannot_decide(admins: Admins) -> None:
    deniz = await make_person("Deniz Er")
    made = await proposal(admins.aylin, deniz)
    with pytest.raises(Conflict):
        await rights.approve(await caller_of(admins.aylin), made)
    with pytest.raises(Conflict):
        await rights.refuse(await caller_of(admins.aylin), made, "No.")
    assert not await is_admin(deniz)
    await rights.approve(await caller_of(admins.bora), made)  # it is still open for the others


async def test_whom_it_is_about_cannot_decide(admins: Admins) -> None:
    made = await proposal(admins.aylin, admins.bora, rights.TAKE)
    for decide in (
        rights.approve(await caller_of(admins.bora), made),
        rights.refuse(await caller_of(admins.bora), made, "No."),
    ):
        with pytest.raises(Conflict):
            await decide
    await rights.approve(await caller_of(admins.ceren), made)
    assert not await is_admin(admins.bora)


async def test_the_last_two_administrators_stay(admins: Admins) -> None:
    first = await proposal(admins.aylin, admins.ceren, rights.TAKE)
    await rights.approve(await caller_of(admins.bora), first)
    with pytest.raises(Conflict):
        await proposal(admins.aylin, admins.bora, rights.TAKE)


async def test_of_two_approvals_at_once_one_holds(admins: Admins) -> None:
    """Three administrators, two open proposals that would leave one, approved at the same moment."""
    first = await proposal(admins.aylin, admins.bora, rights.TAKE)
    second = await proposal(admins.aylin, admins.ceren, rights.TAKE)
    bora, ceren = await caller_of(admins.bora), await caller_of(admins.ceren)
    outcomes = await asyncio.gather(
        rights.approve(ceren, first), rights.approve(bora, second), return_exceptions=True
    )
    assert sorted(type(outcome) for outcome in outcomes if outcome is not None) == [Conflict]
    assert len(await rights.admins()) == 2


async def test_administrators_who_suspend_each_other_at_once_are_not_gone_together(admins: Admins) -> None:
    """All three wait at the same lock: whoever comes first holds, and who was locked out decides nothing more."""
    ring = ((admins.aylin, admins.bora), (admins.bora, admins.ceren), (admins.ceren, admins.aylin))
    callers = {by: await caller_of(by) for by, _ in ring}
    ids = {whom: await public_id(whom) for _, whom in ring}
    async with transaction() as tx:
        await rights.lock_ministry(tx.connection)
        # Contexts of their own: the open transaction is this one's.
        racing = [
            asyncio.create_task(
                people.suspend(callers[by], ids[whom], "Stolen."), context=contextvars.Context()
            )
            for by, whom in ring
        ]
        await asyncio.sleep(0.2)
        assert not any(task.done() for task in racing)
    outcomes = await asyncio.gather(*racing, return_exceptions=True)
    assert outcomes.count(None) == 1
    assert all(isinstance(outcome, Conflict | NotFound) for outcome in outcomes if outcome is not None)
    assert len(await rights.admins()) == rights.FEWEST


async def test_two_administrators_who_approve_the_same_proposal_make_one_change(admins: Admins) -> None:
    deniz = await make_person("Deniz Er")
    made = await proposal(admins.aylin, deniz)
    bora, ceren = await caller_of(admins.bora), await caller_of(admins.ceren)
    outcomes = await asyncio.gather(
        rights.approve(bora, made), rights.refuse(ceren, made, "No."), return_exceptions=True
    )
    assert len([outcome for outcome in outcomes if outcome is None]) == 1
    assert len([outcome for outcome in outcomes if isinstance(outcome, Conflict)]) == 1
    assert await is_admin(deniz) == (outcomes[0] is None)


async def test_a_proposal_of_somebody_who_lost_the_right_cannot_be_approved(admins: Admins) -> None:
    deniz = await make_person("Deniz Er")
    made = await proposal(admins.aylin, deniz)
    await execute("UPDATE membership SET ended_at = now() WHERE person = $1", admins.aylin)
    with pytest.raises(Conflict):
        await rights.approve(await caller_of(admins.bora), made)
    assert not await is_admin(deniz)
    assert await fetchval("SELECT decided_at IS NULL FROM rights_proposal WHERE public_id = $1", made)


async def test_the_same_is_proposed_once_and_a_reason_is_needed(admins: Admins) -> None:
    deniz = await make_person("Deniz Er")
    await proposal(admins.aylin, deniz)
    with pytest.raises(Conflict):
        await proposal(admins.bora, deniz)
    with pytest.raises(Invalid):
        await rights.propose(await caller_of(admins.bora), await public_id(admins.ceren), rights.TAKE, "  ")


async def test_strangers_cannot_propose(admins: Admins) -> None:
    deniz = await make_person("Deniz Er")
    with pytest.raises(NotFound):
        await proposal(deniz, deniz)


async def test_a_proposal_is_withdrawn_by_its_author_only(admins: Admins) -> None:
    made = await proposal(admins.aylin, await make_person("Deniz Er"))
    with pytest.raises(NotFound):
        await rights.withdraw(await caller_of(admins.bora), made)
    await rights.withdraw(await caller_of(admins.aylin), made)
    with pytest.raises(Conflict):
        await rights.approve(await caller_of(admins.bora), made)


async def test_the_page_proposes_and_decides(desk: httpx.AsyncClient, admins: Admins) -> None:
    deniz = await make_person("Deniz Er")
    made = await proposal(admins.bora, deniz)
    answer = await post_form(desk, f"/en/staff/rights/{made}/approve", of="/en/staff/rights")
    assert answer.status_code == 303
    assert await is_admin(deniz)
    mine = await post_form(
        desk,
        "/en/staff/rights",
        {"email": "ceren.ak@example.com", "change": "TAKE", "reason": "Goes to Izmir."},
    )
    assert mine.status_code == 303
    own = await fetchval("SELECT public_id FROM rights_proposal WHERE decided_at IS NULL")
    refused = await post_form(desk, f"/en/staff/rights/{own}/approve", of="/en/staff/rights")
    assert refused.status_code == 409
    assert "You proposed this yourself" in refused.text
    assert await is_admin(admins.ceren)
