"""Why an order was not placed: each keeps what was typed with the caller."""

from collections.abc import Sequence

import msgspec

from kervan.errors import Conflict, Invalid
from kervan.trade.errors import N_
from kervan.trade.verdict import Verdict


class Refused(Invalid):
    """The law, the platform or the exporter does not allow this order; the same goods may be inquired about."""

    title = "This cannot be a direct order"

    def __init__(self, verdict: Verdict) -> None:
        # What pages and the API say is policies.sentences.say(verdict): with figures as the reader writes them.
        super().__init__(
            N_("These goods cannot be ordered directly. Ask the exporter for them in an inquiry.")
        )
        self.verdict = verdict


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as the buyer saw it: `field` is price, weight, code or quantity; both values as text."""

    product: str
    """Public id."""
    name: str
    field: str
    before: str
    now: str


class Changed(Conflict):
    """Prices, weights or codes moved since the buyer saw them: shown, and asked again."""

    title = "Some of this has changed since you saw it"

    def __init__(self, differences: Sequence[Difference]) -> None:
        super().__init__(N_("Some of this has changed since you saw it. Look at it and send it again."))
        self.differences = tuple(differences)
