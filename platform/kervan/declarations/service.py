"""The way out, as the exporter enters it: hand-over, registration, closing, arrival, and corrections of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
from asyncpg import Connection, UniqueViolationError

from kervan import audit, reasons
from kervan.accounts.callers import Caller
from kervan.db import fetchval, transaction
from kervan.declarations import queries
from kervan.declarations.port import Booking, CarrierPort
from kervan.declarations.shipments import Said, Shipment, Step, etgb_number, steps, waybill
from kervan.documents.judging import judged
from kervan.documents.noting import note
from kervan.documents.wanted import MOST_GROSS_G
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.orders import moves, states
from kervan.orders import queries as orders
from kervan.orders.access import Party
from kervan.orders.deadlines import today
from kervan.orders.errors import Refused
from kervan.orders.repeating import Keep, finished
from kervan.orders.structs import OrderDetail
from kervan.orders.tables import Side, State
from kervan.policies import book
from kervan.trade.errors import N_

MOST_PACKAGES = 999
OLDEST_DAYS = 60
"""How long ago a hand-over may be that is entered now."""

CORRECTABLE = frozenset(
    {
        State.ETGB_REGISTERED, State.EXPORTED, State.DELIVERED, State.COMPLETED, State.DISPUTED, State.RESOLVED,
    }
)  # fmt: skip

_CHANGED = N_("This order was changed in the meantime. Look at it again.")

_INSERT = """
INSERT INTO declaration ("order", carrier, waybill, handed_on, packages, gross_weight_g, source)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
"""
_LINES = """
INSERT INTO shipped_line (declaration, number, quantity)
SELECT $1, l.number, l.quantity FROM unnest($2::int[], $3::int[]) AS l (number, quantity)
"""
_SET = """
UPDATE declaration SET etgb_number = $3, registered_on = $4, closed_on = $5, delivered_on = $6, source = $7,
    version = version + 1, updated_at = now()
WHERE id = $1 AND version = $2 RETURNING version
"""


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """What was handed to a carrier. Weight in grams, packages included."""

    carrier: str
    """Its code."""
    waybill: str
    """Empty: the carrier's own system is asked for one, where it is connected."""
    day: date
    packages: int
    gross_g: int
    shipped: Mapping[int, int] = {}
    """Quantity by line number; a line that is not named went as it was ordered."""


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """How the declaration should read; days that were not entered yet are not entered by a correction."""

    etgb_number: str
    registered_on: date
    closed_on: date | None = None
    delivered_on: date | None = None


async def hand_over(
    caller: Caller,
    party: Party,
    version: int,
    wanted: HandOver,
    port: CarrierPort | None = None,
    keep: Keep | None = None,
) -> str:
    """Notes that the goods are with the carrier and returns the waybill.

    Raises Invalid by field (a carrier that is not authorised on that day, a day that cannot be, more than was ordered,
    a waybill that is used), Refused when the shipment as weighed may not leave, Conflict in other states or when
    somebody was faster than `version`.
    """
    order = await _own(party, version)
    states.check("hand-over", order.state, Side.EXPORTER)
    await book.refresh()
    shipped = {line.number: wanted.shipped.get(line.number, line.quantity) for line in order.terms.lines}
    wrong = await _wrong_hand_over(order, wanted, shipped)
    found = await queries.carriers(wanted.day, wanted.carrier)
    if not found:
        wrong["carrier"] = Invalid(
            N_("This carrier is not authorised to make ETGB declarations on {day}."),
            day=wanted.day,
        )
    number = ""
    if wanted.waybill.strip() or port is None:
        try:
            number = waybill(wanted.waybill)
        except Invalid as error:
            wrong["waybill"] = error
    if wrong:
        raise Invalid(fields=wrong)
    verdict = judged(order, today(), gross_g=wanted.gross_g)
    if not verdict.allowed:
        raise Refused(verdict)
    source = "TYPED"
    if not number and port is not None:
        number, source = waybill(await port.book(_booking(order, wanted))), "API"
    async with transaction() as tx:
        conn = tx.connection
        data = {"carrier": found[0].name, "waybill": number, "day": wanted.day, "packages": wanted.packages}
        await moves.move(
            conn, order.id, "hand-over", side=Side.EXPORTER, version=version, caller=caller, data=data
        )
        try:
            declaration = await conn.fetchval(
                _INSERT,
                order.id,
                found[0].id,
                number,
                wanted.day,
                wanted.packages,
                wanted.gross_g,
                source,
            )
        except UniqueViolationError as error:
            raise Invalid(
                fields={"waybill": N_("This waybill number belongs to another shipment of this carrier.")}
            ) from error
        await conn.execute(_LINES, declaration, list(shipped), list(shipped.values()))
        return await finished(conn, keep, number)


async def _wrong_hand_over(
    order: OrderDetail, wanted: HandOver, shipped: Mapping[int, int]
) -> dict[str, KervanError | str]:
    wrong: dict[str, KervanError | str] = {}
    day = today()
    if wanted.day > day:
        wrong["day"] = N_("This day has not come yet.")
    elif wanted.day < (earliest := max(await _invoiced_on(order.id), day - timedelta(days=OLDEST_DAYS))):
        wrong["day"] = Invalid(N_("Not before {day}."), day=earliest)
    if not 1 <= wanted.packages <= MOST_PACKAGES:
        wrong["packages"] = Invalid(
            N_("Enter a whole number from {low} to {high}."), low=1, high=MOST_PACKAGES
        )
    if wanted.gross_g < 1:
        wrong["gross_g"] = N_("The weight must be above zero.")
    elif wanted.gross_g < (bare := _net_g(order, shipped)):
        wrong["gross_g"] = Invalid(
            N_("The goods alone weigh {bare} g: packed they cannot weigh less."), bare=bare
        )
    elif wanted.gross_g > MOST_GROSS_G:
        wrong["gross_g"] = Invalid(N_("Enter a whole number from {low} to {high}."), low=1, high=MOST_GROSS_G)
    for line in order.terms.lines:
        if not 0 <= shipped[line.number] <= line.quantity:
            wrong[f"shipped_{line.number}"] = Invalid(N_("At most what was ordered: {n}."), n=line.quantity)
    if set(wanted.shipped) - set(shipped):
        wrong["shipped"] = N_("There is a line that the order does not have.")
    elif not any(shipped.values()):
        wrong[f"shipped_{order.terms.lines[0].number}"] = N_("Something must be in the parcel.")
    return wrong


def _net_g(order: OrderDetail, shipped: Mapping[int, int]) -> int:
    """What the shipped quantities weigh without any package, grams."""
    return sum(line.net_g * shipped[line.number] // line.quantity for line in order.terms.lines)


async def _invoiced_on(order_id: int) -> date:
    """The day on the invoice that holds; goods do not leave before it is written."""
    found: date | None = await fetchval(
        """SELECT (paper ->> 'issued_on')::date FROM document
        WHERE "order" = $1 AND kind = 'INVOICE' AND state = 'ISSUED'""",
        order_id,
    )
    if found is None:
        raise Conflict(N_("First the invoice is issued."))
    return found


def _booking(order: OrderDetail, wanted: HandOver) -> Booking:
    return Booking(
        carrier=wanted.carrier,
        reference=order.number,
        sender=order.exporter.name,
        receiver=order.delivery.name or order.importer.name,
        city=order.delivery.city,
        country=order.destination,
        packages=wanted.packages,
        gross_g=wanted.gross_g,
        handed_on=wanted.day,
    )


async def register(
    caller: Caller, party: Party, version: int, number: str, day: date, keep: Keep | None = None
) -> None:
    """Enters the number and the day of the customs declaration. Raises Invalid by field, Conflict before the hand-over
    or when somebody was faster than `version`."""
    said = Said(etgb_number=_number(number), registered_on=day)
    await _enter(caller, party, version, "register", said, keep)


async def close(caller: Caller, party: Party, version: int, day: date, keep: Keep | None = None) -> None:
    """Enters the closing (intaç): the goods have left. Raises as `register`."""
    await _enter(caller, party, version, "close", Said(closed_on=day), keep)


async def deliver(caller: Caller, party: Party, version: int, day: date, keep: Keep | None = None) -> None:
    """Enters the arrival; the importer may do so too. Raises as `register`."""
    await _enter(caller, party, version, "deliver", Said(delivered_on=day), keep)


async def correct(
    caller: Caller, party: Party, version: int, wanted: Correction, reason: str, keep: Keep | None = None
) -> None:
    """Puts right what was typed or imported wrongly; both sides read it on the time line, with the reason.

    Raises Invalid by field, Conflict before the registration or when somebody was faster.
    """
    if party.side is not Side.EXPORTER:
        raise NotFound()
    if len(reason.strip()) < reasons.SHORTEST:
        raise Invalid(fields={"reason": N_("Say why, in a few words. The other side reads it.")})
    number = _number(wanted.etgb_number)
    async with transaction() as tx:
        conn = tx.connection
        shipment = await queries.locked(conn, party.order_id)
        if shipment is None or shipment.registered_on is None:
            raise Conflict(N_("There is nothing to correct yet."))
        new = Said(
            etgb_number=number,
            registered_on=wanted.registered_on,
            closed_on=(wanted.closed_on or shipment.closed_on) if shipment.closed_on else None,
            delivered_on=(wanted.delivered_on or shipment.delivered_on) if shipment.delivered_on else None,
        )
        before = _figures(shipment)
        after = msgspec.structs.asdict(new)
        if before == after:
            raise Invalid(N_("Nothing is different from what is entered."))
        # As if it were entered anew: the same rules hold for a corrected day.
        empty = msgspec.structs.replace(
            shipment, etgb_number=None, registered_on=None, closed_on=None, delivered_on=None,
            order_state=State.HANDED_TO_CARRIER,
        )  # fmt: skip
        steps(empty, new, today())
        changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        row = await note(
            conn, party.order_id, "correct", states=CORRECTABLE, version=version, side=Side.EXPORTER,
            caller=caller, data=changed, reason=reason.strip()[: reasons.LONGEST],
        )  # fmt: skip
        await _set(conn, shipment, after, "TYPED")
        await audit.record(
            caller.actor, "declaration.corrected", "order", row["public_id"],
            before=before, after=after, reason=reason.strip()[: reasons.LONGEST],
        )  # fmt: skip
        await finished(conn, keep, None)


async def apply(
    conn: Connection,
    shipment: Shipment,
    found: tuple[Step, ...],
    *,
    side: Side,
    source: str,
    caller: Caller | None = None,
    version: int | None = None,
) -> None:
    """Takes the steps of shipments.steps in the open transaction; `shipment` is locked there."""
    figures = _figures(shipment)
    for step in found:
        data: dict[str, Any] = {"day": step.day}
        if step.etgb_number:
            figures["etgb_number"] = data["etgb_number"] = step.etgb_number
        figures[_DAYS[step.action]] = step.day
        await moves.move(
            conn, shipment.order_id, step.action, side=side, version=version, caller=caller, data=data
        )
        # Each step raises the order's version; only the first one was decided by somebody who saw it.
        version = None
    if found:
        await _set(conn, shipment, figures, source)


_DAYS = {"register": "registered_on", "close": "closed_on", "deliver": "delivered_on"}


async def _enter(
    caller: Caller, party: Party, version: int, action: str, said: Said, keep: Keep | None
) -> None:
    if party.side is not Side.EXPORTER and action != "deliver":
        raise NotFound()
    async with transaction() as tx:
        conn = tx.connection
        order = await moves.row_of(conn, party.order_id)
        states.check(action, order["state"], party.side)
        shipment = await queries.locked(conn, party.order_id)
        if shipment is None:
            raise Conflict(_CHANGED)
        found = steps(shipment, said, today())
        await apply(conn, shipment, found, side=party.side, source="TYPED", caller=caller, version=version)
        await finished(conn, keep, None)


async def _own(party: Party, version: int) -> OrderDetail:
    if party.side is not Side.EXPORTER:
        raise NotFound()
    order = await orders.detail(party.order_id)
    if order.version != version:
        raise Conflict(_CHANGED)
    return order


def _number(text: str) -> str:
    try:
        return etgb_number(text)
    except Invalid as error:
        raise Invalid(fields={"etgb_number": error}) from error


def _figures(shipment: Shipment) -> dict[str, Any]:
    return {
        "etgb_number": shipment.etgb_number,
        "registered_on": shipment.registered_on,
        "closed_on": shipment.closed_on,
        "delivered_on": shipment.delivered_on,
    }


async def _set(conn: Connection, shipment: Shipment, figures: Mapping[str, Any], source: str) -> None:
    changed = await conn.fetchval(
        _SET,
        shipment.id,
        shipment.version,
        figures["etgb_number"],
        figures["registered_on"],
        figures["closed_on"],
        figures["delivered_on"],
        source,
    )
    if changed is None:
        raise Conflict(_CHANGED)
