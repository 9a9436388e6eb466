"""Calendar files say what they should, to two parsers that know nothing of each other and to the letter of the RFC."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import msgspec
import pytest
import vobject
from calendaring import (
    HOSTILE,
    INJECTED,
    START,
    common_name,
    entry,
    hostile_texts,
    lines,
    one_lined,
    only,
    tidied,
    unescaped,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from kervan.calendars import zones
from kervan.calendars.ics import calendar, uid
from kervan.trade import time_zones
from kervan.trade.errors import TradeError


def read(ics: bytes) -> tuple[icalendar.Event, Any]:
    """The only entry as icalendar and as vobject understand it."""
    [event] = icalendar.Calendar.from_ical(ics).events
    assert event.errors == []
    # vobject keeps the first clock that it saw under a name: it shall believe this file.
    known = vars(vobject.icalendar)["__tzidMap"]
    for zone in [zone for zone in known if zone != "UTC"]:
        del known[zone]
    [other] = vobject.readOne(ics.decode()).vevent_list
    return event, other


def test_a_calendar_begins_as_programs_want_it() -> None:
    found = lines(calendar([entry()], name="Fairs; for towels", refresh=timedelta(hours=6)))
    assert found[0] == ("BEGIN", "VCALENDAR")
    assert found[-1] == ("END", "VCALENDAR")
    assert only(found, "VERSION") == ("VERSION", "2.0")
    assert only(found, "PRODID")[1].startswith("-//Kervan//Kervan ")
    assert only(found, "METHOD")[1] == "PUBLISH"
    assert {unescaped(only(found, name)[1]) for name in ("NAME", "X-WR-CALNAME")} == {"Fairs; for towels"}
    assert only(found, "REFRESH-INTERVAL") == ("REFRESH-INTERVAL;VALUE=DURATION", "PT6H")
    assert only(found, "X-PUBLISHED-TTL") == ("X-PUBLISHED-TTL", "PT6H")


def test_both_parsers_read_the_same_meeting() -> None:
    ics = calendar(
        [entry(description="Bring samples.\nHall 3", location="Yeşilköy, hall 3")], method="REQUEST"
    )
    event, other = read(ics)
    assert event.start == other.dtstart.value == START
    assert event.end == other.dtend.value == START + timedelta(hours=7, minutes=30)
    assert event["SUMMARY"] == other.summary.value == "Nordlicht meets Pamukova"
    assert event["DESCRIPTION"] == other.description.value == "Bring samples.\nHall 3"
    assert event["LOCATION"] == other.location.value == "Yeşilköy, hall 3"
    assert event["UID"] == other.uid.value == "meeting-h4k7m2p9q3rs@kervan.example"
    assert [str(who) for who in event["ATTENDEE"]] == [who.value for who in other.attendee_list]
    assert [who.params["PARTSTAT"] for who in event["ATTENDEE"]] == ["ACCEPTED", "NEEDS-ACTION"]
    assert [who.params["CN"] for who in other.attendee_list] == [["Ayşe Işık"], ["Zoe Öz"]]
    assert str(event["ORGANIZER"]) == other.organizer.value == "mailto:post@kervan.example"


def test_the_times_stand_on_the_clocks_of_the_zone() -> None:
    found = lines(calendar([entry()]))
    assert only(found, "DTSTART") == ("DTSTART;TZID=Europe/Istanbul", "20260312T093000")
    assert only(found, "DTEND") == ("DTEND;TZID=Europe/Istanbul", "20260312T170000")
    assert only(found, "DTSTAMP")[1] == only(found, "LAST-MODIFIED")[1] == "20260103T030405Z"
    assert only(found, "CREATED")[1] == "20260102T030405Z"
    assert ("TZID", "Europe/Istanbul") in found


def test_times_in_utc_need_no_zone() -> None:
    found = lines(calendar([entry(zone="UTC")]))
    assert only(found, "DTSTART") == ("DTSTART", "20260312T063000Z")
    assert ("BEGIN", "VTIMEZONE") not in found


def test_the_second_of_two_equal_times_is_told_in_utc() -> None:
    """RFC 5545 3.3.5: a local time that comes twice is the first one."""
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    for moment in twice:
        meeting = entry(zone="Europe/Berlin", starts_at=moment, ends_at=moment + timedelta(hours=3))
        event, other = read(calendar([meeting]))
        assert event.start.astimezone(UTC) == moment
        assert other.dtstart.value.astimezone(UTC) == moment
    assert only(lines(calendar([meeting])), "DTSTART") == ("DTSTART", "20261025T013000Z")


def test_whole_days_end_before_the_day_after() -> None:
    first, last = date(2028, 2, 28), date(2028, 2, 29)
    ways = (
        {"first_day": first, "last_day": last},
        dict(zip(("starts_at", "ends_at"), zones.whole_days(first, last, "Europe/Istanbul"), strict=True)),
    )
    for way in ways:
        found = lines(calendar([entry(whole_days=True, **way)]))
        assert only(found, "DTSTART") == ("DTSTART;VALUE=DATE", "20280228")
        assert only(found, "DTEND") == ("DTEND;VALUE=DATE", "20280301")
        assert ("BEGIN", "VTIMEZONE") not in found


def test_a_cancellation_takes_back_the_invitation_before() -> None:
    asked = entry(alarms=(60,))
    called_off = msgspec.structs.replace(
        asked, sequence=asked.sequence + 1, changed_at=asked.changed_at + timedelta(hours=1)
    )
    first, second = (
        lines(calendar([what], method=how)) for what, how in ((asked, "REQUEST"), (called_off, "CANCEL"))
    )
    assert only(first, "UID") == only(second, "UID")
    assert int(only(second, "SEQUENCE")[1]) > int(only(first, "SEQUENCE")[1])
    assert only(second, "DTSTAMP")[1] > only(first, "DTSTAMP")[1]
    assert (only(first, "METHOD")[1], only(second, "METHOD")[1]) == ("REQUEST", "CANCEL")
    assert (only(first, "STATUS")[1], only(second, "STATUS")[1]) == ("CONFIRMED", "CANCELLED")
    assert (only(first, "TRANSP")[1], only(second, "TRANSP")[1]) == ("OPAQUE", "TRANSPARENT")
    assert ("BEGIN", "VALARM") in first
    assert ("BEGIN", "VALARM") not in second
    assert only(first, "DTSTART") == only(second, "DTSTART")


def test_a_cancelled_event_stays_in_its_feed_and_takes_no_time() -> None:
    found = lines(calendar([entry(status="CANCELLED", sequence=4)]))
    assert only(found, "STATUS")[1] == "CANCELLED"
    assert only(found, "TRANSP")[1] == "TRANSPARENT"
    assert only(found, "METHOD")[1] == "PUBLISH"


def test_a_public_feed_takes_nobodys_time() -> None:
    assert only(lines(calendar([entry(busy=False)])), "TRANSP")[1] == "TRANSPARENT"


def test_a_file_for_everybody_names_no_attendees() -> None:
    ics = calendar([entry()], method="PUBLISH")
    assert b"ATTENDEE" not in ics
    assert b"ayse" not in ics


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
@pytest.mark.parametrize("lacks", [{"organizer": None}, {"attendees": ()}])
def test_nobody_is_invited_by_nobody(method: Any, lacks: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="organizer and attendees"):
        calendar([entry(**lacks)], method=method)


def test_one_letter_invites_to_one_meeting() -> None:
    with pytest.raises(ValueError, match="one entry"):
        calendar([entry(), entry(uid="meeting-2@kervan.example")], method="REQUEST")


def test_alarms_only_show_something() -> None:
    ics = calendar([entry(alarms=(60, 1440), summary=INJECTED)])
    event, other = read(ics)
    assert [alarm["ACTION"] for alarm in event.walk("VALARM")] == ["DISPLAY", "DISPLAY"]
    assert [alarm.trigger.value for alarm in other.valarm_list] == [timedelta(hours=-1), timedelta(days=-1)]
    assert {str(alarm["DESCRIPTION"]) for alarm in event.walk("VALARM")} == {one_lined(INJECTED)}


def test_an_injected_line_stays_a_text() -> None:
    ics = calendar(
        [
            entry(
                summary=INJECTED,
                description=INJECTED,
                location=INJECTED,
                url="https://x.example/\r\nATTENDEE:mailto:zoe@evil.example",
                categories=(INJECTED, "a,b"),
                organizer=(INJECTED + '";X="', "post@kervan.example"),
                attendees=((INJECTED + '":mailto:', "a\r\nX-EVIL:1@example.com", "ACCEPTED"),),
            )
        ],
        method="REQUEST",
        name=INJECTED,
    )
    found = lines(ics)
    assert [line for line in found if line[0] in ("BEGIN", "END")] == [
        *(("BEGIN", name) for name in ("VCALENDAR", "VTIMEZONE", "STANDARD")),
        *(("END", name) for name in ("STANDARD", "VTIMEZONE")),
        *(("BEGIN", "VEVENT"), ("END", "VEVENT"), ("END", "VCALENDAR")),
    ]
    names = [name.partition(";")[0] for name, _ in found]
    assert names.count("ATTENDEE") == 1
    assert "X-EVIL" not in names
    event, other = read(ics)
    assert event["SUMMARY"] == other.summary.value == " ".join(INJECTED.split())
    assert event["DESCRIPTION"] == other.description.value == "\n".join(INJECTED.splitlines())
    assert [str(name) for name in event["CATEGORIES"].cats] == [one_lined(INJECTED), "a,b"]
    assert event["ORGANIZER"].params["CN"] == (one_lined(INJECTED) + "';X='")
    assert event["ORGANIZER"].params.keys() == {"CN"}
    assert other.organizer.params.keys() == {"CN"}
    assert str(event["ATTENDEE"]) == other.attendee.value == "mailto:a%0D%0AX-EVIL%3A1@example.com"
    assert str(event["URL"]) == other.url.value == "https://x.example/ATTENDEE:mailto:zoe@evil.example"


@settings(max_examples=80, deadline=None)
@given(hostile_texts, hostile_texts, hostile_texts)
def test_every_text_comes_back_as_it_can_be_read(summary: str, description: str, name: str) -> None:
    ics = calendar(
        [
            entry(
                summary=summary,
                description=description,
                location=name,
                categories=(name, summary),
                organizer=(name, "post@kervan.example"),
                alarms=(10,),
            )
        ],
        method="REQUEST",
        name=name,
    )
    found = lines(ics)
    assert unescaped(only(found, "SUMMARY")[1]) == one_lined(summary)
    for property, wanted in (("DESCRIPTION", tidied(description)), ("LOCATION", one_lined(name))):
        said = [unescaped(value) for key, value in found if key == f"{property};LANGUAGE=en"]
        assert said == ([wanted] if wanted else [])
    assert [key for key, _ in found].count("BEGIN") == 5
    event, other = read(ics)
    assert other.summary.value == one_lined(summary)
    assert len(event["ATTENDEE"]) == len(other.attendee_list) == 2
    assert common_name(only(found, "ORGANIZER")) == one_lined(name).replace('"', "'").replace("\\", "/")
    assert str(event["ORGANIZER"]) == other.organizer.value == "mailto:post@kervan.example"


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_written_is_read_and_written_the_same(text: str) -> None:
    """The package reads its own lines back, whatever is in them."""
    ics = calendar([entry(summary=text, description=text)])
    again = icalendar.Calendar.from_ical(ics)
    assert again.events[0].get("DTSTART").dt == START
    assert calendar([entry(summary=text, description=text)]) == ics


def test_lines_are_folded_by_octets_and_never_inside_a_sign() -> None:
    """RFC 5545 3.1: 75 octets, not counting the line break. Golden: worked out by hand."""
    ics = calendar([entry(summary="ığ" * 30, location="🧵" * 40)])
    [at] = [at for at, line in enumerate(ics.split(b"\r\n")) if line.startswith(b"SUMMARY")]
    first, second = ics.split(b"\r\n")[at : at + 2]
    assert first == b"SUMMARY;LANGUAGE=en:" + ("ığ" * 13 + "ı").encode()
    assert second == b" " + ("ğ" + "ığ" * 16).encode()
    folded = [line for line in ics.split(b"\r\n") if "🧵".encode() in line]
    assert [len(line) for line in folded] == [21 + 4 * 13, 1 + 4 * 18, 1 + 4 * 9]
    assert max(len(line) for line in ics.split(b"\r\n")) <= 75


# Their clocks change by the moon or by decree, so a calendar tells the changes round its own entries; vobject keeps the
# first description of a zone that it reads in a process, that of another year among them.
TOLD_ONE_BY_ONE = {"Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Asia/Gaza", "Asia/Hebron"}


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(time_zones.listed()),
    st.datetimes(datetime(2015, 1, 1), datetime(2036, 1, 1)),
    st.integers(0, 60 * 24 * 40),
)
def test_every_moment_comes_back_in_every_zone(zone: str, naive: datetime, minutes: int) -> None:
    starts = naive.replace(microsecond=0, tzinfo=UTC)
    ends = starts + timedelta(minutes=minutes)
    event, other = read(calendar([entry(zone=zone, starts_at=starts, ends_at=ends)]))
    assert event.start.astimezone(UTC) == starts
    assert event.end.astimezone(UTC) == ends
    if zone not in TOLD_ONE_BY_ONE:
        assert other.dtstart.value.astimezone(UTC) == starts
        assert other.dtend.value.astimezone(UTC) == ends


def test_the_same_entries_make_the_same_bytes() -> None:
    many = [
        entry(uid=f"event-{n}@kervan.example", zone=zone)
        for n, zone in enumerate(("Asia/Tokyo", "Europe/Berlin"))
    ]
    assert calendar(many) == calendar(many)
    found = lines(calendar([*many, *many[:1]]))
    assert [value for key, value in found if key == "TZID"] == ["Asia/Tokyo", "Europe/Berlin"], (
        "each zone once"
    )


def test_a_calendar_without_entries_is_one_too() -> None:
    assert icalendar.Calendar.from_ical(calendar([], name="Nothing yet")).events == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_at": None},
        {"ends_at": START - timedelta(minutes=1)},
        {"starts_at": START.replace(tzinfo=None)},
        {"whole_days": True, "first_day": date(2026, 3, 2), "last_day": date(2026, 3, 1)},
    ],
)
def test_times_out_of_order_are_no_entry(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="entry meeting-"):
        calendar([entry(**wrong)])


def test_an_unknown_zone_is_no_zone() -> None:
    with pytest.raises(TradeError):
        calendar([entry(zone="Europe/Atlantis\r\nX:1")])


def test_a_name_is_for_ever_and_for_every_calendar() -> None:
    assert uid("meeting", "h4k7m2p9q3rs", "kervan.example") == "meeting-h4k7m2p9q3rs@kervan.example"
    for parts in (
        ("Meeting", "a", "b.c"),
        ("meeting", "a\r\nX:1", "b.c"),
        ("meeting", "a", "b c"),
        ("", "a", "b"),
    ):
        with pytest.raises(ValueError, match="no UID"):
            uid(*parts)
