"""The way to a Meilisearch server, against a server that answers as told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from kervan_search.engine import EngineDown
from kervan_search.meili_wire import Wire

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """What came in, connection by connection, and what goes out for the request of this number."""

    def __init__(self, answer: Callable[[int], bytes | None]) -> None:
        self.answer = answer
        self.connections = 0
        self.requests: list[bytes] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self.answer(len(self.requests))
                if answer is None:
                    break
                writer.write(answer)
        writer.close()


@contextlib.asynccontextmanager
async def serving(answer: Callable[[int], bytes | None]) -> AsyncIterator[tuple[Server, Wire]]:
    server = Server(answer)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    wire = Wire(f"http://127.0.0.1:{port}/meili/", "/multi-search", "a-key", 0.5)
    try:
        yield server, wire
    finally:
        await wire.close()
        listening.close()
        await listening.wait_closed()
        await asyncio.sleep(0.05)


async def test_a_question_carries_the_key_and_the_path_below_that_of_the_server() -> None:
    async with serving(lambda _: ANSWER) as (server, wire):
        assert await wire.post(b'{"queries":[]}') == b"{}"
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /meili/multi-search HTTP/1.1\r\n")
    assert b"Authorization: Bearer a-key" in head
    assert body == b'{"queries":[]}'


async def test_questions_share_a_connection_and_simultaneous_ones_do_not() -> None:
    async with serving(lambda _: ANSWER) as (server, wire):
        for _ in range(3):
            await wire.post(b"{}")
        assert server.connections == 1
        await asyncio.gather(wire.post(b"{}"), wire.post(b"{}"))
        assert server.connections == 2


async def test_an_answer_in_chunks_is_put_together() -> None:
    chunks = (
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n3;x=y\r\n:1}\r\n0\r\nT: x\r\n\r\n'
    )
    async with serving(lambda number: chunks if number == 1 else ANSWER) as (server, wire):
        assert await wire.post(b"{}") == b'{"a":1}'
        assert await wire.post(b"{}") == b"{}"
        assert server.connections == 1


async def test_a_connection_that_the_server_closed_meanwhile_is_replaced_unnoticed() -> None:
    async with serving(lambda number: None if number == 2 else ANSWER) as (server, wire):
        await wire.post(b"{}")
        assert await wire.post(b"{}") == b"{}"
        assert (server.connections, len(server.requests)) == (2, 3)


async def test_a_kept_connection_that_timed_out_is_replaced_unnoticed() -> None:
    timed_out = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with serving(lambda number: timed_out if number == 2 else ANSWER) as (server, wire):
        await wire.post(b"{}")
        assert await wire.post(b"{}") == b"{}"
        assert server.connections == 2


async def test_a_server_that_says_close_is_asked_anew() -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    async with serving(lambda _: closing) as (server, wire):
        await wire.post(b"{}")
        await wire.post(b"{}")
        assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\n\r\n{"code":"no key"}',
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"nothing of the kind\r\n\r\n",
        None,
        b"",
    ],
    ids=["refusal", "no length", "no http", "hangs up", "silence"],
)
async def test_whatever_is_no_good_answer_is_engine_down(answer: bytes | None) -> None:
    async with serving(lambda _: answer) as (_, wire):
        with pytest.raises(EngineDown):
            await wire.post(b"{}")


async def test_the_answer_to_a_question_given_up_is_never_anothers() -> None:
    late = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n{}")
            if not late.is_set():
                late.set()
                await asyncio.sleep(0.05)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
            else:
                writer.write(ANSWER)
            await reader.read()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    wire = Wire(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", "/multi-search", None, 0.5)
    given_up = asyncio.create_task(wire.post(b"{}"))
    await late.wait()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    await asyncio.sleep(0.1)
    assert await wire.post(b"{}") == b"{}"
    await wire.close()
    listening.close()
    await asyncio.sleep(0.05)
