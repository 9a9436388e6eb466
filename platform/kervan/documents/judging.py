"""Whether an order may still leave: judged anew when it is invoiced, packed or handed over (domain 4.7, 1 and 4)."""

from datetime import date
from decimal import Decimal

from kervan.orders.judging import Fx, in_eur
from kervan.orders.structs import OrderDetail
from kervan.trade import law, rates
from kervan.trade.errors import TradeError
from kervan.trade.verdict import Shipment, Verdict, judge


def judged(
    order: OrderDetail, on: date, *, gross_g: int | None = None, rate_of_today: bool = False
) -> Verdict:
    """The verdict of the law and the platform on this day; the exporter's own limits hold for new orders only.

    `gross_g` is the weight as it was packed, without it the order's. EUR by the rate that the order froze, or with
    `rate_of_today` by the bank's of this day: an invoice is a new action, and one without a fresh rate is refused.
    """
    terms = order.terms
    fx: Fx | None = Fx(eur_rate=terms.eur_rate, date=terms.rate_date, source=terms.rate_source)
    problem: TradeError | None = None
    if rate_of_today:
        try:
            rate = rates.require_fresh(rates.rate_on(terms.currency, on), on)
            fx = Fx(eur_rate=rate.eur_rate, date=rate.date, source=rate.source)
        except TradeError as error:
            fx, problem = None, error
    return judge(
        Shipment(
            on=on,
            route=law.ETGB,
            purpose=order.purpose,
            sale_type="FINAL",
            destination=order.destination,
            buyer_country=order.importer.country,
            # A verification of the buyer that ended since takes nothing back.
            tier=terms.verdict["tier"],
            currency=terms.currency,
            goods_eur=_eur(terms.goods_total, fx),
            total_eur=_eur(terms.invoice_total, fx),
            gross_g=terms.gross_weight_g if gross_g is None else gross_g,
            codes=tuple(line.gtip for line in terms.lines),
            rate_problem=problem,
        ),
        law.current(),
    )


def _eur(amount: Decimal, fx: Fx | None) -> Decimal | None:
    return None if fx is None else in_eur(amount, fx)
