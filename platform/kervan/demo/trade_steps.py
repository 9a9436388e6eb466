"""How an order of the demo goes its way: each step by the side that takes it, on the day on which it is told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import msgspec

from kervan.accounts.callers import Caller
from kervan.conversations import queries as conversations
from kervan.conversations import service as messages
from kervan.conversations.parties import ORDER
from kervan.db import fetch, fetchval
from kervan.declarations import service as declarations
from kervan.declarations import vat
from kervan.declarations.port import FakeCarrier
from kervan.declarations.service import HandOver
from kervan.demo import past
from kervan.demo.cast import SERIES, Cast, products
from kervan.demo.past import Mark
from kervan.documents import exchange, numbers
from kervan.documents import service as documents
from kervan.documents.wanted import InvoiceWanted, PackingWanted, ProformaWanted
from kervan.files.uploads import Upload
from kervan.orders import deadlines, offers, queries, rounds, service, steps
from kervan.orders.access import Party, watched
from kervan.orders.structs import OrderDetail, Wanted, WantedLine
from kervan.orders.tables import Side
from kervan.trade.law import TURKIYE, day_of

_EX, _IM = Side.EXPORTER, Side.IMPORTER
_CARTON_G = 350
"""What an empty carton weighs."""
_MOST_IN_A_CARTON_G = 21_000


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a tale, so many days after the one before it."""

    what: str
    """A key of STEPS."""
    after: int = 0
    text: str = ""
    """Reason, note or message."""
    by: Side = _EX
    """Of a message and a cancellation."""
    file: Upload | None = None


class Tale(msgspec.Struct, frozen=True, kw_only=True):
    """An order of the demo and how far it came."""

    key: str
    firm: str
    """Slug of the exporter."""
    buyer: str
    goods: Mapping[str, int]
    """Quantity by SKU."""
    ago: int
    """Days since it was sent."""
    steps: tuple[Step, ...] = ()
    charges: Mapping[str, Decimal] = {}
    note: str = ""
    carrier: str = "ANKA"
    """Empty: booked in the system of a carrier, BOREAS."""
    sent_at: datetime | None = None
    """The very moment instead of `ago`."""


class Under(msgspec.Struct):
    """An order that is being told."""

    cast: Cast
    tale: Tale
    order: str
    """Public id."""
    id: int
    marks: list[Mark]

    async def side(self, side: Side, *, decides: bool = False) -> tuple[Caller, Party]:
        return await self.cast.party(self.order, side, self.tale.firm, self.tale.buyer, decides=decides)

    async def detail(self) -> OrderDetail:
        return await queries.detail(self.id)

    @property
    def day(self) -> date:
        """The day of the step that is told now."""
        return day_of(self.marks[-1].told)

    def digits(self, count: int) -> str:
        """Invented digits, the same ones for this order on every machine."""
        return f"{int.from_bytes(sha256(self.tale.key.encode()).digest()) % 10**count:0{count}d}"


async def tell(cast: Cast, tale: Tale) -> None:
    """Makes the order and takes its steps. One that is there already stays as it is, wherever a crash left it."""
    membership, caller = await cast.buying(tale.buyer), await cast.caller(tale.buyer)
    key = f"demo-{tale.key}"
    if await fetch(
        "SELECT FROM trade_order WHERE importer = $1 AND idempotency_key = $2", membership.importer, key
    ):
        return
    told = moments(tale, datetime.now(UTC))
    marks = [past.mark(told[0])]
    known = await products(tale.firm, list(tale.goods))
    delivery = await cast.delivery(tale.buyer)
    sent = await service.submit(
        caller,
        membership,
        Wanted(
            exporter=cast.exporters[tale.firm],
            lines=tuple(
                WantedLine(product=known[sku], quantity=quantity) for sku, quantity in tale.goods.items()
            ),
            destination=membership.country,
            incoterm="DAP",
            place=delivery.city,
            delivery=delivery,
            charges=dict(tale.charges),
            note=tale.note,
        ),
        key,
    )
    order_id = await fetchval("SELECT id FROM trade_order WHERE public_id = $1", sent.public_id)
    under = Under(cast, tale, sent.public_id, order_id, marks)
    await walk(under, told[1:])


async def walk(under: Under, told: Sequence[datetime]) -> None:
    """Takes the steps of the tale at these moments and moves the order back to them."""
    # Papers name the day of the order: it is told before they are made.
    await past.order(under.id, under.marks)
    for step, moment in zip(under.tale.steps, told, strict=True):
        under.marks.append(past.mark(moment))
        with deadlines.told_on(day_of(moment)):
            await STEPS[step.what](under, step)
    state = (await under.detail()).state
    await past.order(under.id, under.marks, waits=state in ("SUBMITTED", "COUNTERED"))


def moments(tale: Tale, now: datetime) -> list[datetime]:
    """When the order was sent and each step was taken: in working hours, in this order, never in the future."""
    count = len(tale.steps) + 1
    at, found = tale.sent_at or now - timedelta(days=tale.ago), []
    for place, after in enumerate((0, *(step.after for step in tale.steps))):
        at += timedelta(days=after)
        told = at
        if tale.sent_at is None:
            local = _working(at.astimezone(TURKIYE).date())
            told = datetime(local.year, local.month, local.day, 8, 40, tzinfo=TURKIYE)
            told += timedelta(minutes=place * 570 // count + (sum(map(ord, tale.key)) * 7) % 23)
        found.append(min(told.astimezone(UTC), now - timedelta(minutes=3 * (count - place))))
    return found


def _working(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


async def _plain(under: Under, step: Step) -> None:
    """A step that needs nothing but, some of them, a reason."""
    side = _IM if step.what in ("agree", "withdraw", "confirm", "complete", "dispute") else _EX
    side = step.by if step.what == "cancel" else side
    decides = step.what in ("decline", "cancel", "return")
    caller, party = await under.side(side, decides=decides and side is _EX)
    order = await under.detail()
    await steps.take(caller, party, step.what, order.version, reason=step.text or None)


async def _counter(under: Under, step: Step) -> None:
    """Other terms: three per cent off, a week more, half of it in advance."""
    caller, party = await under.side(_EX)
    order = await under.detail()
    terms = order.terms
    lines = tuple(
        offers.OfferedLine(
            number=line.number,
            quantity=line.quantity,
            unit_price=(line.unit_price * Decimal("0.97")).quantize(Decimal("0.01")),
        )
        for line in terms.lines
    )
    offer = offers.Offer(
        lines=lines,
        incoterm=terms.incoterm,
        place=terms.place,
        charges=terms.charges,
        lead_days=(terms.lead_days or 0) + 7,
        payment_terms="50 % in advance, 50 % before the hand-over",
        note=step.text,
    )
    await offers.counter(caller, party, order.version, offer)


async def _proforma(under: Under, step: Step) -> None:
    caller, party = await under.side(_EX)
    order = await under.detail()
    wanted = ProformaWanted(
        valid_until=under.day + timedelta(days=21),
        payment_terms=order.terms.payment_terms or "In advance, by bank transfer",
        note=step.text if step.what == "proforma" else "",
    )
    if step.what == "proforma":
        await documents.issue_proforma(caller, party, order.version, wanted)
    else:
        await documents.correct_proforma(caller, party, order.version, wanted, step.text)


async def _invoice(under: Under, step: Step) -> None:
    caller, party = await under.side(_EX)
    order, day = await under.detail(), under.day
    number = await numbers.next_number(order.exporter.id, day.year)
    known = exchange.known(order.terms.currency, day)
    if known is None:
        raise RuntimeError("The demo knows no rate to TRY.")
    wanted = InvoiceWanted(
        number=number.replace(numbers.OWN_SERIES, SERIES[under.tale.firm]),
        issued_on=day,
        try_rate=known.rate,
        try_rate_on=known.date if known.fresh else day,
        note=step.text,
    )
    await documents.issue_invoice(caller, party, order.version, wanted)


def _cartons(order: OrderDetail) -> dict[int, int]:
    """Cartons by line: as the listing says, else as many as somebody can lift."""
    return {
        line.number: line.packages or -(-line.gross_g // _MOST_IN_A_CARTON_G) for line in order.terms.lines
    }


async def _pack(under: Under, step: Step) -> None:
    caller, party = await under.side(_EX)
    order = await under.detail()
    cartons = _cartons(order)
    count = sum(cartons.values())
    wanted = PackingWanted(
        packages=count,
        gross_g=order.terms.gross_weight_g + count * _CARTON_G,
        line_packages=cartons,
        note=step.text,
    )
    await documents.issue_packing(caller, party, order.version, wanted)


async def _hand_over(under: Under, step: Step) -> None:
    caller, party = await under.side(_EX)
    order = await under.detail()
    count = sum(_cartons(order).values())
    carrier = under.tale.carrier
    wanted = HandOver(
        carrier=carrier or "BOREAS",
        waybill=f"{carrier}{under.digits(9)}" if carrier else "",
        day=under.day,
        packages=count,
        gross_g=order.terms.gross_weight_g + count * _CARTON_G,
    )
    await declarations.hand_over(
        caller, party, order.version, wanted, port=None if carrier else FakeCarrier()
    )


async def _register(under: Under, step: Step) -> None:
    caller, party = await under.side(_EX)
    number = f"{under.day:%y}341300ET{under.digits(8)}"
    await declarations.register(caller, party, (await under.detail()).version, number, under.day)


async def _close(under: Under, step: Step) -> None:
    caller, party = await under.side(_EX)
    await declarations.close(caller, party, (await under.detail()).version, under.day)


async def _deliver(under: Under, step: Step) -> None:
    caller, party = await under.side(step.by)
    await declarations.deliver(caller, party, (await under.detail()).version, under.day)


async def _vat(under: Under, step: Step) -> None:
    """Ticks the next step of the refund's checklist."""
    caller, party = await under.side(_EX, decides=True)
    following = next(each for each in await vat.of_order(under.id) if each.is_next)
    await vat.tick(caller, party, following.code, under.day)


async def _payment(under: Under, step: Step) -> None:
    caller, party = await under.side(_EX)
    await steps.note_payment(caller, party, step.text)


async def _resolve(under: Under, step: Step) -> None:
    caller = await under.cast.caller("admin")
    order_id = await watched(caller, under.order)
    await steps.resolve(caller, order_id, (await under.detail()).version, step.text)


async def _message(under: Under, step: Step) -> None:
    """A message of a side, which has read what was written before it."""
    caller, party = await under.side(step.by)
    await conversations.mark_read(ORDER, under.id, step.by)
    uploads = () if step.file is None else (step.file,)
    await messages.post(ORDER, under.id, step.by, caller, party.membership, step.text, uploads)


async def _clock(under: Under, step: Step) -> None:
    """The time to answer runs out, and the worker's round finds it."""
    await past.order(under.id, under.marks[:-1], waits=True)
    over = (await under.detail()).answer_by
    if over is None or over > datetime.now(UTC):
        raise RuntimeError("The time to answer is not over yet.")
    under.marks[-1] = past.mark(over + timedelta(minutes=2))
    await rounds.expire_due()


STEPS: Mapping[str, Callable[[Under, Step], Awaitable[None]]] = {
    **dict.fromkeys(
        ("accept", "decline", "agree", "withdraw", "confirm", "complete", "dispute", "return", "cancel"),
        _plain,
    ),
    "counter": _counter,
    "proforma": _proforma,
    "proforma-again": _proforma,
    "invoice": _invoice,
    "pack": _pack,
    "hand-over": _hand_over,
    "register": _register,
    "close": _close,
    "deliver": _deliver,
    "vat": _vat,
    "payment": _payment,
    "resolve": _resolve,
    "message": _message,
    "clock": _clock,
}
