"""Every wish that the plan of a meeting day does not meet has a reason, and it is so."""

import msgspec
import pytest
from planned import codes, crowd, firm, good, slots

from kervan.meetings import planner_reasons
from kervan.meetings.planner_shapes import Day, Interpreters, Meeting, Wish


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
    nobody = msgspec.structs.replace(firm(1), available=frozenset())
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
