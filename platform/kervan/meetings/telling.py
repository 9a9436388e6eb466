"""Who hears of a meeting's steps: by mail with what calendars need, under the bell, and by webhooks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from asyncpg import Connection, Record

from kervan.calendars import ics, shown
from kervan.db import fetch, transaction
from kervan.mail.service import send
from kervan.meetings import invites, queries, states
from kervan.meetings.states import Side
from kervan.meetings.tables import MeetingState
from kervan.notifications import service as notifications
from kervan.organisations.queries import IN_TERM
from kervan.organisations.roles import BUY, ORDERS, RIGHTS
from kervan.organisations.tables import Kind
from kervan.outbox import Handler, publish
from kervan.webhooks import service as webhooks

_ROLES: Sequence[str] = sorted(
    {
        str(role)
        for (kind, role), rights in RIGHTS.items()
        if (kind is Kind.EXPORTER and ORDERS in rights) or (kind is Kind.IMPORTER and BUY in rights)
    }
)
_PEOPLE = f"""
SELECT p.id, p.name, p.email, p.language, p.time_zone FROM membership m JOIN person p ON p.id = m.person
JOIN organisation o ON o.id = m.organisation
WHERE m.organisation = $1 AND m.role = ANY($2::text[]) AND {IN_TERM} AND p.state = 'ACTIVE' AND o.closed_at IS NULL
ORDER BY p.id LIMIT 50
"""
# While he belongs to the firm: what is told holds the room and how to reach the other side.
_PERSON = f"""
SELECT p.id, p.name, p.email, p.language, p.time_zone FROM person p WHERE p.id = $1 AND p.state = 'ACTIVE'
    AND EXISTS (SELECT FROM membership m WHERE m.person = p.id AND m.organisation = $2 AND {IN_TERM})
"""

TOPIC = "meetings.agenda"
# A mail is sent once, also when the worker died between it and the end of its work.
_TOLD = """
INSERT INTO meeting_reminder (meeting, stage, about) SELECT m.id, $2, m.starts_at FROM meeting m
WHERE m.id = ANY($1::bigint[]) ON CONFLICT DO NOTHING RETURNING id
"""

EVENTS: Mapping[str, str] = {
    "ask": "meeting.proposed",
    "propose": "meeting.proposed",
    "move": "meeting.proposed",
    "accept": "meeting.confirmed",
    "confirm": "meeting.confirmed",
    "room": "meeting.confirmed",
    "decline": "meeting.declined",
    "lapse": "meeting.declined",
    "withdraw": "meeting.cancelled",
    "cancel": "meeting.cancelled",
    "call-off": "meeting.cancelled",
}
"""What programs of both firms hear."""

_BOTH = frozenset({"accept", "confirm", "cancel", "call-off", "room", "move", "lapse"})
"""Steps of which both sides are written to: their calendars change, or nobody of them did it."""


async def people(conn: Connection, organisation: int) -> Sequence[Record]:
    """Who answers for a firm now: id, name, email, language, time_zone."""
    found: Sequence[Record] = await conn.fetch(_PEOPLE, organisation, list(_ROLES))
    return found


async def sitting(conn: Connection, row: Mapping[str, Any], side: str) -> Sequence[Record]:
    """Who sits there for a side of a meeting (a row of queries.WHOLE); who answers for the firm when nobody does, or
    who does has left it."""
    column = "exporter" if side == Side.EXPORTER else "importer"
    if row[f"{column}_person"] is not None:
        found = await conn.fetch(_PERSON, row[f"{column}_person"], row[column])
        if found:
            return list(found)
    return await people(conn, row[column])


async def step(conn: Connection, row: Mapping[str, Any], action: str, side: str, reason: str) -> None:
    """Tells of a step; `row` is the meeting after it (queries.WHOLE), `reason` what the other side reads.

    An ask reaches everybody who answers for the firm. What is agreed reaches the two people who meet, with what their
    calendars need; their colleagues find it under the bell.
    """
    if action == "call-off" and row["day"] is None:
        action = "cancel"  # of firms among themselves nobody is the organiser
    told = [Side.EXPORTER, Side.IMPORTER]
    if action not in _BOTH and (row["confirmed_at"] is None or action == "no-show"):
        told = [one for one in told if one != side]
    times = await _times(row)
    for one in told:
        asked = action in ("ask", "propose") or row["confirmed_at"] is None
        firm = row["exporter" if one is Side.EXPORTER else "importer"]
        written = await people(conn, firm) if asked and one != side else await sitting(conn, row, one)
        await _write(conn, row, action, one, written, times, reason, by_self=one == side)
        if one != side:
            await _ring(conn, row, action, one, [*written, *await people(conn, firm)], firm)
    if event := EVENTS.get(action):
        await webhooks.tell(
            [row["exporter"], row["importer"]], event, data_of(row, action),
            event_id=f"{row['public_id']}-{row['version']}",
        )  # fmt: skip


def data_of(row: Mapping[str, Any], action: str) -> dict[str, Any]:
    """What programs hear of a meeting: never who sits there, nor how to reach them."""
    return {
        "id": row["public_id"],
        "action": action,
        "state": row["state"],
        "turn": row["turn"],
        "version": row["version"],
        "exporter": row["exporter_name"],
        "importer": row["importer_name"],
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
    }


def path_of(row: Mapping[str, Any], side: str) -> str:
    """The meeting's page at the desk of a side."""
    return f"/desk/{queries.firm(row, side).org}/meetings/{row['public_id']}"


def when(row: Mapping[str, Any], time: Mapping[str, Any], side: str, person: Mapping[str, Any]) -> str:
    """A time on the clocks of somebody of a side, with those of the other side beside it."""
    own, there = person["time_zone"], queries.zone(row, states.other(side))
    first = shown.span_text(person["language"], time["starts_at"], time["ends_at"], own)
    second = shown.span_text(person["language"], time["starts_at"], time["ends_at"], there)
    same = first.partition(" (")[0] == second.partition(" (")[0]
    return first if same else f"{first} = {second}"


def context_of(row: Mapping[str, Any], side: str) -> dict[str, Any]:
    """What a mail about a meeting says to a side of place and people: nothing of them before both agreed."""
    told = states.shared(row["state"], row["confirmed_at"])
    other = queries.contact(row, states.other(side)) if told else None
    agreed = row["state"] == MeetingState.CONFIRMED
    place = ", ".join(part for part in (row["day_name"] or "", row["place"] if agreed else "") if part)
    return {
        "other": queries.firm(row, states.other(side)).name,
        "topic": row["topic"],
        "room": row["room_url"] if agreed else "",
        "place": place,
        "table": row["table_no"] if agreed else None,
        "contact": [part for part in (other.name, other.email, other.phone) if part] if other else [],
    }


async def _times(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if row["state"] != MeetingState.PROPOSED:
        return [row]
    return await fetch(
        """SELECT starts_at, ends_at FROM meeting_proposal WHERE meeting = $1
            AND round = (SELECT max(round) FROM meeting_proposal WHERE meeting = $1) ORDER BY starts_at, id""",
        row["id"],
    )


async def _write(
    conn: Connection,
    row: Mapping[str, Any],
    action: str,
    side: Side,
    written: Iterable[Mapping[str, Any]],
    times: Sequence[Mapping[str, Any]],
    reason: str,
    *,
    by_self: bool,
) -> None:
    sits = row["exporter_person" if side is Side.EXPORTER else "importer_person"]
    for person in written:
        calendar = invites.invitation(row, side, person["language"], person["time_zone"])
        await send(
            "meeting_step", person["email"], person["language"], person=person["id"], name=person["name"],
            # An invitation is for the one whom it names.
            calendar=calendar if person["id"] == sits else None,
            action=action, by_self=by_self, times=[when(row, time, side, person) for time in times],
            text=row["message"] if action == "ask" else "", reason=reason, answer_by=row["answer_by"],
            zone=person["time_zone"], go=path_of(row, side), **context_of(row, side),
        )  # fmt: skip


async def _ring(
    conn: Connection,
    row: Mapping[str, Any],
    action: str,
    side: Side,
    persons: Iterable[Mapping[str, Any]],
    firm: int,
) -> None:
    await notifications.tell(
        conn, [person["id"] for person in persons], "meeting_step",
        {"action": action, "other": queries.firm(row, states.other(side)).name},
        path_of(row, side), f"meeting-{row['public_id']}-{row['version']}", firm,
    )  # fmt: skip


async def agenda(conn: Connection, meetings: Sequence[int]) -> None:
    """Tells of an agenda that was published: one mail and one bell a person, with all of the own meetings.

    The file that goes along holds them for the calendar; each later change comes as an invitation of its own. The
    mails are made by the worker (`handlers`): those of a large day take it some seconds.
    """
    rows = await queries.day_meetings(meetings)
    by_firm: dict[tuple[int, Side], list[int]] = {}
    for row in rows:
        by_firm.setdefault((row["exporter"], Side.EXPORTER), []).append(row["id"])
        by_firm.setdefault((row["importer"], Side.IMPORTER), []).append(row["id"])
    for (firm, side), own in by_firm.items():
        await publish(TOPIC, firm=firm, side=str(side), meetings=own)
    hearing = await conn.fetch(
        """SELECT DISTINCT organisation FROM webhook WHERE organisation = ANY($1::bigint[]) AND active
            AND removed_at IS NULL""",
        [firm for firm, _ in by_firm],
    )
    listening = {one["organisation"] for one in hearing}
    for row in rows:
        if to := [firm for firm in (row["exporter"], row["importer"]) if firm in listening]:
            await webhooks.tell(
                to,
                "meeting.confirmed",
                data_of(row, "confirm"),
                event_id=f"{row['public_id']}-{row['version']}",
            )


def handlers() -> Mapping[str, Handler]:
    """The topic of agendas that were published, a firm at a time."""

    async def work(payloads: Sequence[Mapping[str, Any]]) -> None:
        for payload in payloads:
            await agenda_of(payload["firm"], Side(payload["side"]), payload["meetings"])

    return {TOPIC: work}


async def agenda_of(firm: int, side: Side, meetings: Sequence[int]) -> None:
    """Writes to the people of a firm (organisation.id) of the meetings that stand; once, however often it is called."""
    async with transaction() as tx:
        conn = tx.connection
        rows = [row for row in await queries.day_meetings(meetings) if row["state"] == MeetingState.CONFIRMED]
        new = await conn.fetch(_TOLD, [row["id"] for row in rows], f"AGENDA-{side[0]}")
        if not new:
            return
        column = "exporter_person" if side is Side.EXPORTER else "importer_person"
        for sits in {row[column] for row in rows}:
            mine = [row for row in rows if row[column] == sits]
            for person in await sitting(conn, mine[0], side):
                await _agenda_of(conn, firm, side, person, mine)


async def _agenda_of(
    conn: Connection,
    firm: int,
    side: Side,
    person: Mapping[str, Any],
    mine: Sequence[Mapping[str, Any]],
) -> None:
    language, own = person["language"], person["time_zone"]
    entries = [invites.entry(row, side, language, own) for row in mine]
    desk = f"/desk/{queries.firm(mine[0], side).org}/meetings"
    await send(
        "meeting_agenda", person["email"], language, person=person["id"], name=person["name"],
        calendar={"method": "PUBLISH", "text": ics.calendar(entries, language=language).decode()},
        title=mine[0]["day_name"] or "", count=len(mine), go=desk,
        meetings=[
            {
                "when": when(row, row, side, person), "other": queries.firm(row, states.other(side)).name,
                "contact": queries.contact(row, states.other(side)).name, "table": row["table_no"],
                "room": row["room_url"],
            }
            for row in mine
        ],
    )  # fmt: skip
    newest = max(row["version"] for row in mine)
    source = f"meeting-agenda-{mine[0]['public_id']}-{newest}"
    await notifications.tell(
        conn, [person["id"]], "meeting_agenda", {"title": mine[0]["day_name"] or "", "count": len(mine)}, desk,
        source, firm,
    )  # fmt: skip
