"""All alerts in the memory of a worker, as they are at a tick of the clock: what a request is held against."""

import asyncio
from collections.abc import Sequence

import structlog
from asyncpg import Connection, Record

from kervan.alerts import clock, conditions
from kervan.db import connection
from kervan.discovery.engine import REQUESTS, synonyms
from kervan.trade.errors import TradeError
from kervan_search.engine import Document
from kervan_search.percolate import Percolator

log = structlog.get_logger(__name__)

_BATCH = 2000
_MANY = 5000

_HOLDING = "SELECT alert, conditions FROM alert_version WHERE until IS NULL"
# Each alert that changed since, with what it asks for now: nothing when it has ended.
_CHANGED = """
SELECT changed.alert, v.conditions FROM (
    SELECT alert FROM alert_version WHERE since > $1 UNION SELECT alert FROM alert_version WHERE until > $1
) AS changed LEFT JOIN alert_version v ON v.alert = changed.alert AND v.until IS NULL
"""


class Book:
    """The alerts of one process. Hold `lock` while it is brought up to date and asked."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self._percolator = Percolator(synonyms())
        # Everything that was committed up to this tick is in it.
        self._seen = 0
        self._loaded = False

    def __len__(self) -> int:
        return len(self._percolator)

    async def catch_up(self) -> None:
        """Reads what changed, without holding up anybody; the first time this is everything, in batches."""
        async with connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            seen = await clock.now(conn)
            if self._loaded and seen >= self._seen:
                rows: Sequence[Record] = await conn.fetch(_CHANGED, self._seen)
                await asyncio.to_thread(self._take, rows)
            else:
                await self._load(conn)
        self._seen, self._loaded = seen, True

    async def _load(self, conn: Connection) -> None:
        """Everything anew: at the beginning, and when the clock stands before what was seen (a restored database)."""
        self._percolator = Percolator(synonyms())
        total = await conn.fetchval("SELECT count(*) FROM alert_version WHERE until IS NULL")
        cursor = await conn.cursor(_HOLDING)
        done = 0
        while rows := await cursor.fetch(_BATCH):
            await asyncio.to_thread(self._take, rows)
            done += len(rows)
            if total >= _MANY and (done == total or done % 20_000 == 0):
                log.info("alerts are read", done=done, total=total)

    async def follow(self, conn: Connection, tick: int) -> None:
        """Reads what was committed before `tick`, which the open transaction holds.

        The tick itself does not count as seen: when the transaction is rolled back, the next one gets it again.
        """
        if tick <= self._seen:
            self._loaded = False
            raise RuntimeError("the clock of the alerts went back")
        self._take(await conn.fetch(_CHANGED, self._seen))
        self._seen = tick - 1

    def _take(self, rows: Sequence[Record]) -> None:
        for row in rows:
            if row["conditions"] is None:
                self._percolator.drop(row["alert"])
            else:
                put(self._percolator, row["alert"], row["conditions"])

    def fitting(self, document: Document) -> list[int]:
        """alert.id of every alert that a search for its conditions would find this request by."""
        return self._percolator.matches(REQUESTS, document)


def put(percolator: Percolator, id: int, stored: str) -> bool:
    """The stored conditions are known by this id; False, with an error in the log, when they cannot be understood.

    One alert that a change of the program broke must not hold up all the others.
    """
    try:
        percolator.put(id, conditions.query(conditions.opened(stored)))
    except (ValueError, TradeError) as error:
        percolator.drop(id)
        log.error("an alert cannot be understood", alert=id, error=repr(error))
        return False
    return True
