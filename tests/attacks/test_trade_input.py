"""Bad input of trade: whatever a program or a form says in any field, the answer is a sentence and never a failure."""

from datetime import timedelta

import httpx
from asking import ask, make_world, recipient_of
from hostile import refused_all
from keying import a_key, an_order_body, buying, selling
from ordering import a_trade, an_order
from papering import CARRIER, a_carrier, accepted, confirmed, etgb, invoiced

from kervan.db import fetchval
from kervan.orders.deadlines import today

SENT = "UPDATE trade_order SET state = 'SUBMITTED', version = 1, offered = NULL, ended_at = NULL"


async def test_no_field_of_an_order_makes_a_failure(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    key = await buying(trade)
    # Another version than the one of now, so that what was seen is compared too.
    body = an_order_body(trade)
    await refused_all(client, "POST", "/api/v1/orders/verdict", body, key)
    await refused_all(client, "POST", "/api/v1/orders", body, key)
    order = await an_order(trade, "k-9")
    step = {"action": "cancel", "version": 1, "reason": "No reason at all", "proforma": 1}
    await refused_all(client, "POST", f"/api/v1/orders/{order.public_id}/steps", step, key, SENT)
    offer = {
        "version": 1,
        "lines": [{"number": 1, "quantity": 90, "unit_price": "4.10", "discount": "1.00"}],
        "incoterm": "DAP",
        "place": "Hamburg",
        "charges": {"FREIGHT": "10.00"},
        "lead_days": 5,
        "payment_terms": "In advance",
        "note": "Better",
    }
    await refused_all(
        client, "POST", f"/api/v1/orders/{order.public_id}/offer", offer, await selling(trade), SENT
    )


async def test_no_field_of_a_proforma_makes_a_failure(client: httpx.AsyncClient) -> None:
    case = await accepted()
    path = f"/api/v1/orders/{case.public_id}/proforma"
    body = {
        "version": await case.version(),
        "valid_until": (today() + timedelta(days=14)).isoformat(),
        "payment_terms": "In advance",
        "lead_days": 5,
        "note": "A note",
        "office": {
            "street": "Straße 1",
            "city": "Hamburg",
            "postcode": "20457",
            "region": "HH",
            "country": "DE",
        },
        "transport_mode": 4,
    }
    undo = f"UPDATE trade_order SET state = 'ACCEPTED', version = {body['version']}"
    await refused_all(client, "POST", path, body, await selling(case.trade), undo, "DELETE FROM document")


async def test_no_field_of_packing_and_invoice_makes_a_failure(client: httpx.AsyncClient) -> None:
    case = await confirmed()
    key = await selling(case.trade)
    path = f"/api/v1/orders/{case.public_id}"
    version = await case.version()
    packing = {
        "version": version, "packages": 2, "gross_g": 46_200, "package_kind": "CT", "line_packages": {"1": 2},
        "transport_mode": 4, "note": "x",
    }  # fmt: skip
    undo = (
        f"UPDATE trade_order SET state = 'CONFIRMED', version = {version}",
        "DELETE FROM document WHERE kind <> 'PROFORMA'",
        "DELETE FROM invoice_number",
    )
    await refused_all(client, "POST", f"{path}/packing", packing, key, *undo)
    day = today().isoformat()
    invoice = {
        "version": version,
        "number": f"ABC{today().year}000000001",
        "issued_on": day,
        "try_rate": "55.90",
        "try_rate_on": day,
        "rate_confirmed": True,
        "stated_total": "420.00",
        "note": "x",
    }
    await refused_all(client, "POST", f"{path}/invoice", invoice, key, *undo)


async def test_no_field_of_a_shipment_makes_a_failure(client: httpx.AsyncClient) -> None:
    case = await invoiced()
    await a_carrier()
    key = await selling(case.trade)
    path = f"/api/v1/orders/{case.public_id}"
    day, version = today().isoformat(), await case.version()
    over = {
        "version": version, "carrier": CARRIER, "waybill": "HK1234567890", "day": day,
        "packages": 2, "gross_g": 46_200, "shipped": {"1": 100},
    }  # fmt: skip
    undo = f"UPDATE trade_order SET state = 'INVOICED', version = {version}"
    gone = ("DELETE FROM shipped_line", "DELETE FROM declaration")
    await refused_all(client, "POST", f"{path}/hand-over", over, key, undo, *gone)
    made = await client.post(f"{path}/hand-over", json=over, headers={**key, "idempotency-key": "over"})
    assert made.status_code == 200, made.text
    state = "UPDATE trade_order SET state = '{}', version = " + str(version + 1)
    blank = "UPDATE declaration SET version = 1, etgb_number = NULL, registered_on = NULL, closed_on = NULL"
    entered = {"version": version + 1, "etgb_number": etgb(), "registered_on": day}
    await refused_all(
        client, "POST", f"{path}/declaration", entered, key, state.format("HANDED_TO_CARRIER"), blank
    )
    made = await client.post(f"{path}/declaration", json=entered, headers={**key, "idempotency-key": "etgb"})
    assert made.status_code == 200, made.text
    version = made.json()["version"]
    wrong = {**entered, "version": version, "reason": "Mistyped", "closed_on": day, "delivered_on": day}
    await refused_all(client, "POST", f"{path}/declaration", wrong, key)
    await refused_all(client, "POST", f"{path}/closing", {"version": version, "day": day}, key)
    await refused_all(client, "POST", f"{path}/arrival", {"version": version, "day": day}, key)


async def test_no_field_of_an_inquiry_or_a_quote_makes_a_failure(client: httpx.AsyncClient) -> None:
    world = await make_world()
    buyer = await a_key(world.buyer.firm, world.buyer.person, "view", "buy")
    seller = await a_key(world.ayse.firm, world.ayse.person, "view", "orders")
    path = "/api/v1/inquiries"
    wanted = {
        "exporters": ["ayse-havlu", "can-zeytin"],
        "lines": [
            {
                "product": world.towel, "name": "Towel", "hs_code": "630260", "quantity": 100, "unit": "C62",
                "target_price": "3.80", "certificates": "GOTS",
            },
        ],
        "text": "We look for 400 white towels, washed once.",
        "destination": "DE",
        "incoterm": "DAP",
        "place": "Hamburg",
        "currency": "EUR",
        "anonymous": True,
    }  # fmt: skip
    await refused_all(client, "POST", path, wanted, buyer)
    inquiry = await ask(world)
    part = await recipient_of(inquiry, world.ayse)
    quote = {
        "lines": [
            {
                "product": world.towel, "name": "Towel", "asked": 1, "quantity": 100, "unit": "C62",
                "unit_price": "3.70", "currency": "EUR",
            },
        ],
        "currency": "EUR",
        "incoterm": "DAP",
        "place": "Hamburg",
        "destination": "DE",
        "lead_days": 10,
        "valid_until": (today() + timedelta(days=30)).isoformat(),
        "payment_terms": "In advance",
        "note": "x",
        "charges": {"FREIGHT": "10.00"},
        "draft": False,
    }  # fmt: skip
    await refused_all(client, "PUT", f"{path}/{part}/quote", quote, seller)
    await refused_all(client, "POST", f"{path}/{inquiry}/{part}/messages", {"text": "Hello"}, buyer)
    await refused_all(client, "POST", f"{path}/{part}/{part}/messages", {"text": "Hello"}, seller)
    reopened = "UPDATE inquiry_recipient SET declined_at = NULL, decline_reason = NULL"
    await refused_all(client, "POST", f"{path}/{part}/decline", {"reason": "No time now"}, seller, reopened)
    taken = {
        "revision": await fetchval("SELECT revision FROM quote WHERE state IN ('SENT', 'REVISED')"),
        "delivery": {"name": "N", "street": "S", "city": "C", "postcode": "1", "contact": "x", "phone": "1"},
    }
    await refused_all(
        client, "POST", f"{path}/{inquiry}/{part}/accept", taken, buyer, "DELETE FROM trade_order",
        "DELETE FROM deal", "UPDATE inquiry SET state = 'ANSWERED'", "UPDATE quote SET state = 'SENT'",
    )  # fmt: skip
    again = "UPDATE quote SET state = 'SENT'"
    await refused_all(
        client, "POST", f"{path}/{inquiry}/{part}/decline", {"reason": "Too dear for us"}, buyer, again
    )
    await refused_all(client, "POST", f"{path}/{inquiry}/close", {"reason": "We have it now"}, buyer)
