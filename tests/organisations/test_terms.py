"""Terms of posts: when they begin and end, and what becomes of the open work."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from people import (
    Firm,
    audited,
    mails,
    make_association,
    make_member,
    make_ministry,
    make_person,
    make_post,
    sign_in,
)

from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.organisations import access, invitations, members, service, tasks, terms
from kervan.trade import emails

from .conftest import caller, managed, public_id, roles


def day(offset: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=offset)


@pytest.fixture
async def post(db: None) -> Firm:
    return await make_post("DE")


@pytest.fixture
async def admin(db: None) -> int:
    person = await make_person("Zoe Admin")
    await make_member(await make_ministry(), person, "ADMIN")
    return person


async def attache(post: Firm, name: str = "Deniz Arslan", until: date | None = None) -> int:
    person = await make_person(name)
    await make_member(post, person, "ATTACHE", until)
    return person


async def open_tasks(post: Firm, person: int | None, count: int = 3) -> None:
    async with transaction() as tx:
        for n in range(count):
            await tasks.open_task(tx.connection, tasks.IMPORTER_REVIEW, f"importer{n}", post.id)
    await execute("UPDATE task SET assigned_to = $1, assigned_at = now()", person)


async def holders() -> set[int | None]:
    return {row["assigned_to"] for row in await fetch("SELECT assigned_to FROM task WHERE done_at IS NULL")}


@pytest.mark.parametrize(
    ("begins", "ends", "counts"), [(-1, 1, True), (0, 0, True), (-9, -1, False), (1, 9, False)]
)
async def test_a_membership_counts_only_within_its_term(
    client: httpx.AsyncClient, post: Firm, begins: int, ends: int, counts: bool
) -> None:
    from kervan.accounts import sessions

    person = await make_person("Deniz Arslan")
    await make_member(post, person, "ATTACHE", day(ends) if ends >= 0 else day(ends))
    await execute("UPDATE membership SET valid_from = $1", day(begins))
    found = await sessions.find(await sign_in(client, person))
    assert found is not None
    assert bool(found.caller.memberships) is counts


async def test_at_the_end_of_the_term_the_open_work_goes_to_the_colleague_who_is_left(post: Firm) -> None:
    leaver, heir = await attache(post, until=day(-1)), await attache(post, "Ece Yıldız", day(300))
    await open_tasks(post, leaver)
    assert await terms.end_due() == 1
    assert await roles(post) == {"Ece Yıldız": "ATTACHE"}
    assert await holders() == {heir}
    told = {mail["to_address"]: mail["context"] for mail in await mails()}
    assert told["deniz.arslan@example.com"] | {"go": ""} == {
        "name": "Deniz Arslan", "country": "DE", "until": day(-1).isoformat(), "count": 3, "received": False, "go": "",
    }  # fmt: skip
    assert told["ece.yildiz@example.com"]["received"] is True
    assert ("system:terms", "membership.ended") in await audited(post.public_id)


async def test_with_several_colleagues_or_none_the_work_is_free_again(post: Firm) -> None:
    leaver = await attache(post, until=day(-1))
    await open_tasks(post, leaver)
    for name in ("Ece Yıldız", "Can Öz"):
        await attache(post, name, day(300))
    await terms.end_due()
    assert await holders() == {None}
    assert [mail["to_address"] for mail in await mails()] == ["deniz.arslan@example.com"]


async def test_the_round_leaves_terms_that_run_and_runs_twice_without_a_second_mail(post: Firm) -> None:
    await attache(post, until=day(-1))
    await attache(post, "Ece Yıldız", day(0))
    assert await terms.end_due() == 1
    assert await terms.end_due() == 0
    assert await roles(post) == {"Ece Yıldız": "ATTACHE"}
    assert len(await mails("deniz.arslan@example.com")) == 1


async def test_two_processes_end_a_term_once(post: Firm) -> None:
    for n in range(6):
        await attache(post, f"Deniz {'abcdef'[n] * 4}", day(-1))
    assert sum(await asyncio.gather(terms.end_due(), terms.end_due())) == 6
    assert await fetchval("SELECT count(*) FROM mail") == 6


async def test_a_last_administrator_with_a_term_does_not_stop_the_round(post: Firm) -> None:
    admin = await make_person("Zoe Admin")
    await make_member(await make_ministry(), admin, "ADMIN", day(-1))
    await attache(post, until=day(-1))
    assert await terms.end_due() == 1
    assert await roles(post) == {}


async def test_who_belongs_to_two_posts_keeps_the_work_of_the_other(post: Firm) -> None:
    other = await make_post("FR")
    person = await attache(post, until=day(-1))
    await make_member(other, person, "ATTACHE", day(300))
    async with transaction() as tx:
        await tasks.open_task(tx.connection, tasks.IMPORTER_REVIEW, "here", post.id)
        await tasks.open_task(tx.connection, tasks.IMPORTER_REVIEW, "there", other.id)
    await execute("UPDATE task SET assigned_to = $1", person)
    await terms.end_due()
    rows = {row["about"]: row["assigned_to"] for row in await fetch("SELECT about, assigned_to FROM task")}
    assert rows == {"here": None, "there": person}


async def test_an_admin_extends_a_term_and_the_round_leaves_it(
    client: httpx.AsyncClient, post: Firm, admin: int
) -> None:
    person = await attache(post, until=day(-1))
    await sign_in(client, person)
    organisation = await access.managed(await caller(admin), post.public_id)
    await terms.extend(await caller(admin), organisation, await public_id(person), day(200))
    assert await terms.end_due() == 0
    assert await fetchval("SELECT valid_to FROM membership WHERE person = $1", person) == day(200)
    assert await fetchval("SELECT turn_due FROM session WHERE person = $1", person)
    assert (f"user:{admin}", "membership.term_changed") in await audited(post.public_id)
    assert [mail["template"] for mail in await mails("deniz.arslan@example.com")] == ["membership_changed"]


@pytest.mark.parametrize("offset", [-1, 366 * 6 + 2])
async def test_a_term_is_not_moved_into_the_past_or_out_of_sight(post: Firm, admin: int, offset: int) -> None:
    person = await attache(post, until=day(10))
    with pytest.raises(Invalid):
        await terms.extend(await caller(admin), await managed(post), await public_id(person), day(offset))


async def test_only_admins_man_posts_and_associations(post: Firm, admin: int) -> None:
    person = await attache(post, until=day(10))
    staff = await make_person("Ali Birlik")
    denib = await make_association()
    await make_member(denib, staff, "STAFF")
    assert (await access.managed(await caller(admin), post.public_id)).kind == "POST"
    assert (await access.managed(await caller(admin), denib.public_id)).kind == "ASSOCIATION"
    for who, firm in ((person, post), (staff, denib), (staff, post)):
        with pytest.raises((NotFound, Forbidden)):
            await access.managed(await caller(who), firm.public_id)


async def test_not_even_an_admin_mans_the_ministry_alone(admin: int) -> None:
    ministry = await fetchval("SELECT public_id FROM organisation WHERE kind = 'MINISTRY'")
    with pytest.raises(NotFound):
        await access.managed(await caller(admin), ministry)


async def test_a_post_is_manned_by_an_invitation_with_a_term(post: Firm, admin: int) -> None:
    email = emails.address("deniz@ticaret.example")
    who, organisation = await caller(admin), await managed(post)
    for valid_from, valid_to in (
        (None, None),
        (day(0), None),
        (day(5), day(4)),
        (day(-9), day(-1)),
        (day(0), day(3000)),
    ):
        with pytest.raises(Invalid):
            await invitations.invite(
                who, organisation, email, "ATTACHE", "tr", valid_from=valid_from, valid_to=valid_to
            )
    await invitations.invite(who, organisation, email, "ATTACHE", "tr", valid_from=day(0), valid_to=day(700))
    from .conftest import invitation_token

    token = await invitation_token("deniz@ticaret.example")
    person, _ = await invitations.accept_as_new(token, name="Deniz", password_hash="x", language="tr")
    [row] = await fetch("SELECT role, valid_from, valid_to FROM membership WHERE person = $1", person)
    assert tuple(row) == ("ATTACHE", day(0), day(700))


async def test_a_term_that_ended_while_the_invitation_waited_is_not_begun(post: Firm) -> None:
    person = await make_person("Deniz Arslan")
    with pytest.raises(Conflict, match="over already"):
        async with transaction() as tx:
            await service.add_member(tx.connection, post.id, person, "ATTACHE", day(-9), day(-1))


async def test_an_admin_ends_a_term_early_and_names_who_takes_over(post: Firm, admin: int) -> None:
    leaver, heir = await attache(post, until=day(100)), await attache(post, "Ece Yıldız", day(300))
    await attache(post, "Can Öz", day(300))
    await open_tasks(post, leaver)
    await members.remove(
        await caller(admin),
        await managed(post),
        await public_id(leaver),
        successor=await public_id(heir),
        reason="Recalled",
    )
    assert await holders() == {heir}
    assert await fetchval("SELECT reason FROM audit_entry WHERE action = 'membership.ended'") == "Recalled"


async def test_staff_do_not_leave_by_themselves(post: Firm) -> None:
    person = await caller(await attache(post, until=day(10)))
    with pytest.raises(Conflict, match="administrator ends your post"):
        await members.leave(person, person.memberships[0])


async def test_a_term_that_begins_today_turns_the_sessions(client: httpx.AsyncClient, post: Firm) -> None:
    person = await attache(post, until=day(100))
    await execute("UPDATE membership SET valid_from = current_date, created_at = now() - interval '3 days'")
    await sign_in(client, person)
    await execute("UPDATE session SET created_at = now() - interval '2 days'")
    assert await terms.begin_due() == 1
    assert await terms.begin_due() == 0


async def test_tasks_are_taken_passed_on_and_given_back(post: Firm, admin: int) -> None:
    first, second = await attache(post), await attache(post, "Ece Yıldız")
    stranger = await attache(await make_post("FR"), "Can Öz")
    await open_tasks(post, None, 1)
    kind, about = tasks.IMPORTER_REVIEW, "importer0"
    with pytest.raises(NotFound):
        await tasks.assign(await caller(stranger), kind, about, stranger)
    await tasks.assign(await caller(first), kind, about, first)
    with pytest.raises(Conflict, match="colleague has taken"):
        await tasks.assign(await caller(second), kind, about, second)
    with pytest.raises(Conflict, match="may not work on it"):
        await tasks.assign(await caller(first), kind, about, stranger)
    await tasks.assign(await caller(first), kind, about, second)
    assert await holders() == {second}
    await tasks.assign(await caller(admin), kind, about, None)
    assert await holders() == {None}
    async with transaction() as tx:
        await tasks.close_task(tx.connection, kind, about)
    with pytest.raises(NotFound):
        await tasks.assign(await caller(first), kind, about, first)


async def test_two_who_take_a_task_at_once_do_not_both_have_it(post: Firm) -> None:
    people = [await caller(await attache(post)), await caller(await attache(post, "Ece Yıldız"))]
    await open_tasks(post, None, 1)
    outcomes = await asyncio.gather(
        *(tasks.assign(one, tasks.IMPORTER_REVIEW, "importer0", one.person) for one in people),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes if one is not None] == [Conflict]


async def test_a_subject_has_one_open_task(post: Firm) -> None:
    async with transaction() as tx:
        for _ in range(3):
            await tasks.open_task(tx.connection, tasks.IMPORTER_REVIEW, "importer0", post.id)
    assert await fetchval("SELECT count(*) FROM task") == 1


async def test_a_suspended_person_gives_back_everything(post: Firm) -> None:
    person = await attache(post)
    await open_tasks(post, person)
    async with transaction() as tx:
        assert await tasks.release(tx.connection, person) == 3
    assert await holders() == {None}
