"""The inquiries and carts of the demo: quotes side by side, one that became an order, one that became a deal."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

from kervan.accounts.callers import Caller
from kervan.conversations import queries as conversations
from kervan.conversations import service as messages
from kervan.conversations.parties import INQUIRY
from kervan.db import connection, fetch, fetchval
from kervan.demo import drawn, past
from kervan.demo.cast import Cast, products
from kervan.demo.past import Mark
from kervan.demo.trade_steps import Step, Tale, Under, moments, walk
from kervan.files.uploads import Upload
from kervan.inquiries import accepting, access, deals, quotes, recipients, rounds, service
from kervan.inquiries.access import Part
from kervan.inquiries.structs import Asked, AskedLine, Offered, OfferedLine
from kervan.orders import carts, carts_queries, parties
from kervan.orders.carts_look import look
from kervan.orders.tables import Side
from kervan.trade.law import TURKIYE, current, day_of

_IM, _EX = Side.IMPORTER, Side.EXPORTER
_FIRM, _OTHER = "pamukova-tekstil", "curuksu-ev"


class Talk(msgspec.Struct):
    """An inquiry that is being told."""

    cast: Cast
    buyer: str
    inquiry: str
    """Public id."""
    id: int
    marks: list[Mark]

    def at(self, days_ago: float) -> None:
        """What follows happened so many days ago."""
        self.marks.append(past.mark(_ago(days_ago)))

    async def exporter(self, slug: str) -> tuple[Caller, Part]:
        """The place of an asked exporter, which has opened the inquiry."""
        caller, membership = await self.cast.selling(slug)
        recipient = await self._recipient(slug)
        part = await access.received(caller, membership.public_id, recipient, act=True)
        await recipients.opened(part)
        return caller, part

    async def importer(self, slug: str = "") -> tuple[Caller, Part]:
        """The importer's place, in its talk with one of the exporters where one is named."""
        caller, membership = await self.cast.caller(self.buyer), await self.cast.buying(self.buyer)
        recipient = await self._recipient(slug) if slug else ""
        return caller, await access.asked(caller, membership.public_id, self.inquiry, recipient, act=True)

    async def _recipient(self, slug: str) -> str:
        found: str = await fetchval(
            "SELECT public_id FROM inquiry_recipient WHERE inquiry = $1 AND exporter = $2",
            self.id,
            self.cast.exporters[slug],
        )
        return found

    async def says(self, side: Side, slug: str, text: str) -> None:
        """A message between the importer and one exporter."""
        caller, part = await (self.exporter(slug) if side is _EX else self.importer(slug))
        if part.recipient is None:
            raise RuntimeError("A message goes to one exporter.")
        await conversations.mark_read(INQUIRY, part.recipient, side)
        await messages.post(INQUIRY, part.recipient, side, caller, part.membership, text)

    async def quote(
        self,
        slug: str,
        lines: Sequence[tuple[str, int, str]],
        *,
        days: int = 30,
        note: str = "",
        lead_days: int,
        payment_terms: str = "",
        charges: Mapping[str, Decimal] | None = None,
    ) -> None:
        """Sends a quote, or another revision of it: (SKU, quantity, unit price in EUR) by the inquiry's lines."""
        caller, part = await self.exporter(slug)
        known = await products(slug, [sku for sku, _, _ in lines])
        units = {
            row["public_id"]: row["unit"]
            for row in await fetch(
                """SELECT p.public_id, v.unit FROM product p
                JOIN product_version v ON v.product = p.id AND v.number = p.current_version
                WHERE p.public_id = ANY($1::text[])""",
                list(known.values()),
            )
        }
        offered = Offered(
            lines=tuple(
                OfferedLine(
                    product=known[sku],
                    asked=number,
                    quantity=quantity,
                    unit=units[known[sku]],
                    unit_price=Decimal(price),
                )
                for number, (sku, quantity, price) in enumerate(lines, start=1)
            ),
            currency="EUR",
            incoterm="DAP",
            place=(await self.cast.delivery(self.buyer)).city,
            valid_until=day_of(datetime.now(UTC)) + timedelta(days=days),
            note=note,
            lead_days=lead_days,
            payment_terms=payment_terms,
            charges=dict(charges or {}),
        )
        await quotes.save(caller, part, offered, send=True)

    async def done(self, *, quotes_too: bool = False) -> None:
        """Moves all of it to the days on which it was told."""
        await past.inquiry(self.id, self.marks, quotes_too=quotes_too)


def _ago(days: float) -> datetime:
    """So many days ago; the fraction says how late in the working day, so that 3.4 is before 2.1."""
    day = datetime.now(TURKIYE) - timedelta(days=int(days))
    told = day.replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(hours=10 * (days % 1))
    return told.astimezone(UTC)


async def _ask(
    cast: Cast, buyer: str, key: str, days_ago: float, asked: Asked, files: Sequence[Upload] = ()
) -> Talk | None:
    """A new inquiry; None when it is there already."""
    membership = await cast.buying(buyer)
    if await _there(membership.importer, f"demo-{key}"):
        return None
    marks = [past.mark(_ago(days_ago))]
    made = await service.create(await cast.caller(buyer), membership, asked, f"demo-{key}", files)
    inquiry = await fetchval("SELECT id FROM inquiry WHERE public_id = $1", made.public_id)
    return Talk(cast, buyer, made.public_id, inquiry, marks)


async def _there(importer: int | None, key: str) -> bool:
    rows = await fetch("SELECT FROM inquiry WHERE importer = $1 AND idempotency_key = $2", importer, key)
    return bool(rows)


async def _lines(slug: str, wanted: Sequence[tuple[str, int, str | None]]) -> tuple[AskedLine, ...]:
    """Lines of (SKU of an exporter, quantity, target price)."""
    known = await products(slug, [sku for sku, _, _ in wanted])
    return tuple(
        AskedLine(product=known[sku], quantity=quantity, target_price=Decimal(price) if price else None)
        for sku, quantity, price in wanted
    )


async def _two_quotes(cast: Cast, now: datetime) -> None:
    """Two exporters have quoted, one of them twice: the importer compares."""
    asked = Asked(
        exporters=(_FIRM, _OTHER),
        lines=(
            AskedLine(name="Guest towel, white, 50 x 90 cm", quantity=200, unit="C62", target_price=Decimal("2.10")),
            AskedLine(name="Table runner in an earth shade", quantity=100, unit="C62", certificates="OEKO-TEX 100"),
        ),
        text="For a guest house with twenty rooms. White, washable at 60 °C; both if you have them, else one.",
        destination="DE",
        incoterm="DAP",
        place="Leipzig",
        currency="EUR",
    )  # fmt: skip
    label = drawn.label("our-label.png", ("Hartwig & Lindau", "GUEST HOUSE", "60 °C"))
    talk = await _ask(cast, "importer", "two-quotes", 9.2, asked, (label,))
    if talk is None:
        return
    talk.at(8.3)
    await talk.quote(
        _FIRM, (("PMK-102", 200, "2.35"),), lead_days=28, charges={"FREIGHT": Decimal("45.00")},
        payment_terms="In advance", note="The runner is not ours; the towel is in stock in white.",
    )  # fmt: skip
    talk.at(7.1)
    await talk.quote(
        _OTHER, (("CRK-203", 200, "2.60"), ("CRK-402", 100, "3.95")), lead_days=30,
        payment_terms="30 % in advance", note="Instead of the towel a pillowcase of the same sateen; see the photo.",
    )  # fmt: skip
    talk.at(6.0)
    await talk.says(_IM, _FIRM, "Your price is above our target. Can you come down without the freight?")
    talk.at(5.2)
    await talk.quote(
        _FIRM, (("PMK-102", 200, "2.18"),), lead_days=24, charges={"FREIGHT": Decimal("30.00")},
        payment_terms="In advance", note="Our last price for this quantity.",
    )  # fmt: skip
    await talk.says(_EX, _FIRM, "We have sent you a new revision with a lower price and less freight.")
    talk.at(4.1)
    caller, part = await talk.importer(_FIRM)
    await quotes.shortlist(caller, part, True)
    await talk.done()


async def _from_cart(cast: Cast, now: datetime) -> None:
    """A cart that was above the exporter's limit, asked for in one click."""
    caller, membership = await cast.caller("verified"), await cast.buying("verified")
    if membership.importer is None or await _there(membership.importer, "demo-cart"):
        return
    cart = await _cart(cast, "verified", _FIRM, {"PMK-103": 800})
    found = await carts_queries.one(caller.person, membership.importer, cart, caller.language)
    if found is None:
        raise RuntimeError("The cart is gone.")
    async with connection() as conn:
        buyer = await parties.buyer(conn, membership.importer)
    _, verdict = await look(buyer.id, found, carts.draft_of(found), caller.language)
    marks = [past.mark(_ago(1.3))]
    made = await service.from_cart(caller, membership, cart, verdict or (), "demo-cart")
    inquiry = await fetchval("SELECT id FROM inquiry WHERE public_id = $1", made.public_id)
    await past.inquiry(inquiry, marks)


async def _anonymous(cast: Cast, now: datetime) -> None:
    """Somebody who does not say yet who they are; one of the exporters has answered with a question."""
    asked = Asked(
        exporters=(_FIRM, _OTHER),
        text="We look for a maker of hotel towels in our own jacquard design, 2,000 pieces a year in four deliveries.",
        destination="GB",
        currency="EUR",
        anonymous=True,
    )
    talk = await _ask(cast, "oliver.thackray", "anonymous", 3.4, asked)
    if talk is None:
        return
    talk.at(2.4)
    await talk.says(_EX, _FIRM, "Which weight do you have in mind, and in how many colours is the design?")
    talk.at(1.6)
    await talk.says(_IM, _FIRM, "500 g/m² in two colours. We would like to see a sample first.")
    await talk.done()


async def _declined(cast: Cast, now: datetime) -> None:
    """An exporter that cannot make what was asked for."""
    asked = Asked(
        exporters=(_FIRM,),
        lines=(AskedLine(name="Microfibre sports towel, 40 x 80 cm", quantity=1500, unit="C62"),),
        text="With a hanging loop and our print on one side.",
        destination="ES",
    )
    talk = await _ask(cast, "inigo.larrazu", "declined", 14.5, asked)
    if talk is None:
        return
    talk.at(13.4)
    caller, part = await talk.exporter(_FIRM)
    await recipients.decline(caller, part, "We weave cotton only; microfibre is not made in our plant.")
    await talk.done()


async def _expired(cast: Cast, now: datetime) -> None:
    """A quote that nobody answered, in an inquiry whose days are over as well: both found by the worker's round."""
    asked = Asked(
        exporters=(_FIRM,),
        lines=await _lines(_FIRM, (("PMK-104", 400, None),)),
        text="For the coming summer.",
        destination="DE",
    )
    talk = await _ask(cast, "importer", "expired", 97.0, asked)
    if talk is None:
        return
    talk.at(95.6)
    await talk.quote(_FIRM, (("PMK-104", 400, "5.30"),), days=45, lead_days=28)
    await talk.done(quotes_too=True)
    over = await fetchval("SELECT valid_until FROM quote WHERE inquiry = $1", talk.id)
    lasts = timedelta(days=current().figure("INQUIRY_DAYS", over), minutes=4)
    for round_of, told in (
        (rounds.expire_quotes, datetime(over.year, over.month, over.day, 21, 5, tzinfo=UTC)),
        (rounds.expire_inquiries, talk.marks[0].told + lasts),
    ):
        talk.marks.append(past.mark(told))
        await round_of()
    await past.inquiry(talk.id, talk.marks)


async def _became_order(cast: Cast, now: datetime) -> None:
    """A quote that was taken and made an order, which has its proforma by now."""
    asked = Asked(
        exporters=(_FIRM, _OTHER),
        lines=await _lines(_FIRM, (("PMK-302", 150, "10.80"),)),
        text="Packed for a shop: one set in a paper sleeve.",
        destination="NL",
        incoterm="DAP",
        place="Utrecht",
        currency="EUR",
    )
    talk = await _ask(cast, "verified", "became-order", 21.2, asked)
    if talk is None:
        return
    talk.at(20.3)
    await talk.quote(
        _FIRM, (("PMK-302", 150, "10.95"),), days=60, lead_days=24, charges={"PACKAGING": Decimal("60.00")},
        payment_terms="In advance", note="With the sleeve; the print is yours to send.",
    )  # fmt: skip
    talk.at(9.3)
    caller, part = await talk.importer(_FIRM)
    made = await accepting.accept(caller, part, 1, await cast.delivery("verified"))
    taken = talk.marks[-1]
    await talk.done()
    order = await fetchval("SELECT id FROM trade_order WHERE public_id = $1", made.order)
    tale = Tale(
        key="became-order", firm=_FIRM, buyer="verified", goods={}, ago=9, steps=(Step(what="proforma", after=3),)
    )  # fmt: skip
    under = Under(cast, tale, made.order or "", order, [taken])
    await walk(under, moments(tale, now)[1:])


async def _became_deal(cast: Cast, now: datetime) -> None:
    """A quote above the limits that was taken: the exporter ticks off the classic export's steps."""
    asked = Asked(
        exporters=(_FIRM,),
        lines=await _lines(_FIRM, (("PMK-103", 1600, "7.40"), ("PMK-201", 240, None))),
        text="For the reopening of a spa with two houses.",
        destination="NL",
        incoterm="DAP",
        place="Utrecht",
        currency="EUR",
    )
    talk = await _ask(cast, "verified", "became-deal", 33.5, asked)
    if talk is None:
        return
    talk.at(31.4)
    await talk.quote(
        _FIRM, (("PMK-103", 1600, "7.55"), ("PMK-201", 240, "16.60")), days=60, lead_days=45,
        charges={"FREIGHT": Decimal("1450.00")}, payment_terms="30 % in advance, 70 % against papers",
    )  # fmt: skip
    talk.at(27.2)
    caller, part = await talk.importer(_FIRM)
    made = await accepting.accept(caller, part, 1)
    caller, membership = await cast.selling(_FIRM)
    done: list[str] = []
    for ago, step in (
        (25.2, "contract"),
        (24.4, "proforma"),
        (18.3, "payment"),
        (6.2, "association"),
        (5.3, "efatura"),
    ):
        talk.at(ago)
        done.append(step)
        part, deal = await access.deal(caller, membership.public_id, made.deal or "", act=True)
        version = await fetchval("SELECT version FROM deal WHERE id = $1", deal)
        await deals.tick(caller, part, deal, done, version)
        await past.ticked(deal, step, talk.marks[-1].told)
    await talk.done()


async def _cart(cast: Cast, buyer: str, slug: str, goods: dict[str, int]) -> str:
    """Fills a cart and the address in it; returns its public id."""
    caller, membership = await cast.caller(buyer), await cast.buying(buyer)
    known = await products(slug, list(goods))
    cart = ""
    for sku, quantity in goods.items():
        cart = await carts.add(caller, membership, known[sku], quantity)
    found = await carts_queries.one(caller.person, membership.importer or 0, cart, caller.language)
    if found is not None:
        delivery = await cast.delivery(buyer)
        draft = msgspec.structs.replace(carts.draft_of(found), delivery=delivery, place=delivery.city)
        await carts.keep(found, draft)
    return cart


async def _carts(cast: Cast, now: datetime) -> None:
    """One cart that fits, one that is above what a firm may order before it is verified."""
    if await fetchval("SELECT EXISTS (SELECT FROM cart WHERE person = $1)", cast.person["buyer"]):
        return
    await _cart(cast, "buyer", _FIRM, {"PMK-102": 350})
    await _cart(cast, "buyer", _OTHER, {"CRK-101": 200, "CRK-402": 250})


Story = Callable[[Cast, datetime], Awaitable[None]]

OLDER: Sequence[Story] = (_expired, _became_deal, _became_order)
"""Told before the orders: one of them makes an order of last week."""
NEWER: Sequence[Story] = (
    _declined,
    _two_quotes,
    _anonymous,
    _from_cart,
    _carts,
)
