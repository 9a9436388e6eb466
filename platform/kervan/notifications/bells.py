"""The open streams of a process: one connection to PostgreSQL hears for all of them whose bell has changed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import structlog

from kervan.db import AWAY, engine
from kervan.notifications.service import CHANNEL

log = structlog.get_logger(__name__)

MOST = 5
"""Streams that a person may have open in one process."""

_LONGEST_PAUSE = 30.0


class Bells:
    """Who listens in this process. Whatever changes a bell sets the events of its person's streams."""

    def __init__(self) -> None:
        self.closed = False
        self._streams: dict[int, list[asyncio.Event]] = {}
        self._wanted = asyncio.Event()
        self._stop = asyncio.Event()

    def full(self, person: int) -> bool:
        """Whether the person has as many streams open as may be."""
        return len(self._streams.get(person, ())) >= MOST

    @contextlib.contextmanager
    def heard(self, person: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever the person's bell has changed, and when the process is about to stop."""
        event = asyncio.Event()
        self._streams.setdefault(person, []).append(event)
        self._wanted.set()
        try:
            yield event
        finally:
            left = self._streams[person]
            left.remove(event)
            if not left:
                del self._streams[person]

    def ring(self, payload: str) -> None:
        """Sets the events of the persons that an announcement names."""
        for person in payload.split(","):
            for event in self._streams.get(int(person), ()) if person.isdigit() else ():
                event.set()

    def ring_all(self) -> None:
        """Lets every stream look anew."""
        for events in self._streams.values():
            for event in events:
                event.set()

    def close(self) -> None:
        """Ends every stream and the listening, in the loop's own thread."""
        self.closed = True
        self._stop.set()
        self._wanted.set()
        self.ring_all()

    async def keep_listening(self) -> None:
        """Listens from the first stream on until close(); a database that goes away is waited for.

        Streams look by themselves now and then, so that nothing is lost meanwhile: it only comes later.
        """
        pause = 1.0
        await self._wanted.wait()
        while not self.closed:
            try:
                async with self._connection() as lost:
                    pause = 1.0
                    self.ring_all()  # for what was announced before
                    await _first_of(self._stop, lost)
            except AWAY as error:
                log.warning("the bell cannot listen", error=repr(error), retry_in=pause)
            if not self.closed:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncio.Event]:
        lost = asyncio.Event()
        conn = await engine().get_new_connection()
        try:
            conn.add_termination_listener(lambda *_: lost.set())
            await conn.add_listener(CHANNEL, lambda _conn, _pid, _channel, payload: self.ring(payload))
            yield lost
        finally:
            if not conn.is_closed():
                await conn.close(timeout=2)


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
