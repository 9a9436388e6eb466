"""Orders that look like one shipment cut into several: noted for staff, never refused (domain 4.7, 10)."""

from datetime import datetime, timedelta

from asyncpg import Connection

from kervan import audit
from kervan.ids import new_public_id
from kervan.orders.deadlines import today
from kervan.trade import law
from kervan.trade.errors import TradeError

_SINCE = """
SELECT id, gross_weight_g, total_eur FROM trade_order
WHERE importer = $1 AND exporter = $2 AND destination = $3 AND submitted_at >= $4
    AND state NOT IN ('DECLINED', 'EXPIRED', 'WITHDRAWN', 'CANCELLED')
ORDER BY id
"""
_FLAG = """
INSERT INTO split_flag (public_id, "order", orders, exporter, importer, destination, gross_weight_g, total_eur, limit_g,
    limit_eur, legal_ref)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT ("order") DO NOTHING RETURNING id
"""


async def look(
    conn: Connection, order_id: int, number: str, exporter: int, importer: int, destination: str, at: datetime
) -> bool:
    """Notes the order when it and those of the days before, between the same firms to the same country, together
    pass the law's limit of one shipment. The order itself goes on. Returns whether it was noted."""
    on = today()
    book = law.current()
    try:
        limit = book.regime_limit(law.ETGB, on)
        days = book.figure("SPLIT_DAYS", on)
    except TradeError:
        return False
    rows = await conn.fetch(_SINCE, importer, exporter, destination, at - timedelta(days=days))
    if len(rows) < 2:
        return False
    grams = sum(row["gross_weight_g"] for row in rows)
    eur = sum(row["total_eur"] for row in rows)
    if grams <= limit.max_gross_g and eur <= limit.max_value_eur:
        return False
    flag = await conn.fetchval(
        _FLAG,
        new_public_id(),
        order_id,
        [row["id"] for row in rows],
        exporter,
        importer,
        destination,
        grams,
        eur,
        limit.max_gross_g,
        limit.max_value_eur,
        limit.legal_ref,
    )
    if flag is not None:
        await audit.record(
            "system:orders.splitting", "order.split_flagged", "order", number,
            after={"orders": len(rows), "gross_weight_g": grams, "total_eur": str(eur)},
        )  # fmt: skip
    return flag is not None
