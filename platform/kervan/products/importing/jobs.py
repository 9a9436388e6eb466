"""Imports that are begun in the browser: the file, its mapping, what became of it. The work itself is runner.py."""

import asyncio
import itertools
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from asyncpg import Record

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import execute, fetch, transaction
from kervan.errors import CommandError, Conflict, Invalid, NotFound
from kervan.files import gone, store
from kervan.files.documents import safe_name
from kervan.files.uploads import Upload
from kervan.ids import new_public_id
from kervan.outbox import publish
from kervan.products.importing.mapping import FileOptions, Mapping, plan
from kervan.products.importing.readers import open_source
from kervan.products.importing.rows import RowIssue
from kervan.products.importing.tables import JobState
from kervan.products.rules import is_unfit
from kervan.trade.errors import N_, TradeError

FOLDER = "imports"
TOPIC = "products.import"
LARGEST = 50 * 1024 * 1024
ENDINGS = ("csv", "tsv", "txt", "xlsx", "jsonl")
MOST_OPEN = 5
_SAMPLE_ROWS = 4
_LONGEST_CELL = 80
_MOST_COLUMNS = 200


class JobReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a reading of the file found; `created`, `updated` and `unchanged` are 0 while it is only checked."""

    rows: int
    ok: int
    failed: int
    repeated: int
    created: int
    updated: int
    unchanged: int
    notices: int
    seconds: float
    by_field: tuple[tuple[str, int], ...]
    """Field and how many sentences there are about it, most first."""
    issues: tuple[RowIssue, ...]
    first_notices: tuple[RowIssue, ...]
    remarks: tuple[str, ...]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One import as its firm sees it."""

    id: int
    public_id: str
    state: str
    saves: bool
    """True once it was told to save; before it is only checked."""
    file_name: str
    size: int
    path: str | None
    errors_path: str | None
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    """The first rows, cells in the order of the header, shortened."""
    mapping: Mapping
    publishes: bool
    share: int
    """How much of the file was read, in thousandths."""
    rows: int
    cancel_asked: bool
    report: JobReport | None
    failure: str | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        return self.state in (JobState.WAITING, JobState.RUNNING)


_COLUMNS = """
    id, public_id, state, saves, file_name, size, path, errors_path, header, sample, mapping, publishes, share, rows,
    cancel_asked, report, failure, created_at, finished_at
"""
_JSON: dict[str, Any] = {
    "header": tuple[str, ...],
    "sample": tuple[tuple[str, ...], ...],
    "mapping": Mapping,
    "report": JobReport | None,
}


def job_of(row: Record) -> Job:
    """The job of a row of import_job."""
    values = dict(row)
    for name, kind in _JSON.items():
        values[name] = msgspec.json.decode(values[name], type=kind) if values[name] is not None else None
    return Job(**{name: values[name] for name in Job.__struct_fields__})


async def get(exporter_id: int, public_id: str) -> Job:
    """An import of this exporter. Raises NotFound."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM import_job WHERE exporter = $1 AND public_id = $2", exporter_id, public_id
    )
    if not rows:
        raise NotFound(N_("There is no such import."))
    return job_of(rows[0])


async def recent(exporter_id: int, limit: int = 20) -> list[Job]:
    """The latest imports of an exporter, newest first."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM import_job WHERE exporter = $1 ORDER BY id DESC LIMIT $2", exporter_id, limit
    )
    return [job_of(row) for row in rows]


async def begin(caller: Caller, exporter_id: int, language: str, upload: Upload) -> str:
    """Keeps an uploaded file and looks at its first rows; returns the import's public id.

    Raises TradeError with a sentence for a file that is no list, Conflict while five imports are open.
    """
    ending = upload.name.rpartition(".")[2].casefold()
    if ending not in ENDINGS:
        raise TradeError(N_("Send a CSV or XLSX file. The name of this one ends in neither."))
    header, sample = await peek(upload.data, upload.name, FileOptions())
    path = await store.put(FOLDER, upload.data, ending)
    public_id = new_public_id()
    try:
        async with transaction() as tx:
            await tx.connection.execute("SELECT FROM exporter WHERE id = $1 FOR UPDATE", exporter_id)
            live = await tx.connection.fetchval(
                """SELECT count(*) FROM import_job WHERE exporter = $1
                AND state IN ('UPLOADED', 'WAITING', 'RUNNING', 'CHECKED')""",
                exporter_id,
            )
            if live >= MOST_OPEN:
                raise Conflict(
                    N_("There are {n} imports open already. Finish or cancel one first."), n=MOST_OPEN
                )
            await tx.connection.execute(
                """INSERT INTO import_job (public_id, exporter, person, actor, language, file_name, size, path, header,
                    sample) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
                public_id, exporter_id, caller.person, caller.actor, language, _shown_name(upload.name, ending),
                len(upload.data), path, _json(header), _json(sample),
            )  # fmt: skip
            await audit.record(caller.actor, "import.uploaded", "import_job", public_id)
    except BaseException:
        await store.delete(path)
        raise
    return public_id


def _shown_name(declared: str, ending: str) -> str:
    stem = declared.rpartition(".")[0] or "list"
    return safe_name(stem, ending)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def peek(data: bytes, name: str, options: FileOptions) -> tuple[tuple[str, ...], list[list[str]]]:
    """The columns of a file and its first rows, shortened. Raises TradeError when it cannot be read as a list."""
    try:
        return await asyncio.to_thread(_peek, data, name, options)
    except CommandError as error:
        raise TradeError(error.message, **error.params) from error


def _peek(data: bytes, name: str, options: FileOptions) -> tuple[tuple[str, ...], list[list[str]]]:
    with tempfile.TemporaryDirectory(prefix="kervan-import-") as folder:
        path = Path(folder) / _shown_name(name, name.rpartition(".")[2].casefold())
        path.write_bytes(data)
        with closing(open_source(path, options)) as source:
            if len(source.header) > _MOST_COLUMNS:
                raise CommandError(N_("This file has more than {n} columns."), n=_MOST_COLUMNS)
            if any(is_unfit(name) for name in source.header):
                raise CommandError(
                    N_("The header of this file holds characters that cannot be shown. Is it a CSV file?")
                )
            rows = list(itertools.islice(source.rows, _SAMPLE_ROWS))
    cells = [[_cell(row.cells.get(column)) for column in source.header] for row in rows]
    return tuple(source.header), cells


def _cell(value: object) -> str:
    return "" if value is None else "".join(sign for sign in str(value)[:_LONGEST_CELL] if not is_unfit(sign))


async def read_again(exporter_id: int, job: Job, options: FileOptions) -> None:
    """Looks at the first rows once more, with another encoding or separator. Raises TradeError as begin()."""
    header, sample = await peek(await _data(job), job.file_name, options)
    await execute(
        """UPDATE import_job SET header = $3, sample = $4, mapping = $5
        WHERE exporter = $1 AND public_id = $2 AND state IN ('UPLOADED', 'CHECKED')""",
        exporter_id,
        job.public_id,
        _json(header),
        _json(sample),
        _json(Mapping(file=options)),
    )


async def _data(job: Job) -> bytes:
    if job.path is None:
        raise NotFound(N_("The file of this import is not kept any more."))
    return await store.read(job.path)


async def check(
    caller: Caller, exporter_id: int, job: Job, mapping: Mapping, publishes: bool, language: str
) -> None:
    """Has the file checked by this mapping; nothing is saved. Raises Invalid when the mapping does not fit."""
    try:
        plan(mapping, job.header)
    except CommandError as error:
        raise Invalid(error.message, None, **error.params) from error
    await _queue(
        caller, exporter_id, job.public_id, ("UPLOADED", "CHECKED"), "import.checked",
        "saves = false, mapping = $5, publishes = $6, language = $7", _json(mapping), publishes, language,
    )  # fmt: skip


async def save(caller: Caller, exporter_id: int, public_id: str) -> None:
    """Has a checked file saved. Raises Conflict when it was not checked or is under way."""
    await _queue(caller, exporter_id, public_id, ("CHECKED",), "import.confirmed", "saves = true")


async def _queue(
    caller: Caller,
    exporter_id: int,
    public_id: str,
    before: Sequence[str],
    action: str,
    sets: str,
    *values: object,
) -> None:
    async with transaction() as tx:
        id = await tx.connection.fetchval(
            f"""UPDATE import_job SET state = 'WAITING', actor = $4, share = 0, rows = 0, cancel_asked = false, {sets}
            WHERE exporter = $1 AND public_id = $2 AND state = ANY($3) RETURNING id""",
            exporter_id,
            public_id,
            list(before),
            caller.actor,
            *values,
        )
        if id is None:
            raise Conflict(N_("This import was changed in the meantime."))
        await audit.record(caller.actor, action, "import_job", public_id)
        await publish(TOPIC, id=id)


async def cancel(caller: Caller, exporter_id: int, public_id: str) -> None:
    """Ends an import: at once, or after the thousand rows that are being saved just now. What is saved stays.

    Raises Conflict when it is over already.
    """
    async with transaction() as tx:
        row = await tx.connection.fetchrow(
            """UPDATE import_job SET cancel_asked = true,
                state = CASE WHEN state = 'RUNNING' THEN state ELSE 'CANCELLED' END,
                finished_at = CASE WHEN state = 'RUNNING' THEN NULL ELSE now() END
            WHERE exporter = $1 AND public_id = $2 AND state IN ('UPLOADED', 'WAITING', 'RUNNING', 'CHECKED')
            RETURNING state, path""",
            exporter_id,
            public_id,
        )
        if row is None:
            raise Conflict(N_("This import is over already."))
        if row["state"] == JobState.CANCELLED:
            await gone.forget([row["path"]])
            await tx.connection.execute("UPDATE import_job SET path = NULL WHERE public_id = $1", public_id)
        await audit.record(caller.actor, "import.cancelled", "import_job", public_id)


async def errors_file(exporter_id: int, public_id: str) -> tuple[bytes, str]:
    """The CSV of the refused rows, and the name to save it under. Raises NotFound when no row was refused."""
    job = await get(exporter_id, public_id)
    if job.errors_path is None:
        raise NotFound(N_("No row of this import was refused."))
    return await store.read(job.errors_path), f"{job.file_name.rpartition('.')[0]}-errors.csv"


async def forget_old() -> None:
    """Ends imports that nobody went on with for a week, and deletes error files after 90 days."""
    async with transaction():
        rows = await fetch(
            """UPDATE import_job j SET state = 'CANCELLED', finished_at = now(), path = NULL FROM import_job b
            WHERE b.id = j.id AND j.state IN ('UPLOADED', 'CHECKED') AND j.created_at < now() - interval '7 days'
            RETURNING b.path"""
        )
        old = await fetch(
            """UPDATE import_job j SET errors_path = NULL FROM import_job b
            WHERE b.id = j.id AND j.errors_path IS NOT NULL AND j.finished_at < now() - interval '90 days'
            RETURNING b.errors_path"""
        )
        await gone.forget([*(row["path"] for row in rows), *(row["errors_path"] for row in old)])
