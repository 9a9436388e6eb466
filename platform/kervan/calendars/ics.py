"""Calendar files (.ics, RFC 5545; invitations by RFC 5546, feeds by RFC 7986) that calendar programs read.

Whatever a text holds, it cannot leave its line: line breaks are written as the format has them, and all other control
signs are taken out. Programs recognise an entry by its UID for ever, and believe the higher SEQUENCE.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from urllib.parse import quote

import msgspec
from icalendar import Alarm, Calendar, Event, vCalAddress, vCategory, vDuration, vText, vUri

from kervan import __version__
from kervan.calendars.observances import timezone
from kervan.calendars.zones import clock_of, days_of
from kervan.trade.time_zones import UTC as UTC_NAME

MEDIA_TYPE = "text/calendar; charset=utf-8"

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]
Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]
Answer = Literal["NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE"]

_ROOM = re.compile(r"[a-z][a-z-]{0,31}")
_PUBLIC = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}")
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_UTC_NAMES = frozenset(
    {UTC_NAME, "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"}
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a calendar.

    Times are aware. Whole days are given as `first_day` and `last_day` (inclusive), or as the span that
    zones.whole_days makes of them. `alarms` are minutes before the start; `busy` is whether the reader's time is
    taken. `organizer` is (name, e-mail), each attendee (name, e-mail, answer).
    """

    uid: str
    summary: str
    created_at: datetime
    changed_at: datetime
    sequence: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    zone: str = UTC_NAME
    whole_days: bool = False
    first_day: date | None = None
    last_day: date | None = None
    description: str = ""
    location: str = ""
    url: str = ""
    organizer: tuple[str, str] | None = None
    attendees: tuple[tuple[str, str, Answer], ...] = ()
    status: Status = "CONFIRMED"
    categories: tuple[str, ...] = ()
    alarms: tuple[int, ...] = ()
    busy: bool = True


def uid(kind: str, public_id: str, host: str) -> str:
    """The name of an entry for ever, in every calendar. ValueError for parts that do not make one."""
    if not (_ROOM.fullmatch(kind) and _PUBLIC.fullmatch(public_id) and _HOST.fullmatch(host)):
        raise ValueError(f"{kind!r}, {public_id!r} and {host!r} make no UID.")
    return f"{kind}-{public_id}@{host}"


def calendar(
    entries: Iterable[Entry],
    *,
    method: Method = "PUBLISH",
    name: str = "",
    language: str = "en",
    refresh: timedelta | None = None,
) -> bytes:
    """The calendar file. The same entries make the same bytes.

    PUBLISH is for downloads and feeds and never names attendees; `name` and `refresh` are a feed's. REQUEST invites
    to one entry or says how it changed, CANCEL calls it off, whatever the entry's own status is: both need an
    organizer and attendees, ValueError without. `language` is that of the texts.
    """
    listed = tuple(entries)
    if method != "PUBLISH" and (len(listed) != 1 or not listed[0].organizer or not listed[0].attendees):
        raise ValueError(f"{method} is about one entry with an organizer and attendees.")
    found = Calendar()
    found.add("PRODID", f"-//Kervan//Kervan {__version__}//EN")
    found.add("VERSION", "2.0")
    found.add("CALSCALE", "GREGORIAN")
    found.add("METHOD", method)
    if label := _line(name):
        # Apple and Google read the older name, RFC 7986 has the newer.
        found.add("NAME", _Text(label))
        found.add("X-WR-CALNAME", _Text(label))
    if refresh is not None:
        found.add("REFRESH-INTERVAL", vDuration(refresh), {"VALUE": "DURATION"})
        found.add("X-PUBLISHED-TTL", vDuration(refresh))
    for zone, (first, last) in _years(listed).items():
        found.add_component(timezone(zone, first, last))
    for entry in listed:
        found.add_component(_event(entry, method, language))
    made: bytes = found.to_ical()
    return made


def _event(entry: Entry, method: Method, language: str) -> Event:
    cancelled = method == "CANCEL" or entry.status == "CANCELLED"
    event = Event()
    event.add("UID", entry.uid)
    event.add("SEQUENCE", entry.sequence)
    event.add("DTSTAMP", entry.changed_at)
    event.add("CREATED", entry.created_at)
    event.add("LAST-MODIFIED", entry.changed_at)
    if entry.whole_days:
        first, last = _days(entry)
        event.add("DTSTART", first)
        event.add("DTEND", last + timedelta(days=1))
    else:
        for property, moment in zip(("DTSTART", "DTEND"), _times(entry), strict=True):
            event.add(property, moment, {} if moment.tzinfo else {"TZID": clock_of(entry.zone).key})
    spoken = {"LANGUAGE": language}
    event.add("SUMMARY", _Text(_line(entry.summary)), spoken)
    if description := _lines(entry.description):
        event.add("DESCRIPTION", _Text(description), spoken)
    if location := _line(entry.location):
        event.add("LOCATION", _Text(location), spoken)
    if entry.url:
        event.add("URL", vUri(_address(entry.url)))
    if categories := [_line(category) for category in entry.categories]:
        event.add("CATEGORIES", _Categories(categories))
    event.add("STATUS", "CANCELLED" if cancelled else entry.status)
    event.add("TRANSP", "OPAQUE" if entry.busy and not cancelled else "TRANSPARENT")
    if entry.organizer is not None:
        event.add("ORGANIZER", _person(*entry.organizer))
    if method != "PUBLISH":
        for who, email, answer in entry.attendees:
            more = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": answer, "RSVP": "FALSE"}
            event.add("ATTENDEE", _person(who, email), more)
    for minutes in () if cancelled else entry.alarms:
        alarm = Alarm()
        # Only what the program itself shows: never an alarm that writes mails or starts something.
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", _Text(_line(entry.summary)))
        alarm.add("TRIGGER", vDuration(-timedelta(minutes=minutes)))
        event.add_component(alarm)
    return event


def _span(entry: Entry) -> tuple[datetime, datetime]:
    if entry.starts_at is None or entry.ends_at is None:
        raise ValueError(f"The entry {entry.uid} has no time.")
    if entry.starts_at.tzinfo is None or entry.ends_at.tzinfo is None or entry.ends_at < entry.starts_at:
        raise ValueError(f"The times of the entry {entry.uid} are no aware times in order.")
    return entry.starts_at, entry.ends_at


def _days(entry: Entry) -> tuple[date, date]:
    if entry.first_day is not None and entry.last_day is not None:
        if entry.last_day < entry.first_day:
            raise ValueError(f"The days of the entry {entry.uid} are not in order.")
        return entry.first_day, entry.last_day
    return days_of(*_span(entry), entry.zone)


def _times(entry: Entry) -> Sequence[datetime]:
    """Start and end: naive, on the clocks of the zone, or aware in UTC where those would not say which is meant."""
    moments = [moment.astimezone(UTC).replace(microsecond=0) for moment in _span(entry)]
    clock = clock_of(entry.zone)
    there = [moment.astimezone(clock) for moment in moments]
    # The second of two equal local times has no name of its own in the format.
    if clock.key in _UTC_NAMES or any(moment.fold for moment in there):
        return moments
    return [moment.replace(tzinfo=None) for moment in there]


def _years(entries: Sequence[Entry]) -> dict[str, tuple[int, int]]:
    """The first and the last year of each zone that entries name."""
    found: dict[str, tuple[int, int]] = {}
    for entry in entries:
        times = () if entry.whole_days else _times(entry)
        if any(moment.tzinfo is None for moment in times):
            zone = clock_of(entry.zone).key
            first, last = found.get(zone, (times[0].year, times[1].year))
            found[zone] = min(first, times[0].year), max(last, times[1].year)
    return found


def _person(name: str, email: str) -> vCalAddress:
    # Quotes cannot stand in a parameter, and few programs know how RFC 6868 writes them; some take a backslash for
    # the beginning of something.
    person = vCalAddress("mailto:" + quote(email, safe="@!$'*+-._~", errors="replace"))
    if shown := _line(name).replace('"', "'").replace("\\", "/"):
        person.params["CN"] = shown
    return person


def _address(url: str) -> str:
    return quote("".join(url.split()), safe="%:/?#[]@!$&'()*+,;=-._~", errors="replace")


def _line(text: str) -> str:
    return " ".join(_lines(text).split())


def _lines(text: str) -> str:
    """The text with \\n at the end of its lines, without signs that a file cannot hold or a reader cannot see."""
    return _UNSEEN.sub("", "\n".join(text.splitlines()).replace("\t", " ")).strip()


class _Text(vText):
    """Text as RFC 5545 3.3.11 escapes it; the package's own would take a typed \\N for a line break."""

    def to_ical(self) -> bytes:
        return str(self).translate(_ESCAPED).encode()


class _Categories(vCategory):
    """Several texts in one line, escaped in the same way."""

    def to_ical(self) -> bytes:
        return b",".join(_Text(category).to_ical() for category in self.cats)
