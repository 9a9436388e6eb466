"""Ninety days of views for one exporter of the demo, so that its statistics have something to show."""

from datetime import date, timedelta
from random import Random

from kervan.db import fetch, fetchval
from kervan.exporters import statistics

DAYS = 90

_WEEK = (1.0, 1.1, 1.05, 1.0, 0.8, 0.35, 0.3)
"""How busy buyers are from Monday to Sunday."""


async def fill(slug: str, today: date) -> None:
    """Counts invented views up to yesterday for every published product of an exporter, the same on every machine.

    Some products are liked more than others, weekends are quiet, interest grows. An exporter that has figures is
    left alone.
    """
    if await fetchval(
        "SELECT EXISTS (SELECT FROM daily_count c JOIN exporter e ON e.id = c.exporter WHERE e.slug = $1)",
        slug,
    ):
        return
    rows = await fetch(
        """SELECT p.public_id FROM product p JOIN exporter e ON e.id = p.exporter
        WHERE e.slug = $1 AND p.state = 'PUBLISHED' ORDER BY p.sku""",
        slug,
    )
    products = [row["public_id"] for row in rows]
    chance = Random(f"kervan demo {slug}")
    liked = [0.4 + 4 / (place + 1) for place in range(len(products))]
    chance.shuffle(liked)
    counts: list[tuple[str, date, int, int]] = []
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        busy = _WEEK[day.weekday()] * (1.4 - 0.8 * back / DAYS)
        for product, weight in zip(products, liked, strict=True):
            appearances = round(busy * weight * chance.uniform(9, 17))
            views = min(appearances, round(appearances * chance.uniform(0.05, 0.16)))
            counts.append((product, day, views, appearances))
        counts.append((f"/{slug}", day, round(busy * chance.uniform(1, 6)), 0))
    await statistics.add(counts)
