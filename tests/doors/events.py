"""Events of the small world, who is registered, meetings and announcements: one of everything that has an address."""

from datetime import UTC, datetime, time, timedelta

from doors.trade import _in
from eventing import content, shift
from ordering import caller_of
from people import Firm

from kervan.accounts.callers import Caller
from kervan.announcements import access as announcing
from kervan.announcements import service as announcements
from kervan.announcements.structs import Words
from kervan.db import execute, fetchval
from kervan.events import queries, service
from kervan.events.structs import EventShown
from kervan.files import store
from kervan.ids import new_public_id
from kervan.meetings import days, direct, feed, outcomes
from kervan.meetings.day_rules import Content as Day
from kervan.meetings.day_rules import Hours
from kervan.meetings.times import Span
from kervan.registrations import certificates, guests, organising, surveys
from kervan.registrations import service as registrations
from kervan.registrations.guests import Asking
from kervan.registrations.structs import PersonWanted, Wanted


async def events(exporter: Firm, importer: Firm, denib: Firm, people: dict[str, int]) -> dict[str, str]:
    """Names of an event with registrations, a file and a meeting day, of one that is over, of a mission before the
    Ministry, a draft, an announcement, a meeting."""
    staff = await caller_of(people["association"])
    found, shown = await _events(staff, denib)
    seller, buyer = await caller_of(people["owner"]), await caller_of(people["importer_owner"])
    wanted = Wanted(people=(PersonWanted(name="Jonas Petersen"),), wants_meetings=True, agreed=True)
    found["seat"] = (
        await registrations.register(seller, exporter.public_id, shown["event"].public_id, wanted)
    ).public_id
    found["booked"] = (
        await registrations.register(buyer, importer.public_id, shown["event"].public_id, wanted)
    ).public_id
    there = await registrations.register(buyer, importer.public_id, shown["over"].public_id, wanted)
    await shift(shown["over"], timedelta(days=-60))
    await organising.decide(staff, shown["over"].public_id, there.public_id, "attend")
    participant = await fetchval(
        "SELECT public_id FROM registration_participant WHERE registration = $1", there.id
    )
    found |= {"attended": certificates.code(participant), "survey": surveys.token(there.public_id)}
    found["ticket"] = await fetchval(
        "SELECT ticket FROM registration_participant WHERE registration = $1", there.id
    )
    guest = Asking(name="Mona Weiss", email="mona@weiss.example", firm="Weiss AG", country="CH")
    await guests.ask(shown["event"].public_id, guest, "en")
    found["guest"] = await fetchval("SELECT public_id FROM event_guest")
    found["day"] = await _day(staff, denib, shown["event"])
    found |= await _announced(staff, shown["event"])
    found |= await _meeting(exporter, importer, people)
    return found


async def _events(staff: Caller, denib: Firm) -> tuple[dict[str, str], dict[str, EventShown]]:
    found, shown = {}, {}
    for name, changes in (
        ("event", {}),
        ("over", {}),
        ("mission", {"kind": "BUYING_MISSION"}),
        ("plan", {}),
    ):
        made = await service.create(staff, denib.public_id, content(**changes))
        if name in ("event", "over"):
            await service.publish(staff, made.public_id)
        elif name == "mission":
            await service.submit(staff, made.public_id)
        shown[name] = await queries.shown(made.id)
        found[name] = made.public_id
    found["event_address"] = f"denizli-home-textile-fair-{found['event']}"
    for use, kind, key in (("DOCUMENT", "application/pdf", "leaflet"), ("PICTURE", "image/png", "poster")):
        path = await store.put("messages", b"%PDF-1.7 a leaflet", "pdf")
        found[key] = await fetchval(
            """INSERT INTO event_file (public_id, event, use, name, content_type, path, size, sha256)
            VALUES ($1, $2, $3, 'leaflet.pdf', $4, $5, 18, $6) RETURNING public_id""",
            new_public_id(),
            shown["event"].id,
            use,
            kind,
            path,
            b"0" * 32,
        )
    return found, shown


async def _day(staff: Caller, denib: Firm, event: EventShown) -> str:
    assert event.content.starts_at is not None
    day = await days.create(
        staff,
        denib.public_id,
        Day(
            name="Meeting day",
            day=event.content.starts_at.date(),
            zone="Europe/Istanbul",
            hours=Hours(starts=time(11), ends=time(13), minutes=30),
            wishes_until=datetime.now(UTC) + timedelta(days=3),
        ),
        event.public_id,
    )
    await days.open_for_wishes(staff, day)
    return day


async def _announced(staff: Caller, event: EventShown) -> dict[str, str]:
    about = await announcing.announceable(staff, event.public_id)
    words = Words(language="en", subject="{event}", text="Would you like to come, {name}?")
    return {"news": await announcements.create(staff, about, "Invitation", [words])}


async def _meeting(exporter: Firm, importer: Firm, people: dict[str, int]) -> dict[str, str]:
    seller, buyer = await caller_of(people["owner"]), await caller_of(people["importer_owner"])
    start = (datetime.now(UTC) + timedelta(days=9)).replace(hour=9, minute=0, second=0, microsecond=0)
    wanted = direct.Wanted(
        times=(Span(start, start + timedelta(hours=1)),), zone="Europe/Berlin", topic="Towels for hotels"
    )
    found = {}
    for name in ("met", "meeting"):
        asked = await direct.ask(
            buyer, _in(buyer, importer), "ayse-havlu", wanted, f"doors-{name}-0123456789"
        )
        found[name] = asked.public_id
        if name == "met":
            await execute(
                """UPDATE meeting SET state = 'HELD', turn = NULL, starts_at = now() - interval '2 days',
                    ends_at = now() - interval '47 hours' WHERE public_id = $1""",
                asked.public_id,
            )
    found["came_of"] = outcomes.token(found["met"], "EXPORTER")
    found["agenda"] = f"{(await feed.rotate(seller)).removesuffix('.ics')}.ics"
    return found
