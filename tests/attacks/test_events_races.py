"""Events attacked by the clock: places, offers, doors, surveys and plans while everybody clicks at once."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import day_world
import httpx
import msgspec
import pytest
from asking import Side
from attending import begins_in, buyers, take, wanted
from eventing import Fair, make_event, make_fair
from people import count, mails, post_form, sign_in, token_of
from staffing import caller_of
from storming import done, forget_limits, together

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Invalid, KervanError
from kervan.events import service as organising_events
from kervan.events.structs import EventShown
from kervan.meetings import days, planning, wishes
from kervan.registrations import organising, rounds, service, surveys, tickets
from kervan.registrations.surveys import Told

pytestmark = pytest.mark.usefixtures("db")

_TAKEN = """
SELECT count(*) FROM registration WHERE event = $1 AND side = 'IMPORTER'
    AND state IN ('CONFIRMED', 'OFFERED', 'ATTENDED', 'NO_SHOW')
"""


async def _calm(work: Any) -> object:
    """What it gives, or its refusal."""
    try:
        return await work
    except KervanError as error:
        return error


async def _click(firm: Side, event: EventShown, picked: random.Random) -> None:
    """A firm that registers, cancels, takes and leaves offers as it likes."""
    for _ in range(6):
        await asyncio.sleep(picked.random() / 100)
        await _calm(service.register(firm.caller, firm.org, event.public_id, wanted("Jonas Petersen")))
        row = await fetch(
            "SELECT r.public_id, r.state FROM registration r JOIN organisation o ON o.id = r.organisation"
            " WHERE o.public_id = $1",
            firm.org,
        )
        if not row:
            continue
        id = row[0]["public_id"]
        if row[0]["state"] == "OFFERED":
            await _calm(service.answer_offer(firm.caller, firm.org, id, picked.random() < 0.6))
        elif picked.random() < 0.4:
            await _calm(service.cancel(firm.caller, firm.org, id))


async def _widen(fair: Fair, event: EventShown, picked: random.Random) -> None:
    """The organiser, who cannot make up his mind about how many fit."""
    for _ in range(12):
        await asyncio.sleep(picked.random() / 50)
        content = msgspec.structs.replace(event.content, capacity_importers=picked.choice((1, 2, 3, 4, 8)))
        await _calm(organising_events.change(fair.union.caller, event.public_id, content))
        await _calm(rounds.give_places())


async def _watch(event: EventShown, over: list[str]) -> None:
    """Looks again and again whether there are more firms than places."""
    while True:
        row = await fetch(
            "SELECT capacity_importers AS most, (" + _TAKEN + ") AS taken FROM trade_event WHERE id = $1",
            event.id,
        )
        if row[0]["taken"] > row[0]["most"]:
            over.append(f"{row[0]['taken']} of {row[0]['most']}")
        await asyncio.sleep(0.001)


async def test_however_all_click_no_place_is_given_twice_and_none_is_left_free() -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=2)
    firms = await buyers(7)
    picked = random.Random(453)
    over: list[str] = []
    watching = asyncio.create_task(_watch(event, over))
    await asyncio.gather(*(_click(firm, event, picked) for firm in firms), _widen(fair, event, picked))
    watching.cancel()
    assert over == []
    await rounds.give_places()
    most = await fetchval("SELECT capacity_importers FROM trade_event WHERE id = $1", event.id)
    waiting = await fetchval("SELECT count(*) FROM registration WHERE state = 'WAITLISTED'")
    taken = await fetchval(_TAKEN, event.id)
    assert taken == most or not waiting, (taken, most, waiting)
    assert await fetchval("SELECT count(*) = count(DISTINCT organisation) FROM registration")


async def test_an_offer_that_is_taken_left_and_over_at_once_ends_in_one_way() -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first = await take(fair.jonas, event)
    second = await take(fair.zoe, event, "Zoe Frey")
    [third] = await buyers(1)
    await take(third, event, "Buyer aa")
    await service.cancel(fair.jonas.caller, fair.jonas.org, first.public_id)
    await execute(
        "UPDATE registration SET offer_until = now() + interval '40 milliseconds' WHERE state = 'OFFERED'"
    )
    zoe = fair.zoe

    async def answer(accept: bool, after: float) -> object:
        await asyncio.sleep(after)
        return await service.answer_offer(zoe.caller, zoe.org, second.public_id, accept)

    async def lapse(after: float) -> object:
        await asyncio.sleep(after)
        return await rounds.give_places()

    await together(
        answer(True, 0.038), answer(False, 0.039), lapse(0.04), lapse(0.041), answer(True, 0.05), lapse(0.06),
        service.cancel(zoe.caller, zoe.org, second.public_id),
    )  # fmt: skip
    await rounds.give_places()
    assert await fetchval(_TAKEN, event.id) == 1
    steps = [
        row["action"]
        for row in await fetch(
            "SELECT action FROM registration_step WHERE registration = $1 ORDER BY id", second.id
        )
    ]
    ends = [step for step in steps if step in ("accept", "decline", "lapse", "cancel")]
    assert len(ends) in (1, 2), steps
    assert ends[:1] == ["accept"] or len(ends) == 1, steps


async def test_a_firm_without_anybody_who_may_act_keeps_nobody_waiting() -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=1)
    first = await take(fair.jonas, event)
    second = await take(fair.zoe, event, "Zoe Frey")
    await execute("UPDATE membership SET valid_to = current_date - 2 WHERE person = $1", fair.zoe.person)
    await service.cancel(fair.jonas.caller, fair.jonas.org, first.public_id)
    gone = await caller_of(fair.zoe.person)
    with pytest.raises(KervanError):
        await service.answer_offer(gone, fair.zoe.org, second.public_id, True)
    await execute("UPDATE registration SET offer_until = now() WHERE state = 'OFFERED'")
    await rounds.give_places()
    again = await take(fair.jonas, event)
    assert again.state == "CONFIRMED"


async def test_scans_that_are_sent_again_elsewhere_or_with_odd_clocks_check_nobody_in_twice() -> None:
    fair = await make_fair()
    event, other = await make_event(fair.union), await make_event(fair.union)
    await take(fair.jonas, event, "Jonas Petersen", "Lea Brandt")
    await begins_in(event, timedelta(hours=-1))
    await begins_in(other, timedelta(hours=-1))
    one, two = [
        row["ticket"] for row in await fetch("SELECT ticket FROM registration_participant ORDER BY id")
    ]
    caller = fair.union.caller
    odd = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), None)
    scans = [tickets.Scan(id=f"device-000{n}", code=one, at=at) for n, at in enumerate(odd)]
    found = await together(*(tickets.check_in(caller, event.public_id, scans) for _ in range(3)))
    assert done(found) == 3
    [elsewhere] = await tickets.check_in(caller, other.public_id, scans[:1])
    assert (elsewhere.result, elsewhere.name) == (tickets.OTHER_EVENT, "")
    assert await fetchval("SELECT count(*) FROM registration_step WHERE action = 'attend'") == 1
    rows = await fetch("SELECT checked_in_at FROM registration_participant ORDER BY id")
    assert rows[0]["checked_in_at"] <= datetime.now(UTC)
    assert rows[1]["checked_in_at"] is None
    # The id of a scan that another ticket had checks in who stands there, once.
    [other_person] = await tickets.check_in(
        caller, event.public_id, [tickets.Scan(id="device-0000", code=two)]
    )
    assert other_person.result == tickets.IN


async def test_scans_with_times_at_the_edge_of_the_calendar_are_answered(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    await take(fair.jonas, event)
    await begins_in(event, timedelta(hours=-1))
    ticket = await fetchval("SELECT ticket FROM registration_participant")
    await sign_in(client, fair.union.person)
    token = await token_of(client, f"/en/staff/events/{event.public_id}/door")
    for at in (
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2027-02-29T10:00:00Z", "2026-11-22T10:00:00",
        "2026-11-22T23:59:60Z", "x", 5, "2026-11-22T10:00:00+99:00",
    ):  # fmt: skip
        body = {"scans": [{"id": "device-0001", "code": ticket, "at": at}]}
        answer = await client.post(
            f"/en/staff/events/{event.public_id}/door/scans", json=body, headers={"x-csrf-token": token}
        )
        assert answer.status_code in (200, 422), (at, answer.status_code)


async def test_a_survey_told_by_many_at_once_is_one(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    token = surveys.token(made.public_id)
    await begins_in(event, timedelta(days=-9))
    found = await together(
        *(surveys.tell(token, Told(rating=n, text=f"Answer {n}")) for n in (1, 2, 3, 4, 5))
    )
    assert done(found) == 5
    assert await count("event_survey") == 1
    for data in (
        {"rating": "6"},
        {"rating": "5", "contacts": "-1"},
        {"rating": ["1", "5"], "text": "x" * 50_000},
        {},
    ):
        answer = await client.post(f"/en/survey/{token}", data=data)
        assert answer.status_code == 422, data
    assert await count("event_survey") == 1


async def test_of_many_who_have_a_day_planned_at_once_one_does() -> None:
    fair = await make_fair()
    day = await day_world.wished(fair)
    found = await together(*(planning.ask(fair.union.caller, day) for _ in range(5)))
    assert done(found) == 1
    with pytest.raises(Conflict):
        await planning.publish(fair.union.caller, day)
    plan = await fetchval("SELECT id FROM meeting_plan")
    results = await asyncio.gather(*(planning.carry_out(plan) for _ in range(3)), return_exceptions=True)
    assert all(one is None or isinstance(one, planning.StillRunning) for one in results), results
    once = len(await day_world.meetings(day))
    await planning.carry_out(plan)
    assert len(await day_world.meetings(day)) == once > 0
    assert done(await together(*(planning.publish(fair.union.caller, day, v) for v in (3, 3, 3)))) <= 1


async def test_a_firm_that_drops_out_while_the_plan_is_made_is_in_no_agenda(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fair = await make_fair()
    day = await day_world.wished(fair)
    made = planning._made
    zoe = await day_world.key(fair.zoe, day)

    async def meanwhile(*args: Any) -> Any:
        found = await made(*args)
        monkeypatch.setattr(planning, "_made", made)
        await planning.missing(fair.union.caller, day, zoe)
        return found

    monkeypatch.setattr(planning, "_made", meanwhile)
    await day_world.planned(fair, day)
    await planning.publish(fair.union.caller, day)
    met = {name for meeting in await day_world.meetings(day) for name in meeting[:2]}
    assert "Blaue Stunde AG" not in met
    assert "Nordlicht Handel GmbH" in met


async def test_a_firm_that_drops_out_before_the_plan_is_known_is_in_no_agenda() -> None:
    fair = await make_fair()
    day = await day_world.wished(fair)
    await day_world.planned(fair, day)
    await planning.missing(fair.union.caller, day, await day_world.key(fair.zoe, day))
    await planning.publish(fair.union.caller, day)
    agreed = {
        name for meeting in await day_world.meetings(day) if meeting[2] == "CONFIRMED" for name in meeting[:2]
    }
    assert "Blaue Stunde AG" not in agreed
    assert "Nordlicht Handel GmbH" in agreed
    assert [
        mail for mail in await mails("zoe.frey@example.com") if mail["template"] == "meeting_agenda"
    ] == []


async def test_a_day_that_is_called_off_while_its_plan_is_made_gets_no_meetings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fair = await make_fair()
    day = await day_world.wished(fair)
    made = planning._made

    async def meanwhile(*args: Any) -> Any:
        found = await made(*args)
        await days.cancel(fair.union.caller, day, "The hall is closed")
        return found

    monkeypatch.setattr(planning, "_made", meanwhile)
    await day_world.planned(fair, day)
    assert await day_world.meetings(day) == []
    assert await day_world.state(day) == "CANCELLED"
    with pytest.raises(Conflict):
        await planning.publish(fair.union.caller, day)
    with pytest.raises(Conflict):
        await planning.ask(fair.union.caller, day)


async def test_wishes_at_their_limits_are_refused_and_those_before_stay(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    day = await day_world.opened(fair)
    theirs, own = await day_world.key(fair.ayse, day), await day_world.key(fair.jonas, day)
    place = await day_world.place(fair.jonas, day)
    await wishes.save_wishes(place, [theirs])
    await sign_in(client, fair.jonas.person)
    page = f"/en/desk/{fair.jonas.org}/meeting-days/{day}"
    for fields in (
        {"wish": [theirs] * 300}, {"wish": [theirs] * 20}, {"wish": [own]}, {"wish": [theirs], "add": own},
        {"wish": [theirs], "add": theirs}, {"wish": [""]}, {"add": "x" * 5000}, {"wish": [day]},
    ):  # fmt: skip
        await forget_limits()
        answer = await post_form(client, f"{page}/wishes", fields, of=page)
        assert answer.status_code == 422, fields
    answer = await post_form(client, f"{page}/wishes", {"wish": [theirs] * 10_000}, of=page)
    assert answer.status_code in (400, 422)
    assert await count("meeting_wish") == 1
    for fields in (
        {"wish": [theirs], "up": own},
        {"wish": [theirs], "down": "nobody"},
        {"wish": [theirs], "remove": own},
    ):
        assert (await post_form(client, f"{page}/wishes", fields, of=page)).status_code == 303
    assert await count("meeting_wish") == 1


async def test_a_firm_that_withdrew_is_wished_for_in_vain() -> None:
    fair = await make_fair()
    day = await day_world.wished(fair)
    await wishes.withdraw(fair.ayse.caller, await day_world.place(fair.ayse, day))
    await day_world.wish(fair.jonas, day, fair.ayse, fair.can)
    await day_world.planned(fair, day)
    assert "Ayşe" not in str(await day_world.meetings(day))
    with pytest.raises((Conflict, Invalid)):
        await wishes.save_wishes(await day_world.place(fair.ayse, day), [])


async def test_who_confirms_by_hand_while_others_cancel_gives_no_place_twice() -> None:
    fair = await make_fair()
    event = await make_event(fair.union, capacity_importers=2, reviewed=True)
    firms = await buyers(5)
    made = [await take(firm, event, "Jonas Petersen") for firm in firms]
    decided = [
        organising.decide(fair.union.caller, event.public_id, one.public_id, action)
        for one in made
        for action in ("confirm", "confirm")
    ]
    given_up = [
        service.cancel(firm.caller, firm.org, one.public_id)
        for firm, one in zip(firms[:3], made[:3], strict=True)
    ]
    await together(*decided, *given_up)
    await rounds.give_places()
    assert await fetchval(_TAKEN, event.id) == 2


async def test_who_was_taken_off_the_list_does_not_come_back_by_giving_up_his_application() -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    await organising.decide(
        fair.union.caller, event.public_id, made.public_id, "remove", reason="Out of turn"
    )
    for _ in range(2):
        again = await take(fair.jonas, event)
        assert again.state == "APPLIED"
        await service.cancel(fair.jonas.caller, fair.jonas.org, made.public_id)
    await take(fair.jonas, event)
    await organising.decide(fair.union.caller, event.public_id, made.public_id, "confirm")
    # Taken back by the organiser: from then on as everybody else.
    await service.cancel(fair.jonas.caller, fair.jonas.org, made.public_id)
    assert (await take(fair.jonas, event)).state == "CONFIRMED"
