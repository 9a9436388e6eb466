"""Parts of tests about meetings: the world of inquiries, asking for a meeting, times on a half hour."""

from datetime import UTC, datetime, timedelta
from typing import Any

from asking import Side, World, ask
from people import make_member, make_person

from kervan.db import execute, fetch, fetchval
from kervan.meetings import access, direct
from kervan.meetings.access import Seat
from kervan.meetings.direct import Saved, Wanted
from kervan.meetings.times import Span

HALF = timedelta(minutes=30)
MEMBERS = ("Jonas Petersen", "Ayşe Yılmaz")
SECRETS = ("jonas.petersen@example.com", "ayse.yilmaz@example.com", "+49 40 555 0101", "+90 258 555 0202")
"""Contact data of the two who meet: nowhere before both agreed."""


def at(days: float = 3, hour: int = 10, minutes: int = 30) -> Span:
    """A time some days from now, on the hour (UTC)."""
    starts_at = (datetime.now(UTC) + timedelta(days=days)).replace(
        hour=hour, minute=0, second=0, microsecond=0
    )
    return Span(starts_at, starts_at + timedelta(minutes=minutes))


def wanted(**changes: Any) -> Wanted:
    """Half an hour in three days, or an hour later."""
    values: dict[str, Any] = {
        "times": (at(), at(hour=14)),
        "zone": "Europe/Berlin",
        "topic": "Towels for spring",
        "message": "We look for a partner for three years.",
        "language": "en",
    }
    return Wanted(**{**values, **changes})


async def give_phones(world: World) -> None:
    """Telephone numbers of both firms, and clocks of both people."""
    await execute("UPDATE importer SET phone = $2 WHERE id = $1", world.buyer.firm.entity, SECRETS[2])
    await execute("UPDATE exporter SET phone = $2 WHERE id = $1", world.ayse.firm.entity, SECRETS[3])
    await execute("UPDATE person SET time_zone = 'Europe/Berlin' WHERE id = $1", world.buyer.person)
    await execute("UPDATE person SET time_zone = 'Europe/Istanbul' WHERE id = $1", world.ayse.person)


async def asked(world: World, key: str = "k-1", **changes: Any) -> Saved:
    """The buyer asks Ayşe for a meeting."""
    return await direct.ask(world.buyer.caller, world.buyer.membership, "ayse-havlu", wanted(**changes), key)


async def known(world: World) -> None:
    """The two know each other by an inquiry."""
    await ask(world)


async def seat(side: Side, meeting: str) -> Seat:
    """A firm's place at a meeting, to act."""
    return await access.own(side.caller, side.org, meeting, act=True)


async def proposals(meeting: str) -> list[int]:
    """Ids of the times that are on offer, the first first."""
    rows = await fetch(
        """SELECT p.id FROM meeting_proposal p JOIN meeting m ON m.id = p.meeting WHERE m.public_id = $1
            AND p.round = (SELECT max(round) FROM meeting_proposal q WHERE q.meeting = m.id) ORDER BY p.starts_at""",
        meeting,
    )
    return [row["id"] for row in rows]


async def agreed(world: World, key: str = "k-1", **changes: Any) -> str:
    """A meeting that both agreed to; its public id."""
    made = await asked(world, key, **changes)
    await accept(world.ayse, made.public_id)
    return made.public_id


async def accept(who: Side, meeting: str, time: int | None = None) -> Saved:
    """A firm takes this time, or the first one that is on offer."""
    taken = (await proposals(meeting))[0] if time is None else time
    return await direct.accept(who.caller, await seat(who, meeting), taken)


async def propose(who: Side, meeting: str, *times: Span, zone: str = "UTC") -> Saved:
    """A firm proposes other times, by default one in eight days."""
    return await direct.propose(who.caller, await seat(who, meeting), times or (at(8),), zone=zone)


async def decline(who: Side, meeting: str, reason: str = "No time this year") -> Saved:
    """A firm says no."""
    return await direct.decline(who.caller, await seat(who, meeting), reason)


async def cancel(who: Side, meeting: str, reason: str = "Something came up") -> Saved:
    """A firm cancels what was agreed, or takes its ask back."""
    return await direct.cancel(who.caller, await seat(who, meeting), reason)


async def give_room(who: Side, meeting: str, url: str = "https://meet.example.org/x") -> Saved:
    """A firm says in which room on the net."""
    return await direct.give_room(who.caller, await seat(who, meeting), url)


async def state(meeting: str) -> str:
    found: str = await fetchval("SELECT state FROM meeting WHERE public_id = $1", meeting)
    return found


async def past(meeting: str, hours: int = 2) -> None:
    """Time passes: the meeting began some hours ago."""
    await execute(
        """UPDATE meeting SET starts_at = now() - make_interval(hours => $2),
            ends_at = now() - make_interval(hours => $2) + interval '30 minutes' WHERE public_id = $1""",
        meeting,
        hours,
    )


async def looker(side: Side, name: str = "Lale Bakan") -> int:
    """A colleague who may only look; person.id."""
    person = await make_person(name)
    await make_member(side.firm, person, "VIEWER")
    return person


async def together(world: World, *, wants: bool = True) -> str:
    """A coming event at which the buyer and Ayşe are; its public id."""
    event = await fetchval(
        """INSERT INTO trade_event (public_id, kind, organiser, organiser_kind, state, zone, starts_at, ends_at,
            published_at) VALUES ('e2e2e2e2e2e2', 'FAIR', $1, 'ASSOCIATION', 'PUBLISHED', 'Europe/Istanbul',
            now() + interval '5 days', now() + interval '6 days', now()) RETURNING id""",
        world.ayse.firm.id,
    )
    await execute(
        "INSERT INTO event_text (event, language, title) VALUES ($1, 'en', 'Home textile days')", event
    )
    for firm, side in ((world.ayse.firm.id, "EXPORTER"), (world.buyer.firm.id, "IMPORTER")):
        await execute(
            """INSERT INTO registration (public_id, event, organisation, side, state, wants_meetings)
            VALUES ($1, $2, $3, $4, 'CONFIRMED', $5)""",
            f"r{side[:2]}{firm:09}"[:12], event, firm, side, wants,
        )  # fmt: skip
    return "e2e2e2e2e2e2"
