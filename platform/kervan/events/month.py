"""A month as a calendar lays it out: weeks, events as runs over days, and how many more there are. Pure, no I/O."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec
from babel import Locale

from kervan.calendars.zones import days_of
from kervan.events.public_queries import Happening
from kervan.web import i18n

MOST = 4
"""Events shown of a day; the others are counted."""
_DAY = timedelta(days=1)


class Placed(msgspec.Struct, frozen=True):
    """An event with its first and its last day by the venue's clock."""

    event: Happening
    first: date
    last: date


class Run(msgspec.Struct, frozen=True):
    """An event in one week: over how many of its days, and whether it began before the week or goes on after it."""

    placed: Placed
    span: int
    begun: bool
    goes_on: bool


class Gap(msgspec.Struct, frozen=True):
    """Days of a week without an event in a line."""

    span: int


class Day(msgspec.Struct, frozen=True):
    """A day of the table: how many events touch it, and how many of them are not shown."""

    day: date
    inside: bool
    """Of the month itself, not of the one before or after."""
    count: int
    more: int


class Week(msgspec.Struct, frozen=True):
    """Seven days, and under them lines of runs and gaps, each seven days wide in all."""

    number: int
    """ISO 8601; weeks that begin on another day have the number of their Thursday."""
    days: tuple[Day, ...]
    lines: tuple[tuple[Run | Gap, ...], ...]


class Listed(msgspec.Struct, frozen=True):
    """A day of the list for phones: events that begin on it (on the first also those that had begun before)."""

    day: date
    placed: tuple[Placed, ...]
    more: int


def first_weekday(language: str) -> int:
    """The day on which weeks begin for readers of a language: 0 is Monday."""
    return int(Locale.parse(i18n.BY_CODE[language].locale, sep="_").first_week_day)


def grid(month: date, weekday: int) -> tuple[date, date]:
    """The first and the last day of the whole weeks that show a month; weeks begin on `weekday`, 0 is Monday."""
    first = month.replace(day=1)
    last = next_month(month) - _DAY
    return (
        first - timedelta(days=(first.weekday() - weekday) % 7),
        last + timedelta(days=(weekday - 1 - last.weekday()) % 7),
    )


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month: date) -> date:
    """The first day of the month before."""
    return (month.replace(day=1) - _DAY).replace(day=1)


def placed(events: Iterable[Happening]) -> list[Placed]:
    """Events with their days, by the first day, the longest first."""
    found = [Placed(event, *days_of(event.starts_at, event.ends_at, event.zone)) for event in events]
    return sorted(
        found, key=lambda one: (one.first, -(one.last - one.first).days, one.event.starts_at, one.event.id)
    )


def weeks(month: date, events: Sequence[Placed], weekday: int, most: int = MOST) -> tuple[Week, ...]:
    """The weeks of a month. `events` as `placed` gives them; of each day `most` are shown at most."""
    first, last = grid(month, weekday)
    return tuple(
        _week(first + timedelta(days=7 * n), month, events, most)
        for n in range(((last - first).days + 1) // 7)
    )


def _week(monday: date, month: date, events: Sequence[Placed], most: int) -> Week:
    """`monday` is the day on which the week begins, whichever that is."""
    sunday = monday + timedelta(days=6)
    lanes: list[list[Placed]] = []
    counts, more = [0] * 7, [0] * 7
    for one in events:
        if one.first > sunday or one.last < monday:
            continue
        touched = range((max(one.first, monday) - monday).days, (min(one.last, sunday) - monday).days + 1)
        for n in touched:
            counts[n] += 1
        lane = next((lane for lane in lanes if lane[-1].last < max(one.first, monday)), None)
        if lane is not None:
            lane.append(one)
        elif len(lanes) < most:
            lanes.append([one])
        else:
            for n in touched:
                more[n] += 1
    days = tuple(
        Day(
            day := monday + timedelta(days=n),
            (day.year, day.month) == (month.year, month.month),
            counts[n],
            more[n],
        )
        for n in range(7)
    )
    thursday = next(day.day for day in days if day.day.weekday() == 3)
    return Week(thursday.isocalendar().week, days, tuple(_line(lane, monday) for lane in lanes))


def _line(lane: Sequence[Placed], monday: date) -> tuple[Run | Gap, ...]:
    found: list[Run | Gap] = []
    reached = 0
    for one in lane:
        start, end = (one.first - monday).days, (one.last - monday).days
        if max(start, 0) > reached:
            found.append(Gap(max(start, 0) - reached))
        reached = min(end, 6) + 1
        found.append(Run(one, reached - max(start, 0), start < 0, end > 6))
    if reached < 7:
        found.append(Gap(7 - reached))
    return tuple(found)


def listed(month: date, events: Sequence[Placed], most: int = MOST) -> tuple[Listed, ...]:
    """The days of the month on which something begins, in order; of each day `most` events are listed at most."""
    first, last = month.replace(day=1), next_month(month) - _DAY
    by_day: dict[date, list[Placed]] = {}
    for one in events:
        if one.first <= last and one.last >= first:
            by_day.setdefault(max(one.first, first), []).append(one)
    return tuple(
        Listed(day, tuple(found[:most]), max(0, len(found) - most)) for day, found in sorted(by_day.items())
    )


def on(day: date, events: Sequence[Placed]) -> tuple[Placed, ...]:
    """Every event that touches a day."""
    return tuple(one for one in events if one.first <= day <= one.last)
