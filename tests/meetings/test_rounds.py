"""What the clock does with meetings: asks lapse, firms close, reminders, what was held, what follows."""

from datetime import timedelta

from asking import World
from meeting_world import SECRETS, agreed, asked, cancel, known, past, state
from people import mails

from kervan import rounds as housekeeping
from kervan.db import execute, fetchval
from kervan.meetings import outcomes, reminders, rounds


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
    await cancel(world.buyer, meeting)
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


async def test_the_worker_goes_round_meetings() -> None:
    assert rounds.all_due in [work for _, work in housekeeping.ROUNDS]
