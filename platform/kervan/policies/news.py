"""Exporters hear when a new limit or restriction begins that what they have open does not fit, once for each change.

Orders that were sent before and have not left yet are judged anew; of inquiries only the goods are known, so they are
looked at for restrictions alone. Carts are their buyer's business: they are judged each time they are shown.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import structlog

from kervan.db import fetch, transaction
from kervan.documents.judging import judged
from kervan.orders import letters, queries
from kervan.orders.tables import State
from kervan.policies import book
from kervan.policies.checks import TITLES
from kervan.policies.tables import Kind
from kervan.trade import law
from kervan.trade.verdict import Verdict

log = structlog.get_logger(__name__)

TEMPLATE = "law_changed"
LATE_DAYS = 7
"""So many days after its first a row is still told of, when no worker ran in between."""
MOST_NAMED = 20

# Until the goods are with the carrier: what has left is judged by the law of its day.
_HERE = (
    State.SUBMITTED,
    State.COUNTERED,
    State.ACCEPTED,
    State.PROFORMA_SENT,
    State.CONFIRMED,
    State.INVOICED,
)
_WHATEVER = 10**15

_ROWS: Mapping[Kind, str] = {
    Kind.REGIME_LIMIT: "max_gross_g, max_value_eur, NULL AS prefix, NULL AS destination",
    Kind.PLATFORM_LIMIT: "max_gross_g, max_value_eur, NULL AS prefix, NULL AS destination",
    Kind.RESTRICTED_GOODS: "-1 AS max_gross_g, -1 AS max_value_eur, prefix, destination",
}
_NEW = """
SELECT public_id, legal_ref, valid_from, created_at, {fields} FROM {kind}
WHERE valid_from BETWEEN $1 AND $2 AND (valid_to IS NULL OR valid_to >= $2) ORDER BY id
"""
_UNTOLD = """
NOT EXISTS (SELECT FROM notification n WHERE n.organisation = e.organisation AND n.source = $1)
"""
_ORDERS = f"""
SELECT o.id, o.number, e.organisation FROM trade_order o JOIN exporter e ON e.id = o.exporter
WHERE o.state = ANY($2::text[]) AND o.submitted_at < $3 AND (o.gross_weight_g > $4 OR o.total_eur > $5)
    AND ($6::text IS NULL OR EXISTS (SELECT FROM order_terms t JOIN order_line l ON l.terms = t.id
        WHERE t."order" = o.id AND starts_with(l.gtip, $6)))
    AND ($7::text IS NULL OR o.destination = $7) AND {_UNTOLD} ORDER BY o.id
"""
_INQUIRIES = f"""
SELECT DISTINCT e.organisation, coalesce(q.number, i.number) AS number FROM inquiry i
JOIN inquiry_recipient r ON r.inquiry = i.id AND r.declined_at IS NULL JOIN exporter e ON e.id = r.exporter
JOIN inquiry_line l ON l.inquiry = i.id LEFT JOIN product_version v ON v.id = l.product_version
LEFT JOIN trade_request q ON q.id = i.request
WHERE i.state IN ('OPEN', 'ANSWERED') AND i.expires_at > now() AND i.created_at < $2
    AND starts_with(coalesce(v.hs_code, l.hs_code, ''), $3) AND ($4::text IS NULL OR i.destination = $4) AND {_UNTOLD}
ORDER BY number
"""


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the law that began to hold; orders below both figures fit it for sure."""

    kind: Kind
    public_id: str
    legal_ref: str
    valid_from: date
    created_at: datetime
    max_gross_g: int | None
    max_value_eur: Decimal | None
    prefix: str | None
    destination: str | None

    @property
    def source(self) -> str:
        """Under which the bell keeps that somebody was told of it."""
        return f"{TEMPLATE} {self.public_id}"

    @property
    def began(self) -> datetime:
        """From which moment on everything was judged by it."""
        midnight = datetime.combine(self.valid_from, time(), law.TURKIYE).astimezone(UTC)
        return max(midnight, self.created_at)


class Touched(msgspec.Struct):
    """Numbers of what an exporter has open that a row touches."""

    orders: list[str] = []
    inquiries: list[str] = []


async def tell_new(now: datetime | None = None) -> int:
    """Tells the order desk of every exporter that a new row touches; returns how many firms. For an hourly round."""
    await book.refresh()
    today = law.day_of(now or datetime.now(UTC))
    told = 0
    for row in await _new(today):
        for organisation, touched in (await _touched(row)).items():
            told += await _tell(row, organisation, touched)
    if told:
        log.info("exporters are told of new law", firms=told)
    return told


async def _new(today: date) -> Sequence[New]:
    first = today - timedelta(days=LATE_DAYS)
    return [
        New(kind=kind, **row)
        for kind, fields in _ROWS.items()
        for row in await fetch(_NEW.format(kind=kind, fields=fields), first, today)
    ]


async def _touched(row: New) -> Mapping[int, Touched]:
    found: defaultdict[int, Touched] = defaultdict(Touched)
    grams = _WHATEVER if row.max_gross_g is None else row.max_gross_g
    euros = Decimal(_WHATEVER) if row.max_value_eur is None else row.max_value_eur
    for order in await fetch(
        _ORDERS, row.source, list(_HERE), row.began, grams, euros, row.prefix, row.destination
    ):
        if _breaks(judged(await queries.detail(order["id"]), row.valid_from), row):
            found[order["organisation"]].orders.append(order["number"])
    if row.prefix is not None:
        for asked in await fetch(_INQUIRIES, row.source, row.began, row.prefix, row.destination):
            found[asked["organisation"]].inquiries.append(asked["number"])
    return found


def _breaks(verdict: Verdict, row: New) -> bool:
    """Whether it is this row, of all that hold then, that refuses."""
    if row.kind is Kind.RESTRICTED_GOODS:
        return any(
            refusal.code.startswith("RESTRICTED_") and refusal.params.get("legal_ref") == row.legal_ref
            for refusal in verdict.refusals
        )
    return any(
        not rule.fits and (rule.legal_ref, rule.valid_from) == (row.legal_ref, row.valid_from)
        for rule in verdict.rules
    )


async def _tell(row: New, organisation: int, touched: Touched) -> bool:
    context: dict[str, Any] = {
        "kind": TITLES[row.kind],
        "legal_ref": row.legal_ref,
        "since": row.valid_from,
        "orders": touched.orders[:MOST_NAMED],
        "inquiries": touched.inquiries[:MOST_NAMED],
        "more": sum(max(0, len(all_) - MOST_NAMED) for all_ in (touched.orders, touched.inquiries)),
    }
    path = "/orders" if touched.orders else "/inquiries"
    async with transaction() as tx:
        return bool(
            await letters.tell(tx.connection, organisation, TEMPLATE, path, source=row.source, **context)
        )
