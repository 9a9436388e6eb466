"""Accepting a quote, exactly one of an inquiry: it becomes an order where the law allows one, else an offline deal."""

from datetime import UTC, datetime

import msgspec
from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import connection, transaction
from kervan.errors import Conflict, NotFound
from kervan.ids import new_public_id
from kervan.inquiries import endings, fits, fitting, telling
from kervan.inquiries.access import Part
from kervan.inquiries.quotes import SEEN_CHANGED
from kervan.inquiries.states import LIVE
from kervan.orders import carts, parties
from kervan.orders import quotes as orders
from kervan.orders.numbers import new_number
from kervan.orders.structs import Delivery
from kervan.organisations.tables import Kind
from kervan.policies import book
from kervan.requests import awarding
from kervan.trade import law
from kervan.trade.errors import N_
from kervan.trade.verdict import Refusal, Verdict

_CONVERT = """
UPDATE inquiry SET state = 'CONVERTED', version = version + 1, closed_at = now()
WHERE id = $1 AND state IN ('OPEN', 'ANSWERED') RETURNING importer
"""
_QUOTE = """
SELECT id, public_id, number, state, version, revision, exporter, valid_until FROM quote
WHERE recipient = $1 AND state IN ('SENT', 'REVISED') FOR UPDATE
"""
_ACCEPT = """
UPDATE quote SET state = 'ACCEPTED', version = version + 1, decided_at = now(), updated_at = now()
WHERE id = $1 AND version = $2 AND state IN ('SENT', 'REVISED') AND valid_until >= $3 RETURNING version
"""
_DEAL = """
INSERT INTO deal (public_id, number, quote, inquiry, exporter, importer, refused) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def likely_delivery(caller: Caller, importer: int, destination: str) -> Delivery:
    """Where the goods probably go, as a new cart would begin with it."""
    async with connection() as conn:
        return await carts.usual_delivery(conn, caller, importer, destination)


class Accepted(msgspec.Struct, frozen=True):
    """What became of a quote: one of the two, by public id, with its number."""

    order: str | None
    deal: str | None
    number: str


async def accept(caller: Caller, part: Part, revision: int, delivery: Delivery | None = None) -> Accepted:
    """Takes the open quote of one exporter, as it stood in the revision that the caller saw.

    Raises Conflict when another one was taken before, when the inquiry is over, or when the quote ran out or changed;
    Invalid with sentences by field when it becomes an order and `delivery` does not say where the goods go; and
    orders.errors.Refused while the exporter takes no more orders: the quote stays open then.
    """
    if part.recipient is None:
        raise NotFound()
    await book.refresh()
    async with transaction() as tx:
        conn = tx.connection
        await awarding.hold(conn, part.inquiry)
        inquiry = await conn.fetchrow(_CONVERT, part.inquiry)
        if inquiry is None:
            raise await _why_not(conn, part.inquiry)
        quote = await conn.fetchrow(_QUOTE, part.recipient)
        today = law.day_of(datetime.now(UTC))
        _check_open(quote, revision, today)
        version = await conn.fetchval(_ACCEPT, quote["id"], quote["version"], today)
        if version is None:
            raise Conflict(SEEN_CHANGED)
        buyer = await parties.buyer(conn, inquiry["importer"])
        judgement = await fitting.judge(conn, quote["id"], buyer, caller.language)
        # Nobody of the buyer's is here to confirm the papers of an order that its post takes for it.
        by_post = part.membership.kind == Kind.POST
        made = await _become(
            conn, caller, quote, part.inquiry, buyer.id, judgement.verdict, delivery, as_deal=by_post
        )
        await audit.record(
            caller.actor, "quote.accepted", "quote", quote["public_id"], {"state": quote["state"]},
            {"state": "ACCEPTED", "order": made.order, "deal": made.deal},
        )  # fmt: skip
        await _tell(conn, part, quote, version, made, by_post=by_post)
        await _tell_others(conn, caller, part, quote["id"])
        await awarding.awarded(conn, part.inquiry, caller, by_post=by_post)
        return made


async def _why_not(conn: Connection, inquiry: int) -> Conflict:
    state = await conn.fetchval("SELECT state FROM inquiry WHERE id = $1", inquiry)
    if state == "CONVERTED":
        return Conflict(N_("A quote of this inquiry was accepted already. There can be only one."))
    return Conflict(N_("This inquiry is over already."))


def _check_open(quote: Record | None, revision: int, today: object) -> None:
    if quote is None or quote["state"] not in LIVE:
        raise Conflict(N_("There is no open quote here."))
    if quote["valid_until"] < today:
        raise Conflict(
            N_("This quote was valid until {date}. Ask the exporter for a new one."),
            date=quote["valid_until"],
        )
    if quote["revision"] != revision:
        raise Conflict(SEEN_CHANGED)


async def _become(
    conn: Connection,
    caller: Caller,
    quote: Record,
    inquiry: int,
    importer: int,
    verdict: Verdict,
    delivery: Delivery | None,
    *,
    as_deal: bool,
) -> Accepted:
    if verdict.allowed and not as_deal:
        key = f"quote-{quote['public_id']}"
        stored = await orders.order_of(conn, caller, quote["id"], delivery or Delivery(), key)
        return Accepted(stored.public_id, None, stored.number)
    # Where a post decided the law was not what it depended on, whatever it says of these goods.
    why = (Refusal(code="BY_POST", message=fits.BY_POST),) if as_deal else verdict.refusals
    public_id, number = new_public_id(), new_number("D", datetime.now(UTC))
    await conn.execute(
        _DEAL,
        public_id,
        number,
        quote["id"],
        inquiry,
        quote["exporter"],
        importer,
        msgspec.json.encode(why).decode(),
    )
    await audit.record(caller.actor, "deal.made", "deal", public_id, after={"quote": quote["public_id"]})
    return Accepted(None, public_id, number)


async def _tell(
    conn: Connection, part: Part, quote: Record, version: int, made: Accepted, *, by_post: bool
) -> None:
    if part.recipient is None:
        raise NotFound()
    about = await telling.recipient(conn, part.recipient)
    path = f"/orders/{made.order}" if made.order else f"/deals/{made.deal}"
    await telling.exporter(
        conn, about, "quote_accepted", path, quote=quote["number"], became=made.number, order=bool(made.order),
        by_post=by_post,
    )  # fmt: skip
    await telling.quote_event(
        conn, about, "quote.accepted", quote["public_id"], version,
        number=quote["number"], order=made.order, deal=made.deal,
    )  # fmt: skip


async def _tell_others(conn: Connection, caller: Caller, part: Part, taken: int) -> None:
    """The others learn that it was decided: not by whom it was won, nor for how much."""
    ended = {
        row["recipient"]: row
        for row in await endings.end_quotes(conn, part.inquiry, "DECLINED", caller.actor, but=taken)
        if row["state"] == "DECLINED"
    }
    for to in await telling.recipients(conn, part.inquiry):
        if to["id"] == part.recipient:
            continue
        lost = ended.get(to["id"])
        if lost is not None:
            number = await conn.fetchval("SELECT number FROM quote WHERE id = $1", lost["id"])
            await telling.exporter(conn, to, "quote_declined", reason="", quote=number)
            await telling.quote_event(
                conn, to, "quote.declined", lost["public_id"], lost["version"], number=number, reason=None
            )
        elif to["declined_at"] is None:
            await telling.exporter(conn, to, "inquiry_closed", reason="", cause="decided")
        await telling.inquiry_event(conn, to, "inquiry.closed", state="CLOSED")
