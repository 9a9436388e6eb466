"""What time does to orders: answers that are due, and deliveries that nobody complained of."""

from datetime import UTC, datetime, timedelta

import structlog

from kervan.db import fetch, transaction
from kervan.errors import Conflict
from kervan.orders.deadlines import today
from kervan.orders.moves import move
from kervan.orders.tables import Side, State
from kervan.trade import law
from kervan.trade.errors import N_

log = structlog.get_logger(__name__)

_DUE = """
SELECT id, state FROM trade_order WHERE answer_by < now() AND state IN ('SUBMITTED', 'COUNTERED')
ORDER BY answer_by LIMIT 500
"""
_DELIVERED = """
SELECT id FROM trade_order WHERE state = 'DELIVERED' AND updated_at < $1 ORDER BY updated_at LIMIT 500
"""


async def expire_due() -> int:
    """Ends the orders that the exporter did not answer, and the offers that the importer did not; returns how many."""
    ended = 0
    for row in await fetch(_DUE):
        async with transaction() as tx:
            try:
                if row["state"] == State.SUBMITTED:
                    await move(tx.connection, row["id"], "expire", side=Side.SYSTEM, version=None)
                else:
                    await move(
                        tx.connection,
                        row["id"],
                        "cancel",
                        side=Side.SYSTEM,
                        version=None,
                        reason=N_("The offered terms were not answered in time."),
                    )
                ended += 1
            except Conflict:
                # Somebody answered at the last moment.
                log.info("order was answered while it expired", order=row["id"])
    return ended


async def complete_delivered() -> int:
    """Completes deliveries that nobody complained of within the days of COMPLETE_DAYS; returns how many."""
    days = law.current().figure("COMPLETE_DAYS", today())
    done = 0
    for row in await fetch(_DELIVERED, datetime.now(UTC) - timedelta(days=days)):
        async with transaction() as tx:
            try:
                await move(tx.connection, row["id"], "complete", side=Side.SYSTEM, version=None)
                done += 1
            except Conflict:
                log.info("order was changed while it was completed", order=row["id"])
    return done
