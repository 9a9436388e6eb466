"""Reads of meeting days: one whole, the organiser's list, who takes part, whom they wish to meet, plans."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from kervan.accounts.callers import Caller
from kervan.db import fetch
from kervan.errors import NotFound
from kervan.meetings.day_structs import Agreed, DayShown, Participant, PlanShown, Row, Slot
from kervan.organisations.roles import ADMINISTER, EVENTS

MOST_ROWS = 200
MOST_FOUND = 20

_TITLE = """
(SELECT x.title FROM event_text x WHERE x.event = d.event ORDER BY x.language = {language} DESC,
    x.language = 'en' DESC, x.id LIMIT 1)
"""
_SHOWN = f"""
SELECT d.id, d.public_id, d.organiser, o.name AS organiser_name, d.name, d.state, d.version, d.day, d.zone,
    d.wishes_until, d.tables, d.interpreters, d.most_meetings, d.online, d.place, d.seed, d.published_at, d.event,
    e.public_id AS event_id, e.state AS event_state, {_TITLE.format(language="$2")} AS event_title
FROM meeting_day d JOIN organisation o ON o.id = d.organiser LEFT JOIN trade_event e ON e.id = d.event
WHERE d.id = $1
"""
_ROWS = f"""
SELECT d.public_id, d.name, d.state, d.day, d.zone, d.wishes_until, o.name AS organiser_name,
    {_TITLE.format(language="$4")} AS event_title, coalesce(p.ready, 0) AS ready, coalesce(p.firms, 0) AS firms,
    (SELECT count(*) FROM meeting m WHERE m.day = d.id AND m.state IN ('PLANNED', 'CONFIRMED', 'HELD')) AS meetings
FROM meeting_day d JOIN organisation o ON o.id = d.organiser LEFT JOIN trade_event e ON e.id = d.event
LEFT JOIN LATERAL (SELECT count(*) AS firms, count(*) FILTER (WHERE state = 'READY') AS ready
    FROM day_participant WHERE day = d.id) p ON true
WHERE (d.organiser = ANY($1::bigint[]) OR $2 AND d.state <> 'DRAFT') AND ($3 = '' OR e.public_id = $3)
ORDER BY d.state IN ('DONE', 'CANCELLED'), abs(d.day - current_date), d.id LIMIT $5
"""
_OF_FIRM = f"""
SELECT d.public_id, d.name, d.state, d.day, d.zone, d.wishes_until, d.online, d.place, o.name AS organiser_name,
    e.public_id AS event_id, {_TITLE.format(language="$2")} AS event_title, p.side, p.state AS own_state,
    (SELECT min(starts_at) FROM meeting_slot s WHERE s.day = d.id) AS starts_at,
    (SELECT max(ends_at) FROM meeting_slot s WHERE s.day = d.id) AS ends_at
FROM day_participant p JOIN meeting_day d ON d.id = p.day JOIN organisation o ON o.id = d.organiser
LEFT JOIN trade_event e ON e.id = d.event
WHERE p.organisation = $1 AND d.state <> 'DRAFT' AND ($3 = '' OR d.state = $3)
ORDER BY d.day DESC, d.id DESC
"""
_PARTICIPANTS = """
SELECT p.id, p.public_id, p.organisation, o.public_id AS org, o.name, o.country, x.slug,
    coalesce(x.id, im.id) AS entity, p.side, p.state, p.version, p.slots, p.languages, p.most_meetings, p.person,
    (SELECT count(*) FROM meeting_wish w WHERE w.participant = p.id) AS wishes,
    (SELECT count(*) FROM meeting_wish w WHERE w.wanted = p.id) AS wanted_by,
    (SELECT count(*) FROM meeting m WHERE m.day = p.day AND p.organisation IN (m.exporter, m.importer)
        AND m.state IN ('PLANNED', 'CONFIRMED', 'HELD')) AS meetings
FROM day_participant p JOIN organisation o ON o.id = p.organisation
LEFT JOIN exporter x ON x.organisation = o.id LEFT JOIN importer im ON im.organisation = o.id
WHERE p.day = $1 ORDER BY p.side, o.name, p.id
"""
_PLANS = """
SELECT id, public_id, state, progress, problem, figures, refused, created_at, began_at, ended_at FROM meeting_plan
WHERE day = $1 AND ($2::timestamptz IS NULL OR state = 'DONE' AND ended_at <= $2) ORDER BY id DESC LIMIT 1
"""
_AGENDA = """
SELECT m.public_id, s.number, m.state, e.name AS exporter, i.name AS importer, m.table_no, m.language, m.interpreter
FROM meeting m JOIN meeting_slot s ON s.id = m.slot JOIN organisation e ON e.id = m.exporter
JOIN organisation i ON i.id = m.importer
WHERE m.day = $1 AND m.state IN ('PLANNED', 'CONFIRMED', 'HELD', 'NO_SHOW') ORDER BY s.number, m.table_no, m.id
"""
# Whom an organiser may ask: firms that are verified or active here.
_INVITABLE = """
SELECT o.public_id AS org, o.name, o.country, o.kind FROM organisation o
LEFT JOIN exporter x ON x.organisation = o.id LEFT JOIN importer im ON im.organisation = o.id
WHERE o.closed_at IS NULL AND (x.verification = 'VERIFIED' OR im.standing IN ('ACTIVE', 'VERIFIED'))
    AND o.name ILIKE $2 AND NOT EXISTS (SELECT FROM day_participant p WHERE p.day = $1 AND p.organisation = o.id)
ORDER BY o.name, o.id LIMIT $3
"""


async def shown(id: int, language: str = "en") -> DayShown:
    """A whole day by meeting_day.id. Raises NotFound."""
    rows = await fetch(_SHOWN, id, language)
    if not rows:
        raise NotFound()
    row = dict(rows[0])
    row["interpreters"] = msgspec.json.decode(row["interpreters"])
    slots = await fetch(
        "SELECT id, number, starts_at, ends_at FROM meeting_slot WHERE day = $1 ORDER BY number", id
    )
    return DayShown(slots=tuple(Slot(**slot) for slot in slots), **row)


async def listed(caller: Caller, language: str, event: str = "") -> list[Row]:
    """The days of the caller's organisations, those of all for the Ministry; what comes next stands first."""
    own = [m.organisation for m in caller.may(EVENTS)]
    rows = await fetch(_ROWS, own, bool(caller.may(ADMINISTER)), event, language, MOST_ROWS)
    return [Row(**row) for row in rows]


async def of_firm(
    organisation: int, language: str, state: str, page: int, size: int
) -> tuple[list[Mapping[str, Any]], int]:
    """The days that a firm was asked to (in one state if it is given), the latest first, and how many there are."""
    total = await fetch(f"SELECT count(*) AS n FROM ({_OF_FIRM}) d", organisation, language, state)
    rows = await fetch(
        f"{_OF_FIRM} LIMIT $4 OFFSET $5", organisation, language, state, size, (page - 1) * size
    )
    return [dict(row) for row in rows], total[0]["n"]


async def participants(day: int) -> list[Participant]:
    """Who was asked, by side and name."""
    return [msgspec.convert(dict(row), Participant) for row in await fetch(_PARTICIPANTS, day)]


async def wishes_of(participant: int) -> list[int]:
    """Whom a participant wants to meet (day_participant.id), the dearest first."""
    rows = await fetch("SELECT wanted FROM meeting_wish WHERE participant = $1 ORDER BY rank", participant)
    return [row["wanted"] for row in rows]


async def wishes(day: int) -> Sequence[Mapping[str, Any]]:
    """All wishes of a day: by, wanted (day_participant.id), rank."""
    return await fetch(
        """SELECT w.participant AS by, w.wanted, w.rank FROM meeting_wish w
        JOIN day_participant p ON p.id = w.participant WHERE p.day = $1 ORDER BY w.participant, w.rank""",
        day,
    )


async def plan(day: DayShown, *, published: bool = False) -> PlanShown | None:
    """The newest plan of a day; with `published` the one behind the agenda that firms were told."""
    if published and day.published_at is None:
        return None
    rows = await fetch(_PLANS, day.id, day.published_at if published else None)
    if not rows:
        return None
    row = dict(rows[0])
    return PlanShown(
        **{
            **row,
            "figures": msgspec.json.decode(row["figures"]),
            "refused": msgspec.json.decode(row["refused"]),
        }
    )


async def agenda(day: int) -> list[Agreed]:
    """The day's meetings by slot, also those that are only planned."""
    return [Agreed(**row) for row in await fetch(_AGENDA, day)]


async def invitable(day: int, text: str) -> Sequence[Mapping[str, Any]]:
    """Firms whose name holds the text and that were not asked yet: org, name, country, kind."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return await fetch(_INVITABLE, day, f"%{escaped}%", MOST_FOUND)
