"""Quiet hours: nobody is written to at night, by the clock of the recipient's own zone or of the firm's country."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from kervan.policies import book
from kervan.trade import countries, law, time_zones


class Night(msgspec.Struct, frozen=True):
    """From which hour on, and until which hour, nothing is mailed. Equal hours: no night at all."""

    begins: int
    ends: int


async def night(now: datetime) -> Night:
    """The quiet hours by the law book: figures QUIET_FROM and QUIET_UNTIL."""
    found, today = await book.refresh(), law.day_of(now)
    return Night(found.figure("QUIET_FROM", today), found.figure("QUIET_UNTIL", today))


async def most_a_month(now: datetime) -> int:
    """How many announcements one person gets within 30 days at most: figure EVENT_MAILS_MONTH."""
    found = await book.refresh()
    return found.figure("EVENT_MAILS_MONTH", law.day_of(now))


@lru_cache(maxsize=1024)
def _clock(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(time_zones.UTC)


def zone_of(own: str, country: str) -> str:
    """The zone of a person: the one they set, else that of their firm's country."""
    return own or (time_zones.of_country(country) if countries.is_country(country) else time_zones.UTC)


def due(zone: str, now: datetime, hours: Night) -> datetime:
    """The first moment from now on at which the clocks of the zone show no quiet hour; UTC.

    By the clock, also on days on which it is put forward or back.
    """
    local = now.astimezone(_clock(zone))
    if not is_quiet(local.hour, hours):
        return now
    # An evening waits for the next day's morning, an early morning for its own.
    day = local.date() + timedelta(days=1 if local.hour >= hours.ends else 0)
    wall = datetime.combine(day, time(hours.ends % 24), tzinfo=local.tzinfo)
    return max(now, wall.astimezone(UTC))


def is_quiet(hour: int, hours: Night) -> bool:
    """Whether this hour of the day (0 to 23) is quiet."""
    if hours.begins == hours.ends:
        return False
    if hours.begins < hours.ends:
        return hours.begins <= hour < hours.ends
    return hour >= hours.begins or hour < hours.ends


def by_zone(now: datetime, hours: Night) -> dict[str, datetime]:
    """`due` of every zone that a person can have."""
    return {name: due(name, now, hours) for name in time_zones.listed()}


def by_country(now: datetime, hours: Night) -> dict[str, datetime]:
    """`due` of every country by its main zone."""
    return {code: due(zone_of("", code), now, hours) for code in countries.country_codes()}
