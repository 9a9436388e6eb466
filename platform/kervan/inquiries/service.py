"""Asking: an inquiry is written and sent to its exporters, shown with its name, closed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from asyncpg import Connection, UniqueViolationError

from kervan import audit, reasons
from kervan.accounts.callers import Caller, Membership
from kervan.conversations import files
from kervan.conversations import service as conversations
from kervan.conversations.parties import RFQ
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.files.uploads import Upload
from kervan.ids import new_public_id
from kervan.inquiries import carts, endings, rules, telling
from kervan.inquiries.access import Part
from kervan.inquiries.structs import Asked
from kervan.orders import once, parties
from kervan.orders.numbers import new_number
from kervan.orders.tables import Side
from kervan.products.queries import FINDABLE
from kervan.trade import codes, law
from kervan.trade.errors import N_
from kervan.trade.verdict import Refusal, Verdict

_EARLIER = "SELECT id, public_id, number FROM inquiry WHERE importer = $1 AND idempotency_key = $2"
_INQUIRY = """
INSERT INTO inquiry (public_id, number, importer, person, state, text, destination, incoterm, place, currency,
    anonymous, refused, delivery, purpose, expires_at, idempotency_key)
VALUES ($1, $2, $3, $4, 'OPEN', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id
"""
_LINE = """
INSERT INTO inquiry_line (inquiry, number, product, product_version, name, hs_code, quantity, unit, target_price,
    certificates)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_PRODUCTS = f"""
SELECT p.id, p.public_id, v.id AS version, v.hs_code, v.unit,
    coalesce((SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = $2),
        (SELECT x.name FROM product_text x WHERE x.product = p.id ORDER BY x.language = 'en' DESC, x.language LIMIT 1))
        AS name
FROM product p JOIN exporter e ON e.id = p.exporter
JOIN product_version v ON v.product = p.id AND v.number = p.current_version
WHERE p.public_id = ANY($1::text[]) AND {FINDABLE}
"""


class Created(msgspec.Struct, frozen=True):
    """An inquiry that was sent; `again` when the same request had sent it before."""

    public_id: str
    number: str
    again: bool = False


async def create(
    caller: Caller, membership: Membership, asked: Asked, key: str, uploads: Sequence[Upload] = ()
) -> Created:
    """Sends an inquiry to its exporters; the same key gives the first inquiry again.

    Raises Invalid with sentences by field (`exporters`, `text`, `lines.<n>.<field>`, `files` ...), and Conflict for a
    firm that may not ask at present.
    """
    importer = _importer_of(membership)
    if earlier := await _earlier(importer, key):
        return earlier
    if wrong := rules.check_asked(asked):
        raise Invalid(fields=wrong)
    try:
        async with files.kept(uploads) as kept, transaction() as tx:
            return await _store(tx.connection, caller, membership, importer, asked, once.checked(key), kept)
    except UniqueViolationError as error:
        # The same click twice at the same moment: the first one's inquiry is the answer of both.
        if error.constraint_name == "inquiry_key_unique" and (earlier := await _earlier(importer, key)):
            return earlier
        raise


async def from_cart(
    caller: Caller,
    membership: Membership,
    cart: str,
    refused: Verdict | Sequence[Refusal],
    key: str,
) -> Created:
    """Makes an inquiry of a cart (public id) that cannot be an order, with everything that was typed, and empties it.

    `refused` says why. The same key gives the first inquiry again. Raises NotFound for a cart of somebody else.
    """
    importer = _importer_of(membership)
    if earlier := await _earlier(importer, key):
        return earlier
    refusals = refused.refusals if isinstance(refused, Verdict) else tuple(refused)
    try:
        async with transaction() as tx:
            conn = tx.connection
            asked, cart_id = await carts.taken(conn, caller, importer, cart, refusals)
            if wrong := rules.check_asked(asked):
                raise Invalid(fields=wrong)
            made = await _store(conn, caller, membership, importer, asked, once.checked(key))
            await conn.execute("DELETE FROM cart WHERE id = $1", cart_id)
            return made
    except UniqueViolationError as error:
        if error.constraint_name == "inquiry_key_unique" and (earlier := await _earlier(importer, key)):
            return earlier
        raise


def _importer_of(membership: Membership) -> int:
    if membership.importer is None:
        raise NotFound()
    return membership.importer


async def _earlier(importer: int, key: str) -> Created | None:
    rows = await fetch(_EARLIER, importer, key)
    return Created(rows[0]["public_id"], rows[0]["number"], again=True) if rows else None


async def _store(
    conn: Connection,
    caller: Caller,
    membership: Membership,
    importer: int,
    asked: Asked,
    key: str,
    kept: Sequence[files.Kept] = (),
) -> Created:
    """Writes the inquiry with its lines and recipients and tells the exporters, in the open transaction."""
    buyer = await parties.buyer(conn, importer)
    exporters = await _exporters(conn, asked.exporters)
    products = {
        row["public_id"]: row for row in await conn.fetch(_PRODUCTS, _products_of(asked), caller.language)
    }
    wrong: dict[str, KervanError | str] = {
        f"lines.{number}.product": N_("This product is not on the platform, or not any more.")
        for number, line in enumerate(asked.lines, start=1)
        if line.product and line.product not in products
    }
    if wrong:
        raise Invalid(fields=wrong)
    now = datetime.now(UTC)
    days = law.current().figure("INQUIRY_DAYS", law.day_of(now))
    public_id, number = new_public_id(), new_number("RFQ", now)
    inquiry: int = await conn.fetchval(
        _INQUIRY,
        public_id,
        number,
        importer,
        caller.person,
        asked.text.strip(),
        asked.destination,
        asked.incoterm,
        asked.place.strip(),
        asked.currency,
        asked.anonymous,
        None if asked.refused is None else _json(asked.refused),
        _json(asked.delivery),
        asked.purpose,
        now + timedelta(days=days),
        key,
    )
    for position, line in enumerate(asked.lines, start=1):
        product = products.get(line.product or "")
        await conn.execute(
            _LINE,
            inquiry,
            position,
            product["id"] if product else None,
            product["version"] if product else None,
            (line.name.strip() or (product["name"] if product else ""))[:300],
            codes.parse_code(line.hs_code) if line.hs_code else product["hs_code"] if product else None,
            line.quantity,
            line.unit or (product["unit"] if product else None),
            line.target_price,
            line.certificates.strip(),
        )
    for exporter in exporters:
        await conn.execute(
            "INSERT INTO inquiry_recipient (public_id, inquiry, exporter) VALUES ($1, $2, $3)",
            new_public_id(),
            inquiry,
            exporter,
        )
    if kept:
        await conversations.write(conn, RFQ, inquiry, Side.IMPORTER, caller, membership, "", kept)
    await audit.record(
        caller.actor, "inquiry.sent", "inquiry", public_id,
        after={"number": number, "importer": buyer.id, "exporters": exporters, "lines": len(asked.lines)},
    )  # fmt: skip
    what = await conn.fetchval(
        "SELECT name FROM inquiry_line WHERE inquiry = $1 ORDER BY number LIMIT 1", inquiry
    )
    for to in await telling.recipients(conn, inquiry):
        await telling.exporter(
            conn, to, "inquiry_received", what=what or _begin(asked.text), count=len(asked.lines)
        )
        await telling.inquiry_event(conn, to, "inquiry.received", lines=len(asked.lines))
    return Created(public_id, number)


def _products_of(asked: Asked) -> list[str]:
    return [line.product for line in asked.lines if line.product]


async def _exporters(conn: Connection, slugs: Sequence[str]) -> list[int]:
    """The asked exporters, all of them verified now; they stay so until the transaction ends."""
    rows = await conn.fetch(
        """SELECT id, slug FROM exporter WHERE slug = ANY($1::text[]) AND verification = 'VERIFIED'
        ORDER BY id FOR SHARE""",
        list(slugs),
    )
    missing = sorted(set(slugs) - {row["slug"] for row in rows})
    if missing:
        raise Invalid(
            fields={
                "exporters": Invalid(N_("{exporter} takes no inquiries at the moment."), exporter=missing[0])
            }
        )
    return [row["id"] for row in rows]


def _begin(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:119].rstrip() + "…"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def reveal(caller: Caller, part: Part) -> None:
    """Shows the exporters who asks; there is no way back. Doing it twice changes nothing."""
    async with transaction() as tx:
        public_id = await tx.connection.fetchval(
            """UPDATE inquiry SET revealed_at = now(), version = version + 1
            WHERE id = $1 AND anonymous AND revealed_at IS NULL RETURNING public_id""",
            part.inquiry,
        )
        if public_id is not None:
            await audit.record(caller.actor, "inquiry.revealed", "inquiry", public_id)


async def close(caller: Caller, part: Part, reason: str = "") -> None:
    """Ends an inquiry without a deal: quotes that are open are declined, the exporters are told.

    Raises Conflict when it is over already, Invalid for a reason that is too long.
    """
    reason = reasons.optional(reason) or ""
    async with transaction() as tx:
        conn = tx.connection
        if await conn.fetchval("SELECT request IS NOT NULL FROM inquiry WHERE id = $1", part.inquiry):
            raise Conflict(N_("These are the answers to a request. Withdraw the request instead."))
        if await endings.close(conn, part.inquiry, caller.actor, reason) is None:
            raise Conflict(N_("This inquiry is over already."))
