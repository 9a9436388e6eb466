"""The book in use: read from the rows when they changed, and kept fresh in every process."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import structlog

from kervan.db import AWAY, fetch, fetchval
from kervan.policies import rates
from kervan.policies.tables import Kind
from kervan.trade import law
from kervan.trade.law import LawBook, Row

log = structlog.get_logger(__name__)

FRESH_SECONDS = 15.0
"""How long a page may show the former law; whatever writes asks anew."""

STRUCTS: Mapping[Kind, type[Row]] = {
    Kind.REGIME_LIMIT: law.RegimeLimit,
    Kind.PLATFORM_LIMIT: law.PlatformLimit,
    Kind.RESTRICTED_GOODS: law.RestrictedGoods,
    Kind.PLATFORM_FIGURE: law.Figure,
    Kind.PUBLIC_HOLIDAY: law.PublicHoliday,
    Kind.CARRIER: law.Carrier,
}
"""What a row of each kind is in the book."""

R = TypeVar("R", bound=Row)


async def refresh() -> LawBook:
    """The book of now, read anew only when a row changed since; from now on this process judges by it.

    A database without any row of the law (nothing was loaded into it) leaves the book of the release. Not to be
    called in a transaction that changes the law itself: it could be rolled back.
    """
    version = await fetchval("SELECT law FROM law_version")
    if version is None or version == law.current().version:
        return law.current()
    book = await _read(version, None)
    law.use(book if book.regime else msgspec.structs.replace(law.shipped(), version=version))
    return law.current()


async def as_of(moment: datetime) -> LawBook:
    """The book as it was known at a moment: later rows, and ends that were set later, are not in it."""
    return await _read(-1, moment)


async def keep_fresh(stop: asyncio.Event) -> None:
    """Follows what other processes approve and import, until `stop` is set."""
    while not stop.is_set():
        try:
            await refresh()
            await rates.refresh()
        except AWAY as error:
            log.warning("the law cannot be read", error=repr(error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), FRESH_SECONDS)


async def _read(version: int, moment: datetime | None) -> LawBook:
    calendar = await _rows(law.PublicHoliday, Kind.PUBLIC_HOLIDAY, moment)
    return LawBook(
        version=version,
        regime=await _rows(law.RegimeLimit, Kind.REGIME_LIMIT, moment),
        platform=await _rows(law.PlatformLimit, Kind.PLATFORM_LIMIT, moment),
        restricted=await _rows(law.RestrictedGoods, Kind.RESTRICTED_GOODS, moment),
        figures=await _rows(law.Figure, Kind.PLATFORM_FIGURE, moment),
        holidays=law.closed_days(calendar),
        calendar=calendar,
        carriers=await _rows(law.Carrier, Kind.CARRIER, moment),
    )


async def _rows(struct: type[R], kind: Kind, moment: datetime | None) -> tuple[R, ...]:
    # In the order in which they came: of two rows about the same holiday the later one decides.
    names = ", ".join(name for name in struct.__struct_fields__ if name != "valid_to")
    known = await fetch(
        f"""SELECT {names}, CASE WHEN $1::timestamptz IS NULL OR closed_at IS NULL OR closed_at <= $1
            THEN valid_to END AS valid_to
        FROM {kind} WHERE $1 IS NULL OR created_at <= $1 OR source IS NOT NULL ORDER BY id""",
        moment,
    )
    return tuple(as_struct(struct, row) for row in known)


def as_struct(struct: type[R], row: Mapping[str, Any]) -> R:
    """A row of the database, or a proposal's fields, as the book holds it. Raises msgspec.ValidationError."""
    fields: Sequence[str] = struct.__struct_fields__
    return msgspec.convert({name: row[name] for name in fields if name in row}, struct, strict=False)
