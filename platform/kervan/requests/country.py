"""A post's country at a glance: what buyers there asked for, what came of it, how fast it was answered."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from kervan.accounts.callers import Caller, holder
from kervan.db import fetch
from kervan.errors import NotFound
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.requests.queries import NOW
from kervan.requests.staff_queries import LIVE_QUOTES
from kervan.trade import law

MONTHS = 12

_NOW = NOW.replace("q.", "r.")
# Of the last twelve months, and whatever is open or waits still.
_REQUESTS = f"""
SELECT r.id, im.country, r.sector, {_NOW} AS state, r.closed_as, r.published_at, r.source,
    r.published_at > now() - interval '12 months' AS lately, {LIVE_QUOTES} AS quotes,
    r.state = 'SUBMITTED' AND r.review_due_at < now() AS overdue,
    EXISTS (SELECT FROM inquiry i JOIN quote q ON q.inquiry = i.id WHERE i.request = r.id AND q.sent_at IS NOT NULL)
        AS answered,
    (SELECT max(o.result) FROM request_outcome o WHERE o.request = r.id AND o.result = 'WON') IS NOT NULL AS won
FROM trade_request r JOIN importer im ON im.id = r.importer
WHERE ($1::text[] IS NULL OR im.country = ANY($1))
    AND (r.published_at > now() - interval '12 months' OR {_NOW} = 'PUBLISHED' OR r.state = 'SUBMITTED')
"""
_FIGURES = """
count(*) FILTER (WHERE x.state = 'PUBLISHED') AS open, count(*) FILTER (WHERE x.state = 'SUBMITTED') AS waiting,
count(*) FILTER (WHERE x.overdue) AS overdue, count(*) FILTER (WHERE x.lately) AS published,
count(*) FILTER (WHERE x.lately AND x.answered) AS answered,
coalesce(sum(x.quotes) FILTER (WHERE x.lately OR x.state = 'PUBLISHED'), 0)::bigint AS quotes,
count(*) FILTER (WHERE x.lately AND x.closed_as = 'AWARDED') AS awarded,
count(*) FILTER (WHERE x.lately AND x.won) AS won
"""
_OUTCOMES = """
SELECT o.side, o.result, count(*) AS n FROM request_outcome o JOIN trade_request r ON r.id = o.request
JOIN importer im ON im.id = r.importer
WHERE ($1::text[] IS NULL OR im.country = ANY($1)) AND o.asked_at > now() - interval '12 months'
GROUP BY o.side, o.result
"""
_RECORDS = """
SELECT o.public_id, o.name, o.country, c.cases, c.answered, c.median_hours FROM organisation o
LEFT JOIN response_record c ON c.organisation = o.id
WHERE o.kind = 'POST' AND o.closed_at IS NULL AND ($1::text[] IS NULL OR o.country = ANY($1))
ORDER BY o.country, o.name
"""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of a country, a sector, or all; what is not open or waiting is of the last twelve months."""

    key: str = ""
    """The country's code or the sector's slug."""
    open: int = 0
    waiting: int = 0
    overdue: int = 0
    published: int = 0
    answered: int = 0
    """Published ones that got a quote."""
    quotes: int = 0
    awarded: int = 0
    won: int = 0
    """Where one of the sides told later that the goods were sold."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """How a post answers. `median_hours` and `rate` are None below RECORD_CASES cases."""

    public_id: str
    name: str
    country: str
    cases: int
    rate: Decimal | None
    median_hours: Decimal | None


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows. `countries` has several rows for the Ministry only."""

    all: Figures
    sectors: Sequence[Figures]
    countries: Sequence[Figures]
    outcomes: Mapping[str, Mapping[str, int]]
    """Side (EXPORTER, IMPORTER) -> result, or '' for no answer yet -> how many were asked."""
    records: Sequence[Record]


def reach(caller: Caller) -> tuple[str, ...] | None:
    """The countries whose figures the caller sees: a post's own, None for all. Raises NotFound for others."""
    memberships = holder(caller, roles.REQUESTS)
    if any(m.kind == Kind.MINISTRY for m in memberships):
        return None
    found = tuple(m.country for m in memberships if m.kind == Kind.POST)
    if not found:
        raise NotFound()
    return found


async def glance(countries: Sequence[str] | None) -> Glance:
    """Everything about the countries (None: all)."""
    asked = None if countries is None else list(countries)
    [total] = await fetch(f"SELECT {_FIGURES} FROM ({_REQUESTS}) AS x", asked)
    sectors = await fetch(
        f"""SELECT coalesce(x.sector, '') AS key, {_FIGURES} FROM ({_REQUESTS}) AS x GROUP BY 1
        ORDER BY open DESC, published DESC, key""",
        asked,
    )
    by_country = await fetch(
        f"""SELECT x.country AS key, {_FIGURES} FROM ({_REQUESTS}) AS x GROUP BY 1
        ORDER BY open DESC, published DESC, key""",
        asked,
    )
    outcomes: dict[str, dict[str, int]] = {}
    for row in await fetch(_OUTCOMES, asked):
        outcomes.setdefault(row["side"], {})[row["result"] or ""] = row["n"]
    least = law.current().figure("RECORD_CASES", law.day_of(datetime.now(UTC)))
    return Glance(
        all=Figures(**total),
        sectors=[Figures(**row) for row in sectors],
        countries=[Figures(**row) for row in by_country],
        outcomes=outcomes,
        records=[_record(row, least) for row in await fetch(_RECORDS, asked)],
    )


def _record(row: Mapping[str, object], least: int) -> Record:
    found = msgspec.convert(
        {**dict(row), "cases": row["cases"] or 0, "answered": row["answered"] or 0}, _Counted
    )
    known = found.cases >= least
    return Record(
        public_id=found.public_id,
        name=found.name,
        country=found.country,
        cases=found.cases,
        rate=Decimal(found.answered) / found.cases if known else None,
        median_hours=found.median_hours if known else None,
    )


class _Counted(msgspec.Struct):
    public_id: str
    name: str
    country: str
    cases: int
    answered: int
    median_hours: Decimal | None
