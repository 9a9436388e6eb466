"""What the planner of a meeting day is asked, and what it answers. No clock and no database is in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

Side = Literal["EXPORTER", "IMPORTER"]
Pair = tuple[int, int]
"""Ids of the exporter and the importer."""


class Slot(msgspec.Struct, frozen=True):
    """A time in which meetings can be; a break is a time without a slot. Moments are UTC."""

    number: int
    starts_at: datetime
    ends_at: datetime


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can be met. Whoever did not come is `absent`; the meetings that took place stay."""

    id: int
    side: Side
    available: frozenset[int] = frozenset()
    """Numbers of slots; time zones are worked out already."""
    languages: frozenset[str] = frozenset()
    """ISO 639-1. Two who have none in common need an interpreter; where nothing is stated none is planned."""
    most: int | None = None
    """Meetings that it wants at most, kept ones included."""
    absent: bool = False


class Wish(msgspec.Struct, frozen=True):
    """`by` wants to meet `wanted`; rank 1 is the dearest."""

    by: int
    wanted: int
    rank: int


class Interpreters(msgspec.Struct, frozen=True):
    """Interpreters of a language, and how many meetings they can serve at the same time."""

    language: str
    """ISO 639-1; how the plan names them."""
    between: frozenset[str]
    """The languages from and into which they interpret it."""
    at_once: int

    def able(self, ours: frozenset[str], theirs: frozenset[str]) -> bool:
        """Whether they can stand between two who speak these."""
        return bool(
            self.at_once > 0
            and (
                (self.language in ours and self.between & theirs)
                or (self.language in theirs and self.between & ours)
            )
        )


class Meeting(msgspec.Struct, frozen=True, order=True):
    """A meeting of the plan; `interpreter` is the language of the interpreters who serve it."""

    slot: int
    exporter: int
    importer: int
    interpreter: str | None = None

    @property
    def pair(self) -> Pair:
        return self.exporter, self.importer


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """All that a plan depends on. The order of its parts does not matter."""

    slots: tuple[Slot, ...]
    participants: tuple[Participant, ...]
    wishes: tuple[Wish, ...]
    tables: int | None = None
    """Meetings at the same time; None: as many as come."""
    interpreters: tuple[Interpreters, ...] = ()
    kept: tuple[Meeting, ...] = ()
    """Confirmed already: they stay as they are, even where a participant's times were changed afterwards."""
    blocked: frozenset[Pair] = frozenset()


class Why(msgspec.Struct, frozen=True):
    """Why a wish is not met; planner_reasons has the codes and their sentences."""

    wish: Wish
    code: str
    params: Mapping[str, int | str]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How good a plan is. Values are thousandths of points (fixtures/meetings/weights.csv)."""

    wishes: int
    satisfied: int
    meetings: int
    value: int
    bound: int
    """No plan for this day that does as much for the floor has a higher value."""
    floor: tuple[int, ...]
    """How many participants have at least 1, 2 ... of their own wishes met, up to FLOOR."""
    floor_bound: tuple[int, ...]
    """How many could have, as far as is proven."""
    greedy_floor: tuple[int, ...]
    """Of the plan that takes the best wish first, and does not look ahead."""
    greedy_value: int
    greedy_satisfied: int
    effort: float
    """Deterministic seconds of the solver: the same on every machine, unlike those of a clock."""

    @property
    def gap(self) -> float:
        """How far below the bound the value may be at most, as a share; 0 is proven to be best."""
        return 0.0 if self.bound <= self.value else (self.bound - self.value) / self.bound


class Plan(msgspec.Struct, frozen=True):
    """The agenda of a day, kept meetings included, by slot; every wish that it does not meet with the reason."""

    meetings: tuple[Meeting, ...]
    refused: tuple[Why, ...]
    figures: Figures


class BadDay(ValueError):
    """What was asked contradicts itself: a mistake of the caller, not of a user."""
