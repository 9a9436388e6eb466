"""Workers and the database die at random moments while 200 requests are published before 10,000 alerts.

The ledger ends complete and without duplicates, and no mail of it reaches the mail server twice.
"""

import asyncio
import contextlib
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import msgspec
import pytest
import requesting
from killing import Database, Process, a_database
from mailing import Server, listening
from requesting import CONSENT, Board, by_post

from kervan import vault
from kervan.alerts import auditing, conditions, service
from kervan.alerts.conditions import Conditions
from kervan.alerts.ledger import EDITION, document
from kervan.db import execute, fetch, fetchval, pool
from kervan.discovery.engine import REQUESTS, synonyms
from kervan.migrate import migrate_async
from kervan.requests import access
from kervan.requests import service as requests
from kervan.requests.structs import Content
from kervan_search.engine import Engine, open_engine

from .conftest import wish
from .many import COUNTRIES, GOODS, make_alerts, make_readers, wanted, wishes

ALERTS, READERS, PUBLICATIONS, EDITS, CHANGES = 10_000, 500, 200, 30, 24
WORKERS, PUBLISHERS, ROUNDS = 2, 3, 2
T = TypeVar("T")
_SECRET = "the workers and this test seal with it"
# The last is what asyncpg says of a connection that died in the middle of something.
_GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with a_database(tmp_path / "postgres") as found:
        yield found


@pytest.fixture
def secret() -> Iterator[str]:
    vault.use(_SECRET)
    yield _SECRET
    vault.use("")


class Storm:
    """Kills workers and the database while requests are published, as many before each blow as come to it."""

    def __init__(self, database: Database, workers: list[Process], post: Server, seed: int) -> None:
        self.database, self.workers = database, workers
        self.over_a_letter = _slow(post)
        self.free = asyncio.Semaphore(0)
        """What may be published."""
        chance = random.Random(seed)
        self.blows = [
            (victim, chance.randint(1, 9), chance.uniform(0, 0.4))
            for _ in range(ROUNDS)
            for victim in chance.sample([*workers, database], WORKERS + 1)
        ]
        """Who dies, after how many announcements, and how many seconds later."""

    async def blow(self) -> None:
        """ROUNDS times each of them dies, after some requests and a moment for the workers to get on with them.

        Two times out of three it is over a letter. On a slow machine the moments are longer, never more than 8 seconds.
        """
        for number, (victim, announced, later) in enumerate(self.blows):
            before = await again(self._matched)
            self._release(PUBLICATIONS // len(self.blows))
            await self._got_on(before + announced)
            await asyncio.sleep(later)
            if number % 3:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.over_a_letter.wait(), 3)
            await asyncio.to_thread(victim.die)
        self._release(PUBLICATIONS)

    def _release(self, count: int) -> None:
        for _ in range(count):
            self.free.release()

    async def _got_on(self, count: int) -> None:
        end = time.monotonic() + 5
        while await again(self._matched) < count and time.monotonic() < end:
            _tend(self.workers)
            await asyncio.sleep(0.05)

    async def _matched(self) -> int:
        found: int = await fetchval("SELECT count(*) FROM announcement WHERE matched_at IS NOT NULL")
        return found


def _slow(post: Server) -> asyncio.Event:
    """Set while the server has a letter and has not said so yet: for a while, so that some worker dies just then."""
    take, having = post.handle_DATA, asyncio.Event()

    async def take_and_wait(*args: Any) -> str:
        said = await take(*args)
        having.set()
        await asyncio.sleep(0.03)
        having.clear()
        return said

    post.handle_DATA = take_and_wait  # type: ignore[method-assign]
    return having


def _tend(workers: Sequence[Process]) -> None:
    """What init systems do: a worker that lost the database while it started is started again. None ends at work."""
    for worker in workers:
        if not worker.alive:
            assert "kervan/worker.py" not in worker.said, worker.said[-3000:]
            worker.start()


@contextlib.asynccontextmanager
async def _workers(folder: Path, address: str, smtp: str, secret: str) -> AsyncIterator[list[Process]]:
    env = {
        **os.environ,
        "DATABASE_URL": address,
        "KERVAN_DATA": str(folder / "data"),
        "KERVAN_SECRET": secret,
        "SMTP_URL": smtp,
        "KERVAN_ENV": "development",
        "KERVAN_LOG": "text",
    }
    running = [Process(("worker",), env, folder / f"worker{n}.log") for n in range(WORKERS)]
    try:
        yield running
    finally:
        for process in running:
            process.kill()


async def again(work: Callable[[], Awaitable[T]]) -> T:
    """What the work answers once the database is there: as a client that sends the same again."""
    while True:
        try:
            return await work()
        except _GONE:
            await asyncio.sleep(0.1)


async def _publish(board: Board, number: int, content: Content) -> int:
    """The request of this number, on the board; safe to repeat. request.id."""
    made = await requests.create(
        board.post.caller, by_post(board), content, key=f"storm-{number}", consent=CONSENT
    )
    if made.state != "PUBLISHED":
        await requests.publish(board.post.caller, await requesting.handled(board.post, made), seen=True)
    return made.id


async def _edit(board: Board, request: int, content: Content) -> None:
    """Twice as much is wanted: announced again. Safe to repeat."""
    public_id = await fetchval("SELECT public_id FROM trade_request WHERE id = $1", request)
    seat = await access.handled(board.post.caller, public_id)
    more = msgspec.structs.replace(content, quantity=2 * (content.quantity or 1))
    await requests.change(board.post.caller, seat, more)


async def _change_an_alert(board: Board, number: int) -> None:
    """Ayşe makes alerts, changes and ends them meanwhile; what she asked for at which tick decides."""
    who = board.ayse
    own = await fetch("SELECT public_id FROM alert WHERE person = $1 AND ended_at IS NULL", who.person)
    asked = Conditions(
        codes=(GOODS[number % len(GOODS)][0],), countries=tuple(COUNTRIES[number % 3 : number % 3 + 5])
    )
    if len(own) < 8:
        wanted = wish(conditions=asked, frequency="DAILY", channels=("MAIL",))
        await service.create(who.caller, who.membership, wanted, language="en", agreed=True)
    elif number % 2:
        wanted = wish(conditions=asked, frequency="WEEKLY", channels=("MAIL",))
        await service.change(who.caller, own[0]["public_id"], wanted, version=None, language="en")
    else:
        await service.end(who.caller, own[-1]["public_id"], "TOO_MANY")


async def _announce_all(board: Board, chance: random.Random, free: asyncio.Semaphore) -> None:
    """200 publications, 30 edits and 24 changes of alerts by three writers at a time."""
    contents = wanted(PUBLICATIONS, chance)
    edited = set(chance.sample(range(PUBLICATIONS), EDITS))
    changed = set(chance.sample(range(PUBLICATIONS), CHANGES))
    numbers = iter(range(PUBLICATIONS))

    async def writer() -> None:
        for number in numbers:
            await free.acquire()
            request = await again(lambda number=number: _publish(board, number, contents[number]))
            if number in edited:
                await again(lambda request=request, number=number: _edit(board, request, contents[number]))
            if number in changed:
                await again(lambda number=number: _change_an_alert(board, number))

    await asyncio.gather(*(writer() for _ in range(PUBLISHERS)))


async def _settled(workers: list[Process]) -> None:
    """All is carried out. Leases of the dead run out by themselves after minutes; here the clock is moved once,
    while nobody is alive whose lease it could be."""
    for worker in workers:
        await asyncio.to_thread(worker.kill)
    await execute("UPDATE outbox SET next_try_at = now()")
    await execute("UPDATE mail SET next_try_at = now() WHERE state = 'QUEUED'")
    for worker in workers:
        worker.start()
    for _ in range(400):
        waiting = await fetchval(
            "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM mail WHERE state = 'QUEUED')"
        )
        if not waiting:
            return
        _tend(workers)
        await asyncio.sleep(0.2)
    raise AssertionError(f"{waiting} side effects still wait")


# ------------------------------------------------------------------------------------------ what must be there


async def _expected(folder: Path) -> set[tuple[int, int, int]]:
    """(alert, request, edition) of the whole ledger, by searching for what each alert asked for at the tick."""
    engine = open_engine(specs=(REQUESTS,), synonyms=synonyms(), data_dir=folder)
    await engine.open()
    announced = {f"{row['request']}-{row['edition']}": row for row in await fetch(EDITION)}
    await engine.upsert(
        REQUESTS.name, [msgspec.structs.replace(document(row), id=id) for id, row in announced.items()]
    )
    found: dict[str, list[str]] = {}
    expected = set()
    for version in await fetch("SELECT alert, conditions, since, until FROM alert_version ORDER BY id"):
        asked = version["conditions"]
        if asked not in found:
            found[asked] = await _search(engine, conditions.opened(asked))
        for id in found[asked]:
            row = announced[id]
            if version["since"] < row["tick"] and (
                version["until"] is None or row["tick"] < version["until"]
            ):
                expected.add((version["alert"], row["request"], row["edition"]))
    await engine.close()
    return expected


async def _search(engine: Engine, asked: Conditions) -> list[str]:
    query = msgspec.structs.replace(conditions.query(asked), limit=1000)
    page = await engine.search(REQUESTS.name, query)
    assert page.total == len(page.hits)
    return [hit.id for hit in page.hits]


async def _check_ledger(folder: Path) -> int:
    """Every announcement was matched, and each alert has exactly its rows; how many there are."""
    announced = await fetch("SELECT * FROM announcement")
    assert len(announced) == PUBLICATIONS + EDITS
    assert [row["id"] for row in announced if row["matched_at"] is None] == []
    assert len({row["tick"] for row in announced}) == len(announced)
    assert await fetchval("SELECT count(*) FROM trade_request WHERE state = 'PUBLISHED'") == PUBLICATIONS

    rows = await fetch("SELECT alert, request, edition FROM alert_delivery")
    written = Counter((row["alert"], row["request"], row["edition"]) for row in rows)
    expected = await _expected(folder)
    assert expected - set(written) == set(), "missing"
    assert set(written) - expected == set(), "too many"
    assert set(written.values()) == {1}
    by_edition = Counter((request, edition) for _, request, edition in written)
    assert all(row["deliveries"] == by_edition[row["request"], row["edition"]] for row in announced)
    return len(rows)


async def _check_telling(post: Server) -> tuple[int, int]:
    """Who is told at once was told, of each edition once; how many mails there are, and of how many nobody knows."""
    told = await fetch(
        """SELECT d.state, d.mail, d.request, d.edition, a.person, a.channels, p.email FROM alert_delivery d
        JOIN alert a ON a.id = d.alert JOIN person p ON p.id = a.person WHERE a.frequency = 'AT_ONCE'"""
    )
    assert {row["state"] for row in told} <= {"TOLD", "SKIPPED"}
    by_mail = [row for row in told if "MAIL" in row["channels"] and row["state"] == "TOLD"]
    mails: dict[int, set[tuple[int, int, int]]] = defaultdict(set)
    heard: dict[tuple[int, int, int], set[int]] = defaultdict(set)
    for row in by_mail:
        about = (row["person"], row["request"], row["edition"])
        mails[row["mail"]].add(about)
        heard[about].add(row["mail"])
    assert all(len(found) == 1 for found in (*mails.values(), *heard.values()))

    sent = {row["id"]: row for row in await fetch("SELECT * FROM mail WHERE template = 'request_alert'")}
    assert set(sent) == set(mails)
    arrived = Counter(
        str(letter["Message-ID"]).strip("<>").partition("@")[0]
        for _, letter in post.letters
        if letter["X-Kervan-Mail"] == "request_alert"
    )
    assert set(arrived.values()) == {1}, "a mail came twice"
    assert set(arrived) <= {row["public_id"] for row in sent.values()}
    unsure = 0
    for row in sent.values():
        if row["state"] == "SENT":
            assert arrived[row["public_id"]] == 1
        else:
            # The worker died between the server's word and its own note: staff are asked, nobody is told twice.
            assert (row["state"], row["handed_at"] is not None) == ("FAILED", True), row["last_error"]
            unsure += 1

    under_the_bell = {
        (row["person"], row["request"], row["edition"])
        for row in told
        if "IN_APP" in row["channels"] and row["state"] == "TOLD"
    }
    lines = await fetchval("SELECT count(*) FROM notification WHERE kind = 'request_alert'")
    assert lines == len(under_the_bell)
    return len(sent), unsure


@pytest.mark.timeout(240)
async def test_the_ledger_survives_the_death_of_workers_and_database(
    database: Database, secret: str, tmp_path: Path
) -> None:
    chance = random.Random(6)
    await migrate_async()
    (tmp_path / "data").mkdir()
    async with pool(PUBLISHERS + 2), listening() as post:
        board = await requesting.make_board()
        # Nobody of the buyer is on the platform: the mails are those of alerts.
        await execute("UPDATE importer SET represented_by = $1", board.post.firm.id)
        people = await make_readers(READERS, board.can.firm.id)
        await make_alerts(people, board.can.firm.id, wishes(ALERTS, chance))
        await execute("DELETE FROM outbox")
        async with _workers(tmp_path, database.address, post.url, secret) as workers:
            storm = Storm(database, workers, post, seed=66)
            await asyncio.gather(storm.blow(), _announce_all(board, chance, storm.free))
            await _settled(workers)

        assert database.recovered == ROUNDS
        rows = await _check_ledger(tmp_path / "expected")
        assert rows > 5_000
        mails, unsure = await _check_telling(post)
        assert mails > 100
        # Each worker has one letter at a time.
        assert 1 <= unsure <= WORKERS * (len(storm.blows) + 1)
        report = await auditing.audit(everything=True)
        assert report.clean, report
        assert (report.announcements, report.deliveries) == (PUBLICATIONS + EDITS, rows)
