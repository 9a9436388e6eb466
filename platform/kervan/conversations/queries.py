"""Reads of conversations: one with its files, how much is unread, and that it was read."""

from collections.abc import Mapping, Sequence

import msgspec

from kervan.conversations.parties import HIDDEN
from kervan.conversations.structs import FileShown, MessageShown
from kervan.db import execute, fetch
from kervan.orders.tables import Side

MOST_SHOWN = 500
"""Of one conversation, the newest; two firms that write more go on by mail."""

_THREAD = f"""
SELECT * FROM (
    SELECT m.id, m.public_id, m.side, m.text, m.created_at, m.read_at, o.country,
        CASE WHEN m.side = 'EXPORTER' THEN coalesce(
            (SELECT e.trade_name FROM exporter e WHERE e.organisation = o.id), o.name) ELSE o.name END AS firm,
        CASE WHEN p.state <> 'CLOSED' THEN p.name END AS by,
        m.side = 'IMPORTER' AND CASE m.about
            WHEN 'INQUIRY' THEN EXISTS (SELECT FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry
                WHERE r.id = m.subject AND {HIDDEN})
            WHEN 'RFQ' THEN EXISTS (SELECT FROM inquiry i
                WHERE i.id = m.subject AND i.anonymous AND i.revealed_at IS NULL)
            ELSE false END AS hidden,
        (SELECT jsonb_agg(jsonb_build_object('public_id', a.public_id, 'name', a.name,
            'content_type', a.content_type, 'size', a.size) ORDER BY a.id)
            FROM attachment a WHERE a.message = m.id) AS files
    FROM message m JOIN organisation o ON o.id = m.organisation LEFT JOIN person p ON p.id = m.person
    WHERE m.about = $1 AND m.subject = $2 ORDER BY m.id DESC LIMIT {MOST_SHOWN}
) AS newest ORDER BY id
"""


async def thread(about: str, subject: int, viewer: str = "") -> list[MessageShown]:
    """The messages, the oldest first, as `viewer` (a Side) reads them.

    Who an anonymous buyer is, only the buyer's own side learns.
    """
    found = []
    for row in await fetch(_THREAD, about, subject):
        hidden = row["hidden"] and viewer != Side.IMPORTER
        found.append(
            MessageShown(
                public_id=row["public_id"],
                side=row["side"],
                by=None if hidden else row["by"],
                firm=None if hidden else row["firm"],
                country=row["country"],
                text=row["text"],
                at=row["created_at"],
                read_at=row["read_at"],
                files=msgspec.json.decode(row["files"] or "[]", type=tuple[FileShown, ...]),
            )
        )
    return found


async def unread(about: str, subjects: Sequence[int], side: str) -> Mapping[int, int]:
    """How many messages of the other side nobody of this side has read, by subject; those without are left out."""
    rows = await fetch(
        """SELECT subject, count(*) AS n FROM message
        WHERE about = $1 AND subject = ANY($2::bigint[]) AND side <> $3 AND read_at IS NULL GROUP BY subject""",
        about,
        list(subjects),
        side,
    )
    return {row["subject"]: row["n"] for row in rows}


async def mark_read(about: str, subject: int, side: str) -> None:
    """Notes that this side has opened the conversation."""
    await execute(
        """UPDATE message SET read_at = now()
        WHERE about = $1 AND subject = $2 AND side <> $3 AND read_at IS NULL""",
        about,
        subject,
        side,
    )
