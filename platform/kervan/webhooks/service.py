"""What other rooms tell webhooks, and what members do with theirs: make, change, pause, try, remove."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from asyncpg import Connection, Record

from kervan import audit, vault
from kervan.accounts.callers import Caller, Membership
from kervan.db import current, execute, fetch, transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound, TooMany
from kervan.ids import new_public_id
from kervan.outbox import publish
from kervan.trade.errors import N_, TradeError
from kervan.webhooks import signing, targets
from kervan.webhooks.events import CHOICES, EVENTS, PING
from kervan.webhooks.targets import Resolve, Unreachable

MOST_HOOKS = 10
LONGEST_NAME = 80
OLD_SECRET_HOURS = 24
PINGS_A_MINUTE = 5
KEPT_DAYS = 30
API_VERSION = "1"

_EVENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_HEARING = """
SELECT id FROM webhook
WHERE organisation = ANY($1) AND active AND removed_at IS NULL AND $2 = ANY(events) ORDER BY id
"""
_WRITE = """
INSERT INTO webhook_delivery (public_id, webhook, event, event_id, payload)
SELECT made.public_id, made.webhook, $3, $4, $5 FROM unnest($1::text[], $2::bigint[]) AS made (public_id, webhook)
ON CONFLICT (webhook, event_id) DO NOTHING RETURNING id
"""
_OWN = """
SELECT id, public_id, name, url, events, active, paused_reason, version FROM webhook
WHERE organisation = $1 AND public_id = $2 AND removed_at IS NULL FOR NO KEY UPDATE
"""


async def tell(
    organisation_ids: Collection[int], event: str, data: Mapping[str, Any], *, event_id: str | None = None
) -> None:
    """Has every webhook of these organisations that wants the event hear of it, once the open transaction commits.

    `data` is what JSON can say; amounts are Decimal. The same `event_id` (letters, digits, _ and -) told twice is
    sent once; without one each call is an event of its own. Unknown events are ValueErrors: the caller is wrong.
    """
    if current() is None:
        raise RuntimeError("webhooks.tell() needs an open transaction")
    if event not in EVENTS or (event_id is not None and not _EVENT_ID.fullmatch(event_id)):
        raise ValueError(f"There is no event {event!r}, or its id {event_id!r} is none.")
    hooks = await fetch(_HEARING, list(organisation_ids), event)
    await _write([row["id"] for row in hooks], event, data, event_id)


async def _write(hooks: list[int], event: str, data: Mapping[str, Any], event_id: str | None) -> str | None:
    if not hooks:
        return None
    id = event_id or f"evt_{new_public_id()}{new_public_id()}"
    payload = {
        "id": id,
        "event": event,
        "created_at": datetime.now(UTC),
        "api_version": API_VERSION,
        "data": data,
    }
    public_ids = [new_public_id() for _ in hooks]
    body = msgspec.json.encode(payload).decode()
    if rows := await fetch(_WRITE, public_ids, hooks, event, id, body):
        await publish("webhook.send", ids=[row["id"] for row in rows])
    return public_ids[0]


async def create(
    caller: Caller,
    membership: Membership,
    name: str,
    url: str,
    events: Collection[str],
    *,
    local: bool,
    resolve: Resolve | None = None,
) -> tuple[str, str]:
    """Makes a webhook; returns its public id and its secret, which nobody sees again.

    `local` lets this very machine be a target. Raises Invalid by field, Conflict when there are ten already.
    """
    name, url, chosen = await _checked(name, url, events, local, resolve)
    secret, public_id = signing.new_secret(), new_public_id()
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute("SELECT FROM organisation WHERE id = $1 FOR UPDATE", membership.organisation)
        living = await conn.fetchval(
            "SELECT count(*) FROM webhook WHERE organisation = $1 AND removed_at IS NULL",
            membership.organisation,
        )
        if living >= MOST_HOOKS:
            raise Conflict(N_("There are {n} webhooks already. Remove one first."), n=MOST_HOOKS)
        await conn.execute(
            """INSERT INTO webhook (public_id, organisation, name, url, secret, events, created_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            public_id, membership.organisation, name, url, vault.seal(secret, signing.SEALED_FOR), chosen,
            caller.person,
        )  # fmt: skip
        after = {"organisation": membership.public_id} | _audited(name, url, chosen)
        await audit.record(caller.actor, "webhook.created", "webhook", public_id, after=after)
    return public_id, secret


async def change(
    caller: Caller,
    membership: Membership,
    public_id: str,
    name: str,
    url: str,
    events: Collection[str],
    *,
    version: int | None,
    local: bool,
    resolve: Resolve | None = None,
) -> None:
    """Gives a webhook another name, address or choice of events; what waits goes to the new address.

    Raises Conflict when `version` is not the present one: somebody else changed it meanwhile.
    """
    name, url, chosen = await _checked(name, url, events, local, resolve)
    async with transaction() as tx:
        hook = await _own(tx.connection, membership, public_id)
        if version is not None and version != hook["version"]:
            raise Conflict(N_("Somebody else has changed this webhook. Look at it again."))
        before = _audited(hook["name"], hook["url"], hook["events"])
        await tx.connection.execute(
            "UPDATE webhook SET name = $2, url = $3, events = $4, version = version + 1 WHERE id = $1",
            hook["id"],
            name,
            url,
            chosen,
        )
        await audit.record(
            caller.actor, "webhook.changed", "webhook", public_id, before, _audited(name, url, chosen)
        )


async def _checked(
    name: str, url: str, events: Collection[str], local: bool, resolve: Resolve | None
) -> tuple[str, str, list[str]]:
    wrong: dict[str, KervanError | str] = {}
    if not name.strip() or len(name.strip()) > LONGEST_NAME or not name.strip().isprintable():
        wrong["name"] = N_("Give the webhook a name, so that you know it again.")
    try:
        target = targets.parse(url, local=local)
        url = target.url
        if len(url) > targets.LONGEST:
            raise TradeError(N_("This address is too long."))
        await targets.addresses(target, resolve or targets.look_up)
    except TradeError as error:
        wrong["url"] = KervanError(error.message, **error.params)
    except Unreachable:
        wrong["url"] = N_("This name leads to no public address. Is it spelt right, and known to everybody?")
    if not events or not set(events) <= set(CHOICES):
        wrong["events"] = N_("Choose what the webhook hears of.")
    if wrong:
        raise Invalid(fields=wrong)
    return name.strip(), url, [event for event in CHOICES if event in events]


def _audited(name: str, url: str, events: Collection[str]) -> dict[str, Any]:
    # What stands behind the host may be a secret of the receiver's; the audit trail is for ever.
    return {"name": name, "host": urlsplit(url).netloc, "events": list(events)}


async def rotate(caller: Caller, membership: Membership, public_id: str) -> str:
    """A new secret, shown this once. The one before signs as well for 24 hours more, an older one not any longer."""
    secret = signing.new_secret()
    async with transaction() as tx:
        hook = await _own(tx.connection, membership, public_id)
        await tx.connection.execute(
            f"""UPDATE webhook SET old_secret = secret, secret = $2, version = version + 1,
                old_secret_until = now() + interval '{OLD_SECRET_HOURS} hours' WHERE id = $1""",
            hook["id"],
            vault.seal(secret, signing.SEALED_FOR),
        )
        await audit.record(caller.actor, "webhook.secret_rotated", "webhook", public_id)
    return secret


async def pause(caller: Caller, membership: Membership, public_id: str) -> None:
    """It hears of nothing more; what waits stays. Harmless when it rests already."""
    async with transaction() as tx:
        hook = await _own(tx.connection, membership, public_id)
        if hook["active"]:
            await tx.connection.execute(
                """UPDATE webhook SET active = false, paused_reason = 'BY_HAND', version = version + 1
                WHERE id = $1""",
                hook["id"],
            )
            await audit.record(caller.actor, "webhook.paused", "webhook", public_id)


async def resume(caller: Caller, membership: Membership, public_id: str) -> None:
    """It hears again, and what waited goes out at once. Harmless when it does not rest."""
    async with transaction() as tx:
        hook = await _own(tx.connection, membership, public_id)
        if hook["active"]:
            return
        await tx.connection.execute(
            """UPDATE webhook SET active = true, paused_reason = NULL, failures = 0, version = version + 1
            WHERE id = $1""",
            hook["id"],
        )
        waiting = await fetch(
            "SELECT id FROM webhook_delivery WHERE webhook = $1 AND state = 'QUEUED' ORDER BY id", hook["id"]
        )
        if waiting:
            await publish("webhook.send", ids=[row["id"] for row in waiting])
        await audit.record(caller.actor, "webhook.resumed", "webhook", public_id)


async def remove(caller: Caller, membership: Membership, public_id: str) -> None:
    """Ends a webhook for good; its secrets, its address and what it was sent are forgotten."""
    async with transaction() as tx:
        hook = await _own(tx.connection, membership, public_id)
        await forget(tx.connection, hook["id"])
        await audit.record(
            caller.actor,
            "webhook.removed",
            "webhook",
            public_id,
            before=_audited(hook["name"], hook["url"], hook["events"]),
        )


async def forget(conn: Connection, hook: int) -> None:
    """Takes everything out of a webhook's row but that there was one, inside a transaction."""
    await conn.execute("DELETE FROM webhook_delivery WHERE webhook = $1", hook)
    await conn.execute(
        """UPDATE webhook SET removed_at = now(), active = false, paused_reason = 'BY_HAND', secret = NULL, url = '',
            old_secret = NULL, old_secret_until = NULL, version = version + 1 WHERE id = $1""",
        hook,
    )


async def ping(caller: Caller, membership: Membership, public_id: str) -> str:
    """Sends a trial once, to a webhook that rests too; returns the delivery's public id. Five a minute at most."""
    async with transaction() as tx:
        hook = await _own(tx.connection, membership, public_id)
        lately = await tx.connection.fetchval(
            """SELECT count(*) FROM webhook_delivery
            WHERE webhook = $1 AND event = 'ping' AND created_at > now() - interval '1 minute'""",
            hook["id"],
        )
        if lately >= PINGS_A_MINUTE:
            raise TooMany(N_("That were enough trials for now. Wait a minute."), retry_after=60)
        made = await _write([hook["id"]], PING, {"webhook": public_id, "name": hook["name"]}, None)
        assert made is not None
        await audit.record(caller.actor, "webhook.pinged", "webhook", public_id)
    return made


async def redeliver(caller: Caller, membership: Membership, public_id: str, delivery: str) -> None:
    """Sends one event again, under its own id and signed anew, with all its tries.

    Raises NotFound, or Conflict when it is on its way already or the webhook rests.
    """
    async with transaction() as tx:
        hook = await _own(tx.connection, membership, public_id)
        row = await tx.connection.fetchrow(
            "SELECT id, event, state FROM webhook_delivery WHERE webhook = $1 AND public_id = $2 FOR UPDATE",
            hook["id"],
            delivery,
        )
        if row is None:
            raise NotFound(N_("There is no such delivery. After 30 days they are forgotten."))
        if row["state"] == "QUEUED":
            raise Conflict(N_("This is on its way already."))
        if not hook["active"] and row["event"] != PING:
            raise Conflict(N_("The webhook is paused. Resume it first."))
        await tx.connection.execute(
            """UPDATE webhook_delivery SET state = 'QUEUED', attempts = 0, next_try_at = now(), delivered_at = NULL
            WHERE id = $1""",
            row["id"],
        )
        await publish("webhook.send", ids=[row["id"]])
        await audit.record(
            caller.actor, "webhook.redelivered", "webhook", public_id, after={"delivery": delivery}
        )


async def _own(conn: Connection, membership: Membership, public_id: str) -> Record:
    row = await conn.fetchrow(_OWN, membership.organisation, public_id)
    if row is None:
        raise NotFound(N_("There is no such webhook."))
    return row


async def forget_old() -> None:
    """Deletes deliveries that are older than 30 days, whatever became of them."""
    await execute(f"DELETE FROM webhook_delivery WHERE created_at < now() - interval '{KEPT_DAYS} days'")
