"""The review of an exporter: taken by one reviewer, checked point by point, decided - a rejection by two people."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Forbidden, Invalid
from kervan.exporters import letters, registration, service
from kervan.exporters.access import COLUMNS, Row, Seen, signs_as
from kervan.exporters.tables import Verification as V
from kervan.organisations import tasks
from kervan.trade.errors import N_


class Check(msgspec.Struct, frozen=True):
    """One point of a reviewer's list."""

    key: str
    shown: str
    """msgid"""
    needed: bool = True


CHECKLIST: tuple[Check, ...] = (
    Check("identity", N_("The tax plate names this number and this firm.")),
    Check("name", N_("The legal name is written as on the tax plate.")),
    Check("signature", N_("The person who handed it in may sign for the firm.")),
    Check("address", N_("The address is that of the tax plate, or the firm says why not.")),
    Check("sector", N_("The sectors fit what the firm makes and its activity codes.")),
    Check("association", N_("The member number is the one of our list.")),
    Check("contact", N_("The contact answered by telephone or mail."), needed=False),
    Check("capacity", N_("The capacity report fits what the firm says of itself."), needed=False),
    Check("sanctions", N_("The names were looked up in the sanctions lists; what was found is in the note.")),
)

_TAKE_FIRST = N_("Take this registration first: then everybody sees that you look at it.")
_PROPOSED = N_("A rejection was proposed. Confirm it or give it back first.")
REASON_NEEDED = N_("Write the reason: the firm reads it.")


def checks_for(firm: Row) -> tuple[Check, ...]:
    """The points that apply to a firm: a member number is only checked where one is given."""
    return tuple(check for check in CHECKLIST if check.key != "association" or firm["association_no"])


def unticked(firm: Row, ticked: Mapping[str, bool]) -> tuple[Check, ...]:
    """The points that must be ticked before the firm can be verified and are not."""
    return tuple(check for check in checks_for(firm) if check.needed and not ticked.get(check.key))


async def open_review(exporter: int) -> Mapping[str, Any] | None:
    """The review that is open, with who has it and until when it is due; None when there is none."""
    rows = await fetch(
        """SELECT r.*, t.assigned_to, t.assigned_at, t.due_at, a.name AS assigned_name, p.name AS rejection_name
        FROM exporter_review r JOIN exporter e ON e.id = r.exporter JOIN organisation o ON o.id = e.organisation
        LEFT JOIN task t ON t.kind = 'EXPORTER_REVIEW' AND t.about = o.public_id AND t.done_at IS NULL
        LEFT JOIN person a ON a.id = t.assigned_to LEFT JOIN person p ON p.id = r.rejection_by
        WHERE r.exporter = $1 AND r.decided_at IS NULL""",
        exporter,
    )
    return dict(rows[0]) | {"ticked": msgspec.json.decode(rows[0]["checklist"])} if rows else None


async def take(caller: Caller, seen: Seen) -> None:
    """Assigns the review to the caller; what was submitted is under review from then on. Raises as tasks.assign."""
    await tasks.assign(caller, tasks.EXPORTER_REVIEW, seen.firm["public_id"], caller.person)
    if seen.firm["verification"] == V.SUBMITTED:
        async with transaction() as tx:
            await service.move(tx.connection, seen.firm["id"], V.UNDER_REVIEW, caller.actor)


async def give_back(caller: Caller, seen: Seen) -> None:
    """Gives the review back to all colleagues."""
    await tasks.assign(caller, tasks.EXPORTER_REVIEW, seen.firm["public_id"], None)


async def tick(caller: Caller, seen: Seen, ticked: Mapping[str, bool], note: str) -> None:
    """Saves the points that are ticked, and the note; only what changed is written into the audit trail."""
    known = {check.key for check in checks_for(seen.firm)}
    after = {key: True for key, value in ticked.items() if value and key in known}
    async with transaction() as tx:
        row = await _mine(tx.connection, caller, seen)
        before = msgspec.json.decode(row["checklist"])
        if before == after and row["note"] == note:
            return
        await tx.connection.execute(
            "UPDATE exporter_review SET checklist = $2, note = $3 WHERE id = $1",
            row["id"],
            msgspec.json.encode(after).decode(),
            note,
        )
        changed = {"note": True} if row["note"] != note else {}
        await audit.record(
            caller.actor, "exporter.checked", "exporter", seen.firm["id"], before, after | changed
        )  # fmt: skip


async def ask_more(caller: Caller, seen: Seen, reason: str) -> None:
    """Sends the firm back to its owner with what is missing; a firm that is only renewed stays verified."""
    _needs(reason)
    async with transaction() as tx:
        row = await _mine(tx.connection, caller, seen)
        if seen.firm["verification"] != V.VERIFIED:
            await service.move(tx.connection, seen.firm["id"], V.NEEDS_INFO, caller.actor, reason)
        else:
            await audit.record(
                caller.actor, "exporter.renewal_returned", "exporter", seen.firm["id"], reason=reason
            )
        await _decide(tx.connection, caller, seen, row, "NEEDS_INFO", reason)
        await letters.tell_owners(
            tx.connection, seen.firm, "exporter_needs_info", "/registration", reason=reason
        )


async def verify(caller: Caller, seen: Seen) -> None:
    """Verifies the firm for a year, in the name of the reviewer's organisation. Invalid while points are open."""
    firm = seen.firm
    today = datetime.now(UTC).date()
    async with transaction() as tx:
        row = await _mine(tx.connection, caller, seen)
        if firm["verification"] not in (V.UNDER_REVIEW, V.VERIFIED):
            raise Conflict(N_("Only a registration under review can be verified."))
        if unticked(firm, msgspec.json.decode(row["checklist"])):
            raise Invalid(N_("Some points that every firm needs are not ticked yet."))
        # A renewal before the end goes on from there: nobody loses days by being early.
        begin = max(today, firm["verified_until"]) if firm["verification"] == V.VERIFIED else today
        until = begin + service.VERIFICATION_DAYS
        by = signs_as(seen.membership)
        if firm["verification"] == V.VERIFIED:
            await tx.connection.execute(
                """UPDATE exporter SET verified_until = $2, verified_by = $3, version = version + 1, updated_at = now()
                WHERE id = $1 AND verification = 'VERIFIED'""",
                firm["id"],
                until,
                by,
            )
            await audit.record(
                caller.actor, "exporter.renewed", "exporter", firm["id"],
                {"until": firm["verified_until"]}, {"until": until, "by": by},
            )  # fmt: skip
        else:
            await service.move(
                tx.connection, firm["id"], V.VERIFIED, caller.actor, verified_by=by, verified_until=until
            )
        await _decide(tx.connection, caller, seen, row, "VERIFIED", None)
        await letters.tell_owners(tx.connection, firm, "exporter_verified", until=until)


async def propose_rejection(caller: Caller, seen: Seen, reason: str) -> None:
    """Proposes to reject the firm; another reviewer decides. Raises Conflict when it is proposed already."""
    _needs(reason)
    if seen.firm["verification"] != V.UNDER_REVIEW:
        raise Conflict(N_("Only a registration under review can be rejected."))
    async with transaction() as tx:
        row = await _mine(tx.connection, caller, seen)
        await tx.connection.execute(
            """UPDATE exporter_review SET rejection_by = $2, rejection_reason = $3, rejection_at = now()
            WHERE id = $1""",
            row["id"],
            caller.person,
            reason,
        )
        await audit.record(
            caller.actor, "exporter.rejection_proposed", "exporter", seen.firm["id"], reason=reason
        )


async def confirm_rejection(caller: Caller, seen: Seen) -> None:
    """Rejects the firm as a colleague proposed. Forbidden for who proposed it, Conflict when it is decided already."""
    async with transaction() as tx:
        row = await _open(tx.connection, seen)
        if row["rejection_by"] is None:
            raise Conflict(N_("Nobody proposes to reject this firm (any more)."))
        if row["rejection_by"] == caller.person:
            raise Forbidden(N_("You proposed this rejection: a second person decides."))
        reason: str = row["rejection_reason"]
        await service.move(tx.connection, seen.firm["id"], V.REJECTED, caller.actor, reason)
        await _decide(tx.connection, caller, seen, row, "REJECTED", reason)
        await letters.tell_owners(tx.connection, seen.firm, "exporter_rejected", reason=reason)


async def return_rejection(caller: Caller, seen: Seen, reason: str) -> None:
    """Gives a proposed rejection back with a reason, or takes one's own back; the review goes on."""
    _needs(reason)
    async with transaction() as tx:
        row = await _open(tx.connection, seen)
        if row["rejection_by"] is None:
            raise Conflict(N_("Nobody proposes to reject this firm (any more)."))
        await tx.connection.execute(
            """UPDATE exporter_review SET rejection_by = NULL, rejection_reason = NULL, rejection_at = NULL
            WHERE id = $1""",
            row["id"],
        )
        await audit.record(
            caller.actor, "exporter.rejection_returned", "exporter", seen.firm["id"],
            {"reason": row["rejection_reason"]}, None, reason,
        )  # fmt: skip


async def suspend(caller: Caller, seen: Seen, reason: str) -> None:
    """Hides a verified firm and all its listings at once."""
    _needs(reason)
    async with transaction() as tx:
        await service.move(tx.connection, seen.firm["id"], V.SUSPENDED, caller.actor, reason)
        await letters.tell_owners(tx.connection, seen.firm, "exporter_suspended", reason=reason)


async def reinstate(caller: Caller, seen: Seen, reason: str) -> None:
    """Shows a suspended firm again; its verification ends when it would have ended anyway."""
    _needs(reason)
    if seen.firm["verification"] != V.SUSPENDED:
        raise Conflict(N_("Only a suspended firm can be reinstated."))
    async with transaction() as tx:
        await service.move(tx.connection, seen.firm["id"], V.VERIFIED, caller.actor, reason)
        await letters.tell_owners(tx.connection, seen.firm, "exporter_reinstated")


def _needs(reason: str) -> None:
    if not reason.strip():
        raise Invalid(fields={"reason": REASON_NEEDED})


async def _open(conn: Connection, seen: Seen) -> Record:
    """The open review, locked: decisions about one firm happen one after the other."""
    row = await conn.fetchrow(
        "SELECT * FROM exporter_review WHERE exporter = $1 AND decided_at IS NULL FOR UPDATE", seen.firm["id"]
    )
    if row is None:
        raise Conflict(N_("This registration is not in the queue any more."))
    return row


async def _mine(conn: Connection, caller: Caller, seen: Seen) -> Record:
    """The same, when the caller has taken it and no rejection is waiting."""
    row = await _open(conn, seen)
    if seen.firm["verification"] == V.SUBMITTED or not await conn.fetchval(
        "SELECT 1 FROM task WHERE kind = 'EXPORTER_REVIEW' AND about = $1 AND done_at IS NULL AND assigned_to = $2",
        seen.firm["public_id"],
        caller.person,
    ):
        raise Conflict(_TAKE_FIRST)
    if row["rejection_by"] is not None:
        raise Conflict(_PROPOSED)
    return row


async def _decide(
    conn: Connection, caller: Caller, seen: Seen, row: Record, outcome: str, reason: str | None
) -> None:
    await conn.execute(
        "UPDATE exporter_review SET decided_by = $2, decided_at = now(), outcome = $3, reason = $4 WHERE id = $1",
        row["id"],
        caller.person,
        outcome,
        reason,
    )
    await tasks.close_task(conn, tasks.EXPORTER_REVIEW, seen.firm["public_id"])


async def open_for_loaded(now: datetime | None = None) -> int:
    """Puts exporters that a loader stored as submitted or under review into the queue; returns how many.

    Safe to repeat: those that are in it already stay as they are.
    """
    now = now or datetime.now(UTC)
    count = 0
    async with transaction() as tx:
        rows = await tx.connection.fetch(
            f"""SELECT {COLUMNS} FROM exporter e JOIN organisation o ON o.id = e.organisation
            WHERE e.verification IN ('SUBMITTED', 'UNDER_REVIEW')
                AND NOT EXISTS (SELECT FROM exporter_review r WHERE r.exporter = e.id AND r.decided_at IS NULL)
            ORDER BY e.id"""
        )
        for row in rows:
            opened = row["submitted_at"] or now
            await tx.connection.execute(
                "UPDATE exporter SET submitted_at = $2 WHERE id = $1", row["id"], opened
            )
            count += await registration.enqueue(tx.connection, dict(row), opened)
    return count
