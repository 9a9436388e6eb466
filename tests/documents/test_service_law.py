"""Documents within the law of their day: limits, rates, equal to each other, and what they cannot say."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import people
import pytest
from documents.issued import a_rate, files_on_disk, opinion
from papering import a_proforma, accepted, an_invoice, confirmed, invoiced

from kervan.db import connection, execute
from kervan.documents import service, shelf
from kervan.documents.errors import Differs, RulesBroken
from kervan.documents.structs import Kind
from kervan.documents.wanted import InvoiceWanted, PackingWanted
from kervan.errors import Invalid
from kervan.orders.deadlines import today
from kervan.orders.errors import Refused
from kervan.policies import book
from kervan.trade import law

pytestmark = pytest.mark.usefixtures("db")


async def the_law(monkeypatch: pytest.MonkeyPatch, *, max_gross_g: int, max_value_eur: str) -> None:
    """From now on the law's limit is this one, whatever the rows say."""
    shipped = law.current()
    regime = msgspec.structs.replace(
        shipped.regime_limit(law.ETGB, today()),
        max_gross_g=max_gross_g,
        max_value_eur=Decimal(max_value_eur),
        valid_from=None,
        valid_to=None,
    )
    law.use(msgspec.structs.replace(shipped, regime=(regime,)))

    async def as_it_is() -> law.LawBook:
        return law.current()

    monkeypatch.setattr(book, "refresh", as_it_is)


async def test_an_order_in_dollars_states_its_rate_and_gib_takes_it() -> None:
    await a_rate("USD", "1.1600")
    case = await confirmed(currency_of_product="USD")
    invoice = await an_invoice(case, try_rate=Decimal("49.95"))
    await service.issue_invoice(case.seller, case.selling, await case.version(), invoice)
    found = await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    assert found.paper.currency == "USD"
    assert found.paper.eur_rate is not None
    assert (found.paper.eur_rate.currency, found.paper.eur_rate.to) == ("EUR", "USD")
    assert found.paper.try_rate is not None
    assert found.paper.try_rate.source == "TCMB"
    xml, _, _ = await shelf.file(case.id, found.public_id, "xml")
    assert opinion(xml) == []


async def test_invariant_1_an_invoice_over_the_limits_of_its_own_day_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = await confirmed()
    before = files_on_disk(tmp_path)
    await the_law(monkeypatch, max_gross_g=45_499, max_value_eur="419.99")
    with pytest.raises(Refused) as refused:
        await service.issue_invoice(case.seller, case.selling, await case.version(), await an_invoice(case))
    codes = {refusal.code for refusal in refused.value.verdict.refusals}
    assert codes == {"REGIME_GROSS_WEIGHT", "REGIME_GOODS_VALUE"}
    assert await case.state() == "CONFIRMED"
    assert files_on_disk(tmp_path) == before
    assert await people.count("invoice_number") == 0


async def test_invariant_1_an_invoice_exactly_on_the_limits_of_its_day_is_issued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = await confirmed()
    await the_law(monkeypatch, max_gross_g=45_500, max_value_eur="420.00")
    await service.issue_invoice(case.seller, case.selling, await case.version(), await an_invoice(case))
    assert await case.state() == "INVOICED"


async def test_invariant_4_the_order_keeps_its_verdict_when_the_law_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = await confirmed()
    before = (await case.detail()).terms.verdict
    await the_law(monkeypatch, max_gross_g=1000, max_value_eur="1.00")
    with pytest.raises(Refused):
        await service.issue_invoice(case.seller, case.selling, await case.version(), await an_invoice(case))
    assert (await case.detail()).terms.verdict == before


async def test_invariant_3_an_invoice_without_a_fresh_rate_is_refused() -> None:
    await a_rate("USD", "1.1600")
    case = await confirmed(currency_of_product="USD")
    # Somebody took the imported rates back: the package's last one is weeks old.
    async with connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute("DELETE FROM fx_rate")
        await conn.execute("UPDATE law_version SET rates = rates + 1")
    with pytest.raises(Refused) as refused:
        await service.issue_invoice(
            case.seller, case.selling, await case.version(), await an_invoice(case, try_rate=Decimal("49.95"))
        )
    assert [refusal.code for refusal in refused.value.verdict.refusals] == ["RATE"]


async def test_invariant_4_a_rate_that_moved_puts_the_invoice_over_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await a_rate("USD", "1.1600", days_ago=1)
    case = await confirmed(currency_of_product="USD")
    worth = (await case.detail()).terms.total_eur
    await the_law(monkeypatch, max_gross_g=600_000, max_value_eur=f"{worth + 1:.2f}")
    await a_rate("USD", "0.5800")
    wanted = await an_invoice(case, try_rate=Decimal("96"), rate_confirmed=True)
    with pytest.raises(Refused) as refused:
        await service.issue_invoice(case.seller, case.selling, await case.version(), wanted)
    assert refused.value.verdict.refusals[0].code == "REGIME_GOODS_VALUE"


async def test_invariant_7_an_invoice_that_says_another_total_is_blocked_with_the_difference() -> None:
    case = await confirmed()
    with pytest.raises(Differs) as differs:
        await service.issue_invoice(
            case.seller,
            case.selling,
            await case.version(),
            await an_invoice(case, stated_total=Decimal("400.00")),
        )
    (one,) = differs.value.differences
    assert (one.field, one.proforma, one.invoice) == ("total", "420.00 EUR", "400.00 EUR")
    assert await case.state() == "CONFIRMED"


async def test_invariant_7_terms_that_changed_behind_the_proforma_block_the_invoice() -> None:
    case = await confirmed()
    async with connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute(
            "UPDATE order_line SET quantity = 90, amount = 378 WHERE terms IN"
            ' (SELECT id FROM order_terms WHERE "order" = $1)',
            case.id,
        )
    with pytest.raises(Differs) as differs:
        await service.issue_invoice(case.seller, case.selling, await case.version(), await an_invoice(case))
    assert {one.field for one in differs.value.differences} == {
        "lines[HV-1].quantity", "lines[HV-1].amount", "goods_total", "total",
    }  # fmt: skip


async def test_invariant_1_goods_packed_heavier_than_the_limit_get_no_papers() -> None:
    case = await invoiced()
    limit = law.current().regime_limit(law.ETGB, today()).max_gross_g
    with pytest.raises(Refused) as refused:
        await service.issue_packing(
            case.seller, case.selling, await case.version(), PackingWanted(packages=20, gross_g=limit + 1)
        )
    assert refused.value.verdict.refusals[0].code == "REGIME_GROSS_WEIGHT"
    await service.issue_packing(
        case.seller, case.selling, await case.version(), PackingWanted(packages=20, gross_g=limit)
    )


async def test_lines_cannot_have_more_packages_than_there_are() -> None:
    case = await confirmed()
    for counts in ({1: 3}, {2: 1}):
        with pytest.raises(Invalid) as invalid:
            await service.issue_packing(
                case.seller,
                case.selling,
                await case.version(),
                PackingWanted(packages=2, gross_g=46_000, line_packages=counts),
            )
        assert "packages" in invalid.value.fields


async def test_goods_cannot_weigh_less_packed_than_bare() -> None:
    case = await confirmed()
    with pytest.raises(RulesBroken) as broken:
        await service.issue_packing(
            case.seller, case.selling, await case.version(), PackingWanted(packages=1, gross_g=41_999)
        )
    assert [each.rule for each in broken.value.broken] == ["WEIGHT"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "AB2026000000001"}, "number"),
        ({"number": "ABC2025000000001"}, "number"),
        ({"number": "ŞBC2026000000001"}, "number"),
        ({"issued_on": today() + timedelta(days=1)}, "issued_on"),
        ({"issued_on": today() - timedelta(days=1)}, "issued_on"),
        ({"try_rate": None}, "try_rate"),
        ({"try_rate": Decimal("NaN")}, "try_rate"),
        ({"try_rate": Decimal("0")}, "try_rate"),
        ({"try_rate": Decimal("55.1234567")}, "try_rate"),
        ({"try_rate": Decimal("70")}, "try_rate"),
        ({"try_rate_on": None}, "try_rate_on"),
        ({"try_rate_on": today() + timedelta(days=1)}, "try_rate_on"),
        ({"try_rate_on": today() - timedelta(days=30)}, "try_rate_on"),
    ],
)
async def test_what_an_invoice_cannot_say_is_refused_beside_its_field(
    change: dict[str, Any], field: str
) -> None:
    case = await confirmed()
    with pytest.raises(Invalid) as invalid:
        await service.issue_invoice(
            case.seller, case.selling, await case.version(), await an_invoice(case, **change)
        )
    assert field in invalid.value.fields
    assert await people.count("invoice_number") == 0


async def test_an_unusual_rate_is_taken_when_it_was_looked_at_again() -> None:
    case = await confirmed()
    wanted = await an_invoice(case, try_rate=Decimal("70"), rate_confirmed=True)
    await service.issue_invoice(case.seller, case.selling, await case.version(), wanted)
    found = await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    assert found.paper.try_rate is not None
    assert found.paper.try_rate.rate == 70


@pytest.mark.parametrize("days", [-1, 181])
async def test_a_proforma_is_valid_from_today_for_half_a_year_at_most(days: int) -> None:
    case = await accepted()
    with pytest.raises(Invalid) as invalid:
        await service.issue_proforma(
            case.seller,
            case.selling,
            await case.version(),
            a_proforma(valid_until=today() + timedelta(days=days)),
        )
    assert "valid_until" in invalid.value.fields


async def test_a_seller_without_a_street_or_tax_office_is_told_the_rule() -> None:
    case = await accepted()
    await execute("UPDATE exporter SET address = NULL WHERE id = $1", case.trade.exporter)
    with pytest.raises(RulesBroken) as broken:
        await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    assert [(each.rule, each.field) for each in broken.value.broken] == [("ADDRESS", "seller.address.street")]
    assert await people.count("document") == 0


async def test_the_law_of_the_day_is_read_before_an_invoice(monkeypatch: pytest.MonkeyPatch) -> None:
    case = await confirmed()
    asked: list[bool] = []
    refreshed = book.refresh

    async def noted() -> law.LawBook:
        asked.append(True)
        return await refreshed()

    monkeypatch.setattr(book, "refresh", noted)
    wanted: InvoiceWanted = await an_invoice(case)
    await service.issue_invoice(case.seller, case.selling, await case.version(), wanted)
    assert asked
