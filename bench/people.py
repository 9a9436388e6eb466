"""Jobs of part (g): sign-ins side by side, and what a session costs on a page. The application runs in this process."""

import asyncio
import contextlib
import logging
import re
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import msgspec
import structlog

from kervan.accounts import passwords, people, sessions
from kervan.accounts.callers import member
from kervan.app import create_app
from kervan.db import execute, fetchval, transaction
from kervan.organisations import roles, service
from kervan.settings import load
from kervan.trade import emails
from kervan.web import cookies, csrf

_PASSWORD = "a caravan of 200 camels"
_TICK = 0.001
_PAGES = 300


@contextlib.asynccontextmanager
async def _application() -> AsyncIterator[Any]:
    # Behind a proxy on loopback, so that each of the fifty has an address of its own and no limit speaks.
    settings = msgspec.structs.replace(
        load(),
        trusted_proxies=("127.0.0.1",),
        api_limit="",
        search_limit="",
        public_url="https://kervan.test",
    )
    app = create_app(settings, with_worker=False)
    # The lines of a thousand requests would bury the progress of the run.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    async with app.lifespan():
        yield app


def _browser(app: Any, number: int) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1000 + number))
    headers = {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250 + 1}"}
    return httpx.AsyncClient(transport=transport, base_url="https://kervan.test", headers=headers)


async def _make_people(count: int) -> list[int]:
    kept = await passwords.hash(_PASSWORD)
    made = []
    async with transaction() as tx:
        for number in range(count):
            made.append(
                await people.create(
                    tx.connection,
                    name=f"Person {number}",
                    email=emails.address(f"person{number}-{time.time_ns()}@bench.example"),
                    password_hash=kept,
                    language="en",
                    state="ACTIVE",
                )
            )
    return made


async def sign_ins(count: str, at_once: str) -> dict[str, Any]:
    """`count` people sign in through the page, `at_once` at a time; how long the event loop was held meanwhile.

    Their pages were opened before, and the first fifty press the button within a quarter of a second: people do not
    press it in the same millisecond, and what the client does to open 200 pages is not the server's work.
    """
    made = await _make_people(int(count) + 1)
    async with _application() as app, contextlib.AsyncExitStack() as stack:
        waiting: asyncio.Queue[tuple[httpx.AsyncClient, dict[str, str]]] = asyncio.Queue()
        for number, person in enumerate(made):
            browser = await stack.enter_async_context(_browser(app, number))
            page = await browser.get("/en/sign-in")
            found = re.search(rf'name="{csrf.FIELD}" value="([^"]+)"', page.text)
            assert found
            email = await fetchval("SELECT email FROM person WHERE id = $1", person)
            waiting.put_nowait((browser, {csrf.FIELD: found[1], "email": email, "password": _PASSWORD}))
        seconds: list[float] = []

        async def one() -> None:
            browser, fields = waiting.get_nowait()
            started = time.perf_counter()
            answer = await browser.post("/en/sign-in", data=fields)
            seconds.append(time.perf_counter() - started)
            assert answer.status_code == 303, answer.status_code
            assert cookies.name(cookies.SESSION, True) in answer.headers["set-cookie"]

        async def line(place: int) -> None:
            await asyncio.sleep(place * 0.25 / int(at_once))
            while not waiting.empty():
                await one()

        await one()
        seconds.clear()
        quiet = await _held(asyncio.sleep(1))
        started = time.perf_counter()
        held = await _held(_all(line(place) for place in range(int(at_once))))
        wall = time.perf_counter() - started
    kept = await passwords.hash(_PASSWORD)
    started = time.perf_counter()
    await asyncio.gather(*(passwords.verify(kept, _PASSWORD) for _ in range(100)))
    return {
        "ms": [value * 1000 for value in seconds],
        "rate": len(seconds) / wall,
        "held_ms": held,
        "quiet_ms": quiet,
        "argon2_rate": 100 / (time.perf_counter() - started),
    }


async def _all(jobs: Any) -> None:
    await asyncio.gather(*jobs)


async def _held(job: Awaitable[Any]) -> dict[str, float]:
    """Milliseconds by which a timer of one millisecond came too late while the job ran."""
    late: list[float] = []
    done = asyncio.Event()

    async def tick() -> None:
        while not done.is_set():
            before = time.perf_counter()
            await asyncio.sleep(_TICK)
            late.append((time.perf_counter() - before - _TICK) * 1000)

    ticking = asyncio.create_task(tick())
    await job
    done.set()
    await ticking
    late.sort()
    return {"p50": statistics.median(late), "p99": late[int(len(late) * 0.99)], "most": late[-1]}


async def session_cost() -> dict[str, Any]:
    """Microseconds of finding a session, of asking for a right, and of a whole page with and without a session."""
    [person] = await _make_people(1)
    async with transaction() as tx:
        for number in range(3):
            _, public_id = await service.found(
                tx.connection, "IMPORTER", f"Firm {number}", "DE", owner=person, role="OWNER"
            )
        token = await sessions.begin(
            tx.connection, person, whole=True, factor=False, device="bench", address="127.0.0.1"
        )
    found = await sessions.find(token)
    assert found is not None
    caller = found.caller
    async with _application() as app, _browser(app, 1) as browser:
        jar = {"cookie": f"{cookies.name(cookies.SESSION, True)}={token}"}

        async def page(headers: dict[str, str]) -> None:
            answer = await browser.get("/en/help", headers=headers)
            assert answer.status_code == 200

        await page({})
        await page(jar)
        # In turns, so that both see the same machine.
        with_session, without = [], []
        for _ in range(_PAGES):
            with_session.append(await _micros(lambda: page(jar)))
            without.append(await _micros(lambda: page({})))
        queries = await _queries(lambda: page(jar)), await _queries(lambda: page({}))
        find = statistics.median([await _micros(lambda: sessions.find(token)) for _ in range(_PAGES)])
        ping = statistics.median([await _micros(lambda: execute("SELECT 1")) for _ in range(_PAGES)])
    started = time.perf_counter()
    for _ in range(10_000):
        member(caller, public_id, roles.PROFILE, "IMPORTER")
    return {
        "page_with": statistics.median(with_session),
        "page_without": statistics.median(without),
        "queries_with": queries[0],
        "queries_without": queries[1],
        "find": find,
        "ping": ping,
        "member": (time.perf_counter() - started) / 10_000 * 1e6,
    }


async def _micros(job: Callable[[], Awaitable[Any]]) -> float:
    started = time.perf_counter()
    await job()
    return (time.perf_counter() - started) * 1e6


async def _queries(job: Callable[[], Awaitable[Any]], pages: int = 100) -> float:
    """Transactions that PostgreSQL counts for one page; every read outside a transaction is one."""
    before = await _transactions()
    for _ in range(pages):
        await job()
    # Reading the counter costs transactions of its own; they are known.
    return round((await _transactions() - before - 2) / pages, 2)


async def _transactions() -> int:
    await execute("SELECT pg_stat_force_next_flush()")
    await asyncio.sleep(0.05)
    return int(await fetchval("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"))
