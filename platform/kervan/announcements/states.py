"""The arrows of an announcement's states in one place (domain 4.6): which step leads where, and what it is called."""

from collections.abc import Mapping

import msgspec

from kervan.announcements.tables import AnnouncementState as S
from kervan.errors import Conflict
from kervan.trade.errors import N_


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """A step: from which states, where it leads, whether it needs a reason, how it is called."""

    before: frozenset[S]
    after: S
    reason: bool = False
    by_hand: bool = True
    """People take it; the others are taken by the worker."""
    text: str = ""
    """What its button says (msgid)."""
    done: str
    """What the time line says (msgid)."""


def _arrow(
    before: set[S], after: S, text: str, done: str, *, reason: bool = False, by_hand: bool = True
) -> Arrow:
    return Arrow(before=frozenset(before), after=after, text=text, done=done, reason=reason, by_hand=by_hand)


ACTIONS: Mapping[str, Arrow] = {
    "submit": _arrow({S.DRAFT}, S.SUBMITTED, N_("Send for approval"), N_("Sent for approval")),
    "approve": _arrow({S.SUBMITTED}, S.APPROVED, N_("Approve"), N_("Approved")),
    "give-back": _arrow({S.SUBMITTED}, S.DRAFT, N_("Give back"), N_("Given back"), reason=True),
    "take-back": _arrow(
        {S.SUBMITTED, S.APPROVED, S.SCHEDULED}, S.DRAFT, N_("Take back to edit"), N_("Taken back to edit")
    ),
    "schedule": _arrow(
        {S.APPROVED, S.SCHEDULED}, S.SCHEDULED, N_("Set the time"), N_("The time for sending is set")
    ),
    "hold": _arrow({S.SCHEDULED}, S.APPROVED, N_("Do not send yet"), N_("Taken out of the plan")),
    "begin": _arrow({S.SCHEDULED}, S.SENDING, "", N_("Sending has begun"), by_hand=False),
    "pause": _arrow({S.SENDING}, S.PAUSED, N_("Pause"), N_("Paused")),
    "resume": _arrow({S.PAUSED}, S.SENDING, N_("Go on"), N_("Sending goes on")),
    "abort": _arrow(
        {S.SCHEDULED, S.SENDING, S.PAUSED},
        S.ABORTED,
        N_("Stop for good"),
        N_("Stopped for good"),
        reason=True,
    ),
    "end": _arrow({S.SENDING}, S.SENT, "", N_("Everybody is through"), by_hand=False),
    "new-edition": _arrow(
        {S.SENT, S.ABORTED}, S.DRAFT, N_("Write a new edition"), N_("A new edition is being written")
    ),
}

WRITING = {
    "create": N_("Drafted"),
    "edit": N_("Text changed"),
    "audience": N_("Audience changed"),
    "test": N_("Test mail sent"),
}
"""What else stands in the time line (msgids); none of it changes the state."""

NAMES: Mapping[str, str] = {
    S.DRAFT: N_("Draft"),
    S.SUBMITTED: N_("Waits for approval"),
    S.APPROVED: N_("Approved, without a time"),
    S.SCHEDULED: N_("Planned"),
    S.SENDING: N_("Being sent"),
    S.PAUSED: N_("Paused"),
    S.SENT: N_("Sent"),
    S.ABORTED: N_("Stopped"),
}
TONES: Mapping[str, str] = {
    S.DRAFT: "quiet",
    S.SUBMITTED: "near",
    S.APPROVED: "ok",
    S.SCHEDULED: "brand",
    S.SENDING: "brand",
    S.PAUSED: "near",
    S.SENT: "ok",
    S.ABORTED: "bad",
}

TOLD_ALREADY = N_("This edition went out already. Write a new edition and have it approved to send again.")
_MOVED_ON = N_("This is not possible any more: the announcement has moved on.")
_OUT = frozenset({S.SENDING, S.PAUSED, S.SENT, S.ABORTED})


def check(action: str, state: str) -> S:
    """The state that a step leads to. Raises Conflict when it is not possible in this state.

    An edition that went out is never planned or approved a second time, and says so.
    """
    arrow = ACTIONS[action]
    if state not in arrow.before:
        again = action in ("submit", "approve", "schedule") and state in _OUT
        raise Conflict(TOLD_ALREADY if again else _MOVED_ON)
    return arrow.after


def possible(state: str) -> tuple[str, ...]:
    """The steps that people can take now, in the order of ACTIONS."""
    return tuple(name for name, arrow in ACTIONS.items() if arrow.by_hand and state in arrow.before)
