"""Many who order at once: an exporter's limits hold, and one click is one order."""

import asyncio
from collections import Counter

import msgspec
import people
import pytest
from ordering import Trade, a_trade, an_order, caller_of, side_of, wanted

from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict
from kervan.orders import load, service, steps
from kervan.orders.errors import Refused
from kervan.trade.own_limits import OwnLimits

pytestmark = pytest.mark.usefixtures("db")

BUYERS, SUBMISSIONS = 50, 10_000


async def _limit(trade: Trade, **limits: int) -> None:
    from kervan.exporters import limits as own

    await own.change(trade.seller, trade.exporter, OwnLimits(**limits))


async def _buyers(count: int) -> list[Trade]:
    first = await a_trade()
    trades = [first]
    for number in range(1, count):
        firm = await people.make_importer(f"Käufer {number} GmbH", standing="VERIFIED")
        person = await people.make_person(f"Käufer {number}", f"kaeufer-{number}@example.com")
        await people.make_member(firm, person, "BUYER")
        trades.append(
            msgspec.structs.replace(
                first, importer=firm.entity, importer_firm=firm, buyer=await caller_of(person)
            )
        )
    return trades


async def test_10_000_submissions_from_50_importers_keep_the_exporters_limits() -> None:
    """Nine of ten meet a full desk: what counts is that not one order too many gets in, and none is lost."""
    trades = await _buyers(BUYERS)
    await _limit(trades[0], max_open_orders=40, max_orders_a_day=60)
    outcomes: Counter[str] = Counter()
    queue = iter(range(SUBMISSIONS))

    async def buyer() -> None:
        for number in queue:
            trade = trades[number % BUYERS]
            try:
                await service.submit(trade.buyer, trade.buying, wanted(trade), f"k-{number // BUYERS}")
                outcomes["placed"] += 1
            except Refused as error:
                outcomes[error.verdict.refusals[-1].code] += 1

    await asyncio.gather(*(buyer() for _ in range(16)))
    assert outcomes["placed"] == 40
    assert sum(outcomes.values()) == SUBMISSIONS
    assert set(outcomes) == {"placed", "LOAD_OPEN"}
    assert await people.count("trade_order") == 40
    assert await fetchval("SELECT open_orders FROM exporter_load") == 40


async def test_the_day_is_full_when_the_open_ones_were_answered() -> None:
    trades = await _buyers(4)
    await _limit(trades[0], max_open_orders=2, max_orders_a_day=3)
    for number, trade in enumerate(trades[:2]):
        sent = await an_order(trade, f"k-{number}")
        seller, party = await side_of(trade, sent.public_id, "EXPORTER")
        await steps.take(seller, party, "decline", 1, reason="Out of stock this week.")
    await an_order(trades[2], "k-2")
    with pytest.raises(Refused) as refused:
        await an_order(trades[3], "k-3")
    assert refused.value.verdict.refusals[-1].code == "LOAD_DAY"
    assert await fetchval("SELECT open_orders FROM exporter_load") == 1


async def test_the_database_itself_refuses_one_order_too_many() -> None:
    from asyncpg import CheckViolationError

    trade = await a_trade()
    await an_order(trade)
    with pytest.raises(CheckViolationError):
        await execute("UPDATE exporter_load SET open_orders = open_ceiling + 1")


async def test_a_lowered_limit_leaves_open_orders_alone() -> None:
    trade = await a_trade()
    sent = [await an_order(trade, f"k-{n}") for n in range(3)]
    await _limit(trade, max_open_orders=1)
    with pytest.raises(Refused):
        await an_order(trade, "k-9")
    seller, party = await side_of(trade, sent[0].public_id, "EXPORTER")
    await steps.take(seller, party, "decline", 1, reason="Out of stock this week.")
    assert await fetchval("SELECT open_orders FROM exporter_load") == 2


async def test_one_click_sent_sixteen_times_at_once_is_one_order() -> None:
    trade = await a_trade()
    found = await asyncio.gather(*(an_order(trade, "double") for _ in range(16)))
    assert len({sent.public_id for sent in found}) == 1
    assert await people.count("trade_order") == 1
    assert await fetchval("SELECT open_orders FROM exporter_load") == 1


async def test_of_two_who_answer_at_once_one_is_told_so() -> None:
    trade = await a_trade()
    sent = await an_order(trade)
    seller, party = await side_of(trade, sent.public_id, "EXPORTER")
    answers = await asyncio.gather(
        steps.take(seller, party, "accept", 1),
        steps.take(seller, party, "decline", 1, reason="Out of stock this week."),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "State"]
    assert await fetchval("SELECT count(*) FROM order_event") == 2
    assert any(isinstance(answer, Conflict) for answer in answers)


async def test_a_place_is_taken_and_given_back_by_single_statements() -> None:
    trade = await a_trade()
    day = await fetchval("SELECT current_date")

    async def take() -> bool:
        async with transaction() as tx:
            return await load.take(tx.connection, trade.exporter, 5, 7, day)

    assert sum(await asyncio.gather(*(take() for _ in range(20)))) == 5
    rows = await fetch("SELECT open_orders, day_orders FROM exporter_load")
    assert dict(rows[0]) == {"open_orders": 5, "day_orders": 5}
