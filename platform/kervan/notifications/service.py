"""What the other rooms ask of the bell: tell people of something, mark as read, forget what is old."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from asyncpg import Connection

from kervan.db import execute, transaction
from kervan.ids import new_public_id
from kervan.notifications.queries import VISIBLE, Reader

CHANNEL = "kervan_bell"
"""Where PostgreSQL announces, at commit, the ids of persons whose bell has changed, with commas between."""

FORGET_READ_DAYS, FORGET_UNREAD_DAYS = 90, 365

# PostgreSQL takes less than 8,000 bytes.
_LONGEST_PAYLOAD = 7900
_LONGEST_VALUE = 300
_PATH = re.compile(r"/(?!/)[\w\-./~%?=&#:+,]{0,299}", re.ASCII)

_TELL = """
INSERT INTO notification (public_id, person, organisation, kind, data, path, source)
SELECT told.public_id, told.person, $3, $4, $5, $6, $7 FROM unnest($1::text[], $2::bigint[]) AS told (public_id, person)
JOIN person p ON p.id = told.person AND p.state <> 'CLOSED'
ON CONFLICT (person, source) DO NOTHING RETURNING person
"""
_READ = f"""
UPDATE notification n SET read_at = now()
WHERE {VISIBLE} AND n.read_at IS NULL AND ($3::text[] IS NULL OR n.public_id = ANY($3)) RETURNING n.id
"""


async def tell(
    conn: Connection,
    people: Sequence[int],
    kind: str,
    data: Mapping[str, Any],
    path: str,
    source: str,
    organisation: int | None = None,
) -> int:
    """Tells people (person.id) of something inside the open transaction; returns how many had not heard of it.

    `kind` is one of texts.KINDS and `data` what its sentence names; `path`, without language, is where it leads.
    `source` names what caused it: who was told of the same source before is not told again. Under `organisation` only
    its members see it, for as long as they are. RuntimeError outside a transaction, ValueError for a path that leads
    away.
    """
    if not conn.is_in_transaction():
        raise RuntimeError("notifications.tell() needs an open transaction")
    if not _PATH.fullmatch(path):
        raise ValueError(f"A notification cannot lead to {path!r}.")
    persons = sorted(set(people))
    if not persons:
        return 0
    rows = await conn.fetch(
        _TELL, [new_public_id() for _ in persons], persons, organisation, kind,
        msgspec.json.encode(_short(data)).decode(), path, source,
    )  # fmt: skip
    await ring(conn, [row["person"] for row in rows])
    return len(rows)


def _short(data: Mapping[str, Any]) -> dict[str, Any]:
    """Long texts are cut: a sentence names things, it does not repeat them."""
    return {
        name: value[: _LONGEST_VALUE - 1] + "…"
        if isinstance(value, str) and len(value) > _LONGEST_VALUE
        else value
        for name, value in data.items()
    }


async def ring(conn: Connection, people: Sequence[int]) -> None:
    """Lets the open streams of people look anew when the transaction is committed."""
    for payload in _payloads(people):
        await conn.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)


def _payloads(people: Sequence[int]) -> Iterator[str]:
    payload = ""
    for person in people:
        if len(payload) + 20 > _LONGEST_PAYLOAD:
            yield payload
            payload = ""
        payload += f",{person}" if payload else str(person)
    if payload:
        yield payload


async def mark_read(reader: Reader, ids: Sequence[str] | None = None) -> int:
    """Marks the reader's notifications of these public ids as read, all of them without ids; returns how many were not.

    Ids of others are passed over.
    """
    async with transaction() as tx:
        rows = await tx.connection.fetch(
            _READ, reader.person, reader.organisation, None if ids is None else list(ids)
        )
        if rows:
            await ring(tx.connection, [reader.person])
    return len(rows)


async def forget_old() -> None:
    """Deletes what was read 90 days ago and what nobody read within a year; called by the worker's hourly round."""
    await execute(
        """DELETE FROM notification WHERE read_at < now() - make_interval(days => $1)
            OR created_at < now() - make_interval(days => $2)""",
        FORGET_READ_DAYS,
        FORGET_UNREAD_DAYS,
    )
