"""Carts: one for each person, firm and exporter, kept until it is sent.

Nothing here is audited: a cart is a private draft that nobody else sees and that binds nobody. What is sent is audited
by orders.service, with everything that it holds.
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from asyncpg import Connection, Record

from kervan.accounts.callers import Caller, Membership
from kervan.db import execute, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.orders import rules
from kervan.orders.carts_queries import Cart
from kervan.orders.incoterms import INCOTERMS
from kervan.orders.pricing import MOST, MOST_LINES
from kervan.orders.structs import Delivery, Wanted, WantedLine
from kervan.orders.tables import Purpose
from kervan.products.queries import FINDABLE
from kervan.trade import countries
from kervan.trade.errors import N_
from kervan.trade.provinces import province

MOST_CARTS = 50
"""Of one person, all firms together."""
_LONGEST_PLACE = 120
_LONGEST_NOTE = 2000

_PRODUCT = f"""
SELECT p.id, p.exporter, p.current_version FROM product p JOIN exporter e ON e.id = p.exporter
WHERE p.public_id = $1 AND {FINDABLE}
"""
# What one unit cost in the version that the buyer saw, at this quantity; below the first tier the first one counts.
_SEEN_PRICE = """
(SELECT t.unit_price FROM price_tier t JOIN product_version v ON v.id = t.version
 WHERE v.product = {product} AND v.number = {version}
 ORDER BY (t.from_quantity <= {quantity}) DESC,
    CASE WHEN t.from_quantity <= {quantity} THEN -t.from_quantity ELSE t.from_quantity END LIMIT 1)
"""
_PUT = f"""
INSERT INTO cart_line (cart, product, quantity, seen_version, seen_price)
VALUES ($1, $2, $3, $4, {_SEEN_PRICE.format(product="$2", version="$4", quantity="$3")})
ON CONFLICT ON CONSTRAINT cart_line_product_unique DO UPDATE
SET quantity = excluded.quantity, seen_version = excluded.seen_version, seen_price = excluded.seen_price
"""
_QUANTITIES = f"""
UPDATE cart_line l SET quantity = w.quantity,
    seen_price = {_SEEN_PRICE.format(product="l.product", version="l.seen_version", quantity="w.quantity")}
FROM unnest($2::text[], $3::int[]) AS w (product, quantity) JOIN product p ON p.public_id = w.product
WHERE l.cart = $1 AND l.product = p.id AND l.quantity <> w.quantity
"""
# A version that does not exist was never seen: such a line is left as it is.
_TAKEN = f"""
UPDATE cart_line l SET seen_version = w.version,
    seen_price = {_SEEN_PRICE.format(product="l.product", version="w.version", quantity="l.quantity")}
FROM unnest($2::text[], $3::int[]) AS w (product, version) JOIN product p ON p.public_id = w.product
WHERE l.cart = $1 AND l.product = p.id
    AND EXISTS (SELECT FROM product_version v WHERE v.product = p.id AND v.number = w.version)
"""
_CREATE = """
INSERT INTO cart (public_id, importer, person, exporter, destination, incoterm, place, delivery, idempotency_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id, public_id
"""
_HEAD = """
UPDATE cart SET purpose = $2, destination = $3, incoterm = $4, place = $5, delivery = $6, charges = $7, note = $8,
    updated_at = now() WHERE id = $1
"""
_LAST_DELIVERY = """
SELECT delivery FROM trade_order WHERE importer = $1 AND ordered_by = $2 AND destination = $3 ORDER BY id DESC LIMIT 1
"""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a cart's form. `quantities` are by product (public id); 0 where no whole number was typed."""

    quantities: dict[str, int]
    destination: str
    incoterm: str
    place: str
    delivery: Delivery
    charges: dict[str, Decimal]
    purpose: str
    note: str


def draft_of(cart: Cart) -> Draft:
    """What is kept in the cart."""
    return Draft(
        quantities={line.product: line.quantity for line in cart.lines},
        destination=cart.destination or "",
        incoterm=cart.incoterm or "",
        place=cart.place,
        delivery=cart.delivery,
        charges=cart.charges,
        purpose=cart.purpose,
        note=cart.note,
    )


def key_of(cart: str) -> str:
    """The idempotency key of a cart (public id): one cart becomes one order, however often it is sent."""
    return f"cart-{cart}"


def wanted(cart: Cart, draft: Draft) -> Wanted:
    """The cart as it is sent, with the versions and prices that the buyer saw."""
    return Wanted(
        exporter=cart.exporter,
        lines=tuple(
            WantedLine(
                product=line.product,
                quantity=draft.quantities.get(line.product, line.quantity),
                seen_version=line.seen_version,
                seen_price=line.seen_price,
            )
            for line in cart.lines
        ),
        destination=draft.destination,
        incoterm=draft.incoterm,
        place=draft.place,
        delivery=draft.delivery,
        charges=draft.charges,
        purpose=draft.purpose,
        note=draft.note,
    )


async def add(
    caller: Caller, membership: Membership, product: str, quantity: int, seen_version: int | None = None
) -> str:
    """Puts so many of a product (public id) into the caller's cart with its exporter; returns the cart's public id.

    A product that is in it already gets this quantity: a double click adds nothing. Raises NotFound for what visitors
    cannot see, Invalid for a quantity that no order can have, Conflict when there are too many carts or lines.
    """
    importer = membership.importer
    if importer is None:
        raise NotFound()
    if not 1 <= quantity <= MOST:
        raise Invalid(fields={"quantity": Invalid(N_("Enter a whole number from 1 to {most}."), most=MOST)})
    async with transaction() as tx:
        conn = tx.connection
        # Two tabs at once count one after the other.
        await conn.execute("SELECT FROM person WHERE id = $1 FOR UPDATE", caller.person)
        row = await conn.fetchrow(_PRODUCT, product)
        if row is None:
            raise NotFound(N_("This product is not on the platform, or not any more."))
        cart = await _cart_with(conn, caller, importer, row["exporter"])
        current = row["current_version"]
        version = seen_version if seen_version and 1 <= seen_version <= current else current
        await conn.execute(_PUT, cart["id"], row["id"], quantity, version)
        if await conn.fetchval("SELECT count(*) FROM cart_line WHERE cart = $1", cart["id"]) > MOST_LINES:
            raise Conflict(N_("One order has at most {limit} kinds of goods."), limit=MOST_LINES)
        await conn.execute("UPDATE cart SET updated_at = now() WHERE id = $1", cart["id"])
        public_id: str = cart["public_id"]
        return public_id


async def usual_delivery(conn: Connection, caller: Caller, importer: int, destination: str) -> Delivery:
    """Where the person's last order to this country went; else the importer itself, its town only at home."""
    last = await conn.fetchval(_LAST_DELIVERY, importer, caller.person, destination)
    if last is not None:
        return msgspec.json.decode(last, type=Delivery)
    firm = await conn.fetchrow(
        "SELECT legal_name, country, city, contact_name, phone FROM importer WHERE id = $1", importer
    )
    return Delivery(
        name=firm["legal_name"],
        city=(firm["city"] or "") if destination == firm["country"] else "",
        contact=caller.name or firm["contact_name"],
        phone=firm["phone"] or "",
    )


async def _cart_with(conn: Connection, caller: Caller, importer: int, exporter: int) -> Record:
    """The person's cart with this exporter; a new one is filled in as far as we know the firm."""
    found = await conn.fetchrow(
        "SELECT id, public_id FROM cart WHERE importer = $1 AND person = $2 AND exporter = $3",
        importer,
        caller.person,
        exporter,
    )
    if found is not None:
        return found
    if await conn.fetchval("SELECT count(*) FROM cart WHERE person = $1", caller.person) >= MOST_CARTS:
        raise Conflict(N_("You have {n} carts already. Send or remove one first."), n=MOST_CARTS)
    country = await conn.fetchval("SELECT country FROM importer WHERE id = $1", importer)
    delivery = await usual_delivery(conn, caller, importer, country)
    incoterm, place = "DAP", delivery.city
    if not place:
        # Where the buyer's town is not known, the term that names the seller's.
        plate = await conn.fetchval("SELECT province FROM exporter WHERE id = $1", exporter)
        incoterm, place = "EXW", province(plate).name if plate else ""
    public_id = new_public_id()
    row = await conn.fetchrow(
        _CREATE,
        public_id,
        importer,
        caller.person,
        exporter,
        country,
        incoterm,
        place,
        msgspec.json.encode(delivery).decode(),
        key_of(public_id),
    )
    return row


async def keep(cart: Cart, draft: Draft) -> None:
    """Stores what was typed as far as a cart can hold it; what cannot be (a quantity of 0, a country that is none)
    leaves what was there before. Nothing happens to a cart that was sent meanwhile."""
    quantities = {
        product: quantity for product, quantity in draft.quantities.items() if 1 <= quantity <= MOST
    }
    destination = draft.destination
    abroad = countries.is_country(destination) and destination != countries.TURKIYE
    charges = {
        kind: f"{amount:f}"
        for kind, amount in draft.charges.items()
        if not rules.check_charges({kind: amount}, None)
    }
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute(
            _HEAD,
            cart.id,
            draft.purpose if draft.purpose in tuple(Purpose) else cart.purpose,
            destination if abroad else cart.destination,
            draft.incoterm if draft.incoterm in INCOTERMS else cart.incoterm,
            draft.place if len(draft.place) <= _LONGEST_PLACE else cart.place,
            msgspec.json.encode(draft.delivery).decode(),
            msgspec.json.encode(charges).decode(),
            draft.note if len(draft.note) <= _LONGEST_NOTE else cart.note,
        )
        await conn.execute(_QUANTITIES, cart.id, list(quantities), list(quantities.values()))


async def take(cart: Cart, versions: Mapping[str, int]) -> None:
    """The buyer has seen these versions (by the product's public id) and wants their prices and weights."""
    await execute(_TAKEN, cart.id, list(versions), list(versions.values()))


async def remove_line(cart: Cart, product: str) -> None:
    """Takes a product (public id) out; nothing happens when it is not in the cart."""
    await execute(
        "DELETE FROM cart_line l USING product p WHERE p.id = l.product AND l.cart = $1 AND p.public_id = $2",
        cart.id,
        product,
    )


async def remove(cart: Cart) -> None:
    """Throws the cart away."""
    await execute("DELETE FROM cart WHERE id = $1", cart.id)
