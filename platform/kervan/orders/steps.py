"""What a party does with an order by one click: accept, decline, agree, withdraw, cancel, confirm and the rest.

Steps that make a paper or a shipment are documents.service and declarations.service; other terms are orders.offers.
"""

from typing import Any

from asyncpg import Connection

from kervan.accounts.callers import Caller
from kervan.db import transaction
from kervan.errors import Conflict, Invalid
from kervan.exporters import limits
from kervan.orders import moves, queries
from kervan.orders.access import Party
from kervan.orders.deadlines import today
from kervan.orders.errors import Refused
from kervan.orders.judging import Fx, judge_goods
from kervan.orders.repeating import Keep, finished
from kervan.orders.structs import PricedLine, Terms
from kervan.orders.tables import Side, State
from kervan.policies import book
from kervan.trade.errors import N_

PLAIN = (
    "accept",
    "decline",
    "agree",
    "withdraw",
    "confirm",
    "complete",
    "dispute",
    "return",
    "cancel",
)
"""The steps that need nothing but, some of them, a reason."""

LONGEST_PAYMENT_NOTE = 500


async def take(
    caller: Caller,
    party: Party,
    action: str,
    version: int,
    *,
    reason: str | None = None,
    seen: int | None = None,
    keep: Keep | None = None,
) -> State:
    """Takes one of the PLAIN steps and returns the state after it.

    `seen` is the version of the proforma that the importer confirms. Raises Conflict when the order or the proforma
    was changed since, Invalid without a reason where one is needed, Refused when the law does not allow it any more.
    """
    if action not in PLAIN:
        raise Conflict(N_("This cannot be done with an order in this state."))
    await book.refresh()
    async with transaction() as tx:
        conn = tx.connection
        data: dict[str, Any] = {}
        if action == "accept":
            await _still_allowed(conn, party.order_id)
        if action == "agree":
            await _put_in_force(conn, party.order_id)
        if action == "confirm":
            data = await _proforma(conn, party.order_id, seen)
        after = await moves.move(
            conn,
            party.order_id,
            action,
            side=party.side,
            version=version,
            caller=caller,
            reason=reason,
            data=data,
            quiet=action == "agree",
        )
        if action == "agree":
            # These are the exporter's own terms: nobody has to accept them a second time.
            after = await moves.move(conn, party.order_id, "accept", side=Side.SYSTEM, version=None)
        await finished(conn, keep, ())
    return after


async def resolve(caller: Caller, order_id: int, version: int, reason: str) -> State:
    """Staff closes a complaint, with what was found. The access is the caller's to check (orders.access.watched)."""
    async with transaction() as tx:
        return await moves.move(
            tx.connection, order_id, "resolve", side=Side.STAFF, version=version, caller=caller, reason=reason
        )


async def note_payment(caller: Caller, party: Party, text: str) -> None:
    """Keeps what the exporter notes about the payment, which goes on outside the platform. Raises Invalid."""
    if len(text) > LONGEST_PAYMENT_NOTE:
        raise Invalid(fields={"payment_note": Invalid(N_("At most {n} characters."), n=LONGEST_PAYMENT_NOTE)})
    async with transaction() as tx:
        await moves.note(tx.connection, party.order_id, "payment", party.side, caller, {"note": text})
        await tx.connection.execute(
            "UPDATE trade_order SET payment_note = $2, updated_at = now() WHERE id = $1", party.order_id, text
        )


async def _still_allowed(conn: Connection, order_id: int) -> None:
    """An order that was sent keeps the limits and the rate of its day (domain 4.7, 4): they are asked once more."""
    terms = await queries.terms_of(conn, order_id)
    order = await conn.fetchrow(
        """SELECT o.exporter, o.destination, o.purpose, o.sale_type, o.submitted_at, o.importer
        FROM trade_order o WHERE o.id = $1""",
        order_id,
    )
    buyer = await queries.buyer_as_ordered(conn, order["importer"], terms.verdict)
    judged = judge_goods(
        lines_of(terms),
        terms.charges,
        terms.currency,
        destination=order["destination"],
        buyer=buyer,
        own=await limits.of(order["exporter"], order["submitted_at"]),
        on=terms.law_on,
        purpose=order["purpose"],
        sale_type=order["sale_type"],
        fx=fx_of(terms),
    )
    if not judged.verdict.allowed:
        raise Refused(judged.verdict)


async def _put_in_force(conn: Connection, order_id: int) -> None:
    """The offered terms become those in force; the order's figures follow."""
    changed = await conn.fetchval(
        """UPDATE trade_order o SET terms = t.revision, offered = NULL, currency = t.currency,
            goods_total = t.goods_total, invoice_total = t.invoice_total, total_eur = t.total_eur,
            gross_weight_g = t.gross_weight_g,
            line_count = (SELECT count(*) FROM order_line l WHERE l.terms = t.id),
            first_name = (SELECT l.name FROM order_line l WHERE l.terms = t.id AND l.number = 1)
        FROM order_terms t WHERE o.id = $1 AND t."order" = o.id AND t.revision = o.offered RETURNING o.id""",
        order_id,
    )
    if changed is None:
        raise Conflict(N_("No other terms are offered."))


async def _proforma(conn: Connection, order_id: int, seen: int | None) -> dict[str, Any]:
    """Which proforma is confirmed: the importer must have seen the one that counts."""
    row = await conn.fetchrow(
        """SELECT number, version, (paper ->> 'valid_until')::date AS valid_until FROM document
        WHERE "order" = $1 AND kind = 'PROFORMA' AND state = 'ISSUED' ORDER BY version DESC LIMIT 1""",
        order_id,
    )
    if row is None:
        raise Conflict(N_("There is no proforma to confirm yet."))
    if row["valid_until"] is not None and row["valid_until"] < today():
        raise Conflict(N_("The proforma has expired. Ask the exporter for a new one."))
    if seen is not None and seen != row["version"]:
        raise Conflict(N_("The proforma was corrected in the meantime. Look at the new one."))
    return {"proforma": row["number"], "proforma_version": row["version"]}


def fx_of(terms: Terms) -> Fx:
    """The rate that the terms froze."""
    return Fx(eur_rate=terms.eur_rate, date=terms.rate_date, source=terms.rate_source)


def lines_of(terms: Terms) -> tuple[PricedLine, ...]:
    """The goods of stored terms in the shape that is judged and stored."""
    return tuple(
        PricedLine(
            product_id=line.product_id,
            version_id=line.version_id,
            product=line.product,
            version=0,
            sku=line.sku,
            gtin=line.gtin,
            name_tr=line.name_tr,
            name=line.name,
            gtip=line.gtip,
            origin=line.origin,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            discount=line.discount,
            amount=line.amount,
            net_g=line.net_g,
            gross_g=line.gross_g,
            packages=line.packages,
        )
        for line in terms.lines
    )
