"""What a met wish counts: fixtures/meetings/weights.csv, read once."""

from functools import cache

import msgspec

from kervan.matching import weights_file
from kervan.trade.errors import N_

# The sentences of the file, so that they can be translated; a test holds the two together.
ABOUT = (
    N_("What a wish of the first rank counts when it is met."),
    N_("So much less counts each rank below; two met wishes always count more than one of any rank."),
    N_("Counts in addition when both sides wished for the meeting."),
    N_(
        "Ranks that there are: a participant has at most so many wishes, and what goes beyond is not planned."
    ),
    N_("Own wishes that everybody gets met, where it is possible at all, before anything else counts."),
)


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """Points in thousandths; `ranks` and `floor` are counts. The names are those of the file in small letters."""

    first: int
    fall: int
    mutual: int
    ranks: int
    floor: int

    def __post_init__(self) -> None:
        if min(msgspec.structs.astuple(self)) < 0 or self.ranks < 1:
            raise ValueError("a weight is below 0, or there is no rank")
        if 2 * self.of_rank(self.ranks) <= self.first:
            raise ValueError("one wish may not count as much as two others")

    def of_rank(self, rank: int) -> int:
        """What a met wish of this rank counts."""
        return self.first - self.fall * (rank - 1)


@cache
def shipped() -> Weights:
    """The weights that came with this release. Raises ValueError when the file does not hold exactly these."""
    return weights_file.shipped("meetings", Weights, ("RANKS", "FLOOR"))
