"""The demo's views: ninety days that end yesterday, counted once."""

from datetime import date, timedelta

from factories import make_exporter, make_product
from litestar import Litestar

from kervan.demo import figures
from kervan.exporters import statistics

TODAY = date(2026, 11, 22)


async def test_the_demo_counts_ninety_days_up_to_yesterday_and_only_once(fresh_app: Litestar) -> None:
    exporter = await make_exporter(slug="pamuklu")
    await make_product(exporter)
    await figures.fill("pamuklu", TODAY)
    found = await statistics.days(exporter, TODAY, figures.DAYS + 1)
    assert all(0 < day.views <= day.appearances for day in found[:-1] if day.appearances > 12)
    assert found[0].appearances > 0
    assert found[-2].appearances > 0
    assert (found[-1].day, found[-1].views, found[-1].appearances) == (TODAY, 0, 0)
    assert await statistics.page_views(exporter, TODAY - timedelta(days=1), figures.DAYS) >= figures.DAYS // 4
    await figures.fill("pamuklu", TODAY)
    assert await statistics.days(exporter, TODAY, figures.DAYS + 1) == found
