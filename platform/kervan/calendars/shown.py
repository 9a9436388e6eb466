"""Times as a reader sees them: on the clocks of the place where something is, and on the reader's own beside it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from typing import Any

import msgspec
from babel.dates import format_date, format_interval

from kervan.calendars.zones import city, days_of, local
from kervan.trade.errors import N_
from kervan.web import i18n

OWN = N_("{times} your time")
_KEPT = 8192


class Times(msgspec.Struct, frozen=True):
    """A span or a moment in words.

    `first` and `last` are what stands before and after the dash (`last` is '' without one), `place` the city whose
    clocks are meant ('' for whole days), `own` the same on the reader's clocks, None where those show nothing else.
    `starts` and `ends` are for the datetime attribute.
    """

    first: str
    last: str
    place: str
    own: str | None
    starts: str
    ends: str = ""

    @property
    def here(self) -> str:
        """The venue's side in one line."""
        times = f"{self.first} – {self.last}" if self.last else self.first
        return f"{times} ({self.place})" if self.place else times


def span(
    language: str,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
    whole_days: bool = False,
    own: str | None = None,
) -> Times:
    """From when to when: 12 Mar 2026, 09:30 – 17:00 (Istanbul). `own` is the reader's zone, None when unknown.

    Whole days (by zones.whole_days) are days wherever the reader is.
    """
    if whole_days:
        first, last = days_of(starts_at, ends_at, zone)
        return Times(_days(language, first, last), "", "", None, first.isoformat(), last.isoformat())
    there = local(starts_at, zone), local(ends_at, zone)
    start, end = _span(language, *there)
    beside = None
    if own is not None:
        here = local(starts_at, own), local(ends_at, own)
        if _wall(here) != _wall(there):
            beside = _beside(language, here, there)
    return Times(start, end, city(zone, language), beside, _iso(starts_at), _iso(ends_at))


def at(language: str, moment: datetime, zone: str, own: str | None = None) -> Times:
    """One moment: 12 Mar 2026, 09:30 (Istanbul). `own` is the reader's zone, None when unknown."""
    there = local(moment, zone)
    beside = None
    if own is not None and _wall((here := local(moment, own),)) != _wall((there,)):
        beside = f"{here:%H:%M}" if here.date() == there.date() else _moment(language, here)
    return Times(_moment(language, there), "", city(zone, language), beside, _iso(moment))


def span_text(
    language: str,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
    whole_days: bool = False,
    own: str | None = None,
) -> str:
    """The span in one line, for mails and sentences; the reader's own times behind a comma."""
    return _text(language, span(language, starts_at, ends_at, zone, whole_days, own))


def at_text(language: str, moment: datetime, zone: str, own: str | None = None) -> str:
    """The moment in one line, for mails and sentences; the reader's own time behind a comma."""
    return _text(language, at(language, moment, zone, own))


def _text(language: str, times: Times) -> str:
    if times.own is None:
        return times.here
    return f"{times.here}, {i18n.translate(language, OWN, times=times.own)}"


def _span(language: str, starts: datetime, ends: datetime) -> tuple[str, str]:
    end = f"{ends:%H:%M}" if ends.date() == starts.date() else _moment(language, ends)
    return _moment(language, starts), end


def _beside(language: str, here: tuple[datetime, datetime], there: tuple[datetime, datetime]) -> str:
    """The reader's times without a day where it is the venue's."""
    days = {moment.date() for moment in (*here, *there)}
    first = f"{here[0]:%H:%M}" if len(days) == 1 else _moment(language, here[0])
    return f"{first} – {_span(language, *here)[1]}"


def _wall(moments: tuple[datetime, ...]) -> list[datetime]:
    return [moment.replace(tzinfo=None) for moment in moments]


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _moment(language: str, moment: datetime) -> str:
    return f"{_day(language, moment.date())}, {moment:%H:%M}"


@lru_cache(maxsize=_KEPT)
def _day(language: str, day: date) -> str:
    return format_date(day, "d MMM y", locale=i18n.BY_CODE[language].locale)


@lru_cache(maxsize=_KEPT)
def _days(language: str, first: date, last: date) -> str:
    if first == last:
        return _day(language, first)
    return str(format_interval(first, last, "yMMMd", locale=i18n.BY_CODE[language].locale))


def filters(language: str) -> dict[str, Callable[..., Any]]:
    """For templates, bound to the language; _times.html shows the first two."""
    named: dict[str, Callable[..., Any]] = {
        "span_times": span,
        "at_times": at,
        "span_text": span_text,
        "at_text": at_text,
    }
    return {name: partial(function, language) for name, function in named.items()}
