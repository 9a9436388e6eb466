"""The audit trail as administrators search and export it (domain M5); a trigger forbids to change it."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from kervan import audit
from kervan.accounts.callers import Caller, holder
from kervan.db import fetch, fetchval, transaction
from kervan.organisations.roles import ADMINISTER

MOST_COUNTED = 10_000
"""Rows that are counted for a page: the trail grows for ever."""
_BATCH = 1000
_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_WHERE = """
FROM audit_entry a LEFT JOIN person p ON a.actor = 'user:' || p.id
WHERE ($1 = '' OR a.actor = $1 OR p.email_key = $1) AND ($2 = '' OR a.action LIKE $2 || '%')
    AND ($3 = '' OR a.entity = $3) AND ($4 = '' OR a.entity_id = $4)
    AND ($5::timestamptz IS NULL OR a.at >= $5) AND ($6::timestamptz IS NULL OR a.at < $6)
    AND ($7 = '' OR position(lower($7) IN lower(a.reason)) > 0)
"""
_COLUMNS = """
SELECT a.id, a.at, a.actor, p.name, p.public_id AS person_id, a.action, a.entity, a.entity_id, a.before, a.after,
    a.reason, a.request_id
"""
CSV_COLUMNS = (
    "at",
    "actor",
    "name",
    "action",
    "entity",
    "entity_id",
    "before",
    "after",
    "reason",
    "request_id",
)


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; empty fields ask nothing. `first` and `last` are days in UTC, both count."""

    actor: str = ""
    """`user:12`, `system:cli`, `key:...` or an e-mail address."""
    action: str = ""
    """The beginning of an action: `exporter.`"""
    entity: str = ""
    id: str = ""
    first: date | None = None
    last: date | None = None
    text: str = ""
    """Words of a reason."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the trail; `before` and `after` as (name, value) pairs."""

    id: int
    at: datetime
    actor: str
    name: str | None
    person_id: str | None
    action: str
    entity: str
    entity_id: str
    before: Sequence[tuple[str, str]]
    after: Sequence[tuple[str, str]]
    reason: str | None
    request_id: str | None


async def entries(ask: Ask, page: int = 1, size: int = 50) -> tuple[int, Sequence[Entry]]:
    """How many entries fit (at most MOST_COUNTED and one), and those of one page, the newest first."""
    asked = _asked(ask)
    total = await fetchval(
        f"SELECT count(*) FROM (SELECT 1 {_WHERE} LIMIT {MOST_COUNTED + 1}) counted", *asked
    )
    rows = await fetch(
        f"{_COLUMNS} {_WHERE} ORDER BY a.id DESC LIMIT $8 OFFSET $9", *asked, size, (page - 1) * size
    )
    return total, [_entry(row) for row in rows]


async def about(entity: str, ids: Sequence[object], actor: str = "", size: int = 20) -> Sequence[Entry]:
    """The newest entries about something (by any of its ids) or, when `actor` is given, by somebody as well."""
    rows = await fetch(
        f"""{_COLUMNS} FROM audit_entry a LEFT JOIN person p ON a.actor = 'user:' || p.id
        WHERE (a.entity = $1 AND a.entity_id = ANY($2::text[])) OR ($3 <> '' AND a.actor = $3)
        ORDER BY a.id DESC LIMIT $4""",
        entity,
        [str(id) for id in ids],
        actor,
        size,
    )
    return [_entry(row) for row in rows]


async def known() -> tuple[Sequence[str], Sequence[str]]:
    """The entities and the actions of the newest rows, by name: what the filter offers."""
    rows = await fetch(
        "SELECT DISTINCT entity, action FROM (SELECT entity, action FROM audit_entry ORDER BY id DESC LIMIT 20000) a"
    )
    return sorted({row["entity"] for row in rows}), sorted({row["action"] for row in rows})


async def export(caller: Caller, ask: Ask) -> AsyncIterator[bytes]:
    """The entries as CSV in UTF-8, the newest first, piece by piece. That somebody took them is an entry itself.

    Cells that a spreadsheet would take for a formula get a leading apostrophe.
    """
    holder(caller, ADMINISTER)
    async with transaction():
        asked = {name: value for name, value in msgspec.structs.asdict(ask).items() if value}
        await audit.record(caller.actor, "audit.exported", "audit", "csv", after=asked)
    newest = await fetchval("SELECT coalesce(max(id), 0) FROM audit_entry")
    return _pieces(_asked(ask), newest + 1)


async def _pieces(asked: Sequence[object], before: int) -> AsyncIterator[bytes]:
    yield ("\ufeff" + _line(CSV_COLUMNS)).encode()
    while True:
        # A batch at a time: no connection waits for a slow reader.
        rows = await fetch(
            f"{_COLUMNS} {_WHERE} AND a.id < $8 ORDER BY a.id DESC LIMIT $9", *asked, before, _BATCH
        )
        if not rows:
            return
        before = rows[-1]["id"]
        yield "".join(_line([row[name] for name in CSV_COLUMNS]) for row in rows).encode("utf-8", "replace")


def _line(cells: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()


def safe_cell(value: Any) -> str:
    """A value as text that no spreadsheet runs as a formula; times in ISO 8601 with their offset."""
    text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_SPREADSHEET) else text


def _asked(ask: Ask) -> list[object]:
    begins = datetime.combine(ask.first, time(), UTC) if ask.first else None
    ends = datetime.combine(ask.last + timedelta(days=1), time(), UTC) if ask.last else None
    return [
        ask.actor.strip(),
        ask.action.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"),
        ask.entity,
        ask.id.strip(),
        begins,
        ends,
        ask.text.strip(),
    ]


def _entry(row: Mapping[str, Any]) -> Entry:
    values = dict(row)
    return Entry(**values | {"before": _pairs(values["before"]), "after": _pairs(values["after"])})


def _pairs(raw: str | None) -> Sequence[tuple[str, str]]:
    found = msgspec.json.decode(raw) if raw else None
    if not isinstance(found, dict):
        return ()
    return [(name, _shown(value)) for name, value in found.items()]


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "–" if value is None else msgspec.json.encode(value).decode()
