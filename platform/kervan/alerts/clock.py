"""The clock of the ledger: one row that ticks with every change of an alert and with every announcement.

Whoever ticks holds the row until the end of the transaction. So ticks are in the order of commits: who has tick n sees
everything that was committed under a smaller one, and nothing of a later one.
"""

from asyncpg import Connection

_TICK = """
INSERT INTO alert_clock (id, tick) VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET tick = alert_clock.tick + 1 RETURNING tick
"""


async def tick(conn: Connection) -> int:
    """The next tick, in the open transaction; RuntimeError without one."""
    if not conn.is_in_transaction():
        raise RuntimeError("the clock ticks in transactions")
    found: int = await conn.fetchval(_TICK)
    return found


async def now(conn: Connection) -> int:
    """The last tick that was committed; 0 before the first."""
    return int(await conn.fetchval("SELECT coalesce(max(tick), 0) FROM alert_clock"))
