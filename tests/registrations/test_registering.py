"""Registering: once a firm, within the capacity, in the order of asking; by whom, for whom, until when."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asking import Side, caller_of
from attending import begins_in, buyers, take, wanted
from eventing import drafted, make_event, make_fair, shift

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.events.structs import EventShown, Question
from kervan.policies import book
from kervan.registrations import organising, queries, rounds, service
from kervan.registrations.structs import PersonWanted, Registered


async def states_of(event: EventShown) -> dict[str, str]:
    rows = await fetch(
        "SELECT o.name, r.state FROM registration r JOIN organisation o ON o.id = r.organisation WHERE r.event = $1",
        event.id,
    )
    return {row["name"]: row["state"] for row in rows}


async def test_a_firm_takes_a_place_and_its_people_have_tickets(db: None) -> None:
    fair = await make_fair()
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


async def test_a_firm_cannot_register_twice(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    await take(fair.jonas, event)
    with pytest.raises(Conflict):
        await take(fair.jonas, event)
    other = await make_event(fair.union)
    assert (await take(fair.jonas, other)).state == "CONFIRMED"


async def test_ten_clicks_at_once_give_one_registration(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    done = await asyncio.gather(*(take(fair.jonas, event) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(one, Registered) for one in done) == 1
    assert sum(isinstance(one, Conflict) for one in done) == 9
    assert await fetchval("SELECT count(*) FROM registration") == 1
    assert await fetchval("SELECT count(*) FROM registration_participant") == 1


async def test_thirty_firms_at_once_for_five_places(db: None) -> None:
    fair = await make_fair()
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


async def test_simultaneous_confirmations_do_not_overbook(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=2, reviewed=True)
    asked = [await take(firm, event) for firm in await buyers(6)]
    assert {one.state for one in asked} == {"APPLIED"}
    done = await asyncio.gather(
        *(organising.decide(fair.union.caller, event.public_id, one.public_id, "confirm") for one in asked)
    )
    assert sorted(one.state for one in done) == ["CONFIRMED"] * 2 + ["WAITLISTED"] * 4


async def test_each_side_has_its_own_places(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1, capacity_exporters=1)
    assert (await take(fair.jonas, event)).state == "CONFIRMED"
    assert (await take(fair.ayse, event)).state == "CONFIRMED"
    assert (await take(fair.zoe, event)).state == "WAITLISTED"
    assert (await take(fair.can, event)).state == "WAITLISTED"


async def test_a_side_without_places_cannot_register(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_exporters=0)
    with pytest.raises(Conflict, match="importers only"):
        await take(fair.ayse, event)
    only_exporters = await make_event(fair.union, capacity_importers=0)
    with pytest.raises(Conflict, match="exporters only"):
        await take(fair.jonas, only_exporters)


async def test_target_countries_hold_for_importers(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, target_countries=("CH",))
    with pytest.raises(Conflict, match="other countries"):
        await take(fair.jonas, event)
    assert (await take(fair.zoe, event)).state == "CONFIRMED"
    assert (await take(fair.ayse, event)).state == "CONFIRMED"


async def test_registration_has_its_window(db: None) -> None:
    fair = await make_fair()
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


async def test_only_verified_exporters_and_standing_importers_register(db: None) -> None:
    fair = await make_fair()
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


async def test_strangers_and_staff_find_no_firm_to_register(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    for who in (fair.zoe, fair.union, fair.ministry):
        with pytest.raises(NotFound):
            await service.register(who.caller, fair.jonas.org, event.public_id, wanted())
    with pytest.raises(NotFound):
        await service.register(fair.jonas.caller, fair.jonas.org, "nosuchevent0", wanted())


async def test_a_draft_cannot_be_registered_for(db: None) -> None:
    fair = await make_fair()
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
    db: None, more: dict[str, Any], field: str
) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    with pytest.raises(Invalid) as refused:
        await take(fair.jonas, event, **more)
    assert set(refused.value.fields) == {field}
    assert await fetchval("SELECT count(*) FROM registration") == 0


async def test_questions_are_asked_by_side_and_answered_fitly(db: None) -> None:
    fair = await make_fair()
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


async def test_a_free_place_is_offered_to_who_waits_longest(db: None) -> None:
    await book.refresh()
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first, second, third = await buyers(3)
    has = await take(first, event)
    waits, behind = await take(second, event), await take(third, event)
    await service.cancel(first.caller, first.org, has.public_id)
    assert await states_of(event) == {
        "Kontor 0 GmbH": "CANCELLED", "Kontor 1 GmbH": "OFFERED", "Kontor 2 GmbH": "WAITLISTED",
    }  # fmt: skip
    until = (await queries.shown(waits.id)).offer_until
    assert until is not None
    assert timedelta(hours=47) < until - datetime.now(UTC) <= timedelta(hours=48)
    # The one that gave up its place and wants it back stands last.
    assert (await take(first, event)).state == "WAITLISTED"
    assert (
        await service.answer_offer(second.caller, second.org, waits.public_id, False)
    ).state == "CANCELLED"
    assert (await queries.shown(behind.id)).state == "OFFERED"
    assert (await service.answer_offer(third.caller, third.org, behind.public_id, True)).state == "CONFIRMED"
    assert (await queries.shown(has.id)).ahead == 0


async def test_an_offer_that_nobody_answers_goes_on(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first, second, third = await buyers(3)
    has = await take(first, event)
    waits, behind = await take(second, event), await take(third, event)
    await service.cancel(first.caller, first.org, has.public_id)
    assert await rounds.give_places() == 0
    await execute("UPDATE registration SET offer_until = now() - interval '1 minute' WHERE id = $1", waits.id)
    with pytest.raises(Conflict, match="time to answer"):
        await service.answer_offer(second.caller, second.org, waits.public_id, True)
    assert await rounds.give_places() == 2
    assert (await queries.shown(waits.id)).state == "CANCELLED"
    assert (await queries.shown(behind.id)).state == "OFFERED"


async def test_shortly_before_the_event_who_waits_is_confirmed_at_once(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first, second = await buyers(2)
    has, waits = await take(first, event), await take(second, event)
    await begins_in(event, timedelta(hours=40))
    await service.cancel(first.caller, first.org, has.public_id)
    assert (await queries.shown(waits.id)).state == "CONFIRMED"


async def test_more_places_go_to_who_waits_and_not_to_who_comes_after(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first, second, third = await buyers(3)
    await take(first, event)
    waits = await take(second, event)
    await execute("UPDATE trade_event SET capacity_importers = 2 WHERE id = $1", event.id)
    assert (await take(third, event)).state == "WAITLISTED"
    assert (await queries.shown(waits.id)).state == "OFFERED"


async def test_firms_that_may_not_come_any_more_are_passed_over(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first, second, third = await buyers(3)
    has = await take(first, event)
    suspended, behind = await take(second, event), await take(third, event)
    await execute("UPDATE importer SET standing = 'SUSPENDED' WHERE organisation = $1", second.firm.id)
    await service.cancel(first.caller, first.org, has.public_id)
    assert (await queries.shown(suspended.id)).state == "WAITLISTED"
    assert (await queries.shown(behind.id)).state == "OFFERED"


async def test_who_cancels_stands_last_and_keeps_one_registration(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first, second = await buyers(2)
    has = await take(first, event)
    await service.cancel(first.caller, first.org, has.public_id)
    assert (await take(second, event)).state == "CONFIRMED"
    again = await take(first, event, "Somebody Else")
    assert (again.public_id, again.state) == (has.public_id, "WAITLISTED")
    shown = await queries.shown(again.id)
    assert [person.name for person in shown.people] == ["Somebody Else"]
    assert [step.action for step in shown.steps] == ["register", "cancel", "queue"]


async def test_whom_the_organiser_took_off_only_the_organiser_takes_back(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    with pytest.raises(Invalid):
        await organising.decide(fair.union.caller, event.public_id, made.public_id, "remove")
    await organising.decide(
        fair.union.caller, event.public_id, made.public_id, "remove", reason="Asked by phone."
    )
    assert (await queries.shown(made.id)).reason == "Asked by phone."
    assert (await take(fair.jonas, event)).state == "APPLIED"


async def test_a_rejected_firm_reads_why_and_waits_for_the_organiser(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, reviewed=True)
    made = await take(fair.jonas, event)
    await organising.decide(
        fair.union.caller, event.public_id, made.public_id, "reject", reason="Only makers of yarn this time."
    )
    with pytest.raises(Conflict, match="did not accept"):
        await take(fair.jonas, event)
    await organising.decide(fair.union.caller, event.public_id, made.public_id, "reopen")
    done = await organising.decide(fair.union.caller, event.public_id, made.public_id, "confirm")
    assert done.state == "CONFIRMED"


async def test_an_old_page_does_not_decide(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, reviewed=True)
    made = await take(fair.jonas, event)
    await organising.decide(fair.union.caller, event.public_id, made.public_id, "confirm", version=1)
    with pytest.raises(Conflict, match="meantime"):
        await service.cancel(fair.jonas.caller, fair.jonas.org, made.public_id, version=1)


async def test_strangers_find_neither_registrations_nor_lists(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    for who in (fair.zoe, fair.ayse, fair.union, fair.post):
        with pytest.raises(NotFound):
            await service.cancel(who.caller, who.org, made.public_id)
        with pytest.raises(NotFound):
            await service.cancel(who.caller, fair.jonas.org, made.public_id)
    for who in (fair.zoe, fair.jonas, fair.other_union, fair.post):
        with pytest.raises(NotFound):
            await organising.decide(
                who.caller, event.public_id, made.public_id, "remove", reason="No reason."
            )
    other = await make_event(fair.other_union)
    with pytest.raises(NotFound):
        await organising.decide(
            fair.other_union.caller, other.public_id, made.public_id, "remove", reason="No reason."
        )
    assert (await queries.shown(made.id)).state == "CONFIRMED"


async def test_several_are_confirmed_in_the_order_in_which_they_came(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=2, reviewed=True)
    asked = [await take(firm, event) for firm in await buyers(3)]
    ids = [one.public_id for one in reversed(asked)]
    assert await organising.decide_many(fair.union.caller, event.public_id, ids, "confirm") == (3, 0)
    assert await states_of(event) == {
        "Kontor 0 GmbH": "CONFIRMED", "Kontor 1 GmbH": "CONFIRMED", "Kontor 2 GmbH": "WAITLISTED",
    }  # fmt: skip
    assert await organising.decide_many(fair.union.caller, event.public_id, ids, "confirm") == (0, 3)


async def test_who_comes_can_be_said_anew_and_tickets_of_others_hold(db: None) -> None:
    fair = await make_fair()
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


async def test_the_place_of_a_firm_that_was_closed_goes_on(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first, second = await buyers(2)
    has, waits = await take(first, event), await take(second, event)
    await execute("UPDATE organisation SET closed_at = now() WHERE id = $1", first.firm.id)
    await rounds.give_places()
    assert (await queries.shown(has.id)).state == "CANCELLED"
    assert (await queries.shown(waits.id)).state == "OFFERED"


async def test_an_order_of_the_queue_can_be_changed_by_the_organiser(db: None) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    has, *waits = [await take(firm, event) for firm in await buyers(4)]
    await organising.move_in_queue(fair.union.caller, event.public_id, waits[2].public_id, True)
    assert [(await queries.shown(one.id)).ahead for one in waits] == [1, 2, 0]
    await organising.move_in_queue(fair.union.caller, event.public_id, waits[2].public_id, False)
    assert [(await queries.shown(one.id)).ahead for one in waits] == [0, 1, 2]
    with pytest.raises(Conflict):
        await organising.move_in_queue(fair.union.caller, event.public_id, has.public_id, True)
