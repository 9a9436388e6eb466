"""The planner of meeting days: every rule kept, the best plan on tiny days, the same plan every time."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned import best, faults, firm, slots, untrue, worth

from kervan.meetings import planner_reasons, planner_weights
from kervan.meetings.planner import plan
from kervan.meetings.planner_shapes import BadDay, Day, Interpreters, Meeting, Plan, Wish

replace = msgspec.structs.replace


def good(day: Day, seed: int = 1) -> Plan:
    """The plan, after the judge has looked at it."""
    found = plan(day, seed=seed)
    assert faults(day, found) == []
    assert untrue(day, found) == []
    return found


def codes(found: Plan) -> dict[tuple[int, int], str]:
    return {(why.wish.by, why.wish.wanted): why.code for why in found.refused}


def crowd(side: int, count: int, tables: int | None, seed: int = 3) -> Day:
    """So many exporters and importers with up to 20 wishes each, most of them for the popular ones."""
    choice = random.Random(seed)
    people = [
        firm(
            id,
            *(slot for slot in range(1, count + 1) if choice.random() < 0.8),
            languages=frozenset({"tr"} if id % 2 == 0 or choice.random() < 0.7 else {"ru"}),
        )
        for id in range(2 * side)
    ]
    wishes = []
    for one in people:
        others = [other.id for other in people if other.side != one.side]
        liked = sorted(others, key=lambda id: (id**0.5) * choice.random())
        wishes += [Wish(one.id, id, rank) for rank, id in enumerate(liked[: choice.randint(10, 20)], 1)]
    return Day(
        slots=slots(count),
        participants=tuple(people),
        wishes=tuple(wishes),
        tables=tables,
        interpreters=(Interpreters("ru", frozenset({"tr", "en"}), 3),),
    )


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
    assert tuple(line.about for line in planner_weights.lines()) == planner_weights.ABOUT


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


def test_wishes_that_are_none_are_refused_with_the_reason() -> None:
    day = Day(
        slots=slots(3),
        participants=(firm(0), firm(1), firm(2)),
        wishes=(Wish(0, 0, 1), Wish(0, 2, 2), Wish(0, 99, 3), Wish(0, 1, 4), Wish(0, 1, 5)),
    )
    found = good(day)
    assert [meeting.pair for meeting in found.meetings] == [(0, 1)]
    assert codes(found) == {(0, 0): "SELF", (0, 2): "SAME_SIDE", (0, 99): "UNKNOWN", (0, 1): "TWICE"}


def test_a_participant_without_slots_hears_that_and_those_who_wished_for_it_too() -> None:
    nobody = replace(firm(1), available=frozenset())
    day = Day(slots=slots(3), participants=(firm(0), nobody), wishes=(Wish(0, 1, 1), Wish(1, 0, 1)))
    assert codes(good(day)) == {(0, 1): "PARTNER_NO_TIME", (1, 0): "OWN_NO_TIME"}


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (
            Day(slots=slots(2), participants=(firm(0, 1), firm(1, 2)), wishes=(Wish(0, 1, 1),)),
            "NO_COMMON_SLOT",
        ),
        (
            Day(
                slots=slots(2),
                participants=(firm(0), firm(1)),
                wishes=(Wish(0, 1, 1),),
                blocked=frozenset({(0, 1)}),
            ),
            "BLOCKED",
        ),
        (Day(slots=slots(2), participants=(firm(0), firm(1)), wishes=(Wish(0, 1, 1),), tables=0), "NO_TABLE"),
        (
            Day(
                slots=slots(2),
                participants=(firm(0, languages=frozenset({"tr"})), firm(1, languages=frozenset({"ar"}))),
                wishes=(Wish(0, 1, 1),),
                interpreters=(Interpreters("ru", frozenset({"tr"}), 2),),
            ),
            "NO_INTERPRETER",
        ),
        (
            Day(
                slots=slots(1),
                participants=(
                    *(firm(id, languages=frozenset({"tr"})) for id in (0, 2)),
                    *(firm(id, languages=frozenset({"ar"})) for id in (1, 3)),
                ),
                wishes=(Wish(0, 1, 2), Wish(2, 3, 1)),
                interpreters=(Interpreters("ar", frozenset({"tr", "en"}), 1),),
            ),
            "INTERPRETERS_BUSY",
        ),
        (
            Day(slots=slots(2), participants=(firm(0, most=0), firm(1)), wishes=(Wish(0, 1, 1),)),
            "OWN_MOST",
        ),
        (
            Day(slots=slots(2), participants=(firm(0), firm(1, most=0)), wishes=(Wish(0, 1, 1),)),
            "PARTNER_MOST",
        ),
        (
            Day(
                slots=slots(1),
                participants=(firm(0), firm(1), firm(3)),
                wishes=(Wish(0, 1, 2), Wish(0, 3, 1), Wish(3, 0, 1)),
            ),
            "OWN_FULL",
        ),
        (
            Day(
                slots=slots(1),
                participants=(firm(0), firm(2), firm(1)),
                wishes=(Wish(0, 1, 2), Wish(2, 1, 1), Wish(1, 2, 1)),
            ),
            "PARTNER_FULL",
        ),
        (
            Day(
                slots=slots(2),
                participants=(firm(0), firm(1), firm(2), firm(3)),
                wishes=(Wish(0, 1, 5),),
                kept=(Meeting(1, 0, 3), Meeting(2, 2, 1)),
            ),
            "TAKEN",
        ),
        (
            Day(
                slots=slots(2),
                participants=(firm(0), firm(1), firm(2), firm(3)),
                wishes=(Wish(0, 1, 5), Wish(0, 3, 1), Wish(2, 1, 1)),
                kept=(Meeting(1, 0, 3), Meeting(2, 2, 1)),
            ),
            "TAKEN_BY_BETTER",
        ),
        (
            Day(
                slots=slots(2),
                participants=(
                    firm(0, languages=frozenset({"tr"})),
                    firm(2, 1, languages=frozenset({"tr"})),
                    firm(4, 2, languages=frozenset({"tr"})),
                    firm(1, languages=frozenset({"ar"})),
                    firm(3, 1, languages=frozenset({"ar"})),
                    firm(5, 2, languages=frozenset({"tr"})),
                ),
                wishes=(Wish(0, 1, 5),),
                tables=1,
                interpreters=(Interpreters("ar", frozenset({"tr"}), 1),),
                kept=(Meeting(1, 2, 3, "ar"), Meeting(2, 4, 5)),
            ),
            "NO_TABLE",
        ),
        (
            Day(
                slots=slots(2),
                participants=(
                    *(firm(id, languages=frozenset({"tr"})) for id in (0, 2, 4, 6)),
                    firm(1, languages=frozenset({"ar"})),
                    firm(3, languages=frozenset({"ar"})),
                    *(firm(id, languages=frozenset({"tr"})) for id in (5, 7)),
                ),
                wishes=(Wish(0, 1, 5),),
                tables=2,
                interpreters=(Interpreters("ar", frozenset({"tr"}), 1),),
                kept=(Meeting(1, 2, 3, "ar"), Meeting(2, 4, 5), Meeting(2, 6, 7)),
            ),
            "NO_ROOM",
        ),
    ],
)
def test_a_reason_is_given_when_it_is_so(day: Day, code: str) -> None:
    assert codes(good(day))[0, 1] == code
    assert code in planner_reasons.SENTENCES


def test_every_sentence_takes_the_figures_of_its_reason() -> None:
    for day in (crowd(12, 4, 3), crowd(8, 3, None)):
        for why in good(day).refused:
            text = planner_reasons.SENTENCES[why.code].format(partner="Ada", **why.params)
            assert "{" not in text


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
