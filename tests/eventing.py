"""Makers for tests of events: who takes part, events in any state, in the days to come or long over."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from asking import Side as Firm
from asking import side
from factories import make_exporter, make_product
from people import firm_of, make_association, make_importer, make_ministry, make_post

from kervan.db import execute, fetchval
from kervan.events import queries, service
from kervan.events.structs import Content, EventShown, Text


class Fair(NamedTuple):
    """Who takes part: an association with two of its staff, a post, the Ministry, exporters, importers."""

    union: Firm
    colleague: Firm
    """Of the same association."""
    other_union: Firm
    post: Firm
    ministry: Firm
    ayse: Firm
    can: Firm
    """Exporters with a product each: towels and olive oil."""
    jonas: Firm
    zoe: Firm
    """Importers in Germany and Switzerland."""


async def make_fair() -> Fair:
    """All of them; nobody has agreed to any mail."""
    ayse = await make_exporter()
    can = await make_exporter("can-zeytin", trade_name="Can Zeytin", legal_name="Can Zeytincilik Ltd. Şti.")
    await make_product(ayse)
    await make_product(can, "ZY-1", hs_code="150920000000")
    association = await make_association()
    return Fair(
        union=await side(association, "Ege Tuna", "STAFF"),
        colleague=await side(association, "Sude Kara", "STAFF"),
        other_union=await side(await make_association("EZZİB"), "Kaan Er", "STAFF"),
        post=await side(await make_post("DE"), "Defne Aksoy", "ATTACHE"),
        ministry=await side(await make_ministry(), "Murat Tan", "ADMIN"),
        ayse=await side(await firm_of(ayse), "Ayşe Yılmaz", "ORDER_DESK"),
        can=await side(await firm_of(can), "Can Demir", "ORDER_DESK"),
        jonas=await side(
            await make_importer(standing="VERIFIED", headings=["6302"], sectors=["home-textiles"]),
            "Jonas Petersen",
            "BUYER",
        ),
        zoe=await side(await make_importer("Blaue Stunde AG", "CH"), "Zoe Frey", "OWNER"),
    )


def content(**changes: Any) -> Content:
    """A whole fair of three days in Denizli, in a month, with registration on the platform and no limits."""
    start = (datetime.now(UTC) + timedelta(days=30)).replace(hour=7, minute=0, second=0, microsecond=0)
    whole = Content(
        kind="FAIR",
        texts=(
            Text(
                language="en",
                title="Denizli home textile fair",
                summary="Two hundred makers of towels and bed linen show their new collections.",
                text="Open to trade visitors.\n\nSamples can be ordered at the stands.",
            ),
            Text(
                language="tr",
                title="Denizli ev tekstili fuarı",
                summary="İki yüz havlu ve nevresim üreticisi yeni koleksiyonlarını gösteriyor.",
                text="Yalnızca ticari ziyaretçilere açık.",
            ),
        ),
        organiser_kind="ASSOCIATION",
        organiser_name="Denizli exporters' association",
        country="TR",
        province="20",
        city="Denizli",
        venue="Fair hall",
        address="Çınar Cad. 1",
        starts_at=start,
        ends_at=start + timedelta(days=2, hours=9),
        sectors=("home-textiles",),
        headings=("6302",),
        languages=("en", "tr"),
        registration="PLATFORM",
        contact_email="fair@example.com",
        external_url="https://fair.example.com",
    )
    return msgspec.structs.replace(whole, **changes)


async def drafted(firm: Firm, **changes: Any) -> EventShown:
    """A draft of the organisation; `changes` are fields of the content."""
    own = {"POST": "POST", "MINISTRY": "MINISTRY"}.get(firm.membership.kind, "ASSOCIATION")
    made = await service.create(firm.caller, firm.org, content(**{"organiser_kind": own, **changes}))
    return await queries.shown(made.id)


async def make_event(firm: Firm, **changes: Any) -> EventShown:
    """An announced event of the organisation; missions of associations are approved without the Ministry's click."""
    made = await drafted(firm, **changes)
    if made.content.kind in ("TRADE_MISSION", "BUYING_MISSION", "VIRTUAL_MISSION"):
        await execute("UPDATE trade_event SET state = 'APPROVED', approved_at = now() WHERE id = $1", made.id)
    await service.publish(firm.caller, made.public_id)
    return await queries.shown(made.id)


async def shift(event: EventShown, by: timedelta) -> EventShown:
    """Moves an event in time, its registration window and programme with it, as if the clock had gone on."""
    await execute(
        "UPDATE trade_event SET starts_at = starts_at + $2::interval, ends_at = ends_at + $2::interval,"
        " registration_opens_at = registration_opens_at + $2::interval,"
        " registration_closes_at = registration_closes_at + $2::interval"
        " WHERE id = $1",
        event.id,
        by,
    )
    await execute(
        "UPDATE event_session SET starts_at = starts_at + $2::interval, ends_at = ends_at + $2::interval"
        " WHERE event = $1",
        event.id,
        by,
    )
    return await queries.shown(event.id)


async def state_of(event: EventShown) -> str:
    """Its state now, as stored."""
    found: str = await fetchval("SELECT state FROM trade_event WHERE id = $1", event.id)
    return found
