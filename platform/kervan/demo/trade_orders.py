"""The orders of the demo: one in every state at least, most of them of one exporter."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from kervan.demo import drawn
from kervan.demo.trade_steps import Step, Tale
from kervan.files.uploads import Upload
from kervan.orders.tables import Side
from kervan.trade import law

_EX, _IM, _SYS = Side.EXPORTER, Side.IMPORTER, Side.SYSTEM
_FIRM = "pamukova-tekstil"

_WAY: Sequence[tuple[str, int]] = (
    ("accept", 1),
    ("proforma", 1),
    ("confirm", 2),
    ("payment", 1),
    ("invoice", 4),
    ("pack", 0),
    ("hand-over", 1),
    ("register", 1),
    ("close", 1),
    ("deliver", 4),
    ("complete", 3),
)
"""The steps of an order that goes well, with the days before each."""
_PAID = "Tutarın tamamı {bank} hesabımıza geçti."


def _to(last: str, *more: Step, bank: str = "Pamuklu Bank", deliverer: Side = _EX) -> tuple[Step, ...]:
    """The way up to a step, and what follows it."""
    found = []
    for what, after in _WAY:
        text = _PAID.format(bank=bank) if what == "payment" else ""
        found.append(Step(what=what, after=after, text=text, by=deliverer if what == "deliver" else _EX))
        if what == last:
            break
    return (*found, *more)


def _says(by: Side, text: str, after: int = 0, file: Upload | None = None) -> Step:
    return Step(what="message", by=by, text=text, after=after, file=file)


def _talk(steps: tuple[Step, ...], after: str, *said: Step) -> tuple[Step, ...]:
    """The steps with messages behind one of them; an empty `after` puts them at the beginning."""
    place = next((n for n, step in enumerate(steps, start=1) if step.what == after), 0)
    return (*steps[:place], *said, *steps[place:])


def _vat(*after: int) -> tuple[Step, ...]:
    return tuple(Step(what="vat", after=days) for days in after)


_LABEL = drawn.label("care-label.png", ("100 % cotton / coton", "Made in Türkiye", "60 °C   500 g/m²"))
_PLAN = drawn.plan(
    "loading-plan.pdf",
    "Packing of the order",
    (
        "Cartons of 60 x 40 x 40 cm, five to a layer",
        "Labels on two sides, goods in film",
        "Pallets stay with us",
    ),
)
_PHOTO = drawn.label("carton-photo.png", ("Carton 7 of 10: corner pressed in,", "film torn, 24 pieces wet"))


def finished() -> Sequence[Tale]:
    """Orders of the last weeks at the exporter with an owner and an order desk, all over by now."""
    return (
        Tale(
            key="first-towels", firm=_FIRM, buyer="verified", goods={"PMK-101": 300, "PMK-102": 300}, ago=66,
            charges={"FREIGHT": Decimal("185.00"), "INSURANCE": Decimal("12.50")},
            note="Please mark the cartons with our order number.",
            steps=_talk(
                _to("complete", *_vat(0, 5, 6, 20)), "accept",
                _says(_EX, "Thank you for the order. The loading plan is attached.", file=_PLAN),
                _says(_IM, "Fine like this. Please send the ETGB number as soon as you have it."),
            ),
        ),
        Tale(
            key="bathrobes-complaint", firm=_FIRM, buyer="verified", goods={"PMK-201": 120}, ago=58, carrier="BOREAS",
            steps=_talk(
                _to(
                    "deliver",
                    Step(
                        what="dispute", after=2, text="Eight of the 120 bathrobes have no belt, and two are stained."
                    ),
                    _says(_EX, "We are sorry. Ten bathrobes leave with the next parcel, free of charge.", after=1),
                    _says(_IM, "Agreed, thank you."),
                    Step(
                        what="resolve", after=4,
                        text="Both firms agreed: ten bathrobes are sent again, free of charge. The mails were shown.",
                    ),
                    *_vat(1),
                ),
                "confirm", _says(_IM, "Can the label carry our brand as on the drawing?", file=_LABEL),
            ),
        ),
        Tale(
            key="sets-for-lodz", firm=_FIRM, buyer="agnieszka.wolna", goods={"PMK-301": 150}, ago=50,
            steps=(
                Step(
                    what="counter", after=1,
                    text="The looms for this set are busy: a week later, for three per cent less.",
                ),
                Step(what="agree", after=1),
                *_to("complete", *_vat(1, 6))[1:],
            ),
        ),
        Tale(
            key="robes-came-back", firm=_FIRM, buyer="agnieszka.wolna", goods={"PMK-202": 120}, ago=45,
            steps=_to(
                "register",
                Step(
                    what="return", after=5,
                    text="The carrier sent the parcel back: the receiver's store was closed for two weeks.",
                ),
            ),
        ),
        Tale(
            key="bath-mats", firm=_FIRM, buyer="importer", goods={"PMK-105": 300}, ago=41,
            charges={"PACKAGING": Decimal("18.00")}, steps=_to("complete", *_vat(2, 4), deliverer=_IM),
        ),
        Tale(
            key="buyer-cancels", firm=_FIRM, buyer="importer", goods={"PMK-102": 300}, ago=34,
            steps=_to(
                "proforma",
                Step(
                    what="cancel", by=_IM, after=2,
                    text="Our customer has put the opening off to the spring. We will order again then.",
                ),
            ),
        ),
        Tale(
            key="exporter-cancels", firm=_FIRM, buyer="verified", goods={"PMK-203": 120}, ago=29,
            steps=_to(
                "accept",
                Step(
                    what="cancel", by=_EX, after=2,
                    text="The organic yarn failed our test and the new lot comes in January.",
                ),
            ),
        ),
        Tale(
            key="offer-runs-out", firm=_FIRM, buyer="inigo.larrazu", goods={"PMK-102": 350}, ago=27,
            steps=(
                Step(what="counter", after=1, text="From the lot of next week we can give three per cent."),
                Step(what="clock", after=4),
            ),
        ),
        Tale(
            key="declined", firm=_FIRM, buyer="inigo.larrazu", goods={"PMK-105": 300}, ago=22,
            steps=(
                Step(
                    what="decline", after=1,
                    text="This mat is sold out until the end of the year. PMK-102 is in stock in the same shade.",
                ),
            ),
        ),
        Tale(
            key="never-answered", firm=_FIRM, buyer="importer", goods={"PMK-102": 400}, ago=20,
            steps=(
                _says(_IM, "Is the light grey of your catalogue in stock?"),
                Step(what="clock", after=5),
            ),
        ),
        Tale(
            key="withdrawn", firm=_FIRM, buyer="agnieszka.wolna", goods={"PMK-303": 150}, ago=16,
            steps=(Step(what="withdraw", after=1),),
        ),
    )  # fmt: skip


def under_way(now: datetime) -> Sequence[Tale]:
    """Orders at the same exporter that are somewhere on their way, the oldest first."""
    return (
        Tale(
            key="disputed", firm=_FIRM, buyer="inigo.larrazu", goods={"PMK-102": 400}, ago=26, carrier="BOREAS",
            steps=_to(
                "deliver",
                Step(what="dispute", after=3, text="One carton of ten was crushed: 24 towels are wet and stained."),
                _says(_IM, "A photo of the carton as it came.", file=_PHOTO),
                _says(_EX, "Thank you for the photo. We have asked the carrier and come back this week.", after=1),
            ),
        ),
        Tale(
            key="delivered", firm=_FIRM, buyer="verified", goods={"PMK-302": 200}, ago=24,
            charges={"FREIGHT": Decimal("96.00")},
            steps=_talk(
                _to("deliver", *_vat(1)), "invoice",
                _says(_IM, "Does the parcel come with a delivery by appointment?"),
            ),
        ),
        Tale(
            key="exported", firm=_FIRM, buyer="importer", goods={"PMK-102": 450}, ago=18,
            steps=_to("close", *_vat(2)),
        ),
        Tale(
            key="registered", firm=_FIRM, buyer="agnieszka.wolna", goods={"PMK-101": 350}, ago=14, carrier="BOREAS",
            steps=_to("register"),
        ),
        Tale(
            key="with-the-carrier", firm=_FIRM, buyer="verified", goods={"PMK-202": 160}, ago=12, carrier="",
            steps=_to("hand-over"),
        ),
        Tale(
            key="invoiced", firm=_FIRM, buyer="importer", goods={"PMK-105": 300}, ago=10,
            steps=_to("pack"),
        ),
        Tale(
            key="confirmed", firm=_FIRM, buyer="agnieszka.wolna", goods={"PMK-201": 160}, ago=7,
            steps=_to("payment", Step(what="pack", after=1, text="Robes folded, belts inside.")),
        ),
        Tale(
            key="near-own-weight", firm=_FIRM, buyer="agnieszka.wolna", goods={"PMK-301": 225}, ago=6,
            steps=_to("accept"),
        ),
        Tale(
            key="proforma-corrected", firm=_FIRM, buyer="importer", goods={"PMK-102": 350}, ago=5,
            steps=_to(
                "proforma",
                _says(_IM, "The payment should be after the delivery, as we agreed on the phone."),
                Step(what="proforma-again", after=1, text="Other terms of payment, as asked for."),
            ),
        ),
        Tale(
            key="split-first", firm=_FIRM, buyer="verified", goods={"PMK-301": 200}, ago=4, steps=_to("accept")
        ),
        Tale(
            key="offered", firm=_FIRM, buyer="importer", goods={"PMK-102": 300}, ago=2,
            sent_at=now - timedelta(days=1, hours=5),
            steps=(
                Step(what="counter", after=1, text="From the next dye lot: a week later, for three per cent less."),
                _says(_EX, "The offer stands for three days; the shade card goes by mail today."),
            ),
        ),
        Tale(
            key="nearly-late", firm=_FIRM, buyer="inigo.larrazu", goods={"PMK-102": 300}, ago=4,
            sent_at=nearly_late(now),
            steps=(_says(_IM, "We need the towels before the season. Can you tell us soon?"),),
        ),
        Tale(key="split-second", firm=_FIRM, buyer="verified", goods={"PMK-301": 200}, ago=1),
        Tale(
            key="just-sent", firm=_FIRM, buyer="buyer", goods={"PMK-102": 350}, ago=0,
            sent_at=now - timedelta(minutes=95), note="White only, please.",
            steps=(_says(_IM, "Is a delivery in two parts possible?"),),
        ),
    )  # fmt: skip


def elsewhere() -> Sequence[Tale]:
    """Orders of other exporters: nobody's list is empty, and one is close to the law's limit."""
    return (
        Tale(
            key="hazelnut-spread", firm="yaylaci-findik", buyer="claire.vasseur", goods={"YYL-201": 360}, ago=38,
            steps=_to("complete", *_vat(3), bank="Fındık Bank"),
        ),
        Tale(
            key="pralines", firm="yaylaci-findik", buyer="khalid.almazmi", goods={"YYC-101": 480, "YYL-302": 600},
            ago=13, charges={"FREIGHT": Decimal("240.00")}, carrier="BOREAS",
            steps=_to("hand-over", bank="Fındık Bank"),
        ),
        Tale(
            key="early-harvest", firm="kozbagi-zeytinyagi", buyer="claire.vasseur", goods={"KZB-103": 360}, ago=11,
            steps=_to("invoice", bank="Zeytin Bank"),
        ),
        Tale(
            key="runners", firm="curuksu-ev", buyer="inigo.larrazu", goods={"CRK-402": 250}, ago=8,
            steps=_to("confirm"),
        ),
        Tale(
            key="near-the-law", firm="curuksu-ev", buyer="verified", goods={"CRK-101": 300}, ago=3,
            steps=_to("accept"),
        ),
        Tale(key="king-size", firm="curuksu-ev", buyer="agnieszka.wolna", goods={"CRK-103": 200}, ago=1),
    )  # fmt: skip


def nearly_late(now: datetime) -> datetime:
    """When an order was sent whose time to answer is over in some hours, as soon as business days allow."""
    hours = law.current().figure("ANSWER_HOURS", law.day_of(now))
    due: Mapping[datetime, datetime] = {
        law.current().business_deadline(sent, hours): sent
        for sent in (now - timedelta(hours=back) for back in range(24 * 14, 0, -1))
        # Nobody orders towels at night.
        if 7 <= sent.hour <= 17
    }
    return due[min(end for end in due if end > now + timedelta(hours=4))]
