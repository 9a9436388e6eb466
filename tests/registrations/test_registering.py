"""Registering: once a firm, within the capacity, in the order of asking; by whom, for whom, until when."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asking import Side, caller_of
from attending import buyers, take, wanted
from eventing import Fair, drafted, make_event, shift

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.events.structs import Question
from kervan.registrations import queries, service
from kervan.registrations.structs import PersonWanted, Registered


async def test_a_firm_takes_a_place_and_its_people_have_tickets(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=5)
    made = await take(
        fair.jonas, event, "Jonas Petersen", "Greta  Hansen", interest="Towels", wants_meetings=True
    )
    assert made.state == "CONFIRMED"
    shown = await queries.shown(made.id)
    assert [person.name for person in shown.people] == ["Jonas Petersen", "Greta Hansen"]
    assert len({person.ticket for person in shown.people}) == 2
    assert (shown.side, shown.interest, shown.wants_meetings) == ("IMPORTER", "Towels", True)
    assert [step.action for step in shown.steps] == ["register"]
    assert await queries.confirmed_firms(event.id, "IMPORTER") == [(fair.jonas.firm.id, fair.jonas.person)]
    assert await queries.confirmed_firms(event.id, "EXPORTER") == []


async def test_a_firm_cannot_register_twice(fair: Fair) -> None:
    event = await make_event(fair.union)
    await take(fair.jonas, event)
    with pytest.raises(Conflict):
        await take(fair.jonas, event)
    other = await make_event(fair.union)
    assert (await take(fair.jonas, other)).state == "CONFIRMED"


async def test_ten_clicks_at_once_give_one_registration(fair: Fair) -> None:
    event = await make_event(fair.union)
    done = await asyncio.gather(*(take(fair.jonas, event) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(one, Registered) for one in done) == 1
    assert sum(isinstance(one, Conflict) for one in done) == 9
    assert await fetchval("SELECT count(*) FROM registration") == 1
    assert await fetchval("SELECT count(*) FROM registration_participant") == 1


async def test_thirty_firms_at_once_for_five_places(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=5)
    firms = await buyers(30)
    done = await asyncio.gather(*(take(firm, event) for firm in firms))
    assert sorted(one.state for one in done) == ["CONFIRMED"] * 5 + ["WAITLISTED"] * 25
    rows = await fetch("SELECT id, state FROM registration WHERE event = $1 ORDER BY queued_at, id", event.id)
    # Whoever was first in line has a place, nobody was passed.
    assert [row["state"] for row in rows] == ["CONFIRMED"] * 5 + ["WAITLISTED"] * 25
    page, total = await queries.rows(event.id, queries.Filters(state="WAITLISTED"))
    assert total == 25
    assert [row.place for row in page] == list(range(1, 26))


async def test_each_side_has_its_own_places(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=1, capacity_exporters=1)
    assert (await take(fair.jonas, event)).state == "CONFIRMED"
    assert (await take(fair.ayse, event)).state == "CONFIRMED"
    assert (await take(fair.zoe, event)).state == "WAITLISTED"
    assert (await take(fair.can, event)).state == "WAITLISTED"


async def test_a_side_without_places_cannot_register(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_exporters=0)
    with pytest.raises(Conflict, match="importers only"):
        await take(fair.ayse, event)
    only_exporters = await make_event(fair.union, capacity_importers=0)
    with pytest.raises(Conflict, match="exporters only"):
        await take(fair.jonas, only_exporters)


async def test_target_countries_hold_for_importers(fair: Fair) -> None:
    event = await make_event(fair.union, target_countries=("CH",))
    with pytest.raises(Conflict, match="other countries"):
        await take(fair.jonas, event)
    assert (await take(fair.zoe, event)).state == "CONFIRMED"
    assert (await take(fair.ayse, event)).state == "CONFIRMED"


async def test_registration_has_its_window(fair: Fair) -> None:
    now = datetime.now(UTC)
    event = await make_event(
        fair.union,
        registration_opens_at=now + timedelta(days=2),
        registration_closes_at=now + timedelta(days=5),
    )
    with pytest.raises(Conflict, match="not begun"):
        await take(fair.jonas, event)
    await shift(event, timedelta(days=-3))
    assert (await take(fair.jonas, event)).state == "CONFIRMED"
    await shift(event, timedelta(days=-4))
    with pytest.raises(Conflict, match="over"):
        await take(fair.zoe, event)


async def test_only_verified_exporters_and_standing_importers_register(fair: Fair) -> None:
    event = await make_event(fair.union)
    await execute("UPDATE exporter SET verification = 'SUBMITTED'")
    await execute("UPDATE importer SET standing = 'SUSPENDED'")
    for firm in (fair.ayse, fair.jonas):
        fresh = await side_again(firm)
        with pytest.raises(Forbidden):
            await take(fresh, event)


async def side_again(firm: Side) -> Side:
    """The same person as services see him now."""
    caller = await caller_of(firm.person)
    return firm._replace(caller=caller, membership=caller.memberships[0])


async def test_strangers_and_staff_find_no_firm_to_register(fair: Fair) -> None:
    event = await make_event(fair.union)
    for who in (fair.zoe, fair.union, fair.ministry):
        with pytest.raises(NotFound):
            await service.register(who.caller, fair.jonas.org, event.public_id, wanted())
    with pytest.raises(NotFound):
        await service.register(fair.jonas.caller, fair.jonas.org, "nosuchevent0", wanted())


async def test_a_draft_cannot_be_registered_for(fair: Fair) -> None:
    draft = await drafted(fair.union)
    with pytest.raises(NotFound):
        await take(fair.jonas, draft)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"people": ()}, "people"),
        ({"people": tuple(PersonWanted(name=f"Person {n}") for n in range(3))}, "people"),
        ({"people": (PersonWanted(name="Jonas"), PersonWanted(name="  JONAS "))}, "people"),
        ({"people": (PersonWanted(name="x" * 121),)}, "people"),
        ({"people": (PersonWanted(name="Eve\u202egnp.exe"),)}, "people"),
        ({"interest": "x" * 601}, "interest"),
        ({"agreed": False}, "agreed"),
    ],
)
async def test_what_is_missing_or_wrong_is_said_beside_its_field(
    fair: Fair, more: dict[str, Any], field: str
) -> None:
    event = await make_event(fair.union)
    with pytest.raises(Invalid) as refused:
        await take(fair.jonas, event, **more)
    assert set(refused.value.fields) == {field}
    assert await fetchval("SELECT count(*) FROM registration") == 0


async def test_questions_are_asked_by_side_and_answered_fitly(fair: Fair) -> None:
    event = await make_event(
        fair.union,
        questions=(
            Question(kind="TEXT", label={"en": "Stand?"}, side="EXPORTER", required=True),
            Question(kind="YES_NO", label={"en": "Visa?"}, side="IMPORTER", required=True),
            Question(kind="ONE_OF", label={"en": "Size?"}, options=({"en": "S"}, {"en": "M"})),
            Question(kind="SOME_OF", label={"en": "Days?"}, options=({"en": "1"}, {"en": "2"})),
        ),
    )
    stand, visa, size, days = (question.id or 0 for question in event.content.questions)
    with pytest.raises(Invalid) as refused:
        await take(fair.jonas, event, answers={size: 2, days: [0, 5]})
    assert set(refused.value.fields) == {f"question-{visa}", f"question-{size}", f"question-{days}"}
    # What only exporters are asked is not kept of an importer.
    made = await take(fair.jonas, event, answers={visa: False, size: 1, days: [1, 0, 1], stand: "A1"})
    assert (await queries.shown(made.id)).answers == {str(visa): False, str(size): 1, str(days): [0, 1]}


async def test_who_comes_can_be_said_anew_and_tickets_of_others_hold(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event, "Jonas Petersen", "Greta Hansen")
    before = {person.name: person.ticket for person in (await queries.shown(made.id)).people}
    people = (PersonWanted(name="Greta Hansen", job="Head of buying"), PersonWanted(name="Ole Brandt"))
    await service.change_people(fair.jonas.caller, fair.jonas.org, made.public_id, people)
    after = {person.name: person.ticket for person in (await queries.shown(made.id)).people}
    assert set(after) == {"Greta Hansen", "Ole Brandt"}
    assert after["Greta Hansen"] == before["Greta Hansen"]
    with pytest.raises(Invalid):
        await service.change_people(fair.jonas.caller, fair.jonas.org, made.public_id, ())
