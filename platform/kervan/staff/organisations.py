"""What administrators see of organisations, found for the state, and stop with a reason (domain M2, M3)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from kervan.accounts.callers import Caller, holder
from kervan.db import fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.exporters import access as exporters
from kervan.exporters import review
from kervan.importers import access as importers
from kervan.importers import verification
from kervan.organisations import service
from kervan.organisations.roles import ADMINISTER
from kervan.organisations.tables import Kind
from kervan.staff.search import folded, patterns
from kervan.trade.countries import TURKIYE, country_codes
from kervan.trade.errors import N_

OF_STATE = (Kind.ASSOCIATION, Kind.POST, Kind.MINISTRY)
"""Kinds that administrators found; firms register themselves."""

_FOUND = f"""
FROM organisation o LEFT JOIN exporter e ON e.organisation = o.id LEFT JOIN importer i ON i.organisation = o.id
WHERE ({folded("o.name")} || ' ' || {folded("coalesce(o.association, '')")} || ' ' || coalesce(e.vkn, '') || ' '
        || {folded("coalesce(e.trade_name, '')")} || ' ' || lower(coalesce(i.number, ''))) LIKE ALL($1::text[])
    AND ($2 = '' OR o.kind = $2) AND ($3 = '' OR o.country = $3)
"""
_COLUMNS = """
SELECT o.id, o.public_id, o.kind, o.name, o.country, o.association, o.closed_at, o.created_at,
    coalesce(e.verification, i.standing) AS standing,
    (SELECT count(*) FROM membership m WHERE m.organisation = o.id AND m.ended_at IS NULL) AS members
"""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One organisation in the list; `standing` is an exporter's verification or an importer's standing."""

    id: int
    public_id: str
    kind: str
    name: str
    country: str
    association: str | None
    closed_at: datetime | None
    created_at: datetime
    standing: str | None
    members: int


async def listed(
    text: str = "", kind: str = "", country: str = "", page: int = 1, size: int = 25
) -> tuple[int, Sequence[Found]]:
    """How many organisations there are with all words in name, short name or number, and those of one page."""
    asked = (patterns(text), kind, country)
    total = await fetchval(f"SELECT count(*) {_FOUND}", *asked)
    rows = await fetch(
        f"{_COLUMNS} {_FOUND} ORDER BY o.name, o.id LIMIT $4 OFFSET $5", *asked, size, (page - 1) * size
    )
    return total, [Found(**row) for row in rows]


async def countries() -> Sequence[str]:
    """The countries in which there is an organisation."""
    return [
        row["country"] for row in await fetch("SELECT DISTINCT country FROM organisation ORDER BY country")
    ]


async def detail(public_id: str) -> Mapping[str, Any]:
    """An organisation with what is known of the firm beside it. Raises NotFound."""
    rows = await fetch(
        f"""{_COLUMNS}, e.id AS exporter, e.slug, e.trade_name, e.vkn, e.tckn_sealed IS NOT NULL AS has_tckn,
            e.association AS member_of, e.association_no, e.verified_by AS exporter_by,
            e.verified_until AS exporter_until, e.submitted_at, e.province, i.id AS importer,
            i.public_id AS importer_id, i.city, i.website, i.number,
            i.number_scheme, i.number_checked, i.domain_matches, i.verified_by, i.verified_until, i.standing_reason,
            (SELECT count(*) FROM product p WHERE p.exporter = e.id AND p.state = 'PUBLISHED') AS products,
            (SELECT count(*) FROM api_key k WHERE k.organisation = o.id AND k.revoked_at IS NULL
                AND k.expires_at > now()) AS api_keys,
            (SELECT count(*) FROM task t WHERE t.organisation = o.id AND t.done_at IS NULL) AS tasks
        FROM organisation o LEFT JOIN exporter e ON e.organisation = o.id LEFT JOIN importer i ON i.organisation = o.id
        WHERE o.public_id = $1""",
        public_id,
    )
    if not rows:
        raise NotFound()
    return dict(rows[0])


async def found(caller: Caller, kind: str, name: str, country: str, association: str | None) -> str:
    """Founds an association, a post or a unit of the Ministry; returns its public id.

    Raises Invalid for firms (they register themselves) and for what is missing, Conflict for one that is there already.
    """
    holder(caller, ADMINISTER)
    wrong = {}
    if kind not in OF_STATE:
        wrong["kind"] = N_("This cannot be chosen here.")
    if kind == Kind.ASSOCIATION and not association:
        wrong["association"] = N_("Exporters name their association by this short name.")
    if kind == Kind.POST and (country not in country_codes() or country == TURKIYE):
        wrong["country"] = N_("Choose the country of duty.")
    if wrong:
        raise Invalid(fields=wrong)
    async with transaction() as tx:
        # Two administrators who found the same at once: the second waits and is told.
        await tx.connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 11))", f"{kind} {name}"
        )
        if await tx.connection.fetchval(
            "SELECT 1 FROM organisation WHERE kind = $1 AND name = $2 AND closed_at IS NULL", kind, name
        ):
            raise Conflict(N_("There is one of this name already."))
        _, public_id = await service.found(
            tx.connection,
            kind,
            name,
            country if kind == Kind.POST else TURKIYE,
            association=association if kind == Kind.ASSOCIATION else None,
            actor=caller.actor,
        )
    return public_id


async def suspend(caller: Caller, public_id: str, reason: str) -> None:
    """Stops a firm by its organisation's public id: an exporter's listings vanish at once, an importer can do nothing.

    Raises NotFound for staff's organisations, Invalid without a reason, Conflict for a firm that cannot be suspended.
    """
    await _change(caller, public_id, reason, suspended=True)


async def reinstate(caller: Caller, public_id: str, reason: str) -> None:
    """Puts a suspended firm back to where it stood. Raises as suspend()."""
    await _change(caller, public_id, reason, suspended=False)


async def _change(caller: Caller, public_id: str, reason: str, *, suspended: bool) -> None:
    holder(caller, ADMINISTER)
    firm = await detail(public_id)
    if firm["kind"] == Kind.EXPORTER and firm["exporter"] is not None:
        seen = await exporters.for_review(caller, public_id)
        await (review.suspend if suspended else review.reinstate)(caller, seen, reason)
    elif firm["kind"] == Kind.IMPORTER and firm["importer"] is not None:
        _, importer = await importers.for_verifier(caller, firm["importer_id"])
        await (verification.suspend if suspended else verification.reinstate)(caller, importer, reason)
    else:
        raise NotFound()
