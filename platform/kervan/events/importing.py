"""Events from a file into the drafts of an organiser: checked row by row, drafted, known again, alike, or refused."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch
from kervan.errors import Conflict, Invalid
from kervan.events import access, import_alike, import_gate, service
from kervan.events.import_alike import Known
from kervan.events.import_gate import Row as Read
from kervan.events.import_mapping import Mapping
from kervan.ids import new_public_id
from kervan.imports import files, reports
from kervan.imports.reports import KNOWN, REFUSED, UNREADABLE, Shelf
from kervan.products.importing.source import Row
from kervan.trade.errors import N_, TradeError

DRAFTED, ALIKE = "DRAFTED", "ALIKE"
SHELF = Shelf("event_import", "organisation", "events.imported")

KNOWN_ALREADY = N_("This event is here already.")
TWICE = N_("This event stands further up in the file, in row {row}.")

_KNOWN = "SELECT public_id FROM trade_event WHERE organiser = $1 AND source_ref = $2"


class Line(reports.Line, frozen=True, kw_only=True):
    """What became of a row: DRAFTED, KNOWN, ALIKE or REFUSED."""

    first: str = ""
    last: str = ""
    city: str = ""
    event: str = ""
    """Public id of the event that it is now, or is already."""
    alike: tuple[Known, ...] = ()
    """What it may be; it is drafted only when somebody says that it is another one."""


class Report(reports.Report, frozen=True, kw_only=True):
    """What an import of events did, or would do."""

    outcomes = (DRAFTED, KNOWN, ALIKE, REFUSED)
    lines: tuple[Line, ...]

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
        owner = membership.organisation
        await reports.keep(SHELF, report, name, digest, owner, caller.actor, caller.person)
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
        kind = access.organises_as(membership)
        read = import_gate.row(mapping, row.cells, kind, membership.name, now)
    except (Invalid, TradeError) as error:
        return reports.refused(Line, row, mapping, error)
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


def _told(number: int, read: Read) -> Line:
    return Line(
        row=number, outcome=DRAFTED, title=read.title, first=read.first.isoformat(), last=read.last.isoformat(),
        city=read.content.city, country=read.content.country or "", problems=read.problems,
    )  # fmt: skip


def _known(told: Line, public_id: str) -> Line:
    return msgspec.structs.replace(told, outcome=KNOWN, event=public_id, reason={"reason": KNOWN_ALREADY})
