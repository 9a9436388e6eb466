"""Why wishes of a day were not met, in the words of who wished."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from kervan.meetings.day_structs import DayShown, Participant, PlanShown
from kervan.meetings.planner_reasons import SENTENCES
from kervan.trade.errors import N_
from kervan.web.i18n import translate

_MOST_CLOCKS = 8
SHORT: Mapping[str, str] = {
    "BLOCKED": N_("called off or ruled out"),
    "OWN_ABSENT": N_("the firm itself did not come"),
    "PARTNER_ABSENT": N_("the other firm did not come"),
    "OWN_NO_TIME": N_("the firm itself gave no time"),
    "PARTNER_NO_TIME": N_("the other firm gave no time"),
    "NO_COMMON_SLOT": N_("no time in common"),
    "NO_INTERPRETER": N_("no language in common and nobody who interprets"),
    "OWN_MOST": N_("the firm itself wants no more meetings"),
    "PARTNER_MOST": N_("the other firm wants no more meetings"),
    "OWN_FULL": N_("the firm itself meets others at every time in common"),
    "PARTNER_FULL": N_("the other firm meets others at every time in common"),
    "TAKEN_BY_BETTER": N_("at every time in common one of them has a meeting that counts as much"),
    "TAKEN": N_("at every time in common one of them meets somebody else"),
    "NO_TABLE": N_("no table free"),
    "INTERPRETERS_BUSY": N_("all interpreters busy"),
    "NO_ROOM": N_("no table or no interpreter free"),
}
"""For the organiser's counts."""


class Unmet(msgspec.Struct, frozen=True, kw_only=True):
    """A wish that the agenda does not meet, with the sentence that the wisher reads."""

    by: Participant
    wanted: Participant
    rank: int
    code: str
    text: str


def unmet(
    shown: DayShown,
    plan: PlanShown,
    people: Sequence[Participant],
    language: str,
    by: int | None = None,
) -> list[Unmet]:
    """The wishes that a plan does not meet, of all or of one participant (day_participant.id)."""
    known = {one.id: one for one in people}
    return [
        Unmet(
            by=known[one["by"]],
            wanted=known[one["wanted"]],
            rank=one["rank"],
            code=one["why"],
            text=say(shown, one, known[one["wanted"]].name, language),
        )
        for one in plan.refused
        if one["by"] in known and one["wanted"] in known and by in (None, one["by"])
    ]


def say(shown: DayShown, refused: Mapping[str, Any], partner: str, language: str) -> str:
    """A reason in one sentence, its slots as times of the day's clock."""
    params = {
        name: _clocks(shown, str(value)) if name in ("slots", "free") else value
        for name, value in refused["params"].items()
    }
    return translate(language, SENTENCES[refused["why"]], **{"partner": partner, **params})


def _clocks(shown: DayShown, numbers: str) -> str:
    found = [shown.clock(int(number)) for number in numbers.split(", ")]
    return ", ".join(found[:_MOST_CLOCKS]) + (" …" if len(found) > _MOST_CLOCKS else "")


def counted(plan: PlanShown) -> list[tuple[str, int]]:
    """(code, how many wishes), the most frequent first."""
    return Counter(one["why"] for one in plan.refused).most_common()
