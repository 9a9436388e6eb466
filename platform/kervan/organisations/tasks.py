"""Open work of staff: opened and closed with what it is about, taken and handed over by people."""

from datetime import datetime

from asyncpg import Connection

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import transaction
from kervan.errors import Conflict, NotFound
from kervan.organisations.queries import IN_TERM
from kervan.organisations.roles import ADMINISTER
from kervan.trade.errors import N_

EXPORTER_REVIEW = "EXPORTER_REVIEW"
"""`about` is the organisation's public id."""
EXPORTER_CLAIM = "EXPORTER_CLAIM"
"""`about` is the claim's public id."""
IMPORTER_REVIEW = "IMPORTER_REVIEW"
"""`about` is the importer's public id."""
REQUEST_REVIEW = "REQUEST_REVIEW"
"""`about` is the request's public id. Without an organisation associations may work on it too: no post is in office."""

# Whether somebody may work on the task t: its organisation's people, and the Ministry's on every task.
_REACHES = f"""EXISTS (SELECT FROM membership m JOIN organisation o ON o.id = m.organisation
    WHERE m.person = $1 AND {IN_TERM} AND o.closed_at IS NULL AND (o.kind = 'MINISTRY' OR o.id = t.organisation
        OR (o.kind = 'ASSOCIATION' AND t.kind = 'REQUEST_REVIEW' AND t.organisation IS NULL)))"""


async def open_task(
    conn: Connection, kind: str, about: str, organisation: int | None = None, due: datetime | None = None
) -> None:
    """Opens a task inside a transaction, for an organisation's people or, with None, for the Ministry's.

    One that is open already stays with whom it is; its organisation and due time become these.
    """
    await conn.execute(
        """INSERT INTO task (kind, about, organisation, due_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, about) WHERE done_at IS NULL
        DO UPDATE SET organisation = excluded.organisation, due_at = excluded.due_at""",
        kind,
        about,
        organisation,
        due,
    )


async def close_task(conn: Connection, kind: str, about: str) -> None:
    """Closes the open task of a subject, if there is one, inside a transaction."""
    await conn.execute(
        "UPDATE task SET done_at = now() WHERE kind = $1 AND about = $2 AND done_at IS NULL", kind, about
    )


async def assign(caller: Caller, kind: str, about: str, to_person: int | None) -> None:
    """Gives an open task to somebody who may work on it, or with None back to all.

    Raises NotFound for a task that the caller may not work on, Conflict when a colleague took it a moment ago (only
    the one who has it and the Ministry may pass it on) and when the receiver may not work on it.
    """
    async with transaction() as tx:
        conn = tx.connection
        task = await conn.fetchrow(
            f"""SELECT id, assigned_to FROM task t WHERE kind = $2 AND about = $3 AND done_at IS NULL AND {_REACHES}
            FOR UPDATE""",
            caller.person,
            kind,
            about,
        )
        if task is None:
            raise NotFound(N_("This task is done, or it is not yours."))
        holder = task["assigned_to"]
        if holder == to_person:
            return
        if holder not in (None, caller.person) and not caller.may(ADMINISTER):
            raise Conflict(N_("A colleague has taken this already."))
        if to_person is not None and not await conn.fetchval(
            f"SELECT {_REACHES} FROM task t WHERE t.id = $2", to_person, task["id"]
        ):
            raise Conflict(N_("This person may not work on it."))
        await conn.execute(
            "UPDATE task SET assigned_to = $2, assigned_at = CASE WHEN $2::bigint IS NULL THEN NULL ELSE now() END"
            " WHERE id = $1",
            task["id"],
            to_person,
        )
        await audit.record(
            caller.actor, "task.assigned", kind, about, {"person": holder}, {"person": to_person}
        )  # fmt: skip


async def release(conn: Connection, person: int, to: int | None = None) -> int:
    """Takes all open tasks from a person inside a transaction (the account is suspended or closed); returns how many.

    They go to `to`, or back to all colleagues.
    """
    tag: str = await conn.execute(
        "UPDATE task SET assigned_to = $2, assigned_at = CASE WHEN $2::bigint IS NULL THEN NULL ELSE now() END"
        " WHERE assigned_to = $1 AND done_at IS NULL",
        person,
        to,
    )
    return int(tag.rpartition(" ")[2])


async def hand_over(conn: Connection, person: int, to: int | None = None) -> int:
    """The same for the tasks that the person may not work on any more, after a membership has ended."""
    tag: str = await conn.execute(
        f"""UPDATE task t SET assigned_to = $2,
            assigned_at = CASE WHEN $2::bigint IS NULL THEN NULL ELSE now() END
        WHERE assigned_to = $1 AND done_at IS NULL AND NOT {_REACHES}""",
        person,
        to,
    )
    return int(tag.rpartition(" ")[2])
