"""Reads of orders: one with its terms and its time line, and the parts of it that steps need."""

from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan.db import connection, fetch
from kervan.errors import NotFound
from kervan.orders.judging import Buyer
from kervan.orders.structs import Delivery, Event, Firm, OrderDetail, Terms, TermsLine

_TERMS = """
SELECT t.*, CASE WHEN p.state <> 'CLOSED' THEN p.name END AS by FROM order_terms t LEFT JOIN person p ON p.id = t.person
JOIN trade_order o ON o.id = t."order"
WHERE t."order" = $1 AND t.revision = coalesce($2, o.terms)
"""
_LINES = """
SELECT l.number, p.public_id AS product, l.product AS product_id, l.product_version AS version_id, l.sku, l.gtin,
    l.name_tr, l.name, l.gtip, l.origin, l.quantity, l.unit, l.unit_price, l.discount, l.amount,
    l.net_weight_g AS net_g, l.gross_weight_g AS gross_g, l.packages
FROM order_line l JOIN product p ON p.id = l.product WHERE l.terms = $1 ORDER BY l.number
"""
_ORDER = """
SELECT o.*, CASE WHEN p.state <> 'CLOSED' THEN p.name END AS by_name,
    EXISTS (SELECT FROM split_flag f WHERE f."order" = o.id) AS flagged,
    e.organisation AS e_organisation, eo.public_id AS e_org, e.legal_name AS e_name, e.slug AS e_slug,
    e.province AS e_province, e.contact_name AS e_contact, e.contact_email AS e_email, e.phone AS e_phone,
    e.verification = 'VERIFIED' AS e_verified,
    i.organisation AS i_organisation, io.public_id AS i_org, i.legal_name AS i_name, i.country AS i_country,
    i.city AS i_city, i.contact_name AS i_contact, i.phone AS i_phone,
    CASE WHEN p.state <> 'CLOSED' THEN p.email END AS i_email,
    i.standing = 'VERIFIED' AS i_verified
FROM trade_order o
JOIN exporter e ON e.id = o.exporter JOIN organisation eo ON eo.id = e.organisation
JOIN importer i ON i.id = o.importer JOIN organisation io ON io.id = i.organisation
LEFT JOIN person p ON p.id = o.ordered_by
WHERE o.id = $1
"""
_EVENTS = """
SELECT v.at, v.side, CASE WHEN p.state <> 'CLOSED' THEN p.name END AS by, v.action, v.before, v.after, v.reason, v.data
FROM order_event v LEFT JOIN person p ON p.id = v.person WHERE v."order" = $1 ORDER BY v.id
"""


async def terms_of(conn: Connection, order_id: int, revision: int | None = None) -> Terms:
    """One revision of an order's terms, else the one in force. Raises NotFound."""
    row = await conn.fetchrow(_TERMS, order_id, revision)
    if row is None:
        raise NotFound()
    lines = await conn.fetch(_LINES, row["id"])
    charges = await conn.fetch(
        "SELECT kind, amount FROM order_charge WHERE terms = $1 ORDER BY id", row["id"]
    )
    return Terms(
        revision=row["revision"],
        side=row["side"],
        by=row["by"],
        at=row["created_at"],
        incoterm=row["incoterm"],
        place=row["place"],
        lead_days=row["lead_days"],
        payment_terms=row["payment_terms"],
        note=row["note"],
        currency=row["currency"],
        goods_total=row["goods_total"],
        charges_total=row["charges_total"],
        discount_total=row["discount_total"],
        invoice_total=row["invoice_total"],
        net_weight_g=row["net_weight_g"],
        gross_weight_g=row["gross_weight_g"],
        goods_eur=row["goods_eur"],
        total_eur=row["total_eur"],
        eur_rate=row["eur_rate"],
        rate_date=row["rate_date"],
        rate_source=row["rate_source"],
        law_on=row["law_on"],
        verdict=msgspec.json.decode(row["verdict"]),
        lines=tuple(TermsLine(**dict(line)) for line in lines),
        charges={charge["kind"]: charge["amount"] for charge in charges},
    )


async def buyer_as_ordered(conn: Connection, importer_id: int, verdict: dict[str, Any]) -> Buyer:
    """The importer with the tier by which its order was judged: a verification that ended since takes nothing back."""
    row = await conn.fetchrow(
        "SELECT id, organisation, legal_name, country FROM importer WHERE id = $1", importer_id
    )
    return Buyer(
        id=row["id"],
        organisation=row["organisation"],
        name=row["legal_name"],
        country=row["country"],
        verified=verdict["tier"] == "VERIFIED",
    )


async def detail(order_id: int) -> OrderDetail:
    """One order with its terms, for its parties and for staff. Raises NotFound."""
    async with connection() as conn:
        row = await conn.fetchrow(_ORDER, order_id)
        if row is None:
            raise NotFound()
        terms = await terms_of(conn, order_id, row["terms"])
        offered = await terms_of(conn, order_id, row["offered"]) if row["offered"] else None
    return OrderDetail(
        id=row["id"],
        public_id=row["public_id"],
        number=row["number"],
        state=row["state"],
        version=row["version"],
        exporter=_exporter(row),
        importer=_importer(row),
        purpose=row["purpose"],
        destination=row["destination"],
        delivery=msgspec.json.decode(row["delivery"], type=Delivery),
        terms=terms,
        offered=offered,
        note=row["note"],
        payment_note=row["payment_note"],
        submitted_at=row["submitted_at"],
        answer_by=row["answer_by"],
        accepted_at=row["accepted_at"],
        ended_at=row["ended_at"],
        reason=row["reason"],
        reason_by=row["reason_by"],
        updated_at=row["updated_at"],
        ordered_by=row["by_name"],
        flagged=row["flagged"],
    )


def _exporter(row: Record) -> Firm:
    return Firm(
        id=row["exporter"],
        organisation=row["e_organisation"],
        org=row["e_org"],
        name=row["e_name"],
        country="TR",
        slug=row["e_slug"],
        city=row["e_province"] or "",
        verified=row["e_verified"],
        contact=row["e_contact"] or "",
        email=row["e_email"] or "",
        phone=row["e_phone"] or "",
    )


def _importer(row: Record) -> Firm:
    return Firm(
        id=row["importer"],
        organisation=row["i_organisation"],
        org=row["i_org"],
        name=row["i_name"],
        country=row["i_country"],
        city=row["i_city"] or "",
        verified=row["i_verified"],
        contact=row["by_name"] or row["i_contact"] or "",
        email=row["i_email"] or "",
        phone=row["i_phone"] or "",
    )


async def timeline(order_id: int) -> list[Event]:
    """Every step of an order, the first one first."""
    return [
        Event(**{**dict(row), "data": msgspec.json.decode(row["data"])})
        for row in await fetch(_EVENTS, order_id)
    ]


async def version_of(order_id: int) -> int:
    """The version of an order. Raises NotFound."""
    rows = await fetch("SELECT version FROM trade_order WHERE id = $1", order_id)
    if not rows:
        raise NotFound()
    found: int = rows[0]["version"]
    return found


async def exporter_of(product: str) -> int | None:
    """The exporter of a product by public id; None for one that is not there.

    Also of one that is no longer offered (pricing refuses it): an order that is sent again is answered as the first
    time, whatever became of its goods.
    """
    rows = await fetch("SELECT exporter FROM product WHERE public_id = $1", product)
    return rows[0]["exporter"] if rows else None
