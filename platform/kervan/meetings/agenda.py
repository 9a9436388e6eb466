"""A firm's agenda: today first, then what comes day by day, then what waits for an answer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from kervan.accounts.callers import Membership
from kervan.calendars import zones
from kervan.db import fetch
from kervan.meetings import feed, queries
from kervan.meetings.structs import Row

_DAYS = """
SELECT d.public_id, d.name, d.day, d.zone, d.wishes_until, p.state, d.online, d.place
FROM day_participant p JOIN meeting_day d ON d.id = p.day
WHERE p.organisation = $1 AND d.state = 'OPEN' AND d.wishes_until > now() ORDER BY d.wishes_until, d.id
"""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the agenda: a meeting, or an event at which the firm is."""

    starts_at: datetime
    ends_at: datetime
    meeting: Row | None = None
    event: Mapping[str, Any] | None = None


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What there is on a day of the reader's clocks, whole days first, then by time."""

    day: date
    items: tuple[Item, ...]


class Agenda(msgspec.Struct, frozen=True, kw_only=True):
    """What a firm's page of meetings shows."""

    today: date
    now: tuple[Item, ...]
    """Of today, also what has begun before and is not over."""
    days: tuple[Day, ...]
    asked: tuple[Row, ...]
    """Waiting for an answer: for the reader's first."""
    wishes: Sequence[Mapping[str, Any]]
    """Meeting days that still take the firm's wishes."""


async def of_firm(membership: Membership, person: int, zone: str, language: str) -> Agenda:
    """The agenda of a firm on the clocks of a zone; `person` is who reads."""
    today = zones.day_of(datetime.now(UTC), zone)
    items = [
        Item(starts_at=row.starts_at, ends_at=row.ends_at, meeting=row)
        for row in await queries.coming(membership.organisation, person)
    ]
    items += [
        Item(starts_at=row["starts_at"], ends_at=row["ends_at"], event=dict(row))
        for row in await feed.events_of(membership.organisation, language)
    ]
    by_day: dict[date, list[Item]] = {}
    for item in sorted(items, key=_order):
        by_day.setdefault(max(today, _first_day(item, zone)), []).append(item)
    now = tuple(by_day.pop(today, ()))
    return Agenda(
        today=today,
        now=now,
        days=tuple(Day(day=day, items=tuple(found)) for day, found in sorted(by_day.items())),
        asked=tuple(await queries.asked(membership.organisation, person)),
        wishes=await fetch(_DAYS, membership.organisation),
    )


def _first_day(item: Item, zone: str) -> date:
    if item.event is not None and item.event["whole_days"]:
        # Whole days are days wherever the reader is.
        return zones.days_of(item.starts_at, item.ends_at, item.event["zone"])[0]
    return zones.day_of(item.starts_at, zone)


def _order(item: Item) -> tuple[bool, datetime]:
    return not (item.event is not None and item.event["whole_days"]), item.starts_at
