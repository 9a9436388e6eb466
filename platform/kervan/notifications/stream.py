"""The stream behind a bell: server-sent events with the count, and what is new, for as long as the session is open."""

import asyncio
import time
from collections.abc import AsyncGenerator

import msgspec

from kervan.accounts import sessions
from kervan.accounts.callers import Caller
from kervan.db import AWAY
from kervan.notifications import queries, show
from kervan.notifications.bells import Bells

HEARTBEAT = 20.0
"""Seconds without a change after which a stream shows that it is there, and looks whether its session still is."""

LONGEST = 600.0
"""Seconds after which a stream ends; the browser opens another one."""

RETRY_MS = 5000


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event says: the bell as it stands now, and what has come since the last event."""

    unread: int
    shown: str
    label: str
    news: show.Line | None = None


async def events(bells: Bells, caller: Caller, language: str) -> AsyncGenerator[bytes, None]:
    """The lines of a person's stream. Its first event comes at once; `over` is the last one of a session that ended."""
    reader = queries.reader_of(caller)
    ends = time.monotonic() + LONGEST
    with bells.heard(caller.person) as changed:
        last: int | None = None
        unread = -1
        yield f"retry: {RETRY_MS}\n\n".encode()
        while not bells.closed:
            # Before looking: what comes while it looks sets the event once more.
            changed.clear()
            try:
                if not await sessions.still_open(caller):
                    yield b"event: over\ndata: {}\n\n"
                    return
                if last is None:
                    last = await queries.last(reader)
                found, fresh = await queries.now(reader, last)
            except AWAY:
                return  # The database is away: the browser asks again later.
            if found != unread or fresh is not None:
                yield b"event: bell\ndata: " + msgspec.json.encode(_news(language, found, fresh)) + b"\n\n"
            else:
                yield b": \n\n"
            unread, last = found, fresh.id if fresh else last
            wait = min(HEARTBEAT, ends - time.monotonic())
            if wait <= 0:
                return
            await _until(changed, wait)


def _news(language: str, unread: int, fresh: queries.Told | None) -> News:
    return News(
        unread=unread,
        shown=show.shown(language, unread),
        label=show.label(language, unread),
        news=show.line(language, fresh) if fresh else None,
    )


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
