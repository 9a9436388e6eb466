"""The arrows of an order's states in one place (domain 4.5): which step leads where, and who may take it."""

from collections.abc import Mapping

import msgspec

from kervan.errors import Conflict
from kervan.orders.tables import Side
from kervan.orders.tables import State as S
from kervan.trade.errors import N_

_EX, _IM, _STAFF, _SYS, _CAR = Side.EXPORTER, Side.IMPORTER, Side.STAFF, Side.SYSTEM, Side.CARRIER


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """A step: from which states it may be taken, where it leads, by which sides, and whether it needs a reason."""

    before: frozenset[S]
    after: S
    sides: frozenset[Side]
    reason: bool = False
    text: str
    """What its button says (msgid)."""
    done: str
    """What the time line says (msgid)."""


def _arrow(before: set[S], after: S, sides: set[Side], text: str, done: str, reason: bool = False) -> Arrow:
    return Arrow(
        before=frozenset(before), after=after, sides=frozenset(sides), reason=reason, text=text, done=done
    )


_BEFORE_HAND_OVER = {S.SUBMITTED, S.COUNTERED, S.ACCEPTED, S.PROFORMA_SENT, S.CONFIRMED, S.INVOICED}
_UNDER_WAY = {S.HANDED_TO_CARRIER, S.ETGB_REGISTERED, S.EXPORTED, S.DELIVERED}

ACTIONS: Mapping[str, Arrow] = {
    "accept": _arrow({S.SUBMITTED}, S.ACCEPTED, {_EX, _SYS}, N_("Accept the order"), N_("Order accepted")),
    "decline": _arrow({S.SUBMITTED}, S.DECLINED, {_EX}, N_("Decline"), N_("Order declined"), True),
    "counter": _arrow(
        {S.SUBMITTED, S.ACCEPTED}, S.COUNTERED, {_EX}, N_("Offer other terms"), N_("Other terms offered")
    ),
    "agree": _arrow(
        {S.COUNTERED}, S.SUBMITTED, {_IM}, N_("Agree to the offered terms"), N_("Offered terms agreed to")
    ),
    "withdraw": _arrow({S.SUBMITTED}, S.WITHDRAWN, {_IM}, N_("Withdraw the order"), N_("Order withdrawn")),
    "expire": _arrow({S.SUBMITTED}, S.EXPIRED, {_SYS}, "", N_("Not answered in time")),
    "proforma": _arrow(
        {S.ACCEPTED}, S.PROFORMA_SENT, {_EX}, N_("Issue the proforma"), N_("Proforma invoice sent")
    ),
    "confirm": _arrow(
        {S.PROFORMA_SENT}, S.CONFIRMED, {_IM}, N_("Confirm the proforma"), N_("Proforma confirmed")
    ),
    "invoice": _arrow({S.CONFIRMED}, S.INVOICED, {_EX}, N_("Issue the invoice"), N_("Invoice issued")),
    "hand-over": _arrow(
        {S.INVOICED},
        S.HANDED_TO_CARRIER,
        {_EX},
        N_("Hand over to the carrier"),
        N_("Handed over to the carrier"),
    ),
    "register": _arrow(
        {S.HANDED_TO_CARRIER},
        S.ETGB_REGISTERED,
        {_EX, _CAR},
        N_("Enter the ETGB number"),
        N_("Customs declaration (ETGB) registered"),
    ),
    "close": _arrow(
        {S.ETGB_REGISTERED},
        S.EXPORTED,
        {_EX, _CAR},
        N_("Enter the closing date"),
        N_("Exported: declaration closed"),
    ),
    "deliver": _arrow(
        {S.EXPORTED}, S.DELIVERED, {_EX, _IM, _CAR}, N_("The goods have arrived"), N_("Delivered")
    ),
    "complete": _arrow(
        {S.DELIVERED}, S.COMPLETED, {_IM, _SYS}, N_("Everything is in order"), N_("Order completed")
    ),
    "dispute": _arrow(
        {S.DELIVERED}, S.DISPUTED, {_IM}, N_("Something is wrong"), N_("Complaint raised"), True
    ),
    "resolve": _arrow(
        {S.DISPUTED}, S.RESOLVED, {_STAFF}, N_("Close the complaint"), N_("Complaint closed"), True
    ),
    "return": _arrow(_UNDER_WAY, S.RETURNED, {_EX}, N_("The goods came back"), N_("Goods returned"), True),
    "cancel": _arrow(
        _BEFORE_HAND_OVER,
        S.CANCELLED,
        {_EX, _IM, _STAFF, _SYS},
        N_("Cancel the order"),
        N_("Order cancelled"),
        True,
    ),
}
"""Every way from one state to another; nothing else changes a state."""

ENDED = frozenset({S.COMPLETED, S.DECLINED, S.EXPIRED, S.WITHDRAWN, S.CANCELLED, S.RETURNED, S.RESOLVED})

CHAIN = (
    S.SUBMITTED, S.ACCEPTED, S.PROFORMA_SENT, S.CONFIRMED, S.INVOICED, S.HANDED_TO_CARRIER, S.ETGB_REGISTERED,
    S.EXPORTED, S.DELIVERED, S.COMPLETED,
)  # fmt: skip
"""The way of an order that goes well."""

NAMES: Mapping[S, str] = {
    S.SUBMITTED: N_("Sent"),
    S.COUNTERED: N_("Other terms offered"),
    S.ACCEPTED: N_("Accepted"),
    S.PROFORMA_SENT: N_("Proforma sent"),
    S.CONFIRMED: N_("Confirmed"),
    S.INVOICED: N_("Invoiced"),
    S.HANDED_TO_CARRIER: N_("With the carrier"),
    S.ETGB_REGISTERED: N_("ETGB registered"),
    S.EXPORTED: N_("Exported"),
    S.DELIVERED: N_("Delivered"),
    S.COMPLETED: N_("Completed"),
    S.DECLINED: N_("Declined"),
    S.EXPIRED: N_("Expired"),
    S.WITHDRAWN: N_("Withdrawn"),
    S.CANCELLED: N_("Cancelled"),
    S.RETURNED: N_("Returned"),
    S.DISPUTED: N_("Disputed"),
    S.RESOLVED: N_("Complaint closed"),
}

# The one step that a side is led to; the others stand beside it.
NEXT: Mapping[Side, Mapping[S, str]] = {
    _EX: {
        S.SUBMITTED: "accept",
        S.ACCEPTED: "proforma",
        S.CONFIRMED: "invoice",
        S.INVOICED: "hand-over",
        S.HANDED_TO_CARRIER: "register",
        S.ETGB_REGISTERED: "close",
        S.EXPORTED: "deliver",
    },
    _IM: {S.COUNTERED: "agree", S.PROFORMA_SENT: "confirm", S.EXPORTED: "deliver", S.DELIVERED: "complete"},
    _STAFF: {S.DISPUTED: "resolve"},
}


def may(action: str, state: str, side: str) -> bool:
    """Whether the side may take this step now."""
    arrow = ACTIONS[action]
    return S(state) in arrow.before and Side(side) in arrow.sides


def steps(state: str, side: str) -> tuple[str, ...]:
    """What the side may do now, the step that leads on first."""
    found = [action for action in ACTIONS if may(action, state, side)]
    first = NEXT.get(Side(side), {}).get(S(state))
    return tuple(sorted(found, key=lambda action: action != first))


def check(action: str, state: str, side: str) -> Arrow:
    """The step's arrow. Raises Conflict when it cannot be taken from this state or by this side."""
    if action not in ACTIONS or not may(action, state, side):
        raise Conflict(N_("This cannot be done with an order in this state."))
    return ACTIONS[action]
