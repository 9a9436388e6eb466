"""Reads of an order desk beside its list: how full the limits are, where the goods go, what waits."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from kervan.accounts.callers import Membership
from kervan.db import fetch, fetchval
from kervan.orders.lists import WAITING, Filter, rows, side_of
from kervan.orders.states import ENDED
from kervan.orders.structs import OrderRow
from kervan.orders.tables import Side
from kervan.organisations.tables import Kind

_RULES = """
SELECT o.public_id, t.verdict -> 'rules' AS rules FROM trade_order o
JOIN order_terms t ON t."order" = o.id AND t.revision = o.terms WHERE o.public_id = ANY($1::text[])
"""


class Fullness(msgspec.Struct, frozen=True):
    """Whole percents of the tightest limit by weight and by value that an order uses."""

    weight: int
    value: int


class _Rule(msgspec.Struct):
    dimension: str
    limit: int | Decimal
    used: int | Decimal | None


def share(used: int | Decimal | None, limit: int | Decimal) -> int:
    """Whole percents of a limit, rounded up: a little of something is seen as a little, not as nothing."""
    if used is None or not limit:
        return 0
    return int(-(-Decimal(used) * 100 // Decimal(limit)))


async def fullness(orders: Sequence[str]) -> Mapping[str, Fullness]:
    """How full the limits of orders (by public id) are, by the law that each was judged by."""
    found: dict[str, Fullness] = {}
    for row in await fetch(_RULES, list(orders)):
        weight = value = 0
        for rule in msgspec.json.decode(row["rules"], type=list[_Rule]):
            if rule.dimension == "GROSS_WEIGHT":
                weight = max(weight, share(rule.used, rule.limit))
            elif rule.dimension != "MINIMUM":
                value = max(value, share(rule.used, rule.limit))
        found[row["public_id"]] = Fullness(weight, value)
    return found


def _mine(membership: Membership) -> tuple[str, int | None]:
    if membership.kind == Kind.EXPORTER:
        return "exporter", membership.exporter
    return "importer", membership.importer


async def destinations(membership: Membership) -> list[str]:
    """The countries that the firm's orders go to."""
    column, firm = _mine(membership)
    found = await fetch(
        f"SELECT DISTINCT destination FROM trade_order WHERE {column} = $1 ORDER BY destination", firm
    )
    return [row["destination"] for row in found]


async def waiting(
    membership: Membership, language: str = "en", most: int = 5
) -> tuple[Sequence[OrderRow], int]:
    """The orders that wait for the firm, what is due first before the others, and how many there are."""
    return await rows(membership, Filter(group="waiting", sort="due"), size=most, language=language)


async def waiting_count(membership: Membership) -> int:
    """How many orders wait for the firm."""
    column, firm = _mine(membership)
    found: int = await fetchval(
        f"SELECT count(*) FROM trade_order WHERE {column} = $1 AND state = ANY($2::text[])",
        firm,
        list(WAITING[side_of(membership)]),
    )
    return found


async def waiting_by_firm(memberships: Sequence[Membership]) -> Mapping[int, int]:
    """How many orders wait for each of several firms, by organisation.id; those without are left out."""
    found: dict[int, int] = {}
    for side, column in ((Side.EXPORTER, "exporter"), (Side.IMPORTER, "importer")):
        firms = {
            getattr(one, column): one.organisation for one in memberships if getattr(one, column) is not None
        }
        if not firms:
            continue
        for row in await fetch(
            f"""SELECT {column} AS firm, count(*) AS n FROM trade_order
            WHERE {column} = ANY($1::bigint[]) AND state = ANY($2::text[]) GROUP BY {column}""",
            list(firms),
            list(WAITING[side]),
        ):
            found[firms[row["firm"]]] = row["n"]
    return found


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An exporter's orders and inquiries of some days."""

    orders: int
    taken: int
    """Accepted, whatever came of them."""
    hours: float | None
    """The median time to accept or decline, holidays and nights included."""
    inquiries: int


async def answered(exporter: int, last: date, days: int) -> Answered:
    """What an exporter got and took in the days up to and with `last` (UTC)."""
    first = datetime.combine(last - timedelta(days=days - 1), time(), UTC)
    row = (
        await fetch(
            """SELECT count(*) AS orders, count(o.accepted_at) AS taken,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM v.at - o.submitted_at)) AS seconds,
                (SELECT count(*) FROM inquiry_recipient WHERE exporter = $1 AND created_at >= $2) AS inquiries
            FROM trade_order o
            LEFT JOIN LATERAL (SELECT min(e.at) AS at FROM order_event e WHERE e."order" = o.id
                AND e.side = 'EXPORTER' AND e.action IN ('accept', 'decline', 'counter')) v ON true
            WHERE o.exporter = $1 AND o.submitted_at >= $2""",
            exporter,
            first,
        )
    )[0]
    seconds = row["seconds"]
    return Answered(
        orders=row["orders"],
        taken=row["taken"],
        hours=None if seconds is None else float(seconds) / 3600,
        inquiries=row["inquiries"],
    )


_DEPENDING = """
SELECT count(*) FROM trade_order t JOIN exporter e ON e.id = t.exporter JOIN importer i ON i.id = t.importer
WHERE NOT t.state = ANY($2::text[]) AND (t.ordered_by = $1 OR EXISTS (
    SELECT FROM membership m WHERE m.person = $1 AND m.ended_at IS NULL
        AND m.organisation IN (e.organisation, i.organisation) AND m.role IN ('OWNER', 'ORDER_DESK', 'BUYER')
        AND NOT EXISTS (SELECT FROM membership c JOIN person p ON p.id = c.person
            WHERE c.organisation = m.organisation AND c.person <> $1 AND c.ended_at IS NULL
                AND c.role IN ('OWNER', 'ORDER_DESK', 'BUYER') AND p.state IN ('ACTIVE', 'PENDING_EMAIL'))))
"""


async def open_orders_of(person: int) -> int:
    """How many open orders nobody could answer any more if this person went.

    Orders that the person placed, and those of firms where no colleague may answer orders.
    """
    found: int = await fetchval(_DEPENDING, person, list(ENDED))
    return found
