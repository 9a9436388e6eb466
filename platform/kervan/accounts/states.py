"""The arrows of a person's account, in one place."""

from kervan.accounts.tables import PersonState as P
from kervan.errors import Conflict
from kervan.trade.errors import N_

ARROWS: dict[P, frozenset[P]] = {
    P.PENDING_EMAIL: frozenset({P.ACTIVE, P.CLOSED}),
    P.ACTIVE: frozenset({P.SUSPENDED, P.CLOSED}),
    P.SUSPENDED: frozenset({P.ACTIVE, P.CLOSED}),
    P.CLOSED: frozenset(),
}


def check(before: str, after: str) -> None:
    """Raises Conflict when an account may not go from `before` to `after`."""
    if P(after) not in ARROWS[P(before)]:
        raise Conflict(N_("An account that is {before} cannot become {after}."), before=before, after=after)
