"""A proforma and its invoice: what must agree, and what shows when it does not."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from documents.papers import BUYER, SELLER, at, line, paper, rate
from documents.strategies import papers
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from kervan.documents.differences import Difference, differences
from kervan.documents.structs import Kind, LineKind, Paper


def proforma(**fields: Any) -> Paper:
    return paper(kind=Kind.PROFORMA, number="PF-26-000031", proforma_number="", try_rate=None, **fields)


def differing(**fields: Any) -> list[tuple[str, str, str]]:
    return [(each.field, each.proforma, each.invoice) for each in differences(proforma(), paper(**fields))]


@given(papers())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_invariant_7_every_invoice_made_from_its_proforma_agrees_with_it(found: Paper) -> None:
    offer = replace(
        found, kind=Kind.PROFORMA, number=found.proforma_number, proforma_number="", try_rate=None
    )
    assert differences(offer, found) == []


def test_invariant_7_what_belongs_to_the_invoice_alone_may_differ() -> None:
    assert differing() == []
    assert (
        differing(issued_on=date(2026, 9, 20), number="KVN2026000000018", waybill="W1", note="Teşekkürler")
        == []
    )


def test_invariant_7_the_same_number_written_otherwise_agrees() -> None:
    assert differing(lines=[line(1, unit_price=Decimal("4.2000")), line(2, discount=Decimal(2))]) == []


def test_invariant_7_a_changed_price_shows_with_what_follows_from_it() -> None:
    found = differing(lines=[line(1, unit_price=Decimal("4.30")), line(2, discount=Decimal("2.00"))])
    assert found == [
        ("lines[HV-1].unit_price", "4.20 EUR", "4.30 EUR"),
        ("lines[HV-1].amount", "42.00 EUR", "43.00 EUR"),
        ("goods_total", "82.00 EUR", "83.00 EUR"),
        ("total", "117.00 EUR", "118.00 EUR"),
    ]


def test_invariant_7_a_line_that_is_missing_shows_as_one_line() -> None:
    fields = {field for field, _, _ in differing(lines=[line(1, sku="HV-2", discount=Decimal("2.00"))])}
    assert {field.split(".")[0] for field in fields} == {"lines[HV-1]", "goods_total", "total"}


@pytest.mark.parametrize(
    ("fields", "field", "before", "after"),
    [
        ({"incoterm": "DAP"}, "incoterm", "CIP", "DAP"),
        ({"place": "Bremen"}, "place", "Hamburg", "Bremen"),
        ({"buyer": replace(BUYER, name="Südlicht GmbH")}, "buyer.name", BUYER.name, "Südlicht GmbH"),
        ({"seller": replace(SELLER, vkn="0123456789")}, "seller.number", "7341205869", "0123456789"),
        ({"seller": replace(SELLER, tckn="27193465096")}, "seller.tckn", "", "***********"),
        ({"order_number": "KV26-0000-0000"}, "order_number", "KV26-7H4K-92XQ", "KV26-0000-0000"),
        ({"proforma_number": "PF-26-000032"}, "proforma_number", "PF-26-000031", "PF-26-000032"),
    ],
)
def test_invariant_7_parties_terms_and_numbers_are_compared(
    fields: dict[str, Any], field: str, before: str, after: str
) -> None:
    assert differing(**fields) == [(field, before, after)]


def test_invariant_7_another_place_of_delivery_shows_its_address() -> None:
    (found,) = differences(proforma(), paper(consignee=at(BUYER, city="Bremen")))
    assert found == Difference(
        "consignee.address",
        "Place of delivery",
        "Beispielweg 7, 20095, Hamburg, DE",
        "Beispielweg 7, 20095, Bremen, DE",
    )


def test_invariant_7_another_currency_shows_everywhere() -> None:
    fields = {field for field, _, _ in differing(currency="USD", try_rate=rate("USD"))}
    assert {"currency", "total", "lines[HV-1].unit_price", "charges[FREIGHT]"} <= fields


def test_invariant_7_another_charge_shows() -> None:
    found = differing(charges={LineKind.INSURANCE: Decimal("35.00")})
    assert found == [("charges[FREIGHT]", "35.00 EUR", ""), ("charges[INSURANCE]", "", "35.00 EUR")]
