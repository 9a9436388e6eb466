"""What an exporter does with an inquiry beside quoting: opens it, declines it."""

from kervan import audit, reasons
from kervan.accounts.callers import Caller
from kervan.db import execute, transaction
from kervan.errors import Conflict, NotFound
from kervan.inquiries import telling
from kervan.inquiries.access import Part
from kervan.trade.errors import N_


async def opened(part: Part) -> None:
    """Notes that the exporter has looked at the inquiry."""
    await execute(
        "UPDATE inquiry_recipient SET opened_at = now() WHERE id = $1 AND opened_at IS NULL", part.recipient
    )


async def decline(caller: Caller, part: Part, reason: str) -> None:
    """Declines an inquiry for the exporter; a draft of a quote goes, a quote that was sent must be withdrawn first.

    Raises Invalid without a reason, Conflict when the inquiry is over, declined already, or a quote is out.
    """
    if part.recipient is None:
        raise NotFound()
    reason = reasons.needed(reason)
    async with transaction() as tx:
        conn = tx.connection
        state = await conn.fetchval("SELECT state FROM inquiry WHERE id = $1 FOR UPDATE", part.inquiry)
        if state not in ("OPEN", "ANSWERED"):
            raise Conflict(N_("This inquiry is over already."))
        if await conn.fetchval(
            "SELECT EXISTS (SELECT FROM quote WHERE recipient = $1 AND state IN ('SENT', 'REVISED'))",
            part.recipient,
        ):
            raise Conflict(N_("Your quote is still open. Withdraw it first."))
        public_id = await conn.fetchval(
            """UPDATE inquiry_recipient SET declined_at = now(), decline_reason = $2
            WHERE id = $1 AND declined_at IS NULL RETURNING public_id""",
            part.recipient,
            reason,
        )
        if public_id is None:
            raise Conflict(N_("You have declined this inquiry already."))
        await conn.execute(
            """UPDATE quote SET state = 'WITHDRAWN', version = version + 1, decided_at = now(), updated_at = now()
            WHERE recipient = $1 AND state = 'DRAFT'""",
            part.recipient,
        )
        await audit.record(caller.actor, "inquiry.declined", "inquiry_recipient", public_id, reason=reason)
        about = await telling.recipient(conn, part.recipient)
        await telling.importer(conn, about, "inquiry_declined", reason=reason)
