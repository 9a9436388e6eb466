"""Working days of other countries: their weekends and public holidays, for the clocks of trade posts there."""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from kervan.trade import time_zones

_LONGEST_CLOSED = 30
"""No country closes for so many days on end."""


def is_working_day(day: dt.date, country: str) -> bool:
    """Whether offices of the country work on this day, by the package `holidays`.

    For countries that it does not know: Monday to Friday.
    """
    known = _calendar(country, day.year)
    if known is None:
        return day.weekday() < 5
    working: bool = known.is_working_day(day)
    return working


def deadline(start: dt.datetime, days: int, country: str) -> dt.datetime:
    """When so many whole working days of the country have passed since `start`, in UTC.

    What comes in on a Friday at 10:00 is due after two days on Tuesday at 10:00; what comes in on a day off counts
    from the next morning, the beginning of the first working day.
    """
    zone = ZoneInfo(time_zones.of_country(country))
    now = start.astimezone(zone)
    left = dt.timedelta(days=days)
    for _ in range(_LONGEST_CLOSED + days * _LONGEST_CLOSED):
        midnight = dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), zone)
        if is_working_day(now.date(), country):
            if left <= midnight - now:
                return (now + left).astimezone(dt.UTC)
            left -= midnight - now
        now = midnight
    return now.astimezone(dt.UTC)


@lru_cache(maxsize=512)
def _calendar(country: str, year: int) -> holidays.HolidayBase | None:
    try:
        return holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return None
