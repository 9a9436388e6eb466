"""Small makers of registrations for tests: a firm's wish, firms by the dozen, an event that runs now."""

from datetime import UTC, datetime, timedelta
from typing import Any

from asking import Side, side
from eventing import shift
from people import make_importer

from kervan.db import fetch, fetchval
from kervan.events.structs import EventShown
from kervan.registrations import queries, service
from kervan.registrations.structs import PersonWanted, Registered, RegistrationShown, Wanted


def wanted(*people: str, **more: Any) -> Wanted:
    """A whole wish of a firm to come, by default for Jonas Petersen."""
    named = tuple(PersonWanted(name=name) for name in people) or (
        PersonWanted(name="Jonas Petersen", job="Buyer"),
    )
    return Wanted(**{"people": named, "agreed": True, **more})


async def take(firm: Side, event: EventShown, *people: str, **more: Any) -> Registered:
    """Registers the firm."""
    return await service.register(firm.caller, firm.org, event.public_id, wanted(*people, **more))


async def give_up(firm: Side, made: Registered | RegistrationShown) -> None:
    """The firm cancels its registration."""
    await service.cancel(firm.caller, firm.org, made.public_id)


async def state_of(made: Registered | RegistrationShown) -> str:
    """Of a registration, now."""
    return (await queries.shown(made.id)).state


async def states_of(event: EventShown) -> dict[str, str]:
    """States of an event's registrations by the names of the firms."""
    rows = await fetch(
        """SELECT o.name, r.state FROM registration r JOIN organisation o ON o.id = r.organisation
        WHERE r.event = $1""",
        event.id,
    )
    return {row["name"]: row["state"] for row in rows}


async def buyers(count: int) -> list[Side]:
    """Verified importers in Germany, with an owner each."""
    return [
        await side(
            await make_importer(f"Kontor {n} GmbH", standing="VERIFIED"),
            f"Buyer {chr(97 + n % 26)}{chr(97 + n // 26)}",
            "OWNER",
        )
        for n in range(count)
    ]


async def begins_in(event: EventShown, ahead: timedelta) -> None:
    """Moves an event so that it begins in so much time, without telling anybody."""
    start = await fetchval("SELECT starts_at FROM trade_event WHERE id = $1", event.id)
    await shift(event, datetime.now(UTC) + ahead - start)
