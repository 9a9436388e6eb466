"""The arrows of a listing, in one place (domain 4.6)."""

from kervan.errors import Conflict
from kervan.products.tables import Listing
from kervan.trade.errors import N_

ARROWS: dict[Listing, frozenset[Listing]] = {
    Listing.DRAFT: frozenset({Listing.IN_REVIEW, Listing.ARCHIVED}),
    Listing.IN_REVIEW: frozenset({Listing.PUBLISHED, Listing.REJECTED, Listing.DRAFT}),
    Listing.PUBLISHED: frozenset({Listing.PAUSED, Listing.ARCHIVED, Listing.BLOCKED}),
    Listing.PAUSED: frozenset({Listing.PUBLISHED, Listing.ARCHIVED, Listing.BLOCKED}),
    Listing.REJECTED: frozenset({Listing.DRAFT, Listing.ARCHIVED}),
    Listing.BLOCKED: frozenset({Listing.PUBLISHED, Listing.PAUSED, Listing.ARCHIVED}),
    Listing.ARCHIVED: frozenset(),
}


def check(before: str, after: str) -> None:
    """Raises Conflict when a listing may not go from `before` to `after`."""
    if Listing(after) not in ARROWS[Listing(before)]:
        raise Conflict(N_("A listing that is {before} cannot become {after}."), before=before, after=after)
