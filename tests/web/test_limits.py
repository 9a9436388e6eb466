"""Rate limits: right over several processes, cheap, and blind to forged addresses."""

import asyncio
from typing import Any, cast

import pytest

from kervan.app import SEARCH_PAGES
from kervan.db import execute, fetchval
from kervan.errors import SettingsError, TooMany
from kervan.web import limits
from kervan.web.limits import Bucket, Limit, RateLimit, caller, networks, parse_limit


def test_a_limit_is_so_many_requests_in_so_many_seconds() -> None:
    assert parse_limit("300/60") == Limit(300, 60)
    assert parse_limit("") is None


@pytest.mark.parametrize("text", ["300", "x/60", "0/60", "300/0", "-1/60", "1/2/3", "300/999999"])
def test_a_malformed_limit_stops_the_start(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_limit(text)


def _scope(peer: str | None, *forwarded: str) -> dict[str, object]:
    return {
        "type": "http",
        "client": None if peer is None else (peer, 1234),
        "headers": [(b"x-forwarded-for", value.encode()) for value in forwarded],
    }


@pytest.mark.parametrize(
    ("peer", "forwarded", "who"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("1.2.3.4",), "203.0.113.9"),
        ("10.0.0.1", ("1.2.3.4",), "1.2.3.4"),
        ("10.0.0.1", ("6.6.6.6, 1.2.3.4",), "1.2.3.4"),
        ("10.0.0.1", ("6.6.6.6", "1.2.3.4, 10.0.0.2"), "1.2.3.4"),
        ("10.0.0.1", ("10.0.0.3",), "10.0.0.3"),
        ("10.0.0.1", ("nonsense",), "unknown"),
        ("10.0.0.1", (), "10.0.0.1"),
        (None, ("1.2.3.4",), "unknown"),
        ("2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", (), "203.0.113.9"),
    ],
)
def test_only_trusted_proxies_may_say_who_asks(
    peer: str | None, forwarded: tuple[str, ...], who: str
) -> None:
    assert caller(_scope(peer, *forwarded), networks(("10.0.0.0/8",))) == who


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert caller(_scope("127.0.0.1", "1.2.3.4"), ()) == "127.0.0.1"
    with pytest.raises(SettingsError):
        networks(("not an address",))


async def _granted(bucket: Bucket, who: str, tries: int) -> int:
    granted = 0
    for _ in range(tries):
        try:
            await bucket.take(who)
        except TooMany:
            break
        granted += 1
    return granted


@pytest.mark.usefixtures("db")
async def test_two_processes_share_one_limit() -> None:
    one, two = Bucket("api", Limit(60, 3600)), Bucket("api", Limit(60, 3600))
    granted = await asyncio.gather(_granted(one, "a", 100), _granted(two, "a", 100))
    assert sum(granted) == 60
    assert await _granted(one, "b", 10) == 10


@pytest.mark.usefixtures("db")
async def test_many_concurrent_requests_never_get_more_than_the_limit() -> None:
    buckets = [Bucket("api", Limit(45, 3600)) for _ in range(3)]

    async def once(n: int) -> int:
        return await _granted(buckets[n % 3], "a", 1)

    granted = sum(await asyncio.gather(*(once(n) for n in range(150))))
    # A process may be refused while another still holds a few leased tokens, so it can be less.
    assert 35 <= granted <= 45


@pytest.mark.usefixtures("db")
async def test_most_requests_cost_no_query() -> None:
    bucket = Bucket("api", Limit(300, 60))
    assert await _granted(bucket, "a", 100) == 100
    assert bucket.queries <= 6


@pytest.mark.usefixtures("db")
async def test_a_refusal_says_when_and_costs_no_query_until_then() -> None:
    bucket = Bucket("api", Limit(5, 50))
    assert await _granted(bucket, "a", 10) == 5
    queries = bucket.queries
    with pytest.raises(TooMany) as refused:
        await bucket.take("a")
    assert 1 <= refused.value.retry_after <= 10
    assert bucket.queries == queries


@pytest.mark.usefixtures("db")
async def test_tokens_come_back_evenly() -> None:
    bucket = Bucket("api", Limit(60, 60))
    assert await _granted(bucket, "a", 100) in (60, 61)
    await execute("UPDATE rate_bucket SET refilled_at = refilled_at - interval '10 seconds', tokens = 0")
    bucket.leases.clear()
    assert await _granted(bucket, "a", 100) in (10, 11)


@pytest.mark.usefixtures("db")
async def test_full_buckets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_FORGET_EVERY", 2)
    bucket = Bucket("api", Limit(60, 60))
    await bucket.take("old")
    await execute("UPDATE rate_bucket SET refilled_at = now() - interval '2 minutes'")
    await bucket.take("new")
    assert await fetchval("SELECT array_agg(key) FROM rate_bucket") == ["api:new"]


async def test_a_dead_database_lets_requests_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    async def dead(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(limits, "fetch", dead)
    assert await _granted(Bucket("api", Limit(1, 60)), "a", 5) == 5


async def test_leases_of_many_callers_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def plenty(*_: object) -> list[dict[str, float]]:
        return [{"taken": 1.0, "left": 10.0}]

    monkeypatch.setattr(limits, "fetch", plenty)
    monkeypatch.setattr(limits, "_MOST_LEASES", 50)
    bucket = Bucket("api", Limit(60, 60))
    for number in range(500):
        await bucket.take(str(number))
    assert len(bucket.leases) <= 50


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("path", "counted"),
    [
        ("/en/events", True),
        ("/en/events/calendar", True),
        ("/tr/events/calendar/2026-12", True),
        ("/en/requests", True),
        ("/en/events/towel-fair-h4k7m2p9q3rs", False),
        ("/en/about", False),
    ],
)
async def test_pages_that_search_are_counted_also_the_months_of_the_calendar(
    path: str, counted: bool
) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "headers": []})

    limit = RateLimit("search", Limit(60, 60), (), SEARCH_PAGES)
    scope: Any = {**_scope("203.0.113.9"), "path": path}
    await limit.handle(scope, cast(Any, None), send, answer)
    assert bool(sent[0]["headers"]) is counted
