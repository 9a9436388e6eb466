"""The lists of orders at the two desks, as pages and as a file, and what the desks count."""

import csv
import io
import re
from urllib.parse import quote

import httpx
import pytest
from desk import flat
from ordering import a_trade
from orders.desks import Desk

from kervan.db import execute, fetchval

pytestmark = pytest.mark.usefixtures("db")


async def test_the_list_is_searched_and_filtered(desk: Desk) -> None:
    await desk.as_seller()
    number = await fetchval("SELECT number FROM trade_order WHERE public_id = $1", desk.order)

    turkish = await fetchval("SELECT name_tr FROM order_line")

    async def shows(query: str) -> bool:
        page = await desk.client.get(f"{desk.selling}?{query}")
        assert page.status_code == 200, query
        return number in page.text

    for query in (
        f"q={number}", f"q={number[5:9]}", "q=nordlicht", "q=towel", "tab=waiting", "tab=open", "state=SUBMITTED",
        "country=DE", "since=2020-01-01", "until=2100-01-01", "sort=value", "tab=nonsense", "page=x", "since=never",
        "sort=%27;drop", f"q={quote(turkish)}",
    ):  # fmt: skip
        assert await shows(query), query
    for query in (
        "q=KV26-0000-0000",
        "q=Sanayi",
        "tab=ended",
        "state=ACCEPTED",
        "country=FR",
        "until=2020-01-01",
        "page=2",
        "q=%25",
        "q=%00x",
    ):
        assert not await shows(query), query


async def test_the_file_holds_the_list_and_no_formula(desk: Desk) -> None:
    await execute(
        "UPDATE importer SET legal_name = '=HYPERLINK(\"http://x\")' WHERE id = $1", desk.trade.importer
    )
    await desk.as_seller()
    answer = await desk.client.get(f"{desk.selling}.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][2] == '\'=HYPERLINK("http://x")'
    assert rows[1][7:11] == ["EUR", "420.00", "420.00", "45.500"]
    assert (
        len(list(csv.reader(io.StringIO((await desk.client.get(f"{desk.selling}.csv?tab=ended")).text)))) == 1
    )


async def test_the_importers_list_says_where_the_goods_go_not_that_the_exporter_is_there(desk: Desk) -> None:
    await desk.as_buyer()
    listed = flat(await desk.client.get(desk.buying))
    assert "to Germany" in listed
    assert "<bdi>Ayşe Havlu Sanayi A.Ş.</bdi></span>" in listed


async def test_empty_desks_show_a_way_on(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    desk = Desk(client, trade, "")
    await desk.as_seller()
    assert "Look at your products" in (await client.get(desk.selling)).text
    await desk.as_buyer()
    assert "Find products" in (await client.get(desk.buying)).text


async def test_the_first_page_of_both_desks_and_the_menu_count_what_waits(desk: Desk) -> None:
    await desk.as_seller()
    text = flat(await desk.client.get(desk.selling.removesuffix("/orders")))
    assert "1 order waits for you" in text
    assert re.search(r"<span>Orders</span><span class=\"desk-count-sign num\"><bdi>1</bdi>", text)
    await desk.as_buyer()
    assert "waits for you" not in flat(await desk.client.get(desk.buying.removesuffix("/orders")))
