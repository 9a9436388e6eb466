"""The fields in which times are offered, and the sentences beside them."""

from datetime import timedelta

from kervan.calendars import zones
from kervan.errors import Invalid, KervanError
from kervan.meetings.times import Span
from kervan.trade.errors import N_, TradeError
from kervan.web.forms import Form

MINUTES = ("15", "30", "45", "60", "90", "120", "180", "240")


def times(form: Form, zone: str, most: int) -> tuple[tuple[Span, ...], tuple[int, ...]]:
    """The times that are filled in, on the clocks of a zone, and the numbers of their rows; rows may stay empty.

    What is wrong stands beside the row: a time that the clocks skip, half a row, none at all.
    """
    minutes = form.choice("minutes", MINUTES)
    found: list[Span] = []
    rows: list[int] = []
    for row in range(1, most + 1):
        if not form.value(f"day_{row}").strip() and not form.value(f"time_{row}").strip():
            continue
        rows.append(row)
        day = form.parsed(f"day_{row}", zones.parse_day)
        clock = form.parsed(f"time_{row}", zones.parse_time)
        if day is None or clock is None or not minutes:
            continue
        try:
            starts_at = zones.moment(day, clock, zone)
            found.append(Span(starts_at, starts_at + timedelta(minutes=int(minutes))))
        except TradeError as error:
            form.refuse(f"time_{row}", error)
    if not rows:
        form.refuse("day_1", N_("Propose at least one time."))
    return tuple(found), tuple(rows)


def take(form: Form, error: KervanError, rows: tuple[int, ...]) -> None:
    """Puts a service's refusal beside the rows as they were typed (times.1 is the first that was filled in)."""
    if not isinstance(error, Invalid) or not error.fields:
        form.take(error)
        return
    for name, why in error.fields.items():
        kind, _, number = name.partition(".")
        if kind == "times" and number.isdigit():
            place = int(number) - 1
            form.refuse(f"day_{rows[place] if place < len(rows) else 1}", why)
        else:
            form.refuse(name, why)
