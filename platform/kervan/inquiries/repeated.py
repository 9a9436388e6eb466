"""The first answer again, for programs that send a request of inquiries twice."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from kervan.db import execute, transaction
from kervan.errors import Conflict
from kervan.orders import once
from kervan.trade.errors import N_

T = TypeVar("T")


async def answer(
    organisation: int, key: str, what: str, body: bytes, shape: type[T], work: Callable[[], Awaitable[T]]
) -> T:
    """What `work` answers, kept under the key; the same key and body again get the kept answer.

    The key is claimed before the work and given back when the work refuses, so that a corrected request may use it
    anew. `work` opens its own transaction. Raises Conflict for the same key with another body, and while the first
    request is still under way.
    """
    async with transaction() as tx:
        kept = await once.once(tx.connection, organisation, key, what[:80], body)
        new = kept is None and await tx.connection.fetchval(
            "SELECT xmin = pg_current_xact_id()::xid FROM idempotency_key WHERE organisation = $1 AND key = $2",
            organisation,
            key,
        )
    if kept is not None:
        return msgspec.convert(kept, shape)
    if not new:
        raise Conflict(N_("The same request is still under way. Ask again in a moment."))
    try:
        made = await work()
    except BaseException:
        await execute("DELETE FROM idempotency_key WHERE organisation = $1 AND key = $2", organisation, key)
        raise
    async with transaction() as tx:
        await once.keep(tx.connection, organisation, key, made)
    return made
