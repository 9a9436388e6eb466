"""From an approved announcement to one row for each recipient, in chunks that the database writes by itself.

Nothing of a recipient comes into this process: a chunk is one INSERT … SELECT, the quiet hours of every zone and
country go along as two small tables.
"""

from datetime import UTC, datetime
from typing import Any

from asyncpg import Connection

from kervan.announcements import quiet
from kervan.announcements.audience import Audience, people

CHUNK = 100_000
"""Recipients of one statement: few, since each looks at the whole audience; PostgreSQL spills what is too much."""

_ENQUEUE = """
WITH zones (name, due_at) AS MATERIALIZED (SELECT * FROM unnest($13::text[], $14::timestamptz[])),
countries (code, due_at) AS MATERIALIZED (SELECT * FROM unnest($15::text[], $16::timestamptz[])),
everybody AS (SELECT * FROM ({people}) q WHERE q.person > $17 AND q.consent AND NOT q.suppressed AND q.news = 'AT_ONCE'
    AND NOT q.often    ORDER BY q.person LIMIT $18),
written AS (
    INSERT INTO event_delivery (announcement, edition, person, address_key, domain, language, due_at)
    SELECT $1, $3, e.person, e.address_key, split_part(e.address_key, '@', 2), e.language,
        coalesce(z.due_at, c.due_at, $19)
    FROM everybody e LEFT JOIN zones z ON z.name = e.zone LEFT JOIN countries c ON c.code = e.country
    ON CONFLICT (announcement, edition, person) DO NOTHING RETURNING person
)
SELECT (SELECT count(*) FROM written) AS written, (SELECT max(person) FROM everybody) AS last,
    (SELECT count(*) FROM everybody) AS seen
"""


async def enqueue(
    conn: Connection,
    announcement: int,
    event: int,
    edition: int,
    audience: Audience,
    now: datetime | None = None,
) -> int:
    """Writes the rows of an edition inside the open transaction; returns how many there are.

    Who has no live consent, is suppressed or chose to hear otherwise gets none. Safe to repeat: who has a row of this
    edition keeps it.
    """
    moment = now or datetime.now(UTC)
    hours = await quiet.night(moment)
    zones, countries = quiet.by_zone(moment, hours), quiet.by_country(moment, hours)
    sql, values = people(audience, announcement, event, edition, await quiet.most_a_month(moment))
    fixed: list[Any] = [*values, list(zones), list(zones.values()), list(countries), list(countries.values())]
    statement, last = _ENQUEUE.format(people=sql), 0
    written: int = 0
    while True:
        row = await conn.fetchrow(statement, *fixed, last, CHUNK, moment)
        written += int(row["written"])
        if row["seen"] < CHUNK:
            return written
        last = row["last"]
