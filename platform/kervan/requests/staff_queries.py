"""Reads of the staff's desk for requests: the queue with its counts, who reviews one, what came in on it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from kervan.accounts.callers import Caller, holder
from kervan.db import fetch
from kervan.inquiries.queries import NOW_QUOTE
from kervan.orders.numbers import tidied
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.requests.queries import NOW, NOW_CLOSED_AS
from kervan.requests.tables import RequestState, Source
from kervan.trade import nomenclature

PER_PAGE = 25
_BATCH = 500

LIVE_QUOTES = f"""
(SELECT count(*) FROM inquiry i JOIN quote q ON q.inquiry = i.id
    WHERE i.request = r.id AND {NOW_QUOTE} IN ('SENT', 'REVISED', 'ACCEPTED'))
"""
UNREAD = """
(SELECT count(*) FROM inquiry i JOIN inquiry_recipient p ON p.inquiry = i.id
    JOIN message m ON m.about = 'INQUIRY' AND m.subject = p.id
    WHERE i.request = r.id AND m.side = 'EXPORTER' AND m.read_at IS NULL)
"""
_NOW, _NOW_CLOSED_AS = NOW.replace("q.", "r."), NOW_CLOSED_AS.replace("q.", "r.")

# Whose requests the caller looks after: $1 all, $2 its posts, $3 their countries, $4 also where no post is in office.
_IN_SCOPE = """
(r.source <> 'IMPORTER' OR r.submitted_at IS NOT NULL)
AND ($1 OR r.post = ANY($2::bigint[]) OR (r.post IS NULL AND (im.country = ANY($3::text[]) OR $4))
    OR t.organisation = ANY($2::bigint[]) OR ($4 AND t.id IS NOT NULL AND t.organisation IS NULL))
"""
_MINE_TO_REVIEW = """
r.state = 'SUBMITTED' AND ($1 OR t.organisation = ANY($2::bigint[])
    OR (t.organisation IS NULL AND (im.country = ANY($3::text[]) OR $4)))
"""
_OWN = "r.source <> 'IMPORTER' AND ($1 OR r.post = ANY($2::bigint[]))"

TABS: Mapping[str, str] = {
    "review": _MINE_TO_REVIEW,
    "published": f"{_NOW} = 'PUBLISHED'",
    "closed": f"{_NOW} IN ('CLOSED', 'ARCHIVED')",
    "own": _OWN,
    "all": "true",
}
_ORDER: Mapping[str, str] = {
    "review": "review_due_at NULLS LAST, id",
    "published": "deadline, id",
    "closed": "closed_at DESC NULLS LAST, id DESC",
    "own": "created_at DESC, id DESC",
    "all": "created_at DESC, id DESC",
}
_FROM = """
FROM trade_request r JOIN importer im ON im.id = r.importer LEFT JOIN organisation po ON po.id = r.post
LEFT JOIN task t ON t.kind = 'REQUEST_REVIEW' AND t.about = r.public_id AND t.done_at IS NULL
LEFT JOIN person p ON p.id = t.assigned_to
"""
_FILTERED = """
($5 = '' OR r.title ILIKE $5 OR im.legal_name ILIKE $5 OR r.source_ref ILIKE $5 OR r.number LIKE $6)
AND ($7 = '' OR im.country = $7) AND ($8 = '' OR r.source = $8) AND ($9 = '' OR r.sector = $9)
AND ($10 = '' OR ($10 = 'mine' AND t.assigned_to = $11) OR ($10 = 'free' AND t.id IS NOT NULL
    AND t.assigned_to IS NULL))
"""
_ROWS = f"""
SELECT r.id, r.public_id, r.number, r.title, {_NOW} AS state, {_NOW_CLOSED_AS} AS closed_as, r.source,
    im.legal_name AS buyer_name, im.country AS buyer_country, r.country, r.hs_code, r.sector, r.deadline,
    r.review_due_at, r.review_due_at < now() AND r.state = 'SUBMITTED' AS overdue, r.escalated_at, r.created_at,
    r.submitted_at, r.published_at, r.closed_at, r.edition, {LIVE_QUOTES} AS answers, {UNREAD} AS unread,
    p.name AS reviewer, t.assigned_to AS reviewer_id, po.name AS post_name,
    CASE WHEN r.state = 'SUBMITTED' THEN coalesce(jsonb_array_length(r.gate), 0) ELSE 0 END AS problems
{_FROM} WHERE {_IN_SCOPE}
"""
_COUNTS = f"""
SELECT {", ".join(f"count(*) FILTER (WHERE {condition}) AS {tab}" for tab, condition in TABS.items())},
    count(*) FILTER (WHERE {_MINE_TO_REVIEW} AND r.review_due_at < now()) AS overdue
{_FROM} WHERE {_IN_SCOPE}
"""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whose requests somebody of staff looks after. `posts` are organisation.id, `countries` theirs."""

    everything: bool
    posts: tuple[int, ...]
    countries: tuple[str, ...]
    unmanned: bool
    """Also those of countries where no post is in office."""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests of a tab are asked for."""

    tab: str = "review"
    text: str = ""
    country: str = ""
    source: str = ""
    sector: str = ""
    who: str = ""
    """mine, free, or everybody's."""
    page: int = 1


class StaffRow(msgspec.Struct, frozen=True, kw_only=True):
    """A request in a list of those who look after it."""

    public_id: str
    number: str
    title: str
    state: str
    closed_as: str | None
    source: str
    buyer_name: str
    buyer_country: str
    country: str | None
    hs_code: str | None
    sector: str | None
    deadline: Any
    review_due_at: datetime | None
    overdue: bool | None
    escalated_at: datetime | None
    created_at: datetime
    submitted_at: datetime | None
    published_at: datetime | None
    closed_at: datetime | None
    edition: int
    answers: int
    """Quotes that can be taken or were taken."""
    unread: int
    """Messages of exporters that nobody on the buyer's side has read."""
    reviewer: str | None
    reviewer_id: int | None
    post_name: str | None
    problems: int
    """What the quality gate of an import found, while it waits."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Who reviews a request at the moment, and what has come in on it."""

    task: bool
    reviewer: str | None
    reviewer_id: int | None
    quotes: int
    unread: int
    asked: int
    """Exporters that answered or asked something."""
    invited: int
    views: int
    outcomes: int
    buyer_id: str
    """Public id of the importer, for its review page."""
    buyer_standing: str
    buyer_contact: str
    buyer_until: Any
    """Last day of its verification."""
    buyer_requests: int
    """Others of the same buyer that were published."""
    buyer_members: int


def scope(caller: Caller) -> Scope:
    """Whose requests the caller looks after. Raises NotFound for everybody who reviews none."""
    memberships = holder(caller, roles.REQUESTS)
    posts = [m for m in memberships if m.kind == Kind.POST]
    return Scope(
        everything=any(m.kind == Kind.MINISTRY for m in memberships),
        posts=tuple(m.organisation for m in posts),
        countries=tuple(m.country for m in posts),
        unmanned=any(m.kind == Kind.ASSOCIATION for m in memberships),
    )


def filters_of(query: Mapping[str, Sequence[str]], page: int) -> Filters:
    """What a query asks for; what is no choice is left out."""
    got = {name: values[-1].strip()[:100] for name, values in query.items() if values}
    sectors = {sector.slug for sector in nomenclature.sectors()}
    return Filters(
        tab=got["tab"] if got.get("tab", "") in TABS else "review",
        text=got.get("q", ""),
        country=got.get("country", "") if len(got.get("country", "")) == 2 else "",
        source=got["source"] if got.get("source", "") in tuple(Source) else "",
        sector=got["sector"] if got.get("sector", "") in sectors else "",
        who=got["who"] if got.get("who", "") in ("mine", "free") else "",
        page=page,
    )


def _asked(within: Scope, filters: Filters, person: int) -> tuple[object, ...]:
    text = filters.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    number = tidied(filters.text).replace("%", "").replace("_", "")
    return (
        *_scoped(within),
        f"%{text}%" if text else "",
        f"%{number}%" if number else "-",
        filters.country,
        filters.source,
        filters.sector,
        filters.who,
        person,
    )


def _scoped(within: Scope) -> tuple[object, ...]:
    return within.everything, list(within.posts), list(within.countries), within.unmanned


async def counts(within: Scope) -> Mapping[str, int]:
    """How many requests each tab holds, and how many of those to review are overdue."""
    rows = await fetch(_COUNTS, *_scoped(within))
    return dict(rows[0])


async def listed(
    within: Scope, filters: Filters, person: int, per_page: int = PER_PAGE
) -> tuple[list[StaffRow], int]:
    """One page of a tab and how many rows it has in all; those to review by their clock."""
    asked = _asked(within, filters, person)
    found = await _page(filters.tab, asked, per_page, (filters.page - 1) * per_page)
    if not found and filters.page > 1:
        first = await _page(filters.tab, asked, 1, 0)
        return [], first[0]["total"] if first else 0
    return [_row(row) for row in found], found[0]["total"] if found else 0


async def everything(within: Scope, filters: Filters, person: int) -> AsyncIterator[list[StaffRow]]:
    """The whole list in batches, for a file."""
    asked, offset = _asked(within, filters, person), 0
    while found := await _page(filters.tab, asked, _BATCH, offset):
        yield [_row(row) for row in found]
        offset += _BATCH


async def _page(tab: str, asked: tuple[object, ...], limit: int, offset: int) -> Sequence[Record]:
    return await fetch(
        f"""SELECT *, count(*) OVER () AS total FROM ({_ROWS} AND {TABS[tab]} AND {_FILTERED}) AS found
        ORDER BY {_ORDER[tab]} LIMIT $12 OFFSET $13""",
        *asked,
        limit,
        offset,
    )


def _row(row: Record) -> StaffRow:
    return StaffRow(**{name: row[name] for name in StaffRow.__struct_fields__})


_WORK = f"""
SELECT t.id IS NOT NULL AS task, p.name AS reviewer, t.assigned_to AS reviewer_id, {LIVE_QUOTES} AS quotes,
    {UNREAD} AS unread,
    (SELECT count(*) FROM inquiry i JOIN inquiry_recipient n ON n.inquiry = i.id WHERE i.request = r.id) AS asked,
    (SELECT count(*) FROM request_invitation n WHERE n.request = r.id) AS invited,
    (SELECT coalesce(sum(v.views), 0)::bigint FROM request_view v WHERE v.request = r.id) AS views,
    (SELECT count(*) FROM request_outcome o WHERE o.request = r.id AND o.answered_at IS NOT NULL) AS outcomes,
    im.public_id AS buyer_id, im.standing AS buyer_standing, im.verified_until AS buyer_until,
    im.contact_name || coalesce(', ' || im.contact_role, '') AS buyer_contact,
    (SELECT count(*) FROM trade_request o WHERE o.importer = im.id AND o.id <> r.id AND o.published_at IS NOT NULL)
        AS buyer_requests,
    (SELECT count(*) FROM membership m WHERE m.organisation = im.organisation AND m.ended_at IS NULL)
        AS buyer_members
{_FROM} WHERE r.id = $1
"""


async def work(request: int) -> Work:
    """Who reviews a request (trade_request.id), what came in on it, and what is known of its buyer."""
    rows = await fetch(_WORK, request)
    return Work(**rows[0])


_POSTS = """
SELECT o.id, o.public_id, o.name, o.country FROM organisation o WHERE o.kind = 'POST' AND o.closed_at IS NULL
ORDER BY o.country, o.name
"""


async def posts() -> Sequence[Record]:
    """Every open post: id, public_id, name, country."""
    return await fetch(_POSTS)


def is_editable(state: str, source: str, gate: bool) -> bool:
    """Whether staff may write a request: their own drafts, what an import lacks, and what is published."""
    if state == RequestState.SUBMITTED:
        return gate
    return state == RequestState.PUBLISHED or (
        state in (RequestState.DRAFT, RequestState.RETURNED) and source != Source.IMPORTER
    )
