"""The arrows of an event's states in one place (domain 4.6), and which events the Ministry has to approve."""

from collections.abc import Mapping

import msgspec

from kervan.errors import Conflict
from kervan.events.tables import EventKind, Format, OrganiserKind, RegistrationBy
from kervan.events.tables import EventState as S
from kervan.trade.errors import N_


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """A step: from which states, where it leads, who may take it, whether it needs a reason, how it is called."""

    before: frozenset[S]
    after: S
    ministry: bool = False
    """Only the Ministry's administrators take it."""
    reason: bool = False
    text: str
    """What its button says (msgid)."""
    done: str
    """What the time line says (msgid)."""


def _arrow(
    before: set[S], after: S, text: str, done: str, *, ministry: bool = False, reason: bool = False
) -> Arrow:
    return Arrow(
        before=frozenset(before), after=after, text=text, done=done, ministry=ministry, reason=reason
    )


ACTIONS: Mapping[str, Arrow] = {
    "submit": _arrow(
        {S.DRAFT, S.RETURNED}, S.SUBMITTED, N_("Send to the Ministry"), N_("Sent to the Ministry")
    ),
    "take-back": _arrow({S.SUBMITTED}, S.DRAFT, N_("Take back to edit"), N_("Taken back to edit")),
    "approve": _arrow({S.SUBMITTED}, S.APPROVED, N_("Approve"), N_("Approved"), ministry=True),
    "return": _arrow(
        {S.SUBMITTED}, S.RETURNED, N_("Give back"), N_("Given back"), ministry=True, reason=True
    ),
    "publish": _arrow({S.DRAFT, S.RETURNED, S.APPROVED}, S.PUBLISHED, N_("Publish"), N_("Published")),
    "cancel": _arrow(
        {S.APPROVED, S.PUBLISHED}, S.CANCELLED, N_("Cancel the event"), N_("Cancelled"), reason=True
    ),
}

EDITABLE = frozenset({S.DRAFT, S.RETURNED, S.APPROVED, S.PUBLISHED})
"""States in which an organiser may change an event; an approved one whose core changes has to be approved anew."""

NAMES: Mapping[str, str] = {
    "DRAFT": N_("Draft"),
    "SUBMITTED": N_("Waits for approval"),
    "RETURNED": N_("Given back"),
    "APPROVED": N_("Approved"),
    "PUBLISHED": N_("Announced"),
    "REG_OPEN": N_("Registration is open"),
    "REG_CLOSED": N_("Registration is closed"),
    "LIVE": N_("Running"),
    "DONE": N_("Past"),
    "CANCELLED": N_("Cancelled"),
}
"""States and phases (events.phases), as people read them."""

TONES: Mapping[str, str] = {
    "DRAFT": "quiet",
    "SUBMITTED": "near",
    "RETURNED": "bad",
    "APPROVED": "ok",
    "PUBLISHED": "brand",
    "REG_OPEN": "ok",
    "REG_CLOSED": "near",
    "LIVE": "brand",
    "DONE": "quiet",
    "CANCELLED": "bad",
}

KIND_NAMES: Mapping[str, str] = {
    EventKind.FAIR: N_("Fair"),
    EventKind.TRADE_MISSION: N_("Trade mission"),
    EventKind.BUYING_MISSION: N_("Buying mission"),
    EventKind.VIRTUAL_MISSION: N_("Virtual mission"),
    EventKind.TRAINING: N_("Training"),
}
KIND_MEANINGS: Mapping[str, str] = {
    EventKind.FAIR: N_("Many exhibitors under one roof, open to visitors."),
    EventKind.TRADE_MISSION: N_("Exporters travel abroad and meet importers there."),
    EventKind.BUYING_MISSION: N_("Importers come to Türkiye and meet exporters here."),
    EventKind.VIRTUAL_MISSION: N_("Exporters and importers meet online."),
    EventKind.TRAINING: N_("Exporters or importers learn something."),
}
FORMAT_NAMES: Mapping[str, str] = {
    Format.ONSITE: N_("On site"),
    Format.ONLINE: N_("Online"),
    Format.HYBRID: N_("On site and online"),
}
ORGANISER_NAMES: Mapping[str, str] = {
    OrganiserKind.ASSOCIATION: N_("Exporters' association"),
    OrganiserKind.POST: N_("Trade post"),
    OrganiserKind.MINISTRY: N_("Ministry of Trade"),
    OrganiserKind.EXTERNAL: N_("Another organiser"),
}
REGISTRATION_NAMES: Mapping[str, str] = {
    RegistrationBy.NONE: N_("No registration"),
    RegistrationBy.PLATFORM: N_("On this platform"),
    RegistrationBy.EXTERNAL: N_("At the organiser's own address"),
}

_APPROVED_BY_MINISTRY = frozenset(
    {EventKind.TRADE_MISSION, EventKind.BUYING_MISSION, EventKind.VIRTUAL_MISSION}
)


def needs_approval(kind: str, organiser_kind: str) -> bool:
    """Whether the Ministry has to approve before it is announced: missions of associations, and of organisers outside.

    Circular 2020/6 of the Ministry of Trade: cooperation organisations ask for leave to organise them.
    """
    # Nor does it announce one without leave by naming somebody else as its organiser.
    return kind in _APPROVED_BY_MINISTRY and organiser_kind in (
        OrganiserKind.ASSOCIATION,
        OrganiserKind.EXTERNAL,
    )


def check(action: str, state: str, *, approval: bool) -> S:
    """The state that a step leads to.

    Raises Conflict when it is not possible in this state, or when the Ministry has not approved what it must.
    """
    arrow = ACTIONS[action]
    if state not in arrow.before:
        raise Conflict(N_("This is not possible any more: the event has moved on."))
    if action == "publish" and approval and state != S.APPROVED:
        raise Conflict(N_("The Ministry has to approve this event before it is announced."))
    if action == "submit" and not approval:
        raise Conflict(N_("This event needs no approval: announce it."))
    return arrow.after


def possible(state: str, *, approval: bool, ministry: bool) -> tuple[str, ...]:
    """The steps that are possible now, in the order of ACTIONS."""
    found = []
    for action, arrow in ACTIONS.items():
        if arrow.ministry and not ministry:
            continue
        try:
            check(action, state, approval=approval)
        except Conflict:
            continue
        found.append(action)
    return tuple(found)
