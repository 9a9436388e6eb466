"""Meetings by programs: the same rules, keys that may act or only look, requests that come twice."""

from typing import Any

import httpx
import pytest
from asking import World
from keying import a_key
from meeting_world import SECRETS, agreed, asked, at, known
from people import count

from kervan.db import fetchval

PATH = "/api/v1/meetings"


def body(**changes: Any) -> dict[str, Any]:
    times = [
        {"starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat()} for one in (at(), at(4))
    ]
    return {
        "with": "ayse-havlu", "times": times, "topic": "Towels for spring", "language": "en", "zone": "Europe/Berlin",
        **changes,
    }  # fmt: skip


@pytest.fixture
async def buyer(world: World) -> dict[str, str]:
    return {**await a_key(world.buyer.firm, world.buyer.person, "view", "buy"), "Idempotency-Key": "b-1"}


@pytest.fixture
async def seller(world: World) -> dict[str, str]:
    return {**await a_key(world.ayse.firm, world.ayse.person, "view", "orders"), "Idempotency-Key": "s-1"}


async def test_programs_lead_a_meeting_from_the_ask_to_the_end(
    client: httpx.AsyncClient, buyer: dict[str, str], seller: dict[str, str]
) -> None:
    made = await client.post(PATH, json=body(), headers=buyer)
    assert made.status_code == 201, made.text
    again = await client.post(PATH, json=body(), headers=buyer)
    assert (again.status_code, again.json()) == (200, made.json())
    meeting = made.json()["id"]
    seen = await client.get(f"{PATH}/{meeting}", headers=seller)
    assert not any(secret in seen.text for secret in (*SECRETS, "Jonas"))
    data = seen.json()["data"]
    assert (data["state"], data["turn"], data["contact"], len(data["times"])) == (
        "PROPOSED",
        "EXPORTER",
        None,
        2,
    )
    took = await client.post(
        f"{PATH}/{meeting}/accept",
        json={"starts_at": data["times"][1]["starts_at"], "version": 1},
        headers=seller,
    )
    assert took.json() == {"id": meeting, "state": "CONFIRMED", "version": 2}
    told = (await client.get(f"{PATH}/{meeting}", headers=seller)).json()["data"]
    assert told["contact"] == {"name": "Jonas Petersen", "email": SECRETS[0], "phone": SECRETS[2]}
    off = await client.post(
        f"{PATH}/{meeting}/cancel",
        json={"reason": "The fair is off"},
        headers={**buyer, "Idempotency-Key": "b-2"},
    )
    assert off.json()["state"] == "CANCELLED"
    listed = (await client.get(PATH, headers=buyer)).json()
    assert (listed["total"], listed["data"][0]["state"]) == (1, "CANCELLED")
    assert (await client.get(f"{PATH}?state=HELD", headers=buyer)).json()["total"] == 0
    assert (await client.get(f"{PATH}?state=PLANNED", headers=buyer)).status_code == 422


async def test_programs_answer_with_other_times_and_with_no(
    client: httpx.AsyncClient, world: World, buyer: dict[str, str], seller: dict[str, str]
) -> None:
    meeting = (await asked(world)).public_id
    times = [{"starts_at": at(6).starts_at.isoformat(), "ends_at": at(6).ends_at.isoformat()}]
    answer = await client.post(f"{PATH}/{meeting}/propose", json={"times": times}, headers=seller)
    assert answer.json()["version"] == 2
    late = await client.post(
        f"{PATH}/{meeting}/accept", json={"starts_at": at().starts_at.isoformat()}, headers=buyer
    )
    assert late.status_code == 422
    no = await client.post(
        f"{PATH}/{meeting}/decline",
        json={"reason": "Too late for us"},
        headers={**buyer, "Idempotency-Key": "b-3"},
    )
    assert no.json()["state"] == "DECLINED"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"with": "nobody"}, 404), ({"with": ""}, 404), ({"times": []}, 422), ({"topic": ""}, 422),
        ({"zone": "Mars/Olympus"}, 422), ({"language": "zz"}, 422), ({"event": "x"}, 422),
        ({"topic": "x\r\nATTENDEE:mailto:a@b.example"}, 201), ({"more": 1}, 422), ({"room_url": "http://x"}, 422),
        ({"times": [{"starts_at": "2027-03-04T09:30:00", "ends_at": "2027-03-04T10:30:00"}]}, 422),
        ({"times": [{"starts_at": "0001-01-01T00:00:00+14:00", "ends_at": "2027-03-04T10:30:00Z"}]}, 422),
    ],
)  # fmt: skip
async def test_bad_asks_are_refused(
    client: httpx.AsyncClient, buyer: dict[str, str], changes: dict[str, Any], status: int
) -> None:
    answer = await client.post(PATH, json=body(**changes), headers=buyer)
    assert answer.status_code in (status, 400 if status == 422 else status), answer.text
    assert await count("meeting") == (1 if status == 201 else 0)
    if status == 201:
        assert "\n" not in await fetchval("SELECT topic FROM meeting")


async def test_an_exporter_asks_only_whom_it_knows(
    client: httpx.AsyncClient, world: World, seller: dict[str, str]
) -> None:
    cold = await client.post(PATH, json=body(**{"with": world.buyer.org}), headers=seller)
    assert cold.status_code == 403
    assert "out of the blue" in cold.text
    await known(world)
    warm = await client.post(
        PATH, json=body(**{"with": world.buyer.org}), headers={**seller, "Idempotency-Key": "s-2"}
    )
    assert warm.status_code == 201


async def test_keys_that_only_look_and_keys_of_others_change_nothing(
    client: httpx.AsyncClient, world: World
) -> None:
    meeting = await agreed(world)
    looks = {**await a_key(world.buyer.firm, world.buyer.person, "view"), "Idempotency-Key": "l-1"}
    assert (await client.get(f"{PATH}/{meeting}", headers=looks)).status_code == 200
    for step, data in (("cancel", {"reason": "Not my right"}), ("decline", {"reason": "Not my right"})):
        assert (await client.post(f"{PATH}/{meeting}/{step}", json=data, headers=looks)).status_code == 403
    assert (await client.post(PATH, json=body(), headers=looks)).status_code == 403
    other = {**await a_key(world.can.firm, world.can.person, "view", "orders"), "Idempotency-Key": "o-1"}
    assert (await client.get(f"{PATH}/{meeting}", headers=other)).status_code == 404
    gone = await client.post(f"{PATH}/{meeting}/cancel", json={"reason": "Not my meeting"}, headers=other)
    assert gone.status_code == 404
    assert (await client.get(PATH, headers=other)).json()["total"] == 0
    assert (await client.get(PATH)).status_code == 401
    assert (await client.post(PATH, json=body())).status_code == 401
    without = {"authorization": looks["authorization"]}
    assert (await client.post(PATH, json=body(), headers=without)).status_code in (403, 422)
