"""How often one address may do what needs no account, and how long what it tells is kept."""

from datetime import UTC, datetime
from functools import cache

from kervan.trade import law
from kervan.web.limits import Bucket, Limit

_DAY = 86_400


def guest_asks() -> Bucket:
    """The bucket of invitations that are asked for: GUEST_ASKS a day from one network address. The law book must be
    fresh."""
    now = datetime.now(UTC)
    return _bucket("guest-asks", law.current().figure("GUEST_ASKS", law.day_of(now)), _DAY)


@cache
def _bucket(name: str, requests: int, seconds: int) -> Bucket:
    return Bucket(name, Limit(requests, seconds))


def kept_months() -> int:
    """EVENT_LIST_MONTHS: how long names of participants and guests are kept. The law book must be fresh."""
    return law.current().figure("EVENT_LIST_MONTHS", law.day_of(datetime.now(UTC)))


TICKET_LOOKS = Bucket("tickets", Limit(240, 900))
"""Tickets, certificates and surveys that one address opens: their codes cannot be guessed, this spares the table."""
