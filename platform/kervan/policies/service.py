"""The law changed by two people: one administrator proposes a row, another approves it; past rows stay as they are."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import asyncpg
import msgspec
from asyncpg import Connection, Record

from kervan import audit, reasons
from kervan.accounts.callers import Caller, holder
from kervan.db import transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.notifications.letters import send
from kervan.organisations.roles import ADMINISTER
from kervan.policies import book
from kervan.policies.checks import KEYS, TITLES, check
from kervan.policies.tables import Kind
from kervan.staff import rights
from kervan.trade.errors import N_
from kervan.trade.law import Row, day_of

_DECIDED = N_("This was decided in the meantime.")
_DAY = dt.timedelta(days=1)


async def propose(caller: Caller, kind: Kind, change: Mapping[str, Any], reason: str) -> str:
    """Notes a new row that another administrator decides about, and tells them; returns the proposal's public id.

    `change` has the row's fields as in the book (trade.law), `valid_from` among them. Raises Invalid with a sentence
    for each field, and Conflict when the row cannot follow on those in force.
    """
    holder(caller, ADMINISTER)
    row = _checked(kind, change)
    fields: dict[str, Any] = {**msgspec.to_builtins(row)}
    return await _noted(caller, kind, fields, None, reason, row.legal_ref, row)


async def propose_end(
    caller: Caller, kind: Kind, row_public_id: str, last_day: dt.date, reason: str, legal_ref: str
) -> str:
    """Notes that a row shall end without another in its place; returns the proposal's public id.

    Raises as propose().
    """
    holder(caller, ADMINISTER)
    if kind is Kind.PUBLIC_HOLIDAY:
        raise Conflict(N_("A holiday is taken back by a row that says the day is open."))
    if last_day < today():
        raise Invalid(fields={"valid_to": N_("This day is past: the law of past days never changes.")})
    if not legal_ref:
        raise Invalid(fields={"legal_ref": N_("Say where this is published or decided.")})
    change = {"valid_to": last_day.isoformat(), "legal_ref": legal_ref}
    return await _noted(caller, kind, change, row_public_id, reason, legal_ref, None)


async def _noted(
    caller: Caller,
    kind: Kind,
    change: Mapping[str, Any],
    ends: str | None,
    reason: str,
    legal_ref: str,
    row: Row | None,
) -> str:
    reason = reasons.audited(reason)
    public_id = new_public_id()
    async with transaction() as tx:
        conn = tx.connection
        # Also tells at once what could not be approved: the same look at the rows as the approval's.
        if row is not None:
            await predecessor(conn, kind, row)
        else:
            await _open_row(conn, kind, ends or "", dt.date.fromisoformat(change["valid_to"]))
        await conn.execute(
            """INSERT INTO law_proposal (public_id, kind, change, ends, reason, legal_ref, proposed_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            public_id, kind, msgspec.json.encode(change).decode(), ends, reason, legal_ref, caller.person,
        )  # fmt: skip
        await audit.record(
            caller.actor, "law.proposed", "law_proposal", public_id,
            after={"kind": kind, "ends": ends, **change}, reason=reason,
        )  # fmt: skip
        for admin in await rights.admins():
            if admin.id != caller.person:
                await send(
                    "law_proposed", admin.email, admin.language, person=admin.id, name=admin.name, by=caller.name,
                    kind=TITLES[kind], legal_ref=legal_ref, go="/staff/law", source=f"law_proposed {public_id}",
                )  # fmt: skip
    return public_id


async def approve(caller: Caller, public_id: str) -> None:
    """Makes a proposal law: its row is added, and the one before it ends the day before; from then on all judge by it.

    Raises NotFound, and Conflict for who proposed it, when it is decided already or does not fit any more.
    """
    try:
        async with transaction() as tx:
            conn = tx.connection
            # Changes of the law come one by one: of two approvals the second sees what the first has done.
            await conn.execute("SELECT FROM law_version FOR UPDATE")
            row = await _decided(conn, caller, public_id, "APPROVED")
            if row["proposed_by"] not in {admin.id for admin in await rights.admins()}:
                raise Conflict(
                    N_("Who proposed this is no administrator any more. Refuse it and propose it yourself.")
                )
            kind, change = Kind(row["kind"]), msgspec.json.decode(row["change"])
            if row["ends"] is not None:
                last = dt.date.fromisoformat(change["valid_to"])
                before = await _open_row(conn, kind, row["ends"], last)
                await _close(conn, kind, before["id"], last)
                after: Mapping[str, Any] = {"valid_to": last.isoformat()}
            else:
                if dt.date.fromisoformat(change["valid_from"]) < today():
                    raise Conflict(_PAST)
                new = _checked(kind, change)
                found = await predecessor(conn, kind, new)
                before = found
                if found is not None and new.valid_from is not None:
                    await _close(conn, kind, found["id"], new.valid_from - _DAY)
                await _add(conn, kind, new, row["proposed_by"], caller.person)
                after = msgspec.to_builtins(new)
            await audit.record(
                caller.actor, "law.approved", kind, public_id,
                before=None if before is None else {"row": before["public_id"], "valid_to": before["valid_to"]},
                after=after, reason=row["reason"],
            )  # fmt: skip
    except asyncpg.ExclusionViolationError as error:
        raise Conflict(_OVERLAP) from error
    await book.refresh()


async def refuse(caller: Caller, public_id: str, reason: str) -> None:
    """Turns a proposal down; the reason is kept. Raises as approve()."""
    reason = reasons.audited(reason)
    async with transaction() as tx:
        row = await _decided(tx.connection, caller, public_id, "REFUSED", reason)
        await audit.record(
            caller.actor, "law.refused", "law_proposal", public_id, after={"kind": row["kind"]}, reason=reason
        )


async def withdraw(caller: Caller, public_id: str) -> None:
    """Takes one's own proposal back. Raises NotFound for one of somebody else, Conflict when it is decided already."""
    holder(caller, ADMINISTER)
    async with transaction() as tx:
        found = await tx.connection.fetchval(
            """UPDATE law_proposal SET decided_by = $2, decided_at = now(), outcome = 'WITHDRAWN'
            WHERE public_id = $1 AND proposed_by = $2 AND decided_at IS NULL RETURNING id""",
            public_id,
            caller.person,
        )
        if found is None:
            if await tx.connection.fetchval(
                "SELECT 1 FROM law_proposal WHERE public_id = $1 AND proposed_by = $2",
                public_id,
                caller.person,
            ):
                raise Conflict(_DECIDED)
            raise NotFound()
        await audit.record(caller.actor, "law.withdrawn", "law_proposal", public_id)


def today() -> dt.date:
    """The day of the law now, in Türkiye."""
    return day_of(dt.datetime.now(dt.UTC))


_PAST = N_("The day is past by now. Refuse this and propose it anew.")
_OVERLAP = N_("Another row about the same thing holds in these days already. Choose other days.")


async def predecessor(conn: Connection, kind: Kind, new: Row) -> Record | None:
    """The row that ends the day before the new one begins; None when there is none. Raises Conflict when rows would
    overlap: the one before it has an end of its own, or a later one begins too early."""
    key = KEYS[kind]
    if not key:
        return None
    same = " AND ".join(f"{name} IS NOT DISTINCT FROM ${n}" for n, name in enumerate(key, 3))
    rows = await conn.fetch(
        f"""SELECT id, public_id, valid_from, valid_to FROM {kind}
        WHERE daterange(valid_from, valid_to, '[]') && daterange($1, $2, '[]') AND {same} ORDER BY valid_from""",
        new.valid_from,
        new.valid_to,
        *(getattr(new, name) for name in key),
    )
    if not rows:
        return None
    row: Record = rows[0]
    starts_before = row["valid_from"] is None or (
        new.valid_from is not None and row["valid_from"] < new.valid_from
    )
    if len(rows) > 1 or not starts_before or row["valid_to"] is not None:
        raise Conflict(_OVERLAP)
    return row


async def _open_row(conn: Connection, kind: Kind, public_id: str, last_day: dt.date) -> Record:
    row: Record | None = await conn.fetchrow(
        f"SELECT id, public_id, valid_from, valid_to FROM {kind} WHERE public_id = $1", public_id
    )
    if row is None:
        raise NotFound()
    if row["valid_to"] is not None:
        raise Conflict(N_("This row has an end already, and an end never changes."))
    if row["valid_from"] is not None and last_day < row["valid_from"]:
        raise Invalid(fields={"valid_to": N_("The last day cannot be before the first.")})
    if last_day < today():
        raise Conflict(_PAST)
    return row


async def _close(conn: Connection, kind: Kind, id: int, last_day: dt.date) -> None:
    await conn.execute(
        f"UPDATE {kind} SET valid_to = $2, closed_at = now() WHERE id = $1 AND valid_to IS NULL", id, last_day
    )


async def _add(conn: Connection, kind: Kind, row: Row, proposed_by: int, approved_by: int) -> None:
    names: Sequence[str] = row.__struct_fields__
    places = ", ".join(f"${n}" for n in range(1, len(names) + 4))
    await conn.execute(
        f"INSERT INTO {kind} (public_id, proposed_by, approved_by, {', '.join(names)}) VALUES ({places})",
        new_public_id(),
        proposed_by,
        approved_by,
        *(getattr(row, name) for name in names),
    )


def _checked(kind: Kind, change: Mapping[str, Any]) -> Row:
    """The row that a change describes, fit to begin today or later."""
    try:
        row = book.as_struct(book.STRUCTS[kind], change)
    except msgspec.ValidationError as error:
        raise Invalid(N_("This is no row of the law: {reason}"), reason=error) from error
    if wrong := check(kind, row, today()):
        raise Invalid(fields=wrong)
    return row


async def _decided(
    conn: Connection, caller: Caller, public_id: str, outcome: str, refusal: str | None = None
) -> Record:
    holder(caller, ADMINISTER)
    row: Record | None = await conn.fetchrow(
        """UPDATE law_proposal SET decided_by = $2, decided_at = now(), outcome = $3, refusal = $4
        WHERE public_id = $1 AND decided_at IS NULL AND proposed_by <> $2
        RETURNING kind, change, ends, reason, proposed_by""",
        public_id,
        caller.person,
        outcome,
        refusal,
    )
    if row is None:
        await _say_why(conn, public_id)
    return row


async def _say_why(conn: Connection, public_id: str) -> NoReturn:
    found = await conn.fetchrow("SELECT decided_at FROM law_proposal WHERE public_id = $1", public_id)
    if found is None:
        raise NotFound()
    if found["decided_at"] is not None:
        raise Conflict(_DECIDED)
    raise Conflict(N_("You proposed this yourself: another administrator decides."))
