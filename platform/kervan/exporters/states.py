"""The arrows of an exporter's verification, in one place (domain 4.6)."""

from kervan.errors import Conflict
from kervan.exporters.tables import Verification as V
from kervan.trade.errors import N_

ARROWS: dict[V, frozenset[V]] = {
    V.DRAFT: frozenset({V.SUBMITTED, V.CLOSED}),
    V.SUBMITTED: frozenset({V.UNDER_REVIEW, V.CLOSED}),
    V.UNDER_REVIEW: frozenset({V.NEEDS_INFO, V.VERIFIED, V.REJECTED, V.CLOSED}),
    V.NEEDS_INFO: frozenset({V.SUBMITTED, V.CLOSED}),
    V.VERIFIED: frozenset({V.SUSPENDED, V.EXPIRED, V.CLOSED}),
    V.SUSPENDED: frozenset({V.VERIFIED, V.CLOSED}),
    V.EXPIRED: frozenset({V.SUBMITTED, V.CLOSED}),
    V.REJECTED: frozenset({V.CLOSED}),
    V.CLOSED: frozenset(),
}


def check(before: str, after: str) -> None:
    """Raises Conflict when a verification may not go from `before` to `after`."""
    if V(after) not in ARROWS[V(before)]:
        raise Conflict(N_("An exporter that is {before} cannot become {after}."), before=before, after=after)
