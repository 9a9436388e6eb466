"""Other terms that the exporter offers: quantities, prices, charges, delivery; judged like an order (domain 4.7, 1)."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from kervan.accounts.callers import Caller
from kervan.db import transaction
from kervan.errors import Conflict, Invalid, KervanError
from kervan.exporters import limits
from kervan.orders import moves, parties, queries, rules, storing
from kervan.orders.access import Party
from kervan.orders.errors import Refused
from kervan.orders.incoterms import INCOTERMS, NO_PLACE
from kervan.orders.judging import judge_goods
from kervan.orders.pricing import MOST
from kervan.orders.repeating import Keep, finished
from kervan.orders.states import check
from kervan.orders.steps import lines_of
from kervan.orders.structs import PricedLine, Terms
from kervan.orders.tables import State
from kervan.policies import book
from kervan.trade import law
from kervan.trade.errors import N_, shown
from kervan.trade.money import exponent, places, quantize

_MOST_PRICE = Decimal(10_000_000)
LONGEST_LEAD = 365


class OfferedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of the order with another quantity, price or discount; quantity 0 takes them out."""

    number: int
    """As in the terms in force."""
    quantity: int
    unit_price: Decimal
    discount: Decimal = Decimal(0)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What the exporter offers instead of the terms in force."""

    lines: tuple[OfferedLine, ...]
    incoterm: str
    place: str = ""
    """Left empty it stays as it is, while the Incoterm does."""
    charges: dict[str, Decimal] = {}
    lead_days: int | None = None
    payment_terms: str = ""
    note: str = ""


async def counter(
    caller: Caller, party: Party, version: int, offer: Offer, keep: Keep | None = None
) -> State:
    """Offers other terms; they hold once the importer agrees.

    Judged by the law and the rate of today. Raises Invalid by field, Refused when the offer would break a limit,
    Conflict when the order was changed since or cannot be countered now.
    """
    await book.refresh()
    async with transaction() as tx:
        conn = tx.connection
        order = await conn.fetchrow(
            """SELECT state, version, exporter, importer, destination, purpose, sale_type,
                (SELECT max(revision) FROM order_terms WHERE "order" = $1) AS last
            FROM trade_order WHERE id = $1 FOR UPDATE""",
            party.order_id,
        )
        if order["version"] != version:
            raise Conflict(N_("This order was changed in the meantime. Look at it again."))
        check("counter", order["state"], party.side)
        terms = await queries.terms_of(conn, party.order_id)
        if not offer.place.strip() and offer.incoterm == terms.incoterm:
            offer = msgspec.structs.replace(offer, place=terms.place)
        lines, wrong = _lines(terms, offer)
        wrong = {**wrong, **_wrong_head(offer, terms.currency)}
        if not lines and not wrong:
            wrong["lines"] = Invalid(N_("Leave at least one kind of goods in the order."))
        if wrong:
            raise Invalid(fields=wrong)
        if _same(terms, offer, lines):
            raise Invalid(N_("These are the terms of the order already. Change something, or accept it."))
        now = datetime.now(UTC)
        judged = judge_goods(
            lines,
            offer.charges,
            terms.currency,
            destination=order["destination"],
            buyer=await parties.buyer(conn, order["importer"]),
            own=await limits.of(order["exporter"], now),
            on=law.day_of(now),
            purpose=order["purpose"],
            sale_type=order["sale_type"],
        )
        if not judged.verdict.allowed:
            raise Refused(judged.verdict)
        revision = order["last"] + 1
        await storing.terms(
            conn,
            party.order_id,
            revision,
            party.side,
            caller.person,
            lines,
            offer.charges,
            terms.currency,
            judged,
            incoterm=offer.incoterm,
            place=offer.place,
            lead_days=offer.lead_days,
            payment_terms=offer.payment_terms,
            note=offer.note,
        )
        await conn.execute("UPDATE trade_order SET offered = $2 WHERE id = $1", party.order_id, revision)
        after = await moves.move(
            conn,
            party.order_id,
            "counter",
            side=party.side,
            version=version,
            caller=caller,
            data={"revision": revision, "total": f"{judged.total:f}", "currency": terms.currency},
        )
        await finished(conn, keep, ())
        return after


def _lines(terms: Terms, offer: Offer) -> tuple[tuple[PricedLine, ...], dict[str, KervanError]]:
    """The offered goods with weights in proportion to the quantity, and what is wrong by line."""
    wrong: dict[str, KervanError] = {}
    known = {line.number: line for line in terms.lines}
    offered = {line.number: line for line in offer.lines}
    if len(offered) != len(offer.lines) or not set(offered) <= set(known):
        wrong["lines"] = Invalid(N_("These are not the lines of this order."))
        return (), wrong
    found: list[PricedLine] = []
    for number, before in zip(known, lines_of(terms), strict=True):
        new = offered.get(number)
        if new is None or new.quantity == 0:
            continue
        if not 1 <= new.quantity <= MOST:
            wrong[f"quantity.{number}"] = Invalid(N_("Enter a whole number from 1 to {most}."), most=MOST)
            continue
        if not new.unit_price.is_finite() or not 0 < new.unit_price <= _MOST_PRICE:
            wrong[f"price.{number}"] = Invalid(N_("Enter an amount above zero."))
            continue
        if places(new.unit_price) > 4:
            wrong[f"price.{number}"] = Invalid(N_("At most {n} digits after the decimal mark."), n=4)
            continue
        whole = new.unit_price * new.quantity
        if not new.discount.is_finite() or new.discount < 0 or new.discount >= whole:
            wrong[f"discount.{number}"] = Invalid(N_("A discount is less than the goods cost."))
            continue
        if places(new.discount) > exponent(terms.currency):
            wrong[f"discount.{number}"] = Invalid(
                N_("{currency} has {n} digits after the decimal mark."),
                currency=terms.currency,
                n=exponent(terms.currency),
            )
            continue
        amount = quantize(whole - new.discount, terms.currency)
        if amount <= 0:
            wrong[f"{'discount' if new.discount else 'price'}.{number}"] = Invalid(
                N_("The goods come to nothing in this currency. Look at quantity and price.")
            )
            continue
        per_package = -(-before.quantity // before.packages) if before.packages else None
        found.append(
            msgspec.structs.replace(
                before,
                quantity=new.quantity,
                unit_price=new.unit_price,
                discount=new.discount,
                amount=amount,
                # Whole units weigh whole grams each: the division leaves nothing over.
                net_g=before.net_g // before.quantity * new.quantity,
                gross_g=before.gross_g // before.quantity * new.quantity,
                packages=-(-new.quantity // per_package) if per_package else None,
            )
        )
    return tuple(found), wrong


def _wrong_head(offer: Offer, currency: str) -> dict[str, KervanError]:
    wrong = rules.check_charges(offer.charges, currency)
    if offer.incoterm not in INCOTERMS:
        wrong["incoterm"] = Invalid(
            N_("{code} is not one of the Incoterms 2020."), code=shown(offer.incoterm)
        )
    if offer.lead_days is not None and not 0 <= offer.lead_days <= LONGEST_LEAD:
        wrong["lead_days"] = Invalid(
            N_("Enter a whole number from {low} to {high}."), low=0, high=LONGEST_LEAD
        )
    if not offer.place.strip():
        wrong["place"] = Invalid(NO_PLACE)
    for field, longest in (("place", 120), ("payment_terms", 300), ("note", 2000)):
        if len(getattr(offer, field)) > longest:
            wrong[field] = Invalid(N_("At most {n} characters."), n=longest)
    return wrong


def _same(terms: Terms, offer: Offer, lines: tuple[PricedLine, ...]) -> bool:
    return (
        lines == lines_of(terms)
        and offer.charges == terms.charges
        and (offer.incoterm, offer.place, offer.lead_days, offer.payment_terms)
        == (terms.incoterm, terms.place, terms.lead_days, terms.payment_terms)
    )
