"""What people do with their alerts: make, change, end, by hand or by a mail's link. Each change ticks the clock."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import audit, vault
from kervan.accounts.callers import Caller, Membership
from kervan.alerts import clock, conditions
from kervan.alerts.structs import Wish
from kervan.alerts.tables import Channel, Frequency
from kervan.db import transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.ids import new_public_id
from kervan.organisations.tables import Kind
from kervan.outbox import publish
from kervan.privacy import consents
from kervan.privacy.queries import has_consent
from kervan.trade.errors import N_
from kervan.web.forms import is_unfit

MOST_ALERTS = 50
"""That are on, a person."""
LONGEST_NAME = 120
LONGEST_NOTE = 500

KINDS = (Kind.EXPORTER, Kind.POST, Kind.ASSOCIATION, Kind.MINISTRY)
"""Whose people may have alerts: importers ask, they do not answer."""

REASONS: Mapping[str, str] = {
    "NOT_WANTED": N_("I do not want these mails any more"),
    "TOO_MANY": N_("More requests than I can look at"),
    "NOT_RELEVANT": N_("The requests do not fit my firm"),
    "NOT_SIGNED_UP": N_("I never asked for this"),
    "OTHER": N_("Another reason"),
}
"""Of people. LEFT and ONE_CLICK are noted by the platform."""
LEFT, ONE_CLICK = "LEFT", "ONE_CLICK"

NO_VALUES = N_("Only verified exporters learn what requests are worth.")
NOT_AGREED = N_("Tick the box: without your consent we write no mails.")

_INSERT = """
INSERT INTO alert (public_id, person, organisation, name, frequency, channels, feed_token, suggested)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
"""
_OPEN = "INSERT INTO alert_version (alert, number, conditions, since) VALUES ($1, $2, $3, $4)"
_CLOSE = "UPDATE alert_version SET until = $2 WHERE alert = ANY($1::bigint[]) AND until IS NULL"
_OWN = """
SELECT a.id, a.public_id, a.person, a.organisation, o.kind, a.name, a.frequency, a.channels, a.version, v.conditions
FROM alert a JOIN organisation o ON o.id = a.organisation JOIN alert_version v ON v.alert = a.id AND v.until IS NULL
WHERE a.public_id = $1 AND a.person = $2 AND ($3::bigint IS NULL OR a.organisation = $3) AND a.ended_at IS NULL
FOR NO KEY UPDATE OF a
"""
_CHANGE = "UPDATE alert SET name = $2, frequency = $3, channels = $4, version = $5 WHERE id = $1"
_WAITING = "SELECT id FROM alert_delivery WHERE alert = $1 AND state = 'QUEUED' ORDER BY id"
_ON = "SELECT id, public_id FROM alert WHERE person = $1 AND ended_at IS NULL ORDER BY id FOR NO KEY UPDATE"
_END = """
UPDATE alert SET ended_at = now(), end_reason = $2, end_note = $3 WHERE id = ANY($1::bigint[]) AND ended_at IS NULL
RETURNING id, public_id
"""
_SKIP = "UPDATE alert_delivery SET state = 'SKIPPED' WHERE alert = ANY($1::bigint[]) AND state = 'QUEUED'"
# Who left the organisation, lost the account, or whose organisation was closed.
_ORPHANS = """
SELECT a.id, a.person FROM alert a JOIN person p ON p.id = a.person JOIN organisation o ON o.id = a.organisation
WHERE a.ended_at IS NULL AND (p.state = 'CLOSED' OR o.closed_at IS NOT NULL OR NOT EXISTS (
    SELECT FROM membership m WHERE m.person = a.person AND m.organisation = a.organisation AND m.ended_at IS NULL
        AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date)))
ORDER BY a.person, a.id LIMIT 1000
"""


def holders(caller: Caller) -> tuple[Membership, ...]:
    """The memberships for which the caller may have alerts. Raises NotFound for those who have none such."""
    found = tuple(membership for membership in caller.memberships if membership.kind in KINDS)
    if not found:
        raise NotFound()
    return found


def scope(caller: Caller) -> int | None:
    """The one organisation whose alerts an API key may touch; None for a person at a screen, who touches their own."""
    return caller.memberships[0].organisation if caller.key and caller.memberships else None


def _knows_values(caller: Caller, organisation: int) -> bool:
    """Whether the caller may know values for the organisation (board.sees_values): what an alert finds tells them."""
    return any(
        m.organisation == organisation and (m.kind != Kind.EXPORTER or m.standing == "VERIFIED")
        for m in caller.memberships
    )


def checked(wish: Wish, kind: str, *, values: bool = True) -> Wish:
    """The wish, tidied. Raises Invalid with a sentence for each field that is wrong; without `values` bounds are."""
    wrong: dict[str, KervanError | str] = {}
    name = " ".join(wish.name.split())
    if not name:
        wrong["name"] = N_("Please fill this in.")
    elif len(name) > LONGEST_NAME or is_unfit(name):
        wrong["name"] = KervanError(N_("At most {longest} characters."), longest=LONGEST_NAME)
    if wish.frequency not in tuple(Frequency):
        wrong["frequency"] = KervanError(N_("Choose one of {values}."), values=", ".join(Frequency))
    allowed = tuple(channel for channel in Channel if channel != Channel.WEBHOOK or kind == Kind.EXPORTER)
    if not set(wish.channels) <= set(allowed):
        wrong["channels"] = KervanError(N_("Choose one of {values}."), values=", ".join(allowed))
    asked = wish.conditions
    try:
        asked = conditions.check(wish.conditions)
    except Invalid as error:
        wrong |= error.fields
    if not values:
        bounds = {name: getattr(wish.conditions, name) for name in ("value_from", "value_to")}
        wrong |= {name: NO_VALUES for name, bound in bounds.items() if bound is not None}
    if wrong:
        raise Invalid(fields=wrong)
    return Wish(
        name=name,
        conditions=asked,
        frequency=wish.frequency,
        channels=tuple(str(channel) for channel in Channel if channel in wish.channels),
    )


async def create(
    caller: Caller,
    membership: Membership,
    wish: Wish,
    *,
    language: str,
    agreed: bool = False,
    where: str = "alerts",
    suggested: bool = False,
) -> str:
    """Makes an alert; returns its public id.

    Mails need the consent `alerts`: where it is not live, `agreed` gives it, with `where` as evidence of the place.
    Raises Invalid by field (`agree` without consent) and Conflict above 50.
    """
    wish = checked(wish, membership.kind, values=_knows_values(caller, membership.organisation))
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", caller.person)
        await _agree(conn, caller, wish, language, agreed, where)
        if len(await conn.fetch(_ON, caller.person)) >= MOST_ALERTS:
            raise Conflict(N_("You have {n} alerts already. End one first."), n=MOST_ALERTS)
        public_id = new_public_id()
        id = await conn.fetchval(
            _INSERT, public_id, caller.person, membership.organisation, wish.name, wish.frequency,
            list(wish.channels), new_feed_token(), suggested,
        )  # fmt: skip
        await conn.execute(_OPEN, id, 1, conditions.stored(wish.conditions), await clock.tick(conn))
        await audit.record(caller.actor, "alert.created", "alert", public_id, after=msgspec.to_builtins(wish))
    return public_id


async def _agree(
    conn: Connection, caller: Caller, wish: Wish, language: str, agreed: bool, where: str
) -> None:
    if Channel.MAIL not in wish.channels or await has_consent(caller.person, "alerts"):
        return
    if not agreed:
        raise Invalid(fields={"agree": NOT_AGREED})
    await consents.give(conn, caller.person, ["alerts"], language, where)


async def change(
    caller: Caller,
    public_id: str,
    wish: Wish,
    *,
    version: int | None,
    language: str,
    agreed: bool = False,
    where: str = "alerts",
) -> None:
    """What is announced from now on is held against the new conditions; what waits stays in the ledger.

    `version` is the one that was looked at, None for whichever is there. Raises NotFound, Invalid as create(), and
    Conflict when it was changed meanwhile.
    """
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", caller.person)
        row = await _own(conn, caller, public_id)
        wish = checked(wish, row["kind"], values=_knows_values(caller, row["organisation"]))
        if version is not None and row["version"] != version:
            raise Conflict(N_("This alert was changed in the meantime. Look at it again."))
        await _agree(conn, caller, wish, language, agreed, where)
        number, tick = row["version"] + 1, await clock.tick(conn)
        await conn.execute(_CLOSE, [row["id"]], tick)
        await conn.execute(_OPEN, row["id"], number, conditions.stored(wish.conditions), tick)
        await conn.execute(_CHANGE, row["id"], wish.name, wish.frequency, list(wish.channels), number)
        if wish.frequency == Frequency.AT_ONCE and row["frequency"] != Frequency.AT_ONCE:
            waiting = [one["id"] for one in await conn.fetch(_WAITING, row["id"])]
            if waiting:
                await publish("alerts.deliver", deliveries=waiting)
        await audit.record(
            caller.actor, "alert.changed", "alert", public_id, _before(row), msgspec.to_builtins(wish)
        )


def _before(row: Record) -> dict[str, Any]:
    return {
        "name": row["name"],
        "frequency": row["frequency"],
        "channels": list(row["channels"]),
        "conditions": msgspec.json.decode(row["conditions"]),
    }


async def _own(conn: Connection, caller: Caller, public_id: str) -> Record:
    row = await conn.fetchrow(_OWN, public_id, caller.person, scope(caller))
    if row is None:
        raise NotFound()
    return row


async def end(caller: Caller, public_id: str, reason: str, note: str = "") -> None:
    """Ends an alert for good; what waits is not told any more. Raises NotFound, Invalid for an unknown reason."""
    if reason not in REASONS:
        raise Invalid(
            fields={"reason": KervanError(N_("Choose one of {values}."), values=", ".join(REASONS))}
        )
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", caller.person)
        row = await _own(conn, caller, public_id)
        await _end(conn, [row["id"]], reason, note, caller.actor)


async def _end(conn: Connection, ids: Sequence[int], reason: str, note: str, actor: str) -> int:
    """The person's row is locked already: whoever tells of deliveries locks it first as well."""
    ended = await conn.fetch(_END, list(ids), reason, note[:LONGEST_NOTE])
    if ended:
        found = [row["id"] for row in ended]
        await conn.execute(_CLOSE, found, await clock.tick(conn))
        await conn.execute(_SKIP, found)
        for row in ended:
            await audit.record(actor, "alert.ended", "alert", row["public_id"], reason=reason)
    return len(ended)


async def new_feed(caller: Caller, public_id: str) -> None:
    """Gives the Atom feed another secret address; the old one shows nothing any more. Raises NotFound."""
    async with transaction() as tx:
        conn = tx.connection
        row = await _own(conn, caller, public_id)
        await conn.execute("UPDATE alert SET feed_token = $2 WHERE id = $1", row["id"], new_feed_token())
        await audit.record(caller.actor, "alert.feed_renewed", "alert", public_id)


def new_feed_token() -> str:
    """32 signs that nobody guesses: 192 bits."""
    return secrets.token_urlsafe(24)


# ------------------------------------------------------------------------------------------- by a mail's link


def stop_token(public_id: str) -> str:
    """What the address that ends an alert ends with; holds for ever and needs nobody to be signed in."""
    return f"{public_id}.{vault.sign(public_id, 'alert stop')}"


def opened(token: str) -> str | None:
    """The public id of the alert in such a token; None for one that we did not write."""
    public_id, _, signature = token.partition(".")
    return public_id if vault.is_signed(public_id, signature, "alert stop") else None


async def stop(token: str, *, everything: bool, reason: str, note: str = "", where: str) -> bool:
    """Ends the alert of a token, or with `everything` all alerts of its owner and the consent to such mails.

    False for a token that is not ours, or whose alert is gone; nothing changes then. An alert that was ended stays so.
    """
    public_id = opened(token)
    if public_id is None:
        return False
    async with transaction() as tx:
        conn = tx.connection
        row = await conn.fetchrow("SELECT id, person FROM alert WHERE public_id = $1", public_id)
        if row is None:
            return False
        await conn.execute("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", row["person"])
        actor = f"user:{row['person']}"
        ids = [one["id"] for one in await conn.fetch(_ON, row["person"])] if everything else [row["id"]]
        await _end(conn, ids, reason if reason in {*REASONS, ONE_CLICK} else "OTHER", note, actor)
        if everything:
            await consents.withdraw(conn, row["person"], "alerts", where)
    return True


async def end_orphans() -> int:
    """Ends the alerts of those who are not at the organisation any more; returns how many. For an hourly round."""
    done = 0
    async with transaction() as tx:
        rows = await tx.connection.fetch(_ORPHANS)
    for person in dict.fromkeys(row["person"] for row in rows):
        async with transaction() as tx:
            await tx.connection.execute("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", person)
            # Asked again under the lock: somebody may have come back.
            ids = [row["id"] for row in await tx.connection.fetch(_ORPHANS) if row["person"] == person]
            done += await _end(tx.connection, ids, LEFT, "", "system:rounds")
    return done
