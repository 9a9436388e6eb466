"""Issuing the documents of an order: proforma, invoice, packing list and export information form.

Each is made, printed and written to the disk before its transaction begins; the step of the order and the rows of the
document then come together or not at all. What was issued is never changed: a corrected version supersedes it.
"""

from asyncpg import Connection, UniqueViolationError

from kervan import reasons
from kervan.accounts.callers import Caller
from kervan.db import transaction
from kervan.documents import issuing, making
from kervan.documents.noting import note
from kervan.documents.structs import Kind, Paper
from kervan.documents.wanted import InvoiceWanted, PackingWanted, ProformaWanted
from kervan.errors import Conflict, Invalid, NotFound
from kervan.orders import letters, moves, queries, states
from kervan.orders.access import Party
from kervan.orders.deadlines import today
from kervan.orders.repeating import Keep, finished
from kervan.orders.structs import OrderDetail
from kervan.orders.tables import Side, State
from kervan.policies import book
from kervan.trade.errors import N_

PACKABLE = frozenset({State.CONFIRMED, State.INVOICED})
"""When goods are packed and weighed: the invoice may then say how many packages there are."""

_SUPERSEDE_PACKED = """
UPDATE document SET state = 'SUPERSEDED', superseded_at = now(), reason = $2
WHERE "order" = $1 AND kind IN ('PACKING_LIST', 'EXPORT_FORM') AND state = 'ISSUED' AND paper ->> 'invoice_number' <> ''
"""

_CHANGED = N_("This order was changed in the meantime. Look at it again.")
_NOT_NOW = N_("This cannot be done with an order in this state.")


async def issue_proforma(
    caller: Caller, party: Party, version: int, wanted: ProformaWanted, keep: Keep | None = None
) -> str:
    """Sends the proforma of an accepted order and returns the document's public id.

    Raises Conflict in other states or when somebody was faster than `version`, Invalid for a date that cannot be,
    RulesBroken for what the order lacks.
    """
    order = await _own(party, version)
    states.check("proforma", order.state, Side.EXPORTER)
    paper = await making.proforma(order, wanted)
    async with issuing.written(paper) as files, transaction() as tx:
        conn = tx.connection
        data = {"document": paper.number, "version": paper.version}
        await moves.move(
            conn, order.id, "proforma", side=Side.EXPORTER, version=version, caller=caller, data=data
        )
        return (await finished(conn, keep, (await _kept(conn, caller, order, *files[0]),)))[0]


async def correct_proforma(
    caller: Caller, party: Party, version: int, wanted: ProformaWanted, reason: str, keep: Keep | None = None
) -> str:
    """A proforma instead of the one that was sent and not yet confirmed: the importer is asked anew.

    Raises as `issue_proforma`, and Invalid without a reason.
    """
    order = await _own(party, version)
    reason = _reason(reason)
    if order.state != State.PROFORMA_SENT:
        raise Conflict(_NOT_NOW)
    paper = await making.proforma(order, wanted)
    async with issuing.written(paper) as files, transaction() as tx:
        conn = tx.connection
        row = await note(
            conn, order.id, "document", states={State.PROFORMA_SENT}, version=version, side=Side.EXPORTER,
            caller=caller, data={"document": paper.number, "version": paper.version, "kind": paper.kind},
            reason=reason,
        )  # fmt: skip
        await letters.tell(
            conn,
            row["importer_organisation"],
            "order_step",
            f"/orders/{row['public_id']}",
            action="proforma",
            state=str(State.PROFORMA_SENT),
            number=row["number"],
            other=row["exporter_name"],
            reason=reason,
            total=f"{row['invoice_total']:f}",
            currency=row["currency"],
            answer_by=None,
        )
        return (await finished(conn, keep, (await _kept(conn, caller, order, *files[0], reason=reason),)))[0]


async def issue_invoice(
    caller: Caller, party: Party, version: int, wanted: InvoiceWanted, keep: Keep | None = None
) -> str:
    """Issues the invoice of a confirmed order, with its e-Arşiv draft, and returns the document's public id.

    The order is judged anew by today's law and rate: Refused with the verdict when it may no longer leave as it is.
    Raises Differs where the invoice does not say what the proforma says, RulesBroken for a rule that is not kept,
    Invalid by field, Conflict in other states or when somebody was faster.
    """
    order = await _own(party, version)
    states.check("invoice", order.state, Side.EXPORTER)
    paper = await making.invoice(order, wanted)
    async with issuing.written(paper) as files, transaction() as tx:
        conn = tx.connection
        data = {"document": paper.number, "version": paper.version}
        await moves.move(
            conn, order.id, "invoice", side=Side.EXPORTER, version=version, caller=caller, data=data
        )
        await _use_number(conn, order, paper.number)
        return (await finished(conn, keep, (await _kept(conn, caller, order, *files[0]),)))[0]


async def correct_invoice(
    caller: Caller, party: Party, version: int, wanted: InvoiceWanted, reason: str, keep: Keep | None = None
) -> str:
    """An invoice with a number of its own instead of the one that was issued, before the goods are handed over.

    Raises as `issue_invoice`, and Invalid without a reason.
    """
    order = await _own(party, version)
    reason = _reason(reason)
    if order.state != State.INVOICED:
        raise Conflict(_NOT_NOW)
    paper = await making.invoice(order, wanted)
    async with issuing.written(paper) as files, transaction() as tx:
        conn = tx.connection
        await note(
            conn, order.id, "document", states={State.INVOICED}, version=version, side=Side.EXPORTER,
            caller=caller, data={"document": paper.number, "version": paper.version, "kind": paper.kind},
            reason=reason,
        )  # fmt: skip
        await _use_number(conn, order, paper.number)
        # They name the invoice that holds no longer; the goods are packed again on paper.
        await conn.execute(_SUPERSEDE_PACKED, order.id, reason)
        return (await finished(conn, keep, (await _kept(conn, caller, order, *files[0], reason=reason),)))[0]


async def issue_packing(
    caller: Caller, party: Party, version: int, wanted: PackingWanted, keep: Keep | None = None
) -> tuple[str, ...]:
    """Issues the packing list, or corrects it, and with the invoice also the export information form, which names it.

    Returns the public ids. Raises Refused when the weight as packed passes the limit, otherwise as `issue_proforma`.
    """
    order = await _own(party, version)
    state = State(order.state)
    if state not in PACKABLE:
        raise Conflict(_NOT_NOW)
    making.require_room(wanted)
    await book.refresh()
    making.require_allowed(order, today(), wanted.gross_g)
    kinds = (Kind.PACKING_LIST, Kind.EXPORT_FORM) if state is State.INVOICED else (Kind.PACKING_LIST,)
    papers = [await making.packed(kind, order, wanted) for kind in kinds]
    async with issuing.written(*papers) as files, transaction() as tx:
        conn = tx.connection
        data = {"document": papers[0].number, "version": papers[0].version, "kind": papers[0].kind}
        await note(
            conn, order.id, "document", states={state}, version=version, side=Side.EXPORTER, caller=caller, data=data
        )  # fmt: skip
        return await finished(conn, keep, tuple([await _kept(conn, caller, order, *one) for one in files]))


async def _own(party: Party, version: int) -> OrderDetail:
    """The order, when the party is its exporter and it is still as the caller saw it. Raises NotFound, Conflict."""
    if party.side is not Side.EXPORTER:
        raise NotFound()
    order = await queries.detail(party.order_id)
    if order.version != version:
        raise Conflict(_CHANGED)
    return order


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) < reasons.SHORTEST:
        raise Invalid(fields={"reason": N_("Say why, in a few words. The other side reads it.")})
    return text[:500]


async def _kept(
    conn: Connection,
    caller: Caller,
    order: OrderDetail,
    paper: Paper,
    files: issuing.Files,
    reason: str | None = None,
) -> str:
    public_id = await issuing.keep(conn, caller, order.id, order.terms.revision, paper, files, reason)
    await issuing.announce(await moves.row_of(conn, order.id), public_id, paper)
    return public_id


async def _use_number(conn: Connection, order: OrderDetail, number: str) -> None:
    try:
        await conn.execute(
            'INSERT INTO invoice_number (exporter, number, "order") VALUES ($1, $2, $3)',
            order.exporter.id,
            number,
            order.id,
        )
    except UniqueViolationError as error:
        raise Invalid(fields={"number": N_("You have used this invoice number already.")}) from error
