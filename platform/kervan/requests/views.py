"""How often requests are read on the board: counted in memory, written every few seconds, shown on the desks.

As with products (exporters.statistics): a page costs one addition in a dictionary, programs do not count, and what a
process counted last is lost when it is killed.
"""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from litestar import Request

from kervan.db import execute
from kervan.exporters.statistics import MOST_KEPT, is_bot

_views: Counter[tuple[int, date]] = Counter()

# Sorted, so that two processes that flush at once take the rows in one order.
_UPSERT = """
INSERT INTO request_view (request, day, views)
SELECT c.request, c.day, c.views FROM unnest($1::bigint[], $2::date[], $3::bigint[]) AS c (request, day, views)
JOIN trade_request q ON q.id = c.request ORDER BY c.request, c.day
ON CONFLICT ON CONSTRAINT request_view_unique DO UPDATE SET views = request_view.views + excluded.views
"""


def viewed(request: Request[Any, Any, Any], id: int) -> None:
    """Counts that a request (trade_request.id) was read by somebody who is no program."""
    key = (id, datetime.now(UTC).date())
    if not is_bot(request.headers.get("user-agent", "")) and (key in _views or len(_views) < MOST_KEPT):
        _views[key] += 1


async def flush() -> int:
    """Writes what was counted since the last time, in one statement; returns how many rows it was about.

    When the database is away nothing is lost: the figures stay for the next flush.
    """
    global _views
    counted, _views = _views, Counter()
    rows = sorted((request, day, n) for (request, day), n in counted.items())
    if not rows:
        return 0
    try:
        await execute(_UPSERT, *([row[n] for row in rows] for n in range(3)))
    except BaseException:
        _views.update(counted)
        raise
    return len(rows)


def forget() -> None:
    """Drops what is counted and not written: for tests."""
    _views.clear()
