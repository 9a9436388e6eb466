"""Reading the bell: how many are unread, and lists of them, newest first."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from asyncpg import Record

from kervan.accounts.callers import Caller
from kervan.db import fetch, fetchval


def _own(person: str) -> str:
    """SQL of what concerns the person alone, and the organisations that they work for today."""
    return f"""(n.organisation IS NULL OR n.organisation IN (
        SELECT m.organisation FROM membership m WHERE m.person = {person} AND m.ended_at IS NULL
            AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date)))"""


# $1: the person. $2: the one organisation that an API key acts for, NULL for the person at a screen.
VISIBLE = f"n.person = $1 AND CASE WHEN $2::bigint IS NOT NULL THEN n.organisation = $2 ELSE {_own('$1')} END"

MOST_COUNTED = 100
"""The bell counts no further."""

_LIST = f"""
SELECT n.id, n.public_id, n.kind, n.data, n.path, n.created_at, n.read_at, o.public_id AS organisation, o.name AS firm
FROM notification n LEFT JOIN organisation o ON o.id = n.organisation
WHERE {VISIBLE} AND (NOT $3::boolean OR n.read_at IS NULL)
"""
_UNREAD = f"""
SELECT count(*) FROM (SELECT FROM notification n WHERE {VISIBLE} AND n.read_at IS NULL LIMIT {MOST_COUNTED}) AS found
"""
_NOW = f"""
SELECT counted.unread, newest.* FROM ({_UNREAD}) AS counted (unread)
LEFT JOIN LATERAL ({_LIST} AND n.id > $4 ORDER BY n.id DESC LIMIT 1) AS newest ON true
"""

UNREAD_OF_P = f"""
(SELECT count(*) FROM (SELECT FROM notification n
    WHERE n.person = p.id AND n.read_at IS NULL AND {_own("p.id")} LIMIT {MOST_COUNTED}) AS found)
"""
"""SQL of the count for a person `p` at a screen, to stand beside what else is asked of the person."""


class Reader(NamedTuple):
    """Whose bell it is."""

    person: int
    organisation: int | None = None
    """The organisation that an API key acts for; None for a person at a screen."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One notification, as it is kept."""

    id: int
    public_id: str
    kind: str
    data: dict[str, Any]
    path: str
    created_at: datetime
    read_at: datetime | None
    organisation: str | None
    """Public id of the organisation that it concerns."""
    firm: str | None
    """Its name."""


def reader_of(caller: Caller) -> Reader:
    """Whose bell a caller hears: a key only what concerns its organisation."""
    return Reader(caller.person, caller.memberships[0].organisation if caller.key else None)


async def unread(reader: Reader) -> int:
    """How many are not read, at most 100."""
    return int(await fetchval(_UNREAD, *reader))


async def listed(
    reader: Reader, *, unread_only: bool = False, limit: int = 25, offset: int = 0
) -> list[Told]:
    """Some of the reader's, newest first."""
    rows = await fetch(
        f"{_LIST} ORDER BY n.created_at DESC, n.id DESC LIMIT $4 OFFSET $5",
        *reader,
        unread_only,
        limit,
        offset,
    )
    return [_told(row) for row in rows]


async def count(reader: Reader, *, unread_only: bool = False) -> int:
    """How many there are in all."""
    return int(await fetchval(f"SELECT count(*) FROM ({_LIST}) AS every", *reader, unread_only))


async def last(reader: Reader) -> int:
    """notification.id of the reader's newest, 0 when there is none."""
    return int(await fetchval(f"SELECT coalesce(max(n.id), 0) FROM notification n WHERE {VISIBLE}", *reader))


async def now(reader: Reader, than: int) -> tuple[int, Told | None]:
    """How many are not read, and the newest of them when it came after the notification of this id: of one moment."""
    [row] = await fetch(_NOW, *reader, True, than)
    return row["unread"], _told(row) if row["id"] is not None else None


async def one(reader: Reader, public_id: str) -> Told | None:
    """The notification of a public id when it is the reader's."""
    rows = await fetch(f"{_LIST} AND n.public_id = $4", *reader, False, public_id)
    return _told(rows[0]) if rows else None


def _told(row: Record) -> Told:
    return Told(
        **{name: row[name] for name in Told.__struct_fields__ if name != "data"},
        data=msgspec.json.decode(row["data"]),
    )
