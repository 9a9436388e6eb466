"""Writes of an exporter's programs: keys and scopes, the same rules as the form, safe to repeat."""

from typing import Any

import httpx
import people
from desk import load_tariff
from factories import make_exporter, make_product

from kervan import vault
from kervan.db import execute, fetch, fetchval
from kervan.organisations.keys import PREFIX

PATH = "/api/v1/inventory/products"
BODY: dict[str, Any] = {
    "texts": {"tr": {"name": "Pamuk havlu"}, "en": {"name": "Cotton towel", "description": "Soft."}},
    "hs_code": "630260000011",
    "gross_weight_g": 455,
    "net_weight_g": 420,
    "moq": 50,
    "currency": "EUR",
    "tiers": [{"from_quantity": 50, "unit_price": "4.20"}, {"from_quantity": 200, "unit_price": "3.60"}],
    "package": {"units": 40, "length_mm": 600},
    "certificates": ["ISO 9001"],
    "micro_export_ok": True,
}


async def _key(firm: people.Firm, *scopes: str, name: str = "Can Demir") -> dict[str, str]:
    """The header of a new key of an owner of the firm."""
    owner = await people.make_person(name)
    await people.make_member(firm, owner, "OWNER")
    key = PREFIX + vault.new_token()
    await execute(
        """INSERT INTO api_key (public_id, key_hash, begins, organisation, name, scopes, created_by, expires_at)
        VALUES ($1, $2, $3, $4, 'Tests', $5, $6, now() + interval '1 day')""",
        vault.new_token()[:12], vault.token_hash(key), key[:11], firm.id, list(scopes), owner,
    )  # fmt: skip
    return {"authorization": f"Bearer {key}"}


async def _firm(**fields: Any) -> people.Firm:
    return await people.firm_of(await make_exporter(**fields))


async def test_a_product_is_created_as_a_draft_and_the_second_time_nothing_changes(
    client: httpx.AsyncClient,
) -> None:
    key = await _key(await _firm(), "view", "products")
    await load_tariff("630260000011")
    made = await client.put(f"{PATH}/HV-1", json=BODY, headers=key)
    assert made.status_code == 201
    data = made.json()["data"]
    assert (data["state"], data["sku"], data["version"]) == ("DRAFT", "HV-1", 1)
    assert data["tiers"][0] == {"from_quantity": 50, "unit_price": "4.2"}
    assert (data["tariff_year"], data["package"]["units"], data["micro_export_ok"]) == (2026, 40, True)
    again = await client.put(f"{PATH}/HV-1", json=BODY, headers=key)
    assert (again.status_code, again.json()["data"]["version"]) == (200, 1)
    [audited] = await fetch("SELECT actor FROM audit_entry WHERE action = 'product.created'")
    assert audited["actor"].startswith("key:")
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE action = 'product.updated'") == 0
    dearer = await client.put(
        f"{PATH}/HV-1", json=BODY | {"tiers": [{"from_quantity": 50, "unit_price": "5"}]}, headers=key
    )
    assert dearer.json()["data"]["version"] == 2


async def test_every_wrong_field_is_named_with_its_sentence(client: httpx.AsyncClient) -> None:
    key = await _key(await _firm(), "products")
    body = BODY | {
        "gtin": "123",
        "gross_weight_g": 400,
        "currency": "XXQ",
        "texts": {"en": {"name": "Towel"}},
    }
    answer = await client.put(f"{PATH}/HV-1", json=body, headers=key)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    errors = {error["field"]: error["detail"] for error in answer.json()["errors"]}
    assert errors.keys() == {"gtin", "gross_weight_g", "currency", "name_tr"}
    assert errors["gross_weight_g"] == "The gross weight cannot be below the net weight."
    assert await fetchval("SELECT count(*) FROM product") == 0


async def test_a_body_of_another_shape_is_refused_by_field(client: httpx.AsyncClient) -> None:
    key = await _key(await _firm(), "products")
    for change in ({"moq": "many"}, {"colour": "blue"}, {"tiers": [{"from_quantity": 1}]}):
        answer = await client.put(f"{PATH}/HV-1", json=BODY | change, headers=key)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), (
            change
        )
    assert (await client.put(f"{PATH}/HV-1", content=b"{", headers=key)).status_code == 400


async def test_micro_export_is_switched_off_with_a_notice_when_the_law_does_not_allow_it(
    client: httpx.AsyncClient,
) -> None:
    key = await _key(await _firm(), "products")
    answer = await client.put(f"{PATH}/HV-1", json=BODY | {"hs_code": None}, headers=key)
    data = answer.json()["data"]
    assert (data["micro_export_ok"], data["exclusion_reason"]) == (False, "NOT_CLASSIFIED")
    assert data["notices"] == ["Micro-export is switched off until the product has a 12-digit GTIP."]


async def test_publishing_is_for_verified_firms_and_safe_to_repeat(client: httpx.AsyncClient) -> None:
    key = await _key(await _firm(), "products")
    await client.put(f"{PATH}/HV-1", json=BODY, headers=key)
    for _ in range(2):
        answer = await client.post(f"{PATH}/HV-1/state", json={"action": "publish"}, headers=key)
        assert (answer.status_code, answer.json()) == (200, {"sku": "HV-1", "state": "PUBLISHED"})
    assert (
        await client.post(f"{PATH}/HV-1/state", json={"action": "archive"}, headers=key)
    ).status_code == 200
    back = await client.post(f"{PATH}/HV-1/state", json={"action": "publish"}, headers=key)
    assert back.status_code == 409
    assert (await client.put(f"{PATH}/HV-1", json=BODY, headers=key)).status_code == 409
    other = await _key(
        await _firm(slug="can-zeytin", verification="SUSPENDED"), "products", name="Fatma Kaya"
    )
    await client.put(f"{PATH}/ZY-1", json=BODY, headers=other)
    refused = await client.post(f"{PATH}/ZY-1/state", json={"action": "publish"}, headers=other)
    assert refused.status_code == 409
    assert "not verified yet" in refused.json()["detail"]


async def test_the_inventory_shows_all_states_in_pages_and_only_ones_own(client: httpx.AsyncClient) -> None:
    firm = await _firm()
    key = await _key(firm, "products")
    await make_product(await make_exporter("can-zeytin"), "ZY-1")
    for sku in ("A", "B", "C"):
        await client.put(f"{PATH}/{sku}", json=BODY, headers=key)
    await client.post(f"{PATH}/B/state", json={"action": "publish"}, headers=key)
    first = (await client.get(PATH, params={"per_page": 2}, headers=key)).json()
    assert [entry["sku"] for entry in first["data"]] == ["A", "B"]
    assert (first["total"], first["pages"]) == (3, 2)
    rest = (await client.get(first["links"]["next"], headers=key)).json()
    assert [entry["sku"] for entry in rest["data"]] == ["C"]
    drafts = (await client.get(PATH, params={"state": "DRAFT"}, headers=key)).json()
    assert [entry["sku"] for entry in drafts["data"]] == ["A", "C"]
    assert (await client.get(f"{PATH}/ZY-1", headers=key)).status_code == 404
    answer = await client.get(f"{PATH}/A", headers=key)
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_no_key_is_401_a_key_without_the_scope_403(client: httpx.AsyncClient) -> None:
    firm = await _firm()
    looks_on = await _key(firm, "view")
    wrong = {"authorization": f"Bearer {PREFIX}{vault.new_token()}"}
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", PATH, {}),
        ("GET", f"{PATH}/HV-1", {}),
        ("PUT", f"{PATH}/HV-1", {"json": BODY}),
        ("POST", f"{PATH}/HV-1/state", {"json": {"action": "publish"}}),
    ]
    for method, path, body in requests:
        for headers, status in (({}, 401), (wrong, 401), (looks_on, 403)):
            answer = await client.request(method, path, headers=headers, **body)
            assert (answer.status_code, answer.headers["content-type"]) == (
                status,
                "application/problem+json",
            )
        # A session of a member is no key: programs have keys of their own.
        person = await people.make_person(
            f"Deniz {method} {len(path)}", email=f"{method}{len(path)}@example.com"
        )
        await people.make_member(firm, person, "OWNER")
        await people.sign_in(client, person)
        answer = await client.request(method, path, **body)
        assert answer.status_code == 401
        people.sign_out(client)
