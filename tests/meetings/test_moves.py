"""The table of states, every step in every wrong state, two who agree at once, and what the clock does."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import product

import msgspec
import pytest
from asking import Side, World, side
from meeting_world import SECRETS, agreed, asked, at, known, past, proposals, seat, state, wanted
from people import audited, count, mails

from kervan import rounds as housekeeping
from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.meetings import direct, moves, outcomes, reminders, rounds, states, telling
from kervan.meetings.moves import Planned
from kervan.meetings.tables import MeetingState
from kervan.outbox import drain

NOW = datetime.now(UTC)


def test_every_state_but_the_last_ones_leads_on() -> None:
    reached = {arrow.after for arrow in states.ACTIONS.values() if arrow.after} | {MeetingState.PLANNED}
    assert reached == set(MeetingState)
    ends = {MeetingState.DECLINED, MeetingState.LAPSED, MeetingState.CANCELLED}
    left = {before for arrow in states.ACTIONS.values() for before in arrow.before}
    assert left == set(MeetingState) - ends
    assert set(states.NAMES) == set(MeetingState)


@pytest.mark.parametrize(
    ("row", "side", "allowed"),
    [
        ({"state": "PROPOSED", "turn": "EXPORTER"}, "EXPORTER", {"propose", "accept", "decline"}),
        ({"state": "PROPOSED", "turn": "EXPORTER"}, "IMPORTER", {"withdraw"}),
        ({"state": "PROPOSED", "turn": "EXPORTER"}, "SYSTEM", {"lapse", "call-off"}),
        ({"state": "CONFIRMED"}, "IMPORTER", {"move", "cancel", "room"}),
        ({"state": "CONFIRMED", "day": 1}, "IMPORTER", {"cancel", "room"}),
        ({"state": "CONFIRMED", "starts_at": NOW - timedelta(minutes=1)}, "IMPORTER", {"no-show"}),
        ({"state": "PLANNED"}, "EXPORTER", set()),
        ({"state": "PLANNED"}, "STAFF", {"confirm", "call-off"}),
        ({"state": "HELD", "starts_at": NOW - timedelta(hours=1)}, "EXPORTER", {"no-show"}),
        ({"state": "DECLINED"}, "EXPORTER", set()),
        ({"state": "LAPSED"}, "IMPORTER", set()),
        ({"state": "CANCELLED"}, "IMPORTER", set()),
        ({"state": "NO_SHOW", "starts_at": NOW - timedelta(hours=1)}, "IMPORTER", set()),
    ],
)
def test_who_may_do_what(row: dict[str, object], side: str, allowed: set[str]) -> None:
    whole = {"turn": None, "day": None, "starts_at": NOW + timedelta(days=1), **row}
    assert {action for action in states.ACTIONS if states.may(action, whole, side, NOW)} == allowed


async def _accept(who: Side, meeting: str) -> object:
    return await direct.accept(who.caller, await seat(who, meeting), (await proposals(meeting))[0])


async def _propose(who: Side, meeting: str) -> object:
    return await direct.propose(who.caller, await seat(who, meeting), (at(8),), zone="UTC")


async def _decline(who: Side, meeting: str) -> object:
    return await direct.decline(who.caller, await seat(who, meeting), "No time this year")


async def _cancel(who: Side, meeting: str) -> object:
    return await direct.cancel(who.caller, await seat(who, meeting), "Something came up")


async def _room(who: Side, meeting: str) -> object:
    return await direct.give_room(who.caller, await seat(who, meeting), "https://meet.example.org/x")


STEPS: dict[str, Callable[[Side, str], Awaitable[object]]] = {
    "accept": _accept,
    "propose": _propose,
    "decline": _decline,
    "cancel": _cancel,
    "room": _room,
}


@pytest.mark.parametrize(
    ("name", "now"),
    list(product(STEPS, ["DECLINED", "LAPSED", "CANCELLED", "HELD", "NO_SHOW"])),
)
async def test_nothing_is_done_with_a_meeting_that_is_over(world: World, name: str, now: str) -> None:
    meeting = (await asked(world)).public_id
    await execute("UPDATE meeting SET state = $1, turn = NULL, answer_by = NULL", now)
    before = await fetchval("SELECT version FROM meeting")
    for who in (world.ayse, world.buyer):
        with pytest.raises(Conflict):
            await STEPS[name](who, meeting)
    assert await state(meeting) == now
    assert await fetchval("SELECT version FROM meeting") == before
    assert await count("meeting_step") == 1


@pytest.mark.parametrize("name", ["accept", "propose", "decline", "room"])
async def test_nothing_is_answered_out_of_turn(world: World, name: str) -> None:
    meeting = (await asked(world)).public_id
    with pytest.raises(KervanError) as refused:
        await STEPS[name](world.buyer, meeting)
    assert isinstance(refused.value, Conflict)
    assert await state(meeting) == "PROPOSED"


@pytest.mark.parametrize("name", list(STEPS))
async def test_a_stranger_finds_no_meeting(world: World, name: str) -> None:
    meeting = (await asked(world)).public_id
    for who in (world.can, world.other_buyer):
        with pytest.raises(NotFound):
            await STEPS[name](who, meeting)


async def test_of_two_who_accept_one_person_at_once_one_is_refused(world: World) -> None:
    """The buyer asked two exporters for the same half hour; both say yes in the same moment."""
    first = (await asked(world)).public_id
    second = (
        await direct.ask(world.buyer.caller, world.buyer.membership, "can-zeytin", wanted(), "y")
    ).public_id
    answers = await asyncio.gather(
        _accept(world.ayse, first), _accept(world.can, second), return_exceptions=True
    )
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    assert await fetchval("SELECT count(*) FROM meeting WHERE state = 'CONFIRMED'") == 1


async def test_of_two_colleagues_who_accept_the_same_meeting_one_does(world: World) -> None:
    meeting = (await asked(world)).public_id
    colleague = await side(world.ayse.firm, "Ece Ak", "OWNER")
    answers = await asyncio.gather(
        _accept(world.ayse, meeting), _accept(colleague, meeting), return_exceptions=True
    )
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    assert await fetchval("SELECT version FROM meeting") == 2


async def test_one_person_of_two_firms_is_in_one_place(world: World) -> None:
    """Ayşe works for Can's firm too: both of her desks accept the same half hour at once."""
    from asking import caller_of
    from people import make_member

    await make_member(world.can.firm, world.ayse.person, "ORDER_DESK")
    caller = await caller_of(world.ayse.person)
    at_can = next(m for m in caller.memberships if m.public_id == world.can.org)
    both = Side(world.can.firm, world.ayse.person, caller, at_can)
    first = (await asked(world)).public_id
    second = (
        await direct.ask(world.other_buyer.caller, world.other_buyer.membership, "can-zeytin", wanted(), "z")
    ).public_id
    answers = await asyncio.gather(_accept(world.ayse, first), _accept(both, second), return_exceptions=True)
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]


async def test_asks_that_nobody_answers_lapse(world: World) -> None:
    meeting = (await asked(world)).public_id
    assert await rounds.lapse_due() == 0
    await execute("UPDATE meeting SET answer_by = now() - interval '1 second'")
    assert await rounds.lapse_due() == 1
    assert await rounds.lapse_due() == 0
    assert await state(meeting) == "LAPSED"
    told = [mail["to_address"] for mail in await mails() if mail["context"].get("action") == "lapse"]
    assert sorted(told) == sorted(SECRETS[:2])
    assert not any(secret in str(mail["context"]) for mail in await mails() for secret in SECRETS)


async def test_what_is_agreed_with_a_firm_that_was_closed_is_called_off(world: World) -> None:
    meeting = await agreed(world)
    assert await rounds.call_off_closed() == 0
    await execute("UPDATE organisation SET closed_at = now() WHERE id = $1", world.ayse.firm.id)
    assert await rounds.call_off_closed() == 1
    assert await rounds.call_off_closed() == 0
    assert await state(meeting) == "CANCELLED"
    [ended] = [
        mail
        for mail in await mails(SECRETS[0])
        if mail["context"].get("calendar", {}).get("method") == "CANCEL"
    ]
    assert ended["context"]["action"] == "cancel"


async def test_reminders_go_out_once_a_stage(world: World) -> None:
    meeting = await agreed(world)
    assert await reminders.send_due() == 0
    for before, stage in ((timedelta(hours=23), "1D"), (timedelta(minutes=50), "1H")):
        await execute(
            """UPDATE meeting SET starts_at = now() + $1::interval, ends_at = now() + $1::interval + interval '1 hour',
                changed_at = now() - interval '2 days'""",
            before,
        )
        assert await reminders.send_due() == 1
        assert await reminders.send_due() == 0
        got = [mail for mail in await mails() if mail["template"] == "meeting_reminder"]
        assert [mail["context"]["stage"] for mail in got[-2:]] == [stage, stage]
        assert {mail["to_address"] for mail in got[-2:]} == set(SECRETS[:2])
    assert await state(meeting) == "CONFIRMED"


async def test_what_was_agreed_within_the_last_day_needs_no_reminder_of_the_day(world: World) -> None:
    await agreed(world)
    await execute(
        "UPDATE meeting SET starts_at = now() + interval '20 hours', ends_at = now() + interval '21 hours'"
    )
    assert await reminders.send_due() == 0


async def test_a_cancelled_meeting_reminds_nobody(world: World) -> None:
    meeting = await agreed(world)
    await _cancel(world.buyer, meeting)
    await execute(
        """UPDATE meeting SET starts_at = now() + interval '30 minutes', ends_at = now() + interval '1 hour',
            changed_at = now() - interval '2 days'"""
    )
    assert await reminders.send_due() == 0


async def test_a_meeting_that_is_over_was_held_and_both_are_asked_once(world: World) -> None:
    meeting = await agreed(world)
    assert await rounds.hold_due() == 0
    await past(meeting)
    assert await rounds.hold_due() == 1
    assert await rounds.hold_due() == 0
    assert await state(meeting) == "HELD"
    asked_for = [mail for mail in await mails() if mail["template"] == "meeting_outcome"]
    assert {mail["to_address"] for mail in asked_for} == set(SECRETS[:2])


async def test_an_outcome_is_told_by_a_link_and_stays_with_the_own_side(world: World) -> None:
    meeting = await agreed(world)
    await past(meeting)
    await rounds.hold_due()
    [link] = [
        mail["context"]["go"] for mail in await mails(SECRETS[0]) if mail["template"] == "meeting_outcome"
    ]
    token = link.removeprefix("/meeting-outcome/")
    asked_for = await outcomes.opened(token)
    assert (asked_for.side, asked_for.other) == (states.Side.IMPORTER, "Ayşe Havlu")
    await outcomes.tell(asked_for.meeting, asked_for.side, "SAMPLES", "Ask for blue ones", actor="link:x")
    kept = msgspec.json.decode(await fetchval("SELECT outcome FROM meeting"))
    assert kept.keys() == {"IMPORTER"}
    assert kept["IMPORTER"]["note"] == "Ask for blue ones"
    assert "blue" not in str([dict(row) for row in await fetch("SELECT * FROM audit_entry")])
    for wrong in (token[:-1], "x" + token, token.replace("i.", "x."), "", "."):
        with pytest.raises(NotFound):
            await outcomes.opened(wrong)


async def test_an_outcome_is_told_of_what_is_over_only_and_for_30_days(world: World) -> None:
    meeting = await agreed(world)
    place = await seat(world.buyer, meeting)
    with pytest.raises(Conflict):
        await outcomes.tell(place.meeting, place.side, "ORDER", "", actor="user:1")
    with pytest.raises(Conflict):
        await outcomes.tell(place.meeting, place.side, "ABSENT", "", actor="user:1")
    await past(meeting)
    with pytest.raises(Invalid):
        await outcomes.tell(place.meeting, place.side, "RICHES", "x" * 1001, actor="user:1")
    await outcomes.tell(place.meeting, place.side, "ORDER", "", actor="user:1")
    assert await state(meeting) == "HELD"  # before the round came by
    asked_for = [mail["to_address"] for mail in await mails() if mail["template"] == "meeting_outcome"]
    assert asked_for == [SECRETS[1]]
    await outcomes.tell(place.meeting, place.side, "TALKING", "", actor="user:1")
    await execute(
        """UPDATE meeting SET outcome = jsonb_set(outcome, '{IMPORTER,at}',
            to_jsonb(to_char(now() - interval '31 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))"""
    )
    with pytest.raises(Conflict, match="30 days"):
        await outcomes.tell(place.meeting, place.side, "ORDER", "", actor="user:1")


async def test_who_was_missed_hears_of_it(world: World) -> None:
    meeting = await agreed(world)
    await past(meeting)
    place = await seat(world.ayse, meeting)
    await outcomes.tell(place.meeting, place.side, "ABSENT", "", actor="user:1")
    assert await state(meeting) == "NO_SHOW"
    missed = [mail["to_address"] for mail in await mails() if mail["context"].get("action") == "no-show"]
    assert missed == [SECRETS[0]]


async def test_what_follows_is_linked_to_the_meeting(world: World) -> None:
    meeting = await agreed(world)
    await past(meeting)
    await rounds.hold_due()
    assert await outcomes.follow_due() == 0
    await known(world)
    assert await outcomes.follow_due() == 1
    assert await outcomes.follow_due() == 0
    assert await fetchval("SELECT followed_by FROM meeting") == await fetchval(
        "SELECT public_id FROM inquiry"
    )


async def test_every_step_is_in_the_time_line_and_in_the_audit_trail(world: World) -> None:
    meeting = await agreed(world)
    await _propose(world.buyer, meeting)
    await _accept(world.ayse, meeting)
    await _cancel(world.ayse, meeting)
    steps = [
        tuple(row) for row in await fetch("SELECT action, before, after, side FROM meeting_step ORDER BY id")
    ]
    assert steps == [
        ("ask", None, "PROPOSED", "IMPORTER"),
        ("accept", "PROPOSED", "CONFIRMED", "EXPORTER"),
        ("move", "CONFIRMED", "PROPOSED", "IMPORTER"),
        ("accept", "PROPOSED", "CONFIRMED", "EXPORTER"),
        ("cancel", "CONFIRMED", "CANCELLED", "EXPORTER"),
    ]
    assert [action for _, action in await audited(meeting)] == [f"meeting.{step[0]}" for step in steps]
    with pytest.raises(Exception, match="append"):
        await execute("UPDATE meeting_step SET reason = 'x'")


async def test_webhooks_of_both_firms_hear_and_learn_no_contact_data(world: World) -> None:
    for firm, person in ((world.ayse.firm, world.ayse.person), (world.buyer.firm, world.buyer.person)):
        await execute(
            """INSERT INTO webhook (public_id, organisation, name, url, secret, events, created_by)
            VALUES ($1, $2, 'x', 'https://a.example', 'x', $3, $4)""",
            f"w{firm.id:011}"[:12], firm.id,
            ["meeting.proposed", "meeting.confirmed", "meeting.cancelled", "meeting.declined"], person,
        )  # fmt: skip
    meeting = await agreed(world)
    await _cancel(world.buyer, meeting)
    sent = await fetch("SELECT event, payload::text AS payload FROM webhook_delivery ORDER BY id")
    assert [row["event"] for row in sent] == [
        event for event in ("meeting.proposed", "meeting.confirmed", "meeting.cancelled") for _ in range(2)
    ]
    text = str([row["payload"] for row in sent])
    assert not any(secret in text for secret in (*SECRETS, "Jonas", "Ayşe Yılmaz"))


async def test_the_worker_goes_round_meetings() -> None:
    assert rounds.all_due in [work for _, work in housekeeping.ROUNDS]


async def a_day(world: World, *, online: bool = True) -> tuple[int, int]:
    """A meeting day of Ayşe's association with one slot; meeting_day.id and meeting_slot.id."""
    day = await fetchval(
        """INSERT INTO meeting_day (public_id, organiser, name, state, day, zone, wishes_until, online)
        VALUES ('d4d4d4d4d4d4', $1, 'Buyer days', 'PLANNED', current_date + 3, 'Europe/Istanbul', now(), $2)
        RETURNING id""",
        world.ayse.firm.id,
        online,
    )
    slot = await fetchval(
        "INSERT INTO meeting_slot (day, number, starts_at, ends_at) VALUES ($1, 1, $2, $3) RETURNING id",
        day,
        at().starts_at,
        at().ends_at,
    )
    return day, slot


def planned(world: World, slot: int, exporter: Side, importer: Side) -> Planned:
    return Planned(
        slot=slot, starts_at=at().starts_at, ends_at=at().ends_at, exporter=exporter.firm.id,
        importer=importer.firm.id, exporter_person=exporter.person, importer_person=importer.person, language="en",
        table_no=4,
    )  # fmt: skip


async def test_a_planned_agenda_is_told_when_it_is_published(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day, slot = await a_day(world)
    rows = [planned(world, slot, world.ayse, world.buyer), planned(world, slot, world.can, world.other_buyer)]
    async with transaction() as tx:
        made = await moves.create_planned(tx.connection, day, rows)
        assert await moves.drop_planned(tx.connection, day) == 2
        made = await moves.create_planned(tx.connection, day, rows)
    assert await count("mail") == 0
    hidden = await fetchval("SELECT public_id FROM meeting WHERE id = $1", made[0])
    with pytest.raises(NotFound):
        await seat(world.buyer, hidden)
    monkeypatch.setenv("KERVAN_MEETING_ROOMS", "https://meet.example.org/")
    async with transaction() as tx:
        told = await moves.confirm_planned(tx.connection, day, "user:1")
    monkeypatch.undo()
    assert told == moves.Confirmed(tuple(made), ())
    assert await count("mail") == 0
    await drain(telling.handlers(), leave=["mail.send"])
    for row in await fetch("SELECT id, exporter FROM meeting"):
        await telling.agenda_of(row["exporter"], states.Side.EXPORTER, [row["id"]])  # twice is once
    found = [mail for mail in await mails() if mail["template"] == "meeting_agenda"]
    assert len(found) == 4
    to_buyer = next(mail["context"] for mail in found if mail["to_address"] == SECRETS[0])
    assert to_buyer["meetings"][0]["contact"] == "Ayşe Yılmaz"
    assert "https://meet.example.org/kervan-" in to_buyer["calendar"]["text"]
    assert len({row["room_url"] for row in await fetch("SELECT room_url FROM meeting")}) == 2
    await seat(world.buyer, hidden)


async def test_a_plan_never_puts_anybody_in_two_places(world: World) -> None:
    await agreed(world)
    day, slot = await a_day(world)
    async with transaction() as tx:
        told = await moves.create_confirmed(
            tx.connection, day, [planned(world, slot, world.ayse, world.other_buyer)], "user:1"
        )
    assert told.ids == ()
    assert len(told.clashes) == 1
    assert await count("mail") == 2 + 1


async def test_an_organiser_calls_a_meeting_off_and_both_calendars_hear(world: World) -> None:
    day, slot = await a_day(world)
    async with transaction() as tx:
        told = await moves.create_confirmed(
            tx.connection, day, [planned(world, slot, world.ayse, world.buyer)], "user:1"
        )
        await moves.cancel(
            tx.connection, told.ids[0], actor="user:1", side="STAFF", reason="The hall is closed"
        )
    ended = [mail["context"] for mail in await mails() if mail["context"].get("action") == "call-off"]
    assert [one["calendar"]["method"] for one in ended] == ["CANCEL", "CANCEL"]
    assert all("SEQUENCE:2" in one["calendar"]["text"] for one in ended)
    async with transaction() as tx:
        with pytest.raises(Conflict):
            await moves.cancel(tx.connection, told.ids[0], actor="user:1", reason="Once more")
