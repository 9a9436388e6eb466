"""Hearing that the server was asked to stop, without taking the signal away from the server."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from kervan.web.stopping import when_asked


@pytest.fixture
def server() -> Iterator[list[int]]:
    """The signals that a server heard, with its own handler of SIGTERM."""
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: heard.append(number))
    yield heard
    signal.signal(signal.SIGTERM, before)


async def test_both_hear_the_signal_and_the_servers_handler_is_put_back(server: list[int]) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    asked = asyncio.Event()
    with when_asked(asked.set):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(asked.wait(), 5)
        assert server == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) is handler


async def test_a_handler_that_came_later_is_left_alone(server: list[int]) -> None:
    def later(*_: object) -> None:
        pass

    with when_asked(lambda: None):
        signal.signal(signal.SIGTERM, later)
    assert signal.getsignal(signal.SIGTERM) is later


async def test_a_signal_that_nobody_handles_keeps_its_effect() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with when_asked(lambda: None):
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


async def test_another_thread_than_the_main_one_touches_no_signal() -> None:
    seen: list[object] = []

    async def inside() -> None:
        with when_asked(lambda: None):
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=lambda: asyncio.run(inside()))
    thread.start()
    await asyncio.to_thread(thread.join)
    assert seen == [before]
