"""Reads of a buyer's own requests: its list with counts, what came in on one, its editions, what waits."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from kervan.db import fetch, fetchval
from kervan.inquiries.queries import NOW_QUOTE
from kervan.orders.numbers import tidied
from kervan.requests import wording
from kervan.requests.queries import NOW, NOW_CLOSED_AS
from kervan.requests.structs import Content, RequestRow
from kervan.requests.tables import RequestState

PER_PAGE = 25
_BATCH = 500

TABS: Mapping[str, tuple[str, ...]] = {
    "all": tuple(RequestState),
    "drafts": (RequestState.DRAFT, RequestState.RETURNED),
    "review": (RequestState.SUBMITTED,),
    "open": (RequestState.PUBLISHED,),
    "closed": (RequestState.CLOSED, RequestState.ARCHIVED, RequestState.REJECTED),
}
SORTS: Mapping[str, str] = {
    "newest": "created_at DESC, id DESC",
    "deadline": "deadline NULLS LAST, id DESC",
    "answers": "answers DESC, id DESC",
}

# The same quotes that the comparison shows as ones to take, and the one that was taken.
_LIVE = f"""
(SELECT count(*) FROM inquiry i JOIN quote q ON q.inquiry = i.id
    WHERE i.request = r.id AND {NOW_QUOTE} IN ('SENT', 'REVISED', 'ACCEPTED'))
"""
_UNREAD = """
(SELECT count(DISTINCT p.id) FROM inquiry i JOIN inquiry_recipient p ON p.inquiry = i.id
    JOIN message m ON m.about = 'INQUIRY' AND m.subject = p.id
    WHERE i.request = r.id AND m.side <> 'IMPORTER' AND m.read_at IS NULL)
"""
_INVITED = "(SELECT count(*) FROM request_invitation n WHERE n.request = r.id)"
_VIEWS = "(SELECT coalesce(sum(w.views), 0)::bigint FROM request_view w WHERE w.request = r.id)"
_NOW, _NOW_CLOSED_AS = NOW.replace("q.", "r."), NOW_CLOSED_AS.replace("q.", "r.")

_ROWS = f"""
SELECT r.id, r.public_id, r.number, r.title, {_NOW} AS state, {_NOW_CLOSED_AS} AS closed_as, r.source,
    im.legal_name AS buyer_name, r.country, r.hs_code, r.deadline, r.review_due_at, r.created_at, r.published_at,
    r.edition, {_LIVE} AS answers, {_UNREAD} AS questions, {_INVITED} AS invited, {_VIEWS} AS views
FROM trade_request r JOIN importer im ON im.id = r.importer
WHERE r.importer = $1 AND ($2 = '' OR r.title ILIKE $3 OR r.summary ILIKE $3 OR r.number LIKE $4)
"""
_CAME_IN = f"""
SELECT {_LIVE} AS answers, {_UNREAD} AS questions, {_INVITED} AS invited, {_VIEWS} AS views,
    (SELECT count(*) FROM inquiry i JOIN inquiry_recipient p ON p.inquiry = i.id WHERE i.request = r.id) AS exporters,
    EXISTS (SELECT FROM inquiry i WHERE i.request = r.id AND i.anonymous AND i.revealed_at IS NULL) AS hidden
FROM trade_request r WHERE r.id = $1
"""
# Sent back, and on the board or over with something to read or a quote to decide on.
_WAITS = f"""
(r.state = 'RETURNED' OR (r.state IN ('PUBLISHED', 'CLOSED') AND EXISTS (
    SELECT FROM inquiry i WHERE i.request = r.id AND i.state IN ('OPEN', 'ANSWERED') AND i.expires_at > now()
        AND (i.state = 'ANSWERED' OR {_UNREAD} > 0))))
"""
_EDITIONS = "SELECT edition, content, published_at FROM request_edition WHERE request = $1 ORDER BY edition"


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the buyer's requests are asked for, and in which order."""

    text: str = ""
    tab: str = "all"
    sort: str = "newest"
    page: int = 1


class CameIn(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request so far."""

    answers: int
    """Quotes that are live or were taken."""
    questions: int
    """Talks with something to read."""
    invited: int
    views: int
    exporters: int
    """That have answered in whatever way."""
    hidden: bool
    """Exporters do not see the buyer's name."""


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One announcement of a request, and what it said otherwise than the one before."""

    number: int
    published_at: datetime
    changes: Sequence[tuple[str, str, str]]
    """Name of the field, before, after; in the reader's language."""


def _asked(importer: int, filters: Filters) -> tuple[Any, ...]:
    text = filters.text.strip()[:200]
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    number = "%" + (tidied(text).replace("%", "").replace("_", "") or "-") + "%"
    return importer, text, pattern, number, list(TABS[filters.tab])


async def rows(
    importer: int, filters: Filters, per_page: int = PER_PAGE, offset: int | None = None
) -> tuple[list[RequestRow], int]:
    """One page of the buyer's requests (importer.id) and how many fit in all."""
    asked = _asked(importer, filters)
    found = await fetch(
        f"""SELECT *, count(*) OVER () AS total FROM ({_ROWS}) AS x WHERE state = ANY($5::text[])
        ORDER BY {SORTS[filters.sort]} LIMIT $6 OFFSET $7""",
        *asked,
        per_page,
        (filters.page - 1) * per_page if offset is None else offset,
    )
    if found:
        return [_row(row) for row in found], found[0]["total"]
    total: int = await fetchval(f"SELECT count(*) FROM ({_ROWS}) AS x WHERE state = ANY($5::text[])", *asked)
    return [], total


async def everything(importer: int, filters: Filters) -> AsyncIterator[Sequence[RequestRow]]:
    """All of them in batches, for a file."""
    offset = 0
    while found := (await rows(importer, filters, _BATCH, offset))[0]:
        yield found
        offset += _BATCH


async def counts(importer: int) -> Mapping[str, int]:
    """How many of the buyer's requests each tab holds."""
    by_state = {
        row["state"]: row["n"]
        for row in await fetch(
            f"SELECT {_NOW} AS state, count(*) AS n FROM trade_request r WHERE r.importer = $1 GROUP BY 1",
            importer,
        )
    }
    return {tab: sum(by_state.get(state, 0) for state in of_tab) for tab, of_tab in TABS.items()}


async def came_in(request: int) -> CameIn:
    """What came of a request (trade_request.id) so far."""
    return CameIn(**(await fetch(_CAME_IN, request))[0])


async def editions(request: int, language: str) -> list[Edition]:
    """Each announcement of a request (trade_request.id), the newest first."""
    found: list[Edition] = []
    before: Content | None = None
    for row in await fetch(_EDITIONS, request):
        said = msgspec.json.decode(row["content"], type=Content)
        found.append(
            Edition(
                number=row["edition"],
                published_at=row["published_at"],
                changes=() if before is None else wording.differences(before, said, language),
            )
        )
        before = said
    return found[::-1]


async def work(importer: int) -> int:
    """How many of the buyer's requests (importer.id) wait for it: sent back, with something to read or to decide."""
    found: int = await fetchval(
        f"SELECT count(*) FROM trade_request r WHERE r.importer = $1 AND {_WAITS}", importer
    )
    return found


async def waiting(importer: int, most: int) -> list[RequestRow]:
    """Those that wait for the buyer, those that it can lose soonest first."""
    found = await fetch(
        f"SELECT * FROM ({_ROWS} AND {_WAITS}) AS x ORDER BY deadline NULLS LAST, id LIMIT $5",
        *_asked(importer, Filters())[:4],
        most,
    )
    return [_row(row) for row in found]


async def request_of(inquiry: int) -> Mapping[str, Any]:
    """The request whose answers an inquiry (inquiry.id) holds: public_id, number, title; empty for other inquiries."""
    rows_ = await fetch(
        f"""SELECT r.public_id, r.number, r.title, {_NOW} AS state, r.visibility
        FROM inquiry i JOIN trade_request r ON r.id = i.request WHERE i.id = $1""",
        inquiry,
    )
    return dict(rows_[0]) if rows_ else {}


def _row(row: Record) -> RequestRow:
    return RequestRow(**{name: row[name] for name in RequestRow.__struct_fields__})
