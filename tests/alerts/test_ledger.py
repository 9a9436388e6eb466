"""Each edition has one row for each alert that it fits: after crashes, for two workers, whatever changed meanwhile."""

import asyncio
from typing import Any

import pytest
import requesting
from requesting import Board

from kervan.alerts import conditions, ledger, service
from kervan.alerts.book import Book
from kervan.alerts.conditions import Conditions
from kervan.db import execute, fetch, fetchval, transaction
from kervan.requests import service as requests

from .conftest import announce, ledger_of, make_alert, matched, public, wish


async def test_a_request_gets_a_row_for_each_alert_that_it_fits(board: Board) -> None:
    towels = await make_alert(board.ayse)
    everything = await make_alert(board.can, Conditions())
    germany = await make_alert(board.can, Conditions(countries=("DE",)))
    await make_alert(board.can, Conditions(codes=("1509",)))
    await make_alert(board.ayse, Conditions(countries=("NG",)))
    made = await requesting.published(board)
    assert await ledger_of() == []
    await announce()
    assert await matched(made.id) == {towels, everything, germany}
    assert {(row["edition"], row["state"]) for row in await ledger_of()} == {(1, "QUEUED")}
    [note] = await fetch("SELECT * FROM announcement")
    assert (note["deliveries"], note["tick"]) == (3, await fetchval("SELECT tick FROM alert_clock"))
    assert note["matched_at"] is not None


async def test_a_material_edit_is_announced_again_and_a_correction_is_not(board: Board) -> None:
    alert = await make_alert(board.ayse)
    made = await requesting.published(board)
    await announce()
    seat = await requesting.own(board, made)
    await requests.change(board.buyer.caller, seat, requesting.content(quantity=900))
    await announce()
    assert [(row["alert"], row["edition"]) for row in await ledger_of()] == [(alert, 1), (alert, 2)]


async def test_the_handler_may_run_twice(board: Board) -> None:
    await make_alert(board.ayse)
    made = await requesting.published(board)
    book = Book()
    assert await ledger.match(book, made.id, 1) == 1
    before = await fetchval("SELECT tick FROM alert_clock")
    assert await ledger.match(book, made.id, 1) == 0
    assert await ledger.match(Book(), made.id, 1) == 0
    assert len(await ledger_of()) == 1
    assert await fetchval("SELECT tick FROM alert_clock") == before
    told = await fetchval("SELECT count(*) FROM outbox WHERE topic = 'alerts.deliver'")
    assert told == 1


async def test_two_workers_at_once_write_each_row_once(board: Board) -> None:
    alerts = [await make_alert(board.ayse, Conditions()) for _ in range(10)]
    made = [await requesting.published(board, title=f"White towels, lot {n}") for n in range(5)]
    books = [Book(), Book(), Book()]
    await asyncio.gather(*(ledger.match(book, one.id, 1) for one in made for book in books))
    rows = [(row["alert"], row["request"]) for row in await ledger_of()]
    assert sorted(rows) == sorted((alert, one.id) for alert in alerts for one in made)
    ticks = [row["tick"] for row in await fetch("SELECT tick FROM announcement ORDER BY tick")]
    assert len(set(ticks)) == len(made)


async def test_a_worker_with_memory_hears_of_every_change(board: Board) -> None:
    book = Book()
    first = await make_alert(board.ayse)
    one = await requesting.published(board)
    await ledger.match(book, one.id, 1)
    second = await make_alert(board.can, Conditions(countries=("DE",)))
    await service.change(
        board.ayse.caller,
        await public(first),
        wish(conditions=Conditions(codes=("1509",))),
        version=1,
        language="en",
    )
    two = await requesting.published(board, title="More white towels")
    await ledger.match(book, two.id, 1)
    await service.end(board.can.caller, await public(second), "TOO_MANY")
    three = await requesting.published(board, title="Olive oil in tins", hs_code="1509", certificates=())
    await ledger.match(book, three.id, 1)
    assert await matched(one.id) == {first}
    assert await matched(two.id) == {second}
    assert await matched(three.id) == {first}


async def test_a_change_between_publishing_and_matching_is_decided_by_the_tick(board: Board) -> None:
    alert = await make_alert(board.ayse)
    made = await requesting.published(board)
    await service.change(
        board.ayse.caller,
        await public(alert),
        wish(conditions=Conditions(codes=("1509",))),
        version=1,
        language="en",
    )
    late = await make_alert(board.can)
    await announce()
    assert await matched(made.id) == {late}
    tick = await fetchval("SELECT tick FROM announcement")
    [old, new] = await fetch("SELECT since, until FROM alert_version WHERE alert = $1 ORDER BY number", alert)
    assert old["until"] == new["since"] < tick
    assert new["until"] is None


class Broken(Exception):
    pass


async def test_a_transaction_that_was_rolled_back_costs_no_alert(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tick of a rolled back announcement is given to the next change: the memory must not think it has seen it."""
    book = Book()
    first = await make_alert(board.ayse)
    made = await requesting.published(board)

    async def fail(*_: Any, **__: Any) -> None:
        raise Broken

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "publish", fail)
        with pytest.raises(Broken):
            await ledger.match(book, made.id, 1)
    assert await ledger_of() == []
    second = await make_alert(board.can)
    assert await ledger.match(book, made.id, 1) == 2
    assert await matched(made.id) == {first, second}


async def test_an_announcement_waits_for_a_change_that_is_not_committed_yet(board: Board) -> None:
    made = await requesting.published(board)
    book = Book()
    await ledger.match(book, (await requesting.published(board, title="Towels before")).id, 1)
    async with transaction() as tx:
        conn = tx.connection
        tick = await conn.fetchval("UPDATE alert_clock SET tick = tick + 1 RETURNING tick")
        alert = await conn.fetchval(
            """INSERT INTO alert (public_id, person, organisation, name, frequency, channels, feed_token)
            VALUES ('aaaaaaaaaaaa', $1, $2, 'x', 'DAILY', '{}', 'x') RETURNING id""",
            board.ayse.person,
            board.ayse.firm.id,
        )
        await conn.execute(
            "INSERT INTO alert_version (alert, number, conditions, since) VALUES ($1, 1, $2, $3)",
            alert,
            conditions.stored(Conditions()),
            tick,
        )

        matching = _beside(ledger.match(book, made.id, 1))
        done, _ = await asyncio.wait([matching], timeout=0.3)
        assert not done
    assert await matching == 1
    assert await matched(made.id) == {alert}


def _beside(coroutine: Any) -> asyncio.Task[Any]:
    """A task that does not take part in the open transaction of this one."""
    import contextvars

    return contextvars.Context().run(asyncio.ensure_future, coroutine)


async def test_a_clock_that_went_back_makes_the_worker_read_everything_anew(board: Board) -> None:
    book = Book()
    await make_alert(board.ayse)
    await ledger.match(book, (await requesting.published(board)).id, 1)
    # As after a backup was played back: fewer ticks, another alert.
    await execute("UPDATE alert_clock SET tick = 0")
    await execute("UPDATE alert_version SET since = 0")
    alert = await make_alert(board.can)
    await execute("UPDATE alert_version SET since = 1 WHERE alert = $1", alert)
    await execute("UPDATE alert_clock SET tick = 1")
    made = await requesting.published(board, title="White towels again")
    assert await ledger.match(book, made.id, 1) == 2


async def test_a_deleted_person_has_no_rows_and_stops_nobody(board: Board) -> None:
    book = Book()
    gone, stays = await make_alert(board.can), await make_alert(board.ayse)
    await ledger.match(book, (await requesting.published(board)).id, 1)
    await execute("DELETE FROM alert WHERE id = $1", gone)
    made = await requesting.published(board, title="White towels again")
    assert await ledger.match(book, made.id, 1) == 1
    assert await matched(made.id) == {stays}


async def test_what_was_never_announced_is_an_error(db: None) -> None:
    with pytest.raises(LookupError):
        await ledger.match(Book(), 1, 1)


async def test_an_alert_that_cannot_be_understood_does_not_hold_up_the_others(board: Board) -> None:
    broken, whole = await make_alert(board.can), await make_alert(board.ayse)
    await execute("UPDATE alert_version SET conditions = '{\"countries\": 7}' WHERE alert = $1", broken)
    made = await requesting.published(board)
    await announce()
    assert await matched(made.id) == {whole}


async def test_many_rows_are_told_in_batches(board: Board) -> None:
    for _ in range(3):
        await make_alert(board.ayse)
    await execute(
        """INSERT INTO alert (public_id, person, organisation, name, frequency, channels, feed_token)
        SELECT 'p' || n, $1, $2, 'x', 'AT_ONCE', '{MAIL}', 'f' || n FROM generate_series(1, 247) n""",
        board.can.person,
        board.can.firm.id,
    )
    await execute(
        """INSERT INTO alert_version (alert, number, conditions, since)
        SELECT id, 1, '{}', 0 FROM alert WHERE name = 'x'"""
    )
    await requesting.published(board)
    await announce()
    assert len(await ledger_of()) == 250
    rows = await fetch(
        "SELECT jsonb_array_length(payload -> 'deliveries') AS n FROM outbox WHERE topic = 'alerts.deliver'"
    )
    assert sorted(row["n"] for row in rows) == [50, 100, 100]
