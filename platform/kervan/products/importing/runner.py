"""Carries out the imports of the browser, beside the outbox and not in it: a long file would outlive its lease.

The outbox only wakes this task. A job is taken by a conditional UPDATE that raises its `claim`; progress and the
outcome are written under that number only, so a worker that was taken for dead (a heartbeat older than a minute)
changes nothing once another has the job. Saving is idempotent by SKU: a job that begins anew does no harm.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import structlog
from asyncpg import Record

from kervan import audit
from kervan.db import fetch, fetchval, transaction
from kervan.errors import CommandError, NotFound
from kervan.files import gone, store
from kervan.notifications.letters import send
from kervan.outbox import Handler
from kervan.products.importing.jobs import FOLDER, TOPIC, JobReport, job_of
from kervan.products.importing.report import Report
from kervan.products.importing.run import run_import
from kervan.products.importing.tables import JobState
from kervan.products.tables import Listing
from kervan.trade.errors import N_
from kervan.web.i18n import sentence

log = structlog.get_logger(__name__)

POLL_SECONDS = 5.0
BEAT_SECONDS = 1.0
"""Progress is written at most this often."""
DEAD_AFTER_SECONDS = 60
MOST_SHOWN = 100
"""Sentences about single rows that the page shows; the error file has all of them."""
_AWAY = (
    OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError,
    asyncpg.exceptions.InternalClientError)  # fmt: skip
_NO_FILE = N_("The file of this import is not kept any more.")
_OUR_FAULT = N_("Something went wrong on our side, and it is noted. Please try again later.")

_CLAIM = f"""
UPDATE import_job SET state = 'RUNNING', claim = claim + 1, heartbeat_at = now(), share = 0, rows = 0
WHERE id = (
    SELECT id FROM import_job WHERE state = 'WAITING'
        OR (state = 'RUNNING' AND heartbeat_at < now() - interval '{DEAD_AFTER_SECONDS} seconds')
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING *
"""
_BEAT = """
UPDATE import_job SET share = $3, rows = $4, heartbeat_at = now() WHERE id = $1 AND claim = $2 RETURNING cancel_asked
"""
_FINISH = """
UPDATE import_job SET state = $3::varchar, report = coalesce($4, report), failure = $5, errors_path = $6,
    finished_at = CASE WHEN $3::varchar = 'CHECKED' THEN NULL ELSE now() END,
    path = CASE WHEN $3::varchar = 'CHECKED' THEN path END
WHERE id = $1 AND claim = $2 RETURNING id
"""


class _Broken(Exception):
    """The run ends before its file does: cancelled, lost to another worker, or the process stops."""


class _Run:
    """What a run and its heartbeat tell each other."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.stop = stop
        self.share = 0.0
        self.rows = 0
        self.cancelled = False
        self.lost = False

    def progress(self, share: float, rows: int) -> None:
        self.share, self.rows = share, rows
        if self.cancelled or self.lost or self.stop.is_set():
            raise _Broken


# The runners of this process; each has an event of its own, made in its own loop.
_runners: set[asyncio.Event] = set()


def handlers() -> Mapping[str, Handler]:
    """The outbox topic that wakes this process's runner."""

    async def wake(_payloads: Sequence[Mapping[str, Any]]) -> None:
        for due in _runners:
            due.set()

    return {TOPIC: wake}


async def work(stop: asyncio.Event) -> None:
    """Takes one import after the other until `stop` is set."""
    due = asyncio.Event()
    _runners.add(due)
    try:
        while not stop.is_set():
            due.clear()
            try:
                while not stop.is_set() and await work_once(stop):
                    pass
            except (*_AWAY, CommandError) as error:
                log.warning("import interrupted", error=repr(error))
            await _first_of(stop, due)
    finally:
        _runners.discard(due)


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def work_once(stop: asyncio.Event) -> bool:
    """Takes the import that waits longest and carries it out; False when none waits.

    Raises CommandError when the database goes away meanwhile: the job is taken up again after a minute.
    """
    rows = await fetch(_CLAIM)
    if not rows:
        return False
    row = rows[0]
    run = _Run(stop)
    with tempfile.TemporaryDirectory(prefix="kervan-import-") as folder:
        try:
            async with _beating(row, run):
                report = await _import(row, run, Path(folder))
        except _Broken:
            await _broken(row, run)
        except CommandError as error:
            if isinstance(error.__cause__, _AWAY):
                raise
            await _finish(row, JobState.FAILED, failure=sentence(row["language"], error))
        except NotFound:
            await _finish(row, JobState.FAILED, failure=sentence(row["language"], _NO_FILE))
        except _AWAY:
            raise
        except Exception:
            # One job that cannot be carried out must neither come again every minute nor end the worker.
            log.exception("import failed", job=row["public_id"])
            await _finish(row, JobState.FAILED, failure=sentence(row["language"], _OUR_FAULT))
        else:
            errors = report.errors_file
            data = await asyncio.to_thread(errors.read_bytes) if errors else None
            path = await store.put(FOLDER, data, "csv") if data else None
            await _finish(
                row, JobState.DONE if row["saves"] else JobState.CHECKED, report=report, errors=path
            )
    return True


async def _import(row: Record, run: _Run, folder: Path) -> Report:
    job = job_of(row)
    if job.path is None:
        raise NotFound()
    # Under the name that its owner knows: sentences about the file speak of it.
    path = folder / job.file_name
    data = await store.read(job.path)
    await asyncio.to_thread(path.write_bytes, data)
    del data
    verified = await fetchval("SELECT verification = 'VERIFIED' FROM exporter WHERE id = $1", row["exporter"])
    return await run_import(
        path,
        exporter_id=row["exporter"],
        mapping=job.mapping,
        commit=job.saves,
        actor=row["actor"],
        on_progress=run.progress,
        errors_to=folder / "refused.csv",
        language=row["language"],
        state=Listing.PUBLISHED if job.publishes and verified else Listing.DRAFT,
        most_shown=MOST_SHOWN,
    )


@contextlib.asynccontextmanager
async def _beating(row: Record, run: _Run) -> AsyncIterator[None]:
    """Writes progress and the heartbeat once a second, and hears of a cancellation."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with contextlib.suppress(*_AWAY):
                told = await fetch(_BEAT, row["id"], row["claim"], int(run.share * 1000), run.rows)
                run.lost = not told
                run.cancelled = bool(told and told[0]["cancel_asked"])

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _broken(row: Record, run: _Run) -> None:
    if run.cancelled:
        await _finish(row, JobState.CANCELLED)
    elif not run.lost:
        # The process stops: the next one begins at once instead of waiting for this one to be taken for dead.
        await fetch(
            "UPDATE import_job SET state = 'WAITING' WHERE id = $1 AND claim = $2", row["id"], row["claim"]
        )


async def _finish(
    row: Record,
    state: JobState,
    report: Report | None = None,
    failure: str | None = None,
    errors: str | None = None,
) -> None:
    """Writes the outcome, unless another worker has the job by now; the file goes when it is not needed any more."""
    told = None if report is None else msgspec.json.encode(told_of(report)).decode()
    async with transaction() as tx:
        if (
            await tx.connection.fetchval(_FINISH, row["id"], row["claim"], state, told, failure, errors)
            is None
        ):
            await gone.forget([errors])
            return
        await gone.forget([row["errors_path"], None if state == JobState.CHECKED else row["path"]])
        if state in (JobState.DONE, JobState.FAILED):
            after = {"state": state} | ({"new": report.created, "changed": report.updated} if report else {})
            await audit.record(row["actor"], "import.finished", "import_job", row["public_id"], after=after)
        if state == JobState.DONE and report is not None:
            await _tell(row, report)


async def _tell(row: Record, report: Report) -> None:
    """The mail to whoever began the import, if that person still has an account."""
    found = await fetch(
        """SELECT p.id, p.email, p.language, o.public_id, o.id AS organisation FROM person p, exporter e
        JOIN organisation o ON o.id = e.organisation WHERE p.id = $1 AND p.state = 'ACTIVE' AND e.id = $2""",
        row["person"],
        row["exporter"],
    )
    for person in found:
        await send(
            "import_done",
            person["email"],
            person["language"],
            person=person["id"],
            counts={
                "new": report.created,
                "changed": report.updated,
                "unchanged": report.unchanged,
                "refused": report.failed,
            },
            file=row["file_name"],
            of=person["organisation"],
            source=f"import_done {row['public_id']}",
            go=f"/desk/{person['public_id']}/import/{row['public_id']}",
        )


def told_of(report: Report) -> JobReport:
    """The report as it is kept with the job."""
    return JobReport(
        rows=report.rows,
        ok=report.ok,
        failed=report.failed,
        repeated=report.repeated,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        notices=report.notices,
        seconds=report.seconds,
        by_field=tuple(report.by_field.most_common()),
        issues=tuple(report.first_issues),
        first_notices=tuple(report.first_notices),
        remarks=tuple(report.remarks),
    )
