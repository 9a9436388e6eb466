"""Views and appearances: counted without a query, written together, programs and own people left out."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import httpx
import people
import pytest
from desk import a_desk, join
from factories import make_exporter, make_product
from litestar import Litestar

from kervan.db import execute, fetch, fetchval
from kervan.discovery.indexing import index_products
from kervan.exporters import statistics
from kervan.exporters.chart import chart
from kervan.exporters.statistics import Day

FIREFOX = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    statistics.forget()
    yield
    statistics.forget()


async def _counted() -> dict[int, tuple[int, int]]:
    rows = await fetch("SELECT product, views, appearances FROM daily_count")
    return {row["product"]: (row["views"], row["appearances"]) for row in rows}


async def _address(product: int) -> str:
    return f"/en/products/x-{await fetchval('SELECT public_id FROM product WHERE id = $1', product)}"


async def test_views_and_appearances_are_written_by_one_statement(
    fresh_app: Litestar, client: httpx.AsyncClient
) -> None:
    exporter = await make_exporter()
    first, second = await make_product(exporter), await make_product(exporter, "HV-2")
    await index_products(fresh_app.state.search, [first, second])
    for _ in range(3):
        await client.get(await _address(first), headers=FIREFOX, follow_redirects=True)
    await client.get("/en/products?q=towel", headers=FIREFOX)
    await client.get("/en/exporters/ayse-havlu", headers=FIREFOX)
    assert await _counted() == {}
    assert await statistics.flush() == 3
    counted = await _counted()
    assert counted == {first: (3, 1), second: (0, 1), 0: (1, 0)}
    await client.get(await _address(first), headers=FIREFOX, follow_redirects=True)
    await statistics.flush()
    assert (await _counted())[first][0] == 4
    assert await statistics.flush() == 0


async def test_programs_and_the_firms_own_people_do_not_count(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    product = await make_product(firm.entity)
    address = await _address(product)
    await client.get(address, headers=FIREFOX, follow_redirects=True)
    people.sign_out(client)
    for agent in ("", "Googlebot/2.1 (+http://www.google.com/bot.html)", "curl/8.5", "python-httpx/0.28"):
        await client.get(address, headers={"user-agent": agent}, follow_redirects=True)
    await client.get(address, headers=FIREFOX)  # the way to the right address is no view
    assert await statistics.flush() == 0
    other = await people.firm_of(await make_exporter("can-zeytin"))
    await join(client, other, "OWNER", "Can Demir")
    await client.get(address, headers=FIREFOX, follow_redirects=True)
    await statistics.flush()
    assert await _counted() == {product: (1, 0)}


async def test_figures_wait_while_the_database_is_away(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_product(await make_exporter())
    public_id = await fetchval("SELECT public_id FROM product")
    statistics._add(statistics._views, public_id)

    async def away(*_: object) -> str:
        raise OSError("no route to host")

    with monkeypatch.context() as broken:
        broken.setattr(statistics, "execute", away)
        with pytest.raises(OSError, match="no route"):
            await statistics.flush()
    statistics._add(statistics._views, public_id)
    await statistics.flush()
    assert list((await _counted()).values()) == [(2, 0)]


async def test_two_processes_that_flush_at_once_lose_nothing(db: None) -> None:
    exporter = await make_exporter()
    for n in range(20):
        await make_product(exporter, f"HV-{n}")
    ids = [row["public_id"] for row in await fetch("SELECT public_id FROM product")]

    async def one(order: list[str]) -> None:
        for public_id in order:
            statistics._add(statistics._views, public_id)
        await statistics.flush()

    await asyncio.gather(*(one(ids if n % 2 else ids[::-1]) for n in range(8)))
    assert {views for views, _ in (await _counted()).values()} == {8}


async def test_what_is_counted_at_the_end_is_written_before_the_process_goes(db: None) -> None:
    await make_product(await make_exporter())
    stop = asyncio.Event()
    task = asyncio.create_task(statistics.keep_flushing(stop))
    await asyncio.sleep(0)
    statistics._add(statistics._views, await fetchval("SELECT public_id FROM product"))
    stop.set()
    await task
    assert list((await _counted()).values()) == [(1, 0)]


async def test_the_page_shows_days_products_orders_and_inquiries(
    client: httpx.AsyncClient,
) -> None:
    firm = await a_desk(client, role="VIEWER")
    product = await make_product(firm.entity)
    today = datetime.now(UTC).date()
    for days, views, shown in ((0, 7, 120), (40, 5, 60), (100, 900, 900)):
        await execute(
            "INSERT INTO daily_count (exporter, product, day, views, appearances) VALUES ($1, $2, $3, $4, $5)",
            firm.entity,
            product,
            today - timedelta(days=days),
            views,
            shown,
        )
    path = f"/en/desk/{firm.public_id}/statistics"
    month, quarter = (await client.get(path)).text, (await client.get(f"{path}?days=90")).text
    assert "<bdi>7</bdi>" in month
    assert "<bdi>120</bdi>" in month
    assert "<bdi>12</bdi>" in quarter
    assert "<bdi>180</bdi>" in quarter
    assert "900" not in quarter
    assert month.count('class="chart-views" x=') == 30
    assert "Show as table" in month
    assert "until you answer an order" in month
    assert "style=" not in month
    await people.sign_in(client, await people.make_person("Fatma Kaya"))
    assert (await client.get(path)).status_code == 404


def test_a_chart_of_nothing_is_flat_and_of_something_fits() -> None:
    days = [Day(date(2026, 11, 1) + timedelta(days=n), 0, 0) for n in range(30)]
    empty = chart(days)
    assert {bar.height for bar in empty.bars} == {0}
    full = chart([Day(day.day, n, n * 37) for n, day in enumerate(days)])
    assert all(0 <= bar.y <= full.height and bar.height >= 0 for bar in full.bars)
    assert full.grid[-1][1:] == (50, 2000)
    assert len(full.marks) == 5
