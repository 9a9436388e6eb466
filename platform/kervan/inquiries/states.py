"""The arrows of inquiries and quotes in one place (domain 4.6): which step leads where, and who may take it."""

from collections.abc import Mapping

import msgspec

from kervan.errors import Conflict
from kervan.inquiries.tables import InquiryState as I
from kervan.inquiries.tables import QuoteState as Q
from kervan.orders.tables import Side
from kervan.trade.errors import N_

_EX, _IM, _SYS = Side.EXPORTER, Side.IMPORTER, Side.SYSTEM


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """A step: from which states it may be taken, where it leads, and by which sides."""

    before: frozenset[str]
    after: str
    sides: frozenset[str]


def _arrow(before: set[str], after: str, sides: set[str]) -> Arrow:
    return Arrow(before=frozenset(before), after=after, sides=frozenset(sides))


LIVE = frozenset({Q.SENT, Q.REVISED})
"""A quote that the importer may take; REVISED: the exporter works at a new revision, the last one stands meanwhile."""
UNDER_WAY = frozenset({I.OPEN, I.ANSWERED})

INQUIRY: Mapping[str, Arrow] = {
    # The first quote of any exporter; the last that is withdrawn, declined or over leads back.
    "answer": _arrow({I.OPEN, I.ANSWERED}, I.ANSWERED, {_EX}),
    "reopen": _arrow({I.ANSWERED}, I.OPEN, {_EX, _IM, _SYS}),
    "convert": _arrow({I.OPEN, I.ANSWERED}, I.CONVERTED, {_IM}),
    "close": _arrow({I.OPEN, I.ANSWERED}, I.CLOSED, {_IM}),
    "expire": _arrow({I.OPEN, I.ANSWERED}, I.EXPIRED, {_SYS}),
}
QUOTE: Mapping[str, Arrow] = {
    "send": _arrow({Q.DRAFT, Q.REVISED}, Q.SENT, {_EX}),
    "revise": _arrow({Q.SENT, Q.REVISED}, Q.REVISED, {_EX}),
    "discard": _arrow({Q.REVISED}, Q.SENT, {_EX}),
    "withdraw": _arrow({Q.DRAFT, Q.SENT, Q.REVISED}, Q.WITHDRAWN, {_EX, _SYS}),
    "accept": _arrow({Q.SENT, Q.REVISED}, Q.ACCEPTED, {_IM}),
    # By the system: another quote was taken, or the inquiry was closed.
    "decline": _arrow({Q.SENT, Q.REVISED}, Q.DECLINED, {_IM, _SYS}),
    "expire": _arrow({Q.SENT, Q.REVISED}, Q.EXPIRED, {_SYS}),
}

INQUIRY_NAMES: Mapping[str, str] = {
    I.OPEN: N_("Open"),
    I.ANSWERED: N_("Answered"),
    I.CONVERTED: N_("Quote accepted"),
    I.CLOSED: N_("Closed"),
    I.EXPIRED: N_("Ran out"),
}
QUOTE_NAMES: Mapping[str, str] = {
    Q.DRAFT: N_("Draft"),
    Q.SENT: N_("Sent"),
    Q.REVISED: N_("Being revised"),
    Q.ACCEPTED: N_("Accepted"),
    Q.DECLINED: N_("Declined"),
    Q.EXPIRED: N_("Ran out"),
    Q.WITHDRAWN: N_("Withdrawn"),
}
TONES: Mapping[str, str] = {
    I.OPEN: "brand",
    I.ANSWERED: "ok",
    I.CONVERTED: "ok",
    Q.SENT: "ok",
    Q.REVISED: "near",
    Q.ACCEPTED: "ok",
    Q.DECLINED: "bad",
    I.EXPIRED: "near",
}
"""Of the sign beside a state, where it is not quiet."""


def may(arrows: Mapping[str, Arrow], action: str, state: str, side: str) -> bool:
    """Whether the side may take this step now."""
    arrow = arrows[action]
    return state in arrow.before and side in arrow.sides


def check(arrows: Mapping[str, Arrow], action: str, state: str, side: str) -> str:
    """Where the step leads. Raises Conflict when it cannot be taken from this state or by this side."""
    if not may(arrows, action, state, side):
        raise Conflict(
            N_("This cannot be done with an inquiry in this state.")
            if arrows is INQUIRY
            else N_("This cannot be done with a quote in this state.")
        )
    return arrows[action].after
