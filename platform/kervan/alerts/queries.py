"""Reading alerts: a person's own, one with its ledger, what it found, and what could be suggested."""

from collections.abc import Sequence

import msgspec
from asyncpg import Record

from kervan.accounts.callers import Caller, Membership
from kervan.alerts import conditions
from kervan.alerts.conditions import Conditions
from kervan.alerts.service import scope
from kervan.alerts.structs import AlertShown, DeliveryShown
from kervan.db import fetch, fetchval
from kervan.errors import NotFound
from kervan.products.queries import slug_of
from kervan.requests.queries import OPEN

PER_PAGE = 25
MOST_SUGGESTED = 8
FEED_ENTRIES = 50

_ALERTS = """
SELECT a.id, a.public_id, a.organisation, o.public_id AS organisation_id, o.name AS organisation_name, o.kind, a.name,
    a.frequency, a.channels, a.feed_token, a.suggested, a.version, a.created_at, a.ended_at, a.end_reason,
    (SELECT v.conditions FROM alert_version v WHERE v.alert = a.id ORDER BY v.number DESC LIMIT 1) AS conditions,
    d.matches, d.waiting, d.last_told
FROM alert a JOIN organisation o ON o.id = a.organisation
CROSS JOIN LATERAL (SELECT count(*) AS matches, count(*) FILTER (WHERE state = 'QUEUED') AS waiting,
    max(told_at) AS last_told FROM alert_delivery WHERE alert = a.id) AS d
WHERE a.person = $1 AND ($2::bigint IS NULL OR a.organisation = $2)
"""
_DELIVERIES = """
SELECT d.id, q.public_id AS request, q.title, q.country, d.edition, d.state, d.created_at, d.told_at,
    d.mail IS NOT NULL AS mailed, q.state IN ('PUBLISHED', 'CLOSED') AS public
FROM alert_delivery d JOIN trade_request q ON q.id = d.request WHERE d.alert = $1 ORDER BY d.id DESC LIMIT $2 OFFSET $3
"""
# The newest row of each request; those of requests without a page on the board are passed over.
_FOUND = """
SELECT d.request FROM alert_delivery d JOIN trade_request q ON q.id = d.request
WHERE d.alert = $1 AND q.state IN ('PUBLISHED', 'CLOSED') GROUP BY d.request ORDER BY max(d.id) DESC LIMIT $2
"""
_GOODS = f"""
SELECT g.heading, g.products,
    (SELECT count(*) FROM trade_request q WHERE left(q.hs_code, 4) = g.heading AND {OPEN}) AS open
FROM (SELECT left(v.hs_code, 4) AS heading, count(*) AS products
    FROM product p JOIN exporter e ON e.id = p.exporter
    JOIN product_version v ON v.product = p.id AND v.number = p.current_version
    WHERE e.organisation = $1 AND p.state = 'PUBLISHED' AND length(v.hs_code) >= 4
    GROUP BY left(v.hs_code, 4)) AS g
ORDER BY g.products DESC, g.heading LIMIT $2
"""


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """A heading of the exporter's own products that none of the person's alerts asks for."""

    heading: str
    products: int
    open: int
    """Requests that are open now."""


async def own(caller: Caller, *, ended: bool = False) -> list[AlertShown]:
    """The caller's alerts that are on, newest first; with `ended` the others, at most 50."""
    how = "NOT NULL ORDER BY a.ended_at DESC LIMIT 50" if ended else "NULL ORDER BY a.id DESC"
    rows = await fetch(f"{_ALERTS} AND a.ended_at IS {how}", caller.person, scope(caller))
    return [_shown(row) for row in rows]


async def one(caller: Caller, public_id: str) -> AlertShown:
    """One of the caller's alerts, ended ones too. Raises NotFound for anybody else's."""
    rows = await fetch(f"{_ALERTS} AND a.public_id = $3", caller.person, scope(caller), public_id)
    if not rows:
        raise NotFound()
    return _shown(rows[0])


def _shown(row: Record) -> AlertShown:
    values = {**dict(row), "channels": tuple(row["channels"])}
    return AlertShown(**{**values, "conditions": conditions.opened(row["conditions"])})


async def named(public_id: str) -> tuple[str, Conditions] | None:
    """Name and conditions of an alert that is on, for the page that ends it by a mail's link; None when it is not."""
    rows = await fetch(
        """SELECT a.name, v.conditions FROM alert a JOIN alert_version v ON v.alert = a.id AND v.until IS NULL
        WHERE a.public_id = $1 AND a.ended_at IS NULL""",
        public_id,
    )
    return (rows[0]["name"], conditions.opened(rows[0]["conditions"])) if rows else None


async def deliveries(alert: int, limit: int = PER_PAGE, offset: int = 0) -> list[DeliveryShown]:
    """Rows of the ledger of an alert (alert.id), newest first."""
    rows = await fetch(_DELIVERIES, alert, limit, offset)
    return [DeliveryShown(**dict(row), slug=slug_of(row["title"])) for row in rows]


class Fed(msgspec.Struct, frozen=True):
    """An alert as its feed needs it, with the ids of the requests that it found, newest first."""

    name: str
    conditions: Conditions
    requests: Sequence[int]


async def fed(token: str) -> Fed:
    """The alert of a feed's secret address. Raises NotFound for another one, and for alerts that have ended."""
    rows = await fetch(
        """SELECT a.id, a.name, v.conditions FROM alert a
        JOIN alert_version v ON v.alert = a.id AND v.until IS NULL WHERE a.feed_token = $1 AND a.ended_at IS NULL""",
        token,
    )
    if not rows:
        raise NotFound()
    found = await fetch(_FOUND, rows[0]["id"], FEED_ENTRIES)
    asked = conditions.opened(rows[0]["conditions"])
    return Fed(rows[0]["name"], asked, [row["request"] for row in found])


async def suggestions(caller: Caller, membership: Membership) -> list[Suggested]:
    """Headings of the exporter's published products that the caller's alerts do not ask for, the commonest first."""
    if membership.exporter is None:
        return []
    rows = await fetch(_GOODS, membership.organisation, MOST_SUGGESTED * 3)
    asked: set[str] = set()
    for alert in await own(caller):
        only = alert.conditions
        # One that asks for more than goods does not cover all requests of its heading.
        if only == Conditions(codes=only.codes):
            asked |= set(only.codes) or {row["heading"] for row in rows}
    return [
        Suggested(**dict(row))
        for row in rows
        if row["heading"] not in asked and row["heading"][:2] not in asked
    ][:MOST_SUGGESTED]


async def count_ended(caller: Caller) -> int:
    """How many alerts of the caller have ended."""
    return int(
        await fetchval(
            """SELECT count(*) FROM alert WHERE person = $1 AND ended_at IS NOT NULL
            AND ($2::bigint IS NULL OR organisation = $2)""",
            caller.person,
            scope(caller),
        )
    )
