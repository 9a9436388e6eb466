"""How often pages are read: counted in memory, written every few seconds, shown on the desks.

As with products (exporters.statistics): a page costs one addition in a dictionary, programs do not count, and what a
process counted last is lost when it is killed.
"""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from litestar import Request

from kervan.db import execute
from kervan.exporters.statistics import MOST_KEPT, is_bot


class ViewCounts:
    """The views of one kind of page, by row and day.

    `upsert` adds rows of (id, day, views) given as $1, $2 and $3, sorted, so that two processes that flush at once take
    them in one order.
    """

    def __init__(self, upsert: str) -> None:
        self._upsert = upsert
        self._views: Counter[tuple[int, date]] = Counter()

    def viewed(self, request: Request[Any, Any, Any], id: int) -> None:
        """Counts that a row's page was read by somebody who is no program."""
        key = (id, datetime.now(UTC).date())
        views = self._views
        if not is_bot(request.headers.get("user-agent", "")) and (key in views or len(views) < MOST_KEPT):
            views[key] += 1

    async def flush(self) -> int:
        """Writes what was counted since the last time, in one statement; returns how many rows it was about.

        When the database is away nothing is lost: the figures stay for the next flush.
        """
        counted, self._views = self._views, Counter()
        rows = sorted((id, day, n) for (id, day), n in counted.items())
        if not rows:
            return 0
        try:
            await execute(self._upsert, *([row[n] for row in rows] for n in range(3)))
        except BaseException:
            self._views.update(counted)
            raise
        return len(rows)

    def forget(self) -> None:
        """Drops what is counted and not written: for tests."""
        self._views.clear()
