"""Sending an order: read again, priced, judged, counted and written in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

import msgspec
from asyncpg import Connection, UniqueViolationError

from kervan import audit
from kervan.accounts.callers import Caller, Membership
from kervan.db import connection, fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.exporters import limits
from kervan.orders import deadlines, letters, load, parties, pricing, rules, splitting, storing
from kervan.orders.errors import Changed, Refused
from kervan.orders.judging import judge_goods, with_load
from kervan.orders.moves import told
from kervan.orders.parties import Seller
from kervan.orders.storing import Head, Stored
from kervan.orders.structs import PricedLine, Wanted
from kervan.orders.tables import State
from kervan.policies import book
from kervan.trade import law
from kervan.trade.errors import N_
from kervan.trade.own_limits import OwnLimits
from kervan.webhooks import service as webhooks

_EARLIER = (
    "SELECT id, public_id, number, body_hash FROM trade_order WHERE importer = $1 AND idempotency_key = $2"
)
_EVENT = """
INSERT INTO order_event ("order", at, side, person, action, before, after, data)
VALUES ($1, $2, 'IMPORTER', $3, 'submit', NULL, 'SUBMITTED', $4)
"""

_UNLIMITED = 2**31 - 1


class Submitted(msgspec.Struct, frozen=True):
    """An order that was sent; `again` when the same request had sent it before."""

    public_id: str
    number: str
    again: bool = False


async def submit(
    caller: Caller, membership: Membership, wanted: Wanted, key: str, *, cart: int | None = None
) -> Submitted:
    """Sends an order: the same key and content return the first order, whatever happened in between.

    Raises Invalid with sentences by field, Refused with the verdict when the law, the platform or the exporter do not
    allow it (nothing is written then), Changed when prices or weights are not those that were seen, Conflict for the
    same key with other content, a firm that may not trade now, or a listing that is gone. `cart` is the cart that is
    emptied by it.
    """
    if membership.importer is None:
        raise NotFound()
    await book.refresh()
    digest = sha256(msgspec.json.encode(wanted)).digest()
    try:
        async with transaction() as tx:
            if earlier := await _earlier(tx.connection, membership.importer, key, digest):
                return earlier
            return await _place(tx.connection, caller, membership.importer, wanted, key, digest, cart)
    except UniqueViolationError as error:
        # The same click twice at the same moment: the first one's order is the answer of both.
        if error.constraint_name != "order_key_unique":
            raise
        rows = await fetch(_EARLIER, membership.importer, key)
        if rows and rows[0]["body_hash"] == digest:
            return Submitted(rows[0]["public_id"], rows[0]["number"], again=True)
        raise Conflict(N_("This order was sent with other content. Look at your orders.")) from error
    except Refused:
        # The exporter's last free place may have gone to the same click's first half.
        async with connection() as conn:
            if earlier := await _earlier(conn, membership.importer, key, digest):
                return earlier
        raise


async def _earlier(conn: Connection, importer: int, key: str, digest: bytes) -> Submitted | None:
    row = await conn.fetchrow(_EARLIER, importer, key)
    if row is None:
        return None
    if row["body_hash"] != digest:
        raise Conflict(N_("This order was sent with other content. Look at your orders."))
    return Submitted(row["public_id"], row["number"], again=True)


async def _place(
    conn: Connection, caller: Caller, importer: int, wanted: Wanted, key: str, digest: bytes, cart: int | None
) -> Submitted:
    buyer = await parties.buyer(conn, importer)
    seller = await parties.seller(conn, wanted.exporter)
    priced = await pricing.price(conn, wanted.exporter, wanted.lines, caller.language)
    currency = priced.currency
    # Amounts are checked by the digits of the goods' currency: a buyer need not name it.
    wrong = {**rules.check(wanted), **rules.check_charges(wanted.charges, currency), **priced.problems}
    if currency is not None and wanted.currency not in (None, currency):
        wrong["currency"] = Invalid(
            N_("These goods are priced in {currency}, not in {other}."),
            currency=currency,
            other=wanted.currency,
        )
    if wrong or currency is None:
        raise Invalid(fields=wrong)
    if priced.differences:
        raise Changed(priced.differences)
    head = Head(
        exporter=seller.id,
        buyer=buyer,
        destination=wanted.destination,
        delivery=wanted.delivery,
        incoterm=wanted.incoterm,
        place=wanted.place,
        payment_terms=wanted.payment_terms,
        note=wanted.note,
        lead_days=priced.lead_days,
        key=key,
        body_hash=digest,
    )
    stored = await place(
        conn,
        caller,
        seller,
        head,
        priced.lines,
        wanted.charges,
        currency,
        purpose=wanted.purpose,
        sale_type=wanted.sale_type,
        excluded=priced.excluded,
    )
    if cart is not None:
        await conn.execute("DELETE FROM cart WHERE id = $1", cart)
    return Submitted(stored.public_id, stored.number)


async def place(
    conn: Connection,
    caller: Caller,
    seller: Seller,
    head: Head,
    lines: tuple[PricedLine, ...],
    charges: Mapping[str, Decimal],
    currency: str,
    *,
    purpose: str = "SALE",
    sale_type: str = "FINAL",
    excluded: tuple[str, ...] = (),
    quiet: bool = False,
) -> Stored:
    """Judges goods whose prices are settled and writes the order, in the open transaction: from a cart, or from an
    accepted quote. `quiet` leaves the mail out. Raises Refused."""
    at = now()
    on = law.day_of(at)
    own = await limits.of(head.exporter, at)
    judged = judge_goods(
        lines,
        charges,
        currency,
        destination=head.destination,
        buyer=head.buyer,
        own=own,
        on=on,
        purpose=purpose,
        sale_type=sale_type,
        excluded=excluded,
    )
    if not judged.verdict.allowed:
        raise Refused(judged.verdict)
    ceilings = ceilings_of(own, head.buyer.tier)
    if not await load.take(conn, head.exporter, *ceilings, on):
        full = await load.full(conn, head.exporter, *ceilings, on)
        raise Refused(with_load(judged.verdict, full or "open"))
    answer_by = await deadlines.answer_by(conn, head.exporter, State.SUBMITTED, at)
    stored = await storing.order(conn, caller, head, lines, charges, currency, judged, at, answer_by)
    figures = {"total": f"{judged.total:f}", "currency": currency, "gross_weight_g": judged.gross_g}
    await conn.execute(_EVENT, stored.id, at, caller.person, msgspec.json.encode(figures).decode())
    await audit.record(
        caller.actor, "order.submit", "order", stored.public_id,
        after={"number": stored.number, "exporter": head.exporter, "importer": head.buyer.id, **figures},
    )  # fmt: skip
    await splitting.look(conn, stored.id, stored.number, head.exporter, head.buyer.id, head.destination, at)
    if not quiet:
        await letters.tell(
            conn,
            seller.organisation,
            "order_step",
            f"/orders/{stored.public_id}",
            action="submit",
            state=str(State.SUBMITTED),
            number=stored.number,
            other=head.buyer.name,
            reason="",
            total=figures["total"],
            currency=currency,
            answer_by=answer_by.isoformat() if answer_by else None,
        )
    row = {
        "public_id": stored.public_id,
        "number": stored.number,
        "destination": head.destination,
        "currency": currency,
        "invoice_total": judged.total,
        "total_eur": judged.total_eur,
        "gross_weight_g": judged.gross_g,
    }
    await webhooks.tell(
        (seller.organisation, head.buyer.organisation),
        "order.submitted",
        told(row, State.SUBMITTED, 1, None),
        event_id=f"{stored.public_id}-1",
    )
    return stored


def now() -> datetime:
    """The moment of an order, UTC."""
    return datetime.now(UTC)


def ceilings_of(own: OwnLimits, tier: law.Tier) -> tuple[int, int]:
    """How many orders an exporter has open at most, and takes a day: its own limit within the platform's."""
    platform = law.current().platform_limit(tier, deadlines.today())
    most_open = [own.max_open_orders, platform.max_open_orders if platform else None]
    most_a_day = [own.max_orders_a_day, platform.max_orders_a_day if platform else None]
    return _smallest(most_open), _smallest(most_a_day)


def _smallest(figures: Sequence[int | None]) -> int:
    # No limit at all is told to the counter as one that nobody reaches.
    return min((figure for figure in figures if figure is not None), default=_UNLIMITED)
