"""The rate limit of /api/v1, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from kervan.app import create_app
from kervan.settings import load


@pytest.fixture
async def limited(db: None, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = msgspec.structs.replace(
        load(), data=tmp_path, api_limit="5/600", trusted_proxies=("127.0.0.1",)
    )
    app = create_app(settings, with_worker=False)
    async with app.lifespan():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://kervan.test") as client:
            yield client


async def test_the_sixth_of_five_requests_is_refused(limited: httpx.AsyncClient) -> None:
    answers = [await limited.get("/api/v1/nomenclature/6302") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers.get("ratelimit") for answer in answers[:5]] == [
        f'"api";r={left}' for left in (4, 3, 2, 1, 0)
    ]
    assert answers[0].headers["ratelimit-policy"] == '"api";q=5;w=600'
    refused = answers[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    assert 100 <= int(refused.headers["retry-after"]) <= 120


async def test_each_caller_behind_the_proxy_has_a_limit_of_its_own(limited: httpx.AsyncClient) -> None:
    async def ask(who: str) -> int:
        return (await limited.get("/api/v1/nomenclature/6302", headers={"x-forwarded-for": who})).status_code

    assert [await ask("203.0.113.1") for _ in range(6)][-1] == 429
    assert await ask("203.0.113.2") == 200
    assert await ask("203.0.113.9, 203.0.113.1") == 429


async def test_pages_and_health_are_not_limited(limited: httpx.AsyncClient) -> None:
    statuses = {(await limited.get("/health/live")).status_code for _ in range(20)}
    assert statuses == {200}
