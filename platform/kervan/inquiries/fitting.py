"""Whether a quote could be a micro-export order: its goods weighed anew, judged by the law of the day."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from asyncpg import Connection

from kervan.exporters import limits
from kervan.orders import quotes as order_quotes
from kervan.orders.judging import Buyer, judge_goods
from kervan.trade import law, rates
from kervan.trade.errors import N_, TradeError
from kervan.trade.verdict import Refusal, Verdict

_QUOTE = """
SELECT q.exporter, r.currency, r.total, coalesce(r.destination, i.destination) AS destination, i.purpose,
    (SELECT CASE WHEN count(*) = count(v.gross_weight_g) THEN sum(v.gross_weight_g::bigint * l.quantity) END
        FROM quote_line l LEFT JOIN product p ON p.id = l.product
        LEFT JOIN product_version v ON v.product = p.id AND v.number = p.current_version
        WHERE l.revision = r.id)::bigint AS gross_g
FROM quote q JOIN quote_revision r ON r.quote = q.id AND r.revision = q.revision JOIN inquiry i ON i.id = q.inquiry
WHERE q.id = $1
"""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of today on a quote's revision in force, and what it comes to."""

    verdict: Verdict
    total_eur: Decimal | None
    """None where there is no rate to trade on."""
    gross_g: int | None
    """None where the weight of some of the goods is not known."""


async def judge(conn: Connection, quote: int, buyer: Buyer, language: str = "en") -> Judgement:
    """What the law, the platform and the exporter say of a quote (quote.id) today, if it were an order.

    Goods in words, or without a country that they go to, are refused before anything is compared.
    """
    now = datetime.now(UTC)
    row = await conn.fetchrow(_QUOTE, quote)
    quoted = await order_quotes.goods_of(conn, quote, language)
    refusal: Refusal | None = None
    if quoted.why_not is not None:
        refusal = Refusal(code="NOT_ORDERABLE", message=quoted.why_not)
    elif row["destination"] is None:
        refusal = Refusal(code="NO_DESTINATION", message=N_("It is not said to which country the goods go."))
    if refusal is not None:
        verdict = Verdict(
            allowed=False, rules=(), refusals=(refusal,), left_g=None, left_eur=None, binding=None
        )
        total_eur = _in_eur(row["total"], row["currency"], now)
        return Judgement(verdict=verdict, total_eur=total_eur, gross_g=row["gross_g"])
    judged = judge_goods(
        quoted.lines,
        quoted.charges,
        quoted.currency,
        destination=row["destination"],
        buyer=buyer,
        own=await limits.of(row["exporter"], now),
        on=law.day_of(now),
        purpose=row["purpose"],
        excluded=quoted.excluded,
    )
    return Judgement(verdict=judged.verdict, total_eur=judged.total_eur, gross_g=row["gross_g"])


def _in_eur(total: Decimal, currency: str, now: datetime) -> Decimal | None:
    on = law.day_of(now)
    try:
        found = rates.to_eur(total, currency, on)
        rates.require_fresh(found.rate, on)
    except TradeError:
        return None
    return found.eur
