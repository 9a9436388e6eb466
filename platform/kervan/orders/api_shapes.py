"""What programs send and get about orders: the same words as on the pages, amounts as strings, weights in grams."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from kervan.orders.structs import Delivery, Event, OrderDetail, OrderRow, Terms
from kervan.policies import sentences
from kervan.trade.verdict import Verdict
from kervan.web.paging import PageLinks

PublicId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]{12}$")]


class LineWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods to order. With `price` the order is refused when that is not the price any more."""

    product: PublicId
    quantity: int
    version: int | None = None
    price: Decimal | None = None


class OrderWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order to be sent, or to be judged only."""

    lines: tuple[LineWanted, ...]
    destination: str
    incoterm: str
    place: str = ""
    delivery: Delivery = msgspec.field(default_factory=Delivery)
    charges: dict[str, Decimal] = {}
    purpose: str = "SALE"
    note: str = ""
    payment_terms: str = ""
    currency: str | None = None


class StepWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step of an order: its name, the order's version that was seen, and why where that must be said."""

    action: Literal[
        "accept",
        "decline",
        "agree",
        "withdraw",
        "confirm",
        "complete",
        "dispute",
        "return",
        "cancel",
    ]
    version: int
    reason: str | None = None
    proforma: int | None = None
    """With `confirm`: version of the proforma that was seen."""


class OfferedLineWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the order with another quantity, price or discount; quantity 0 takes it out."""

    number: int
    quantity: int
    unit_price: Decimal
    discount: Decimal = msgspec.field(default_factory=Decimal)


class OfferWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other terms that the exporter offers."""

    version: int
    lines: tuple[OfferedLineWanted, ...]
    incoterm: str
    place: str = ""
    charges: dict[str, Decimal] = {}
    lead_days: int | None = None
    payment_terms: str = ""
    note: str = ""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A firm of an order."""

    name: str
    country: str
    contact: str
    email: str
    phone: str
    verified: bool


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order."""

    id: str
    number: str
    state: str
    version: int
    exporter: Party
    importer: Party
    destination: str
    delivery: Delivery
    terms: Terms
    """What is ordered: the revision in force."""
    offered: Terms | None
    """Other terms that wait for the importer's answer."""
    note: str
    payment_note: str
    submitted_at: datetime
    answer_by: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    reason_by: str | None
    updated_at: datetime
    steps: tuple[str, ...]
    """What the key's firm may do now, the step that leads on first."""
    timeline: tuple[Event, ...]


class OrderDocument(msgspec.Struct, frozen=True):
    """One order."""

    data: Order


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the firm's orders."""

    data: tuple[OrderRow, ...]
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was sent."""

    id: str
    number: str
    again: bool
    """The same request had sent it before."""


class StateNow(msgspec.Struct, frozen=True, kw_only=True):
    """Where an order stands after a step."""

    id: str
    state: str
    version: int


class RuleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that an order was compared with: grams for GROSS_WEIGHT, EUR for the others."""

    source: str
    dimension: str
    limit: Decimal | int
    used: Decimal | int | None
    left: Decimal | int | None
    fits: bool
    legal_ref: str
    valid_from: date | None
    sentence: str


class RefusalShown(msgspec.Struct, frozen=True):
    """Why an order is not possible: a code for programs, a sentence for people."""

    code: str
    sentence: str


class VerdictShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the law, the platform and the exporter say of an order."""

    allowed: bool
    sentence: str
    left_g: int | None
    left_eur: Decimal | None
    binding: str | None
    """Source and dimension of the limit that is the fullest."""
    rules: tuple[RuleShown, ...]
    refusals: tuple[RefusalShown, ...]


def order_of(order: OrderDetail, timeline: list[Event], steps: tuple[str, ...]) -> Order:
    """An order as programs get it."""
    return Order(
        id=order.public_id,
        number=order.number,
        state=order.state,
        version=order.version,
        exporter=_party(order.exporter),
        importer=_party(order.importer),
        destination=order.destination,
        delivery=order.delivery,
        terms=order.terms,
        offered=order.offered,
        note=order.note,
        payment_note=order.payment_note,
        submitted_at=order.submitted_at,
        answer_by=order.answer_by,
        accepted_at=order.accepted_at,
        ended_at=order.ended_at,
        reason=order.reason,
        reason_by=order.reason_by,
        updated_at=order.updated_at,
        steps=steps,
        timeline=tuple(timeline),
    )


def _party(firm: msgspec.Struct) -> Party:
    return Party(**{name: getattr(firm, name) for name in Party.__struct_fields__})


def verdict_of(verdict: Verdict, language: str) -> VerdictShown:
    """A verdict as programs get it, with its sentences."""
    return VerdictShown(
        allowed=verdict.allowed,
        sentence=sentences.say(verdict, language),
        left_g=verdict.left_g,
        left_eur=verdict.left_eur,
        binding=f"{verdict.binding.source}_{verdict.binding.dimension}" if verdict.binding else None,
        rules=tuple(
            RuleShown(
                source=rule.source,
                dimension=rule.dimension,
                limit=rule.limit,
                used=rule.used,
                left=rule.left,
                fits=rule.fits,
                legal_ref=rule.legal_ref,
                valid_from=rule.valid_from,
                sentence=sentences.rule(rule, language),
            )
            for rule in verdict.rules
        ),
        refusals=tuple(
            RefusalShown(refusal.code, sentences.refusal(refusal, language)) for refusal in verdict.refusals
        ),
    )
