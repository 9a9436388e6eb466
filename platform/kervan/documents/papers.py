"""What a document of an order says: put together from the order's terms and its two firms, and kept sealed."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import msgspec
from asyncpg import Connection, Record

from kervan import vault
from kervan.db import fetch
from kervan.documents.structs import Address, Charge, FxNote, Kind, Line, LineKind, Paper, Party
from kervan.errors import NotFound
from kervan.exporters.registration import TCKN
from kervan.orders.incoterms import AT_SELLER
from kervan.orders.structs import OrderDetail, Terms
from kervan.trade import law, provinces
from kervan.trade.money import quantize
from kervan.web import i18n

_PREFIXES = {Kind.PROFORMA: "PF", Kind.PACKING_LIST: "CL", Kind.EXPORT_FORM: "BF"}
"""Of our own document numbers: proforma, çeki listesi, bilgi formu. An invoice has the seller's."""

_SELLER = """
SELECT legal_name, vkn, tckn_sealed, tax_office, mersis, address, district, province, postcode, contact_name,
    contact_email, phone, website
FROM exporter WHERE id = $1
"""
_BUYER = """
SELECT i.legal_name, i.country, i.city, i.contact_name, i.phone, i.website, i.number_scheme, i.number, p.language
FROM trade_order o JOIN importer i ON i.id = o.importer LEFT JOIN person p ON p.id = o.ordered_by WHERE o.id = $1
"""


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands on an order's papers, and the language in which the buyer reads them."""

    seller: Party
    buyer: Party
    consignee: Party
    language: str


async def parties(order: OrderDetail, office: Address | None = None) -> Parties:
    """The two firms as they are now and the receiver as the order says.

    `office` is where the buyer's own office is, as the exporter typed it; without it the place of delivery, when the
    buyer itself receives the goods in its own country. A sole trader without a VKN has its TCKN here in clear: never
    log or store the result, only what `kept` makes of it.
    """
    sellers, buyers = await fetch(_SELLER, order.exporter.id), await fetch(_BUYER, order.id)
    if not sellers or not buyers:
        raise NotFound()
    buyer = _buyer(buyers[0], order, office)
    language = buyers[0]["language"] or i18n.DEFAULT
    return Parties(
        seller=_seller(sellers[0]),
        buyer=buyer,
        consignee=_consignee(buyer, order),
        # Turkish is on every paper; who reads Turkish gets English beside it.
        language=i18n.DEFAULT if language == "tr" else language,
    )


def _seller(row: Record) -> Party:
    province = provinces.province(row["province"]).name if row["province"] else ""
    sealed = row["tckn_sealed"] if row["vkn"] is None else None
    return Party(
        name=row["legal_name"],
        address=Address(
            street=row["address"] or "",
            city=row["district"] or province,
            region=province,
            postcode=row["postcode"] or "",
            country="TR",
        ),
        vkn=row["vkn"],
        tckn=vault.unseal(sealed, TCKN) if sealed else None,
        tax_office=row["tax_office"],
        mersis=row["mersis"],
        contact=row["contact_name"],
        email=row["contact_email"],
        phone=row["phone"],
        website=row["website"],
    )


def _buyer(row: Record, order: OrderDetail, office: Address | None) -> Party:
    delivery = order.delivery
    if office is None and _receives_itself(row["legal_name"], order) and row["country"] == order.destination:
        office = _delivered_to(order)
    return Party(
        name=row["legal_name"],
        address=office or Address(street="", city=row["city"] or delivery.city, country=row["country"]),
        number_scheme=row["number_scheme"],
        number=row["number"],
        contact=row["contact_name"],
        phone=row["phone"],
        website=row["website"],
    )


def _consignee(buyer: Party, order: OrderDetail) -> Party:
    delivery = order.delivery
    if _receives_itself(buyer.name, order):
        return msgspec.structs.replace(
            buyer,
            address=_delivered_to(order),
            contact=delivery.contact or buyer.contact,
            phone=delivery.phone or buyer.phone,
        )
    return Party(
        name=delivery.name,
        address=_delivered_to(order),
        contact=delivery.contact or None,
        phone=delivery.phone or None,
    )


def _receives_itself(name: str, order: OrderDetail) -> bool:
    return order.delivery.name.strip() in ("", name)


def _delivered_to(order: OrderDetail) -> Address:
    delivery = order.delivery
    return Address(
        street=delivery.street,
        city=delivery.city,
        region=delivery.region,
        postcode=delivery.postcode,
        country=order.destination,
    )


def draft(
    kind: Kind,
    order: OrderDetail,
    who: Parties,
    *,
    number: str,
    version: int,
    issued_on: date,
    code: str,
) -> Paper:
    """A paper that says what the order's terms in force say; each kind adds its own with msgspec.structs.replace."""
    terms = order.terms
    lines, charges = _lines(terms), _charges(terms)
    goods = sum((line.amount for line in lines), Decimal(0))
    added = sum((charge.amount for charge in charges), Decimal(0))
    counts = [line.packages for line in lines]
    return Paper(
        kind=kind,
        number=number,
        version=version,
        issued_on=issued_on,
        order_number=order.number,
        ordered_on=law.day_of(order.submitted_at),
        seller=who.seller,
        buyer=who.buyer,
        consignee=who.consignee,
        currency=terms.currency,
        lines=lines,
        charges=charges,
        goods_total=goods,
        charges_total=added,
        total=goods + added,
        net_g=terms.net_weight_g,
        gross_g=terms.gross_weight_g,
        packages=sum(count for count in counts if count) if all(counts) else None,
        incoterm=terms.incoterm,
        # Orders of before a place was asked for: where such a term usually holds.
        place=terms.place.strip()
        or (who.seller if terms.incoterm in AT_SELLER else who.consignee).address.city,
        eur_rate=_eur_rate(terms),
        payment_terms=terms.payment_terms,
        lead_days=terms.lead_days,
        language=who.language,
        code=code,
    )


def _lines(terms: Terms) -> tuple[Line, ...]:
    return tuple(
        Line(
            number=line.number,
            sku=line.sku,
            name_tr=line.name_tr,
            name=line.name,
            gtip=line.gtip,
            origin=line.origin,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=_shortened(line.unit_price),
            discount=quantize(line.discount, terms.currency),
            amount=quantize(line.amount, terms.currency),
            net_g=line.net_g,
            gross_g=line.gross_g,
            packages=line.packages,
        )
        for line in terms.lines
    )


def _charges(terms: Terms) -> tuple[Charge, ...]:
    return tuple(
        Charge(kind=kind, amount=quantize(Decimal(terms.charges[kind]), terms.currency))
        for kind in LineKind
        if kind in terms.charges
    )


def _shortened(price: Decimal) -> Decimal:
    """The price without the noughts that the column adds: 4.2000 is 4.20, 0.0125 stays."""
    short = price.normalize()
    return price.quantize(Decimal("0.01")) if -int(short.as_tuple().exponent) <= 2 else short


def _eur_rate(terms: Terms) -> FxNote | None:
    if terms.currency == "EUR":
        return None
    # As the bank publishes it, so that nothing is rounded: so many units of the currency for one euro.
    return FxNote(
        currency="EUR",
        to=terms.currency,
        rate=terms.eur_rate.normalize(),
        date=terms.rate_date,
        source=terms.rate_source,
    )


def own_number(kind: Kind, order: OrderDetail, version: int) -> str:
    """The number of a document of ours: PF-KV26-7H4K-92XQ, from the second version on with -2 behind it."""
    return f"{_PREFIXES[kind]}-{order.number}{f'-{version}' if version > 1 else ''}"


def kept(paper: Paper) -> str:
    """The paper as JSON for its row; a sole trader's identity number is sealed in it."""
    seller = paper.seller
    if seller.tckn is not None:
        seller = msgspec.structs.replace(seller, tckn=vault.seal(seller.tckn, TCKN))
    return msgspec.json.encode(msgspec.structs.replace(paper, seller=seller)).decode()


def opened(stored: str | bytes, *, with_tckn: bool = True) -> Paper:
    """The paper of a row again. Without `with_tckn` the identity number stays out: for what is only shown."""
    paper = msgspec.json.decode(stored, type=Paper)
    if paper.seller.tckn is None:
        return paper
    tckn = vault.unseal(paper.seller.tckn, TCKN) if with_tckn else None
    return msgspec.structs.replace(paper, seller=msgspec.structs.replace(paper.seller, tckn=tckn))


async def reseal(conn: Connection) -> int:
    """Seals the identity numbers of all papers with the present secret, in the open transaction; returns how many."""
    rows = await conn.fetch(
        "SELECT id, paper #>> '{seller,tckn}' AS sealed FROM document"
        " WHERE paper #>> '{seller,tckn}' IS NOT NULL FOR UPDATE"
    )
    for row in rows:
        await conn.execute(
            "UPDATE document SET paper = jsonb_set(paper, '{seller,tckn}', to_jsonb($2::text)) WHERE id = $1",
            row["id"],
            vault.seal(vault.unseal(row["sealed"], TCKN), TCKN),
        )
    return len(rows)


def with_packages(lines: Iterable[Line], counts: Mapping[int, int]) -> tuple[Line, ...]:
    """The lines with the number of packages of each, by the line's number."""
    return tuple(msgspec.structs.replace(line, packages=counts.get(line.number)) for line in lines)
