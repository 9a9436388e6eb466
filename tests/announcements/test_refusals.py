"""Servers that refuse, are away or break off, and senders that die: what is tried again and what never."""

import msgspec
from announcing import Hall, begun, deliveries, make_reader, send_all, sent, state, states_of
from mailing import Server

from kervan.announcements.alive import alive, mark_left_behind
from kervan.announcements.sending import PAUSES
from kervan.db import execute, fetchval
from kervan.settings import Settings


async def test_an_address_that_is_refused_for_good_is_never_written_to_again(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    person = await make_reader("Jonas Petersen")
    smtp.refusals["jonas.petersen@example.com"] = "550 5.1.1 jonas.petersen@example.com is unknown"
    seat = await sent(hall, settings)
    [row] = await deliveries(seat)
    assert row["state"] == "BOUNCED"
    assert "jonas.petersen" not in row["detail"]
    reason = await fetchval(
        "SELECT reason FROM suppression s JOIN person p ON p.email_key = s.address_key WHERE p.id = $1",
        person,
    )
    assert reason.startswith("550")


async def test_a_refusal_by_policy_blames_no_address(hall: Hall, smtp: Server, settings: Settings) -> None:
    await make_reader("Jonas Petersen")
    smtp.refusals["jonas.petersen@example.com"] = "550 5.7.1 not from here"
    seat = await sent(hall, settings)
    assert await states_of(seat) == {"FAILED": 1}
    assert await fetchval("SELECT count(*) FROM suppression") == 0


async def test_a_soft_refusal_is_tried_three_times_more_then_given_up(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("Jonas Petersen")
    smtp.refusals["jonas.petersen@example.com"] = "452 4.2.2 mailbox full"
    seat = await begun(hall)
    for tries in range(1, len(PAUSES) + 1):
        await send_all(settings)
        [row] = await deliveries(seat)
        assert (row["state"], row["attempts"]) == ("QUEUED", tries)
        waits = await fetchval("SELECT extract(epoch FROM due_at - now()) FROM event_delivery")
        assert PAUSES[tries - 1] - 60 < waits <= PAUSES[tries - 1]
        assert await state(seat) == "SENDING"
        await execute("UPDATE event_delivery SET due_at = now()")
    await send_all(settings)
    [row] = await deliveries(seat)
    assert (row["state"], row["attempts"]) == ("FAILED", 4)
    assert await state(seat) == "SENT"


async def test_a_server_that_is_away_costs_no_letter_its_tries(hall: Hall, settings: Settings) -> None:
    await make_reader("Jonas Petersen")
    seat = await begun(hall)
    nowhere = msgspec.structs.replace(settings, smtp_url="smtp://127.0.0.1:1")
    await send_all(nowhere)
    [row] = await deliveries(seat)
    assert (row["state"], row["attempts"], row["handed_at"]) == ("QUEUED", 0, None)
    await send_all(settings)
    assert await states_of(seat) == {"SENT": 1}


async def test_what_a_server_had_when_the_line_broke_is_unknown_and_never_sent_again(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("Jonas Petersen")
    seat = await begun(hall)
    smtp.hangs_up = True
    await send_all(settings)
    assert await states_of(seat) == {"UNKNOWN": 1}
    smtp.hangs_up = False
    await send_all(settings)
    assert len(smtp.letters) == 1
    assert await state(seat) == "SENT"


async def test_rows_of_a_dead_sender_become_unknown_and_those_of_a_living_one_do_not(
    hall: Hall, settings: Settings
) -> None:
    await make_reader("Jonas Petersen")
    await make_reader("Zoe Frey", "CH")
    seat = await begun(hall)
    async with alive() as proof:
        [first, second] = await deliveries(seat)
        await execute(
            "UPDATE event_delivery SET state = 'HANDED', worker = CASE WHEN id = $1 THEN $2 ELSE '7' END",
            first["id"],
            proof.name,
        )
        assert await mark_left_behind("lost") == 1
        found = {row["id"]: row["state"] for row in await deliveries(seat)}
        assert found == {first["id"]: "HANDED", second["id"]: "UNKNOWN"}
    assert await mark_left_behind("lost") == 1
