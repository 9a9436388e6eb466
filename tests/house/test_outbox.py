"""Side effects happen after the commit, at least once, and one bad row does not hold up the others."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from kervan.db import execute, fetch, fetchval, transaction
from kervan.outbox import drain, lag_seconds, publish, waiting


class Seen:
    """A handler that remembers payloads and fails for those marked bad."""

    def __init__(self) -> None:
        self.payloads: list[Mapping[str, Any]] = []

    async def __call__(self, payloads: Sequence[Mapping[str, Any]]) -> None:
        if any(payload.get("bad") for payload in payloads):
            raise ValueError("poison")
        self.payloads += payloads


async def _publish(**payload: object) -> None:
    async with transaction():
        await publish("thing.changed", **payload)


async def test_publishing_outside_a_transaction_is_refused(db: None) -> None:
    with pytest.raises(RuntimeError):
        await publish("thing.changed", id=1)


async def test_what_is_rolled_back_has_no_side_effect(db: None) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await publish("thing.changed", id=1)
            raise ZeroDivisionError
    assert await waiting() == 0


async def test_a_committed_change_is_carried_out_once(db: None) -> None:
    await _publish(id=1)
    seen = Seen()
    assert await drain({"thing.changed": seen}) == 1
    assert await drain({"thing.changed": seen}) == 0
    assert seen.payloads == [{"id": 1}]
    assert await lag_seconds() == 0.0


async def test_a_poison_row_is_postponed_and_its_neighbours_go_on(db: None) -> None:
    await _publish(id=1)
    await _publish(id=2, bad=True)
    await _publish(id=3)
    seen = Seen()
    await drain({"thing.changed": seen})
    assert [payload["id"] for payload in seen.payloads] == [1, 3]
    [row] = await fetch("SELECT attempts, last_error, next_try_at > now() AS later FROM outbox")
    assert (row["attempts"], row["later"]) == (1, True)
    assert "poison" in row["last_error"]


async def test_a_row_whose_worker_died_is_carried_out_by_the_next(db: None) -> None:
    await _publish(id=1)

    async def dies(_: Sequence[Mapping[str, Any]]) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await drain({"thing.changed": dies})
    seen = Seen()
    assert await drain({"thing.changed": seen}) == 0, "the lease still holds"
    await execute("UPDATE outbox SET next_try_at = now()")
    await drain({"thing.changed": seen})
    assert seen.payloads == [{"id": 1}]


async def test_two_workers_share_the_rows(db: None) -> None:
    for number in range(40):
        await _publish(id=number)
    first, second = Seen(), Seen()
    await asyncio.gather(
        *(drain({"thing.changed": seen}, limit=7) for seen in (first, second) for _ in range(3))
    )
    ids = [payload["id"] for payload in first.payloads + second.payloads]
    assert len(ids) == len(set(ids)) == 40


async def test_a_topic_without_handler_waits_with_a_reason(db: None) -> None:
    await _publish(id=1)
    await drain({})
    assert await fetchval("SELECT last_error FROM outbox") == "no handler for topic thing.changed"


async def test_a_transaction_is_never_nested(db: None) -> None:
    async with transaction():
        with pytest.raises(Exception, match="nested"):
            async with transaction():
                pass


async def test_a_failing_commit_gives_its_connection_back(db: None) -> None:
    """A deferred constraint fails at COMMIT; Piccolo alone would leak the connection each time."""
    for _ in range(8):
        with pytest.raises(Exception, match="deferred"):
            async with transaction() as tx:
                await tx.connection.execute(
                    """CREATE TABLE deferred_check (id int PRIMARY KEY, other int
                        REFERENCES deferred_check (id) DEFERRABLE INITIALLY DEFERRED)"""
                )
                await tx.connection.execute("INSERT INTO deferred_check VALUES (1, 2)")
    assert await asyncio.wait_for(fetchval("SELECT 1"), timeout=5) == 1


async def test_what_waits_for_a_slow_server_holds_up_nothing_else(db: None) -> None:
    done: list[str] = []

    async def quick(payloads: Sequence[Mapping[str, Any]]) -> None:
        done.extend(payload["name"] for payload in payloads)

    async with transaction():
        await publish("mail", name="a")
        await publish("index", name="b")
    assert await drain({"index": quick}, leave=("mail",)) == 1
    assert done == ["b"]
    assert await waiting() == 1
