"""How often products are looked at and shown in results: counted in memory, written every few seconds.

A page costs one addition in a dictionary and no query. What a process counted and had not written when it is
killed is lost: a few seconds of figures that nobody bills.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import structlog
from litestar import Request

from kervan.accounts.callers import caller_of
from kervan.db import AWAY, execute, fetch

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 5.0
MOST_KEPT = 50_000
"""Different products and days in memory; beyond that figures are dropped while the database is away."""

# Named by themselves or by what they are; a reader without User-Agent is a program.
_BOTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|archiver|preview|fetch|monitor|scan|curl|wget|python|httpx|java/|go-http|headless"
    r"|facebookexternalhit|lighthouse|feed",
    re.IGNORECASE | re.ASCII,
)

_Key = tuple[str, date]
_views: Counter[_Key] = Counter()
_appearances: Counter[_Key] = Counter()

# One statement a flush. Keys are public ids of products, and slugs of exporters for their own pages (product 0).
# Sorted, so that two processes that flush at once take the rows in one order.
_UPSERT = """
INSERT INTO daily_count (exporter, product, day, views, appearances)
SELECT exporter, product, day, views, appearances FROM (
    SELECT p.exporter, p.id AS product, c.day, c.views, c.appearances
    FROM unnest($1::text[], $2::date[], $3::int[], $4::int[]) AS c (key, day, views, appearances)
    JOIN product p ON p.public_id = c.key
    UNION ALL
    SELECT e.id, 0, c.day, c.views, c.appearances
    FROM unnest($1::text[], $2::date[], $3::int[], $4::int[]) AS c (key, day, views, appearances)
    JOIN exporter e ON '/' || e.slug = c.key
) AS counted ORDER BY exporter, product, day
ON CONFLICT ON CONSTRAINT daily_count_unique DO UPDATE
SET views = daily_count.views + excluded.views, appearances = daily_count.appearances + excluded.appearances
"""


@lru_cache(maxsize=2048)
def is_bot(user_agent: str) -> bool:
    """Whether a program reads, as far as it says so itself."""
    return not user_agent or _BOTS.search(user_agent) is not None


def viewed(request: Request[Any, Any, Any], product: str, exporter: str) -> None:
    """Counts a view of a product's page (by public id and its exporter's slug). Members and programs do not count."""
    if exporter not in _own(request) and not is_bot(request.headers.get("user-agent", "")):
        _add(_views, product)


def visited(request: Request[Any, Any, Any], exporter: str) -> None:
    """Counts a view of an exporter's own page, by its slug."""
    viewed(request, f"/{exporter}", exporter)


def appeared(request: Request[Any, Any, Any], products: Iterable[tuple[str, str]]) -> None:
    """Counts products (public id, exporter's slug) that a page of results shows."""
    if is_bot(request.headers.get("user-agent", "")):
        return
    own, today = _own(request), datetime.now(UTC).date()
    for product, exporter in products:
        if exporter not in own:
            _add(_appearances, product, today)


def _own(request: Request[Any, Any, Any]) -> frozenset[str | None]:
    """Slugs of the firms whose people do not count."""
    caller = caller_of(request)
    return frozenset(m.exporter_slug for m in caller.memberships) if caller is not None else frozenset()


def _add(counter: Counter[_Key], product: str, day: date | None = None) -> None:
    key = (product, day or datetime.now(UTC).date())
    if key in counter or len(counter) < MOST_KEPT:
        counter[key] += 1


async def flush() -> int:
    """Writes what was counted since the last time, in one statement; returns how many rows it was about.

    When the database is away nothing is lost: the figures stay for the next flush.
    """
    global _views, _appearances
    views, appearances = _views, _appearances
    if not views and not appearances:
        return 0
    _views, _appearances = Counter(), Counter()
    keys = {*views, *appearances}
    try:
        await add([(*key, views[key], appearances[key]) for key in keys])
    except BaseException:
        _views.update(views)
        _appearances.update(appearances)
        raise
    return len(keys)


async def add(counts: Iterable[tuple[str, date, int, int]]) -> None:
    """Adds (key, day, views, appearances) to what is written, in one statement.

    A key is a product's public id, or `/` and the slug of an exporter for views of its own page.
    """
    rows = sorted(counts)
    await execute(_UPSERT, *([row[n] for row in rows] for n in range(4)))


async def keep_flushing(stop: asyncio.Event, flush: Callable[[], Awaitable[int]] = flush) -> None:
    """Flushes every few seconds until `stop` is set, and once more then."""
    while not stop.is_set():
        waits = asyncio.ensure_future(stop.wait())
        await asyncio.wait([waits], timeout=FLUSH_SECONDS)
        waits.cancel()
        try:
            await flush()
        except AWAY as error:
            log.warning("statistics wait for the database", error=repr(error))


def forget() -> None:
    """Drops what is counted and not written: for tests."""
    _views.clear()
    _appearances.clear()


class Day(msgspec.Struct, frozen=True):
    """What was counted on one day (UTC)."""

    day: date
    views: int
    appearances: int


class OfProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product with its figures over a stretch of days."""

    id: str
    name: str
    sku: str
    state: str
    views: int
    appearances: int


async def days(exporter_id: int, last: date, count: int) -> list[Day]:
    """The last `count` days up to and with `last`, oldest first; days without figures have zeros."""
    first = last - timedelta(days=count - 1)
    rows = await fetch(
        """SELECT day, sum(views) AS views, sum(appearances) AS appearances FROM daily_count
        WHERE exporter = $1 AND product <> 0 AND day BETWEEN $2 AND $3 GROUP BY day""",
        exporter_id,
        first,
        last,
    )
    found = {row["day"]: Day(row["day"], int(row["views"]), int(row["appearances"])) for row in rows}
    wanted = (first + timedelta(days=n) for n in range(count))
    return [found.get(day) or Day(day, 0, 0) for day in wanted]


async def page_views(exporter_id: int, last: date, count: int) -> int:
    """How often the exporter's own page was looked at in these days."""
    rows = await fetch(
        """SELECT coalesce(sum(views), 0) AS views FROM daily_count
        WHERE exporter = $1 AND product = 0 AND day BETWEEN $2 AND $3""",
        exporter_id,
        last - timedelta(days=count - 1),
        last,
    )
    return int(rows[0]["views"])


async def products(
    exporter_id: int, language: str, last: date, count: int, page: int, per_page: int
) -> tuple[Sequence[OfProduct], int]:
    """The products that were counted in these days, most views first, and how many there are."""
    rows = await fetch(
        """SELECT p.public_id AS id, p.sku, p.state, c.views::int AS views, c.appearances::int AS appearances,
            coalesce((SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = $2),
                (SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = 'tr')) AS name,
            count(*) OVER () AS total
        FROM (SELECT product, sum(views) AS views, sum(appearances) AS appearances FROM daily_count
            WHERE exporter = $1 AND product <> 0 AND day BETWEEN $3 AND $4 GROUP BY product) c
        JOIN product p ON p.id = c.product
        ORDER BY c.views DESC, c.appearances DESC, p.id LIMIT $5 OFFSET $6""",
        exporter_id,
        language,
        last - timedelta(days=count - 1),
        last,
        per_page,
        (page - 1) * per_page,
    )
    found = [OfProduct(**{name: row[name] for name in OfProduct.__struct_fields__}) for row in rows]
    return found, rows[0]["total"] if rows else 0
