"""What every answer carries: an id, protecting headers, compression; and HEAD."""

import gzip
import re

import httpx
import msgspec
import pytest

from kervan.app import create_app
from kervan.settings import load

EVERYWHERE = ["/", "/robots.txt", "/health/live", "/no/such/page", "/api/v1/nothing", "/schema/openapi.json"]


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_every_answer_is_protected_and_has_an_id(bare: httpx.AsyncClient, path: str) -> None:
    headers = (await bare.get(path)).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert headers["permissions-policy"]
    assert re.fullmatch(r"[0-9a-f]{16}", headers["x-request-id"])


async def test_transport_security_is_asked_for_in_production_only(bare: httpx.AsyncClient) -> None:
    assert "strict-transport-security" not in (await bare.get("/robots.txt")).headers
    environ = {
        "KERVAN_ENV": "production",
        "DATABASE_URL": "postgresql://nowhere/kervan",
        "KERVAN_SEARCH": "embedded",
        "KERVAN_SECRET": "x" * 32,
        "KERVAN_URL": "https://kervan.test",
        "SMTP_URL": "smtp://mail.kervan.test",
    }
    settings = msgspec.structs.replace(load(environ), data=load().data)
    transport = httpx.ASGITransport(app=create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as client:
        assert "strict-transport-security" in (await client.get("/robots.txt")).headers


async def test_a_sane_request_id_is_kept_and_an_odd_one_replaced(bare: httpx.AsyncClient) -> None:
    kept = await bare.get("/robots.txt", headers={"x-request-id": "trace-0123456789"})
    odd = await bare.get("/robots.txt", headers={"x-request-id": "a b;<script>"})
    assert kept.headers["x-request-id"] == "trace-0123456789"
    assert odd.headers["x-request-id"] != "a b;<script>"


@pytest.mark.parametrize("path", ["/robots.txt", "/no/such/page", "/schema/openapi.json", "/health/live"])
async def test_head_says_what_get_would(bare: httpx.AsyncClient, path: str) -> None:
    get, head = await bare.get(path), await bare.head(path)
    assert head.status_code == get.status_code
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_large_text_is_compressed_and_small_text_is_not(bare: httpx.AsyncClient) -> None:
    large, small = await bare.get("/schema/openapi.json"), await bare.get("/health/live")
    assert large.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in large.headers["vary"]
    assert "content-encoding" not in small.headers


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "deflate, gzip; q=0.0"])
async def test_nothing_is_compressed_for_who_does_not_take_it(bare: httpx.AsyncClient, accepted: str) -> None:
    answer = await bare.get("/schema/openapi.json", headers={"accept-encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.json()["openapi"].startswith("3.1")


async def test_compressed_bytes_have_their_own_length(bare: httpx.AsyncClient) -> None:
    async with bare.stream("GET", "/schema/openapi.json", headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert int(answer.headers["content-length"]) == len(raw)
    assert gzip.decompress(raw).startswith(b"{")


@pytest.mark.parametrize(("accepted", "place"), [("tr", "/tr"), ("de, en;q=0.4", "/en"), ("", "/en")])
async def test_the_first_visit_goes_where_the_browser_reads(
    bare: httpx.AsyncClient, accepted: str, place: str
) -> None:
    answer = await bare.get("/", headers={"accept-language": accepted})
    assert answer.status_code == 302
    assert answer.headers["location"] == place
    assert "Accept-Language" in answer.headers["vary"]
