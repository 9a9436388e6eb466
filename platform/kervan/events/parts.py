"""What hangs on an event, stored with it: its texts, its programme and the questions that registrants answer."""

from collections.abc import Sequence

import msgspec
from asyncpg import Connection

from kervan.events.structs import Content, Question

_MAKE = """
INSERT INTO event_text (event, language, title, summary, text) SELECT $1, * FROM
unnest($2::text[], $3::text[], $4::text[], $5::text[])
"""

_RETIRE = """
UPDATE event_question SET retired_at = now() WHERE event = $1 AND retired_at IS NULL AND id <> ALL($2::bigint[])
"""
_RETIRE_ONE = (
    "UPDATE event_question SET retired_at = now() WHERE event = $1 AND id = $2 AND retired_at IS NULL"
)
# What was answered keeps its meaning: with other choices it is another question.
_REWRITE = """
UPDATE event_question SET position = $3, side = $4, kind = $5, label = $6, options = $7, required = $8
WHERE event = $1 AND id = $2 AND retired_at IS NULL AND (kind = $5 AND options = $7::jsonb
    OR NOT EXISTS (SELECT FROM registration r WHERE r.event = $1 AND r.answers::jsonb ? ($2::bigint)::text))
"""


async def write(conn: Connection, id: int, content: Content) -> None:
    """Texts and programme are written anew; questions keep their ids, because answers name them."""
    await conn.execute("DELETE FROM event_text WHERE event = $1", id)
    columns = zip(
        *((each.language, each.title, each.summary, each.text) for each in content.texts), strict=True
    )
    await conn.execute(_MAKE, id, *(list(column) for column in columns))
    await conn.execute("DELETE FROM event_session WHERE event = $1", id)
    await conn.executemany(
        "INSERT INTO event_session (event, starts_at, ends_at, title, speakers, place, language)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            (
                id,
                each.starts_at,
                each.ends_at,
                each.title,
                "\n".join(each.speakers),
                each.place,
                each.language,
            )
            for each in content.sessions
        ],
    )
    await _write_questions(conn, id, content.questions)


async def _write_questions(conn: Connection, id: int, questions: Sequence[Question]) -> None:
    kept = {each.id for each in questions if each.id is not None}
    await conn.execute(_RETIRE, id, list(kept))
    for position, each in enumerate(questions, start=1):
        values = (
            position, each.side, each.kind, msgspec.json.encode(each.label).decode(),
            msgspec.json.encode(each.options).decode(), each.required,
        )  # fmt: skip
        changed = 0
        if each.id is not None:
            done = await conn.execute(
                _REWRITE,
                id,
                each.id,
                *values,
            )
            changed = int(done.split()[-1])
        if not changed:
            await conn.execute(_RETIRE_ONE, id, each.id)
            await conn.execute(
                "INSERT INTO event_question (event, position, side, kind, label, options, required)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                id,
                *values,
            )
