"""Meetings and meeting days attacked by time: both at once, too late, with firms that may no longer."""

import day_world
import meeting_world
import pytest
from asking import make_world
from eventing import make_fair
from people import count
from storming import done, together

from kervan.db import execute, fetchval
from kervan.errors import Conflict, Invalid, NotFound
from kervan.meetings import access as meeting_access
from kervan.meetings import direct, planning, wishes

pytestmark = pytest.mark.usefixtures("db")


async def test_two_meetings_at_one_time_are_not_both_agreed() -> None:
    world = await make_world()
    first = await meeting_world.asked(world, "k-1")
    can = await direct.ask(
        world.buyer.caller, world.buyer.membership, "can-zeytin", meeting_world.wanted(), "k-2"
    )
    tries = [
        (side, await meeting_world.seat(side, meeting), (await meeting_world.proposals(meeting))[0])
        for side, meeting in ((world.ayse, first.public_id), (world.can, can.public_id)) * 2
    ]
    found = await together(*(direct.accept(side.caller, seat, time) for side, seat, time in tries))
    assert done(found) == 1
    assert await fetchval("SELECT count(*) FROM meeting WHERE state = 'CONFIRMED'") == 1


async def test_a_meeting_that_lapsed_or_whose_firm_was_suspended_is_not_accepted() -> None:
    world = await make_world()
    made = (await meeting_world.asked(world)).public_id
    first = (await meeting_world.proposals(made))[0]
    seat = await meeting_world.seat(world.ayse, made)
    await execute("UPDATE importer SET standing = 'SUSPENDED'")
    with pytest.raises(Conflict):
        await direct.accept(world.ayse.caller, seat, first)
    await execute("UPDATE importer SET standing = 'VERIFIED'")
    await execute("UPDATE meeting SET answer_by = now() - interval '1 minute'")
    with pytest.raises(Conflict):
        await direct.accept(world.ayse.caller, seat, first)
    assert await meeting_world.state(made) != "CONFIRMED"


async def test_nobody_answers_for_the_other_side_or_with_times_of_another_meeting() -> None:
    world = await make_world()
    made = (await meeting_world.asked(world)).public_id
    first = (await meeting_world.proposals(made))[0]
    with pytest.raises(Conflict):
        await direct.accept(world.buyer.caller, await meeting_world.seat(world.buyer, made), first)
    other = await direct.ask(
        world.buyer.caller, world.buyer.membership, "can-zeytin", meeting_world.wanted(), "k-2"
    )
    foreign = (await meeting_world.proposals(other.public_id))[0]
    with pytest.raises(Invalid):
        await direct.accept(world.ayse.caller, await meeting_world.seat(world.ayse, made), foreign)
    for stranger in (world.can, world.other_exporter, world.other_buyer):
        with pytest.raises(NotFound):
            await meeting_access.own(stranger.caller, stranger.org, made)
        with pytest.raises(NotFound):
            await meeting_access.own(stranger.caller, world.buyer.org, made)


async def test_wishes_for_oneself_ones_own_side_and_strangers_are_refused() -> None:
    fair = await make_fair()
    day = await day_world.opened(fair)
    own, colleague = await day_world.key(fair.jonas, day), await day_world.key(fair.zoe, day)
    place = await day_world.place(fair.jonas, day)
    for some in ([own], [colleague], ["abcdefghjkmn"], [""], ["x" * 5000]):
        with pytest.raises(Invalid):
            await wishes.save_wishes(place, some)
    theirs = await day_world.key(fair.ayse, day)
    with pytest.raises(Invalid):
        await wishes.save_wishes(place, [theirs, theirs])
    with pytest.raises(Invalid):
        await wishes.save_wishes(place, [theirs] * 10_000)
    assert await count("meeting_wish") == 0


async def test_a_firm_that_was_suspended_after_the_plan_meets_nobody() -> None:
    fair = await make_fair()
    day = await day_world.wished(fair)
    await day_world.planned(fair, day)
    assert "Blaue Stunde AG" in {meeting[1] for meeting in await day_world.meetings(day)}
    await execute("UPDATE importer SET standing = 'SUSPENDED' WHERE id = $1", fair.zoe.firm.entity)
    await planning.publish(fair.union.caller, day)
    agreed = {meeting[1] for meeting in await day_world.meetings(day) if meeting[2] == "CONFIRMED"}
    assert agreed == {"Nordlicht Handel GmbH"}


async def test_a_firm_that_was_suspended_before_the_plan_takes_nobodys_time() -> None:
    fair = await make_fair()
    day = await day_world.wished(fair)
    await execute("UPDATE importer SET standing = 'SUSPENDED' WHERE id = $1", fair.zoe.firm.entity)
    await day_world.planned(fair, day)
    assert {meeting[1] for meeting in await day_world.meetings(day)} == {"Nordlicht Handel GmbH"}
