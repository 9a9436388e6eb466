"""The law that came with the release, put into the database: once, by every start that finds rows missing."""

from collections.abc import Sequence

import asyncpg
import msgspec
import structlog

from kervan import __version__
from kervan.ids import new_public_id
from kervan.policies.tables import Kind
from kervan.trade import law
from kervan.trade.law import LawBook, Row

log = structlog.get_logger(__name__)

SOURCE = f"Kervan {__version__}"


async def load(conn: asyncpg.Connection, book: LawBook | None = None, source: str = SOURCE) -> int:
    """Adds the rows of a book (by default the release's) that the database lacks; returns how many.

    A row about something that the database knows of already at that time is left alone, whatever it says: what
    administrators approved stands above a release. Such rows are logged, so that somebody proposes them.
    """
    book = book or law.shipped()
    added = 0
    kinds: Sequence[tuple[Kind, Sequence[Row], tuple[str, ...]]] = (
        (Kind.REGIME_LIMIT, book.regime, ("route",)),
        (Kind.PLATFORM_LIMIT, book.platform, ("tier",)),
        (Kind.RESTRICTED_GOODS, book.restricted, ("prefix", "destination")),
        (Kind.PLATFORM_FIGURE, book.figures, ("name",)),
        (Kind.PUBLIC_HOLIDAY, book.calendar, ("name",)),
        (Kind.CARRIER, book.carriers, ("code",)),
    )
    async with conn.transaction():
        for kind, rows, key in kinds:
            added += await _add(conn, kind, rows, key, source)
    return added


async def _add(
    conn: asyncpg.Connection, kind: Kind, rows: Sequence[Row], key: tuple[str, ...], source: str
) -> int:
    if not rows:
        return 0
    names = rows[0].__struct_fields__
    known = {
        tuple(record.values())
        for record in await conn.fetch(f"SELECT {', '.join((*key, 'valid_from'))} FROM {kind}")
    }
    missing = [row for row in rows if tuple(getattr(row, name) for name in (*key, "valid_from")) not in known]
    same = " AND ".join(["true", *(f"{name} IS NOT DISTINCT FROM ${n}" for n, name in enumerate(key, 3))])
    places = ", ".join(f"${n}" for n in range(1, len(names) + 3))
    added = 0
    for row in missing:
        if await conn.fetchval(
            f"""SELECT EXISTS (SELECT FROM {kind}
            WHERE daterange(valid_from, valid_to, '[]') && daterange($1, $2, '[]') AND {same})""",
            row.valid_from,
            row.valid_to,
            *(getattr(row, name) for name in key),
        ):
            log.warning("a row of the release's law is not in force here", row=msgspec.to_builtins(row))
            continue
        await conn.execute(
            f"INSERT INTO {kind} (public_id, source, {', '.join(names)}) VALUES ({places})",
            new_public_id(),
            source,
            *(getattr(row, name) for name in names),
        )
        added += 1
    return added
