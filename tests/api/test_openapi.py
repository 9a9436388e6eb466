"""The OpenAPI document, and the API held against it by schemathesis."""

from typing import Any

import httpx
import pytest


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
    }


async def test_every_operation_has_words_tags_errors_and_an_example(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        operation = item["get"]
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        assert {"200", "304", "422", "429", "503"} <= operation["responses"].keys()
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], path
                assert answer["content"]["application/problem+json"]["examples"], path
        names = [parameter["name"] for parameter in operation["parameters"]]
        assert len(names) == len(set(names))
        assert "lang" in names


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
