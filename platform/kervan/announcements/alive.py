"""How senders know of each other: each holds a lock of the database for as long as it lives, and not a moment longer.

A lock of a session ends with its process, also when that is killed; no clock has to run out.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from kervan.db import engine, execute

# Any number, the same in every process: "mail" in ASCII.
_KIND = 0x6D61696C

_LEFT_BEHIND = f"""
UPDATE event_delivery d SET state = 'UNKNOWN', ended_at = now(), detail = $1
WHERE d.state = 'HANDED' AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory'
    AND l.classid = {_KIND} AND l.objid::text = d.worker AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


class Alive:
    """A living sender: `name` stands in the rows that it has in hand."""

    def __init__(self, name: str, conn: asyncpg.Connection) -> None:
        self.name, self._conn = name, conn

    @property
    def holds(self) -> bool:
        """Whether the proof still stands: without its connection others take this sender for dead."""
        return not self._conn.is_closed()


@asynccontextmanager
async def alive() -> AsyncIterator[Alive]:
    """A sender until the body ends, under a name that no other has."""
    conn = await engine().get_new_connection()
    try:
        number = 0
        while not number or not await conn.fetchval(f"SELECT pg_try_advisory_lock({_KIND}, $1)", number):
            number = secrets.randbelow(2**31 - 1) + 1
        yield Alive(str(number), conn)
    finally:
        if not conn.is_closed():
            await conn.close(timeout=2)


async def mark_left_behind(detail: str) -> int:
    """Rows that a dead sender had in hand become UNKNOWN; returns how many."""
    return int((await execute(_LEFT_BEHIND, detail)).rpartition(" ")[2])
