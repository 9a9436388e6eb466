"""What calendar programs are told of a zone's clocks (VTIMEZONE, RFC 5545 3.6.5), worked out from the zone itself.

A change that comes every year by the same rule is written as a rule without end, as programs know it from each
other; all other changes of the years in question are told one by one. So a zone that changes like most has two parts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_AHEAD = 28
"""Years behind the last one in question through which a rule has to hold: every weekday has met every date then."""
_LEAST = 8
"""Times that a change has come by a rule, so that it may be called one."""
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class _Change(msgspec.Struct, frozen=True):
    """From `at` (UTC) on clocks stand `after` ahead of UTC, and stood `before` until then."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    saving: timedelta

    @property
    def onset(self) -> datetime:
        """What the clocks that are about to be changed show: how VTIMEZONE names the moment."""
        return (self.at + self.before).replace(tzinfo=None)


@lru_cache(maxsize=512)
def timezone(zone: str, first: int, last: int) -> Timezone:
    """The VTIMEZONE of a zone, right for every moment of the years `first` to `last`.

    The component is shared: do not change it.
    """
    starts, ends = datetime(first - 1, 1, 1, tzinfo=UTC), datetime(last + 2, 1, 1, tzinfo=UTC)
    changes = list(_changes(ZoneInfo(zone), starts, ends + _AHEAD * 366 * _DAY))
    near = [change for change in changes if change.at < ends]
    if not near or near[0].at >= datetime(first, 1, 1, tzinfo=UTC) - _DAY:
        near.insert(0, _as_it_was(ZoneInfo(zone), starts))
    found = Timezone()
    found.add("TZID", zone)
    least = min(change.saving for change in near)
    for kind, alike in _by_kind(near).items():
        later = [change for change in _by_kind(changes).get(kind, ()) if change.at >= alike[0].at]
        for onset, more in _parts(alike, later, last + 2 + _AHEAD):
            # Ireland saves in winter, by its law; programs want the later clock to be called daylight saving.
            part = TimezoneDaylight() if alike[0].saving > least else TimezoneStandard()
            part.add("DTSTART", onset)
            part.add("TZOFFSETFROM", alike[0].before)
            part.add("TZOFFSETTO", alike[0].after)
            part.add("TZNAME", alike[0].name)
            for name, value in more.items():
                part.add(name, value)
            found.add_component(part)
    return found


def _as_it_was(clock: ZoneInfo, at: datetime) -> _Change:
    there = at.astimezone(clock)
    offset = there.utcoffset() or timedelta()
    return _Change(at, offset, offset, there.tzname() or clock.key, there.dst() or timedelta())


def _changes(clock: ZoneInfo, starts: datetime, ends: datetime) -> Iterator[_Change]:
    """Every change of offset or name between two moments, to the second. No zone changes twice within a day."""
    before, at = _as_it_was(clock, starts), starts
    while at < ends:
        at += _DAY
        if _state(clock, at) != (before.after, before.name):
            low, high = at - _DAY, at
            while high - low > _SECOND:
                middle = low + ((high - low) / _SECOND // 2) * _SECOND
                if _state(clock, middle) == (before.after, before.name):
                    low = middle
                else:
                    high = middle
            there = _as_it_was(clock, high)
            before = _Change(high, before.after, there.after, there.name, there.saving)
            yield before


def _state(clock: ZoneInfo, at: datetime) -> tuple[timedelta | None, str | None]:
    there = at.astimezone(clock)
    return there.utcoffset(), there.tzname()


def _by_kind(changes: Sequence[_Change]) -> Mapping[Any, list[_Change]]:
    found: dict[Any, list[_Change]] = defaultdict(list)
    for change in changes:
        found[change.before, change.after, change.name, change.saving].append(change)
    return found


def _parts(
    near: Sequence[_Change], all_of_them: Sequence[_Change], horizon: int
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Onset and rule of each part that says when changes of one kind come.

    `near` are those that must be told, `all_of_them` those up to the year `horizon` as well.
    """
    rule, since = _rule([change.onset for change in all_of_them], horizon)
    # One part each: programs that misread or do not know RDATE are more than those that mind the length.
    yield from ((change.onset, {}) for change in near if change.onset < since)
    if rule is not None:
        yield since, {"RRULE": rule}


def _rule(onsets: Sequence[datetime], horizon: int) -> tuple[dict[str, Any] | None, datetime]:
    """The yearly rule by which the last onsets come, and the first that it holds for."""
    if onsets and onsets[-1].year >= horizon - 2:
        for first in range(len(onsets) - _LEAST):
            if (rule := _common(onsets[first:])) is not None:
                return rule, onsets[first]
    return None, datetime.max


def _common(onsets: Sequence[datetime]) -> dict[str, Any] | None:
    """RRULE of onsets that come once in each year, in the same month, at the same time, on the same weekday."""
    one = onsets[0]
    years = [onset.year for onset in onsets]
    if years != list(range(years[0], years[0] + len(years))):
        return None
    if any((on.month, on.weekday(), on.time()) != (one.month, one.weekday(), one.time()) for on in onsets):
        return None
    rule = {"FREQ": "YEARLY", "BYMONTH": one.month}
    weekday = _WEEKDAYS[one.weekday()]
    if all((onset.date() + 7 * _DAY).month != one.month for onset in onsets):
        return rule | {"BYDAY": f"-1{weekday}"}
    if len(weeks := {(onset.day - 1) // 7 for onset in onsets}) == 1:
        return rule | {"BYDAY": f"{weeks.pop() + 1}{weekday}"}
    earliest, latest = min(onset.day for onset in onsets), max(onset.day for onset in onsets)
    if latest - earliest == 6:
        return rule | {"BYDAY": weekday, "BYMONTHDAY": list(range(earliest, latest + 1))}
    return None
