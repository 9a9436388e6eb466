"""The sender's lane alone in a process, as a worker runs it, without quiet hours; it ends by being killed."""

import asyncio

import msgspec

from kervan.announcements import lane
from kervan.db import pool
from kervan.policies import book
from kervan.settings import load
from kervan.trade import law


async def main() -> None:
    async with pool(3):
        found = await book.refresh()
        figures = tuple(
            msgspec.structs.replace(row, figure=0) if row.name.startswith("QUIET_") else row
            for row in found.figures
        )
        law.use(msgspec.structs.replace(found, figures=figures))
        await lane.run(load(), asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main())
