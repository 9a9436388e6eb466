"""Events from a file into the drafts of an organiser: checked row by row, drafted, known again, alike, or refused."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from asyncpg import Record

from kervan import audit
from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.events import access, import_alike, import_gate, service
from kervan.events.import_alike import Known
from kervan.events.import_gate import Row as Read
from kervan.events.import_mapping import Mapping
from kervan.ids import new_public_id
from kervan.imports import files
from kervan.imports.gate import Problem
from kervan.imports.mapping import Column, plain
from kervan.products.importing.source import Row
from kervan.trade.errors import N_, TradeError, shown

DRAFTED, KNOWN, ALIKE, REFUSED = "DRAFTED", "KNOWN", "ALIKE", "REFUSED"
OUTCOMES = (DRAFTED, KNOWN, ALIKE, REFUSED)

KNOWN_ALREADY = N_("This event is here already.")
TWICE = N_("This event stands further up in the file, in row {row}.")
UNREADABLE = N_("This row cannot be read: {reason}")

_KNOWN = "SELECT public_id FROM trade_event WHERE organiser = $1 AND source_ref = $2"
_INSERT = """
INSERT INTO event_import (public_id, organisation, person, name, sha256, counts, report)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row."""

    row: int
    outcome: str
    """DRAFTED, KNOWN, ALIKE or REFUSED; on a dry run what would become of it."""
    title: str = ""
    first: str = ""
    last: str = ""
    city: str = ""
    country: str = ""
    event: str = ""
    """Public id of the event that it is now, or is already."""
    reason: Problem = {}
    """Why it was refused, or how it is known: the msgid under `reason`, and what fills it."""
    problems: tuple[Problem, ...] = ()
    alike: tuple[Known, ...] = ()
    """What it may be; it is drafted only when somebody says that it is another one."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or would do. `public_id` is empty for a dry run."""

    committed: bool
    public_id: str
    lines: tuple[Line, ...]
    remarks: tuple[str, ...] = ()
    """About the file as a whole, such as its encoding."""

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, and under `rows` all of them."""
        by = Counter(line.outcome for line in self.lines)
        return {"rows": len(self.lines), **{name: by[name] for name in OUTCOMES}}

    @property
    def gaps(self) -> list[tuple[tuple[str, str], int]]:
        """How many of the rows that come in have which problem with which part, the most frequent first."""
        found = Counter(
            (p["field"], p["problem"])
            for line in self.lines
            if line.outcome in (DRAFTED, ALIKE)
            for p in line.problems
        )
        return found.most_common()


async def run(
    path: Path,
    name: str,
    mapping: Mapping,
    caller: Caller,
    membership: Membership,
    *,
    commit: bool,
    others: Collection[int] | None = (),
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Reads a file of events into the drafts of an organisation, or tells what would happen.

    `others` are the rows that somebody looked at and calls other events than those that they are like; None: all.
    A row is written in a transaction of its own: an import that is broken off goes on when it is started again.
    Raises CommandError for a file that cannot be read.
    """
    rows, remarks, digest = await asyncio.to_thread(files.whole, path, mapping)
    now = datetime.now(UTC)
    seen: list[Known] = []
    refs: dict[str, int] = {}
    lines = []
    for number, row in enumerate(rows, start=1):
        line = await _line(row, mapping, caller, membership, seen, refs, others, now, commit)
        lines.append(line)
        on_progress(number, len(rows))
    report = Report(
        committed=commit,
        public_id=new_public_id() if commit else "",
        lines=tuple(lines),
        remarks=tuple(remarks),
    )
    if commit:
        await _keep(report, name, digest, membership, caller)
    return report


async def _line(
    row: Row,
    mapping: Mapping,
    caller: Caller,
    membership: Membership,
    seen: list[Known],
    refs: dict[str, int],
    others: Collection[int] | None,
    now: datetime,
    commit: bool,
) -> Line:
    try:
        if row.fault:
            raise Invalid(UNREADABLE, reason=row.fault)
        kind = str(access.ORGANISES_AS[membership.kind])  # type: ignore[index]
        read = import_gate.row(mapping, row.cells, kind, membership.name, now)
    except (Invalid, TradeError) as error:
        title = plain(row.cells.get(_title_column(mapping)))
        return Line(
            row=row.number, outcome=REFUSED, title=shown(title, 120) if title else "",
            reason={"reason": error.message, **{key: str(value) for key, value in error.params.items()}},
        )  # fmt: skip
    told = _told(row.number, read)
    if before := refs.get(read.ref):
        return msgspec.structs.replace(told, outcome=KNOWN, reason={"reason": TWICE, "row": str(before)})
    refs[read.ref] = row.number
    known = await fetch(_KNOWN, membership.organisation, read.ref)
    if known:
        return _known(told, known[0]["public_id"])
    this = Known(title=read.title, city=read.content.city, first=read.first, last=read.last, row=row.number)
    stored = await import_alike.near(membership.organisation, read.first, read.last)
    alike = tuple(import_alike.alike(this, [*stored, *seen]))
    seen.append(this)
    told = msgspec.structs.replace(told, alike=alike)
    if alike and others is not None and row.number not in others:
        return msgspec.structs.replace(told, outcome=ALIKE)
    if not commit:
        return told
    try:
        saved = await service.create(
            caller,
            membership.public_id,
            read.content,
            source=service.Source(ref=read.ref, url=read.url),
        )
    except Conflict:
        # Another import of the same file was quicker.
        return _known(told, (await fetch(_KNOWN, membership.organisation, read.ref))[0]["public_id"])
    return msgspec.structs.replace(told, event=saved.public_id)


def _title_column(mapping: Mapping) -> str:
    entry = mapping.columns["title"]
    return (entry.column or "") if isinstance(entry, Column) else entry


def _told(number: int, read: Read) -> Line:
    return Line(
        row=number, outcome=DRAFTED, title=read.title, first=read.first.isoformat(), last=read.last.isoformat(),
        city=read.content.city, country=read.content.country or "", problems=read.problems,
    )  # fmt: skip


def _known(told: Line, public_id: str) -> Line:
    return msgspec.structs.replace(told, outcome=KNOWN, event=public_id, reason={"reason": KNOWN_ALREADY})


async def _keep(report: Report, name: str, digest: bytes, membership: Membership, caller: Caller) -> None:
    async with transaction() as tx:
        await tx.connection.execute(
            _INSERT, report.public_id, membership.organisation, caller.person, name[:200], digest,
            msgspec.json.encode(report.counts).decode(), msgspec.json.encode(report.lines).decode(),
        )  # fmt: skip
        await audit.record(
            caller.actor, "events.imported", "event_import", report.public_id, after=report.counts
        )


_IMPORTS = """
SELECT i.public_id, i.name, i.counts, i.report, i.created_at, p.name AS by, o.name AS desk
FROM event_import i LEFT JOIN person p ON p.id = i.person JOIN organisation o ON o.id = i.organisation
WHERE i.organisation = ANY($1::bigint[])
"""


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """An import in the list of those before."""

    public_id: str
    name: str
    by: str | None
    desk: str
    counts: dict[str, int]
    created_at: datetime


async def kept(public_id: str, organisations: Collection[int]) -> tuple[Report, Record]:
    """The report of an import of one of the organisations (organisation.id), and its row. Raises NotFound."""
    rows = await fetch(f"{_IMPORTS} AND i.public_id = $2", list(organisations), public_id)
    if not rows:
        raise NotFound()
    lines = msgspec.json.decode(rows[0]["report"], type=tuple[Line, ...])
    return Report(committed=True, public_id=public_id, lines=lines), rows[0]


async def recent(organisations: Collection[int]) -> list[Past]:
    """The last twenty imports of the organisations (organisation.id), the newest first."""
    rows = await fetch(f"{_IMPORTS} ORDER BY i.id DESC LIMIT 20", list(organisations))
    return [_past(row) for row in rows]


def _past(row: Record) -> Past:
    values: dict[str, Any] = {name: row[name] for name in Past.__struct_fields__}
    return Past(**values | {"counts": msgspec.json.decode(row["counts"])})
