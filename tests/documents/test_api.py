"""Papers and shipments for programs: the same steps, safe to send twice."""

from datetime import timedelta
from typing import Any

import httpx
import people
from papering import CARRIER, Case, a_carrier, accepted, confirmed, etgb, invoiced

from kervan import vault
from kervan.db import execute
from kervan.orders import steps
from kervan.orders.deadlines import today
from kervan.organisations.keys import PREFIX


async def a_key(firm: people.Firm, person: int, *scopes: str) -> dict[str, str]:
    """The headers of a new key."""
    key = PREFIX + vault.new_token()
    await execute(
        """INSERT INTO api_key (public_id, key_hash, begins, organisation, name, scopes, created_by, expires_at)
        VALUES ($1, $2, $3, $4, 'Tests', $5, $6, now() + interval '1 day')""",
        vault.new_token()[:12], vault.token_hash(key), key[:11], firm.id, list(scopes), person,
    )  # fmt: skip
    return {"authorization": f"Bearer {key}"}


async def selling(case: Case) -> dict[str, str]:
    return await a_key(case.trade.exporter_firm, case.seller.person, "view", "orders")


async def send(
    client: httpx.AsyncClient, case: Case, key: dict[str, str], step: str, name: str, body: dict[str, Any]
) -> httpx.Response:
    return await client.post(
        f"/api/v1/orders/{case.public_id}/{step}", headers={**key, "idempotency-key": name}, json=body
    )


async def test_a_program_takes_an_order_from_the_proforma_to_the_arrival(client: httpx.AsyncClient) -> None:
    case = await accepted()
    await a_carrier()
    key, day = await selling(case), today().isoformat()
    until = (today() + timedelta(days=10)).isoformat()
    answer = await send(
        client, case, key, "proforma", "k1", {"version": await case.version(), "valid_until": until}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "PROFORMA_SENT"
    await steps.take(case.buyer, case.buying, "confirm", await case.version(), seen=1)
    invoice = {
        "number": f"ABC{today().year}000000001",
        "issued_on": day,
        "try_rate": "55.90",
        "try_rate_on": day,
    }
    parcel = {"carrier": CARRIER, "waybill": "HK1234567890", "day": day, "packages": 2, "gross_g": 46_200}
    for step, name, body in (
        ("packing", "k2", {"packages": 2, "gross_g": 46_200, "line_packages": {"1": 2}}),
        ("invoice", "k3", invoice),
        ("hand-over", "k4", parcel),
        ("declaration", "k5", {"etgb_number": etgb(), "registered_on": day}),
        ("declaration", "k6", {"etgb_number": etgb(2), "registered_on": day, "reason": "Mistyped"}),
        ("closing", "k7", {"day": day}),
        ("arrival", "k8", {"day": day}),
    ):  # fmt: skip
        answer = await send(client, case, key, step, name, {"version": await case.version(), **body})
        assert answer.status_code == 200, (step, answer.text)
    assert answer.json()["state"] == "DELIVERED"
    shipment = (await client.get(f"/api/v1/orders/{case.public_id}/shipment", headers=key)).json()["data"]
    assert (shipment["etgb_number"], shipment["waybill"]) == (etgb(2), "HK1234567890")
    documents = (await client.get(f"/api/v1/orders/{case.public_id}/documents", headers=key)).json()["data"]
    assert [one["kind"] for one in documents] == ["INVOICE", "PACKING_LIST", "PROFORMA"]
    file = f"/api/v1/orders/{case.public_id}/documents/{documents[0]['public_id']}/xml"
    answer = await client.get(file, headers=key)
    assert answer.content.startswith(b"<?xml")


async def test_invariant_14_the_same_key_and_body_get_the_first_answer_again(
    client: httpx.AsyncClient,
) -> None:
    case = await accepted()
    key = await selling(case)
    body = {"version": await case.version(), "valid_until": (today() + timedelta(days=10)).isoformat()}
    first = await send(client, case, key, "proforma", "same", body)
    again = await send(client, case, key, "proforma", "same", body)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert await people.count("document") == 1
    other = await send(client, case, key, "proforma", "same", {**body, "note": "Another"})
    assert other.status_code == 409
    without = await client.post(f"/api/v1/orders/{case.public_id}/proforma", headers=key, json=body)
    assert without.status_code == 422


async def test_a_refused_step_may_be_sent_again_with_the_same_key(client: httpx.AsyncClient) -> None:
    case = await confirmed()
    key, day = await selling(case), today().isoformat()
    body = {
        "version": await case.version(),
        "number": "X",
        "issued_on": day,
        "try_rate": "55.9",
        "try_rate_on": day,
    }
    refused = await send(client, case, key, "invoice", "k", body)
    assert refused.status_code == 422
    assert "number" in [one["field"] for one in refused.json()["errors"]]
    good = await send(client, case, key, "invoice", "k", {**body, "number": f"ABC{today().year}000000001"})
    assert good.status_code == 200


async def test_invariant_7_a_difference_is_told_field_by_field(client: httpx.AsyncClient) -> None:
    case = await confirmed()
    key, day = await selling(case), today().isoformat()
    body = {
        "version": await case.version(),
        "number": f"ABC{today().year}000000001",
        "issued_on": day,
        "try_rate": "55.9",
        "try_rate_on": day,
        "stated_total": "1.00",
    }
    answer = await send(client, case, key, "invoice", "k", body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "differs"
    assert [one["field"] for one in answer.json()["differences"]] == ["total"]


async def test_invariant_1_a_refusal_comes_with_its_verdict(client: httpx.AsyncClient) -> None:
    case = await invoiced()
    key = await selling(case)
    body = {"version": await case.version(), "packages": 9, "gross_g": 600_001}
    answer = await send(client, case, key, "packing", "k", body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "refused"
    assert answer.json()["verdict"]["allowed"] is False


async def test_keys_of_others_and_without_the_scope_change_nothing(client: httpx.AsyncClient) -> None:
    case, other = await accepted(), await accepted("baska-havlu")
    body = {"version": await case.version(), "valid_until": (today() + timedelta(days=10)).isoformat()}
    looks = await a_key(case.trade.exporter_firm, case.seller.person, "view")
    buyer = await a_key(case.trade.importer_firm, case.buyer.person, "view", "buy")
    for key, status in ((await selling(other), 404), (buyer, 403), (looks, 403), ({}, 401)):
        answer = await send(client, case, key, "proforma", "k", body)
        assert answer.status_code == status, answer.text
    assert await people.count("document") == 0
