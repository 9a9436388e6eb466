"""Slots of a meeting day follow from its hours; what no day can be is refused beside the field."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from day_world import content
from hypothesis import given
from hypothesis import strategies as st

from kervan.errors import Invalid
from kervan.meetings import day_rules
from kervan.meetings.day_rules import Hours

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def test_slots_follow_from_the_hours_and_leave_breaks_out() -> None:
    spans = day_rules.slots(content(day=date(2027, 3, 4)))
    clock = [(one + timedelta(hours=3)).strftime("%H:%M") for one, _ in spans]
    assert clock == ["10:00", "10:30", "11:00", "12:30", "13:00", "13:30"]
    assert all(until - from_ == timedelta(minutes=30) for from_, until in spans)


@given(st.integers(5, 60), st.integers(0, 20), st.integers(6, 11), st.integers(12, 20), st.integers(0, 59))
def test_hours_can_be_read_back_from_the_slots(
    minutes: int, pause: int, first: int, last: int, offset: int
) -> None:
    hours = Hours(
        starts=time(first, offset),
        ends=time(last),
        minutes=minutes,
        pause=pause,
        breaks=((time(11, 30), time(12)),),
    )
    wanted = content(day=date(2027, 3, 4), hours=hours)
    try:
        spans = day_rules.slots(wanted)
    except Invalid:
        return
    again = day_rules.hours_of(spans, wanted.zone)
    assert day_rules.slots(content(day=date(2027, 3, 4), hours=again)) == spans


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        (Hours(starts=time(14), ends=time(10), minutes=30), "ends"),
        (Hours(starts=time(10), ends=time(10), minutes=30), "ends"),
        (Hours(starts=time(10), ends=time(10, 20), minutes=30), "ends"),
        (Hours(starts=time(10), ends=time(12), minutes=0), "minutes"),
        (Hours(starts=time(10), ends=time(12), minutes=30, pause=-1), "pause"),
        (Hours(starts=time(0), ends=time(23, 59), minutes=5), "minutes"),
        (Hours(starts=time(10), ends=time(12), minutes=30, breaks=((time(11), time(10)),)), "break_until_1"),
    ],
)
def test_hours_that_cannot_be_are_refused_beside_the_field(hours: Hours, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        day_rules.slots(content(hours=hours))
    assert set(refused.value.fields) == {field}


def test_a_time_that_the_clocks_skip_is_refused_beside_the_field() -> None:
    """On 28 March 2027 the clocks in Berlin go from 2 to 3."""
    night = content(
        day=date(2027, 3, 28), zone="Europe/Berlin", hours=Hours(starts=time(2, 30), ends=time(6), minutes=30)
    )
    with pytest.raises(Invalid) as refused:
        day_rules.slots(night)
    assert set(refused.value.fields) == {"starts"}


def test_a_day_in_the_past_outside_the_event_or_after_its_wishes_is_refused() -> None:
    day = content(day=date(2027, 3, 4), wishes_until=datetime(2027, 2, 1, tzinfo=UTC))
    assert day_rules.check(day, NOW) == {}
    assert set(day_rules.check(day, datetime(2027, 3, 5, tzinfo=UTC))) == {"day", "wishes_until_day"}
    assert set(day_rules.check(day, NOW, (date(2027, 3, 5), date(2027, 3, 6)))) == {"day"}
    late = content(day=date(2027, 3, 4), wishes_until=datetime(2027, 3, 4, 9, tzinfo=UTC))
    assert set(day_rules.check(late, NOW)) == {"wishes_until_day"}
    odd = content(
        day=date(2027, 3, 4), wishes_until=datetime(2027, 2, 1, tzinfo=UTC), tables=0, most_meetings=0,
        interpreters={"xx": 1}, name="", place="x" * 200,
    )  # fmt: skip
    assert set(day_rules.check(odd, NOW)) == {"tables", "most_meetings", "interpreters", "name", "place"}
    assert set(day_rules.check(content(zone="Mars/Base"), NOW)) == {"zone"}
