"""What an exporter hands in for a document: the little that its order does not say already."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from kervan.documents.structs import Address
from kervan.errors import Invalid, KervanError
from kervan.trade.errors import N_

MOST_VALID_DAYS = 180
"""From today on, of a proforma."""
OLDEST_INVOICE_DAYS = 7
"""VUK (Law 213) art. 231/5: an invoice is made within seven days of the delivery."""
MOST_PACKAGES = 999
LONGEST_TERMS = 300
LONGEST_NOTE = 1000
MOST_LEAD_DAYS = 730
MOST_TOTAL = Decimal(10) ** 12
MOST_GROSS_G = 100_000_000
"""A hundred tonnes: what weighs more was mistyped. What the law allows is far below."""
_LONGEST = {
    "payment_terms": LONGEST_TERMS, "note": LONGEST_NOTE, "street": 200, "city": 80, "postcode": 20, "region": 80,
}  # fmt: skip


def too_much(wanted: msgspec.Struct) -> dict[str, KervanError | str]:
    """What no paper has room for, a sentence by field: a print of a text without end keeps everybody else waiting."""
    wrong: dict[str, KervanError | str] = {}
    for field in wanted.__struct_fields__:
        value = getattr(wanted, field)
        if isinstance(value, Address):
            wrong |= {f"{field}_{name}": why for name, why in too_much(value).items()}
        elif isinstance(value, str) and len(value) > _LONGEST.get(field, LONGEST_TERMS):
            wrong[field] = Invalid(N_("At most {n} characters."), n=_LONGEST.get(field, LONGEST_TERMS))
        elif (most := _MOST.get(field)) and value is not None and not most[0] <= value <= most[1]:
            wrong[field] = Invalid(
                N_("Enter a whole number from {low} to {high}."), low=most[0], high=most[1]
            )
    return wrong


_MOST = {"lead_days": (0, MOST_LEAD_DAYS), "packages": (1, MOST_PACKAGES), "gross_g": (1, MOST_GROSS_G)}


class ProformaWanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a proforma says beside the order's terms."""

    valid_until: date
    payment_terms: str = ""
    """Empty: those of the order."""
    lead_days: int | None = None
    """None: those of the order."""
    note: str = ""
    office: Address | None = None
    """Where the buyer's own office is; None: at the place of delivery, or only its city."""
    transport_mode: int = 4
    """UNECE Rec 19; express parcels mostly fly."""


class InvoiceWanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an invoice says beside the confirmed proforma."""

    number: str
    issued_on: date
    try_rate: Decimal | None = None
    """TRY for one unit of the order's currency."""
    try_rate_on: date | None = None
    rate_confirmed: bool = False
    """The exporter looked again at a rate that is far from the last known one."""
    stated_total: Decimal | None = None
    """What the invoice in the exporter's own e-Arşiv system says, to be compared; None: not said."""
    note: str = ""


class PackingWanted(msgspec.Struct, frozen=True, kw_only=True):
    """How the goods are packed: for the packing list and the export information form."""

    packages: int
    gross_g: int
    """As weighed, packages included."""
    package_kind: str = "CT"
    """UNECE Rec 21."""
    line_packages: Mapping[int, int] = {}
    """By line number; a line may share its package with others and then has none of its own."""
    transport_mode: int = 4
    note: str = ""
