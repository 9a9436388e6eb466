"""Health: whether the process lives, and whether everything that an answer needs is there."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response, get
from litestar.datastructures import State

from kervan.db import fetchval
from kervan.outbox import lag_seconds
from kervan_search.engine import EngineDown

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.0
"""A part that takes longer to answer counts as down."""
MOST_LAG_SECONDS = 300.0
"""The index may be this far behind the database."""


class Part(msgspec.Struct, frozen=True):
    """One part and whether it answers."""

    name: str
    ok: bool
    detail: str = ""


class Health(msgspec.Struct, frozen=True):
    """All parts; `status` is `ok`, or `down` when one of them fails."""

    status: str
    parts: tuple[Part, ...]
    outbox_lag_seconds: float | None


async def checks(state: State) -> Health:
    """Asks every part at once, each for at most two seconds."""
    database, engine, lag = await asyncio.gather(
        _asked("database", fetchval("SELECT 1")), _asked("engine", _engine(state)), _lag()
    )
    outbox = Part(
        "outbox",
        lag is not None and lag < MOST_LAG_SECONDS,
        "" if lag is None or lag < MOST_LAG_SECONDS else f"The oldest side effect waits since {lag:.0f} s.",
    )
    parts = (database, engine, outbox)
    return Health("ok" if all(part.ok for part in parts) else "down", parts, lag)


async def _asked(name: str, question: Awaitable[Any]) -> Part:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await question
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, EngineDown) as error:
        log.warning("a part does not answer", part=name, error=repr(error))
        return Part(name, False, "It does not answer.")
    return Part(name, bool(answer), "" if answer else "It says it is not healthy.")


async def _engine(state: State) -> bool:
    healthy: bool = await state.search.healthy()
    return healthy


async def _lag() -> float | None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await lag_seconds()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


@get("/health/live", include_in_schema=False, sync_to_thread=False)
def live() -> Response[dict[str, str]]:
    """That this process answers."""
    return Response({"status": "ok"}, headers={"Cache-Control": "no-store"})


@get("/health/ready", include_in_schema=False)
async def ready(request: Request[Any, Any, Any]) -> Response[Health]:
    """Whether database, search engine and outbox are well; 503 names the part that is not."""
    found = await checks(request.app.state)
    return Response(
        found, status_code=200 if found.status == "ok" else 503, headers={"Cache-Control": "no-store"}
    )
