"""Requests of programs that may come twice: what a step answered is kept in the step's own transaction."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from asyncpg import Connection

from kervan.db import fetch
from kervan.errors import Conflict
from kervan.orders import moves, once
from kervan.trade.errors import N_

T = TypeVar("T")

Keep = Callable[[Connection, object], Awaitable[None]]
"""Called by a service at the end of its transaction with what it returns."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a step did: the documents that it issued, or the waybill that it noted, and where the order stands now."""

    documents: tuple[str, ...] = ()
    """Ids of the issued documents."""
    waybill: str | None = None
    state: str
    version: int


async def finished(conn: Connection, keep: Keep | None, result: T) -> T:
    """The result of a step, kept for a repetition where a program asked for it. The last thing in its transaction."""
    if keep is not None:
        await keep(conn, result)
    return result


async def only_once(
    organisation: int,
    order_id: int,
    key: str,
    what: str,
    body: bytes,
    work: Callable[[Keep], Awaitable[object]],
) -> Outcome:
    """Does the work and returns its outcome; the same key with the same body gets the first outcome again.

    Raises Conflict for the same key with another body or another request, and whatever the work raises: nothing is
    kept then, and the request may be sent again with the same key.
    """
    if earlier := await _earlier(organisation, key, what, body):
        return earlier
    done: list[Outcome] = []

    async def keep(conn: Connection, result: object) -> None:
        if await once.once(conn, organisation, key, what, body) is not None:
            raise Conflict(N_("This order was changed in the meantime. Look at it again."))
        row = await moves.row_of(conn, order_id)
        outcome = Outcome(
            documents=result if isinstance(result, tuple) else (),
            waybill=result if isinstance(result, str) else None,
            state=row["state"],
            version=row["version"],
        )
        await once.keep(conn, organisation, key, outcome)
        done.append(outcome)

    try:
        await work(keep)
    except Conflict:
        # The same request at the same moment was faster: its answer is the answer of both.
        if earlier := await _earlier(organisation, key, what, body):
            return earlier
        raise
    return done[0]


async def _earlier(organisation: int, key: str, what: str, body: bytes) -> Outcome | None:
    rows = await fetch(
        "SELECT what, body_hash, answer FROM idempotency_key WHERE organisation = $1 AND key = $2",
        organisation,
        key,
    )
    if not rows:
        return None
    row: Any = rows[0]
    if row["what"] != what or row["body_hash"] != sha256(body).digest():
        raise Conflict(N_("This Idempotency-Key was used for another request. Choose a new one."))
    return msgspec.json.decode(row["answer"], type=Outcome) if row["answer"] else None
