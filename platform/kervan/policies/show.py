"""The law of a day as plain lines, for the terminal."""

import datetime as dt
from collections.abc import Iterator

from kervan.trade import rates
from kervan.trade.errors import TradeError
from kervan.trade.law import LawBook, Row, day_of


def today() -> dt.date:
    """The day of the law now, in Türkiye."""
    return day_of(dt.datetime.now(dt.UTC))


def lines(book: LawBook, on: dt.date, route: str) -> list[str]:
    """Everything that holds on the day: limits, restricted goods, figures, the year's holidays, carriers."""
    return [f"The law on {on}", *_limits(book, on, route), *_others(book, on)]


def _limits(book: LawBook, on: dt.date, route: str) -> Iterator[str]:
    yield ""
    yield f"Limits of one shipment by {route}"
    try:
        limit = book.regime_limit(route, on)
    except TradeError as error:
        yield f"  {error}"
    else:
        yield f"  {_kg(limit.max_gross_g)} gross, EUR {limit.max_value_eur:,.2f} ({limit.basis})"
        yield from _origin(limit)
    for coming in book.history(route):
        if coming.valid_from is not None and coming.valid_from > on:
            yield (
                f"  From {coming.valid_from}: {_kg(coming.max_gross_g)} gross, EUR {coming.max_value_eur:,.2f}"
            )
    yield ""
    yield "Limits of the platform"
    for tier in ("UNVERIFIED", "VERIFIED"):
        own = book.platform_limit(tier, on)
        if own is None:
            yield f"  {tier}: none"
            continue
        weight = "any weight" if own.max_gross_g is None else _kg(own.max_gross_g)
        value = "any value" if own.max_value_eur is None else f"EUR {own.max_value_eur:,.2f}"
        yield f"  {tier}: {weight}, {value}; of one exporter {own.max_open_orders or 'any number of'} open orders"
        yield f"    and {own.max_orders_a_day or 'any number of'} orders a day"
        yield from _origin(own)


def _others(book: LawBook, on: dt.date) -> Iterator[str]:
    yield ""
    yield "Restricted goods"
    for goods in sorted(book.restricted, key=lambda row: (row.prefix, row.destination or "")):
        if goods.holds(on):
            to = f" to {goods.destination}" if goods.destination else ""
            yield f"  {goods.prefix:<12} {goods.kind:<10} {goods.name}{to}"
            yield from _origin(goods)
    yield ""
    yield "Figures"
    for figure in sorted(book.figures, key=lambda row: row.name):
        if figure.holds(on):
            yield f"  {figure.name:<20} {figure.figure}"
            yield from _origin(figure)
    yield ""
    yield f"Public holidays of {on.year}"
    for day in sorted(book.calendar, key=lambda row: row.valid_from or dt.date.min):
        if day.valid_from is not None and day.valid_from.year == on.year:
            last = f" to {day.valid_to}" if day.valid_to != day.valid_from else ""
            yield f"  {day.valid_from}{last} {day.kind} {day.name} [{day.certainty}]"
    yield ""
    yield "Carriers that are authorised to make the ETGB"
    carriers = book.carriers_on(on)
    for carrier in carriers:
        yield f"  {carrier.code}: {carrier.name}"
        yield from _origin(carrier)
    if not carriers:
        yield "  none"


def rate_lines(on: dt.date) -> list[str]:
    """The rate of every currency that was published lately, with its age; a mark where it is too old for trade."""
    found = [f"Exchange rates on {on}: units for one euro"]
    for currency in sorted(rates.currencies() - {"EUR"}):
        try:
            rate = rates.rate_on(currency, on)
        except TradeError:
            continue
        if rate.business_days_old > 250:
            continue  # the currency itself is gone, or the bank stopped
        old = "  TOO OLD" if rates.is_stale(rate, on) else ""
        found.append(f"  {currency} {rate.eur_rate.normalize():>16f}  {rate.date}  {rate.source}{old}")
    return found


def _origin(row: Row) -> Iterator[str]:
    since = row.valid_from or "always"
    until = f" until {row.valid_to}" if row.valid_to else ""
    yield f"    since {since}{until} [{row.certainty}] {row.legal_ref}"


def _kg(grams: int) -> str:
    return f"{grams / 1000:,.3f}".rstrip("0").rstrip(".") + " kg"
