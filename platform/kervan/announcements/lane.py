"""The lane of announcements: beside everything else that a worker does, so that nothing waits behind it."""

import asyncio
from contextlib import suppress
from time import monotonic

import structlog

from kervan.announcements import turns
from kervan.announcements.alive import alive
from kervan.announcements.sending import Sender
from kervan.db import AWAY
from kervan.settings import Settings

log = structlog.get_logger(__name__)

IDLE_SECONDS = 1.0
"""Between two looks at what there is to send."""
TURN_SECONDS = 2.0


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Sends until `stop` is set. A database that goes away is waited for, with a pause that grows to 30 s."""
    sender: Sender | None = None
    pause = 1.0
    while not stop.is_set():
        try:
            async with alive() as proof:
                if sender is None:
                    sender = Sender(settings, proof)
                # What was marked under the last name and never sent becomes UNKNOWN; what was sent is still written.
                sender.alive = proof
                await _send(sender, stop)
                pause = 1.0
        except AWAY as error:
            log.warning("the sender lost the database", error=repr(error), retry_in=pause)
            await _rest(stop, pause)
            pause = min(pause * 2, 30.0)
    if sender is not None:
        with suppress(*AWAY):
            await sender.close()


async def _send(sender: Sender, stop: asyncio.Event) -> None:
    """Until `stop` is set or the proof of life is gone: then under a new name."""
    turned = float("-inf")
    while not stop.is_set() and sender.alive.holds:
        if monotonic() - turned >= TURN_SECONDS:
            await turns.turn()
            turned = monotonic()
        if not await sender.step():
            await _rest(stop, IDLE_SECONDS)


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
