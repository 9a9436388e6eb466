"""The arrows of an importer's standing, in one place (domain 4.6)."""

from collections.abc import Mapping

from kervan.errors import Conflict
from kervan.importers.tables import Standing as S
from kervan.trade.errors import N_

ARROWS: Mapping[S, frozenset[S]] = {
    S.PENDING_EMAIL: frozenset({S.ACTIVE, S.SUSPENDED, S.CLOSED}),
    S.ACTIVE: frozenset({S.VERIFIED, S.SUSPENDED, S.CLOSED}),
    S.VERIFIED: frozenset({S.ACTIVE, S.SUSPENDED, S.CLOSED}),
    # Back to where it stood before, and nowhere else: importer.standing_before.
    S.SUSPENDED: frozenset({S.PENDING_EMAIL, S.ACTIVE, S.VERIFIED, S.CLOSED}),
    S.CLOSED: frozenset(),
}


def check(before: str, after: str) -> None:
    """Raises Conflict when an importer may not go from `before` to `after`."""
    if S(after) not in ARROWS[S(before)]:
        raise Conflict(N_("An importer that is {before} cannot become {after}."), before=before, after=after)
