"""Reads of meetings: one of them as a firm may see it, and the rows of an agenda."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from kervan.db import fetch
from kervan.errors import NotFound
from kervan.meetings import states
from kervan.meetings.structs import Contact, Firm, MeetingShown, Outcome, Row, Step, Time
from kervan.meetings.tables import MeetingState
from kervan.trade import time_zones

WHOLE = """
SELECT m.*, xo.public_id AS exporter_org, xo.closed_at AS exporter_closed, e.id AS exporter_row, e.slug,
    e.trade_name AS exporter_name, e.verification, e.phone AS exporter_phone, io.public_id AS importer_org,
    io.closed_at AS importer_closed, im.id AS importer_row, im.legal_name AS importer_name,
    im.country AS importer_country, im.standing, im.phone AS importer_phone,
    EXISTS (SELECT FROM matching_opt_out x WHERE x.exporter = e.id) AS opted_out,
    xp.name AS exporter_contact, xp.email AS exporter_email, xp.time_zone AS exporter_zone,
    ip.name AS importer_contact, ip.email AS importer_email, ip.time_zone AS importer_zone,
    d.name AS day_name, d.public_id AS day_id, d.online AS day_online, v.public_id AS event_id
FROM meeting m JOIN organisation xo ON xo.id = m.exporter JOIN exporter e ON e.organisation = xo.id
JOIN organisation io ON io.id = m.importer JOIN importer im ON im.organisation = io.id
LEFT JOIN person xp ON xp.id = m.exporter_person AND xp.state <> 'CLOSED'
LEFT JOIN person ip ON ip.id = m.importer_person AND ip.state <> 'CLOSED'
LEFT JOIN meeting_day d ON d.id = m.day LEFT JOIN trade_event v ON v.id = m.event
"""
"""A meeting with both firms, the people who sit there, its day and its event; `m` is the meeting."""

_TIMES = """
SELECT id, side, round, starts_at, ends_at FROM meeting_proposal
WHERE meeting = $1 AND round = (SELECT max(round) FROM meeting_proposal WHERE meeting = $1) ORDER BY starts_at, id
"""
TITLE = """
(SELECT x.title FROM event_text x WHERE x.event = {event}
    ORDER BY x.language = {language} DESC, x.language = 'en' DESC, x.id LIMIT 1)
"""
_STEPS = """
SELECT s.at, s.action, s.side, s.reason, CASE WHEN s.side = $2 THEN coalesce(p.name, '') ELSE '' END AS who
FROM meeting_step s LEFT JOIN person p ON p.id = s.person AND p.state <> 'CLOSED'
WHERE s.meeting = $1 AND s.action <> 'plan' ORDER BY s.id DESC LIMIT 100
"""
_ROWS = """
SELECT m.public_id, m.state, s.side, m.turn, m.starts_at, m.ends_at, m.zone, m.topic, m.answer_by, m.table_no, m.place,
    CASE WHEN m.state = 'CONFIRMED' THEN m.room_url ELSE '' END AS room_url, d.name AS day_name,
    CASE WHEN s.side = 'EXPORTER' THEN im.legal_name ELSE e.trade_name END AS other,
    CASE WHEN s.side = 'EXPORTER' THEN im.country ELSE 'TR' END AS other_country,
    coalesce(CASE WHEN s.side = 'EXPORTER' THEN m.exporter_person ELSE m.importer_person END = $2, false) AS mine,
    m.outcome ? s.side AS told,
    (SELECT count(*) FROM meeting_proposal p WHERE p.meeting = m.id
        AND p.round = (SELECT max(round) FROM meeting_proposal q WHERE q.meeting = m.id)) AS times
FROM meeting m JOIN exporter e ON e.organisation = m.exporter JOIN importer im ON im.organisation = m.importer
CROSS JOIN LATERAL (SELECT CASE WHEN m.exporter = $1 THEN 'EXPORTER' ELSE 'IMPORTER' END AS side) s
LEFT JOIN meeting_day d ON d.id = m.day
WHERE (m.exporter = $1 OR m.importer = $1) AND m.state <> 'PLANNED'
"""
_PAST = "(m.state NOT IN ('PROPOSED', 'CONFIRMED') OR (m.state = 'CONFIRMED' AND m.ends_at <= now()))"


async def shown(meeting: int, side: str, language: str) -> MeetingShown:
    """The meeting as a side may see it. Raises NotFound, also for one that is planned and told to nobody."""
    rows = await fetch(
        f"SELECT w.*, {TITLE.format(event='w.event', language='$2')} AS event_title FROM ({WHOLE} WHERE m.id = $1) w",
        meeting,
        language,
    )
    if not rows or rows[0]["state"] == MeetingState.PLANNED:
        raise NotFound()
    row = rows[0]
    times = tuple(Time(**found) for found in await fetch(_TIMES, meeting))
    told = states.shared(row["state"], row["confirmed_at"])
    other = states.other(side)
    return MeetingShown(
        side=side,
        direct=row["day"] is None,
        own=firm(row, side),
        other=firm(row, other),
        other_zone=zone(row, other),
        online=bool(row["day_online"]),
        room_url=row["room_url"] if row["state"] == MeetingState.CONFIRMED else "",
        round=max((time.round for time in times), default=0),
        times=times if row["state"] == MeetingState.PROPOSED else (),
        contact=contact(row, other) if told else None,
        own_contact=contact(row, side) if told else None,
        outcome=outcomes(row).get(side),
        event=row["event_id"],
        row={name: row[name] for name in ("state", "turn", "day", "starts_at")},
        **{
            name: row[name]
            for name in (
                "id", "public_id", "state", "version", "sequence", "turn", "asked_by", "starts_at", "ends_at", "zone",
                "topic", "message", "language", "interpreter", "table_no", "place", "answer_by", "reason",
                "followed_by", "day_name", "event_title", "confirmed_at", "created_at",
            )
        },
    )  # fmt: skip


def firm(row: Mapping[str, Any], side: str) -> Firm:
    """A side's firm of a row of WHOLE."""
    if side == states.Side.EXPORTER:
        return Firm(
            id=row["exporter"],
            org=row["exporter_org"],
            name=row["exporter_name"],
            country="TR",
            slug=row["slug"],
        )
    return Firm(
        id=row["importer"], org=row["importer_org"], name=row["importer_name"], country=row["importer_country"],
        slug=None,
    )  # fmt: skip


def contact(row: Mapping[str, Any], side: str) -> Contact:
    """Who sits there for a side of a row of WHOLE. Ask states.shared before anybody sees it."""
    name = "exporter" if side == states.Side.EXPORTER else "importer"
    return Contact(
        name=row[f"{name}_contact"] or "", email=row[f"{name}_email"] or "", phone=row[f"{name}_phone"] or ""
    )


def zone(row: Mapping[str, Any], side: str) -> str:
    """The clock of a side: of who sits there, of who asked, else of the country."""
    if side == states.Side.EXPORTER:
        known, country = row["exporter_zone"], "TR"
    else:
        known, country = row["importer_zone"], row["importer_country"]
    if known and known != time_zones.UTC:
        return str(known)
    return str(row["zone"]) if row["asked_by"] == side else time_zones.of_country(country)


def outcomes(row: Mapping[str, Any]) -> dict[str, Outcome]:
    """What the sides said that came of it, by side."""
    return msgspec.json.decode(row["outcome"], type=dict[str, Outcome])


async def timeline(meeting: int, side: str) -> list[Step]:
    """What happened, the newest first; people are named to their own side only."""
    return [Step(**row) for row in await fetch(_STEPS, meeting, side)]


async def coming(organisation: int, person: int) -> list[Row]:
    """Agreed meetings that are not over, the next first."""
    return _rows(
        await fetch(
            f"{_ROWS} AND m.state = 'CONFIRMED' AND m.ends_at > now() ORDER BY m.starts_at, m.id",
            organisation,
            person,
        )
    )


async def asked(organisation: int, person: int) -> list[Row]:
    """Meetings that wait for an answer: those that wait for this firm first."""
    return _rows(
        await fetch(
            f"{_ROWS} AND m.state = 'PROPOSED' ORDER BY m.turn = s.side DESC, m.answer_by, m.id",
            organisation,
            person,
        )
    )


async def of_day(organisation: int, person: int, day: int) -> list[Row]:
    """A firm's meetings of a day (meeting_day.id) that it was told of, also those called off since, by time."""
    return _rows(await fetch(f"{_ROWS} AND m.day = $3 ORDER BY m.starts_at, m.id", organisation, person, day))


async def past(organisation: int, person: int, page: int, size: int) -> tuple[list[Row], bool]:
    """Meetings that are over, one way or another, the latest first; and whether there are more."""
    rows = await fetch(
        f"{_ROWS} AND {_PAST} ORDER BY coalesce(m.ended_at, m.ends_at) DESC, m.id DESC LIMIT $3 OFFSET $4",
        organisation,
        person,
        size + 1,
        (page - 1) * size,
    )
    return _rows(rows[:size]), len(rows) > size


async def listed(
    organisation: int, person: int, states_wanted: Sequence[str], page: int, size: int
) -> tuple[list[Row], int]:
    """Meetings in some states (all without any), the latest first, for programs; and how many there are."""
    condition = "AND ($3::text[] = '{}' OR m.state = ANY($3))"
    total = await fetch(
        f"SELECT count(*) AS n FROM ({_ROWS} {condition}) found", organisation, person, list(states_wanted)
    )
    rows = await fetch(
        f"{_ROWS} {condition} ORDER BY m.starts_at DESC, m.id DESC LIMIT $4 OFFSET $5",
        organisation,
        person,
        list(states_wanted),
        size,
        (page - 1) * size,
    )
    return _rows(rows), total[0]["n"]


def _rows(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [Row(**row) for row in rows]


async def open_asks(organisation: int) -> int:
    """How many meetings wait for this firm's answer: the figure beside the menu."""
    rows = await fetch(
        """SELECT count(*) AS n FROM meeting WHERE state = 'PROPOSED'
            AND ((exporter = $1 AND turn = 'EXPORTER') OR (importer = $1 AND turn = 'IMPORTER'))""",
        organisation,
    )
    found: int = rows[0]["n"]
    return found


async def day_meetings(meetings: Sequence[int]) -> Sequence[Mapping[str, Any]]:
    """Rows of WHOLE of these meetings, by time."""
    return await fetch(f"{WHOLE} WHERE m.id = ANY($1::bigint[]) ORDER BY m.starts_at, m.id", list(meetings))


async def followed(shown: MeetingShown) -> str | None:
    """Where, behind the desk of the reader's firm, stands what followed the meeting; None when nothing did."""
    if shown.followed_by is None:
        return None
    rows = await fetch(
        """SELECT '/orders/' || public_id AS path FROM trade_order WHERE public_id = $1
        UNION ALL SELECT '/inquiries/' || CASE WHEN $2 = 'IMPORTER' THEN i.public_id ELSE r.public_id END
        FROM inquiry i JOIN inquiry_recipient r ON r.inquiry = i.id JOIN exporter e ON e.id = r.exporter
        WHERE i.public_id = $1 AND e.organisation = $3""",
        shown.followed_by,
        shown.side,
        shown.own.id if shown.side == "EXPORTER" else shown.other.id,
    )
    return str(rows[0]["path"]) if rows else None


async def proposal(meeting: int, starts_at: datetime) -> int:
    """meeting_proposal.id of the time on offer that begins then; 0 when none does."""
    rows = await fetch(_TIMES, meeting)
    return next((int(row["id"]) for row in rows if row["starts_at"] == starts_at), 0)
