"""Quotes: written and changed while nobody has seen them, sent, revised, withdrawn; shortlisted and declined."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from asyncpg import Connection, Record, UniqueViolationError

from kervan import audit, reasons
from kervan.accounts.callers import Caller
from kervan.conversations import service as conversations
from kervan.conversations.files import Kept
from kervan.conversations.parties import INQUIRY
from kervan.db import transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.ids import new_public_id
from kervan.inquiries import endings, fitting, queries_own, rules, telling
from kervan.inquiries.access import Part
from kervan.inquiries.states import LIVE, QUOTE, check
from kervan.inquiries.structs import Offered
from kervan.inquiries.tables import QuoteState
from kervan.orders import parties
from kervan.orders.numbers import new_number
from kervan.orders.tables import Side
from kervan.policies import book
from kervan.trade import law
from kervan.trade.errors import N_, shown

_INQUIRY = """
SELECT i.id, i.state, i.expires_at <= now() AS over, i.importer, i.destination, i.purpose, r.declined_at,
    r.irrelevant_at, e.id AS exporter, e.verification, im.standing IN ('ACTIVE', 'VERIFIED') AS buys,
    i.request IS NOT NULL AND (q.state <> 'PUBLISHED' OR q.deadline < (now() AT TIME ZONE 'Europe/Istanbul')::date)
        AS closed, q.deadline
FROM inquiry i JOIN inquiry_recipient r ON r.inquiry = i.id AND r.id = $2 JOIN exporter e ON e.id = r.exporter
JOIN importer im ON im.id = i.importer LEFT JOIN trade_request q ON q.id = i.request
WHERE i.id = $1 FOR UPDATE OF i
"""
_LIVE = "SELECT * FROM quote WHERE recipient = $1 AND state IN ('DRAFT', 'SENT', 'REVISED') FOR UPDATE"
_NEW = """
INSERT INTO quote (public_id, number, inquiry, recipient, exporter, state, valid_until)
VALUES ($1, $2, $3, $4, $5, 'DRAFT', $6) RETURNING *
"""
_REVISION = """
INSERT INTO quote_revision (quote, revision, person, currency, incoterm, place, destination, lead_days, valid_until,
    payment_terms, note, charges, goods_total, total, certificates)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id
"""
_LINE = """
INSERT INTO quote_line (revision, number, asked, product, product_version, name, quantity, unit, unit_price, amount)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_OWN_PRODUCTS = """
SELECT p.id, p.public_id, v.id AS version,
    coalesce((SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = 'en'),
        (SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = 'tr'), p.sku) AS name
FROM product p JOIN product_version v ON v.product = p.id AND v.number = p.current_version
WHERE p.exporter = $1 AND p.public_id = ANY($2::text[])
"""
SEEN_CHANGED = N_("This quote was changed in the meantime. Look at it again.")


class Saved(msgspec.Struct, frozen=True):
    """A quote after it was written."""

    public_id: str
    number: str
    state: str
    version: int
    revision: int


async def save(
    caller: Caller,
    part: Part,
    offered: Offered,
    *,
    send: bool,
    version: int | None = None,
    files: Sequence[Kept] = (),
) -> Saved:
    """Writes the exporter's quote: a new one, its draft anew, or a new revision of one that is out; `send` sends it.

    `version` is the one that the caller saw (None: whatever it is). `files` of a quote that is sent
    (conversations.files.kept) become a message of the talk, which names the quote and is as confidential. Raises
    Invalid with sentences by field, and Conflict for a firm that is not verified, an inquiry that is over, or a quote
    that was changed meanwhile.
    """
    if part.recipient is None:
        raise NotFound()
    await book.refresh()
    try:
        async with transaction() as tx:
            saved = await _save(tx.connection, caller, part.inquiry, part.recipient, offered, send, version)
            if files:
                await conversations.write(
                    tx.connection, INQUIRY, part.recipient, Side.EXPORTER, caller, part.membership,
                    saved.number if saved.revision == 1 else f"{saved.number} ({saved.revision})", files, told=True,
                )  # fmt: skip
            return saved
    except UniqueViolationError as error:
        if error.constraint_name != "quote_live_unique":
            raise
        raise Conflict(SEEN_CHANGED) from error


async def _save(
    conn: Connection,
    caller: Caller,
    inquiry: int,
    recipient: int,
    offered: Offered,
    send: bool,
    version: int | None,
) -> Saved:
    asked = await _open_inquiry(conn, inquiry, recipient)
    lines = {
        row["number"]: row["id"]
        for row in await conn.fetch("SELECT id, number FROM inquiry_line WHERE inquiry = $1", inquiry)
    }
    now = datetime.now(UTC)
    if wrong := rules.check_offered(offered, lines, law.day_of(now), asked["deadline"]):
        raise Invalid(fields=wrong)
    quote = await conn.fetchrow(_LIVE, recipient)
    if version is not None and (quote["version"] if quote else 0) != version:
        raise Conflict(SEEN_CHANGED)
    if quote is None:
        quote = await conn.fetchrow(
            _NEW,
            new_public_id(),
            new_number("Q", now),
            inquiry,
            recipient,
            asked["exporter"],
            offered.valid_until,
        )
    drafting = quote["state"] == QuoteState.DRAFT
    number = quote["revision"] if drafting else quote["revision"] + 1
    revision = await _write(conn, caller, quote["id"], number, asked["exporter"], offered, lines)
    if not send:
        after = QuoteState.DRAFT if drafting else check(QUOTE, "revise", quote["state"], Side.EXPORTER)
        row = await conn.fetchrow(
            """UPDATE quote SET state = $2::varchar, version = version + 1, updated_at = now(),
                valid_until = CASE WHEN $2::varchar = 'DRAFT' THEN $3 ELSE valid_until END WHERE id = $1
            RETURNING public_id, number, state, version, revision""",
            quote["id"], after, offered.valid_until,
        )  # fmt: skip
        await audit.record(caller.actor, "quote.saved", "quote", row["public_id"], after={"revision": number})
        return Saved(**dict(row))
    return await _send(conn, caller, asked, recipient, quote, revision, number, offered)


async def _open_inquiry(conn: Connection, inquiry: int, recipient: int) -> Record:
    """The inquiry, locked. Raises Conflict when it takes no quotes of this exporter any more."""
    row = await conn.fetchrow(_INQUIRY, inquiry, recipient)
    if row is None:
        raise NotFound()
    if row["state"] not in ("OPEN", "ANSWERED") or row["over"]:
        raise Conflict(N_("This inquiry is over: it takes no quotes any more."))
    if row["closed"]:
        raise Conflict(N_("This request is closed: it takes no answers any more."))
    if row["irrelevant_at"] is not None:
        raise Conflict(N_("The buyer marked your answer as not fitting: it takes no further quotes."))
    if row["declined_at"] is not None:
        raise Conflict(N_("You have declined this inquiry already."))
    if row["verification"] != "VERIFIED":
        raise Conflict(N_("Only verified firms send quotes. Yours is not verified at present."))
    if not row["buys"]:
        raise Conflict(N_("This buyer takes no quotes at the moment."))
    return row


async def _write(
    conn: Connection,
    caller: Caller,
    quote: int,
    number: int,
    exporter: int,
    offered: Offered,
    asked: dict[int, int],
) -> int:
    """Writes the revision in place of what was drafted before; returns quote_revision.id."""
    wanted = [line.product for line in offered.lines if line.product]
    own = {row["public_id"]: row for row in await conn.fetch(_OWN_PRODUCTS, exporter, wanted)}
    foreign: dict[str, KervanError | str] = {
        f"lines.{position}.product": N_("This is none of your products.")
        for position, line in enumerate(offered.lines, start=1)
        if line.product and line.product not in own
    }
    held = set(await queries_own.certificates(exporter)) if offered.certificates else set()
    if unknown := [name for name in offered.certificates if name not in held]:
        foreign["certificates"] = Invalid(
            N_("Your firm holds no valid certificate {name}."), name=shown(unknown[0])
        )
    if foreign:
        raise Invalid(fields=foreign)
    await conn.execute("DELETE FROM quote_revision WHERE quote = $1 AND sent_at IS NULL", quote)
    goods = rules.goods_total(offered)
    revision: int = await conn.fetchval(
        _REVISION,
        quote,
        number,
        caller.person,
        offered.currency,
        offered.incoterm,
        offered.place.strip(),
        offered.destination,
        offered.lead_days,
        offered.valid_until,
        offered.payment_terms.strip(),
        offered.note.strip(),
        msgspec.json.encode({kind: f"{amount:f}" for kind, amount in offered.charges.items()}).decode(),
        goods,
        goods + sum(offered.charges.values(), Decimal(0)),
        list(offered.certificates),
    )
    for position, line in enumerate(offered.lines, start=1):
        product = own.get(line.product or "")
        await conn.execute(
            _LINE,
            revision,
            position,
            asked.get(line.asked) if line.asked is not None else None,
            product["id"] if product else None,
            product["version"] if product else None,
            (line.name.strip() or (product["name"] if product else ""))[:300],
            line.quantity,
            line.unit,
            line.unit_price,
            rules.amount(line, offered.currency),
        )
    return revision


async def _send(
    conn: Connection,
    caller: Caller,
    asked: Record,
    recipient: int,
    quote: Record,
    revision: int,
    number: int,
    offered: Offered,
) -> Saved:
    """Sends what was just written: from now on it stands, with the verdict of this day."""
    before = quote["state"]
    if before == QuoteState.SENT:
        before = check(QUOTE, "revise", before, Side.EXPORTER)
    after = check(QUOTE, "send", before, Side.EXPORTER)
    total = rules.goods_total(offered) + sum(offered.charges.values(), Decimal(0))
    row = await conn.fetchrow(
        """UPDATE quote SET state = $2::varchar, version = version + 1, revision = $3, valid_until = $4,
            sent_at = coalesce(sent_at, now()), updated_at = now()
        WHERE id = $1 RETURNING public_id, number, state, version, revision""",
        quote["id"],
        after,
        number,
        offered.valid_until,
    )
    judgement = await fitting.judge(conn, quote["id"], await parties.buyer(conn, asked["importer"]))
    await conn.execute(
        "UPDATE quote_revision SET sent_at = now(), verdict = $2, gross_weight_g = $3 WHERE id = $1",
        revision,
        msgspec.json.encode(judgement.verdict).decode(),
        judgement.gross_g,
    )
    await conn.execute(
        "UPDATE inquiry SET state = 'ANSWERED', version = version + 1 WHERE id = $1 AND state = 'OPEN'",
        asked["id"],
    )
    await conn.execute(
        "UPDATE inquiry_recipient SET answered_at = coalesce(answered_at, now()) WHERE id = $1", recipient
    )
    await audit.record(
        caller.actor, "quote.sent", "quote", row["public_id"], {"state": quote["state"]},
        {"state": after, "revision": number, "total": f"{total:f}", "currency": offered.currency},
    )  # fmt: skip
    about = await telling.recipient(conn, recipient)
    first = number == 1
    await telling.importer(
        conn, about, "quote_sent" if first else "quote_revised",
        total=f"{total:f}", currency=offered.currency, until=offered.valid_until,
    )  # fmt: skip
    await telling.quote_event(
        conn, about, "quote.sent" if first else "quote.revised", row["public_id"], row["version"],
        number=row["number"], revision=number, total=f"{total:f}", currency=offered.currency,
    )  # fmt: skip
    return Saved(**dict(row))


async def discard(caller: Caller, part: Part) -> None:
    """Drops what was written since the last sending; a quote that was never sent is withdrawn. Raises Conflict."""
    async with transaction() as tx:
        conn = tx.connection
        quote = await conn.fetchrow(_LIVE, part.recipient)
        if quote is None or quote["state"] == QuoteState.SENT:
            raise Conflict(N_("There is no draft here."))
        await conn.execute("DELETE FROM quote_revision WHERE quote = $1 AND sent_at IS NULL", quote["id"])
        action = "withdraw" if quote["state"] == QuoteState.DRAFT else "discard"
        await _set_state(conn, caller, quote, action, Side.EXPORTER, "quote.discarded")


async def withdraw(caller: Caller, part: Part) -> None:
    """Takes the exporter's quote back; the importer is told when it had got one. Raises Conflict when none is open."""
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute("SELECT FROM inquiry WHERE id = $1 FOR UPDATE", part.inquiry)
        quote = await conn.fetchrow(_LIVE, part.recipient)
        if quote is None or part.recipient is None:
            raise Conflict(N_("There is no open quote here."))
        await _set_state(conn, caller, quote, "withdraw", Side.EXPORTER, "quote.withdrawn")
        await endings.reopen(conn, part.inquiry)
        if quote["state"] in LIVE:
            await telling.importer(conn, await telling.recipient(conn, part.recipient), "quote_withdrawn")


async def shortlist(caller: Caller, part: Part, on: bool) -> None:
    """Puts the quote that is open on the importer's short list, or takes it off; no exporter learns of it."""
    async with transaction() as tx:
        public_id = await tx.connection.fetchval(
            """UPDATE quote SET shortlisted = $2, updated_at = now()
            WHERE recipient = $1 AND state IN ('SENT', 'REVISED') RETURNING public_id""",
            part.recipient,
            on,
        )
        if public_id is None:
            raise Conflict(N_("There is no open quote here."))
        await audit.record(caller.actor, "quote.shortlisted", "quote", public_id, after={"on": on})


async def decline(caller: Caller, part: Part, reason: str, version: int | None = None) -> None:
    """Declines the exporter's quote; it reads why. Raises Invalid without a reason, Conflict when none is open."""
    reason = reasons.needed(reason)
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute("SELECT FROM inquiry WHERE id = $1 FOR UPDATE", part.inquiry)
        quote = await conn.fetchrow(_LIVE, part.recipient)
        if quote is None or part.recipient is None or quote["state"] not in LIVE:
            raise Conflict(N_("There is no open quote here."))
        if version is not None and quote["version"] != version:
            raise Conflict(SEEN_CHANGED)
        after = await _set_state(conn, caller, quote, "decline", Side.IMPORTER, "quote.declined", reason)
        await endings.reopen(conn, part.inquiry)
        about = await telling.recipient(conn, part.recipient)
        await telling.exporter(conn, about, "quote_declined", reason=reason, quote=quote["number"])
        await telling.quote_event(
            conn, about, "quote.declined", quote["public_id"], after, number=quote["number"], reason=reason
        )


async def _set_state(
    conn: Connection,
    caller: Caller,
    quote: Record,
    action: str,
    side: Side,
    audited: str,
    reason: str | None = None,
) -> int:
    """Moves a locked quote along an arrow; returns its version after it."""
    after = check(QUOTE, action, quote["state"], side)
    version: int = await conn.fetchval(
        """UPDATE quote SET state = $2::varchar, version = version + 1, updated_at = now(),
            decline_reason = coalesce($3, decline_reason),
            decided_at = CASE WHEN $2::varchar IN ('WITHDRAWN', 'DECLINED') THEN now() END
        WHERE id = $1 RETURNING version""",
        quote["id"],
        after,
        reason,
    )
    await audit.record(
        caller.actor,
        audited,
        "quote",
        quote["public_id"],
        {"state": quote["state"]},
        {"state": after},
        reason,
    )
    return version
