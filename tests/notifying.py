"""Parts of tests about notifications: who is told, telling them, and reading a stream while it runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import msgspec
from litestar import Litestar
from litestar.types import Message
from people import Firm

from kervan.db import fetch, transaction
from kervan.notifications.service import tell

WITHIN = 5.0
"""Seconds that something may take to arrive; the heartbeat is longer."""


class House(NamedTuple):
    """Ayşe owns the firm, Can works for it, Zoe has nothing to do with it."""

    firm: Firm
    ayse: int
    can: int
    zoe: int


async def told(
    *people: int,
    number: str = "SP-1",
    source: str = "",
    kind: str = "message_received",
    organisation: int | None = None,
    path: str = "/desk",
) -> int:
    """Tells them of a message about a number, in a transaction of its own; returns how many had not heard of it."""
    async with transaction() as tx:
        return await tell(
            tx.connection, people, kind, {"number": number}, path, source or f"test {number}", organisation
        )


async def ids(person: int) -> list[str]:
    """Public ids of a person's notifications, newest first."""
    rows = await fetch("SELECT public_id FROM notification WHERE person = $1 ORDER BY id DESC", person)
    return [row["public_id"] for row in rows]


class Reading:
    """An answer that comes piece by piece: httpx waits for the whole of it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.left = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {key.decode(): value.decode() for key, value in message["headers"]}
        elif message["type"] == "http.response.body":
            if message["body"]:
                self._pieces.put_nowait(message["body"])
            if not message.get("more_body", False):
                self._pieces.put_nowait(None)
                self.left.set()

    async def piece(self, within: float = WITHIN) -> str | None:
        """What the server sent next; None when the answer is over."""
        piece = await asyncio.wait_for(self._pieces.get(), within)
        return None if piece is None else piece.decode(errors="replace")

    async def event(self, within: float = WITHIN) -> tuple[str, dict[str, Any]]:
        """Name and data of the next event; heartbeats are passed over."""
        while True:
            piece = await self.piece(within)
            assert piece is not None, "the stream is over"
            lines = dict(line.split(": ", 1) for line in piece.strip().splitlines() if ": " in line)
            if "event" in lines:
                return lines["event"], msgspec.json.decode(lines["data"])

    async def over(self) -> bool:
        """Whether the answer ends without another event."""
        while (piece := await self.piece()) is not None:
            if "event:" in piece:
                return False
        return True

    async def silent(self, seconds: float = 0.3) -> bool:
        """Whether no event comes for so long; heartbeats are none."""
        try:
            await self.event(seconds)
        except TimeoutError:
            return True
        return False


@contextlib.asynccontextmanager
async def reading(
    app: Litestar, cookie: str, path: str = "/en/notifications/stream"
) -> AsyncIterator[Reading]:
    """Opens a stream as a browser does, and leaves it at the end."""
    found = Reading()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"kervan.test"),
            (b"accept", b"text/event-stream"),
            (b"accept-encoding", b"gzip, br"),
            (b"cookie", cookie.encode()),
        ],
        "client": ("127.0.0.1", 4711),
        "server": ("kervan.test", 443),
        "state": {},
    }
    found.task = asyncio.create_task(app(scope, found.receive, found.send))  # type: ignore[arg-type]
    try:
        yield found
    finally:
        found.left.set()
        await asyncio.wait_for(found.task, WITHIN)
