"""Reads of the organisers' desk: the list by tabs with its counts, the numbers of one event, who hears of its end."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from kervan.accounts.callers import Caller, Membership, holder, is_staff
from kervan.db import fetch
from kervan.events.phases import PHASE
from kervan.events.tables import EventKind
from kervan.organisations.queries import IN_TERM
from kervan.organisations.roles import ADMINISTER, EVENTS, rights
from kervan_search.text import fold

PER_PAGE = 25
_BATCH = 500

TABS: Mapping[str, str] = {
    "drafts": "e.state IN ('DRAFT', 'RETURNED', 'APPROVED')",
    "waiting": "e.state = 'SUBMITTED'",
    "coming": f"{PHASE} IN ('PUBLISHED', 'REG_OPEN', 'REG_CLOSED')",
    "running": f"{PHASE} = 'LIVE'",
    "past": f"{PHASE} = 'DONE'",
    "cancelled": "e.state = 'CANCELLED'",
}
_ORDER: Mapping[str, str] = {
    "drafts": "updated_at DESC, id DESC",
    "waiting": "submitted_at NULLS LAST, id",
    "coming": "starts_at, id",
    "running": "ends_at, id",
    "past": "ends_at DESC, id DESC",
    "cancelled": "cancelled_at DESC NULLS LAST, id DESC",
}

# Own events, and for the Ministry ($1) what others have shown to it; $2 are the caller's organisations.
_IN_SCOPE = "(e.organiser = ANY($2::bigint[]) OR $1 AND e.state <> 'DRAFT')"
_FILTERED = """
($3::bigint[] IS NULL OR e.id = ANY($3)) AND ($4 = '' OR e.kind = $4) AND ($5 = '' OR o.public_id = $5)
"""
_FROM = "FROM trade_event e JOIN organisation o ON o.id = e.organiser"
_ROWS = f"""
SELECT e.id, e.public_id, e.kind, {PHASE} AS phase, t.title, t.language, e.organiser_name, o.name AS desk, e.format,
    e.country, e.province, e.city, e.zone, e.starts_at, e.ends_at, e.whole_days, e.registration, e.submitted_at,
    e.updated_at, e.cancelled_at, e.source,
    (SELECT count(*) FROM registration r WHERE r.event = e.id AND r.state IN ('CONFIRMED', 'ATTENDED', 'NO_SHOW'))
        AS confirmed,
    (SELECT count(*) FROM registration r WHERE r.event = e.id AND r.state = 'APPLIED') AS applied,
    (SELECT coalesce(sum(v.views), 0)::bigint FROM event_view v WHERE v.event = e.id) AS views
{_FROM}
JOIN LATERAL (SELECT x.title, x.language FROM event_text x WHERE x.event = e.id
    ORDER BY x.language = $6 DESC, x.language = 'en' DESC, x.id LIMIT 1) t ON true
WHERE {_IN_SCOPE} AND {_FILTERED}
"""
_COUNTS = f"""
SELECT {", ".join(f"count(*) FILTER (WHERE {condition}) AS {tab}" for tab, condition in TABS.items())}
{_FROM} WHERE {_IN_SCOPE}
"""
_WORDS = f"""
SELECT e.id, concat_ws(' ', e.organiser_name, e.city, e.venue, e.source_ref, string_agg(t.title, ' ')) AS words
{_FROM} JOIN event_text t ON t.event = e.id WHERE {_IN_SCOPE} GROUP BY e.id
"""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whose events somebody of staff looks after (organisation.id), and whether the Ministry looks."""

    ministry: bool
    organisations: tuple[int, ...]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which events of a tab are asked for; `organiser` is the public id of an organisation."""

    tab: str
    text: str = ""
    kind: str = ""
    organiser: str = ""
    page: int = 1


class StaffRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event in the list of those who look after it."""

    id: int
    public_id: str
    kind: str
    phase: str
    title: str
    language: str
    organiser_name: str
    desk: str
    """The organisation that looks after it."""
    format: str
    country: str | None
    province: str | None
    city: str
    zone: str
    starts_at: datetime | None
    ends_at: datetime | None
    whole_days: bool
    registration: str
    submitted_at: datetime | None
    updated_at: datetime
    cancelled_at: datetime | None
    source: str
    confirmed: int
    """Firms with a place."""
    applied: int
    """Firms that wait for an answer."""
    views: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What has come of an event so far."""

    views: int
    registrations: Mapping[tuple[str, str], int]
    """(side, state) -> firms."""
    people: int
    """Of firms with a place."""
    guests: int
    announcements: int
    """Those that go out or went out."""
    mails: int
    days: int
    """Meeting days."""


def scope(caller: Caller) -> Scope:
    """Whose events the caller looks after. Raises NotFound for everybody who organises nothing."""
    mine = [membership for membership in holder(caller, EVENTS) if is_staff(membership)]
    return Scope(
        ministry=bool(caller.may(ADMINISTER)), organisations=tuple(each.organisation for each in mine)
    )


def filters_of(query: Mapping[str, Sequence[str]], page: int, within: Scope) -> Filters:
    """What a query asks for; what is no choice is left out. The Ministry begins with what waits for it."""
    got = {name: values[-1].strip()[:100] for name, values in query.items() if values}
    first = "waiting" if within.ministry else "coming"
    return Filters(
        tab=got["tab"] if got.get("tab", "") in TABS else first,
        text=got.get("q", ""),
        kind=got["kind"] if got.get("kind", "") in tuple(EventKind) else "",
        organiser=got.get("organiser", "")[:12],
        page=page,
    )


def _scoped(within: Scope) -> tuple[object, ...]:
    return within.ministry, list(within.organisations)


async def counts(within: Scope) -> Mapping[str, int]:
    """How many events each tab holds."""
    return dict((await fetch(_COUNTS, *_scoped(within)))[0])


async def _asked(within: Scope, filters: Filters, language: str) -> tuple[object, ...]:
    found: list[int] | None = None
    if wanted := fold(filters.text).split():
        # Folded here, because no LIKE finds İSTANBUL by istanbul.
        rows = await fetch(_WORDS, *_scoped(within))
        found = [row["id"] for row in rows if _holds(fold(row["words"]), wanted)]
    return *_scoped(within), found, filters.kind, filters.organiser, language


def _holds(words: str, wanted: Sequence[str]) -> bool:
    return all(word in words for word in wanted)


async def listed(within: Scope, filters: Filters, language: str) -> tuple[list[StaffRow], int]:
    """One page of a tab and how many rows it has in all; titles in the language or else in English."""
    asked = await _asked(within, filters, language)
    found = await _page(filters.tab, asked, PER_PAGE, (filters.page - 1) * PER_PAGE)
    if not found and filters.page > 1:
        first = await _page(filters.tab, asked, 1, 0)
        return [], first[0]["total"] if first else 0
    return [_row(row) for row in found], found[0]["total"] if found else 0


async def everything(within: Scope, filters: Filters, language: str) -> AsyncIterator[list[StaffRow]]:
    """The whole tab in batches, for a file."""
    asked, offset = await _asked(within, filters, language), 0
    while found := await _page(filters.tab, asked, _BATCH, offset):
        yield [_row(row) for row in found]
        offset += _BATCH


async def _page(tab: str, asked: tuple[object, ...], limit: int, offset: int) -> Sequence[Record]:
    return await fetch(
        f"""SELECT *, count(*) OVER () AS total FROM ({_ROWS} AND {TABS[tab]}) AS found
        ORDER BY {_ORDER[tab]} LIMIT $7 OFFSET $8""",
        *asked,
        limit,
        offset,
    )


def _row(row: Record) -> StaffRow:
    return StaffRow(**{name: row[name] for name in StaffRow.__struct_fields__})


_ORGANISERS = f"""
SELECT DISTINCT o.public_id, o.name {_FROM} WHERE {_IN_SCOPE} ORDER BY o.name
"""


async def organisers(within: Scope) -> list[tuple[str, str]]:
    """(public id, name) of the organisations whose events are in the list."""
    return [(row["public_id"], row["name"]) for row in await fetch(_ORGANISERS, *_scoped(within))]


_FIGURES = """
SELECT (SELECT coalesce(sum(views), 0)::bigint FROM event_view WHERE event = $1) AS views,
    (SELECT count(*) FROM registration_participant p JOIN registration r ON r.id = p.registration
        WHERE r.event = $1 AND r.state IN ('CONFIRMED', 'ATTENDED', 'NO_SHOW')) AS people,
    (SELECT count(*) FROM event_guest WHERE event = $1) AS guests,
    (SELECT count(*) FROM event_announcement WHERE event = $1 AND state IN ('SENDING', 'PAUSED', 'SENT'))
        AS announcements,
    (SELECT count(*) FROM event_delivery d JOIN event_announcement a ON a.id = d.announcement
        WHERE a.event = $1 AND d.state = 'SENT') AS mails,
    (SELECT count(*) FROM meeting_day WHERE event = $1) AS days
"""
_REGISTRATIONS = (
    "SELECT side, state, count(*) AS firms FROM registration WHERE event = $1 GROUP BY side, state"
)


async def figures(event: int) -> Figures:
    """The numbers of an event (trade_event.id)."""
    rows = await fetch(_FIGURES, event)
    by = {(row["side"], row["state"]): row["firms"] for row in await fetch(_REGISTRATIONS, event)}
    return Figures(**rows[0], registrations=by)


async def to_be_told(event: int) -> int:
    """How many firms hear of it when the event is cancelled: all that are registered or wait."""
    rows = await fetch(
        "SELECT count(*) AS n FROM registration WHERE event = $1 AND state NOT IN ('REJECTED', 'CANCELLED')",
        event,
    )
    found: int = rows[0]["n"]
    return found


_ORGANISING = f"""
SELECT o.id AS organisation, o.public_id, o.kind, o.name, o.country, o.association, m.role
FROM membership m JOIN organisation o ON o.id = m.organisation JOIN person p ON p.id = m.person
WHERE m.person = $1 AND {IN_TERM} AND o.closed_at IS NULL AND p.state = 'ACTIVE' ORDER BY m.id
"""


async def organising(person: int) -> list[Membership]:
    """For which organisations somebody (person.id) organises events now, without a session: for the command line."""
    found = [
        Membership(**row, rights=rights(row["kind"], row["role"])) for row in await fetch(_ORGANISING, person)
    ]
    return [one for one in found if EVENTS in one.rights and is_staff(one)]
