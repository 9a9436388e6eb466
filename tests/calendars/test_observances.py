"""What a calendar says of a zone's clocks is what the zone does, read by two programs that did not write it."""

import io
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from calendaring import entry, lines
from dateutil.tz import tzical
from icalendar import Calendar

from kervan.calendars.ics import calendar
from kervan.calendars.observances import timezone

FROM, TO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Johannesburg", "Africa/Juba", "Africa/Lagos",
    "America/Asuncion", "America/Bogota", "America/Chicago", "America/Ciudad_Juarez", "America/Havana",
    "America/Mexico_City", "America/New_York", "America/Nuuk", "America/Santiago", "America/Sao_Paulo",
    "America/Scoresbysund", "America/St_Johns", "Antarctica/Troll", "Antarctica/Casey", "Asia/Almaty", "Asia/Amman",
    "Asia/Beirut", "Asia/Damascus", "Asia/Dubai", "Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata",
    "Asia/Shanghai", "Asia/Tehran", "Asia/Tokyo", "Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe",
    "Europe/Berlin", "Europe/Chisinau", "Europe/Dublin", "Europe/Istanbul", "Europe/London", "Europe/Moscow",
    "Europe/Volgograd", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter", "Pacific/Fiji",
    "Pacific/Norfolk", "UTC",
)  # fmt: skip


@cache
def transitions(zone: str) -> tuple[datetime, ...]:
    """When the zone's clocks are changed in the years in question, by stepping through them."""
    return tuple(_stepping(ZoneInfo(zone)))


def _stepping(clock: ZoneInfo) -> Iterator[datetime]:
    at, step = FROM, timedelta(hours=6)
    while at < TO:
        before, after = (moment.astimezone(clock).utcoffset() for moment in (at, at + step))
        if before != after:
            for minute in range(361):
                if (at + timedelta(minutes=minute)).astimezone(clock).utcoffset() == after:
                    yield at + timedelta(minutes=minute)
                    break
        at += step


def told(zone: str) -> bytes:
    """A calendar that needs the zone from the first to the last of the years."""
    events = [
        entry(zone=zone, starts_at=at, ends_at=at)
        for at in (FROM + timedelta(days=1), TO - timedelta(days=1))
    ]
    return calendar(events)


@pytest.mark.parametrize("zone", ZONES[:-1])
def test_the_changes_are_those_of_the_zone(zone: str) -> None:
    """icalendar makes a list of moments and offsets of it."""
    [found] = Calendar.from_ical(told(zone)).timezones
    times, kinds = found.get_transitions()
    listed = {
        moment.replace(tzinfo=UTC): kind[0] for moment, kind in zip(times, kinds, strict=True)
        if FROM <= moment.replace(tzinfo=UTC) < TO
    }  # fmt: skip
    clock = ZoneInfo(zone)
    assert {at: offset for at, offset in listed.items() if at in transitions(zone)} == {
        at: at.astimezone(clock).utcoffset() for at in transitions(zone)
    }
    for at, offset in listed.items():
        # A new name for the same clock is a change too.
        assert offset == at.astimezone(clock).utcoffset(), at


@pytest.mark.parametrize("zone", ZONES[:-1])
def test_a_clock_made_of_it_goes_as_the_zones_own(zone: str) -> None:
    """dateutil makes a clock of it, and knows nothing of the zone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        clock = tzical(io.StringIO(told(zone).decode())).get(zone)
    own = ZoneInfo(zone)
    near = [at + timedelta(hours=hours) for at in transitions(zone) for hours in (-30, -4, 4, 30)]
    days = [FROM + timedelta(days=n, hours=5 * n % 24) for n in range(1, (TO - FROM).days, 9)]
    for moment in near + days:
        wall = moment.astimezone(own).replace(tzinfo=None)
        if FROM < moment < TO:
            assert wall.replace(tzinfo=clock).utcoffset() == moment.astimezone(own).utcoffset(), wall


def test_most_zones_are_a_rule_for_summer_and_one_for_winter() -> None:
    found = lines(calendar([entry(zone="America/New_York")]))
    inside = found[found.index(("BEGIN", "VTIMEZONE")) : found.index(("END", "VTIMEZONE"))]
    assert [
        line for line in inside if line[0] in ("BEGIN", "RRULE", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO")
    ] == [
        ("BEGIN", "VTIMEZONE"),
        ("BEGIN", "DAYLIGHT"),
        ("DTSTART", "20250309T020000"),
        ("RRULE", "FREQ=YEARLY;BYDAY=2SU;BYMONTH=3"),
        ("TZOFFSETFROM", "-0500"),
        ("TZOFFSETTO", "-0400"),
        ("BEGIN", "STANDARD"),
        ("DTSTART", "20251102T020000"),
        ("RRULE", "FREQ=YEARLY;BYDAY=1SU;BYMONTH=11"),
        ("TZOFFSETFROM", "-0400"),
        ("TZOFFSETTO", "-0500"),
    ]


@pytest.mark.parametrize("zone", ZONES[:-1])
@pytest.mark.parametrize("year", [2016, 2022, 2027])
def test_every_zone_has_a_standard_time_that_begins_before_the_entry(zone: str, year: int) -> None:
    found = timezone(zone, year, year)
    assert found.standard
    starts = min(part["DTSTART"].dt for part in (*found.standard, *found.daylight))
    assert starts <= datetime(year, 1, 1)


def test_ireland_saves_daylight_in_summer() -> None:
    """By its law it saves in winter; programs are told as of everybody else."""
    [summer] = timezone("Europe/Dublin", 2026, 2026).daylight
    assert summer["TZOFFSETTO"].td == timedelta(hours=1)
