"""A step of a meeting inside an open transaction: state, version, time line, audit, and who hears of it.

The locks are taken in one order everywhere: the two organisations by id, the people by id, then the meeting. So two
who agree at the same moment to meet one person wait for each other, and the second finds the first one's meeting.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import audit, reasons
from kervan.errors import Conflict, NotFound
from kervan.ids import new_public_id
from kervan.meetings import rooms, states, telling
from kervan.meetings.queries import WHOLE
from kervan.meetings.states import ACTIONS, Side
from kervan.meetings.tables import MeetingState
from kervan.trade.errors import N_

CHANGED = N_("This meeting was changed in the meantime. Look at it again.")

_FIRMS = "SELECT id FROM organisation WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"
_PEOPLE = "SELECT id FROM person WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"
# A meeting of which nobody knows who sits there takes the whole firm's time.
_BUSY = """
SELECT m.id AS meeting, m.public_id, m.starts_at, m.ends_at, m.exporter, m.importer, m.exporter_person,
    m.importer_person
FROM meeting m WHERE m.state = 'CONFIRMED' AND m.id <> $5 AND m.starts_at < $4 AND m.ends_at > $3
    AND (m.exporter_person = ANY($1::bigint[]) OR m.importer_person = ANY($1::bigint[])
        OR (m.exporter_person IS NULL AND m.exporter = ANY($2::bigint[]))
        OR (m.importer_person IS NULL AND m.importer = ANY($2::bigint[])))
ORDER BY m.starts_at, m.id
"""
_PLAN = """
INSERT INTO meeting (public_id, day, slot, event, exporter, importer, exporter_person, importer_person, asked_by, state,
    starts_at, ends_at, zone, language, interpreter, table_no, place)
SELECT $1, d.id, $3, d.event, $4, $5, $6, $7, 'PLAN', 'PLANNED', $8, $9, d.zone, $10, $11, $12, d.place
FROM meeting_day d WHERE d.id = $2 RETURNING id, public_id
"""

_CLASHING = """
SELECT DISTINCT m.id FROM meeting m JOIN meeting o ON o.state = 'CONFIRMED' AND o.id <> m.id
    AND o.starts_at < m.ends_at AND o.ends_at > m.starts_at
WHERE m.id = ANY($1::bigint[]) AND (o.exporter_person IN (m.exporter_person, m.importer_person)
    OR o.importer_person IN (m.exporter_person, m.importer_person)
    OR (m.exporter IN (o.exporter, o.importer) AND (m.exporter_person IS NULL OR o.exporter_person IS NULL))
    OR (m.importer IN (o.exporter, o.importer) AND (m.importer_person IS NULL OR o.importer_person IS NULL)))
"""
# A firm that was suspended or closed since the plan was made is handed to nobody.
_FALLEN = """
SELECT m.id FROM meeting m JOIN exporter x ON x.organisation = m.exporter
JOIN importer im ON im.organisation = m.importer JOIN organisation xo ON xo.id = m.exporter
JOIN organisation io ON io.id = m.importer
WHERE m.id = ANY($1::bigint[]) AND (x.verification <> 'VERIFIED' OR im.standing NOT IN ('ACTIVE', 'VERIFIED')
    OR xo.closed_at IS NOT NULL OR io.closed_at IS NOT NULL)
"""
_CONFIRM = """
UPDATE meeting m SET state = 'CONFIRMED', confirmed_at = now(), sequence = m.sequence + 1, changed_at = now(),
    version = m.version + 1, updated_at = now(),
    room_url = CASE WHEN d.online AND m.room_url = '' THEN free.room ELSE m.room_url END
FROM unnest($1::bigint[], $2::text[]) AS free (id, room), meeting_day d
WHERE m.id = free.id AND d.id = m.day AND m.state = 'PLANNED' RETURNING m.id, m.public_id, m.day
"""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting of a day's agenda. Row ids of the slot, the two organisations and the people; languages ISO 639."""

    slot: int
    starts_at: datetime
    ends_at: datetime
    exporter: int
    importer: int
    exporter_person: int | None = None
    importer_person: int | None = None
    language: str | None = None
    interpreter: str | None = None
    table_no: int | None = None


class Confirmed(msgspec.Struct, frozen=True):
    """What publishing an agenda did, by meeting.id: which meetings stand, and which do not.

    `clashes` are those with another meeting elsewhere at that time, and those of a firm that cannot meet any more.
    """

    ids: tuple[int, ...]
    clashes: tuple[int, ...]


async def lock(conn: Connection, organisations: Sequence[int], people: Sequence[int | None] = ()) -> None:
    """Holds firms, then people, against every other change of their meetings until the transaction ends."""
    await conn.fetch(_FIRMS, sorted(set(organisations)))
    if found := sorted({person for person in people if person is not None}):
        await conn.fetch(_PEOPLE, found)


async def locked(conn: Connection, meeting: int, people: Sequence[int] = ()) -> Record:
    """The meeting's row with both firms, locked together with the firms and the people who sit there. Raises NotFound.

    `people` (person.id) are locked besides: who accepts will sit there.
    """
    firms = await conn.fetchrow("SELECT exporter, importer FROM meeting WHERE id = $1", meeting)
    if firms is None:
        raise NotFound()
    await lock(conn, [firms["exporter"], firms["importer"]])
    sitting = await conn.fetchrow(
        "SELECT exporter_person, importer_person FROM meeting WHERE id = $1", meeting
    )
    if sitting is None:
        raise NotFound()
    await lock(conn, [], [*sitting, *people])
    row = await conn.fetchrow(f"{WHOLE} WHERE m.id = $1 FOR UPDATE OF m", meeting)
    if row is None:
        raise NotFound()
    return row


async def busy(
    conn: Connection,
    people: Sequence[int | None],
    organisations: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
    but: int = 0,
) -> Sequence[Record]:
    """Agreed meetings of these people that overlap with the time; `but` is a meeting.id that does not count.

    Those of the organisations count where nobody is named who sits there.
    """
    persons = [person for person in people if person is not None]
    found: Sequence[Record] = await conn.fetch(_BUSY, persons, list(organisations), starts_at, ends_at, but)
    return found


async def move(
    conn: Connection,
    row: Mapping[str, Any],
    action: str,
    *,
    side: str,
    actor: str,
    person: int | None = None,
    version: int | None = None,
    reason: str = "",
    sets: Mapping[str, Any] | None = None,
    quiet: bool = False,
) -> Record:
    """Takes a step with a row of `locked`; returns the row as it is then.

    `sets` are more columns to write; `quiet`: nobody is told, the caller does that. Raises Conflict for a step that is
    not allowed now or when somebody changed the meeting since `version`, Invalid beside `reason` where one is needed.
    """
    arrow = ACTIONS[action]
    after = states.check(action, row, side, datetime.now(UTC))
    if version is not None and version != row["version"]:
        raise Conflict(CHANGED)
    why = reasons.needed(reason) if arrow.reason else reasons.optional(reason)
    columns: dict[str, Any] = {"state": str(after), "turn": None, "answer_by": None, **(sets or {})}
    if after in (MeetingState.DECLINED, MeetingState.CANCELLED):
        columns["reason"] = why
    names = list(columns)
    places = ", ".join(f"{name} = ${n}" for n, name in enumerate(names, start=2))
    stamps = ", sequence = sequence + 1, changed_at = now()" if arrow.calendars else ""
    if after is MeetingState.CONFIRMED and row["state"] != after:
        stamps += ", confirmed_at = coalesce(confirmed_at, now())"
    elif after not in (MeetingState.PROPOSED, MeetingState.CONFIRMED):
        stamps += ", ended_at = coalesce(ended_at, now())"
    await conn.execute(
        f"UPDATE meeting SET {places}{stamps}, version = version + 1, updated_at = now() WHERE id = $1",
        row["id"],
        *(columns[name] for name in names),
    )
    await note(conn, row, action, str(after), side=side, actor=actor, person=person, reason=why)
    fresh: Record = await conn.fetchrow(f"{WHOLE} WHERE m.id = $1", row["id"])
    if not quiet:
        await telling.step(conn, fresh, action, side, why or "")
    return fresh


async def note(
    conn: Connection,
    row: Mapping[str, Any],
    action: str,
    after: str,
    *,
    side: str,
    actor: str,
    person: int | None = None,
    reason: str | None = None,
) -> None:
    """A step in the time line and in the audit trail; `row` is the meeting before it."""
    before = row["state"] if ACTIONS[action].before else None
    await conn.execute(
        """INSERT INTO meeting_step (meeting, action, before, after, side, person, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        row["id"], action, before, after, str(side), person, reason,
    )  # fmt: skip
    await audit.record(
        actor, f"meeting.{action}", "meeting", row["public_id"], {"state": before} if before else None,
        {"state": after, "side": str(side)}, reason,
    )  # fmt: skip


async def create_planned(
    conn: Connection, day: int, rows: Sequence[Planned], actor: str = "system:meetings"
) -> list[int]:
    """Meetings of a day's agenda as its organiser sees them before anybody is told; returns meeting.id in order."""
    made = []
    for row in rows:
        found = await conn.fetchrow(
            _PLAN, new_public_id(), day, row.slot, row.exporter, row.importer, row.exporter_person,
            row.importer_person, row.starts_at, row.ends_at, row.language, row.interpreter, row.table_no,
        )  # fmt: skip
        if found is None:
            raise NotFound()
        made.append(found["id"])
    if made:
        await conn.execute(
            """INSERT INTO meeting_step (meeting, action, after, side)
            SELECT id, 'plan', 'PLANNED', 'STAFF' FROM unnest($1::bigint[]) AS made (id)""",
            made,
        )
        await audit.record(actor, "meeting.plan", "meeting_day", day, after={"meetings": len(made)})
    return made


async def drop_planned(conn: Connection, day: int) -> int:
    """Throws away what was planned and told to nobody, before a new plan; returns how many meetings."""
    tag = await conn.execute("DELETE FROM meeting WHERE day = $1 AND state = 'PLANNED'", day)
    return int(tag.rpartition(" ")[2])


async def create_confirmed(conn: Connection, day: int, rows: Sequence[Planned], actor: str) -> Confirmed:
    """Meetings that are told to both sides at once, beside those of the day that stand."""
    return await _confirm(conn, await create_planned(conn, day, rows, actor), actor)


async def confirm_planned(conn: Connection, day: int, actor: str) -> Confirmed:
    """Publishes a day's agenda: what was planned is agreed now, each person gets the own agenda in one mail.

    Meetings at whose time one of the two people has another one by now stay planned, as those of a firm that may meet
    nobody any more: `clashes`.
    """
    rows = await conn.fetch(
        "SELECT id FROM meeting WHERE day = $1 AND state = 'PLANNED' ORDER BY starts_at, id", day
    )
    return await _confirm(conn, [row["id"] for row in rows], actor)


async def _confirm(conn: Connection, meetings: Sequence[int], actor: str) -> Confirmed:
    """All of them in a few statements: an agenda has some thousand meetings."""
    rows = await conn.fetch(
        "SELECT exporter, importer, exporter_person, importer_person FROM meeting WHERE id = ANY($1::bigint[])",
        list(meetings),
    )
    await lock(
        conn,
        [row[side] for row in rows for side in ("exporter", "importer")],
        [row[side] for row in rows for side in ("exporter_person", "importer_person")],
    )
    clashing = {
        row["id"] for query in (_CLASHING, _FALLEN) for row in await conn.fetch(query, list(meetings))
    }
    free = [meeting for meeting in meetings if meeting not in clashing]
    told = await conn.fetch(_CONFIRM, free, [rooms.own() for _ in free])
    ids = tuple(row["id"] for row in told)
    if ids:
        await conn.execute(
            """INSERT INTO meeting_step (meeting, action, before, after, side)
            SELECT id, 'confirm', 'PLANNED', 'CONFIRMED', 'STAFF' FROM unnest($1::bigint[]) AS done (id)""",
            list(ids),
        )
        await audit.record(
            actor, "meeting.confirm", "meeting_day", told[0]["day"],
            after={"meetings": sorted(row["public_id"] for row in told)},
        )  # fmt: skip
        await telling.agenda(conn, ids)
    return Confirmed(tuple(sorted(ids)), tuple(sorted(clashing)))


async def cancel(
    conn: Connection,
    meeting: int,
    *,
    actor: str,
    side: str = Side.SYSTEM,
    person: int | None = None,
    reason: str,
) -> None:
    """Calls a meeting off for its organiser: both sides hear of it, except of one that was only planned.

    Raises Conflict for a meeting that is over.
    """
    row = await locked(conn, meeting)
    await move(
        conn, row, "call-off", side=side, actor=actor, person=person, reason=reason,
        quiet=row["state"] == MeetingState.PLANNED,
    )  # fmt: skip


async def no_show(
    conn: Connection,
    meeting: int,
    *,
    actor: str,
    side: str = Side.STAFF,
    person: int | None = None,
    reason: str = "",
) -> None:
    """Notes that somebody did not come. Raises Conflict for a meeting that was never agreed."""
    row = await locked(conn, meeting)
    await move(conn, row, "no-show", side=side, actor=actor, person=person, reason=reason)
