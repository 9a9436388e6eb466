"""Reads of requests: one whole, cards of the board, its time line, its files, others that are like it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan.db import connection, fetch
from kervan.errors import NotFound
from kervan.products.queries import slug_of
from kervan.requests.structs import (
    Consent,
    Content,
    EventShown,
    FileShown,
    RequestCard,
    RequestShown,
    Similar,
    Spec,
)
from kervan.trade import law
from kervan_search.text import tokens

TODAY = "(now() AT TIME ZONE 'Europe/Istanbul')::date"
"""The last day of a request counts as a whole, in Türkiye."""
_TRADES = "EXISTS (SELECT FROM importer b WHERE b.id = q.importer AND b.standing IN ('ACTIVE', 'VERIFIED'))"
OPEN = f"q.state = 'PUBLISHED' AND q.deadline >= {TODAY} AND {_TRADES}"
"""The one condition under which answers are taken; `q` is trade_request. A suspended buyer's requests wait unseen."""
_OVER = f"q.state = 'PUBLISHED' AND NOT (q.deadline >= {TODAY} AND {_TRADES})"
NOW = f"CASE WHEN {_OVER} THEN 'CLOSED' ELSE q.state END"
"""Where a request stands now: the round that closes requests may be an hour late."""
NOW_CLOSED_AS = f"""
CASE WHEN NOT ({_OVER}) THEN q.closed_as WHEN q.deadline < {TODAY} THEN 'DEADLINE' ELSE 'WITHDRAWN' END
"""

CONTENT = """
    q.title, q.summary, q.description, q.language, q.hs_code, q.sector, q.specs, q.quantity, q.unit, q.budget,
    q.target_price, q.currency, q.country, q.place, q.incoterm, q.deadline, q.certificates, q.sample_wanted,
    q.buyer_type, q.languages, q.visibility, q.source, q.source_url, q.source_ref
"""
_SHOWN = f"""
SELECT q.id, q.public_id, q.number, q.importer, q.post, q.person, {NOW} AS state, {NOW_CLOSED_AS} AS closed_as,
    q.version, q.edition, q.value_eur, q.value_on, q.consent, q.reason, q.submitted_at, q.review_due_at, q.escalated_at,
    q.published_at, q.edited_at, q.closed_at, q.created_at, q.updated_at, q.gate, {CONTENT},
    im.legal_name AS buyer_name, im.country AS buyer_country, bo.public_id AS buyer_organisation,
    im.standing = 'VERIFIED' AS buyer_verified, im.represented_by IS NOT NULL AS represented,
    po.public_id AS post_id, po.name AS post_name, i.id AS inquiry, i.public_id AS inquiry_id
FROM trade_request q JOIN importer im ON im.id = q.importer JOIN organisation bo ON bo.id = im.organisation
LEFT JOIN organisation po ON po.id = q.post LEFT JOIN inquiry i ON i.request = q.id
"""
_CARDS = f"""
SELECT q.id, q.public_id, q.number, q.title, q.summary, q.language, q.hs_code, q.sector, q.quantity, q.unit,
    q.value_eur, q.country, q.deadline, q.buyer_type, q.source, po.name AS post_name,
    im.standing = 'VERIFIED' AS buyer_verified, q.certificates, q.published_at, q.edited_at, q.edition, {NOW} AS state,
    (SELECT count(*) FROM inquiry i JOIN quote t ON t.inquiry = i.id
        WHERE i.request = q.id AND t.state IN ('SENT', 'REVISED', 'ACCEPTED')) AS answers
FROM trade_request q JOIN importer im ON im.id = q.importer LEFT JOIN organisation po ON po.id = q.post
WHERE q.id = ANY($1::bigint[]) AND q.state IN ('PUBLISHED', 'CLOSED')
"""
_EVENTS = """
SELECT v.action, v.before, v.after, v.side, CASE WHEN p.state <> 'CLOSED' THEN p.name END AS by, v.reason, v.edition,
    v.at
FROM request_event v LEFT JOIN person p ON p.id = v.person WHERE v.request = $1 ORDER BY v.id
"""
_FILES = """
SELECT public_id, name, content_type, size FROM request_file WHERE request = $1 AND removed_at IS NULL ORDER BY id
"""
_LIKE = f"""
SELECT q.public_id, q.number, q.title, q.country, q.published_at, q.importer, q.summary
FROM trade_request q
WHERE {OPEN} AND q.id <> $1 AND left(q.hs_code, 4) = left($2, 4) AND (q.country = $3 OR q.importer = $4)
ORDER BY q.published_at DESC LIMIT 200
"""
_ALIKE = 0.4
"""Share of the words of both titles that must be the same, beside the same heading and country."""


async def shown(id: int) -> RequestShown:
    """A whole request by trade_request.id. Raises NotFound."""
    return await _one("q.id = $1", id)


async def by_public_id(public_id: str) -> RequestShown:
    """A whole request by public id, in whatever state. Raises NotFound."""
    return await _one("q.public_id = $1", public_id)


async def _one(condition: str, value: object) -> RequestShown:
    async with connection() as conn:
        row = await conn.fetchrow(f"{_SHOWN} WHERE {condition}", value)
        if row is None:
            raise NotFound()
        files = await conn.fetch(_FILES, row["id"])
    found = {**dict(row), **decoded(row)}
    found["consent"] = msgspec.json.decode(row["consent"], type=Consent) if row["consent"] else None
    found["gate"] = tuple(msgspec.json.decode(row["gate"])) if row["gate"] else ()
    found["files"] = tuple(FileShown(**file) for file in files)
    return RequestShown(**found)


def decoded(row: Record | Mapping[str, Any]) -> dict[str, Any]:
    """The columns of CONTENT that come as text or list, as Content has them."""
    return {
        "specs": tuple(msgspec.json.decode(row["specs"], type=list[Spec])),
        "certificates": tuple(row["certificates"]),
        "languages": tuple(row["languages"]),
    }


def content_of(row: Record | Mapping[str, Any]) -> Content:
    """The content of a row that was read with CONTENT."""
    return Content(
        **{name: row[name] for name in Content.__struct_fields__ if name not in decoded(row)}, **decoded(row)
    )


async def cards(ids: Sequence[int]) -> list[RequestCard]:
    """Cards of published or closed requests (trade_request.id), in the order of `ids`; others are left out."""
    rows = {row["id"]: row for row in await fetch(_CARDS, list(ids))}
    return [
        RequestCard(
            **{
                **dict(rows[id]),
                "slug": slug_of(rows[id]["title"], "request"),
                "certificates": tuple(rows[id]["certificates"]),
            }
        )
        for id in ids
        if id in rows
    ]


async def timeline(id: int) -> list[EventShown]:
    """Every step of a request, the first one first."""
    return [EventShown(**row) for row in await fetch(_EVENTS, id)]


async def edition(id: int, number: int) -> Content:
    """What a request said when it was announced for the `number`th time. Raises NotFound."""
    rows = await fetch("SELECT content FROM request_edition WHERE request = $1 AND edition = $2", id, number)
    if not rows:
        raise NotFound()
    return msgspec.json.decode(rows[0]["content"], type=Content)


async def similar(conn: Connection, content: Content, importer: int, but: int = 0) -> list[Similar]:
    """Open requests that may be the same: same heading, to the same country or of the same buyer, with like titles.

    The most alike first, five at most. `but` is the request itself (trade_request.id).
    """
    if not content.hs_code:
        return []
    rows = await conn.fetch(_LIKE, but, content.hs_code, content.country, importer)
    mine = set(tokens(content.title))
    found = []
    for row in rows:
        words = set(tokens(row["title"]))
        alike = len(mine & words) / max(1, len(mine | words))
        own = row["importer"] == importer
        if alike >= _ALIKE or (own and alike >= _ALIKE / 2):
            one = Similar(
                public_id=row["public_id"],
                number=row["number"],
                title=row["title"],
                country=row["country"],
                published_at=row["published_at"],
                own=own,
            )
            found.append((alike, one))
    return [one for _, one in sorted(found, key=lambda pair: -pair[0])[:5]]


def days_left(request: RequestShown | RequestCard, now: datetime | None = None) -> int:
    """Days until answers are no longer taken: 0 on the last one, negative afterwards."""
    if request.deadline is None:
        return 0
    return (request.deadline - law.day_of(now or datetime.now(UTC))).days
