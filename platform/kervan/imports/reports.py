"""What an import of a foreign list did, row by row, or would do; and the reports of the imports before."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, Literal, TypeVar

import msgspec
from asyncpg import Record

from kervan import audit
from kervan.db import fetch, transaction
from kervan.errors import Invalid, NotFound
from kervan.imports.gate import Problem
from kervan.imports.mapping import Mapping, plain
from kervan.products.importing.source import Row
from kervan.trade.errors import N_, TradeError, shown

KNOWN, REFUSED = "KNOWN", "REFUSED"
UNREADABLE = N_("This row cannot be read: {reason}")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row, or on a dry run what would become of it."""

    row: int
    outcome: str
    """KNOWN, REFUSED, or what else the list's room makes of a row."""
    title: str = ""
    country: str = ""
    reason: Problem = {}
    """Why it was refused, or how it is known: the msgid under `reason`, and what fills it."""
    problems: tuple[Problem, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or would do. `public_id` is empty for a dry run."""

    outcomes: ClassVar[tuple[str, ...]]
    committed: bool
    public_id: str
    lines: tuple[Line, ...]
    remarks: tuple[str, ...] = ()
    """About the file as a whole, such as its encoding."""

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, and under `rows` all of them."""
        by = Counter(line.outcome for line in self.lines)
        return {"rows": len(self.lines), **{name: by[name] for name in self.outcomes}}


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """An import in the list of those before; `desk` is the organisation that it was for, None for several."""

    public_id: str
    name: str
    by: str | None
    desk: str | None
    counts: dict[str, int]
    created_at: datetime


class Shelf(msgspec.Struct, frozen=True):
    """Where a room keeps its reports: the table, its column for the organisation, the action in the audit trail."""

    table: Literal["event_import", "tender_import"]
    owner: Literal["organisation", "post"]
    action: str


L = TypeVar("L", bound=Line)
R = TypeVar("R", bound=Report)


def refused(shape: type[L], row: Row, mapping: Mapping, error: Invalid | TradeError) -> L:
    """The line of a row that nothing can be made of."""
    entry = mapping.columns["title"]
    title = plain(row.cells.get(entry if isinstance(entry, str) else entry.column or ""))
    return shape(
        row=row.number, outcome=REFUSED, title=shown(title, 120),
        reason={"reason": error.message, **{key: str(value) for key, value in error.params.items()}},
    )  # fmt: skip


async def keep(
    shelf: Shelf, report: Report, name: str, digest: bytes, owner: int | None, actor: str, person: int | None
) -> None:
    """Keeps the report of an import of the file `name` (SHA-256 `digest`) for an organisation (organisation.id)."""
    async with transaction() as tx:
        await tx.connection.execute(
            f"""INSERT INTO {shelf.table} (public_id, {shelf.owner}, person, name, sha256, counts, report)
            VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            report.public_id, owner, person, name[:200], digest, msgspec.json.encode(report.counts).decode(),
            msgspec.json.encode(report.lines).decode(),
        )  # fmt: skip
        await audit.record(actor, shelf.action, shelf.table, report.public_id, after=report.counts)


def _imports(shelf: Shelf) -> str:
    return f"""
SELECT i.public_id, i.name, i.counts, i.report, i.created_at, p.name AS by, o.name AS desk
FROM {shelf.table} i LEFT JOIN person p ON p.id = i.person LEFT JOIN organisation o ON o.id = i.{shelf.owner}
WHERE ($1::bigint[] IS NULL OR i.{shelf.owner} = ANY($1))
"""


async def kept(
    shelf: Shelf, shape: type[R], public_id: str, owners: Collection[int] | None
) -> tuple[R, Record]:
    """The report of an import for one of the organisations (None: for any), and its row. Raises NotFound."""
    rows = await fetch(f"{_imports(shelf)} AND i.public_id = $2", _ids(owners), public_id)
    if not rows:
        raise NotFound()
    lines = msgspec.json.decode(rows[0]["report"])
    return msgspec.convert({"committed": True, "public_id": public_id, "lines": lines}, shape), rows[0]


async def recent(shelf: Shelf, owners: Collection[int] | None) -> list[Past]:
    """The last twenty imports for the organisations (organisation.id; None: for all), the newest first."""
    rows = await fetch(f"{_imports(shelf)} ORDER BY i.id DESC LIMIT 20", _ids(owners))
    return [
        Past(
            public_id=row["public_id"], name=row["name"], by=row["by"], desk=row["desk"],
            counts=msgspec.json.decode(row["counts"]), created_at=row["created_at"],
        )
        for row in rows
    ]  # fmt: skip


def _ids(owners: Collection[int] | None) -> list[int] | None:
    return None if owners is None else list(owners)
