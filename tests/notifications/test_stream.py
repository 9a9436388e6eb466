"""The live bell: who hears what and when, and when a stream ends."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from notifying import House, reading, told
from people import session_cookie_name, sign_in

from kervan.accounts import sessions
from kervan.db import execute, fetchval, transaction
from kervan.notifications import bells, queries, service, stream
from kervan.notifications.bells import Bells
from kervan.notifications.queries import Reader
from kervan.notifications.service import tell


@pytest.fixture
async def cookie(client: httpx.AsyncClient, house: House) -> str:
    """Of Ayşe's session."""
    return await cookie_of(client, house.ayse)


async def cookie_of(client: httpx.AsyncClient, person: int) -> str:
    return f"{session_cookie_name(client)}={await sign_in(client, person)}"


@pytest.fixture
async def listening(fresh_app: Litestar, cookie: str) -> AsyncIterator[None]:
    """The process listens already: a stream is open, and one notification has come through."""
    async with reading(fresh_app, cookie) as first:
        assert await first.event() == ("bell", {"unread": 0, "shown": "0", "label": "Notifications"})
        yield


async def test_the_count_comes_at_once_and_then_whatever_is_committed(
    fresh_app: Litestar, house: House, cookie: str
) -> None:
    await told(house.ayse, number="SP-1")
    async with reading(fresh_app, cookie) as page:
        assert await page.event() == (
            "bell",
            {"unread": 1, "shown": "1", "label": "Notifications, 1 unread"},
        )
        assert page.status == 200
        assert page.headers["content-type"].startswith("text/event-stream")
        assert page.headers["cache-control"] == "private, no-store"
        assert "content-encoding" not in page.headers
        assert "connect-src 'self'" in page.headers["content-security-policy"]
        await told(house.ayse, number="SP-2")
        name, data = await page.event()
        assert (name, data["unread"]) == ("bell", 2)
        assert data["news"]["text"] == "New message about SP-2"
        assert data["news"]["address"].startswith("/en/notifications/")


async def test_nothing_is_heard_of_what_is_rolled_back_or_not_yet_committed(
    fresh_app: Litestar, house: House, cookie: str, listening: None
) -> None:
    async with reading(fresh_app, cookie) as page:
        await page.event()
        with pytest.raises(ZeroDivisionError):
            async with transaction() as tx:
                await tell(tx.connection, [house.ayse], "message_received", {"number": "SP-1"}, "/desk", "x")
                raise ZeroDivisionError
        assert await page.silent()
        async with transaction() as tx:
            await tell(tx.connection, [house.ayse], "message_received", {"number": "SP-2"}, "/desk", "y")
            assert await page.silent()
        assert (await page.event())[1]["news"]["text"] == "New message about SP-2"


async def test_two_windows_hear_the_same_and_strangers_hear_nothing(
    fresh_app: Litestar, client: httpx.AsyncClient, house: House, cookie: str
) -> None:
    zoe = await cookie_of(client, house.zoe)
    async with (
        reading(fresh_app, cookie) as first,
        reading(fresh_app, cookie, "/tr/notifications/stream") as second,
        reading(fresh_app, zoe) as strange,
    ):
        for page in (first, second, strange):
            assert (await page.event())[1]["unread"] == 0
        await told(house.ayse, number="SP-1")
        assert (await first.event())[1]["unread"] == 1
        assert (await second.event())[1]["unread"] == 1
        assert await strange.silent()
        # Read in one of them, it is gone in the other.
        await service.mark_read(Reader(house.ayse))
        for page in (first, second):
            _, data = await page.event()
            assert data["unread"] == 0
            assert "news" not in data
    connections = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%kervan_bell%'"
    assert await fetchval(connections) == 1


async def test_no_more_than_five_streams_a_person(fresh_app: Litestar, house: House, cookie: str) -> None:
    open_bells: Bells = fresh_app.state.bells
    pages = [reading(fresh_app, cookie) for _ in range(bells.MOST + 1)]
    entered = []
    try:
        for page in pages[:-1]:
            entered.append(await page.__aenter__())
            await entered[-1].event()
        assert open_bells.full(house.ayse)
        async with pages[-1] as sixth:
            await sixth.piece()
            assert sixth.status == 429
            assert sixth.headers["retry-after"] == "60"
    finally:
        for page in pages[:-1]:
            await page.__aexit__(None, None, None)
    assert not open_bells.full(house.ayse)


async def test_a_stream_ends_with_its_session_and_tells_nothing_after_it(
    fresh_app: Litestar, house: House, cookie: str
) -> None:
    async with reading(fresh_app, cookie) as page:
        await page.event()
        await sessions.end(cookie.partition("=")[2])
        await told(house.ayse, number="SP-1")
        assert await page.event() == ("over", {})
        assert await page.over()


async def test_a_session_that_ends_silently_is_noticed_by_the_heartbeat(
    fresh_app: Litestar, house: House, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.1)
    async with reading(fresh_app, cookie) as page:
        await page.event()
        assert await page.piece() == ": \n\n"
        await execute("UPDATE session SET seen_at = now() - interval '8 days'")
        assert await page.event() == ("over", {})


async def test_an_open_page_does_not_keep_its_session_from_falling_idle(
    fresh_app: Litestar, house: House, cookie: str
) -> None:
    await execute("UPDATE session SET seen_at = now() - interval '1 day'")
    before = await fetchval("SELECT seen_at FROM session")
    async with reading(fresh_app, cookie) as page:
        await page.event()
    assert await fetchval("SELECT seen_at FROM session") == before


async def test_it_closes_by_itself_after_its_time(
    fresh_app: Litestar, house: House, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LONGEST", 0.3)
    async with reading(fresh_app, cookie) as page:
        await page.event()
        assert await page.over()


async def test_the_end_of_the_process_ends_every_stream(
    fresh_app: Litestar, house: House, cookie: str
) -> None:
    async with reading(fresh_app, cookie) as first, reading(fresh_app, cookie) as second:
        await first.event()
        await second.event()
        fresh_app.state.bells.close()
        assert await first.over()
        assert await second.over()


async def test_a_listener_that_lost_its_connection_listens_again(
    fresh_app: Litestar, house: House, cookie: str
) -> None:
    listener = "FROM pg_stat_activity WHERE query LIKE 'LISTEN%kervan_bell%'"
    async with reading(fresh_app, cookie) as page:
        await page.event()
        for _ in range(200):
            if await fetchval(f"SELECT count(pg_terminate_backend(pid)) {listener}"):
                break
            await asyncio.sleep(0.02)
        else:
            pytest.fail("nobody listens")
        await told(house.ayse, number="SP-1")
        assert (await page.event())[1]["unread"] == 1
        await told(house.ayse, number="SP-2")
        assert (await page.event())[1]["unread"] == 2


async def test_who_does_not_ask_for_events_is_led_to_the_page(client: httpx.AsyncClient, cookie: str) -> None:
    answer = await client.get("/en/notifications/stream", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/en/notifications"


async def test_a_page_costs_no_query_more_for_its_bell(
    client: httpx.AsyncClient, house: House, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> int:
        raise AssertionError("the count comes with the session")

    monkeypatch.setattr(queries, "unread", refused)
    await told(house.ayse)
    page = await client.get("/en/about")
    assert "Notifications, 1 unread" in page.text
