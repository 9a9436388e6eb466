"""Numbers of carriers and customs, and which steps follow from what was said: pure rules."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.declarations.port import Booking, FakeCarrier
from kervan.declarations.shipments import Said, Shipment, etgb_number, steps, tracking, waybill
from kervan.errors import Invalid

DAY = date(2026, 11, 10)
TODAY = date(2026, 11, 22)
NUMBER = "26341300ET00012345"


def shipment(**fields: Any) -> Shipment:
    values: dict[str, Any] = {
        "id": 1,
        "order_id": 1,
        "order": "t4k7m2p9q3rs",
        "order_number": "KV26-7H4K-92XQ",
        "order_state": "HANDED_TO_CARRIER",
        "order_version": 6,
        "exporter": 1,
        "importer_name": "Nordlicht Handel GmbH",
        "destination": "DE",
        "carrier_code": "HIZLI",
        "carrier_name": "Hızlı Kargo",
        "tracking": None,
        "waybill": "HK1234567890",
        "handed_on": DAY,
        "packages": 2,
        "gross_weight_g": 46_000,
        "etgb_number": None,
        "registered_on": None,
        "closed_on": None,
        "delivered_on": None,
        "source": "TYPED",
        "version": 1,
    }
    return Shipment(**{**values, **fields})


@pytest.mark.parametrize(
    "typed", [NUMBER, "26341300et00012345", "26 341300 ET 00012345", "26341300-ET-012345"]
)
def test_an_etgb_number_is_tidied(typed: str) -> None:
    assert etgb_number(typed) in (NUMBER, "26341300ET012345")


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "26341300E00012345", "26341300ET0001234", "=26341300ET00012345", "2634130OET00012345"],
)
def test_what_is_no_etgb_number_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        etgb_number(typed)


@pytest.mark.parametrize(
    "typed", ["", "x", "=HYPERLINK(1)", "+90", "HK 12;34", "A" * 41, "-HK12345", "HK12345-"]
)
def test_what_is_no_waybill_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        waybill(typed)


@given(st.text(max_size=60))
def test_a_number_that_is_taken_holds_nothing_a_spreadsheet_carries_out(typed: str) -> None:
    for parse in (waybill, etgb_number):
        try:
            found = parse(typed)
        except Invalid:
            continue
        assert found.isascii()
        assert found[0].isalnum()
        assert set(found) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


def test_only_safe_addresses_of_carriers_are_shown() -> None:
    assert tracking("https://track.example/?n={waybill}", "HK/1") == "https://track.example/?n=HK%2F1"
    assert tracking("javascript:alert('{waybill}')", "HK1") is None
    assert tracking(None, "HK1") is None


def test_all_that_is_known_gives_all_steps_in_their_order() -> None:
    said = Said(
        etgb_number=NUMBER,
        registered_on=DAY,
        closed_on=DAY + timedelta(days=1),
        delivered_on=DAY + timedelta(days=5),
    )
    assert [step.action for step in steps(shipment(), said, TODAY)] == ["register", "close", "deliver"]


def test_what_is_entered_already_gives_no_steps() -> None:
    known = shipment(etgb_number=NUMBER, registered_on=DAY, order_state="ETGB_REGISTERED")
    assert steps(known, Said(etgb_number=NUMBER, registered_on=DAY), TODAY) == ()
    assert steps(known, Said(), TODAY) == ()


@pytest.mark.parametrize(
    ("there", "said", "field"),
    [
        ({}, {"etgb_number": NUMBER}, "registered_on"),
        ({}, {"registered_on": DAY}, "etgb_number"),
        ({}, {"etgb_number": NUMBER, "registered_on": DAY - timedelta(days=1)}, "registered_on"),
        ({}, {"etgb_number": NUMBER, "registered_on": TODAY + timedelta(days=1)}, "registered_on"),
        ({}, {"etgb_number": "25" + NUMBER[2:], "registered_on": DAY}, "etgb_number"),
        ({}, {"closed_on": DAY}, "closed_on"),
        ({}, {"delivered_on": DAY}, "delivered_on"),
        ({"etgb_number": NUMBER, "registered_on": DAY}, {"delivered_on": TODAY}, "delivered_on"),
        ({"etgb_number": NUMBER, "registered_on": TODAY}, {"closed_on": DAY}, "closed_on"),
        (
            {"etgb_number": NUMBER, "registered_on": DAY},
            {"etgb_number": "26341300ET00099999", "registered_on": DAY},
            "etgb_number",
        ),
        (
            {"etgb_number": NUMBER, "registered_on": DAY, "closed_on": DAY},
            {"closed_on": TODAY},
            "closed_on",
        ),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    there: dict[str, Any], said: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as invalid:
        steps(shipment(**there), Said(**said), TODAY)
    assert list(invalid.value.fields) == [field]


@pytest.mark.parametrize("state", ["RETURNED", "CANCELLED", "COMPLETED", "INVOICED"])
def test_an_order_that_is_not_under_way_takes_no_step(state: str) -> None:
    with pytest.raises(Invalid):
        steps(shipment(order_state=state), Said(etgb_number=NUMBER, registered_on=DAY), TODAY)


_DAYS = st.none() | st.dates(date(2026, 11, 1), date(2026, 11, 30))


@given(_DAYS, _DAYS, _DAYS)
def test_steps_that_are_taken_are_in_turn_and_never_in_the_future(
    registered: date | None, closed: date | None, delivered: date | None
) -> None:
    said = Said(
        etgb_number=NUMBER if registered else None,
        registered_on=registered,
        closed_on=closed,
        delivered_on=delivered,
    )
    try:
        found = steps(shipment(), said, TODAY)
    except Invalid:
        return
    assert [step.action for step in found] == ["register", "close", "deliver"][: len(found)]
    assert all(DAY <= step.day <= TODAY for step in found)
    assert all(before.day <= after.day for before, after in pairwise(found[:2]))


async def test_the_fake_carrier_books_the_same_parcel_once() -> None:
    booking = Booking(
        carrier="HIZLI",
        reference="KV26-7H4K-92XQ",
        sender="A",
        receiver="B",
        city="Hamburg",
        country="DE",
        packages=1,
        gross_g=1000,
        handed_on=DAY,
    )
    port = FakeCarrier()
    assert await port.book(booking) == await port.book(booking)
    assert waybill(await port.book(booking))


@given(st.from_regex(r"HK[0-9]{8}", fullmatch=True), st.integers(0, 20))
async def test_the_fake_carrier_only_ever_goes_forward(number: str, days: int) -> None:
    early = await FakeCarrier(lambda: DAY + timedelta(days=days)).status("HIZLI", number, DAY)
    late = await FakeCarrier(lambda: DAY + timedelta(days=days + 1)).status("HIZLI", number, DAY)
    for field in Said.__struct_fields__:
        if getattr(early, field) is not None:
            assert getattr(late, field) == getattr(early, field)
    if late.etgb_number:
        assert etgb_number(late.etgb_number) == late.etgb_number
    steps(shipment(waybill=number), late, DAY + timedelta(days=days + 1))
