"""Who hears of a registration: mails with calendar entries, the bell, webhooks; moved and cancelled events."""

from datetime import timedelta
from typing import Any

import icalendar
import msgspec
from asking import Side
from attending import begins_in, buyers, give_up, state_of, take
from eventing import Fair, make_event
from people import mails

from kervan.db import execute, fetch, fetchval
from kervan.events import queries as events_now
from kervan.events import service as events
from kervan.events.structs import EventShown
from kervan.outbox import drain
from kervan.registrations import organising, queries, service
from kervan.registrations.handling import handlers, tell_moved


async def calendars(to: str) -> list[Any]:
    """The calendar files that went to an address, as (method, entry)."""
    found = []
    for mail in await mails(to):
        if calendar := mail["context"].get("calendar"):
            parsed = icalendar.Calendar.from_ical(calendar["text"])
            assert parsed["METHOD"] == calendar["method"]
            found.append((calendar["method"], next(iter(parsed.walk("VEVENT")))))
    return found


async def actions(to: str) -> list[str]:
    return [mail["context"]["action"] for mail in await mails(to) if mail["template"] == "registration_step"]


async def bells(person: int) -> list[str]:
    return [
        row["kind"]
        for row in await fetch("SELECT kind FROM notification WHERE person = $1 ORDER BY id", person)
    ]


async def moved(event: EventShown, by: Side, **changes: Any) -> None:
    """The organiser changes the event."""
    await events.change(by.caller, event.public_id, msgspec.structs.replace(event.content, **changes))


async def test_a_confirmed_firm_gets_tickets_and_an_entry_for_its_calendar(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    [mail] = await mails("jonas.petersen@example.com")
    assert mail["template"] == "registration_step"
    assert mail["context"]["action"] == "register"
    assert mail["context"]["go"] == f"/desk/{fair.jonas.org}/events/{made.public_id}"
    assert event.content.online_url == ""
    [(method, entry)] = await calendars("jonas.petersen@example.com")
    assert method == "REQUEST"
    assert entry["SUMMARY"] == "Denizli home textile fair"
    assert entry.start == event.content.starts_at
    assert "Fair hall" in entry["LOCATION"]
    assert str(entry["ATTENDEE"]).endswith("jonas.petersen@example.com")
    # Answers of calendar programs go to the platform, never to a person.
    assert "petersen" not in str(entry["ORGANIZER"])
    assert await bells(fair.jonas.person) == ["registration_step"]


async def test_cancelling_takes_the_entry_out_of_the_calendar(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    await give_up(fair.jonas, made)
    (first, asked), (second, gone) = await calendars("jonas.petersen@example.com")
    assert (first, second) == ("REQUEST", "CANCEL")
    assert asked["UID"] == gone["UID"]
    assert gone["SEQUENCE"] > asked["SEQUENCE"]
    assert gone["STATUS"] == "CANCELLED"


async def test_who_waits_has_no_entry_and_hears_every_step(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=1)
    [first] = await buyers(1)
    has = await take(first, event)
    waits = await take(fair.jonas, event)
    assert await calendars("jonas.petersen@example.com") == []
    await give_up(first, has)
    await service.answer_offer(fair.jonas.caller, fair.jonas.org, waits.public_id, True)
    assert await actions("jonas.petersen@example.com") == ["queue", "offer", "accept"]
    assert [method for method, _ in await calendars("jonas.petersen@example.com")] == ["REQUEST"]


async def test_a_moved_event_sends_new_entries_once(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=1)
    await take(fair.jonas, event)
    await take(fair.zoe, event)
    later = event.content.starts_at, event.content.ends_at
    assert later[0] is not None
    assert later[1] is not None
    await moved(
        event, fair.union, starts_at=later[0] + timedelta(days=1), ends_at=later[1] + timedelta(days=1)
    )
    await drain(handlers())
    (_, before), (method, after) = await calendars("jonas.petersen@example.com")
    assert method == "REQUEST"
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.start == later[0] + timedelta(days=1)
    # Who waits is told without an entry.
    assert await actions("zoe.frey@example.com") == ["queue", "moved"]
    assert await calendars("zoe.frey@example.com") == []
    # The worker may carry it out twice.
    assert await tell_moved(event.id) == 0
    assert len(await mails("jonas.petersen@example.com")) == 2
    # A second move is told again.
    fresh = await events_now.shown(event.id)
    await moved(fresh, fair.union, venue="Congress centre")
    await drain(handlers())
    assert len(await mails("jonas.petersen@example.com")) == 3


async def test_an_offer_ends_before_a_moved_event_begins(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=1)
    [first] = await buyers(1)
    has = await take(first, event)
    waits = await take(fair.jonas, event)
    await give_up(first, has)
    await begins_in(event, timedelta(hours=5))
    await tell_moved(event.id)
    start = await fetchval("SELECT starts_at FROM trade_event WHERE id = $1", event.id)
    assert (await queries.shown(waits.id)).offer_until == start


async def test_a_cancelled_event_ends_every_registration_with_its_reason(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=1)
    came, waits = await take(fair.jonas, event), await take(fair.zoe, event)
    exporter = await take(fair.ayse, event)
    own = await take(fair.can, event)
    await give_up(fair.can, own)
    await events.cancel(fair.union.caller, event.public_id, "The hall is flooded.")
    await drain(handlers())
    for one in (came, waits, exporter):
        shown = await queries.shown(one.id)
        assert (shown.state, shown.reason) == ("CANCELLED", "The hall is flooded.")
    (_, asked), (method, gone) = await calendars("jonas.petersen@example.com")
    assert method == "CANCEL"
    assert gone["SEQUENCE"] > asked["SEQUENCE"]
    assert await actions("zoe.frey@example.com") == ["queue", "call-off"]
    # Who had cancelled before hears no more of it.
    assert await actions("can.demir@example.com") == ["register", "cancel"]
    before = len(await mails())
    await drain(handlers())
    assert len(await mails()) == before


async def test_more_places_are_offered_by_the_worker(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=1)
    await take(fair.zoe, event)
    waits = await take(fair.jonas, event)
    await moved(event, fair.union, capacity_importers=5)
    await drain(handlers())
    assert await state_of(waits) == "OFFERED"


async def test_the_organiser_hears_once_a_day_of_what_waits(fair: Fair) -> None:
    event = await make_event(fair.union, reviewed=True)
    for firm in (fair.jonas, fair.zoe, fair.ayse):
        await take(firm, event)
    assert (await bells(fair.union.person)).count("registration_news") == 1
    assert (await bells(fair.colleague.person)).count("registration_news") == 1
    assert (await bells(fair.other_union.person)).count("registration_news") == 0


async def test_programs_of_the_firm_hear_by_webhook(fair: Fair) -> None:
    await execute(
        """INSERT INTO webhook (public_id, organisation, name, url, secret, events, created_by)
        VALUES ('hookhookhook', $1, 'ERP', 'https://erp.example.com', 'x', $2, $3)""",
        fair.jonas.firm.id,
        ["registration.confirmed", "registration.cancelled"],
        fair.jonas.person,
    )
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    await give_up(fair.jonas, made)
    rows = await fetch("SELECT event, event_id FROM webhook_delivery ORDER BY id")
    assert [(row["event"], row["event_id"]) for row in rows] == [
        ("registration.confirmed", f"{made.public_id}-1"),
        ("registration.cancelled", f"{made.public_id}-2"),
    ]


async def test_a_reason_with_line_breaks_and_markup_stays_a_reason(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    why = "First line.\nBEGIN:VEVENT <b>bold</b>"
    await organising.decide(fair.union.caller, event.public_id, made.public_id, "remove", reason=why)
    assert (await mails("jonas.petersen@example.com"))[-1]["context"]["reason"] == why
    assert len(await calendars("jonas.petersen@example.com")) == 2
