"""Writes of meeting days by their organisers: made, opened for wishes, firms asked, cancelled, closed."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import audit, reasons
from kervan.accounts.callers import Caller
from kervan.calendars import zones
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.events import queries as events
from kervan.events.structs import EventShown
from kervan.ids import new_public_id
from kervan.meetings import day_access, day_queries, day_rules, day_telling, moves
from kervan.meetings.day_access import Desk
from kervan.meetings.day_rules import Content
from kervan.meetings.states import Side
from kervan.organisations.tables import Kind
from kervan.registrations.queries import confirmed_firms
from kervan.trade.errors import N_

CHANGED = N_("This meeting day was changed in the meantime. Look at it again.")
# A reason that firms read beside the words of the mail, in whatever language that is.
_EVENT_GONE = "Etkinlik iptal edildi. / The event was cancelled."
MOST_FIRMS = 500
"""Of one day: the planner's work is bounded."""

_COLUMNS = (
    "name", "day", "zone", "wishes_until", "tables", "interpreters", "most_meetings", "online", "place",
)  # fmt: skip
_INSERT = f"""
INSERT INTO meeting_day (public_id, event, organiser, person, {", ".join(_COLUMNS)})
VALUES ({", ".join(f"${n}" for n in range(1, 5 + len(_COLUMNS)))}) RETURNING id
"""
_UPDATE = f"""
UPDATE meeting_day SET {", ".join(f"{name} = ${n}" for n, name in enumerate(_COLUMNS, start=2))},
    version = version + 1, updated_at = now() WHERE id = $1
"""
_TAKE_IN = """
INSERT INTO day_participant (public_id, day, organisation, person, side)
SELECT f.public_id, $1, f.organisation, f.person, $2
FROM unnest($3::text[], $4::bigint[], $5::bigint[]) AS f (public_id, organisation, person)
ON CONFLICT (day, organisation) DO NOTHING RETURNING id
"""
# What is over, and what belongs to an event that was called off.
_ENDED = """
SELECT d.id, e.state = 'CANCELLED' AS called_off FROM meeting_day d LEFT JOIN trade_event e ON e.id = d.event
WHERE d.state IN ('OPEN', 'PLANNED', 'PUBLISHED') AND (e.state = 'CANCELLED'
    OR (SELECT max(ends_at) FROM meeting_slot s WHERE s.day = d.id) < now())
ORDER BY d.id LIMIT 50
"""
_OPEN = ("OPEN", "PLANNED", "PUBLISHED")


async def create(caller: Caller, organisation: str, content: Content, event: str = "") -> str:
    """Begins a meeting day of an organisation, inside one of its events or standing for itself; its public id.

    Raises Invalid by field, NotFound for organisations that the caller does not organise for, Conflict for an event
    of somebody else or without days.
    """
    membership = next((m for m in day_access.organisers(caller) if m.public_id == organisation), None)
    if membership is None:
        raise NotFound()
    inside = await event_of(event, membership.organisation) if event else None
    _checked(content, inside)
    public_id = new_public_id()
    async with transaction() as tx:
        id: int = await tx.connection.fetchval(
            _INSERT, public_id, inside.id if inside else None, membership.organisation, caller.person,
            *_values(content),
        )  # fmt: skip
        await _write_slots(tx.connection, id, content)
        await audit.record(
            caller.actor, "meeting-day.created", "meeting_day", public_id, after=_audited(content)
        )
    return public_id


async def event_of(public_id: str, organiser: int) -> EventShown:
    """The organiser's event in which a day can be held. Raises NotFound, Conflict when it has no days."""
    found = await events.by_public_id(public_id)
    if found.organiser != organiser:
        raise NotFound()
    if found.state == "CANCELLED" or found.content.starts_at is None or found.content.ends_at is None:
        raise Conflict(N_("Say first on which days the event is held."))
    return found


def _checked(content: Content, inside: EventShown | None) -> None:
    within = None
    if inside and inside.content.starts_at and inside.content.ends_at:
        held = inside.content
        within = zones.days_of(inside.content.starts_at, inside.content.ends_at, held.zone)
    if wrong := day_rules.check(content, datetime.now(UTC), within):
        raise Invalid(fields=wrong)


async def change(caller: Caller, day: str, content: Content, version: int | None = None) -> None:
    """Writes a day anew. Once firms were asked, its day and slots stay as they are.

    Raises Invalid by field, Conflict for what is over or was changed meanwhile.
    """
    desk = await day_access.organised(caller, day)
    shown = await day_queries.shown(desk.id)
    inside = await events.shown(shown.event) if shown.event else None
    async with transaction() as tx:
        row = await _locked(tx.connection, desk, version, "DRAFT", *_OPEN)
        if row["state"] == "DRAFT":
            _checked(content, inside)
            await tx.connection.execute("DELETE FROM meeting_slot WHERE day = $1", desk.id)
            await _write_slots(tx.connection, desk.id, content)
        else:
            content = msgspec.structs.replace(content, day=shown.day, zone=shown.zone)
            wrong = day_rules.check_figures(content)
            if row["state"] == "OPEN" and content.wishes_until >= shown.starts_at:
                wrong["wishes_until_day"] = N_("Firms have to say their wishes before the first meeting.")
            if row["state"] != "OPEN":
                content = msgspec.structs.replace(content, wishes_until=shown.wishes_until)
            if not content.name:
                wrong["name"] = N_("Please fill this in.")
            if wrong:
                raise Invalid(fields=wrong)
        await tx.connection.execute(_UPDATE, desk.id, *_values(content))
        await audit.record(caller.actor, "meeting-day.changed", "meeting_day", day, after=_audited(content))


async def open_for_wishes(caller: Caller, day: str, version: int | None = None) -> int:
    """Asks the firms of the event, or those that were invited; they are told. Returns how many."""
    desk = await day_access.organised(caller, day)
    shown = await day_queries.shown(desk.id)
    if shown.wishes_until <= datetime.now(UTC):
        raise Conflict(N_("The time for wishes is over already. Give a later one first."))
    async with transaction() as tx:
        await _locked(tx.connection, desk, version, "DRAFT")
        if shown.event is not None:
            await _take_in(tx.connection, desk.id, shown.event)
        told = await tx.connection.fetch("SELECT id FROM day_participant WHERE day = $1", desk.id)
        await _set_state(tx.connection, desk.id, "OPEN")
        await day_telling.tell(tx.connection, desk.id, "open", [row["id"] for row in told])
        await audit.record(caller.actor, "meeting-day.opened", "meeting_day", day, after={"firms": len(told)})
    return len(told)


async def take_in(caller: Caller, day: str) -> int:
    """Asks firms that were confirmed for the event since; returns how many are new."""
    desk = await day_access.organised(caller, day)
    async with transaction() as tx:
        row = await _locked(tx.connection, desk, None, "OPEN")
        if row["event"] is None:
            raise Conflict(N_("This day belongs to no event: invite the firms one by one."))
        new = await _take_in(tx.connection, desk.id, row["event"])
        await day_telling.tell(tx.connection, desk.id, "open", new)
    return len(new)


async def _take_in(conn: Connection, day: int, event: int) -> list[int]:
    new: list[int] = []
    for side in ("EXPORTER", "IMPORTER"):
        firms = await confirmed_firms(event, side, wants_meetings=True)
        rows = await conn.fetch(
            _TAKE_IN, day, side, [new_public_id() for _ in firms], [firm for firm, _ in firms],
            [person for _, person in firms],
        )  # fmt: skip
        new += [row["id"] for row in rows]
    if await conn.fetchval("SELECT count(*) FROM day_participant WHERE day = $1", day) > MOST_FIRMS:
        raise Conflict(N_("A meeting day has at most {n} firms. Hold a second one."), n=MOST_FIRMS)
    return new


async def invite(caller: Caller, day: str, organisation: str) -> None:
    """Asks one firm (public id) to take part; it is told when the day is open. Raises NotFound, Conflict."""
    desk = await day_access.organised(caller, day)
    async with transaction() as tx:
        row = await _locked(tx.connection, desk, None, "DRAFT", "OPEN")
        firm = await tx.connection.fetchrow(
            """SELECT o.id, o.kind FROM organisation o LEFT JOIN exporter x ON x.organisation = o.id
            LEFT JOIN importer im ON im.organisation = o.id WHERE o.public_id = $1 AND o.closed_at IS NULL
                AND (x.verification = 'VERIFIED' OR im.standing IN ('ACTIVE', 'VERIFIED'))""",
            organisation,
        )
        if firm is None:
            raise NotFound()
        count = await tx.connection.fetchval("SELECT count(*) FROM day_participant WHERE day = $1", desk.id)
        if count >= MOST_FIRMS:
            raise Conflict(N_("A meeting day has at most {n} firms. Hold a second one."), n=MOST_FIRMS)
        side = "EXPORTER" if firm["kind"] == Kind.EXPORTER else "IMPORTER"
        new = await tx.connection.fetch(_TAKE_IN, desk.id, side, [new_public_id()], [firm["id"]], [None])
        if not new:
            raise Conflict(N_("This firm was asked already."))
        if row["state"] == "OPEN":
            await day_telling.tell(tx.connection, desk.id, "open", [new[0]["id"]])
        await audit.record(
            caller.actor, "meeting-day.invited", "meeting_day", day, after={"organisation": organisation}
        )


async def cancel(caller: Caller, day: str, reason: str, version: int | None = None) -> None:
    """Calls the day off: agreed meetings are cancelled, everybody is told. Raises Invalid beside `reason`."""
    desk = await day_access.organised(caller, day)
    why = reasons.needed(reason)
    async with transaction() as tx:
        await _locked(tx.connection, desk, version, *_OPEN)
        await _call_off(tx.connection, desk.id, caller.actor, why, caller.person)
        await audit.record(caller.actor, "meeting-day.cancelled", "meeting_day", day, reason=why)


async def _call_off(conn: Connection, day: int, actor: str, why: str, person: int | None = None) -> None:
    await moves.drop_planned(conn, day)
    await call_off_meetings(conn, day, None, actor=actor, reason=why, person=person)
    told = await conn.fetch("SELECT id FROM day_participant WHERE day = $1 AND state <> 'ABSENT'", day)
    await _set_state(conn, day, "CANCELLED")
    await day_telling.tell(conn, day, "cancelled", [row["id"] for row in told], why)


async def call_off_meetings(
    conn: Connection, day: int, organisation: int | None, *, actor: str, reason: str, person: int | None
) -> int:
    """Cancels the agreed meetings of a day that have not begun, of one firm or of all; returns how many."""
    rows = await conn.fetch(
        """SELECT id, exporter, importer, exporter_person, importer_person FROM meeting WHERE day = $1
            AND state = 'CONFIRMED' AND starts_at > now() AND ($2::bigint IS NULL OR $2 IN (exporter, importer))
        ORDER BY id""",
        day,
        organisation,
    )
    await moves.lock(
        conn,
        [row[side] for row in rows for side in ("exporter", "importer")],
        [row[side] for row in rows for side in ("exporter_person", "importer_person")],
    )
    for row in rows:
        await moves.cancel(conn, row["id"], actor=actor, side=Side.STAFF, person=person, reason=reason)
    return len(rows)


async def discard(caller: Caller, day: str) -> None:
    """Deletes a draft of which nobody was told. Raises Conflict for anything else."""
    desk = await day_access.organised(caller, day)
    async with transaction() as tx:
        await _locked(tx.connection, desk, None, "DRAFT")
        await tx.connection.execute("DELETE FROM meeting_day WHERE id = $1", desk.id)
        await audit.record(caller.actor, "meeting-day.discarded", "meeting_day", day)


async def end_due() -> int:
    """A round: days that are over are closed, those of cancelled events called off; returns how many."""
    rows = await fetch(_ENDED)
    for row in rows:
        async with transaction() as tx:
            state = await tx.connection.fetchval(
                "SELECT state FROM meeting_day WHERE id = $1 FOR UPDATE", row["id"]
            )
            if state not in _OPEN:
                continue
            if row["called_off"]:
                await _call_off(tx.connection, row["id"], "system:meeting-days", _EVENT_GONE)
            else:
                await moves.drop_planned(tx.connection, row["id"])
                await _set_state(tx.connection, row["id"], "DONE")
    return len(rows)


async def _locked(conn: Connection, desk: Desk, version: int | None, *states: str) -> Record:
    row = await conn.fetchrow("SELECT * FROM meeting_day WHERE id = $1 FOR UPDATE", desk.id)
    if row is None:
        raise NotFound()
    if version is not None and version != row["version"]:
        raise Conflict(CHANGED)
    if row["state"] not in states:
        raise Conflict(N_("This cannot be done with a meeting day in this state."))
    return row


async def _set_state(conn: Connection, day: int, state: str) -> None:
    await conn.execute(
        "UPDATE meeting_day SET state = $2, version = version + 1, updated_at = now() WHERE id = $1",
        day,
        state,
    )


async def _write_slots(conn: Connection, day: int, content: Content) -> None:
    spans = day_rules.slots(content)
    await conn.executemany(
        "INSERT INTO meeting_slot (day, number, starts_at, ends_at) VALUES ($1, $2, $3, $4)",
        [(day, number, *span) for number, span in enumerate(spans, 1)],
    )


def _values(content: Content) -> tuple[Any, ...]:
    return tuple(
        msgspec.json.encode(content.interpreters).decode()
        if name == "interpreters"
        else getattr(content, name)
        for name in _COLUMNS
    )


def _audited(content: Content) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(content)
    return found
