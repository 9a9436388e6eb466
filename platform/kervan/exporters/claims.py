"""Claims: somebody says that a firm which is on the platform already is theirs; its reviewers decide."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec

from kervan import audit, vault
from kervan.accounts.callers import Caller, Membership, holder
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.exporters import letters, rules
from kervan.exporters.access import covering, refuse_own
from kervan.files import store
from kervan.files.documents import Accepted
from kervan.ids import new_public_id
from kervan.notifications.letters import send
from kervan.organisations import roles, tasks
from kervan.organisations import service as organisations
from kervan.organisations.queries import IN_TERM
from kervan.trade.errors import N_

FOLDER = "claims"
_SEALED = "claim"

_CLAIM = """
SELECT c.id, c.public_id, c.message, c.document_path, c.document_name, c.document_type, c.created_at, c.decided_at,
    c.accepted, c.reason, c.person, c.exporter, p.name AS person_name, p.email AS person_email, p.language,
    p.public_id AS person_id, p.created_at AS person_since, e.legal_name, e.trade_name, e.vkn, e.association,
    e.organisation, e.verification, e.contact_email, e.website, o.public_id AS firm,
    d.name AS decided_name, t.assigned_to, t.due_at, a.name AS assigned_name
FROM exporter_claim c JOIN person p ON p.id = c.person JOIN exporter e ON e.id = c.exporter
JOIN organisation o ON o.id = e.organisation LEFT JOIN person d ON d.id = c.decided_by
LEFT JOIN task t ON t.kind = 'EXPORTER_CLAIM' AND t.about = c.public_id AND t.done_at IS NULL
LEFT JOIN person a ON a.id = t.assigned_to
"""
_OWNERS = f"""
SELECT p.id, p.name, p.email, p.language FROM membership m JOIN person p ON p.id = m.person
WHERE m.organisation = $1 AND m.role = 'OWNER' AND {IN_TERM} AND p.state = 'ACTIVE' AND p.id <> $2 ORDER BY m.id
"""


class Claimed(msgspec.Struct, frozen=True):
    """A claim, and the membership by which the caller may decide it."""

    claim: Mapping[str, Any]
    membership: Membership


def seal(caller: Caller, exporter: int) -> str:
    """The firm that a claim form is about, so that neither its id nor its number stands in the page."""
    return vault.seal(f"{caller.person} {exporter}", _SEALED)


def unseal(caller: Caller, sealed: str) -> int | None:
    """The exporter.id of `seal`, when the form was made for this caller."""
    try:
        person, _, exporter = vault.unseal(sealed, _SEALED).partition(" ")
    except vault.Broken:
        return None
    return int(exporter) if person == str(caller.person) else None


async def make(caller: Caller, exporter: int, message: str, paper: Accepted | None) -> str:
    """Stores a claim, opens the task of who decides it and tells the claimer; returns the claim's public id.

    Raises Conflict for somebody who belongs to the firm already or whose claim is still open.
    """
    if any(membership.exporter == exporter for membership in caller.memberships):
        raise Conflict(N_("You belong to this firm already."))
    public_id = new_public_id()
    path = await store.put(FOLDER, paper.data, paper.extension) if paper else None
    try:
        async with transaction() as tx:
            conn = tx.connection
            firm = await conn.fetchrow("SELECT association, legal_name FROM exporter WHERE id = $1", exporter)
            if firm is None:
                raise NotFound()
            await conn.execute(
                """INSERT INTO exporter_claim
                    (public_id, exporter, person, message, document_path, document_name, document_type)
                VALUES ($1, $2, $3, $4, $5, $6, $7)""",
                public_id,
                exporter,
                caller.person,
                message,
                path,
                paper and paper.name,
                paper and paper.content_type,
            )
            await tasks.open_task(
                conn,
                tasks.EXPORTER_CLAIM,
                public_id,
                await letters.reviewing_organisation(conn, firm["association"]),
                rules.add_working_days(datetime.now(UTC), rules.REVIEW_WORKING_DAYS),
            )
            await audit.record(
                caller.actor, "exporter.claimed", "exporter", exporter, after={"claim": public_id}
            )
            await send(
                "claim_received",
                caller.email,
                caller.language,
                person=caller.person,
                name=caller.name,
                organisation=firm["legal_name"],
            )
    except asyncpg.UniqueViolationError as error:
        await _forget(path)
        raise Conflict(
            N_("Your claim is with the reviewers already. We write to you when it is decided.")
        ) from error
    except (KervanError, OSError):
        await _forget(path)
        raise
    return public_id


async def _forget(path: str | None) -> None:
    if path:
        await store.delete(path)


async def for_review(caller: Caller, public_id: str) -> Claimed:
    """A claim that the caller may decide. NotFound outside the own scope, Forbidden for one's own claim or firm."""
    memberships = holder(caller, roles.REVIEW_EXPORTERS)
    rows = await fetch(f"{_CLAIM} WHERE c.public_id = $1", public_id)
    if not rows:
        raise NotFound()
    membership = covering(memberships, rows[0]["association"])
    refuse_own(caller, rows[0]["exporter"])
    if rows[0]["person"] == caller.person:
        raise NotFound()
    return Claimed(dict(rows[0]), membership)


async def of_reviewer(
    caller: Caller, everything: bool, associations: list[str], decided: bool, page: int, size: int
) -> tuple[list[Mapping[str, Any]], int]:
    """Claims in a reviewer's scope, open ones by age, decided ones newest first; with their number in all."""
    rows = await fetch(
        f"""{_CLAIM} WHERE ($1 OR e.association = ANY($2)) AND (c.decided_at IS NOT NULL) = $3 AND c.person <> $6
        ORDER BY {"c.decided_at DESC" if decided else "c.created_at"} LIMIT $4 OFFSET $5""",
        everything,
        associations,
        decided,
        size,
        (page - 1) * size,
        caller.person,
    )
    total = await fetch(
        """SELECT count(*) AS n FROM exporter_claim c JOIN exporter e ON e.id = c.exporter
        WHERE ($1 OR e.association = ANY($2)) AND (c.decided_at IS NOT NULL) = $3 AND c.person <> $4""",
        everything,
        associations,
        decided,
        caller.person,
    )
    return [dict(row) for row in rows], total[0]["n"]


async def decide(caller: Caller, claimed: Claimed, accepted: bool, reason: str) -> None:
    """Accepts a claim (its person becomes an owner) or refuses it with a reason; the person is told.

    Raises Invalid without a reason, Conflict when a colleague decided it meanwhile.
    """
    if not accepted and not reason.strip():
        raise Invalid(fields={"reason": N_("Write the reason: the claimer reads it.")})
    claim = claimed.claim
    async with transaction() as tx:
        conn = tx.connection
        decided = await conn.fetchval(
            """UPDATE exporter_claim SET decided_by = $2, decided_at = now(), accepted = $3, reason = $4
            WHERE id = $1 AND decided_at IS NULL RETURNING id""",
            claim["id"],
            caller.person,
            accepted,
            reason or None,
        )
        if decided is None:
            raise Conflict(N_("This claim was decided in the meantime."))
        if accepted:
            await _tell_owners(conn, claim)
            await _make_owner(conn, caller, claim)
        await tasks.close_task(conn, tasks.EXPORTER_CLAIM, claim["public_id"])
        await audit.record(
            caller.actor, "exporter.claim_decided", "exporter", claim["exporter"],
            after={"claim": claim["public_id"], "accepted": accepted, "person": claim["person"]}, reason=reason or None,
        )  # fmt: skip
        await send(
            "claim_decided",
            claim["person_email"],
            claim["language"],
            person=claim["person"],
            name=claim["person_name"],
            organisation=claim["legal_name"],
            accepted=accepted,
            reason=reason,
            source=f"claim_decided {claim['public_id']}",
            go=f"/desk/{claim['firm']}" if accepted else "/desk",
        )


async def _tell_owners(conn: asyncpg.Connection, claim: Mapping[str, Any]) -> None:
    """Those who own the firm learn who owns it with them from now on: they can object while it is fresh."""
    for owner in await conn.fetch(_OWNERS, claim["organisation"], claim["person"]):
        await send(
            "claim_new_owner", owner["email"], owner["language"], person=owner["id"], of=claim["organisation"],
            name=owner["name"], organisation=claim["legal_name"], who=claim["person_name"],
            go=f"/desk/{claim['firm']}/members",
        )  # fmt: skip


async def _make_owner(conn: asyncpg.Connection, caller: Caller, claim: Mapping[str, Any]) -> None:
    """The claimer may have been invited to the firm meanwhile."""
    belongs = await conn.fetchval(
        "SELECT 1 FROM membership WHERE organisation = $1 AND person = $2 AND ended_at IS NULL",
        claim["organisation"],
        claim["person"],
    )
    give = organisations.change_membership if belongs else organisations.add_member
    await give(conn, claim["organisation"], claim["person"], "OWNER", actor=caller.actor)
