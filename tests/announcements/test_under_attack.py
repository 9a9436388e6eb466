"""Announcements attacked while they are being sent: stopped, written anew, readers who go, strange addresses."""

import asyncio
import random
from collections import Counter
from contextlib import suppress

import pytest
from announcing import (
    Hall,
    agree,
    begun,
    deliveries,
    make_reader,
    planned,
    send_all,
    state,
    states_of,
    version,
)
from mailing import Server
from people import PASSWORD

from kervan.announcements import service, turns
from kervan.announcements.alive import alive
from kervan.announcements.sending import WAVE, Sender
from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict
from kervan.privacy import consents, erasure
from kervan.settings import Settings


async def _soon() -> None:
    """As if the pause before the next try were over."""
    await execute("UPDATE event_delivery SET due_at = now() - interval '1 second' WHERE state = 'QUEUED'")


async def _readers(count: int) -> None:
    for number in range(count):
        await make_reader(f"Reader {chr(97 + number % 26)}{chr(97 + number // 26)}")


async def test_a_letter_of_a_stopped_edition_never_goes_out_with_the_next_one(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("Lena Vogt")
    seat = await begun(hall)
    smtp.refusals["lena.vogt@example.com"] = "451 4.3.0 Try again later"
    async with alive() as proof:
        sender = Sender(settings, proof)
        await sender.step()
        # It is on the line while the edition is stopped and the next one is begun; then the server puts it off.
        await service.abort(hall.colleague, seat, await version(seat), "Wrong date")
        await service.new_edition(hall.association.caller, seat, await version(seat))
        await sender.step()
        await sender.close()
    smtp.refusals.clear()
    await planned(hall, seat)
    await turns.turn()
    await _soon()
    await send_all(settings)
    assert len(smtp.to("lena.vogt@example.com")) == 1
    rows = {row["edition"]: row["state"] for row in await deliveries(seat)}
    assert rows == {1: "ABORTED", 2: "SENT"}


async def test_a_letter_that_was_put_off_while_all_was_stopped_ends_with_the_rest(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("Lena Vogt")
    seat = await begun(hall)
    smtp.refusals["lena.vogt@example.com"] = "451 4.3.0 Try again later"
    async with alive() as proof:
        sender = Sender(settings, proof)
        await sender.step()
        await service.abort(hall.colleague, seat, await version(seat), "Wrong date")
        await sender.close()
    smtp.refusals.clear()
    await _soon()
    await send_all(settings)
    assert smtp.letters == []
    assert await states_of(seat) == {"ABORTED": 1}


async def test_paused_and_resumed_in_the_middle_of_waves_by_two_senders_nobody_gets_two(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await _readers(5 * WAVE)
    seat = await begun(hall)
    smtp.pause = 0.01
    picked = random.Random(7)

    async def meddle() -> None:
        for _ in range(12):
            await asyncio.sleep(picked.random() / 40)
            for step in (service.pause, service.resume):
                with suppress(Conflict):
                    await step(hall.colleague, seat, await version(seat))

    await asyncio.gather(send_all(settings), send_all(settings), meddle())
    with suppress(Conflict):
        await service.resume(hall.colleague, seat, await version(seat))
    await send_all(settings)
    got = Counter(to for [to], _ in smtp.letters)
    assert set(got.values()) == {1}
    assert await states_of(seat) == {"SENT": len(got)} == {"SENT": 5 * WAVE}
    assert await state(seat) == "SENT"


async def test_what_is_being_sent_is_not_written_anew_nor_taken_back(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await _readers(2 * WAVE)
    seat = await begun(hall)
    async with alive() as proof:
        sender = Sender(settings, proof)
        await sender.step()
        for step in (service.new_edition, service.take_back, service.hold, service.submit, service.approve):
            with pytest.raises(Conflict):
                await step(hall.colleague, seat, await version(seat))
        with pytest.raises(Conflict):
            await service.schedule(hall.colleague, seat, await version(seat), None)
        await service.pause(hall.colleague, seat, await version(seat))
        for step in (service.new_edition, service.take_back, service.pause):
            with pytest.raises(Conflict):
                await step(hall.colleague, seat, await version(seat))
        await sender.close()
    assert await state(seat) == "PAUSED"
    assert len(smtp.letters) == WAVE


async def test_of_many_who_stop_pause_and_resume_at_once_each_step_is_taken_once(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await _readers(2 * WAVE)
    seat = await begun(hall)
    at = await version(seat)

    async def stop() -> None:
        await service.abort(hall.colleague, seat, at, "Wrong date")

    work = [service.pause(hall.colleague, seat, at), stop(), service.pause(hall.colleague, seat, at), stop()]
    found = await asyncio.gather(send_all(settings), *work, return_exceptions=True)
    refused = [one for one in found if isinstance(one, BaseException)]
    assert all(isinstance(one, Conflict) for one in refused), refused
    assert len(refused) == 3
    steps = await fetch(
        "SELECT action FROM announcement_step WHERE announcement = $1 AND action IN ('pause', 'abort')",
        seat.id,
    )
    assert len(steps) == 1
    await send_all(settings)
    got = Counter(to for [to], _ in smtp.letters)
    assert set(got.values()) <= {1}


async def test_who_is_erased_between_the_list_and_the_letter_gets_none(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    person = await make_reader("Lena Vogt")
    await make_reader("Zoe Frey", "CH")
    seat = await begun(hall)
    assert await erasure.ask(person, PASSWORD)
    await send_all(settings)
    assert [to for [to], _ in smtp.letters] == ["zoe.frey@example.com"]
    text = str(await fetchval("SELECT string_agg(t::text, ' ') FROM event_delivery t"))
    assert "lena" not in text
    assert await state(seat) == "SENT"


async def test_who_withdraws_and_agrees_again_while_it_is_sent_gets_one_letter(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    person = await make_reader("Lena Vogt")
    seat = await begun(hall)
    for _ in range(3):
        async with transaction() as tx:
            await consents.withdraw(tx.connection, person, "events", "tests")
        await turns.turn()
        await agree(person)
        await turns.turn()
    await send_all(settings)
    assert len(smtp.to("lena.vogt@example.com")) == 1
    async with transaction() as tx:
        await consents.withdraw(tx.connection, person, "events", "tests")
    await agree(person)
    await send_all(settings)
    assert len(smtp.letters) == 1
    assert await states_of(seat) == {"SENT": 1}


STRANGE = (
    "o'neil+a=b@example.com",
    "x" * 64 + "@example.com",
    "info@müller-söhne.example.com",
    "info@" + ".".join(["a" * 60] * 3) + ".com",
    "a@b.co",
    "{}|~!#$%&*@example.com",
    "info@例え.example.com",
)


async def test_letters_to_strange_addresses_arrive_and_hold_up_nobody(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    for number, address in enumerate(STRANGE):
        await make_reader(f"Strange {chr(97 + number)}", email=address)
    await make_reader("Lena Vogt")
    seat = await begun(hall)
    await send_all(settings)
    found = await states_of(seat)
    assert found == {"SENT": len(STRANGE) + 1}, [row["detail"] for row in await deliveries(seat)]
    for receivers, letter in smtp.letters:
        assert len(receivers) == 1
        assert receivers[0].isascii()
        assert len(letter.get_all("To")) == 1
        assert letter["Bcc"] is None


@pytest.mark.parametrize(
    "name", ["Ali\r\nBcc: all@example.com", "=?utf-8?q?=0ABcc:_x?=", "A" * 500, "\u202eilA", '"<x@y>"']
)
async def test_a_name_adds_no_line_to_the_head_of_a_letter(
    hall: Hall, smtp: Server, settings: Settings, name: str
) -> None:
    await make_reader("Lena Vogt")
    await execute("UPDATE person SET name = left($1, 120) WHERE email = 'lena.vogt@example.com'", name)
    await begun(hall)
    await send_all(settings)
    [(receivers, letter)] = smtp.letters
    assert receivers == ["lena.vogt@example.com"]
    assert letter["Bcc"] is None
    for header in ("To", "Subject", "From", "List-Unsubscribe"):
        assert len(letter.get_all(header)) == 1


async def test_an_event_that_is_called_off_while_letters_go_out_stops_them_under_every_sender(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await _readers(4 * WAVE)
    seat = await begun(hall)
    smtp.pause = 0.01

    async def call_off() -> None:
        await asyncio.sleep(0.02)
        await execute(
            "UPDATE trade_event SET state = 'CANCELLED', cancelled_at = now() WHERE id = $1", hall.event
        )

    await asyncio.gather(send_all(settings), send_all(settings), call_off())
    await send_all(settings)
    found = await states_of(seat)
    assert found.keys() <= {"SENT", "ABORTED"}
    assert found.get("ABORTED", 0) >= WAVE
    assert found.get("SENT", 0) == len(smtp.letters)
    assert await state(seat) == "ABORTED"
