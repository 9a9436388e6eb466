"""A carrier's own system, as far as the platform asks it: a waybill for a parcel, and how far the parcel is.

No carrier's interface is public; each gets an adapter that keeps CarrierPort. `fake` stands in for demos: it books at
once and lets every parcel go its way in days, told by the waybill and the calendar alone, without any memory.
"""

from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from typing import Protocol

import msgspec

from kervan.declarations.shipments import Said
from kervan.orders.deadlines import today

KINDS = ("none", "fake")
"""What KERVAN_CARRIER_PORT may say."""


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel for which a waybill is asked: what every carrier wants to know at the least."""

    carrier: str
    """Code of the carrier."""
    reference: str
    """The order's number; the same reference gets the same waybill."""
    sender: str
    receiver: str
    city: str
    country: str
    packages: int
    gross_g: int
    handed_on: date


class CarrierPort(Protocol):
    """What an adapter of a carrier's system does. Both raise OSError when the carrier cannot be reached."""

    async def book(self, booking: Booking) -> str:
        """The waybill of the parcel. Safe to repeat: the same reference gives the same number."""
        ...

    async def status(self, carrier: str, waybill: str, handed_on: date) -> Said:
        """What the carrier knows of the parcel by now; empty for one that it does not know.

        With the day of the hand-over, for carriers use their numbers again.
        """
        ...


# The fake knows the parcels that it gave a waybill itself, as a carrier's system would.
_ITS_OWN = "DEMO"


class FakeCarrier:
    """Every parcel that was booked with it is registered one or two days after its hand-over, closed a day later,
    delivered within a week; others it does not know."""

    def __init__(self, clock: Callable[[], date] = today) -> None:
        self._clock = clock

    async def book(self, booking: Booking) -> str:
        digits = (
            int.from_bytes(sha256(f"{booking.carrier} {booking.reference}".encode()).digest()[:8]) % 10**10
        )
        return f"{_ITS_OWN}{digits:010d}"

    async def status(self, carrier: str, waybill: str, handed_on: date) -> Said:
        seed = sha256(f"{carrier} {waybill}".encode()).digest()
        registered = handed_on + timedelta(days=1 + seed[0] % 2)
        closed = registered + timedelta(days=1)
        delivered = closed + timedelta(days=2 + seed[1] % 3)
        now = self._clock()
        if now < registered or not waybill.startswith(_ITS_OWN):
            return Said()
        return Said(
            etgb_number=f"{registered:%y}341300ET{int.from_bytes(seed[2:6]) % 10**8:08d}",
            registered_on=registered,
            closed_on=closed if now >= closed else None,
            delivered_on=delivered if now >= delivered else None,
        )


def port_of(kind: str) -> CarrierPort | None:
    """The port that the settings name; None where no carrier is connected."""
    return FakeCarrier() if kind == "fake" else None
