"""Answers to an ask: accepting, other times, declining, cancelling, rooms; nobody is in two places."""

from datetime import UTC, datetime, timedelta

import pytest
from asking import World, side
from meeting_world import (
    HALF,
    SECRETS,
    accept,
    agreed,
    asked,
    at,
    cancel,
    decline,
    give_room,
    past,
    proposals,
    propose,
    seat,
    state,
    wanted,
)
from people import PASSWORD, mails

from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid
from kervan.meetings import direct, feed, moves
from kervan.meetings.times import Span
from kervan.privacy import erasure


async def test_accepting_shares_what_both_need_and_nothing_before(world: World) -> None:
    made = await asked(world)
    before = str([(mail["context"], mail["subject"]) for mail in await mails()])
    assert not any(secret in before for secret in SECRETS)
    first = (await proposals(made.public_id))[0]
    saved = await accept(world.ayse, made.public_id, first)
    assert saved.state == "CONFIRMED"
    row = (await fetch("SELECT * FROM meeting"))[0]
    assert (row["exporter_person"], row["turn"], row["answer_by"]) == (world.ayse.person, None, None)
    assert row["starts_at"] == at().starts_at
    assert row["sequence"] == 1
    told = {
        mail["to_address"]: mail["context"] for mail in await mails() if mail["context"]["action"] == "accept"
    }
    assert told[SECRETS[0]]["contact"] == ["Ayşe Yılmaz", SECRETS[1], SECRETS[3]]
    assert told[SECRETS[1]]["contact"] == ["Jonas Petersen", SECRETS[0], SECRETS[2]]
    assert told[SECRETS[0]]["calendar"]["method"] == "REQUEST"


async def test_a_time_that_is_over_or_of_another_meeting_is_not_accepted(world: World) -> None:
    made = await asked(world)
    with pytest.raises(Invalid) as refused:
        await accept(world.ayse, made.public_id, 999_999)
    assert set(refused.value.fields) == {"time"}
    await execute("UPDATE meeting_proposal SET starts_at = now() - interval '1 minute'")
    first = (await proposals(made.public_id))[0]
    with pytest.raises(Invalid):
        await accept(world.ayse, made.public_id, first)
    assert await state(made.public_id) == "PROPOSED"


async def test_a_superseded_time_is_not_accepted(world: World) -> None:
    made = await asked(world)
    old = (await proposals(made.public_id))[0]
    await propose(world.ayse, made.public_id, at(4), zone="Europe/Istanbul")
    with pytest.raises(Invalid):
        await accept(world.buyer, made.public_id, old)


async def test_nobody_is_in_two_places(world: World) -> None:
    await agreed(world)
    # Ayşe has a meeting then: a colleague of another firm cannot take that time with her.
    other = world.other_buyer
    made = await direct.ask(
        other.caller, other.membership, "ayse-havlu", wanted(times=(at(), at(hour=15))), "z"
    )
    first, second = await proposals(made.public_id)
    with pytest.raises(Conflict, match="You have another meeting"):
        await accept(world.ayse, made.public_id, first)
    assert (await accept(world.ayse, made.public_id, second)).state == "CONFIRMED"
    # And the buyer does not offer a time at which it sits with Ayşe.
    with pytest.raises(Invalid) as refused:
        await direct.ask(
            world.buyer.caller, world.buyer.membership, "can-zeytin",
            wanted(times=(at(hour=20), Span(at().starts_at + HALF / 2, at().ends_at + HALF / 2))), "y",
        )  # fmt: skip
    assert set(refused.value.fields) == {"times.2"}
    # One after the other is fine.
    next_one = Span(at().ends_at, at().ends_at + HALF)
    assert (
        await direct.ask(
            world.buyer.caller, world.buyer.membership, "can-zeytin", wanted(times=(next_one,)), "x"
        )
    ).state == "PROPOSED"


async def test_the_other_side_may_have_another_meeting_by_now(world: World) -> None:
    first = await asked(world)
    second = await direct.ask(world.buyer.caller, world.buyer.membership, "can-zeytin", wanted(), "y")
    await direct.accept(
        world.ayse.caller, await seat(world.ayse, first.public_id), (await proposals(first.public_id))[0]
    )
    with pytest.raises(Conflict, match="The other side has another meeting"):
        await direct.accept(
            world.can.caller, await seat(world.can, second.public_id), (await proposals(second.public_id))[0]
        )


async def test_times_are_proposed_in_ten_rounds_and_no_more(world: World) -> None:
    made = await asked(world)
    sides = (world.ayse, world.buyer)
    for number in range(2, 11):
        side = sides[number % 2]
        saved = await direct.propose(
            side.caller,
            await seat(side, made.public_id),
            (at(number),),
            zone="Europe/Berlin",
            message="Not then",
        )
        assert saved.state == "PROPOSED"
    last = sides[11 % 2]
    with pytest.raises(Conflict, match="10 times"):
        await propose(last, made.public_id, at(20), zone="Europe/Berlin")
    rounds = [
        row["round"] for row in await fetch("SELECT DISTINCT round FROM meeting_proposal ORDER BY round")
    ]
    assert rounds == list(range(1, 11))
    first = (await proposals(made.public_id))[0]
    assert (await accept(last, made.public_id, first)).state == "CONFIRMED"


async def test_an_answer_is_waited_for_five_days_and_never_beyond_the_last_time(world: World) -> None:
    await asked(world, times=(at(20), at(10)))
    by = await fetchval("SELECT answer_by FROM meeting")
    assert abs(by - datetime.now(UTC) - timedelta(days=5)) < timedelta(minutes=1)
    await direct.ask(
        world.buyer.caller, world.buyer.membership, "can-zeytin", wanted(times=(at(2), at(1, 12))), "y"
    )
    assert await fetchval("SELECT answer_by FROM meeting ORDER BY id DESC LIMIT 1") == at(2).starts_at
    assert await fetchval("SELECT starts_at FROM meeting ORDER BY id DESC LIMIT 1") == at(1, 12).starts_at


async def test_who_was_suspended_meanwhile_does_not_meet(world: World) -> None:
    made = await asked(world)
    first = (await proposals(made.public_id))[0]
    await execute("UPDATE importer SET standing = 'SUSPENDED'")
    with pytest.raises(Conflict, match="cannot meet others"):
        await accept(world.ayse, made.public_id, first)
    with pytest.raises(Conflict, match="cannot meet others"):
        await propose(world.ayse, made.public_id, at(5), zone="Europe/Istanbul")
    # What is asked can still be declined.
    saved = await decline(world.ayse, made.public_id, "No time at all")
    assert saved.state == "DECLINED"


async def test_a_stale_version_is_refused(world: World) -> None:
    made = await asked(world)
    await direct.propose(
        world.ayse.caller, await seat(world.ayse, made.public_id), (at(4),), zone="Europe/Istanbul", version=1
    )
    with pytest.raises(Conflict, match="changed in the meantime"):
        await direct.decline(
            world.buyer.caller, await seat(world.buyer, made.public_id), "Too late", version=1
        )


async def test_what_is_agreed_can_be_moved_to_another_time(world: World) -> None:
    meeting = await agreed(world)
    saved = await direct.propose(
        world.buyer.caller, await seat(world.buyer, meeting), (at(6), at(5, 16)), zone="Europe/Berlin",
        message="My train is late, call +49 40 555 0101",
    )  # fmt: skip
    assert saved.state == "PROPOSED"
    assert not saved.masked  # they know each other by now
    moved = [mail["context"] for mail in await mails() if mail["context"].get("action") == "move"]
    assert len(moved) == 2
    assert all("STATUS:TENTATIVE" in one["calendar"]["text"] for one in moved)
    assert all("SEQUENCE:2" in one["calendar"]["text"] for one in moved)
    first = (await proposals(meeting))[0]
    await accept(world.ayse, meeting, first)
    assert await fetchval("SELECT sequence FROM meeting") == 3
    assert await fetchval("SELECT starts_at FROM meeting") == at(5, 16).starts_at


async def test_a_moved_meeting_that_is_declined_leaves_both_calendars(world: World) -> None:
    meeting = await agreed(world)
    await propose(world.buyer, meeting, at(6), zone="Europe/Berlin")
    await decline(world.ayse, meeting, "Then not at all")
    ended = [mail["context"] for mail in await mails() if mail["context"].get("action") == "decline"]
    assert [one["calendar"]["method"] for one in ended] == ["CANCEL", "CANCEL"]


async def test_cancelling_needs_a_reason_and_a_coming_meeting(world: World) -> None:
    meeting = await agreed(world)
    with pytest.raises(Invalid) as refused:
        await cancel(world.buyer, meeting, "")
    assert set(refused.value.fields) == {"reason"}
    await past(meeting)
    with pytest.raises(Conflict):
        await cancel(world.buyer, meeting, "Too late for that")


async def test_an_ask_is_taken_back_by_who_asked_only(world: World) -> None:
    made = await asked(world)
    with pytest.raises(Conflict):
        await cancel(world.ayse, made.public_id, "Not mine")
    with pytest.raises(Conflict):
        await decline(world.buyer, made.public_id, "Not my turn")
    saved = await direct.cancel(world.buyer.caller, await seat(world.buyer, made.public_id))
    assert saved.state == "CANCELLED"
    assert not any(mail["context"].get("calendar") for mail in await mails())


async def test_a_room_is_given_later_and_calendars_are_corrected(world: World) -> None:
    meeting = await agreed(world)
    assert await fetchval("SELECT room_url FROM meeting") == ""
    await give_room(world.ayse, meeting, "https://meet.example.org/abc")
    room = [mail["context"] for mail in await mails() if mail["context"].get("action") == "room"]
    assert len(room) == 2
    assert all("https://meet.example.org/abc" in one["calendar"]["text"] for one in room)
    with pytest.raises(Invalid):
        await give_room(world.ayse, meeting, "")


async def test_a_room_of_our_own_is_not_to_be_guessed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERVAN_MEETING_ROOMS", "https://meet.example.org/")
    try:
        await agreed(world)
        room = await fetchval("SELECT room_url FROM meeting")
        assert room.startswith("https://meet.example.org/kervan-")
        assert len(room) == len("https://meet.example.org/kervan-") + 30
    finally:
        monkeypatch.undo()


async def test_who_has_a_meeting_is_busy_until_it_ends(world: World) -> None:
    await agreed(world)
    async with transaction() as tx:
        busy = await moves.busy(tx.connection, [world.ayse.person], [], at().starts_at, at().ends_at)
        free = await moves.busy(tx.connection, [world.ayse.person], [], at().ends_at, at().ends_at + HALF)
        strange = await moves.busy(tx.connection, [world.can.person], [], at().starts_at, at().ends_at)
    assert (len(busy), len(free), len(strange)) == (1, 0, 0)


async def test_who_deletes_the_account_leaves_what_is_to_come_to_the_firm(world: World) -> None:
    await side(world.buyer.firm, "Ida Owner", "OWNER")
    await agreed(world)
    await feed.rotate(world.buyer.caller)
    assert await erasure.ask(world.buyer.person, PASSWORD)
    assert await fetchval("SELECT count(*) FROM calendar_feed") == 0
    row = (await fetch("SELECT state, importer_person FROM meeting"))[0]
    assert (row["state"], row["importer_person"]) == ("CONFIRMED", None)
    async with transaction() as tx:
        busy = await moves.busy(tx.connection, [], [world.buyer.firm.id], at().starts_at, at().ends_at)
    assert len(busy) == 1
