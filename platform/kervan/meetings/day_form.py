"""The form of a meeting day: what was typed as content, and stored content as what was typed."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from kervan.calendars import zones
from kervan.errors import Invalid, KervanError
from kervan.events.structs import EventShown
from kervan.meetings import day_rules
from kervan.meetings.day_rules import Content, Hours
from kervan.meetings.day_structs import DayShown
from kervan.trade import languages
from kervan.trade.errors import N_, TradeError
from kervan.web.forms import Form

MOST_ROWS = day_rules.MOST_BREAKS
"""Rows for breaks and for interpreters."""
_ALSO = {"zone": "starts", "interpreters": "interpreter_1"}
_HALF = N_("Fill in both fields of this row, or neither.")


def read(form: Form, kept: DayShown | None = None) -> Content | None:
    """What was typed; None when a field was refused. Of a day that firms were asked about, day and slots are `kept`."""
    name = form.text("name", longest=day_rules.LONGEST_NAME)
    place = form.text("place", required=False, longest=day_rules.LONGEST_PLACE)
    until_day = form.parsed("wishes_until_day", zones.parse_day)
    until_time = form.parsed("wishes_until_time", zones.parse_time)
    tables = form.whole("tables", low=1, high=day_rules.MOST_TABLES, required=False)
    most = form.whole("most_meetings", low=1, high=day_rules.MOST_SLOTS)
    interpreters = _interpreters(form)
    zone = kept.zone if kept else form.value("zone")
    if kept is None and not zones.known(zone):
        form.refuse("zone", N_("Please choose one."))
    day = kept.day if kept else form.parsed("day", zones.parse_day)
    hours = day_rules.hours_of(_spans(kept), kept.zone) if kept else _hours(form)
    until = None
    if until_day and until_time and zones.known(zone):
        try:
            until = zones.moment(until_day, until_time, zone)
        except TradeError as error:
            form.refuse("wishes_until_day", error)
    if not form.ok or day is None or hours is None or until is None or most is None:
        return None
    return Content(
        name=name,
        day=day,
        zone=zone,
        hours=hours,
        wishes_until=until,
        tables=tables,
        interpreters=interpreters,
        most_meetings=most,
        online=form.ticked("online"),
        place=place,
    )


def _hours(form: Form) -> Hours | None:
    starts = form.parsed("starts", zones.parse_time)
    ends = form.parsed("ends", zones.parse_time)
    minutes = form.whole("minutes", low=day_rules.SHORTEST_SLOT, high=day_rules.LONGEST_SLOT)
    pause = form.whole("pause", low=0, high=day_rules.LONGEST_PAUSE, required=False)
    breaks: list[tuple[time, time]] = []
    for row in range(1, MOST_ROWS + 1):
        first = form.parsed(f"break_from_{row}", zones.parse_time, required=False)
        last = form.parsed(f"break_until_{row}", zones.parse_time, required=False)
        if first is not None and last is not None:
            breaks.append((first, last))
        elif form.value(f"break_from_{row}").strip() or form.value(f"break_until_{row}").strip():
            form.refuse(f"break_until_{row}", _HALF)
    if starts is None or ends is None or minutes is None:
        return None
    return Hours(starts=starts, ends=ends, minutes=minutes, pause=pause or 0, breaks=tuple(breaks))


def _interpreters(form: Form) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in range(1, MOST_ROWS + 1):
        language = form.choice(f"interpreter_{row}", languages.LANGUAGES, required=False)
        count = form.whole(f"interpreters_{row}", low=1, high=day_rules.MOST_INTERPRETERS, required=False)
        if language and count:
            found[language] = found.get(language, 0) + count
        elif form.value(f"interpreter_{row}") or form.value(f"interpreters_{row}").strip():
            form.refuse(f"interpreters_{row}", _HALF)
    return found


def rows(form: Form) -> dict[str, int]:
    """How many rows the form shows for breaks and for interpreters: those that are filled, and one or two more."""
    return {
        name: min(
            MOST_ROWS,
            max(2, 1 + max((n for n in range(1, MOST_ROWS + 1) if form.value(f"{field}_{n}")), default=0)),
        )
        for name, field in (("breaks", "break_from"), ("interpreters", "interpreter"))
    }


def take(form: Form, error: KervanError) -> None:
    """Puts a service's refusal beside the fields as the form calls them."""
    if not isinstance(error, Invalid) or not error.fields:
        form.take(error)
        return
    for name, why in error.fields.items():
        form.refuse(_ALSO.get(name, name), why)


def fresh(event: EventShown | None, zone: str, title: str) -> Mapping[str, Any]:
    """What the form of a new day begins with: the first day of its event, else in four weeks."""
    now = datetime.now(UTC)
    start = event.content.starts_at if event else None
    where = event.content.zone if event else zone
    day = zones.day_of(start or now + timedelta(days=28), where)
    place = ", ".join(part for part in (event.content.venue, event.content.city) if part) if event else ""
    return {
        "name": title,
        "day": day.isoformat(),
        "zone": where,
        "starts": "10:00",
        "ends": "16:00",
        "minutes": "25",
        "pause": "5",
        "break_from_1": "12:30",
        "break_until_1": "13:30",
        "wishes_until_day": (day - timedelta(days=5)).isoformat(),
        "wishes_until_time": "18:00",
        "most_meetings": "10",
        "place": place,
        "online": "1" if event and event.content.format == "ONLINE" else "",
        "event": event.public_id if event else "",
    }


def stored(shown: DayShown) -> Mapping[str, Any]:
    """A day as its form shows it."""
    hours = day_rules.hours_of(_spans(shown), shown.zone)
    until = zones.local(shown.wishes_until, shown.zone)
    values = {
        "name": shown.name,
        "day": shown.day.isoformat(),
        "zone": shown.zone,
        "starts": f"{hours.starts:%H:%M}",
        "ends": f"{hours.ends:%H:%M}",
        "minutes": str(hours.minutes),
        "pause": str(hours.pause),
        "wishes_until_day": until.date().isoformat(),
        "wishes_until_time": f"{until:%H:%M}",
        "tables": str(shown.tables or ""),
        "most_meetings": str(shown.most_meetings),
        "place": shown.place,
        "online": "1" if shown.online else "",
        "version": str(shown.version),
    }
    for row, (first, last) in enumerate(hours.breaks, 1):
        values |= {f"break_from_{row}": f"{first:%H:%M}", f"break_until_{row}": f"{last:%H:%M}"}
    for row, (language, count) in enumerate(shown.interpreters.items(), 1):
        values |= {f"interpreter_{row}": language, f"interpreters_{row}": str(count)}
    return values


def _spans(shown: DayShown) -> list[day_rules.Span]:
    return [(slot.starts_at, slot.ends_at) for slot in shown.slots]
