"""Times that are offered for a meeting: which can be, and how long an answer is waited for."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from kervan.errors import Invalid, KervanError
from kervan.trade import law
from kervan.trade.errors import N_

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=4)
FURTHEST = timedelta(days=366)
"""A date typed in the wrong year is refused, not planned."""


class Span(msgspec.Struct, frozen=True):
    """A time that is offered, aware."""

    starts_at: datetime
    ends_at: datetime


def checked(times: Sequence[Span], most: int, now: datetime) -> Sequence[Span]:
    """The same times. Raises Invalid by field (times.1 is the first that was given)."""
    wrong: dict[str, KervanError | str] = {}
    if not times:
        wrong["times.1"] = N_("Propose at least one time.")
    if len(times) > most:
        wrong[f"times.{most + 1}"] = Invalid(N_("Propose at most {most} times."), most=most)
    seen: set[datetime] = set()
    for n, time in enumerate(times, start=1):
        length = time.ends_at - time.starts_at
        if time.starts_at <= now:
            wrong[f"times.{n}"] = N_("This time is over.")
        elif time.starts_at > now + FURTHEST:
            wrong[f"times.{n}"] = N_("Propose a time within a year.")
        elif length < SHORTEST or length > LONGEST:
            wrong[f"times.{n}"] = N_("A meeting takes from 15 minutes to 4 hours.")
        elif time.starts_at in seen:
            wrong[f"times.{n}"] = N_("This time stands here twice.")
        seen.add(time.starts_at)
    if wrong:
        raise Invalid(fields=wrong)
    return times


def start(time: Span) -> datetime:
    """When it begins: to sort by."""
    return time.starts_at


def answer_by(times: Sequence[Span], now: datetime, the_book: law.LawBook, today: date) -> datetime:
    """When it lapses: after MEETING_ANSWER_DAYS, and not later than the last time that is on offer."""
    days = timedelta(days=the_book.figure("MEETING_ANSWER_DAYS", today))
    return min(now + days, max(time.starts_at for time in times))
