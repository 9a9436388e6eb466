"""Why a document was not issued: each with everything that a page needs to show it."""

from collections.abc import Sequence

from kervan.documents.differences import Difference
from kervan.documents.rules import Broken
from kervan.errors import Conflict, Invalid
from kervan.trade.errors import N_


class RulesBroken(Invalid):
    """Rules of the trade are not kept; each is named, with its sentence by field."""

    title = "This document cannot be issued"

    def __init__(self, broken: Sequence[Broken]) -> None:
        super().__init__(
            N_("Some of what this document needs is missing or not right."),
            fields={each.field: each.error() for each in broken},
        )
        self.broken = tuple(broken)


class Differs(Conflict):
    """The invoice says something else than the confirmed proforma (domain 4.7, invariant 7)."""

    title = "The invoice and the confirmed proforma differ"

    def __init__(self, differences: Sequence[Difference]) -> None:
        super().__init__(N_("The invoice must say what the confirmed proforma says. They differ."))
        self.differences = tuple(differences)
