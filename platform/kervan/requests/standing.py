"""A buyer that may not trade any more, or again: its requests leave the board and come back."""

from asyncpg import Connection

from kervan import outbox


async def buyer_changed(conn: Connection, importer: int) -> None:
    """Has the board look at the open requests of an importer (importer.id) anew, once the transaction commits."""
    rows = await conn.fetch(
        "SELECT id FROM trade_request WHERE importer = $1 AND state = 'PUBLISHED'", importer
    )
    if rows:
        await outbox.publish("requests.changed", ids=[row["id"] for row in rows])
