"""Programs and devices that attack events: no field of a body and no scan makes a failure."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from attending import begins_in
from hostile import refused_all, sendable
from keying import a_key
from litestar import Litestar
from people import sign_in, token_of
from storming import make_storm

from kervan.db import fetchval
from kervan.web import csrf

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
async def program(fresh_app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies."""
    transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as made:
        yield made


async def test_no_field_of_a_program_makes_a_failure(program: httpx.AsyncClient) -> None:
    storm = await make_storm()
    fair = storm.fair
    key = await a_key(fair.zoe.firm, fair.zoe.person, "view", "buy")
    body: dict[str, Any] = {
        "event": storm.event.public_id, "people": [{"name": "Zoe Frey", "job": "Buyer"}], "interest": "Towels",
        "answers": {"1": "x", "99": 1}, "wants_meetings": True, "agreed": True,
    }  # fmt: skip
    undo = (
        "DELETE FROM registration WHERE organisation = (SELECT id FROM organisation WHERE name LIKE 'Blaue%')",
    )
    await refused_all(program, "POST", "/api/v1/registrations", body, key, *undo)
    asked: dict[str, Any] = {
        "with": "ayse-havlu", "topic": "Towels for spring", "message": "For three years", "zone": "Europe/Berlin",
        "times": [{"starts_at": "2027-03-04T09:30:00+01:00", "ends_at": "2027-03-04T10:00:00+01:00"}],
        "language": "en", "event": storm.event.public_id, "room_url": "https://meet.example.com/a",
    }  # fmt: skip
    undo = ("DELETE FROM meeting WHERE idempotency_key <> 'I k-1'",)
    await refused_all(program, "POST", "/api/v1/meetings", asked, key, *undo)
    own = await a_key(fair.ayse.firm, fair.ayse.person, "view", "orders")
    path = f"/api/v1/meetings/{storm.meeting}"
    await refused_all(
        program,
        "POST",
        f"{path}/propose",
        {"times": asked["times"], "zone": "UTC", "message": "x", "version": 7},
        own,
    )
    await refused_all(program, "POST", f"{path}/decline", {"reason": "No", "version": 7}, own)
    accepted = {"starts_at": "0001-01-01T00:00:00+14:00", "version": 7, "room_url": "https://x"}
    await refused_all(program, "POST", f"{path}/accept", accepted, own)
    mine = await a_key(fair.jonas.firm, fair.jonas.person, "view", "buy")
    path = f"/api/v1/registrations/{storm.registration}"
    await refused_all(program, "POST", f"{path}/cancel", {"version": 7, "reason": "No"}, mine)
    await refused_all(program, "POST", f"{path}/answer", {"accept": True, "version": 7}, mine)
    deep = b'{"event":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    for where in ("/api/v1/registrations", "/api/v1/meetings"):
        for content in (
            deep,
            b"\xff\xfe",
            b'{"event": "\\ud800"}',
            sendable({**body, "people": [{"name": "x"}] * 10_000}),
        ):
            answer = await program.post(
                where,
                content=content,
                headers={**key, "content-type": "application/json", "idempotency-key": "deep"},
            )
            assert 400 <= answer.status_code < 500, (where, content[:30], answer.status_code)


async def test_scans_of_a_broken_or_hostile_device_are_refused(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    await begins_in(storm.event, timedelta(hours=2))
    await sign_in(client, storm.fair.union.person)
    path = f"/en/staff/events/{storm.event.public_id}/door"
    token = await token_of(client, path)
    headers = {csrf.HEADER: token, "content-type": "application/json"}
    one = {"id": "scan-0001", "code": storm.ticket, "at": "2026-11-23T00:00:00Z"}
    bodies: tuple[Any, ...] = (
        {"scans": [one] * 10_000}, {"scans": [{**one, "at": "2026-11-23T00:00:00"}]}, {"scans": [{**one, "at": "x"}]},
        {"scans": {}}, [], {"scans": [{"id": 1}]}, {"scans": [one], "more": 1}, "x",
        {"scans": [{**one, "at": "0001-01-01T00:00:00+14:00"}]},
        {"scans": [{**one, "at": "9999-12-31T23:59:59-14:00"}]},
        {"scans": [{**one, "code": "a\x00b"}]}, {"scans": [{**one, "code": "x" * 100_000}]},
        {"scans": [{**one, "id": "x\x00" * 10}]}, {"scans": [{**one, "code": "https://[::1/x"}]},
        {"scans": [{**one, "code": "http://evil/" + "a" * 12}]},
    )  # fmt: skip
    for body in bodies:
        answer = await client.post(f"{path}/scans", content=sendable(body), headers=headers)
        assert answer.status_code < 500, (str(body)[:80], answer.status_code)
    for content in (b"[" * 90_000, b"\xff", b'{"scans":[{"id":"scan-0001","code":"\\ud800"}]}', b""):
        answer = await client.post(f"{path}/scans", content=content, headers=headers)
        assert 400 <= answer.status_code < 500, content[:20]
    for code in ("a\x00b", "https://[::1/x", "\u202e" * 20, "x" * 300):
        answer = await client.post(path, data={csrf.FIELD: token, "code": code})
        assert answer.status_code == 200, code
    at = await fetchval("SELECT checked_in_at FROM registration_participant")
    assert at is None or at.year >= 2026, "nobody came in the year 1 or 9999"
