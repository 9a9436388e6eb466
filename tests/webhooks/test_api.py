"""Webhooks by program: a key that was made for them does all that the page does, and a key that was not nothing."""

from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from people import make_importer, make_member, make_person, sign_in
from receiving import Receiver

from kervan.db import execute, fetchval
from kervan.organisations import keys
from kervan.settings import Settings
from kervan.webhooks.receiver_example import verify

from .conftest import Owned, caller, later, make_hook, tell, work

PATH = "/api/v1/webhooks"


@pytest.fixture
def local(fresh_app: Litestar) -> None:
    fresh_app.state.settings = msgspec.structs.replace(fresh_app.state.settings, webhooks_local=True)


async def key_of(owned: Owned, *scopes: str) -> dict[str, str]:
    """Headers with a new key of the firm."""
    who, place = await caller(owned)
    return {"Authorization": f"Bearer {await keys.create(who, place, 'ERP', scopes or ('webhooks',), 30)}"}


async def make(client: httpx.AsyncClient, key: dict[str, str], url: str, **fields: Any) -> httpx.Response:
    wanted = {"name": "ERP", "url": url, "events": ["order.submitted"], **fields}
    return await client.post(PATH, json=wanted, headers=key)


@pytest.mark.usefixtures("local")
async def test_a_webhook_lives_its_whole_life_by_program(
    client: httpx.AsyncClient, owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    key = await key_of(owned)
    made = await make(client, key, receiver.url)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    data = made.json()["data"]
    one = f"{PATH}/{data['id']}"
    secret = data.pop("secret")
    assert secret.startswith("whsec_")
    assert (await client.get(PATH, headers=key)).json()["data"] == [data]
    assert (await client.get(one, headers=key)).json()["data"] == data

    sent = await client.post(f"{one}/ping", headers=key)
    assert sent.status_code == 202
    await work(settings)
    assert verify(secret, receiver.got[0].headers, receiver.got[0].body)["event"] == "ping"

    receiver.status, receiver.said = 503, b"later"
    await tell(owned, event_id="o-1")
    await execute("UPDATE webhook_delivery SET attempts = 7 WHERE event_id = 'o-1'")
    await work(settings)
    log = (await client.get(f"{one}/deliveries?state=FAILED", headers=key)).json()
    assert log["total"] == 1
    [line] = log["data"]
    assert (line["event_id"], line["last_status"], line["last_answer"]) == ("o-1", 503, "later")
    assert line["next_try_at"] is None
    receiver.status = 200
    again = f"{one}/deliveries/{line['id']}/redeliver"
    assert (await client.post(again, headers=key)).json() == {"delivery": line["id"]}
    assert (await client.post(again, headers=key)).status_code == 409
    await later()
    await work(settings)
    assert (await client.get(f"{one}/deliveries?state=SENT", headers=key)).json()["total"] == 2

    new = (await client.post(f"{one}/secret", headers=key)).json()["secret"]
    assert new not in ("", secret)

    changed = await client.patch(one, json={"name": "Depo", "active": False}, headers=key)
    assert changed.json()["data"] == {**data, "name": "Depo", "active": False, "paused_reason": "BY_HAND"}
    assert (await client.patch(one, json={"active": True}, headers=key)).json()["data"]["active"] is True
    removed = await client.delete(one, headers=key)
    assert (removed.status_code, removed.content) == (204, b"")
    assert (await client.get(one, headers=key)).status_code == 404
    assert (await client.get(PATH, headers=key)).json()["data"] == []
    assert (
        await fetchval("SELECT count(*) FROM audit_entry WHERE actor LIKE 'key:%' AND entity = 'webhook'")
        == 8
    )


async def test_without_a_key_for_webhooks_nothing_opens(
    client: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    hook = await make_hook(owned, receiver.url)
    paths = [
        ("GET", PATH), ("POST", PATH), ("GET", f"{PATH}/{hook.id}"), ("PATCH", f"{PATH}/{hook.id}"),
        ("DELETE", f"{PATH}/{hook.id}"), ("POST", f"{PATH}/{hook.id}/secret"), ("POST", f"{PATH}/{hook.id}/ping"),
        ("GET", f"{PATH}/{hook.id}/deliveries"), ("POST", f"{PATH}/{hook.id}/deliveries/abcdefghjkmn/redeliver"),
    ]  # fmt: skip
    products = await key_of(owned, "products")
    body = {"name": "x", "url": "https://hooks.example.com", "events": ["order.submitted"]}
    for method, path in paths:
        sent = {"json": body} if method in ("POST", "PATCH") else {}
        assert (await client.request(method, path, **sent)).status_code == 401, (method, path)
        assert (await client.request(method, path, headers=products, **sent)).status_code == 403, (
            method,
            path,
        )
    await sign_in(client, owned.owner)
    assert (await client.get(PATH)).status_code == 401, "a session is no key"
    assert await fetchval("SELECT count(*) FROM webhook WHERE removed_at IS NULL") == 1


async def test_a_key_of_another_firm_finds_nothing(
    client: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    hook = await make_hook(owned, receiver.url)
    importer, buyer = await make_importer(), await make_person("Jonas Petersen")
    await make_member(importer, buyer, "OWNER")
    key = await key_of(Owned(importer, buyer))
    assert (await client.get(PATH, headers=key)).json()["data"] == []
    for method, path, body in (
        ("GET", "", None), ("DELETE", "", None), ("PATCH", "", {"name": "x"}), ("POST", "/ping", None),
        ("POST", "/secret", None), ("GET", "/deliveries", None),
    ):  # fmt: skip
        answer = await client.request(method, f"{PATH}/{hook.id}{path}", json=body, headers=key)
        assert answer.status_code == 404, (method, path)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "http://hooks.example.com"}, "url"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "https://localhost"}, "url"),
        ({"events": ["order.eaten"]}, "events"),
        ({"events": []}, "events"),
        ({"events": ["ping"]}, "events"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\x00b"}, "name"),
    ],
)
async def test_bad_input_is_a_422_that_names_the_field(
    client: httpx.AsyncClient, owned: Owned, fields: dict[str, object], field: str
) -> None:
    answer = await make(client, await key_of(owned), **{"url": "https://192.0.2.7", **fields})  # type: ignore[arg-type]  # fields by name
    assert answer.status_code == 422
    assert field in [problem["field"] for problem in answer.json()["errors"]]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"name": 1}', b'{"name":"x","url":"https://a.example","events":["a"],"x":1}'],
)
async def test_what_is_no_webhook_at_all_is_refused(
    client: httpx.AsyncClient, owned: Owned, body: bytes
) -> None:
    headers = {**await key_of(owned), "Content-Type": "application/json"}
    assert (await client.post(PATH, content=body, headers=headers)).status_code in (400, 422)


@pytest.mark.usefixtures("local")
async def test_the_log_goes_page_by_page(client: httpx.AsyncClient, owned: Owned, receiver: Receiver) -> None:
    hook = await make_hook(owned, receiver.url)
    for number in range(5):
        await tell(owned, event_id=f"o-{number}")
    key = await key_of(owned)
    found = (await client.get(f"{PATH}/{hook.id}/deliveries?per_page=2&page=2", headers=key)).json()
    assert [line["event_id"] for line in found["data"]] == ["o-2", "o-1"]
    assert (found["total"], found["pages"]) == (5, 3)
    assert found["links"]["next"] == f"{PATH}/{hook.id}/deliveries?per_page=2&page=3"
    for query in ("page=0", "page=x", "per_page=201", "state=EATEN"):
        answer = await client.get(f"{PATH}/{hook.id}/deliveries?{query}", headers=key)
        assert answer.status_code == 422, query
