"""The OpenAPI document, and the API held against it by schemathesis."""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import people
import pytest
import schemathesis
from asking import ask, make_world, quote, recipient_of, side
from day_world import content
from hypothesis import HealthCheck, Phase, given, settings, strategies
from ordering import caller_of
from papering import a_proforma, accepted, handed_over
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from kervan.app import create_app
from kervan.db import fetch
from kervan.documents.service import issue_proforma
from kervan.files import store
from kervan.meetings import days
from kervan.organisations import keys, roles
from kervan.organisations.tables import Kind


@pytest.fixture
async def document(api: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get("/schema/openapi.json")).json()
    return found


PUBLIC = (
    "products", "products/{id}", "exporters", "exporters/{slug}", "suggest",
    "nomenclature", "nomenclature/search", "nomenclature/{code}", "requests", "requests/{public_id}",
    "events", "events/{public_id}",
)  # fmt: skip
"""What everybody may read; all else, and to write there, needs a key."""
SECURED = (
    "me",
    "inventory/products", "inventory/products/{sku}", "inventory/products/{sku}/state",
    "orders", "orders/verdict", "orders/{order}", "orders/{order}/steps", "orders/{order}/offer",
    "orders/{order}/documents", "orders/{order}/documents/{document}/{file}",
    "orders/{order}/proforma", "orders/{order}/invoice", "orders/{order}/packing",
    "orders/{order}/shipment", "orders/{order}/hand-over", "orders/{order}/declaration", "orders/{order}/closing",
    "orders/{order}/arrival",
    "inquiries", "inquiries/{inquiry}", "inquiries/{inquiry}/close", "inquiries/{inquiry}/decline",
    "inquiries/{inquiry}/quote", "inquiries/{inquiry}/quote/withdraw",
    "inquiries/{inquiry}/{recipient}/accept", "inquiries/{inquiry}/{recipient}/decline",
    "inquiries/{inquiry}/{recipient}/messages",
    "inquiries/{inquiry}/{recipient}/irrelevant", "inquiries/{inquiry}/{recipient}/relevant",
    "meetings", "meetings/{meeting}", "meetings/{meeting}/accept", "meetings/{meeting}/propose",
    "meetings/{meeting}/decline", "meetings/{meeting}/cancel",
    "meeting-days", "meeting-days/{day}", "meeting-days/{day}/times", "meeting-days/{day}/wishes",
    "meeting-days/{day}/participants", "meeting-days/{day}/agenda", "meeting-days/{day}/withdraw",
    "requests/{public_id}/answers",
    "requests/{public_id}/submit", "requests/{public_id}/take-back", "requests/{public_id}/withdraw",
    "own-requests", "own-requests/{public_id}",
    "alerts", "alerts/{alert}", "alerts/{alert}/deliveries",
    "webhooks", "webhooks/{hook}", "webhooks/{hook}/secret", "webhooks/{hook}/ping", "webhooks/{hook}/deliveries",
    "webhooks/{hook}/deliveries/{delivery}/redeliver",
    "matches", "requests/{id}/invitations",
    "notifications", "notifications/read", "requests/{public_id}/files/{file}",
    "registrations", "registrations/{registration}", "registrations/{registration}/cancel",
    "registrations/{registration}/answer",
)  # fmt: skip
FILES = ("orders/{order}/documents/{document}/{file}", "requests/{public_id}/files/{file}")
"""Bytes that never change: no entity tag is needed."""
SAFE_TO_REPEAT = ("orders/verdict",)
# Steps that name the version which was seen: a second one is refused, with a key it gets the first answer.
BY_VERSION = ("orders/{order}/steps", "orders/{order}/offer")
"""Changes that name the version that was seen, or none at all: they need no Idempotency-Key."""


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path behind /api/v1/, operation) of everything that can be asked."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path.removeprefix("/api/v1/"), operation


async def test_every_route_of_the_api_is_described(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert {path for _, path, _ in operations(document)} == {*PUBLIC, *SECURED}


def test_every_default_in_the_schemas_is_plain_json() -> None:
    """One that is an object of ours is written by msgspec all the same, and stops who reads the schema in Python."""
    json.dumps(create_app().openapi_schema.to_schema()["components"]["schemas"])


async def test_every_operation_has_words_tags_errors_and_an_example(document: dict[str, Any]) -> None:
    known = {tag["name"] for tag in document["tags"]}
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for method, path, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        assert set(operation["tags"]) <= known, path
        assert {"200", "201", "202", "204"} & operation["responses"].keys(), path
        assert {"422", "429", "503"} <= operation["responses"].keys(), path
        assert ("304" in operation["responses"]) == (method == "get" and path not in FILES), path
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], path
                assert answer["content"]["application/problem+json"]["examples"], path
        parameters = [parameter["name"] for parameter in operation["parameters"]]
        assert len(parameters) == len(set(parameters))
        assert "lang" in parameters
        in_path = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert in_path == set(re.findall(r"{([a-z_]+)}", path)), path
        # What names something that may not be there says so.
        if method == "get" and in_path:
            assert "404" in operation["responses"], path


async def test_writes_and_what_is_ones_own_need_a_key(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        secured = operation.get("security") == [{"bearer": []}]
        assert secured == (path in SECURED or method != "get"), (method, path)
        assert ("401" in operation["responses"]) == secured, (method, path)
        assert ("403" in operation["responses"]) == (secured and path != "me"), (method, path)


async def test_what_trade_writes_is_safe_to_send_twice(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        if method == "get" or not path.startswith(("orders", "inquiries", "meeting")):
            continue
        header = [each for each in operation["parameters"] if each["name"] == "Idempotency-Key"]
        assert bool(header) == (path not in SAFE_TO_REPEAT), path
        assert all(each["in"] == "header" for each in header), path
        assert all(each.get("required", False) == (path not in BY_VERSION) for each in header), path
        assert ("409" in operation["responses"]) == (path != "orders/verdict"), path


async def test_prices_are_described_as_the_strings_they_are(document: dict[str, Any]) -> None:
    price = document["components"]["schemas"]["ProductCard"]["properties"]["price_min"]
    assert {"null", "string"} == {option["type"] for option in price["oneOf"]}


async def test_yaml_says_the_same(api: httpx.AsyncClient) -> None:
    answer = await api.get("/schema/openapi.yaml")
    assert answer.status_code == 200
    assert "/api/v1/products" in answer.text


async def test_no_viewer_with_foreign_scripts_is_served(api: httpx.AsyncClient) -> None:
    for name in ("swagger", "redoc", "elements", "rapidoc", ""):
        answer = await api.get(f"/schema/{name}")
        assert "<script" not in answer.text or 'src="/static/' in answer.text
        assert "cdn" not in answer.text


def _cases(paths: Collection[str]) -> Any:
    """Requests to these paths as the document allows them, and requests that it forbids."""
    document = create_app(with_worker=False).openapi_schema.to_schema()
    # Keys are these tests' own to send: schemathesis would make up some.
    for _, _, operation in operations(document):
        operation.pop("security", None)
    schema = schemathesis.openapi.from_dict(document)
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    found = [each.ok() for each in schema.get_all_operations()]
    found = [each for each in found if each.path.removeprefix("/api/v1/") in paths]
    return strategies.one_of(*(one.as_strategy(generation_mode=mode) for one in found for mode in modes))


# Rules between parameters (price_to below price_from, pages past the 1,000th result) cannot be said in OpenAPI.
LEFT_OUT = [positive_data_acceptance]
# A refused request can be read as it is: making it smaller takes a minute.
PHASES = (Phase.explicit, Phase.generate)
HEALTH = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
]


async def sent(api: httpx.AsyncClient, case: Any, headers: dict[str, str]) -> httpx.Response:
    """The answer to a request that schemathesis made."""
    wanted = case.as_transport_kwargs(base_url=str(api.base_url).rstrip("/"))
    body = {"json": wanted["json"]} if wanted.get("json") is not None else {"content": wanted.get("data")}
    return await api.request(
        wanted["method"],
        wanted["url"],
        params=wanted["params"],
        headers={**wanted["headers"], **headers},
        **body,
    )


@pytest.mark.usefixtures("stock")
@given(case=strategies.deferred(lambda: _cases(PUBLIC)))
@settings(max_examples=250, deadline=None, derandomize=True, phases=PHASES, suppress_health_check=HEALTH)
async def test_no_request_breaks_what_the_document_promises(api: httpx.AsyncClient, case: Any) -> None:
    answer = await sent(api, case, {})
    case.validate_response(answer, excluded_checks=LEFT_OUT)


class Keys(NamedTuple):
    """Two firms in the middle of their trade, with keys that may do everything."""

    headers: tuple[dict[str, str], ...]
    ids: dict[str, tuple[str, ...]]
    """By parameter of a path: what there is."""


@pytest.fixture
async def trading(db: None, tmp_path: Path) -> Keys:
    """Orders before and after their proforma and on the way, an inquiry with a quote, a meeting day of two firms."""
    store.use(tmp_path / "uploads")
    case = await accepted("elif-havlu")
    await issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    way = await handed_over("ece-havlu")
    world = await make_world()
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    day = await _day(case.trade.exporter_firm, case.trade.importer_firm)
    headers = []
    for firm, name in (
        (case.trade.exporter_firm, "Elif"), (case.trade.importer_firm, "Jan"), (way.trade.exporter_firm, "Ece"),
        (world.ayse.firm, "Ali"), (world.buyer.firm, "Jo"),
    ):  # fmt: skip
        owner = await people.make_person(f"{name} Owner")
        await people.make_member(firm, owner, "OWNER")
        caller = await caller_of(owner)
        membership = caller.memberships[0]
        key = await keys.create(caller, membership, "Tests", roles.SCOPES[Kind(membership.kind)], 30)
        headers.append({"Authorization": f"Bearer {key}"})
    documents = await fetch("SELECT public_id FROM document")
    return Keys(
        tuple(headers),
        {
            "order": (case.public_id, way.public_id),
            "document": tuple(row["public_id"] for row in documents),
            "file": ("pdf-tr", "xml"),
            "inquiry": (inquiry, await recipient_of(inquiry, world.ayse)),
            "day": (day,),
            "recipient": (await recipient_of(inquiry, world.ayse),),
        },
    )


async def _day(*firms: people.Firm) -> str:
    union = await side(await people.make_association(), "Ege Tuna", "STAFF")
    day = await days.create(union.caller, union.org, content())
    for firm in firms:
        await days.invite(union.caller, day, firm.public_id)
    await days.open_for_wishes(union.caller, day)
    return day


@given(
    case=strategies.deferred(lambda: _cases(SECURED)),
    who=strategies.integers(0, 4),
    which=strategies.integers(0, 5),
)
@settings(max_examples=400, deadline=None, derandomize=True, phases=PHASES, suppress_health_check=HEALTH)
async def test_no_request_of_a_trading_firm_breaks_what_the_document_promises(
    trading: Keys, client: httpx.AsyncClient, case: Any, who: int, which: int
) -> None:
    """With real ids in the path, so that the requests reach orders, papers, inquiries."""
    for name in case.path_parameters or {}:
        if case.meta.generation.mode is GenerationMode.POSITIVE and (ids := trading.ids.get(name)):
            case.path_parameters[name] = ids[which % len(ids)]
    answer = await sent(client, case, trading.headers[who])
    case.validate_response(answer, excluded_checks=LEFT_OUT)
