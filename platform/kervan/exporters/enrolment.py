"""Members that an association vouches for: mailed a link, and verified as soon as somebody of the firm takes it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
from asyncpg import Connection

from kervan import audit, vault
from kervan.accounts import people
from kervan.accounts.callers import Caller
from kervan.db import fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.exporters import letters, registration, rules, service
from kervan.exporters.enrolment_lists import Member, Report
from kervan.exporters.rules import Identity
from kervan.exporters.tables import Kind
from kervan.exporters.tables import Verification as V
from kervan.ids import new_public_id
from kervan.mail.service import send
from kervan.organisations import roles
from kervan.trade import emails
from kervan.trade.errors import N_

ACTOR = "system:enrolment"

_SHOWN = """
SELECT n.id, n.public_id, n.vkn, n.legal_name, n.kind, n.province, n.association_no, n.email, n.email_key, n.language,
    n.created_at, n.sent_at, n.expires_at, n.claimed_at, n.withdrawn_at, n.created_by, n.association AS association_id,
    o.name AS association_name, o.association, p.name AS created_name, f.public_id AS firm,
    n.expires_at <= now() AS expired
FROM enrolment n JOIN organisation o ON o.id = n.association LEFT JOIN person p ON p.id = n.created_by
LEFT JOIN exporter e ON e.id = n.exporter LEFT JOIN organisation f ON f.id = e.organisation
"""
_OPEN = "n.claimed_at IS NULL AND n.withdrawn_at IS NULL"


class Body(msgspec.Struct, frozen=True):
    """An association for which the caller enters members."""

    id: int
    public_id: str
    name: str
    association: str


async def bodies(caller: Caller) -> tuple[Body, ...]:
    """The caller's own associations; for the Ministry all that are on the platform. NotFound for everybody else."""
    held = caller.may(roles.ENROL)
    rows = await fetch(
        """SELECT id, public_id, name, association FROM organisation
        WHERE kind = 'ASSOCIATION' AND closed_at IS NULL AND ($1 OR id = ANY($2)) ORDER BY association""",
        any(m.kind == "MINISTRY" for m in held),
        [m.organisation for m in held],
    )
    if not held:
        raise NotFound()
    return tuple(Body(**row) for row in rows)


async def commit(caller: Caller, body: Body, report: Report) -> int:
    """Stores the members of a checked list and mails each a link; returns how many. All or none.

    Members that got a link in the meantime (two tabs, two colleagues) are left out.
    """
    made = 0
    async with transaction() as tx:
        for member in report.members:
            token = vault.new_token()
            if not await _insert(tx.connection, caller, body, member, token):
                continue
            made += 1
            await _mail(body.name, member.legal_name, member.email, member.language, token)
        await audit.record(
            caller.actor,
            "enrolment.list_committed",
            "organisation",
            body.public_id,
            after={"members": made},
        )
    return made


async def _insert(conn: Connection, caller: Caller, body: Body, member: Member, token: str) -> bool:
    email = emails.address(member.email)
    id = await conn.fetchval(
        """INSERT INTO enrolment (public_id, association, vkn, legal_name, kind, province, association_no, email,
            email_key, language, token_hash, created_by, sent_at, expires_at)
        SELECT $1, $2, $3::varchar, $4, $5, $6, $7, $8, $9, $10, $11, $12, now(), now() + make_interval(days => $13)
        WHERE NOT EXISTS (SELECT FROM exporter e WHERE e.vkn = $3::varchar)
        ON CONFLICT (association, vkn) WHERE claimed_at IS NULL AND withdrawn_at IS NULL DO NOTHING RETURNING id""",
        new_public_id(),
        body.id,
        member.vkn,
        member.legal_name,
        member.kind,
        member.province,
        member.member_no,
        email.shown,
        email.key,
        member.language,
        vault.token_hash(token),
        caller.person,
        rules.ENROLMENT_DAYS,
    )
    if id is not None:
        await audit.record(caller.actor, "enrolment.created", "enrolment", id, after={"vkn": member.vkn})
    return id is not None


async def _mail(association: str, company: str, email: str, language: str, token: str) -> None:
    await send("enrolment", email, language, association=association, company=company, token=token)


async def of_association(
    organisation: int, state: str, page: int, size: int
) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, int]]:
    """The members of an association's lists in one state (open, claimed, withdrawn), and how many there are of each."""
    conditions = {
        "open": _OPEN,
        "claimed": "n.claimed_at IS NOT NULL",
        "withdrawn": "n.claimed_at IS NULL AND n.withdrawn_at IS NOT NULL",
    }
    rows = await fetch(
        f"{_SHOWN} WHERE n.association = $1 AND {conditions[state]} ORDER BY n.id DESC LIMIT $2 OFFSET $3",
        organisation,
        size,
        (page - 1) * size,
    )
    counts = await fetch(
        f"""SELECT count(*) FILTER (WHERE {_OPEN}) AS open, count(n.claimed_at) AS claimed,
            count(*) FILTER (WHERE {conditions["withdrawn"]}) AS withdrawn
        FROM enrolment n WHERE n.association = $1""",
        organisation,
    )
    return [dict(row) for row in rows], dict(counts[0])


async def resend(caller: Caller, public_id: str) -> None:
    """Mails a new link, which works for another 30 days; the old one is worth nothing from then on."""
    allowed = {body.id: body.name for body in await bodies(caller)}
    token = vault.new_token()
    async with transaction() as tx:
        row = await tx.connection.fetchrow(
            f"""UPDATE enrolment n SET token_hash = $3, sent_at = now(),
                expires_at = now() + make_interval(days => $4)
            WHERE n.public_id = $1 AND n.association = ANY($2) AND {_OPEN}
            RETURNING n.id, n.association, n.legal_name, n.email, n.language""",
            public_id,
            list(allowed),
            vault.token_hash(token),
            rules.ENROLMENT_DAYS,
        )
        if row is None:
            raise NotFound()
        await audit.record(caller.actor, "enrolment.sent_again", "enrolment", row["id"])
        await _mail(allowed[row["association"]], row["legal_name"], row["email"], row["language"], token)


async def withdraw(caller: Caller, public_id: str) -> None:
    """Takes a member off the list: its link is worth nothing from then on."""
    allowed = [body.id for body in await bodies(caller)]
    async with transaction() as tx:
        id = await tx.connection.fetchval(
            f"""UPDATE enrolment n SET withdrawn_at = now(), token_hash = NULL
            WHERE n.public_id = $1 AND n.association = ANY($2) AND {_OPEN} RETURNING n.id""",
            public_id,
            allowed,
        )
        if id is None:
            raise NotFound()
        await audit.record(caller.actor, "enrolment.withdrawn", "enrolment", id)


async def by_token(token: str) -> Mapping[str, Any]:
    """The open enrolment of a mailed link. NotFound for one that was used, withdrawn, sent anew or is too old."""
    rows = await fetch(
        f"{_SHOWN} WHERE n.token_hash = $1 AND {_OPEN} AND n.expires_at > now() AND o.closed_at IS NULL",
        vault.token_hash(token),
    )
    if not rows:
        raise NotFound(
            N_(
                "This link is not valid any more: it was used, taken back or is too old."
                " Ask your association for a new one."
            )
        )
    return dict(rows[0])


async def holder_exists(row: Mapping[str, Any]) -> bool:
    """Whether the address that the link was mailed to has an account: then its owner signs in."""
    return bool(
        await fetchval("SELECT 1 FROM person WHERE email_key = $1 AND state <> 'CLOSED'", row["email_key"])
    )


async def claim(
    token: str,
    declarations: Mapping[str, bool],
    caller: Caller | None,
    name: str = "",
    password_hash: str | None = None,
) -> tuple[int, str]:
    """Makes the reader of the link the owner of the firm, and the firm verified; returns (person.id, public id).

    `caller` is who is signed in; None: a new person of this name and password with the address that the link was
    mailed to, which that proves. Draft, submitted, under review, verified: one transaction, every arrow audited.
    Raises Invalid without the declarations, NotFound for a dead link, Conflict when the firm came here otherwise.
    """
    if not all(declarations.get(key) for key in rules.DECLARATIONS):
        raise Invalid(N_("Please tick all declarations: without them nobody can be verified."))
    row = await by_token(token)
    if await fetchval("SELECT 1 FROM exporter WHERE vkn = $1", row["vkn"]):
        raise Conflict(N_("This firm is on the platform already."))
    try:
        async with transaction() as tx:
            conn = tx.connection
            taken = await conn.fetchval(
                """UPDATE enrolment SET claimed_at = now(), token_hash = NULL
                WHERE id = $1 AND token_hash = $2 AND claimed_at IS NULL AND withdrawn_at IS NULL RETURNING id""",
                row["id"],
                vault.token_hash(token),
            )
            if taken is None:
                raise NotFound(N_("This link was used a moment ago."))
            person = caller.person if caller else await _new_person(conn, row, name, password_hash)
            exporter, public_id = await _found(conn, row, person)
            await conn.execute("UPDATE enrolment SET exporter = $2 WHERE id = $1", row["id"], exporter)
            await audit.record(
                f"user:{person}", "enrolment.claimed", "enrolment", row["id"], after={"exporter": exporter}
            )
    except asyncpg.UniqueViolationError as error:
        raise Conflict(N_("This firm is on the platform already.")) from error
    return person, public_id


async def _new_person(conn: Connection, row: Mapping[str, Any], name: str, password_hash: str | None) -> int:
    return await people.create(
        conn,
        name=name,
        email=emails.address(row["email"]),
        password_hash=password_hash,
        language=row["language"],
        time_zone="Europe/Istanbul",
        state="ACTIVE",
    )


async def _found(conn: Connection, row: Mapping[str, Any], person: int) -> tuple[int, str]:
    now = datetime.now(UTC)
    actor = f"user:{person}"
    exporter, public_id, organisation = await registration.found(
        conn,
        person,
        actor,
        Identity(Kind(row["kind"]), vkn=row["vkn"]),
        row["legal_name"],
        row["legal_name"][:120],
        ("identity", "declarations"),
        province=row["province"],
        association=row["association"],
        association_no=row["association_no"],
        contact_email=row["email"],
        declarations=msgspec.json.encode(rules.DECLARATIONS).decode(),
    )
    reason = f"{row['association']}: {row['public_id']}"
    await service.move(conn, exporter, V.SUBMITTED, actor, submitted_at=now)
    await service.move(conn, exporter, V.UNDER_REVIEW, ACTOR, reason)
    until = now.date() + service.VERIFICATION_DAYS
    await service.move(
        conn, exporter, V.VERIFIED, ACTOR, reason, verified_by=row["association"], verified_until=until
    )
    await conn.execute(
        """INSERT INTO exporter_review (exporter, decided_by, decided_at, outcome, reason)
        VALUES ($1, $2, now(), 'VERIFIED', $3)""",
        exporter,
        row["created_by"],
        reason,
    )
    firm = {"organisation": organisation, "public_id": public_id, "legal_name": row["legal_name"]}
    await letters.tell_owners(conn, firm, "exporter_verified", until=until)
    return exporter, public_id
