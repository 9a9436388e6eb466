"""What an exporter hands in for a document: the little that its order does not say already."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from kervan.documents.structs import Address

MOST_VALID_DAYS = 180
"""From today on, of a proforma."""
OLDEST_INVOICE_DAYS = 7
"""VUK (Law 213) art. 231/5: an invoice is made within seven days of the delivery."""
MOST_PACKAGES = 999
LONGEST_TERMS = 300
LONGEST_NOTE = 1000


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
