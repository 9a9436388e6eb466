"""API keys: made once and shown once, found by their hash, revoked for good."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from asyncpg import Connection, Record

from kervan import audit, vault
from kervan.accounts.callers import Caller, Membership
from kervan.db import execute, fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.notifications.letters import send
from kervan.organisations.queries import IN_TERM
from kervan.organisations.roles import SCOPES, VIEW, rights
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_

PREFIX = "kervan_"
LONGEST_DAYS = 366
MOST_KEYS = 20

_FIND = f"""
SELECT k.id, k.public_id AS key, k.scopes, k.last_used_at, p.id AS person, p.public_id, p.name, p.email, p.language,
    p.time_zone, o.id AS organisation, o.public_id AS organisation_id, o.kind, o.name AS organisation_name, o.country,
    o.association, m.role, e.id AS exporter, e.slug, i.id AS importer, coalesce(e.verification, i.standing) AS standing
FROM api_key k JOIN organisation o ON o.id = k.organisation JOIN person p ON p.id = k.created_by
-- A key lives as long as its maker is a member: who leaves takes no way in along.
JOIN membership m ON m.person = p.id AND m.organisation = o.id AND {IN_TERM}
LEFT JOIN exporter e ON e.organisation = o.id LEFT JOIN importer i ON i.organisation = o.id
WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND k.expires_at > now() AND o.closed_at IS NULL AND p.state = 'ACTIVE'
"""


_LIVING = """
SELECT k.name, o.name AS organisation FROM api_key k JOIN organisation o ON o.id = k.organisation
WHERE k.created_by = $1 AND k.revoked_at IS NULL AND k.expires_at > now() ORDER BY k.id
"""
_REVOKE_ALL = """
UPDATE api_key k SET revoked_at = now() FROM organisation o
WHERE k.created_by = $1 AND k.revoked_at IS NULL AND k.expires_at > now() AND o.id = k.organisation
RETURNING k.id, k.public_id, k.name, o.id AS organisation, o.public_id AS organisation_id, o.name AS organisation_name
"""
_OWNERS = """
SELECT p.id, p.name, p.email, p.language FROM membership m JOIN person p ON p.id = m.person
WHERE m.organisation = $1 AND m.role = 'OWNER' AND m.ended_at IS NULL
"""


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key as its organisation sees it: never the key itself."""

    public_id: str
    name: str
    begins: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @property
    def expired(self) -> bool:
        """Its days are over."""
        return self.expires_at <= datetime.now(UTC)


async def find(key: str) -> Caller | None:
    """The holder of a key, with its scopes as the only rights; None for a key that is unknown or over."""
    if not key.startswith(PREFIX) or len(key) > 100 or not key.isascii():
        return None
    rows = await fetch(_FIND, vault.token_hash(key))
    if not rows:
        return None
    row = rows[0]
    now = datetime.now(UTC)
    if row["last_used_at"] is None or now - row["last_used_at"] > timedelta(minutes=5):
        await execute("UPDATE api_key SET last_used_at = now() WHERE id = $1", row["id"])
    membership = Membership(
        organisation=row["organisation"],
        public_id=row["organisation_id"],
        kind=row["kind"],
        name=row["organisation_name"],
        country=row["country"],
        association=row["association"],
        role=row["role"],
        # Never more than its maker may do today: a role that shrank shrinks the key.
        rights=frozenset(row["scopes"]) & rights(row["kind"], row["role"]),
        exporter=row["exporter"],
        exporter_slug=row["slug"],
        importer=row["importer"],
        standing=row["standing"],
    )
    return Caller(
        person=row["person"],
        public_id=row["public_id"],
        name=row["name"],
        email=row["email"],
        language=row["language"],
        time_zone=row["time_zone"],
        memberships=(membership,),
        key=row["key"],
    )


async def of(organisation: int) -> list[ApiKey]:
    """The keys of an organisation, newest first, revoked ones too."""
    rows = await fetch(
        """SELECT k.public_id, k.name, k.begins, k.scopes, p.name AS created_by, k.created_at, k.expires_at,
            k.last_used_at, k.revoked_at
        FROM api_key k JOIN person p ON p.id = k.created_by WHERE k.organisation = $1 ORDER BY k.id DESC LIMIT 100""",
        organisation,
    )
    return [ApiKey(**{**dict(row), "scopes": tuple(row["scopes"])}) for row in rows]


async def create(caller: Caller, membership: Membership, name: str, scopes: Sequence[str], days: int) -> str:
    """Makes a key for 1 to 366 days and returns it: the only time that anybody sees it. All members who manage
    keys are told by mail. Raises Invalid for unknown scopes or days, Conflict above 20 living keys."""
    allowed = SCOPES.get(Kind(membership.kind), ())
    wrong = {}
    if not name.strip():
        wrong["name"] = N_("Give the key a name, so that you know it again.")
    if not scopes or not set(scopes) <= set(allowed):
        wrong["scopes"] = N_("Choose what the key may do.")
    if not 1 <= days <= LONGEST_DAYS:
        wrong["days"] = N_("A key lives 1 to 366 days.")
    if wrong:
        raise Invalid(fields=wrong)
    key = f"{PREFIX}{vault.new_token()}"
    public_id = new_public_id()
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute("SELECT FROM organisation WHERE id = $1 FOR UPDATE", membership.organisation)
        living = await conn.fetchval(
            "SELECT count(*) FROM api_key WHERE organisation = $1 AND revoked_at IS NULL AND expires_at > now()",
            membership.organisation,
        )
        if living >= MOST_KEYS:
            raise Conflict(N_("There are {n} keys already. Revoke one first."), n=MOST_KEYS)
        await conn.execute(
            """INSERT INTO api_key (public_id, key_hash, begins, organisation, name, scopes, created_by, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8::interval)""",
            public_id, vault.token_hash(key), key[: len(PREFIX) + 4], membership.organisation, name.strip()[:80],
            sorted({*scopes, VIEW}), caller.person, timedelta(days=days),
        )  # fmt: skip
        await audit.record(
            caller.actor, "key.created", "api_key", public_id,
            after={"organisation": membership.public_id, "name": name.strip()[:80], "scopes": sorted(scopes)},
        )  # fmt: skip
        for owner in await conn.fetch(_OWNERS, membership.organisation):
            await send(
                "api_key_created", owner["email"], owner["language"], person=owner["id"], of=membership.organisation,
                source=f"api_key_created {public_id}", name=owner["name"], label=name.strip()[:80],
                organisation=membership.name, go=f"/desk/{membership.public_id}/keys",
            )  # fmt: skip
    return key


async def revoke(caller: Caller, membership: Membership, public_id: str) -> None:
    """Ends a key of the organisation at once. Raises NotFound for a key of another one."""
    async with transaction() as tx:
        done = await tx.connection.fetchval(
            """UPDATE api_key SET revoked_at = coalesce(revoked_at, now())
            WHERE public_id = $1 AND organisation = $2 RETURNING id""",
            public_id,
            membership.organisation,
        )
        if done is None:
            raise NotFound(N_("There is no such key."))
        await audit.record(caller.actor, "key.revoked", "api_key", public_id)


async def living(person: int) -> list[str]:
    """The keys of a person that are neither revoked nor over: "label (organisation)", oldest first."""
    return [f"{row['name']} ({row['organisation']})" for row in await fetch(_LIVING, person)]


async def revoke_all(conn: Connection, person: int, who: str) -> list[str]:
    """Ends every living key of a person inside a transaction, and mails the other owners of each organisation which.

    For a password that was chosen by a mailed link: whoever made the keys may have been somebody else. Returns the
    keys as living() does. Audited as an act of the person.
    """
    by_organisation: dict[int, list[Record]] = {}
    rows = sorted(await conn.fetch(_REVOKE_ALL, person), key=lambda row: row["id"])
    for row in rows:
        by_organisation.setdefault(row["organisation"], []).append(row)
        await audit.record(
            f"user:{person}",
            "key.revoked",
            "api_key",
            row["public_id"],
            reason="new password by a mailed link",
        )
    for organisation, ended in by_organisation.items():
        for owner in await conn.fetch(_OWNERS, organisation):
            if owner["id"] != person:
                await send(
                    "api_keys_ended", owner["email"], owner["language"], person=owner["id"], of=organisation,
                    name=owner["name"], who=who, organisation=ended[0]["organisation_name"],
                    labels=[row["name"] for row in ended],
                    go=f"/desk/{ended[0]['organisation_id']}/keys",
                )  # fmt: skip
    return [f"{row['name']} ({row['organisation_name']})" for row in rows]
