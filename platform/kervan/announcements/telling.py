"""Who hears of an announcement's way through the house, under the bell: who could approve it, who wrote it."""

from asyncpg import Connection, Record

from kervan.notifications.service import tell
from kervan.organisations.queries import IN_TERM

_COLLEAGUES = f"""
SELECT p.id FROM membership m JOIN person p ON p.id = m.person JOIN organisation o ON o.id = m.organisation
WHERE o.id = $1 AND {IN_TERM} AND p.state = 'ACTIVE' AND o.closed_at IS NULL AND p.id <> $2 ORDER BY p.id LIMIT 50
"""
_MINISTRY = f"""
SELECT p.id FROM membership m JOIN person p ON p.id = m.person JOIN organisation o ON o.id = m.organisation
WHERE o.kind = 'MINISTRY' AND {IN_TERM} AND p.state = 'ACTIVE' AND o.closed_at IS NULL AND p.id <> $1
ORDER BY p.id LIMIT 50
"""


async def waits(conn: Connection, row: Record, writer: int) -> None:
    """Colleagues of the organisation can approve it; where there are none, the Ministry."""
    people = [each["id"] for each in await conn.fetch(_COLLEAGUES, row["organisation"], writer)]
    people = people or [each["id"] for each in await conn.fetch(_MINISTRY, writer)]
    await _tell(conn, row, "submit", people)


async def decided(conn: Connection, row: Record, action: str, by: int) -> None:
    """Who wrote it hears that it was approved or given back."""
    if row["person"] is not None and row["person"] != by:
        await _tell(conn, row, action, [row["person"]])


async def _tell(conn: Connection, row: Record, action: str, people: list[int]) -> None:
    await tell(
        conn,
        people,
        "announcement_step",
        {"name": row["name"], "action": action},
        f"/staff/announcements/{row['public_id']}",
        f"announcement {row['public_id']} {row['version']} {action}",
    )
