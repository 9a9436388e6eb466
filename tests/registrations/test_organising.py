"""What organisers decide about registrations: confirmed, rejected, taken off; nothing by an old page or a stranger."""

import asyncio

import pytest
from attending import buyers, give_up, state_of, states_of, take
from eventing import Fair, make_event

from kervan.errors import Conflict, Invalid, NotFound
from kervan.registrations import organising, queries, service


async def test_simultaneous_confirmations_do_not_overbook(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=2, reviewed=True)
    asked = [await take(firm, event) for firm in await buyers(6)]
    assert {one.state for one in asked} == {"APPLIED"}
    done = await asyncio.gather(
        *(organising.decide(fair.union.caller, event.public_id, one.public_id, "confirm") for one in asked)
    )
    assert sorted(one.state for one in done) == ["CONFIRMED"] * 2 + ["WAITLISTED"] * 4


async def test_whom_the_organiser_took_off_only_the_organiser_takes_back(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    with pytest.raises(Invalid):
        await organising.decide(fair.union.caller, event.public_id, made.public_id, "remove")
    await organising.decide(
        fair.union.caller, event.public_id, made.public_id, "remove", reason="Asked by phone."
    )
    assert (await queries.shown(made.id)).reason == "Asked by phone."
    assert (await take(fair.jonas, event)).state == "APPLIED"


async def test_a_rejected_firm_reads_why_and_waits_for_the_organiser(fair: Fair) -> None:
    event = await make_event(fair.union, reviewed=True)
    made = await take(fair.jonas, event)
    await organising.decide(
        fair.union.caller, event.public_id, made.public_id, "reject", reason="Only makers of yarn this time."
    )
    with pytest.raises(Conflict, match="did not accept"):
        await take(fair.jonas, event)
    await organising.decide(fair.union.caller, event.public_id, made.public_id, "reopen")
    done = await organising.decide(fair.union.caller, event.public_id, made.public_id, "confirm")
    assert done.state == "CONFIRMED"


async def test_an_old_page_does_not_decide(fair: Fair) -> None:
    event = await make_event(fair.union, reviewed=True)
    made = await take(fair.jonas, event)
    await organising.decide(fair.union.caller, event.public_id, made.public_id, "confirm", version=1)
    with pytest.raises(Conflict, match="meantime"):
        await service.cancel(fair.jonas.caller, fair.jonas.org, made.public_id, version=1)


async def test_strangers_find_neither_registrations_nor_lists(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    for who in (fair.zoe, fair.ayse, fair.union, fair.post):
        with pytest.raises(NotFound):
            await give_up(who, made)
        with pytest.raises(NotFound):
            await service.cancel(who.caller, fair.jonas.org, made.public_id)
    for who in (fair.zoe, fair.jonas, fair.other_union, fair.post):
        with pytest.raises(NotFound):
            await organising.decide(
                who.caller, event.public_id, made.public_id, "remove", reason="No reason."
            )
    other = await make_event(fair.other_union)
    with pytest.raises(NotFound):
        await organising.decide(
            fair.other_union.caller, other.public_id, made.public_id, "remove", reason="No reason."
        )
    assert await state_of(made) == "CONFIRMED"


async def test_several_are_confirmed_in_the_order_in_which_they_came(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=2, reviewed=True)
    asked = [await take(firm, event) for firm in await buyers(3)]
    ids = [one.public_id for one in reversed(asked)]
    assert await organising.decide_many(fair.union.caller, event.public_id, ids, "confirm") == (3, 0)
    assert await states_of(event) == {
        "Kontor 0 GmbH": "CONFIRMED", "Kontor 1 GmbH": "CONFIRMED", "Kontor 2 GmbH": "WAITLISTED",
    }  # fmt: skip
    assert await organising.decide_many(fair.union.caller, event.public_id, ids, "confirm") == (0, 3)
