"""A sender dies without warning again and again while ten thousand mails go out.

Everybody has exactly one mail at the server, or at worst the row is UNKNOWN because a server had the letter when the
sender died; nobody ever gets two.
"""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from announcing import Hall, begun, state, states_of

from kervan import vault
from kervan.announcements.sending import WAVE
from kervan.db import database_url, fetch, fetchval
from kervan.settings import load

from .many import make_many

MAILS, KILLS = 10_000, 20
_HERE = Path(__file__).parent
_SECRET = "the senders and this test sign with it"


@pytest.fixture
def secret() -> Iterator[str]:
    vault.use(_SECRET)
    yield _SECRET
    vault.use("")


@contextlib.contextmanager
def sink(file: Path) -> Iterator[int]:
    """A mail server in another process that writes a line of `file` for each letter; its port."""
    process = subprocess.Popen(
        [sys.executable, str(_HERE / "sink.py"), str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


class Victim:
    """A sender that is killed and started again."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self.env, self.log = env, log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(
                [sys.executable, str(_HERE / "sender.py")], cwd="/", env=self.env, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        assert self.running.poll() is None, self.log.read_text(errors="replace")[-3000:]
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait(timeout=30)


def taken(file: Path) -> int:
    """How many letters the server has."""
    return file.read_bytes().count(b"\n") if file.exists() else 0


async def until(file: Path, count: int, seconds: float = 20) -> None:
    for _ in range(int(seconds / 0.01)):
        if taken(file) >= count:
            return
        await asyncio.sleep(0.01)


@pytest.mark.timeout(240)
async def test_a_sender_that_is_killed_twenty_times_mails_nobody_twice(
    hall: Hall, secret: str, tmp_path: Path
) -> None:
    chance = random.Random(7)
    await make_many(MAILS)
    seat = await begun(hall)
    assert await states_of(seat) == {"QUEUED": MAILS}
    file = tmp_path / "letters"
    with sink(file) as port:
        env = {
            **os.environ,
            "DATABASE_URL": database_url(load()),
            "KERVAN_DATA": str(tmp_path),
            "KERVAN_SECRET": secret,
            "SMTP_URL": f"smtp://127.0.0.1:{port}",
        }
        victim = Victim(env, tmp_path / "sender.log")
        for _ in range(KILLS):
            await until(file, taken(file) + chance.randint(1, 2 * (MAILS // KILLS) - 200))
            await asyncio.sleep(chance.uniform(0, 0.03))
            await asyncio.to_thread(victim.kill)
            victim.start()
        for _ in range(900):
            if await state(seat) == "SENT":
                break
            await asyncio.sleep(0.1)
        await asyncio.to_thread(victim.kill)
    assert await state(seat) == "SENT"
    await check(seat.id, file)


async def check(announcement: int, file: Path) -> None:
    arrived = Counter(line.split()[0] for line in file.read_text().splitlines())
    assert set(arrived.values()) == {1}, "somebody got two mails"
    rows = await fetch("SELECT address_key, state FROM event_delivery WHERE announcement = $1", announcement)
    assert len(rows) == MAILS
    assert {row["state"] for row in rows} <= {"SENT", "UNKNOWN"}
    sent = {row["address_key"] for row in rows if row["state"] == "SENT"}
    unknown = {row["address_key"] for row in rows if row["state"] == "UNKNOWN"}
    assert sent <= set(arrived)
    assert set(arrived) <= sent | unknown
    # Each death leaves one wave at most, and some of these deaths were over a letter.
    assert 1 <= len(unknown) <= KILLS * WAVE
    assert await fetchval("SELECT count(*) FROM event_delivery WHERE attempts > 1") == 0
