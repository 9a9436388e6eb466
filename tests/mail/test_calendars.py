"""Invitations go along with mails so that calendar programs take them, and wait sealed until then."""

from email.message import EmailMessage
from typing import Any

import icalendar
import pytest
from calendaring import HOSTILE, START, entry, lines, only
from mailing import CONTEXT, Server, later, send, the_mail

from kervan import vault
from kervan.calendars.ics import calendar
from kervan.db import fetch, fetchval
from kervan.errors import Invalid
from kervan.mail import box
from kervan.mail.sending import handlers
from kervan.mail.service import SEALED_FOR
from kervan.outbox import drain
from kervan.settings import Settings
from kervan.web.templates import Templates


def invitation(method: Any = "REQUEST", **more: Any) -> dict[str, str]:
    return {"method": method, "text": calendar([entry(**more)], method=method, language="tr").decode()}


async def received(server: Server, worker: Any, given: dict[str, str]) -> EmailMessage:
    await send(calendar=given)
    await drain(worker())
    [letter] = server.to("ayse@example.com")
    return letter


def kinds(part: EmailMessage) -> Any:
    """The types of a letter as a tree."""
    if not part.is_multipart():
        return part.get_content_type()
    return part.get_content_type(), [kinds(inner) for inner in part.iter_parts()]


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "PUBLISH"])
async def test_an_invitation_is_where_programs_look_for_it(
    db: None, server: Server, worker: Any, method: str
) -> None:
    """Gmail and Outlook want it last in the alternative and its method in the type; Apple Mail opens the attachment."""
    given = invitation(method, sequence=3)
    letter = await received(server, worker, given)
    assert kinds(letter) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/html", "text/calendar"]), "application/ics"],
    )
    body, attached = letter.iter_parts()
    inside = list(body.iter_parts())[-1]
    assert dict(inside["Content-Type"].params) == {"charset": "utf-8", "method": method}
    assert inside.get_content_disposition() is None
    assert (attached.get_content_disposition(), attached.get_filename()) == ("attachment", "invite.ics")
    for payload in (inside.get_payload(decode=True), attached.get_payload(decode=True)):
        assert payload == given["text"].encode(), "to the octet, CRLF as well"
        assert only(lines(payload), "METHOD") == ("METHOD", method)
        [event] = icalendar.Calendar.from_ical(payload).events
        assert (event.start, event["SEQUENCE"]) == (START, 3)


async def test_the_letter_itself_is_the_same_with_and_without(db: None, server: Server, worker: Any) -> None:
    letter = await received(server, worker, invitation())
    await send(to="zoe@example.com")
    await drain(worker())
    [plain] = server.to("zoe@example.com")
    for kind in ("plain", "html"):
        assert letter.get_body((kind,)).get_content() == plain.get_body((kind,)).get_content()
    assert plain.get_content_type() == "multipart/alternative"
    for header in ("Subject", "From", "Content-Language", "Auto-Submitted"):
        assert letter[header] == plain[header]
        assert len(letter.get_all(header)) == 1
    assert CONTEXT["token"] in letter.get_body(("plain",)).get_content()


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_text_breaks_the_letter(db: None, server: Server, worker: Any, text: str) -> None:
    given = invitation(summary=text, description=text, location=text)
    letter = await received(server, worker, given)
    assert kinds(letter)[1][1] == "application/ics"
    assert all(len(line) <= 998 for line in letter.as_bytes().splitlines()), "RFC 5322 2.1.1"
    *_, attached = letter.iter_parts()
    assert attached.get_payload(decode=True) == given["text"].encode()


async def test_who_is_invited_does_not_stand_in_the_database(db: None) -> None:
    await send(calendar=invitation())
    rows = await fetch("SELECT row_to_json(mail)::text AS row FROM mail")
    assert "VCALENDAR" not in rows[0]["row"]
    assert "zoe@example.com" not in rows[0]["row"]
    assert await fetchval("SELECT count(*) FROM outbox WHERE payload::text LIKE '%VCALENDAR%'") == 0
    mail = await the_mail()
    assert "BEGIN:VCALENDAR" in vault.unseal(mail["context"], SEALED_FOR)


async def test_an_invitation_outlives_a_server_in_trouble(db: None, server: Server, worker: Any) -> None:
    server.data_answer = "451 later"
    await send(calendar=invitation())
    await drain(worker())
    assert server.letters == []
    server.data_answer = "250 OK"
    await later()
    await drain(worker())
    [letter] = server.to("ayse@example.com")
    assert kinds(letter)[0] == "multipart/mixed"
    assert (await the_mail())["context"] is None, "what it said is not kept"


async def test_a_cancellation_after_the_invitation_takes_the_same_entry_back(
    db: None, server: Server, worker: Any
) -> None:
    await send(calendar=invitation("REQUEST", sequence=0))
    await send(calendar=invitation("CANCEL", sequence=1))
    await drain(worker())
    letters = server.to("ayse@example.com")
    found = [lines(list(letter.iter_parts())[1].get_payload(decode=True)) for letter in letters]
    assert len({only(each, "UID") for each in found}) == 1
    said = {only(each, "METHOD")[1]: (only(each, "SEQUENCE")[1], only(each, "STATUS")[1]) for each in found}
    assert said == {"REQUEST": ("0", "CONFIRMED"), "CANCEL": ("1", "CANCELLED")}


async def test_a_kept_mail_shows_its_text_and_keeps_its_invitation(
    db: None, settings: Settings, templates: Templates
) -> None:
    await send(calendar=invitation())
    await drain(dict(handlers(settings, templates=templates)))
    folder = settings.data / "mail"
    [kept] = box.kept(folder)
    looked_at = box.read(folder, kept.name)
    assert CONTEXT["token"] in "".join(piece for piece, _ in looked_at.pieces)
    assert "<h1" in looked_at.html
    assert b"invite.ics" in (folder / f"{kept.name}.eml").read_bytes()


async def test_an_invitation_has_bounds(db: None) -> None:
    with pytest.raises(Invalid, match="too long"):
        await send(calendar=invitation(description="İ" * 50_000))
    assert await fetch("SELECT 1 FROM mail") == []


WHOLE = invitation()["text"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "CANCEL", "text": WHOLE},
        {"method": "REPLY", "text": WHOLE.replace("METHOD:REQUEST", "METHOD:REPLY")},
        {"method": "REQUEST", "text": "Hello"},
        {"method": "REQUEST", "text": ""},
        {"method": "REQUEST", "text": WHOLE.removesuffix("END:VCALENDAR\r\n")},
        {"method": "REQUEST", "text": "X-Before:1\r\n" + WHOLE},
        {"method": "REQUEST", "text": WHOLE.replace("SUMMARY", "\x00SUMMARY")},
        {"method": "REQUEST", "text": WHOLE.replace("STATUS", "X:1\nSTATUS")},
        {"method": "REQUEST\r\nBcc: zoe@example.com", "text": WHOLE},
    ],
)
async def test_what_is_no_calendar_is_the_callers_mistake(db: None, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="calendar"):
        await send(calendar=wrong)
    assert await fetch("SELECT 1 FROM mail") == []
