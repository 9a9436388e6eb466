"""One step of an announcement inside a transaction: the row locked, its state changed, time line and audit written."""

from collections.abc import Mapping
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import audit
from kervan.announcements import states
from kervan.errors import Conflict, NotFound
from kervan.trade.errors import N_

SYSTEM = "system:announcements"

_LOCK = """
SELECT a.id, a.public_id, a.event, a.organisation, a.person, a.name, a.state, a.version, a.edition, a.audience,
    a.expected, a.send_at, a.submitted_at, a.approved_at, a.reason
FROM event_announcement a WHERE a.id = $1 FOR NO KEY UPDATE
"""
_STEP = """
INSERT INTO announcement_step (announcement, action, before, after, person, reason, counts)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_COUNTS = (
    "SELECT state, count(*) AS n FROM event_delivery WHERE announcement = $1 AND edition = $2 GROUP BY state"
)


async def locked(conn: Connection, id: int, version: int | None = None) -> Record:
    """The row of an announcement, locked until the transaction ends.

    Raises NotFound, and Conflict when `version` is given and no longer that of the row.
    """
    row = await conn.fetchrow(_LOCK, id)
    if row is None:
        raise NotFound()
    if version is not None and row["version"] != version:
        raise Conflict(N_("Somebody changed this announcement in the meantime. Look at it again."))
    return row


async def move(
    conn: Connection,
    row: Record,
    action: str,
    *,
    person: int | None = None,
    actor: str = SYSTEM,
    reason: str = "",
    counts: Mapping[str, int] | None = None,
    **columns: Any,
) -> str:
    """Takes a step of states.ACTIONS and returns the new state; `columns` of event_announcement change with it.

    Raises Conflict when the arrow does not exist. Steps of the worker leave the version alone: what people see on their
    page stays what they decide about.
    """
    after = str(states.check(action, row["state"]))
    changes = {"state": after, "reason": reason or None, **columns}
    if states.ACTIONS[action].by_hand and person is not None:
        changes["version"] = row["version"] + 1
    names = ", ".join(f"{name} = ${place}" for place, name in enumerate(changes, 2))
    await conn.execute(
        f"UPDATE event_announcement SET {names}, updated_at = now() WHERE id = $1",
        row["id"],
        *changes.values(),
    )
    await note(conn, row, action, after, person=person, reason=reason, counts=counts)
    await audit.record(
        actor, f"announcement.{action}", "announcement", row["public_id"],
        {"state": row["state"], "edition": row["edition"]},
        {"state": after, "edition": columns.get("edition", row["edition"])}, reason or None,
    )  # fmt: skip
    return after


async def note(
    conn: Connection,
    row: Mapping[str, Any],
    action: str,
    after: str,
    *,
    person: int | None,
    reason: str = "",
    counts: Mapping[str, int] | None = None,
) -> None:
    """A line of the time line."""
    await conn.execute(
        _STEP,
        row["id"],
        action,
        row["state"],
        after,
        person,
        reason or None,
        msgspec.json.encode(counts or {}).decode(),
    )


async def counts(conn: Connection, announcement: int, edition: int) -> dict[str, int]:
    """How many rows of an edition are in each state."""
    return {row["state"]: row["n"] for row in await conn.fetch(_COUNTS, announcement, edition)}
