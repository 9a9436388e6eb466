"""The import itself: chunks of rows are read in a thread while the database stores the chunk before."""

import asyncio
import itertools
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import msgspec

from kervan.db import fetch
from kervan.errors import CommandError
from kervan.products.importing.mapping import Mapping, plan
from kervan.products.importing.readers import open_source
from kervan.products.importing.report import MOST_SHOWN, ErrorsFile, Report
from kervan.products.importing.rows import Parsed, RowIssue, cells_of, reader
from kervan.products.importing.source import Row, Source
from kervan.products.inputs import ProductInput
from kervan.products.rules import Tariffs
from kervan.products.service import SaveCounts, save_many
from kervan.products.tables import Listing
from kervan.trade.errors import N_, shown
from kervan.web.i18n import translate

CHUNK = 1000
_REFUSALS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)
_LOST = (
    OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError,
    asyncpg.exceptions.InternalClientError)  # fmt: skip

Progress = Callable[[float, int], None]
"""Takes the share of the file that was read (0.0 to 1.0) and the rows so far."""


class _How(msgspec.Struct, frozen=True):
    """What stays the same for all rows; without an exporter nothing is saved."""

    language: str
    actor: str
    state: Listing
    exporter_id: int | None


class _Chunk(msgspec.Struct):
    """Up to CHUNK rows: the products by SKU with the row that each came from, and the rows that are refused."""

    rows: int
    good: dict[str, tuple[Row, ProductInput]]
    bad: list[tuple[Row, list[RowIssue]]]
    notices: list[RowIssue]
    repeated: int


async def run_import(
    path: Path,
    *,
    exporter_id: int,
    mapping: Mapping,
    commit: bool,
    actor: str,
    on_progress: Progress,
    errors_to: Path | None,
    today: date | None = None,
    language: str = "en",
    state: Listing = Listing.PUBLISHED,
    most_shown: int = MOST_SHOWN,
) -> Report:
    """Reads a file of products for one exporter and, when `commit` says so, saves them by SKU.

    Bad rows go to `errors_to` and stop nothing. Each thousand rows are one transaction: a run that is broken
    off leaves whole thousands, and running it again changes nothing that is there already. Raises CommandError
    when the file or the mapping cannot be used at all; then nothing is written. What `on_progress` raises stops
    the run between two thousands. New products get the `state`; sentences are in `language`.
    """
    started = time.monotonic()
    if errors_to is not None and errors_to.absolute() == path.absolute():
        raise CommandError(N_("The errors file must not be the file that is read."))
    tariffs = await _tariffs()
    report = Report(committed=commit, most_shown=most_shown)
    source = await asyncio.to_thread(open_source, path, mapping.file)
    with closing(source), closing(_Seen()) as seen:
        wanted = plan(mapping, source.header, sparse=_is_sparse(path))
        report.remarks.extend(source.notices)
        if wanted.unused:
            report.remarks.append(
                translate(
                    language,
                    N_("These columns are not used: {columns}."),
                    columns=shown(", ".join(wanted.unused), 300),
                )
            )
        parse = reader(wanted, tariffs, today or datetime.now(UTC).date(), language)
        how = _How(language, actor, state, exporter_id if commit else None)
        with closing(ErrorsFile(errors_to, source.header)) as errors:
            await _run(source, parse, seen, errors, report, how, on_progress)
        report.errors_file = errors_to if report.failed else None
    report.seconds = time.monotonic() - started
    return report


def _is_sparse(path: Path) -> bool:
    return any(suffix.casefold() in (".jsonl", ".ndjson") for suffix in path.suffixes)


async def _tariffs() -> Tariffs:
    """The 12-digit codes of every tariff year that is loaded."""
    years: dict[int, set[str]] = {}
    for row in await fetch("SELECT tariff_year, code FROM gtip WHERE length(code) = 12"):
        years.setdefault(row["tariff_year"], set()).add(row["code"])
    return years


async def _run(
    source: Source,
    parse: Callable[[Row], Parsed],
    seen: "_Seen",
    errors: ErrorsFile,
    report: Report,
    how: "_How",
    on_progress: Progress,
) -> None:
    # The next chunk is read while the database works on this one: they use different processors.
    coming = asyncio.create_task(asyncio.to_thread(_next_chunk, source.rows, parse, seen, how))
    try:
        while (chunk := await asyncio.shield(coming)).rows:
            coming = asyncio.create_task(asyncio.to_thread(_next_chunk, source.rows, parse, seen, how))
            if how.exporter_id is not None:
                await _save(how.exporter_id, chunk, how, report)
            _account(chunk, errors, report, source.header)
            on_progress(source.progress(), report.rows)
    finally:
        # A thread cannot be stopped, and the file must not be closed under it.
        await asyncio.wait([coming])
        coming.exception()


def _next_chunk(rows: Iterator[Row], parse: Callable[[Row], Parsed], seen: "_Seen", how: "_How") -> _Chunk:
    chunk = _Chunk(0, {}, [], [], 0)
    fresh: list[tuple[str, int]] = []
    for row in itertools.islice(rows, CHUNK):
        chunk.rows += 1
        parsed = parse(row)
        chunk.notices.extend(parsed.notices)
        if parsed.product is None:
            chunk.bad.append((row, parsed.issues))
            continue
        fresh.append((parsed.product.sku, row.number))
        chunk.good[parsed.product.sku] = (row, msgspec.structs.replace(parsed.product, state=how.state))
    for sku, number, earlier in seen.add(fresh):
        chunk.repeated += 1
        sentence = translate(
            how.language, N_("This SKU was in row {row} already; the later row counts."), row=earlier
        )
        chunk.notices.append(RowIssue(number, "sku", shown(sku, 80), sentence))
    return chunk


async def _save(exporter_id: int, chunk: _Chunk, how: "_How", report: Report) -> None:
    products = [product for _, product in chunk.good.values()]
    try:
        counts, refused = await _save_or_halve(exporter_id, products, how.actor)
    except _LOST as error:
        raise CommandError(
            N_(
                "The database went away after {rows} rows. Run the same import again: it goes on where it stopped."
            ),
            rows=report.rows,
        ) from error
    report.created += counts.created
    report.updated += counts.updated
    report.unchanged += counts.unchanged
    for sku, reason in refused:
        row, _ = chunk.good.pop(sku)
        sentence = translate(
            how.language,
            N_("The database refused this row: {reason}."),
            reason=shown(reason, 200).rstrip("."),
        )
        chunk.bad.append((row, [RowIssue(row.number, "", sku, sentence)]))


async def _save_or_halve(
    exporter_id: int, products: Sequence[ProductInput], actor: str
) -> tuple[SaveCounts, list[tuple[str, str]]]:
    """Saves all that the database takes; returns the counts and the SKUs that it refused with its reasons.

    The rules should let nothing through that the database refuses. If they do, halving finds the row.
    """
    try:
        return await save_many(exporter_id, products, actor), []
    except _REFUSALS as error:
        if len(products) == 1:
            return SaveCounts(), [(products[0].sku, str(error))]
    middle = len(products) // 2
    one, refused = await _save_or_halve(exporter_id, products[:middle], actor)
    two, also_refused = await _save_or_halve(exporter_id, products[middle:], actor)
    counts = SaveCounts(
        created=one.created + two.created,
        updated=one.updated + two.updated,
        unchanged=one.unchanged + two.unchanged,
    )
    return counts, refused + also_refused


def _account(chunk: _Chunk, errors: ErrorsFile, report: Report, header: Sequence[str]) -> None:
    report.rows += chunk.rows
    report.ok += chunk.rows - len(chunk.bad)
    report.repeated += chunk.repeated
    report.add_notices(chunk.notices)
    for row, issues in chunk.bad:
        report.add_issues(issues)
        errors.add(row.number, issues, cells_of(row, header))


class _Seen:
    """The SKUs of the file so far and their rows, kept on disk: a million of them would fill the memory."""

    def __init__(self) -> None:
        # An empty name is a temporary file that goes with the connection. Its user is one thread at a time.
        self._base = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA cache_size = -16000")
        self._base.execute("CREATE TABLE seen (sku TEXT PRIMARY KEY, row INTEGER NOT NULL) WITHOUT ROWID")

    def add(self, skus: Sequence[tuple[str, int]]) -> list[tuple[str, int, int]]:
        """Notes the SKUs; returns those that were there before, with their row and the row before."""
        again = []
        self._base.execute("BEGIN")
        for sku, number in skus:
            if self._base.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (sku, number)).rowcount == 0:
                [earlier] = self._base.execute("SELECT row FROM seen WHERE sku = ?", (sku,)).fetchone()
                self._base.execute("UPDATE seen SET row = ? WHERE sku = ?", (number, sku))
                again.append((sku, number, earlier))
        self._base.execute("COMMIT")
        return again

    def close(self) -> None:
        self._base.close()
