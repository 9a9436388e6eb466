"""A buyer that a post speaks for gets people of its own: from then on it speaks for itself."""

from asyncpg import Connection

from kervan import audit

_TAKE_OVER = """
UPDATE importer i SET represented_by = NULL, version = i.version + 1, updated_at = now() FROM organisation o
WHERE i.organisation = $1 AND o.id = i.represented_by RETURNING i.public_id, o.public_id AS post
"""


async def taken_over(conn: Connection, organisation: int, person: int) -> bool:
    """Ends that a post represents the firm (organisation.id), inside the transaction in which its first person joins.

    What the post asked for it stays where it is: the firm's people see requests, quotes and talks from now on. False
    for a firm that nobody represents.
    """
    row = await conn.fetchrow(_TAKE_OVER, organisation)
    if row is None:
        return False
    await audit.record(
        f"user:{person}", "importer.taken_over", "importer", row["public_id"], {"represented_by": row["post"]}
    )
    return True
