"""Waiting for a place: who gets it, how long it is offered, who is passed over, who stands last."""

from datetime import UTC, datetime, timedelta

import pytest
from asking import Side
from attending import begins_in, buyers, give_up, state_of, states_of, take
from eventing import Fair, make_event

from kervan.db import execute
from kervan.errors import Conflict
from kervan.events.structs import EventShown
from kervan.policies import book
from kervan.registrations import organising, queries, rounds, service
from kervan.registrations.structs import Registered


async def line(fair: Fair, count: int) -> tuple[EventShown, list[Side], list[Registered]]:
    """An event with one place, and so many firms that came for it: the first has it, the others wait."""
    event = await make_event(fair.union, capacity_importers=1)
    firms = await buyers(count)
    return event, firms, [await take(firm, event) for firm in firms]


async def test_a_free_place_is_offered_to_who_waits_longest(fair: Fair) -> None:
    await book.refresh()
    event, (first, second, third), (has, waits, behind) = await line(fair, 3)
    await give_up(first, has)
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
    assert await state_of(behind) == "OFFERED"
    assert (await service.answer_offer(third.caller, third.org, behind.public_id, True)).state == "CONFIRMED"
    assert (await queries.shown(has.id)).ahead == 0


async def test_an_offer_that_nobody_answers_goes_to_the_next_firm(fair: Fair) -> None:
    _, (first, second, _), (has, waits, behind) = await line(fair, 3)
    await give_up(first, has)
    assert await rounds.give_places() == 0
    await execute("UPDATE registration SET offer_until = now() - interval '1 minute' WHERE id = $1", waits.id)
    with pytest.raises(Conflict, match="time to answer"):
        await service.answer_offer(second.caller, second.org, waits.public_id, True)
    assert await rounds.give_places() == 2
    assert await state_of(waits) == "CANCELLED"
    assert await state_of(behind) == "OFFERED"


async def test_shortly_before_the_event_who_waits_is_confirmed_at_once(fair: Fair) -> None:
    event, (first, _), (has, waits) = await line(fair, 2)
    await begins_in(event, timedelta(hours=40))
    await give_up(first, has)
    assert await state_of(waits) == "CONFIRMED"


async def test_more_places_go_to_who_waits_and_not_to_who_comes_after(fair: Fair) -> None:
    event, _, (_, waits) = await line(fair, 2)
    await execute("UPDATE trade_event SET capacity_importers = 2 WHERE id = $1", event.id)
    assert (await take(fair.jonas, event)).state == "WAITLISTED"
    assert await state_of(waits) == "OFFERED"


async def test_firms_that_may_not_come_any_more_are_passed_over(fair: Fair) -> None:
    _, (first, second, _), (has, suspended, behind) = await line(fair, 3)
    await execute("UPDATE importer SET standing = 'SUSPENDED' WHERE organisation = $1", second.firm.id)
    await give_up(first, has)
    assert await state_of(suspended) == "WAITLISTED"
    assert await state_of(behind) == "OFFERED"


async def test_who_cancels_stands_last_and_keeps_one_registration(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=1)
    first, second = await buyers(2)
    has = await take(first, event)
    await give_up(first, has)
    assert (await take(second, event)).state == "CONFIRMED"
    again = await take(first, event, "Somebody Else")
    assert (again.public_id, again.state) == (has.public_id, "WAITLISTED")
    shown = await queries.shown(again.id)
    assert [person.name for person in shown.people] == ["Somebody Else"]
    assert [step.action for step in shown.steps] == ["register", "cancel", "queue"]


async def test_the_place_of_a_firm_that_was_closed_is_offered_to_the_next(fair: Fair) -> None:
    _, (first, _), (has, waits) = await line(fair, 2)
    await execute("UPDATE organisation SET closed_at = now() WHERE id = $1", first.firm.id)
    await rounds.give_places()
    assert await state_of(has) == "CANCELLED"
    assert await state_of(waits) == "OFFERED"


async def test_the_organiser_changes_the_order_of_the_queue(fair: Fair) -> None:
    event, _, (has, *waits) = await line(fair, 4)
    await organising.move_in_queue(fair.union.caller, event.public_id, waits[2].public_id, True)
    assert [(await queries.shown(one.id)).ahead for one in waits] == [1, 2, 0]
    await organising.move_in_queue(fair.union.caller, event.public_id, waits[2].public_id, False)
    assert [(await queries.shown(one.id)).ahead for one in waits] == [0, 1, 2]
    with pytest.raises(Conflict):
        await organising.move_in_queue(fair.union.caller, event.public_id, has.public_id, True)
