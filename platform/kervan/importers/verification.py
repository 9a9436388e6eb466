"""What verifiers do with importers: verify, refuse, suspend, reinstate; and the round that lets verifications end.

Each writes one audit row, closes or opens the task, and tells the firm's owners.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any

import structlog
from asyncpg import Connection

from kervan import audit
from kervan.accounts import sessions
from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid
from kervan.importers import states
from kervan.importers.service import tell
from kervan.importers.structs import Importer
from kervan.importers.tables import Standing
from kervan.organisations import tasks
from kervan.requests import standing
from kervan.trade.errors import N_

log = structlog.get_logger(__name__)

MONTHS = 24
"""How long a verification holds (domain A3): a rule of the platform."""

LOOKED_AT: Mapping[str, str] = {
    "website": N_("The website"),
    "phone": N_("A telephone call"),
    "register": N_("The trade or tax register"),
    "visit": N_("A visit"),
    "references": N_("References of others"),
}
"""What somebody can have looked at before a firm is verified."""

STEPS: Mapping[str, str] = {
    "importer.registered": N_("Registered"),
    "importer.registered_by_post": N_("Registered by the post"),
    "importer.taken_over": N_("Taken over by the firm's own people"),
    "importer.standing": N_("E-mail confirmed"),
    "importer.changed": N_("Firm changed"),
    "importer.verification_asked": N_("Verification asked for"),
    "importer.verified": N_("Verified"),
    "importer.refused": N_("Not verified"),
    "importer.suspended": N_("Suspended"),
    "importer.reinstated": N_("Suspension ended"),
    "importer.verification_ended": N_("Verification ended"),
    "importer.closed": N_("Closed"),
}
"""What the trail of an importer calls what was done."""

NOTHING_TICKED = N_("Tick what you looked at.")

_VERIFY = """
UPDATE importer SET standing = 'VERIFIED', verified_at = now(), verified_until = $3, verified_by = $4, evidence = $5,
    looked_at = $6, standing_reason = NULL, version = version + 1, updated_at = now()
WHERE id = $1 AND version = $2 AND standing IN ('ACTIVE', 'VERIFIED') RETURNING id
"""
_SUSPEND = """
UPDATE importer SET standing_before = standing, standing = 'SUSPENDED', standing_reason = $2, version = version + 1,
    updated_at = now()
WHERE id = $1 AND standing IN ('PENDING_EMAIL', 'ACTIVE', 'VERIFIED') RETURNING standing_before
"""
# A verification that ended meanwhile does not come back.
_REINSTATE = """
UPDATE importer SET standing = CASE WHEN standing_before = 'VERIFIED' AND verified_until < current_date
        THEN 'ACTIVE' ELSE standing_before END,
    standing_before = NULL, standing_reason = NULL, version = version + 1, updated_at = now()
WHERE id = $1 AND standing = 'SUSPENDED' RETURNING standing
"""
_REFUSE = """
UPDATE importer SET standing_reason = $2, version = version + 1, updated_at = now()
WHERE id = $1 AND standing = 'ACTIVE' RETURNING id
"""
_EXPIRE = """
UPDATE importer SET standing = 'ACTIVE', verified_at = NULL, verified_until = NULL, verified_by = NULL,
    standing_reason = $2, version = version + 1, updated_at = now()
WHERE id = $1 AND standing = 'VERIFIED' AND verified_until < current_date
RETURNING id
"""
_EXPIRED = N_("The verification was valid for 24 months and has ended. Ask for a new one here.")
_OTHER_STATE = N_("The firm was changed in the meantime. Look at it again.")


def until(day: date) -> date:
    """The last day of a verification that is given on `day`."""
    months = day.month - 1 + MONTHS
    year, month = day.year + months // 12, months % 12 + 1
    # 29 February has no counterpart in most years.
    return date(year, month, min(day.day, 28) if month == 2 else day.day)


async def verify(
    caller: Caller,
    by: Membership,
    importer: Importer,
    looked_at: Collection[str],
    evidence: str,
    version: int,
) -> date:
    """Verifies the firm for 24 months on the evidence; also anew, before the old one ends. Returns the last day.

    Raises Invalid without evidence, Conflict for a firm that is not active or that changed since `version`.
    """
    wrong: dict[str, Any] = {}
    if not evidence.strip():
        wrong["evidence"] = N_("Write what you found: without it the verification proves nothing.")
    if not looked_at or not set(looked_at) <= set(LOOKED_AT):
        wrong["looked_at"] = NOTHING_TICKED
    if wrong:
        raise Invalid(fields=wrong)
    if importer.standing != Standing.VERIFIED:
        states.check(importer.standing, Standing.VERIFIED)
    last = until(datetime.now(UTC).date())
    async with transaction() as tx:
        conn = tx.connection
        done = await conn.fetchval(
            _VERIFY, importer.id, version, last, by.name, evidence.strip(), sorted(looked_at)
        )  # fmt: skip
        if done is None:
            raise Conflict(_OTHER_STATE)
        await tasks.close_task(conn, tasks.IMPORTER_REVIEW, importer.public_id)
        await _noted(
            conn, caller, importer, "importer.verified", Standing.VERIFIED, None,
            {"until": last, "by": by.public_id, "looked_at": sorted(looked_at)},
        )  # fmt: skip
        await _tell(importer, "importer_verified", until=last.isoformat(), by=by.name)
    return last


async def refuse(caller: Caller, importer: Importer, reason: str) -> None:
    """Does not verify the firm, for a reason that it is told; it stays active and may ask again."""
    reason = _given(reason)
    async with transaction() as tx:
        conn = tx.connection
        if await conn.fetchval(_REFUSE, importer.id, reason) is None:
            raise Conflict(_OTHER_STATE)
        await tasks.close_task(conn, tasks.IMPORTER_REVIEW, importer.public_id)
        await _noted(conn, caller, importer, "importer.refused", Standing.ACTIVE, reason)
        await _tell(importer, "importer_not_verified", reason=reason)


async def suspend(caller: Caller, importer: Importer, reason: str) -> None:
    """Stops the firm for a reason that it is told; its people can still sign in."""
    reason = _given(reason)
    async with transaction() as tx:
        conn = tx.connection
        if await conn.fetchval(_SUSPEND, importer.id, reason) is None:
            states.check(importer.standing, Standing.SUSPENDED)
            raise Conflict(_OTHER_STATE)
        await tasks.close_task(conn, tasks.IMPORTER_REVIEW, importer.public_id)
        await _noted(conn, caller, importer, "importer.suspended", Standing.SUSPENDED, reason)
        await standing.buyer_changed(conn, importer.id)
        await _tell(importer, "importer_suspended", reason=reason)


async def reinstate(caller: Caller, importer: Importer, reason: str) -> None:
    """Puts a suspended firm back to where it stood before; a verification that ended meanwhile stays ended."""
    reason = _given(reason)
    async with transaction() as tx:
        conn = tx.connection
        before = await conn.fetchval(_REINSTATE, importer.id)
        if before is None:
            raise Conflict(N_("This firm is not suspended."))
        await _noted(conn, caller, importer, "importer.reinstated", before, reason)
        await standing.buyer_changed(conn, importer.id)
        await _tell(importer, "importer_reinstated")


async def expire_verifications() -> int:
    """Ends the verifications whose last day is over, one transaction each; returns how many. For a daily round."""
    due = await fetch(
        "SELECT id FROM importer WHERE standing = 'VERIFIED' AND verified_until < current_date ORDER BY id"
    )
    ended = 0
    for row in due:
        async with transaction() as tx:
            conn = tx.connection
            firm = await conn.fetchrow(
                "SELECT public_id, legal_name, organisation, verified_until FROM importer WHERE id = $1 FOR UPDATE",
                row["id"],
            )
            if await conn.fetchval(_EXPIRE, row["id"], _EXPIRED) is None:
                continue
            await audit.record(
                "system:round", "importer.verification_ended", "importer", firm["public_id"],
                {"standing": Standing.VERIFIED, "until": firm["verified_until"]}, {"standing": Standing.ACTIVE},
                "expired",
            )  # fmt: skip
            desk = await conn.fetchval(
                "SELECT public_id FROM organisation WHERE id = $1", firm["organisation"]
            )
            await tell(firm["organisation"], "importer_expired", firm["legal_name"], desk)
            ended += 1
    if ended:
        log.info("importers' verifications ended", count=ended)
    return ended


def _given(reason: str) -> str:
    if not reason.strip():
        raise Invalid(fields={"reason": N_("Write the reason: the firm reads it.")})
    return reason.strip()


async def _noted(
    conn: Connection,
    caller: Caller,
    importer: Importer,
    action: str,
    after: str,
    reason: str | None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """The audit row; the people of the firm get new tokens, since their standing is part of what they may do."""
    await audit.record(
        caller.actor, action, "importer", importer.public_id,
        {"standing": importer.standing}, {"standing": after, **(more or {})}, reason,
    )  # fmt: skip
    people = await conn.fetch(
        "SELECT person FROM membership WHERE organisation = $1 AND ended_at IS NULL", importer.organisation
    )
    for row in people:
        await sessions.turn_all(conn, row["person"])


async def _tell(importer: Importer, template: str, **context: Any) -> None:
    await tell(importer.organisation, template, importer.legal_name, importer.organisation_id, **context)
