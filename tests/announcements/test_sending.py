"""Sending: who gets the mail and who does not, what it holds, refusals, pauses, two senders at once."""

import asyncio
import re
from email.message import EmailMessage

import msgspec
import pytest
from announcing import (
    TEXTS,
    Hall,
    agree,
    begun,
    deliveries,
    drafted,
    figures,
    make_reader,
    planned,
    send_all,
    state,
    states_of,
    version,
)
from mailing import Server

from kervan.announcements import letter, queries, service, turns
from kervan.announcements.alive import alive, mark_left_behind
from kervan.announcements.audience import Audience
from kervan.announcements.letter import Reader
from kervan.announcements.sending import PAUSES, WAVE, Sender
from kervan.announcements.structs import Words
from kervan.db import execute, fetchval, transaction
from kervan.errors import Invalid
from kervan.mail import service as mail
from kervan.privacy import consents
from kervan.settings import Settings
from kervan.web.templates import Templates


async def withdraw(person: int) -> None:
    async with transaction() as tx:
        await consents.withdraw(tx.connection, person, "events", "tests")


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


async def test_everybody_who_agreed_gets_the_mail_once_in_their_language(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("Jonas Petersen")
    await make_reader("Zeynep Ak", "NL", language="tr")
    await make_reader("Nobody Asked", consent=False)
    seat = await begun(hall)
    await send_all(settings)
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


async def test_the_mail_ends_by_one_click_and_names_itself(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    person = await make_reader("Jonas Petersen")
    seat = await begun(hall)
    await send_all(settings)
    [got] = smtp.to("jonas.petersen@example.com")
    public_id = await fetchval("SELECT public_id FROM person WHERE id = $1", person)
    stop = f"{settings.public_url}/unsubscribe/{consents.token(public_id, 'events')}"
    assert got["List-Unsubscribe"] == f"<{stop}>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in body(got, "plain")
    assert stop in body(got, "html")
    [row] = await deliveries(seat)
    assert letter.delivery_of(got["X-Kervan-Delivery"]) == row["id"]
    assert got["Message-ID"].startswith(f"<{got['X-Kervan-Delivery']}@")
    # RFC 8058 asks for nothing that only a person could do: the address alone ends the mails.
    opened = consents.opened(stop.rpartition("/")[2])
    assert opened == (public_id, "events")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>Böse</b> & Söhne", "&lt;b&gt;Böse&lt;/b&gt; &amp; Söhne"),
        ("=?utf-8?q?x?= 'Q\"", "=?utf-8?q?x?= &#x27;Q&quot;"),
    ],
)
async def test_a_name_is_text_wherever_it_stands(
    hall: Hall, smtp: Server, settings: Settings, name: str, shown: str
) -> None:
    await make_reader("Jonas", email="jonas@example.com")
    await execute("UPDATE person SET name = $1 WHERE email = 'jonas@example.com'", name)
    words = (Words(language="en", subject="For {name}", text="Hello {name}."),)
    seat = await drafted(hall, texts=words)
    await planned(hall, seat)
    await turns.turn()
    await send_all(settings)
    [got] = smtp.to("jonas@example.com")
    assert got["Subject"] == f"For {name}"
    assert f"Hello {name}." in body(got, "plain")
    assert f"Hello {shown}." in body(got, "html")


async def test_a_line_break_in_a_value_never_ends_a_header(db: None) -> None:
    found = letter.Letter(
        language="en", subject=("a\r\nBcc: x@example.com",), text=("t",), html=("h",), head=b"From: a@example.com",
        boundary="b", site="https://kervan.test", host="kervan.test",
    )  # fmt: skip
    reader = Reader(delivery=1, person="abc", name="A", address="a@example.com", counts=False)
    with pytest.raises(Invalid):
        letter.written(found, reader)
    clean = msgspec.structs.replace(found, subject=("a",))
    with pytest.raises(Invalid):
        letter.written(clean, msgspec.structs.replace(reader, address="a@example.com\r\nBcc: b@example.com"))
    raw = letter.written(
        msgspec.structs.replace(found, subject=("a", letter.NAME)),
        msgspec.structs.replace(reader, name="A\r\nBcc: b"),
    )
    assert b"\r\nBcc" not in raw


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


async def test_an_address_that_is_refused_for_good_is_never_written_to_again(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    person = await make_reader("Jonas Petersen")
    smtp.refusals["jonas.petersen@example.com"] = "550 5.1.1 jonas.petersen@example.com is unknown"
    seat = await begun(hall)
    await send_all(settings)
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
    seat = await begun(hall)
    await send_all(settings)
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
    take = smtp.handle_DATA

    async def drop(server: object, session: object, envelope: object) -> str:
        await take(server, session, envelope)  # type: ignore[arg-type]
        server.transport.close()  # type: ignore[attr-defined]
        return "250 OK"

    smtp.handle_DATA = drop  # type: ignore[method-assign]
    await send_all(settings)
    assert await states_of(seat) == {"UNKNOWN": 1}
    smtp.handle_DATA = take  # type: ignore[method-assign]
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
    seat = await begun(hall)
    await send_all(settings)
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


async def test_only_who_agreed_can_be_counted(hall: Hall, smtp: Server, settings: Settings) -> None:
    person = await make_reader("Jonas Petersen")
    await make_reader("Zoe Frey", "CH")
    await execute("INSERT INTO event_news (person, count_opens) VALUES ($1, true)", person)
    await begun(hall)
    await send_all(settings)
    [counted] = smtp.to("jonas.petersen@example.com")
    [other] = smtp.to("zoe.frey@example.com")
    pixel = re.search(r'<img src="([^"]+)"', body(counted, "html"))
    assert pixel
    assert letter.opened_of(pixel[1].rpartition("/")[2].removesuffix(".gif")) is not None
    assert "<img" not in body(other, "html")
    assert "/o/" not in body(other, "html")


async def test_the_letter_is_what_the_preview_shows(hall: Hall, smtp: Server, settings: Settings) -> None:
    await make_reader("Jonas Petersen")
    seat = await begun(hall)
    await send_all(settings)
    found = await queries.one(seat.id)
    [got] = smtp.to("jonas.petersen@example.com")
    stop = str(got["List-Unsubscribe"]).strip("<>")
    shown = letter.preview(Templates(settings), found.about, TEXTS[0], name="Jonas Petersen", stop=stop)
    assert body(got, "plain").strip() == shown.text.strip()
    assert body(got, "html").strip() == shown.html.strip()
    assert got["Subject"] == shown.subject


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
