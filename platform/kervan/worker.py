"""The worker: carries out the outbox, in process under `kervan serve` or alone as `kervan worker`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence

import asyncpg
import structlog

from kervan import rounds
from kervan.alerts import delivering, ledger
from kervan.announcements import lane as announcements
from kervan.announcements import news
from kervan.db import AWAY, engine
from kervan.discovery.indexing import handlers as indexing_handlers
from kervan.documents.voiding import handlers as document_handlers
from kervan.files.gone import handlers as files_handlers
from kervan.mail.sending import handlers as mail_handlers
from kervan.mail.service import BULK
from kervan.meetings import planning
from kervan.meetings import telling as agendas
from kervan.outbox import CHANNEL, Handler, drain
from kervan.products.importing import runner
from kervan.registrations.handling import handlers as registration_handlers
from kervan.settings import Settings
from kervan.webhooks.sending import handlers as webhook_handlers
from kervan_search.engine import Engine

log = structlog.get_logger(__name__)

POLL_SECONDS = 5.0
"""How long a side effect waits at most when the notification of its commit got lost."""


def handlers(search: Engine, settings: Settings) -> Mapping[str, Handler]:
    """Every topic of the outbox and who carries it out."""
    return {name: handler for lane in _lanes(search, settings) for name, handler in lane.items()}


def slow_handlers(settings: Settings) -> Mapping[str, Handler]:
    """The topics that wait for others: a mail server that is slow shall not keep a product out of the index."""
    mails = {name: handler for name, handler in mail_handlers(settings).items() if name != BULK}
    return {
        **mails,
        **files_handlers(),
        **document_handlers(),
        **registration_handlers(),
        **runner.handlers(),
    }


def many_handlers(settings: Settings) -> Mapping[str, Handler]:
    """The topics that tell very many at once: nobody's new password waits behind them."""
    return {**delivering.handlers(settings), **news.handlers(settings), BULK: mail_handlers(settings)[BULK]}


def _lanes(search: Engine, settings: Settings) -> tuple[Mapping[str, Handler], ...]:
    """What is carried out side by side. Webhooks wait for strangers: not even a mail shall wait for them."""
    return (
        indexing_handlers(search),
        ledger.handlers(),
        {**planning.handlers(), **agendas.handlers()},
        slow_handlers(settings),
        many_handlers(settings),
        webhook_handlers(settings),
    )


@contextlib.asynccontextmanager
async def _notifications() -> AsyncIterator[asyncio.Event]:
    """An event that is set whenever something was published; without a connection the poll alone works."""
    due = asyncio.Event()
    conn: asyncpg.Connection | None = None
    try:
        conn = await engine().get_new_connection()
        await conn.add_listener(CHANNEL, lambda *_: due.set())
    except (OSError, asyncpg.PostgresError) as error:
        log.warning("worker cannot listen, it polls", error=repr(error))
    try:
        yield due
    finally:
        if conn is not None and not conn.is_closed():
            await conn.close(timeout=2)


async def run(search: Engine, settings: Settings, stop: asyncio.Event) -> None:
    """Works until `stop` is set: its lanes, imports, announcements and the rounds side by side."""
    lanes = _lanes(search, settings)
    others = [tuple(topic for other in lanes if other is not lane for topic in other) for lane in lanes]
    await asyncio.gather(
        *(_lane(lane, leave, stop) for lane, leave in zip(lanes, others, strict=True)),
        runner.work(stop),
        announcements.run(settings, stop),
        rounds.run(stop),
    )


async def _lane(table: Mapping[str, Handler], leave: Sequence[str], stop: asyncio.Event) -> None:
    """A database that goes away is waited for, with a pause that grows to 30 s."""
    pause = 1.0
    while not stop.is_set():
        try:
            async with _notifications() as due:
                while not stop.is_set():
                    due.clear()
                    while not stop.is_set() and await drain(table, leave=leave):
                        pass
                    pause = 1.0
                    await _first_of(stop, due, POLL_SECONDS)
        except AWAY as error:
            log.warning("worker lost the database", error=repr(error), retry_in=pause)
            await _first_of(stop, asyncio.Event(), pause)
            pause = min(pause * 2, 30.0)


async def _first_of(stop: asyncio.Event, due: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(due.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
