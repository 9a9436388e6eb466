"""Meeting days from the draft to the end: who makes them, which firms are asked, what changes, how they close."""

from datetime import time, timedelta

import pytest
from day_world import content, made, meetings, opened, place, planned, published, shift, shown, state, wished
from eventing import Fair, make_event
from people import audited, count, mails

from kervan.db import execute, fetchval
from kervan.errors import Conflict, Invalid, NotFound
from kervan.mail.compose import compose
from kervan.meetings import day_access, day_queries, days
from kervan.meetings.day_rules import Hours
from kervan.settings import load
from kervan.web.templates import Templates


async def test_an_organiser_makes_a_day_and_opens_it(fair: Fair) -> None:
    day = await made(fair)
    assert await state(day) == "DRAFT"
    assert len((await shown(day)).slots) == 6
    assert [mail for mail in await mails() if mail["template"] == "meeting_day"] == []
    assert await days.open_for_wishes(fair.union.caller, day) == 4
    told = [mail for mail in await mails() if mail["template"] == "meeting_day"]
    assert {mail["context"]["action"] for mail in told} == {"open"}
    assert "jonas.petersen@example.com" in {mail["to_address"] for mail in told}
    assert await fetchval("SELECT count(*) FROM notification WHERE kind = 'meeting_day'") == len(told)
    for mail in told:
        made_of = compose(Templates(load()), mail["language"], "meeting_day", mail["context"])
        assert "Buyer day" in made_of.subject
        assert "(Istanbul)" in made_of.text.replace("İstanbul", "Istanbul")
    assert ("meeting-day.opened") in {action for _, action in await audited(day)}


async def test_strangers_get_404_and_colleagues_of_the_organiser_do_not(fair: Fair) -> None:
    day = await made(fair)
    assert (await day_access.organised(fair.colleague.caller, day)).membership.public_id == fair.union.org
    for stranger in (fair.other_union, fair.post, fair.jonas, fair.ayse):
        with pytest.raises(NotFound):
            await day_access.organised(stranger.caller, day)
        with pytest.raises(NotFound):
            await days.create(stranger.caller, fair.union.org, content())
    with pytest.raises(NotFound):
        await day_access.organised(fair.ministry.caller, day)
    with pytest.raises(NotFound):
        await place(fair.jonas, day)
    await days.open_for_wishes(fair.union.caller, day)
    assert (await day_access.organised(fair.ministry.caller, day)).public_id == day
    assert (await place(fair.jonas, day)).side == "IMPORTER"
    with pytest.raises(NotFound):
        await day_access.invited(fair.jonas.caller, fair.zoe.org, day)


async def test_firms_of_the_event_that_want_meetings_are_asked(fair: Fair) -> None:
    event = await make_event(fair.union)
    held = event.content.starts_at
    assert held is not None
    for firm, sits, wants in (
        (fair.ayse, "EXPORTER", True), (fair.jonas, "IMPORTER", True), (fair.zoe, "IMPORTER", False),
    ):  # fmt: skip
        await execute(
            """INSERT INTO registration (public_id, event, organisation, side, state, wants_meetings)
            VALUES (left(md5($1::bigint::text), 12), $2, $1::bigint, $3, 'CONFIRMED', $4)""",
            firm.firm.id, event.id, sits, wants,
        )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        await days.create(fair.union.caller, fair.union.org, content(), event.public_id)
    assert set(refused.value.fields) == {"day"}
    with pytest.raises(NotFound):
        await days.create(fair.other_union.caller, fair.other_union.org, content(), event.public_id)
    day = await days.create(fair.union.caller, fair.union.org, content(day=held.date()), event.public_id)
    assert await days.open_for_wishes(fair.union.caller, day) == 2
    await execute("UPDATE registration SET wants_meetings = true")
    assert await days.take_in(fair.union.caller, day) == 1
    assert await days.take_in(fair.union.caller, day) == 0
    people = await day_queries.participants((await shown(day)).id)
    assert {(one.org, one.side) for one in people} == {
        (fair.ayse.org, "EXPORTER"), (fair.jonas.org, "IMPORTER"), (fair.zoe.org, "IMPORTER"),
    }  # fmt: skip


async def test_only_firms_in_good_standing_can_be_invited_and_once(fair: Fair) -> None:
    day = await made(fair)
    with pytest.raises(Conflict):
        await days.invite(fair.union.caller, day, fair.jonas.org)
    for org in (fair.post.org, "h4k7m2p9q3rs"):
        with pytest.raises(NotFound):
            await days.invite(fair.union.caller, day, org)
    assert await day_queries.invitable((await shown(day)).id, "") == []


async def test_slots_stay_as_they_are_once_firms_were_asked(fair: Fair) -> None:
    day = await made(fair)
    shorter = Hours(starts=time(10), ends=time(11), minutes=30)
    await days.change(fair.union.caller, day, content(hours=shorter, name="Short day"), 1)
    assert len((await shown(day)).slots) == 2
    with pytest.raises(Conflict):
        await days.change(fair.union.caller, day, content(), 1)
    await days.open_for_wishes(fair.union.caller, day)
    await days.change(fair.union.caller, day, content(name="Long day", tables=9))
    found = await shown(day)
    assert (len(found.slots), found.name, found.tables) == (2, "Long day", 9)
    with pytest.raises(Invalid) as refused:
        await days.change(fair.union.caller, day, content(tables=0, wishes_until=found.starts_at))
    assert set(refused.value.fields) == {"tables", "wishes_until_day"}


async def test_a_day_that_is_called_off_cancels_its_meetings_and_tells_everybody(fair: Fair) -> None:
    day = await published(fair)
    with pytest.raises(Invalid):
        await days.cancel(fair.union.caller, day, "")
    await days.cancel(fair.union.caller, day, "The hall is flooded.")
    assert await state(day) == "CANCELLED"
    assert {row[2] for row in await meetings(day)} == {"CANCELLED"}
    told = [mail for mail in await mails() if mail["context"].get("action") == "cancelled"]
    assert {mail["to_address"] for mail in told} >= {"jonas.petersen@example.com", "ayse.yilmaz@example.com"}
    with pytest.raises(Conflict):
        await days.cancel(fair.union.caller, day, "The hall is flooded.")


async def test_only_a_draft_can_be_thrown_away(fair: Fair) -> None:
    day = await made(fair)
    await days.discard(fair.union.caller, day)
    assert await count("meeting_day") == 0
    day = await opened(fair)
    with pytest.raises(Conflict):
        await days.discard(fair.union.caller, day)


async def test_days_that_are_over_close_and_those_of_cancelled_events_are_called_off(fair: Fair) -> None:
    event = await make_event(fair.union)
    assert event.content.starts_at is not None
    inside = await days.create(
        fair.union.caller, fair.union.org, content(day=event.content.starts_at.date()), event.public_id
    )
    await days.invite(fair.union.caller, inside, fair.jonas.org)
    await days.open_for_wishes(fair.union.caller, inside)
    alone = await wished(fair)
    assert await days.end_due() == 0
    await execute("UPDATE trade_event SET state = 'CANCELLED' WHERE id = $1", event.id)
    await planned(fair, alone)
    await shift(alone, timedelta(days=-30))
    assert await days.end_due() == 2
    assert (await state(inside), await state(alone)) == ("CANCELLED", "DONE")
    assert await meetings(alone) == []
    assert await days.end_due() == 0
