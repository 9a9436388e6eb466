"""The numbered invariants of orders (domain 4.7) where they meet: the steps of one order under the law of its day."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import asyncpg
import people
import pytest
from factories import make_exporter, make_product
from msgspec.structs import replace
from ordering import a_trade, an_order, side_of
from papering import Case, a_carrier, a_hand_over, a_proforma, an_invoice, confirmed, invoiced, registered

from kervan.db import connection, execute, fetch, fetchval
from kervan.declarations import service as declarations
from kervan.documents import service as documents
from kervan.documents import shelf
from kervan.documents.structs import Kind
from kervan.errors import Conflict, Invalid
from kervan.files import store
from kervan.orders import offers, queries, steps
from kervan.orders.deadlines import today
from kervan.orders.errors import Refused
from kervan.orders.offers import Offer, OfferedLine
from kervan.orders.structs import WantedLine
from kervan.orders.tables import State
from kervan.policies import book, rates
from kervan.trade import law

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def _store(tmp_path: Path) -> None:
    """Files of documents go to a folder of the test."""
    store.use(tmp_path / "uploads")


# A day, and what its row of the law says: 300 kg and EUR 15,000; 600 kg and EUR 30,000.
ROWS = [(date(2025, 6, 2), 300_000, Decimal("15000.00")), (date(2026, 11, 20), 600_000, Decimal("30000.00"))]
PIECE = {"gross_weight_g": 1, "net_weight_g": 1, "moq": 1, "step": 1, "tiers": ((1, Decimal("0.05")),)}
"""So light and so cheap that 300,000 of them are exactly 300 kg and EUR 15,000."""
CENT = Decimal("0.01")


async def in_force(monkeypatch: pytest.MonkeyPatch, found: law.LawBook) -> None:
    """Everybody judges by this book from now on."""
    law.use(found)

    async def as_it_is() -> law.LawBook:
        return law.current()

    monkeypatch.setattr(book, "refresh", as_it_is)


async def the_row_of(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """The limit of that day holds today."""
    shipped = law.shipped()
    row = replace(shipped.regime_limit(law.ETGB, day), valid_from=None, valid_to=None)
    await in_force(monkeypatch, replace(shipped, regime=(row,)))


async def lowered(monkeypatch: pytest.MonkeyPatch, grams: int) -> None:
    """Since today one shipment weighs at most so much."""
    shipped = law.shipped()
    now = shipped.regime_limit(law.ETGB, today())
    changed = (
        replace(now, valid_to=today() - timedelta(days=1)),
        replace(now, valid_from=today(), valid_to=None, max_gross_g=grams),
    )
    others = tuple(row for row in shipped.regime if row is not now)
    await in_force(monkeypatch, replace(shipped, regime=(*others, *changed)))


@asynccontextmanager
async def tampered(*statements: str) -> AsyncIterator[None]:
    """The terms hold something else for a while, which only the guards' absence allows."""
    tables = ("order_terms", "order_line")
    kept = {table: await fetch(f"SELECT * FROM {table}") for table in tables}
    async with connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            await conn.execute(statement)
    yield
    async with connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        for table in tables:
            await conn.execute(f"DELETE FROM {table}")
            for row in kept[table]:
                places = ", ".join(f"${n + 1}" for n in range(len(row)))
                await conn.execute(f"INSERT INTO {table} VALUES ({places})", *row.values())


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [refusal.code for refusal in refused.value.verdict.refusals]


A_GRAM = (
    "UPDATE order_terms SET gross_weight_g = gross_weight_g + 1",
    "UPDATE order_line SET gross_weight_g = gross_weight_g + 1",
)
A_CENT = (
    "UPDATE order_terms SET goods_total = goods_total + 0.01, invoice_total = invoice_total + 0.01",
    "UPDATE order_line SET amount = amount + 0.01",
)
ABOVE = ((A_GRAM, "REGIME_GROSS_WEIGHT"), (A_CENT, "REGIME_GOODS_VALUE"))


@pytest.mark.parametrize(("day", "grams", "eur"), ROWS)
async def test_invariant_1_an_offer_reaches_both_limits_and_passes_neither(
    monkeypatch: pytest.MonkeyPatch, day: date, grams: int, eur: Decimal
) -> None:
    await the_row_of(monkeypatch, day)
    trade = await a_trade(**PIECE)
    sent = await an_order(trade, quantity=1000)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    buyer, buying = await side_of(trade, sent.public_id, "IMPORTER")

    def offer(quantity: int, price: str, discount: Decimal = Decimal(0), **charges: Decimal) -> Offer:
        line = OfferedLine(number=1, quantity=quantity, unit_price=Decimal(price), discount=discount)
        return Offer(lines=(line,), incoterm="DAP", place="Hamburg", charges=charges)

    # 0.0001 more for each piece, and all of it but a cent taken off again.
    nearly = grams * Decimal("0.0001") - CENT
    for too_much, code in (
        (offer(grams + 1, "0.04"), "REGIME_GROSS_WEIGHT"),
        (offer(grams, "0.0501", nearly), "REGIME_GOODS_VALUE"),
        (offer(grams, "0.05", PACKAGING=CENT), "REGIME_TOTAL_VALUE"),
    ):
        with pytest.raises(Refused) as refused:
            await offers.counter(seller, selling, 1, too_much)
        assert codes(refused) == [code]
    assert await people.count("order_terms") == 1
    assert await offers.counter(seller, selling, 1, offer(grams, "0.05")) == State.COUNTERED
    assert await steps.take(buyer, buying, "agree", 2) == State.ACCEPTED
    terms = (await queries.detail(buying.order_id)).terms
    assert (terms.gross_weight_g, terms.goods_eur, terms.total_eur) == (grams, eur, eur)


@pytest.mark.parametrize(("day", "grams", "eur"), ROWS)
async def test_invariant_1_accepting_and_invoicing_ask_the_limits_again(
    monkeypatch: pytest.MonkeyPatch, day: date, grams: int, eur: Decimal
) -> None:
    await the_row_of(monkeypatch, day)
    trade = await a_trade(**PIECE)
    await registered(trade.exporter)
    sent = await an_order(trade, quantity=grams)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    buyer, buying = await side_of(trade, sent.public_id, "IMPORTER")
    case = Case(
        trade=trade, public_id=sent.public_id, seller=seller, selling=selling, buyer=buyer, buying=buying
    )
    for change, code in ABOVE:
        async with tampered(*change):
            with pytest.raises(Refused) as refused:
                await steps.take(seller, selling, "accept", 1)
            assert codes(refused) == [code]
    assert await case.state() == State.SUBMITTED
    await steps.take(seller, selling, "accept", 1)
    await documents.issue_proforma(seller, selling, await case.version(), a_proforma())
    await steps.take(buyer, buying, "confirm", await case.version(), seen=1)
    wanted = await an_invoice(case)
    for change, code in ABOVE:
        async with tampered(*change):
            with pytest.raises(Refused) as refused:
                await documents.issue_invoice(seller, selling, await case.version(), wanted)
            assert codes(refused) == [code]
    assert await case.state() == State.CONFIRMED
    await documents.issue_invoice(seller, selling, await case.version(), wanted)
    found = await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    assert (found.paper.total, found.paper.gross_g) == (eur, grams)


async def test_invariant_3_a_newer_rate_changes_nothing_of_a_sent_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """USD 420 were worth EUR 362.07; at half the rate they are above the limit of EUR 400."""

    async def a_rate(day: date, eur_rate: str) -> None:
        await execute(
            "INSERT INTO fx_rate (day, currency, eur_rate, bank, source) VALUES ($1, 'USD', $2, 'ECB', 'test')",
            day,
            Decimal(eur_rate),
        )
        await rates.refresh()

    await a_rate(today() - timedelta(days=1), "1.1600")
    trade = await a_trade(currency="USD")
    sent = await an_order(trade)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    before = (await queries.detail(selling.order_id)).terms
    assert (before.eur_rate, before.total_eur) == (Decimal("1.16"), Decimal("362.0690"))
    await a_rate(today(), "0.5800")
    shipped = law.shipped()
    row = replace(shipped.regime_limit(law.ETGB, today()), max_value_eur=Decimal(400), valid_from=None)
    await in_force(monkeypatch, replace(shipped, regime=(row,)))
    offer = Offer(lines=(OfferedLine(number=1, quantity=100, unit_price=Decimal("4.19")),), incoterm="DAP")
    with pytest.raises(Refused) as refused:
        await offers.counter(seller, selling, 1, offer)
    assert codes(refused) == ["REGIME_GOODS_VALUE"]
    assert await steps.take(seller, selling, "accept", 1) == State.ACCEPTED
    assert (await queries.detail(selling.order_id)).terms == before
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE order_terms SET eur_rate = 0.58")
    with pytest.raises(Refused):
        await an_order(trade, "k-2")


async def test_invariant_4_after_a_change_of_the_law_only_new_actions_are_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """45.5 kg were ordered, confirmed and invoiced; since today 40 kg are the most: the parcel does not leave."""
    case = await invoiced()
    await a_carrier()
    frozen = await fetchval("SELECT verdict::text FROM order_terms")
    await lowered(monkeypatch, 40_000)
    version = await case.version()
    with pytest.raises(Refused) as refused:
        await declarations.hand_over(case.seller, case.selling, version, a_hand_over())
    assert codes(refused) == ["REGIME_GROSS_WEIGHT"]
    with pytest.raises(Refused):
        await documents.correct_invoice(
            case.seller, case.selling, version, await an_invoice(case), "Another number"
        )
    with pytest.raises(Refused):
        await an_order(case.trade, "k-2")
    assert await fetchval("SELECT verdict::text FROM order_terms") == frozen
    assert (await case.state(), await case.version()) == (State.INVOICED, version)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("order_charge", "kind", "CUSTOMS_FEE"),
        ("order_charge", "kind", "GOODS"),
        ("order_charge", "amount", Decimal(0)),
        ("order_line", "gtip", "630260"),
        ("order_line", "gtip", "6302.60.0000"),
        ("order_line", "origin", ""),
        ("order_line", "name_tr", ""),
        ("order_line", "quantity", 0),
        ("order_line", "gross_weight_g", 0),
    ],
)
async def test_invariant_5_the_database_takes_no_other_lines(table: str, column: str, value: Any) -> None:
    """Each as a copy of one that it took, but for this."""
    await an_order(await a_trade(), charges={"FREIGHT": Decimal("9.50")})
    [row] = await fetch(f"SELECT * FROM {table}")
    other = {"number": 2} if table == "order_line" else {"kind": "INSURANCE"}
    good = {**dict(row), **other, "id": 0}
    names, places = ", ".join(good), ", ".join(f"${n + 1}" for n in range(len(good)))
    insert = f"INSERT INTO {table} ({names}) VALUES ({places})"
    with pytest.raises(asyncpg.CheckViolationError):
        await execute(insert, *{**good, column: value}.values())
    await execute(insert, *good.values())


async def test_invariant_5_an_order_has_goods() -> None:
    trade = await a_trade()
    with pytest.raises(Invalid) as nothing:
        await an_order(trade, lines=())
    assert list(nothing.value.fields) == ["lines"]
    sent = await an_order(trade)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    for lines in ((), (OfferedLine(number=1, quantity=0, unit_price=Decimal(4)),)):
        with pytest.raises(Invalid) as taken_out:
            await offers.counter(seller, selling, 1, Offer(lines=lines, incoterm="DAP"))
        assert list(taken_out.value.fields) == ["lines"]


async def test_invariant_6_the_invoice_of_an_order_says_no_vat_and_why() -> None:
    case = await invoiced(charges={"FREIGHT": Decimal("120.00"), "BANK_COMMISSION": Decimal("3.00")})
    found = await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    xml, _, _ = await shelf.file(case.id, found.public_id, "xml")
    tree = ElementTree.fromstring(xml)

    def texts(name: str, under: str = ".") -> list[str]:
        return [each.text or "" for at in tree.findall(under) for each in at.findall(f".//{{*}}{name}")]

    assert texts("ProfileID") == ["EARSIVFATURA"]
    assert texts("InvoiceTypeCode") == ["ISTISNA"]
    assert set(texts("TaxExemptionReasonCode")) == {"301"}
    # The whole invoice and each of its three lines: goods, freight, bank commission.
    assert len(texts("TaxSubtotal")) == 4
    assert {Decimal(text) for text in texts("Percent", ".//{*}TaxSubtotal")} == {Decimal(0)}
    assert {Decimal(text) for text in texts("TaxAmount")} == {Decimal(0)}
    for party, country in (("AccountingSupplierParty", "Türkiye"), ("AccountingCustomerParty", "Almanya")):
        assert texts("Name", f"./{{*}}{party}//{{*}}PostalAddress/{{*}}Country") == [country]


async def test_invariant_8_what_became_restricted_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    case = await confirmed()
    shipped = law.shipped()
    row = law.RestrictedGoods(
        prefix="630260", kind="LICENCE", name="Towels", name_tr="Havlu", legal_ref="Test", certainty="DECIDED",
        valid_from=today(),
    )  # fmt: skip
    await in_force(monkeypatch, replace(shipped, restricted=(*shipped.restricted, row)))
    with pytest.raises(Refused) as refused:
        await documents.issue_invoice(case.seller, case.selling, await case.version(), await an_invoice(case))
    assert [code.partition("_")[0] for code in codes(refused)] == ["RESTRICTED"]
    offer = Offer(lines=(OfferedLine(number=1, quantity=90, unit_price=Decimal(4)),), incoterm="DAP")
    other = await again_submitted(case)
    with pytest.raises(Refused):
        await an_order(case.trade, "k-3")
    _, selling = await side_of(case.trade, other, "EXPORTER")
    with pytest.raises(Refused):
        await offers.counter(case.seller, selling, 1, offer)


async def again_submitted(case: Case) -> str:
    """Another order of the same firms, sent while the goods were free."""
    now = law.current()
    law.use(law.shipped())
    sent = await an_order(case.trade, "k-2")
    law.use(now)
    return sent.public_id


@pytest.mark.parametrize(
    "change",
    [
        *(f"purpose = '{purpose}'" for purpose in ("SAMPLE", "GIFT", "REPAIR", "FAIR", "RETURN")),
        "sale_type = 'CONSIGN'",
        "destination = 'TR'",
    ],
)
async def test_invariant_8_the_database_takes_sales_to_abroad_only(change: str) -> None:
    await an_order(await a_trade())
    async with connection() as conn, conn.transaction():
        # Without its triggers, which refuse every change of these columns: the checks stand behind them.
        await conn.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(asyncpg.CheckViolationError):
            async with conn.transaction():
                await conn.execute(f"UPDATE trade_order SET {change}")


@pytest.mark.parametrize(
    "statement",
    [
        *(
            f"UPDATE exporter SET verification = '{state}'"
            for state in ("DRAFT", "SUBMITTED", "UNDER_REVIEW", "NEEDS_INFO", "REJECTED", "EXPIRED", "CLOSED")
        ),
        "UPDATE importer SET standing = 'CLOSED'",
    ],
)
async def test_invariant_9_only_firms_in_good_standing_trade(statement: str) -> None:
    trade = await a_trade()
    await execute(statement)
    with pytest.raises(Conflict):
        await an_order(trade)
    assert await people.count("trade_order") == 0


async def test_invariant_9_no_importer_is_in_türkiye() -> None:
    await a_trade()
    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE importer SET country = 'TR'")


async def test_invariant_9_goods_of_another_exporter_never_join() -> None:
    trade = await a_trade()
    silk = await fetchval(
        "SELECT public_id FROM product WHERE id = $1", await make_product(await make_exporter("bursa-ipek"), "IP")
    )  # fmt: skip
    with pytest.raises(Invalid):
        await an_order(trade, lines=(WantedLine(product=silk, quantity=100),))
    assert await people.count("trade_order") == 0
    sent = await an_order(trade)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    lines = tuple(OfferedLine(number=n, quantity=90, unit_price=Decimal(4)) for n in (1, 2))
    with pytest.raises(Invalid) as unknown:
        await offers.counter(seller, selling, 1, Offer(lines=lines, incoterm="DAP"))
    assert list(unknown.value.fields) == ["lines"]
