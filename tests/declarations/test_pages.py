"""The pages of the way out: hand-over, declaration, closing, VAT; the list, and a carrier's list of parcels."""

import re
from typing import Any

import httpx
import people
from desk import flat
from papering import CARRIER, Case, a_carrier, etgb, handed_over, invoiced

from kervan.db import fetchval
from kervan.declarations import queries, service
from kervan.orders.deadlines import today
from kervan.web import csrf


def path_of(case: Case, page: str = "") -> str:
    return f"/en/desk/{case.trade.exporter_firm.public_id}/orders/{case.public_id}{page}"


async def send(client: httpx.AsyncClient, case: Case, page: str, **fields: Any) -> httpx.Response:
    return await people.post_form(
        client, path_of(case, page), {"version": str(await case.version()), **fields}
    )


async def test_an_exporter_takes_an_order_all_its_way_by_forms(client: httpx.AsyncClient) -> None:
    case = await invoiced()
    await a_carrier()
    await people.sign_in(client, case.seller.person)
    page = await client.get(path_of(case, "/hand-over"))
    assert "Hizli Kargo" in page.text
    day = today().isoformat()
    sent = await send(
        client, case, "/hand-over",
        carrier=CARRIER, waybill="hk 1234 567890", day=day, packages="2", gross_g="46", shipped_1="100",
    )  # fmt: skip
    assert sent.status_code == 303, flat(sent)
    sent = await send(client, case, "/etgb", etgb_number=etgb(), registered_on=day)
    assert sent.status_code == 303, flat(sent)
    sent = await send(client, case, "/close", closed_on=day)
    assert sent.status_code == 303, flat(sent)
    sent = await send(client, case, "/deliver", delivered_on=day)
    assert sent.status_code == 303, flat(sent)
    for step in ("APPROVED", "VEDOP", "PRINTOUT", "REFUND"):
        sent = await send(client, case, "/vat", step=step, day=day)
        assert sent.status_code == 303, flat(sent)
    page = await client.get(path_of(case, "/vat"))
    assert page.text.count("Done on") == 4
    assert await case.state() == "DELIVERED"


async def test_what_was_typed_is_kept_when_a_hand_over_is_refused(client: httpx.AsyncClient) -> None:
    case = await invoiced()
    await a_carrier()
    await people.sign_in(client, case.seller.person)
    answer = await send(
        client, case, "/hand-over",
        carrier=CARRIER, waybill="HK1234567890", day=today().isoformat(), packages="2", gross_g="46", shipped_1="101",
    )  # fmt: skip
    assert answer.status_code == 422
    assert 'value="HK1234567890"' in answer.text
    assert 'value="101"' in answer.text
    assert await case.state() == "INVOICED"


async def test_the_declaration_before_the_hand_over_is_refused(client: httpx.AsyncClient) -> None:
    case = await invoiced()
    await people.sign_in(client, case.seller.person)
    for page in ("/etgb", "/close", "/deliver", "/vat"):
        assert (await client.get(path_of(case, page))).status_code == 409


async def test_a_correction_asks_for_its_reason(client: httpx.AsyncClient) -> None:
    case = await handed_over()
    await service.register(case.seller, case.selling, await case.version(), etgb(1), today())
    await people.sign_in(client, case.seller.person)
    fields = {"etgb_number": etgb(2), "registered_on": today().isoformat()}
    answer = await send(client, case, "/etgb", **fields)
    assert answer.status_code == 422
    assert etgb(2) in answer.text
    answer = await send(client, case, "/etgb", **fields, reason="Two digits were swapped")
    assert answer.status_code == 303
    found = await queries.of_order(case.id)
    assert found is not None
    assert found.etgb_number == etgb(2)


async def test_the_importer_says_that_the_goods_have_arrived(client: httpx.AsyncClient) -> None:
    case = await handed_over()
    await service.register(case.seller, case.selling, await case.version(), etgb(), today())
    await service.close(case.seller, case.selling, await case.version(), today())
    await people.sign_in(client, case.buyer.person)
    path = f"/en/desk/{case.trade.importer_firm.public_id}/orders/{case.public_id}/deliver"
    sent = await people.post_form(
        client, path, {"version": str(await case.version()), "delivered_on": today().isoformat()}
    )
    assert sent.status_code == 303
    assert await case.state() == "DELIVERED"


async def test_the_list_is_the_firms_own_and_can_be_searched(client: httpx.AsyncClient) -> None:
    case = await handed_over()
    other = await invoiced("baska-havlu")
    await people.sign_in(client, case.seller.person)
    path = f"/en/desk/{case.trade.exporter_firm.public_id}/declarations"
    page = await client.get(path)
    assert "HK1234567890" in page.text
    assert "Waits for the ETGB" in page.text
    for query, there in (
        ("?q=hk123456", True),
        ("?q=%25", False),
        ("?q=nothing", False),
        ("?phase=waiting", True),
        ("?phase=closed", False),
        ("?phase=nonsense", True),
    ):
        assert ("HK1234567890" in (await client.get(path + query)).text) is there, query
    theirs = f"/en/desk/{other.trade.exporter_firm.public_id}/declarations"
    assert (await client.get(theirs)).status_code == 404
    await people.sign_in(client, other.seller.person)
    assert "HK1234567890" not in (await client.get(theirs)).text


def a_list(number: str = "HK1234567890") -> bytes:
    day = today().isoformat()
    return f"waybill;etgb number;registered;closed\n{number};{etgb()};{day};{day}\n=cmd;;;\n".encode()


async def check_then_take(client: httpx.AsyncClient, path: str) -> tuple[httpx.Response, httpx.Response]:
    token = await people.token_of(client, path)
    checked = await client.post(
        path,
        data={csrf.FIELD: token, "carrier": CARRIER},
        files={"file": ("list.csv", a_list(), "text/csv")},
    )
    held = re.search(r'name="list"\s+value="([^"]+)"', checked.text)
    assert held, flat(checked)
    taken = await client.post(path, data={csrf.FIELD: token, "carrier": CARRIER, "list": held[1]})
    return checked, taken


async def test_a_carriers_list_is_checked_and_then_taken(client: httpx.AsyncClient) -> None:
    case = await handed_over()
    await people.sign_in(client, case.seller.person)
    path = f"/en/desk/{case.trade.exporter_firm.public_id}/declarations/import"
    checked, taken = await check_then_take(client, path)
    assert "Nothing is written yet" in checked.text
    assert "A cell begins with a sign of formulas" in checked.text
    assert "The list is taken" in taken.text
    assert await case.state() == "EXPORTED"


async def test_staff_take_a_list_of_everybodys_parcels(client: httpx.AsyncClient) -> None:
    case = await handed_over()
    admin = await people.make_person("Yönetici Hanım")
    await people.make_member(await people.make_ministry(), admin, "ADMIN")
    await people.sign_in(client, admin)
    _, taken = await check_then_take(client, "/en/staff/declarations")
    assert "The list is taken" in taken.text
    assert await case.state() == "EXPORTED"
    assert await fetchval("SELECT side FROM order_event ORDER BY id DESC LIMIT 1") == "CARRIER"


async def test_only_administrators_and_order_desks_bring_lists(client: httpx.AsyncClient) -> None:
    case = await handed_over()
    path = f"/en/desk/{case.trade.exporter_firm.public_id}/declarations"
    looks_on = await people.make_person("Bakan Kişi")
    await people.make_member(case.trade.exporter_firm, looks_on, "VIEWER")
    await people.sign_in(client, looks_on)
    assert (await client.get(path)).status_code == 200
    assert (await client.get(f"{path}/import")).status_code == 403
    assert (await client.get("/en/staff/declarations")).status_code == 404
    await people.sign_in(client, case.buyer.person)
    assert (await client.get(path)).status_code == 404


async def test_a_held_list_that_was_changed_is_looked_at_as_a_new_one(client: httpx.AsyncClient) -> None:
    case = await handed_over()
    await people.sign_in(client, case.seller.person)
    path = f"/en/desk/{case.trade.exporter_firm.public_id}/declarations/import"
    token = await people.token_of(client, path)
    for held in ("x", "eJw=", "=====", "A" * 5000):
        answer = await client.post(path, data={csrf.FIELD: token, "carrier": CARRIER, "list": held})
        assert answer.status_code == 422, held
    assert await case.state() == "HANDED_TO_CARRIER"
