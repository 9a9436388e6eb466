"""The arrows of a request's states in one place (domain 4.6): which step leads where, and who may take it."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from kervan.errors import Conflict
from kervan.requests.tables import BuyerType, ClosedAs, Source, Visibility
from kervan.requests.tables import RequestState as S
from kervan.trade.errors import N_


class Side(StrEnum):
    """Who takes a step: the buyer's people, a post that looks after it, other staff, the clock."""

    IMPORTER = "IMPORTER"
    POST = "POST"
    STAFF = "STAFF"
    SYSTEM = "SYSTEM"


_IM, _POST, _STAFF, _SYS = Side.IMPORTER, Side.POST, Side.STAFF, Side.SYSTEM
_ALL = {_IM, _POST, _STAFF}


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """A step: from which states, where it leads, by which sides, whether it needs a reason, how it is called."""

    before: frozenset[S]
    after: S | None
    """None: the state stays."""
    sides: frozenset[Side]
    reason: bool = False
    text: str = ""
    """What its button says (msgid)."""
    done: str
    """What the time line says (msgid)."""


def _arrow(
    before: set[S], after: S | None, sides: set[Side], text: str, done: str, reason: bool = False
) -> Arrow:
    return Arrow(
        before=frozenset(before), after=after, sides=frozenset(sides), reason=reason, text=text, done=done
    )


EDITABLE = frozenset({S.DRAFT, S.RETURNED})
"""What is written here nobody else has seen, or has seen and given back."""
PUBLIC = frozenset({S.PUBLISHED, S.CLOSED})
"""States in which a request has a page on the board."""

ACTIONS: Mapping[str, Arrow] = {
    "submit": _arrow({S.DRAFT, S.RETURNED}, S.SUBMITTED, _ALL, N_("Send for review"), N_("Sent for review")),
    "take-back": _arrow(
        {S.SUBMITTED}, S.DRAFT, {_IM, _POST}, N_("Take back to edit"), N_("Taken back to edit")
    ),
    "publish": _arrow(
        {S.DRAFT, S.RETURNED, S.SUBMITTED}, S.PUBLISHED, {_POST, _STAFF}, N_("Publish"), N_("Published")
    ),
    "return": _arrow({S.SUBMITTED}, S.RETURNED, {_POST, _STAFF}, N_("Send back"), N_("Sent back"), True),
    "reject": _arrow({S.SUBMITTED}, S.REJECTED, {_POST, _STAFF}, N_("Reject"), N_("Rejected"), True),
    "correct": _arrow({S.PUBLISHED}, None, _ALL, N_("Edit"), N_("Corrected")),
    "edit": _arrow({S.PUBLISHED}, None, _ALL, N_("Edit"), N_("Changed and announced anew")),
    # To goods of another heading, by the importer: what was reviewed were others.
    "review-again": _arrow({S.PUBLISHED}, S.SUBMITTED, {_IM}, "", N_("Other goods: sent for review again")),
    "withdraw": _arrow({S.PUBLISHED}, S.CLOSED, _ALL, N_("Withdraw the request"), N_("Withdrawn"), True),
    # A quote may also be taken after the last day, while it is valid.
    "award": _arrow({S.PUBLISHED, S.CLOSED}, S.CLOSED, _ALL, "", N_("A quote was accepted")),
    "expire": _arrow({S.PUBLISHED}, S.CLOSED, {_SYS}, "", N_("The deadline is over")),
    "archive": _arrow({S.CLOSED}, S.ARCHIVED, {_SYS}, "", N_("Archived")),
}
CLOSES_AS: Mapping[str, ClosedAs] = {
    "withdraw": ClosedAs.WITHDRAWN,
    "award": ClosedAs.AWARDED,
    "expire": ClosedAs.DEADLINE,
}

NAMES: Mapping[str, str] = {
    S.DRAFT: N_("Draft"),
    S.SUBMITTED: N_("Under review"),
    S.RETURNED: N_("Sent back"),
    S.PUBLISHED: N_("Open"),
    S.CLOSED: N_("Closed"),
    S.ARCHIVED: N_("Archived"),
    S.REJECTED: N_("Rejected"),
}
TONES: Mapping[str, str] = {
    S.SUBMITTED: "brand",
    S.RETURNED: "near",
    S.PUBLISHED: "ok",
    S.REJECTED: "bad",
}
"""Of the sign beside a state, where it is not quiet."""
CLOSED_NAMES: Mapping[str, str] = {
    ClosedAs.AWARDED: N_("Awarded"),
    ClosedAs.DEADLINE: N_("Deadline over"),
    ClosedAs.WITHDRAWN: N_("Withdrawn"),
}
SOURCE_NAMES: Mapping[str, str] = {
    Source.IMPORTER: N_("Importer"),
    Source.ATTACHE: N_("Trade post"),
    Source.TENDER: N_("Public tender"),
}
VISIBILITY_NAMES: Mapping[str, str] = {
    Visibility.OPEN: N_("Openly: exporters see name and contact"),
    Visibility.RELAY: N_("By the platform: the name stays hidden until it is shown"),
    Visibility.POST: N_("Through the trade post"),
}
BUYER_NAMES: Mapping[str, str] = {
    BuyerType.IMPORTER: N_("Importer or wholesaler"),
    BuyerType.DISTRIBUTOR: N_("Distributor"),
    BuyerType.RETAILER: N_("Retailer"),
    BuyerType.MANUFACTURER: N_("Manufacturer"),
    BuyerType.HOSPITALITY: N_("Hotel or restaurant"),
    BuyerType.ECOMMERCE: N_("Online shop"),
    BuyerType.PUBLIC: N_("Public body"),
    BuyerType.OTHER: N_("Other"),
}


def may(action: str, state: str, side: str) -> bool:
    """Whether the side may take this step now."""
    arrow = ACTIONS[action]
    return state in arrow.before and side in arrow.sides


def check(action: str, state: str, side: str) -> S:
    """Where the step leads. Raises Conflict when it cannot be taken from this state or by this side."""
    if not may(action, state, side):
        raise Conflict(N_("This cannot be done with a request in this state."))
    return ACTIONS[action].after or S(state)
