"""What calendars get: invitations, corrections, ends; one file; the feed; nothing that leaves its line."""

import base64
from datetime import date, time
from urllib.parse import unquote

import httpx
import icalendar
import pytest
from asking import World
from mailing import listening
from meeting_world import (
    SECRETS,
    accept,
    agreed,
    asked,
    at,
    cancel,
    give_room,
    propose,
    together,
)
from people import mails, post_form, sign_in

from kervan.calendars import zones
from kervan.db import execute, fetchval
from kervan.errors import NotFound
from kervan.meetings import feed, invites, queries
from kervan.meetings.times import Span
from kervan.trade.errors import TradeError

EVIL = "Towels\r\nATTENDEE:mailto:evil@example.com\nX-ALT-DESC:<b>\x00;,\\n"


def the_event(text: str) -> icalendar.Event:
    [event] = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return event


async def calendars(to: str) -> list[dict[str, str]]:
    return [mail["context"]["calendar"] for mail in await mails(to) if mail["context"].get("calendar")]


async def test_one_uid_and_a_growing_sequence_from_invitation_to_end(world: World) -> None:
    meeting = await agreed(world)
    await give_room(world.buyer, meeting, "https://meet.example.org/a")
    await propose(world.ayse, meeting, at(5), zone="Europe/Istanbul")
    await accept(world.buyer, meeting)
    await cancel(world.buyer, meeting, "The fair is off")
    for address in SECRETS[:2]:
        sent = await calendars(address)
        events = [the_event(one["text"]) for one in sent]
        assert [one["method"] for one in sent] == ["REQUEST", "REQUEST", "REQUEST", "REQUEST", "CANCEL"]
        assert len({event["UID"] for event in events}) == 1
        assert events[0]["UID"].startswith(f"meeting-{meeting}@")
        assert [event["SEQUENCE"] for event in events] == [1, 2, 3, 4, 5]
        assert [event["STATUS"] for event in events] == [
            "CONFIRMED", "CONFIRMED", "TENTATIVE", "CONFIRMED", "CANCELLED",
        ]  # fmt: skip
        assert events[3].decoded("DTSTART") == at(5).starts_at
        for event in events:
            assert {unquote(one)[7:] for one in event["ATTENDEE"]} == set(SECRETS[:2])
            assert unquote(event["ORGANIZER"])[7:] not in SECRETS


async def test_an_ask_holds_no_invitation(world: World) -> None:
    await asked(world)
    assert await calendars(SECRETS[1]) == []
    [row] = await queries.day_meetings([await fetchval("SELECT id FROM meeting")])
    for side in ("EXPORTER", "IMPORTER"):
        assert invites.invitation(row, side, "en", "UTC") is None
        made = invites.entry(row, side, "en", "UTC", mailed=True)
        assert made.attendees == ()
        assert not any(secret in str(made) for secret in (*SECRETS, "Petersen", "Yılmaz"))


@pytest.mark.parametrize(
    "evil", [EVIL, "x\r\nATTENDEE:mailto:evil@example.com", "END:VEVENT\r\nEND:VCALENDAR"]
)
async def test_injected_lines_stay_text(world: World, evil: str) -> None:
    await agreed(world, topic=evil.replace("\x00", ""), message=evil.replace("\x00", ""))
    # And what an older release, or somebody with the database, put there.
    await execute("UPDATE meeting SET topic = $1, place = $1", evil.replace("\x00", ""))
    [row] = await queries.day_meetings([await fetchval("SELECT id FROM meeting")])
    found = invites.invitation(row, "IMPORTER", "en", "Europe/Berlin")
    assert found is not None
    event = the_event(found["text"])
    assert len(event["ATTENDEE"]) == 2
    assert "X-ALT-DESC" not in event
    assert found["text"].count("\r\nEND:VCALENDAR\r\n") == 1
    for mail in await calendars(SECRETS[0]):
        assert "evil@example.com" not in str(the_event(mail["text"])["ATTENDEE"])


async def test_the_invitation_reaches_the_mailbox_as_programs_want_it(world: World, tmp_path: object) -> None:
    """Through a real SMTP server: the alternative with its method, and the file."""
    from kervan.mail.sending import handlers
    from kervan.settings import load
    from kervan.worker import drain

    await agreed(world)
    async with listening() as server:
        import msgspec

        settings = msgspec.structs.replace(load(), smtp_url=server.url)
        await drain(handlers(settings))
        [letter] = server.to(SECRETS[0])
    part = next(one for one in letter.walk() if one.get_content_type() == "text/calendar")
    assert part.get_param("method") == "REQUEST"
    event = the_event(base64.b64decode(part.get_payload()).decode())
    assert event["SUMMARY"] == "Meeting with Ayşe Havlu"
    assert any(one.get_filename() == "invite.ics" for one in letter.walk())


async def test_a_time_in_the_gap_of_the_clocks_is_refused_beside_its_field(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, world.buyer.person)
    path = f"/en/desk/{world.buyer.org}/meetings/new?with=ayse-havlu"
    fields = {
        "key": "k" * 24, "topic": "Towels", "minutes": "30", "language": "en", "day_1": "2027-03-28", "time_1": "02:30",
    }  # fmt: skip
    answer = await post_form(client, path, fields)
    assert answer.status_code == 422
    assert "the clocks in Europe/Berlin go forward" in answer.text
    assert 'id="f-time_1-error"' in answer.text
    with pytest.raises(TradeError):
        zones.moment(date(2027, 3, 28), time(2, 30), "Europe/Berlin")


async def test_around_the_change_of_the_clocks_both_sides_see_their_own_time(world: World) -> None:
    """On 28 March 2027 Berlin's clocks go forward and Istanbul's stay: one hour between them instead of two."""
    before = zones.moment(date(2027, 3, 27), time(10), "Europe/Berlin")
    after = zones.moment(date(2027, 3, 29), time(10), "Europe/Berlin")
    half = at().ends_at - at().starts_at
    await asked(world, times=(Span(before, before + half), Span(after, after + half)))
    [mail] = [mail for mail in await mails(SECRETS[1]) if mail["template"] == "meeting_step"]
    assert [text.partition(" (")[0] for text in mail["context"]["times"]] == [
        "27 Mar 2027, 12:00 – 12:30", "29 Mar 2027, 11:00 – 11:30",
    ]  # fmt: skip


async def test_a_meeting_is_a_file_for_calendars_once_it_is_agreed(
    client: httpx.AsyncClient, world: World
) -> None:
    made = await asked(world)
    await sign_in(client, world.buyer.person)
    path = f"/en/desk/{world.buyer.org}/meetings/{made.public_id}.ics"
    assert (await client.get(path)).status_code == 404  # not agreed yet
    await accept(world.ayse, made.public_id)
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "ATTENDEE" not in answer.text
    assert the_event(answer.text)["SUMMARY"] == "Meeting with Ayşe Havlu"
    assert (await client.get(path.replace(".ics", ".txt"))).status_code == 404
    await sign_in(client, world.other_buyer.person)
    assert (await client.get(path)).status_code == 404


async def test_the_feed_is_found_by_its_token_only(client: httpx.AsyncClient, world: World) -> None:
    meeting = await agreed(world)
    event = await together(world)
    token = await feed.rotate(world.buyer.caller)
    answer = await client.get(f"/agenda/{token}.ics")
    assert answer.status_code == 200
    found = icalendar.Calendar.from_ical(answer.content)
    uids = [one["UID"].partition("@")[0] for one in found.walk("VEVENT")]
    assert uids == [f"meeting-{meeting}", f"event-{event}"]
    assert not any(secret in answer.text for secret in (*SECRETS, "Petersen", "Yılmaz"))
    again = await client.get(f"/agenda/{token}.ics", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    for wrong in (token[:-1] + "x", "x" * 32, ""):
        assert (await client.get(f"/agenda/{wrong}.ics")).status_code == 404
    assert (await client.get(f"/agenda/{token}")).status_code == 404


async def test_a_new_address_kills_the_old_one(client: httpx.AsyncClient, world: World) -> None:
    old = await feed.rotate(world.buyer.caller)
    new = await feed.rotate(world.buyer.caller)
    assert (await client.get(f"/agenda/{old}.ics")).status_code == 404
    assert (await client.get(f"/agenda/{new}.ics")).status_code == 200
    await feed.remove(world.buyer.caller)
    with pytest.raises(NotFound):
        await feed.opened(new)


async def test_a_cancelled_meeting_is_called_off_in_the_feed(world: World) -> None:
    meeting = await agreed(world)
    await cancel(world.ayse, meeting, "The loom broke")
    content, _ = await feed.opened(await feed.rotate(world.buyer.caller))
    assert the_event(content.decode())["STATUS"] == "CANCELLED"


async def test_who_left_the_firm_reads_nothing_of_it(world: World) -> None:
    await agreed(world)
    token = await feed.rotate(world.buyer.caller)
    await execute("UPDATE membership SET ended_at = now() WHERE person = $1", world.buyer.person)
    content, _ = await feed.opened(token)
    assert b"VEVENT" not in content
    await execute("UPDATE person SET state = 'CLOSED' WHERE id = $1", world.buyer.person)
    with pytest.raises(NotFound):
        await feed.opened(token)
