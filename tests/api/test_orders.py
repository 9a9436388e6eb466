"""An order's whole way through the API, by a key of the importer and one of the exporter, each step safe to repeat."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import httpx
import people
import pytest
from asking import caller_of
from ordering import Trade, a_trade
from papering import a_carrier, etgb, registered

from kervan.app import create_app
from kervan.db import execute, fetchval
from kervan.inquiries.tables import InquiryState
from kervan.orders import states
from kervan.orders.deadlines import today
from kervan.organisations import keys, roles
from kervan.organisations.tables import Kind

ORDERS = "/api/v1/orders"
HOME = {"name": "Nordlicht Lager", "street": "Speicherstraße 4", "city": "Hamburg", "postcode": "20457"}


class Programs(NamedTuple):
    """The programs of both firms, at one API."""

    client: httpx.AsyncClient
    trade: Trade
    buyer: dict[str, str]
    seller: dict[str, str]

    async def ask(self, who: dict[str, str], path: str = "") -> dict[str, Any]:
        answer = await self.client.get(f"{ORDERS}{path}", headers=who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def say(
        self, who: dict[str, str], path: str, body: dict[str, Any], key: str = "", status: int = 200
    ) -> Any:
        """Posts with an Idempotency-Key and returns the answer's body."""
        answer = await self.client.post(
            f"{ORDERS}{path}", json=body, headers={**who, **({"Idempotency-Key": key} if key else {})}
        )
        assert answer.status_code == status, (path, answer.text)
        kind = "application/problem+json" if status >= 400 else "application/json"
        assert answer.headers["content-type"].startswith(kind)
        return answer.json()

    def wanted(self, quantity: int = 100, **fields: Any) -> dict[str, Any]:
        values: dict[str, Any] = {
            "lines": [{"product": self.trade.product, "quantity": quantity}],
            "destination": "DE",
            "incoterm": "DAP",
            "place": "Hamburg",
            "delivery": HOME,
            "charges": {"FREIGHT": "35.00"},
        }
        return {**values, **fields}


async def a_key(firm: people.Firm, name: str, *scopes: str) -> dict[str, str]:
    """Headers with a key of the firm, with all rights unless some are named."""
    owner = await people.make_person(name)
    await people.make_member(firm, owner, "OWNER")
    caller = await caller_of(owner)
    membership = caller.memberships[0]
    chosen = scopes or roles.SCOPES[Kind(membership.kind)]
    return {"Authorization": f"Bearer {await keys.create(caller, membership, 'ERP', chosen, 30)}"}


@pytest.fixture
async def programs(client: httpx.AsyncClient) -> Programs:
    trade = await a_trade()
    await registered(trade.exporter)
    return Programs(
        client,
        trade,
        await a_key(trade.importer_firm, "Jan Keyholder"),
        await a_key(trade.exporter_firm, "Elif Keyholder"),
    )


async def test_two_programs_take_an_order_from_the_verdict_to_its_completion(programs: Programs) -> None:
    await a_carrier()
    buyer, seller, day = programs.buyer, programs.seller, today().isoformat()
    verdict = await programs.say(buyer, "/verdict", programs.wanted())
    assert (verdict["allowed"], verdict["left_g"], verdict["left_eur"]) == (
        True,
        600_000 - 45_500,
        "29545.0000",
    )
    sent = await programs.say(buyer, "", programs.wanted(), "o-1", 201)
    path, number = f"/{sent['id']}", sent["number"]
    seen = 1

    async def take(who: dict[str, str], action: str, **more: Any) -> None:
        nonlocal seen
        now = await programs.say(who, f"{path}/steps", {"action": action, "version": seen, **more})
        seen = now["version"]

    async def paper(step: str, **body: Any) -> None:
        nonlocal seen
        await programs.say(seller, f"{path}/{step}", {"version": seen, **body}, f"{step}-{seen}")
        seen = (await programs.ask(seller, path))["data"]["version"]

    await take(seller, "accept")
    await paper("proforma", valid_until=(today() + timedelta(days=10)).isoformat())
    await take(buyer, "confirm", proforma=1)
    await paper(
        "invoice", number=f"ABC{today().year}000000001", issued_on=day, try_rate="55.9", try_rate_on=day
    )
    await paper("hand-over", carrier="HIZLI", waybill="HK1234567890", day=day, packages=2, gross_g=46_000)
    await paper("declaration", etgb_number=etgb(), registered_on=day)
    await paper("closing", day=day)
    await paper("arrival", day=day)
    await take(buyer, "complete")
    for who in (buyer, seller):
        order = (await programs.ask(who, path))["data"]
        assert (order["state"], order["number"], order["version"]) == ("COMPLETED", number, seen)
        assert [step["after"] for step in order["timeline"]] == list(states.CHAIN)
        assert order["terms"]["invoice_total"] == "455.0000"
        assert order["terms"]["verdict"]["allowed"] is True
        assert order["steps"] == []
        listed = await programs.ask(who, f"?q={number}")
        assert [row["number"] for row in listed["data"]] == [number]
    found = (await programs.ask(buyer, f"{path}/documents"))["data"]
    assert sorted(one["kind"] for one in found) == ["INVOICE", "PROFORMA"]
    assert (await programs.ask(buyer, f"{path}/shipment"))["data"]["etgb_number"] == etgb()


async def test_invariant_14_an_order_that_is_sent_again_is_the_first_one(programs: Programs) -> None:
    buyer = programs.buyer
    first = await programs.say(buyer, "", programs.wanted(), "o-1", 201)
    again = await programs.say(buyer, "", programs.wanted(), "o-1", 200)
    assert again == {**first, "again": True}
    # Also when the goods are no longer offered: what was sent was sent.
    await execute("UPDATE product SET state = 'PAUSED'")
    assert (await programs.say(buyer, "", programs.wanted(), "o-1", 200))["id"] == first["id"]
    other = await programs.say(buyer, "", programs.wanted(200), "o-1", 409)
    assert other["status"] == 409
    missing = await programs.say(buyer, "", programs.wanted(), status=422)
    assert "Idempotency-Key" in missing["detail"]
    assert await people.count("trade_order") == 1


async def test_invariant_14_a_version_that_was_seen_before_changes_nothing(programs: Programs) -> None:
    order = (await programs.say(programs.buyer, "", programs.wanted(), "o-1", 201))["id"]
    accept = {"action": "accept", "version": 1}
    assert (await programs.say(programs.seller, f"/{order}/steps", accept))["state"] == "ACCEPTED"
    await programs.say(programs.seller, f"/{order}/steps", accept, status=409)
    await programs.say(programs.buyer, f"/{order}/steps", {"action": "withdraw", "version": 2}, status=409)
    offer = {"version": 1, "lines": [{"number": 1, "quantity": 90, "unit_price": "4.00"}], "incoterm": "DAP"}
    await programs.say(programs.seller, f"/{order}/offer", offer, status=409)
    offered = await programs.say(programs.seller, f"/{order}/offer", {**offer, "version": 2})
    assert offered == {"id": order, "state": "COUNTERED", "version": 3}
    agreed = await programs.say(programs.buyer, f"/{order}/steps", {"action": "agree", "version": 3})
    assert (agreed["state"], agreed["version"]) == ("ACCEPTED", 5)
    terms = (await programs.ask(programs.buyer, f"/{order}"))["data"]["terms"]
    assert (terms["revision"], terms["invoice_total"]) == (2, "360.0000")


async def test_invariant_14_a_step_that_is_sent_again_with_its_key_gets_the_first_answer(
    programs: Programs,
) -> None:
    sent = await programs.say(programs.buyer, "", programs.wanted(), "order", 201)
    path = f"/{sent['id']}/steps"
    step = {"action": "accept", "version": 1}
    first = await programs.say(programs.seller, path, step, "accept")
    assert await programs.say(programs.seller, path, step, "accept") == first
    other = {"action": "decline", "version": 1, "reason": "Out of stock this week."}
    await programs.say(programs.seller, path, other, "accept", 409)
    assert await fetchval("SELECT count(*) FROM order_event") == 2


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_invariant_2_above_a_limit_the_problem_holds_the_verdict_and_an_inquiry_takes_the_same_lines(
    programs: Programs, language: str
) -> None:
    wanted = programs.wanted(1400, charges={})
    problem = await programs.say(programs.buyer, f"?lang={language}", wanted, "o-1", 422)
    assert (problem["code"], problem["status"]) == ("refused", 422)
    verdict = problem["verdict"]
    assert problem["detail"] == verdict["sentence"]
    assert [one["code"] for one in verdict["refusals"]] == ["REGIME_GROSS_WEIGHT"]
    [rule] = [one for one in verdict["rules"] if one["dimension"] == "GROSS_WEIGHT"]
    assert (rule["limit"], rule["used"], rule["left"], rule["fits"]) == (600_000, 637_000, -37_000, False)
    assert rule["legal_ref"]
    assert ("637" in problem["detail"]) or ("600" in problem["detail"])
    judged = await programs.say(programs.buyer, f"/verdict?lang={language}", wanted)
    assert judged == verdict
    for table in ("trade_order", "order_terms", "order_event", "exporter_load", "idempotency_key"):
        assert await people.count(table) == 0, table
    slug = await fetchval("SELECT slug FROM exporter WHERE id = $1", programs.trade.exporter)
    asked = await programs.client.post(
        "/api/v1/inquiries",
        json={"exporters": [slug], "lines": wanted["lines"], "destination": "DE"},
        headers={**programs.buyer, "Idempotency-Key": "i-1"},
    )
    assert asked.status_code == 201, asked.text
    assert await fetchval("SELECT state FROM inquiry") == InquiryState.OPEN
    assert await fetchval("SELECT quantity FROM inquiry_line") == 1400


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"lines": []}, 422, "lines"),
        ({"quantity": 0}, 422, "quantity"),
        ({"quantity": 10**12}, 422, "quantity"),
        ({"quantity": 1.5}, 400, None),
        ({"charges": {"FREIGHT": "NaN"}}, 422, "charges.FREIGHT"),
        ({"charges": {"FREIGHT": "Infinity"}}, 422, "charges.FREIGHT"),
        ({"charges": {"FREIGHT": "1e400"}}, 422, "charges.FREIGHT"),
        ({"charges": {"CUSTOMS_CLEARANCE": "10"}}, 422, "charges.CUSTOMS_CLEARANCE"),
        ({"destination": "TR"}, 422, "destination"),
        ({"incoterm": "DAF"}, 422, "incoterm"),
        ({"currency": "USD"}, 422, "currency"),
        ({"delivery": {}}, 422, "delivery.name"),
        ({"surprise": 1}, 400, None),
    ],
)
async def test_bad_input_gets_a_sentence_by_field_and_writes_nothing(
    programs: Programs, change: dict[str, Any], status: int, field: str | None
) -> None:
    change = dict(change)
    body = programs.wanted()
    if "quantity" in change:
        body["lines"][0]["quantity"] = change.pop("quantity")
    problem = await programs.say(programs.buyer, "", {**body, **change}, "o-1", status)
    assert problem["detail"]
    if field is not None:
        named = f"quantity.{programs.trade.product}" if field == "quantity" else field
        found = {one["field"]: one["detail"] for one in problem["errors"]}
        assert found[named]
    assert await people.count("trade_order") == 0


async def test_a_price_that_moved_is_told_with_what_was_seen(programs: Programs) -> None:
    line = {"product": programs.trade.product, "quantity": 100, "version": 1, "price": "4.10"}
    problem = await programs.say(programs.buyer, "", programs.wanted(lines=[line]), "o-1", 409)
    assert problem["code"] == "changed"
    assert [(one["field"], one["before"], one["now"]) for one in problem["differences"]] == [
        ("price", "4.1", "4.2")
    ]
    assert await people.count("trade_order") == 0
    # The same key serves once the buyer has seen the price of now.
    line["price"] = "4.20"
    await programs.say(programs.buyer, "", programs.wanted(lines=[line]), "o-1", 201)


DAY = "2026-11-20"
BODIES: dict[str, dict[str, Any]] = {
    "steps": {"action": "cancel", "version": 1, "reason": "As a stranger."},
    "offer": {"version": 1, "lines": [{"number": 1, "quantity": 1, "unit_price": "1"}], "incoterm": "DAP"},
    "proforma": {"version": 1, "valid_until": "2030-01-01"},
    "invoice": {"version": 1, "number": "ABC2026000000001", "issued_on": DAY},
    "packing": {"version": 1, "packages": 1, "gross_g": 50_000},
    "hand-over": {"version": 1, "carrier": "HIZLI", "day": DAY, "packages": 1, "gross_g": 50_000},
    "declaration": {"version": 1, "etgb_number": etgb(), "registered_on": DAY},
    "closing": {"version": 1, "day": DAY},
    "arrival": {"version": 1, "day": DAY},
}
"""One that is well formed for every change of an order that the document knows."""


async def test_invariant_13_no_key_of_others_reaches_an_order_by_any_route(
    programs: Programs, client: httpx.AsyncClient
) -> None:
    order = (await programs.say(programs.buyer, "", programs.wanted(), "o-1", 201))["id"]
    other = await a_trade("baska-havlu")
    strangers = {
        "EXPORTER": await a_key(other.exporter_firm, "Ece Stranger"),
        "IMPORTER": await a_key(other.importer_firm, "Zoe Stranger"),
    }
    looks = {
        "EXPORTER": await a_key(programs.trade.exporter_firm, "Elif Looker", roles.VIEW),
        "IMPORTER": await a_key(programs.trade.importer_firm, "Jan Looker", roles.VIEW),
    }
    tried = 0
    document = create_app(with_worker=False).openapi_schema.to_schema()
    for path, item in document["paths"].items():
        if "{order}" not in path:
            continue
        address = re.sub(r"{[a-z]+}", "xxxxxxxxxxxx", path.replace("{order}", order))
        for method in item:
            body = None if method == "get" else BODIES[path.rpartition("/")[2]]
            for kind, key in strangers.items():
                headers = {**key, "Idempotency-Key": f"s-{tried}"}
                answer = await client.request(method, address, json=body, headers=headers)
                # An importer's key is no exporter's, whosever order it is; nothing else tells that the order is there.
                assert answer.status_code in ((404,) if kind == "EXPORTER" or method == "get" else (403, 404)), (
                    method, path, kind, answer.text,
                )  # fmt: skip
                missing = await client.request(
                    method, address.replace(order, "aaaaaaaaaaaa"), json=body, headers=headers
                )
                assert missing.status_code == answer.status_code, (method, path, kind)
                assert missing.json()["detail"] == answer.json()["detail"], (method, path, kind)
                tried += 1
            for kind, key in looks.items():
                answer = await client.request(
                    method, address, json=body, headers={**key, "Idempotency-Key": f"l-{tried}"}
                )
                expected = (200, 404) if method == "get" else (403,)
                assert answer.status_code in expected, (method, path, kind, answer.text)
            nobody = await client.request(method, address, json=body, headers={"Idempotency-Key": "n"})
            assert nobody.status_code == 401, (method, path)
    assert tried == 2 * (len(BODIES) + 4)
    assert await fetchval("SELECT version FROM trade_order WHERE public_id = $1", order) == 1
    assert await people.count("order_event") == 1


async def test_amounts_are_strings_and_weights_numbers(programs: Programs) -> None:
    order = (await programs.say(programs.buyer, "", programs.wanted(), "o-1", 201))["id"]
    terms = (await programs.ask(programs.buyer, f"/{order}"))["data"]["terms"]
    for name in ("goods_total", "invoice_total", "total_eur", "eur_rate"):
        assert Decimal(terms[name]) > 0, name
        assert isinstance(terms[name], str), name
    assert terms["gross_weight_g"] == 45_500
    assert terms["charges"] == {"FREIGHT": "35.0000"}
