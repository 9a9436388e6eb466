"""The verdict on an order that was not sent: what gauge and API show, by the functions that sending uses."""

from datetime import UTC, datetime

from kervan.accounts.callers import Membership
from kervan.db import connection
from kervan.errors import Invalid, NotFound
from kervan.exporters import limits
from kervan.orders import parties, pricing, rules
from kervan.orders.judging import Judged, judge_goods
from kervan.orders.structs import Wanted
from kervan.policies import book
from kervan.trade import law


async def look(membership: Membership, wanted: Wanted, language: str) -> Judged:
    """What would be said of this order now. Raises Invalid for goods that cannot be priced, Conflict as submit does."""
    if membership.importer is None:
        raise NotFound()
    await book.refresh()
    now = datetime.now(UTC)
    async with connection() as conn:
        buyer = await parties.buyer(conn, membership.importer)
        await parties.seller(conn, wanted.exporter)
        priced = await pricing.price(conn, wanted.exporter, wanted.lines, language)
    wrong = {**rules.check_charges(wanted.charges, priced.currency), **priced.problems}
    if wrong or priced.currency is None:
        raise Invalid(fields=wrong)
    return judge_goods(
        priced.lines,
        wanted.charges,
        priced.currency,
        destination=wanted.destination,
        buyer=buyer,
        own=await limits.of(wanted.exporter, now),
        on=law.day_of(now),
        purpose=wanted.purpose,
        sale_type=wanted.sale_type,
        excluded=priced.excluded,
    )
