"""What the staff's pages read: every row with its history, and the proposals."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from asyncpg import Record

from kervan.accounts.callers import Caller
from kervan.db import connection, fetch
from kervan.errors import Conflict
from kervan.policies import book, service
from kervan.policies.checks import KEYS
from kervan.policies.tables import Kind
from kervan.trade.law import Row


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the law with who stands behind it."""

    public_id: str
    row: Row
    state: str
    """PAST, NOW or COMING."""
    source: str | None
    proposer: str | None
    approver: str | None
    created_at: dt.datetime


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A change that somebody proposed."""

    public_id: str
    kind: Kind
    change: Mapping[str, Any]
    ends: str | None
    reason: str
    legal_ref: str
    proposed_by: int
    proposer: str
    proposed_at: dt.datetime
    decider: str | None
    decided_at: dt.datetime | None
    outcome: str | None
    refusal: str | None
    row: Row | None
    """The row as it would be; None when one only ends."""
    before: Row | None
    """The row that would end."""

    def may_decide(self, caller: Caller) -> bool:
        """Another administrator than who proposed it."""
        return self.decided_at is None and caller.person != self.proposed_by


async def entries(kind: Kind, on: dt.date) -> Sequence[Entry]:
    """Every row of a kind: what is about the same thing together, the newest first."""
    struct = book.STRUCTS[kind]
    names = ", ".join(f"r.{name}" for name in struct.__struct_fields__)
    about = ", ".join([*(f"r.{name} NULLS FIRST" for name in KEYS[kind]), "r.valid_from DESC NULLS LAST"])
    rows = await fetch(
        f"""SELECT r.public_id, r.source, r.created_at, p.name AS proposer, a.name AS approver, {names}
        FROM {kind} r LEFT JOIN person p ON p.id = r.proposed_by LEFT JOIN person a ON a.id = r.approved_by
        ORDER BY {about}, r.id DESC"""
    )
    return [_entry(struct, row, on) for row in rows]


def _entry(struct: type[Row], record: Record, on: dt.date) -> Entry:
    row = book.as_struct(struct, record)
    past = row.valid_to is not None and row.valid_to < on
    return Entry(
        public_id=record["public_id"],
        row=row,
        state="PAST" if past else "NOW" if row.holds(on) else "COMING",
        source=record["source"],
        proposer=record["proposer"],
        approver=record["approver"],
        created_at=record["created_at"],
    )


async def entry(kind: Kind, public_id: str, on: dt.date) -> Entry | None:
    """One row of a kind; None when there is none."""
    return next((one for one in await entries(kind, on) if one.public_id == public_id), None)


async def proposals(*, decided: bool, page: int = 1, size: int = 100) -> Sequence[Proposal]:
    """Open proposals, the oldest first, or decided ones, the newest first."""
    rows = await fetch(
        f"""SELECT l.public_id, l.kind, l.change, l.ends, l.reason, l.legal_ref, l.proposed_by, l.proposed_at,
            l.decided_at, l.outcome, l.refusal, p.name AS proposer, d.name AS decider
        FROM law_proposal l JOIN person p ON p.id = l.proposed_by LEFT JOIN person d ON d.id = l.decided_by
        WHERE (l.decided_at IS NOT NULL) = $1
        ORDER BY {"l.decided_at DESC, l.id DESC" if decided else "l.id"} LIMIT $2 OFFSET $3""",
        decided,
        size,
        (page - 1) * size,
    )
    return [await _proposal(row) for row in rows]


async def _proposal(record: Record) -> Proposal:
    kind, change = Kind(record["kind"]), msgspec.json.decode(record["change"])
    struct = book.STRUCTS[kind]
    row = None if record["ends"] else book.as_struct(struct, change)
    return Proposal(
        **{**record, "kind": kind, "change": change},
        row=row,
        before=await _before(kind, struct, record, row),
    )


async def _before(kind: Kind, struct: type[Row], record: Record, row: Row | None) -> Row | None:
    """The row that the proposal would end; None when it ends none, does not fit any more, or is decided."""
    names = ", ".join(struct.__struct_fields__)
    async with connection() as conn:
        public_id = record["ends"]
        if row is not None:
            if record["decided_at"] is not None:
                return None
            try:
                found = await service.predecessor(conn, kind, row)
            except Conflict:
                return None
            public_id = found["public_id"] if found else None
        if public_id is None:
            return None
        known = await conn.fetchrow(f"SELECT {names} FROM {kind} WHERE public_id = $1", public_id)
    return book.as_struct(struct, known) if known else None
