"""The law in time: past rows as they are, one at a day, old days under their own law, every process told."""

import asyncio
import datetime as dt
from decimal import Decimal

import asyncpg
import pytest
from policies.proposing import DAY, approved
from staffing import Admins

from kervan.db import connection, execute, fetch, fetchval, transaction
from kervan.policies import book, seed, service
from kervan.policies.tables import Kind
from kervan.trade import law
from kervan.trade.law import ETGB
from kervan.trade.verdict import Shipment, judge

TABLES = tuple(Kind)


async def test_a_fresh_database_has_the_law_of_the_release(db: None) -> None:
    found = await book.refresh()
    shipped = law.shipped()
    assert found.version > 0
    assert set(found.regime) == set(shipped.regime)
    assert set(found.restricted) == set(shipped.restricted)
    assert set(found.platform) == set(shipped.platform)
    assert set(found.figures) == set(shipped.figures)
    assert found.holidays == shipped.holidays
    assert (
        await fetchval(
            "SELECT count(*) FROM regime_limit WHERE source LIKE 'Kervan %' AND proposed_by IS NULL"
        )
        == 4
    )


async def test_loading_the_release_again_adds_nothing_and_never_overrules_administrators(
    admins: Admins,
) -> None:
    await approved(admins, max_gross_g=650_000)
    async with connection() as conn:
        assert await seed.load(conn) == 0
    assert (await book.refresh()).regime_limit(ETGB, service.today() + DAY).max_gross_g == 650_000


async def test_a_later_release_adds_the_rows_that_nobody_has_yet(db: None) -> None:
    new = law.Figure(name="NEW_DAYS", figure=9, legal_ref="x", certainty="DECIDED")
    other = law.Figure(
        name="SPLIT_DAYS", figure=99, legal_ref="x", certainty="DECIDED", valid_from=dt.date(2026, 1, 1)
    )
    later = law.LawBook(0, regime=(), platform=(), restricted=(), figures=(new, other))
    async with connection() as conn:
        assert await seed.load(conn, later, "Kervan 9") == 1
    found = await book.refresh()
    assert (found.figure("NEW_DAYS", service.today()), found.figure("SPLIT_DAYS", service.today())) == (9, 7)


@pytest.mark.parametrize("table", TABLES)
async def test_invariant_17_past_rows_never_change_at_the_database(admins: Admins, table: Kind) -> None:
    if table is Kind.CARRIER:
        await approved(admins, Kind.CARRIER)
    today = service.today()
    for change in (
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
        f"UPDATE {table} SET legal_ref = 'another'",
        f"UPDATE {table} SET valid_to = NULL, closed_at = now()",
        f"UPDATE {table} SET valid_from = '2020-01-01'",
        f"UPDATE {table} SET valid_to = '2020-01-01', closed_at = now()",
        f"UPDATE {table} SET valid_to = '{today - 2 * DAY}', closed_at = now()",
        f"UPDATE {table} SET valid_to = '{today}'",
        f"UPDATE {table} SET valid_to = '{today}', closed_at = now(), note = 'x'",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(change)


async def test_invariant_17_an_end_is_set_once(admins: Admins) -> None:
    close = "UPDATE platform_figure SET valid_to = $1, closed_at = now() WHERE name = 'SPLIT_DAYS'"
    await execute(close, service.today() + DAY)
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute(close, service.today() + 5 * DAY)


async def test_two_rows_about_the_same_thing_never_hold_on_one_day(admins: Admins) -> None:
    for table, names, values in (
        ("regime_limit", "route, max_gross_g, max_value_eur, basis", "'ETGB', 1, 1, 'BOTH'"),
        ("platform_limit", "tier", "'VERIFIED'"),
        ("platform_figure", "name, figure", "'SPLIT_DAYS', 3"),
        ("restricted_goods", "prefix, kind, name, name_tr", "'93', 'LICENCE', 'x', 'x'"),
    ):
        with pytest.raises(asyncpg.ExclusionViolationError):
            await execute(
                f"INSERT INTO {table} (public_id, source, legal_ref, certainty, valid_from, {names})"
                f" VALUES ('overlapping1', 'test', 'x', 'RECALLED', current_date, {values})"
            )


async def test_every_change_of_the_law_raises_its_version(admins: Admins) -> None:
    before = (await book.refresh()).version
    await approved(admins)
    assert law.current().version > before
    same = law.current()
    assert await book.refresh() is same


async def test_another_process_follows(admins: Admins) -> None:
    await approved(admins)
    law.use(law.shipped())  # what a process that slept still judges by
    assert law.current().regime_limit(ETGB, service.today() + DAY).max_gross_g == 600_000
    stop = asyncio.Event()
    task = asyncio.create_task(book.keep_fresh(stop))
    for _ in range(100):
        await asyncio.sleep(0.02)
        if law.current().version:
            break
    stop.set()
    await task
    assert law.current().regime_limit(ETGB, service.today() + DAY).max_gross_g == 700_000


async def test_a_change_that_is_rolled_back_is_not_judged_by(admins: Admins) -> None:
    with pytest.raises(RuntimeError):
        async with transaction() as tx:
            await tx.connection.execute("UPDATE law_version SET law = law + 1")
            raise RuntimeError
    version = await fetchval("SELECT law FROM law_version")
    assert (await book.refresh()).version == version


async def test_invariant_4_an_old_day_is_judged_by_its_own_law(admins: Admins) -> None:
    await approved(admins, max_gross_g=100_000, valid_from=service.today())

    def allowed(on: dt.date, grams: int) -> bool:
        shipment = Shipment(
            on=on, route=ETGB, purpose="SALE", sale_type="FINAL", destination="DE", buyer_country="DE", tier="VERIFIED",
            currency="EUR", goods_eur=Decimal(100), total_eur=Decimal(100), gross_g=grams, codes=("630260000000",),
        )  # fmt: skip
        return judge(shipment, law.current()).allowed

    assert [
        allowed(on, 300_000)
        for on in (dt.date(2016, 1, 1), dt.date(2025, 12, 31), dt.date(2026, 1, 3), service.today())
    ] == [False, True, True, False]
    assert not allowed(dt.date(2025, 12, 31), 300_001)


async def test_invariant_4_the_book_is_known_as_it_was_at_a_moment(admins: Admins) -> None:
    before = await fetchval("SELECT clock_timestamp()")
    await approved(admins, valid_from=service.today(), max_gross_g=100_000)
    as_it_was, now = await book.as_of(before), await book.as_of(await fetchval("SELECT clock_timestamp()"))
    assert as_it_was.regime_limit(ETGB, service.today()).max_gross_g == 600_000
    assert as_it_was.history(ETGB)[-1].valid_to is None
    assert now.regime_limit(ETGB, service.today()).max_gross_g == 100_000
    assert len(await fetch("SELECT FROM regime_limit")) == 5
