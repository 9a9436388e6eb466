"""Consents given and withdrawn, each with its evidence: which text, when, where, by which request."""

from collections.abc import Collection

import msgspec
import structlog
from asyncpg import Connection

from kervan import audit, vault
from kervan.db import fetch, transaction
from kervan.privacy import texts
from kervan.privacy.tables import Purpose
from kervan.privacy.texts import Consents

PURPOSES = tuple(purpose.value for purpose in Purpose)

_GIVE = """
INSERT INTO consent (person, purpose, text_version, language, evidence) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (person, purpose) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id
"""
_WITHDRAW = """
UPDATE consent SET withdrawn_at = now(), withdrawal = $3
WHERE person = $1 AND purpose = $2 AND withdrawn_at IS NULL RETURNING id
"""
_HELD = "SELECT text_version FROM consent WHERE person = $1 AND purpose = $2 AND withdrawn_at IS NULL"


async def text_of(conn: Connection, person: int, purpose: str) -> Consents | None:
    """The texts in which somebody agreed to a purpose; None without a live consent."""
    held = await conn.fetchval(_HELD, person, Purpose(purpose))
    return None if held is None else texts.consent_versions()[held]


async def give(
    conn: Connection,
    person: int,
    purposes: Collection[str],
    language: str,
    where: str,
    version: str | None = None,
) -> None:
    """Notes the consents inside a transaction; those that are live already stay as they are.

    `where` says on which page the text was read; `version` names the text, by default the one in force.
    """
    version = version or texts.consents().version
    for purpose in purposes:
        evidence = _evidence(where)
        if await conn.fetchval(_GIVE, person, Purpose(purpose), version, language, evidence) is not None:
            await audit.record(
                f"user:{person}", "consent.given", "consent", f"{person}.{purpose}",
                after={"version": version, "language": language, "where": where},
            )  # fmt: skip


async def renew(conn: Connection, person: int, purpose: str, language: str, where: str, version: str) -> None:
    """The same for one purpose; a live consent to an older text ends, so that what was read now holds."""
    held = await conn.fetchval(_HELD, person, Purpose(purpose))
    if held is not None and held < version:
        await withdraw(conn, person, purpose, where)
    await give(conn, person, (purpose,), language, where, version)


async def withdraw(conn: Connection, person: int, purpose: str, where: str, actor: str | None = None) -> bool:
    """Ends a consent inside a transaction; False when none was live."""
    found = await conn.fetchval(_WITHDRAW, person, Purpose(purpose), _evidence(where))
    if found is None:
        return False
    await audit.record(
        actor or f"user:{person}",
        "consent.withdrawn",
        "consent",
        f"{person}.{purpose}",
        after={"where": where},
    )
    return True


def _evidence(where: str) -> str:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return msgspec.json.encode({"where": where, "request_id": request_id}).decode()


async def change(
    person: int, given: Collection[str], language: str, where: str, version: str | None = None
) -> None:
    """Sets all purposes at once: gives those in `given`, withdraws the others."""
    async with transaction() as tx:
        await give(tx.connection, person, given, language, where, version)
        for purpose in PURPOSES:
            if purpose not in given:
                await withdraw(tx.connection, person, purpose, where)


def token(public_id: str, purpose: str) -> str:
    """What the unsubscribe address of a mail ends with; holds for ever and needs nobody to be signed in."""
    who = f"{public_id}.{purpose}"
    return f"{who}.{vault.sign(who, 'unsubscribe')}"


def opened(token: str) -> tuple[str, str] | None:
    """(public id of the person, purpose) of such a token; None for one that we did not write."""
    public_id, _, rest = token.partition(".")
    purpose, _, signature = rest.partition(".")
    if purpose not in PURPOSES or not vault.is_signed(f"{public_id}.{purpose}", signature, "unsubscribe"):
        return None
    return public_id, purpose


async def unsubscribe(public_id: str, purpose: str, where: str) -> None:
    """Withdraws the consent of a person by public id; without complaint when there is none, or nobody, any more."""
    rows = await fetch("SELECT id FROM person WHERE public_id = $1", public_id)
    if rows:
        async with transaction() as tx:
            await withdraw(tx.connection, rows[0]["id"], purpose, where)
