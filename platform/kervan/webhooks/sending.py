"""The topic "webhook.send": claims deliveries, signs and sends them, and keeps what became of each.

A delivery is claimed by a conditional UPDATE with a lease, so that two workers never send the same one. Only a crash
between the receiver's answer and our note of it sends a delivery twice; it then has the same webhook-id.

Webhooks are served side by side, each one's events one after the other. One that fails is not asked again in the same
batch, so that a batch lasts little longer than one try of the slowest.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog

from kervan import audit, vault
from kervan.db import execute, fetch, transaction
from kervan.notifications.letters import send
from kervan.outbox import Handler
from kervan.settings import Settings
from kervan.trade.errors import N_
from kervan.webhooks import signing, wire
from kervan.webhooks.events import PING
from kervan.webhooks.queries import ordered
from kervan.webhooks.targets import Resolve
from kervan.webhooks.wire import Outcome, Way

log = structlog.get_logger(__name__)

PAUSES = (30, 2 * 60, 10 * 60, 3600, 6 * 3600, 12 * 3600, 24 * 3600)
"""Seconds between the tries: eight of them in 43 hours, then the delivery is given up."""
LEASE_SECONDS = 60
"""How long a delivery belongs to the process that sends it; longer than any conversation (wire.SECONDS)."""
FAILURES_UNTIL_PAUSED = 5
"""So many deliveries given up, and none taken in between, pause a webhook."""
LEFT_SECONDS = 30
"""After a try that failed, the webhook's other deliveries wait this long."""
BATCH_SECONDS = 10.0
"""After this no new try begins in a batch: what is left goes to the end of the queue."""
SIDE_BY_SIDE = 40
PER_HOST = 4
NO_SECRET = N_("The secret cannot be opened.")

_DUE = """
SELECT d.id, d.webhook, w.url FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook
WHERE d.id = ANY($1) AND d.state = 'QUEUED' AND d.next_try_at <= now() AND w.removed_at IS NULL
    AND (w.active OR d.event = 'ping')
ORDER BY d.id
"""
_CLAIM = f"""
UPDATE webhook_delivery d SET attempts = d.attempts + 1, next_try_at = now() + interval '{LEASE_SECONDS} seconds'
FROM webhook w
WHERE d.id = $1 AND d.state = 'QUEUED' AND d.next_try_at <= now() AND w.id = d.webhook AND w.removed_at IS NULL
    AND (w.active OR d.event = 'ping')
RETURNING d.id, d.public_id, d.webhook, d.event, d.event_id, d.payload, d.attempts, w.url, w.secret,
    CASE WHEN w.old_secret_until > now() THEN w.old_secret END AS old_secret
"""
_SENT = """
UPDATE webhook_delivery SET state = 'SENT', delivered_at = now(), last_status = $2, last_error = NULL,
    last_answer = $3, duration_ms = $4
WHERE id = $1 AND state = 'QUEUED'
"""
_NOT_SENT = """
UPDATE webhook_delivery SET state = $5, last_status = $2, last_error = $6, last_answer = $3, duration_ms = $4,
    next_try_at = now() + $7 * interval '1 second'
WHERE id = $1 AND state = 'QUEUED' RETURNING id
"""
_LEAVE = """
UPDATE webhook_delivery SET next_try_at = greatest(next_try_at, now() + $2 * interval '1 second')
WHERE id = ANY($1) AND state = 'QUEUED'
"""
# Those of a webhook that rests come again when it is resumed.
_AGAIN = """
INSERT INTO outbox (topic, payload, next_try_at)
SELECT 'webhook.send', jsonb_build_object('ids', jsonb_build_array(d.id)), d.next_try_at
FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook
WHERE d.id = ANY($1) AND d.state = 'QUEUED' AND w.removed_at IS NULL AND (w.active OR d.event = 'ping')
ORDER BY d.id
"""
_TAKEN = "UPDATE webhook SET failures = 0 WHERE id = $1 AND failures > 0"
_GIVEN_UP = "UPDATE webhook SET failures = failures + 1 WHERE id = $1 RETURNING failures"
_PAUSE = """
UPDATE webhook SET active = false, paused_reason = 'FAILING', version = version + 1 WHERE id = $1 AND active
RETURNING public_id, name, organisation
"""
_OWNERS = """
SELECT p.id, p.name, p.email, p.language, o.name AS organisation, o.public_id
FROM membership m JOIN person p ON p.id = m.person JOIN organisation o ON o.id = m.organisation
WHERE m.organisation = $1 AND m.role = 'OWNER' AND m.ended_at IS NULL AND p.state = 'ACTIVE' ORDER BY m.id
"""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that this process is about to send."""

    id: int
    public_id: str
    webhook: int
    event: str
    event_id: str
    payload: str
    attempts: int
    url: str
    secret: str
    old_secret: str | None


def handlers(settings: Settings, resolve: Resolve | None = None) -> Mapping[str, Handler]:
    """The topic of the outbox that sends to webhooks, and its handler."""

    async def send_all(payloads: Sequence[Mapping[str, Any]]) -> None:
        ids = dict.fromkeys(id for payload in payloads for id in payload["ids"])
        await carry(settings, list(ids), resolve)

    return {"webhook.send": send_all}


async def carry(settings: Settings, ids: Sequence[int], resolve: Resolve | None = None) -> None:
    """Sends those of the deliveries that are due and nobody else's; the others, and those that failed, come again."""
    by_hook: dict[int, list[int]] = defaultdict(list)
    hosts: dict[int, str] = {}
    for row in await fetch(_DUE, list(ids)):
        by_hook[row["webhook"]].append(row["id"])
        hosts[row["webhook"]] = row["url"].split("/", 3)[2]
    if by_hook:
        all_at_once = asyncio.Semaphore(SIDE_BY_SIDE)
        per_host = {host: asyncio.Semaphore(PER_HOST) for host in set(hosts.values())}
        until = time.monotonic() + BATCH_SECONDS
        async with wire.opened(settings.webhooks_local, resolve) as way:
            outcomes = await asyncio.gather(
                *(
                    _serve(way, waiting, per_host[hosts[hook]], all_at_once, until)
                    for hook, waiting in by_hook.items()
                ),
                return_exceptions=True,
            )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                # Its delivery comes again when the lease runs out; the other webhooks were served.
                log.error("a webhook could not be served", exc_info=outcome)
    async with transaction():
        await execute(_AGAIN, list(ids))


async def _serve(
    way: Way, waiting: Sequence[int], host: asyncio.Semaphore, everybody: asyncio.Semaphore, until: float
) -> None:
    for number, id in enumerate(waiting, 1):
        async with host, everybody:
            if time.monotonic() >= until:
                return
            rows = await fetch(_CLAIM, id)
            if rows and not await _one(way, Claimed(**rows[0])):
                await execute(_LEAVE, list(waiting[number:]), LEFT_SECONDS)
                return


async def _one(way: Way, delivery: Claimed) -> bool:
    """Whether the receiver took it."""
    outcome = await _posted(way, delivery)
    facts = (delivery.id, outcome.status, outcome.answer, outcome.duration_ms)
    said = {"delivery": delivery.public_id, "about": delivery.event, "ms": outcome.duration_ms}
    if outcome.taken:
        async with transaction():
            await execute(_SENT, *facts)
            await execute(_TAKEN, delivery.webhook)
        log.info("webhook sent", **said)
    elif delivery.attempts <= len(PAUSES) and delivery.event != PING:
        await execute(_NOT_SENT, *facts, "QUEUED", outcome.error, PAUSES[delivery.attempts - 1])
        log.info("webhook postponed", **said, attempts=delivery.attempts, reason=outcome.error)
    else:
        async with transaction():
            if await fetch(_NOT_SENT, *facts, "FAILED", outcome.error, 0) and delivery.event != PING:
                await _count_failure(delivery.webhook)
        log.warning("webhook given up", **said, attempts=delivery.attempts, reason=outcome.error)
    return outcome.taken


async def _posted(way: Way, delivery: Claimed) -> Outcome:
    keys = (delivery.secret, delivery.old_secret)
    try:
        opened = [vault.unseal(sealed, signing.SEALED_FOR) for sealed in keys if sealed]
    except vault.Broken:
        return Outcome(status=None, error=NO_SECRET, answer="", duration_ms=0)
    body = msgspec.json.encode(ordered(delivery.payload))
    headers = signing.headers(delivery.event_id, int(time.time()), body, opened)
    return await wire.post(way, delivery.url, headers, body)


async def _count_failure(hook: int) -> None:
    """Pauses the webhook when it has failed too often, and tells the owners; inside a transaction."""
    [row] = await fetch(_GIVEN_UP, hook)
    if row["failures"] < FAILURES_UNTIL_PAUSED:
        return
    paused = await fetch(_PAUSE, hook)
    for found in paused:
        await audit.record(
            "system:worker",
            "webhook.paused",
            "webhook",
            found["public_id"],
            after={"failures": row["failures"]},
        )
        for owner in await fetch(_OWNERS, found["organisation"]):
            await send(
                "webhook_paused", owner["email"], owner["language"], person=owner["id"], of=found["organisation"],
                name=owner["name"], label=found["name"], organisation=owner["organisation"], count=row["failures"],
                go=f"/desk/{owner['public_id']}/webhooks/{found['public_id']}",
            )  # fmt: skip
