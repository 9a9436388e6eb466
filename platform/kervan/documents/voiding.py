"""The documents of an order that came to nothing: they stay, and are void."""

from collections.abc import Mapping, Sequence
from typing import Any

from asyncpg import Connection

from kervan.db import transaction
from kervan.outbox import Handler

TOPIC = "order.void-documents"


async def void(conn: Connection, order_id: int) -> None:
    """In the open transaction: the documents of a cancelled or returned order hold no longer. Safe to repeat."""
    await conn.execute(
        """UPDATE document SET state = 'VOID' WHERE "order" = $1 AND state = 'ISSUED'""", order_id
    )


def handlers() -> Mapping[str, Handler]:
    """The outbox topic that orders.moves writes when an order is cancelled or its goods come back."""

    async def voided(payloads: Sequence[Mapping[str, Any]]) -> None:
        for payload in payloads:
            async with transaction() as tx:
                await void(tx.connection, payload["order"])

    return {TOPIC: voided}
