"""Who trades in the demo: the callers of both sides, and where each importer has its goods sent."""

from collections.abc import Mapping, Sequence

import msgspec

from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch
from kervan.demo.stories import acting
from kervan.orders.access import Party, party
from kervan.orders.structs import Delivery
from kervan.orders.tables import Side

FIRMS: Mapping[str, tuple[str, str]] = {
    "pamukova-tekstil": ("orders", "exporter"),
    "curuksu-ev": ("cem", "cem"),
    "yaylaci-findik": ("meltem", "meltem"),
    "kozbagi-zeytinyagi": ("rasim", "rasim"),
}
"""Slug -> who works at its order desk, and who decides; by the name before the @."""

SERIES: Mapping[str, str] = {
    "pamukova-tekstil": "PMK",
    "curuksu-ev": "CRK",
    "yaylaci-findik": "YYL",
    "kozbagi-zeytinyagi": "KZB",
}
"""Of their invoices."""

STREETS: Mapping[str, tuple[str, str, str]] = {
    "importer": ("Gerberstraße 17", "04105", "Leipzig"),
    "verified": ("Vlampijpstraat 62", "3534 AR", "Utrecht"),
    "claire.vasseur": ("14 rue des Tonneliers", "69007", "Lyon"),
    "agnieszka.wolna": ("ul. Tkacka 9", "90-156", "Łódź"),
    "khalid.almazmi": ("Al Quoz Industrial Area 3, Warehouse 12", "", "Dubai"),
    "inigo.larrazu": ("Calle Zorrozaurre 31", "48014", "Bilbao"),
    "oliver.thackray": ("Unit 8, Armley Mills Park", "LS12 2QF", "Leeds"),
}
"""Owner of the importer -> street, postcode and city of its store."""

COLLEAGUES = {"buyer": "importer"}
"""Who works for whose firm without owning it."""


class Cast(msgspec.Struct, frozen=True):
    """People by the name before the @, and rows of the firms. Callers are made when they are first needed."""

    person: Mapping[str, int]
    exporters: Mapping[str, int]
    """exporter.id by slug"""
    _callers: dict[str, Caller]

    async def caller(self, name: str) -> Caller:
        """The person, signed in."""
        if name not in self._callers:
            self._callers[name] = await acting(self.person[name])
        return self._callers[name]

    async def buying(self, name: str) -> Membership:
        """The membership of somebody in the firm that they buy for."""
        return (await self.caller(name)).of_kind("IMPORTER")[0]

    async def selling(self, slug: str, *, decides: bool = False) -> tuple[Caller, Membership]:
        """Somebody of an exporter, with the membership in it."""
        caller = await self.caller(FIRMS[slug][decides])
        return caller, next(
            m for m in caller.memberships if m.exporter == self.exporters[slug] and m.role != "VIEWER"
        )

    async def party(
        self, order: str, side: Side, slug: str, buyer: str, *, decides: bool = False
    ) -> tuple[Caller, Party]:
        """One side of an order (public id)."""
        if side is Side.EXPORTER:
            caller, membership = await self.selling(slug, decides=decides)
        else:
            caller, membership = await self.caller(buyer), await self.buying(buyer)
        return caller, await party(caller, membership.public_id, order, act=True)

    async def delivery(self, name: str) -> Delivery:
        """Where an importer has its goods sent."""
        street, postcode, city = STREETS[COLLEAGUES.get(name, name)]
        caller, firm = await self.caller(name), await self.buying(name)
        return Delivery(name=firm.name, street=street, postcode=postcode, city=city, contact=caller.name)


async def seat(person: Mapping[str, int]) -> Cast:
    """The cast; its exporters must be there."""
    rows = await fetch("SELECT slug, id FROM exporter WHERE slug = ANY($1::text[])", list(FIRMS))
    return Cast(person, {row["slug"]: row["id"] for row in rows}, {})


async def products(slug: str, skus: Sequence[str]) -> Mapping[str, str]:
    """Public ids of an exporter's products by SKU."""
    rows = await fetch(
        """SELECT p.sku, p.public_id FROM product p JOIN exporter e ON e.id = p.exporter
        WHERE e.slug = $1 AND p.sku = ANY($2::text[])""",
        slug,
        list(skus),
    )
    return {row["sku"]: row["public_id"] for row in rows}
