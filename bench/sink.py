"""A mail server that takes everything and keeps nothing: `python bench/sink.py` prints its port, then answers."""

import asyncio
import sys

_REPLIES = {b"EHLO": b"250 sink\r\n", b"HELO": b"250 sink\r\n", b"QUIT": b"221 bye\r\n"}


class Sink(asyncio.Protocol):
    """One connection: lines are answered, a letter is swallowed up to the lonely dot."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.data, self.letter = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.data += data
        while True:
            end = b"\r\n.\r\n" if self.letter else b"\r\n"
            head, found, rest = self.data.partition(end)
            if not found:
                return
            self.data = rest
            if self.letter:
                self.letter = False
                self.transport.write(b"250 taken\r\n")
            elif head[:4].upper() == b"DATA":
                self.letter = True
                self.transport.write(b"354 go on\r\n")
            else:
                self.transport.write(_REPLIES.get(head[:4].upper(), b"250 ok\r\n"))


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # It ends with the process that started it: that holds the other end of stdin.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
