"""A meeting day as one of its firms sees it: its place, its wishes, whom it can still wish for, what was not met."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from kervan.accounts.callers import Caller
from kervan.meetings import day_queries, day_reasons, queries, wishes
from kervan.meetings.day_access import Place
from kervan.meetings.day_reasons import Unmet
from kervan.meetings.day_structs import DayShown, Participant
from kervan.meetings.structs import Row
from kervan.meetings.wishes import Suggestion

MOST_SUGGESTED = 8


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a firm is shown of a day."""

    shown: DayShown
    people: Sequence[Participant]
    """All that were asked; to the firm only `own`, `wishes` and `others` are shown."""
    own: Participant
    wishes: Sequence[Participant]
    """The dearest first."""
    others: Sequence[Participant]
    """Of the other side, those that do not come left out, and those that are wished for."""
    takes: bool
    """Whether times and wishes can still be said."""


async def seen(place: Place, language: str) -> Seen:
    """The day with the firm's own part in it."""
    shown = await day_queries.shown(place.day, language)
    people = await day_queries.participants(place.day)
    own = next(one for one in people if one.id == place.participant)
    by_id = {one.id: one for one in people}
    chosen = [by_id[id] for id in await day_queries.wishes_of(place.participant)]
    return Seen(
        shown=shown,
        people=people,
        own=own,
        wishes=chosen,
        others=[
            one for one in people if one.side != own.side and one.state != "ABSENT" and one not in chosen
        ],
        takes=shown.takes_wishes(datetime.now(UTC)),
    )


async def suggested(place: Place, day: Seen, language: str) -> list[Suggestion]:
    """Firms that fit and are not wished for yet, the best first; none once wishes are over."""
    if not day.takes:
        return []
    found = await wishes.suggestions(place, day.people, language, MOST_SUGGESTED + len(day.wishes))
    return [one for one in found if one.participant not in day.wishes][:MOST_SUGGESTED]


async def unmet(day: Seen, language: str) -> list[Unmet]:
    """The firm's wishes that the agenda which it was told does not meet, with the reasons."""
    told = await day_queries.plan(day.shown, published=True)
    return day_reasons.unmet(day.shown, told, day.people, language, day.own.id) if told else []


async def meetings(caller: Caller, place: Place) -> list[Row]:
    """The firm's meetings of the day that it was told of, by time; none of those that are only planned."""
    return await queries.of_day(place.membership.organisation, caller.person, place.day)
