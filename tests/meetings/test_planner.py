"""The planner of meeting days: every rule kept, the best plan on tiny days, the same plan every time."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned import best, codes, crowd, firm, good, slots, worth

from kervan.matching import weights_file
from kervan.meetings import planner_weights
from kervan.meetings.planner import plan
from kervan.meetings.planner_shapes import BadDay, Day, Interpreters, Meeting, Wish

replace = msgspec.structs.replace


@st.composite
def tiny_days(draw: st.DrawFn) -> Day:
    """Days with so few wishes that all plans can be tried."""
    count = draw(st.integers(1, 3))
    times = st.frozensets(st.integers(1, count + 1))
    languages = st.sampled_from(
        [frozenset[str](), frozenset({"tr"}), frozenset({"en"}), frozenset({"ar", "ru"})]
    )
    people = [
        replace(
            firm(id),
            available=draw(times),
            languages=draw(languages),
            most=draw(st.none() | st.integers(0, 2)),
            absent=draw(st.integers(0, 9)) == 0,
        )
        for id in range(draw(st.integers(0, 6)))
    ]
    ids = st.integers(0, max(0, len(people) - 1))
    pairs = draw(st.lists(st.tuples(ids, ids, st.integers(1, 20)), max_size=7)) if people else []
    wishes = tuple(Wish(*each) for each in pairs if (each[0] + each[1]) % 2 and each[1] < len(people))
    unique = tuple({(wish.by, wish.wanted): wish for wish in wishes}.values())
    kept: tuple[Meeting, ...] = ()
    if len(people) >= 2 and draw(st.booleans()):
        kept = (Meeting(draw(st.integers(1, count)), 0, 1),)
    return Day(
        slots=slots(count),
        participants=tuple(people),
        wishes=unique,
        tables=draw(st.none() | st.integers(0, 2)),
        interpreters=tuple(
            Interpreters(language, frozenset({"tr", "en"}), draw(st.integers(0, 1)))
            for language in draw(st.sampled_from([(), ("ru",), ("ar", "ru")]))
        ),
        kept=kept,
        blocked=frozenset({(2, 3)}) if draw(st.booleans()) else frozenset(),
    )


@settings(deadline=None, max_examples=150)
@given(tiny_days())
def test_a_tiny_day_is_planned_as_well_as_it_can_be(day: Day) -> None:
    found = good(day)
    figures = found.figures
    assert (figures.floor, figures.value) == worth(day, found.meetings)
    assert (figures.floor, figures.value) == best(day)
    assert figures.bound == figures.value
    assert figures.floor_bound == figures.floor


@settings(deadline=None, max_examples=40)
@given(tiny_days(), st.randoms())
def test_the_order_of_what_is_handed_in_does_not_matter(day: Day, shuffle: random.Random) -> None:
    people, wishes, times = list(day.participants), list(day.wishes), list(day.slots)
    for each in (people, wishes, times):
        shuffle.shuffle(each)
    other = replace(day, participants=tuple(people), wishes=tuple(wishes), slots=tuple(times))
    assert plan(other) == plan(day)


@settings(deadline=None, max_examples=15)
@given(st.integers(4, 12), st.integers(3, 8), st.none() | st.integers(1, 6), st.integers(0, 10**6))
def test_no_plan_is_worse_than_the_greedy_one_or_better_than_its_bound(
    side: int, count: int, tables: int | None, seed: int
) -> None:
    figures = good(crowd(side, count, tables, seed)).figures
    assert (figures.floor, figures.value) >= (figures.greedy_floor, figures.greedy_value)
    assert figures.floor <= figures.floor_bound
    assert figures.value <= figures.bound


def test_a_large_day_is_near_the_bound_and_the_same_twice() -> None:
    day = crowd(20, 10, 12)
    found = good(day)
    assert plan(day) == found
    assert found.figures.gap < 0.03
    assert found.figures.satisfied > found.figures.greedy_satisfied
    assert min(found.figures.floor) > 0


def test_another_seed_gives_a_plan_that_keeps_the_rules_too() -> None:
    day = crowd(12, 6, 8)
    assert good(day, seed=2).figures.value == good(day, seed=1).figures.value


def test_everybody_gets_a_meeting_before_anybody_gets_many() -> None:
    """One table and two slots: two dear wishes of the same exporter would count more."""
    day = Day(
        slots=slots(2),
        participants=(firm(0), firm(1), firm(3), firm(2), firm(5)),
        wishes=(Wish(0, 1, 1), Wish(0, 3, 1), Wish(2, 5, 20)),
        tables=1,
    )
    found = good(day)
    assert (2, 5) in {meeting.pair for meeting in found.meetings}
    assert found.figures.floor == found.figures.floor_bound


def test_two_wishes_count_more_than_one_of_any_rank() -> None:
    weights = planner_weights.shipped()
    last = weights.of_rank(weights.ranks)
    assert 2 * last > weights.of_rank(1) > weights.of_rank(2) > last > 0


def test_the_sentences_of_the_weights_are_those_of_the_file() -> None:
    assert tuple(line.about for line in weights_file.lines("meetings")) == planner_weights.ABOUT


def test_weights_that_let_one_wish_outweigh_two_are_refused() -> None:
    with pytest.raises(ValueError, match="two others"):
        planner_weights.Weights(first=2000, fall=60, mutual=500, ranks=20, floor=1)
    with pytest.raises(ValueError, match="below 0"):
        planner_weights.Weights(first=2000, fall=50, mutual=-1, ranks=20, floor=1)


def test_planning_again_after_a_no_show_keeps_what_is_confirmed() -> None:
    day = crowd(10, 6, 6)
    first = good(day)
    missing = first.meetings[0].importer
    kept = tuple(meeting for meeting in first.meetings if missing not in meeting.pair)
    people = tuple(replace(one, absent=one.id == missing) for one in day.participants)
    second = good(replace(day, participants=people, kept=kept))
    assert set(kept) <= set(second.meetings)
    assert all(missing not in meeting.pair for meeting in second.meetings)
    assert {why.code for why in second.refused if why.wish.wanted == missing and why.wish.by != missing} == {
        "PARTNER_ABSENT"
    }


def test_a_kept_meeting_stays_when_there_are_fewer_tables_and_no_time_any_more() -> None:
    day = Day(
        slots=slots(1),
        participants=(firm(0, 9), firm(1, 9, most=0)),
        wishes=(Wish(0, 1, 1),),
        tables=0,
        kept=(Meeting(1, 0, 1),),
    )
    found = good(day)
    assert found.meetings == day.kept
    assert found.refused == ()
    assert found.figures.satisfied == 1


def test_a_day_without_anybody_has_an_empty_plan() -> None:
    for day in (
        Day(slots=(), participants=(), wishes=()),
        Day(slots=slots(3), participants=(), wishes=()),
        Day(slots=slots(3), participants=(firm(0), firm(2)), wishes=()),
        Day(slots=(), participants=(firm(0), firm(1)), wishes=(Wish(0, 1, 1),)),
    ):
        found = good(day)
        assert found.meetings == ()
        assert found.figures.gap == 0
        assert len(found.refused) == len(day.wishes)


def test_ten_thousand_wishes_are_planned_in_bounded_work() -> None:
    """500 firms with 20 wishes each; and one firm with 10,000, of which 20 are looked at."""
    choice = random.Random(1)
    people = tuple(firm(id, *range(1, 13)) for id in range(500))
    wishes = tuple(
        Wish(one.id, other, rank)
        for one in people
        for rank, other in enumerate(choice.sample(range((one.id + 1) % 2, 500, 2), 20), 1)
    )
    assert len(wishes) == 10_000
    figures = good(Day(slots=slots(12), participants=people, wishes=wishes, tables=150)).figures
    assert figures.effort <= 7
    assert figures.gap < 0.02
    greedy = tuple(Wish(0, 1 + 2 * number, 1) for number in range(10_000))
    found = plan(
        Day(slots=slots(3), participants=(firm(0), *(firm(1 + 2 * n) for n in range(10_000))), wishes=greedy)
    )
    assert len(found.meetings) == 3
    assert list(codes(found).values()).count("TOO_MANY") == 10_000 - 20


@pytest.mark.parametrize(
    "broken",
    [
        Day(slots=slots(1) * 2, participants=(), wishes=()),
        Day(slots=slots(1), participants=(firm(0), firm(0)), wishes=()),
        Day(slots=slots(1), participants=(firm(0), firm(1)), wishes=(Wish(0, 1, 0),)),
        Day(slots=slots(1), participants=(firm(0), firm(1)), wishes=(Wish(0, 1, 21),)),
        Day(slots=slots(1), participants=(firm(0), firm(1)), wishes=(), kept=(Meeting(1, 1, 0),)),
        Day(slots=slots(1), participants=(firm(0), firm(1)), wishes=(), kept=(Meeting(2, 0, 1),)),
        Day(slots=slots(1), participants=(firm(0), firm(1)), wishes=(), kept=(Meeting(1, 0, 1, "ar"),)),
        Day(
            slots=slots(2),
            participants=(firm(0), firm(1)),
            wishes=(),
            kept=(Meeting(1, 0, 1), Meeting(2, 0, 1)),
        ),
        Day(
            slots=slots(2),
            participants=(firm(0), firm(1), firm(3)),
            wishes=(),
            kept=(Meeting(1, 0, 1), Meeting(1, 0, 3)),
        ),
        Day(
            slots=tuple(replace(slot, ends_at=slot.starts_at) for slot in slots(1)),
            participants=(),
            wishes=(),
        ),
    ],
)
def test_a_day_that_contradicts_itself_is_refused(broken: Day) -> None:
    with pytest.raises(BadDay):
        plan(broken)


def test_the_planner_tells_how_far_it_is() -> None:
    told: list[int] = []
    plan(crowd(12, 6, None), tell=told.append)
    assert told[:2] == [20, 50]
    assert told == sorted(told)
    assert told[-1] <= 100
