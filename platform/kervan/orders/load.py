"""How many orders an exporter has open and got today: counted by a conditional UPDATE, never passed (issue 5, 2)."""

from datetime import date

from asyncpg import Connection

# One statement takes the place or does not; a CHECK stands behind it. The row of an exporter is its own queue.
_TAKE = """
INSERT INTO exporter_load AS l (exporter, open_orders, open_ceiling, day, day_orders, day_ceiling)
SELECT $1, 1, $2, $4, 1, $3 WHERE $2 >= 1 AND $3 >= 1
ON CONFLICT (exporter) DO UPDATE SET
    open_orders = l.open_orders + 1,
    open_ceiling = $2,
    day = greatest(l.day, $4),
    day_orders = CASE WHEN l.day >= $4 THEN l.day_orders + 1 ELSE 1 END,
    day_ceiling = $3
WHERE l.open_orders < $2 AND (l.day < $4 OR l.day_orders < $3)
RETURNING open_orders, day_orders
"""


async def take(conn: Connection, exporter_id: int, most_open: int, most_a_day: int, day: date) -> bool:
    """Takes one place among the exporter's open orders and among those of this day; False when there is none left."""
    return await conn.fetchrow(_TAKE, exporter_id, most_open, most_a_day, day) is not None


async def full(conn: Connection, exporter_id: int, most_open: int, most_a_day: int, day: date) -> str | None:
    """Which of the two is used up: `open` or `day`; None when neither is."""
    row = await conn.fetchrow(
        "SELECT open_orders, day, day_orders FROM exporter_load WHERE exporter = $1", exporter_id
    )
    if row is not None and row["open_orders"] >= most_open:
        return "open"
    if most_a_day < 1 or (row is not None and row["day"] >= day and row["day_orders"] >= most_a_day):
        return "day"
    return None


async def give_back(conn: Connection, exporter_id: int) -> None:
    """An order of the exporter has come to its end."""
    await conn.execute(
        "UPDATE exporter_load SET open_orders = open_orders - 1 WHERE exporter = $1 AND open_orders > 0",
        exporter_id,
    )
