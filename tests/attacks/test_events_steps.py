"""Registrations for events attacked by time: many at once, steps out of turn, firms and people that may no longer."""

import random
import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import meeting_world
import msgspec
import pytest
from asking import caller_of
from attending import begins_in, buyers, take, wanted
from eventing import content, make_event, make_fair
from people import PASSWORD, count, mails, make_member, make_person
from storming import done, make_storm, together

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.events import queries as events
from kervan.events import service as organising_events
from kervan.meetings import feed
from kervan.meetings import rounds as meeting_rounds
from kervan.privacy import erasure
from kervan.registrations import organising, service, tickets
from kervan.registrations import rounds as registration_rounds
from kervan.registrations.tickets import Scan

pytestmark = pytest.mark.usefixtures("db")


async def _taken(event: int) -> int:
    found: int = await fetchval(
        "SELECT count(*) FROM registration WHERE event = $1 AND side = 'IMPORTER'"
        " AND state IN ('CONFIRMED', 'OFFERED', 'ATTENDED', 'NO_SHOW')",
        event,
    )
    return found


async def test_a_storm_of_clicks_never_overbooks_and_keeps_the_queue_in_order() -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=5)
    firms = await buyers(24)
    dice = random.Random(7)

    async def capacity(places: int) -> object:
        shown = await events.shown(event.id)
        new = msgspec.structs.replace(shown.content, capacity_importers=places)
        return await organising_events.change(fair.union.caller, event.public_id, new)

    async def gives_up(firm: Any) -> object:
        found = await service.registered(event.id, firm.membership.organisation)
        assert found is not None
        return await service.cancel(firm.caller, firm.org, found.public_id)

    async def answers(firm: Any, accept: bool) -> object:
        found = await service.registered(event.id, firm.membership.organisation)
        assert found is not None
        return await service.answer_offer(firm.caller, firm.org, found.public_id, accept)

    found = await together(*(take(firm, event, "Jo") for firm in firms))
    assert done(found) == 24
    assert await _taken(event.id) == 5
    for _ in range(3):
        some = dice.sample(firms, 12)
        await together(
            *(gives_up(firm) for firm in some[:6]),
            *(take(firm, event, "Jo") for firm in some[6:]),
            *(answers(firm, dice.random() < 0.5) for firm in firms[:8]),
            capacity(dice.randint(5, 7)),
        )
        most = await fetchval("SELECT capacity_importers FROM trade_event WHERE id = $1", event.id)
        assert await _taken(event.id) <= most
        await service.promote(event.id)
        assert await _taken(event.id) == most
    rows = await fetch(
        "SELECT state, queued_at FROM registration WHERE event = $1 AND state IN ('OFFERED', 'WAITLISTED')",
        event.id,
    )
    offered = [row["queued_at"] for row in rows if row["state"] == "OFFERED"]
    waiting = [row["queued_at"] for row in rows if row["state"] == "WAITLISTED"]
    assert not offered or not waiting or max(offered) < min(waiting), "who waited longest was asked first"


async def test_two_colleagues_at_once_register_their_firm_once() -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    second = await make_person("Lea Brandt")
    await make_member(fair.jonas.firm, second, "BUYER")
    colleague = fair.jonas._replace(caller=await caller_of(second))
    found = await together(*(take(one, event, "Jonas Petersen") for one in (fair.jonas, colleague) * 3))
    assert done(found) == 1
    assert await count("registration") == 1
    assert await fetchval("SELECT count(*) FROM registration_participant WHERE removed_at IS NULL") == 1


async def test_who_was_checked_in_cannot_cancel_and_keeps_the_place() -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    made = await take(fair.jonas, event, "Jonas Petersen")
    await take(fair.zoe, event, "Zoe Frey")
    await begins_in(event, timedelta(hours=2))
    ticket = await fetchval("SELECT ticket FROM registration_participant ORDER BY id LIMIT 1")
    [scan] = await tickets.check_in(fair.union.caller, event.public_id, [Scan(id="scan-0001", code=ticket)])
    assert scan.result == "in"
    with pytest.raises(Conflict):
        await service.cancel(fair.jonas.caller, fair.jonas.org, made.public_id)
    with pytest.raises(Conflict):
        await organising.decide(
            fair.union.caller, event.public_id, made.public_id, "remove", reason="No place left"
        )
    assert await fetchval("SELECT state FROM registration WHERE id = $1", made.id) == "ATTENDED"


async def test_nobody_is_checked_in_to_an_event_that_was_called_off() -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    await take(fair.jonas, event, "Jonas Petersen")
    await begins_in(event, timedelta(hours=2))
    await organising_events.cancel(fair.union.caller, event.public_id, "The hall is closed")
    ticket = await fetchval("SELECT ticket FROM registration_participant")
    [scan] = await tickets.check_in(fair.union.caller, event.public_id, [Scan(id="scan-0001", code=ticket)])
    assert scan.result == "not-valid"
    assert await fetchval("SELECT state FROM registration") in ("CONFIRMED", "CANCELLED")


async def test_an_offer_is_answered_once_and_not_after_its_time() -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first = await take(fair.jonas, event)
    second = await take(fair.zoe, event, "Zoe Frey")
    await service.cancel(fair.jonas.caller, fair.jonas.org, first.public_id)
    zoe = fair.zoe
    found = await together(
        *(service.answer_offer(zoe.caller, zoe.org, second.public_id, accept) for accept in (True, False) * 2)
    )
    assert done(found) == 1
    state = await fetchval("SELECT state FROM registration WHERE id = $1", second.id)
    assert state in ("CONFIRMED", "CANCELLED")
    if state == "CONFIRMED":
        await service.cancel(zoe.caller, zoe.org, second.public_id)
    third = await take(fair.jonas, event)
    fourth = await take(zoe, event, "Zoe Frey")
    await service.cancel(fair.jonas.caller, fair.jonas.org, third.public_id)
    await execute(
        "UPDATE registration SET offer_until = now() - interval '1 second' WHERE id = $1", fourth.id
    )
    for accept in (True, False):
        with pytest.raises(Conflict):
            await service.answer_offer(zoe.caller, zoe.org, fourth.public_id, accept)


async def test_a_suspended_firm_on_the_waiting_list_gets_no_place_and_answers_no_offer() -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first = await take(fair.jonas, event)
    second = await take(fair.zoe, event, "Zoe Frey")
    await service.cancel(fair.jonas.caller, fair.jonas.org, first.public_id)
    assert await fetchval("SELECT state FROM registration WHERE id = $1", second.id) == "OFFERED"
    await execute("UPDATE importer SET standing = 'SUSPENDED' WHERE id = $1", fair.zoe.firm.entity)
    caller = await caller_of(fair.zoe.person)
    with pytest.raises((Conflict, Forbidden, NotFound)):
        await service.answer_offer(caller, fair.zoe.org, second.public_id, True)
    with pytest.raises((Conflict, Forbidden, NotFound)):
        await service.register(caller, fair.zoe.org, event.public_id, wanted("Zoe Frey"))


async def test_an_ended_role_and_a_looking_one_do_nothing() -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    looker = await make_person("Lale Bakan")
    await make_member(fair.jonas.firm, looker, "VIEWER")
    caller = await caller_of(looker)
    with pytest.raises(Forbidden):
        await service.cancel(caller, fair.jonas.org, made.public_id)
    await execute("UPDATE membership SET valid_to = current_date - 2 WHERE person = $1", fair.jonas.person)
    gone = await caller_of(fair.jonas.person)
    for work in (
        service.cancel(gone, fair.jonas.org, made.public_id),
        service.change_people(gone, fair.jonas.org, made.public_id, ()),
    ):
        with pytest.raises(NotFound):
            await work
    await execute("UPDATE membership SET valid_to = current_date - 2 WHERE person = $1", fair.union.person)
    staff = await caller_of(fair.union.person)
    with pytest.raises((NotFound, Forbidden)):
        await organising.decide(staff, event.public_id, made.public_id, "remove", reason="No reason at all")
    with pytest.raises((NotFound, Forbidden)):
        await tickets.door_list(staff, event.public_id)


def _sequences(text: str, uid: str) -> list[int]:
    parts = re.findall(r"BEGIN:VEVENT.*?END:VEVENT", text, re.S)
    return [int(re.findall(r"SEQUENCE:(\d+)", part)[0]) for part in parts if f"UID:{uid}" in part]


async def test_an_entry_of_the_agenda_never_goes_back_to_an_earlier_sequence() -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    address = await feed.rotate(fair.jonas.caller)
    seen: list[int] = []

    async def look() -> None:
        text = (await feed.opened(address))[0].decode().replace("\r\n ", "")
        seen.extend(_sequences(text, f"event-{event.public_id}"))

    made = await take(fair.jonas, event)
    await look()
    await service.cancel(fair.jonas.caller, fair.jonas.org, made.public_id)
    await look()
    await take(fair.jonas, event)
    await look()
    later = msgspec.structs.replace(event.content, city="Pamukkale")
    await organising_events.change(fair.union.caller, event.public_id, later)
    await look()
    await service.cancel(fair.jonas.caller, fair.jonas.org, made.public_id)
    await look()
    assert len(seen) == 5
    assert all(before < after for before, after in pairwise(seen)), seen


async def test_invitations_of_a_registration_and_of_a_meeting_grow_with_every_mail() -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    for _ in range(2):
        await service.cancel(fair.jonas.caller, fair.jonas.org, made.public_id)
        await take(fair.jonas, event)
    sent = [mail["context"]["calendar"]["text"] for mail in await mails() if mail["context"].get("calendar")]
    found = [int(re.findall(r"SEQUENCE:(\d+)", text)[0]) for text in sent]
    assert len(found) == 5
    assert all(before < after for before, after in pairwise(found)), found


async def test_a_fair_of_an_hour_is_as_hard_to_edit_as_any() -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=2)
    await take(fair.jonas, event)
    await take(fair.zoe, event, "Zoe Frey")
    for changes in (
        {"capacity_importers": 1},
        {"capacity_importers": 0},
        {"capacity_importers": -1},
        {"capacity_importers": 10**12},
        {"ends_at": event.content.starts_at - timedelta(hours=1)},
        {"zone": "../../etc/passwd"},
        {"zone": "Europe/Nowhere"},
        {"people_per_firm": 0},
    ):
        with pytest.raises((Invalid, Conflict)):
            await organising_events.change(
                fair.union.caller, event.public_id, msgspec.structs.replace(event.content, **changes)
            )
    assert content().kind == "FAIR"


async def test_who_is_erased_leaves_no_name_in_events() -> None:
    storm = await make_storm()
    jonas = storm.fair.jonas
    await feed.rotate(jonas.caller)
    [person] = await fetch("SELECT name, email FROM person WHERE id = $1", jonas.person)
    await make_member(jonas.firm, await make_person("Lea Brandt"), "OWNER")
    assert await erasure.ask(jonas.person, PASSWORD)
    tables = (
        "registration", "registration_participant", "registration_step", "event_guest", "event_delivery", "meeting",
        "meeting_step", "day_participant", "calendar_feed", "event_news", "notification", "event_view",
    )  # fmt: skip
    left = []
    for table in tables:
        if await fetchval("SELECT to_regclass($1) IS NULL", table):
            continue
        text = str(await fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t"))
        left += [(table, value) for value in (person["name"], person["email"]) if value in text]
    assert left == []
    assert await count("calendar_feed") == 0
    # The firm's place stays: a colleague looks after it.
    assert (
        await fetchval("SELECT state FROM registration WHERE public_id = $1", storm.registration)
        == "CONFIRMED"
    )
    assert await meeting_world.state(storm.meeting) in ("PROPOSED", "CANCELLED")


async def test_a_firm_that_is_closed_keeps_no_place_and_no_meeting() -> None:
    storm = await make_storm()
    jonas = storm.fair.jonas
    await execute("UPDATE trade_event SET capacity_importers = 1 WHERE id = $1", storm.event.id)
    waits = await take(storm.fair.zoe, storm.event, "Zoe Frey")
    assert waits.state == "WAITLISTED"
    assert await erasure.ask(jonas.person, PASSWORD), "the only one of the firm: it is closed with him"
    await registration_rounds.give_places()
    await meeting_rounds.all_due()
    states = {
        row["public_id"]: row["state"] for row in await fetch("SELECT public_id, state FROM registration")
    }
    assert states[storm.registration] == "CANCELLED"
    assert states[waits.public_id] in ("OFFERED", "CONFIRMED")
    assert await meeting_world.state(storm.meeting) == "CANCELLED"


async def test_a_firm_that_was_suspended_is_not_confirmed_by_hand() -> None:
    fair = await make_fair()
    event = await make_event(fair.union, reviewed=True)
    made = await take(fair.zoe, event, "Zoe Frey")
    assert made.state == "APPLIED"
    await execute("UPDATE importer SET standing = 'SUSPENDED' WHERE id = $1", fair.zoe.firm.entity)
    with pytest.raises(Conflict):
        await organising.decide(fair.union.caller, event.public_id, made.public_id, "confirm")
    assert await organising.decide_many(fair.union.caller, event.public_id, [made.public_id], "confirm") == (
        0,
        1,
    )
    assert await fetchval("SELECT state FROM registration WHERE id = $1", made.id) == "APPLIED"
