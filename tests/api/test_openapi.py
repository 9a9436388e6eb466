"""The OpenAPI document, and the API held against it by schemathesis."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings, strategies
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from kervan.app import create_app


@pytest.fixture
async def document(api: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get("/schema/openapi.json")).json()
    return found


async def test_every_route_of_the_api_is_described(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        "/api/v1/products",
        "/api/v1/products/{id}",
        "/api/v1/exporters",
        "/api/v1/exporters/{slug}",
        "/api/v1/suggest",
        "/api/v1/nomenclature",
        "/api/v1/nomenclature/search",
        "/api/v1/nomenclature/{code}",
        "/api/v1/me",
        "/api/v1/inventory/products",
        "/api/v1/inventory/products/{sku}",
        "/api/v1/inventory/products/{sku}/state",
    }


async def test_every_operation_has_words_tags_errors_and_an_example(document: dict[str, Any]) -> None:
    operations = [
        (f"{method} {path}", method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    for path, method, operation in operations:
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        assert {"200", "422", "429", "503"} <= operation["responses"].keys()
        assert ("304" in operation["responses"]) == (method == "get"), path
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], path
                assert answer["content"]["application/problem+json"]["examples"], path
        names = [parameter["name"] for parameter in operation["parameters"]]
        assert len(names) == len(set(names))
        assert "lang" in names


async def test_writes_and_what_is_ones_own_need_a_key(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            secured = operation.get("security") == [{"bearer": []}]
            assert secured == (method != "get" or path.startswith(("/api/v1/inventory", "/api/v1/me"))), path
            assert ("401" in operation["responses"]) == secured, path


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


def _cases() -> Any:
    """Requests as the document allows them, and requests that it forbids."""
    document = create_app(with_worker=False).openapi_schema.to_schema()
    schema = schemathesis.openapi.from_dict(document)
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    operations = [found.ok() for found in schema.get_all_operations()]
    return strategies.one_of(*(one.as_strategy(generation_mode=mode) for one in operations for mode in modes))


@pytest.mark.usefixtures("stock")
@given(case=strategies.deferred(_cases))
@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
async def test_no_request_breaks_what_the_document_promises(api: httpx.AsyncClient, case: Any) -> None:
    wanted = case.as_transport_kwargs(base_url="http://kervan.test")
    answer = await api.request(
        wanted["method"], wanted["url"], params=wanted["params"], headers=wanted["headers"]
    )
    # Rules between parameters (price_to below price_from, pages past the 1,000th result) cannot be said in OpenAPI.
    case.validate_response(answer, excluded_checks=[positive_data_acceptance])
