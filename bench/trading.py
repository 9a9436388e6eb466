"""Who trades in part (i), and what the order of a number is: the same for the service, the API and the bare writes."""

from decimal import Decimal
from pathlib import Path

import msgspec

EXPORTERS, IMPORTERS, GOODS = 16, 64, 8
QUANTITY = 20
DESTINATION, INCOTERM, PLACE = "DE", "DAP", "Hamburg"
DELIVERY = {"name": "Lager", "street": "Speicherstr. 4", "city": "Hamburg", "postcode": "20457"}
FREIGHT = Decimal("12.50")


class Seller(msgspec.Struct, frozen=True):
    """An exporter: its id, and the public ids of its goods."""

    id: int
    goods: tuple[str, ...]


class Firms(msgspec.Struct, frozen=True):
    """Who trades; an importer is known by its API key."""

    sellers: tuple[Seller, ...]
    buyers: tuple[str, ...]


def firms(path: str | Path) -> Firms:
    """Those that `orders.py fill` made."""
    return msgspec.json.decode(Path(path).read_bytes(), type=Firms)


def pair(number: int) -> tuple[int, int]:
    """Which importer sends the order of this number to which exporter: neighbours are of different firms, and the
    same two meet once in 1,024 orders."""
    return (number + number // EXPORTERS) % IMPORTERS, number % EXPORTERS


def goods_of(number: int, seller: Seller) -> tuple[str, str]:
    """The two products of the order of this number."""
    first = number % (len(seller.goods) - 1)
    return seller.goods[first], seller.goods[first + 1]
