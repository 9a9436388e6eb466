"""The arrows of meetings in one place: which step leads where, who may take it, and whose turn it has to be."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from kervan.errors import Conflict
from kervan.meetings.tables import MeetingState as S
from kervan.trade.errors import N_


class Side(StrEnum):
    """Who takes a step: one of the two firms, an organiser's staff, the clock."""

    EXPORTER = "EXPORTER"
    IMPORTER = "IMPORTER"
    STAFF = "STAFF"
    SYSTEM = "SYSTEM"


class Turn(StrEnum):
    """Whose turn it has to be for a step of a firm."""

    ANY = "ANY"
    OWN = "OWN"
    OTHER = "OTHER"


class When(StrEnum):
    """When a step of a firm can be taken, by the time that is agreed."""

    ANY = "ANY"
    BEFORE = "BEFORE"
    AFTER = "AFTER"


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """A step: from which states, where it leads, by which sides and when, and whether it needs a reason."""

    before: frozenset[S]
    after: S | None
    """None: the state stays."""
    sides: frozenset[Side]
    turn: Turn = Turn.ANY
    when: When = When.ANY
    """Against the start of a meeting that is agreed."""
    direct: bool = False
    """Only for meetings that were asked for; the agenda of a day is its organiser's."""
    reason: bool = False
    calendars: bool = False
    """Calendars that hold the meeting have to hear of it."""
    done: str
    """What the time line says (msgid)."""


_EX, _IM, _STAFF, _SYS = Side.EXPORTER, Side.IMPORTER, Side.STAFF, Side.SYSTEM
_FIRMS = frozenset({_EX, _IM})

ACTIONS: Mapping[str, Arrow] = {
    "ask": Arrow(before=frozenset(), after=S.PROPOSED, sides=_FIRMS, done=N_("Asked for")),
    "plan": Arrow(
        before=frozenset(), after=S.PLANNED, sides=frozenset({_STAFF, _SYS}), done=N_("Planned")
    ),
    "propose": Arrow(
        before=frozenset({S.PROPOSED}), after=S.PROPOSED, sides=_FIRMS, turn=Turn.OWN, direct=True,
        done=N_("Other times proposed"),
    ),
    "accept": Arrow(
        before=frozenset({S.PROPOSED}), after=S.CONFIRMED, sides=_FIRMS, turn=Turn.OWN, direct=True, calendars=True,
        done=N_("Agreed"),
    ),
    "decline": Arrow(
        before=frozenset({S.PROPOSED}), after=S.DECLINED, sides=_FIRMS, turn=Turn.OWN, direct=True, reason=True,
        calendars=True, done=N_("Declined"),
    ),
    "withdraw": Arrow(
        before=frozenset({S.PROPOSED}), after=S.CANCELLED, sides=_FIRMS, turn=Turn.OTHER, direct=True,
        calendars=True, done=N_("Taken back"),
    ),
    "confirm": Arrow(
        before=frozenset({S.PLANNED}), after=S.CONFIRMED, sides=frozenset({_STAFF, _SYS}), calendars=True,
        done=N_("Told to both sides"),
    ),
    "move": Arrow(
        before=frozenset({S.CONFIRMED}), after=S.PROPOSED, sides=_FIRMS, when=When.BEFORE, direct=True,
        calendars=True, done=N_("Another time asked for"),
    ),
    "cancel": Arrow(
        before=frozenset({S.CONFIRMED}), after=S.CANCELLED, sides=_FIRMS, when=When.BEFORE, reason=True,
        calendars=True, done=N_("Cancelled"),
    ),
    "call-off": Arrow(
        before=frozenset({S.PLANNED, S.PROPOSED, S.CONFIRMED}), after=S.CANCELLED, sides=frozenset({_STAFF, _SYS}),
        calendars=True, done=N_("Cancelled by the organiser"),
    ),
    "room": Arrow(
        before=frozenset({S.CONFIRMED}), after=None, sides=_FIRMS, when=When.BEFORE, calendars=True,
        done=N_("Link of the room given"),
    ),
    "lapse": Arrow(
        before=frozenset({S.PROPOSED}), after=S.LAPSED, sides=frozenset({_SYS}), calendars=True,
        done=N_("Not answered in time"),
    ),
    "hold": Arrow(before=frozenset({S.CONFIRMED}), after=S.HELD, sides=frozenset({_SYS}), done=N_("Held")),
    "no-show": Arrow(
        before=frozenset({S.CONFIRMED, S.HELD}), after=S.NO_SHOW, sides=_FIRMS | {_STAFF}, when=When.AFTER,
        done=N_("Somebody did not come"),
    ),
    "follow": Arrow(
        before=frozenset({S.HELD, S.NO_SHOW}), after=None, sides=frozenset({_SYS}), done=N_("Something followed"),
    ),
}  # fmt: skip

NAMES: Mapping[str, str] = {
    S.PLANNED: N_("Planned"),
    S.PROPOSED: N_("Asked for"),
    S.CONFIRMED: N_("Agreed"),
    S.DECLINED: N_("Declined"),
    S.LAPSED: N_("Not answered"),
    S.CANCELLED: N_("Cancelled"),
    S.HELD: N_("Held"),
    S.NO_SHOW: N_("Somebody did not come"),
}
TONES: Mapping[str, str] = {
    S.PROPOSED: "near",
    S.CONFIRMED: "ok",
    S.DECLINED: "bad",
    S.CANCELLED: "bad",
    S.HELD: "brand",
    S.NO_SHOW: "bad",
}
"""Of the sign beside a state, where it is not quiet."""

TOLD = frozenset({S.CONFIRMED, S.HELD, S.NO_SHOW})
"""States in which both firms have each other's contact data; besides a meeting that had been agreed and is moved."""


def other(side: str) -> Side:
    """The firm that sits opposite."""
    return Side.IMPORTER if side == Side.EXPORTER else Side.EXPORTER


def may(action: str, row: Mapping[str, Any], side: str, now: datetime) -> bool:
    """Whether the side may take this step now; `row` has state, turn, day and starts_at."""
    arrow = ACTIONS[action]
    if row["state"] not in arrow.before or side not in arrow.sides:
        return False
    if arrow.direct and row["day"] is not None:
        return False
    if side not in _FIRMS:
        return True
    if arrow.turn is not Turn.ANY and (row["turn"] == side) != (arrow.turn is Turn.OWN):
        return False
    begun: bool = row["starts_at"] <= now
    return arrow.when is When.ANY or begun == (arrow.when is When.AFTER)


def check(action: str, row: Mapping[str, Any], side: str, now: datetime) -> S:
    """Where the step leads. Raises Conflict when it cannot be taken now, or not by this side."""
    if not may(action, row, side, now):
        raise Conflict(N_("This cannot be done with a meeting in this state."))
    return ACTIONS[action].after or S(row["state"])


def shared(state: str, confirmed_at: datetime | None) -> bool:
    """Whether the two sides may have each other's contact data: both agreed to meet."""
    return confirmed_at is not None and (state in TOLD or state == S.PROPOSED)
