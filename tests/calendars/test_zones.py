"""What a clock shows and when that is: both ways, in every zone, through every change of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kervan.calendars import zones
from kervan.trade import time_zones
from kervan.trade.errors import TradeError
from kervan.web import i18n

every_zone = st.sampled_from(time_zones.listed())
moments = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
days = st.dates(date(2010, 1, 1), date(2029, 12, 31))
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0, fold=0))

BERLIN = "Europe/Berlin"


@settings(max_examples=1000, deadline=None)
@given(every_zone, days, clocks)
def test_a_time_that_was_typed_is_shown_again(zone: str, day: date, clock: time) -> None:
    try:
        found = zones.moment(day, clock, zone)
    except TradeError:
        # Then no moment shows it: not one of the minutes round about.
        near = datetime.combine(day, clock, tzinfo=UTC)
        shown = {
            zones.local(near + timedelta(minutes=minutes), zone).replace(tzinfo=None)
            for minutes in range(-27 * 60, 27 * 60)
        }
        assert datetime.combine(day, clock) not in shown
    else:
        assert found.tzinfo is UTC
        assert zones.local(found, zone).replace(tzinfo=None, fold=0) == datetime.combine(day, clock)
        assert zones.day_of(found, zone) == day


@settings(max_examples=1000, deadline=None)
@given(every_zone, moments)
def test_a_moment_is_found_by_what_the_clock_shows(zone: str, moment: datetime) -> None:
    moment = moment.replace(second=0, microsecond=0)
    there = zones.local(moment, zone)
    found = zones.moment(there.date(), there.time(), zone)
    if zones.ambiguous(there.date(), there.time(), zone):
        assert found <= moment <= found + timedelta(hours=3), "the first of the two"
        assert found.astimezone(ZoneInfo(zone)).fold == 0
    else:
        assert found == moment


def _changes() -> list[tuple[str, datetime]]:
    """Moments at which clocks of some zone are changed, in the years round now."""
    found = []
    for zone in time_zones.listed():
        clock, at = ZoneInfo(zone), datetime(2024, 1, 1, tzinfo=UTC)
        for _ in range(2 * 366):
            before, after = (moment.astimezone(clock).utcoffset() for moment in (at, at + timedelta(days=1)))
            if before != after:
                low, high = at, at + timedelta(days=1)
                while high - low > timedelta(minutes=1):
                    middle = low + ((high - low) / timedelta(minutes=1) // 2) * timedelta(minutes=1)
                    low, high = (
                        (middle, high) if middle.astimezone(clock).utcoffset() == before else (low, middle)
                    )
                found.append((zone, high))
            at += timedelta(days=1)
    return found


def test_round_every_change_the_lost_hour_is_refused_and_the_double_one_is_known() -> None:
    forward = back = 0
    for zone, at in _changes():
        old, new = (zones.local(moment, zone).utcoffset() for moment in (at - timedelta(minutes=1), at))
        assert old is not None
        assert new is not None
        for minutes in range(0, int(abs(new - old) / timedelta(minutes=1)), 15):
            earlier = min(old, new)
            wall = (at + earlier + timedelta(minutes=minutes)).replace(tzinfo=None)
            if new > old:
                forward += 1
                assert not zones.ambiguous(wall.date(), wall.time(), zone)
                with pytest.raises(TradeError, match="go forward"):
                    zones.moment(wall.date(), wall.time(), zone)
            else:
                back += 1
                assert zones.ambiguous(wall.date(), wall.time(), zone)
                assert zones.moment(wall.date(), wall.time(), zone) < at, "the first of the two"
    assert min(forward, back) > 500


def test_a_lost_time_has_a_sentence_in_the_readers_language() -> None:
    with pytest.raises(TradeError) as refused:
        zones.moment(date(2026, 3, 29), time(2, 30), BERLIN)
    assert i18n.sentence("en", refused.value) == (
        "On 29 March 2026 the clocks in Europe/Berlin go forward: 02:30 does not exist. Choose another time."
    )
    assert "29 Mart 2026" in i18n.sentence("tr", refused.value)


def test_the_double_hour_is_the_first_of_the_two() -> None:
    assert zones.ambiguous(date(2026, 10, 25), time(2, 30), BERLIN)
    assert zones.moment(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert not zones.ambiguous(date(2026, 10, 25), time(3, 0), BERLIN)


def test_a_day_that_an_island_skipped_does_not_exist() -> None:
    """Samoa went over the date line: after 29 December 2011 came the 31st."""
    for clock in (time(0), time(12), time(23, 59)):
        with pytest.raises(TradeError):
            zones.moment(date(2011, 12, 30), clock, "Pacific/Apia")
    with pytest.raises(TradeError):
        zones.whole_days(date(2011, 12, 30), date(2011, 12, 30), "Pacific/Apia")


@pytest.mark.parametrize("year", [1, 1999, 2101, 9999])
def test_years_out_of_bounds_are_refused(year: int) -> None:
    with pytest.raises(TradeError, match="Choose a day from"):
        zones.moment(date(year, 1, 1), time(), BERLIN)
    for first, last in ((date(1, 1, 1), date(2026, 1, 1)), (date(2026, 1, 1), date(9999, 12, 31))):
        with pytest.raises(TradeError, match="Choose a day from"):
            zones.whole_days(first, last, BERLIN)


def test_the_bounds_themselves_are_fine_everywhere() -> None:
    for zone in time_zones.listed():
        for day in (date(2000, 1, 1), date(2100, 12, 31)):
            assert zones.day_of(zones.moment(day, time(12), zone), zone) == day
            assert zones.days_of(*zones.whole_days(day, day, zone), zone) == (day, day)


@settings(max_examples=500, deadline=None)
@given(every_zone, days, st.integers(0, 400))
def test_whole_days_come_back(zone: str, first: date, more: int) -> None:
    last = first + timedelta(days=more)
    try:
        starts, ends = zones.whole_days(first, last, zone)
    except TradeError:
        assert zone in {"Pacific/Apia", "Pacific/Fakaofo"}, "only they have lost a day"
        return
    assert zones.days_of(starts, ends, zone) == (first, last)
    # The very first instant: a minute before it is another day.
    for moment in (starts, ends):
        assert zones.day_of(moment - timedelta(minutes=1), zone) != zones.day_of(moment, zone)


def test_a_day_begins_when_its_midnight_is_lost() -> None:
    """Lebanon puts its clocks forward at midnight."""
    starts, ends = zones.whole_days(date(2026, 3, 29), date(2026, 3, 29), "Asia/Beirut")
    assert zones.local(starts, "Asia/Beirut").time() == time(1)
    assert ends - starts == timedelta(hours=23)


def test_the_last_day_is_not_before_the_first() -> None:
    with pytest.raises(TradeError, match="before the first"):
        zones.whole_days(date(2026, 3, 2), date(2026, 3, 1), BERLIN)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("09:30", time(9, 30)),
        ("9:05", time(9, 5)),
        ("09.05", time(9, 5)),
        ("0905", time(9, 5)),
        ("9", time(9)),
        (" 23:59 ", time(23, 59)),
        ("00:00", time()),
        ("١٤:٣٠", time(14, 30)),
    ],
)
def test_times_are_typed_in_many_ways(text: str, clock: time) -> None:
    assert zones.parse_time(text) == clock


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24:00",
        "9:5",
        "25:00",
        "12:60",
        "930",
        "12:30:00",
        "noon",
        "-1:00",
        "9:30 pm",
        "1" * 500,
        "9:30\n8",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(TradeError, match="not a time of day"):
        zones.parse_time(text)


@pytest.mark.parametrize("text", ["2028-02-29", "29.02.2028", "29/2/2028"])
def test_days_are_typed_in_some_ways(text: str) -> None:
    assert zones.parse_day(text) == date(2028, 2, 29)


@pytest.mark.parametrize("text", ["2026-02-29", "29.02.2026", "2100-02-29"])
def test_29_february_is_only_in_leap_years(text: str) -> None:
    with pytest.raises(TradeError, match=r"2(026|100) has no 29 February\."):
        zones.parse_day(text)


@pytest.mark.parametrize(
    "text", ["", "2026-13-01", "31.04.2026", "0000-01-01", "tomorrow", "26-01-01", "1" * 300]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(TradeError):
        zones.parse_day(text)


def test_every_listed_zone_can_be_chosen_once_in_both_languages() -> None:
    for language in ("en", "tr"):
        found = [zone for _, members in zones.choices(language) for zone, _ in members]
        assert sorted(found) == sorted(time_zones.listed())
        labels = [label for _, members in zones.choices(language) for _, label in members]
        assert all("/" not in label and "_" not in label for label in labels), "cities, not names of zones"


def test_zones_are_told_with_the_offset_of_the_day() -> None:
    for month, ahead in ((1, "UTC+1"), (7, "UTC+2")):
        now = datetime(2026, month, 15, tzinfo=UTC)
        europe = dict(dict(zones.choices("en", now=now))["Europe"])
        assert europe[BERLIN] == f"Berlin ({ahead})"
    assert zones.offset("America/St_Johns", datetime(2026, 1, 1, tzinfo=UTC)) == "UTC−3:30"
    assert zones.offset("Asia/Kathmandu") == "UTC+5:45"
    assert zones.offset("UTC") == "UTC"


def test_a_present_zone_stays_although_its_name_is_a_former_one() -> None:
    found = [zone for _, members in zones.choices("en", also="asia/calcutta") for zone, _ in members]
    assert len(found) == len(time_zones.listed()) + 1
    assert "Asia/Calcutta" in found
    assert len(zones.choices("en", also="Mars/Crater")) == len(zones.choices("en"))


def test_cities_are_called_in_the_readers_language() -> None:
    assert zones.city("Europe/Istanbul", "en") == "Istanbul"
    assert zones.city("Europe/Istanbul", "tr") == "İstanbul"
    assert zones.city("America/Argentina/Buenos_Aires", "en") == "Buenos Aires"
    assert zones.city("UTC", "tr") == "UTC"


def test_zones_know_their_countries() -> None:
    assert zones.countries("Europe/Istanbul") == ("TR",)
    assert zones.countries("europe/zurich") == ("CH", "DE", "LI")
    assert zones.countries("UTC") == ()
    for zone in time_zones.listed()[1:]:
        assert zones.countries(zone), zone


def test_unknown_zones_are_unknown() -> None:
    assert zones.known("europe/istanbul")
    assert not zones.known("Europe/Atlantis")
    assert not zones.known("../../etc/passwd")
    with pytest.raises(TradeError):
        zones.moment(date(2026, 1, 1), time(), "Europe/Atlantis")
