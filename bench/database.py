"""The embedded PostgreSQL of a run, held by the run itself; one database for each inventory."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The address of the server's first database; the server stops at the end of the block."""
    os.environ["KERVAN_DATA"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    from kervan.db import database_url, stop_embedded
    from kervan.settings import load

    try:
        yield database_url(load())
    finally:
        stop_embedded()


def create(address: str, name: str) -> str:
    """The address of a database of this name, made anew."""

    async def job() -> None:
        conn = await asyncpg.connect(address)
        await conn.execute(f'DROP DATABASE IF EXISTS "{name}"')
        await conn.execute(f'CREATE DATABASE "{name}"')
        await conn.close()

    asyncio.run(job())
    return named(address, name)


def named(address: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
