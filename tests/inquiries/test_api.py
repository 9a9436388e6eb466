"""The API of inquiries and quotes: keys, scopes, the same request twice, who sees what."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from asking import TEXT, Side, World
from people import count, make_member, make_person

from kervan.accounts.callers import Membership
from kervan.db import execute, fetchval
from kervan.orders.deadlines import today
from kervan.organisations import keys, roles

PATH = "/api/v1/inquiries"


async def headers(side: Side, *scopes: str, key: str = "k-1") -> dict[str, str]:
    """A key of the firm, made by an owner."""
    from asking import caller_of

    owner = await make_person(
        f"Owner {side.firm.public_id} {key} {''.join(scopes)}", f"{side.org}.{key}@example.com"
    )
    await make_member(side.firm, owner, "OWNER")
    caller = await caller_of(owner)
    membership: Membership = caller.memberships[0]
    token = await keys.create(caller, membership, "Tests", scopes, 30)
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key}


def body(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "exporters": ["ayse-havlu", "can-zeytin"],
        "lines": [{"product": world.towel, "quantity": 100, "target_price": "3.80"}],
        "text": TEXT,
        "destination": "DE",
        "incoterm": "DAP",
        "currency": "EUR",
        **changes,
    }


def quoted(product: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "lines": [{"product": product, "name": "Towel", "asked": 1, "quantity": 100, "unit_price": "3.70"}],
        "currency": "EUR",
        "incoterm": "DAP",
        "place": "Hamburg",
        "valid_until": (today() + timedelta(days=30)).isoformat(),
        **changes,
    }


HOME = {"name": "Nordlicht", "street": "Kaiserkai 1", "city": "Hamburg"}


async def test_a_whole_inquiry_by_programs(client: httpx.AsyncClient, world: World) -> None:
    buyer = await headers(world.buyer, roles.BUY)
    seller = await headers(world.ayse, roles.ORDERS)
    made = await client.post(PATH, json=body(world), headers=buyer)
    assert made.status_code == 201, made.text
    inquiry = made.json()["id"]
    [row] = (await client.get(PATH, headers=seller)).json()["data"]
    part = row["public_id"]
    sent = await client.put(
        f"{PATH}/{part}/quote", json=quoted(world.towel), headers={**seller, "Idempotency-Key": "q-1"}
    )
    assert sent.status_code == 200, sent.text
    assert sent.json()["state"] == "SENT"
    seen = (await client.get(f"{PATH}/{inquiry}", headers=buyer)).json()["data"]
    assert [one["exporter"] for one in seen["recipients"]] == ["ayse-havlu", "can-zeytin"]
    assert seen["recipients"][0]["quote"]["terms"]["total"] == "370.0000"
    took = await client.post(
        f"{PATH}/{inquiry}/{part}/accept",
        json={"revision": 1, "delivery": HOME},
        headers={**buyer, "Idempotency-Key": "a-1"},
    )
    assert took.status_code == 200, took.text
    assert took.json()["order"]
    again = await client.post(
        f"{PATH}/{inquiry}/{part}/accept",
        json={"revision": 1, "delivery": HOME},
        headers={**buyer, "Idempotency-Key": "a-1"},
    )
    assert again.json() == took.json()
    second = await client.post(
        f"{PATH}/{inquiry}/{part}/accept",
        json={"revision": 1, "delivery": HOME},
        headers={**buyer, "Idempotency-Key": "a-2"},
    )
    assert second.status_code == 409
    assert await count("trade_order") == 1


async def test_invariant_14_the_same_key_with_another_body_is_refused(
    client: httpx.AsyncClient, world: World
) -> None:
    buyer = await headers(world.buyer, roles.BUY)
    first = await client.post(PATH, json=body(world), headers=buyer)
    again = await client.post(PATH, json=body(world), headers=buyer)
    other = await client.post(PATH, json=body(world, text="Something else, 30 characters."), headers=buyer)
    assert (again.status_code, again.json()["again"]) == (200, True)
    assert (again.json()["id"], other.status_code) == (first.json()["id"], 409)
    assert await count("inquiry") == 1


async def test_a_refused_request_gives_its_key_back(client: httpx.AsyncClient, world: World) -> None:
    buyer = await headers(world.buyer, roles.BUY)
    wrong = await client.post(PATH, json=body(world, exporters=["nobody"]), headers=buyer)
    assert wrong.status_code == 422
    assert (await client.post(PATH, json=body(world), headers=buyer)).status_code == 201


async def test_a_request_that_died_can_be_sent_again_after_a_minute(
    client: httpx.AsyncClient, world: World
) -> None:
    buyer = await headers(world.buyer, roles.BUY)
    made = await client.post(PATH, json=body(world), headers=buyer)
    await execute("UPDATE idempotency_key SET answer = NULL")
    assert (await client.post(PATH, json=body(world), headers=buyer)).status_code == 409
    await execute("UPDATE idempotency_key SET created_at = now() - interval '2 minutes'")
    again = await client.post(PATH, json=body(world), headers=buyer)
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])


BAD: list[tuple[dict[str, Any], int]] = [
    ({"lines": [{"name": "Towel", "quantity": 0}]}, 422),
    ({"lines": [{"name": "Towel", "quantity": 10**12}]}, 422),
    ({"lines": [{"name": "Towel", "quantity": 1.5}]}, 400),
    ({"lines": [{"name": "Towel", "target_price": "NaN"}]}, 422),
    ({"exporters": []}, 422),
    ({"surprise": 1}, 400),
]


@pytest.mark.parametrize(("changes", "status"), BAD)
async def test_bad_input_is_refused_with_sentences(
    client: httpx.AsyncClient, world: World, changes: dict[str, Any], status: int
) -> None:
    answer = await client.post(
        PATH, json=body(world, **changes), headers=await headers(world.buyer, roles.BUY)
    )
    assert answer.status_code in (status, 400, 422), answer.text
    assert answer.json()["detail"]
    assert await count("inquiry") == 0


async def test_mixed_currencies_and_foreign_products_are_refused(
    client: httpx.AsyncClient, world: World
) -> None:
    await client.post(PATH, json=body(world), headers=await headers(world.buyer, roles.BUY))
    part = await fetchval(
        "SELECT public_id FROM inquiry_recipient WHERE exporter = $1", world.ayse.firm.entity
    )
    seller = await headers(world.ayse, roles.ORDERS)
    mixed = quoted(world.towel)
    mixed["lines"][0]["currency"] = "USD"
    answer = await client.put(f"{PATH}/{part}/quote", json=mixed, headers=seller)
    assert [one["field"] for one in answer.json()["errors"]] == ["lines.1.currency"]
    answer = await client.put(f"{PATH}/{part}/quote", json=quoted(world.oil), headers=seller)
    assert [one["field"] for one in answer.json()["errors"]] == ["lines.1.product"]


async def test_invariant_13_others_find_nothing_and_keys_need_their_scope(
    client: httpx.AsyncClient, world: World
) -> None:
    buyer = await headers(world.buyer, roles.BUY)
    inquiry = (await client.post(PATH, json=body(world), headers=buyer)).json()["id"]
    part = await fetchval(
        "SELECT public_id FROM inquiry_recipient WHERE exporter = $1", world.ayse.firm.entity
    )
    for side, scope in (
        (world.can, roles.ORDERS),
        (world.other_exporter, roles.ORDERS),
        (world.other_buyer, roles.BUY),
    ):
        found = await headers(side, scope, key=f"x-{side.org}")
        assert (await client.get(f"{PATH}/{part}", headers=found)).status_code == 404
        assert (await client.get(f"{PATH}/{inquiry}", headers=found)).status_code == 404
        assert inquiry not in (await client.get(PATH, headers=found)).text
    for method, path, content in (
        ("PUT", f"{PATH}/{part}/quote", quoted(None)),
        ("POST", f"{PATH}/{part}/decline", {"reason": "No, thank you."}),
        ("POST", f"{PATH}/{part}/quote/withdraw", {}),
    ):
        strange = await headers(world.can, roles.ORDERS, key=f"y-{method}-{path[-8:].strip('/')}")
        assert (await client.request(method, path, json=content, headers=strange)).status_code == 404, path
    looks = await headers(world.buyer, roles.VIEW, key="v")
    assert (await client.get(f"{PATH}/{inquiry}", headers=looks)).status_code == 200
    assert (await client.post(PATH, json=body(world), headers=looks)).status_code == 403
    assert (await client.post(f"{PATH}/{inquiry}/close", json={}, headers=looks)).status_code == 403
    assert (await client.get(PATH)).status_code == 401


async def test_messages_by_programs(client: httpx.AsyncClient, world: World) -> None:
    buyer = await headers(world.buyer, roles.BUY)
    inquiry = (await client.post(PATH, json=body(world), headers=buyer)).json()["id"]
    part = await fetchval(
        "SELECT public_id FROM inquiry_recipient WHERE exporter = $1", world.ayse.firm.entity
    )
    said = {**buyer, "Idempotency-Key": "m-1"}
    for status in (201, 200):
        answer = await client.post(f"{PATH}/{inquiry}/{part}/messages", json={"text": "Red?"}, headers=said)
        assert answer.status_code == status, answer.text
    assert await count("message") == 1
    seller = await headers(world.ayse, roles.ORDERS)
    assert (
        await client.post(f"{PATH}/{part}/{part}/messages", json={"text": "Yes."}, headers=seller)
    ).status_code == 201
    await client.post(
        f"{PATH}/{inquiry}/close", json={"reason": "Enough."}, headers={**buyer, "Idempotency-Key": "c"}
    )
    late = {**buyer, "Idempotency-Key": "m-2"}
    assert (
        await client.post(f"{PATH}/{inquiry}/{part}/messages", json={"text": "?"}, headers=late)
    ).status_code == 409
