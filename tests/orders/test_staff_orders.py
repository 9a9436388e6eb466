"""Orders before staff: those that look split, complaints, suspended exporters, and finding one."""

import httpx
import people
import pytest
from desk import flat
from ordering import a_trade, an_order, side_of, wanted
from orders.desks import Desk

from kervan.db import execute, fetchval
from kervan.orders import steps, watching
from kervan.orders.tables import State

pytestmark = pytest.mark.usefixtures("db")


async def staffed(client: httpx.AsyncClient) -> int:
    ministry = await people.make_ministry()
    person = await people.make_person("Mehmet Demir")
    await people.make_member(ministry, person, "ADMIN")
    await people.sign_in(client, person)
    return person


async def test_invariant_10_orders_that_look_split_are_flagged_not_refused_and_staff_note_what_they_found(
    client: httpx.AsyncClient,
) -> None:
    trade = await a_trade()
    sent = [await an_order(trade, f"k-{n}", lines=wanted(trade, 900).lines) for n in range(2)]
    assert [await fetchval("SELECT state FROM trade_order WHERE public_id = $1", one.public_id) for one in sent] == [
        "SUBMITTED", "SUBMITTED",
    ]  # fmt: skip
    await staffed(client)
    text = flat(await client.get("/en/staff/orders"))
    assert all(one.number in text for one in sent)
    assert "<b><bdi>819 kg</bdi></b>" in text
    flag = await fetchval("SELECT public_id FROM split_flag")
    short = await people.post_form(
        client, f"/en/staff/orders/flags/{flag}", {"note": " "}, of="/en/staff/orders"
    )
    assert short.status_code == 422
    done = await people.post_form(
        client, f"/en/staff/orders/flags/{flag}", {"note": "Two seasons, two parcels."}, of="/en/staff/orders"
    )
    assert done.headers["location"].endswith("said=flag-seen")
    assert ("order.split_seen") in [action for _, action in await people.audited(flag)]
    assert sent[0].number not in flat(await client.get("/en/staff/orders"))
    assert "Two seasons, two parcels." in flat(await client.get("/en/staff/orders?flags=seen"))


async def test_a_third_order_is_one_matter_with_the_two_before_it(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    for n in range(4):
        await an_order(trade, f"k-{n}", lines=wanted(trade, 900).lines)
    assert await people.count("split_flag") == 3
    assert await watching.work() == 1
    (flag,) = await watching.flags(seen=False)
    assert (len(flag.orders), flag.gross_weight_g) == (4, 4 * 409_500)
    await staffed(client)
    await people.post_form(
        client,
        f"/en/staff/orders/flags/{flag.public_id}",
        {"note": "One pallet each."},
        of="/en/staff/orders",
    )
    assert (await watching.work(), await watching.flag_counts()) == (0, (0, 1))
    again = await people.post_form(
        client, f"/en/staff/orders/flags/{flag.public_id}", {"note": "One pallet each."}, of="/en/account"
    )
    assert again.status_code == 409
    assert (await client.get("/en/staff/orders/flags/nothing")).status_code in (404, 405)


async def test_staff_resolve_a_complaint_with_what_they_found(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    order = (await an_order(trade)).public_id
    await execute("UPDATE trade_order SET state = 'DELIVERED' WHERE public_id = $1", order)
    _, buying = await side_of(trade, order, "IMPORTER")
    await steps.take(trade.buyer, buying, "dispute", 1, reason="Half of the towels are wet.")
    await staffed(client)
    assert "Half of the towels are wet." in flat(await client.get("/en/staff/orders"))
    page = f"/en/staff/orders/{order}"
    shown = flat(await client.get(page))
    assert "The importer complains" in shown
    empty = await people.post_form(client, f"{page}/resolve", {"version": "2", "reason": ""}, of=page)
    assert empty.status_code == 422
    stale = await people.post_form(client, f"{page}/resolve", {"version": "1", "reason": "Settled."}, of=page)
    assert stale.status_code == 409
    done = await people.post_form(
        client, f"{page}/resolve", {"version": "2", "reason": "Half is paid back."}, of=page
    )
    assert done.status_code == 303
    assert await fetchval("SELECT state FROM trade_order") == State.RESOLVED
    assert {mail["to_address"] for mail in await people.mails() if mail["context"]["action"] == "resolve"} == {
        "elif@ayse-havlu.example", "jan-ayse-havlu@nordlicht.example",
    }  # fmt: skip
    assert "You can look at this order, not change it" in flat(await client.get(page))


async def test_invariant_11_suspension_hides_listings_and_open_orders_go_on_under_watch(
    client: httpx.AsyncClient,
) -> None:
    trade = await a_trade()
    order = await an_order(trade)
    await execute("UPDATE exporter SET verification = 'SUSPENDED' WHERE id = $1", trade.exporter)
    assert (await client.get(f"/en/products/x-{trade.product}")).status_code in (404, 410)
    desk = Desk(client, trade, order.public_id)
    page = await desk.as_seller()
    assert (await desk.step(page, "accept", 1)).status_code == 303
    assert await desk.state() == State.ACCEPTED
    await staffed(client)
    assert order.number in flat(await client.get("/en/staff/orders"))


async def test_staff_find_an_order_by_its_number_however_it_is_typed(desk: Desk) -> None:
    number = await fetchval("SELECT number FROM trade_order")
    await staffed(desk.client)
    for typed in (number, number.casefold(), number.replace("-", " "), number[5:]):
        assert number in (await desk.client.get("/en/staff/orders", params={"q": typed})).text, typed
    for typed in ("KV99-0000-0000", "%", "''", "KV"):
        shown = await desk.client.get("/en/staff/orders", params={"q": typed})
        assert "No order has this number" in shown.text, typed
