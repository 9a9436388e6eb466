"""What administrators do to accounts: suspend, let in again, close. Each is audited and told by mail."""

from collections.abc import Awaitable, Callable

from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts import sessions, states
from kervan.accounts.callers import Caller, holder
from kervan.accounts.tables import PersonState
from kervan.db import transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.notifications.letters import send
from kervan.organisations import tasks
from kervan.organisations.roles import ADMINISTER
from kervan.privacy import erasure
from kervan.trade.errors import N_

LONGEST_REASON = 1000

First = Callable[[Connection], Awaitable[None]]
"""What a change has to pass inside its transaction before anything is written; it raises when it may not be."""


async def suspend(caller: Caller, person_public_id: str, reason: str, first: First | None = None) -> None:
    """Locks a person out at once. `reason` is what the person reads.

    Raises what `first` raises, NotFound, Invalid beside `reason`, Conflict for oneself or an account that is not open.
    """
    reason = _reason(reason)
    async with transaction() as tx:
        if first is not None:
            await first(tx.connection)
        row = await _moved(tx.connection, caller, person_public_id, PersonState.SUSPENDED, reason)
        await sessions.end_all(tx.connection, row["id"])
        await tasks.release(tx.connection, row["id"])
        await send(
            "account_suspended",
            row["email"],
            row["language"],
            person=row["id"],
            name=row["name"],
            reason=reason,
        )


async def reinstate(caller: Caller, person_public_id: str, reason: str) -> None:
    """Lets a suspended person in again. Raises as suspend()."""
    reason = _reason(reason)
    async with transaction() as tx:
        before = await _locked(tx.connection, caller, person_public_id)
        if before["state"] != PersonState.SUSPENDED:
            raise Conflict(N_("This account is not suspended."))
        row = await _moved(tx.connection, caller, person_public_id, PersonState.ACTIVE, reason)
        await send("account_reinstated", row["email"], row["language"], person=row["id"], name=row["name"])


async def close(caller: Caller, person_public_id: str, reason: str, first: First | None = None) -> None:
    """Closes an account for good: what is kept of the person is taken out, memberships and work in hand end.

    Raises as suspend(), and Conflict while the person is the last owner of a firm or the last administrator.
    """
    reason = _reason(reason)
    async with transaction() as tx:
        conn = tx.connection
        if first is not None:
            await first(conn)
        row = await _moved(conn, caller, person_public_id, PersonState.CLOSED, reason)
        await erasure.leave_places(conn, row["id"], row, caller.actor, reason)
        files = await erasure.forget(conn, row["id"], row, caller.actor)
        await send("account_closed", row["email"], row["language"], person=row["id"], name=row["name"])
    await erasure.delete_files(files)


async def _locked(conn: Connection, caller: Caller, public_id: str) -> Record:
    holder(caller, ADMINISTER)
    row = await conn.fetchrow(
        "SELECT id, state, name, email, email_key, language FROM person WHERE public_id = $1 FOR UPDATE",
        public_id,
    )
    if row is None:
        raise NotFound()
    if row["id"] == caller.person:
        raise Conflict(N_("You cannot do this to your own account. Ask another administrator."))
    return row


async def _moved(conn: Connection, caller: Caller, public_id: str, to: PersonState, reason: str) -> Record:
    """The person's row as it was, after the account went to another state and the audit row was written."""
    row = await _locked(conn, caller, public_id)
    states.check(row["state"], to)
    await conn.execute(
        "UPDATE person SET state = $2, state_reason = $3, updated_at = now() WHERE id = $1",
        row["id"],
        to,
        reason if to != PersonState.ACTIVE else None,
    )
    await audit.record(
        caller.actor, f"person.{to.value.casefold()}", "person", row["id"],
        {"state": row["state"]}, {"state": to.value}, reason,
    )  # fmt: skip
    return row


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise Invalid(fields={"reason": N_("Give a reason: it is kept and mailed.")})
    if len(reason) > LONGEST_REASON:
        raise Invalid(fields={"reason": N_("The reason is too long.")})
    return reason
