"""Exchange rates that were imported: files of the European Central Bank and of Türkiye's central bank (TCMB).

Append-only: a day's rate that says something else than the one we have is refused. trade.rates uses the rows beside
the history that its package brings.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import asyncpg
import httpx
import msgspec
import structlog

from kervan import audit
from kervan.db import fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid
from kervan.policies import rate_files
from kervan.settings import load
from kervan.trade import rates
from kervan.trade.errors import N_
from kervan.trade.rates import Published

log = structlog.get_logger(__name__)

LARGEST_FILE = 10_000_000
"""Bytes: the whole history of the European Central Bank as CSV has two million."""
_SECONDS = 20.0

_seen: list[int] = []


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: how many rates are new, how many we had, and its first and last day."""

    bank: str
    added: int
    known: int
    first: dt.date
    last: dt.date


async def refresh() -> None:
    """Reads the imported rates anew when there are new ones since; call it where money is about to be compared."""
    version = await fetchval("SELECT rates FROM law_version")
    if version is None or _seen == [version]:
        return
    rows = await fetch('SELECT day AS "date", bank, eur_rate, currency, source FROM fx_rate')
    rates.use(Published(**row) for row in rows)
    _seen[:] = [version]


async def bring_in(data: bytes, name: str, actor: str, person: int | None = None) -> Imported:
    """Imports a file of rates, all of it or nothing; `name` is what the file or its address is called.

    Raises Invalid with a sentence when it is no file of rates, has a day to come or a rate that cannot be; Conflict
    when it contradicts a rate that is known already.
    """
    found = rate_files.read(data)
    today = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    first, last = min(rate.date for rate in found), max(rate.date for rate in found)
    if last > today:
        raise Invalid(N_("The file has rates of a day to come ({date})."), date=last)
    bank = found[0].bank
    source = f"{rate_files.BANKS[bank]}, {name[:60]}"
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute("SELECT FROM law_version FOR UPDATE")
        stored = await _stored(conn, bank, first, last)
        new = [rate for rate in found if not _is_known(rate, stored)]
        await conn.executemany(
            "INSERT INTO fx_rate (day, currency, eur_rate, bank, source, imported_by) VALUES ($1, $2, $3, $4, $5, $6)",
            [(rate.date, rate.currency, rate.eur_rate, bank, source, person) for rate in new],
        )
        done = Imported(bank=bank, added=len(new), known=len(found) - len(new), first=first, last=last)
        if new:
            await audit.record(actor, "rates.imported", "fx_rate", bank, after=msgspec.to_builtins(done))
    await refresh()
    return done


async def recent(days: int = 10) -> Sequence[asyncpg.Record]:
    """The imports of late, newest day first: day, bank, source, count, created_at and who (None: by itself)."""
    return await fetch(
        """SELECT r.day, r.bank, r.source, count(*) AS count, max(r.created_at) AS created_at, max(p.name) AS by
        FROM fx_rate r LEFT JOIN person p ON p.id = r.imported_by
        GROUP BY r.day, r.bank, r.source ORDER BY r.day DESC, r.bank LIMIT $1""",
        days,
    )


async def fetch_new() -> None:
    """Fetches the file behind KERVAN_RATES_URL, when that is set. What is refused is logged for the staff's page."""
    address = load().rates_url
    if not address:
        return
    try:
        data = await _fetched(address)
        done = await bring_in(data, address, "system:rates")
    except (httpx.HTTPError, Invalid, Conflict, TimeoutError) as error:
        log.warning("rates were not fetched", address=address, error=str(error) or repr(error))
        return
    log.info("rates fetched", added=done.added, last=done.last.isoformat())


async def _fetched(address: str) -> bytes:
    async with (
        asyncio.timeout(_SECONDS),
        httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client,
        client.stream("GET", address) as answer,
    ):
        answer.raise_for_status()
        data = b""
        async for part in answer.aiter_bytes():
            data += part
            if len(data) > LARGEST_FILE:
                raise Invalid(rate_files.TOO_LARGE)
        return data


async def _stored(
    conn: asyncpg.Connection, bank: str, first: dt.date, last: dt.date
) -> dict[tuple[dt.date, str], Decimal]:
    rows = await conn.fetch(
        "SELECT day, currency, eur_rate FROM fx_rate WHERE bank = $1 AND day BETWEEN $2 AND $3",
        bank,
        first,
        last,
    )
    return {(row["day"], row["currency"]): row["eur_rate"] for row in rows}


def _is_known(rate: Published, stored: dict[tuple[dt.date, str], Decimal]) -> bool:
    """Whether we have just this rate. Raises Conflict when we have another one for its day."""
    known = stored.get((rate.date, rate.currency))
    if known is None and rate.bank == rates.ECB:
        known = rates.in_package(rate.currency, rate.date)
    if known is None:
        return False
    if known != rate.eur_rate:
        raise Conflict(
            N_(
                "For {currency} on {date} the file says {new}, but {known} is known already. Nothing was imported:"
                " rates of a day that has one are never changed."
            ),
            currency=rate.currency,
            date=rate.date,
            new=f"{rate.eur_rate.normalize():f}",
            known=f"{known.normalize():f}",
        )
    return True
