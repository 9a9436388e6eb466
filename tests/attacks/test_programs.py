"""Hostile programs with a key of their own: nothing fails, and no key reaches what it was not made for."""

from typing import Any

import httpx
import pytest
from factories import make_exporter
from people import Firm, firm_of, make_importer, make_member, make_person

from kervan import vault
from kervan.db import execute, fetchval
from kervan.organisations.keys import PREFIX

PATH = "/api/v1/inventory/products"
GOOD: dict[str, Any] = {"texts": {"tr": {"name": "Pamuk havlu"}}}


async def _key(firm: Firm, *scopes: str, role: str = "OWNER") -> dict[str, str]:
    maker = await make_person("Maker", f"maker.{role}.{firm.id}@example.com")
    await make_member(firm, maker, role)
    key = PREFIX + vault.new_token()
    await execute(
        """INSERT INTO api_key (public_id, key_hash, begins, organisation, name, scopes, created_by, expires_at)
        VALUES ($1, $2, $3, $4, 'Tests', $5, $6, now() + interval '1 day')""",
        vault.new_token()[:12], vault.token_hash(key), key[:11], firm.id, list(scopes), maker,
    )  # fmt: skip
    return {"authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"texts": {"tr": {"name": "a\\u0000b"}}}',
        b'{"texts": {"tr": {"name": "\\ud800"}}}',
        b'{"texts": {"tr": {"name": "' + b"x" * 10_000 + b'"}}}',
        b'{"texts": {"\\u0000": {"name": "x"}}}',
        b'{"texts": {"tr": {"name": "x"}}, "moq": 99999999999999999999999}',
        b'{"texts": {"tr": {"name": "x"}}, "moq": NaN}',
        b'{"texts": {"tr": {"name": "x"}}, "gross_weight_g": 9223372036854775807}',
        b'{"texts": {"tr": {"name": "x"}}, "currency": "EUR", "tiers": [{"from_quantity": 1, "unit_price": "1e400"}]}',
        b'{"texts": {"tr": {"name": "x"}}, "currency": "EUR", "tiers": [{"from_quantity": 1, "unit_price": "NaN"}]}',
        b'{"texts": {"tr": {"name": "x"}}, "keywords": ["a\\u0000"], "certificates": ["\\u0000"]}',
        b'{"texts": {"tr": {"name": "x"}}, "brand": "a\\u0000", "gtin": "\\u0000", "origin": "\\u0000"}',
        b'{"texts": {"tr": {"name": "x"}}, "state": "PUBLISHED", "exporter": 1}',
        b"[" * 100_000,
        b'{"texts":' * 3000,
        b"\xff\xfe",
        b"",
        b"null",
    ],
)
async def test_no_body_of_a_program_fails(client: httpx.AsyncClient, body: bytes) -> None:
    key = await _key(await firm_of(await make_exporter()), "view", "products")
    answer = await client.put(f"{PATH}/A-1", content=body, headers=key | {"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await fetchval("SELECT count(*) FROM product") == 0


@pytest.mark.parametrize("sku", ["%00", "a%00b", "%E2%80%AE", "x" * 65, "%2e%2e", "%0d%0aX: y"])
async def test_no_name_of_a_product_in_an_address_fails(client: httpx.AsyncClient, sku: str) -> None:
    key = await _key(await firm_of(await make_exporter()), "view", "products")
    for method, path, body in (
        ("PUT", f"{PATH}/{sku}", GOOD),
        ("POST", f"{PATH}/{sku}/state", {"action": "publish"}),
    ):
        answer = await client.request(method, path, json=body, headers=key)
        assert answer.status_code < 500, answer.text
    assert (await client.get(f"{PATH}/{sku}", headers=key)).status_code < 500


async def test_no_other_key_writes(client: httpx.AsyncClient) -> None:
    """Neither one to look on, nor one whose maker may not any more, nor an importer's, nor one beyond its scopes."""
    firm = await firm_of(await make_exporter())
    keys = {
        "to look on": await _key(firm, "view"),
        "of a viewer": await _key(firm, "view", "products", role="VIEWER"),
        "of an order desk": await _key(firm, "view", "products", role="ORDER_DESK"),
        "of an importer": await _key(await make_importer(), "view", "products", "administer", role="BUYER"),
    }
    for which, key in keys.items():
        answer = await client.put(f"{PATH}/A-1", json=GOOD, headers=key)
        assert answer.status_code == 403, which
    for header in ("Bearer", "Bearer ", "Bearer x", "bearer kervan_", "Token x", "Basic eDp5", "\x7f"):
        answer = await client.put(f"{PATH}/A-1", json=GOOD, headers={"authorization": header})
        assert answer.status_code == 401, header


async def test_a_key_of_one_firm_does_not_find_the_products_of_another(client: httpx.AsyncClient) -> None:
    own = await _key(await firm_of(await make_exporter()), "view", "products")
    other = await _key(
        await firm_of(await make_exporter("zoe-iplik", trade_name="Zoe İplik", vkn="1408233111")),
        "view",
        "products",
    )
    assert (await client.put(f"{PATH}/A-1", json=GOOD, headers=other)).status_code == 201
    assert (await client.get(f"{PATH}/A-1", headers=own)).status_code == 404
    answer = await client.post(f"{PATH}/A-1/state", json={"action": "archive"}, headers=own)
    assert answer.status_code == 404
    assert await fetchval("SELECT state FROM product") == "DRAFT"


async def test_a_firm_that_is_suspended_publishes_nothing_by_its_key(client: httpx.AsyncClient) -> None:
    exporter = await make_exporter()
    key = await _key(await firm_of(exporter), "view", "products")
    await client.put(f"{PATH}/A-1", json=GOOD, headers=key)
    await execute("UPDATE exporter SET verification = 'SUSPENDED' WHERE id = $1", exporter)
    answer = await client.post(f"{PATH}/A-1/state", json={"action": "publish"}, headers=key)
    assert (answer.status_code, "not verified" in answer.json()["detail"]) == (409, True)
