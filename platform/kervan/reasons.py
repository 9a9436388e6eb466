"""Reasons that the other side of a step reads, or an auditor: refused beside the field `reason` when too short or too
long."""

from kervan.errors import Invalid
from kervan.trade.errors import N_

SHORTEST = 5
LONGEST = 1000


def needed(text: str) -> str:
    """The reason of a step that cannot be taken without one. Raises Invalid beside `reason`."""
    reason = text.strip()
    if len(reason) < SHORTEST:
        raise Invalid(fields={"reason": Invalid(N_("Say why, in a few words. The other side reads it."))})
    return _short(reason)


def optional(text: str) -> str | None:
    """What somebody added to a step of his own accord, of any brevity; None for nothing. Raises Invalid beside
    `reason` when it is too long."""
    return _short(text.strip()) or None


def audited(text: str) -> str:
    """The reason of what staff do to the law or to people, for the audit trail. Raises Invalid beside `reason`."""
    reason = text.strip()
    if not reason:
        raise Invalid(fields={"reason": N_("Give a reason: it is kept in the audit trail.")})
    return _short(reason)


def _short(reason: str) -> str:
    if len(reason) > LONGEST:
        raise Invalid(fields={"reason": Invalid(N_("At most {n} characters."), n=LONGEST)})
    return reason
