"""From what stands on a clock in some zone to a moment, and back; the zones to choose from."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location

from kervan.trade import time_zones
from kervan.trade.errors import N_, TradeError, ascii_digits, shown
from kervan.web import i18n
from kervan_search.text import fold

FIRST_YEAR, LAST_YEAR = 2000, 2100

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])(?:[:.]?([0-5][0-9]))?")
_DAY = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})")
_DAY_FIRST = re.compile(r"(?P<d>[0-9]{1,2})[./](?P<m>[0-9]{1,2})[./](?P<y>[0-9]{4})")
_GROUPS = {
    "Africa": N_("Africa"),
    "America": N_("America"),
    "Antarctica": N_("Antarctica"),
    "Arctic": N_("Arctic"),
    "Asia": N_("Asia"),
    "Atlantic": N_("Atlantic Ocean"),
    "Australia": N_("Australia"),
    "Europe": N_("Europe"),
    "Indian": N_("Indian Ocean"),
    "Pacific": N_("Pacific Ocean"),
}


def known(zone: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        time_zones.zone(zone)
    except TradeError:
        return False
    return True


def clock_of(zone: str) -> ZoneInfo:
    """The zone's clock. Raises TradeError for a zone that is none."""
    return ZoneInfo(time_zones.zone(zone))


def moment(day: date, clock: time, zone: str) -> datetime:
    """When a clock in the zone shows that time on that day, in UTC.

    Where the clocks go back it is the first of the two times (`ambiguous` tells). Raises TradeError, a sentence for
    the field, for a time that the clocks skip, a year out of bounds and a zone that is none.
    """
    _within_bounds(day)
    return _moment(day, clock, zone)


def _within_bounds(day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise TradeError(
            N_("Choose a day from {first} to {last}."),
            first=date(FIRST_YEAR, 1, 1),
            last=date(LAST_YEAR, 12, 31),
        )


def _moment(day: date, clock: time, zone: str) -> datetime:
    wall = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    there = clock_of(zone)
    found = wall.replace(tzinfo=there).astimezone(UTC)
    if found.astimezone(there).replace(tzinfo=None, fold=0) != wall:
        raise TradeError(
            N_("On {day} the clocks in {zone} go forward: {time} does not exist. Choose another time."),
            day=day,
            zone=there.key,
            time=f"{clock:%H:%M}",
        )
    return found


def ambiguous(day: date, clock: time, zone: str) -> bool:
    """Whether a clock in the zone shows that time twice on that day, because it is put back."""
    wall = datetime.combine(day, clock.replace(tzinfo=None, fold=0), tzinfo=clock_of(zone))
    before, after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    return before > after


def local(moment: datetime, zone: str) -> datetime:
    """The moment as clocks in the zone show it."""
    return moment.astimezone(clock_of(zone))


def day_of(moment: datetime, zone: str) -> date:
    """The day that it is in the zone at the moment."""
    return local(moment, zone).date()


def whole_days(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """Whole days as moments in UTC: the first instant of the first day, and that of the day after the last.

    Not always midnight: where the clocks go forward at midnight the day begins later. Raises TradeError when the last
    day is before the first or one is out of bounds.
    """
    if last < first:
        raise TradeError(N_("The last day is before the first."))
    _within_bounds(first)
    _within_bounds(last)
    return _first_instant(first, zone), _first_instant(last + timedelta(days=1), zone)


def _first_instant(day: date, zone: str) -> datetime:
    try:
        return _moment(day, time(), zone)
    except TradeError:
        # A skipped midnight, read with the offset that held before, is as far behind the change as it is skipped.
        found = datetime.combine(day, time(), tzinfo=clock_of(zone)).astimezone(UTC)
        if day_of(found, zone) != day:
            raise
        while day_of(found - timedelta(minutes=1), zone) == day:
            found -= timedelta(minutes=1)
        return found


def days_of(starts_at: datetime, ends_at: datetime, zone: str) -> tuple[date, date]:
    """The first and the last day that a span touches in the zone; its end is exclusive."""
    first = day_of(starts_at, zone)
    return first, max(first, day_of(ends_at - timedelta(microseconds=1), zone))


def parse_time(text: str) -> time:
    """A time of day as people type it: 9:05, 09.05, 0905 or 9. Raises TradeError."""
    typed = ascii_digits(text.strip())
    found = _CLOCK.fullmatch(typed) if len(typed) <= 8 else None
    # Three digits can be read in two ways.
    if found is None or (typed.isdigit() and len(typed) == 3):
        raise TradeError(N_("{text} is not a time of day; write it as 09:30."), text=shown(text))
    return time(int(found[1]), int(found[2] or 0))


def parse_day(text: str) -> date:
    """A day as date inputs send it (2028-02-29) or with the day first (29.02.2028). Raises TradeError."""
    typed = ascii_digits(text.strip())
    found = (_DAY.fullmatch(typed) or _DAY_FIRST.fullmatch(typed)) if len(typed) <= 10 else None
    if found is None:
        raise TradeError(N_("{text} is not a day; write it as 2026-11-22."), text=shown(text))
    year, month, day = (int(found[part]) for part in "ymd")
    if (month, day) == (2, 29) and not _is_leap(year):
        raise TradeError(N_("{year} has no 29 February."), year=year)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise TradeError(N_("There is no such day: {text}."), text=shown(text)) from error


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def offset(zone: str, at: datetime | None = None) -> str:
    """How far the zone's clocks are from UTC, now or at a moment: UTC+3, UTC−3:30."""
    ahead = local(at or datetime.now(UTC), zone).utcoffset()
    assert ahead is not None
    minutes = round(ahead.total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"


@lru_cache(maxsize=2048)
def city(zone: str, language: str) -> str:
    """The city that a zone is called after, in the language: Istanbul, İstanbul. UTC is itself."""
    name = clock_of(zone).key
    found = get_timezone_location(name, locale=i18n.BY_CODE[language].locale, return_city=True)
    # Cities that CLDR calls as the zone does come with their region: Argentina/Buenos Aires.
    return found.rpartition("/")[2] or name


def choices(
    language: str, also: str = "", now: datetime | None = None
) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """The zones for a <select>, by continent: (continent, [(zone, "Berlin (UTC+1)"), ...]), offsets as of now.

    `also` is a present value: it is among them even when it is a former name (Asia/Calcutta).
    """
    now = now or datetime.now(UTC)
    names = [*time_zones.listed()]
    if also and known(also) and (also := time_zones.zone(also)) not in names:
        names.append(also)
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        region = _GROUPS.get(name.partition("/")[0], N_("Everywhere"))
        label = city(name, language)
        ahead = offset(name, now)
        groups.setdefault(i18n.gettext(language, region), []).append(
            (name, label if label == ahead else f"{label} ({ahead})")
        )
    return [
        (group, sorted(zones, key=lambda zone: fold(zone[1])))
        for group, zones in sorted(groups.items(), key=lambda group: fold(group[0]))
    ]


def countries(zone: str) -> Sequence[str]:
    """ISO codes of the countries whose clocks the zone is, by tzdata; none for UTC and former names."""
    return time_zones.countries_of(time_zones.zone(zone))
