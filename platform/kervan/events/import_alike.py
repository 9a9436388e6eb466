"""Events that may be the same one: like titles, days that meet, the same town. Staff decide."""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from kervan.db import fetch
from kervan.events.phases import PHASE
from kervan_search.text import fold

LEAST = 0.6
"""Similarity of two titles from which on they may name the same event."""
_LETTERS = 3

_NEAR = f"""
SELECT e.public_id, {PHASE} AS state, t.title, t.language, e.city, e.province, e.organiser = $1 AS own, o.name AS desk,
    (e.starts_at AT TIME ZONE e.zone)::date AS first,
    ((e.ends_at - interval '1 microsecond') AT TIME ZONE e.zone)::date AS last
FROM trade_event e JOIN event_text t ON t.event = e.id JOIN organisation o ON o.id = e.organiser
WHERE e.starts_at IS NOT NULL AND e.ends_at IS NOT NULL AND e.starts_at < $3::date + interval '2 days'
    AND e.ends_at > $2::date - interval '2 days' AND (e.organiser = $1 OR e.published_at IS NOT NULL)
"""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An event that another one may be; without `public_id` a row further up in the file."""

    title: str
    city: str
    first: date
    last: date
    public_id: str = ""
    desk: str = ""
    row: int = 0


def similarity(one: str, other: str) -> float:
    """How like two titles are, from 0 to 1: the part of their groups of three letters that they share (Jaccard).

    Years and ordinals count for nothing: the 12th and the 13th of a fair are told apart by their days.
    """
    first, second = _groups(one), _groups(other)
    return len(first & second) / len(first | second) if first and second else 0.0


def _groups(title: str) -> frozenset[str]:
    words = [
        word for word in "".join(c if c.isalnum() else " " for c in fold(title)).split() if not word.isdigit()
    ]
    text = " ".join(words) or fold(title)
    padded = f"  {text} "
    return frozenset(padded[n : n + _LETTERS] for n in range(len(padded) - _LETTERS + 1))


def same_days(one: Known, other: Known) -> bool:
    """Whether the days of two events meet."""
    return one.first <= other.last and other.first <= one.last


def same_town(one: str, other: str) -> bool:
    """Whether two towns may be the same; one that nobody named may be any."""
    first, second = (" ".join(fold(town).split()) for town in (one, other))
    return not first or not second or first in second or second in first


def alike(new: Known, others: Iterable[Known], most: int = 3) -> list[Known]:
    """Those of the others that the new one may be, the likest first."""
    found = [
        (score, other)
        for other in others
        if same_days(new, other)
        and same_town(new.city, other.city)
        and (score := similarity(new.title, other.title)) >= LEAST
    ]
    best: dict[tuple[str, int], tuple[float, Known]] = {}
    for score, other in sorted(found, key=lambda pair: -pair[0]):
        # An event has a title in each language: its likest counts.
        best.setdefault((other.public_id, other.row), (score, other))
    return [other for _, other in best.values()][:most]


async def near(organiser: int, first: date, last: date) -> Sequence[Known]:
    """The organiser's events (organisation.id) and all announced ones that touch these days, once for each title."""
    return [
        Known(
            title=row["title"], city=row["city"], first=row["first"], last=row["last"], public_id=row["public_id"],
            desk="" if row["own"] else row["desk"],
        )
        for row in await fetch(_NEAR, organiser, first, last)
    ]  # fmt: skip
