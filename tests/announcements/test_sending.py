"""Sending: who gets the mail and who does not, pauses and ends, two senders at once, how much goes out."""

import asyncio

import pytest
from announcing import (
    Hall,
    agree,
    begun,
    body,
    deliveries,
    drafted,
    figures,
    make_reader,
    planned,
    send_all,
    sent,
    state,
    states_of,
    version,
)
from mailing import Server

from kervan.announcements import queries, service, turns
from kervan.announcements.alive import alive
from kervan.announcements.audience import Audience
from kervan.announcements.sending import WAVE, Sender
from kervan.db import execute, fetchval, transaction
from kervan.mail import service as mail
from kervan.privacy import consents
from kervan.settings import Settings


async def withdraw(person: int) -> None:
    async with transaction() as tx:
        await consents.withdraw(tx.connection, person, "events", "tests")


async def test_everybody_who_agreed_gets_the_mail_once_in_their_language(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("Jonas Petersen")
    await make_reader("Zeynep Ak", "NL", language="tr")
    await make_reader("Nobody Asked", consent=False)
    seat = await sent(hall, settings)
    assert await state(seat) == "SENT"
    assert await states_of(seat) == {"SENT": 2}
    assert len(smtp.letters) == 2
    [english] = smtp.to("jonas.petersen@example.com")
    assert english["Subject"] == "Meet Towels & <Linen>"
    assert "Dear Jonas Petersen," in body(english, "plain")
    assert "Towels &amp; &lt;Linen&gt;" in body(english, "html")
    [turkish] = smtp.to("zeynep.ak@example.com")
    assert turkish["Subject"] == "Havlu günleri sizi bekliyor"
    assert turkish["Content-Language"] == "tr"
    assert "Sayın Zeynep Ak," in body(turkish, "plain")


async def test_invariant_12_consent_withdrawn_between_enqueue_and_send_withholds_the_mail(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    person = await make_reader("Jonas Petersen")
    await make_reader("Zoe Frey", "CH")
    seat = await begun(hall)
    assert await states_of(seat) == {"QUEUED": 2}
    await withdraw(person)
    await send_all(settings)
    assert smtp.to("jonas.petersen@example.com") == []
    assert len(smtp.letters) == 1
    assert await states_of(seat) == {"SENT": 1, "SUPPRESSED": 1}
    [withheld] = [row for row in await deliveries(seat) if row["state"] == "SUPPRESSED"]
    assert (withheld["person"], withheld["detail"], withheld["handed_at"]) == (person, "consent", None)


async def test_invariant_12_at_most_one_mail_for_each_recipient_and_edition(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    person = await make_reader("Jonas Petersen")
    # A second firm does not make a second recipient.
    firm = await fetchval(
        "SELECT organisation FROM membership WHERE person = $1", await make_reader("Zoe", "CH")
    )
    await execute(
        "INSERT INTO membership (person, organisation, role, valid_from) VALUES ($1, $2, 'BUYER', '2020-01-01')",
        person,
        firm,
    )
    seat = await begun(hall)
    await turns.turn()
    await send_all(settings)
    await send_all(settings)
    assert len(smtp.to("jonas.petersen@example.com")) == 1
    assert await fetchval("SELECT count(*) FROM event_delivery WHERE person = $1", person) == 1
    assert await state(seat) == "SENT"


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (
            "INSERT INTO suppression (address_key, reason) SELECT email_key, 'test' FROM person WHERE id = $1",
            "address",
        ),
        ("INSERT INTO event_news (person, frequency) VALUES ($1, 'WEEKLY')", "news"),
        ("UPDATE person SET state = 'SUSPENDED' WHERE id = $1", "account"),
        ("UPDATE membership SET ended_at = now() WHERE person = $1", "firm"),
    ],
)
async def test_what_changed_since_the_rows_were_written_withholds_the_mail(
    hall: Hall, smtp: Server, settings: Settings, change: str, detail: str
) -> None:
    person = await make_reader("Jonas Petersen")
    seat = await begun(hall)
    await execute(change, person)
    await send_all(settings)
    assert smtp.letters == []
    [row] = await deliveries(seat)
    assert (row["state"], row["detail"]) == ("SUPPRESSED", detail)
    assert await state(seat) == "SENT"


async def test_two_senders_at_once_never_have_the_same_row(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    for number in range(3 * WAVE):
        await make_reader(f"Reader {'abcdefghijklmnopqrstuvwxyz'[number % 26]}{chr(97 + number // 26)}")
    seat = await begun(hall)
    smtp.pause = 0.002
    await asyncio.gather(send_all(settings), send_all(settings))
    assert await states_of(seat) == {"SENT": 3 * WAVE}
    receivers = [to for [to], _ in smtp.letters]
    assert len(receivers) == len(set(receivers)) == 3 * WAVE
    workers = await fetchval("SELECT count(DISTINCT worker) FROM event_delivery")
    assert workers == 2


async def test_pause_keeps_what_waits_and_resume_goes_on(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("Jonas Petersen")
    seat = await begun(hall)
    await service.pause(hall.colleague, seat, await version(seat))
    await send_all(settings)
    assert smtp.letters == []
    assert await state(seat) == "PAUSED"
    await service.resume(hall.association.caller, seat, await version(seat))
    await send_all(settings)
    assert len(smtp.letters) == 1
    assert await state(seat) == "SENT"


async def test_stopped_midway_the_rest_never_gets_it(hall: Hall, smtp: Server, settings: Settings) -> None:
    for number in range(WAVE + 5):
        await make_reader(f"Reader {chr(97 + number % 26)}{chr(97 + number // 26)}")
    seat = await begun(hall)
    async with alive() as proof:
        sender = Sender(settings, proof)
        await sender.step()
        await service.abort(hall.colleague, seat, await version(seat), "Wrong date")
        assert not await sender.step()
        await sender.close()
    assert await state(seat) == "ABORTED"
    assert await states_of(seat) == {"SENT": WAVE, "ABORTED": 5}
    await send_all(settings)
    assert len(smtp.letters) == WAVE


async def test_an_event_that_is_cancelled_stops_its_announcement(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("Jonas Petersen")
    seat = await begun(hall)
    await execute(
        "UPDATE trade_event SET state = 'CANCELLED', cancelled_at = now() WHERE id = $1", hall.event
    )
    await send_all(settings)
    assert smtp.letters == []
    assert await state(seat) == "ABORTED"
    assert await states_of(seat) == {"ABORTED": 1}


async def test_a_domain_gets_no_more_than_its_share_a_minute(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await figures(QUIET_FROM=0, QUIET_UNTIL=0, DOMAIN_A_MINUTE=3)
    for number in range(5):
        await make_reader(f"Big {chr(97 + number)}", email=f"r{number}@big.example")
    await make_reader("Small One", email="s@small.example")
    seat = await sent(hall, settings)
    assert len([to for [to], _ in smtp.letters if to.endswith("@big.example")]) == 3
    assert len(smtp.to("s@small.example")) == 1
    assert await states_of(seat) == {"SENT": 4, "QUEUED": 2}
    await execute(
        "UPDATE event_delivery SET handed_at = now() - interval '2 minutes' WHERE handed_at IS NOT NULL"
    )
    await send_all(settings)
    assert await states_of(seat) == {"SENT": 6}


async def test_nobody_gets_more_announcements_a_month_than_the_consent_promises(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await figures(QUIET_FROM=0, QUIET_UNTIL=0, EVENT_MAILS_MONTH=2)
    await make_reader("Jonas Petersen")
    await make_reader("Zoe Frey", "CH")
    first, second = await drafted(hall), await drafted(hall)
    for seat in (first, second):
        await planned(hall, seat)
        await turns.turn()
    # A third one was put together while two were on their way: the sender looks again.
    third = await drafted(hall)
    await planned(hall, third)
    await turns.turn()
    await send_all(settings)
    assert len(smtp.to("jonas.petersen@example.com")) == 2
    assert await states_of(third) == {"SUPPRESSED": 2}
    assert {row["detail"] for row in await deliveries(third)} == {"often"}
    reach = await queries.reach(Audience(), 0, hall.event, 1)
    assert (reach.reached, reach.often) == (0, 2)
    await execute("UPDATE event_delivery SET handed_at = handed_at - interval '31 days'")
    assert (await queries.reach(Audience(), 0, hall.event, 1)).reached == 2


async def test_mails_of_other_kinds_are_not_touched_by_a_suppression_that_is_lifted(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    person = await make_reader("Jonas Petersen")
    seat = await begun(hall)
    await mail.suppress("jonas.petersen@example.com", "test")
    await send_all(settings)
    assert await states_of(seat) == {"SUPPRESSED": 1}
    await mail.lift("jonas.petersen@example.com", "user:1", "mended")
    await agree(person)
    await service.new_edition(hall.association.caller, seat, await version(seat))
    await planned(hall, seat)
    await turns.turn()
    await send_all(settings)
    assert len(smtp.letters) == 1
