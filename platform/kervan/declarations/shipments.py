"""What was handed to a carrier, and the steps that its customs declaration still has before it. Nothing here writes."""

import re
from datetime import date
from urllib.parse import quote

import msgspec

from kervan.errors import Invalid, KervanError
from kervan.orders.tables import State
from kervan.trade.errors import N_, ascii_digits

LONGEST_WAYBILL = 40

# Two digits of the year, six of the customs office, two letters of the kind, the sequence: 6 digits until
# December 2021, 8 since (letter of the Ministry of Trade's IT directorate, 26.11.2021, no. 69467635).
_ETGB = re.compile(r"([0-9]{2})[0-9]{6}[A-Z]{2}(?:[0-9]{6}|[0-9]{8})")
_WAYBILL = re.compile(r"[A-Z0-9][A-Z0-9-]{4,38}[A-Z0-9]")

REGISTER, CLOSE, DELIVER = "register", "close", "deliver"
UNDER_WAY = (State.HANDED_TO_CARRIER, State.ETGB_REGISTERED, State.EXPORTED, State.DELIVERED)


class ShippedLine(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an order's line was handed over."""

    number: int
    name: str
    unit: str
    ordered: int
    quantity: int


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """One order's shipment as its parties see it; weights in grams."""

    id: int
    """declaration.id"""
    order_id: int
    order: str
    """Public id of the order."""
    order_number: str
    order_state: str
    order_version: int
    exporter: int
    importer_name: str
    destination: str
    carrier_code: str
    carrier_name: str
    tracking: str | None
    """Where the carrier shows the parcel, an https address; None where it has no such page."""
    waybill: str
    handed_on: date
    packages: int
    gross_weight_g: int
    etgb_number: str | None
    registered_on: date | None
    closed_on: date | None
    delivered_on: date | None
    source: str
    """Who said the last of it: TYPED, CSV or API."""
    version: int
    lines: tuple[ShippedLine, ...] = ()


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says about a shipment; None where nothing is said."""

    etgb_number: str | None = None
    registered_on: date | None = None
    closed_on: date | None = None
    delivered_on: date | None = None


class Step(msgspec.Struct, frozen=True):
    """A step of the order that follows from what was said."""

    action: str
    day: date
    etgb_number: str | None = None


def etgb_number(text: str) -> str:
    """The number of a declaration as it is stored: 26341300ET00012345. Raises Invalid for anything else."""
    number = re.sub(r"[\s./-]", "", ascii_digits(text)).upper()  # ascii: others are refused below
    if not _ETGB.fullmatch(number):
        raise Invalid(
            N_(
                "An ETGB number has the year (2 digits), the customs office (6 digits), two letters and 6 or 8"
                " digits, for example 26341300ET00012345."
            )
        )
    return number


def waybill(text: str) -> str:
    """A carrier's number as it is stored. Raises Invalid for one that is none."""
    number = re.sub(r"[\s./]", "", ascii_digits(text)).upper()  # ascii: others are refused below
    if not _WAYBILL.fullmatch(number):
        raise Invalid(N_("A waybill number has 6 to 40 letters, digits and hyphens."))
    return number


def tracking(pattern: str | None, number: str) -> str | None:
    """The carrier's page about a parcel; None where there is none that browsers open safely."""
    if not pattern or not pattern.startswith("https://"):
        return None
    return pattern.replace("{waybill}", quote(number, safe=""))


def steps(shipment: Shipment, said: Said, today: date) -> tuple[Step, ...]:
    """The steps that follow, in their order; none when all of it is known. `today` is the day in Türkiye.

    Raises Invalid by field for days that cannot be, for what contradicts what is there (that is corrected with a
    reason, never overwritten), and for a step before its turn.
    """
    wrong: dict[str, KervanError | str] = {}
    if (said.etgb_number is None) != (said.registered_on is None):
        missing = "etgb_number" if said.etgb_number is None else "registered_on"
        wrong[missing] = N_("The number of the declaration and its day belong together.")
    if said.etgb_number and said.registered_on and said.etgb_number[:2] != f"{said.registered_on:%y}":
        wrong["etgb_number"] = N_("The number begins with another year than that of the registration.")
    for field in ("etgb_number", "registered_on", "closed_on", "delivered_on"):
        there, new = getattr(shipment, field), getattr(said, field)
        if there is not None and new is not None and there != new:
            wrong[field] = Invalid(
                N_("{there} is entered already. Correct it on the order's page, with a reason."),
                there=str(there),
            )
    _check_days(shipment, said, today, wrong)
    if wrong:
        raise Invalid(fields=wrong)
    found = []
    if shipment.registered_on is None and said.registered_on is not None:
        found.append(Step(REGISTER, said.registered_on, said.etgb_number))
    if shipment.closed_on is None and said.closed_on is not None:
        found.append(Step(CLOSE, said.closed_on))
    if shipment.delivered_on is None and said.delivered_on is not None:
        found.append(Step(DELIVER, said.delivered_on))
    if found and State(shipment.order_state) not in UNDER_WAY:
        raise Invalid(N_("This order is not on its way any more."))
    return tuple(found)


def _check_days(shipment: Shipment, said: Said, today: date, wrong: dict[str, KervanError | str]) -> None:
    """What is wrong with the days that are said. Goods may arrive on the day on which the declaration is closed."""
    registered = said.registered_on or shipment.registered_on
    closed = said.closed_on or shipment.closed_on
    for field, day, earliest in (
        ("registered_on", said.registered_on, shipment.handed_on),
        ("closed_on", said.closed_on, registered),
        ("delivered_on", said.delivered_on, shipment.handed_on if closed else None),
    ):
        if day is None or field in wrong:
            continue
        if earliest is None:
            wrong[field] = _BEFORE_ITS_TURN[field]
        elif day > today:
            wrong[field] = N_("This day has not come yet.")
        elif day < earliest:
            wrong[field] = Invalid(N_("Not before {day}."), day=earliest)


_BEFORE_ITS_TURN = {
    "closed_on": N_("First the declaration (ETGB) is registered, then it is closed."),
    "delivered_on": N_("First the declaration is closed, then the goods arrive."),
}
