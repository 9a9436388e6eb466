"""What the other side of an inquiry hears: mails to its people, webhooks to both firms' programs."""

from collections.abc import Sequence
from typing import Any

from asyncpg import Connection, Record

from kervan.conversations.parties import HIDDEN
from kervan.orders import letters
from kervan.webhooks import service as webhooks

_RECIPIENTS = f"""
SELECT r.id, r.public_id, r.declined_at, e.id AS exporter, e.organisation, e.trade_name, i.number, i.id AS inquiry_id,
    i.public_id AS inquiry,
    CASE WHEN q.post IS NOT NULL AND (im.represented_by IS NOT NULL OR q.visibility = 'POST') THEN q.post
        ELSE im.organisation END AS buyer,
    im.legal_name, im.country, {HIDDEN} AS hidden, q.number AS request
FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry JOIN exporter e ON e.id = r.exporter
JOIN importer im ON im.id = i.importer LEFT JOIN trade_request q ON q.id = i.request
"""


async def recipients(conn: Connection, inquiry: int) -> Sequence[Record]:
    """The exporters that were asked, with what mails to them need."""
    found: Sequence[Record] = await conn.fetch(f"{_RECIPIENTS} WHERE r.inquiry = $1 ORDER BY r.id", inquiry)
    return found


async def recipient(conn: Connection, id: int) -> Record:
    """One exporter that was asked."""
    row = await conn.fetchrow(f"{_RECIPIENTS} WHERE r.id = $1", id)
    return row


async def exporter(conn: Connection, to: Record, template: str, path: str = "", **context: Any) -> None:
    """Mails to the exporter's people; who asks is named only where it has shown itself."""
    await letters.tell(
        conn,
        to["organisation"],
        template,
        path or f"/inquiries/{to['public_id']}",
        number=to["request"] or to["number"],
        about=_about(to),
        who="" if to["hidden"] else to["legal_name"],
        country=to["country"],
        **context,
    )


async def importer(conn: Connection, about: Record, template: str, path: str = "", **context: Any) -> None:
    """Mails to the importer's people about one exporter's part of the inquiry."""
    await letters.tell(
        conn,
        about["buyer"],
        template,
        path or f"/inquiries/{about['inquiry']}/{about['public_id']}",
        number=about["request"] or about["number"],
        about=_about(about),
        who=about["trade_name"],
        **context,
    )


def _about(row: Record) -> str:
    """What the other side knows it by: the REQUEST on the board that is answered, or the INQUIRY."""
    return "REQUEST" if row["request"] else "INQUIRY"


async def inquiry_event(conn: Connection, to: Record, event: str, **data: object) -> None:
    """Tells the exporter's programs; nothing in it names the buyer or other exporters."""
    told = {"id": to["public_id"], "number": to["number"], "country": to["country"], **data}
    await webhooks.tell([to["organisation"]], event, told)


async def quote_event(
    conn: Connection, about: Record, event: str, quote: str, version: int, **data: object
) -> None:
    """Tells the programs of both sides of a quote."""
    told = {"id": quote, "version": version, "inquiry_number": about["number"], **data}
    await webhooks.tell(
        [about["organisation"]],
        event,
        {**told, "recipient": about["public_id"]},
        event_id=f"{quote}-{version}-x",
    )
    await webhooks.tell(
        [about["buyer"]],
        event,
        {**told, "inquiry": about["inquiry"], "exporter": about["trade_name"]},
        event_id=f"{quote}-{version}-i",
    )
