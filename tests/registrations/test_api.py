"""Registrations over the API: safe to repeat, of the key's own firm only."""

import uuid
from typing import Any

import httpx
from attending import buyers, give_up, take
from eventing import Fair, make_event
from keying import a_key

from kervan.db import fetchval

PATH = "/api/v1/registrations"


def key() -> dict[str, str]:
    return {"idempotency-key": str(uuid.uuid4())}


def body(event: str, **changes: Any) -> dict[str, Any]:
    return {"event": event, "people": [{"name": "Jonas Petersen", "job": "Buyer"}], "agreed": True, **changes}


async def test_a_program_registers_once_and_gets_the_same_answer(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(fair.union)
    headers = await a_key(fair.jonas.firm, fair.jonas.person, "view", "buy")
    once = {**headers, **key()}
    first = await client.post(PATH, json=body(event.public_id), headers=once)
    again = await client.post(PATH, json=body(event.public_id), headers=once)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["state"] == "CONFIRMED"
    anew = await client.post(PATH, json=body(event.public_id), headers={**headers, **key()})
    assert anew.status_code == 409
    other = await client.post(PATH, json=body(event.public_id, interest="Yarn"), headers=once)
    assert other.status_code == 409
    assert (await client.post(PATH, json=body(event.public_id), headers=headers)).status_code == 422
    assert await fetchval("SELECT count(*) FROM registration") == 1
    one = (await client.get(f"{PATH}/{first.json()['id']}", headers=headers)).json()["data"]
    assert (one["event"], one["side"], one["people"][0]["name"]) == (
        event.public_id,
        "IMPORTER",
        "Jonas Petersen",
    )
    assert len(one["people"][0]["ticket"]) == 32
    listed = (await client.get(PATH, headers=headers)).json()
    assert (listed["total"], listed["data"]) == (1, [one])


async def test_a_program_cancels_and_answers_an_offer(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=1)
    [first] = await buyers(1)
    has = await take(first, event)
    headers = await a_key(fair.jonas.firm, fair.jonas.person, "view", "buy")
    waits = (await client.post(PATH, json=body(event.public_id), headers={**headers, **key()})).json()
    assert waits["state"] == "WAITLISTED"
    one = (await client.get(f"{PATH}/{waits['id']}", headers=headers)).json()["data"]
    assert (one["ahead"], one["people"][0]["ticket"]) == (0, None)
    here = f"{PATH}/{waits['id']}"
    early = await client.post(f"{here}/answer", json={"accept": True}, headers={**headers, **key()})
    assert early.status_code == 409
    await give_up(first, has)
    same = {**headers, **key()}
    done = [await client.post(f"{here}/answer", json={"accept": True}, headers=same) for _ in range(2)]
    assert [one.json()["state"] for one in done] == ["CONFIRMED", "CONFIRMED"]
    stale = await client.post(f"{here}/cancel", json={"version": 1}, headers={**headers, **key()})
    assert stale.status_code == 409
    ended = await client.post(f"{here}/cancel", json={}, headers={**headers, **key()})
    assert ended.json()["state"] == "CANCELLED"


async def test_keys_of_others_and_keys_that_only_look_are_refused(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    zoe = await a_key(fair.zoe.firm, fair.zoe.person, "view", "buy")
    looks = await a_key(fair.jonas.firm, fair.jonas.person, "view")
    here = f"{PATH}/{made.public_id}"
    assert (await client.get(here, headers=zoe)).status_code == 404
    for step, data in (("cancel", {}), ("answer", {"accept": False})):
        answer = await client.post(f"{here}/{step}", json=data, headers={**zoe, **key()})
        assert answer.status_code == 404
        answer = await client.post(f"{here}/{step}", json=data, headers={**looks, **key()})
        assert answer.status_code == 403
    assert (await client.get(here, headers=looks)).status_code == 200
    assert (await client.get(PATH, headers=zoe)).json()["total"] == 0
    assert (await client.get(PATH)).status_code == 401
    assert (
        await client.post(PATH, json=body(event.public_id), headers={**looks, **key()})
    ).status_code == 403


async def test_what_is_wrong_is_said_by_field(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    headers = await a_key(fair.ayse.firm, fair.ayse.person, "view", "orders")
    wrong = await client.post(
        PATH, json=body(event.public_id, people=[], agreed=False), headers={**headers, **key()}
    )
    assert wrong.status_code == 422
    assert {one["field"] for one in wrong.json()["errors"]} == {"people", "agreed"}
    for bad in ({"event": event.public_id}, body(event.public_id, more=1), body(event.public_id, answers={"1": None}),
                body(event.public_id, people=[{"name": "a\u202eb"}])):  # fmt: skip
        assert (await client.post(PATH, json=bad, headers={**headers, **key()})).status_code in (400, 422)
    odd = body(event.public_id, answers={"x": True, "99999999999999999999": 1, "7": "free"})
    assert (await client.post(PATH, json=odd, headers={**headers, **key()})).status_code == 201
    missing = await client.post(PATH, json=body("nosuchevent0"), headers={**headers, **key()})
    assert missing.status_code == 404
