"""GET /health/live, /health/ready, /metrics."""

import httpx
import msgspec
import pytest
from litestar import Litestar

from kervan.db import execute
from kervan.web import health
from kervan_search.engine import EngineDown


async def test_a_living_process_says_so_without_database_and_engine(api: httpx.AsyncClient) -> None:
    answer = await api.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_names_every_part(api: httpx.AsyncClient) -> None:
    answer = await api.get("/health/ready")
    assert answer.status_code == 200
    assert {part["name"]: part["ok"] for part in answer.json()["parts"]} == {
        "database": True,
        "engine": True,
        "outbox": True,
    }
    assert answer.headers["cache-control"] == "no-store"


async def _down(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
    return [part["name"] for part in answer.json()["parts"] if not part["ok"]]


async def test_a_dead_engine_makes_it_not_ready(
    api: httpx.AsyncClient, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dead() -> bool:
        raise EngineDown

    monkeypatch.setattr(app.state.search, "healthy", dead)
    assert await _down(await api.get("/health/ready")) == ["engine"]


async def test_a_dead_database_makes_it_not_ready(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dead(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(health, "fetchval", dead)
    monkeypatch.setattr(health, "lag_seconds", dead)
    assert await _down(await api.get("/health/ready")) == ["database", "outbox"]


async def test_side_effects_that_wait_for_long_make_it_not_ready(api: httpx.AsyncClient) -> None:
    await execute(
        "INSERT INTO outbox (topic, payload, created_at) VALUES ('x', '{}', now() - interval '1 hour')"
    )
    answer = await api.get("/health/ready")
    await execute("DELETE FROM outbox")
    assert await _down(answer) == ["outbox"]


async def test_metrics_count_requests_by_route_and_not_by_address(api: httpx.AsyncClient) -> None:
    await api.get("/api/v1/nomenclature/6302")
    await api.get("/api/v1/nomenclature/6109")
    text = (await api.get("/metrics")).text
    assert (
        'route="/api/v1/nomenclature/{code:str}",status="200"' in text
        or "/api/v1/nomenclature/{code}" in text
    )
    assert "/api/v1/nomenclature/6302" not in text
    assert 'kervan_up{part="engine"} 1.0' in text
    assert "kervan_outbox_lag_seconds 0.0" in text
    assert "kervan_http_request_seconds_bucket" in text


async def test_metrics_are_for_this_machine_or_for_the_token_only(
    app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def status(peer: str, **headers: str) -> int:
        transport = httpx.ASGITransport(app=app, client=(peer, 1))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://kervan.test", headers=headers
        ) as client:
            return (await client.get("/metrics")).status_code

    assert await status("127.0.0.1") == 200
    assert await status("203.0.113.9") == 404
    assert await status("127.0.0.1", **{"x-forwarded-for": "203.0.113.9"}) == 404
    with_token = msgspec.structs.replace(app.state.settings, metrics_token="a-token")
    monkeypatch.setattr(app.state, "settings", with_token)
    assert await status("203.0.113.9", authorization="Bearer a-token") == 200
    assert await status("127.0.0.1") == 404
    assert await status("127.0.0.1", authorization="Bearer another") == 404
