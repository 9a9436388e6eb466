"""What may be sent as an order, by the numbers of the domain's invariants, and that a refusal writes nothing."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

import pytest
from factories import make_exporter, make_product
from ordering import Trade, a_trade, an_order
from people import count

from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid
from kervan.orders import service
from kervan.orders.errors import Changed, Refused
from kervan.orders.structs import WantedLine
from kervan.trade import rates

pytestmark = pytest.mark.usefixtures("db")

TABLES = (
    "trade_order",
    "order_terms",
    "order_line",
    "order_charge",
    "order_event",
    "exporter_load",
    "split_flag",
    "mail",
    "webhook_delivery",
)


def on(monkeypatch: pytest.MonkeyPatch, year: int, month: int, day: int) -> None:
    """Orders are sent on this day, at noon UTC."""
    monkeypatch.setattr(service, "now", lambda: datetime(year, month, day, 12, tzinfo=UTC))


async def one_of(grams: int, price: str, **fields: Any) -> Trade:
    """A trade in something of which one piece weighs and costs so much."""
    values = {
        "gross_weight_g": grams,
        "net_weight_g": min(420, grams),
        "moq": 1,
        "step": 1,
        "tiers": ((1, Decimal(price)),),
        **fields,
    }
    return await a_trade(**values)


async def as_if(statement: str) -> None:
    """Rewrites versions, which nobody else can: a listing as it may have been stored before a rule was there."""
    async with transaction() as tx:
        await tx.connection.execute("SET LOCAL session_replication_role = replica")
        await tx.connection.execute(statement)


async def refused(trade: Trade, **fields: Any) -> list[str]:
    """The codes of the refusals, once it is sure that nothing was written."""
    with pytest.raises(Refused) as error:
        await an_order(trade, **fields)
    assert {table: await count(table) for table in TABLES} == dict.fromkeys(TABLES, 0)
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE action LIKE 'order.%'") == 0
    assert not error.value.verdict.allowed
    return [refusal.code for refusal in error.value.verdict.refusals]


OLD, NEW = (2025, 6, 2), (2026, 11, 20)


@pytest.mark.parametrize(("day", "grams", "price"), [(OLD, 300_000, "15000.00"), (NEW, 600_000, "30000.00")])
async def test_invariant_1_exactly_on_both_limits_passes(
    monkeypatch: pytest.MonkeyPatch, day: tuple[int, int, int], grams: int, price: str
) -> None:
    on(monkeypatch, *day)
    sent = await an_order(await one_of(grams, price), quantity=1)
    row = (await fetch("SELECT * FROM trade_order WHERE public_id = $1", sent.public_id))[0]
    assert (row["gross_weight_g"], row["total_eur"]) == (grams, Decimal(price))


@pytest.mark.parametrize(
    ("day", "grams", "price", "code"),
    [
        (OLD, 300_001, "15000.00", "REGIME_GROSS_WEIGHT"),
        (OLD, 300_000, "15000.01", "REGIME_GOODS_VALUE"),
        (NEW, 600_001, "30000.00", "REGIME_GROSS_WEIGHT"),
        (NEW, 600_000, "30000.01", "REGIME_GOODS_VALUE"),
    ],
)
async def test_invariant_1_a_gram_or_a_cent_above_is_refused(
    monkeypatch: pytest.MonkeyPatch, day: tuple[int, int, int], grams: int, price: str, code: str
) -> None:
    on(monkeypatch, *day)
    trade = await one_of(grams, price, micro_export_ok=False)
    # The order is judged by itself, whatever the listing says.
    await as_if("UPDATE product_version SET micro_export_ok = true, exclusion_reason = NULL")
    assert await refused(trade, quantity=1) == [code]


async def test_invariant_1_charges_count_towards_the_total(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, *OLD)
    trade = await one_of(1000, "14999.00")
    freight, packing = Decimal("0.90"), Decimal("0.11")
    assert await refused(trade, quantity=1, charges={"FREIGHT": freight, "PACKAGING": packing}) == [
        "REGIME_TOTAL_VALUE"
    ]
    sent = await an_order(trade, quantity=1, charges={"FREIGHT": freight, "PACKAGING": Decimal("0.10")})
    assert await fetchval(
        "SELECT total_eur FROM trade_order WHERE public_id = $1", sent.public_id
    ) == Decimal("15000.00")


async def test_invariant_1_the_smallest_of_law_platform_and_exporter_counts() -> None:
    trade = await one_of(10_000, "300.00")
    await execute(
        "INSERT INTO exporter_limit (exporter, max_order_eur, max_gross_g, min_order_eur, valid_from)"
        " VALUES ($1, 900, 50000, 600, now() - interval '1 day')",
        trade.exporter,
    )
    assert await refused(trade, quantity=1) == ["EXPORTER_MINIMUM"]
    assert await refused(trade, quantity=4) == ["EXPORTER_GOODS_VALUE"]
    assert await refused(trade, quantity=6) == ["EXPORTER_GROSS_WEIGHT", "EXPORTER_GOODS_VALUE"]
    await an_order(trade, quantity=3)


async def test_an_unverified_importer_orders_up_to_1000_euros() -> None:
    trade = await one_of(1000, "500.00", moq=1)
    await execute("UPDATE importer SET standing = 'ACTIVE'")
    assert await refused(trade, quantity=3) == ["PLATFORM_GOODS_VALUE"]
    assert await refused(trade, quantity=2, charges={"FREIGHT": Decimal("0.01")}) == ["PLATFORM_TOTAL_VALUE"]
    await an_order(trade, quantity=2)


async def test_a_verification_that_ran_out_is_none() -> None:
    trade = await one_of(1000, "500.00")
    await execute("UPDATE importer SET verified_until = current_date - 1")
    assert await refused(trade, quantity=3) == ["PLATFORM_GOODS_VALUE"]


def business_day_after(days: int) -> tuple[int, int, int]:
    """The first day on which the newest rate that we have is so many business days old."""
    day = rates.last_published()
    while rates.business_days_between(rates.last_published(), day) < days:
        day += timedelta(days=1)
    return day.year, day.month, day.day


async def test_invariant_3_rate_date_and_source_are_frozen_in_the_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day = rates.last_published()
    on(monkeypatch, day.year, day.month, day.day)
    sent = await an_order(await a_trade(currency="USD"))
    rate = rates.rate_on("USD", day)
    row = (
        await fetch(
            """SELECT t.* FROM order_terms t JOIN trade_order o ON o.id = t."order" WHERE o.public_id = $1""",
            sent.public_id,
        )
    )[0]
    assert (row["eur_rate"], row["rate_date"], row["rate_source"]) == (rate.eur_rate, rate.date, rate.source)
    expected = (Decimal("420.00") / rate.eur_rate).quantize(Decimal("0.0001"), ROUND_UP)
    assert (row["invoice_total"], row["total_eur"], row["goods_eur"]) == (
        Decimal("420.00"),
        expected,
        expected,
    )
    assert row["law_on"] == day


async def test_invariant_3_a_rate_of_three_business_days_ago_may_be_used_and_of_four_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trade = await a_trade(currency="USD")
    on(monkeypatch, *business_day_after(4))
    assert await refused(trade) == ["RATE"]
    on(monkeypatch, *business_day_after(3))
    await an_order(trade)


async def test_invariant_3_a_currency_without_a_rate_is_refused() -> None:
    assert await refused(await a_trade(currency="KWD")) == ["RATE"]


async def test_invariant_4_limits_of_a_sent_order_never_change() -> None:
    trade = await a_trade()
    sent = await an_order(trade)
    before = await fetchval("SELECT verdict FROM order_terms")
    await execute(
        "INSERT INTO exporter_limit (exporter, max_order_eur, valid_from) VALUES ($1, 10, now())",
        trade.exporter,
    )
    assert await fetchval("SELECT verdict FROM order_terms") == before
    assert await fetchval("SELECT state FROM trade_order WHERE public_id = $1", sent.public_id) == "SUBMITTED"


@pytest.mark.parametrize("code", ["NULL", "'630260'"])
async def test_invariant_5_goods_without_a_gtip_of_12_digits_are_refused(code: str) -> None:
    trade = await a_trade()
    await as_if(f"UPDATE product_version SET hs_code = {code}")
    assert await refused(trade) == ["NO_GTIP"]


async def test_invariant_5_only_the_four_charges_can_be_added() -> None:
    trade = await a_trade()
    for charges in (
        {"CUSTOMS_CLEARANCE": Decimal(10)},
        {"GOODS": Decimal(10)},
        {"FREIGHT": Decimal(0)},
        {"FREIGHT": Decimal(-1)},
        {"FREIGHT": Decimal("NaN")},
        {"FREIGHT": Decimal("Infinity")},
        {"FREIGHT": Decimal("12.345")},
    ):
        with pytest.raises(Invalid) as error:
            await an_order(trade, charges=charges)
        assert list(error.value.fields) == [f"charges.{next(iter(charges))}"]
    assert await count("trade_order") == 0


@pytest.mark.parametrize("purpose", ["SAMPLE", "GIFT", "REPAIR", "FAIR", "RETURN"])
async def test_invariant_8_only_sales_are_ordered(purpose: str) -> None:
    assert await refused(await a_trade(), purpose=purpose) == ["PURPOSE"]


async def test_invariant_8_only_final_sales_are_ordered() -> None:
    assert await refused(await a_trade(), sale_type="CONSIGNMENT") == ["SALE_TYPE"]


async def test_invariant_8_restricted_goods_are_refused() -> None:
    trade = await a_trade()
    await as_if("UPDATE product_version SET hs_code = '970500000000'")
    assert [code.partition("_")[0] for code in await refused(trade)] == ["RESTRICTED"]


async def test_invariant_8_what_the_exporter_does_not_send_this_way_is_refused() -> None:
    assert await refused(await a_trade(micro_export_ok=False)) == ["NOT_BY_MICRO_EXPORT"]


async def test_goods_without_a_weight_are_refused() -> None:
    trade = await a_trade()
    await as_if("UPDATE product_version SET gross_weight_g = NULL, net_weight_g = NULL")
    assert "NO_WEIGHT" in await refused(trade)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE exporter SET verification = 'SUSPENDED'",
        "UPDATE importer SET standing = 'SUSPENDED'",
        "UPDATE importer SET standing = 'PENDING_EMAIL'",
    ],
)
async def test_invariant_9_both_firms_must_be_in_good_standing(statement: str) -> None:
    trade = await a_trade()
    await execute(statement)
    with pytest.raises(Conflict):
        await an_order(trade)
    assert await count("trade_order") == 0


@pytest.mark.parametrize("state", ["DRAFT", "IN_REVIEW", "PAUSED", "ARCHIVED", "BLOCKED"])
async def test_invariant_9_only_published_listings_are_ordered(state: str) -> None:
    trade = await a_trade()
    await execute("UPDATE product SET state = $1", state)
    with pytest.raises(Invalid) as error:
        await an_order(trade)
    assert list(error.value.fields) == [f"quantity.{trade.product}"]


async def test_invariant_9_goods_of_two_exporters_are_two_orders() -> None:
    trade = await a_trade()
    other = await make_product(await make_exporter("bursa-ipek"), "IP-1")
    silk: str = await fetchval("SELECT public_id FROM product WHERE id = $1", other)
    lines = (WantedLine(product=trade.product, quantity=100), WantedLine(product=silk, quantity=100))
    with pytest.raises(Invalid) as error:
        await an_order(trade, lines=lines)
    assert list(error.value.fields) == [f"quantity.{silk}"]


async def test_invariant_9_nothing_goes_to_turkiye() -> None:
    with pytest.raises(Invalid) as error:
        await an_order(await a_trade(), destination="TR")
    assert list(error.value.fields) == ["destination"]


@pytest.mark.parametrize("quantity", [0, -100, 49, 55, 10**12])
async def test_a_quantity_that_cannot_be_ordered_is_said_by_field(quantity: int) -> None:
    trade = await a_trade()
    with pytest.raises(Invalid) as error:
        await an_order(trade, quantity=quantity)
    assert list(error.value.fields) == [f"quantity.{trade.product}"]
    assert await count("trade_order") == 0


async def test_one_product_in_two_lines_is_refused() -> None:
    trade = await a_trade()
    line = WantedLine(product=trade.product, quantity=100)
    with pytest.raises(Invalid) as error:
        await an_order(trade, lines=(line, line))
    assert list(error.value.fields) == ["lines"]


async def test_another_currency_than_that_of_the_goods_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        await an_order(await a_trade(), currency="USD")
    assert list(error.value.fields) == ["currency"]


async def test_a_price_that_was_never_asked_is_shown_and_nothing_is_written() -> None:
    trade = await a_trade()
    line = WantedLine(product=trade.product, quantity=100, seen_version=1, seen_price=Decimal("0.01"))
    with pytest.raises(Changed) as error:
        await an_order(trade, lines=(line,))
    assert [(one.field, one.before, one.now) for one in error.value.differences] == [("price", "0.01", "4.2")]
    assert {table: await count(table) for table in TABLES} == dict.fromkeys(TABLES, 0)
