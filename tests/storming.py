"""One of everything of events, for attacks: a fair with a registration, an announcement, a meeting day, a meeting."""

import asyncio
from collections.abc import Awaitable
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import day_world
import httpx
from announcing import TEXTS, agree, without_night
from attending import take
from eventing import Fair, drafted, make_event, make_fair
from meeting_world import at, wanted

from kervan.announcements import access as announcing_access
from kervan.announcements import service as announcements
from kervan.db import execute, fetchval
from kervan.errors import KervanError
from kervan.events.structs import EventShown, Question
from kervan.meetings import direct
from kervan.registrations import guests
from kervan.web import limits


class Storm(NamedTuple):
    """Who takes part, and public ids of what is attacked."""

    fair: Fair
    event: EventShown
    draft: EventShown
    registration: str
    """Of Jonas' firm, confirmed."""
    guest: str
    day: str
    meeting: str
    """Jonas asked Ayşe; her turn."""
    announcement: str
    ticket: str


QUESTIONS = (
    Question(kind="TEXT", label={"en": "What do you expect?"}),
    Question(kind="ONE_OF", label={"en": "Which hall?"}, options=({"en": "One"}, {"en": "Two"})),
)


async def make_storm() -> Storm:
    """All of it; Jonas agreed to mails about events."""
    await without_night()
    fair = await make_fair()
    await agree(fair.jonas.person)
    event = await make_event(
        fair.union, questions=QUESTIONS, online_url="https://hall.example.com/secret-room"
    )
    draft = await drafted(fair.union)
    registered = await take(fair.jonas, event, "Jonas Petersen", wants_meetings=True)
    asking = guests.Asking(name="Nora Lind", email="nora@example.org", firm="Lind AB", country="SE")
    await guests.ask(event.public_id, asking, "en")
    day = await day_world.wished(fair)
    meeting = await direct.ask(
        fair.jonas.caller, fair.jonas.membership, "ayse-havlu", wanted(times=(at(), at(hour=14))), "k-1"
    )
    about = await announcing_access.announceable(fair.union.caller, event.public_id)
    announcement = await announcements.create(fair.union.caller, about, "Towels in spring", TEXTS)
    return Storm(
        fair=fair,
        event=event,
        draft=draft,
        registration=registered.public_id,
        guest=await fetchval("SELECT public_id FROM event_guest"),
        day=day,
        meeting=meeting.public_id,
        announcement=announcement,
        ticket=await fetchval("SELECT ticket FROM registration_participant LIMIT 1"),
    )


class Found(NamedTuple):
    """A form of a page: where it is posted to, and its fields as a browser would send them."""

    action: str
    fields: dict[str, list[str]]


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: list[Found] = []
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        if tag == "form" and (have.get("method") or "").casefold() == "post":
            self.found.append(Found(have.get("action") or self.page, {}))
        if not self.found:
            return
        name, fields = have.get("name") or "", self.found[-1].fields
        if tag == "select" and name:
            self.select = name
            fields.setdefault(name, [])
        elif tag == "option" and self.select and ("selected" in have or not fields[self.select]):
            fields[self.select] = [have.get("value") or ""]
        elif tag in ("input", "textarea", "button") and name and have.get("type") != "file":
            fields.setdefault(name, []).append(have.get("value") or "1")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""


def forms_of(page: httpx.Response) -> list[Found]:
    """The forms of a page that post."""
    reader = _Forms(str(page.url.raw_path.decode()))
    reader.feed(page.text)
    return reader.found


def paths_of(storm: Storm) -> dict[str, list[str]]:
    """Every page with a form, behind the language, by who may open it."""
    s, fair = storm, storm.fair
    address = f"fair-{s.event.public_id}"
    staff = f"/staff/events/{s.event.public_id}"
    return {
        "union": [
            "/staff/events/new", "/staff/events/import", *(f"{staff}{tail}" for tail in (
                "", "/edit", "/programme", "/questions", "/files", "/registrations",
                f"/registrations/{s.registration}", "/door", "/guests",
            )),
            f"/staff/events/{s.draft.public_id}", f"/staff/events/{s.draft.public_id}/edit",
            f"/staff/announcements/new?event={s.event.public_id}", f"/staff/announcements/{s.announcement}",
            f"/staff/announcements/{s.announcement}/edit", f"/staff/announcements/{s.announcement}/audience",
            "/staff/meeting-days/new", f"/staff/meeting-days/{s.day}", f"/staff/meeting-days/{s.day}/edit",
        ],
        "jonas": [
            f"/desk/{fair.jonas.org}/events/{s.registration}", f"/desk/{fair.jonas.org}/meeting-days/{s.day}",
            f"/desk/{fair.jonas.org}/meetings", f"/desk/{fair.jonas.org}/meetings/{s.meeting}",
            f"/desk/{fair.jonas.org}/meetings/new?with=ayse-havlu", "/account/events",
        ],
        "ayse": [
            f"/events/{address}/register", f"/desk/{fair.ayse.org}/meetings/{s.meeting}",
            f"/desk/{fair.ayse.org}/meeting-days/{s.day}",
        ],
        "": [f"/events/{address}/guest"],
    }  # fmt: skip


async def forget_limits() -> None:
    """As if the day of every limit were over."""
    limits.forget_leases()
    await execute("DELETE FROM rate_bucket")


def encoded(fields: dict[str, Any]) -> bytes:
    """A form as browsers send it, also with what a browser would never send."""
    return "&".join(
        f"{quote_plus(name)}={value if isinstance(value, Raw) else quote_plus(str(value))}"
        for name, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
    ).encode()


class Raw(str):
    """A value that is percent-encoded already."""


async def together(*work: Awaitable[object]) -> list[object]:
    """What each gave, or the refusal that it met; anything else is a failure."""
    found = await asyncio.gather(*work, return_exceptions=True)
    failures = [one for one in found if isinstance(one, BaseException) and not isinstance(one, KervanError)]
    assert failures == []
    return list(found)


def done(found: list[object]) -> int:
    return sum(not isinstance(one, KervanError) for one in found)
