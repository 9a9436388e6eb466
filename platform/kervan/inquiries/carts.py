"""A cart as an inquiry: the same goods, place, terms and words."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from asyncpg import Connection

from kervan.accounts.callers import Caller
from kervan.errors import NotFound
from kervan.inquiries.rules import LONGEST_TEXT
from kervan.inquiries.structs import Asked, AskedLine
from kervan.orders.rules import CHARGES
from kervan.orders.structs import Delivery
from kervan.trade.errors import N_
from kervan.trade.verdict import Refusal
from kervan.web import formats
from kervan.web.i18n import gettext

_CART = """
SELECT c.id, c.purpose, c.destination, c.incoterm, c.place, c.delivery, c.charges, c.note, e.slug
FROM cart c JOIN exporter e ON e.id = c.exporter
WHERE c.public_id = $1 AND c.importer = $2 AND c.person = $3 FOR UPDATE OF c
"""
_LINES = """
SELECT l.quantity, p.public_id, p.state = 'PUBLISHED' AS offered, v.unit, v.hs_code, v.currency,
    coalesce((SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = $2),
        (SELECT x.name FROM product_text x WHERE x.product = p.id ORDER BY x.language = 'en' DESC, x.language LIMIT 1),
        p.sku) AS name
FROM cart_line l JOIN product p ON p.id = l.product
JOIN product_version v ON v.product = p.id AND v.number = p.current_version
WHERE l.cart = $1 ORDER BY l.id
"""


async def taken(
    conn: Connection, caller: Caller, importer: int, public_id: str, refusals: Sequence[Refusal]
) -> tuple[Asked, int]:
    """What the cart asks for, and cart.id, locked. Raises NotFound for a cart that is not the caller's."""
    row = await conn.fetchrow(_CART, public_id, importer, caller.person)
    if row is None:
        raise NotFound()
    lines = await conn.fetch(_LINES, row["id"], caller.language)
    currencies = {line["currency"] for line in lines if line["currency"]}
    currency = currencies.pop() if len(currencies) == 1 else None
    charges = msgspec.json.decode(row["charges"], type=dict[str, Decimal])
    asked = Asked(
        exporters=(row["slug"],),
        lines=tuple(
            AskedLine(
                # What is no longer offered can still be asked for, in words.
                product=line["public_id"] if line["offered"] else None,
                name=line["name"],
                hs_code=line["hs_code"],
                quantity=line["quantity"],
                unit=line["unit"],
            )
            for line in lines
        ),
        text=_text(caller.language, row["note"], charges, currency),
        destination=row["destination"],
        incoterm=row["incoterm"],
        place=row["place"],
        currency=currency,
        purpose=row["purpose"],
        delivery=msgspec.json.decode(row["delivery"], type=Delivery),
        refused=tuple(msgspec.to_builtins(refusal) for refusal in refusals),
    )
    return asked, row["id"]


def _text(language: str, note: str, charges: dict[str, Decimal], currency: str | None) -> str:
    """The cart's note, and the charges that were counted on, which an inquiry has no field for."""
    told = [
        f"{gettext(language, CHARGES[kind])}: "
        + (formats.money(language, amount, currency) if currency else f"{amount:f}")
        for kind, amount in charges.items()
        if kind in CHARGES
    ]
    if told:
        told.insert(0, gettext(language, N_("Charges that I counted on:")))
    return "\n\n".join(part for part in (note.strip(), "\n".join(told)) if part)[:LONGEST_TEXT]
