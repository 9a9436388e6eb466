"""Orders in lists: an order desk's, an importer's own, and as a file."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

import msgspec
from asyncpg import Record

from kervan.accounts.callers import Membership
from kervan.db import fetch, fetchval
from kervan.orders.numbers import tidied
from kervan.orders.states import ENDED
from kervan.orders.structs import OrderRow
from kervan.orders.tables import Side, State
from kervan.organisations.tables import Kind

PER_PAGE = 25
MOST_IN_FILE = 20_000

# What waits for which side; everything else that is open waits for the other one, or for the carrier.
WAITING = {
    Side.EXPORTER: (
        State.SUBMITTED, State.ACCEPTED, State.CONFIRMED, State.INVOICED, State.HANDED_TO_CARRIER,
        State.ETGB_REGISTERED,
    ),
    Side.IMPORTER: (State.COUNTERED, State.PROFORMA_SENT, State.EXPORTED, State.DELIVERED),
}  # fmt: skip

GROUPS = ("waiting", "open", "ended", "all")
SORTS = {
    "updated": "o.updated_at DESC, o.id DESC",
    "due": "o.answer_by NULLS LAST, o.id",
    "value": "o.total_eur DESC",
}

_SELECT = """
SELECT o.public_id, o.number, o.state, o.version, {other}.legal_name AS other, {country} AS other_country,
    o.destination, {goods} AS first_name, o.line_count, o.currency, o.invoice_total, o.total_eur,
    o.gross_weight_g, o.submitted_at, o.answer_by, o.updated_at,
    (SELECT count(*) FROM message m WHERE m.about = 'ORDER' AND m.subject = o.id AND m.read_at IS NULL
        AND m.side = '{writer}') AS unread
FROM trade_order o JOIN exporter e ON e.id = o.exporter JOIN importer i ON i.id = o.importer
WHERE {column} = $1
"""
_LINES = (
    'FROM order_line l JOIN order_terms t ON t.id = l.terms WHERE t."order" = o.id AND t.revision = o.terms'
)
# Turkish readers read the Turkish name that the line keeps; everybody else the one it was ordered under.
_GOODS = {"tr": f"coalesce((SELECT nullif(l.name_tr, '') {_LINES} ORDER BY l.number LIMIT 1), o.first_name)"}


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list shows: `group` is one of GROUPS, `state` narrows it to one; dates are of sending, both included."""

    group: str = "all"
    state: str = ""
    q: str = ""
    """Number, or part of the other firm's name or of the goods', in either language."""
    country: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "updated"


def side_of(membership: Membership) -> Side:
    """On which side of orders a firm stands."""
    return Side.EXPORTER if membership.kind == Kind.EXPORTER else Side.IMPORTER


def _sql(membership: Membership, language: str) -> str:
    goods = _GOODS.get(language, "o.first_name")
    if membership.kind == Kind.EXPORTER:
        return _SELECT.format(
            other="i", country="i.country", writer="IMPORTER", column="o.exporter", goods=goods
        )
    return _SELECT.format(other="e", country="'TR'", writer="EXPORTER", column="o.importer", goods=goods)


def _where(membership: Membership, wanted: Filter) -> tuple[str, list[Any]]:
    firm = membership.exporter if membership.kind == Kind.EXPORTER else membership.importer
    parts: list[str] = []
    values: list[Any] = [firm]

    def put(sql: str, value: object) -> None:
        values.append(value)
        parts.append(sql.format(n=f"${len(values)}"))

    if wanted.state:
        put("o.state = {n}", wanted.state)
    if wanted.group == "waiting":
        put("o.state = ANY({n}::text[])", list(WAITING[side_of(membership)]))
    elif wanted.group == "open":
        put("NOT o.state = ANY({n}::text[])", list(ENDED))
    elif wanted.group == "ended":
        put("o.state = ANY({n}::text[])", list(ENDED))
    if wanted.q:
        # Only the other firm: the reader's own stands in every row.
        other = "i" if membership.kind == Kind.EXPORTER else "e"
        put(
            f"(strpos(o.number, upper({{n}})) > 0 OR {other}.legal_name ILIKE '%' || {{n}} || '%'"
            f" OR EXISTS (SELECT {_LINES}"
            " AND (l.name ILIKE '%' || {n} || '%' OR l.name_tr ILIKE '%' || {n} || '%')))",
            _like(wanted.q),
        )
        values[-1] = tidied(wanted.q) if tidied(wanted.q).startswith("KV") else values[-1]
    if wanted.country:
        put("o.destination = {n}", wanted.country)
    if wanted.since:
        put("o.submitted_at >= {n}::date", wanted.since)
    if wanted.until:
        put("o.submitted_at < {n}::date + 1", wanted.until)
    return "".join(f" AND {part}" for part in parts), values


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _row(row: Record) -> OrderRow:
    return OrderRow(**dict(row))


async def rows(
    membership: Membership, wanted: Filter, page: int = 1, size: int = PER_PAGE, language: str = "en"
) -> tuple[Sequence[OrderRow], int]:
    """A page of the firm's orders, and how many there are on all of them."""
    where, values = _where(membership, wanted)
    sql = _sql(membership, language) + where
    total = await fetchval(f"SELECT count(*) FROM ({sql}) AS counted", *values)
    order = SORTS.get(wanted.sort, SORTS["updated"])
    found = await fetch(f"{sql} ORDER BY {order} LIMIT {size} OFFSET {(page - 1) * size}", *values)
    return [_row(row) for row in found], total


async def counts(membership: Membership) -> dict[str, int]:
    """How many orders each of the groups has."""
    column = "exporter" if membership.kind == Kind.EXPORTER else "importer"
    firm = membership.exporter if membership.kind == Kind.EXPORTER else membership.importer
    found = await fetch(
        f"SELECT state, count(*) AS n FROM trade_order WHERE {column} = $1 GROUP BY state", firm
    )
    by_state = {row["state"]: row["n"] for row in found}
    waiting = WAITING[side_of(membership)]
    return {
        "waiting": sum(by_state.get(state, 0) for state in waiting),
        "open": sum(n for state, n in by_state.items() if state not in ENDED),
        "ended": sum(n for state, n in by_state.items() if state in ENDED),
        "all": sum(by_state.values()),
    }


async def in_file(membership: Membership, wanted: Filter, language: str = "en") -> AsyncIterator[OrderRow]:
    """Every order of the list, for a file; read in parts so that memory stays small."""
    where, values = _where(membership, wanted)
    sql = _sql(membership, language) + where
    order = SORTS.get(wanted.sort, SORTS["updated"])
    for start in range(0, MOST_IN_FILE, 500):
        part = await fetch(f"{sql} ORDER BY {order} LIMIT 500 OFFSET {start}", *values)
        for row in part:
            yield _row(row)
        if len(part) < 500:
            return
