"""Hearing early that the server was asked to stop: servers wait for open answers before they end the lifespan.

An answer that stays open (a stream) has to end by itself then, or granian and uvicorn wait for it until somebody
kills them.
"""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def when_asked(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop` in the running loop as soon as SIGTERM or SIGINT comes; then the server does what it always does.

    Does nothing where no server waits for the signals (tests, another thread than the main one).
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: handler for number in _SIGNALS if callable(handler := signal.getsignal(number))}

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        before[signal.Signals(number)](number, frame)

    for number in before:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is heard:
                signal.signal(number, handler)
