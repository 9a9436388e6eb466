"""The way of a meeting that two firms agree between themselves, and what their calendars get by mail.

Steps as in dealing: each ends where its page says that it is taken.
"""

import re
import time
from datetime import UTC, date, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any, NamedTuple

import icalendar
from dealing import Party
from playwright.sync_api import Page, expect
from serving import Demo

from kervan.demo.accounts import DOMAIN
from kervan.mail import box


class Entry(NamedTuple):
    """The one entry of a calendar file."""

    method: str
    uid: str
    sequence: int
    starts_at: datetime
    """Of whole days: their first midnight in UTC."""
    ends_at: datetime
    status: str
    summary: str
    place: str
    attendees: frozenset[str]
    """Their addresses."""


def entry(content: bytes) -> Entry:
    """Reads a calendar file with a program of others; it must hold one entry with everything that calendars need."""
    [found] = entries(content)
    return found


def entries(content: bytes) -> list[Entry]:
    """All entries of a calendar file, in their order."""
    read = icalendar.Calendar.from_ical(content)
    assert not read.errors
    assert content.count(b"\n") == content.count(b"\r\n"), "lines must end as RFC 5545 says"
    return [_entry(str(read.get("METHOD", "")), event) for event in read.walk("VEVENT")]


def _entry(method: str, event: Any) -> Entry:
    assert not event.errors
    asked = event.get("ATTENDEE", [])
    return Entry(
        method=method,
        uid=str(event["UID"]),
        sequence=int(event["SEQUENCE"]),
        starts_at=_moment(event["DTSTART"].dt),
        ends_at=_moment(event["DTEND"].dt),
        status=str(event["STATUS"]),
        summary=str(event["SUMMARY"]),
        place=str(event.get("LOCATION", "")),
        attendees=frozenset(
            str(one).removeprefix("mailto:") for one in (asked if isinstance(asked, list) else [asked])
        ),
    )


def _moment(read: date) -> datetime:
    return read if isinstance(read, datetime) else datetime.combine(read, datetime.min.time(), UTC)


def posted(demo: Demo, party: Party, words: str, kind: str, *, seconds: float = 30) -> EmailMessage:
    """Waits for the newest mail of this kind to the person with these words in its subject, as it was sent."""
    folder = demo.log.parent / "data" / "mail"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for kept in box.kept(folder, f"{party.name}@{DOMAIN}"):
            if kept.name.endswith(f"-{kind}") and words in kept.subject:
                content = (folder / f"{kept.name}.eml").read_bytes()
                return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(content)
        party.walker.page.wait_for_timeout(250)
    raise AssertionError(f"no mail {kind} to {party.name} about {words!r} within {seconds:g} seconds")


def invitation(demo: Demo, party: Party, words: str, kind: str = "meeting_step") -> Entry:
    """The calendar of the newest such mail, which must be there and be named as mail programs want it."""
    mail = posted(demo, party, words, kind)
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    found = entry(part.get_payload(decode=True))  # type: ignore[arg-type]  # bytes of a part without parts
    assert part.get_param("method") == found.method
    return found


def downloaded(page: Page, address: str) -> bytes:
    """A calendar file behind a link of the open page, which must be one by its type."""
    answer = page.context.request.get(address)
    assert answer.ok, f"{answer.status} {address}"
    assert answer.headers["content-type"].startswith("text/calendar")
    return answer.body()


class Slot(NamedTuple):
    """A time as it is typed, on the typist's own clock."""

    day: date
    clock: str


def _offer(party: Party, slots: tuple[Slot, ...], minutes: str) -> None:
    me = party.walker
    for n, slot in enumerate(slots, start=1):
        me.page.locator(f"[id='f-day_{n}']:visible").fill(slot.day.isoformat())
        me.page.locator(f"[id='f-time_{n}']:visible").fill(slot.clock)
    me.page.locator("[id='f-minutes']:visible").select_option(minutes)


def ask(party: Party, other: str, topic: str, message: str, slots: tuple[Slot, ...]) -> str:
    """Asks another firm (as its address names it) for half an hour at one of the times; the meeting's public id."""
    me = party.walker
    party.open(f"/meetings/new?with={other}")
    me.write("topic", topic)
    me.write("message", message)
    _offer(party, slots, "30")
    me.go("Ask for the meeting")
    found = re.search(r"/meetings/([a-z0-9]{12})", me.page.url)
    assert found, me.page.url
    return found[1]


def offer_other(party: Party, slots: tuple[Slot, ...]) -> None:
    """On the open page of a meeting: none suits."""
    me = party.walker
    me.page.locator("summary", has_text="None suits: offer other times").click()
    _offer(party, slots, "45")
    me.go("Offer these times")
    expect(me.page.locator(".desk-lead")).to_contain_text("The other side has the word")


def agree(party: Party) -> None:
    """On the open page of a meeting: to the first time on offer."""
    me = party.walker
    me.page.locator("label:has(input[name=time])").first.click()
    me.go("Agree to this time")
    expect(me.page.locator(".desk-lead .badge")).to_have_text("Agreed")


def call_off(party: Party, reason: str) -> None:
    """On the open page of a meeting that is agreed."""
    me = party.walker
    box_ = me.page.locator("details.confirm", has=me.page.locator("form[action$='/cancel']"))
    box_.locator("summary").click()
    box_.locator("textarea").fill(reason)
    me.go("Cancel the meeting")
    expect(me.page.locator(".desk-lead .badge")).to_have_text("Cancelled")
