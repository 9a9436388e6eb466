"""Webhooks and their deliveries as their organisation sees them; a secret is in none of these."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from kervan.db import fetch, fetchval
from kervan.errors import NotFound
from kervan.trade.errors import N_

PER_PAGE = 25


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook, and how the last day went."""

    id: int
    public_id: str
    name: str
    url: str
    events: tuple[str, ...]
    active: bool
    paused_reason: str | None
    failures: int
    created_by: str
    created_at: datetime
    old_secret_until: datetime | None
    version: int
    sent: int
    """Taken in the last 24 hours."""
    failed: int
    """Given up in the last 24 hours."""
    waiting: int
    last_at: datetime | None
    """When something was taken last."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one webhook."""

    public_id: str
    event: str
    event_id: str
    state: str
    attempts: int
    next_try_at: datetime
    last_status: int | None
    last_error: str | None
    last_answer: str | None
    duration_ms: int | None
    created_at: datetime
    delivered_at: datetime | None
    payload: str
    """JSON, indented; '' in lists."""

    @property
    def why(self) -> str:
        """Why the last try does not count, a msgid; '' when nothing is wrong."""
        sentence, dot, _ = (self.last_error or "").partition(".")
        return sentence + dot

    @property
    def detail(self) -> str:
        """A technical word about that, or ''."""
        return (self.last_error or "").partition(".")[2].strip()


_HOOKS = """
SELECT w.id, w.public_id, w.name, w.url, w.events, w.active, w.paused_reason, w.failures, p.name AS created_by,
    w.created_at, w.old_secret_until, w.version, d.sent, d.failed, d.waiting, d.last_at
FROM webhook w JOIN person p ON p.id = w.created_by CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'SENT' AND delivered_at > now() - interval '1 day') AS sent,
        count(*) FILTER (WHERE state = 'FAILED' AND created_at > now() - interval '3 days') AS failed,
        count(*) FILTER (WHERE state = 'QUEUED') AS waiting, max(delivered_at) AS last_at
    FROM webhook_delivery WHERE webhook = w.id
) d
WHERE w.organisation = $1 AND w.removed_at IS NULL
"""
_COLUMNS = """public_id, event, event_id, state, attempts, next_try_at, last_status, last_error, last_answer,
    duration_ms, created_at, delivered_at"""


async def of(organisation: int) -> list[Hook]:
    """The webhooks of an organisation, oldest first."""
    return [_hook(row) for row in await fetch(f"{_HOOKS} ORDER BY w.id", organisation)]


async def one(organisation: int, public_id: str) -> Hook:
    """One of them. Raises NotFound for a webhook of another organisation and for one that was removed."""
    rows = await fetch(f"{_HOOKS} AND w.public_id = $2", organisation, public_id)
    if not rows:
        raise NotFound(N_("There is no such webhook."))
    return _hook(rows[0])


def _hook(row: Any) -> Hook:
    return Hook(**{**dict(row), "events": tuple(row["events"])})


async def deliveries(hook: int, state: str, limit: int, offset: int) -> tuple[Sequence[Delivery], int]:
    """What was and is to be delivered, newest first, and how many there are; all states when `state` is ''."""
    rows = await fetch(
        f"""SELECT {_COLUMNS}, '' AS payload FROM webhook_delivery
        WHERE webhook = $1 AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3 OFFSET $4""",
        hook,
        state,
        limit,
        offset,
    )
    total = await fetchval(
        "SELECT count(*) FROM webhook_delivery WHERE webhook = $1 AND ($2 = '' OR state = $2)", hook, state
    )
    return [Delivery(**dict(row)) for row in rows], int(total)


async def delivery(hook: int, public_id: str) -> Delivery:
    """One delivery with what it says. Raises NotFound when the webhook has no such delivery."""
    rows = await fetch(
        f"SELECT {_COLUMNS}, payload FROM webhook_delivery WHERE webhook = $1 AND public_id = $2",
        hook,
        public_id,
    )
    if not rows:
        raise NotFound(N_("There is no such delivery. After 30 days they are forgotten."))
    said = msgspec.json.format(msgspec.json.encode(ordered(rows[0]["payload"])), indent=2).decode()
    return Delivery(**{**dict(rows[0]), "payload": said})


_ORDER = ("id", "event", "created_at", "api_version", "data")


def ordered(payload: str) -> dict[str, Any]:
    """What is sent, in the order in which people read it: JSONB forgets that."""
    found = msgspec.json.decode(payload)
    return {name: found[name] for name in _ORDER}
