"""Days on which an exporter does not answer: noted ahead, never twice."""

from datetime import UTC, date, datetime

import msgspec

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.ids import new_public_id
from kervan.trade.errors import N_

LONGEST_DAYS = 62
MOST_AHEAD_DAYS = 730
MOST = 50
LONGEST_NOTE = 120


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of days; both ends count."""

    public_id: str
    first_day: date
    last_day: date
    note: str

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1


async def of(exporter_id: int, since: date) -> list[Holiday]:
    """The holidays of an exporter that end on this day or later, the nearest first."""
    rows = await fetch(
        """SELECT public_id, first_day, last_day, note FROM exporter_holiday
        WHERE exporter = $1 AND last_day >= $2 ORDER BY first_day""",
        exporter_id,
        since,
    )
    return [Holiday(**dict(row)) for row in rows]


async def add(caller: Caller, exporter_id: int, first: date, last: date, note: str) -> None:
    """Notes a holiday. Raises Invalid for days that are past, too far away or too many, Conflict when one of them
    is a holiday already or there are fifty."""
    today = datetime.now(UTC).date()
    if wrong := _wrong(first, last, today):
        raise Invalid(fields=wrong)
    async with transaction() as tx:
        # The exporter's row is the lock: two holidays that overlap cannot both pass the question below.
        await tx.connection.execute("SELECT FROM exporter WHERE id = $1 FOR UPDATE", exporter_id)
        there = await of(exporter_id, today)
        for other in there:
            if first <= other.last_day and last >= other.first_day:
                raise Invalid(
                    fields={
                        "first_day": Invalid(
                            N_(
                                "{first} to {last} is a holiday already. Remove it first, or choose other days."
                            ),
                            first=other.first_day,
                            last=other.last_day,
                        )
                    }
                )
        if len(there) >= MOST:
            raise Conflict(N_("There are {n} holidays already."), n=MOST)
        public_id = new_public_id()
        await tx.connection.execute(
            """INSERT INTO exporter_holiday (public_id, exporter, first_day, last_day, note)
            VALUES ($1, $2, $3, $4, $5)""",
            public_id,
            exporter_id,
            first,
            last,
            note,
        )
        await audit.record(
            caller.actor, "exporter.holiday_added", "exporter", exporter_id,
            after={"id": public_id, "first_day": first, "last_day": last},
        )  # fmt: skip


def _wrong(first: date, last: date, today: date) -> dict[str, KervanError | str]:
    if first < today:
        return {"first_day": N_("This day is past.")}
    if last < first:
        return {"last_day": N_("The last day cannot be before the first.")}
    if (last - first).days + 1 > LONGEST_DAYS:
        return {"last_day": Invalid(N_("A holiday has at most {n} days."), n=LONGEST_DAYS)}
    if (last - today).days > MOST_AHEAD_DAYS:
        return {"last_day": N_("Holidays can be noted two years ahead.")}
    return {}


async def remove(caller: Caller, exporter_id: int, public_id: str) -> None:
    """Takes a holiday back. Raises NotFound for one of another exporter."""
    async with transaction() as tx:
        row = await tx.connection.fetchrow(
            """DELETE FROM exporter_holiday WHERE exporter = $1 AND public_id = $2
            RETURNING first_day, last_day""",
            exporter_id,
            public_id,
        )
        if row is None:
            raise NotFound(N_("There is no such holiday."))
        await audit.record(
            caller.actor, "exporter.holiday_removed", "exporter", exporter_id, before=dict(row)
        )
