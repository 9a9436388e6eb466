"""The table of states, every step in every wrong state, and two who agree at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from asking import Side, World, caller_of, side
from meeting_world import SECRETS, accept, agreed, asked, cancel, decline, give_room, propose, state, wanted
from people import audited, count, make_member

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, KervanError, NotFound
from kervan.meetings import direct, states
from kervan.meetings.tables import MeetingState

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
def test_each_side_may_do_what_the_state_allows(row: dict[str, object], side: str, allowed: set[str]) -> None:
    whole = {"turn": None, "day": None, "starts_at": NOW + timedelta(days=1), **row}
    assert {action for action in states.ACTIONS if states.may(action, whole, side, NOW)} == allowed


STEPS: dict[str, Callable[[Side, str], Awaitable[object]]] = {
    "accept": accept,
    "propose": propose,
    "decline": decline,
    "cancel": cancel,
    "room": give_room,
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
        accept(world.ayse, first), accept(world.can, second), return_exceptions=True
    )
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    assert await fetchval("SELECT count(*) FROM meeting WHERE state = 'CONFIRMED'") == 1


async def test_of_two_colleagues_who_accept_the_same_meeting_one_does(world: World) -> None:
    meeting = (await asked(world)).public_id
    colleague = await side(world.ayse.firm, "Ece Ak", "OWNER")
    answers = await asyncio.gather(
        accept(world.ayse, meeting), accept(colleague, meeting), return_exceptions=True
    )
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    assert await fetchval("SELECT version FROM meeting") == 2


async def test_one_person_of_two_firms_is_in_one_place(world: World) -> None:
    """Ayşe works for Can's firm too: both of her desks accept the same half hour at once."""
    await make_member(world.can.firm, world.ayse.person, "ORDER_DESK")
    caller = await caller_of(world.ayse.person)
    at_can = next(m for m in caller.memberships if m.public_id == world.can.org)
    both = Side(world.can.firm, world.ayse.person, caller, at_can)
    first = (await asked(world)).public_id
    second = (
        await direct.ask(world.other_buyer.caller, world.other_buyer.membership, "can-zeytin", wanted(), "z")
    ).public_id
    answers = await asyncio.gather(accept(world.ayse, first), accept(both, second), return_exceptions=True)
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]


async def test_every_step_is_in_the_time_line_and_in_the_audit_trail(world: World) -> None:
    meeting = await agreed(world)
    await propose(world.buyer, meeting)
    await accept(world.ayse, meeting)
    await cancel(world.ayse, meeting)
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
    await cancel(world.buyer, meeting)
    sent = await fetch("SELECT event, payload::text AS payload FROM webhook_delivery ORDER BY id")
    assert [row["event"] for row in sent] == [
        event for event in ("meeting.proposed", "meeting.confirmed", "meeting.cancelled") for _ in range(2)
    ]
    text = str([row["payload"] for row in sent])
    assert not any(secret in text for secret in (*SECRETS, "Jonas", "Ayşe Yılmaz"))
