"""Nobody forgets a meeting: reminders a day and an hour before, once each."""

from collections.abc import Mapping
from typing import Any

import structlog
from asyncpg import Connection

from kervan.db import fetch, transaction
from kervan.mail.service import send
from kervan.meetings import moves, queries, states, telling
from kervan.meetings.states import Side
from kervan.meetings.tables import MeetingState
from kervan.notifications import service as notifications

log = structlog.get_logger(__name__)

STAGES: Mapping[str, str] = {"1H": "1 hour", "1D": "24 hours"}
"""How long before the start, the latest first: whoever is in the last hour needs no reminder of the day."""

# What was agreed or changed in this stretch of time was told then.
_DUE = """
SELECT m.id FROM meeting m WHERE m.state = 'CONFIRMED' AND m.starts_at > now()
    AND m.starts_at <= now() + $2::text::interval AND m.changed_at < m.starts_at - $2::text::interval
    AND NOT EXISTS (SELECT FROM meeting_reminder r WHERE r.meeting = m.id AND r.about = m.starts_at
        AND r.stage IN ($1, '1H'))
ORDER BY m.starts_at, m.id LIMIT 500
"""


async def send_due() -> int:
    """Sends every reminder that is due, once; returns how many meetings."""
    done = 0
    for stage, before in STAGES.items():
        for due in await fetch(_DUE, stage, before):
            async with transaction() as tx:
                done += await _remind(tx.connection, due["id"], stage)
    if done:
        log.info("reminders of meetings sent", meetings=done)
    return done


async def _remind(conn: Connection, meeting: int, stage: str) -> bool:
    row = await moves.locked(conn, meeting)
    if row["state"] != MeetingState.CONFIRMED:
        return False
    new = await conn.fetchval(
        """INSERT INTO meeting_reminder (meeting, stage, about) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING RETURNING id""",
        meeting,
        stage,
        row["starts_at"],
    )
    if new is None:
        return False
    for side in (Side.EXPORTER, Side.IMPORTER):
        await _write(conn, row, side, stage)
    return True


async def _write(conn: Connection, row: Mapping[str, Any], side: Side, stage: str) -> None:
    written = await telling.sitting(conn, row, side)
    go = telling.path_of(row, side)
    for person in written:
        await send(
            "meeting_reminder", person["email"], person["language"], person=person["id"], name=person["name"],
            stage=stage, times=[telling.when(row, row, side, person)], go=go, **telling.context_of(row, side),
        )  # fmt: skip
    await notifications.tell(
        conn, [person["id"] for person in written], "meeting_reminder",
        {"stage": stage, "other": queries.firm(row, states.other(side)).name}, go,
        f"meeting-{row['public_id']}-{stage}-{row['starts_at']:%Y%m%d%H%M}", queries.firm(row, side).id,
    )  # fmt: skip
