"""A real HTTP server that receives webhooks in tests, answers as it is told, and remembers everything."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec


class Received(NamedTuple):
    """One request: headers in small letters, the body as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        found: dict[str, object] = msgspec.json.decode(self.body)
        return found


class Receiver:
    """`status`, `said` and `pause` (seconds) may be changed between requests; `raw` replaces the whole answer."""

    def __init__(self) -> None:
        self.port = 0
        self.got: list[Received] = []
        self.status = 204
        self.said = b""
        self.headers = ""
        self.raw: bytes | None = None
        self.pause: Callable[[str], float] = lambda _: 0.0
        self.at_once = 0
        self.most_at_once = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=a"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            headers = {name.casefold(): value for name, value in headers.items()}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            path = first.split(" ")[1]
            self.got.append(Received(path, headers, body))
            await asyncio.sleep(self.pause(path))
            writer.write(
                self.raw
                if self.raw is not None
                else f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.said)}\r\n{self.headers}"
                "Connection: close\r\n\r\n".encode()
                + self.said
            )
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the sender has hung up: it may
        finally:
            self.at_once -= 1
            writer.close()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port of this machine until the body ends."""
    found = Receiver()
    server = await asyncio.start_server(found.handle, "127.0.0.1", 0, ssl=tls)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()
