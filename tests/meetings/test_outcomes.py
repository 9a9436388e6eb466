"""Outcomes of meetings: told by a link, of what is over only, to the own side alone."""

import msgspec
import pytest
from asking import World
from meeting_world import SECRETS, agreed, past, seat, state
from people import mails

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Invalid, NotFound
from kervan.meetings import outcomes, rounds, states


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
