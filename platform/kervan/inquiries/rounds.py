"""What time does to inquiries: quotes whose validity is over, inquiries that nobody decided."""

from datetime import UTC, datetime

import structlog

from kervan import audit
from kervan.db import fetch, transaction
from kervan.inquiries import endings, telling
from kervan.trade import law

log = structlog.get_logger(__name__)

_ACTOR = "system:inquiries.rounds"
_MOST = 500

_DUE_QUOTES = """
SELECT id, inquiry, recipient FROM quote WHERE state IN ('SENT', 'REVISED') AND valid_until < $1
ORDER BY valid_until, id LIMIT $2
"""
_EXPIRE_QUOTE = """
UPDATE quote SET state = 'EXPIRED', version = version + 1, decided_at = now(), updated_at = now()
WHERE id = $1 AND state IN ('SENT', 'REVISED') AND valid_until < $2 RETURNING public_id, number, valid_until
"""
_DUE_INQUIRIES = """
SELECT i.id FROM inquiry i WHERE i.state IN ('OPEN', 'ANSWERED') AND (i.expires_at <= now()
    OR EXISTS (SELECT FROM importer im WHERE im.id = i.importer AND im.standing = 'CLOSED'))
ORDER BY i.expires_at LIMIT $1
"""
_EXPIRE_INQUIRY = """
UPDATE inquiry i SET state = 'EXPIRED', version = version + 1, closed_at = now()
WHERE i.id = $1 AND i.state IN ('OPEN', 'ANSWERED') AND (i.expires_at <= now()
    OR EXISTS (SELECT FROM importer im WHERE im.id = i.importer AND im.standing = 'CLOSED')) RETURNING i.public_id
"""


async def expire_quotes() -> int:
    """Ends quotes whose last day is over and tells both sides; returns how many."""
    today = law.day_of(datetime.now(UTC))
    ended = 0
    for due in await fetch(_DUE_QUOTES, today, _MOST):
        async with transaction() as tx:
            conn = tx.connection
            await conn.execute("SELECT FROM inquiry WHERE id = $1 FOR UPDATE", due["inquiry"])
            row = await conn.fetchrow(_EXPIRE_QUOTE, due["id"], today)
            if row is None:
                continue
            await audit.record(_ACTOR, "quote.expired", "quote", row["public_id"])
            await endings.reopen(conn, due["inquiry"])
            about = await telling.recipient(conn, due["recipient"])
            told = {"quote": row["number"], "until": row["valid_until"]}
            await telling.exporter(conn, about, "quote_expired", **told)
            path = f"/inquiries/{about['inquiry']}/{about['public_id']}"
            await telling.importer(conn, about, "quote_expired_buyer", path, **told)
            ended += 1
    if ended:
        log.info("quotes ran out", count=ended)
    return ended


async def expire_inquiries() -> int:
    """Ends inquiries whose days are over, or whose firm is closed, with their quotes; returns how many."""
    ended = 0
    for due in await fetch(_DUE_INQUIRIES, _MOST):
        async with transaction() as tx:
            conn = tx.connection
            public_id = await conn.fetchval(_EXPIRE_INQUIRY, due["id"])
            if public_id is None:
                continue
            await audit.record(_ACTOR, "inquiry.expired", "inquiry", public_id)
            await endings.end_quotes(conn, due["id"], "EXPIRED", _ACTOR)
            found = await telling.recipients(conn, due["id"])
            for to in found:
                if to["declined_at"] is None:
                    await telling.exporter(conn, to, "inquiry_closed", reason="", cause="expired")
                await telling.inquiry_event(conn, to, "inquiry.closed", state="EXPIRED")
            for about in found[:1]:
                await telling.importer(conn, about, "inquiry_expired", f"/inquiries/{about['inquiry']}")
            ended += 1
    if ended:
        log.info("inquiries ran out", count=ended)
    return ended
