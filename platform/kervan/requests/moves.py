"""A step of a request inside an open transaction: state, version, time line, audit, and who hears of it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import audit, outbox, reasons
from kervan.accounts.callers import Caller
from kervan.errors import Conflict, NotFound
from kervan.requests import states, telling
from kervan.requests.states import ACTIONS, CLOSES_AS, Side
from kervan.trade.errors import N_

CHANGED = N_("This request was changed in the meantime. Look at it again.")

_ROW = """
SELECT q.*, im.organisation AS buyer, im.represented_by, im.legal_name, im.country AS buyer_country,
    po.public_id AS post_id, po.name AS post_name, bo.public_id AS buyer_id
FROM trade_request q JOIN importer im ON im.id = q.importer JOIN organisation bo ON bo.id = im.organisation
LEFT JOIN organisation po ON po.id = q.post WHERE q.id = $1 FOR UPDATE OF q
"""


async def locked(conn: Connection, request: int) -> Record:
    """The request's row with its buyer and post, locked until the transaction ends. Raises NotFound."""
    row = await conn.fetchrow(_ROW, request)
    if row is None:
        raise NotFound()
    return row


async def move(
    conn: Connection,
    row: Mapping[str, Any],
    action: str,
    *,
    side: str,
    caller: Caller | None = None,
    version: int | None = None,
    reason: str = "",
    actor: str | None = None,
    sets: Mapping[str, Any] | None = None,
) -> int:
    """Takes a step with a row of `locked`; returns the new version.

    `sets` are more columns to write. Raises Conflict for a step that is not allowed here or when somebody changed the
    request since `version`; Invalid beside `reason` for steps that need one.
    """
    after = states.check(action, row["state"], side)
    if version is not None and version != row["version"]:
        raise Conflict(CHANGED)
    why = reasons.needed(reason) if ACTIONS[action].reason else reasons.optional(reason)
    columns: dict[str, Any] = {"state": str(after), **(sets or {})}
    if action in CLOSES_AS:
        columns["closed_as"] = str(CLOSES_AS[action])
    if action in ("return", "reject", "withdraw"):
        columns["reason"] = why
    names = list(columns)
    places = ", ".join(f"{name} = ${n}" for n, name in enumerate(names, start=2))
    stamps = {
        "submit": "submitted_at = coalesce(submitted_at, now())",
        "publish": "published_at = coalesce(published_at, now())",
        "archive": "archived_at = now()",
    }
    stamp = stamps.get(action) or ("closed_at = coalesce(closed_at, now())" if action in CLOSES_AS else "")
    new: int = await conn.fetchval(
        f"UPDATE trade_request SET {places}, {stamp + ', ' if stamp else ''}version = version + 1, updated_at = now()"
        " WHERE id = $1 RETURNING version",
        row["id"],
        *(columns[name] for name in names),
    )
    actor = actor or (caller.actor if caller else "system:requests")
    await conn.execute(
        "INSERT INTO request_event (request, action, before, after, side, person, reason, edition)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        row["id"],
        action,
        row["state"],
        str(after),
        side,
        caller.person if caller and caller.key is None else None,
        why,
        columns.get("edition", row["edition"]),
    )
    await audit.record(
        actor, f"request.{action}", "request", row["public_id"], {"state": row["state"]},
        {"state": str(after), "side": side, "edition": columns.get("edition", row["edition"])}, why,
    )  # fmt: skip
    if row["state"] == "PUBLISHED" or after == "PUBLISHED":
        await outbox.publish("requests.changed", ids=[row["id"]])
    await telling.step(conn, row, action, side, why or "", new)
    return new


def as_json(value: Any) -> str:
    """What a JSONB column takes."""
    return msgspec.json.encode(value).decode()


SYSTEM = Side.SYSTEM
