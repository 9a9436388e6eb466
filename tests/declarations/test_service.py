"""The way out of an order: from the hand-over to the arrival, and corrections."""

from datetime import timedelta
from typing import Any

import people
import pytest
from papering import CARRIER, a_carrier, a_hand_over, accepted, etgb, handed_over, invoiced

from kervan.db import fetch
from kervan.declarations import queries, rounds, service, vat
from kervan.declarations.port import FakeCarrier
from kervan.declarations.service import Correction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.orders import queries as orders
from kervan.orders import steps
from kervan.orders.deadlines import today
from kervan.orders.errors import Refused
from kervan.trade import law

pytestmark = pytest.mark.usefixtures("db")


async def test_an_order_goes_all_its_way() -> None:
    case = await handed_over()
    assert await case.state() == "HANDED_TO_CARRIER"
    await service.register(case.seller, case.selling, await case.version(), etgb().casefold(), today())
    await service.close(case.seller, case.selling, await case.version(), today())
    await service.deliver(case.buyer, case.buying, await case.version(), today())
    assert await case.state() == "DELIVERED"
    found = await queries.of_order(case.id)
    assert found is not None
    assert (found.etgb_number, found.registered_on, found.closed_on, found.delivered_on) == (
        etgb(), today(), today(), today(),
    )  # fmt: skip
    assert (found.carrier_code, found.waybill, found.source) == (CARRIER, "HK1234567890", "TYPED")
    assert found.tracking == "https://track.example/HK1234567890"
    assert [(line.ordered, line.quantity) for line in found.lines] == [(100, 100)]
    events = {event.action: event.data for event in await orders.timeline(case.id)}
    assert events["hand-over"]["waybill"] == "HK1234567890"
    assert events["register"]["etgb_number"] == etgb()


@pytest.mark.parametrize("step", ["register", "close", "deliver"])
async def test_invariant_14_no_step_before_its_turn(step: str) -> None:
    case = await invoiced()
    taken: dict[str, Any] = {
        "register": lambda version: service.register(case.seller, case.selling, version, etgb(), today()),
        "close": lambda version: service.close(case.seller, case.selling, version, today()),
        "deliver": lambda version: service.deliver(case.seller, case.selling, version, today()),
    }
    with pytest.raises(Conflict):
        await taken[step](await case.version())
    assert await case.state() == "INVOICED"


async def test_a_hand_over_before_the_invoice_is_refused() -> None:
    case = await accepted()
    await a_carrier()
    with pytest.raises(Conflict):
        await service.hand_over(case.seller, case.selling, await case.version(), a_hand_over())


@pytest.mark.parametrize(
    ("valid_from", "valid_to"), [(today() + timedelta(days=1), None), (None, today() - timedelta(days=1))]
)
async def test_invariant_8_a_carrier_that_is_not_authorised_on_the_day_is_refused(
    valid_from: Any, valid_to: Any
) -> None:
    case = await invoiced()
    await a_carrier(valid_from=valid_from, valid_to=valid_to)
    with pytest.raises(Invalid) as invalid:
        await service.hand_over(case.seller, case.selling, await case.version(), a_hand_over())
    assert list(invalid.value.fields) == ["carrier"]
    assert await people.count("declaration") == 0


async def test_invariant_8_a_carrier_is_authorised_on_its_first_and_last_day() -> None:
    case = await invoiced()
    await a_carrier(valid_from=today(), valid_to=today())
    await service.hand_over(case.seller, case.selling, await case.version(), a_hand_over())
    assert await case.state() == "HANDED_TO_CARRIER"


async def test_an_unknown_carrier_is_refused() -> None:
    case = await invoiced()
    with pytest.raises(Invalid) as invalid:
        await service.hand_over(case.seller, case.selling, await case.version(), a_hand_over(carrier="KIMSE"))
    assert list(invalid.value.fields) == ["carrier"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"waybill": ""}, "waybill"),
        ({"waybill": "=1+1"}, "waybill"),
        ({"day": today() + timedelta(days=1)}, "day"),
        ({"day": today() - timedelta(days=1)}, "day"),
        ({"packages": 0}, "packages"),
        ({"packages": 10**12}, "packages"),
        ({"gross_g": 0}, "gross_g"),
        ({"shipped": {1: 101}}, "shipped_1"),
        ({"shipped": {1: -1}}, "shipped_1"),
        ({"shipped": {1: 0}}, "shipped_1"),
        ({"shipped": {1: 100, 7: 1}}, "shipped"),
    ],
)
async def test_what_a_hand_over_cannot_say_is_refused(change: dict[str, Any], field: str) -> None:
    case = await invoiced()
    await a_carrier()
    with pytest.raises(Invalid) as invalid:
        await service.hand_over(case.seller, case.selling, await case.version(), a_hand_over(**change))
    assert field in invalid.value.fields
    assert await case.state() == "INVOICED"


async def test_less_than_ordered_may_leave() -> None:
    case = await handed_over(shipped={1: 60})
    found = await queries.of_order(case.id)
    assert found is not None
    assert [(line.ordered, line.quantity) for line in found.lines] == [(100, 60)]


async def test_invariant_1_a_parcel_heavier_than_the_limit_does_not_leave() -> None:
    case = await invoiced()
    await a_carrier()
    limit = law.current().regime_limit(law.ETGB, today()).max_gross_g
    with pytest.raises(Refused):
        await service.hand_over(
            case.seller, case.selling, await case.version(), a_hand_over(gross_g=limit + 1)
        )
    await service.hand_over(case.seller, case.selling, await case.version(), a_hand_over(gross_g=limit))


async def test_a_waybill_is_one_parcels_alone() -> None:
    await handed_over()
    other = await invoiced("baska-havlu")
    with pytest.raises(Invalid) as invalid:
        await service.hand_over(other.seller, other.selling, await other.version(), a_hand_over())
    assert list(invalid.value.fields) == ["waybill"]
    assert await other.state() == "INVOICED"


async def test_the_importer_hands_nothing_over_and_registers_nothing() -> None:
    case = await handed_over()
    for work in (
        service.hand_over(case.buyer, case.buying, await case.version(), a_hand_over()),
        service.register(case.buyer, case.buying, await case.version(), etgb(), today()),
        service.close(case.buyer, case.buying, await case.version(), today()),
        service.correct(
            case.buyer, case.buying, 1, Correction(etgb_number=etgb(), registered_on=today()), "Because"
        ),
        vat.tick(case.buyer, case.buying, "APPROVED", today()),
    ):
        with pytest.raises(NotFound):
            await work


async def test_a_version_that_is_old_is_a_conflict() -> None:
    case = await handed_over()
    with pytest.raises(Conflict):
        await service.register(case.seller, case.selling, await case.version() - 1, etgb(), today())
    assert await case.state() == "HANDED_TO_CARRIER"


async def test_a_corrected_declaration_is_on_the_time_line_with_its_reason() -> None:
    case = await handed_over()
    await service.register(case.seller, case.selling, await case.version(), etgb(1), today())
    await service.close(case.seller, case.selling, await case.version(), today())
    wanted = Correction(etgb_number=etgb(2), registered_on=today())
    await service.correct(case.seller, case.selling, await case.version(), wanted, "Two digits were swapped")
    found = await queries.of_order(case.id)
    assert found is not None
    assert (found.etgb_number, found.closed_on) == (etgb(2), today())
    event = (await orders.timeline(case.id))[-1]
    assert (event.action, event.reason) == ("correct", "Two digits were swapped")
    assert event.data == {"etgb_number": [etgb(1), etgb(2)]}
    assert ("declaration.corrected",) in [
        (row["action"],) for row in await fetch("SELECT action FROM audit_entry")
    ]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Correction(etgb_number=etgb(2), registered_on=today()), ""),
        (Correction(etgb_number=etgb(1), registered_on=today()), "Nothing is new"),
        (Correction(etgb_number="1", registered_on=today()), "Not a number"),
        (Correction(etgb_number=etgb(2), registered_on=today() + timedelta(days=1)), "Tomorrow"),
        (Correction(etgb_number=etgb(2), registered_on=today() - timedelta(days=1)), "Before it left"),
    ],
)
async def test_a_correction_keeps_the_rules(wanted: Correction, reason: str) -> None:
    case = await handed_over()
    await service.register(case.seller, case.selling, await case.version(), etgb(1), today())
    with pytest.raises(Invalid):
        await service.correct(case.seller, case.selling, await case.version(), wanted, reason)
    found = await queries.of_order(case.id)
    assert found is not None
    assert found.etgb_number == etgb(1)


async def test_nothing_is_corrected_before_it_was_entered() -> None:
    case = await handed_over()
    wanted = Correction(etgb_number=etgb(), registered_on=today())
    with pytest.raises(Conflict):
        await service.correct(case.seller, case.selling, await case.version(), wanted, "Too early")


async def test_without_a_waybill_the_connected_carrier_gives_one() -> None:
    case = await invoiced()
    await a_carrier()
    number = await service.hand_over(
        case.seller, case.selling, await case.version(), a_hand_over(waybill=""), FakeCarrier()
    )
    found = await queries.of_order(case.id)
    assert found is not None
    assert (found.waybill, found.source) == (number, "API")
    assert number.startswith("DEMO")


async def test_the_round_takes_the_steps_that_the_carrier_tells_of(monkeypatch: pytest.MonkeyPatch) -> None:
    # The fake knows the parcels that it gave a number itself.
    case = await handed_over(waybill="DEMO0000000017")
    later = today() + timedelta(days=30)
    monkeypatch.setattr(rounds, "today", lambda: later)
    assert await rounds.ask(FakeCarrier()) == 0
    assert await rounds.ask(FakeCarrier(lambda: today() + timedelta(days=2))) == 1
    assert await case.state() in ("ETGB_REGISTERED", "EXPORTED")
    assert await rounds.ask(FakeCarrier(lambda: later)) == 1
    assert await case.state() == "DELIVERED"
    found = await queries.of_order(case.id)
    assert found is not None
    assert found.source == "API"
    assert {event.side for event in await orders.timeline(case.id)} >= {"CARRIER"}
    assert await rounds.ask(FakeCarrier(lambda: later)) == 0


async def test_a_carrier_that_contradicts_what_was_typed_changes_nothing() -> None:
    case = await handed_over()
    await service.register(case.seller, case.selling, await case.version(), etgb(7), today())
    assert await rounds.ask(FakeCarrier(lambda: today() + timedelta(days=30))) == 0
    found = await queries.of_order(case.id)
    assert found is not None
    assert found.etgb_number == etgb(7)


async def test_no_connected_carrier_is_asked_nothing() -> None:
    await handed_over()
    assert await rounds.ask_carriers() == 0


async def test_the_vat_checklist_goes_step_by_step_after_the_closing() -> None:
    case = await handed_over()
    with pytest.raises(Conflict):
        await vat.tick(case.seller, case.selling, "APPROVED", today())
    await service.register(case.seller, case.selling, await case.version(), etgb(), today())
    await service.close(case.seller, case.selling, await case.version(), today())
    with pytest.raises(Conflict):
        await vat.tick(case.seller, case.selling, "VEDOP", today())
    for step in vat.STEPS:
        await vat.tick(case.seller, case.selling, step, today())
        with pytest.raises(Conflict):
            await vat.tick(case.seller, case.selling, step, today())
    found = await vat.of_order(case.id)
    assert [one.code for one in found] == ["APPROVED", "VEDOP", "PRINTOUT", "REFUND"]
    assert all(one.done_on == today() and one.by == "Elif Kaya" and not one.is_next for one in found)


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_tick_is_neither_before_the_closing_nor_in_the_future(days: int) -> None:
    case = await handed_over()
    await service.register(case.seller, case.selling, await case.version(), etgb(), today())
    await service.close(case.seller, case.selling, await case.version(), today())
    with pytest.raises(Invalid) as invalid:
        await vat.tick(case.seller, case.selling, "APPROVED", today() + timedelta(days=days))
    assert list(invalid.value.fields) == ["day"]


async def test_goods_that_came_back_take_no_further_steps() -> None:
    case = await handed_over()
    await steps.take(case.seller, case.selling, "return", await case.version(), reason="Refused at customs")
    with pytest.raises(Conflict):
        await service.register(case.seller, case.selling, await case.version(), etgb(), today())
    assert await rounds.ask(FakeCarrier(lambda: today() + timedelta(days=30))) == 0
