"""Reads of the desks: a firm's counts and events, the reviewers' queue."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from kervan.accounts.callers import Caller
from kervan.db import fetch, fetchval

STATES = ("SUBMITTED", "UNDER_REVIEW", "NEEDS_INFO", "VERIFIED", "SUSPENDED", "EXPIRED", "REJECTED", "DRAFT")
WAITING = "r.id IS NOT NULL"

_SORTS = {
    "age": "(t.due_at IS NULL), t.due_at, r.opened_at, e.id",
    "newest": "coalesce(r.opened_at, e.updated_at) DESC, e.id DESC",
    "name": "e.legal_name, e.id",
}


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a reviewer wants to see of the queue. `state`: one of STATES, `waiting` (all open work) or `all`."""

    state: str = "waiting"
    whose: str = "any"
    """any, mine or nobody."""
    association: str = ""
    words: str = ""
    """Folded words of the firm's name, or the beginning of its VKN."""
    sort: str = "age"
    page: int = 1


class Event(msgspec.Struct, frozen=True):
    """One row of the audit trail about a firm, as people read it."""

    at: datetime
    actor: str
    """A person's name, '' for staff and for the platform itself."""
    by_member: bool
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str | None


async def queue(
    caller: Caller, everything: bool, associations: Sequence[str], ask: Ask, size: int
) -> tuple[list[Mapping[str, Any]], int]:
    """One page of the exporters in a reviewer's scope, and how many there are; the caller's own firms are left out."""
    where, values = _conditions(caller, everything, associations, ask)
    joined = """FROM exporter e JOIN organisation o ON o.id = e.organisation
        LEFT JOIN exporter_review r ON r.exporter = e.id AND r.decided_at IS NULL
        LEFT JOIN task t ON t.kind = 'EXPORTER_REVIEW' AND t.about = o.public_id AND t.done_at IS NULL
        LEFT JOIN person a ON a.id = t.assigned_to"""
    total: int = await fetchval(f"SELECT count(*) {joined} WHERE {where}", *values)
    rows = await fetch(
        f"""SELECT o.public_id, e.legal_name, e.trade_name, e.province, e.sectors, e.association, e.verification,
            e.kind, e.submitted_at, e.verified_until, r.opened_at, r.rejection_by, r.rejection_by = $1 AS own_proposal,
            t.due_at, t.due_at < now() AS late, t.assigned_to, a.name AS assigned_name
        {joined} WHERE {where} ORDER BY {_SORTS[ask.sort]} LIMIT {int(size)} OFFSET {(ask.page - 1) * size}""",
        *values,
    )
    return [dict(row) for row in rows], total


def _conditions(
    caller: Caller, everything: bool, associations: Sequence[str], ask: Ask
) -> tuple[str, list[object]]:
    values: list[object] = [caller.person, everything, list(associations)]
    parts = [
        "($2 OR e.association = ANY($3))",
        # Nobody reviews the own house; $1 is used in every query.
        """NOT EXISTS (SELECT FROM membership m WHERE m.organisation = e.organisation AND m.person = $1
            AND m.ended_at IS NULL)""",
    ]
    if ask.state == "waiting":
        parts.append(WAITING)
    elif ask.state in STATES:
        values.append(ask.state)
        parts.append(f"e.verification = ${len(values)}")
    if ask.whose == "mine":
        parts.append("t.assigned_to = $1")
    elif ask.whose == "nobody":
        parts.append("t.id IS NOT NULL AND t.assigned_to IS NULL")
    if ask.association:
        values.append(ask.association)
        parts.append(f"e.association = ${len(values)}")
    if ask.words:
        values.append(ask.words)
        parts.append(f"(strpos(e.search_text, ${len(values)}) > 0 OR starts_with(e.vkn, ${len(values)}))")
    return " AND ".join(parts), values


async def counts(everything: bool, associations: Sequence[str]) -> Mapping[str, int]:
    """Open work in a reviewer's scope: waiting, nobody's, late, proposed for rejection."""
    rows = await fetch(
        """SELECT count(*) AS waiting, count(*) FILTER (WHERE t.assigned_to IS NULL) AS nobody,
            count(*) FILTER (WHERE t.due_at < now()) AS late, count(r.rejection_by) AS proposed
        FROM exporter_review r JOIN exporter e ON e.id = r.exporter JOIN organisation o ON o.id = e.organisation
        LEFT JOIN task t ON t.kind = 'EXPORTER_REVIEW' AND t.about = o.public_id AND t.done_at IS NULL
        WHERE r.decided_at IS NULL AND ($1 OR e.association = ANY($2))""",
        everything,
        list(associations),
    )
    return dict(rows[0])


async def associations() -> list[tuple[str, str]]:
    """(short name, name) of the associations that are on the platform, and the short names that exporters gave else."""
    rows = await fetch(
        """SELECT association, max(name) AS name FROM (
            SELECT association, name FROM organisation WHERE kind = 'ASSOCIATION' AND closed_at IS NULL
            UNION ALL
            SELECT DISTINCT association, NULL FROM exporter
            WHERE association IS NOT NULL AND verification IN ('VERIFIED', 'SUSPENDED', 'EXPIRED')
        ) known GROUP BY association ORDER BY association"""
    )
    return [(row["association"], row["name"] or "") for row in rows]


async def product_counts(exporter: int) -> Mapping[str, int]:
    """How many products a firm has, by their state."""
    rows = await fetch(
        "SELECT state, count(*) AS n FROM product WHERE exporter = $1 GROUP BY state", exporter
    )
    return {row["state"]: row["n"] for row in rows}


async def certificates(exporter: int) -> list[Mapping[str, Any]]:
    """The certificates of a firm with their ids, the expired ones too."""
    rows = await fetch(
        """SELECT id, standard, issuer, number, valid_from, valid_until, valid_until < current_date AS expired
        FROM certificate WHERE exporter = $1 ORDER BY standard, id""",
        exporter,
    )
    return [dict(row) for row in rows]


async def last_review(exporter: int) -> Mapping[str, Any] | None:
    """The review that was decided last, with its outcome and reason; None when there was none."""
    rows = await fetch(
        """SELECT outcome, reason, decided_at FROM exporter_review
        WHERE exporter = $1 AND decided_at IS NOT NULL ORDER BY decided_at DESC LIMIT 1""",
        exporter,
    )
    return dict(rows[0]) if rows else None


async def events(exporter: int, organisation: int, limit: int, *, for_staff: bool = False) -> list[Event]:
    """What happened to a firm, the newest first. Members read their own names only: staff act for their house."""
    rows = await fetch(
        """SELECT a.at, a.action, a.before, a.after, a.reason, p.name, EXISTS (
            SELECT FROM membership m WHERE m.person = p.id AND m.organisation = $2) AS by_member
        FROM audit_entry a LEFT JOIN person p ON a.actor = 'user:' || p.id
        WHERE a.entity = 'exporter' AND a.entity_id = $1::bigint::text
            AND (a.action NOT IN ('exporter.checked', 'exporter.reminded', 'exporter.rejection_proposed',
                'exporter.rejection_returned') OR $4)
        ORDER BY a.id DESC LIMIT $3""",
        exporter,
        organisation,
        limit,
        for_staff,
    )
    return [
        Event(
            row["at"],
            (row["name"] or "") if for_staff or row["by_member"] else "",
            row["by_member"],
            row["action"],
            msgspec.json.decode(row["before"] or "{}"),
            msgspec.json.decode(row["after"] or "{}"),
            row["reason"],
        )
        for row in rows
    ]
