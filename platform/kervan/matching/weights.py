"""What each reason of a match counts: the figures of fixtures/matching/weights.csv, where each says what it means."""

from functools import cache

import msgspec

from kervan.matching import weights_file
from kervan.trade.errors import N_

# The sentences of the file, so that they can be translated; a test holds the two together.
ABOUT = (
    N_("The exporter offers goods of the same six digits as asked."),
    N_("It offers goods of the same heading (four digits)."),
    N_("It offers goods of the same chapter (two digits)."),
    N_("Words of the title stand in the names of its product; in part, as many as there are."),
    N_("It sells to the country of the request already."),
    N_("Its smallest order is within the quantity that is asked; in part where it is more."),
    N_("It holds the certificates that are asked, and they are valid; shared out among them."),
    N_("The product itself names these certificates too; shared out among them."),
    N_(
        "The whole request could be a micro-export order:"
        " within the limits of the law, the platform and the exporter."
    ),
    N_("It works in a language in which answers are taken."),
    N_("It answers what it is asked: its answer rate of the last 12 months, from five cases on."),
    N_("It is in a province that the importer looks for."),
    N_(
        "Taken away when its goods take longer than the request is open; in part when they take a little longer."
    ),
    N_(
        "Days longer from which on it is taken away in full. A lead time that is not stated counts as so many days."
    ),
    N_("Points that the code and the words of a product must reach together; what stays below is no match."),
)


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """Points in thousandths, none below 0; `late_days` are days. The names are those of the file in small letters."""

    hs6: int
    hs4: int
    hs2: int
    words: int
    country: int
    quantity: int
    certificate: int
    certificate_of_product: int
    limits: int
    language: int
    answers: int
    province: int
    late: int
    late_days: int
    least: int

    def __post_init__(self) -> None:
        if (
            not self.hs6 >= self.hs4 >= self.hs2
            or self.late_days < 1
            or min(msgspec.structs.astuple(self)) < 0
        ):
            raise ValueError("a weight is below 0, a nearer code counts less, or LATE_DAYS is no day")


@cache
def shipped() -> Weights:
    """The weights that came with this release. Raises ValueError when the file does not hold exactly these."""
    return weights_file.shipped("matching", Weights, ("LATE_DAYS",))
