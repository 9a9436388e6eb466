"""Reads of carts: what somebody is about to order, and how its goods stand now."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from kervan.accounts.callers import Membership
from kervan.db import fetch, fetchval
from kervan.files import routes as photos
from kervan.orders.structs import Delivery
from kervan.products.drawings import picture_of, tint_of
from kervan.products.queries import FINDABLE, slug_of

_CART = """
SELECT c.id, c.public_id, c.importer, c.exporter, c.purpose, c.destination, c.incoterm, c.place, c.delivery, c.charges,
    c.note, c.idempotency_key, c.updated_at, e.trade_name, e.slug
FROM cart c JOIN exporter e ON e.id = c.exporter
WHERE c.public_id = $1 AND c.importer = $2 AND c.person = $3
"""
_NAME = """
coalesce(
    (SELECT ARRAY[x.name, x.language] FROM product_text x WHERE x.product = p.id AND x.language = $2),
    (SELECT ARRAY[x.name, x.language] FROM product_text x WHERE x.product = p.id
     ORDER BY (x.language = 'en') DESC, (x.language = 'tr') DESC, x.language LIMIT 1),
    ARRAY[p.sku, 'en'])
"""
_LINES = f"""
SELECT l.quantity, l.seen_version, l.seen_price, p.public_id AS product, p.sku, p.picture, p.tint,
    {FINDABLE} AS offered, v.number AS version, v.hs_code, v.unit, v.moq, v.step, v.currency, {_NAME} AS name,
    (SELECT coalesce(i.path_320, i.path_800, i.path) FROM product_image i
     WHERE i.product = p.id ORDER BY i.position LIMIT 1) AS image,
    (SELECT array_agg(ARRAY[t.from_quantity::numeric, t.unit_price] ORDER BY t.from_quantity)
     FROM price_tier t WHERE t.version = v.id) AS tiers
FROM cart_line l JOIN product p ON p.id = l.product JOIN exporter e ON e.id = p.exporter
JOIN product_version v ON v.product = p.id AND v.number = p.current_version
WHERE l.cart = $1 ORDER BY l.id
"""
_ROWS = f"""
SELECT c.public_id, e.trade_name AS exporter, e.slug, c.destination, c.updated_at,
    (SELECT count(*) FROM cart_line l WHERE l.cart = c.id) AS lines,
    (SELECT {_NAME} FROM cart_line l JOIN product p ON p.id = l.product
     WHERE l.cart = c.id ORDER BY l.id LIMIT 1) AS name
FROM cart c JOIN exporter e ON e.id = c.exporter
WHERE c.importer = $1 AND c.person = $3 ORDER BY c.updated_at DESC, c.id DESC
"""


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """Goods in a cart, as the buyer saw them last and as they are listed now."""

    product: str
    """Public id."""
    slug: str
    name: str
    name_language: str
    sku: str
    quantity: int
    seen_version: int
    seen_price: Decimal | None
    version: int
    """Number of the product's version that holds now."""
    offered: bool
    """Visitors can see it: published, of a verified exporter."""
    hs_code: str | None
    unit: str
    moq: int
    step: int
    currency: str | None
    tiers: tuple[tuple[int, Decimal], ...]
    """(from quantity, unit price), the smallest quantity first."""
    picture: str
    tint: str
    image: str | None


class Cart(msgspec.Struct, frozen=True, kw_only=True):
    """What one person of an importer's firm is about to order from one exporter."""

    id: int
    public_id: str
    importer: int
    exporter: int
    exporter_name: str
    exporter_slug: str
    purpose: str
    destination: str | None
    incoterm: str | None
    place: str
    delivery: Delivery
    charges: dict[str, Decimal]
    note: str
    key: str
    """Goes with the order, so that a double click makes one order."""
    updated_at: datetime
    lines: tuple[CartLine, ...]


class CartRow(msgspec.Struct, frozen=True, kw_only=True):
    """One cart in the list."""

    public_id: str
    exporter: str
    slug: str
    destination: str | None
    updated_at: datetime
    lines: int
    first_name: str | None


async def one(person: int, importer: int, public_id: str, language: str) -> Cart | None:
    """The person's own cart for this firm, its goods named in the language; None for anybody else's."""
    rows = await fetch(_CART, public_id, importer, person)
    if not rows:
        return None
    row = rows[0]
    return Cart(
        id=row["id"],
        public_id=row["public_id"],
        importer=row["importer"],
        exporter=row["exporter"],
        exporter_name=row["trade_name"],
        exporter_slug=row["slug"],
        purpose=row["purpose"],
        destination=row["destination"],
        incoterm=row["incoterm"],
        place=row["place"],
        delivery=msgspec.json.decode(row["delivery"], type=Delivery),
        charges=msgspec.json.decode(row["charges"], type=dict[str, Decimal]),
        note=row["note"],
        key=row["idempotency_key"],
        updated_at=row["updated_at"],
        lines=await _lines(row["id"], language),
    )


async def _lines(cart: int, language: str) -> tuple[CartLine, ...]:
    found = []
    for row in await fetch(_LINES, cart, language):
        name, name_language = row["name"]
        found.append(
            CartLine(
                product=row["product"],
                slug=slug_of(name),
                name=name,
                name_language=name_language,
                sku=row["sku"],
                quantity=row["quantity"],
                seen_version=row["seen_version"],
                seen_price=row["seen_price"],
                version=row["version"],
                offered=row["offered"],
                hs_code=row["hs_code"],
                unit=row["unit"],
                moq=row["moq"],
                step=row["step"],
                currency=row["currency"],
                tiers=tuple((int(start), price) for start, price in row["tiers"] or ()),
                picture=row["picture"] or picture_of(row["hs_code"]),
                tint=row["tint"] or tint_of(row["product"]),
                image=row["image"] and photos.address(row["image"]),
            )
        )
    return tuple(found)


async def rows(person: int, importer: int, language: str) -> Sequence[CartRow]:
    """The person's carts for this firm, the one touched last first."""
    return [
        CartRow(
            public_id=row["public_id"],
            exporter=row["exporter"],
            slug=row["slug"],
            destination=row["destination"],
            updated_at=row["updated_at"],
            lines=row["lines"],
            first_name=row["name"][0] if row["name"] else None,
        )
        for row in await fetch(_ROWS, importer, language, person)
    ]


async def count(person: int, importer: int) -> int:
    """How many carts the person has for this firm."""
    found: int = await fetchval(
        "SELECT count(*) FROM cart WHERE importer = $1 AND person = $2", importer, person
    )
    return found


async def touched_last(person: int, firms: Sequence[Membership]) -> Membership:
    """Of the firms for which the person buys (at least one), that of the cart touched last; without one the first."""
    by_importer = {firm.importer: firm for firm in firms}
    found = await fetchval(
        "SELECT importer FROM cart WHERE person = $1 AND importer = ANY($2::bigint[]) ORDER BY updated_at DESC LIMIT 1",
        person,
        [importer for importer in by_importer if importer is not None],
    )
    return by_importer.get(found) or firms[0]


async def order_of(importer: int, key: str) -> str | None:
    """Public id of the order that was sent with this key; None when there is none."""
    found: str | None = await fetchval(
        "SELECT public_id FROM trade_order WHERE importer = $1 AND idempotency_key = $2", importer, key
    )
    return found


async def inquiry_of(importer: int, key: str) -> str | None:
    """Public id of the inquiry that was made with this key; None when there is none."""
    found: str | None = await fetchval(
        "SELECT public_id FROM inquiry WHERE importer = $1 AND idempotency_key = $2", importer, key
    )
    return found
