"""New law and what is open: who hears of it, once, and who does not."""

import datetime as dt
from decimal import Decimal
from typing import Any

from asking import World, ask, make_world
from ordering import Trade, a_trade, an_order, side_of
from people import mails
from policies.proposing import DAY, approved
from staffing import Admins, caller_of

from kervan.db import execute, fetch, fetchval
from kervan.orders import steps
from kervan.policies import news, service
from kervan.policies.tables import Kind

SMALL = {"max_gross_g": 10_000, "valid_from": service.today()}


async def restricted(admins: Admins, prefix: str, **values: Any) -> None:
    """A restriction that begins today."""
    row = {
        "prefix": prefix, "kind": "LICENCE", "destination": None, "name": "Towels", "name_tr": "Havlu",
        "valid_from": service.today(), "valid_to": None, "legal_ref": "Resmî Gazete 40001", "certainty": "PUBLISHED",
        "note": "", **values,
    }  # fmt: skip
    by = await caller_of(admins.aylin)
    made = await service.propose(by, Kind.RESTRICTED_GOODS, row, "The gazette of today says so.")
    await service.approve(await caller_of(admins.bora), made)


async def told() -> list[dict[str, Any]]:
    return [mail["context"] for mail in await mails() if mail["template"] == news.TEMPLATE]


async def number_of(trade: Trade) -> str:
    found: str = await fetchval("SELECT number FROM trade_order WHERE exporter = $1", trade.exporter)
    return found


async def test_an_order_that_a_new_limit_breaks_is_told_to_its_exporter_once(admins: Admins) -> None:
    trade = await a_trade()
    await an_order(trade)
    await approved(admins, **SMALL)
    assert await news.tell_new() == 1
    [context] = await told()
    assert context["orders"] == [await number_of(trade)]
    assert (context["legal_ref"], context["since"]) == ("Resmî Gazete 40000", service.today().isoformat())
    [bell] = await fetch("SELECT * FROM notification WHERE kind = $1", news.TEMPLATE)
    assert bell["person"] == trade.seller.person
    assert bell["path"] == f"/desk/{trade.exporter_firm.public_id}/orders"
    assert await news.tell_new() == 0
    assert len(await told()) == 1


async def test_who_is_within_the_new_limit_hears_nothing(admins: Admins) -> None:
    await an_order(await a_trade())
    await approved(admins, valid_from=service.today(), max_gross_g=45_500, max_value_eur=Decimal("420.00"))
    assert await news.tell_new() == 0


async def test_nothing_is_told_before_the_day_and_a_late_worker_still_tells(admins: Admins) -> None:
    await an_order(await a_trade())
    await approved(admins, max_gross_g=10_000)
    assert await news.tell_new() == 0
    noon = dt.datetime.combine(service.today() + 3 * DAY, dt.time(12), dt.UTC)
    assert await news.tell_new(noon) == 1
    assert await news.tell_new(noon + 10 * DAY) == 0


async def test_what_has_ended_is_not_touched(admins: Admins) -> None:
    trade = await a_trade()
    sent = await an_order(trade)
    buyer, buying = await side_of(trade, sent.public_id, "IMPORTER")
    await steps.take(buyer, buying, "withdraw", 1)
    await approved(admins, **SMALL)
    assert await news.tell_new() == 0


async def test_a_restriction_touches_orders_of_its_goods_and_country(admins: Admins) -> None:
    trade = await a_trade()
    await an_order(trade)
    await restricted(admins, "1509")
    await restricted(admins, "6302", destination="FR")
    assert await news.tell_new() == 0
    await restricted(admins, "630260", destination="DE", legal_ref="Resmî Gazete 40002")
    assert await news.tell_new() == 1
    assert [context["legal_ref"] for context in await told()] == ["Resmî Gazete 40002"]


async def test_open_inquiries_for_restricted_goods_are_told_and_declined_ones_are_not(admins: Admins) -> None:
    world: World = await make_world()
    await ask(world)
    number = await fetchval("SELECT number FROM inquiry")
    await execute(
        "UPDATE inquiry_recipient SET declined_at = now() WHERE exporter = $1", world.can.firm.entity
    )
    await restricted(admins, "6302")
    assert await news.tell_new() == 1
    [context] = await told()
    assert (context["orders"], context["inquiries"]) == ([], [number])
    [bell] = await fetch("SELECT path FROM notification WHERE kind = $1", news.TEMPLATE)
    assert bell["path"] == f"/desk/{world.ayse.org}/inquiries"


async def test_what_began_under_the_new_law_is_not_told(admins: Admins) -> None:
    await restricted(admins, "6302")
    await ask(await make_world())
    assert await news.tell_new() == 0
