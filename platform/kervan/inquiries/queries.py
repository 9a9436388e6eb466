"""Reads of inquiries, quotes and deals: one for its two sides, lists, what waits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from asyncpg import Record

from kervan.conversations.parties import HIDDEN
from kervan.db import fetch
from kervan.errors import NotFound
from kervan.inquiries.structs import (
    BuyerShown,
    DealShown,
    InquiryShown,
    LineShown,
    QuoteLineShown,
    QuoteShown,
    RecipientShown,
    RevisionShown,
)
from kervan.orders.structs import Delivery
from kervan.orders.tables import Side
from kervan.products.queries import slug_of

NOW_INQUIRY = """
CASE WHEN i.state IN ('OPEN', 'ANSWERED') AND i.expires_at <= now() THEN 'EXPIRED' ELSE i.state END
"""
# The last day counts, in Türkiye; the round that ends quotes may be an hour late.
NOW_QUOTE = """
CASE WHEN q.state IN ('SENT', 'REVISED') AND q.valid_until < (now() AT TIME ZONE 'Europe/Istanbul')::date THEN 'EXPIRED'
    ELSE q.state END
"""

_INQUIRY = f"""
SELECT i.id, i.public_id, i.number, i.importer, {NOW_INQUIRY} AS state, i.version, i.text, i.destination, i.incoterm,
    i.place, i.currency, i.anonymous, i.revealed_at, i.refused, i.delivery, i.purpose, i.created_at, i.expires_at,
    i.closed_at, i.close_reason
FROM inquiry i WHERE i.id = $1
"""
# What others answered, and which of them was taken, is nobody's business: an exporter sees where its own part stands.
_AS_EXPORTER = f"""
SELECT CASE WHEN {NOW_INQUIRY} IN ('OPEN', 'ANSWERED') THEN
        CASE WHEN bool_or(q.state IN ('SENT', 'REVISED')) THEN 'ANSWERED' ELSE 'OPEN' END
    WHEN i.state = 'CONVERTED' AND bool_or(q.state = 'ACCEPTED') IS NOT TRUE THEN 'CLOSED'
    ELSE {NOW_INQUIRY} END AS state,
    1 + (i.revealed_at IS NOT NULL)::int + (i.closed_at IS NOT NULL)::int AS version
FROM inquiry i LEFT JOIN quote q ON q.inquiry = i.id AND q.exporter = $2 WHERE i.id = $1 GROUP BY i.id
"""
_LINES = """
SELECT l.number, l.name, l.hs_code, l.quantity, l.unit, l.target_price, l.certificates,
    p.public_id AS product, p.sku, p.exporter
FROM inquiry_line l LEFT JOIN product p ON p.id = l.product WHERE l.inquiry = $1 ORDER BY l.number
"""
_BUYER = f"""
SELECT im.country, im.standing = 'VERIFIED' AS verified, im.created_at AS since, im.legal_name AS name, im.city,
    im.website, CASE WHEN p.state <> 'CLOSED' THEN p.name END AS person, {HIDDEN} AS hidden
FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry JOIN importer im ON im.id = i.importer
LEFT JOIN person p ON p.id = i.person WHERE r.id = $1
"""
_RECIPIENTS = """
SELECT r.id, r.public_id, e.id AS exporter, e.slug, e.trade_name AS name, e.province,
    e.verification = 'VERIFIED' AS verified, r.opened_at, r.answered_at, r.declined_at, r.decline_reason,
    r.irrelevant_at, r.irrelevant_reason,
    (SELECT count(*) FROM message m WHERE m.about = 'INQUIRY' AND m.subject = r.id AND m.side <> 'IMPORTER'
        AND m.read_at IS NULL) AS unread
FROM inquiry_recipient r JOIN exporter e ON e.id = r.exporter WHERE r.inquiry = $1 ORDER BY r.id
"""
_QUOTES = f"""
SELECT q.id, q.public_id, q.number, r.public_id AS recipient, q.recipient AS recipient_id, q.exporter,
    {NOW_QUOTE} AS state, q.version, q.revision, q.shortlisted, q.sent_at, q.decided_at, q.decline_reason
FROM quote q JOIN inquiry_recipient r ON r.id = q.recipient
"""
_REVISIONS = """
SELECT v.*, CASE WHEN p.state <> 'CLOSED' THEN p.name END AS by
FROM quote_revision v LEFT JOIN person p ON p.id = v.person WHERE v.quote = ANY($1::bigint[]) ORDER BY v.revision DESC
"""
_QUOTE_LINES = """
SELECT l.revision, l.number, a.number AS asked, p.public_id AS product, p.sku, l.name, l.quantity, l.unit, l.unit_price,
    l.amount
FROM quote_line l LEFT JOIN inquiry_line a ON a.id = l.asked LEFT JOIN product p ON p.id = l.product
WHERE l.revision = ANY($1::bigint[]) ORDER BY l.number
"""
_DEAL = """
SELECT d.id, d.public_id, d.number, d.state, d.version, i.public_id AS inquiry, i.number AS inquiry_number,
    r.public_id AS recipient, d.quote, e.trade_name AS exporter_name, e.slug AS exporter_slug,
    im.legal_name AS importer_name, im.country AS importer_country,
    CASE WHEN p.state <> 'CLOSED' THEN p.name END AS contact, d.steps, d.refused, d.created_at, d.ended_at
FROM deal d JOIN inquiry i ON i.id = d.inquiry JOIN quote q ON q.id = d.quote
JOIN inquiry_recipient r ON r.id = q.recipient JOIN exporter e ON e.id = d.exporter
JOIN importer im ON im.id = d.importer LEFT JOIN person p ON p.id = i.person
WHERE d.id = $1
"""
_BECAME = """
SELECT o.public_id AS order_id, o.number AS order_number, d.public_id AS deal_id, d.number AS deal_number
FROM quote q LEFT JOIN trade_order o ON o.quote = q.id LEFT JOIN deal d ON d.quote = q.id WHERE q.id = $1
"""
# What waits: for importers quotes that can be taken and unread answers, for exporters inquiries without an answer.
# What came in on a request of the board waits there (requests.own_queries.work).
_WORK_IMPORTER = """
SELECT count(*) FROM inquiry i WHERE i.importer = $1 AND i.request IS NULL
    AND i.state IN ('OPEN', 'ANSWERED') AND i.expires_at > now()
    AND (i.state = 'ANSWERED' OR EXISTS (SELECT FROM message m JOIN inquiry_recipient r ON r.id = m.subject
        WHERE m.about = 'INQUIRY' AND r.inquiry = i.id AND m.side <> 'IMPORTER' AND m.read_at IS NULL))
"""
_WORK_EXPORTER = """
SELECT count(*) FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry
WHERE r.exporter = $1 AND i.state IN ('OPEN', 'ANSWERED') AND i.expires_at > now() AND r.declined_at IS NULL
    AND r.irrelevant_at IS NULL
    AND (NOT EXISTS (SELECT FROM quote q WHERE q.recipient = r.id AND q.state IN ('SENT', 'REVISED'))
        OR EXISTS (SELECT FROM message m WHERE m.about = 'INQUIRY' AND m.subject = r.id AND m.side <> 'EXPORTER'
            AND m.read_at IS NULL))
"""


async def inquiry(id: int, exporter: int | None = None) -> InquiryShown:
    """An inquiry; as an exporter (exporter.id) sees it, products of others are names only, the delivery is left
    out, and state and version tell nothing of what others did.

    Raises NotFound.
    """
    rows = await fetch(_INQUIRY, id)
    if not rows:
        raise NotFound()
    row: dict[str, Any] = dict(rows[0])
    if exporter is not None:
        row |= dict((await fetch(_AS_EXPORTER, id, exporter))[0])
    row["refused"] = tuple(msgspec.json.decode(row["refused"] or "[]"))
    row["delivery"] = (
        Delivery() if exporter is not None else msgspec.json.decode(row["delivery"], type=Delivery)
    )
    lines = tuple(_line(line, exporter) for line in await fetch(_LINES, id))
    return InquiryShown(**row, lines=lines)


def _line(row: Record, exporter: int | None) -> LineShown:
    shown = exporter is None or row["exporter"] == exporter
    return LineShown(
        number=row["number"],
        name=row["name"],
        product=row["product"] if shown else None,
        slug=f"{slug_of(row['name'])}-{row['product']}" if shown and row["product"] else None,
        sku=row["sku"] if shown else None,
        hs_code=row["hs_code"],
        quantity=row["quantity"],
        unit=row["unit"],
        target_price=row["target_price"],
        certificates=row["certificates"],
    )


async def buyer(recipient: int) -> BuyerShown:
    """Who asks, as the exporter of this recipient may know it."""
    rows = await fetch(_BUYER, recipient)
    row = dict(rows[0])
    if row.pop("hidden"):
        return BuyerShown(country=row["country"], verified=row["verified"], since=row["since"])
    return BuyerShown(**row)


async def recipients(inquiry_id: int) -> list[RecipientShown]:
    """The exporters that were asked, each with its newest quote that was sent: for the importer only."""
    quotes: dict[str, QuoteShown] = {}
    for quote in await quotes_of(inquiry_id):
        quotes.setdefault(quote.recipient, quote)
    return [
        RecipientShown(**dict(row), quote=quotes.get(row["public_id"]))
        for row in await fetch(_RECIPIENTS, inquiry_id)
    ]


async def quotes_of(inquiry_id: int) -> list[QuoteShown]:
    """Every quote of an inquiry that was sent, newest first, without drafts: for the importer only."""
    rows = await fetch(
        f"{_QUOTES} WHERE q.inquiry = $1 AND q.sent_at IS NOT NULL ORDER BY q.id DESC", inquiry_id
    )
    return await _quotes(rows, drafts=False)


async def quotes_to(recipient: int, viewer: str) -> list[QuoteShown]:
    """The quotes of one exporter to an inquiry, newest first; its drafts too when the exporter itself looks."""
    own = viewer == Side.EXPORTER
    rows = await fetch(
        f"{_QUOTES} WHERE q.recipient = $1 AND ($2 OR q.sent_at IS NOT NULL) ORDER BY q.id DESC",
        recipient,
        own,
    )
    return await _quotes(rows, drafts=own)


async def quote(id: int) -> QuoteShown:
    """A quote by quote.id, without drafts. Raises NotFound."""
    found = await _quotes(await fetch(f"{_QUOTES} WHERE q.id = $1", id), drafts=False)
    if not found:
        raise NotFound()
    return found[0]


async def _quotes(rows: Sequence[Record], *, drafts: bool) -> list[QuoteShown]:
    if not rows:
        return []
    revisions = await fetch(_REVISIONS, [row["id"] for row in rows])
    lines: dict[int, list[QuoteLineShown]] = {}
    for row in await fetch(_QUOTE_LINES, [row["id"] for row in revisions]):
        values = dict(row)
        lines.setdefault(values.pop("revision"), []).append(QuoteLineShown(**values))
    by_quote: dict[int, list[RevisionShown]] = {}
    for row in revisions:
        by_quote.setdefault(row["quote"], []).append(_revision(row, lines.get(row["id"], [])))
    return [_quote(row, by_quote.get(row["id"], []), drafts) for row in rows]


def _revision(row: Record, lines: Sequence[QuoteLineShown]) -> RevisionShown:
    names = (
        "revision", "currency", "incoterm", "place", "destination", "lead_days", "valid_until", "payment_terms",
        "note", "goods_total", "total", "gross_weight_g", "sent_at", "by",
    )  # fmt: skip
    return RevisionShown(
        **{name: row[name] for name in names},
        charges=msgspec.json.decode(row["charges"], type=dict[str, Decimal]),
        certificates=tuple(row["certificates"]),
        lines=tuple(lines),
    )


def _quote(row: Record, revisions: Sequence[RevisionShown], drafts: bool) -> QuoteShown:
    sent = [revision for revision in revisions if revision.sent_at is not None]
    unsent = next((revision for revision in revisions if revision.sent_at is None), None)
    values = {name: value for name, value in dict(row).items() if name != "recipient_id"}
    return QuoteShown(
        **values,
        terms=sent[0] if sent else None,
        draft=unsent if drafts and row["state"] in ("DRAFT", "REVISED") else None,
        earlier=tuple(sent[1:]),
    )


async def became(quote_id: int) -> Mapping[str, str | None]:
    """What an accepted quote has become: order_id, order_number, deal_id, deal_number (None where not)."""
    rows = await fetch(_BECAME, quote_id)
    return dict(rows[0]) if rows else {}


async def deal(id: int) -> DealShown:
    """An offline deal by deal.id. Raises NotFound."""
    rows = await fetch(_DEAL, id)
    if not rows:
        raise NotFound()
    row: dict[str, Any] = dict(rows[0])
    row["steps"] = msgspec.json.decode(row["steps"], type=dict[str, datetime])
    row["refused"] = tuple(msgspec.json.decode(row["refused"]))
    row["quote"] = await quote(row["quote"])
    return DealShown(**row)


async def declined(recipient: int) -> tuple[datetime | None, str | None]:
    """When and why the exporter declined; (None, None) when it did not."""
    rows = await fetch("SELECT declined_at, decline_reason FROM inquiry_recipient WHERE id = $1", recipient)
    return (rows[0]["declined_at"], rows[0]["decline_reason"]) if rows else (None, None)


async def talk_open(recipient: int) -> bool:
    """Whether the two can write each other: while the inquiry is open, and after a quote of this exporter was taken."""
    rows = await fetch(
        f"""SELECT {NOW_INQUIRY} IN ('OPEN', 'ANSWERED') OR EXISTS (SELECT FROM quote q
            WHERE q.recipient = r.id AND q.state = 'ACCEPTED') AS open
        FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry WHERE r.id = $1""",
        recipient,
    )
    return bool(rows and rows[0]["open"])


async def work(importer: int | None, exporter: int | None) -> int:
    """How many inquiries wait for the firm: quotes to look at, or inquiries to answer, and unread messages."""
    rows = await (
        fetch(_WORK_IMPORTER, importer) if importer is not None else fetch(_WORK_EXPORTER, exporter)
    )
    found: int = rows[0]["count"]
    return found
