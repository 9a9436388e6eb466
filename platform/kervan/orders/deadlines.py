"""Until when an order must be answered: the exporter's hours run on its business days only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from asyncpg import Connection

from kervan.orders.tables import State
from kervan.trade import law

_TOLD: ContextVar[date | None] = ContextVar("told day", default=None)


def today() -> date:
    """The calendar day in Türkiye: the law's day."""
    return _TOLD.get() or datetime.now(law.TURKIYE).date()


@contextmanager
def told_on(day: date) -> Iterator[None]:
    """Lets this task's papers be of another day: only the demo tells what is past, nothing that users send does."""
    token = _TOLD.set(day)
    try:
        yield
    finally:
        _TOLD.reset(token)


async def closed_days(conn: Connection, exporter_id: int, since: date) -> Sequence[tuple[date, date]]:
    """The exporter's own holidays from a day on, first and last day of each."""
    rows = await conn.fetch(
        "SELECT first_day, last_day FROM exporter_holiday WHERE exporter = $1 AND last_day >= $2",
        exporter_id,
        since,
    )
    return [(row["first_day"], row["last_day"]) for row in rows]


async def answer_by(conn: Connection, exporter_id: int, state: State, now: datetime) -> datetime | None:
    """Until when the side that is waited for has to answer; None where nobody is waited for by the clock.

    An exporter's hours run on its business days only (law.business_deadline); an importer's on every day.
    """
    book = law.current()
    if state is State.SUBMITTED:
        on = now.astimezone(law.TURKIYE).date()
        hours = book.figure("ANSWER_HOURS", on)
        return book.business_deadline(now, hours, await closed_days(conn, exporter_id, on))
    if state is State.COUNTERED:
        return now + timedelta(hours=book.figure("COUNTER_HOURS", now.astimezone(law.TURKIYE).date()))
    return None
