"""What the forms of documents offer: kinds of packages, modes of transport, the buyer's office."""

from decimal import Decimal

from kervan.documents import papers
from kervan.documents.labels import MODES as MODE_NAMES
from kervan.documents.rules import TRANSPORT_MODES
from kervan.documents.structs import Address
from kervan.orders.structs import OrderDetail
from kervan.trade.errors import N_
from kervan.web.i18n import gettext

# UNECE Recommendation 21, those in which parcels of micro-export come.
PACKAGE_KINDS = {
    "CT": N_("Carton"),
    "BX": N_("Box"),
    "PC": N_("Parcel"),
    "PK": N_("Package"),
    "PX": N_("Pallet"),
    "CS": N_("Case"),
    "CR": N_("Crate"),
    "BG": N_("Bag"),
    "SA": N_("Sack"),
    "BL": N_("Bale"),
    "BE": N_("Bundle"),
    "RO": N_("Roll"),
    "DR": N_("Drum"),
    "TU": N_("Tube"),
    "EN": N_("Envelope"),
    "NE": N_("Unpacked"),
}
MODES = tuple(str(mode) for mode in (4, 3, 5, 1, 2, 6, 8) if mode in TRANSPORT_MODES)
"""What express parcels mostly go by first."""


def package_kinds(language: str) -> list[tuple[str, str]]:
    """Kinds of packages for a list to choose from."""
    return [(code, gettext(language, name)) for code, name in PACKAGE_KINDS.items()]


def modes(language: str) -> list[tuple[str, str]]:
    """Modes of transport for a list to choose from."""
    return [(code, gettext(language, MODE_NAMES[int(code)])) for code in MODES]


async def office(order: OrderDetail) -> Address:
    """Where the buyer's office is, as far as the platform knows."""
    return (await papers.parties(order)).buyer.address


def typed(number: Decimal, language: str) -> str:
    """A number as a reader of the language would type it."""
    return f"{number:f}".replace(".", "," if language == "tr" else ".")
