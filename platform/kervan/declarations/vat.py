"""The refund of VAT after an export, as a checklist of four steps (domain 1.7, S2:47). Nothing is computed here."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from asyncpg import UniqueViolationError

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.declarations import queries
from kervan.errors import Conflict, Invalid, NotFound
from kervan.orders import moves
from kervan.orders.access import Party
from kervan.orders.deadlines import today
from kervan.orders.tables import Side, State
from kervan.trade.errors import N_

STEPS: Mapping[str, tuple[str, str]] = {
    "APPROVED": (
        N_("The customs have approved the ETGB"),
        N_("The declaration is closed (intaç) and shows as approved in the carrier's system."),
    ),
    "VEDOP": (
        N_("It has passed into VEDOP"),
        N_("The tax office's system shows the declaration. This mostly takes some days."),
    ),
    "PRINTOUT": (
        N_("The printout is at the tax office"),
        N_("The list of the declarations, printed and handed in with the refund request."),
    ),
    "REFUND": (
        N_("The VAT is refunded"),
        N_("Paid to you, or set off against what you owe."),
    ),
}
"""Title and explanation (msgids) in the order in which the steps are taken."""

OPEN_IN = frozenset({State.EXPORTED, State.DELIVERED, State.COMPLETED, State.DISPUTED, State.RESOLVED})


class VatStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the checklist; `is_next`: the one that can be ticked now."""

    code: str
    title: str
    text: str
    done_on: date | None
    by: str | None
    is_next: bool


async def of_order(order_id: int) -> Sequence[VatStep]:
    """The four steps with the days on which they were done."""
    rows = {
        row["step"]: row
        for row in await fetch(
            """SELECT v.step, v.done_on, p.name FROM vat_step v LEFT JOIN person p ON p.id = v.person
            WHERE v."order" = $1""",
            order_id,
        )
    }
    first_open = next((code for code in STEPS if code not in rows), None)
    return [
        VatStep(
            code=code,
            title=title,
            text=text,
            done_on=rows[code]["done_on"] if code in rows else None,
            by=rows[code]["name"] if code in rows else None,
            is_next=code == first_open,
        )
        for code, (title, text) in STEPS.items()
    ]


async def tick(caller: Caller, party: Party, step: str, day: date) -> None:
    """Notes that the exporter has done the next step, on a day. A tick stays.

    Raises Invalid for a step that is none or a day before the one of the step before it, Conflict for a step that is
    not the next one or before the declaration is closed.
    """
    if party.side is not Side.EXPORTER:
        raise NotFound()
    if step not in STEPS:
        raise Invalid(fields={"step": N_("This cannot be chosen here.")})
    async with transaction() as tx:
        conn = tx.connection
        shipment = await queries.locked(conn, party.order_id)
        if shipment is None or shipment.closed_on is None or State(shipment.order_state) not in OPEN_IN:
            raise Conflict(N_("The VAT refund begins when the declaration is closed."))
        found = await of_order(party.order_id)
        if not any(one.code == step and one.is_next for one in found):
            raise Conflict(N_("This step is done already, or another one comes before it."))
        earliest = max([shipment.closed_on, *(one.done_on for one in found if one.done_on)])
        if day > today():
            raise Invalid(fields={"day": N_("This day has not come yet.")})
        if day < earliest:
            raise Invalid(fields={"day": Invalid(N_("Not before {day}."), day=earliest)})
        try:
            await conn.execute(
                'INSERT INTO vat_step ("order", step, done_on, person) VALUES ($1, $2, $3, $4)',
                party.order_id,
                step,
                day,
                caller.person,
            )
        except UniqueViolationError as error:
            raise Conflict(N_("This step is done already, or another one comes before it.")) from error
        row = await moves.row_of(conn, party.order_id)
        await audit.record(
            caller.actor, "declaration.vat_step", "order", row["public_id"], after={"step": step, "day": day}
        )
