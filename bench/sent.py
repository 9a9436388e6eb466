"""What one order writes, seen by asyncpg's query log, and the same written again without the service."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import asyncpg
from asyncpg.connection import LoggedQuery

from kervan.db import connection, database_url, execute, fetch, fetchval
from kervan.ids import new_public_id
from kervan.orders.numbers import new_number
from kervan.orders.service import Submitted
from kervan.settings import load

CONNECTIONS = 16
_WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH)\b|.*\bpg_notify\b", re.DOTALL)
_INSERT = re.compile(r"INSERT INTO (\w+)")
_TOLD = re.compile(r"INSERT INTO notification\b")
"""Its first value are the public ids of what people are told."""
_FIRST_IDS = {"trade_order": 7_100_000_000_000, "order_terms": 7_200_000_000_000, "mail": 7_300_000_000_000}

_TABLES = (
    *("trade_order", "order_terms", "order_line", "order_charge", "order_event", "audit_entry"),
    *("mail", "outbox", "exporter_load", "split_flag"),
)

Job = Callable[[int], Awaitable[object]]


class Submit(Protocol):
    """Sends the order of a number under a key of its own."""

    def __call__(self, number: int, key: str = "") -> Awaitable[Submitted]: ...


class Write(NamedTuple):
    """A statement that was seen, which of its values must be made anew, and the id that it returned if it did."""

    sql: str
    values: Sequence[Any]
    anew: Sequence[int]
    returned: int | None


class Writes(NamedTuple):
    """What one order wrote, and what it asked besides."""

    statements: Sequence[Write]
    names: Sequence[tuple[str, Callable[[], str]]]
    """Texts that are unique, and how such a one is made."""
    reads: int
    """Other statements, without BEGIN and COMMIT."""


async def large_ids() -> None:
    """Ids from now on are so large that no other figure of an order can be taken for one of them."""
    for table, first in _FIRST_IDS.items():
        await execute(f"ALTER SEQUENCE {table}_id_seq RESTART WITH {first}")


async def watched(submit: Submit) -> list[Writes]:
    """Sends as many orders as there are connections and keeps what each wrote. The pool must have one connection, and
    `large_ids` must have been called."""
    seen: list[LoggedQuery] = []

    def keep(query: LoggedQuery) -> None:
        seen.append(query)

    async with connection() as conn:
        conn.add_query_logger(keep)
    await submit(0)  # asyncpg looks at each statement and type once; that is no part of an order
    found = []
    for number in range(CONNECTIONS):
        last = await fetchval("SELECT coalesce(max(id), 0) FROM mail")
        await asyncio.sleep(0)
        seen.clear()
        key = new_public_id()
        order = await submit(number, key)
        await asyncio.sleep(0)  # the log comes a little later than the answer
        found.append(await _writes(list(seen), order, key, last))
    async with connection() as conn:
        conn.remove_query_logger(keep)
    return found


async def _writes(seen: Sequence[LoggedQuery], order: Submitted, key: str, last_mail: int) -> Writes:
    mails = await fetch("SELECT id, public_id FROM mail WHERE id > $1 ORDER BY id", last_mail)
    [row] = await fetch(
        """SELECT o.id AS trade_order, t.id AS order_terms FROM trade_order o JOIN order_terms t ON t."order" = o.id
        WHERE o.public_id = $1""",
        order.public_id,
    )
    names = [
        (order.public_id, new_public_id),
        (order.number, lambda: new_number("KV", datetime.now(UTC))),
        (key, new_public_id),
        *((mail["public_id"], new_public_id) for mail in mails),
        *((id, new_public_id) for query in seen if _TOLD.search(query.query) for id in (query.args or ())[0]),
    ]
    ids: dict[str, list[int]] = {
        **{table: [id] for table, id in row.items()},
        "mail": [m["id"] for m in mails],
    }
    marks = [*(name for name, _ in names), *(str(id) for some in ids.values() for id in some)]
    statements = []
    for query in seen:
        if not _WRITE.match(query.query):
            continue
        values = query.args or ()
        anew = [
            at
            for at, value in enumerate(values)
            if isinstance(value, str | int | list) and any(mark in str(value) for mark in marks)
        ]
        table = _INSERT.search(query.query)
        returned = ids[table[1]].pop(0) if table and "RETURNING id" in query.query else None
        statements.append(Write(query.query, values, anew, returned))
    asked = [query for query in seen if not query.query.startswith(("BEGIN", "COMMIT"))]
    return Writes(statements, names, len(asked) - len(statements))


def counted(writes: Sequence[Writes]) -> dict[str, int]:
    """How many statements each of the orders is, BEGIN and COMMIT left out. Raises RuntimeError when they differ."""
    numbers = {(len(one.statements), one.reads) for one in writes}
    if len(numbers) != 1:
        raise RuntimeError(f"the orders made different numbers of statements: {numbers}")
    [(written, read)] = numbers
    return {"writes": written, "reads": read}


async def rows() -> dict[str, int]:
    """How many rows an order's tables hold."""
    [found] = await fetch(
        "SELECT " + ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in _TABLES)
    )
    return dict(found)


@contextlib.asynccontextmanager
async def bare_connections() -> AsyncIterator[list[asyncpg.Connection]]:
    """Connections of asyncpg and nothing else."""
    found = [await asyncpg.connect(database_url(load())) for _ in range(CONNECTIONS)]
    try:
        yield found
    finally:
        for conn in found:
            await conn.close()


def replay(bare: Sequence[asyncpg.Connection], writes: Sequence[Writes]) -> Job:
    """Writes an order again on a connection that is free: there are as many as who want one."""
    free = list(bare)

    async def job(number: int) -> None:
        conn = free.pop()
        await _again(conn, writes[number % len(writes)])
        free.append(conn)

    return job


async def _again(conn: asyncpg.Connection, writes: Writes) -> None:
    """One transaction with the same rows under fresh ids."""
    names = [(seen, make()) for seen, make in writes.names]
    ids: dict[int, int] = {}
    await conn.execute("BEGIN")
    for sql, values, anew, returned in writes.statements:
        if anew:
            values = list(values)
            for at in anew:
                values[at] = _fresh(values[at], names, ids)
        if returned is None:
            await conn.execute(sql, *values)
        else:
            ids[returned] = await conn.fetchval(sql, *values)
    await conn.execute("COMMIT")


def _fresh(value: Any, names: Sequence[tuple[str, str]], ids: dict[int, int]) -> Any:
    if isinstance(value, int):
        return ids[value]
    if isinstance(value, list):
        return [_fresh(one, names, ids) if isinstance(one, str) else one for one in value]
    for seen, made in names:
        value = value.replace(seen, made)
    for id, now in ids.items():
        value = value.replace(str(id), str(now))
    return value


class Measured(NamedTuple):
    """Milliseconds of each order, and how many there were in a second."""

    ms: list[float]
    rate: float


async def timed(job: Job, numbers: range) -> Measured:
    """Orders of these numbers by as many tasks as there are connections, each its next as soon as it has its answer."""
    ms: list[float] = []

    async def sender() -> None:
        for number in waiting:
            started = time.perf_counter()
            await job(number)
            ms.append((time.perf_counter() - started) * 1000)

    waiting = iter(numbers)
    started = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(CONNECTIONS)))
    return Measured(ms, len(numbers) / (time.perf_counter() - started))
