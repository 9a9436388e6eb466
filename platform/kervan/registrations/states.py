"""The arrows of a registration's states in one place (domain 4.6): which step leads where, and who may take it."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from kervan.errors import Conflict
from kervan.registrations.tables import RegistrationState as S
from kervan.trade.errors import N_


class Side(StrEnum):
    """Who takes a step: the registered firm, the organiser's people, the clock."""

    FIRM = "FIRM"
    ORGANISER = "ORGANISER"
    SYSTEM = "SYSTEM"


_FIRM, _ORG, _SYS = Side.FIRM, Side.ORGANISER, Side.SYSTEM


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """A step: from which states (None: not registered yet), where it leads, by which sides, how it is called."""

    before: frozenset[S | None]
    after: S
    sides: frozenset[Side]
    reason: bool = False
    """Whether the other side must read why."""
    text: str = ""
    """What its button says (msgid)."""
    done: str
    """What the time line says (msgid)."""


def _arrow(
    before: set[S | None], after: S, sides: set[Side], text: str, done: str, reason: bool = False
) -> Arrow:
    return Arrow(
        before=frozenset(before), after=after, sides=frozenset(sides), reason=reason, text=text, done=done
    )


_NEW: set[S | None] = {None, S.CANCELLED}
_STANDING: set[S | None] = {S.APPLIED, S.WAITLISTED, S.OFFERED, S.CONFIRMED}

ACTIONS: Mapping[str, Arrow] = {
    "apply": _arrow(_NEW, S.APPLIED, {_FIRM}, N_("Register"), N_("Registered; the organiser decides")),
    "register": _arrow(_NEW, S.CONFIRMED, {_FIRM}, N_("Register"), N_("Registered and confirmed")),
    "queue": _arrow(_NEW, S.WAITLISTED, {_FIRM}, N_("Register"), N_("Registered; on the waiting list")),
    "confirm": _arrow({S.APPLIED}, S.CONFIRMED, {_ORG}, N_("Confirm"), N_("Confirmed by the organiser")),
    "hold": _arrow(
        {S.APPLIED}, S.WAITLISTED, {_ORG}, N_("Confirm"), N_("Accepted by the organiser; on the waiting list")
    ),
    "reject": _arrow({S.APPLIED}, S.REJECTED, {_ORG}, N_("Reject"), N_("Not accepted"), True),
    "reopen": _arrow({S.REJECTED}, S.APPLIED, {_ORG}, N_("Decide anew"), N_("To be decided anew")),
    "offer": _arrow({S.WAITLISTED}, S.OFFERED, {_SYS}, "", N_("A place became free and was offered")),
    "promote": _arrow({S.WAITLISTED}, S.CONFIRMED, {_SYS}, "", N_("A place became free: confirmed")),
    "accept": _arrow({S.OFFERED}, S.CONFIRMED, {_FIRM}, N_("Take the place"), N_("The place was taken")),
    "decline": _arrow({S.OFFERED}, S.CANCELLED, {_FIRM}, N_("Leave it"), N_("The place was not taken")),
    "lapse": _arrow({S.OFFERED}, S.CANCELLED, {_SYS}, "", N_("The offer was not answered in time")),
    "cancel": _arrow(_STANDING, S.CANCELLED, {_FIRM, _SYS}, N_("Cancel"), N_("Cancelled by the firm")),
    "remove": _arrow(_STANDING, S.CANCELLED, {_ORG}, N_("Cancel"), N_("Cancelled by the organiser"), True),
    "call-off": _arrow(_STANDING, S.CANCELLED, {_SYS}, "", N_("The event was cancelled")),
    "attend": _arrow({S.CONFIRMED, S.NO_SHOW}, S.ATTENDED, {_ORG}, N_("Was there"), N_("Was there")),
    "miss": _arrow(
        {S.CONFIRMED, S.ATTENDED}, S.NO_SHOW, {_ORG, _SYS}, N_("Was not there"), N_("Was not there")
    ),
}

PLACES = frozenset({S.CONFIRMED, S.OFFERED, S.ATTENDED, S.NO_SHOW})
"""States that take one of the places of a side."""
COMING = frozenset({S.CONFIRMED, S.ATTENDED})
"""States whose people have tickets that hold."""
STANDING = frozenset({S.APPLIED, S.WAITLISTED, S.OFFERED, S.CONFIRMED})
"""States that somebody can still cancel."""

NAMES: Mapping[str, str] = {
    S.APPLIED: N_("Waiting for the organiser"),
    S.CONFIRMED: N_("Confirmed"),
    S.WAITLISTED: N_("On the waiting list"),
    S.OFFERED: N_("A place is offered"),
    S.REJECTED: N_("Not accepted"),
    S.CANCELLED: N_("Cancelled"),
    S.ATTENDED: N_("Was there"),
    S.NO_SHOW: N_("Was not there"),
}
TONES: Mapping[str, str] = {
    S.APPLIED: "brand",
    S.CONFIRMED: "ok",
    S.WAITLISTED: "near",
    S.OFFERED: "near",
    S.REJECTED: "bad",
    S.CANCELLED: "quiet",
    S.ATTENDED: "ok",
    S.NO_SHOW: "quiet",
}
"""Of the sign beside a state."""
GUEST_NAMES: Mapping[str, str] = {
    "ASKED": N_("Asks to be invited"),
    "INVITED": N_("Invited"),
    "DECLINED": N_("Declined"),
    "JOINED": N_("Has an account now"),
}
GUEST_TONES: Mapping[str, str] = {"ASKED": "brand", "INVITED": "near", "DECLINED": "quiet", "JOINED": "ok"}


def may(action: str, state: str | None, side: str) -> bool:
    """Whether the side may take this step now; `state` is None for a firm that is not registered."""
    arrow = ACTIONS[action]
    return state in arrow.before and side in arrow.sides


def check(action: str, state: str | None, side: str) -> S:
    """Where the step leads. Raises Conflict when it cannot be taken from this state or by this side."""
    if not may(action, state, side):
        raise Conflict(N_("This cannot be done with a registration in this state."))
    return ACTIONS[action].after
