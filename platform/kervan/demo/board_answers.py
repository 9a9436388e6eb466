"""Answers on the demo's request board: quotes, a question, one that does not fit, one that was taken."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import msgspec

from kervan.accounts.callers import Caller
from kervan.conversations import service as messages
from kervan.conversations.parties import INQUIRY
from kervan.db import fetchval
from kervan.demo.cast import Cast
from kervan.inquiries import accepting, quotes
from kervan.inquiries import access as inquiries
from kervan.inquiries.access import Part
from kervan.inquiries.structs import Offered, OfferedLine
from kervan.orders.deadlines import today
from kervan.requests import access, answering, queries
from kervan.requests.service import Saved
from kervan.requests.structs import RequestShown


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one exporter does with a request, and what the requester does with that."""

    firm: str
    after_hours: int
    price: str | None = None
    """Per unit; without one it is a question."""
    lead_days: int = 28
    note: str = ""
    then: str = ""
    """shortlist, irrelevant, accept, or reply."""
    why: str = ""


_TOWELS = "White terry towels for a hotel group"
ANSWERS: Mapping[str, Sequence[Answer]] = {
    _TOWELS: (
        Answer(firm="pamukova-tekstil", after_hours=5, price="3.48", lead_days=25, then="shortlist",
               note="Two deliveries are no problem. Samples of both sizes leave tomorrow."),
        Answer(firm="curuksu-ev", after_hours=22, price="3.39", lead_days=40,
               note="Price for both sizes on average; hems by your drawing."),
        Answer(firm="yaylaci-findik", after_hours=30, price="4.10", then="irrelevant",
               note="We can also arrange textiles.", why="We asked for towels of a weaver, not for a trader's offer."),
    ),
    "Cotton percale bed linen, hotel quality": (
        Answer(firm="curuksu-ev", after_hours=26, price="19.80", lead_days=35, note="200 TC percale, hotel closure."),
    ),
    "Waffle bathrobes with embroidered logo": (
        Answer(firm="pamukova-tekstil", after_hours=9, price="11.20", lead_days=30, then="shortlist"),
    ),
    "Table linen for restaurants, flame retardant": (
        Answer(firm="curuksu-ev", after_hours=6, note="Shall the satin band be woven in or sewn on?", then="reply",
               why="Woven in, please; three centimetres from the edge."),
    ),
    "Huile d'olive extra vierge en bidons de 5 litres": (
        Answer(firm="kozbagi-zeytinyagi", after_hours=7, price="6.95", lead_days=14, then="shortlist",
               note="Récolte d'octobre, acidité 0,3 %. Analyse du lot jointe sur demande."),
    ),
    "Roasted hazelnuts, calibrated 13-15 mm": (
        Answer(firm="yaylaci-findik", after_hours=12, price="9850", lead_days=18, note="Aflatoxin report each lot."),
    ),
    "Toallas de baño y alfombrines para hostales": (
        Answer(firm="pamukova-tekstil", after_hours=15, price="2.88", lead_days=32),
    ),
    "Turkish delight and halva in gift tins": (
        Answer(firm="yaylaci-findik", after_hours=20, note="Would hazelnut halva in the same tin be of interest?"),
    ),
    "Surgical scrub sets, reusable": (
        Answer(firm="curuksu-ev", after_hours=30, price="17.90", lead_days=45, note="Fabric by the laundry standard."),
    ),
}  # fmt: skip


async def answer(cast: Cast, made: Saved, told: Answer, buyer: str | None, post: Caller | None) -> None:
    """Lets an exporter answer a request and its requester, an importer or a post, react."""
    shown = await queries.shown(made.id)
    caller, membership = await cast.selling(told.firm)
    recipient = await answering.begin(caller, access.answering(caller, membership.public_id), made.public_id)
    part = await inquiries.received(caller, membership.public_id, recipient, act=True)
    if told.price is None:
        await messages.post(INQUIRY, part.recipient or 0, part.side, caller, membership, told.note)
    else:
        await quotes.save(caller, part, _offer(shown, told), send=True)
    if told.then:
        asker = post if buyer is None else await cast.caller(buyer)
        if asker is not None:
            await _react(asker, shown, recipient, told)


async def _react(caller: Caller, shown: RequestShown, recipient: str, told: Answer) -> None:
    desk = next(m for m in caller.memberships if m.kind in ("IMPORTER", "POST"))
    part: Part = await inquiries.asked(caller, desk.public_id, shown.inquiry_id or "", recipient, act=True)
    if told.then == "shortlist":
        await quotes.shortlist(caller, part, True)
    elif told.then == "irrelevant":
        await answering.mark_irrelevant(caller, part, told.why)
    elif told.then == "reply":
        await messages.post(INQUIRY, part.recipient or 0, part.side, caller, part.membership, told.why)
    elif told.then == "accept":
        revision = await fetchval("SELECT revision FROM quote WHERE recipient = $1", part.recipient)
        await accepting.accept(caller, part, revision)


def _offer(shown: RequestShown, told: Answer) -> Offered:
    """A quote in words for all that is asked for."""
    line = OfferedLine(
        name=shown.title,
        asked=1,
        quantity=shown.quantity or 1,
        unit=shown.unit or "C62",
        unit_price=Decimal(told.price or 0),
    )
    return Offered(
        lines=(line,),
        currency=shown.currency or "EUR",
        incoterm=shown.incoterm or "FCA",
        place=shown.place,
        destination=shown.country,
        lead_days=told.lead_days,
        valid_until=today() + timedelta(days=25),
        payment_terms="30 % in advance, the rest against papers",
        note=told.note,
    )
