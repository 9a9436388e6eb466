"""Who may ask whom for a meeting: importers any verified exporter, exporters only whom they know already."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from asyncpg import Connection

from kervan.accounts.callers import Membership
from kervan.conversations.parties import HIDDEN
from kervan.db import fetch
from kervan.errors import Conflict, Forbidden, NotFound
from kervan.meetings.access import side_of
from kervan.meetings.states import Side
from kervan.meetings.structs import Partner
from kervan.trade.errors import N_

COLD = N_(
    "You can ask a buyer whom you know: by an inquiry, a quote or an order, or because both of you take part in an "
    "event and want meetings. Others are not asked out of the blue."
)
_NOT_VERIFIED = N_("{name} is not verified at the moment: no meetings can be agreed.")
_OPTED_OUT = N_("{name} does not want to be asked for meetings.")
_CANNOT = N_("{name} cannot meet others at the moment.")
_NOBODY = N_("Nobody of {name} is on the platform: no one could answer.")

# Inquiries in which the buyer shows its name, quotes among them; not those that a post answers for it.
_INQUIRED = f"""
SELECT r.exporter, i.importer FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry
LEFT JOIN trade_request q ON q.id = i.request
WHERE NOT ({HIDDEN}) AND (q.id IS NULL OR q.post IS NULL OR q.visibility <> 'POST')
"""
_ORDERED = "SELECT t.exporter, t.importer FROM trade_order t"
_MET = """
SELECT e.id AS exporter, im.id AS importer FROM meeting m JOIN exporter e ON e.organisation = m.exporter
JOIN importer im ON im.organisation = m.importer WHERE m.confirmed_at IS NOT NULL
"""
# Both registered, both want meetings, and the event is neither over nor off.
_TOGETHER = """
SELECT e.id AS exporter, im.id AS importer, v.public_id AS event FROM registration x
JOIN registration y ON y.event = x.event JOIN trade_event v ON v.id = x.event
JOIN exporter e ON e.organisation = x.organisation JOIN importer im ON im.organisation = y.organisation
WHERE x.side = 'EXPORTER' AND y.side = 'IMPORTER' AND x.state IN ('CONFIRMED', 'ATTENDED')
    AND y.state IN ('CONFIRMED', 'ATTENDED') AND x.wants_meetings AND y.wants_meetings
    AND v.state = 'PUBLISHED' AND v.ends_at > now()
"""
_ACTIVE = """
EXISTS (SELECT FROM membership m JOIN person p ON p.id = m.person WHERE m.organisation = {organisation}
    AND m.ended_at IS NULL AND p.state = 'ACTIVE' AND m.role <> 'VIEWER'
    AND current_date BETWEEN m.valid_from AND coalesce(m.valid_to, current_date))
"""
_EXPORTER = f"""
SELECT e.id, e.organisation, o.public_id AS org, e.trade_name AS name, 'TR' AS country, o.closed_at, e.verification,
    EXISTS (SELECT FROM matching_opt_out x WHERE x.exporter = e.id) AS opted_out,
    {_ACTIVE.format(organisation="e.organisation")} AS manned
FROM exporter e JOIN organisation o ON o.id = e.organisation WHERE {{which}}
"""
_IMPORTER = f"""
SELECT im.id, im.organisation, o.public_id AS org, im.legal_name AS name, im.country, o.closed_at, im.standing,
    im.represented_by, {_ACTIVE.format(organisation="im.organisation")} AS manned
FROM importer im JOIN organisation o ON o.id = im.organisation WHERE {{which}}
"""
_KNOWN = f"""
SELECT EXISTS (SELECT FROM ({_INQUIRED}) k WHERE k.exporter = $1 AND k.importer = $2)
    OR EXISTS (SELECT FROM ({_ORDERED}) k WHERE k.exporter = $1 AND k.importer = $2)
    OR EXISTS (SELECT FROM ({_MET}) k WHERE k.exporter = $1 AND k.importer = $2)
    OR EXISTS (SELECT FROM ({_TOGETHER}) k WHERE k.exporter = $1 AND k.importer = $2)
"""
_WHYS = f"""
SELECT k.exporter, k.importer, min(k.rank) AS rank FROM (
    SELECT exporter, importer, 1 AS rank FROM ({_ORDERED}) a WHERE {{one}} = $1
    UNION ALL SELECT exporter, importer, 2 FROM ({_INQUIRED}) b WHERE {{one}} = $1
    UNION ALL SELECT exporter, importer, 3 FROM ({_MET}) c WHERE {{one}} = $1
    UNION ALL SELECT exporter, importer, 4 FROM ({_TOGETHER}) d WHERE {{one}} = $1{{more}}
) k GROUP BY k.exporter, k.importer
"""
_SAVED = """
    UNION ALL SELECT s.exporter, $1, 5 FROM saved_exporter s WHERE s.person = $2
"""
_IMPORTERS = f"""
SELECT o.public_id AS key, im.legal_name AS name, im.country, w.rank
FROM ({_WHYS.format(one="exporter", more="")}) w
JOIN importer im ON im.id = w.importer JOIN organisation o ON o.id = im.organisation
WHERE im.standing IN ('ACTIVE', 'VERIFIED') AND im.represented_by IS NULL AND o.closed_at IS NULL
ORDER BY w.rank, im.legal_name, o.id LIMIT 100
"""
_EXPORTERS = f"""
SELECT e.slug AS key, e.trade_name AS name, 'TR' AS country, w.rank
FROM ({_WHYS.format(one="importer", more=_SAVED)}) w
JOIN exporter e ON e.id = w.exporter
WHERE e.verification = 'VERIFIED' AND NOT EXISTS (SELECT FROM matching_opt_out x WHERE x.exporter = e.id)
ORDER BY w.rank, e.trade_name, e.id LIMIT 100
"""
_RANKS = {1: "ORDER", 2: "INQUIRY", 3: "MEETING", 4: "EVENT", 5: "SAVED"}


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """The firm that is asked. Row ids: `entity` of the exporter or importer."""

    entity: int
    organisation: int
    org: str
    key: str
    name: str
    country: str


async def wanted(membership: Membership, key: str) -> Party:
    """The firm that a member's firm wants to meet, by an exporter's slug or an importer's organisation.

    Raises NotFound when there is none that the member may know of: an exporter cannot try out names of importers.
    Raises Forbidden when it may not be asked, Conflict when one of the two cannot meet now.
    """
    may_ask(membership)
    if side_of(membership) is Side.IMPORTER:
        rows = await fetch(
            _EXPORTER.format(which="e.slug = $1 AND e.verification NOT IN ('DRAFT', 'CLOSED')"), key
        )
        if not rows:
            raise NotFound()
        exporter_stands(rows[0], rows[0]["name"])
        if rows[0]["opted_out"]:
            raise Conflict(_OPTED_OUT, name=rows[0]["name"])
    else:
        rows = await fetch(_IMPORTER.format(which="o.public_id = $1"), key)
        if not rows or not await knows(membership.exporter or 0, rows[0]["id"]):
            raise Forbidden(COLD)
        importer_stands(rows[0], rows[0]["name"])
        if rows[0]["represented_by"] is not None:
            raise Conflict(_NOBODY, name=rows[0]["name"])
    if not rows[0]["manned"]:
        raise Conflict(_NOBODY, name=rows[0]["name"])
    row = rows[0]
    return Party(
        entity=row["id"], organisation=row["organisation"], org=row["org"], key=key, name=row["name"],
        country=row["country"],
    )  # fmt: skip


async def knows(exporter: int, importer: int) -> bool:
    """Whether the two (row ids) have dealt with each other, or take part in one event and want meetings."""
    return bool((await fetch(f"{_KNOWN} AS known", exporter, importer))[0]["known"])


async def partners(membership: Membership, person: int) -> list[Partner]:
    """Firms whom a firm may ask and knows from somewhere, at most 100; for importers also those they saved."""
    if side_of(membership) is Side.IMPORTER:
        rows: Sequence[Mapping[str, Any]] = await fetch(_EXPORTERS, membership.importer, person)
    else:
        rows = await fetch(_IMPORTERS, membership.exporter)
    return [
        Partner(key=row["key"], name=row["name"], country=row["country"], why=_RANKS[row["rank"]])
        for row in rows
    ]


async def events(membership: Membership, other: Party, language: str) -> list[tuple[str, str]]:
    """(public id, title) of coming events at which both firms are and want meetings."""
    exporter, importer = (
        (membership.exporter, other.entity)
        if side_of(membership) is Side.EXPORTER
        else (other.entity, membership.importer)
    )
    rows = await fetch(
        f"""SELECT k.event, (SELECT x.title FROM event_text x JOIN trade_event v ON v.id = x.event
            WHERE v.public_id = k.event ORDER BY x.language = $3 DESC, x.language = 'en' DESC, x.id LIMIT 1) AS title
        FROM ({_TOGETHER}) k WHERE k.exporter = $1 AND k.importer = $2 ORDER BY k.event""",
        exporter,
        importer,
        language,
    )
    return [(row["event"], row["title"] or row["event"]) for row in rows]


def can_meet(membership: Membership) -> bool:
    """Whether the member's own firm can agree meetings now."""
    good = ("VERIFIED",) if side_of(membership) is Side.EXPORTER else ("ACTIVE", "VERIFIED")
    return membership.standing in good


def may_ask(membership: Membership) -> None:
    """Raises Conflict when the member's own firm cannot agree meetings now."""
    if not can_meet(membership):
        raise Conflict(
            N_("Your firm is not verified at the moment: it cannot agree meetings.")
            if side_of(membership) is Side.EXPORTER
            else N_("Your firm cannot agree meetings at the moment.")
        )


def exporter_stands(row: Mapping[str, Any], name: str) -> None:
    """Raises Conflict for an exporter (closed_at, verification) that cannot be met."""
    if row["closed_at"] is not None or row["verification"] != "VERIFIED":
        raise Conflict(_NOT_VERIFIED, name=name)


def importer_stands(row: Mapping[str, Any], name: str) -> None:
    """Raises Conflict for an importer (closed_at, standing) that cannot be met."""
    if row["closed_at"] is not None or row["standing"] not in ("ACTIVE", "VERIFIED"):
        raise Conflict(_CANNOT, name=name)


async def both_stand(conn: Connection, row: Mapping[str, Any]) -> None:
    """Raises Conflict when one side of a meeting (a row of queries.WHOLE) cannot meet others any more."""
    exporter = await conn.fetchrow(_EXPORTER.format(which="e.id = $1"), row["exporter_row"])
    importer = await conn.fetchrow(_IMPORTER.format(which="im.id = $1"), row["importer_row"])
    exporter_stands(exporter, exporter["name"])
    importer_stands(importer, importer["name"])


async def of_inquiry(membership: Membership, public_id: str) -> str:
    """Key of the other firm of an inquiry that an exporter received (its part's public id). Raises NotFound."""
    rows = await fetch(
        f"""SELECT o.public_id FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry
        JOIN importer im ON im.id = i.importer JOIN organisation o ON o.id = im.organisation
        WHERE r.public_id = $1 AND r.exporter = $2 AND NOT ({HIDDEN})""",
        public_id,
        membership.exporter,
    )
    if not rows:
        raise NotFound()
    return str(rows[0]["public_id"])
