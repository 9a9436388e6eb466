"""Notifications for programs: those of the key's maker about the key's organisation; a session sees all of its own."""

import httpx
import pytest
from keying import a_key
from notifying import House, ids, told
from people import sign_in, token_of

from kervan.notifications import queries
from kervan.notifications.queries import Reader
from kervan.web import csrf

PATH = "/api/v1/notifications"


@pytest.fixture
async def key(house: House) -> dict[str, str]:
    """Of Ayşe for her firm; she is told of three things there, of one for herself, and Can of one."""
    for number in ("SP-1", "SP-2", "SP-3"):
        await told(house.ayse, number=number, organisation=house.firm.id, path="/desk/x?a=b")
    await told(house.ayse, number="own")
    await told(house.can, number="SP-1", organisation=house.firm.id)
    return await a_key(house.firm, house.ayse, "view")


async def test_nobody_reads_without_a_key_or_a_session(client: httpx.AsyncClient) -> None:
    for answer in (await client.get(PATH), await client.post(f"{PATH}/read", json={"all": True})):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_key_that_was_not_made_for_reading_reads_nothing(
    client: httpx.AsyncClient, house: House
) -> None:
    key = await a_key(house.firm, house.ayse, "products")
    assert (await client.get(PATH, headers=key)).status_code == 403


async def test_a_key_lists_what_concerns_its_firm_page_by_page(
    client: httpx.AsyncClient, house: House, key: dict[str, str]
) -> None:
    answer = await client.get(f"{PATH}?per_page=2", headers={**key, "Accept-Language": "tr"})
    body = answer.json()
    assert [line["data"]["number"] for line in body["data"]] == ["SP-3", "SP-2"]
    assert {name: body[name] for name in ("unread", "total", "page", "pages", "per_page")} == {
        "unread": 3, "total": 3, "page": 1, "pages": 2, "per_page": 2,
    }  # fmt: skip
    assert body["links"]["next"] == f"{PATH}?per_page=2&page=2"
    line = body["data"][0]
    assert line["url"] == "https://kervan.test/tr/desk/x?a=b"
    assert (line["kind"], line["organisation"]) == ("message_received", house.firm.public_id)
    assert "SP-3" in line["text"]
    assert line["read_at"] is None
    assert answer.headers["cache-control"] == "private, no-cache"
    second = (await client.get(body["links"]["next"], headers=key)).json()
    assert [line["data"]["number"] for line in second["data"]] == ["SP-1"]


async def test_a_session_lists_all_of_its_own(
    client: httpx.AsyncClient, house: House, key: dict[str, str]
) -> None:
    await sign_in(client, house.ayse)
    assert (await client.get(PATH)).json()["total"] == 4
    token = await token_of(client, "/en/notifications")
    assert (await client.post(f"{PATH}/read", json={"all": True})).status_code == 401
    marked = await client.post(f"{PATH}/read", json={"all": True}, headers={csrf.HEADER: token})
    assert marked.json() == {"marked": 4, "unread": 0}


async def test_some_or_all_are_marked_as_read_and_again_does_no_harm(
    client: httpx.AsyncClient, house: House, key: dict[str, str]
) -> None:
    [others] = await ids(house.can)
    own, newest, *_ = await ids(house.ayse)
    wanted = {"ids": [newest, own, others, "no-such-id"]}
    first = await client.post(f"{PATH}/read", json=wanted, headers=key)
    assert first.json() == {"marked": 1, "unread": 2}
    assert (await client.post(f"{PATH}/read", json=wanted, headers=key)).json() == {"marked": 0, "unread": 2}
    unread = (await client.get(f"{PATH}?show=unread", headers=key)).json()
    assert [line["data"]["number"] for line in unread["data"]] == ["SP-2", "SP-1"]
    everything = await client.post(f"{PATH}/read", json={"all": True}, headers=key)
    assert everything.json() == {"marked": 2, "unread": 0}
    # Neither what concerns Ayşe alone nor what Can was told.
    assert await queries.unread(Reader(house.ayse)) == 1
    assert await queries.unread(Reader(house.can)) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ids"),
        ({"ids": ["a"], "all": True}, "ids"),
        ({"ids": ["a"] * 201}, "ids"),
        ({"all": "yes"}, "all"),
    ],
)
async def test_what_cannot_be_marked_is_refused_beside_its_field(
    client: httpx.AsyncClient, key: dict[str, str], body: dict[str, object], field: str
) -> None:
    answer = await client.post(f"{PATH}/read", json=body, headers=key)
    assert answer.status_code in (400, 422)
    assert field in answer.text


@pytest.mark.parametrize("query", ["show=read", "page=0", "page=x", "per_page=101", "page="])
async def test_a_wrong_parameter_is_refused(
    client: httpx.AsyncClient, key: dict[str, str], query: str
) -> None:
    assert (await client.get(f"{PATH}?{query}", headers=key)).status_code == 422
