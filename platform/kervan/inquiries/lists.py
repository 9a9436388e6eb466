"""Lists of inquiries: what an importer sent and what an exporter received, filtered, searched, as a file."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec
from asyncpg import Record

from kervan.conversations.parties import HIDDEN
from kervan.db import fetch
from kervan.inquiries.queries import NOW_INQUIRY, NOW_QUOTE
from kervan.inquiries.structs import InquiryRow
from kervan.inquiries.tables import InquiryState
from kervan.orders.numbers import tidied
from kervan.organisations.tables import Kind

PER_PAGE = 25
_BATCH = 500

# The words of the inquiry are searched as they stand; numbers also without their dashes' exact place.
_FOUND = """
($2 = '' OR i.number = $3 OR i.number LIKE '%' || $3 || '%' OR i.text ILIKE $4
    OR EXISTS (SELECT FROM inquiry_line l WHERE l.inquiry = i.id AND l.name ILIKE $4)
"""
_WHAT = """
coalesce((SELECT l.name FROM inquiry_line l WHERE l.inquiry = i.id ORDER BY l.number LIMIT 1),
    left(i.text, 120)) AS what,
(SELECT count(*) FROM inquiry_line l WHERE l.inquiry = i.id) AS line_count
"""

_SENT = f"""
SELECT i.id, i.public_id, i.number, {NOW_INQUIRY} AS state, i.destination, i.created_at, i.expires_at, im.country,
    {_WHAT},
    (SELECT count(*) FROM inquiry_recipient r WHERE r.inquiry = i.id) AS recipients,
    (SELECT e.trade_name FROM inquiry_recipient r JOIN exporter e ON e.id = r.exporter WHERE r.inquiry = i.id
        ORDER BY EXISTS (SELECT FROM quote q WHERE q.recipient = r.id AND q.state = 'ACCEPTED') DESC, r.id
        LIMIT 1) AS other,
    live.n AS quotes, live.best, live.currency,
    (SELECT q.state FROM quote q WHERE q.inquiry = i.id AND q.state = 'ACCEPTED') AS quote_state,
    (SELECT count(*) FROM message m JOIN inquiry_recipient r ON r.id = m.subject
        WHERE m.about = 'INQUIRY' AND r.inquiry = i.id AND m.side <> 'IMPORTER' AND m.read_at IS NULL) AS unread,
    (SELECT t.number FROM trade_request t WHERE t.id = i.request) AS request
FROM inquiry i JOIN importer im ON im.id = i.importer
LEFT JOIN LATERAL (
    SELECT count(*) AS n, CASE WHEN count(DISTINCT v.currency) = 1 THEN min(v.total) END AS best,
        min(v.currency) AS currency
    FROM quote q JOIN quote_revision v ON v.quote = q.id AND v.revision = q.revision
    WHERE q.inquiry = i.id AND {NOW_QUOTE} IN ('SENT', 'REVISED')
) live ON true
WHERE i.importer = $1 AND {_FOUND}
    OR EXISTS (SELECT FROM inquiry_recipient r JOIN exporter e ON e.id = r.exporter
        WHERE r.inquiry = i.id AND e.trade_name ILIKE $4))
"""
_RECEIVED = f"""
SELECT r.id, r.public_id, i.number,
    CASE WHEN r.declined_at IS NOT NULL THEN 'DECLINED' WHEN newest.state = 'ACCEPTED' THEN 'CONVERTED'
        WHEN i.state = 'CONVERTED' THEN 'CLOSED' WHEN {NOW_INQUIRY} = 'EXPIRED' THEN 'EXPIRED'
        WHEN i.state = 'CLOSED' THEN 'CLOSED' WHEN newest.state IN ('SENT', 'REVISED') THEN 'ANSWERED'
        ELSE 'OPEN' END AS state,
    i.destination, i.created_at, i.expires_at, im.country, {_WHAT}, 1 AS recipients,
    CASE WHEN {HIDDEN} THEN NULL ELSE im.legal_name END AS other,
    (newest.state IN ('SENT', 'REVISED'))::int AS quotes, newest.total AS best, newest.currency,
    newest.state AS quote_state,
    (SELECT count(*) FROM message m WHERE m.about = 'INQUIRY' AND m.subject = r.id AND m.side <> 'EXPORTER'
        AND m.read_at IS NULL) AS unread,
    (SELECT t.number FROM trade_request t WHERE t.id = i.request) AS request
FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry JOIN importer im ON im.id = i.importer
LEFT JOIN LATERAL (
    SELECT {NOW_QUOTE} AS state, v.total, v.currency FROM quote q
    LEFT JOIN quote_revision v ON v.quote = q.id AND v.revision = q.revision
    WHERE q.recipient = r.id ORDER BY q.id DESC LIMIT 1
) newest ON true
WHERE r.exporter = $1 AND {_FOUND}
    OR (NOT ({HIDDEN}) AND im.legal_name ILIKE $4))
"""

STATES: Mapping[str, tuple[str, ...]] = {
    Kind.IMPORTER: tuple(InquiryState),
    Kind.EXPORTER: (*InquiryState, "DECLINED"),
}
"""What the lists can be filtered by; an exporter's list shows where its own part stands."""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which inquiries are asked for."""

    text: str = ""
    state: str = ""
    page: int = 1


async def rows(
    kind: str, firm: int, filters: Filters, per_page: int = PER_PAGE
) -> tuple[list[InquiryRow], int]:
    """One page of the firm's inquiries (exporter.id or importer.id), newest first, and how many there are in all."""
    found = await _page(kind, firm, filters, per_page, (filters.page - 1) * per_page)
    if not found and filters.page > 1:
        return [], await _count(kind, firm, filters)
    return [_row(row) for row in found], found[0]["total"] if found else 0


async def everything(kind: str, firm: int, filters: Filters) -> AsyncIterator[Sequence[InquiryRow]]:
    """All of them in batches, for a file."""
    offset = 0
    while found := await _page(kind, firm, filters, _BATCH, offset):
        yield [_row(row) for row in found]
        offset += _BATCH


async def counts(kind: str, firm: int) -> Mapping[str, int]:
    """How many inquiries of the firm are in each state."""
    statement, arguments = _asked(kind, firm, Filters())
    found = await fetch(
        f"SELECT state, count(*) AS n FROM ({statement}) AS x WHERE $5::text = '' GROUP BY state",
        *arguments,
    )
    return {row["state"]: row["n"] for row in found}


def _asked(kind: str, firm: int, filters: Filters) -> tuple[str, tuple[Any, ...]]:
    text = filters.text.strip()[:200]
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    number = tidied(text).replace("%", "").replace("_", "") or "-"
    return (_SENT if kind == Kind.IMPORTER else _RECEIVED), (firm, text, number, pattern, filters.state)


async def _page(kind: str, firm: int, filters: Filters, limit: int, offset: int) -> Sequence[Record]:
    statement, arguments = _asked(kind, firm, filters)
    return await fetch(
        f"""SELECT *, count(*) OVER () AS total FROM ({statement}) AS x WHERE $5 = '' OR state = $5
        ORDER BY created_at DESC, id DESC LIMIT $6 OFFSET $7""",
        *arguments,
        limit,
        offset,
    )


async def _count(kind: str, firm: int, filters: Filters) -> int:
    statement, arguments = _asked(kind, firm, filters)
    found = await fetch(
        f"SELECT count(*) AS n FROM ({statement}) AS x WHERE $5 = '' OR state = $5", *arguments
    )
    n: int = found[0]["n"]
    return n


def _row(row: Record) -> InquiryRow:
    return InquiryRow(**{name: row[name] for name in InquiryRow.__struct_fields__})
