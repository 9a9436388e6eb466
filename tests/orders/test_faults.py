"""The application and the worker die at random moments while 500 orders come in: nothing is lost, nothing doubled."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
from mailing import listening
from ordering import Trade, a_trade
from receiving import receiving
from serving import free_port

from kervan.db import engine, execute, fetch, fetchval
from kervan.orders import once
from kervan.organisations import keys
from kervan.webhooks import service as webhooks

ORDERS, KILLS, AT_ONCE = 500, 12, 8
_BODY = {
    "destination": "DE",
    "incoterm": "DAP",
    "place": "Hamburg",
    "delivery": {"name": "Nordlicht Lager", "street": "Speicherstraße 4", "city": "Hamburg"},
}


class Process:
    """A process of Kervan that is killed and started again; its children die with it."""

    def __init__(self, words: tuple[str, ...], env: dict[str, str], log: Path) -> None:
        self.words, self.env, self.log = words, env, log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "kervan.cli", *self.words],
                cwd="/",
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait(timeout=30)


@contextlib.asynccontextmanager
async def _processes(folder: Path, smtp: str) -> AsyncIterator[tuple[str, list[Process]]]:
    port = free_port()
    env = {
        **os.environ,
        "DATABASE_URL": str(engine().config["dsn"]),
        "KERVAN_DATA": os.environ["KERVAN_DATA"],
        "SMTP_URL": smtp,
        "KERVAN_WEBHOOKS_LOCAL": "1",
        "KERVAN_API_LIMIT": "",
        "KERVAN_ENV": "development",
        "PORT": str(port),
    }
    running = [
        Process(("serve", "--no-worker"), env, folder / "app.log"),
        Process(("worker",), env, folder / "worker.log"),
    ]
    try:
        yield f"http://127.0.0.1:{port}", running
    finally:
        for process in running:
            process.kill()


async def _send_all(address: str, key: str, product: str) -> dict[int, dict[str, str]]:
    """Every order until its answer is there: a client that lost an answer sends the same again."""
    answers: dict[int, dict[str, str]] = {}
    numbers = iter(range(ORDERS))

    async def client() -> None:
        async with httpx.AsyncClient(base_url=address, timeout=10) as http:
            for number in numbers:
                while number not in answers:
                    try:
                        answer = await http.post(
                            "/api/v1/orders",
                            json={
                                **_BODY,
                                "lines": [{"product": product, "quantity": 50 + 10 * (number % 5)}],
                            },
                            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": f"order-{number}"},
                        )
                    except httpx.HTTPError:
                        await asyncio.sleep(0.2)
                        continue
                    if answer.status_code in (200, 201):
                        answers[number] = answer.json()
                    else:
                        # The database or the application is on its way up; nothing else may be answered.
                        assert answer.status_code in (500, 502, 503), answer.text
                        await asyncio.sleep(0.2)

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return answers


async def _kill(
    running: list[Process], sent: asyncio.Task[dict[int, dict[str, str]]], chance: random.Random
) -> int:
    """Kills one of the processes at random moments, as long as orders come in."""
    kills = 0
    while not sent.done() and kills < KILLS:
        await asyncio.sleep(chance.uniform(0.8, 2.5))
        victim = chance.choice(running)
        await asyncio.to_thread(victim.kill)
        victim.start()
        kills += 1
    return kills


async def _key(trade: Trade) -> str:
    return await keys.create(trade.buyer, trade.buying, "ERP", ["buy"], 30)


@pytest.mark.timeout(420)
async def test_500_orders_survive_the_death_of_app_and_worker(db: None, tmp_path: Path) -> None:
    trade = await a_trade()
    await execute("INSERT INTO exporter_limit (exporter, valid_from, max_open_orders) VALUES ($1, now(), $2)",
                  trade.exporter, 100_000)  # fmt: skip
    async with (
        listening() as post,
        receiving() as hooks,
        _processes(tmp_path, post.url) as (address, running),
    ):
        key = await _key(trade)
        await webhooks.create(trade.seller, trade.selling, "ERP", hooks.url, ["order.submitted"], local=True)
        sending = asyncio.create_task(_send_all(address, key, trade.product))
        kills = await _kill(running, sending, random.Random(500))
        answers = await sending
        assert kills >= 5
        assert len(answers) == ORDERS
        # Leases of the dead run out by themselves after minutes; here the clock is moved.
        for _ in range(120):
            waiting = await fetchval(
                "SELECT (SELECT count(*) FROM mail WHERE state = 'QUEUED')"
                " + (SELECT count(*) FROM webhook_delivery WHERE state = 'QUEUED')"
            )
            if not waiting:
                break
            await execute("UPDATE outbox SET next_try_at = now()")
            await execute("UPDATE mail SET next_try_at = now() WHERE state = 'QUEUED'")
            await execute("UPDATE webhook_delivery SET next_try_at = now() WHERE state = 'QUEUED'")
            await asyncio.sleep(1)
        assert not waiting

    stored = await fetch("SELECT public_id, idempotency_key FROM trade_order")
    by_key = {row["idempotency_key"]: row["public_id"] for row in stored}
    assert by_key == {once.own(f"order-{number}"): answer["id"] for number, answer in answers.items()}
    assert await fetchval("SELECT open_orders FROM exporter_load") == ORDERS
    assert await fetchval("SELECT count(*) FROM order_event") == ORDERS
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE action = 'order.submit'") == ORDERS

    heard = Counter(msgspec.json.decode(call.body)["data"]["id"] for call in hooks.got)
    assert set(heard) == set(by_key.values())
    # At least once: a call that was under way when its worker died comes again. Never as a rule.
    assert sum(heard.values()) <= ORDERS + KILLS * 20
    numbers = Counter(
        str(letter["Subject"]).split()[-1]
        for letter in post.to("elif@ayse-havlu.example")
        if "KV" in str(letter["Subject"])
    )
    assert set(numbers) == {answer["number"] for answer in answers.values()}
