"""Reads of organisations: desks with their open work, members, invitations."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from kervan.accounts.callers import Caller, Membership
from kervan.announcements.concerns import WROTE
from kervan.db import fetch, fetchval
from kervan.inquiries import queries as inquiries
from kervan.meetings import queries as meetings
from kervan.orders import desk_queries as orders
from kervan.orders import watching
from kervan.organisations.roles import ADMINISTER, EVENTS, PRODUCTS
from kervan.organisations.tables import Kind
from kervan.requests import exporter_queries as exporter_requests
from kervan.requests import own_queries as requests
from kervan.trade import emails

# What holds today: the same words as in accounts.sessions.
IN_TERM = "m.ended_at IS NULL AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date)"

_DESK_OF_TASK = {
    "EXPORTER_REVIEW": "queue",
    "EXPORTER_CLAIM": "claims",
    "IMPORTER_REVIEW": "importers",
    "REQUEST_REVIEW": "requests",
}

_TASKS = """
SELECT kind, count(*) AS n FROM task
WHERE done_at IS NULL AND ($1 OR organisation = ANY($2::bigint[])
    OR ($3 AND kind = 'REQUEST_REVIEW' AND organisation IS NULL)) GROUP BY kind
"""
# Nobody approves what he wrote himself: events.service and announcements.service.
_EVENTS = """
SELECT count(*) FROM trade_event e WHERE e.state = 'SUBMITTED' AND NOT EXISTS (SELECT FROM event_step v
    WHERE v.event = e.id AND v.person = $1 AND v.action IN ('create', 'edit'))
"""
_ANNOUNCEMENTS = f"""
SELECT count(*) FROM event_announcement a WHERE a.state = 'SUBMITTED' AND ($1 OR a.organisation = ANY($2::bigint[]))
    AND NOT EXISTS (SELECT FROM announcement_step v WHERE v.announcement = a.id AND v.person = $3 AND {WROTE})
"""
_MEMBER = """
SELECT p.public_id, p.name, p.email, m.role, m.valid_from, m.valid_to, m.created_at,
    greatest(p.seen_at, (SELECT max(s.seen_at) FROM session s WHERE s.person = p.id AND s.whole)) AS seen_at,
    p.state = 'SUSPENDED' AS suspended
FROM membership m JOIN person p ON p.id = m.person WHERE m.organisation = $1 AND m.ended_at IS NULL
"""
_INVITATIONS = """
SELECT i.public_id, i.email, i.role, i.valid_from, i.valid_to, i.created_at, i.expires_at, p.name AS invited_by,
    i.expires_at <= now() AS expired
FROM invitation i JOIN person p ON p.id = i.invited_by
WHERE i.organisation = $1 AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL
    AND i.expires_at > now() - interval '14 days'
ORDER BY i.id DESC LIMIT 100
"""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One person of an organisation, as its colleagues see them."""

    public_id: str
    name: str
    email: str
    role: str
    valid_from: date
    valid_to: date | None
    created_at: datetime
    seen_at: datetime | None
    suspended: bool


class OpenInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that nobody has taken yet; one that ran out is shown for another two weeks."""

    public_id: str
    email: str
    role: str
    valid_from: date | None
    valid_to: date | None
    created_at: datetime
    expires_at: datetime
    invited_by: str
    expired: bool


class Invited(msgspec.Struct, frozen=True):
    """An invitation as its receiver sees it at the desk."""

    name: str
    role: str
    expires_at: datetime
    invited_by: str


async def open_work(membership: Membership) -> Mapping[str, int]:
    """What waits at a firm's desk, by the name of the way to it: drafts, orders and inquiries that wait for it."""
    work: dict[str, int] = {}
    if membership.exporter is not None or membership.importer is not None:
        work["orders"] = await orders.waiting_count(membership)
        work["inquiries"] = await inquiries.work(membership.importer, membership.exporter)
        work["meetings"] = await meetings.open_asks(membership.organisation)
    if membership.importer is not None:
        work["requests"] = await requests.work(membership.importer)
    if membership.exporter is not None:
        work["board"] = await exporter_requests.work(membership.exporter)
    if membership.exporter is not None and PRODUCTS in membership.rights:
        work["products"] = await fetchval(
            "SELECT count(*) FROM product WHERE exporter = $1 AND state = 'DRAFT'", membership.exporter
        )
    return work


async def staff_work(caller: Caller) -> Mapping[str, int]:
    """What waits at the staff's desks that the caller may open, by the name of the way to it.

    What he wrote himself and others have to approve does not wait for him.
    """
    admin = bool(caller.may(ADMINISTER))
    rows = await fetch(
        _TASKS, admin, [m.organisation for m in caller.memberships], bool(caller.of_kind(Kind.ASSOCIATION))
    )
    work = {_DESK_OF_TASK[row["kind"]]: row["n"] for row in rows if row["kind"] in _DESK_OF_TASK}
    if admin:
        work["rights"] = await fetchval(
            "SELECT count(*) FROM rights_proposal WHERE decided_at IS NULL AND proposed_by <> $1",
            caller.person,
        )
        work["law"] = await fetchval(
            "SELECT count(*) FROM law_proposal WHERE decided_at IS NULL AND proposed_by <> $1", caller.person
        )
        work["orders"] = await watching.work()
        work["events"] = await fetchval(_EVENTS, caller.person)
        work["queues"] = await fetchval("SELECT count(*) FROM mail WHERE state = 'FAILED'")
    if organisers := [m.organisation for m in caller.may(EVENTS)]:
        work["announcements"] = await fetchval(_ANNOUNCEMENTS, admin, organisers, caller.person)
    return work


async def work_of_desks(caller: Caller) -> Mapping[str, int]:
    """The open work of each of the caller's organisations, by public id: what the cards of /desk say."""
    firms = [m.exporter for m in caller.may(PRODUCTS) if m.exporter is not None]
    drafts = await fetch(
        "SELECT exporter, count(*) AS n FROM product WHERE exporter = ANY($1::bigint[]) AND state = 'DRAFT'"
        " GROUP BY exporter",
        firms,
    )
    tasks = await fetch(
        """SELECT o.id, count(*) AS n FROM organisation o
        JOIN task t ON t.done_at IS NULL AND (t.organisation = o.id OR o.kind = 'MINISTRY'
            OR (o.kind = 'ASSOCIATION' AND t.kind = 'REQUEST_REVIEW' AND t.organisation IS NULL))
        WHERE o.id = ANY($1::bigint[]) GROUP BY o.id""",
        [m.organisation for m in caller.memberships],
    )
    by_firm = {row["exporter"]: row["n"] for row in drafts}
    by_organisation = {row["id"]: row["n"] for row in tasks}
    waiting = await orders.waiting_by_firm(caller.memberships)
    return {
        m.public_id: waiting.get(m.organisation, 0)
        + (by_firm.get(m.exporter, 0) if m.kind == Kind.EXPORTER else by_organisation.get(m.organisation, 0))
        for m in caller.memberships
    }


async def members(organisation: int, page: int = 1, size: int = 25) -> Sequence[Member]:
    """The open memberships, the oldest first; those of a term that has not begun or is over are among them."""
    rows = await fetch(_MEMBER + "ORDER BY m.id LIMIT $2 OFFSET $3", organisation, size, (page - 1) * size)
    return [Member(**row) for row in rows]


async def member_count(organisation: int) -> int:
    """How many open memberships there are."""
    found: int = await fetchval(
        "SELECT count(*) FROM membership WHERE organisation = $1 AND ended_at IS NULL", organisation
    )
    return found


async def member(organisation: int, person: str) -> Member | None:
    """A member by public id; None for somebody who does not belong to the organisation."""
    rows = await fetch(_MEMBER + "AND p.public_id = $2", organisation, person)
    return Member(**rows[0]) if rows else None


async def living_keys(organisation: int, person: str) -> int:
    """How many API keys stop when the person (public id) leaves the organisation."""
    found: int = await fetchval(
        """SELECT count(*) FROM api_key k JOIN person p ON p.id = k.created_by
        WHERE k.organisation = $1 AND p.public_id = $2 AND k.revoked_at IS NULL AND k.expires_at > now()""",
        organisation,
        person,
    )
    return found


async def invitations(organisation: int) -> Sequence[OpenInvitation]:
    """Invitations that are open or ran out lately, the newest first."""
    return [OpenInvitation(**row) for row in await fetch(_INVITATIONS, organisation)]


async def invitations_to(email: str) -> Sequence[Invited]:
    """The invitations that wait in somebody's mailbox; the links themselves are only there."""
    rows = await fetch(
        """SELECT o.name, i.role, i.expires_at, p.name AS invited_by
        FROM invitation i JOIN organisation o ON o.id = i.organisation JOIN person p ON p.id = i.invited_by
        WHERE i.email_key = $1 AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > now()
            AND o.closed_at IS NULL
        ORDER BY i.id LIMIT 20""",
        emails.address(email).key,
    )
    return [Invited(**row) for row in rows]
