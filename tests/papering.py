"""Makers for tests of documents and shipments: an order taken as far along its way as a test needs it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import people
from ordering import Trade, a_trade, an_order, side_of

from kervan.accounts.callers import Caller
from kervan.db import execute, fetchval
from kervan.declarations import service as declarations
from kervan.declarations.service import HandOver
from kervan.documents import numbers, service
from kervan.documents.wanted import InvoiceWanted, ProformaWanted
from kervan.ids import new_public_id
from kervan.orders import queries, steps
from kervan.orders.access import Party
from kervan.orders.deadlines import today
from kervan.orders.structs import OrderDetail
from kervan.trade import identifiers
from kervan.trade.errors import TradeError

CARRIER = "HIZLI"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An order under way, and both sides' places in it."""

    trade: Trade
    public_id: str
    seller: Caller
    selling: Party
    buyer: Caller
    buying: Party

    @property
    def id(self) -> int:
        return self.selling.order_id

    async def detail(self) -> OrderDetail:
        return await queries.detail(self.id)

    async def version(self) -> int:
        return (await self.detail()).version

    async def state(self) -> str:
        return (await self.detail()).state


async def registered(exporter: int) -> None:
    """What an invoice needs of its seller: a tax number that is right, the tax office and a street."""
    await execute(
        """UPDATE exporter SET tax_office = 'Denizli', district = 'Merkezefendi', postcode = '20020', vkn = $2,
            address = 'Organize Sanayi Bölgesi 4. Cadde No: 12' WHERE id = $1""",
        exporter,
        a_vkn(exporter),
    )


def a_vkn(seed: int) -> str:
    """A tax number with a right check digit, another one for each seed."""
    return next(number for digit in range(10) if is_vkn(number := f"{100_000_000 + seed % 10**8}{digit}"))


def is_vkn(number: str) -> bool:
    try:
        return identifiers.vkn(number) == number
    except TradeError:
        return False


async def a_carrier(code: str = CARRIER, valid_from: date | None = None, valid_to: date | None = None) -> int:
    """An express carrier that may make ETGB declarations; two administrators stand behind it."""
    people_behind = [
        await people.make_person(f"Yönetici {n}", f"{code}-{n}@ministry.example") for n in ("bir", "iki")
    ]
    found: int = await fetchval(
        """INSERT INTO carrier (public_id, valid_from, valid_to, legal_ref, certainty, proposed_by, approved_by, code,
            name, tracking_url)
        VALUES ($1, $2, $3, 'Test', 'DECIDED', $4, $5, $6, $7, 'https://track.example/{waybill}') RETURNING id""",
        new_public_id(),
        valid_from,
        valid_to,
        *people_behind,
        code,
        f"{code.title()} Kargo",
    )
    return found


async def accepted(slug: str = "ayse-havlu", currency_of_product: str = "EUR", **order: Any) -> Case:
    """An order that the exporter has accepted; `order` as ordering.wanted."""
    trade = await a_trade(slug, currency=currency_of_product)
    await registered(trade.exporter)
    return await again(trade, "k-1", **order)


async def again(trade: Trade, key: str, **order: Any) -> Case:
    """One more accepted order of the same two firms."""
    sent = await an_order(trade, key, **order)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    buyer, buying = await side_of(trade, sent.public_id, "IMPORTER")
    await steps.take(seller, selling, "accept", 1)
    return Case(
        trade=trade,
        public_id=sent.public_id,
        seller=seller,
        selling=selling,
        buyer=buyer,
        buying=buying,
    )


def a_proforma(**fields: Any) -> ProformaWanted:
    """Valid for two weeks."""
    return ProformaWanted(
        **{"valid_until": today() + timedelta(days=14), "payment_terms": "In advance", **fields}
    )


async def an_invoice(case: Case, **fields: Any) -> InvoiceWanted:
    """Of today, with the exporter's next number; in EUR at a rate near the last known one."""
    day = today()
    values: dict[str, Any] = {
        "number": await numbers.next_number(case.trade.exporter, day.year),
        "issued_on": day,
        "try_rate": Decimal("55.90"),
        "try_rate_on": day,
    }
    return InvoiceWanted(**{**values, **fields})


async def confirmed(slug: str = "ayse-havlu", **order: Any) -> Case:
    """An order whose proforma the importer has confirmed."""
    case = await accepted(slug, **order)
    await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    await steps.take(case.buyer, case.buying, "confirm", await case.version(), seen=1)
    return case


async def invoiced(slug: str = "ayse-havlu", **order: Any) -> Case:
    """An order with its invoice."""
    case = await confirmed(slug, **order)
    await service.issue_invoice(case.seller, case.selling, await case.version(), await an_invoice(case))
    return case


def a_hand_over(**fields: Any) -> HandOver:
    """Two packages of 46 kg in all, today."""
    values: dict[str, Any] = {
        "carrier": CARRIER,
        "waybill": "HK1234567890",
        "day": today(),
        "packages": 2,
        "gross_g": 46_000,
    }
    return HandOver(**{**values, **fields})


async def handed_over(slug: str = "ayse-havlu", **fields: Any) -> Case:
    """An order that is with the carrier since today."""
    case = await invoiced(slug)
    await a_carrier()
    await declarations.hand_over(case.seller, case.selling, await case.version(), a_hand_over(**fields))
    return case


def etgb(sequence: int = 12345) -> str:
    """The number of a declaration of this year."""
    return f"{today():%y}341300ET{sequence:08d}"
