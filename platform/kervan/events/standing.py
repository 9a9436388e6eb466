"""Whether and how one gets into an event now: the one button that fits, or the sentence why there is none."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from kervan.accounts.callers import Caller
from kervan.events import phases, queries
from kervan.events.public_queries import Room
from kervan.events.structs import EventShown
from kervan.events.tables import EventState, RegistrationBy
from kervan.registrations import access


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says beside the event."""

    way: str
    """CANCELLED, DONE, NONE (nobody registers), LATER, CLOSED, EXTERNAL, or REGISTER."""
    full: bool = False
    """No side on which the reader could register has a place left: who registers waits."""
    may: bool = False
    """The reader has a firm that he registers."""
    guest: bool = False
    """Somebody without an account can ask for an invitation."""


def standing(
    event: EventShown, rooms: Sequence[Room], caller: Caller | None, now: datetime | None = None
) -> Standing:
    """Where an event stands for a reader; None is a visitor."""
    content, now = event.content, now or datetime.now(UTC)
    if event.state == EventState.CANCELLED:
        return Standing(way="CANCELLED")
    if event.phase == phases.DONE:
        return Standing(way="DONE")
    if content.registration == RegistrationBy.NONE:
        return Standing(way="NONE")
    if not queries.is_open(event):
        opens = content.registration_opens_at
        return Standing(way="LATER" if opens is not None and opens > now else "CLOSED")
    if content.registration == RegistrationBy.EXTERNAL:
        return Standing(way="EXTERNAL")
    asked = [room for room in rooms if room.capacity != 0]
    firms = [m for m in caller.memberships if access.may_register(m)] if caller is not None else []
    sides = {access.side_of(firm) for firm in firms}
    own = [room for room in asked if room.side in sides] or asked
    return Standing(
        way="REGISTER",
        full=bool(own) and all(room.left == 0 for room in own),
        may=bool(firms),
        guest=caller is None and any(room.side == "IMPORTER" for room in asked),
    )
