"""The trade of the small world: one of everything that has an address, between its exporter and its importer."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ordering import DELIVERY, caller_of
from papering import registered
from people import Firm

from kervan.accounts.callers import Caller, Membership
from kervan.db import fetchval, transaction
from kervan.documents import service as documents
from kervan.documents.wanted import ProformaWanted
from kervan.ids import new_public_id
from kervan.inquiries import access as inquiry_access
from kervan.inquiries import quotes
from kervan.inquiries import service as inquiries
from kervan.inquiries.structs import Asked, AskedLine, Offered, OfferedLine
from kervan.orders import service, steps
from kervan.orders.access import party
from kervan.orders.structs import Wanted, WantedLine

_PAYLOAD = """{"id": "e-1", "event": "order.submitted", "created_at": "2026-11-22T10:00:00Z", "api_version": "1",
"data": {}}"""


def _in(caller: Caller, firm: Firm) -> Membership:
    return next(membership for membership in caller.memberships if membership.organisation == firm.id)


async def trade(exporter: Firm, importer: Firm, product: str, people: dict[str, int]) -> dict[str, str]:
    """Names of the order (accepted, with its proforma), cart, inquiry, quote, deal, flag, webhook and their parts."""
    await registered(exporter.entity)
    seller, buyer = await caller_of(people["owner"]), await caller_of(people["importer_owner"])
    sent = await service.submit(
        buyer,
        _in(buyer, importer),
        Wanted(
            exporter=exporter.entity,
            lines=(WantedLine(product=product, quantity=100),),
            destination="DE",
            incoterm="DAP",
            place="Hamburg",
            delivery=DELIVERY,
        ),
        "doors",
    )
    place = await party(seller, exporter.public_id, sent.public_id, act=True)
    await steps.take(seller, place, "accept", 1)
    await documents.issue_proforma(
        seller, place, 2, ProformaWanted(valid_until=datetime.now(UTC).date() + timedelta(days=14))
    )
    found = {"order": sent.public_id}
    found["paper"] = await fetchval('SELECT public_id FROM document WHERE "order" = $1', place.order_id)
    found["code"] = await fetchval('SELECT code FROM document WHERE "order" = $1', place.order_id)
    found |= await _asked(exporter, importer, seller, buyer)
    found |= await _rows(exporter, importer, place.order_id, people)
    return found


async def _asked(exporter: Firm, importer: Firm, seller: Caller, buyer: Caller) -> dict[str, str]:
    slug = await fetchval("SELECT slug FROM exporter WHERE id = $1", exporter.entity)
    created = await inquiries.create(
        buyer,
        _in(buyer, importer),
        Asked(
            exporters=(slug,),
            lines=(AskedLine(name="Towels with a woven border", quantity=50_000, unit="C62"),),
            destination="DE",
            currency="EUR",
        ),
        "doors",
    )
    recipient = await fetchval("SELECT public_id FROM inquiry_recipient")
    part = await inquiry_access.received(seller, exporter.public_id, recipient, act=True)
    offered = Offered(
        lines=(
            OfferedLine(
                name="Towels with a woven border", quantity=50_000, unit_price=Decimal("2.10"), asked=1
            ),
        ),
        currency="EUR",
        incoterm="FCA",
        place="Denizli",
        valid_until=datetime.now(UTC).date() + timedelta(days=30),
        lead_days=30,
    )
    await quotes.save(seller, part, offered, send=True)
    return {
        "inquiry": created.public_id,
        "recipient": recipient,
        "quote": await fetchval("SELECT public_id FROM quote"),
    }


async def _rows(exporter: Firm, importer: Firm, order: int, people: dict[str, int]) -> dict[str, str]:
    """Rows that no service makes without more of the world than the doors need."""
    found = {
        name: new_public_id()
        for name in ("cart", "deal", "flag", "hook", "delivery", "message", "attachment")
    }
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute(
            """INSERT INTO cart (public_id, importer, person, exporter, idempotency_key)
            VALUES ($1, $2, $3, $4, 'doors')""",
            found["cart"], importer.entity, people["importer_owner"], exporter.entity,
        )  # fmt: skip
        [quote] = await conn.fetch("SELECT id, inquiry FROM quote")
        await conn.execute(
            """INSERT INTO deal (public_id, number, quote, inquiry, exporter, importer)
            VALUES ($1, 'D26-0000-0000', $2, $3, $4, $5)""",
            found["deal"], quote["id"], quote["inquiry"], exporter.entity, importer.entity,
        )  # fmt: skip
        await conn.execute(
            """INSERT INTO split_flag (public_id, "order", orders, exporter, importer, destination, gross_weight_g,
                total_eur, limit_g, limit_eur, legal_ref)
            VALUES ($1, $2, ARRAY[$2::bigint], $3, $4, 'DE', 700000, 31000, 600000, 30000, 'Test')""",
            found["flag"], order, exporter.entity, importer.entity,
        )  # fmt: skip
        message = await conn.fetchval(
            """INSERT INTO message (public_id, about, subject, side, person, organisation, text)
            VALUES ($1, 'ORDER', $2, 'EXPORTER', $3, $4, 'See the photo.') RETURNING id""",
            found["message"], order, people["owner"], exporter.id,
        )  # fmt: skip
        path = await conn.fetchval("SELECT path FROM exporter_document LIMIT 1")
        await conn.execute(
            """INSERT INTO attachment (public_id, message, name, content_type, path, size, sha256)
            VALUES ($1, $2, 'photo.pdf', 'application/pdf', $3, 28, $4)""",
            found["attachment"], message, path, b"0" * 32,
        )  # fmt: skip
        hook = await conn.fetchval(
            """INSERT INTO webhook (public_id, organisation, url, secret, events, name, created_by)
            VALUES ($1, $2, 'https://erp.example/hook', 'sealed', ARRAY['order.submitted'], 'ERP', $3) RETURNING id""",
            found["hook"], exporter.id, people["owner"],
        )  # fmt: skip
        await conn.execute(
            """INSERT INTO webhook_delivery (public_id, webhook, event, event_id, payload, state)
            VALUES ($1, $2, 'order.submitted', 'e-1', $3, 'FAILED')""",
            found["delivery"], hook, _PAYLOAD,
        )  # fmt: skip
    return found
