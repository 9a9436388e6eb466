"""Reads of events: one whole, cards of a list, its time line, its questions."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan.db import connection, fetch
from kervan.errors import NotFound
from kervan.events import phases
from kervan.events.structs import Content, EventCard, EventShown, File, Question, Session, Text
from kervan.products.queries import slug_of

COLUMNS = tuple(name for name in Content.__struct_fields__ if name not in ("texts", "sessions", "questions"))
"""What trade_event itself holds of structs.Content."""
_ARRAYS = ("sectors", "headings", "target_countries", "languages")

PUBLIC_STATE = "(e.state = 'PUBLISHED' OR e.state = 'CANCELLED' AND e.published_at IS NOT NULL)"
"""Events that have a public page; `e` is trade_event."""

_SHOWN = f"""
SELECT e.id, e.public_id, e.organiser, o.public_id AS organiser_id, e.state, e.version, e.sequence, e.reason,
    e.published_at, e.approved_at, e.submitted_at, e.cancelled_at, e.changed_at, e.created_at, e.updated_at,
    e.source, e.source_url, {", ".join(f"e.{name}" for name in COLUMNS)}
FROM trade_event e JOIN organisation o ON o.id = e.organiser
"""
_TEXTS = "SELECT language, title, summary, text FROM event_text WHERE event = $1 ORDER BY id"
_SESSIONS = """
SELECT starts_at, ends_at, title, speakers, place, language FROM event_session WHERE event = $1
ORDER BY starts_at, ends_at, id
"""
_QUESTIONS = """
SELECT id, kind, label, side, options, required FROM event_question WHERE event = $1 AND retired_at IS NULL
ORDER BY position, id
"""
_FILES = """
SELECT public_id, use, name, content_type, path, size FROM event_file WHERE event = $1 AND removed_at IS NULL
ORDER BY id
"""
_CARDS = f"""
SELECT e.id, e.public_id, e.kind, e.state, {phases.PHASE} AS phase, t.title, t.summary, t.language, e.organiser_name,
    e.format, e.country, e.province, e.city, e.venue, e.zone, e.starts_at, e.ends_at, e.whole_days, e.sectors,
    e.languages, e.target_countries, e.registration, e.registration_closes_at,
    coalesce(e.fee_importers = 0, false) AS free, f.public_id AS picture
FROM trade_event e
JOIN LATERAL (SELECT title, summary, language FROM event_text x WHERE x.event = e.id
    ORDER BY x.language = $2 DESC, x.language = 'en' DESC, x.id LIMIT 1) t ON true
LEFT JOIN LATERAL (SELECT public_id FROM event_file x WHERE x.event = e.id AND x.use = 'PICTURE'
    AND x.removed_at IS NULL ORDER BY x.id DESC LIMIT 1) f ON true
WHERE e.id = ANY($1::bigint[])
"""
_STEPS = """
SELECT v.action, v.before, v.after, CASE WHEN p.state <> 'CLOSED' THEN p.name END AS by, v.reason, v.at
FROM event_step v LEFT JOIN person p ON p.id = v.person WHERE v.event = $1 ORDER BY v.id
"""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an event's time line."""

    action: str
    before: str | None
    after: str
    by: str | None
    reason: str | None
    at: datetime


async def shown(id: int) -> EventShown:
    """A whole event by trade_event.id. Raises NotFound."""
    async with connection() as conn:
        return await read(conn, "e.id = $1", id)


async def by_public_id(public_id: str) -> EventShown:
    """A whole event by public id, in whatever state. Raises NotFound."""
    async with connection() as conn:
        return await read(conn, "e.public_id = $1", public_id)


async def public(public_id: str) -> EventShown:
    """A whole event that has a public page: announced, or cancelled after it was. Raises NotFound."""
    async with connection() as conn:
        return await read(conn, f"e.public_id = $1 AND {PUBLIC_STATE}", public_id)


async def read(conn: Connection, condition: str, value: object) -> EventShown:
    """A whole event over a connection, for those that stand in a transaction already. Raises NotFound."""
    row = await conn.fetchrow(f"{_SHOWN} WHERE {condition}", value)
    if row is None:
        raise NotFound()
    id = row["id"]
    content = content_of(
        row,
        texts=[Text(**each) for each in await conn.fetch(_TEXTS, id)],
        sessions=[session_of(each) for each in await conn.fetch(_SESSIONS, id)],
        questions=[question_of(each) for each in await conn.fetch(_QUESTIONS, id)],
    )
    files = tuple(File(**each) for each in await conn.fetch(_FILES, id))
    rest = {name: row[name] for name in EventShown.__struct_fields__ if name in row.keys()}  # noqa: SIM118
    return EventShown(content=content, phase=phase_of(content, row["state"]), files=files, **rest)


def phase_of(content: Content, state: str) -> str:
    """The phase now of an event with this content in a state."""
    return phases.phase(
        state, content.starts_at, content.ends_at, content.registration, content.registration_opens_at,
        content.registration_closes_at, datetime.now(UTC),
    )  # fmt: skip


def is_open(event: EventShown) -> bool:
    """Whether one can register for the event now, here or at the organiser's own address."""
    held = event.content
    return phases.is_open(
        event.state, held.starts_at, held.ends_at, held.registration, held.registration_opens_at,
        held.registration_closes_at, datetime.now(UTC),
    )  # fmt: skip


def content_of(
    row: Record | Mapping[str, Any],
    *,
    texts: Sequence[Text],
    sessions: Sequence[Session] = (),
    questions: Sequence[Question] = (),
) -> Content:
    """The content of a row that holds COLUMNS, with what other tables hold of it."""
    plain: dict[str, Any] = {name: tuple(row[name]) if name in _ARRAYS else row[name] for name in COLUMNS}
    return Content(texts=tuple(texts), sessions=tuple(sessions), questions=tuple(questions), **plain)


def session_of(row: Record | Mapping[str, Any]) -> Session:
    """A point of the programme from its row: one speaker a line."""
    return Session(**{**dict(row), "speakers": tuple(line for line in row["speakers"].split("\n") if line)})


def question_of(row: Record | Mapping[str, Any]) -> Question:
    """A question from its row."""
    return Question(
        **{
            **dict(row),
            "label": msgspec.json.decode(row["label"], type=dict[str, str]),
            "options": tuple(msgspec.json.decode(row["options"], type=list[dict[str, str]])),
        }
    )


async def questions(id: int, side: str) -> list[Question]:
    """What an event asks a side (EXPORTER or IMPORTER), in order."""
    return [question_of(row) for row in await fetch(_QUESTIONS, id) if row["side"] in (side, "BOTH")]


async def cards(ids: Sequence[int], language: str) -> list[EventCard]:
    """Cards of events (trade_event.id) in the order of `ids`, titles in the language or else in English."""
    rows = {row["id"]: row for row in await fetch(_CARDS, list(ids), language)}
    return [
        EventCard(
            **{
                **dict(rows[id]),
                "sectors": tuple(rows[id]["sectors"]),
                "languages": tuple(rows[id]["languages"]),
                "target_countries": tuple(rows[id]["target_countries"]),
            }
        )
        for id in ids
        if id in rows
    ]


async def timeline(id: int) -> list[Step]:
    """Every step of an event, the first one first."""
    return [Step(**row) for row in await fetch(_STEPS, id)]


def address_of(title: str, public_id: str) -> str:
    """The last part of an event's address: its title as a slug, and its public id."""
    return f"{slug_of(title, 'event')}-{public_id}"
