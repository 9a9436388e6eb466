"""What the demo adds to the law: carriers that do not exist, and rates that are not out of date."""

import datetime as dt

from kervan.db import connection, transaction
from kervan.policies import book, rates, seed
from kervan.trade import law
from kervan.trade import rates as trade_rates
from kervan.trade.rates import ECB

SOURCE = "Kervan demo"
_CURRENCIES = ("USD", "GBP", "TRY", "CHF", "JPY", "CNY", "SEK", "PLN", "CAD", "AUD")


async def settle() -> None:
    """Adds the invented carriers, and carries the last rates forward when they are too old: a demo has no net.

    Done by every start of the demo; what is there already stays.
    """
    carriers = law.rows_of("../demo/carriers.csv", law.Carrier)
    async with connection() as conn:
        await seed.load(
            conn, law.LawBook(0, regime=(), platform=(), restricted=(), figures=(), carriers=carriers), SOURCE
        )
    await book.refresh()
    await rates.refresh()
    today = law.day_of(dt.datetime.now(dt.UTC))
    stale = [
        rate
        for rate in (trade_rates.rate_on(currency, today) for currency in _CURRENCIES)
        if trade_rates.is_stale(rate, today)
    ]
    day = _business_day(today)
    async with transaction() as tx:
        for rate in stale:
            await tx.connection.execute(
                """INSERT INTO fx_rate (day, currency, eur_rate, bank, source) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT DO NOTHING""",
                day,
                rate.currency,
                rate.eur_rate,
                ECB,
                "Invented for the demo: an old rate carried forward",
            )
    await rates.refresh()


def _business_day(day: dt.date) -> dt.date:
    """The last business day of the bank up to this day."""
    while trade_rates.business_days_between(day - dt.timedelta(days=1), day) == 0:
        day -= dt.timedelta(days=1)
    return day
