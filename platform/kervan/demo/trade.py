"""The demo's trade: orders in every state, inquiries, quotes, carts; through the same services as people's."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import msgspec

from kervan.db import fetch, fetchval
from kervan.demo import law, past, trade_inquiries, trade_orders, trade_steps
from kervan.demo.cast import FIRMS, STREETS, Cast, seat
from kervan.exporters import limits
from kervan.policies import service as policies
from kervan.policies.tables import Kind
from kervan.trade.law import day_of
from kervan.trade.own_limits import OwnLimits

Progress = Callable[[int, int], None]
"""Called with (stories told, stories in all)."""

BEFORE = 200
"""Days that the firms were here before their first order."""

_OWN = OwnLimits(max_gross_g=400_000, max_order_eur=Decimal(12_000))
"""What the exporter with the most orders takes; one of them is close to the weight."""
_FREE_PLACES: Mapping[str, int] = {"pamukova-tekstil": 3, "curuksu-ev": 1}
"""How many orders more an exporter takes while the others are open."""


async def tell(person: Mapping[str, int], on_progress: Progress = lambda *_: None) -> None:
    """Makes the trade, the oldest story first. What is there already stays as it is."""
    cast = await seat(person)
    now = datetime.now(UTC)
    await law.settle()
    await _carriers(cast)
    await _came_before(cast)
    await _own_limits(cast, "pamukova-tekstil", _OWN, now - timedelta(days=BEFORE))
    tales = [*trade_orders.finished(), *trade_orders.under_way(now), *trade_orders.elsewhere()]
    stories: list[Callable[[], Awaitable[None]]] = [
        *(partial(story, cast, now) for story in trade_inquiries.OLDER),
        *(partial(trade_steps.tell, cast, tale) for tale in tales),
        *(partial(story, cast, now) for story in trade_inquiries.NEWER),
    ]
    for done, story in enumerate(stories):
        on_progress(done, len(stories))
        await story()
    on_progress(len(stories), len(stories))
    await past.tidy()
    for slug, free in _FREE_PLACES.items():
        open_orders = await fetchval(
            "SELECT open_orders FROM exporter_load WHERE exporter = $1", cast.exporters[slug]
        )
        before = await limits.of(cast.exporters[slug], datetime.now(UTC))
        if before.max_open_orders is None:
            wanted = msgspec.structs.replace(before, max_open_orders=open_orders + free)
            await _own_limits(cast, slug, wanted, None)


async def _came_before(cast: Cast) -> None:
    """Both sides were here before they traded."""
    rows = await fetch(
        """SELECT DISTINCT m.organisation FROM membership m JOIN person p ON p.id = m.person
        WHERE p.id = ANY($1::bigint[])""",
        [cast.person[name] for name in (*STREETS, *(name for pair in FIRMS.values() for name in pair))],
    )
    await past.begun_before([row["organisation"] for row in rows], BEFORE)


async def _own_limits(cast: Cast, slug: str, wanted: OwnLimits, since: datetime | None) -> None:
    """The limits that an exporter's owner sets itself, from a day in the past on where one is given."""
    exporter = cast.exporters[slug]
    if since is not None and await limits.of(exporter, datetime.now(UTC)) != OwnLimits():
        return
    caller, _ = await cast.selling(slug, decides=True)
    await limits.change(caller, exporter, wanted)
    if since is not None:
        await past.limits(exporter, since)


async def _carriers(cast: Cast) -> None:
    """Two carriers that one administrator proposed, a third that waits for the second one's decision.

    Those of fixtures/demo/carriers.csv hold since long, so that parcels of the past have one; these begin today.
    """
    if await fetchval("SELECT EXISTS (SELECT FROM law_proposal WHERE kind = $1)", Kind.CARRIER):
        return
    first, second = await cast.caller("admin"), await cast.caller("second-admin")
    today = day_of(datetime.now(UTC)).isoformat()
    for code, name, approved in (
        ("POYRAZ", "Poyraz Kurye", True),
        ("KIRLANGIC", "Kırlangıç Ekspres", True),
        ("MELTEM", "Meltem Kargo", False),
    ):
        folder = code.casefold()
        proposal = await policies.propose(
            first,
            Kind.CARRIER,
            {
                "code": code,
                "name": name,
                "valid_from": today,
                "valid_to": None,
                "tracking_url": f"https://{folder}.example/parcel/{{waybill}}",
                "contact": f"etgb@{folder}.example",
                "legal_ref": "Invented for the demo",
                "certainty": "DECIDED",
                "note": "This carrier does not exist.",
            },
            "Operatör yetki belgesini sundu."
            if approved
            else "Operatör yetki belgesini sundu; aslı görüldü.",
        )
        if approved:
            await policies.approve(second, proposal)
