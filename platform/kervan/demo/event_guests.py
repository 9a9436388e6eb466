"""Who comes to the demo's events: registrations, waiting lists, and one full meeting day with its agenda."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch, fetchval
from kervan.demo.cast import FIRMS, Cast
from kervan.demo.places import IMPORTERS, OWNERS
from kervan.errors import Conflict, Forbidden
from kervan.events.structs import Content
from kervan.meetings import day_access, day_queries, days, planning, wishes
from kervan.meetings.day_rules import Content as Day
from kervan.meetings.day_rules import Hours
from kervan.meetings.wishes import Times
from kervan.registrations import organising, service
from kervan.registrations.structs import Answer, PersonWanted, Wanted

ZONE = "Europe/Istanbul"
SEED = 20_6
_SPEAK = {"DE": ("de", "en"), "PL": ("pl",), "AE": ("ar",), "FR": ("fr", "en"), "NL": ("nl", "en")}
_LOOKS_FOR = (
    "Towels and bathrobes for hotels, 20,000 pieces a year",
    "New makers with certified cotton",
    "Small lots for twelve shops",
    "Tableware and kitchen goods for a spring catalogue",
)
_STILL_SILENT = 2
"""Of six importers the one that has not answered: whom a reminder reaches."""
_SHOWS = ("The new collection and our certificates", "What we make to order, with samples", "")


async def _people(cast: Cast) -> tuple[list[tuple[Caller, Membership]], list[tuple[Caller, Membership]]]:
    """Who acts for the exporters and importers of the demo."""
    sellers = [await cast.selling(slug) for slug in FIRMS]
    for owner, _ in OWNERS.values():
        caller = await cast.caller(owner)
        sellers.append((caller, caller.of_kind("EXPORTER")[0]))
    buyers = [
        (caller, await cast.buying(firm.owner))
        for firm in IMPORTERS
        if firm.standing != "SUSPENDED" and (caller := await cast.caller(firm.owner))
    ]
    return sellers, buyers


async def fill(cast: Cast, row: Mapping[str, Any], event: str, content: Content, organiser: Caller) -> None:
    """Registers firms of the demo whom an event (public id) concerns; where it is over they were there."""
    if content.registration != "PLATFORM" or row.get("stage"):
        return
    sellers, buyers = await _people(cast)
    made = list[str]()
    for number, (caller, membership) in enumerate([*sellers, *buyers]):
        if membership.kind == "IMPORTER" and number % 6 == _STILL_SILENT:
            continue
        if await _concerns(content, membership, number, everybody="meeting_day" in row or "full" in row):
            made += await _register(caller, membership, event, content, number)
    if content.reviewed and made:
        # The last ones still wait for the organiser's answer.
        await organising.decide_many(organiser, event, made if "meeting_day" in row else made[:-1], "confirm")


async def attend(event: str, organiser: Caller) -> None:
    """Those who were confirmed for an event that is over were there, but one in seven."""
    rows = await fetch(
        """SELECT r.public_id FROM registration r JOIN trade_event e ON e.id = r.event
        WHERE e.public_id = $1 AND r.state = 'CONFIRMED' ORDER BY r.id""",
        event,
    )
    there = [row["public_id"] for number, row in enumerate(rows) if number % 7 != 5]
    await organising.decide_many(organiser, event, there, "attend")
    await organising.decide_many(
        organiser, event, [row["public_id"] for row in rows if row["public_id"] not in there], "miss"
    )


async def _concerns(content: Content, membership: Membership, number: int, *, everybody: bool) -> bool:
    exporter = membership.kind == "EXPORTER"
    capacity = content.capacity_exporters if exporter else content.capacity_importers
    if capacity == 0:
        return False
    if not exporter and content.target_countries and membership.country not in content.target_countries:
        return False
    fits: bool = await fetchval(
        f"SELECT sectors && $2::varchar[] FROM {'exporter' if exporter else 'importer'} WHERE organisation = $1",
        membership.organisation,
        list(content.sectors),
    )
    return everybody or fits or (not content.sectors and number % 3 == 0)


async def _register(
    caller: Caller, membership: Membership, event: str, content: Content, number: int
) -> Sequence[str]:
    side = "EXPORTER" if membership.kind == "EXPORTER" else "IMPORTER"
    said = _SHOWS if side == "EXPORTER" else _LOOKS_FOR
    asked = await fetch(
        """SELECT q.id, q.kind FROM event_question q JOIN trade_event e ON e.id = q.event
        WHERE e.public_id = $1 AND q.side IN ($2, 'BOTH')""",
        event,
        side,
    )
    answers: dict[int, Answer] = {
        row["id"]: {"YES_NO": number % 2 == 0, "ONE_OF": number % 3}.get(row["kind"], "") for row in asked
    }
    wanted = Wanted(
        people=(PersonWanted(name=caller.name),),
        interest=said[number % len(said)],
        answers=answers,
        wants_meetings=content.kind != "TRAINING",
        agreed=True,
    )
    try:
        return [(await service.register(caller, membership.public_id, event, wanted)).public_id]
    except (Conflict, Forbidden):
        return []  # registered before, or not yet fit to register: both happen in real life too


async def meet(cast: Cast, event: str, content: Content, organiser: Caller, organisation: str) -> None:
    """A meeting day inside an event: wishes of all, an agenda by the planner, made known to everybody."""
    assert content.starts_at is not None
    first = date.fromisoformat(f"{content.starts_at.date()}")
    hours = Hours(starts=time(10), ends=time(17), minutes=25, pause=5, breaks=((time(13), time(14)),))
    day = await days.create(
        organiser,
        organisation,
        Day(
            name="Görüşme günü / Meeting day",
            day=first,
            zone=ZONE,
            hours=hours,
            wishes_until=datetime.now(UTC) + timedelta(days=1),
            tables=12,
            interpreters={"de": 1, "ar": 1, "pl": 1},
            most_meetings=10,
            place=content.venue,
        ),
        event,
    )
    await days.open_for_wishes(organiser, day)
    await _wish(cast, day)
    await planning.ask(organiser, day, seed=SEED)
    for row in await fetch("SELECT id FROM meeting_plan WHERE state = 'WAITING'"):
        await planning.carry_out(row["id"])
    await planning.publish(organiser, day)


async def _wish(cast: Cast, day: str) -> None:
    """Everybody says when and with whom, each in a way of its own; a few come in the afternoon only."""
    sellers, buyers = await _people(cast)
    desk: int = await fetchval("SELECT id FROM meeting_day WHERE public_id = $1", day)
    shown = await day_queries.shown(desk)
    there = {each.organisation: each for each in await day_queries.participants(desk)}
    every = tuple(slot.number for slot in shown.slots)
    for number, (caller, membership) in enumerate([*sellers, *buyers]):
        if membership.organisation not in there:
            continue
        mine = there[membership.organisation]
        others = [each.public_id for each in there.values() if each.side != mine.side]
        turned = others[number % len(others) :] + others[: number % len(others)]
        place = await day_access.invited(caller, membership.public_id, day, act=True)
        spoken = ("tr", "en") if mine.side == "EXPORTER" else _SPEAK.get(membership.country, ("en",))
        free = every[len(every) // 2 :] if number % 7 == 3 else every
        await wishes.save_times(caller, place, shown, Times(slots=free, languages=spoken))
        await wishes.save_wishes(place, turned[: 4 + number % 6])
