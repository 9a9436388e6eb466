"""What waits to be carried out: the outbox, the mails, addresses that refuse mail, and the indexes."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from kervan import audit, vault
from kervan.accounts.callers import Caller, holder
from kervan.db import fetch, transaction
from kervan.discovery import indexing
from kervan.errors import Conflict, Invalid, NotFound
from kervan.mail import service as mail
from kervan.mail.queries import masked
from kervan.organisations.roles import ADMINISTER
from kervan.outbox import CHANNEL
from kervan.trade.errors import N_
from kervan_search.engine import Engine, EngineDown

_SEALED = "suppressed address"
_INDEXES = ("products", "exporters", "requests", "events", "headings")


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """What waits of one topic of the outbox."""

    topic: str
    waiting: int
    failing: int
    oldest: datetime


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """A side effect that did not work so far; it is tried again by itself at `next_try_at`."""

    id: int
    topic: str
    attempts: int
    last_error: str
    created_at: datetime
    next_try_at: datetime


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is never written to; `sealed` names it in a form without showing it."""

    shown: str
    reason: str
    at: datetime
    sealed: str


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """A search index: its documents, and after a comparison what differs from the database."""

    name: str
    documents: int
    missing: int | None = None
    stale: int | None = None
    surplus: int | None = None


async def topics() -> Sequence[Topic]:
    """The topics of which something waits, the oldest first."""
    rows = await fetch(
        """SELECT topic, count(*) AS waiting, count(last_error) AS failing, min(created_at) AS oldest
        FROM outbox GROUP BY topic ORDER BY min(created_at)"""
    )
    return [Topic(**row) for row in rows]


async def failing(size: int = 50) -> Sequence[Failing]:
    """Side effects that failed at least once, the oldest first."""
    rows = await fetch(
        """SELECT id, topic, attempts, left(last_error, 500) AS last_error, created_at, next_try_at FROM outbox
        WHERE last_error IS NOT NULL ORDER BY id LIMIT $1""",
        size,
    )
    return [Failing(**row) for row in rows]


async def retry(caller: Caller, id: int) -> None:
    """Has a failed side effect tried at once instead of at its time. Raises NotFound when it is done meanwhile."""
    holder(caller, ADMINISTER)
    async with transaction() as tx:
        row = await tx.connection.fetchrow(
            """UPDATE outbox SET next_try_at = now() WHERE id = $1 AND last_error IS NOT NULL
            RETURNING topic, attempts""",
            id,
        )
        if row is None:
            raise Conflict(N_("This was carried out in the meantime."))
        await tx.connection.execute("SELECT pg_notify($1, '')", CHANNEL)
        await audit.record(
            caller.actor,
            "outbox.retried",
            "outbox",
            id,
            after={"topic": row["topic"], "attempts": row["attempts"]},
        )


async def retry_mail(caller: Caller, public_id: str) -> None:
    """Queues a mail that was given up once more. Raises as mail.service.retry."""
    holder(caller, ADMINISTER)
    await mail.retry(public_id, caller.actor)


async def suppressed(page: int = 1, size: int = 25) -> tuple[Sequence[Suppressed], bool]:
    """Addresses that are never written to, masked, the newest first, and whether there are more."""
    rows = await fetch(
        "SELECT address_key, reason, at FROM suppression ORDER BY at DESC, address_key LIMIT $1 OFFSET $2",
        size + 1,
        (page - 1) * size,
    )
    found = [
        Suppressed(
            shown=masked(row["address_key"]),
            reason=row["reason"],
            at=row["at"],
            sealed=vault.seal(row["address_key"], _SEALED),
        )
        for row in rows
    ]
    return found[:size], len(found) > size


def address_of(sealed: str) -> str | None:
    """The address of Suppressed.sealed; None for a text that we did not write."""
    try:
        return vault.unseal(sealed, _SEALED)
    except vault.Broken:
        return None


async def lift(caller: Caller, sealed: str, reason: str) -> None:
    """Lets a suppressed address have mail again. Raises NotFound, and Invalid without a reason."""
    holder(caller, ADMINISTER)
    reason = reason.strip()
    if not reason:
        raise Invalid(fields={"reason": N_("Give a reason: it is kept in the audit trail.")})
    address = address_of(sealed)
    if address is None:
        raise NotFound()
    await mail.lift(address, caller.actor, reason)


async def indexes(search: Engine, *, compared: bool = False) -> Sequence[Index] | None:
    """The indexes with their documents; `compared` reads all ids and versions beside the database's. None: the engine
    does not answer."""
    try:
        counts = {name: await search.count(name) for name in _INDEXES}
        if not compared:
            return [Index(name=name, documents=n) for name, n in counts.items()]
        return [
            Index(
                name=found.index,
                documents=counts[found.index],
                missing=len(found.missing),
                stale=len(found.stale),
                surplus=len(found.surplus),
            )
            for found in await indexing.compare(search)
        ]
    except EngineDown:
        return None
