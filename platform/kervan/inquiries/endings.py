"""What becomes of quotes when their inquiry ends or another one is taken, and of an inquiry without a live quote."""

from collections.abc import Sequence

from asyncpg import Connection, Record

from kervan import audit
from kervan.inquiries import telling

_END = """
UPDATE quote SET state = CASE WHEN state = 'DRAFT' THEN 'WITHDRAWN' ELSE $2::varchar END, version = version + 1,
    decided_at = now(), updated_at = now(),
    decline_reason = CASE WHEN state <> 'DRAFT' AND $2::varchar = 'DECLINED' THEN $3 END
WHERE inquiry = $1 AND state IN ('DRAFT', 'SENT', 'REVISED') AND id <> $4
RETURNING id, public_id, recipient, version, state
"""


async def end_quotes(
    conn: Connection, inquiry: int, state: str, actor: str, reason: str = "", *, but: int = 0
) -> Sequence[Record]:
    """Ends every quote of the inquiry that is open, but one (quote.id): drafts are withdrawn, others get `state`.

    Returns the ended ones; nobody is told here.
    """
    rows: Sequence[Record] = await conn.fetch(_END, inquiry, state, reason or None, but)
    for row in rows:
        await audit.record(
            actor, f"quote.{row['state'].casefold()}", "quote", row["public_id"], reason=reason or None
        )
    return rows


async def reopen(conn: Connection, inquiry: int) -> None:
    """Leads an answered inquiry back to OPEN when no quote of it can be taken any more."""
    await conn.execute(
        """UPDATE inquiry SET state = 'OPEN', version = version + 1 WHERE id = $1 AND state = 'ANSWERED'
            AND NOT EXISTS (SELECT FROM quote WHERE inquiry = $1 AND state IN ('SENT', 'REVISED'))""",
        inquiry,
    )


async def close(conn: Connection, inquiry: int, actor: str, reason: str) -> str | None:
    """Closes an open inquiry (inquiry.id): its quotes are declined, the exporters are told. None when it is over.

    Returns its public id.
    """
    public_id: str | None = await conn.fetchval(
        """UPDATE inquiry SET state = 'CLOSED', version = version + 1, closed_at = now(), close_reason = $2
        WHERE id = $1 AND state IN ('OPEN', 'ANSWERED') RETURNING public_id""",
        inquiry,
        reason or None,
    )
    if public_id is None:
        return None
    await audit.record(actor, "inquiry.closed", "inquiry", public_id, reason=reason or None)
    await end_quotes(conn, inquiry, "DECLINED", actor, reason)
    for to in await telling.recipients(conn, inquiry):
        if to["declined_at"] is None:
            await telling.exporter(conn, to, "inquiry_closed", reason=reason, cause="closed")
        await telling.inquiry_event(conn, to, "inquiry.closed", state="CLOSED")
    return public_id


async def end_of_request(conn: Connection, request: int, actor: str, reason: str) -> None:
    """Closes the inquiry that holds the answers to a request (trade_request.id)."""
    inquiry = await conn.fetchval("SELECT id FROM inquiry WHERE request = $1", request)
    if inquiry is not None:
        await close(conn, inquiry, actor, reason)
