"""Who is gone hears no more: of meetings, events and agendas of a firm that somebody has left."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import day_world
import pytest
from attending import begins_in, take
from eventing import Fair, make_event, make_fair
from meeting_world import agreed, seat
from people import mails, make_member, make_person

from kervan.db import execute, fetch
from kervan.meetings import direct, planning, reminders, rounds, telling
from kervan.meetings.states import Side
from kervan.registrations import rounds as registration_rounds

pytestmark = pytest.mark.usefixtures("db")

GONE, STAYS = "jonas.petersen@example.com", "lea.brandt@example.com"


async def _leaves(fair: Fair) -> None:
    """Jonas' time at the firm ends; Lea answers for it."""
    await make_member(fair.jonas.firm, await make_person("Lea Brandt"), "BUYER")
    await execute("UPDATE membership SET valid_to = current_date - 1 WHERE person = $1", fair.jonas.person)
    await execute("DELETE FROM mail")


async def _written() -> set[str]:
    return {mail["to_address"] for mail in await mails()}


async def _rung() -> set[str]:
    rows = await fetch("SELECT p.email FROM notification n JOIN person p ON p.id = n.person")
    return {row["email"] for row in rows}


async def test_who_left_a_firm_gets_no_contact_data_of_its_meetings_any_more() -> None:
    fair = await make_fair()
    world: Any = SimpleNamespace(buyer=fair.jonas, ayse=fair.ayse)
    meeting = await agreed(world)
    await execute("DELETE FROM notification")
    await _leaves(fair)
    own = await seat(fair.ayse, meeting)
    await direct.give_room(fair.ayse.caller, own, "https://meet.example.com/new-room")
    await execute(
        "UPDATE meeting SET starts_at = now() + interval '50 minutes', ends_at = now() + interval '80 minutes',"
        " changed_at = now() - interval '3 days'"
    )
    assert await reminders.send_due() >= 1
    await execute(
        "UPDATE meeting SET starts_at = starts_at - interval '1 day', ends_at = ends_at - interval '1 day'"
    )
    await rounds.all_due()
    written, rung = await _written(), await _rung()
    assert STAYS in written
    assert GONE not in written
    assert GONE not in rung


async def test_who_left_a_firm_before_the_agenda_is_known_does_not_get_it() -> None:
    fair = await make_fair()
    day = await day_world.wished(fair)
    await execute(
        "UPDATE day_participant SET person = $1 WHERE organisation = $2",
        fair.jonas.person,
        fair.jonas.firm.id,
    )
    await day_world.planned(fair, day)
    await _leaves(fair)
    await planning.publish(fair.union.caller, day)
    meetings = [row["id"] for row in await fetch("SELECT id FROM meeting WHERE state = 'CONFIRMED'")]
    for firm, side in ((fair.jonas, Side.IMPORTER), (fair.ayse, Side.EXPORTER)):
        await telling.agenda_of(firm.firm.id, side, meetings)
    written = await _written()
    assert STAYS in written
    assert GONE not in written


async def test_who_left_a_firm_is_asked_for_no_outcome() -> None:
    fair = await make_fair()
    world: Any = SimpleNamespace(buyer=fair.jonas, ayse=fair.ayse)
    await agreed(world)
    await _leaves(fair)
    await execute(
        "UPDATE meeting SET starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'"
    )
    assert await rounds.hold_due() == 1
    assert GONE not in await _written()
    assert STAYS in await _written()


async def test_who_left_a_firm_is_not_reminded_of_its_events() -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    await take(fair.jonas, event)
    await _leaves(fair)
    await begins_in(event, timedelta(minutes=50))
    assert await registration_rounds.remind() == 1
    assert GONE not in await _written()
    assert STAYS in await _written()
